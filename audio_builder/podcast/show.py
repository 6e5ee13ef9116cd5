"""The podcast as its author describes it in `show.toml`, and an episode as the feed lists it: records, and reading.

Sources: Apple, "Podcast RSS feed requirements"; the Podcast Standards Project's PSP-1; podcastindex.org/namespace/1.0.
"""

from __future__ import annotations

import re
import tomllib
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from ..errors import AudioBuilderError
from ..library.manifest import Episode
from ..text import closest
from .categories import CATEGORIES

NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""Of `podcast:guid` (podcastindex.org/namespace/1.0, guid)."""

Frequency = Literal["daily", "weekly", "biweekly", "monthly", "complete"]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Kind = Literal["full", "trailer", "bonus"]


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a directory may write to."""

    email: Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    name: str = ""


class Funding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where listeners may give, and the words for it."""

    url: str
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] = "Support the show"


class Season(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a season is called."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Listed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An `[[episode]]` of `show.toml`: the library's `name` for it, and what the feed says otherwise.
    `date` is a date, or a moment."""

    name: str
    title: Text | None = None
    date: Any = None
    season: Annotated[int, msgspec.Meta(ge=1)] | None = None
    episode: Annotated[int, msgspec.Meta(ge=1)] | None = None
    type: Kind = "full"


class Show(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`show.toml`. `base_url` is where the library will stand, and without it there is no feed; `guid` the show's own,
    if it has one from elsewhere; `categories` are Apple's, as `Health & Fitness > Mental Health`; `moved_to` the
    address of the feed at its new place."""

    title: Text
    author: Text
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    language: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    categories: Annotated[list[str], msgspec.Meta(min_length=1, max_length=3)]
    explicit: bool = False
    link: str | None = None
    base_url: str | None = None
    owner: Owner | None = None
    copyright: Text | None = None
    license: Annotated[str, msgspec.Meta(max_length=128)] | None = None
    license_url: str | None = None
    funding: Funding | None = None
    image: str | None = None
    serial: bool = False
    seasons: list[Season] = []
    locked: bool = False
    guid: str | None = None
    update_frequency: Frequency | None = None
    moved_to: str | None = None
    episode: list[Listed] = []


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """Where an episode's files are, relative to where the show stands. `page` is its place on the show's page."""

    mp3: str
    vtt: str
    srt: str
    txt: str
    chapters: str
    image: str
    page: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An episode as the feed lists it: the session, and what the podcast adds to it."""

    episode: Episode
    title: str
    guid: str
    date: datetime
    files: Files
    number: int | None = None
    season: int | None = None
    kind: Kind = "full"


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A show at a place: its guid, the address that all else is relative to, the names of its feed, its page and its
    cover there, and when what it says changed."""

    show: Show
    guid: str
    base: str
    changed: datetime
    feed: str = "feed.xml"
    page: str = ""
    cover: str = "cover.jpg"

    def url(self, name: str) -> str:
        """The absolute address of a name, in ASCII."""
        plain = name if _PLAIN.fullmatch(name) else quote(name, _SAFE)
        return f"{ascii_url(self.base)}{plain}"


def read_show(text: str, name: str) -> Show:
    """The show of a `show.toml`; BuilderError with the path in the file of what is wrong."""
    try:
        show = msgspec.convert(tomllib.loads(text), Show)
    except tomllib.TOMLDecodeError as error:
        hint = 'text stands in straight quotes, as "so"; yes and no are true and false'
        raise AudioBuilderError(f"{name}: {error}; {hint}") from None
    except msgspec.ValidationError as error:
        raise AudioBuilderError(f"{name}: {_plain(str(error))}") from None
    for path, problem in _problems(show):
        raise AudioBuilderError(f"{name}: {path}: {problem}")
    return show if show.base_url is None else placed(show, show.base_url, f"{name}: base_url")


def placed(show: Show, base_url: str, where: str) -> Show:
    """The show with its library at this address; `where` names its origin in the BuilderError for one that is none."""
    if not is_address(base_url):
        raise AudioBuilderError(f"{where}: {base_url!r} is no address; write it with https:// and no spaces")
    parts = urlsplit(base_url)
    if parts.username or parts.password:
        raise AudioBuilderError(
            f"{where}: it has a name or password in it, and everyone would read it; leave it out"
        )
    if parts.query or parts.fragment or parts.path.endswith((".xml", ".html")):
        raise AudioBuilderError(
            f"{where}: {base_url!r} is no folder; give the folder that the files will stand in"
        )
    return msgspec.structs.replace(show, base_url=f"{base_url.rstrip('/')}/")


_TYPES = {
    "array": 'a list, as ["this", "that"]',
    "str": "text in quotes",
    "bool": "true or false",
    "int": "a whole number",
    "object": 'a table, as { url = "…" }',
}
_FORMS = {"language": "a language, as en or en-GB", "email": "an address, as ana@example.org"}


def _plain(message: str) -> str:
    """msgspec's message with the path first and in words for those who write a show."""
    found = re.fullmatch(r"(.*?) - at `(?:\$\.?)([^`]*)`", message, re.DOTALL)
    what, path = (found[1], found[2]) if found else (message, "")
    key = re.sub(r"\[.*", "", path.rpartition(".")[2])
    if unknown := re.search(r"unknown field `(.*)`", what):
        within = Listed if path.startswith("episode") else Show if not path else None
        names = within.__struct_fields__ if within else ()
        what = f"there is no key `{unknown[1]}`"
        if within is Listed and unknown[1] in Show.__struct_fields__:
            what += "; write it above the first [[episode]]"
        elif close := closest(unknown[1], names):
            what += f"; did you mean {close}?"
    elif missing := re.search(r"missing required field `(.*)`", what):
        what = f"`{missing[1]}` is missing"
    elif wrong := re.search(r"Invalid enum value '(.*)'", what):
        there = get_args(Kind) if key == "type" else get_args(Frequency)
        what = f"there is no {wrong[1]}; there are: {', '.join(there)}"
    elif "matching regex" in what:
        what = f"write {_FORMS.get(key, 'something')}"
    elif "of length >= 1" in what:
        what = "it is empty"
    elif wanted := re.match(r"Expected `(\w+)(?: \| null)?`, got", what):
        what = f"write {_TYPES.get(wanted[1], wanted[1])}"
    return f"{path}: {what}" if path else what


def _problems(show: Show) -> Iterable[tuple[str, str]]:
    """What the types cannot say: the path, and what is wrong with its cure."""
    for n, name in enumerate(show.categories):
        main, _, sub = (part.strip() for part in name.partition(">"))
        if main not in CATEGORIES:
            hint = _near_category(main) or f"there are: {', '.join(CATEGORIES)}"
            yield f"categories[{n}]", f"{main!r} is not one of Apple's; {hint}"
        elif name in show.categories[:n]:
            yield f"categories[{n}]", f"{name} is listed twice"
        elif sub and sub not in CATEGORIES[main]:
            there = ", ".join(CATEGORIES[main]) or "none"
            yield f"categories[{n}]", f"{main} has no {sub!r}; there are: {there}"
    addresses = {
        "link": show.link,
        "moved_to": show.moved_to,
        "license_url": show.license_url,
        "funding.url": show.funding.url if show.funding else None,
    }
    for path, url in addresses.items():
        if url is not None and not is_address(url):
            yield path, f"{url!r} is no address; write it with https:// and no spaces"
    for path, text in (("title", show.title), ("author", show.author), ("description", show.description)):
        if not text.strip():
            yield path, "it is empty"
    if show.image is not None and not show.image.strip():
        yield "image", "it is empty; name a picture, or leave it out, and one is drawn"
    if show.moved_to and (urlsplit(show.moved_to).path.endswith("/") or not urlsplit(show.moved_to).path):
        yield (
            "moved_to",
            f"{show.moved_to} is a folder; write the address of the feed itself, {show.moved_to.rstrip('/')}/feed.xml",
        )
    numbers = [season.number for season in show.seasons]
    for n, number in enumerate(numbers):
        if number in numbers[:n]:
            yield f"seasons[{n}].number", f"{number} has a name already"
    if show.guid is not None:
        try:
            uuid.UUID(show.guid)
        except ValueError:
            yield "guid", f"{show.guid!r} is no UUID; leave it out, and one is made and kept"
    names = [listed.name for listed in show.episode]
    for n, name in enumerate(names):
        if not isinstance(show.episode[n].date, date | None):  # a moment is a date too
            yield f"episode[{n}].date", "write 2025-03-31, or 2025-03-31T08:00:00+01:00, without quotes"
        if name in names[:n]:
            yield f"episode[{n}].name", f"{name} is listed twice"


def _near_category(word: str) -> str:
    """What somebody may have meant by a word that is no main category, as a question; empty where nobody knows."""
    ways = {main.lower(): main for main in CATEGORIES}
    ways |= {sub.lower(): f"{main} > {sub}" for main, subs in CATEGORIES.items() for sub in subs}
    close = closest(word, ways, 0.8)
    return f"did you mean {ways[close]}?" if close else ""


def is_address(url: str) -> bool:
    """Whether it is an absolute http address that can be written in ASCII."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


@lru_cache(maxsize=256)
def ascii_url(url: str) -> str:
    """The address in ASCII: the host in IDNA, all else percent-encoded as UTF-8 (RFC 3987, section 3.1)."""
    parts = urlsplit(url)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    path, query, fragment = (quote(part, _SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host, path, query, fragment))


_SAFE = "/:@!$&'()*+,;=-._~%?#"
_PLAIN = re.compile(r"[\w/#.~+-]*", re.ASCII)


def show_guid(feed_url: str) -> str:
    """`podcast:guid` of a feed at this address: UUIDv5 of it without scheme and trailing slashes."""
    return str(uuid.uuid5(NAMESPACE, re.sub(r"^[a-z]+://", "", feed_url).rstrip("/")))


def episode_guid(show: str, script: str, length: str, variant: str, issue: int = 1) -> str:
    """An episode's guid, UUIDv5 of the show's: the script's id, length, options, and how often it was issued."""
    name = " ".join([script, length, *([variant] if variant else []), *([f"#{issue}"] if issue > 1 else [])])
    return str(uuid.uuid5(uuid.UUID(show), name))


def moment(value: date | datetime) -> datetime:
    """A date as a moment in UTC, midnight where it has no time."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
