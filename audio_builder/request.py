"""A request for a session: a script with every option resolved and checked before any voice speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from .cache import Cache
from .cast.cast import Cast, has_people, open_cast, open_speaker
from .errors import AudioBuilderError, InvalidValue
from .files import expanded, is_file, is_sound_path
from .option_kinds import breath_phases, variation_number
from .options import BY_NAME, BuildOptions, ResolvedOptions, resolved, suffixes
from .pictures.custom import custom_cover
from .script.load import load
from .script.model import Pattern, Script
from .script.search import ScriptFinder, script_finder
from .takes.voice import RecordedVoice
from .text import safe_file_name, sentence
from .units import Ms, show

ProgressCallback = Callable[[str, int, int], None]
"""Receives progress as (stage, steps done, steps in all)."""


def _ignore_progress(_stage: str, _done: int, _total: int) -> None:
    pass


@dataclass(frozen=True)
class Workspace:
    """Where builds happen: where scripts are found, the folder of the library, the cache, the number of cores to use,
    and who hears of progress."""

    finder: ScriptFinder = field(default_factory=script_finder)
    out: Path = Path("output")
    cache: Cache = field(default_factory=Cache)
    workers: int = 1
    progress: ProgressCallback = _ignore_progress


@dataclass(frozen=True)
class BuildRequest:
    """A script with its options resolved and its voices opened, but not loaded.

    `asked` are the options that the user gave, `own` those that the script has by itself, and `options` those that
    apply.
    """

    script: Script
    asked: BuildOptions
    own: ResolvedOptions
    options: ResolvedOptions
    cast: Cast

    @property
    def variant(self) -> str:
        """The options that differ from the script's own, as they appear in file names."""
        return suffixes(self.asked, self.options, self.own)

    @property
    def breath(self) -> Pattern | None:
        """The pattern of every breath, or None if each block keeps its own."""
        phases = breath_phases(self.options.breath)
        return Pattern(*phases) if phases else None

    @property
    def variation(self) -> int:
        """The number of the variation to speak."""
        return variation_number(self.options.variation)

    @property
    def custom_ambience(self) -> Path | None:
        """The sound file that is the ambience, or None for a built-in one."""
        return _sound_file("ambience", self.options.ambience)

    @property
    def custom_bell(self) -> Path | None:
        """The sound file that is the bell, or None for a built-in one."""
        return _sound_file("bell", self.options.bell)

    def file_name(self, length: Ms) -> str:
        """Return the name, without an ending, of the files of a session that lasts `length` milliseconds."""
        if self.options.name:
            return self.options.name
        return safe_file_name("-".join(filter(None, [self.script.name, show(length), self.variant])))


def resolve(
    name: str, options: BuildOptions, finder: ScriptFinder, script: Script | None = None
) -> BuildRequest:
    """Return the request for a script, which is named by its slug or its path, or was loaded with these positions.

    Options that were given come before front matter, and front matter before defaults. Raises AudioBuilderError for
    anything that would stop a build before it speaks.
    """
    try:
        resolved(options)  # before the script is read
        script = script or load(name, finder, options.positions)
        front = script.front
        own, chosen = resolved(front.options), resolved(options, front.options)
    except InvalidValue as error:
        raise AudioBuilderError(sentence(str(error))) from None
    cast = open_cast(script, chosen, finder)
    if isinstance(cast.main, RecordedVoice):
        if options.speed not in (None, cast.main.speed) and not cast.fill:
            raise AudioBuilderError("A recorded voice has its own pace: leave out --speed")
        chosen = ResolvedOptions(replace(chosen, voice=cast.main.option))  # in upper and lower case as it is
    if options.fill and not has_people(cast):
        raise AudioBuilderError("Invalid --fill: only a recorded voice has sentences that are missing")
    own_speed = own.speed or open_speaker(chosen.voice, cast.finder, None, front.language).speed
    request = BuildRequest(
        script,
        options,
        ResolvedOptions(replace(own, speed=own_speed)),
        ResolvedOptions(replace(chosen, speed=cast.main.speed)),
        cast,
    )
    _ = request.custom_ambience, request.custom_bell
    if front.image:
        custom_cover(Path(front.image))
    return request


def with_options(request: BuildRequest, options: BuildOptions) -> BuildRequest:
    """Return the request for the same script and voices with other options.

    They must have the same positions, voice, speed and `fill`. Much faster than `resolve`, which opens the voices.
    Raises AudioBuilderError.
    """
    try:
        chosen = resolved(options, request.script.front.options)
    except InvalidValue as error:
        raise AudioBuilderError(sentence(str(error))) from None
    before = request.options
    opened = ResolvedOptions(replace(chosen, voice=before.voice, speed=before.speed))
    found = replace(request, asked=options, options=opened)
    _ = found.custom_ambience, found.custom_bell
    return found


def built_in(option: str) -> str:
    """Return the names that the option `ambience` or `bell` takes besides files, as a sentence lists them."""
    *names, last = tuple[str, ...](getattr(BY_NAME[option].kind, "names", ()))
    return f"{', '.join(names)} or {last}"


def _sound_file(option: str, value: str) -> Path | None:
    if not is_sound_path(value):
        return None
    path = expanded(value).resolve()
    if not is_file(path):
        raise AudioBuilderError(
            f'No file named "{value}" for the {option}: check the path, or use {built_in(option)}'
        )
    return path
