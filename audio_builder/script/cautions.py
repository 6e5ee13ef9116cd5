"""Reads the cautions that scripts name from `cautions.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import msgspec

from ..errors import AudioBuilderError
from ..text import as_hint, did_you_mean
from .model import Caution, Script
from .problem_log import ProblemLog
from .search import ScriptFinder, display_path
from .walk import scripts_in


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    short: str
    full: str


def with_cautions(script: Script, finder: ScriptFinder, log: ProblemLog) -> Script:
    """Return the script with every known caution. Names that are not known are reported.

    Raises AudioBuilderError if a `cautions.toml` cannot be read.
    """
    entries = _read_entries(finder)
    for member in scripts_in(script, script.parts):
        for name in member.front.cautions:
            if name not in entries:
                hint = as_hint(did_you_mean(name, entries))
                log.add(log.find_in_front(member, name), f'no caution named "{name}"', hint)
    return replace(script, cautions=tuple(Caution(name, e.short, e.full) for name, e in entries.items()))


def _read_entries(finder: ScriptFinder) -> dict[str, _Entry]:
    """Return the entries of all files; those of the first folder win."""
    merged: dict[str, _Entry] = {}
    for path in finder.find_all("cautions.toml"):
        try:
            entries = msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), dict[str, _Entry])
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise AudioBuilderError(f"Cannot read {display_path(path)}: {error}") from None
        merged = entries | merged
    return merged
