"""`audio-builder takes`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from pathlib import Path

import click

from ..errors import AudioBuilderError
from ..files import is_file, is_folder, write_atomically
from ..script.search import display_path, script_finder
from ..takes.bring import ImportedTake, import_folder
from ..takes.choose import export_takes, parse_choice, use_take
from ..takes.long_recording import import_recording
from ..takes.plan import RecordingPlan, reading_time, recording_plan
from ..takes.sentences import ReadSentence
from ..takes.sheet import reading_sheet
from ..takes.state import SentenceState, state_facts, states
from ..takes.store import add_takes, require_own_folder
from ..takes.words import Recogniser
from ..text import count
from . import shared

_PATH = click.Path(path_type=Path)


@click.command("takes")
@click.argument("script", shell_complete=shared.complete_scripts)
@click.option("--voice", default="", metavar="NAME", help="Whose voice it is, e.g. ana or recorded:ana.")
@click.option(
    "--sheet", type=_PATH, metavar="FILE.html", help="Write the sentences to record into this page."
)
@click.option(
    "--import",
    "source",
    type=_PATH,
    metavar="PATH",
    help="Import one long recording of the sheet, or a folder with one file a sentence.",
)
@click.option("--check-words", is_flag=True, help="Let a recogniser check the words (English only).")
@click.option("--dry-run", is_flag=True, help="With --import: show the result, and store nothing.")
@click.option(
    "--use",
    "choices",
    multiple=True,
    metavar="N[:TAKE]",
    help="Use a take of sentence N: the last, or number TAKE.",
)
@click.option(
    "--export", "target", type=_PATH, metavar="FOLDER", help="Copy the takes in use into this folder."
)
@click.option(
    "--missing",
    is_flag=True,
    help="With --sheet and --import: only the sentences that no session can use yet.",
)
@click.option("--all", "list_all", is_flag=True, help="List the recorded sentences too.")
@shared.SCRIPTS
@shared.JSON
def takes_command(
    script: str,
    voice: str,
    sheet: Path | None,
    source: Path | None,
    check_words: bool,
    dry_run: bool,
    choices: tuple[str, ...],
    target: Path | None,
    missing: bool,
    list_all: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Record a script in your own voice: which sentences have a take, and which are missing or changed.

    \b
    audio-builder takes legs-on-chair --voice ana --sheet sheet.html
    audio-builder takes legs-on-chair --voice ana --import recording.wav
    audio-builder build legs-on-chair --voice recorded:ana
    """
    _require(source, check_words or dry_run, dry_run and bool(sheet or choices or target))
    plan = recording_plan(script, voice, script_finder(folder))
    asked = _asked(plan, missing)
    in_use = {one.sentence.number for one in states(plan) if one.use} if source else set()
    imported = _import(plan, asked, source, check_words, dry_run) if source else []
    for choice in choices:
        use_take(plan, *parse_choice(choice))
    if sheet:
        _write_sheet(plan, asked, sheet)
    exported = f"{count(export_takes(plan, target), 'take')} copied into {target}" if target else ""
    found = states(plan)
    if as_json:
        shared.print_json(_document(plan, imported, found))
    else:
        _print_done(imported, in_use, dry_run, sheet, exported)
        _print_states(plan, found, list_all, bool(imported))
        _print_summary(plan, found, imported)
    if imported and not any(one.takes for one in imported):
        click.get_current_context().exit(1)


def _require(source: Path | None, needs_source: bool, would_write: bool) -> None:
    if needs_source and not source:
        raise click.UsageError("--check-words and --dry-run go with --import")
    if would_write:
        raise click.UsageError("--dry-run stores nothing, so it goes with --import alone")


def _asked(plan: RecordingPlan, missing: bool) -> list[ReadSentence]:
    """Return the sentences to record: all, or those without a take that sessions use."""
    return [one.sentence for one in states(plan) if not (missing and one.use)]


def _require_work(plan: RecordingPlan, asked: Sequence[ReadSentence]) -> None:
    """Raise AudioBuilderError if there is nothing to record, or nowhere to keep it."""
    require_own_folder(plan.voice)
    if not plan.sentences:
        raise AudioBuilderError(f"{plan.script.name} has no sentences for the voice {plan.voice.name}")
    if not asked:
        raise AudioBuilderError(f"Nothing is missing: {plan.voice.name} has recorded every sentence")


def _import(
    plan: RecordingPlan, asked: Sequence[ReadSentence], source: Path, check_words: bool, dry_run: bool
) -> list[ImportedTake]:
    _require_work(plan, asked)
    recogniser = Recogniser(plan.script.front.language) if check_words else None
    if is_folder(source):
        if recogniser:
            raise click.UsageError("--check-words goes with one long recording, not with a folder")
        found, strange = import_folder(source, plan.sentences)
        imported = [one for one in found if one.sentence in asked]
        for one in found:
            if one.sentence not in asked:
                click.echo(f"{one.place}: sentence {one.sentence.number} has a take already", err=True)
        for name in strange:
            hint = "begin the file name with the number of one, e.g. 057.wav"
            click.echo(f"{name}: matches no sentence; {hint}", err=True)
    elif is_file(source):
        with shared.progress(quiet=False) as progress:
            imported = import_recording(source, asked, recogniser, progress)
    else:
        raise AudioBuilderError(f'No file or folder named "{source}": check the path')
    if not dry_run:
        add_takes(plan.voice, [take for one in imported for take in one.takes])
    return imported


def _write_sheet(plan: RecordingPlan, asked: Sequence[ReadSentence], sheet: Path) -> None:
    _require_work(plan, asked)
    if sheet.suffix.lower() not in (".html", ".htm"):
        raise AudioBuilderError(f"{sheet}: the reading sheet is HTML. Use a name that ends in .html.")
    try:
        write_atomically(sheet, reading_sheet(plan.script, asked).encode())
    except OSError as error:
        raise AudioBuilderError(f"Cannot write {sheet}: {error.strerror}") from None


def _print_done(
    imported: Sequence[ImportedTake], in_use: Set[int], dry_run: bool, sheet: Path | None, exported: str
) -> None:
    """Print what became of sentences, and what was written. `in_use` are those that had a take in use before."""
    for one in imported:
        if one.outcome != "added" or one.note:
            click.echo(_imported(one, keeps=one.outcome != "added" and one.sentence.number in in_use))
    if imported:
        click.echo(_import_summary(imported, in_use, dry_run))
    for line in filter(None, (f"Reading sheet: {sheet}" if sheet else "", exported)):
        click.echo(line)


def _imported(one: ImportedTake, keeps: bool) -> str:
    note = "; ".join(filter(None, (one.note, "keeps its earlier take" if keeps else "")))
    note = f": {note}" if note else ""
    place = f" ({one.place})" if one.place else ""
    return f"{one.sentence.number:>4}  {one.outcome:<9} {_short(one.sentence.text)}{place}{note}"


def _import_summary(imported: Sequence[ImportedTake], in_use: Set[int], dry_run: bool) -> str:
    counts = Counter(one.outcome for one in imported)
    kept = Counter(one.outcome for one in imported if one.sentence.number in in_use)
    facts = ", ".join(
        f"{number} {outcome}{_keep(number, kept[outcome]) if outcome != 'added' else ''}"
        for outcome, number in counts.items()
    )
    return f"{count(len(imported), 'sentence')}: {facts}{'. Nothing was stored.' if dry_run else ''}"


def _keep(number: int, kept: int) -> str:
    """Return how many of a number of sentences keep the take that they had, e.g. ` (2 of them keep ...)`."""
    if not kept:
        return ""
    if kept == number:
        return " (keeps its earlier take)" if number == 1 else " (all keep their earlier takes)"
    return f" ({kept} of them {'keeps its earlier take' if kept == 1 else 'keep their earlier takes'})"


def _print_states(
    plan: RecordingPlan, found: Sequence[SentenceState], list_all: bool, after_import: bool
) -> None:
    for one in found:
        if (one.state == "recorded" or after_import) and not list_all:
            continue
        place = one.sentence.location
        click.echo(
            f"{one.sentence.number:>4}  {one.state:<9} {_short(one.sentence.text)}  {place.file}:{place.line}"
        )
        if one.was:
            click.echo(f"                was: {_short(one.was)}")
        for n, take in enumerate(one.takes if one.state == "unsure" else (), 1):
            name = f"{one.sentence.number}:{n}"
            click.echo(f"        {name:>7} {display_path(plan.voice.folder / take.file)}  {take.note}")


def _print_summary(
    plan: RecordingPlan, found: Sequence[SentenceState], imported: Sequence[ImportedTake]
) -> None:
    """Print how far a voice has come."""
    counts = Counter(one.state for one in found)
    others = [f"{counts[state]} {state}" for state in ("unsure", "changed", "missing") if counts[state]]
    done = f"{plan.voice.name}: {counts['recorded']} of {count(len(found), 'sentence')} recorded"
    click.echo(", ".join([done, *others]))
    if unread := [one.sentence for one in found if one.state in ("changed", "missing")]:
        minutes = -(-reading_time(plan, unread) // 60_000)
        click.echo(f"Reading the rest aloud takes about {count(minutes, 'minute')}")
    asked = [one.sentence.number for one in imported if one.outcome != "added"]
    unsure = [one.sentence.number for one in imported if one.outcome == "unsure"]
    if counts["unsure"] or unsure:
        click.echo(
            "Listen to the unsure ones, and choose: --use N for the last take of sentence N, or --use N:1 for the first"
        )
    if asked:
        again = f"each in a file named by its number, e.g. {asked[0]:03}.wav"
        click.echo(f"Or record sentences again, {again}, and import the folder")


def _short(text: str) -> str:
    return text if len(text) <= 72 else f"{text[:71]}…"


def _document(
    plan: RecordingPlan, imported: Sequence[ImportedTake], found: Sequence[SentenceState]
) -> dict[str, object]:
    return {
        "voice": plan.voice.name,
        "imported": [
            {"number": one.sentence.number, "outcome": one.outcome, "place": one.place, "note": one.note}
            for one in imported
        ],
        "sentences": list(map(state_facts, found)),
    }
