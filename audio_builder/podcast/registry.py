"""`episodes.toml`, the permanent memory of a podcast. The program writes it; authors keep it with their scripts."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
import tomli_w

from .. import units
from ..errors import AudioBuilderError
from ..files import locked, read_text, reason, write_atomically
from ..library.manifest import Episode
from ..text import parse_toml
from .dates import as_utc

REGISTRY_FILE = "episodes.toml"
_HEADING = """# Written by audio-builder. Keep this file with your scripts: podcast apps know your
# episodes by the ids and dates in it. With it, another computer builds the same feed.

"""

_Count = Annotated[int, msgspec.Meta(ge=1)]
PublicationState = Literal["live", "replaced", "withdrawn"]


class SessionKey(NamedTuple):
    """What identifies a session across rebuilds: the script's id, the length and the options."""

    script: str
    length: str
    options: str


class Publication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One publication of a session as an episode, under a guid that stays.

    A session that is reissued gets another publication. `issue` counts them from 1; `number` counts the publications
    of the whole show. `script` is the script's id, `date` when it was first in the feed, and `sha256` the hash of the
    MP3 that was last in the feed. `title` is the one that the feed gave it; version 0.1 did not record it. `dated` is
    the date that the session had of its own, from its script or from `--date`, when it was last in the feed.
    """

    guid: str
    script: str
    length: str
    options: str = ""
    date: datetime
    number: _Count
    state: PublicationState = "live"
    issue: _Count = 1
    sha256: str = ""
    title: str = ""
    dated: datetime | None = None

    @property
    def feed_date(self) -> datetime:
        """The date that the feed gives, unless `show.toml` has another: that of a session which was reissued is new."""
        return as_utc(self.dated if self.dated and self.issue == 1 else self.date)

    @property
    def key(self) -> SessionKey:
        """The session that was published."""
        return SessionKey(self.script, self.length, current_variant(self.options))


class EpisodeRegistry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `episodes.toml`.

    `guid` is the show's, derived from the first address of its feed. `content` is a hash of the feed without its date,
    and `changed` is when that last changed.
    """

    guid: str | None = None
    content: str = ""
    changed: datetime | None = None
    publications: list[Publication] = msgspec.field(name="episode", default_factory=list)

    @property
    def latest(self) -> dict[SessionKey, Publication]:
        """The latest publication of each session."""
        return {
            publication.key: publication
            for publication in sorted(self.publications, key=lambda publication: publication.issue)
        }

    @property
    def guids(self) -> frozenset[str]:
        """The guids of all publications."""
        return frozenset(publication.guid for publication in self.publications)


def session_key(episode: Episode) -> SessionKey:
    """Return what identifies the session in the registry."""
    return SessionKey(
        episode.id or episode.script, units.show(episode.length_ms), current_variant(episode.variant)
    )


def read_registry(path: Path) -> EpisodeRegistry:
    """Return the registry in the file, or an empty one if the file is missing.

    Raises AudioBuilderError if it cannot be read: a feed built without it would give every episode another date.
    """
    try:
        registry = msgspec.convert(parse_toml(read_text(path)), EpisodeRegistry)
        registry = msgspec.structs.replace(registry, guid=registry.guid or None)
        _refuse_impossible(registry)
        return registry
    except FileNotFoundError:
        return EpisodeRegistry()
    except (OSError, UnicodeDecodeError, msgspec.ValidationError, ValueError) as error:
        raise AudioBuilderError(
            f"{path}: {reason(error)}: fix it or restore it from your backup, because it holds the dates of your "
            f"episodes"
        ) from None


def _refuse_impossible(registry: EpisodeRegistry) -> None:
    """Raise ValueError for what no version of the program has written."""
    guids = Counter(publication.guid for publication in registry.publications)
    if twice := next((guid for guid, times in guids.items() if times > 1), None):
        raise ValueError(f'two episodes have the guid "{twice[:80]}"')
    for publication in registry.publications:
        as_utc(publication.date)
    if registry.changed is not None:
        as_utc(registry.changed)


class RegistryChanged(AudioBuilderError):
    """Another command changed the registry after this one had read it."""


def write_registry(path: Path, registry: EpisodeRegistry, based_on: EpisodeRegistry) -> None:
    """Write the registry atomically, unless the file already holds it. Raises AudioBuilderError.

    Raises RegistryChanged if the file no longer holds what the registry is `based_on`: writing it would undo what
    another command has published or withdrawn.
    """
    content = msgspec.to_builtins(registry, builtin_types=(datetime,))
    for publication in content["episode"]:
        if publication["dated"] is None:
            del publication["dated"]
    text = _HEADING + tomli_w.dumps({key: value for key, value in content.items() if value not in (None, "")})
    try:
        if path.is_file() and read_text(path) == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.parent):
            if read_registry(path) != based_on:
                raise RegistryChanged(
                    f"{path} was changed by another command in the meantime. Run this one again."
                )
            write_atomically(path, text.encode())
    except OSError as error:
        raise AudioBuilderError(
            f"Could not write {path}: {error.strerror}. The feed was not changed."
        ) from None


def current_variant(variant: str) -> str:
    """Return the suffixes of a session as they are written now; 0.1 wrote `lead-1m` for `preroll-1m`."""
    return re.sub(r"(^|-)lead-(?=\d)", r"\1preroll-", variant)
