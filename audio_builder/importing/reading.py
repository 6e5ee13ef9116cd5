"""Read a file of any of the known formats as lines of text: Markdown, plain text, Word, HTML, SSML, and subtitles."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from ..errors import AudioBuilderError
from ..script.parse.characters import MAX_SCRIPT_BYTES
from ..text import without_long_references
from ..units import file_size, show

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

MAX_FILE_BYTES = 20_000_000
"""Size of the largest Word file that is read: it may contain pictures."""
_HTML = re.compile(r"\s*(?:<!doctype html|<html|<head|<body|<article|<div|<p[ >]|<h[1-6][ >])", re.IGNORECASE)
_SSML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:speak|ssml)\b", re.IGNORECASE)
_SUBTITLE_TIME = re.compile(
    r"\s*((?:\d{1,2}:)?\d{1,2}:\d{2}[.,]\d{3})\s*-->\s*((?:\d{1,2}:)?\d{1,2}:\d{2}[.,]\d{3})"
)
_BLOCK = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)")
"""The first line of a block of WebVTT (W3C, section 4) that is not a caption."""
_SHORTEST_SUBTITLE_PAUSE = 1500
"""Milliseconds between two subtitles from which on the silence is written as a pause."""
_ZIP, _OLE, _RTF, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"%PDF"
_PARAGRAPHS = ("p", "div", "section", "article", "paragraph", "li", "blockquote")
_DROPPED_ELEMENTS = (
    "script",
    "style",
    "head",
    "nav",
    "footer",
    "aside",
    "form",
    "button",
    "noscript",
    "metadata",
    "lexicon",
)


class FileLines(NamedTuple):
    """The lines of a file, and whether its encoding is a guess."""

    lines: list[str]
    is_guess: bool = False


def read_lines(data: bytes, name: str) -> FileLines:
    """Return the lines of a file with the Markdown of headings and lists, whatever its format is.

    What is neither UTF-8 nor UTF-16 is read as Western European (Windows-1252), which is a guess.

    `name` tells the format of files that do not show it. Raise AudioBuilderError if the file is not text.
    """
    _refuse_large(name, len(data), MAX_FILE_BYTES)
    suffix = PurePath(name).suffix.lower()
    for start, kind in ((_OLE, "an old Word file (.doc)"), (_RTF, "an RTF file"), (_PDF, "a PDF")):
        if data.startswith(start):
            raise AudioBuilderError(f"{name} is {kind}. Save it as .docx or as plain text, and import that.")
    try:
        if data.startswith(_ZIP):
            return FileLines(_word(data, name))
        _refuse_large(name, len(data), MAX_SCRIPT_BYTES)
        text, is_guess = _decoded(data, name)
        return FileLines(_lines(text, suffix), is_guess)
    except RecursionError:
        raise AudioBuilderError(
            f"Cannot read {name}: its elements are nested too deeply. Save it as plain text, and import that."
        ) from None


def _lines(text: str, suffix: str) -> list[str]:
    if _SSML.match(text) or suffix == ".ssml":
        return _ssml(text)
    if suffix in (".html", ".htm", ".xhtml") or _HTML.match(text):
        return _html(text)
    is_webvtt = suffix == ".vtt" or text.startswith("WEBVTT")
    if suffix == ".srt" or is_webvtt:
        return _subtitles(text.splitlines(), is_webvtt)
    return text.splitlines()


def _refuse_large(name: str, size: int, most: int) -> None:
    if size > most:
        raise AudioBuilderError(
            f"{name} is too large: {file_size(size)}. At most {file_size(most)} of it can be imported."
        )


def _decoded(data: bytes, name: str) -> tuple[str, bool]:
    is_guess = False
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text, is_guess = data.decode("cp1252", "replace"), True
    unreadable = sum(char == "\ufffd" or (char < " " and char not in "\t\n\r\f\v") for char in text)
    if "\0" in text or unreadable > len(text) // 100:
        raise AudioBuilderError(
            f"{name} is not a text. Save it as plain text (UTF-8) or .docx, and import that."
        )
    return re.sub(r"\r\n|[\r\f\v]", "\n", text), is_guess


def _word(data: bytes, name: str) -> list[str]:
    import mammoth

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist() if part.filename.endswith(".xml"))
        _refuse_large(name, size, MAX_FILE_BYTES)
        html = mammoth.convert_to_html(io.BytesIO(data), convert_image=lambda _image: []).value
    except AudioBuilderError:
        raise
    except Exception as error:  # noqa: BLE001  any file can have a .docx name, and mammoth documents no exceptions
        raise AudioBuilderError(
            f"Cannot read {name} as a Word file: {error}. Save it again as .docx or as text."
        ) from None
    return _html(html)


def _parsed(text: str) -> BeautifulSoup:
    """Return the tree of an HTML or SSML text.

    A `<` after the last `>` begins no tag. The libraries would spend time on those, and on long runs of white space,
    that grows with the square of their number.
    """
    from bs4 import BeautifulSoup

    text = without_long_references(text)
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t\u00a0]{2,}", " ", text))
    end = text.rfind(">") + 1
    return BeautifulSoup(text[:end] + text[end:].replace("<", "&lt;"), "html.parser")


def _html(text: str) -> list[str]:
    from markdownify import markdownify

    soup = _parsed(text)
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for element in soup.find_all(_DROPPED_ELEMENTS):
        element.decompose()
    for element in soup.find_all("br"):
        element.replace_with("\n")
    lines = markdownify(
        str(soup),
        heading_style="ATX",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
    ).splitlines()
    has_title = any(line.startswith("# ") for line in lines)
    return [f"# {title}", "", *lines] if title and not has_title else lines


def _ssml(text: str) -> list[str]:
    from bs4 import Comment

    soup = _parsed(re.sub(r"<\?xml[^<>]*>", "", text))
    for comment in soup.find_all(string=lambda one: isinstance(one, Comment)):
        comment.extract()
    for element in soup.find_all(_DROPPED_ELEMENTS):
        element.decompose()
    for element in soup.find_all("sub"):
        element.replace_with(str(element.get("alias") or element.get_text()))
    for element in soup.find_all("break"):
        attributes = " ".join(f'{key}="{value}"' for key, value in element.attrs.items())
        element.insert_before(f"<break {attributes}/>")
        element.unwrap()
    for element in soup.find_all(_PARAGRAPHS):
        element.insert_before("\n\n")
        element.insert_after("\n\n")
    for element in soup.find_all(("s", "sentence", "br")):
        element.insert_after("\n")
    return [" ".join(line.split()) for line in soup.get_text().splitlines()]


def _subtitles(lines: list[str], is_webvtt: bool) -> list[str]:
    """Return the words of subtitles, with the silences between them as pauses.

    What is no caption is known by its place: the number or name of a caption is on the line above its times, and a
    block of WebVTT that is not spoken begins after a blank line and goes on to the next one.
    """
    found: list[str] = []
    last_end = None
    in_block = False
    for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        is_first = not above.strip()
        in_block = bool(line.strip()) and (in_block or (is_webvtt and is_first and bool(_BLOCK.match(line))))
        if match := _SUBTITLE_TIME.match(line):
            start, end = (_milliseconds(group) for group in match.groups())
            if last_end is not None and start - last_end >= _SHORTEST_SUBTITLE_PAUSE:
                found += ["", f"[{show(round((start - last_end) / 100) * 100)}]", ""]
            last_end = end
            in_block = False
        elif line.strip() and not in_block:
            is_name = line.strip().isdigit() or (is_webvtt and is_first)
            if not (is_name and _SUBTITLE_TIME.match(below)):
                found.append(re.sub(r"</?[^<>]+>", "", line).strip())
    return found


def _milliseconds(stamp: str) -> int:
    *parts, seconds = stamp.replace(",", ".").split(":")
    minutes = 0
    for part in parts:
        minutes = minutes * 60 + int(part)
    return round((minutes * 60 + float(seconds)) * 1000)
