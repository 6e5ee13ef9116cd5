"""The author's own recordings: `[play welcome.wav: the words]`."""

from __future__ import annotations

import re

from ...errors import Location
from ..model import Play
from .escapes import plain
from .problems import ParseError

_ELSEWHERE = re.compile(r"\s*(?:(?:[A-Za-z]:)?(?:\\[A-Za-z]|/|~)|[a-z]+://)")
_FORM = re.compile(r"(?P<file>(?:[^\\:]|\\.?)*+)(?P<words>:.*)?", re.DOTALL)
_EXAMPLE = "write [play welcome.wav: the words]"


def play(text: str, location: Location) -> Play:
    """What follows the word in `[play ...]`, as written. Raises Wrong with the cure."""
    match = _FORM.fullmatch(text)
    if _ELSEWHERE.match(text) or not match:
        raise ParseError("recordings lie beside the script or below it", f"copy it there and {_EXAMPLE}")
    file = plain(match["file"])
    parts = file.split("/")
    if not file:
        raise ParseError("which recording?", _EXAMPLE)
    if "\\" in file or ":" in file:
        raise ParseError("the name of a recording has no backslash and no colon", "write folder/welcome.wav")
    if ".." in parts or file.startswith(("/", "~")):
        raise ParseError("recordings lie beside the script or below it", f"copy it there and {_EXAMPLE}")
    if "." not in parts[-1].strip("."):
        raise ParseError(f"{file[:40]} is not the name of a recording", f"{_EXAMPLE}, with the name's ending")
    return Play(file, plain((match["words"] or "")[1:]), location=location)
