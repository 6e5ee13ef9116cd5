"""What a language still lacks for a session that is wholly in it."""

from __future__ import annotations

from functools import cache

from .catalogue import CATALOGUES, catalogue

TEMPLATE = CATALOGUES / "messages.pot"
"""Every message in English, with the files that have it."""
_OF_SESSIONS = (
    "audio_builder/library/",
    "audio_builder/planning/",
    "audio_builder/podcast/",
    "audio_builder/templates/page.html",
)
"""The sources of what every session says, with its show notes and the page and feed that list it."""


def missing_phrases(language: str) -> list[str]:
    """Return the phrases of sessions that have no text in the language, in English."""
    words = catalogue(language)
    return [message for context, message in _phrases() if not words.has(message, context)]


@cache
def _phrases() -> tuple[tuple[str, str], ...]:
    from babel.messages.pofile import read_po

    with TEMPLATE.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    return tuple(
        (message.context or "", message.id if isinstance(message.id, str) else message.id[0])
        for message in messages
        if any(path.startswith(_OF_SESSIONS) for path, _ in message.locations)
    )
