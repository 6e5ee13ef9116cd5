"""Tell stage directions, bells and unfinished text from words that are meant to be spoken."""

from __future__ import annotations

import re

_NUMBERS = {"once": 1, "twice": 2, "one": 1, "two": 2, "three": 3, "four": 4, "thrice": 3}
_BELL = re.compile(
    r"(?:(?:teacher|instructor|facilitator|guide|narrator|ring|rings?|strikes?|sound|play|soft|gentle|final|opening|closing|end|start|the|a|of|singing|tibetan|"
    r"temple)\s+)*"
    r"(?:bell|bells|chime|chimes|gong|gongs|singing bowl|bowl|bell sound|ding|tingsha)s?"
    r"(?:\s+(?:rings?|sounds?|strikes?|chimes?|tone|once|twice|thrice|softly|gently|x ?\d|\d+ ?x|\d+|(?:one|"
    r"two|three|four|\d+) times))*"
)
_DIRECTION = re.compile(
    r"\b(?:music|song|soundtrack|sfx|fx|sounds? (?:of|effect)|sound effect|soundscape|ambien\w+|nature sounds|"
    r"waves? sound|drum\w*|flute|"
    r"fade[sd]?|fading|volume|cue|cut|pan|zoom|intro|outro|induction|deepener|deepening|awakening|suggestions?|script|"
    r"voice ?over|narrat\w+|speaker|host|instructor|facilitator|therapist|teacher(?:'s)? note|note to|optional|"
    r"whisper\w*|softly|slowly|quietly|gently|warmly|in a (?:soft|slow|calm|gentle|low|warm) (?:voice|tone)|"
    r"tone of voice|"
    r"(?:soft|calm|slow|gentle|lower|low|warm)(?:er)? (?:voice|tone)|lower(?:ing)? (?:your )?voice|slow(?:ing)? down|"
    r"repeat(?: \w+)? ?(?:\d|once|twice|as needed|as necessary|above|this|for|on|if|until|steps?)?|same (?:on|"
    r"for) (?:the )?other side|other side|"
    r"deep breath by|laughs?|laughter|smiles?|sighs?|claps?|clears throat|applause|end of|begin(?:ning)? of|"
    r"start of|to be read|read (?:slowly|aloud)|walk(?:ing)? around|adjust props|dim (?:the )?lights?|"
    r"lights? (?:off|on)|students?|participants?|the group|the class|turn (?:the )?page|"
    r"(?:stop|start) recording|v\.?o\.?|o\.?s\.?|"
    r"cont'?d|"
    r"(?:long |short |brief )?pause,)\b",
    re.IGNORECASE,
)
_ONLY_MANNER = re.compile(
    r"(?:very |more |speak |speaking |say |said |read )*"
    r"(?:soft(?:ly)?|slow(?:ly)?|quiet(?:ly)?|gently?|warm(?:ly)?|calm(?:ly)?)"
    r"(?: and \w+ly)?"
)
_SPOKEN_TO_LISTENER = re.compile(r"\b(?:you|your|yourself|if|let|or|and if|feel|notice)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?:insert|add|your|enter|fill|tbd|todo|tbc|xxx+|xx+|name|client(?:'s)? name|listener(?:'s)? name|place|"
    r"location|date|time|"
    r"body part|\.\.\.|…|_+|\?+)\b.*|\W*|tk|lorem ipsum.*",
    re.IGNORECASE,
)


def is_bell(text: str) -> bool:
    """Return whether the words between brackets ask for a bell."""
    return _BELL.fullmatch(_plain(text)) is not None


def strokes(text: str) -> int:
    """Return how often the bell is struck: 1 unless a number is given."""
    plain = _plain(text)
    numbers = [int(one) for one in re.findall(r"\d{1,3}", plain)] + [
        n for word, n in _NUMBERS.items() if re.search(rf"\b{word}\b", plain)
    ]
    return min(max(numbers, default=1), 12) or 1


def is_direction(text: str) -> bool:
    """Return whether the words between brackets are for the person who reads or records, not for the listener."""
    plain = _plain(text)
    if plain in ("end", "the end", "start", "begin", "beginning", "finish", "fin"):
        return True
    if _ONLY_MANNER.fullmatch(plain):
        return True
    found = _DIRECTION.search(plain)
    return found is not None and (len(plain.split()) <= 3 or not _SPOKEN_TO_LISTENER.search(plain))


def is_placeholder(text: str) -> bool:
    """Return whether the words between brackets are to be filled in, such as `[name]`."""
    return _PLACEHOLDER.fullmatch(_plain(text)) is not None


def _plain(text: str) -> str:
    return " ".join(text.strip(" \t*_.!~").casefold().split())
