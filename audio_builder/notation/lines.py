"""Tell what a line of a pasted text is: a heading, a fact about the text, a rule, a list item, or words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .pauses import read_bracketed_pause, read_pause, read_pause_line

LineKind = Literal["blank", "heading", "rule", "fact", "item", "aside", "words"]

_SPACES = re.compile(r"(\s)\s+")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.*)$")
_MOST_INDENTED = 3
_RULE = re.compile(r"(?:[-*_=~—–]\s*){3,}$")
_BOLD_LINE = re.compile(r"\s*(\*\*|__)(?P<words>[^*_]{2,80})\1\s*:?\s*$")
_ITEM = re.compile(
    r"\s*(?:(?P<bullet>[-*+•▪◦‣·–—➢✓»§]|o(?=\t))|(?P<number>\d{1,3})[.)]|(?P<letter>[a-z])[.)]|"
    r"(?P<numbers>\d{1,2}(?:\.\d{1,2})+\.?)(?=\s+[A-Z]))\s+(?P<words>\S.*)$"
)
_TIMED_TITLE = re.compile(
    r"\s*(?:\d{1,2}[.)]\s+)?(?P<words>[^.!?:;()\[\]]{3,60}?)\s*[(\[]\s*(?:about |approx\.? |approximately |~\s?)?"
    r"\d{1,3}(?:\s?(?:-|–|to)\s?\d{1,3})?\s?(?:min\.?|mins\.?|minutes?|hours?|hrs?)\s*[)\]]\s*:?\s*$",
    re.IGNORECASE,
)
"""A title with the time that its part takes."""
_FACT = re.compile(
    r"\s*(?:[*_]{1,3})?\s*(?P<key>[A-Za-z][A-Za-z /&'-]{1,40}?)\s*(?:[*_]{1,3})?\s*[:=]\s*(?:[*_]{1,3})"
    r"?\s*(?P<value>\S.*?)\s*$"
)
FACT_KEYS = {
    **dict.fromkeys(("title", "name", "script title", "session title"), "title"),
    **dict.fromkeys(("summary", "description", "subtitle", "overview", "purpose", "goal", "intention",
    "theme"), "summary"),
    **dict.fromkeys(
        ("props", "equipment", "materials", "you will need", "what you need", "what you'll need", "needed",
        "supplies", "requirements"), "props"
    ),
    **dict.fromkeys(
        (
            "duration", "length", "time", "total time", "run time", "runtime", "running time",
            "estimated time", "approximate length",
            "approx time", "approximate time", "reading time", "word count", "words", "pace", "tempo", "speed",
        ),
        "",
    ),
    **dict.fromkeys(
        (
            "from", "to", "cc", "bcc", "subject", "sent", "reply-to", "fwd", "key", "legend", "notation", "symbols",
            "contents", "setup", "set-up", "set up", "table of contents", "toc",
            "author", "written by", "by", "source", "copyright", "license", "licence", "date", "created",
            "updated", "version", "tags",
            "tag", "category", "categories", "keywords", "level", "style", "type", "format", "audience",
            "target audience", "age", "ages",
            "music", "background music", "background", "sound", "soundtrack", "ambience", "tone", "voice",
            "mood", "setting", "position",
            "pose", "posture", "preparation", "contraindications", "note", "notes", "note to reader",
            "note to teacher", "teacher note",
            "teacher notes", "instructor note", "instructions", "instructions for reader", "directions",
            "language", "url", "website",
            "link", "difficulty", "benefits", "technique", "method", "script by", "narrated by", "read by",
            "recorded by", "series",
            "episode", "session", "track", "file", "id", "status", "note to self", "note to myself", "reminder",
            "student note", "todo", "to do", "fixme", "props needed", "target group", "group", "total",
            "total length", "total duration", "share this", "key point", "key points", "sfx", "fx", "sound effect",
            "sound effects", "video", "visual", "visuals", "on screen", "camera", "screen",
            "aliases", "cssclass", "publish", "created by",
        ),
        "",
    ),
}  # fmt: skip
"""What a line such as `**Duration:** 15 minutes` is about, and the key of the front matter that it becomes, if any."""
SPEAKERS = frozenset(
    [
        "narrator",
        "narration",
        "voice",
        "voiceover",
        "voice-over",
        "vo",
        "v.o.",
        "guide",
        "teacher",
        "instructor",
        "therapist",
        "facilitator",
        "host",
        "speaker",
        "reader",
        "hypnotist",
        "hypnotherapist",
        "leader",
        "coach",
        "trainer",
        "practitioner",
        "script",
        "audio",
        "text",
    ]
)
MAYBE_SPOKEN = frozenset(
    [
        "note",
        "notes",
        "preparation",
        "contraindications",
        "instructions",
        "position",
        "pose",
        "posture",
        "setting",
        "benefits",
    ]
)
"""Facts that an author may have written for listeners."""
_LABEL = re.compile(
    r"\s*(?:[*_]{1,3})?\s*(?P<name>[A-Za-z][\w.-]*(?: (?:\d{1,2}|voice|[A-Z]))?)"
    r"\s*+(?P<how>[(\[][^()\[\]]*[)\]])?\s*+(?:[*_]{1,3})?\s*+:\s*(?:[*_]{1,3})?\s*(?P<words>.*)$"
)
_HOW_SPOKEN = re.compile(
    r"[(\[]\s*(?:v\.?\s?o\.?|o\.?\s?s\.?|off|cont['’]?d\.?|continued)\s*[)\]]", re.IGNORECASE
)
_OFTEN = 3
"""Lines from which on a word before a colon may be the name of who speaks."""
_SECTION_WORD = (
    r"(?:introduction|intro|opening|welcome|settling(?: in)?|arrival|arriving|preparation|preparing|induction|"
    r"deepener|deepening|body scan|"
    r"breath(?:ing| awareness| work)?|relaxation|visuali[sz]ation|imagery|affirmations?|suggestions?|sankalpa|"
    r"rotation(?: of \w+)?|"
    r"main (?:part|body|section|practice)|practice|closing|close|conclusion|ending|outro|awakening|"
    r"return(?:ing)?|coming back|integration|rest|"
    r"savasana|centering|centring|grounding|safe place|exit|emergence|cool ?down|warm ?up|getting (?:in|up|"
    r"comfortable))"
)
_SECTION = re.compile(
    rf"\s*(?:(?:part|section|step|stage|phase|chapter|exercise|day|week|track)\s+(?:\d+|[ivxlc]+|one|two|three|"
    rf"four|five|six|seven|eight|nine|ten)\b\s*[:.–—-]?\s*.{{0,60}}|"
    rf"(?:\d{{1,2}}|[ivx]+)[.)]\s+{_SECTION_WORD}|{_SECTION_WORD})\s*:?\s*$",
    re.IGNORECASE,
)
_TITLE_COLON = re.compile(r"\s*(?P<words>[A-Z][^.!?:]{1,50}):\s*$")
_ENDS = ".!?…,;:"
_FOR_READERS = re.compile(
    r"(?:-{2,}|={2,}|_{2,}+)\s*\w.*(?:--|==|__)$|sent from my\b.*|get outlook for\b.*|unsubscribe\b.*|"
    r"(?:the )?end(?: of (?:the )?(?:script|session|recording|track|transcript|meditation|practice))?\W*$|"
    r"\|.*\|$|[-*+] \[[ xX]\] .*|"
    r"(?:fade (?:in|out)|cut to|turn (?:the )?page|(?:stop|start|end|begin) recording|(?-i:INT|EXT)\.)\W.*|"
    r"(?:todo|fixme|xxx+|note to (?:self|myself))\b.*|//\s*\D.*|\[\^[\w-]+\]:.*|posted (?:by|on)\b.*|"
    r"(?-i:[Bb]y [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){0,2})$|"
    r"[♪♫♬🎵🎶].*|!\[\[[^\[\]]*\]\]$|(?:page )?\d+ of \d+$|page \d+$|©.*|all rights reserved.*|copyright \d{4}.*",
    re.IGNORECASE,
)
"""Lines that are for readers of the page, not for listeners."""
_TO_LISTENER = re.compile(r"\b(?:you|your|yourself)\b", re.IGNORECASE)
_PAUSE_SIGNS = re.compile(
    r"[-–—~=*_]+\s*(?:long |short |brief )?(?:pause|silence|chime|bell|gong)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What a line is. `words` is its text without the signs of its kind. Headings have a `level`, items a `number`."""

    kind: LineKind
    words: str = ""
    level: int = 0
    number: int | None = None
    key: str = ""
    is_certain: bool = True


def read_line(line: str, is_alone: bool) -> LineFacts:
    """Return what a line is. `is_alone` says whether blank lines, or the ends of the text, are around it."""
    text = _SPACES.sub(r"\1", line.strip())
    if not text:
        return LineFacts("blank")
    if (match := _MARKDOWN_HEADING.match(text)) and len(line) - len(line.lstrip()) <= _MOST_INDENTED:
        return LineFacts("heading", _unmarked(match[2].rstrip("# ")).rstrip(":"), len(match[1]))
    if _RULE.match(text):
        return LineFacts("rule", text)
    if read_pause_line(text):
        return LineFacts("words", text)
    if _FOR_READERS.match(text) or _PAUSE_SIGNS.match(text):
        return LineFacts("aside" if _FOR_READERS.match(text) else "words", text)
    if (match := _FACT.match(text)) and match["key"].strip().lower() in FACT_KEYS:
        if match["key"].strip().lower() in MAYBE_SPOKEN and _TO_LISTENER.search(match["value"]):
            return LineFacts("words", text, is_certain=False)
        return LineFacts("fact", _unmarked(match["value"]), key=match["key"].strip())
    if match := _BOLD_LINE.match(text):
        words = match["words"].strip()
        if words[-1] not in ".!?…," and len(words.split()) <= 8:
            return LineFacts("heading", words.rstrip(":"), 2, is_certain=True)
    bare = _unmarked(text)
    if match := _TIMED_TITLE.match(bare):
        words = match["words"].strip()
        words = words[0] + words[1:].lower() if words.isupper() else words
        if len(words.split()) <= 7 and not _TO_LISTENER.search(words) and not read_pause(words):
            return LineFacts("heading", words, 2, is_certain=False)
    if (match := _ITEM.match(text)) and match["number"] and _SECTION.match(text):
        return LineFacts("heading", _unmarked(match["words"]).rstrip(":"), 2)
    if is_alone and (heading := _heading(bare)):
        return heading
    if match := _ITEM.match(text):
        return LineFacts("item", match["words"], number=int(match["number"]) if match["number"] else None)
    return LineFacts("words", text)


class Label(NamedTuple):
    """The name of a speaker at the start of a line, and the words after it."""

    name: str
    words: str
    is_certain: bool


def split_label(text: str, counted: dict[str, int]) -> Label | None:
    """Return the speaker's label at the start of a line, or None.

    `counted` is the number of lines that begin with each word and a colon. A word that does so three times may be a
    label, but also an instruction such as "Inhale:".
    """
    match = _LABEL.match(text.strip())
    if not match:
        return None
    name = match["name"].lower()
    is_actor = match["name"].isupper() and _HOW_SPOKEN.fullmatch(match["how"] or "")
    is_certain = bool(is_actor) or name.split(" ")[0] in SPEAKERS
    if is_certain or counted.get(name, 0) >= _OFTEN:
        return Label(match["name"], match["words"].strip(), is_certain)
    return None


def label_of(text: str) -> str:
    """Return the word before a colon at the start of a line, or an empty string."""
    match = _LABEL.match(text.strip())
    return match["name"].lower() if match else ""


def _heading(text: str) -> LineFacts | None:
    words = text.strip()
    if not words:
        return None
    inner = words[1:-1].strip() if words[0] == "(" and words[-1] == ")" else words
    if _SECTION.match(inner) and (inner is words or not read_bracketed_pause(inner)):
        return LineFacts("heading", inner.rstrip(":"), 2)
    if words[0] == "[" and words[-1] == "]" and _SECTION.match(words[1:-1]):
        return LineFacts("heading", words[1:-1].strip(" :"), 2)
    letters = [char for char in words if char.isalpha()]
    short = 1 <= len(words.split()) <= 7 and words[-1] not in _ENDS and words[0] not in "(["
    if (
        short
        and len(letters) >= 3
        and re.search(r"[A-Z]", words)
        and not re.search(r"[a-z]", words)
        and not re.match(r"(?:PAUSE|BREATHE|RELAX|REST|SILENCE)\b", words)
    ):
        return LineFacts("heading", words[0] + words[1:].lower(), 2, is_certain=len(words.split()) > 1)
    if match := _TITLE_COLON.match(words):
        titled = sum(word[:1].isupper() for word in match["words"].split())
        if titled * 2 > len(match["words"].split()) and len(match["words"].split()) <= 6:
            return LineFacts("heading", match["words"].strip(), 2, is_certain=False)
    return None


def _unmarked(text: str) -> str:
    return _SPACES.sub(r"\1", re.sub(r"[*_]{1,3}", "", text)).strip()
