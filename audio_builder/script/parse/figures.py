"""Reads which figure a script shows: a name, a file, or the description of a pose."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ...figures.library import Figure, figure, names
from ...figures.pose import Pose, Support, Trunk
from ...files import FIGURE_SUFFIXES
from ...text import closest
from .characters import unspeakable
from .problems import ParseError, Problems
from .yaml_tree import YamlList, YamlTable, YamlText, YamlValue


def named_figure(name: str) -> Figure:
    """Return a figure of the program by name. Raises ParseError."""
    if name in names():
        return figure(name)
    if not name:
        raise ParseError("missing figure", "write e.g. {figure legs-on-chair}")
    meant = closest(name, names())
    hint = f'did you mean "{meant}"?' if meant else f"the figures are {', '.join(names())}"
    raise ParseError(f'no figure named "{name[:40]}"', hint)


def front_figure(value: YamlValue, _: Problems) -> Figure:
    """Return the figure that front matter names or describes; a file as it is written. Raises ParseError."""
    if isinstance(value, YamlText):
        written = " ".join(value.text.split())
        is_file = any(written.lower().endswith(suffix) for suffix in FIGURE_SUFFIXES)
        return Figure(file=written) if is_file else named_figure(written)
    try:
        return Figure(poses=(msgspec.convert(_plain(value), Pose, strict=False),))
    except msgspec.ValidationError as error:
        raise ParseError(f"the pose cannot be drawn: {_in_words(error)}", _HINT) from None


_LIMITS = {"<=": "up to", ">=": "from"}
_HINT = "write e.g. {alt: On the back with bent knees., legs: {hip: 50, knee: 95}}"


def _plain(value: YamlValue) -> Any:
    match value:
        case YamlText():
            for char in value.text:
                if found := unspeakable(char):
                    raise ParseError(*found, value.spot)
            return value.text
        case YamlList():
            return [_plain(item) for item in value.items]
        case YamlTable():
            return {key.text: _plain(item) for key, item in value.items}


def _in_words(error: msgspec.ValidationError) -> str:
    """Return what is wrong, with the place in the form `legs.hip`."""
    message, _, path = str(error).partition(" - at `$.")
    if match := re.search(r"Invalid enum value '(.*)'", message):
        allowed = [f'"{one}"' for one in (Trunk if path.startswith("trunk") else Support)]
        message = f'"{match[1][:40]}" is not {", ".join(allowed[:-1])} or {allowed[-1]}'
    reason = message[:1].lower() + message[1:].replace("`", '"')
    reason = re.sub(
        r'"float" ([<>]=) (-?\d+)\.0', lambda m: f"a number of degrees {_LIMITS[m[1]]} {m[2]}", reason
    )
    reason = reason.replace('"float"', "a number of degrees").replace("object contains", "there is an")
    return f"{path.rstrip('`')}: {reason}" if path else reason
