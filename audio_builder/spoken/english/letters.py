"""Capitals and letters: emphasis in capitals becomes words, and letters with marks become English ones."""

from __future__ import annotations

import re
import unicodedata

_CAPITALS = re.compile(r"(?<![\w.])[A-Z]['’]?[A-Z]+(?:['’][A-Z]+)*(?![\w]|\.[A-Z]\b)")
_LONE_A = re.compile(r"(?<=[a-z] )A(?= [a-z])")
_SPECIAL = {"OK": "okay", "TV": "T.V."}
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "omicron",
            "pi",
            "rho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
        ],
        strict=True,
    )
)
_GREEK_LETTER = re.compile(r"(?<![^\W\d_])[Α-Ωα-ω](?![^\W\d_])")
_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d",
        "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "ŋ": "ng",
    }
)  # fmt: skip
_SANSKRIT = (
    ("kṣ", "ksh"), ("Kṣ", "Ksh"), ("ś", "sh"), ("Ś", "Sh"), ("ṣ", "sh"), ("Ṣ", "Sh"), ("ṛ", "ri"), ("Ṛ", "Ri"),
    ("ṝ", "ri"),
    ("ḷ", "l"), ("jñ", "gy"), ("Jñ", "Gy"), ("ñc", "nch"), ("aḥ", "aha"),
)  # fmt: skip
"""How the scientific spelling of Sanskrit (IAST) is said by English speakers."""
_IAST_ONLY = re.compile("[āīūṛṝḷṅṇṭḍśṣṃṁḥĀĪŪṚṄṆṬḌŚṢṂ]")
_C = re.compile(r"(?i:c)(?![hkHK])")


def read_letters(text: str) -> str:
    """Return the text in the letters that English voices know. Words of other alphabets stay as they are."""
    text = _GREEK_LETTER.sub(lambda match: _GREEK.get(match[0].lower().replace("ς", "σ"), match[0]), text)
    words = re.split(r"(\W+)", text)
    return "".join(word if word.isascii() else _word(word) for word in words)


def read_capitals(text: str) -> str:
    """Return the text with words in capitals written as other words are. Initialisms with full stops stay."""
    text = _CAPITALS.sub(_lower, text)
    return _LONE_A.sub("a", text)


def _lower(match: re.Match[str]) -> str:
    word = match[0]
    if word in _SPECIAL:
        lowered = _SPECIAL[word]
    elif word[:2] in ("I'", "I’"):
        return "I" + word[1:].lower()
    else:
        lowered = word.lower()
    before = match.string[: match.start()].rstrip(" \"'“‘(")
    return lowered[0].upper() + lowered[1:] if not before or before[-1] in ".!?…" else lowered


def _word(word: str) -> str:
    composed = unicodedata.normalize("NFC", word)
    if len(composed) > 1 and composed.isupper() and _IAST_ONLY.search(composed):
        composed = composed.lower()  # or else two letters stand for one, and only the first is a capital
    if _IAST_ONLY.search(composed):
        for written, said in _SANSKRIT:
            composed = composed.replace(written, said)
        composed = _C.sub(lambda match: match[0] + "h", composed)
    composed = composed.translate(_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFD", composed) if not unicodedata.combining(c))
    return plain if plain.isascii() else composed
