"""A podcast as its author describes it in `show.toml`. Records only.

Sources: Apple, "Podcast RSS feed requirements"; the Podcast Standards Project's PSP-1; podcastindex.org/namespace/1.0.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from ..languages.catalogue import translatable

UpdateFrequency = Literal["daily", "weekly", "biweekly", "monthly", "complete"]
EpisodeType = Literal["full", "trailer", "bonus"]

SUPPORT = translatable("Support the show")
"""The text of the link to give money, which is translated unless the author has written another one."""
AI_CONTENT = "ai-content"
"""The purpose of the text in a feed that says whether a synthetic voice speaks."""
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_Number = Annotated[int, msgspec.Meta(ge=1)]


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a podcast directory may write to."""

    email: Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    name: str = ""


class Funding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The address where listeners can give money, and the text of its link."""

    url: str
    text: _Label = SUPPORT


class Season(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a season."""

    number: _Number
    name: _Label


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Someone who takes part in the show, and the addresses of their page and picture."""

    name: _Label
    role: _Label = "host"
    link: str | None = None
    image: str | None = None


class DirectoryText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that a directory asks for, such as a code that proves whose feed it is (`podcast:txt`)."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    purpose: _Label = "verify"


class EpisodeListing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An `[[episode]]` of `show.toml`: the name of a session in the library, and what overrides its manifest.

    `date` is a date or a datetime. TOML has types for both, so `show_rules` checks it.
    """

    name: str
    title: _Line | None = None
    date: Any = None
    season: _Number | None = None
    episode: _Number | None = None
    type: EpisodeType = "full"


class Show(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `show.toml`.

    `base_url` is the address of the folder that will hold the files; a feed needs it. `categories` are
    Apple's, such as `Health & Fitness > Mental Health`. `guid` is set only if the show has one from elsewhere, and
    `moved_to` is the new address of the feed of a show that moves. `block` asks directories not to list the show. `hub`
    and `webhook` are addresses that `publish` notifies; apps read the first one in the feed.
    """

    title: _Line
    author: _Line
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    language: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    categories: Annotated[list[str], msgspec.Meta(min_length=1, max_length=3)]
    explicit: bool = False
    link: str | None = None
    base_url: str | None = None
    owner: Owner | None = None
    copyright: _Line | None = None
    license: Annotated[str, msgspec.Meta(max_length=128)] | None = None
    license_url: str | None = None
    funding: Funding | None = None
    image: str | None = None
    serial: bool = False
    seasons: list[Season] = []
    locked: bool = False
    guid: str | None = None
    update_frequency: UpdateFrequency | None = None
    moved_to: str | None = None
    people: Annotated[list[Person], msgspec.Meta(max_length=10)] = []
    txt: Annotated[list[DirectoryText], msgspec.Meta(max_length=20)] = []
    block: bool = False
    hub: str | None = None
    webhook: str | None = None
    episode: list[EpisodeListing] = []
