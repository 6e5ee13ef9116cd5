"""Narration scripts become relaxation sessions of exactly the length asked for.

The names in `__all__` are the public API; `docs/api.md` shows how to use it and says what is stable. They are imported
when they are first used, so that `import audio_builder` stays fast. `audio_builder/build.py` is the page to read first.
"""

import importlib
import sys
from types import ModuleType

TYPE_CHECKING = False  # as in `typing`, which takes ten times as long to import as the rest of this module
if TYPE_CHECKING:
    from .build import Built, build, open_session
    from .build import plan_session as plan
    from .diagnostics.report import Report, check
    from .errors import AudioBuilderError
    from .options import BuildOptions
    from .planning.timeline import Timeline
    from .request import Workspace
    from .session.session import Session
    from .speech.voice import Speech, Voice

__version__ = "0.1.0"

__all__ = [
    "AudioBuilderError",
    "BuildOptions",
    "Built",
    "Report",
    "Session",
    "Speech",
    "Timeline",
    "Voice",
    "Workspace",
    "build",
    "check",
    "open_session",
    "plan",
]

_SOURCES = {
    "AudioBuilderError": "errors.AudioBuilderError",
    "BuildOptions": "options.BuildOptions",
    "Built": "build.Built",
    "Report": "diagnostics.report.Report",
    "Session": "session.session.Session",
    "Speech": "speech.voice.Speech",
    "Timeline": "planning.timeline.Timeline",
    "Voice": "speech.voice.Voice",
    "Workspace": "request.Workspace",
    "build": "build.build",
    "check": "diagnostics.report.check",
    "open_session": "build.open_session",
    "plan": "build.plan_session",
}


class _Package(ModuleType):
    """This package, whose public names are imported at their first use."""

    def __getattr__(self, name: str) -> object:
        if name not in _SOURCES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, attribute = _SOURCES[name].rpartition(".")
        found = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        setattr(self, name, found)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        # Python binds each submodule to its package; `audio_builder.build` is the function all the same.
        if name not in _SOURCES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
