"""`episodes.toml`: what a podcast must never forget. Written by the program and meant to be committed."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import tomli_w

from ..errors import AudioBuilderError
from ..files import write_atomically

FILE = "episodes.toml"
_HEADING = """# Written by audio-builder; keep it with your scripts. It holds what apps know your episodes by: with it,
# another computer makes the same feed.

"""

State = Literal["live", "replaced", "withdrawn"]
Key = tuple[str, str, str]
"""What tells sessions apart: the script's id, the length, the options."""


class Issue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An episode as it was first published. `script` is the script's id; `length` and `options` tell its sessions
    apart; `sha256` is of the MP3 that was last in the feed, `changed` when that changed."""

    guid: str
    script: str
    length: str
    options: str = ""
    date: datetime
    number: int
    state: State = "live"
    issue: int = 1
    sha256: str = ""


class EpisodeRegistry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`guid` is the show's, made once from `feed`, the address it had then; `content` a hash of what the feed last
    said, and `changed` when it began to say so."""

    guid: str | None = None
    content: str = ""
    changed: datetime | None = None
    episode: list[Issue] = []

    @property
    def latest(self) -> dict[Key, Issue]:
        """The latest issue of each session."""
        found: dict[Key, Issue] = {}
        for issue in sorted(self.episode, key=lambda issue: issue.issue):
            found[issue.script, issue.length, issue.options] = issue
        return found


def read(path: Path) -> EpisodeRegistry:
    """What is kept in the file, nothing where there is none. Raises BuilderError where it cannot be read: a feed made
    without it would give every episode another date."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), EpisodeRegistry)
    except FileNotFoundError:
        return EpisodeRegistry()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise AudioBuilderError(
            f"{path}: {error}; mend it or take it back from your version control: it holds your episodes' dates"
        ) from None


def write(path: Path, registry: EpisodeRegistry) -> None:
    """Keeps the ledger, whole or not at all; a file that says the same already is left."""
    plain = msgspec.to_builtins(registry, builtin_types=(datetime,))
    text = _HEADING + tomli_w.dumps({key: value for key, value in plain.items() if value not in (None, "")})
    try:
        if path.is_file() and path.read_text("utf-8") == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    except OSError as error:
        raise AudioBuilderError(f"cannot write {path}: {error.strerror}; the feed was not changed") from None
