"""Backslashes and entities: what is written to have a sign that means something else."""

from __future__ import annotations

import html
import re
import string

from .characters import fault
from .problems import ParseError

ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(rf"\\([{re.escape(string.punctuation)}])|{ENTITY.pattern}")
_BEFORE_ENTITY = re.compile(rf"&(?={ENTITY.pattern[1:]})")
_LINE_START = re.compile(r"([-+>~=|:])|(\d{1,9})([.)])(?=\s|$)")


def entity(text: str) -> str:
    """The character that an entity stands for; itself, if it is none. Raises Wrong if it cannot be spoken."""
    decoded = html.unescape(text)
    if not decoded:
        raise ParseError(f"{text} is no character", "write the character itself")
    for char in decoded:
        if char.isspace():
            return " "
        if found := fault(char):
            raise ParseError(*found)
    return decoded


def plain(text: str) -> str:
    """Text without its escapes and entities, and with single spaces."""
    return " ".join(_ESCAPED.sub(lambda m: m[1] or entity(m[0]), text).split())


def escape(text: str) -> str:
    """The inverse of `plain` within a line: what is read as this text."""
    return _BEFORE_ENTITY.sub(r"\\&", re.sub(r"([\\`*_\[\]{}<#])", r"\\\1", text))


def escape_start(text: str) -> str:
    """Escaped text that may stand first in a line."""
    if match := _LINE_START.match(text):
        return f"\\{text}" if match[1] else f"{match[2]}\\{text[match.end(2) :]}"
    return text
