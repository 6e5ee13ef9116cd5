"""Backslash escapes and HTML entities: how to write characters that have a meaning in scripts."""

from __future__ import annotations

import html
import re
import string

from .characters import unspeakable
from .problems import ParseError

ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(rf"\\([{re.escape(string.punctuation)}])|{ENTITY.pattern}")


def entity(text: str) -> str:
    """Return the character that an entity means, or the text itself if it is not an entity.

    Raises ParseError if the character cannot be spoken.
    """
    decoded = html.unescape(text)
    if not decoded:
        raise ParseError(f"{text} is not a character", "write the character itself")
    for char in decoded:
        if char.isspace():
            return " "
        if found := unspeakable(char):
            raise ParseError(*found)
    return decoded


def plain(text: str) -> str:
    """Return what escaped text means, with single spaces."""
    return " ".join(_ESCAPED.sub(lambda m: m[1] or entity(m[0]), text).split())
