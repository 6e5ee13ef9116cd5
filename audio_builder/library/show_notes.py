"""The show notes of an episode, as Markdown, as the HTML for a host's upload form and a feed, and in short as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import NamedTuple

from markdown_it import MarkdownIt

from ..units import show, stamp
from .manifest import Episode

TRIMMING = (
    "This session has long quiet parts on purpose. Switch off silence trimming "
    "(also called smart speed) in your player, or the pauses are cut short."
)
SYNTHETIC = "The narration is spoken by a synthetic voice."
FIRST = "Ask first where one of these concerns you; the first ones matter most in this session."


class _Heading(NamedTuple):
    level: int
    text: str


class _Items(NamedTuple):
    texts: tuple[str, ...]


class _Markdown(NamedTuple):
    text: str


def markdown(episode: Episode) -> str:
    """Summary, what to fetch, chapters, cautions in full, and what a player must not do; CommonMark."""
    written = []
    for block in _blocks(episode):
        match block:
            case _Heading(level, text):
                written.append(f"{'#' * level} {_plain(text)}")
            case _Items(texts):
                written.append("\n".join(f"- {_plain(text)}" for text in texts))
            case _Markdown(text):
                written.append(text)
            case text:
                written.append(_plain(text))
    return "\n\n".join(written) + "\n"


def html(episode: Episode) -> str:
    """The same as HTML; markup in texts stays text."""
    written = []
    for block in _blocks(episode):
        match block:
            case _Heading(level, text):
                written.append(f"<h{level}>{escape(text, False)}</h{level}>\n")
            case _Items(texts):
                written.append(_listed(texts))
            case _Markdown(text):
                written.append(_rendered(text))
            case text:
                written.append(f"<p>{escape(text, False)}</p>\n")
    return "".join(written)


def text(episode: Episode) -> str:
    """Summary, what to fetch, the chapter marks from 00:00:00 on, and the reminder, as plain text."""
    blocks = [episode.summary] if episode.summary else []
    if episode.props:
        blocks.append(f"Have by you: {', '.join(episode.props)}")
    blocks += ["\n".join(marks(episode)), TRIMMING]
    return "\n\n".join(blocks)


def marks(episode: Episode) -> tuple[str, ...]:
    """A line for each chapter: `00:01:30 Title`."""
    return tuple(f"{stamp(mark.start_ms)} {mark.title}" for mark in episode.chapters)


def _blocks(episode: Episode) -> Iterator[str | _Heading | _Items | _Markdown]:
    yield _Heading(1, episode.title)
    if episode.summary:
        yield episode.summary
    yield f"Length: {show(episode.length_ms)}"
    if episode.props:
        yield f"Have by you: {', '.join(episode.props)}"
    if episode.show_notes:
        yield _Markdown(episode.show_notes)
    if episode.chapters:
        yield _Heading(2, "Chapters")
        yield _Items(marks(episode))
    if episode.cautions:
        yield _Heading(2, "Before you begin")
        yield FIRST
        yield _Items(tuple(caution.full for caution in episode.cautions))
    yield _Heading(2, "Listening")
    yield TRIMMING
    if episode.synthetic:
        yield SYNTHETIC


@lru_cache(maxsize=64)
def _listed(texts: tuple[str, ...]) -> str:
    """A list; cautions are the same in many episodes."""
    items = "".join(f"<li>{escape(text, False)}</li>\n" for text in texts)
    return f"<ul>\n{items}</ul>\n"


@lru_cache(maxsize=64)
def _rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False}).render(text))


def _plain(text: str) -> str:
    """The text with everything escaped that Markdown would read as more than text."""
    return re.sub(r"([\\`*_{}\[\]<>#&|~])", r"\\\1", text)
