"""Find the notes to oneself that take several lines: comments of Markdown and Obsidian, and callouts."""

from __future__ import annotations

import re

from ..text import without_comments
from .draft import Draft

_CALLOUT = re.compile(r"\s*>\s*\[![\w-]+\]")
_QUOTED = re.compile(r"\s*>")


def without_notes(lines: list[str], draft: Draft) -> list[str]:
    """Return the lines, with an empty one in place of each line of a note, so that line numbers stay the same."""
    kept: list[str] = []
    closing: str | None = None
    in_callout = False
    for number, line in enumerate(lines, 1):
        in_callout = bool(_CALLOUT.match(line)) or (in_callout and bool(_QUOTED.match(line)))
        text = line.strip()
        if closing is not None:
            draft.decide(number, f"“{text}” is part of a note: left out")
            kept.append(line.partition(closing)[2] if closing in line else "")
            closing = None if closing in line else closing
        elif text == "%%" or (text.startswith("%%") and text.count("%%") == 1):
            closing = "%%"
            kept.append("")
        elif "<!--" in without_comments(line):
            kept.append(without_comments(line).partition("<!--")[0])
            closing = "-->"
        elif in_callout:
            draft.decide(number, f"“{text}” is part of a callout: left out")
            kept.append("")
        else:
            kept.append(line)
    return kept
