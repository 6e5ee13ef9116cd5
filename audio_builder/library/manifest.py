"""What is recorded about a built session: its manifest, a JSON file next to the MP3. Records only."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

_JSON_KEYS = {"fingerprint": "recipe", "options": "choice", "show_notes": "notes"}
"""Keys of manifests that are named differently here. They stay, so that every manifest since 0.1 can be read."""


class ChapterRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chapter, in whole milliseconds.

    `picture` is the name of its picture's file in the library, and `alt` describes it; without a picture both are "".
    """

    start_ms: int
    length_ms: int
    title: str
    picture: str = ""
    alt: str = ""


class CueRecord(msgspec.Struct, frozen=True):
    """A cue: `kind` is speech, recording, bell, silent bell, in or out; `text` is what is said."""

    start_ms: int
    length_ms: int
    kind: str
    text: str = ""


class CautionRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A caution as the show notes give it; `named` if it concerns this session in particular.

    `short` is the sentence that is spoken; manifests of 0.1 do not have it.
    """

    id: str
    full: str
    named: bool
    short: str = ""


class ScriptRecord(msgspec.Struct, frozen=True):
    """A script that a session was built from: its slug, and the SHA-256 of its file then."""

    name: str
    sha256: str


class AddedFile(msgspec.Struct, frozen=True):
    """A file that was built in addition to an MP3: its size in bytes, its SHA-256, and a hash of what it follows from.

    `fingerprint` is that of the session together with what encodes the file, so that an unchanged one is recognised.
    """

    bytes: int
    sha256: str
    fingerprint: str


class Episode(msgspec.Struct, frozen=True, kw_only=True, rename=_JSON_KEYS):
    """A session in the library.

    `name` is its file name without `.mp3`. `fingerprint` is a hash of everything that its bytes depend on, so that an
    unchanged session is recognised. `options` are the values of its options that the manifest records. `loudness` is in
    LUFS, if it was measured.

    For the podcast: `id` is the stable id of the script, `variant` the options that differ from the script's own, as
    file names have them; `date`, `season` and `number` come from front matter; `synthetic` if a voice engine speaks,
    and `recorded` if a person does; `test_voice` if that engine is `for_tests` (manifests of 0.1 say neither); `guid`
    once the session was in a feed. `files` has the SHA-256 of every other file of the session but the MP3, by suffix
    (manifests of 0.1 have none). `formats` has the same session in other formats and `stems` the parts of its sound, by
    suffix; without any, they are left out. `scripts` are the script, what it includes, and the positions that are heard
    (manifests of 0.1 have none).
    """

    name: str
    script: str
    title: str
    summary: str
    language: str
    length_ms: int
    bytes: int
    sha256: str
    fingerprint: str
    version: str
    options: dict[str, Any]
    positions: tuple[str, ...] = ()
    props: tuple[str, ...] = ()
    cautions: tuple[CautionRecord, ...] = ()
    chapters: tuple[ChapterRecord, ...] = ()
    cues: tuple[CueRecord, ...] = ()
    show_notes: str = ""
    draft: bool = False
    id: str = ""
    variant: str = ""
    date: str | None = None
    season: int | None = None
    number: int | None = None
    synthetic: bool = True
    recorded: bool | UnsetType = UNSET
    test_voice: bool | UnsetType = UNSET
    loudness: float | None = None
    guid: str | None = None
    files: dict[str, str] | UnsetType = UNSET
    formats: dict[str, AddedFile] | UnsetType = UNSET
    stems: dict[str, AddedFile] | UnsetType = UNSET
    scripts: tuple[ScriptRecord, ...] | UnsetType = UNSET

    @property
    def added_files(self) -> dict[str, AddedFile]:
        """Everything that was built in addition to the MP3, by suffix."""
        return {**(self.formats or {}), **(self.stems or {})}

    @property
    def voice(self) -> str:
        """The voice that speaks, as `--voice` takes it."""
        return str(self.options["voice"])

    @property
    def uses_test_voice(self) -> bool:
        """Whether test signals take the place of a narrator. In manifests of 0.1, only `tone` makes them."""
        if self.test_voice is UNSET:
            return self.voice.partition(":")[0].casefold() == "tone"
        return self.test_voice
