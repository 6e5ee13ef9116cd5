"""Choose the language of a page from what a browser asks for."""

from __future__ import annotations

import re
from collections.abc import Collection

_RANGE = re.compile(
    r"\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?", re.IGNORECASE
)
_LONGEST_HEADER = 1_000  # characters; browsers send far less


def negotiated(header: str, offered: Collection[str], default: str) -> str:
    """Return the offered language that suits an Accept-Language header best, or else the default.

    Sources: RFC 9110, section 12.5.4, for the header and its weights; RFC 4647, section 3.4, for the lookup, in which
    `de-AT` finds `de`. Parts that cannot be read are ignored.
    """
    for wanted in _by_weight(header[:_LONGEST_HEADER]):
        if wanted == "*":
            return default
        while wanted:
            if wanted in offered:
                return wanted
            wanted = wanted.rpartition("-")[0]
    return default


def _by_weight(header: str) -> list[str]:
    """Return the languages of a header in lower case, the most wanted first, without those that are refused."""
    found = [match for part in header.split(",") if (match := _RANGE.fullmatch(part))]
    weights = [(float(match[2] or 1), match[1].lower()) for match in found]
    wanted = [pair for pair in weights if 0 < pair[0] <= 1]
    return [language for _, language in sorted(wanted, key=lambda pair: -pair[0])]
