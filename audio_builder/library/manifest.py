"""What is known of a built session: its manifest, kept as JSON beside the MP3. Records only."""

from __future__ import annotations

from typing import Literal

import msgspec


class ResolvedOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Every option of a build, settled: command line over front matter over defaults. `speed` 1.0 is the
    voice's own pace; `breath` is a pattern such as `4-6`, `none`, or empty for each block's own."""

    voice: str
    speed: float
    ambience: str
    bell: str
    breath: str
    ending: Literal["wake", "sleep"]
    quality: Literal["stereo", "mono"]


class ChapterRecord(msgspec.Struct, frozen=True):
    """A chapter, in whole milliseconds."""

    start_ms: int
    length_ms: int
    title: str


class CueRecord(msgspec.Struct, frozen=True):
    """A cue: `kind` is speech, recording, bell, in or out; `text` is what is said."""

    start_ms: int
    length_ms: int
    kind: str
    text: str = ""


class CautionRecord(msgspec.Struct, frozen=True):
    """A caution as the show notes give it; `named` where the session itself names it."""

    id: str
    full: str
    named: bool


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """A session in the library. `name` is its file name without `.mp3`; `recipe` is a hash of all that its bytes
    follow from, so that an unchanged rebuild is recognised; `loudness` is in LUFS where measured.

    For the podcast: `id` is the script's stable one, `variant` the options that differ from the script's own as they
    stand in file names; `date`, `season` and `number` are its front matter's; `synthetic` where a voice engine speaks;
    `guid` once the podcast has one."""

    name: str
    script: str
    title: str
    summary: str
    language: str
    length_ms: int
    bytes: int
    sha256: str
    recipe: str
    version: str
    choice: ResolvedOptions
    positions: tuple[str, ...] = ()
    props: tuple[str, ...] = ()
    cautions: tuple[CautionRecord, ...] = ()
    chapters: tuple[ChapterRecord, ...] = ()
    cues: tuple[CueRecord, ...] = ()
    notes: str = ""
    draft: bool = False
    id: str = ""
    variant: str = ""
    date: str | None = None
    season: int | None = None
    number: int | None = None
    synthetic: bool = True
    loudness: float | None = None
    guid: str | None = None
