"""Advice on a script: what no rule forbids and a listener would still notice. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from ..errors import Problem
from ..planning.layout import UNSPOKEN
from ..planning.statistics import quiet_share, said, words_a_minute
from ..planning.timeline import Timeline, Utterance
from ..script.model import Cautions, ElasticPause, Item, Marks, Play, Rest, Say, Script
from ..script.walk import script_items, scripts_in
from ..units import Ms, clock

WORDS_A_MINUTE = (95, 110)
QUIET_SHARE = (0.60, 0.85)
UNANNOUNCED = Ms(45_000)
_ANNOUNCES = re.compile(
    r"\b(while|rest|resting|stay|quiet|silence|silent|still|stillness|speak|voice|later|time|alone|own|"
    r"without me|leave you|sleep|linger|wait|keep|continue|go on|carry on)\b",
    re.IGNORECASE,
)
_GETTING_UP = re.compile(r"\b(stand|get up|sit up|come up|up to sitting|feet)\b", re.IGNORECASE)


def advice(script: Script, timeline: Timeline, knows: Callable[[str], bool]) -> list[Problem]:
    """What to think about in a script, judged at the length of `plan`.

    `knows` says whether the voice can pronounce a word, respellings included.
    """
    found = [
        *_pace(script, timeline),
        *_silences(script, timeline),
        *_ending(script, timeline),
        *_cautions(script),
    ]
    found += [*_words(script, knows), *_play(script), *_slips(script)]
    return sorted(
        found, key=lambda problem: (problem.location.file, problem.location.line, problem.location.column)
    )


def _pace(script: Script, timeline: Timeline) -> Iterator[Problem]:
    pace, (low, high) = words_a_minute(timeline), WORDS_A_MINUTE
    if pace is not None and not low <= pace <= high:
        hint = (
            "shorter sentences or a lower speed slow it down" if pace > high else "a higher speed hastens it"
        )
        yield Problem(
            script.location, f"{pace:.0f} words a minute; {low} to {high} are calm and alive", hint=hint
        )
    share, (least, most) = quiet_share(timeline), QUIET_SHARE
    if not least <= share <= most:
        hint = (
            "longer rests, or fewer words"
            if share < least
            else "a few more words, so that nobody feels left alone"
        )
        yield Problem(
            script.location,
            f"{share:.0%} of {clock(timeline.length)} is silence or tones; {least:.0%} to {most:.0%} are usual",
            hint=hint,
        )


def _silences(script: Script, timeline: Timeline) -> Iterator[Problem]:
    english = script.front.language.lower().startswith("en")
    spoken = [cue for cue in timeline.cues if said(cue)]
    rests = [span for span in timeline.elastic_gaps if span.kind == "rest"]
    for before, after in pairwise(spoken):
        inside = any(r.start <= before.start and after.end <= r.start + r.length for r in rests)
        if (
            english
            and not inside
            and after.start - before.end > UNANNOUNCED
            and isinstance(before.what, Utterance)
        ):
            held = any(r.start <= before.start < r.start + r.length for r in rests)
            if not held and not _ANNOUNCES.search(said(before)):
                yield Problem(
                    before.what.location,
                    f"{clock(after.start - before.end)} without a word come after this, and nothing announces them",
                    said(before),
                    hint="say before it that you will be quiet for a while, and will speak again",
                )
    for member in scripts_in(script, script.parts):
        for item in _heard_awake(member):
            silent = isinstance(item, ElasticPause) or (isinstance(item, Rest) and not item.items)
            if (
                silent
                and isinstance(item, ElasticPause | Rest)
                and (item.high is None or item.high > UNSPOKEN)
            ):
                yield Problem(
                    item.location,
                    "this silence may pass four minutes without a soft word",
                    hint="make it a [rest] with a few items, or give it an upper end",
                )


def _heard_awake(script: Script) -> Iterator[Item]:
    """The items of a script that a session with the ending `wake` may have, `{fixed}` ones left out."""
    if script.front.ending == "sleep":
        return
    chapter = Marks()
    for section in script.sections:
        chapter = section.marks if section.level < 2 else chapter
        if not any(marks.ending == "sleep" or marks.fixed for marks in (chapter, section.marks)):
            yield from (item for paragraph in section.paragraphs for item in paragraph)


def _ending(script: Script, timeline: Timeline) -> Iterator[Problem]:
    if timeline.ending == "sleep" or not script.front.language.lower().startswith("en"):
        return
    last = [said(cue) for cue in timeline.cues if cue.start > timeline.length - 180_000]
    if not any(_GETTING_UP.search(text) for text in last):
        yield Problem(
            script.location,
            "it ends awake, and nobody says how to get up",
            hint="write a last chapter {fixed, wake} that leads slowly to standing, or set ending: sleep",
        )


def _cautions(script: Script) -> Iterator[Problem]:
    everyone = list(scripts_in(script, script.parts))
    speaks = any(isinstance(item, Cautions) for member in everyone for item in script_items(member))
    for member in everyone:
        if member.front.cautions and not speaks:
            yield Problem(
                member.location,
                "it has cautions, and nothing speaks them",
                hint="write [cautions] in a paragraph",
            )
        if member.front.kind == "position" and not member.front.cautions:
            hint = "name under cautions: what somebody should ask a clinician about first"
            yield Problem(member.location, "a position without cautions", hint=hint)
        if member.front.kind == "position" and member.front.minimum is None:
            yield Problem(member.location, "a position without a minimum", hint="write minimum: 5m")


def _words(script: Script, knows: Callable[[str], bool]) -> Iterator[Problem]:
    seen: set[str] = set()
    for member in scripts_in(script, script.parts):
        own = {word.lower() for word, _ in member.front.say}
        for item in script_items(member):
            sentences = (
                (item,) if isinstance(item, Say) else sum(item.items, ()) if isinstance(item, Rest) else ()
            )
            for say in sentences:
                text = " ".join(part for part in say.words if type(part) is str)
                for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text):
                    if word.lower() in seen | own or knows(word):
                        continue
                    seen.add(word.lower())
                    hint = f"give it a respelling: in the front matter, say: {{{word.lower()}: ...}}"
                    yield Problem(say.location, f"the voice guesses how to say {word!r}", text, hint=hint)


def _play(script: Script) -> Iterator[Problem]:
    for member in scripts_in(script, script.parts):
        for item in script_items(member):
            if isinstance(item, Play) and not item.words:
                hint = f"write them: [play {item.file}: the words]"
                yield Problem(
                    item.location, "a recording without its words leaves a hole in the transcript", hint=hint
                )


_SLIPS = (
    (re.compile(r"^#+\w+"), "is spoken: a heading has a space after its #", "write # and a space before it"),
    (re.compile(r"[•▪◦‣]"), "is spoken: lines of a list cannot begin with •", "begin with - instead"),
    (
        re.compile(r"\(\d+ ?(?:s|sec|seconds|m|min)\)"),
        "is spoken: time stands in square brackets",
        "write [10s]",
    ),
    (
        re.compile(r"\b\d+s\b"),
        "is spoken: time stands in square brackets",
        "write [10s], or the words for it",
    ),
)
_MARK = re.compile(r"\((?:fixed|spare|wake|sleep|first|second|from [^)]*|to \d[^)]*)\)\s*$", re.IGNORECASE)


def _slips(script: Script) -> Iterator[Problem]:
    """Words that were probably not meant to be heard."""
    for member in scripts_in(script, script.parts):
        for section in member.sections:
            title = "".join(section.title)
            if match := _MARK.search(title):
                hint = f"write {{{match[0].strip()[1:-1]}}}"
                yield Problem(
                    section.location, f"{match[0].strip()} is read as words of the heading", title, hint=hint
                )
        for item in script_items(member):
            sentences = (
                (item,) if isinstance(item, Say) else sum(item.items, ()) if isinstance(item, Rest) else ()
            )
            for say in sentences:
                text = "".join(say.words)
                for pattern, fact, hint in _SLIPS:
                    if match := pattern.search(text):
                        yield Problem(say.location, f"{match[0]} {fact}", text, hint=hint)
