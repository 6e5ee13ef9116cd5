"""The rules for a show that its types cannot express."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from itertools import chain
from urllib.parse import urlsplit

from ..text import closest
from ..units import YEARS
from .addresses import is_web_address
from .categories import CATEGORIES
from .show import AI_CONTENT, Show

_Problem = tuple[str, str]
_EMPTY = "must not be empty"


def show_problems(show: Show) -> Iterator[tuple[str, str]]:
    """Yield every problem: the path of the key, such as `seasons[1].number`, and what is wrong with a hint."""
    rules = (
        _categories,
        _addresses,
        _notified,
        _texts,
        _directory_texts,
        _seasons,
        _guid,
        _licence,
        _listings,
    )
    return chain.from_iterable(rule(show) for rule in rules)


def base_url_problem(url: str) -> str | None:
    """Return what is wrong with the address of the folder that will hold the files, with a hint."""
    if not is_web_address(url):
        return _not_an_address(url)
    parts = urlsplit(url)
    if parts.username or parts.password:
        return "contains a user name or password, which everyone could read: remove it"
    if parts.query or parts.fragment or parts.path.endswith((".xml", ".html")):
        return f'"{url}" is not a folder: give the address of the folder that will hold the files'
    return None


def _categories(show: Show) -> Iterator[_Problem]:
    for n, name in enumerate(show.categories):
        main, _, sub = (part.strip() for part in name.partition(">"))
        path = f"categories[{n}]"
        if main not in CATEGORIES:
            yield path, f'"{main}" is not one of Apple\'s categories. {_category_hint(main)}'
        elif name in show.categories[:n]:
            yield path, f'"{name}" is listed twice'
        elif sub and sub not in CATEGORIES[main]:
            available = ", ".join(CATEGORIES[main]) or "none"
            yield path, f'{main} has no subcategory "{sub}". Available: {available}.'


def _category_hint(word: str) -> str:
    names = {main.lower(): main for main in CATEGORIES}
    names |= {sub.lower(): f"{main} > {sub}" for main, subs in CATEGORIES.items() for sub in subs}
    match = closest(word, names, 0.8)
    return f'Did you mean "{names[match]}"?' if match else f"Available: {', '.join(CATEGORIES)}."


def _addresses(show: Show) -> Iterator[_Problem]:
    addresses = {
        "link": show.link,
        "moved_to": show.moved_to,
        "license_url": show.license_url,
        "funding.url": show.funding.url if show.funding else None,
        **{f"people[{n}].link": person.link for n, person in enumerate(show.people)},
        **{f"people[{n}].image": person.image for n, person in enumerate(show.people)},
    }
    for path, url in addresses.items():
        if url is not None and not is_web_address(url):
            yield path, _not_an_address(url)
    moved_to = show.moved_to
    if moved_to and is_web_address(moved_to) and (urlsplit(moved_to).path or "/").endswith("/"):
        hint = f"give the address of the feed, e.g. {moved_to.rstrip('/')}/feed.xml"
        yield "moved_to", f"{moved_to} is a folder: {hint}"


def _notified(show: Show) -> Iterator[_Problem]:
    for path, url in (("hub", show.hub), ("webhook", show.webhook)):
        if url is None:
            continue
        if not is_web_address(url):
            # a webhook's address is often a secret in itself, so it is not repeated
            yield path, _not_an_address(url) if path == "hub" else "invalid address: begin with https://"
        elif urlsplit(url).username or urlsplit(url).password:
            yield path, "contains a user name or password, which the program would not send: remove it"


def _not_an_address(url: str) -> str:
    return f'invalid address "{url}": begin with https:// and use no spaces'


def _texts(show: Show) -> Iterator[_Problem]:
    for path, text in (("title", show.title), ("author", show.author), ("description", show.description)):
        if not text.strip():
            yield path, _EMPTY
    if show.image is not None and not show.image.strip():
        yield "image", f"{_EMPTY}: name a picture, or remove the key to have a cover drawn"


def _directory_texts(show: Show) -> Iterator[_Problem]:
    for n, each in enumerate(show.txt):
        if each.purpose == AI_CONTENT:
            yield f"txt[{n}].purpose", f'the program writes "{AI_CONTENT}" itself: remove this text'


def _seasons(show: Show) -> Iterator[_Problem]:
    numbers = [season.number for season in show.seasons]
    for n, number in enumerate(numbers):
        if number in numbers[:n]:
            yield f"seasons[{n}].number", f"season {number} already has a name"


def _guid(show: Show) -> Iterator[_Problem]:
    if show.guid is not None:
        try:
            uuid.UUID(show.guid)
        except ValueError:
            yield "guid", f'"{show.guid}" is not a UUID: remove the key to have one generated and stored'


def _licence(show: Show) -> Iterator[_Problem]:
    if show.license_url and not show.license:
        yield "license_url", 'needs the name of the licence too, e.g. license = "cc-by-4.0"'


def _listings(show: Show) -> Iterator[_Problem]:
    names = [listing.name for listing in show.episode]
    for n, listing in enumerate(show.episode):
        if not isinstance(listing.date, date | None):  # a datetime is a date too
            hint = "2025-03-31 or 2025-03-31T08:00:00+01:00"
            yield f"episode[{n}].date", f"write a date without quotes, e.g. {hint}"
        elif listing.date is not None and listing.date.year not in YEARS:
            yield f"episode[{n}].date", f"use a year from {YEARS[0]} to {YEARS[-1]}"
        if listing.name in names[:n]:
            yield f"episode[{n}].name", f'"{listing.name}" is listed twice'
