"""Know in a moment which sessions of a batch are in the library as they should be.

A build verifies an unchanged session by planning it and reading its MP3, which takes 50 ms. For a thousand sessions
that is too long. So a hidden file in the library remembers, for each session, what it was built from and what its files
looked like. As for `make`, a file is taken to be unchanged if its size and its time of modification are. Without the
hidden file, or with a damaged one, everything is verified again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path

import msgspec

from .. import __version__
from ..cast.cast import Speaker
from ..errors import AudioBuilderError
from ..files import expanded, is_sound_path, read_file, write_atomically
from ..library.manifest import AddedFile
from ..library.session_files import MANIFEST, SESSION_FILES
from ..options import BuildOptions, given
from ..planning.wording import named_files
from ..podcast.registry import REGISTRY_FILE
from ..request import BuildRequest, Workspace, resolve
from ..script.load import load
from ..script.model import Script
from ..session.fingerprint import renderer_versions
from ..takes.voice import RecordedVoice
from .groups import ScriptKey, Scripts, grouped
from .planned import FinishedSession, PlannedSession

STATE_FILE = ".batch.json"
"""The hidden file in the library."""
_PACKAGE = Path(__file__).parents[1]
_SOUND_OPTIONS = ("ambience", "bell")


class Remembered(msgspec.Struct, frozen=True, array_like=True):
    """A session as it was built: digests of its inputs and of its files, its name, and what is reported of it."""

    inputs: str
    files: str
    name: str
    length_ms: int
    bytes: int


class _Chapter(msgspec.Struct, frozen=True):
    picture: str = ""


class _Identity(msgspec.Struct, frozen=True):
    """The part of a manifest that changes with the sound, and what names files: of pictures, formats and stems."""

    recipe: str
    sha256: str
    chapters: tuple[_Chapter, ...] = ()
    formats: dict[str, AddedFile] = {}
    stems: dict[str, AddedFile] = {}


class BatchState:
    """What is remembered of sessions, and what they would be built from now."""

    def __init__(
        self, sessions: Iterable[PlannedSession], workspace: Workspace, scripts: Scripts | None = None
    ) -> None:
        """Look at everything that the sessions are built from. A change after this moment is found by the next run.

        `scripts` need not be read again.
        """
        self._folder = workspace.out
        self._known = _read(workspace.out / STATE_FILE)
        self._inputs = dict(_inputs(sessions, workspace, dict(scripts or {})))

    @cached_property
    def current(self) -> dict[PlannedSession, FinishedSession]:
        """Those sessions that are in the library as they should be."""
        found = {}
        for planned, inputs in self._inputs.items():
            known = self._known.get(_key(planned))
            if (
                known
                and known.files
                and known.inputs == inputs
                and known.files == _files(self._folder, known)
            ):
                found[planned] = FinishedSession(
                    planned, "unchanged", known.name, known.length_ms, known.bytes
                )
        return found

    def add(self, done: FinishedSession) -> None:
        """Remember a session that was just built or verified."""
        if done.planned in self._inputs:
            inputs = self._inputs[done.planned]
            known = Remembered(inputs, "", done.name, done.length_ms, done.bytes)
            files = _files(self._folder, known)
            self._known[_key(done.planned)] = msgspec.structs.replace(known, files=files)

    def save(self) -> None:
        """Write down what is remembered. If that fails, the next run verifies every session."""
        with suppress(OSError):
            write_atomically(self._folder / STATE_FILE, msgspec.json.encode(self._known), sync=False)


def _inputs(
    sessions: Iterable[PlannedSession], workspace: Workspace, scripts: dict[ScriptKey, Script]
) -> Iterator[tuple[PlannedSession, str]]:
    """Yield each session with a digest of all that it is built from, unless its script has an error."""
    tables: dict[tuple[Path, ...], str] = {}
    for job, group in grouped(sessions).items():
        try:
            key = job.script, job.options.positions
            if key not in scripts:
                scripts[key] = load(job.script, workspace.finder, job.options.positions)
            request = resolve(job.script, job.options, workspace.finder, scripts[key])
        except AudioBuilderError:
            continue
        folders = request.cast.finder.folders
        if folders not in tables:
            tables[folders] = _tables(folders)
        shared = _digest(f"{_program()}\n{tables[folders]}\n{_contents(request)}")
        for planned in group:
            yield (
                planned,
                _digest(f"{shared}\n{_values(planned.options)}\n{_sounds(planned.options, request)}"),
            )


def _read(path: Path) -> dict[str, Remembered]:
    try:
        return msgspec.json.decode(read_file(path), type=dict[str, Remembered])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _key(planned: PlannedSession) -> str:
    return _digest(f"{planned.script}\n{_values(planned.options)}")


def _values(options: BuildOptions) -> str:
    return repr(sorted(given(options).items()))


def _contents(request: BuildRequest) -> str:
    """Return a script with the state of the files that it names, and its voices without loading them."""
    script = request.script
    voices = sorted((name, _voice(voice)) for name, voice in request.cast.voices.items())
    return repr(
        (
            script,
            sorted(_facts(Path(path)) for path in named_files(script)),
            voices,
            _voice(request.cast.fill),
        )
    )


def _voice(voice: Speaker | None) -> str:
    if voice is None:
        return ""
    if isinstance(voice, RecordedVoice):
        return repr([_facts(path) for path in sorted(voice.folder.glob("*"))])
    return repr((voice.engine, voice.name, voice.speed, voice.gain, voice.identity))


def _sounds(options: BuildOptions, request: BuildRequest) -> str:
    """Return the state of the sound files that the options or the script name."""
    values = [getattr(options, name) for name in _SOUND_OPTIONS]
    paths = [expanded(value) for value in values if value and is_sound_path(value)]
    own = [path for path in (request.custom_ambience, request.custom_bell) if path]
    return repr([_facts(path) for path in (*paths, *own)])


def _tables(folders: Iterable[Path]) -> str:
    """Return the state of the tables beside scripts: of pronunciations, cautions and the show."""
    found = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    return repr([_facts(path) for path in found if path.name != REGISTRY_FILE])


@cache
def _program() -> str:
    code = [_facts(path) for path in sorted(_PACKAGE.rglob("*")) if path.suffix not in (".pyc", "")]
    return f"{__version__} {renderer_versions()} {code}"


def _facts(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), status.st_size, status.st_mtime_ns


def _files(folder: Path, known: Remembered) -> str:
    """Return a digest of how the files of a session look, or "" if one is missing.

    A feed records the guid in the manifest, so of that file only the part counts that changes with the sound.
    """
    seen: list[object] = []
    try:
        manifest = read_file(folder / f"{known.name}{MANIFEST.suffix}")
        identity = msgspec.json.decode(manifest, type=_Identity)
        suffixes = [file.suffix for file in SESSION_FILES if file is not MANIFEST]
        for suffix in (*suffixes, *identity.formats, *identity.stems):
            status = (folder / f"{known.name}{suffix}").stat()
            seen.append((suffix, status.st_size, status.st_mtime_ns))
        # sessions share pictures, and each writes them again
        pictures = sorted({chapter.picture for chapter in identity.chapters if chapter.picture})
        seen += [identity, *((name, (folder / name).stat().st_size) for name in pictures)]
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return _digest(repr(seen))


def up_to_date(sessions: Iterable[PlannedSession], workspace: Workspace) -> set[PlannedSession]:
    """Return those sessions that are in the library as they should be. Writes nothing."""
    return {*BatchState(sessions, workspace).current}
