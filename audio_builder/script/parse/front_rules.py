"""The rule of each key of the front matter: from its text to its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from ...text import closest
from ...units import SHORTEST, Ms, show
from .characters import fault
from .directives import SLUG
from .lengths import measure
from .problems import ParseError, Problems
from .yaml_tree import Listed, Table, Text, Value

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?P<time>[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?", re.ASCII)


def _text(value: Value, _: Problems | None = None) -> str:
    """The value as it is written, checked for what quoted escapes can smuggle in."""
    if not isinstance(value, Text):
        what = "a list" if isinstance(value, Listed) else "a table"
        raise ParseError(
            f"{what} where plain words are wanted", "write plain words, in double quotes if they have signs"
        )
    for char in value.text:
        if found := fault(char):
            raise ParseError(*found, value.spot)
    if not value.text:
        raise ParseError("an empty value", "write its words, or take it away", value.spot)
    return value.text


def _line(value: Value, _: Problems | None = None) -> str:
    return " ".join(_text(value).split())


def _length(value: Value, _: Problems) -> Ms:
    return measure(_line(value).lower())


def _built(value: Value, problems: Problems) -> Ms:
    found = _length(value, problems)
    if found < SHORTEST:
        raise ParseError(f"{_text(value)} is too short", f"nothing under {show(SHORTEST)} is built")
    return found


def _held(value: Value, problems: Problems) -> Ms:
    found = _length(value, problems)
    if found == 0:
        raise ParseError("a position held for no time", "write 5m, for example")
    return found


def _choice(*words: str) -> Callable[[Value, Problems], str]:
    def read(value: Value, _: Problems) -> str:
        found = _line(value).lower()
        if found not in words:
            meant = closest(found, words)
            hint = f"did you mean {meant}?" if meant else f"write {' or '.join(words)}"
            raise ParseError(f"{found[:40]} is not {' or '.join(words)}", hint)
        return found

    return read


def _slug(value: Value, _: Problems | None = None) -> str:
    found = _line(value)
    if not SLUG.fullmatch(found):
        raise ParseError(
            f"{found[:40]} is no name of this kind",
            "use small letters, digits and dashes: legs-on-chair",
        )
    return found


def _each(rule: Callable[[Value], str]) -> Callable[[Value, Problems], tuple[str, ...]]:
    def read(value: Value, problems: Problems) -> tuple[str, ...]:
        if isinstance(value, Text):
            raise ParseError("a list is wanted here", f"write it in square brackets: [{value.text[:60]}]")
        if isinstance(value, Table):
            raise ParseError("a list is wanted here", "write it in square brackets: [one, two]")
        found: list[str] = []
        for item in value.items:
            try:
                read_item = rule(item)
            except ParseError as wrong:
                problems.caught(wrong, item.spot)
                continue
            if read_item in found:
                problems.add(item.spot, f"{read_item[:40]} stands here twice", "keep one of them")
            found.append(read_item)
        if not value.items:
            raise ParseError("an empty list", "write what belongs into it, or take the line away")
        return tuple(found)

    return read


def _sides(value: Value, problems: Problems) -> tuple[str, ...]:
    found = _each(_line)(value, problems)
    if len(found) != 2 or found[0].lower() == found[1].lower():
        raise ParseError("two different sides are wanted", "write sides: [right, left]")
    return found


def _say(value: Value, problems: Problems) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Table):
        raise ParseError(
            "respellings are wanted here", "below say:, set in by two spaces, write lines like psoas: so-as"
        )
    return tuple(_spellings(value, problems))


def _spellings(table: Table, problems: Problems) -> Iterator[tuple[str, str]]:
    for key, value in table.items:
        try:
            word = _line(key)
            if len(word) > 100:  # YAML reads no longer key without signs of its own
                raise ParseError("a very long word", "write one word and how it is said", key.spot)
            yield word, _line(value)
        except ParseError as wrong:
            problems.caught(wrong, value.spot)


def _speed(value: Value, _: Problems) -> float:
    written = _line(value)
    if not re.fullmatch(r"\d\.\d{1,6}|\d", written, re.ASCII) or not 0.5 <= float(written) <= 1.5:
        comma = re.fullmatch(r"[01],\d{1,6}", written)
        hint = f"write {written.replace(',', '.')}" if comma else "1 is as usual, 0.9 slower"
        raise ParseError(f"{written[:40]} is not a speed from 0.5 to 1.5", hint)
    return float(written)


def _number(value: Value, _: Problems) -> int:
    written = _line(value)
    if not re.fullmatch(r"[1-9]\d{0,5}", written, re.ASCII):
        raise ParseError(f"{written[:40]} is not a number from 1 on", "write 1, 2, 3 and so on")
    return int(written)


def _language(value: Value, _: Problems) -> str:
    written = _line(value)
    if not _LANGUAGE.fullmatch(written):
        raise ParseError(f"{written[:40]} is not a language tag", "write en, en-GB, de or the like")
    return written


def _date(value: Value, _: Problems) -> str:
    written = _line(value)
    match = _DATE.fullmatch(written)
    try:
        if match is None:
            raise ValueError(written)
        (datetime if match["time"] else date).fromisoformat(written)
    except ValueError:
        raise ParseError(
            f"{written[:40]} is not a date", "write it as 2025-03-31, or 2025-03-31T08:00+01:00 with a time"
        ) from None
    return written


def _id(value: Value, _: Problems) -> str:
    written = _text(value)
    if re.search(r"\s", written):
        raise ParseError("an id has no spaces", f"write {'-'.join(written.split())[:60]}")
    return written


RULES: dict[str, Callable[[Value, Problems], Any]] = {
    "title": _line,
    "summary": _line,
    "kind": _choice("session", "position"),
    "length": _built,
    "minimum": _held,
    "maximum": _held,
    "frame": _slug,
    "positions": _each(_slug),
    "sides": _sides,
    "props": _each(_line),
    "cautions": _each(_slug),
    "voice": _line,
    "speed": _speed,
    "ambience": _line,
    "bell": _line,
    "ending": _choice("wake", "sleep"),
    "say": _say,
    "language": _language,
    "id": _id,
    "date": _date,
    "season": _number,
    "episode": _number,
    "image": _line,
    "notes": _text,
}
"""Each key, in the order in which front matter is written."""
