"""A recorded voice: where its takes are, and which take a sentence has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import AudioBuilderError, VoiceMissing
from ..script.search import ScriptFinder
from ..text import did_you_mean, is_device_name
from .index import INDEX_FILE, TakeIndex, read_index

ENGINE = "recorded"
"""The engine that `--voice recorded:NAME` names."""
FOLDER = "takes"
"""The folder, next to the scripts, of all recorded voices."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class RecordedVoice:
    """The voice of a person, as recorded sentences in a folder. It has its own pace, so its `speed` is always 1.0."""

    name: str
    folder: Path
    engine = ENGINE
    speed = 1.0
    pace = 0.65
    """The speed of a synthetic voice that takes about as long, to estimate sentences that are not recorded yet."""

    @property
    def option(self) -> str:
        """The value for `--voice`."""
        return f"{ENGINE}:{self.name}"

    def index(self) -> TakeIndex:
        """Return what was recorded so far. Raises AudioBuilderError if the index cannot be read."""
        return read_index(self.folder)


@dataclass(frozen=True, slots=True)
class RecordedVoices:
    """Every recorded voice that the folders of scripts have."""

    finder: ScriptFinder

    def names(self) -> tuple[str, ...]:
        """Return the names of all recorded voices in alphabetical order."""
        return tuple(sorted({path.parent.name for path in self._indexes()}))

    def find(self, name: str) -> RecordedVoice:
        """Return the voice of that name in any case. Raises VoiceMissing if there is none."""
        for path in self._indexes():
            if path.parent.name.casefold() == name.casefold():
                return RecordedVoice(path.parent.name, path.parent)
        if not name:
            raise VoiceMissing(
                f"Say which recorded voice, e.g. --voice {ENGINE}:ana. {did_you_mean('', self.names())}"
            )
        raise VoiceMissing(
            f'No recorded voice named "{name}". {did_you_mean(name, self.names())} '
            f"To record one, run audio-builder takes SCRIPT --voice {name} --sheet sheet.html."
        )

    def find_or_new(self, name: str) -> RecordedVoice:
        """Return the voice of that name, or a new one in the first folder of scripts. Raises AudioBuilderError."""
        if name.casefold() in {known.casefold() for known in self.names()}:
            return self.find(name)
        if not is_voice_name(name):
            raise AudioBuilderError(
                f'"{name[:40]}" cannot be the name of a voice: use letters, digits and hyphens, e.g. ana'
            )
        return RecordedVoice(name, self.finder.folders[0] / FOLDER / name)

    def _indexes(self) -> Iterable[Path]:
        for folder in self.finder.folders:
            yield from sorted(folder.glob(f"{FOLDER}/*/{INDEX_FILE}"))


def is_voice_name(name: str) -> bool:
    """Return whether a recorded voice can have this name, which is also the name of its folder."""
    usable = (
        0 < len(name) <= _LONGEST_NAME and name[0].isalnum() and all(c.isalnum() or c in "-_" for c in name)
    )
    return usable and not is_device_name(name)


def is_recorded(spec: str) -> bool:
    """Return whether a value for `--voice` names a recorded voice."""
    return spec.partition(":")[0].strip().casefold() == ENGINE


def voice_name(spec: str) -> str:
    """Return the name in `recorded:NAME`, or in `NAME` alone."""
    return (spec.partition(":")[2] if is_recorded(spec) else spec).strip()
