"""What a user asks of a build, and how it is settled: the command line over front matter over defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .errors import AudioBuilderError
from .library.manifest import ResolvedOptions
from .script.model import Ending, Front, Pattern
from .script.search import names_sound
from .text import did_you_mean
from .units import Ms, show

DEFAULT_VOICE = "hibari"
DEFAULT_AMBIENCE = "room"
DEFAULT_BELL = "bowl"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """The options of `build` and `plan` as given; None where the script's own or the default holds. `ambience` and
    `bell` are names of the program's own or paths of the author's files; `lead` is time to lie down, which comes before
    the session and adds to its length."""

    length: Ms | None = None
    positions: tuple[str, ...] | None = None
    voice: str | None = None
    speed: float | None = None
    ambience: str | None = None
    bell: str | None = None
    breath: str | None = None
    ending: Ending | None = None
    quality: Literal["stereo", "mono"] = "stereo"
    draft: bool = False
    name: str | None = None
    preroll: Ms = Ms(0)


def own(front: Front, speed: float) -> ResolvedOptions:
    """What a script says of itself, defaults filled in; `speed` is its voice's default."""
    return ResolvedOptions(
        voice=front.voice or DEFAULT_VOICE,
        speed=front.speed or speed,
        ambience=_title(front.ambience or DEFAULT_AMBIENCE),
        bell=_title(front.bell or DEFAULT_BELL),
        breath="",
        ending=front.ending or "wake",
        quality="stereo",
    )


def settle(
    plain: ResolvedOptions, wish: BuildOptions, speed: float, ambiences: Iterable[str], bells: Iterable[str]
) -> ResolvedOptions:
    """Every option of a build; `speed` is that of the opened voice. BuilderError where one names what there is not."""
    choice = ResolvedOptions(
        voice=wish.voice or plain.voice,
        speed=speed,
        ambience=_title(wish.ambience or plain.ambience),
        bell=_title(wish.bell or plain.bell),
        breath=canonical(wish.breath) if wish.breath else "",
        ending=wish.ending or plain.ending,
        quality=wish.quality,
    )
    _known("ambience", choice.ambience, ambiences)
    _known("bell", choice.bell, bells)
    return choice


def pattern(breath: str) -> Pattern | None:
    """The pattern of a `--breath` value, None for `none` and for each block's own."""
    if breath in ("", "none"):
        return None
    numbers = breath.split("-")
    if not 2 <= len(numbers) <= 4 or not all(re.fullmatch(r"\d{1,2}(\.\d)?", n, re.ASCII) for n in numbers):
        raise AudioBuilderError(f"--breath {breath} is no pattern; write seconds in and out, as 4-6, or none")
    ms = [Ms(round(float(n) * 1000)) for n in numbers]
    inhale, full, exhale, empty = {
        2: lambda: (ms[0], Ms(0), ms[1], Ms(0)),
        3: lambda: (ms[0], ms[1], ms[2], Ms(0)),
        4: lambda: (ms[0], ms[1], ms[2], ms[3]),
    }[len(ms)]()
    if inhale < 1000 or exhale < 1000 or max(ms) > 60_000:
        raise AudioBuilderError(f"--breath {breath}: each breath takes between 1 and 60 seconds, as in 4-6")
    return Pattern(inhale, full, exhale, empty)


def canonical(breath: str) -> str:
    """A `--breath` value checked, with plain hyphens and no needless decimals."""
    value = breath.strip().lower().replace("–", "-").replace("−", "-")
    if pattern(value) is not None:
        value = "-".join(f"{float(n):g}" for n in value.split("-"))
    return value


def file_name(slug: str, length: Ms, variant: str, wish: BuildOptions) -> str:
    """The name of a session's files: slug, length, and its variant."""
    if wish.name:
        return wish.name
    return _safe("-".join([slug, show(length), *([variant] if variant else [])]))


def variant(plain: ResolvedOptions, choice: ResolvedOptions, wish: BuildOptions) -> str:
    """The options that differ from the script's own, as they stand in file names; empty where none does."""
    parts = []
    if wish.positions is not None:
        parts.append("+".join(wish.positions))
    if choice.voice != plain.voice:
        parts.append(choice.voice)
    if wish.speed is not None and wish.speed != plain.speed:
        parts.append(f"{choice.speed:g}")
    for option in ("ambience", "bell", "breath"):
        value = getattr(choice, option)
        if value != getattr(plain, option):
            parts.append(
                f"no-{option}" if value == "none" else Path(value).stem if option != "breath" else value
            )
    if choice.ending != plain.ending:
        parts.append(choice.ending)
    if choice.quality != plain.quality:
        parts.append(choice.quality)
    if wish.preroll:
        parts.append(f"lead-{show(wish.preroll)}")
    return _safe("-".join(parts))


def _safe(name: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", name)


def custom_sound(kind: str, name: str) -> Path | None:
    """The author's file that a bed or a bell is, None where it is one of the program's own. Raises BuilderError where
    there is no such file."""
    if not names_sound(name):
        return None
    path = Path(name).expanduser().resolve()
    if not path.is_file():
        raise AudioBuilderError(f"--{kind} {name}: there is no such file; give the path of a sound, or none")
    return path


def _title(name: str) -> str:
    """What a bed or a bell is called: a file by its name alone."""
    return Path(name).name if names_sound(name) else name


def _known(kind: str, value: str, known: Iterable[str]) -> None:
    names = [*known]
    if not names_sound(value) and value not in names:
        raise AudioBuilderError(
            f"there is no {kind} {value}; {did_you_mean(value, names)}, or give the path of a sound file"
        )
