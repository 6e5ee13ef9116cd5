"""Speak the lines of a cast: each by its own voice, and only those that are not cached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..audio.clip import Clip
from ..cache import Cache
from ..errors import Location, Problem, ScriptErrors
from ..planning.estimate import estimate
from ..planning.wording import sounds
from ..script.model import NOWHERE, Line, Script, Sound
from ..speech import narrate
from ..speech.pronunciation import pronunciation
from ..speech.voice import Voice
from ..speech.voices import is_test_voice, usual_voice
from ..takes.clips import cached_take_clips, recorded_lines, take_clips
from ..takes.voice import RecordedVoice
from ..text import count
from ..units import Ms
from .cast import Cast, has_people

SPEAKING, CLEANING = "Speaking", "Cleaning takes"
"""The stages of speech that report progress."""

Lines = Mapping[Line, Location]
"""Sentences to speak, each with its place in a script."""

_FILL = "--fill"
_LISTED = 12


@dataclass
class Assignment:
    """Who speaks which lines.

    `spoken` are those of engines, by their names in the cast; `takes` the files of those that a person has recorded,
    and `missing` those that a person has not. If a voice fills in, `spoken` has the missing ones too.
    """

    spoken: dict[str, dict[Line, Location]] = field(default_factory=dict)
    takes: dict[Line, Path] = field(default_factory=dict)
    missing: dict[RecordedVoice, dict[Line, Location]] = field(default_factory=dict)


class TakesMissing(ScriptErrors):
    """Sentences that a person has not recorded. `problems` names all of them, and the text the first few."""

    def __init__(self, voice: RecordedVoice, missing: Lines, total: int, script: Script) -> None:
        super().__init__(
            [Problem(place, f"no take of “{line.text}”", line.text) for line, place in missing.items()]
        )
        listed = [f"  {place}: {line.text}" for line, place in [*missing.items()][:_LISTED]]
        if len(missing) > _LISTED:
            listed.append(f"  and {len(missing) - _LISTED} more")
        hints = [
            f"To record them: audio-builder takes {script.name} --voice {voice.name}",
            f"To let another voice speak them: --fill {usual_voice(script.front.language)}",
        ]
        self.args = ("\n".join([f"{_not_recorded(voice, missing, total)}:", *listed, *hints]),)


def assign(cast: Cast, lines: Lines) -> Assignment:
    """Return who speaks each line. Raises AudioBuilderError if the index of a recorded voice cannot be read."""
    found = Assignment()
    own: dict[RecordedVoice, dict[Line, Location]] = {}
    for line, place in lines.items():
        speaker = cast.voices[line.voice]
        if isinstance(speaker, RecordedVoice):
            own.setdefault(speaker, {})[line] = place
        else:
            found.spoken.setdefault(line.voice, {})[line] = place
    for person, wanted in own.items():
        recorded = recorded_lines(person, wanted)
        found.takes |= recorded.takes
        if recorded.missing:
            found.missing[person] = {line: wanted[line] for line in recorded.missing}
            if cast.fill:
                found.spoken.setdefault(_FILL, {}).update(found.missing[person])
    return found


def speak_lines(
    cast: Cast, lines: Lines, cache: Cache, workers: int, progress: Callable[[str, int, int], None]
) -> dict[Line, Clip]:
    """Return a clip for each line: the take of a person, or what an engine says, spoken now if the cache lacks it.

    What a person has not recorded is left out unless a voice fills in: see `require_takes`. Raises ScriptErrors for
    what a voice cannot say, VoiceFailed, and BadSound for a take that cannot be used.
    """
    assigned = assign(cast, lines)
    if problems := unsayable_lines(cast, assigned):
        raise ScriptErrors(problems)
    clips = take_clips(assigned.takes, cache, workers, partial(progress, CLEANING))
    words, before = pronunciation(cast.script, cast.finder), 0
    for name, own in assigned.spoken.items():
        total = 0

        def report(done: int, all_of_them: int, before: int = before) -> None:
            nonlocal total
            total = all_of_them
            progress(SPEAKING, before + done, before + all_of_them)

        clips |= narrate.narrate(
            own, _voice(cast, name), cache, words, workers, report, language=cast.script.front.language
        )
        before += total
    return clips


def cached_lines(cast: Cast, lines: Lines, cache: Cache) -> dict[Line, Clip]:
    """Return the clips of those lines that are in the cache. No voice is loaded."""
    assigned = assign(cast, lines)
    clips = cached_take_clips(assigned.takes, cache)
    words = pronunciation(cast.script, cast.finder)
    for name, own in assigned.spoken.items():
        clips |= narrate.cached_clips(own, _voice(cast, name), cache, words, cast.script.front.language)
    return clips


def unspoken_lines(cast: Cast, lines: Lines, clips: Iterable[Line]) -> list[tuple[Voice, Line]]:
    """Return the lines that an engine still has to speak, each with its voice; `clips` are those that are cached."""
    cached = set(clips)
    spoken = assign(cast, lines).spoken
    return [(_voice(cast, name), line) for name, own in spoken.items() for line in own if line not in cached]


def clip_keys_of(cast: Cast, assigned: Assignment) -> dict[Line, str]:
    """Return the key in the cache of the clip of each line that an engine speaks. No voice is loaded."""
    words, language = pronunciation(cast.script, cast.finder), cast.script.front.language
    keys: dict[Line, str] = {}
    for name, own in assigned.spoken.items():
        keys |= narrate.clip_keys(own, _voice(cast, name), words, language)
    return keys


def speaking_voices(cast: Cast) -> list[Voice]:
    """Return the voices of engines that may speak."""
    return [v for v in (*cast.voices.values(), cast.fill) if v and not isinstance(v, RecordedVoice)]


def missing_lines(cast: Cast, lines: Lines) -> dict[Line, Location]:
    """Return the lines that nobody speaks, because a person has not recorded them and no voice fills in."""
    if cast.fill or not has_people(cast):
        return {}
    missing: dict[Line, Location] = {}
    for own in assign(cast, lines).missing.values():
        missing |= own
    return missing


def missing_takes(cast: Cast, lines: Lines) -> str:
    """Return that a person has not recorded all of a session's lines, in one sentence, or "" if nothing is missing."""
    if not missing_lines(cast, lines):
        return ""
    person, missing = next(iter(assign(cast, lines).missing.items()))
    return _not_recorded(person, missing, len(lines))


def _not_recorded(voice: RecordedVoice, missing: Lines, total: int) -> str:
    return f"{voice.name} has not recorded {len(missing)} of the {count(total, 'sentence')} of this session"


def require_takes(cast: Cast, lines: Lines) -> None:
    """Raise TakesMissing if a person has not recorded all of a session's lines, and no voice fills in."""
    if missing_lines(cast, lines):
        for person, own in assign(cast, lines).missing.items():
            raise TakesMissing(person, own, len(lines), cast.script)


def unsayable_lines(cast: Cast, assigned: Assignment) -> list[Problem]:
    """Return a problem for each line that its voice cannot say."""
    words, language = pronunciation(cast.script, cast.finder), cast.script.front.language
    return [
        problem
        for name, own in assigned.spoken.items()
        for problem in narrate.unsayable(own, _voice(cast, name), words, language)
    ]


def estimated_lengths(cast: Cast, lines: Lines) -> dict[Line, Ms]:
    """Return about how long each line will last in milliseconds, at the pace of its voice."""
    found: dict[Line, Ms] = {}
    for line in lines:
        speaker = cast.voices[line.voice]
        pace = speaker.pace if isinstance(speaker, RecordedVoice) else speaker.speed
        found |= {
            line: length
            for line, length in estimate([line], pace, cast.script.front.language).items()
            if isinstance(line, Line)
        }
    return found


def spoken_by_engine(cast: Cast, lines: Iterable[Line]) -> bool:
    """Return whether an engine, not a person, speaks any of these lines."""
    return bool(assign(cast, dict.fromkeys(lines, NOWHERE)).spoken)


def recorded_by_people(cast: Cast, lines: Iterable[Line]) -> bool:
    """Return whether a person has recorded any of these lines."""
    return bool(assign(cast, dict.fromkeys(lines, NOWHERE)).takes)


def uses_test_voice(cast: Cast, lines: Iterable[Line]) -> bool:
    """Return whether an engine that only makes test signals speaks any of these lines."""
    spoken = assign(cast, dict.fromkeys(lines, NOWHERE)).spoken
    return any(is_test_voice(_voice(cast, name).engine) for name in spoken)


def filled_count(cast: Cast, lines: Iterable[Line]) -> int:
    """Return how many of these lines another voice speaks because a person has not recorded them."""
    return sum(map(len, assign(cast, dict.fromkeys(lines, NOWHERE)).missing.values()))


def _voice(cast: Cast, name: str) -> Voice:
    voice = cast.fill if name == _FILL else cast.voices[name]
    assert voice is not None and not isinstance(voice, RecordedVoice)
    return voice


def lengths_of(cast: Cast, clips: Mapping[Sound, Clip]) -> dict[Sound, Ms]:
    """Return the length of each clip in milliseconds, and estimates of what a person still has to record."""
    lengths: dict[Sound, Ms] = {sound: clip.length for sound, clip in clips.items()}
    if has_people(cast):
        unspoken = {
            s: at for s, at in sounds(cast.script).items() if isinstance(s, Line) and s not in lengths
        }
        lengths.update(estimated_lengths(cast, unspoken).items())
    return lengths
