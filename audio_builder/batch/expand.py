"""Which sessions a batch file asks for: the products of its lists, without what it excludes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from shlex import quote
from typing import Any

from ..errors import InvalidValue, Problem, ScriptErrors
from ..option_kinds import FileName
from ..options import BuildOptions
from ..text import as_hint, closest, safe_file_name
from .file import BatchFile, Group, SessionPattern
from .places import Places
from .planned import PlannedSession
from .values import FIELDS, SCRIPT, field_of, key_of, keys_of, option_text, shown

MOST_SESSIONS = 100_000
"""The most sessions that a batch file may ask for."""
_FIELD = re.compile(r"\{([^{}]*)\}")
_LISTED = 20
_Wanted = Mapping[str, set[Any]]


@dataclass(frozen=True, slots=True)
class BatchSession:
    """A session that a batch file asks for, without its date, and the group that it is from."""

    planned: PlannedSession
    group: Group


def expand(batch: BatchFile) -> list[BatchSession]:
    """Return the sessions of a batch file in order: that of its groups, whose first list changes slowest.

    Raises ScriptErrors if it asks for too many sessions or none, for one twice, or for two of the same name, and if a
    table or one of its values matches none.
    """
    places = batch.places
    combinations = _combinations(batch)
    every = [values for _, values in combinations]
    patterns = (*batch.excluded, *batch.drafts)
    problems = [problem for pattern in patterns for problem in _unmatched(pattern, every, places)]
    for wanted in map(_wanted, batch.excluded):
        combinations = [(group, values) for group, values in combinations if not _matches(wanted, values)]
    if not combinations and not problems:
        hint = "remove an [[exclude]] table, or one of its values"
        problems.append(places.problem(batch.groups[0].place, "every session is excluded", hint))
    drafts = [*map(_wanted, batch.drafts)]
    sessions: list[BatchSession] = []
    for group, values in combinations:
        try:
            sessions.append(_session(group, values, drafts))
        except InvalidValue as error:
            problem = places.problem(group.place, error.message, as_hint(error.hint), _name_keys(group))
            problems += [] if problem in problems else [problem]
            if len(problems) > _LISTED:
                break
    problems += islice(_repeated(sessions, places), _LISTED)
    if problems:
        raise ScriptErrors(problems[:_LISTED])
    return sessions


def _combinations(batch: BatchFile) -> list[tuple[Group, dict[str, Any]]]:
    """Return every combination of values, with its group. Raises ScriptErrors if there are too many."""
    number = sum(prod(map(len, group.values.values())) for group in batch.groups)
    if number > MOST_SESSIONS:
        hint = f"the most is {MOST_SESSIONS:,}, before any are excluded: make the lists shorter"
        place = batch.groups[0].place
        raise ScriptErrors([batch.places.problem(place, f"this file asks for {number:,} sessions", hint)])
    return [
        (group, dict(zip(group.values, values, strict=True)))
        for group in batch.groups
        for values in product(*group.values.values())
    ]


def describe_session(planned: PlannedSession) -> str:
    """Return a session as `audio-builder build` would take it, such as `legs-on-chair --length 12m`."""
    options = {
        name: getattr(planned.options, name) for name in map(field_of, FIELDS) if name != SCRIPT and name
    }
    given = [
        f"--{key_of(name)} {quote(option_text(name, value))}"
        for name, value in options.items()
        if value is not None
    ]
    return " ".join([quote(planned.script), *given])


def _session(group: Group, values: Mapping[str, Any], drafts: Sequence[_Wanted]) -> BatchSession:
    options = {name: value for name, value in values.items() if name != SCRIPT}
    if group.name is not None:
        options["name"] = _file_name(group.name, values)
    if group.draft or any(_matches(wanted, values) for wanted in drafts):
        options["draft"] = True
    return BatchSession(PlannedSession(values[SCRIPT], BuildOptions(**options)), group)


def _file_name(template: str, values: Mapping[str, Any]) -> str:
    """Return the name of a session's files. Raises InvalidValue."""

    def filled(match: re.Match[str]) -> str:
        key = match[1].strip()
        name = field_of(key)
        if name is None:
            near = closest(key, FIELDS)
            hint = f'Did you mean "{{{near}}}"?' if near else f"use {', '.join(FIELDS)}"
            raise InvalidValue(f"name: nothing is called {{{key}}}", hint)
        if name not in values:
            hint = f"write {key} in the file too, or take it out of the name"
            raise InvalidValue(f"name: sessions of {values[SCRIPT]} have no {key} of their own", hint)
        return shown(name, values[name])

    try:
        return FileName().parse(safe_file_name(_FIELD.sub(filled, template)).replace(".", "_"))
    except InvalidValue as error:
        message = error.message if error.message.startswith("name:") else f"name: {error.message}"
        raise InvalidValue(message, error.hint) from None


def _wanted(pattern: SessionPattern) -> _Wanted:
    return {name: {_comparable(name, one) for one in values} for name, values in pattern.values.items()}


def _matches(wanted: _Wanted, values: Mapping[str, Any]) -> bool:
    return all(name in values and _comparable(name, values[name]) in some for name, some in wanted.items())


def _comparable(name: str, value: Any) -> Any:
    return shown(name, value) if name == SCRIPT else value


def _unmatched(
    pattern: SessionPattern, every: Sequence[Mapping[str, Any]], places: Places
) -> Iterator[Problem]:
    """Yield a problem for each value of a table that no session has, or else for a table that matches no session."""
    unknown = False
    for name, wanted in pattern.values.items():
        known = {_comparable(name, values[name]) for values in every if name in values}
        for value in wanted:
            if _comparable(name, value) not in known:
                unknown = True
                words = [option_text(name, one) for one in known]
                near = closest(option_text(name, value), words)
                hint = f'did you mean "{near}"?' if near else "remove it, or correct it"
                message = (
                    f"[[{pattern.place.name}]]: no session has the {key_of(name)} {option_text(name, value)}"
                )
                yield places.problem(pattern.place, message, hint, keys_of(name), option_text(name, value))
    if not unknown and not any(_matches(_wanted(pattern), values) for values in every):
        message = f"[[{pattern.place.name}]] matches no session"
        yield places.problem(pattern.place, message, "remove it, or correct its values")


def _name_keys(group: Group) -> tuple[str, ...]:
    return ("name",) if group.name is not None else ()


def _repeated(sessions: Iterable[BatchSession], places: Places) -> Iterator[Problem]:
    """Yield a problem for each session that is there twice, and for each two that have the same name."""
    seen: dict[object, BatchSession] = {}
    for session in sessions:
        planned = session.planned
        options = planned.options
        same = seen.setdefault((shown(SCRIPT, planned.script), _sound_of(options)), session)
        if same is not session:
            message = f"{describe_session(planned)} is in the file twice"
            yield places.problem(session.group.place, message, "remove one, e.g. with an [[exclude]] table")
        elif options.name and (other := seen.setdefault(options.name.casefold(), session)) is not session:
            first, second = describe_session(other.planned), describe_session(planned)
            message = f'two sessions are named "{options.name}": {first} and {second}'
            hint = "put into the name what they differ in"
            yield places.problem(session.group.place, message, hint, _name_keys(session.group))


def _sound_of(options: BuildOptions) -> tuple[object, ...]:
    """Return what tells sessions of a script apart."""
    return tuple(getattr(options, name) for key in FIELDS if (name := field_of(key)) and name != SCRIPT)
