"""Read a batch file: a TOML file that says which sessions to build."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AudioBuilderError, InvalidValue, Location, Problem, ScriptErrors
from ..files import cannot_read, read_text
from ..script.search import ScriptFinder, display_path
from ..text import as_hint, closest, parse_toml
from .date_rules import Dates, read_dates
from .places import TOP_LEVEL, Places, TablePlace
from .values import FIELDS, SCRIPT, ValueReader, field_of

_SESSIONS, _EXCLUDE, _DRAFT = "sessions", "exclude", "draft"
_RULES = ("name", "date", _DRAFT)
_TOP_ONLY = ("feed", _SESSIONS, _EXCLUDE)
_LISTED = 20


@dataclass(frozen=True)
class Group:
    """A product of lists: each field (`script`, or the name of an option) with its values, in the order of the file.

    `name` is the template of file names, and `draft` is true for drafts. `dates_of` is the table that gives `dates`;
    groups with the same one share its dates.
    """

    place: TablePlace
    values: Mapping[str, tuple[Any, ...]]
    name: str | None = None
    dates: Dates | None = None
    dates_of: TablePlace = TOP_LEVEL
    draft: bool = False


@dataclass(frozen=True)
class SessionPattern:
    """An `[[exclude]]` or `[[draft]]` table: a session matches if each field has one of these values."""

    place: TablePlace
    values: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class BatchFile:
    """What a batch file says. `feed` is false if the feed must not be written afterwards."""

    places: Places
    groups: tuple[Group, ...]
    excluded: tuple[SessionPattern, ...] = ()
    drafts: tuple[SessionPattern, ...] = ()
    feed: bool = True


@dataclass
class _Reader:
    places: Places
    values: ValueReader
    problems: list[Problem] = field(default_factory=list)

    def add(
        self, place: TablePlace, error: InvalidValue, key: str | None = None, value: object = None
    ) -> None:
        self.problems.append(
            self.places.problem(place, error.message, as_hint(error.hint), (key,) if key else (), value)
        )


def read_batch(path: Path, finder: ScriptFinder) -> BatchFile:
    """Return what a batch file says.

    Scripts are found by `finder`, and paths begin in the folder of the file. Raises ScriptErrors with every problem of
    the file, and AudioBuilderError if it cannot be read.
    """
    file = display_path(path)
    try:
        text = read_text(path)
        tables = parse_toml(text)
    except OSError as error:
        raise AudioBuilderError(cannot_read(path, error)) from None
    except UnicodeDecodeError:
        raise AudioBuilderError(f"{file}: not UTF-8 text: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ScriptErrors([_syntax_problem(error, file, text)]) from None
    reader = _Reader(Places(file, text), ValueReader(path.parent, finder))
    found = _batch(tables, reader)
    if reader.problems:
        raise ScriptErrors(sorted(reader.problems, key=lambda one: one.location.line)[:_LISTED])
    return found


def _syntax_problem(error: tomllib.TOMLDecodeError, file: str, text: str) -> Problem:
    message = str(error)
    line, column = 1, 1
    if match := re.search(r" \(at line (\d+), column (\d+)\)", message):
        line, column, message = int(match[1]), int(match[2]), message[: match.start()]
    elif message.endswith(" (at end of document)"):
        line, message = max(1, len(text.splitlines())), message.removesuffix(" (at end of document)")
    rows = text.splitlines()
    source = rows[line - 1] if line <= len(rows) else ""
    hint = 'put text in straight quotes, e.g. length = "20m", and lists in brackets, e.g. ["20m", "30m"]'
    return Problem(Location(file, line, column), f"not valid TOML: {message}", source, hint=hint)


def _batch(tables: dict[str, Any], reader: _Reader) -> BatchFile:
    patterns = tables.get(_DRAFT) if isinstance(tables.get(_DRAFT), list) else []
    top = {key: value for key, value in tables.items() if key not in _TOP_ONLY and value is not patterns}
    base = _group(top, TOP_LEVEL, reader, None)
    sessions = _tables(tables.get(_SESSIONS, []), _SESSIONS, reader)
    groups = [_group(table, place, reader, base) for place, table in sessions] or [base]
    for group in groups:
        if SCRIPT not in group.values and not reader.problems:
            hint = InvalidValue(
                "no script is named",
                'write e.g. script = "legs-on-chair", a list of scripts, or "all" for each in your folder',
            )
            reader.add(group.place, hint)
    feed = tables.get("feed", True)
    if not isinstance(feed, bool):
        reader.add(TOP_LEVEL, InvalidValue("feed: write true or false", "without quotes"), "feed")
    return BatchFile(
        places=reader.places,
        groups=tuple(groups),
        excluded=_patterns(tables.get(_EXCLUDE, []), _EXCLUDE, reader),
        drafts=_patterns(patterns, _DRAFT, reader),
        feed=bool(feed),
    )


def _tables(value: object, name: str, reader: _Reader) -> list[tuple[TablePlace, dict[str, Any]]]:
    """Return the tables of an array with their places."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return [(TablePlace(name, number), one) for number, one in enumerate(value)]
    hint = f"write [[{name}]] on a line by itself, and its keys below"
    place = TablePlace(name) if isinstance(value, dict) else TOP_LEVEL
    key = None if isinstance(value, dict) else name
    reader.add(place, InvalidValue(f"{name} is not a list of tables", hint), key)
    return []


def _group(table: dict[str, Any], place: TablePlace, reader: _Reader, base: Group | None) -> Group:
    values = dict(base.values) if base else {}
    values |= _values({key: value for key, value in table.items() if key not in _RULES}, place, reader, True)
    name, dates = base.name if base else None, base.dates if base else None
    dates_of, draft = base.dates_of if base else place, base.draft if base else False
    if "name" in table:
        name = table["name"] if isinstance(table["name"], str) and table["name"] else None
        if name is None:
            reader.add(place, InvalidValue("name: write text", 'e.g. "{script}-{length}"'), "name")
    if "date" in table:
        try:
            dates, dates_of = read_dates(table["date"]), place
        except InvalidValue as error:
            reader.add(place, error, "date")
    if _DRAFT in table:
        draft = table[_DRAFT]
        if not isinstance(draft, bool):
            reader.add(
                place,
                InvalidValue("draft: write true or false", "for some sessions only, write a [[draft]] table"),
                _DRAFT,
            )
    return Group(place, values, name, dates, dates_of, bool(draft))


def _values(
    table: dict[str, Any], place: TablePlace, reader: _Reader, is_group: bool
) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    written: dict[str, str] = {}
    for key, value in table.items():
        name = field_of(key)
        if name is None:
            reader.add(place, _unknown_key(key, place, is_group), key)
            continue
        if name in found:
            hint = InvalidValue(f"{written[name]} and {key} are the same", "keep one of them")
            reader.add(place, hint, key)
            continue
        written[name] = key
        found[name] = ()
        try:
            found[name] = reader.values.read(name, value)
        except InvalidValue as error:
            reader.add(place, error, key, getattr(error, "value", None))
    return found


def _unknown_key(key: str, place: TablePlace, is_group: bool) -> InvalidValue:
    if is_group and place != TOP_LEVEL and key in _TOP_ONLY:
        return InvalidValue(f"{key} does not belong here", f"move it above the first [[{place.name}]]")
    if not is_group and key in (*_RULES, *_TOP_ONLY):
        hint = f"move it above the first [[{place.name}]], or into a [[sessions]] table"
        return InvalidValue(f"{key} cannot choose sessions", hint)
    known = [*FIELDS, *((*_RULES, *_TOP_ONLY) if is_group else ())]
    near = closest(key, known)
    hint = f'Did you mean "{near}"?' if near else f"use {', '.join(known)}"
    return InvalidValue(f'unknown key "{key[:40]}"', hint)


def _patterns(tables: object, name: str, reader: _Reader) -> tuple[SessionPattern, ...]:
    found = []
    for place, table in _tables(tables, name, reader):
        values = _values(table, place, reader, False)
        if not table:
            reader.add(
                place,
                InvalidValue(f"[[{name}]] has no keys", 'write below it e.g. script = "legs-on-chair"'),
            )
        found.append(SessionPattern(place, values))
    return tuple(found)
