"""What an address or a form asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import AudioBuilderError
from ..options import BuildOptions, pattern
from ..planning.plan import bounded
from ..script.search import names_sound, script_slug
from ..text import did_you_mean
from ..units import Ms, duration

OPTIONS = ("length", "positions", "voice", "speed", "ambience", "bell", "breath", "ending", "quality", "lead")
"""What may stand in the query of a session's address."""


def wish(query: Mapping[str, str]) -> BuildOptions:
    """What the options in an address ask for; an empty one asks for nothing.

    Raises BuilderError where one is none, or names a file: those are for the one at the keyboard."""
    for name in query:
        if name not in OPTIONS:
            raise AudioBuilderError(f"there is no option {name}; {did_you_mean(name, OPTIONS)}")
    asked = {name: value.strip() for name, value in query.items() if value.strip()}
    for name in ("ambience", "bell"):
        if names_sound(asked.get(name, "")):
            raise AudioBuilderError(f"{name} takes one of the program's own here, not a file")
    given: dict[str, object] = dict(asked)
    for name in ("length", "lead"):
        if name in asked:
            given[name] = _duration(asked[name])
    if "length" in asked:
        bounded(_duration(asked["length"]))
    if "speed" in asked:
        try:
            given["speed"] = float(asked["speed"])
        except ValueError:
            raise AudioBuilderError(f"speed is a number like 0.8, not {asked['speed']!r}") from None
    if "positions" in asked:
        given["positions"] = names = tuple(name.strip() for name in asked["positions"].split(","))
        for name in names:
            if script_slug(Path(f"{name}.md")) != name:
                raise AudioBuilderError(f"positions are names like legs-on-chair, not {name[:80]!r}")
    for name, values in (("ending", ("wake", "sleep")), ("quality", ("stereo", "mono"))):
        if asked.get(name, values[0]) not in values:
            raise AudioBuilderError(f"{name} is {' or '.join(values)}")
    pattern(asked.get("breath", ""))
    return BuildOptions(**given)  # type: ignore[arg-type]  # each of OPTIONS is one of Wish's fields, of the type made here


def _duration(text: str) -> Ms:
    try:
        return duration(text)
    except ValueError as error:
        raise AudioBuilderError(str(error)) from None
