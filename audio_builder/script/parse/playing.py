"""Reads custom recordings, such as `[play welcome.wav: the words]`."""

from __future__ import annotations

import re

from ...errors import Location
from ..model import Play
from .escapes import plain
from .problems import ParseError

_ELSEWHERE = re.compile(r"\s*(?:(?:[A-Za-z]:)?(?:\\[A-Za-z]|/|~)|[a-z]+://)")
_FORM = re.compile(r"(?P<file>(?:[^\\:]|\\.?)*+)(?P<words>:.*)?", re.DOTALL)
_EXAMPLE = "write [play welcome.wav: the words]"
_OUTSIDE = ("recordings must be in the script's folder or below it", f"copy the file there, and {_EXAMPLE}")


def parse_play(text: str, location: Location) -> Play:
    """Return what the text after the word in `[play ...]` means. Raises ParseError."""
    match = _FORM.fullmatch(text)
    if _ELSEWHERE.match(text) or not match:
        raise ParseError(*_OUTSIDE)
    file = plain(match["file"])
    parts = file.split("/")
    if not file:
        raise ParseError("[play] needs the name of a recording", _EXAMPLE)
    if "\\" in file or ":" in file:
        raise ParseError("the name of a recording cannot contain \\ or :", "write e.g. folder/welcome.wav")
    if ".." in parts or file.startswith(("/", "~")):
        raise ParseError(*_OUTSIDE)
    if "." not in parts[-1].strip("."):
        raise ParseError(f'"{file[:40]}" has no file extension', "add it, e.g. [play welcome.wav: the words]")
    return Play(file, plain((match["words"] or "")[1:]), location=location)
