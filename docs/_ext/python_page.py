"""The public names of the package, from their docstrings, and the options of a build."""

import inspect

from commands_page import plain

import audio_builder
from audio_builder.options import OPTIONS

_MEMBERS = {
    "BuildOptions": ":members: parse",
    "Session": ":members: size, read, write, frames",
    "Voice": ":members:",
    "Speech": ":members:",
}
"""What is shown of a class besides its own docstring."""


def generate(_before: str, _more: str) -> str:
    """Return directives of autodoc for every public name: functions first."""
    names = sorted(audio_builder.__all__, key=lambda name: (inspect.isclass(_named(name)), name))
    return "```{eval-rst}\n" + "\n".join(map(_directive, names)) + "```"


def _directive(name: str) -> str:
    found = _named(name)
    if not inspect.isclass(found):
        return f".. autofunction:: audio_builder.{name}\n"
    more = f"   {_MEMBERS[name]}\n" if name in _MEMBERS else ""
    return f".. autoclass:: audio_builder.{name}\n{more}"


def _named(name: str) -> object:
    return getattr(audio_builder, name)


def options(_before: str, _more: str) -> str:
    """Return every option of a build: its name in Python, on the command line and what it does."""
    return "\n\n".join(
        f"`{one.name}`, on the command line `{one.flag}`{', also in front matter' if one.front_matter else ''}"
        f"\n: {plain(one.summary)}"
        for one in OPTIONS
    )
