"""Turn the words of a line into narration in the script language: marks replaced, markup removed, signs escaped."""

from __future__ import annotations

import re

from ..notation.mark import Mark
from ..notation.marks import apply_marks, find_marks
from ..notation.pauses import PauseLengths
from ..script.parse.characters import unspeakable
from ..text import one_line, unescape, without_comments
from .draft import Draft

_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()\s]*(?:\s[^()]*)?\)")
_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_ADDRESS = re.compile(
    r"<?(?:https?://|www\.)[^\s<>)]+>?|<?(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+>?", re.IGNORECASE
)
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=[^\s*_])(.{1,300}?)(?<=[^\s*_])\1(?!\w)")
_CODE = re.compile(r"`+([^`]*)`+")
_SPECIAL = re.compile(r"[\\\[\]{}*_`]|<(?=[A-Za-z/!?])|&(?=[#A-Za-z]\w*;)")
_QUOTE = re.compile(r"^\s*>+\s*(?:\[![\w-]+\][+-]?\s*)?")
_ENDS_SENTENCE = re.compile(r"(?<![.!?…؟。！？])[.!?…؟。！？]+[\"'”’»)\]]*$")
_TYPOGRAPHY = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u3000": " ", "\t": " ",
"\u00ad": None, "\u200b": None, "\ufeff": None,
                             "\u2028": " ", "\u2029": " ", "\u200e": None, "\u200f": None,
                             "\u2060": None})  # fmt: skip


def narration(text: str, line: int, draft: Draft, lengths: PauseLengths) -> str:
    """Return the line as narration, and record what was done to it."""
    text = _QUOTE.sub("", _without_markup(text, line, draft))
    marks = find_marks(text, lengths)
    for mark in marks:
        draft.decide(line, _decision(text, mark), mark.is_certain)
    return apply_marks(text, marks, lambda words: _written(words, line, draft))


def plain_words(text: str, line: int, draft: Draft) -> str:
    """Return words for the front matter, without markup and what voices cannot say, and record what was left out."""
    return one_line(_speakable(_without_markup(text, line, draft), line, draft))


def ended(text: str) -> str:
    """Return a line of narration as a sentence: with a full stop unless it has an end."""
    if not re.search(r"\w", _BRACKETS.sub("", without_comments(text))) or text.endswith(("]", "-->")):
        return text
    return text if _ENDS_SENTENCE.search(text) else re.sub(r"(?<![\s,;:—–-])[\s,;:—–-]+$", "", text) + "."


def _without_markup(text: str, line: int, draft: Draft) -> str:
    return _CODE.sub(r"\1", _without_links(unescape(text).translate(_TYPOGRAPHY), line, draft))


def _without_links(text: str, line: int, draft: Draft) -> str:
    for match in _IMAGE.finditer(text):
        draft.decide(line, f"left out the picture “{match[1] or 'without a name'}”")
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    for match in _ADDRESS.finditer(text):
        draft.decide(line, f"left out the address {match[0]}")
    return _ADDRESS.sub("", text)


def _decision(text: str, mark: Mark) -> str:
    written = text[mark.start : mark.end].strip()
    new = f"wrote {mark.replacement}" if mark.replacement else "left it out"
    return f"“{written}” {mark.message}: {new}"


def _written(words: str, line: int, draft: Draft) -> str:
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", _speakable(words, line, draft))


def _speakable(words: str, line: int, draft: Draft) -> str:
    for _ in range(3):
        words = _EMPHASIS.sub(r"\2", words)
    loose = {sign for sign in "*_" if not _is_inside_words(words, sign)}
    kept: list[str] = []
    lost: list[str] = []
    for char in words:
        if char in loose:
            continue
        (lost if unspeakable(char) else kept).append(char)
    if lost:
        draft.decide(line, f"left out {' '.join(dict.fromkeys(lost))}, which voices cannot say")
    return "".join(kept)


def _is_inside_words(words: str, char: str) -> bool:
    return re.search(rf"\w\{char}\w", words) is not None
