"""The rules of English in their order. Each turns one kind of written form into words."""

from __future__ import annotations

import re
from collections.abc import Callable

from .counts import (
    TITLED_ONE,
    read_counts,
    read_decades,
    read_ordinals,
    read_products,
    read_ranges,
    read_roman,
)
from .fractions import read_fractions
from .letters import read_capitals, read_letters
from .measures import read_measures, read_signs
from .numbers import NUMBER, number
from .terms import ABBREVIATED, read_terms
from .times import read_times

_NUMBER = re.compile(rf"(?<![\d]){NUMBER}")
_TOUCHING = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
_UNUSUAL = re.compile(
    rf"[^A-Za-z ,.;:!?'’\"“”()…—–-]|[A-Z]['’]?[A-Z]|\b[VXLCR]\b|\b[RL]t\b|{TITLED_ONE}|\.\w|\bA\b(?<!^A)"
    rf"|(?<![\w./])(?:{ABBREVIATED})(?!\w)"
)
"""What some rule may change. Most sentences have nothing of it, and the rules take a millisecond a sentence."""
_RULES: tuple[Callable[[str], str], ...] = (
    read_roman,
    read_times,
    read_decades,
    read_fractions,
    read_terms,
    read_counts,
    read_products,
    read_measures,
    read_ordinals,
    read_ranges,
    read_signs,
)


def english(text: str) -> str:
    """Return the spoken form of English text, as far as one pass of the rules gives it."""
    return _capitalised(apply_rules(text) if may_change(text) else text)


def may_change(text: str) -> bool:
    """Return false for a text that no rule changes, which most sentences are."""
    return _UNUSUAL.search(text) is not None


def apply_rules(text: str) -> str:
    """Return the text after every rule."""
    for rule in _RULES:
        text = rule(text)
    text = _NUMBER.sub(lambda match: number(match[0]), _TOUCHING.sub(" ", text))
    return read_capitals(read_letters(text))


def _capitalised(text: str) -> str:
    """Return the text with a capital at its start, which voices use to tell sentences apart.

    Words such as iPhone stay as they are."""
    return (
        re.sub(r"^([\W_]*)([a-z])(?![^\W\d_]*[A-Z])", lambda match: match[1] + match[2].upper(), text)
        if text
        else text
    )
