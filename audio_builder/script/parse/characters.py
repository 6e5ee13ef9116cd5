"""Decodes script files, and finds the characters that voices cannot say."""

from __future__ import annotations

import re
import unicodedata

from ...errors import Location, Problem, ScriptErrors
from ...units import file_size
from .problems import Problems, Spot

MAX_SCRIPT_BYTES = 400_000
"""Size of the largest file that is read as a script."""

COMMENT, SIDE, OTHER, PROPS = "\ue000", "\ue001", "\ue002", "\ue003"
"""Stand-ins for a commented character and for the slots, one character each, so that columns stay right.

They are private-use characters, which scripts cannot contain.
"""

# Symbols (Unicode categories So and Sm) that voices can say, or that people type instead of a plainer sign.
_SPOKEN = frozenset("°©®™№℃℉−≈≠≤≥√∞")
# Invisible characters that right-to-left and Indic scripts need.
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
_EMOJI_MODIFIERS = frozenset("\ufe00\ufe01\ufe0e\ufe0f\u20e3")
_SAY_IN_WORDS = "delete it, or say what it means in words"
# Everything but what scripts are mostly made of, so that only the rest is looked at one by one.
_SUSPECT = re.compile(r"[^\n\t\ue000\x20-\x7e\u00c0-\u024f\u2010-\u2027\u0400-\u04ff\u4e00-\u9fff]")


def decode_script(data: bytes, file: str) -> str:
    """Return the text of a script file. Raises ScriptErrors at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        start = before.rfind("\n") + 1
        tail = re.split(rb"[\r\n]", data[error.start : error.start + 400])[0]
        source = before[start:] + tail.decode("utf-8", "replace")
        location = Location(file, before.count("\n") + 1, len(before) - start + 1)
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            message = "this file is saved as UTF-16, or is not text"
        else:
            message = f"byte 0x{data[error.start]:02x} is not UTF-8 text"
        raise ScriptErrors([Problem(location, message, source, 1, "save the file as UTF-8")]) from None


def refuse_large(size: int, file: str) -> None:
    """Raise ScriptErrors if a file of this size in bytes is too large for a script."""
    if size > MAX_SCRIPT_BYTES:
        message = (
            f"this file is too large: {file_size(size)}, a script has at most {file_size(MAX_SCRIPT_BYTES)}"
        )
        hint = "split it, and join the parts with [include name]"
        raise ScriptErrors([Problem(Location(file, 1), message, hint=hint)])


def split_lines(text: str) -> list[str]:
    """Return the lines of a text from any operating system, without a byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def without_stand_ins(row: str) -> str:
    """Return the line with its stand-in characters replaced by another private-use character.

    Private-use characters are an error either way, but these must not pass for slots and comments.
    """
    return row.translate({ord(c): 0xE010 for c in (COMMENT, SIDE, OTHER, PROPS)})


def unspeakable(char: str) -> tuple[str, str] | None:
    """Return the message and the hint for a character that scripts cannot contain; None if it is fine."""
    category = unicodedata.category(char)
    code = f"U+{ord(char):04X}"
    if category in {"Zl", "Zp"}:
        return f"unusual line break ({code})", "press Enter here instead"
    if category in {"Cc", "Cs"} and char not in "\n\t":
        return f"control character ({code})", "delete it; if there are many, this is not a text file"
    if category == "Cf" and char not in _JOINERS:
        return f"invisible character ({code})", "delete it along with its neighbours, and type those again"
    if char in "\ufffd\ufffc":
        return "a character was lost when this file was saved", "type it again, and save the file as UTF-8"
    if category == "Co":
        return "voices cannot say a private-use character", _SAY_IN_WORDS
    if category == "Cn":
        return f"voices cannot say this character ({code})", _SAY_IN_WORDS
    symbol = (
        (category == "So" and char not in _SPOKEN)
        or (category == "Sm" and char >= "\u2190" and char not in _SPOKEN)
        or (category == "Sk" and char >= "\U0001f000")
        or char in _EMOJI_MODIFIERS
    )
    if symbol:
        return (
            f"voices cannot say this emoji or symbol ({unicodedata.name(char, code).lower()})",
            _SAY_IN_WORDS,
        )
    return None


def clean(row: str, number: int, problems: Problems) -> str:
    """Report the characters of a line that scripts cannot contain.

    Return the line with plain spaces for those and for unusual spaces.
    """
    cleaned: list[str] = []
    done = 0
    while match := _SUSPECT.search(row, done):
        start = match.start()
        cleaned.append(row[done:start])
        found = unspeakable(row[start])
        done = start + 1
        if found is None:
            cleaned.append(" " if row[start].isspace() else row[start])
            continue
        # an emoji may consist of several joined characters: one problem
        while done < len(row) and (row[done] == "\u200d" or unspeakable(row[done])):
            done += 1
        cleaned.append(" " * (done - start))
        problems.add(Spot(number, start + 1, done - start), *found)
    cleaned.append(row[done:])
    return "".join(cleaned)
