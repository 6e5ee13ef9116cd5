"""Words for messages, and names that are safe in file names."""

from __future__ import annotations

import difflib
import html
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from typing import Any

_LISTED = 8
_LONGEST_NAME = 100
_LONGEST_NAME_BYTES = (
    180  # file systems take 255, and names of partial files have up to 60 more than the name
)
_LONGEST_SLUG_BYTES = 150  # leaves room for a number, a digest and an ending
_LONG_REFERENCE = re.compile(r"&#\d{100,};?")
_DEVICES = re.compile(r"con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]", re.IGNORECASE)


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like `word`, or None if none is at least `cutoff` (0 to 1) alike."""
    found = difflib.get_close_matches(word.casefold()[:40], list(known), 1, cutoff)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint for an unknown word: the closest known word, or else the first few known words."""
    words = list(known)
    if match := closest(word, words):
        return f'Did you mean "{match}"?'
    if not words:
        return "There are none yet."
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return f"Available: {', '.join(words[:_LISTED])}{more}."


def without_comments(text: str) -> str:
    """Return a text of Markdown or HTML without its comments. A comment that is never closed stays."""
    parts: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join([*parts, text[at:]])


def unescape(text: str) -> str:
    """Return the text with characters in place of references of HTML, such as `&amp;`."""
    return html.unescape(without_long_references(text))


def without_long_references(text: str) -> str:
    """Return a text of HTML with a replacement character for each reference whose number is too long for Python."""
    return _LONG_REFERENCE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return the text with single spaces, and none around it."""
    return " ".join(text.split())


def sentence(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 sentence` or `2 sentences`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_hint(text: str) -> str:
    """Return a sentence as a hint on a line by itself: in lower case, without a full stop at the end."""
    return text[:1].lower() + text[1:].removesuffix(".")


def base_language(tag: str) -> str:
    """Return the first part of a language tag in lower case, such as `pt` for `pt-BR`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises TOMLDecodeError, also for numbers that are too long and for tables that are nested too deeply.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:
        raise tomllib.TOMLDecodeError("a number has too many digits") from None
    except RecursionError:
        raise tomllib.TOMLDecodeError("lists or tables are nested too deeply") from None


def slugify(text: str) -> str:
    """Return the text in lower case with a hyphen for each run of other signs, or `script` if nothing is left."""
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", text).lower()).strip("-") or "script"


def short_slug(text: str, most: int = 80) -> str:
    """Return the slug of a text, cut to `most` characters and to what fits into a file name in bytes."""
    cut = slugify(text)[:most].encode()[:_LONGEST_SLUG_BYTES]
    return cut.decode("utf-8", "ignore").strip("-")


def safe_file_name(name: str) -> str:
    """Return the name with a hyphen for each run of characters that file systems or URLs treat specially."""
    return re.sub(r"[^\w.+-]+", "-", name)


def is_device_name(name: str) -> bool:
    """Return whether Windows keeps the name of a file for a device, such as `con`, or `nul` with any ending."""
    return _DEVICES.fullmatch(name.partition(".")[0].rstrip(" ")) is not None


def not_portable(name: str) -> str:
    """Return why a name without an ending cannot be that of files on every system, or "" if it can."""
    if len(name) > _LONGEST_NAME or len(name.encode()) > _LONGEST_NAME_BYTES:
        return "it is too long for a file"
    return f"Windows keeps it for a device; use e.g. {name}-1" if is_device_name(name) else ""


def portable_stem(stem: str) -> str:
    """Return the name of a file without its ending, with `-1` after it if Windows keeps it for a device."""
    return f"{stem}-1" if is_device_name(stem) else stem


def xml_text(text: str) -> str:
    """Return the text escaped for XML, with a space for each character that XML cannot hold."""
    return html.escape("".join(c if c.isprintable() else " " for c in text))
