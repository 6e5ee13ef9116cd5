"""A show and its episodes as the feed and the page present them. Records only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from ..languages.catalogue import catalogue, translatable
from ..languages.formats import long_date
from ..library.chapters import picture_alts
from ..library.manifest import Episode
from ..library.session_files import CHAPTERS, COVER_IMAGE, MP3, SRT, TXT, VTT
from .addresses import ascii_path, ascii_url
from .show import EpisodeType, Show


class EpisodeFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The paths of an episode's files, relative to the folder of the feed. `page` is its place on the show's page.

    `pictures` are the paths of the chapter pictures by their names in the library.
    """

    mp3: str
    vtt: str
    srt: str
    txt: str
    chapters: str
    image: str
    page: str
    pictures: Mapping[str, str] = {}


def episode_files(
    episode: Episode,
    name: str,
    path_of: Callable[[str], str],
    picture_path: Callable[[str], str] = str,
) -> EpisodeFiles:
    """Return the files of an episode whose session has this name.

    `path_of` gives the path for a suffix such as `.mp3`, and `picture_path` that for the name of a chapter picture.
    """
    return EpisodeFiles(
        mp3=path_of(MP3.suffix),
        vtt=path_of(VTT.suffix),
        srt=path_of(SRT.suffix),
        txt=path_of(TXT.suffix),
        chapters=path_of(CHAPTERS.suffix),
        image=path_of(COVER_IMAGE.suffix),
        page=f"#{name}",
        pictures={picture: picture_path(picture) for picture in picture_alts(episode)},
    )


class AlternateFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in which apps can play an episode.

    It is the file of `session` with this `suffix`, and `path` is relative to the folder of the feed. `bit_rate` is in
    bits per second. `sha256` is empty if it is not known. `title` says in a word how the file differs.
    """

    session: Episode
    suffix: str
    mime_type: str
    bytes: int
    bit_rate: int
    sha256: str
    title: str
    path: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An episode as the feed lists it: a session with what the podcast adds to it.

    `alternates` are files in which apps can play it instead of `files.mp3`. `replaces` is the date of the episode that
    it replaces, if it was reissued. `lists_chapters` says whether the feed itself has its chapters.
    """

    episode: Episode
    title: str
    guid: str
    date: datetime
    files: EpisodeFiles
    alternates: tuple[AlternateFile, ...] = ()
    lists_chapters: bool = False
    number: int | None = None
    season: int | None = None
    type: EpisodeType = "full"
    replaces: datetime | None = None

    @property
    def replacement_notice(self) -> str:
        """What listeners should know if the session was reissued, or else an empty string."""
        if self.replaces is None:
            return ""
        words = catalogue(self.episode.language)
        message = translatable("This is a new edition. It replaces the episode of {date}.")
        language = self.episode.language if words.has(message) else words.language_of(message)
        return words.gettext(message, date=long_date(self.replaces.date(), language))


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A show at an address. `base` is the folder's address, which `feed`, `page`, `cover` and `icon` are relative to.

    `base` is empty if the address is not known yet; `changed` is when the feed's content last changed.
    """

    show: Show
    guid: str
    base: str
    changed: datetime
    feed: str = "feed.xml"
    page: str = ""
    cover: str = "cover.jpg"
    icon: str = "icon.png"

    def url(self, path: str) -> str:
        """Return the absolute address of a relative path, in ASCII."""
        return f"{ascii_url(self.base)}{ascii_path(path)}"
