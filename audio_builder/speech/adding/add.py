"""Add a voice: fetch its files, check them, measure the voice, and put it into place at once. Or remove it."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...errors import AudioBuilderError, VoiceFailed, VoiceMissing
from ...text import did_you_mean
from ...units import file_size
from ..registry import EngineRegistry, installed_engines
from .catalogue import CARD, Offer, OfferedFile, listed, matching_names
from .fetch import BytesProgress, FolderSource, WebSource, WrongFile
from .storage import (
    AddedVoice,
    Facts,
    added_voice,
    added_voices,
    changing_voices,
    discard_folder,
    folder_size,
    install,
    staging_folder,
    voice_folder,
    writing,
)

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SPARE = 2_000_000
"""Bytes that should stay free."""
_PART = ".part"
_PIECE = 1 << 20

VoiceSource = WebSource | FolderSource


class Watcher(Protocol):
    """Gets to know how the work goes on. What it raises ends the work."""

    def wait(self) -> None:
        """Another process adds or removes a voice, and this one waits for it."""

    def resume(self, there: int) -> None:
        """Report that an earlier attempt was interrupted, and has left this number of bytes."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Report how much of a stage is done: of `downloading` in bytes, of `measuring` in sentences."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A voice that is there, and whether it has just been added."""

    voice: AddedVoice
    is_new: bool


def require_engine(offer: Offer) -> None:
    """Raise VoiceMissing if the engine of a voice that can be added is not there."""
    if offer.needs:
        raise VoiceMissing(f"The voice {offer.option} needs its engine first: {offer.needs}")


def add_voice(
    offer: Offer, source: VoiceSource, watcher: Watcher, engines: EngineRegistry | None = None
) -> Outcome:
    """Add a voice, unless it is there. Raise AudioBuilderError; then nothing has changed.

    What has arrived before an interruption is used by the next call.
    """
    require_engine(offer)
    with changing_voices(watcher.wait):
        present = added_voice(offer.engine, offer.name)
        if present and present.is_whole:
            return Outcome(present, False)
        staging = staging_folder(offer.engine, offer.name)
        try:
            _bring(offer, source, staging, watcher)
            measured = _measured(offer, staging, watcher, engines or installed_engines())
            facts = Facts(
                offer.engine,
                offer.name,
                offer.language,
                offer.language_name,
                offer.source,
                {file.name: (file.size, file.digest) for file in offer.files if file.name != CARD},
                measured,
                offer.speakers,
            )
            with writing(staging):
                return Outcome(install(staging, facts), True)
        except AudioBuilderError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL:
                shutil.rmtree(staging, ignore_errors=True)
                raise _no_space(offer, staging) from error
            if not folder_size(staging):
                shutil.rmtree(staging, ignore_errors=True)
            raise


def remove_voice(
    wanted: str, waiting: Callable[[], None], engines: EngineRegistry | None = None
) -> tuple[str, int]:
    """Remove an added voice, or what has arrived of one. Return its name as `--voice` takes it, and the bytes freed.

    `waiting` is called if another process adds or removes a voice. Raise VoiceMissing with a hint if there is none of
    that name.
    """
    engines = engines or installed_engines()
    with changing_voices(waiting):
        engine, name = _find_added(wanted, engines)
        freed = 0
        for folder in (staging_folder(engine, name), voice_folder(engine, name)):
            with writing(folder):
                freed += folder_size(folder)
                discard_folder(folder)
    return f"{engine}:{name}", freed


def _find_added(wanted: str, engines: EngineRegistry) -> tuple[str, str]:
    """Return the engine and the name of an added voice, or of one that has arrived in part."""
    engine, colon, name = wanted.strip().rpartition(":")
    among = [one for one in engines.names if not colon or one == engine.strip().casefold()]
    there = [(one, voice.facts.name) for one in among for voice in added_voices(one)]
    for one in among:
        folder = staging_folder(one, "x").parent
        there += [(one, path.name) for path in folder.glob("*") if folder_size(path)]
    there = list(dict.fromkeys(there))
    meant = set(matching_names(name, [own_name for _, own_name in there]))
    found = [key for key in there if key[1] in meant]
    if len(found) == 1:
        return found[0]
    options = [":".join(key) for key in found]
    if options:
        raise VoiceMissing(f'Several added voices are named "{name}". Choose one: {listed(options)}.')
    if not there:
        raise VoiceMissing(f'There is no added voice "{wanted}", and no other one either')
    raise VoiceMissing(f'There is no added voice "{wanted}". {did_you_mean(name, [key[1] for key in there])}')


def _bring(offer: Offer, source: VoiceSource, staging: Path, watcher: Watcher) -> None:
    """Bring every file of a voice into its staging folder, and check each."""
    with writing(staging):
        staging.mkdir(parents=True, exist_ok=True)
        there = folder_size(staging)
        free = shutil.disk_usage(staging).free
    if free < offer.size - there + _SPARE:
        raise _no_space(offer, staging)
    if there:
        watcher.resume(there)
    done = 0
    for file in offer.files:
        before = done

        def progress(there: int, before: int = before) -> None:
            watcher.progress("downloading", before + there, offer.size)

        if file.name == CARD:
            _bring_card(file, source, staging)
        elif not _is_right(staging / file.name, file):
            _bring_file(file, source, staging, progress)
        done += file.size
        watcher.progress("downloading", done, offer.size)


def _bring_file(file: OfferedFile, source: VoiceSource, staging: Path, progress: BytesProgress) -> None:
    """Bring one file. If what has arrived is not right, begin again, once."""
    part = staging / (file.name + _PART)
    for last in (False, True):
        try:
            source.fetch(file.path, part, file.size, progress)
            if not _is_right(part, file):
                raise WrongFile(
                    f"{file.name} arrived damaged: its checksum is not the one in the catalogue. Nothing was added."
                )
            with writing(staging):
                part.replace(staging / file.name)
            return
        except WrongFile:
            part.unlink(missing_ok=True)
            if last:
                raise


def _bring_card(file: OfferedFile, source: VoiceSource, staging: Path) -> None:
    """Bring the model card. Its makers may have corrected it since the catalogue was recorded."""
    try:
        card = source.text(file.path)
    except AudioBuilderError:
        if isinstance(source, WebSource):
            raise
        return  # people copy the two files that a voice needs to speak
    with writing(staging):
        (staging / CARD).write_bytes(card)


def _is_right(path: Path, file: OfferedFile) -> bool:
    """Return whether a file is there with the size and the checksum of the catalogue. MD5 finds damage, not attacks."""
    kind, _, digest = file.digest.partition(":")
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    found = hashlib.new(kind, usedforsecurity=False)
    with writing(path.parent), path.open("rb") as content:
        for piece in iter(lambda: content.read(_PIECE), b""):
            found.update(piece)
    return found.hexdigest() == digest


def _measured(offer: Offer, staging: Path, watcher: Watcher, engines: EngineRegistry) -> dict[str, object]:
    def progress(done: int, total: int) -> None:
        watcher.progress("measuring", done, total)

    try:
        return engines.measure(offer.engine, staging, offer.name, offer.language, progress)
    except VoiceFailed as error:
        raise VoiceFailed(
            f"The voice {offer.option} was not added: all its files are right, but on this machine it {error}. They "
            f"are kept for another attempt; audio-builder voices remove {offer.option} deletes them."
        ) from error


def _no_space(offer: Offer, staging: Path) -> AudioBuilderError:
    return AudioBuilderError(
        f"There is not enough space for the voice {offer.option} in {staging.parents[2]}: it needs "
        f"{file_size(offer.size + _SPARE)}. Free some, or set XDG_DATA_HOME to another folder."
    )
