"""Add takes to a recorded voice, and choose among them. Nothing that was recorded is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from ..errors import AudioBuilderError
from ..files import locked, write_atomically
from ..script.search import is_shipped
from ..text import portable_stem, short_slug, slugify
from .index import Sentence, Take, TakeIndex, read_index, write_index
from .sentences import sentence_digest
from .voice import RecordedVoice

_WORDS_IN_NAME = 6


@dataclass(frozen=True, slots=True)
class NewTake:
    """A take to add: its sentence, its content as FLAC, and a note. It is used at once unless it is `unsure`."""

    text: str
    content: bytes
    note: str = ""
    unsure: bool = False


def add_takes(voice: RecordedVoice, takes: Iterable[NewTake]) -> list[str]:
    """Add takes and return the names of their files. Raises AudioBuilderError if they cannot be written.

    The files are written before the index is, so that it never names a file that does not exist. Without any takes
    nothing is written.
    """
    folder, takes = voice.folder, [*takes]
    require_own_folder(voice)
    if not takes:
        return []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            index, names = read_index(folder), []
            for take in takes:
                name = _write(folder, take)
                index = _with_take(index, take, name)
                names.append(name)
            write_index(folder, index)
            return names
    except OSError as error:
        raise AudioBuilderError(f"Cannot store the takes in {folder}: {error.strerror}") from None


def require_own_folder(voice: RecordedVoice) -> None:
    """Raise AudioBuilderError if takes would be stored among the scripts that come with the program."""
    if is_shipped(voice.folder.parent.parent):
        raise AudioBuilderError(
            "You have no folder for scripts here. Create one named scripts, or give --scripts with yours."
        )


def choose_take(voice: RecordedVoice, text: str, file: str) -> None:
    """Let sessions use a take of a sentence, or none if `file` is empty. Raises AudioBuilderError if it is unknown."""
    try:
        with locked(voice.folder):
            index = read_index(voice.folder)
            sentence = index.find(text)
            if sentence is None or (file and file not in {take.file for take in sentence.takes}):
                raise AudioBuilderError(f'{voice.name} has no take "{file[:80]}" of “{text[:80]}”')
            if file and not (voice.folder / file).is_file():
                raise AudioBuilderError(
                    f"{voice.folder / file} is gone. Use another take, or record it again."
                )
            takes = tuple(replace(take, note="") if take.file == file else take for take in sentence.takes)
            write_index(voice.folder, index.with_sentence(replace(sentence, use=file, takes=takes)))
    except OSError as error:
        raise AudioBuilderError(f"Cannot change the takes in {voice.folder}: {error.strerror}") from None


def take_path(voice: RecordedVoice, sentence: Sentence) -> Path | None:
    """Return the file of the take that sessions use of a sentence, or None if there is none or it is gone."""
    path = voice.folder / Path(sentence.use).name if sentence.use else None
    return path if path and path.is_file() else None


def _with_take(index: TakeIndex, take: NewTake, name: str) -> TakeIndex:
    known = index.find(take.text) or Sentence(text=take.text)
    takes = (*(one for one in known.takes if one.file != name), Take(file=name, note=take.note))
    use = known.use if take.unsure else name
    return index.with_sentence(Sentence(text=take.text, use=use, takes=takes))


def _write(folder: Path, take: NewTake) -> str:
    """Write the file of a take under a name that says what it is, and return the name. The folder must be locked."""
    slug = "-".join(slugify(take.text).split("-")[:_WORDS_IN_NAME])
    number = 1
    while True:
        name = f"{portable_stem(short_slug(slug, 60))}.{sentence_digest(take.text)}.{number}.flac"
        path = folder / name
        if path.is_file() and path.read_bytes() == take.content:
            return name
        if not path.exists():
            write_atomically(path, take.content)
            return name
        number += 1
