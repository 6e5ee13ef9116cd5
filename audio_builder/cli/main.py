"""The command line. Each command is a module that is imported when it runs, so `--help` loads no voice."""

from __future__ import annotations

import errno
import importlib
import io
import json
import re
import signal
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import click

from .. import __version__
from ..diagnostics.documents import problem_document
from ..errors import AudioBuilderError, DoesNotFit, ScriptErrors
from ..options import BY_NAME
from ..text import closest
from .signals import Interrupted, end_on_signals

VERBS = {
    "build": "Build a session: an MP3 of exactly the length asked for.",
    "batch": "Build many sessions from one file.",
    "plan": "Show the timeline of a session, without making sound.",
    "check": "Show every error in scripts, advice, and the lengths they can have.",
    "import": "Turn a text that you already have into a script.",
    "scripts": "List the scripts with their lengths.",
    "new": "Write a script to start from.",
    "watch": "Check a script whenever it is saved, and speak what changed.",
    "voices": "List the voices and what they need, hear them, add or remove one.",
    "takes": "Record a script in your own voice.",
    "inspect": "Measure a finished MP3.",
    "library": "List, remove or restore the sessions that were built.",
    "feed": "Write the podcast's feed, page and cover.",
    "publish": "Publish the podcast to a folder or to object storage.",
    "serve": "Serve the library, the feed, and any session at any length.",
    "schema": "Print the JSON Schema of front matter, for completion in editors.",
    "doctor": "Show what this machine has and lacks, and how to fix it.",
    "cache": "Show, limit or clear the cache.",
}
"""The commands, in the order in which people need them. Each is a function in the module of its name."""
_STREAMS = ("batch",)  # with --json, they print one document per line
_MODULES = {"import": "import_text"}  # a module cannot have the name of a keyword


_REFUSALS = (
    "EACCES",
    "EPERM",
    "ENOSPC",
    "EROFS",
    "EDQUOT",
    "ENAMETOOLONG",
    "ELOOP",
    "ENOTDIR",
    "EMFILE",
    "EIO",
)
_SYSTEM_REFUSES = {getattr(errno, name) for name in _REFUSALS if hasattr(errno, name)}  # Windows lacks some
"""Errors that the user can do something about, wherever they happen."""
_OTHER_DASHES = re.compile(r"(?:-|-?[‐‑‒–—−]-?)([a-z][a-z-]+)(?:=.*)?", re.DOTALL)
"""A name after one hyphen, or after a dash that looks like two."""


class Verbs(click.Group):
    """Commands that are imported when they are used; their one-line helps are known before."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = _MODULES.get(name, name)
        command = getattr(_loaded(module), f"{name}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            near = closest(args[0], VERBS)
            hint = f" Did you mean {near}?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _loaded(module: str) -> ModuleType:
    """Import a module of the command line now, because only some runs need it."""
    return importlib.import_module(f".{module}", __package__)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="audio-builder")
def group() -> None:
    """Narrated relaxation sessions of exactly the length asked for.

    Begin with: audio-builder build
    """


def main() -> NoReturn:
    """Run the command of `sys.argv` and exit with its status."""
    _write_every_character()
    end_on_signals()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status.

    0 is success, 1 an error that the user can fix, 2 wrong usage, 3 an internal error, and 128 plus the number of a
    signal, such as 130 for Ctrl-C. With `--json`, a command that fails prints one JSON document with the error, and
    nothing else.
    """
    try:
        _refuse_deleted_folder()
        _refuse_other_dashes(arguments)
        # click returns the status given to ctx.exit, or None
        return group.main(list(arguments), prog_name="audio-builder", standalone_mode=False) or 0
    except SystemExit:  # click's way to end a command when the reader of its output, e.g. `head`, has enough
        return 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what the user cannot fix becomes a report
        status, message = _explain(error, arguments)
        if "--json" in takewhile(lambda argument: argument != "--", arguments):
            document = {"error": _document(error, status, message)}
            is_stream = arguments[0] in _STREAMS
            click.echo(
                json.dumps({"event": "error"} | document) if is_stream else json.dumps(document, indent=2)
            )
        elif isinstance(error, click.ClickException):
            _with_hint(error, arguments).show()
        else:
            click.echo(message, err=True)
        return status


def _refuse_deleted_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise AudioBuilderError("The current folder was deleted. Change into another one.") from None


def _refuse_other_dashes(arguments: Sequence[str]) -> None:
    """Raise UsageError for an option that follows one hyphen or a dash instead of two hyphens."""
    for argument in takewhile(lambda argument: argument != "--", arguments):
        match = _OTHER_DASHES.fullmatch(argument)
        if match and match[1].replace("-", "_") in BY_NAME:
            raise click.UsageError(f"Write --{match[1]}, with two hyphens, instead of {argument}")


def _with_hint(error: click.ClickException, arguments: Sequence[str]) -> click.ClickException:
    """Return an error that says how an option is written if its name stands where nothing was expected."""
    names = [argument for argument in arguments if argument.replace("-", "_") in BY_NAME]
    if isinstance(error, click.UsageError) and error.message.startswith("Got unexpected extra") and names:
        message = f"{error.message}. Options begin with two hyphens: write --{names[0]}."
        return click.UsageError(message, error.ctx)
    return error


def _explain(error: BaseException, arguments: Sequence[str]) -> tuple[int, str]:
    """Return the exit status for an error, and what to tell the user."""
    match error:
        case click.ClickException():
            return error.exit_code, error.format_message()
        case AudioBuilderError():
            return 1, str(error)
        case KeyboardInterrupt() | click.Abort():
            cause = error.__cause__ if isinstance(error, click.Abort) else error  # click hides the signal
            number = cause.number if isinstance(cause, Interrupted) else signal.SIGINT
            notes = getattr(cause, "__notes__", ())  # from a command that keeps what it has
            return 128 + number, " ".join(notes) or "Interrupted. No partial files were left behind."
        case OSError() if error.errno in _SYSTEM_REFUSES:
            place = f": {error.filename}" if error.filename else ""
            return 1, f"{error.strerror}{place}"
        case _:
            return 3, _loaded("crash_report").reported(arguments)


def _document(error: BaseException, status: int, message: str) -> dict[str, Any]:
    problems = error.problems if isinstance(error, ScriptErrors) else ()
    lengths = error.ranges if isinstance(error, DoesNotFit) else ()
    return {
        "message": message,
        "status": status,
        "problems": [*map(problem_document, problems)],
        "lengths_ms": lengths,
    }


def _write_every_character() -> None:
    r"""Let both outputs write characters that their encoding lacks as escapes, such as \u2192, instead of failing.

    Terminals and pipes on Windows are often cp1252 or cp437. Names of files can hold bytes that no encoding has.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
