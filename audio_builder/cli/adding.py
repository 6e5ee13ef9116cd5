"""`audio-builder voices add`, `search` and `remove`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import click

from ..errors import AudioBuilderError
from ..speech.adding.add import Outcome, VoiceSource, add_voice, remove_voice, require_engine
from ..speech.adding.catalogue import CARD, Offer, find_offer, search, words_to_search
from ..speech.adding.fetch import FolderSource, WebSource
from ..speech.adding.storage import added_voice, added_voices
from ..speech.registry import installed_engines
from ..speech.voices import all_offers
from ..text import count, did_you_mean
from ..units import file_size
from . import shared


def _complete_offers(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    options = [name for offer in all_offers() for name in (offer.name, offer.option)]
    return [name for name in options if name.startswith(incomplete)]


def _complete_added(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    added = [voice for engine in installed_engines().names for voice in added_voices(engine)]
    options = [name for voice in added for name in (voice.facts.name, voice.option)]
    return [name for name in options if name.startswith(incomplete)]


@click.command("search")
@click.argument("words", nargs=-1)
@shared.JSON
def search_voice_command(words: tuple[str, ...], as_json: bool) -> None:
    """List the voices that can be added, by language, country or name.

    WORDS are e.g. de, german or switzerland. Without them, all are listed. The list comes with the program, so this
    uses no network.
    """
    offers = all_offers()
    found = search(words, offers)
    if not found:
        hint = did_you_mean(" ".join(words), words_to_search(offers))
        raise AudioBuilderError(f'No voice that can be added is for "{" ".join(words)}". {hint}')
    if as_json:
        shared.print_json([_offer_document(offer) for offer in found])
        return
    width = max(len(offer.option) for offer in found) + 2
    for offer in found:
        speakers = f", {count(offer.speakers, 'speaker')}" if offer.speakers > 1 else ""
        state = "added" if _is_added(offer) else file_size(offer.size)
        click.echo(f"{offer.option:{width}} {state:>7}  {offer.description}{speakers}")


@click.command("add")
@click.argument("name", shell_complete=_complete_offers)
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Take the files from this folder instead: uses no network.",
)
@click.option(
    "--mirror", metavar="URL", help="Take the files from this copy of their source: http, https or file."
)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@shared.QUIET_FLAG
@shared.JSON
def add_voice_command(
    name: str, folder: Path | None, mirror: str | None, yes: bool, quiet: bool, as_json: bool
) -> None:
    """Download a voice, once, and keep it on this machine.

    NAME is what voices search lists. Before anything is downloaded, the size, the licence and the source are shown, and
    on a terminal you are asked. If the download is interrupted, run the same command again to resume it.
    """
    offer = find_offer(name, all_offers())
    source = _source(offer, folder, mirror)
    if not _is_added(offer):
        require_engine(offer)
        _announce(offer, source)
        if not yes and sys.stdin.isatty() and not click.confirm("Add it?", default=True, err=True):
            raise AudioBuilderError("Nothing was added")
    try:
        with shared.progress(quiet) as show_progress:
            outcome = add_voice(offer, source, _Shown(show_progress))
    except KeyboardInterrupt as error:
        error.add_note("Interrupted. The partial download is kept: run the same command again to resume.")
        raise
    if as_json:
        shared.print_json(_added_document(offer, outcome))
    else:
        _print_added(outcome)


@click.command("remove")
@click.argument("name", shell_complete=_complete_added)
@shared.JSON
def remove_voice_command(name: str, as_json: bool) -> None:
    """Delete an added voice, or a partial download of one."""
    option, freed = remove_voice(name, _say_that_it_waits)
    if as_json:
        shared.print_json({"option": option, "freed_bytes": freed})
    else:
        click.echo(
            f"removed {option}: {file_size(freed)} freed. To get it back, run audio-builder voices add {option}"
        )


class _Shown:
    """Shows on standard error how adding a voice goes on."""

    def __init__(self, show_progress: Callable[[str, int, int], None]) -> None:
        self.progress = show_progress

    def wait(self) -> None:
        _say_that_it_waits()

    def resume(self, there: int) -> None:
        click.echo(f"resuming: {file_size(there)} already downloaded", err=True)


def _say_that_it_waits() -> None:
    click.echo("Waiting for another audio-builder, which adds or removes a voice …", err=True)


def _source(offer: Offer, folder: Path | None, mirror: str | None) -> VoiceSource:
    if folder and mirror:
        raise click.UsageError("--from and --mirror are two places to take the files from: use one of them")
    if folder:
        return FolderSource(folder)
    if mirror is None:
        return WebSource(offer.source)
    parts = urlsplit(mirror)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return FolderSource(Path(url2pathname(parts.path)))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.UsageError(f'Invalid mirror "{mirror}": use an address with http, https or file')
    return WebSource(mirror.rstrip("/") + "/")


def _announce(offer: Offer, source: VoiceSource) -> None:
    where = source.base if isinstance(source, WebSource) else source.folder
    speakers = f", {count(offer.speakers, 'speaker')}" if offer.speakers > 1 else ""
    rows = {
        "voice": f"{offer.option}, {offer.description}{speakers}",
        "size": file_size(offer.size),
        "licence": offer.licence,
        "from": str(where),
    }
    for key, value in rows.items():
        click.echo(f"{key:<8} {value}", err=True)


def _is_added(offer: Offer) -> bool:
    voice = added_voice(offer.engine, offer.name)
    return voice is not None and voice.is_whole


def _print_added(outcome: Outcome) -> None:
    voice = outcome.voice
    if not outcome.is_new:
        click.echo(f"{voice.option} is on this machine already")
        return
    card = voice.folder / CARD
    if card.is_file():
        click.echo(f"Its makers say:\n\n{card.read_text('utf-8', 'replace').strip()}\n")
    click.echo(f"added {voice.option}. To hear it, run audio-builder voices --sample {voice.option}")


def _added_document(offer: Offer, outcome: Outcome) -> dict[str, Any]:
    return {
        **_offer_document(offer),
        "is_new": outcome.is_new,
        "folder": str(outcome.voice.folder),
        "gain_db": outcome.voice.facts.measured.get("gain"),
    }


def _offer_document(offer: Offer) -> dict[str, Any]:
    return {
        "option": offer.option,
        "engine": offer.engine,
        "name": offer.name,
        "language": offer.language,
        "language_name": offer.language_name,
        "country": offer.country,
        "quality": offer.quality,
        "speakers": offer.speakers,
        "bytes": offer.size,
        "licence": offer.licence,
        "source": offer.source,
        "added": _is_added(offer),
        "needs": offer.needs,
    }
