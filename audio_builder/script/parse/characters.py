"""From bytes to clean lines: decoding, and characters that cannot be spoken."""

from __future__ import annotations

import re
import unicodedata

from ...errors import Location, Problem, ScriptErrors
from .problems import Problems, Spot

LARGEST = 1_000_000
"""Bytes of the largest file that is read as a script."""

COMMENT, SIDE, OTHER, PROPS = "\ue000", "\ue001", "\ue002", "\ue003"
"""Stand in the text for a commented character and for the slots, so that columns stay true: private
characters, which scripts cannot hold themselves."""

# Signs of the categories So and Sm that a voice can say, or that typists use for a plainer one.
_SPOKEN = frozenset("°©®™№℃℉−≈≠≤≥√∞")
# Invisible characters that right-to-left and Indic text needs.
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
_EMOJI_MAKERS = frozenset("\ufe00\ufe01\ufe0e\ufe0f\u20e3")
_SUSPECT = re.compile(r"[^\n\t\ue000\x20-\x7e\u00c0-\u024f\u2010-\u2027\u0400-\u04ff\u4e00-\u9fff]")


def decode(data: bytes, file: str) -> str:
    """The text of a script file. Raises ScriptErrors at the first byte that is not UTF-8."""
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
            message = f"a byte that is not UTF-8 text (0x{data[error.start]:02x})"
        raise ScriptErrors([Problem(location, message, source, 1, "save it as UTF-8")]) from None


def refuse_large(size: int, file: str) -> None:
    """Raise ScriptErrors for a file of more bytes than a script can have."""
    if size > LARGEST:
        message = f"this file is too large for a script: {size / 1e6:.1f} MB, at most {LARGEST // 10**6} MB"
        hint = "split it up, and put the parts together with [include name]"
        raise ScriptErrors([Problem(Location(file, 1), message, hint=hint)])


def lines(text: str) -> list[str]:
    """The lines of a text whose line ends may be of any system, without a byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def without_stand_ins(row: str) -> str:
    """The line with other private characters (wrong as well) for those that have a meaning here."""
    return row.translate({ord(c): 0xE010 for c in (COMMENT, SIDE, OTHER, PROPS)})


def fault(char: str) -> tuple[str, str] | None:
    """What is wrong with a character that a script cannot hold, and the cure; None if it can be spoken."""
    category = unicodedata.category(char)
    code = f"U+{ord(char):04X}"
    if category in {"Zl", "Zp"}:
        return f"an unusual line break ({code})", "press Enter here instead"
    if category in {"Cc", "Cs"} and char not in "\n\t":
        return f"a control character ({code})", "delete it; if there are many, this is not a text file"
    if category == "Cf" and char not in _JOINERS:
        return f"an invisible character ({code})", "delete it and what stands around it, and type that again"
    if char in "\ufffd\ufffc":
        return (
            "a character that was lost when this file was saved",
            "type it again, and save the file as UTF-8",
        )
    if category in {"Co", "Cn"}:
        return f"a character that no voice can say ({code})", "take it out, or write what it means in words"
    sign = (
        (category == "So" and char not in _SPOKEN)
        or (category == "Sm" and char >= "\u2190" and char not in _SPOKEN)
        or (category == "Sk" and char >= "\U0001f000")
        or char in _EMOJI_MAKERS
    )
    if sign:
        name = unicodedata.name(char, code).lower()
        return (
            f"an emoji or sign that no voice can say ({name})",
            "take it out, or write what it means in words",
        )
    return None


def clean(row: str, number: int, problems: Problems) -> str:
    """The line with a space for each character that a script cannot hold, each of which is reported,
    and with plain spaces for unusual ones."""
    out: list[str] = []
    done = 0
    while match := _SUSPECT.search(row, done):
        start = match.start()
        out.append(row[done:start])
        found = fault(row[start])
        done = start + 1
        if found is None:
            out.append(" " if row[start].isspace() else row[start])
            continue
        # a joined emoji is several characters and one thing to mend
        while done < len(row) and (row[done] == "\u200d" or fault(row[done])):
            done += 1
        out.append(" " * (done - start))
        problems.add(Spot(number, start + 1, done - start), *found)
    out.append(row[done:])
    return "".join(out)
