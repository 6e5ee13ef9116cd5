"""Every key of the front matter: how its value is read, what it means, and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ...errors import InvalidValue
from ...option_kinds import Names
from ...options import OPTIONS, Option
from ...text import as_hint, closest
from ...units import Ms, checked_date
from .characters import unspeakable
from .directives import SLUG
from .figures import front_figure
from .lengths import parse_length
from .problems import ParseError, Problems
from .yaml_tree import YamlList, YamlTable, YamlText, YamlValue

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LONGEST_WORD = 100  # characters; YAML itself reads no longer key

Rule = Callable[[YamlValue, Problems], Any]
"""Reads a value, or raises ParseError."""


class FrontKey(NamedTuple):
    """A key: the rule that reads its value, what it means in one line, and its JSON Schema (draft-07)."""

    rule: Rule
    description: str
    schema: dict[str, Any]


def _text(value: YamlValue, _: Problems | None = None) -> str:
    """Return the value as written. Raises ParseError for what quoted escapes can smuggle in."""
    if not isinstance(value, YamlText):
        what = "a list" if isinstance(value, YamlList) else "a table"
        raise ParseError(f"expected text, found {what}", "put text with special characters in double quotes")
    for char in value.text:
        if found := unspeakable(char):
            raise ParseError(*found, value.spot)
    if not value.text:
        raise ParseError("empty value", "write a value, or remove it", value.spot)
    return value.text


def _line(value: YamlValue, _: Problems | None = None) -> str:
    return " ".join(_text(value).split())


def _hold_length(value: YamlValue, _: Problems) -> Ms:
    found = parse_length(_line(value).lower())
    if found == 0:
        raise ParseError("a position cannot last 0s", "write e.g. 5m")
    return found


def _word(*words: str) -> Rule:
    def read(value: YamlValue, _: Problems) -> str:
        found = _line(value).lower()
        if found not in words:
            meant = closest(found, words)
            hint = f'did you mean "{meant}"?' if meant else f"write {' or '.join(words)}"
            raise ParseError(f'"{found[:40]}" is not {" or ".join(words)}', hint)
        return found

    return read


def _slug(value: YamlValue, _: Problems | None = None) -> str:
    found = _line(value)
    if not SLUG.fullmatch(found):
        raise ParseError(
            f'invalid name "{found[:40]}"', "use lower-case letters, digits and hyphens, e.g. legs-on-chair"
        )
    return found


def _each(rule: Callable[[YamlValue], str]) -> Callable[[YamlValue, Problems], tuple[str, ...]]:
    def read(value: YamlValue, problems: Problems) -> tuple[str, ...]:
        if isinstance(value, YamlText):
            raise ParseError("expected a list", f"write it in square brackets: [{value.text[:60]}]")
        if isinstance(value, YamlTable):
            raise ParseError("expected a list", "write it in square brackets: [one, two]")
        found: list[str] = []
        for item in value.items:
            try:
                entry = rule(item)
            except ParseError as error:
                problems.add_error(error, item.spot)
                continue
            if entry in found:
                problems.add(item.spot, f'"{entry[:40]}" is listed twice', "remove one of them")
            found.append(entry)
        if not value.items:
            raise ParseError("empty list", "write its entries, or remove the line")
        return tuple(found)

    return read


def _sides(value: YamlValue, problems: Problems) -> tuple[str, ...]:
    found = _each(_line)(value, problems)
    if len(found) != 2 or found[0].lower() == found[1].lower():
        raise ParseError("expected two different sides", "write sides: [right, left]")
    return found


def _say(value: YamlValue, problems: Problems) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, YamlTable):
        hint = "below say:, indented by two spaces, write lines such as psoas: so-as"
        raise ParseError("expected respellings", hint)
    return tuple(_respellings(value, problems))


def _respellings(table: YamlTable, problems: Problems) -> Iterator[tuple[str, str]]:
    for key, value in table.items:
        try:
            word = _line(key)
            if len(word) > _LONGEST_WORD:
                raise ParseError("this word is too long", "write a single word and how it is said", key.spot)
            yield word, _line(value)
        except ParseError as error:
            problems.add_error(error, value.spot)


def _number(value: YamlValue, _: Problems) -> int:
    written = _line(value)
    if not re.fullmatch(r"[1-9]\d{0,5}", written, re.ASCII):
        raise ParseError(f'"{written[:40]}" is not a positive whole number', "write 1, 2, 3 and so on")
    return int(written)


def _language(value: YamlValue, _: Problems) -> str:
    written = _line(value)
    if not _LANGUAGE.fullmatch(written):
        raise ParseError(f'"{written[:40]}" is not a language tag', "write e.g. en, en-GB or de")
    return written


def _date(value: YamlValue, _: Problems) -> str:
    written = _line(value)
    try:
        return checked_date(written)
    except InvalidValue as error:
        raise ParseError(error.message, error.hint) from None


def _id(value: YamlValue, _: Problems) -> str:
    written = _text(value)
    if re.search(r"\s", written):
        raise ParseError("an id cannot contain spaces", f"write {'-'.join(written.split())[:60]}")
    return written


def _option(option: Option) -> FrontKey:
    def read(value: YamlValue, _: Problems) -> Any:
        try:
            return option.kind.check(option.kind.parse(_option_text(option, value)))
        except InvalidValue as error:
            raise ParseError(error.naming(option.key).message, as_hint(error.hint)) from None

    return FrontKey(read, option.summary, option.kind.schema())


def _option_text(option: Option, value: YamlValue) -> str:
    """Return the value as the command line takes it. A list can stand for names with commas between them."""
    if isinstance(value, YamlList) and isinstance(option.kind, Names):
        return ",".join(map(_line, value.items))
    return _line(value)


_STRING = {"type": "string", "minLength": 1}
_STRINGS = {"type": "array", "items": _STRING, "minItems": 1, "uniqueItems": True}
_LENGTH = {"type": "string", "examples": ["5m", "90s", "1h"]}
_COUNT = {"type": "integer", "minimum": 1}

KEYS: dict[str, FrontKey] = {
    "title": FrontKey(_line, "Title of the session, its chapter and its episode. Required.", _STRING),
    "summary": FrontKey(_line, "One line for lists and the feed.", _STRING),
    "kind": FrontKey(
        _word("session", "position"),
        "A session (the default), or a position that sessions contain.",
        {"enum": ["session", "position"]},
    ),
    "minimum": FrontKey(_hold_length, "Shortest time in a position, for each side.", _LENGTH),
    "maximum": FrontKey(_hold_length, "Longest time in a position, for each side.", _LENGTH),
    "frame": FrontKey(_slug, "Session that a position is placed in when it is built alone.", _STRING),
    "positions": FrontKey(_each(_slug), "Positions of a session, the most important first.", _STRINGS),
    "sides": FrontKey(
        _sides, "Words for the two sides, e.g. [right, left].", {**_STRINGS, "minItems": 2, "maxItems": 2}
    ),
    "props": FrontKey(_each(_line), "What to fetch before lying down.", _STRINGS),
    "cautions": FrontKey(_each(_slug), "Names of cautions in cautions.toml.", _STRINGS),
    **{option.key: _option(option) for option in OPTIONS if option.front_matter},
    "say": FrontKey(
        _say,
        "How words are said: a respelling for each word.",
        {"type": "object", "additionalProperties": _STRING},
    ),
    "language": FrontKey(_language, "Language of the script as a BCP 47 tag; en by default.", _STRING),
    "id": FrontKey(_id, "Stable id for the podcast; by default the name of the script.", _STRING),
    "date": FrontKey(
        _date, "Date of publication, e.g. 2025-03-31 or 2025-03-31T08:00+01:00.", {"type": "string"}
    ),
    "season": FrontKey(_number, "Season in the podcast.", _COUNT),
    "episode": FrontKey(_number, "Episode number in the podcast.", _COUNT),
    "image": FrontKey(_line, "Cover picture, next to the script or below its folder.", _STRING),
    "figure": FrontKey(
        front_figure,
        "Drawing of the position: a name, an SVG, PNG or JPEG file, or a pose.",
        {"anyOf": [{"type": "string", "examples": ["legs-on-chair", "my-drawing.svg"]}, {"type": "object"}]},
    ),
    "notes": FrontKey(_text, "More show notes, in Markdown.", _STRING),
}
"""Each key, in the order in which front matter is written."""


def front_matter_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of a script's front matter, for completion in editors."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Front matter of an audio-builder script",
        "type": "object",
        "required": ["title"],
        "additionalProperties": False,
        "properties": {name: {"description": key.description, **key.schema} for name, key in KEYS.items()},
    }
