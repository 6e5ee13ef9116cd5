"""Writes scripts as text, the inverse of `parse`: an independent check that the parser loses nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from audio_builder.script.model import (
    Bell,
    Breathe,
    Cautions,
    ElasticPause,
    Front,
    Include,
    Item,
    Marks,
    Pattern,
    Pause,
    Play,
    Positions,
    Rest,
    Say,
    Script,
    Section,
    Slot,
    Vary,
    Words,
)
from audio_builder.script.parse.escapes import ENTITY
from audio_builder.script.parse.front_rules import KEYS
from audio_builder.units import Ms, show

_PLAIN = re.compile(r"[^\W_](?:[\w.,'()/-]| (?=[\w.,'()/-]))*")
_BEFORE_ENTITY = re.compile(rf"&(?={ENTITY.pattern[1:]})")
_LINE_START = re.compile(r"([-+>~=|:])|(\d{1,9})([.)])(?=\s|$)")
_DEFAULTS = Front("")


def format_script(script: Script) -> str:
    """Return the text that `parse` reads as this script."""
    blocks = ["---\n" + "\n".join(_front(script.front)) + "\n---"]
    for section in script.sections:
        if section.level:
            blocks.append(_heading(section))
        blocks += [_paragraph(items) for items in section.paragraphs]
    return "\n\n".join(blocks) + "\n"


def _front_value(front: Front, key: str) -> Any:
    name = key.replace("-", "_")
    return getattr(front, name) if hasattr(front, name) else getattr(front.options, name)


def _front(front: Front) -> Iterator[str]:
    for key in KEYS:
        value = _front_value(front, key)
        if value == _front_value(_DEFAULTS, key):
            continue
        if key == "figure":
            pose = [json.dumps(msgspec.to_builtins(pose)) for pose in value.poses]
            yield f"figure: {pose[0] if pose and not value.name else value.name or _scalar(value.file)}"
        elif key == "say":
            yield "say:"
            yield from (f"  {_scalar(word)}: {_scalar(spoken)}" for word, spoken in value)
        elif key in ("length", "preroll", "minimum", "maximum"):
            yield f"{key}: {show(value)}"
        elif isinstance(value, tuple):
            yield f"{key}: [{', '.join(map(_list_entry, value))}]"
        else:
            yield f"{key}: {_scalar(str(value))}"


def _scalar(text: str) -> str:
    """Return a YAML scalar: plain if that is safe, otherwise in double quotes, which have the escapes of JSON."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _list_entry(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if "," in text else _scalar(text)


def _heading(section: Section) -> str:
    written = ", ".join(_marks(section.marks))
    return f"{'#' * section.level} {_words(section.title)}" + (f" {{{written}}}" if written else "")


def _marks(marks: Marks) -> Iterator[str]:
    if marks.fixed:
        yield "fixed"
    if marks.least is not None:
        yield f"from {show(marks.least)}"
    if marks.below is not None:
        yield f"to {show(marks.below)}"
    yield from (mark for mark in (marks.ending, marks.side) if mark)
    if marks.spare:
        yield "spare"
    if marks.once:
        yield "once"
    if marks.figure:
        yield f"figure {marks.figure.name}"
    if marks.voice:
        yield f"voice: {marks.voice}"


def _paragraph(items: tuple[Item, ...]) -> str:
    return _escape_line_start(" ".join(map(_item, items)))


def _item(item: Item) -> str:
    match item:
        case Say():
            return _words(item.words)
        case Pause():
            return f"[{show(item.length)}]"
        case ElasticPause():
            return f"[{_range(item.low, item.high)}]"
        case Breathe():
            how = f"x{item.cycles}" if item.cycles else _range(item.low, item.high)
            return f"[breathe {_pattern(item.pattern)} {how}{' aloud' * item.aloud}]"
        case Rest():
            bounds = show(item.low) if item.low == item.high else _range(item.low, item.high)
            return _with_list(f"[rest {bounds}{' in any order' * item.in_any_order}]", item.items)
        case Vary():
            return _with_list(f"[vary {item.name}]" if item.name else "[vary]", item.items)
        case Bell():
            return "[bell]" if item.strokes == 1 else f"[bell {item.strokes}]"
        case Play():
            words = f": {_escape(item.words)}" if item.words else ""
            return f"[play {_escape(item.file)}{words}]{' {as is}' * item.as_is}"
        case Include():
            return f"[include {item.name}]"
        case Positions():
            return "[positions]"
        case Cautions():
            return "[cautions]"


def _with_list(directive: str, items: tuple[tuple[Say, ...], ...]) -> str:
    return "\n".join([directive, *(f"- {_paragraph(said)}" for said in items)])


def _words(words: Words) -> str:
    return "".join(word.value if isinstance(word, Slot) else _escape(word) for word in words)


def _range(low: Ms, high: Ms | None) -> str:
    return f"{show(low)}..{'' if high is None else show(high)}"


def _pattern(pattern: Pattern) -> str:
    parts = [pattern.inhale, pattern.exhale]
    if pattern.full or pattern.empty:
        parts.insert(1, pattern.full)
    if pattern.empty:
        parts.append(pattern.empty)
    return "-".join(f"{part // 1000}" + (f".{part % 1000 // 100}" if part % 1000 else "") for part in parts)


def _escape(text: str) -> str:
    """Return how to write this text within a line."""
    return _BEFORE_ENTITY.sub(r"\\&", re.sub(r"([\\`*_\[\]{}<#])", r"\\\1", text))


def _escape_line_start(text: str) -> str:
    """Return escaped text with one more escape if it would mean something at the start of a line."""
    if match := _LINE_START.match(text):
        return f"\\{text}" if match[1] else f"{match[2]}\\{text[match.end(2) :]}"
    return text
