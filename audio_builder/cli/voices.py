"""`audio-builder voices`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from ..audio.clip import Clip, wav_bytes
from ..cache import Cache
from ..cast.voices import every_voice, recorded_sentence
from ..errors import AudioBuilderError, Location
from ..files import write_atomically
from ..script.model import Line
from ..script.search import ScriptFinder, script_finder
from ..speech.narrate import narrate
from ..speech.pronunciation import pronunciation_of
from ..speech.sentences import sample_in
from ..speech.voice import primary
from ..speech.voices import ListedVoice, language_of, open_voice
from ..takes.voice import is_recorded
from ..text import count, safe_file_name
from ..units import show
from . import shared
from .adding import add_voice_command, remove_voice_command, search_voice_command
from .audition import write_audition

_SENTENCE = "Let your back rest on the floor, and notice how the breath comes and goes by itself."
_MANY_VOICES = 20
"""Of an engine with more voices than this, such as the system's, only the English ones are listed by default."""


@click.group("voices", invoke_without_command=True)
@click.option("--sample", metavar="NAME", help="Write one sentence in this voice to a WAV file here.")
@click.option(
    "--audition",
    metavar="TEXT",
    help="Write audition.wav here: each voice that is ready says its name and this text, equally loud.",
)
@click.option(
    "--language",
    metavar="TAG",
    default="en",
    show_default=True,
    help="Language of the audition's text, e.g. de. Voices that do not speak it are left out.",
)
@click.option("--speed", type=float, metavar="X", help="Speed of the sample, or of the audition.")
@click.option("--all", "list_all", is_flag=True, help="List the system's voices for other languages too.")
@shared.SCRIPTS
@shared.JSON
@click.pass_context
def voices_command(
    ctx: click.Context,
    sample: str | None,
    audition: str | None,
    language: str,
    speed: float | None,
    list_all: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """List the voices: which are ready, and what the others need.

    Others, in many languages, can be found with voices search and added with voices add.
    """
    if ctx.invoked_subcommand:
        shared.pass_on(ctx, as_json=as_json)
        return
    if audition is not None:
        write_audition(audition, language, speed, as_json)
    elif sample:
        _write_sample(sample, speed, script_finder(folder), as_json)
    elif as_json:
        shared.print_json([_json(voice) for voice in every_voice(script_finder(folder))])
    else:
        _print_list(every_voice(script_finder(folder)), list_all)


for command in (add_voice_command, remove_voice_command, search_voice_command):
    voices_command.add_command(command)


def _write_sample(spec: str, speed: float | None, finder: ScriptFinder, as_json: bool) -> None:
    clip = recorded_sentence(spec, finder, Cache()) if is_recorded(spec) else _spoken(spec, speed, finder)
    path = Path(f"sample-{safe_file_name(spec)}.wav")
    try:
        write_atomically(path, wav_bytes(clip))
    except OSError as error:
        raise AudioBuilderError(f"Cannot write {path}: {error.strerror}") from None
    if as_json:
        shared.print_json({"file": str(path), "length_ms": clip.length})
    else:
        click.echo(f"{path}  {show(clip.length)}")


def _spoken(spec: str, speed: float | None, finder: ScriptFinder) -> Clip:
    language = language_of(spec)
    line = Line(_SENTENCE if primary(language) == "en" else sample_in(language))
    words = pronunciation_of(finder)
    voice = open_voice(spec, speed, language)
    return narrate({line: Location("sample", 1)}, voice, Cache(), words, workers=1, language=language)[line]


def _json(voice: ListedVoice) -> dict[str, str | bool]:
    return {
        "engine": voice.engine,
        "name": voice.name,
        "language": voice.language,
        "ready": not voice.needs,
        "needs": voice.needs,
    }


def _print_list(voices: list[ListedVoice], list_all: bool) -> None:
    sizes = Counter(voice.engine for voice in voices)
    hidden = 0
    for voice in voices:
        if sizes[voice.engine] > _MANY_VOICES and not list_all and not voice.language.startswith("en"):
            hidden += 1
            continue
        name = f"{voice.engine}:{voice.name}" if voice.name else voice.engine
        language = voice.language or ("any" if voice.name else "")
        click.echo(f"{name:<32} {language:<10} {voice.needs or 'ready'}")
    if hidden:
        click.echo(f"and {count(hidden, 'voice')} for other languages: audio-builder voices --all")
