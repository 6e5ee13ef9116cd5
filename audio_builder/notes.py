"""The show notes of an episode, as Markdown and as the HTML for a host's upload form."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from .episode import Episode
from .units import clock, show

TRIMMING = (
    "This session has long quiet parts on purpose. Switch off silence trimming "
    "(also called smart speed) in your player, or the pauses are cut short."
)
SYNTHETIC = "The narration is spoken by a synthetic voice."


def markdown(episode: Episode) -> str:
    """Summary, what to fetch, chapters, cautions in full, and what a player must not do; CommonMark."""
    blocks = [f"# {_plain(episode.title)}"]
    if episode.summary:
        blocks.append(_plain(episode.summary))
    blocks.append(f"Length: {show(episode.length_ms)}")
    if episode.props:
        blocks.append(f"Have by you: {_plain(', '.join(episode.props))}")
    if episode.notes:
        blocks.append(episode.notes)
    blocks.append("## Chapters")
    blocks.append("\n".join(f"- {clock(mark.start_ms)} {_plain(mark.title)}" for mark in episode.chapters))
    if episode.cautions:
        blocks.append("## Before you begin")
        blocks.append(
            "Ask first where one of these concerns you; the first ones matter most in this session."
        )
        blocks.append("\n".join(f"- {_plain(caution.full)}" for caution in episode.cautions))
    blocks += ["## Listening", TRIMMING]
    if episode.choice.voice != "tone":
        blocks.append(SYNTHETIC)
    return "\n\n".join(blocks) + "\n"


def html(episode: Episode) -> str:
    """The same as HTML; markup in texts stays text."""
    return str(MarkdownIt("commonmark", {"html": False}).render(markdown(episode)))


def _plain(text: str) -> str:
    """The text with everything escaped that Markdown would read as more than text."""
    return re.sub(r"([\\`*_{}\[\]<>#&|~])", r"\\\1", text)
