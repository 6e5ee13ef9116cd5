"""The show notes of a session: Markdown, HTML for feeds and upload forms, and a short plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple

from markdown_it import MarkdownIt

from ..languages.catalogue import Catalogue, catalogue, translatable
from ..languages.formats import length_in_words
from ..units import stamp
from .chapters import picture_alts
from .manifest import Episode


class _Heading(NamedTuple):
    level: int
    text: str


class _List(NamedTuple):
    texts: tuple[str, ...]


class _Markdown(NamedTuple):
    text: str


class _Pictures(NamedTuple):
    alts: dict[str, str]


_PICTURE_WIDTH = 160  # pixels
ABOUT_SILENCE = translatable(
    "The long silences are there on purpose. Turn off silence trimming (also called smart speed) in your player, "
    "so that it does not cut them short."
)
"""What listeners should know before they listen."""
_ONE_VOICE = translatable("The narration is spoken by a synthetic voice.")
_SOME_VOICES = translatable("Part of the narration is spoken by a synthetic voice.")


def notes_markdown(episode: Episode) -> str:
    """Return the show notes as CommonMark: summary, props, chapters, all cautions and how to listen."""
    written = []
    for block in _blocks(episode):
        match block:
            case _Heading(level, text):
                written.append(f"{'#' * level} {_escaped(text)}")
            case _List(texts):
                written.append("\n".join(f"- {_escaped(text)}" for text in texts))
            case _Markdown(text):
                written.append(text)
            case _Pictures():
                pass
            case text:
                written.append(_escaped(text))
    return "\n\n".join(written) + "\n"


def notes_html(episode: Episode, pictures: Mapping[str, str] | None = None) -> str:
    """Return the show notes as HTML. Markup in the session's own texts is escaped.

    `pictures` are the addresses of chapter pictures by their file names; without them, no picture is shown.
    """
    written, pictures = [], pictures or {}
    for block in _blocks(episode):
        match block:
            case _Heading(level, text):
                written.append(f"<h{level}>{escape(text, False)}</h{level}>\n")
            case _List(texts):
                written.append(_html_list(texts))
            case _Markdown(text):
                written.append(_rendered(text))
            case _Pictures(alts):
                written.append(
                    _shown({pictures[name]: alt for name, alt in alts.items() if name in pictures})
                )
            case text:
                written.append(f"<p>{escape(text, False)}</p>\n")
    return "".join(written)


def short_description(episode: Episode) -> str:
    """Return a short plain text: summary, props, chapters with their times, and the notice about silence."""
    blocks = [episode.summary] if episode.summary else []
    if episode.props:
        blocks.append(props_line(episode.props, episode.language))
    blocks += ["\n".join(chapter_lines(episode)), catalogue(episode.language).gettext(ABOUT_SILENCE)]
    return "\n\n".join(blocks)


def chapter_lines(episode: Episode) -> tuple[str, ...]:
    """Return a line for each chapter, such as `00:01:30 Title`."""
    return tuple(f"{stamp(chapter.start_ms)} {chapter.title}" for chapter in episode.chapters)


def _blocks(episode: Episode) -> Iterator[str | _Heading | _List | _Markdown | _Pictures]:
    words = catalogue(episode.language)
    yield _Heading(1, episode.title)
    if episode.summary:
        yield episode.summary
    yield words.gettext("Length: {length}", length=_length(episode, words))
    if episode.props:
        yield props_line(episode.props, episode.language)
    if episode.show_notes:
        yield _Markdown(episode.show_notes)
    if episode.chapters:
        yield _Heading(2, words.gettext("Chapters"))
        yield _Pictures(picture_alts(episode))
        yield _List(chapter_lines(episode))
    if episode.cautions:
        yield _Heading(2, words.gettext("Before you begin"))
        yield words.gettext(
            "If any of these applies to you, ask first. The ones at the top matter most in this session."
        )
        yield _List(tuple(caution.full for caution in episode.cautions))
    yield _Heading(2, words.gettext("Listening"))
    yield words.gettext(ABOUT_SILENCE)
    if episode.synthetic:
        yield words.gettext(_SOME_VOICES if episode.recorded is True else _ONE_VOICE)


def props_line(props: Sequence[str], language: str) -> str:
    """Return what a session needs, as a line; "" if it needs nothing."""
    if not props:
        return ""
    return catalogue(language).gettext("You will need: {props}", props=", ".join(props))


def _length(episode: Episode, words: Catalogue) -> str:
    return length_in_words(episode.length_ms, words.language_of("Length: {length}"))


@lru_cache(maxsize=64)  # many episodes have the same cautions
def _html_list(texts: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(text, False)}</li>\n" for text in texts)
    return f"<ul>\n{items}</ul>\n"


def _shown(alts: Mapping[str, str]) -> str:
    """Return the pictures with these addresses, each with its description."""
    images = " ".join(
        f'<img src="{escape(address)}" alt="{escape(alt)}" width="{_PICTURE_WIDTH}" height="{_PICTURE_WIDTH}">'
        for address, alt in alts.items()
    )
    return f"<p>{images}</p>\n" if images else ""


@lru_cache(maxsize=64)
def _rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False}).render(text))


def _escaped(text: str) -> str:
    """Return the text with a backslash before each character that Markdown could read as markup."""
    return re.sub(r"([\\`*_{}\[\]<>#&|~])", r"\\\1", text)
