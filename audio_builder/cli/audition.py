"""`audio-builder voices --audition`."""

from __future__ import annotations

from pathlib import Path

import click

from ..audio.pcm import wav_file
from ..cache import Cache
from ..errors import AudioBuilderError
from ..files import write_atomically
from ..script.search import script_finder
from ..speech.audition import hold_audition
from ..speech.pronunciation import pronunciation_of
from ..units import clock, show
from . import shared

_FILE = Path("audition.wav")


def write_audition(text: str, language: str, speed: float | None, as_json: bool) -> None:
    """Write one file in which each voice for the language says its name and the text. Print when each begins."""
    if not any(map(str.isalnum, text)):
        raise AudioBuilderError("There are no words in the text of the audition")
    words = pronunciation_of(script_finder())
    with shared.progress(quiet=False) as show_progress:
        heard = hold_audition(
            text, language, Cache(), words, speed, lambda done, total: show_progress("voices", done, total)
        )
    try:
        write_atomically(_FILE, wav_file(heard.sound))
    except OSError as error:
        raise AudioBuilderError(f"Cannot write {_FILE}: {error.strerror}") from None
    if as_json:
        shared.print_json(
            {
                "file": str(_FILE),
                "length_ms": heard.length,
                "voices": [{"option": entry.option, "start_ms": entry.start} for entry in heard.entries],
                "left_out": [{"option": option, "reason": why} for option, why in heard.left_out],
            }
        )
        return
    for entry in heard.entries:
        click.echo(f"{clock(entry.start):>6}  {entry.option}")
    for option, why in heard.left_out:
        click.echo(f"left out {option}: {why}", err=True)
    click.echo(f"{_FILE}  {show(heard.length)}")
