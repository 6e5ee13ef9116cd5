"""Turn written text into what a voice is given to say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from .english.english import english

_LANGUAGES: dict[str, Callable[[str], str]] = {"en": english}
"""The rules of each language. Engines read the numbers of other languages themselves."""

_MOST_PASSES = 4
"""What one rule writes may be for another one to read, e.g. the a² in "0a²"."""
_KEPT = 0xF0000
"""The first of the private-use characters that stand for words whose pronunciation is given."""
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_COMPATIBLE = re.compile("[\ufb00-\ufb06\uff01-\uff5e]")
_FOOTNOTE = re.compile(r"(?<=[^\W\d_]{2})[¹²³⁰⁴-⁹]+(?!\w)|(?<=[.,;:!?])[¹²³⁰⁴-⁹]+|\[\^?[\d, –-]{1,12}\]|[†‡]")
_SPLIT_WORD = re.compile(r"(?<=[a-z])- (?!(?:and|or|to|nor|und|oder|bis|y|o|et|ou)\b)(?=[a-z])")
_KEEPS_HYPHEN = re.compile(r"\b(?:self|well|non|half|co|ex|all|cross|one|two|three)$", re.IGNORECASE)
_DASH = re.compile(r"\s*(?:-{2,}|[—―])\s*|\s+[-–]\s+|(?<=[^\W\d_])–(?=[^\W\d_])")
_DOTS = re.compile(r"\s*(?:(?:\.\s?){2,}\.|…[.…]*)(?=(\s*\w)?)")
_DROPPED = re.compile(r"[*_~^|\\`<>#]+")


def spoken_form(text: str, language: str = "en", keep: Iterable[str] = ()) -> str:
    """Return the text as a voice should be given it: numbers, symbols and abbreviations in words.

    `language` is a BCP 47 tag. Words in `keep` stay as they are, because their pronunciation is given elsewhere.
    Applied to its own result, the function changes nothing.
    """
    return _spoken_form(text, language, tuple(keep))


@lru_cache(8192)  # a server asks for the same sentences with every session that it opens
def _spoken_form(text: str, language: str, keep: tuple[str, ...]) -> str:
    for _ in range(_MOST_PASSES):
        before, text = text, _spoken_once(text, language, keep)
        if text == before:
            break
    return text


def _spoken_once(text: str, language: str, keep: tuple[str, ...]) -> str:
    text, kept = _hide(unicodedata.normalize("NFC", text), keep)
    text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _INVISIBLE.sub("", text))
    text = _FOOTNOTE.sub(_without_footnote, " ".join(text.split()))
    text = _SPLIT_WORD.sub(_joined, text)
    rules = _LANGUAGES.get(re.split(r"[-_]", language.strip().lower())[0])
    if rules:
        text = rules(text)
    text = _DROPPED.sub(" ", _DASH.sub(" — ", _DOTS.sub(lambda match: "… " if match[1] else "…", text)))
    text = re.sub(r"\s+([,.;:!?…])", r"\1", " ".join(text.split()))
    return _show(text, kept)


def _hide(text: str, keep: Iterable[str]) -> tuple[str, list[str]]:
    """Return the text with a private-use character in place of each word to keep, and those words."""
    kept: list[str] = []
    words = sorted((word for word in keep if word), key=len, reverse=True)
    if not words:
        return text, kept

    def hide(match: re.Match[str]) -> str:
        kept.append(match[0])
        return chr(_KEPT + len(kept) - 1)

    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?:['’]s)?(?!\w)"
    return re.sub(pattern, hide, text, flags=re.IGNORECASE), kept


def _show(text: str, kept: list[str]) -> str:
    return (
        re.sub(f"[{chr(_KEPT)}-{chr(_KEPT + len(kept))}]", lambda m: kept[ord(m[0]) - _KEPT], text)
        if kept
        else text
    )


def _without_footnote(match: re.Match[str]) -> str:
    """Return nothing for the mark of a footnote, but keep the power of a unit."""
    before = re.search(r"\w+$", match.string[: match.start()])
    is_unit = before is not None and before[0] in ("mm", "cm", "km", "ft") and match[0] in ("²", "³")
    return match[0] if is_unit else ""


def _joined(match: re.Match[str]) -> str:
    """Return what joins the two parts of a word that was split at the end of a line."""
    return "-" if _KEEPS_HYPHEN.search(match.string, 0, match.start()) else ""
