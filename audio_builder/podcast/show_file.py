"""Read `show.toml`, with messages for people who write one."""

from __future__ import annotations

import re
import tomllib
from typing import Any, get_args

import msgspec

from ..errors import AudioBuilderError
from ..text import closest, parse_toml
from .show import EpisodeListing, EpisodeType, Show, UpdateFrequency
from .show_rules import base_url_problem, show_problems

_TYPES = {
    "array": 'a list, e.g. ["one", "two"]',
    "str": "text in quotes",
    "bool": "true or false",
    "int": "a whole number",
    "object": 'a table, e.g. { url = "…" }',
}
_FORMS = {"language": "a language, e.g. en or en-GB", "email": "an e-mail address, e.g. name@example.org"}


def read_show(text: str, file: str) -> Show:
    """Return the show of a `show.toml`; `file` is what messages call it.

    Raises AudioBuilderError with the path of every key that is wrong.
    """
    try:
        show, problems = _convert(parse_toml(text))
    except tomllib.TOMLDecodeError as error:
        hint = 'put text in straight quotes, e.g. "this", and write true and false for yes and no'
        raise AudioBuilderError(f"{file}: {error}: {hint}") from None
    problems += [f"{_place(path)}: {problem}" for path, problem in show_problems(show)]
    if problems:
        raise AudioBuilderError("\n".join(f"{file}: {problem}" for problem in problems))
    return show if show.base_url is None else with_base_url(show, show.base_url, f"{file}: base_url")


def with_base_url(show: Show, base_url: str, source: str) -> Show:
    """Return the show at this address. Raises AudioBuilderError, whose text begins with `source`, if it is invalid."""
    if problem := base_url_problem(base_url):
        raise AudioBuilderError(f"{source}: {problem}")
    return msgspec.structs.replace(show, base_url=f"{base_url.rstrip('/')}/")


_EXAMPLES = {
    "title": 'title = "Evenings on the floor"',
    "author": 'author = "A yoga studio"',
    "description": 'description = "Quiet sessions for the end of the day."',
    "categories": 'categories = ["Health & Fitness > Mental Health"]',
}


def _convert(document: dict[str, Any]) -> tuple[Show, list[str]]:
    """Return the show and what is wrong with its keys, at most one problem for each.

    A wrong key is left out, or has an example in its place if a show must have it, so that the rest is read too.
    """
    known = Show.__struct_encode_fields__
    problems = [_unknown_key(name, "") for name in document if name not in known]
    problems += [_missing_key(name) for name in _EXAMPLES if name not in document]
    right = {name: value for name, value in document.items() if name in known}
    for name, example in _EXAMPLES.items():
        right.setdefault(name, parse_toml(example)[name])
    while True:
        try:
            return msgspec.convert(right, Show), problems
        except msgspec.ValidationError as error:
            problems.append(_explained(str(error)))
            wrong = next(name for name in known if re.search(rf" - at `\$\.{name}\b[^`]*`$", str(error)))
            del right[wrong]
            if wrong in _EXAMPLES:
                right |= parse_toml(_EXAMPLES[wrong])


def _explained(message: str) -> str:
    """Return a message of msgspec in plain words, with the path of the key first."""
    found = re.fullmatch(r"(.*?) - at `(?:\$\.?)([^`]*)`", message, re.DOTALL)
    reason, path = (found[1], found[2]) if found else (message, "")
    key = re.sub(r"\[.*", "", path.rpartition(".")[2])
    if unknown := re.search(r"unknown field `(.*)`", reason):
        reason = _unknown_key(unknown[1], path)
    elif missing := re.search(r"missing required field `(.*)`", reason):
        reason = _missing_key(missing[1])
    elif invalid := re.search(r"Invalid enum value '(.*)'", reason):
        values = get_args(EpisodeType) if key == "type" else get_args(UpdateFrequency)
        reason = f'invalid value "{invalid[1]}": use {", ".join(values)}'
    elif "matching regex" in reason:
        reason = f"write {_FORMS[key]}"
    elif "of length >= 1" in reason:
        reason = "must not be empty"
    elif most := re.match(r"Expected `array` of length <= (\d+)", reason):
        reason = f"at most {most[1]} are allowed: remove some"
    elif expected := re.match(r"Expected `(\w+)(?: \| null)?`, got", reason):
        reason = f"write {_TYPES.get(expected[1], expected[1])}"
    return f"{_place(path)}: {reason}" if path else reason


def _place(path: str) -> str:
    """Return the path of a key as people count: `people[0].link` is `people, entry 1, link`."""
    return re.sub(
        r"\[(\d+)\](\.?)", lambda match: f", entry {int(match[1]) + 1}{', ' if match[2] else ''}", path
    )


def _missing_key(key: str) -> str:
    example = _EXAMPLES.get(key)
    return f'required key "{key}" is missing' + (f": write e.g. {example}" if example else "")


def _unknown_key(key: str, path: str) -> str:
    if path.startswith("episode"):
        if key in Show.__struct_fields__:
            return f'unknown key "{key}": move it above the first [[episode]]'
        names = EpisodeListing.__struct_fields__
    else:
        names = () if path else Show.__struct_fields__
    match = closest(key, names)
    return f'unknown key "{key}"' + (f'. Did you mean "{match}"?' if match else "")
