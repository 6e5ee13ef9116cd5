"""Read the options of a build from an address or a form."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ..errors import AudioBuilderError, InvalidValue
from ..files import is_sound_path
from ..options import OPTIONS, BuildOptions, parse_options, resolved
from ..request import built_in
from ..script.search import script_slug
from ..text import did_you_mean, sentence
from ..units import duration, show

URL_OPTIONS = tuple(option.name for option in OPTIONS if option.url)
"""The options that an address may have."""
_log = logging.getLogger(__name__)
_RENAMED = {"lead": "preroll"}  # spellings of 0.1, for one release


def read_options(query: Mapping[str, str]) -> BuildOptions:
    """Return the options that a query asks for; empty values count as not given.

    Raises AudioBuilderError for an unknown or invalid option, and for a sound file: requests must not open files.
    """
    renamed = {_current_name(name): text for name, text in query.items()}
    texts = {name: text.strip() for name, text in renamed.items() if text.strip()}
    for name in renamed:
        if name not in URL_OPTIONS:
            raise AudioBuilderError(f'No option named "{name[:40]}". {did_you_mean(name, URL_OPTIONS)}')
    for name in ("ambience", "bell"):
        if is_sound_path(texts.get(name, "")):
            raise AudioBuilderError(
                f'Invalid {name} "{texts[name][:40]}": use {built_in(name)}; '
                f"only scripts and the command line can name sound files"
            )
    try:
        options = parse_options(texts)
        resolved(options)
    except InvalidValue as error:
        raise AudioBuilderError(sentence(str(error))) from None
    for name in options.positions or ():
        if script_slug(Path(f"{name}.md")) != name:
            raise AudioBuilderError(f'Invalid position "{name[:80]}": use a name such as legs-on-chair')
    return options


def same_query(query: Mapping[str, str]) -> dict[str, str]:
    """Return a query that `read_options` understands in one of its many spellings, the same for all of them."""
    texts = {_current_name(name): text.strip() for name, text in query.items() if text.strip()}
    if "length" in texts:
        texts["length"] = show(duration(texts["length"]))
    return {name.replace("_", "-"): texts[name] for name in URL_OPTIONS if name in texts}


def _current_name(name: str) -> str:
    if name in _RENAMED:
        _warn_once(name)
    return _RENAMED.get(name, name.replace("-", "_"))


@cache
def _warn_once(name: str) -> None:
    _log.warning(
        "The option %s in an address is now %s; the old name works for one release", name, _RENAMED[name]
    )
