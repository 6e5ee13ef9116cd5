"""Advice on a script: what no rule forbids and a listener would still notice. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from ..errors import Problem
from ..planning.layout import UNSPOKEN
from ..planning.statistics import quiet_share, said, words_a_minute
from ..planning.timeline import Plan, Speech
from ..script.model import Cautions, Elastic, Item, Marks, Play, Rest, Say, Script
from ..script.walk import items, members
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


def advice(script: Script, plan: Plan, knows: Callable[[str], bool]) -> list[Problem]:
    """What to think about in a script, judged at the length of `plan`.

    `knows` says whether the voice can pronounce a word, respellings included.
    """
    found = [*_pace(script, plan), *_silences(script, plan), *_ending(script, plan), *_cautions(script)]
    found += [*_words(script, knows), *_play(script), *_slips(script)]
    return sorted(found, key=lambda problem: (problem.place.file, problem.place.line, problem.place.column))


def _pace(script: Script, plan: Plan) -> Iterator[Problem]:
    pace, (low, high) = words_a_minute(plan), WORDS_A_MINUTE
    if pace is not None and not low <= pace <= high:
        cure = (
            "shorter sentences or a lower speed slow it down" if pace > high else "a higher speed hastens it"
        )
        yield Problem(
            script.place, f"{pace:.0f} words a minute; {low} to {high} are calm and alive", cure=cure
        )
    share, (least, most) = quiet_share(plan), QUIET_SHARE
    if not least <= share <= most:
        cure = (
            "longer rests, or fewer words"
            if share < least
            else "a few more words, so that nobody feels left alone"
        )
        yield Problem(
            script.place,
            f"{share:.0%} of {clock(plan.length)} is silence or tones; {least:.0%} to {most:.0%} are usual",
            cure=cure,
        )


def _silences(script: Script, plan: Plan) -> Iterator[Problem]:
    english = script.front.language.lower().startswith("en")
    spoken = [cue for cue in plan.cues if said(cue)]
    rests = [span for span in plan.spans if span.kind == "rest"]
    for before, after in pairwise(spoken):
        inside = any(r.start <= before.start and after.end <= r.start + r.length for r in rests)
        if (
            english
            and not inside
            and after.start - before.end > UNANNOUNCED
            and isinstance(before.what, Speech)
        ):
            held = any(r.start <= before.start < r.start + r.length for r in rests)
            if not held and not _ANNOUNCES.search(said(before)):
                yield Problem(
                    before.what.place,
                    f"{clock(after.start - before.end)} without a word come after this, and nothing announces them",
                    said(before),
                    cure="say before it that you will be quiet for a while, and will speak again",
                )
    for member in members(script, script.parts):
        for item in _heard_awake(member):
            silent = isinstance(item, Elastic) or (isinstance(item, Rest) and not item.items)
            if silent and isinstance(item, Elastic | Rest) and (item.high is None or item.high > UNSPOKEN):
                yield Problem(
                    item.place,
                    "this silence may pass four minutes without a soft word",
                    cure="make it a [rest] with a few items, or give it an upper end",
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


def _ending(script: Script, plan: Plan) -> Iterator[Problem]:
    if plan.ending == "sleep" or not script.front.language.lower().startswith("en"):
        return
    last = [said(cue) for cue in plan.cues if cue.start > plan.length - 180_000]
    if not any(_GETTING_UP.search(text) for text in last):
        yield Problem(
            script.place,
            "it ends awake, and nobody says how to get up",
            cure="write a last chapter {fixed, wake} that leads slowly to standing, or set ending: sleep",
        )


def _cautions(script: Script) -> Iterator[Problem]:
    everyone = list(members(script, script.parts))
    speaks = any(isinstance(item, Cautions) for member in everyone for item in items(member))
    for member in everyone:
        if member.front.cautions and not speaks:
            yield Problem(
                member.place,
                "it has cautions, and nothing speaks them",
                cure="write [cautions] in a paragraph",
            )
        if member.front.kind == "position" and not member.front.cautions:
            cure = "name under cautions: what somebody should ask a clinician about first"
            yield Problem(member.place, "a position without cautions", cure=cure)
        if member.front.kind == "position" and member.front.minimum is None:
            yield Problem(member.place, "a position without a minimum", cure="write minimum: 5m")


def _words(script: Script, knows: Callable[[str], bool]) -> Iterator[Problem]:
    seen: set[str] = set()
    for member in members(script, script.parts):
        own = {word.lower() for word, _ in member.front.say}
        for item in items(member):
            sentences = (
                (item,) if isinstance(item, Say) else sum(item.items, ()) if isinstance(item, Rest) else ()
            )
            for say in sentences:
                text = " ".join(part for part in say.words if type(part) is str)
                for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text):
                    if word.lower() in seen | own or knows(word):
                        continue
                    seen.add(word.lower())
                    cure = f"give it a respelling: in the front matter, say: {{{word.lower()}: ...}}"
                    yield Problem(say.place, f"the voice guesses how to say {word!r}", text, cure=cure)


def _play(script: Script) -> Iterator[Problem]:
    for member in members(script, script.parts):
        for item in items(member):
            if isinstance(item, Play) and not item.words:
                cure = f"write them: [play {item.file}: the words]"
                yield Problem(
                    item.place, "a recording without its words leaves a hole in the transcript", cure=cure
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
    for member in members(script, script.parts):
        for section in member.sections:
            title = "".join(section.title)
            if match := _MARK.search(title):
                cure = f"write {{{match[0].strip()[1:-1]}}}"
                yield Problem(
                    section.place, f"{match[0].strip()} is read as words of the heading", title, cure=cure
                )
        for item in items(member):
            sentences = (
                (item,) if isinstance(item, Say) else sum(item.items, ()) if isinstance(item, Rest) else ()
            )
            for say in sentences:
                text = "".join(say.words)
                for pattern, fact, cure in _SLIPS:
                    if match := pattern.search(text):
                        yield Problem(say.place, f"{match[0]} {fact}", text, cure=cure)
