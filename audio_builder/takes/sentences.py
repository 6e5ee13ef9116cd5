"""The sentences that a person records for a script, in the order in which they are read, and what identifies them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from ..errors import Location
from ..planning.wording import sounds
from ..script.model import Line, Script
from ..script.walk import scripts_in

_SAME = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-"}
)


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence to record. `number` counts the sentences of a script from 1, and `part` is the title around them."""

    number: int
    text: str
    part: str
    location: Location


def sentence_key(text: str) -> str:
    """Return what identifies a sentence: its letters and marks, whatever kind of quotes, dashes and spaces it has."""
    plain = unicodedata.normalize("NFC", text).translate(_SAME).replace("…", "...")
    return re.sub(r"\s+", " ", plain).strip()


def sentence_digest(text: str) -> str:
    """Return eight hexadecimal digits for a sentence, which make the names of its files unique."""
    return hashlib.sha256(sentence_key(text).encode()).hexdigest()[:8]


def spoken_keys(script: Script) -> set[str]:
    """Return the keys of every sentence of a script, whoever speaks it."""
    return {sentence_key(sound.text) for sound in sounds(script) if isinstance(sound, Line)}


def reading_list(script: Script, voices: tuple[str, ...] = ("",)) -> list[ReadSentence]:
    """Return the sentences that a voice may have to say in a session, each once, in the order of the scripts.

    They cover every length, side, ending and variation. `voices` are the names under which chapters ask for the voice;
    the empty name stands for the voice of the session.
    """
    titles = {member.location.file: member.front.title for member in scripts_in(script, script.parts)}
    found: dict[str, ReadSentence] = {}
    for sound, location in sounds(script).items():
        if isinstance(sound, Line) and sound.voice in voices:
            part = titles.get(location.file, script.front.title)
            key = sentence_key(sound.text)
            found.setdefault(key, ReadSentence(len(found) + 1, sound.text, part, location))
    return list(found.values())
