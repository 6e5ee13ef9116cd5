"""Every option of a build, declared once.

The command line and its help, the keys of front matter and their JSON Schema, query strings, the page's forms, the
names of files and the manifest all follow from the fields of `BuildOptions`. To add an option, add a field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, NewType

from .errors import InvalidValue
from .option_kinds import (
    BreathPattern,
    Choice,
    Duration,
    EpisodeDate,
    FileName,
    Flag,
    Kind,
    Level,
    Names,
    Number,
    SoundName,
    Variation,
)
from .text import safe_file_name
from .units import LONGEST, SHORTEST, Ms

Ending = Literal["wake", "sleep"]
Quality = Literal["stereo", "mono"]

DEFAULT_VOICE = "hibari"
SLOWEST, FASTEST = 0.5, 1.5
"""The speeds that every voice takes; beyond them speech stops sounding natural."""
LONGEST_PREROLL = Ms(10 * 60_000)
"""The longest time to lie down before a session."""
_PREROLLS = {"": "none", "30s": "half a minute", "1m": "a minute", "2m": "two minutes", "5m": "five minutes"}
_FORMATS = ("m4b", "opus", "flac")
_NOT_OF_THE_SOUND = {"front_matter": False, "url": False, "manifest": False, "suffix": False}
_ONLY_RECORDED = _NOT_OF_THE_SOUND | {"manifest": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What is known of an option.

    `default` applies if neither the user nor the script gives a value. `help` is for the command line and `label` for
    forms; without a label the page does not offer the option. `form` holds the values that a form offers, with their
    words, if they are not the kind's own. The others say where the option appears: as a key of front matter, in URLs,
    in the manifest, and as a suffix of file names, where `prefix` precedes the value.
    """

    name: str = ""
    kind: Kind
    default: Any = None
    help: str
    label: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    front_matter: bool = True
    url: bool = True
    manifest: bool = True
    suffix: bool = True
    prefix: str = ""

    @property
    def flag(self) -> str:
        """The option on the command line, such as `--length`."""
        return f"--{self.key}"

    @property
    def key(self) -> str:
        """The option as a key of front matter and in messages, such as `ambience-level`."""
        return self.name.replace("_", "-")

    @property
    def summary(self) -> str:
        """What the option does, in one sentence."""
        names = self.kind.names if isinstance(self.kind, SoundName) else ()
        return self.help.format(names=", ".join(names))

    @property
    def offered(self) -> Mapping[str, str]:
        """The values that a form offers, each with its words; empty if they are known elsewhere, as for voices."""
        names = self.kind.names if isinstance(self.kind, SoundName) else ()
        return self.form or self.kind.choices or {name: name for name in names}


def option(kind: Kind, **facts: Any) -> Any:
    """Return a dataclass field that declares an option; `facts` are fields of Option."""
    return field(default=None, metadata={"option": Option(kind=kind, **facts)})


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """The options of a build. Leave out whatever the script or the default should decide: such a field reads as None
    until `resolved` fills it in.

    `ambience` and `bell` are names of built-in sounds, paths of sound files, or `none`, and their levels dB around the
    standard. `breath` is a pattern (e.g. `4-6`), `none`, or empty for each block's own. `preroll` adds to the length.
    `variation` is a number or a date, as text. Lengths are in milliseconds. `format` is empty for none besides MP3.
    """

    length: Ms | None = option(
        Duration(shortest=SHORTEST, longest=LONGEST),
        help="Length of the session, e.g. 20m, 37m30s, 1h or 20:00; from 5m to 8h.",
        manifest=False,
        suffix=False,
    )
    positions: tuple[str, ...] | None = option(
        Names(metavar="A,B"),
        help="Exactly these positions, in this order.",
        front_matter=False,
        manifest=False,
    )
    voice: str = option(
        Kind(metavar="ENGINE[:NAME]"),
        default=DEFAULT_VOICE,
        help="Voice that reads the script; see `audio-builder voices`.",
        label="Voice",
    )
    speed: float = option(
        Number(low=SLOWEST, high=FASTEST),
        help="Speaking speed: 1.0 is the voice's own pace, 0.5 half as fast.",
    )
    fill: str = option(
        Kind(metavar="ENGINE[:NAME]"), default="", help="Voice for missing takes.", prefix="fill-"
    )
    ambience: str = option(
        SoundName(what="ambience", names=("room", "brown", "pink", "rain", "ocean", "drone", "none")),
        default="room",
        help="Background sound: {names}, or a sound file.",
        label="Ambience",
    )
    bell: str = option(
        SoundName(what="bell", names=("bowl", "bell", "wood", "none")),
        default="bowl",
        help="Bell: {names}, or a sound file. With none its time stays silent.",
        label="Bell",
    )
    ambience_level: float = option(
        Level(low=-12, high=6),
        default=0.0,
        help="Level of the ambience in dB relative to the default, e.g. -6; from -12 to +6.",
        label="Ambience level",
        form={"": "standard", "-6": "softer", "-12": "much softer", "3": "louder", "6": "much louder"},
        prefix="ambience",
    )
    bell_level: float = option(
        Level(low=-12, high=3),
        default=0.0,
        help="Level of the bell in dB relative to the default, e.g. -6; from -12 to +3.",
        label="Bell level",
        form={"": "standard", "-6": "softer", "-12": "much softer", "3": "louder"},
        prefix="bell",
    )
    breath: str = option(
        BreathPattern(),
        default="",
        help="Seconds in and out for every paced breath, e.g. 4-6; none keeps the time without tones.",
        label="Breath",
        form={"": "tones, as in the script", "none": "no tones, the same time"},
    )
    ending: Ending = option(
        Choice(choices={"wake": "wake: get up at the end", "sleep": "sleep: fade away"}),
        default="wake",
        help="Get up at the end, or stay and sleep.",
        label="Ending",
    )
    quality: Quality = option(
        Choice(choices={"stereo": "stereo, 128 kbit/s", "mono": "mono, 64 kbit/s"}),
        default="stereo",
        help="128 kbit/s in stereo, or 64 kbit/s in mono.",
        label="Quality",
    )
    preroll: Ms = option(
        Duration(shortest=Ms(0), longest=LONGEST_PREROLL),
        default=Ms(0),
        help="Time to lie down before the session, e.g. 1m; it adds to the length.",
        label="Time to lie down first",
        form=_PREROLLS,
        prefix="preroll-",
    )
    variation: str = option(
        Variation(),
        default="1",
        help="Variation of the words: a number, or a date for one a day, e.g. 2026-11-27.",
        label="Words",
        form={"": "as written", "today": "today's variation"},
        front_matter=False,
        prefix="variation-",
    )
    format: tuple[str, ...] | None = option(
        Names(names=_FORMATS, metavar="FORMAT"),
        help="Also build m4b, opus or flac, or several: m4b,opus. Without it, the session keeps its formats.",
        **_NOT_OF_THE_SOUND | {"front_matter": True},
    )
    stems: bool = option(
        Flag(), default=False, help="Also write the parts of the sound as FLAC files.", **_NOT_OF_THE_SOUND
    )
    draft: bool = option(Flag(), default=False, help="Keep the session out of the feed.", **_ONLY_RECORDED)
    name: str | None = option(FileName(), help="Name of the files.", **_NOT_OF_THE_SOUND)
    date: str | None = option(EpisodeDate(), help="Date of the episode in the feed.", **_NOT_OF_THE_SOUND)

    @classmethod
    def parse(cls, **texts: str) -> BuildOptions:
        """Return options from text, e.g. `parse(length="20m")`. Raises InvalidValue, KeyError for an unknown name."""
        return parse_options(texts)


ResolvedOptions = NewType("ResolvedOptions", BuildOptions)
"""Options with every value filled in."""


def declared(options: type[BuildOptions] = BuildOptions) -> tuple[Option, ...]:
    """Return every option in its order."""
    return tuple(replace(each.metadata["option"], name=each.name) for each in fields(options))


OPTIONS = declared()
"""Every option, in the order in which help texts, forms and file names have them."""

BY_NAME = {each.name: each for each in OPTIONS}
"""Every option by its name."""


def given(options: BuildOptions) -> dict[str, Any]:
    """Return the values that were given, by the names of their options."""
    values = ((each.name, getattr(options, each.name)) for each in OPTIONS)
    return {name: value for name, value in values if value is not None}


def merged(*layers: BuildOptions) -> BuildOptions:
    """Return the options with each value from the first layer that gives one."""
    values: dict[str, Any] = {}
    for layer in reversed(layers):
        values |= given(layer)
    return BuildOptions(**values)


def resolved(*layers: BuildOptions) -> ResolvedOptions:
    """Return the options with each value from the first layer that gives one, or else its default; all canonical.

    Options without a default may stay None. Raises InvalidValue for a value that no build can use.
    """
    defaults = {each.name: each.default for each in OPTIONS if each.default is not None}
    values = defaults | {name: _check(BY_NAME[name], value) for name, value in given(merged(*layers)).items()}
    return ResolvedOptions(BuildOptions(**values))


def parse_options(texts: Mapping[str, str]) -> BuildOptions:
    """Return options from text, by option name. Raises InvalidValue, and KeyError for an unknown name."""
    return BuildOptions(**{name: _parse(BY_NAME[name], text) for name, text in texts.items()})


def _parse(option: Option, text: str) -> Any:
    with _naming(option):
        return option.kind.parse(text)


def _check(option: Option, value: Any) -> Any:
    with _naming(option):
        return option.kind.check(value)


@contextmanager
def _naming(option: Option) -> Iterator[None]:
    """Name the option in errors about its value."""
    try:
        yield
    except InvalidValue as error:
        message = error.naming(option.key).message
        named = option.key in message
        raise InvalidValue(message if named else f"{option.key}: {message}", error.hint) from None


def suffixes(asked: BuildOptions, chosen: ResolvedOptions, own: ResolvedOptions) -> str:
    """Return the part of a file name that tells a session from the one that its script describes.

    It has the options that were asked for and whose `chosen` value differs from the script's `own`; empty if none does.
    """
    written = given(asked)
    parts = [
        each.prefix + each.kind.suffix(getattr(chosen, each.name))
        for each in OPTIONS
        if each.suffix and each.name in written and _recorded(each, chosen) != _recorded(each, own)
    ]
    return safe_file_name("-".join(parts))


def manifest_values(chosen: ResolvedOptions) -> dict[str, Any]:
    """Return the values that a manifest records."""
    return {each.name: _recorded(each, chosen) for each in OPTIONS if each.manifest}


def _recorded(option: Option, options: ResolvedOptions) -> Any:
    # of a sound file only its name: a script and the command line may give different paths to it
    return option.kind.record(getattr(options, option.name))
