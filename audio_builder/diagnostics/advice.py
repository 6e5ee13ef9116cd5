"""Give advice on a script: things that break no rule but that listeners would notice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from ..errors import Problem
from ..languages.grammar import grammar
from ..languages.pace import calm_words_a_minute
from ..planning.rests import LONGEST_SILENCE
from ..planning.statistics import quiet_share, spoken_text, words_a_minute
from ..planning.timeline import Cue, ElasticGap, Timeline, Utterance
from ..script.model import ElasticPause, Item, Marks, Play, Rest, Say, Script
from ..script.search import DEFAULT_SCRIPT
from ..script.walk import script_items, scripts_in, sentences_of
from ..spoken.form import spoken_form
from ..units import Ms, clock
from .safety import safety_advice

QUIET_SHARE = (0.60, 0.85)
"""The share of silence and tones in most sessions."""
LONGEST_UNANNOUNCED_SILENCE = Ms(45_000)
"""Before a longer silence, listeners should hear that it comes."""


def timeline_advice(script: Script, timeline: Timeline) -> Iterator[Problem]:
    """Yield advice on pace and silences, judged by a timeline of the script."""
    yield from _pace(script, timeline)
    yield from _quiet(script, timeline)
    yield from _unannounced_silences(script, timeline)


def script_advice(script: Script, knows: Callable[[str], bool]) -> Iterator[Problem]:
    """Yield advice on a script and the scripts it is made of that holds at every length.

    `knows` returns whether the voice can pronounce a word, with respellings.
    """
    yield from _long_silences(script)
    yield from safety_advice(script)
    yield from _unknown_words(script, knows)
    yield from _recordings_without_words(script)
    yield from _frame_about_something_else(script)
    yield from _headings_with_round_brackets(script)


def _pace(script: Script, timeline: Timeline) -> Iterator[Problem]:
    pace, (low, high) = words_a_minute(timeline), calm_words_a_minute(script.front.language)
    if pace is None or low <= pace <= high:
        return
    message = f"the pace is {pace:.0f} words a minute; {low} to {high} sounds calm and still lively"
    hint = "try shorter sentences or a lower speed" if pace > high else "try a higher speed"
    yield Problem(script.location, message, hint=hint)


def _quiet(script: Script, timeline: Timeline) -> Iterator[Problem]:
    share, (least, most) = quiet_share(timeline), QUIET_SHARE
    if least <= share <= most or (timeline.ending == "sleep" and share > most):
        return  # nothing is said to those who sleep
    length = clock(timeline.length)
    message = f"{share:.0%} of {length} is silence or tones; most sessions have {least:.0%} to {most:.0%}"
    hint = "try longer rests or fewer words"
    if share > most:
        hint = "add a few words, so that listeners do not feel left alone"
    yield Problem(script.location, message, hint=hint)


def _unannounced_silences(script: Script, timeline: Timeline) -> Iterator[Problem]:
    """Yield the last sentence before each long silence outside rests that it does not announce."""
    announces = grammar(script.front.language).announces_silence
    if announces is None:
        return
    rests = [gap for gap in timeline.elastic_gaps if gap.kind == "rest"]
    for before, after in pairwise(cue for cue in timeline.cues if spoken_text(cue)):
        silence = after.start - before.end
        if not isinstance(before.content, Utterance) or silence <= LONGEST_UNANNOUNCED_SILENCE:
            continue
        if _starts_within(before, rests) or announces.search(spoken_text(before)):
            continue
        yield Problem(
            before.content.location,
            f"a silence of {clock(silence)} follows, but these words do not announce it",
            spoken_text(before),
            hint="say that you will be quiet for a while and then speak again",
        )


def _starts_within(cue: Cue, gaps: list[ElasticGap]) -> bool:
    return any(gap.start <= cue.start < gap.end for gap in gaps)


def _long_silences(script: Script) -> Iterator[Problem]:
    minutes = LONGEST_SILENCE // 60_000
    for member in scripts_in(script, script.parts):
        for item in _items_heard_awake(member):
            if not isinstance(item, ElasticPause | Rest) or (isinstance(item, Rest) and item.items):
                continue
            if item.high is None or item.high > LONGEST_SILENCE:
                yield Problem(
                    item.location,
                    f"this silence can last longer than {minutes} minutes, without a soft word in between",
                    hint="make it a [rest] with a few items, or give it an upper limit",
                )


def _items_heard_awake(script: Script) -> Iterator[Item]:
    """Yield the items that a session with the ending `wake` can have, without `{fixed}` ones."""
    if script.front.options.ending == "sleep":
        return
    chapter = Marks()
    for section in script.sections:
        chapter = section.marks if section.level < 2 else chapter
        if not any(marks.ending == "sleep" or marks.fixed for marks in (chapter, section.marks)):
            yield from (item for paragraph in section.paragraphs for item in paragraph)


_DOTTED_LETTERS = re.compile(r"\b(?:[A-Z]\.){2,}(?:['’]?s\b)?")


def _unknown_words(script: Script, knows: Callable[[str], bool]) -> Iterator[Problem]:
    """Yield each word that the voice does not know, where it occurs first."""
    seen: set[str] = set()
    for member in scripts_in(script, script.parts):
        respelled = {word.lower() for word, _ in member.front.say}
        for say in _sentences(member):
            text = " ".join(part for part in say.words if type(part) is str)
            spoken = spoken_form(text, member.front.language, respelled)
            for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", _DOTTED_LETTERS.sub("", spoken)):
                if word.lower() in seen | respelled or knows(word):
                    continue
                seen.add(word.lower())
                message = f'the voice has to guess how to say "{word}"'
                hint = f"add a respelling to the front matter, e.g. say: {{{word.lower()}: ...}}"
                yield Problem(say.location, message, text, hint=hint)


def _recordings_without_words(script: Script) -> Iterator[Problem]:
    for member in scripts_in(script, script.parts):
        for item in script_items(member):
            if isinstance(item, Play) and not item.words:
                message = "the transcript will not have the words of this recording"
                yield Problem(item.location, message, hint=f"write them here: [play {item.file}: the words]")


_PSOAS = re.compile(r"psoas", re.IGNORECASE)
_PSOAS_OR_HIP = re.compile(
    r"psoas|\bhips?\b|hüft|hanche|cadera|\banc(?:a|he)\b|\bheup|quadril|quadris", re.IGNORECASE
)


def _frame_about_something_else(script: Script) -> Iterator[Problem]:
    """Yield advice for a position whose frame explains the psoas, but which is not about it and chose no frame."""
    if script.front.kind == "position" or len(script.parts) != 1:
        return
    (position,) = script.parts
    if position.file != script.file or position.front.frame is not None:
        return
    own = " ".join([position.front.title, position.front.summary, *_texts(position)])
    if any(map(_PSOAS.search, _texts(script))) and not _PSOAS_OR_HIP.search(own):
        message = f"built alone, this position is placed in {DEFAULT_SCRIPT}, which explains the psoas"
        hint = f"write frame: rest-frame, which explains nothing, or frame: {DEFAULT_SCRIPT} if it suits"
        yield Problem(script.location, message, hint=hint)


def _texts(script: Script) -> Iterator[str]:
    """Yield the sentences of a script's own body, without its slots."""
    for say in _sentences(script):
        yield " ".join(part for part in say.words if type(part) is str)


_MARK_IN_ROUND_BRACKETS = re.compile(
    r"\((?:fixed|spare|once|wake|sleep|first|second|from [^)]*|to \d[^)]*)\)\s*$", re.IGNORECASE
)


def _headings_with_round_brackets(script: Script) -> Iterator[Problem]:
    for member in scripts_in(script, script.parts):
        for section in member.sections:
            title = "".join(section.title)
            if match := _MARK_IN_ROUND_BRACKETS.search(title):
                mark = match[0].strip()
                message = f'"{mark}" becomes part of the title of the chapter'
                yield Problem(section.location, message, title, hint=f"write {{{mark[1:-1]}}}")


def _sentences(script: Script) -> Iterator[Say]:
    for item in script_items(script):
        yield from sentences_of(item)
