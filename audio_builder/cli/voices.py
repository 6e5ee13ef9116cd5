"""`audio-builder voices`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from ..cache import Cache
from ..errors import Location
from ..script.model import Line
from ..script.search import script_finder
from ..speech.narrate import narrate
from ..speech.pronunciation import pronunciation_of
from ..speech.voices import list_voices, open_voice
from ..units import show
from . import shared

SENTENCE = "Let your back rest on the floor, and notice how the breath comes and goes by itself."


@click.command("voices")
@click.option("--sample", metavar="NAME", help="Write one sentence in this voice, as a WAV file here.")
@click.option("--speed", type=float, metavar="X", help="The speed of the sample.")
@click.option("--all", "every", is_flag=True, help="List every voice of the system too.")
@shared.JSON
def voices_command(sample: str | None, speed: float | None, every: bool, as_json: bool) -> None:
    """List the voices, which are ready, and what the others need."""
    if sample:
        voice = open_voice(sample, speed)
        line = Line(SENTENCE)
        words = pronunciation_of(script_finder())
        clip = narrate({line: Location("sample", 1)}, voice, Cache(), words, 1)[line]
        path = Path(f"sample-{''.join(c if c.isalnum() else '-' for c in sample)}.wav")
        shutil.copyfile(clip.path, path)
        click.echo(f"{path}  {show(clip.length)}")
        return
    found = list_voices()
    if as_json:
        shared.print_json(
            [
                {
                    "engine": v.engine,
                    "name": v.name,
                    "language": v.language,
                    "ready": not v.needs,
                    "needs": v.needs,
                }
                for v in found
            ]
        )
        return
    system = [voice for voice in found if voice.engine == "pyttsx3" and not voice.needs]
    for one in found:
        if not every and one in system and not one.language.startswith("en"):
            continue
        name = f"{one.engine}:{one.name}" if one.name else one.engine
        click.echo(f"{name:<32} {one.language or 'any':<10} {one.needs or 'ready'}")
    if system and not every:
        click.echo(
            f"and {len(system)} voices of the system in all, for other languages too: --all lists them"
        )
