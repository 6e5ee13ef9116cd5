"""The values of a batch file: of scripts, and of every option of a build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..errors import AudioBuilderError, InvalidValue
from ..files import expanded, is_file, is_sound_path
from ..option_kinds import Duration, Names, SoundName
from ..options import BY_NAME, OPTIONS, Option
from ..request import built_in
from ..script.search import ScriptFinder, display_path, find_script, script_slug
from ..text import as_hint

SCRIPT = "script"
"""The field that says which script a session is built from."""
ALL = "all"
"""Stands for every script in the first folder of scripts."""
_BY_RULE = ("name", "date", "draft")
_BY_SET = ("format",)  # a list is one value: sessions do not differ by the formats that they have
_NEVER = ("stems",)

_OPTIONS = {each.key: each for each in OPTIONS if each.name not in (*_BY_RULE, *_NEVER)}
FIELDS = (SCRIPT, *_OPTIONS)
"""What a batch can vary, as its file writes it: `script` and the options of a build."""


class WrongValue(InvalidValue):
    """An InvalidValue that knows the `value`, as it is written in the file."""

    def __init__(self, error: InvalidValue, value: object) -> None:
        super().__init__(error.message, error.hint)
        self.value = value


def _plural(key: str) -> str:
    if key.endswith("s"):
        return key
    return f"{key[:-1]}ies" if key.endswith("y") else f"{key}s"


_BY_KEY = {SCRIPT: SCRIPT, _plural(SCRIPT): SCRIPT} | {
    written: each.name for key, each in _OPTIONS.items() for written in (key, _plural(key))
}


def field_of(key: str) -> str | None:
    """Return the field (`script` or the name of an option) that a key means, singular or plural, or None."""
    return _BY_KEY.get(key)


def keys_of(name: str) -> tuple[str, ...]:
    """Return every way to write a field: in the singular and in the plural."""
    return tuple(written for written, field in _BY_KEY.items() if field == name)


def key_of(name: str) -> str:
    """Return the key of a field, such as `ambience-level`."""
    return name if name == SCRIPT else BY_NAME[name].key


def shown(name: str, value: Any) -> str:
    """Return a value of a field as a name of a file has it, such as `20m` or `no-ambience`."""
    if name == SCRIPT:
        return script_slug(Path(value))
    return BY_NAME[name].kind.suffix(value)


def option_text(name: str, value: Any) -> str:
    """Return a value of a field as the command line takes it."""
    if isinstance(value, tuple):
        return ",".join(value) or "none"
    if name != SCRIPT and isinstance(BY_NAME[name].kind, Duration):
        return shown(name, value)
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Reads values. Paths begin in `folder`, and scripts without one are found by `finder`."""

    folder: Path
    finder: ScriptFinder

    def read(self, name: str, value: object) -> tuple[Any, ...]:
        """Return the values of a field, of which the file has one or a list. Raises WrongValue."""
        values = value if isinstance(value, list) and name not in _BY_SET else [value]
        if not values:
            raise WrongValue(InvalidValue("the list is empty", "write its values, or remove the line"), None)
        found: list[Any] = []
        for one in values:
            try:
                found += self._read(name, one)
            except InvalidValue as error:
                raise WrongValue(error, one) from None
        return tuple(found)

    def _read(self, name: str, value: object) -> list[Any]:
        if name == SCRIPT:
            return self._scripts(value)
        option = BY_NAME[name]
        try:
            text = _text(option, value)
            if isinstance(option.kind, SoundName) and is_sound_path(text):
                return [self._sound(option, text)]
            return [option.kind.check(option.kind.parse(text))]
        except InvalidValue as error:
            message = error.naming(option.key).message
            message = message if option.key in message else f"{option.key}: {message}"
            raise InvalidValue(message, error.hint) from None

    def _scripts(self, value: object) -> list[str]:
        if not isinstance(value, str) or not value.strip():
            raise InvalidValue("script: expected a name", 'put it in quotes, e.g. "legs-on-chair"')
        if value == ALL:
            own = ScriptFinder(self.finder.folders[:1]).scripts()
            if not own:
                raise InvalidValue(f"no scripts in {display_path(self.finder.folders[0])}", "give --scripts")
            return list(own)
        is_path = value.endswith(".md") or "/" in value or "\\" in value
        try:
            path = find_script(
                display_path(self.folder / expanded(value.strip())) if is_path else value, self.finder
            )
        except AudioBuilderError as error:
            message, _, hint = str(error).partition(". ")
            raise InvalidValue(message, as_hint(hint) or "see audio-builder scripts") from None
        return [display_path(path)] if is_path else [script_slug(path)]

    def _sound(self, option: Option, text: str) -> str:
        path = self.folder / expanded(text.strip())
        if not is_file(path):
            raise InvalidValue(
                f'no file named "{display_path(path)}" for the {option.key}',
                f"the path begins in the folder of this file; or use {built_in(option.name)}",
            )
        return display_path(path)


def _text(option: Option, value: object) -> str:
    """Return a value as the command line takes it. Raises InvalidValue if no text can mean it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise InvalidValue(f"invalid value {str(value).lower()}", "put words in quotes")
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if (
        isinstance(value, list)
        and isinstance(option.kind, Names)
        and all(isinstance(one, str) for one in value)
    ):
        return ",".join(value)
    raise InvalidValue(f'invalid value "{str(value)[:40]}"', 'put it in quotes, e.g. "20m"')
