"""The table of the files that a session has in the library. Everything that lists them derives from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SessionFile:
    """One kind of file. Its name is the session's name followed by `suffix`.

    Only `public` files are served and published; the others are for the author and the program.
    """

    suffix: str
    mime_type: str
    public: bool = True

    @property
    def content_type(self) -> str:
        """The MIME type as an HTTP header gives it: text is UTF-8."""
        is_text = self.mime_type.startswith("text/") or self is SRT
        return f"{self.mime_type}; charset=utf-8" if is_text else self.mime_type


MANIFEST = SessionFile(".json", "application/json", public=False)
MP3 = SessionFile(".mp3", "audio/mpeg")
VTT = SessionFile(".vtt", "text/vtt")
SRT = SessionFile(".srt", "application/x-subrip")
TXT = SessionFile(".txt", "text/plain")
CHAPTERS = SessionFile(".chapters.json", "application/json+chapters")
COVER_IMAGE = SessionFile(".jpg", "image/jpeg")
NOTES_MARKDOWN = SessionFile(".notes.md", "text/markdown", public=False)
NOTES_HTML = SessionFile(".notes.html", "text/html", public=False)

SESSION_FILES = (MANIFEST, MP3, VTT, SRT, TXT, CHAPTERS, COVER_IMAGE, NOTES_MARKDOWN, NOTES_HTML)
"""Every file that each session has. The manifest is first, because deleting it removes the session from the library."""
SIDECARS = tuple(file for file in SESSION_FILES if file is not MP3)
"""Every file next to the MP3."""
PUBLIC_FILES = tuple(file for file in SESSION_FILES if file.public)
"""What listeners and their apps may fetch."""

M4B = SessionFile(".m4b", "audio/mp4")
OPUS = SessionFile(".opus", "audio/ogg")
FLAC = SessionFile(".flac", "audio/flac")
VOICE_STEM = SessionFile(".voice.flac", FLAC.mime_type, public=False)
AMBIENCE_STEM = SessionFile(".ambience.flac", FLAC.mime_type, public=False)
BREATH_STEM = SessionFile(".breath.flac", FLAC.mime_type, public=False)
BELLS_STEM = SessionFile(".bells.flac", FLAC.mime_type, public=False)
LABELS = SessionFile(".labels.txt", "text/plain", public=False)

FORMAT_FILES = (M4B, OPUS, FLAC)
"""The same session in other formats. Its manifest records those that it has."""
STEM_FILES = (VOICE_STEM, AMBIENCE_STEM, BREATH_STEM, BELLS_STEM, LABELS)
"""The parts of a session's sound, for people who work with it. A session has all or none."""
ADDED_FILES = (*FORMAT_FILES, *STEM_FILES)
"""Every file that only some sessions have."""


def session_name(text: str) -> str:
    """Return the name of a session that is given by its name, the name of its MP3, or the path of it."""
    return Path(text).name.removesuffix(MP3.suffix) if text.endswith(MP3.suffix) else text
