"""`audio-builder voices`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from ..audio.clip import wav_bytes
from ..cache import Cache
from ..errors import AudioBuilderError, Location
from ..files import write_atomically
from ..script.model import Line
from ..script.search import script_finder
from ..speech.narrate import narrate
from ..speech.pronunciation import pronunciation_of
from ..speech.voices import ListedVoice, list_voices, open_voice
from ..text import count, safe_file_name
from ..units import show
from . import shared

_SENTENCE = "Let your back rest on the floor, and notice how the breath comes and goes by itself."
_MANY_VOICES = 20
"""Of an engine with more voices than this, such as the system's, only the English ones are listed by default."""


@click.command("voices")
@click.option("--sample", metavar="NAME", help="Write one sentence in this voice to a WAV file here.")
@click.option("--speed", type=float, metavar="X", help="Speed of the sample.")
@click.option("--all", "list_all", is_flag=True, help="List the system's voices for other languages too.")
@shared.JSON
def voices_command(sample: str | None, speed: float | None, list_all: bool, as_json: bool) -> None:
    """List the voices: which are ready, and what the others need."""
    if sample:
        _write_sample(sample, speed)
    elif as_json:
        shared.print_json([_json(voice) for voice in list_voices()])
    else:
        _print_list(list_voices(), list_all)


def _write_sample(spec: str, speed: float | None) -> None:
    line = Line(_SENTENCE)
    words = pronunciation_of(script_finder())
    clip = narrate({line: Location("sample", 1)}, open_voice(spec, speed), Cache(), words, workers=1)[line]
    path = Path(f"sample-{safe_file_name(spec)}.wav")
    try:
        write_atomically(path, wav_bytes(clip))
    except OSError as error:
        raise AudioBuilderError(f"Cannot write {path}: {error.strerror}") from None
    click.echo(f"{path}  {show(clip.length)}")


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
