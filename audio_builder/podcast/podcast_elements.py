"""What feeds say in the namespace of Podcasting 2.0, and chapters in that of Podlove. Pure.

Sources: podcastindex.org/namespace/1.0; podlove.org/simple-chapters, version 1.2; W3C, "Subresource Integrity".
"""

from __future__ import annotations

import base64

from lxml import etree

from ..languages.catalogue import catalogue, translatable
from ..library.session_files import CHAPTERS, SRT, TXT, VTT
from ..units import stamp
from .addresses import ascii_url
from .alternates import own_file
from .channel import Channel, Entry
from .show import AI_CONTENT, Person, Show
from .xml_elements import add_element, allowed_text, xml_boolean

PODCAST_NAMESPACE = "https://podcastindex.org/namespace/1.0"
CHAPTERS_NAMESPACE = "http://podlove.org/simple-chapters"
_PODCAST, _PSC = f"{{{PODCAST_NAMESPACE}}}", f"{{{CHAPTERS_NAMESPACE}}}"
_FREQUENCIES = {
    "daily": ("FREQ=DAILY", translatable("Daily")),
    "weekly": ("FREQ=WEEKLY", translatable("Weekly")),
    "biweekly": ("FREQ=WEEKLY;INTERVAL=2", translatable("Every two weeks")),
    "monthly": ("FREQ=MONTHLY", translatable("Monthly")),
}
_SHORTEST_SOUNDBITE, _LONGEST_SOUNDBITE = 15, 60  # seconds; the namespace recommends 15 to 120


def add_podcast_channel(parent: etree._Element, channel: Channel) -> None:
    """Add what the show says about itself."""
    show, words = channel.show, catalogue(channel.show.language)
    _add(parent, "guid", channel.guid)
    owner = {"owner": show.owner.email} if show.owner else {}
    _add(parent, "locked", "yes" if show.locked else "no", **owner)
    if show.block:
        _add(parent, "block", "yes")
    _add(parent, "medium", "podcast")
    purpose = {"purpose": "artwork", "aspect-ratio": "1/1"}
    _add_cover(parent, channel.url(channel.cover), show.title, show.language, **purpose)
    _add_people(parent, show)
    _add_license(parent, show)
    if show.funding:
        _add(parent, "funding", words.gettext(show.funding.text), url=ascii_url(show.funding.url))
    if show.update_frequency == "complete":
        _add(parent, "updateFrequency", words.gettext("Complete"), complete="true")
    elif show.update_frequency:
        rule, message = _FREQUENCIES[show.update_frequency]
        _add(parent, "updateFrequency", words.gettext(message), rrule=rule)
    for each in show.txt:
        _add(parent, "txt", each.text, purpose=allowed_text(each.purpose))


def ai_content(is_synthetic: bool) -> etree._Element:
    """Return the element that says whether a synthetic voice speaks."""
    element = etree.Element(f"{_PODCAST}txt", {"purpose": AI_CONTENT})
    element.text = xml_boolean(is_synthetic)
    return element


def add_podcast_item(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    """Add what an episode has besides its sound: season, transcripts, chapters, other files, people and licence."""
    episode, files, show = entry.episode, entry.files, channel.show
    if entry.season is not None:
        names = {season.number: season.name for season in show.seasons}
        name = {"name": allowed_text(names[entry.season])} if entry.season in names else {}
        _add(parent, "season", str(entry.season), **name)
    if entry.number is not None:
        _add(parent, "episode", str(entry.number))
    for path, file in ((files.vtt, VTT), (files.srt, SRT), (files.txt, TXT)):
        attributes = {"url": channel.url(path), "type": file.mime_type, "language": episode.language}
        _add(parent, "transcript", **attributes)
    _add(parent, "chapters", url=channel.url(files.chapters), type=CHAPTERS.mime_type)
    _add_alternates(parent, channel, entry)
    _add_cover(parent, channel.url(files.image), entry.title, episode.language)
    _add_people(parent, show)
    _add_soundbite(parent, entry)
    _add_license(parent, show)
    _add(parent, "txt", xml_boolean(episode.synthetic), purpose=AI_CONTENT)
    if entry.lists_chapters:
        _add_inline_chapters(parent, channel, entry)


def _add_alternates(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    """Add the other files of an episode, and before them its own, which apps use by default."""
    if not entry.alternates:
        return
    own = own_file(entry.episode, entry.files.mp3)
    words = catalogue(entry.episode.language)
    for file in (own, *entry.alternates):
        title = {"title": words.gettext(file.title)} if file.title else {}
        element = _add(
            parent,
            "alternateEnclosure",
            type=file.mime_type,
            length=str(file.bytes),
            bitrate=str(file.bit_rate),
            lang=entry.episode.language,
            **title,
            **({"default": "true"} if file is own else {}),
        )
        _add(element, "source", uri=channel.url(file.path))
        if file.sha256:  # a session that is not rendered yet has none
            digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
            _add(element, "integrity", type="sri", value=f"sha256-{digest}")


def _add_inline_chapters(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    """Add the chapters for apps that show them before anything is downloaded. A list must not be empty."""
    if not entry.episode.chapters:
        return
    element = etree.SubElement(parent, f"{_PSC}chapters", {"version": "1.2"})
    for chapter in entry.episode.chapters:
        attributes = {"start": _normal_play_time(chapter.start_ms), "title": allowed_text(chapter.title)}
        if chapter.picture in entry.files.pictures:
            attributes["image"] = channel.url(entry.files.pictures[chapter.picture])
        etree.SubElement(element, f"{_PSC}chapter", attributes)


def _normal_play_time(ms: int) -> str:
    """Return a moment such as `00:01:00.500` (RFC 2326, section 3.6)."""
    return f"{stamp(ms)}.{ms % 1000:03}" if ms % 1000 else stamp(ms)


def _add_soundbite(parent: etree._Element, entry: Entry) -> None:
    """Add the beginning of the second chapter as a taste of the session, unless that chapter is too short."""
    for chapter in entry.episode.chapters[1:2]:
        seconds = min(chapter.length_ms // 1000, _LONGEST_SOUNDBITE)
        if seconds >= _SHORTEST_SOUNDBITE:
            times = {"startTime": f"{chapter.start_ms / 1000:.1f}", "duration": f"{seconds}.0"}
            _add(parent, "soundbite", chapter.title[:128], **times)


def _add_cover(parent: etree._Element, url: str, title: str, language: str, **more: str) -> None:
    alt = catalogue(language).gettext("Cover of {title}", title=title)
    _add(parent, "image", href=url, alt=allowed_text(alt), **more)


def _add_people(parent: etree._Element, show: Show) -> None:
    for person in show.people or [Person(show.author)]:
        links = {"href": person.link, "img": person.image}
        addresses = {name: ascii_url(url) for name, url in links.items() if url}
        _add(parent, "person", person.name, role=allowed_text(person.role), **addresses)


def _add_license(parent: etree._Element, show: Show) -> None:
    if show.license:
        url = {"url": ascii_url(show.license_url)} if show.license_url else {}
        _add(parent, "license", show.license, **url)


def _add(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    return add_element(parent, f"{_PODCAST}{name}", text, **attributes)
