"""Find the pauses and tags of languages for speech synthesis, such as SSML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..units import Ms
from .mark import Mark, exact_pause, pause_mark
from .pauses import FoundPause, PauseLengths, read_pause

_STRENGTHS = {
    "none": "",
    "x-weak": "short",
    "weak": "short",
    "medium": "plain",
    "strong": "long",
    "x-strong": "long",
}
_BREAK = re.compile(
    r"<\s*(?:break|silence|pause)\b(?P<attributes>[^<>]*)/?>(?:\s*</\s*(?:break|silence|pause)\s*>)?",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(time|strength|msec|sec|duration|length)\s*=\s*[\"'“”]?([\w.+-]+)[\"'“”]?", re.IGNORECASE
)
# a bare value has no quotes, so that there is one way only to read attributes: else the time doubles with each of them
_TAG = re.compile(r"</?\s*[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s<>\"']+))*\s*/?>")
_HASHED = re.compile(r"<#\s*(\d+(?:\.\d+)?)\s*#>")
_SAY_COMMAND = re.compile(r"\[\[\s*slnc\s+(\d+)\s*\]\]", re.IGNORECASE)


def find_breaks(text: str, lengths: PauseLengths) -> Iterator[Mark]:
    """Yield the pauses of a line that are written as tags or commands."""
    for match in _BREAK.finditer(text):
        values = {name.lower(): value.lower() for name, value in _ATTRIBUTE.findall(match["attributes"])}
        content = match["attributes"].strip(" /=:")
        pause = read_pause(content, lengths) or read_pause(f"pause {content}", lengths)
        if strength := values.get("strength"):
            how = _STRENGTHS.get(strength, "plain")
            length: Ms = getattr(lengths, how) if how else Ms(0)
            pause = FoundPause(length, length, False)
        if "msec" in values:
            pause = read_pause(f"{values['msec']}ms", lengths)
        for name in ("time", "sec", "duration", "length"):
            if name in values:
                written = values[name].lstrip("+")
                pause = read_pause(written if written[-1:].isalpha() else f"{written}s", lengths)
        pause = pause or FoundPause(lengths.plain, lengths.plain, False)
        yield (
            pause_mark(match, pause)
            if pause.low
            else Mark(match.start(), match.end(), "markup", "", True, "is markup")
        )
    for pattern, factor in ((_HASHED, 1000), (_SAY_COMMAND, 1)):
        for match in pattern.finditer(text):
            yield pause_mark(match, exact_pause(float(match[1]) * factor))


def find_tags(text: str, _: PauseLengths) -> Iterator[Mark]:
    """Yield every other tag of a line."""
    for match in _TAG.finditer(text):
        yield Mark(match.start(), match.end(), "markup", "", True, "is markup")
