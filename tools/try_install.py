"""Install the program as people do, build a session, and remove it again: `make try-install`.

Each way starts with an empty home folder, from the wheel and from the source, in folders whose names have a space and
letters beyond ASCII. pip runs in a new virtual environment; pipx and uv are fetched first if they are asked for.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SCRIPTS = "Scripts" if os.name == "nt" else "bin"
_BUILD = ("build", "six-habits", "--voice", "tone", "--length", "5m")
_ABSENT = ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_BIN_HOME", "PYTHONPATH", "VIRTUAL_ENV")
_CACHES = {".cache", "Caches", "Cache", "cache"}
"""Folders that keep what was downloaded and rendered. They stay when a program is removed."""


class Failed(Exception):
    """Something that an installation should have done and did not."""


def main(arguments: list[str]) -> int:
    """Try the ways that the command line names, and return 0 if all of them work."""
    parser = argparse.ArgumentParser(prog="try_install.py", description="Install, build a session, remove.")
    parser.add_argument("ways", nargs="*", default=["pip"], help=f"of {', '.join(_WAYS)}; default: pip")
    ways = parser.parse_args(arguments).ways
    if unknown := set(ways) - set(_WAYS):
        parser.error(f"unknown: {', '.join(unknown)}")
    with tempfile.TemporaryDirectory(prefix="audio-builder-install-") as name:
        folder = Path(name).resolve() / "für Ana, 夜"
        source = folder / "source tree"
        _copy(source)
        tools = _tools(folder / "tools", [way for way in ways if way != "pip"])
        wheel = _wheel(source, folder / "wheels")
        for way in ways:
            for kind, origin in (("wheel", wheel), ("source", source)):
                began = time.monotonic()
                home = folder / f"home of {way} {kind}"
                home.mkdir()
                _try(_WAYS[way], tools, origin, home)
                print(f"{way} {kind}: works, {time.monotonic() - began:.0f} s", flush=True)
    return 0


def _copy(target: Path) -> None:
    """Copy the committed files: what a clone or an unpacked archive has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)


def _tools(folder: Path, names: list[str]) -> Path:
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    python = folder / _SCRIPTS / "python"
    if names:
        _run([python, "-m", "pip", "install", "--quiet", *names], os.environ)
    return python


def _wheel(source: Path, target: Path) -> Path:
    _run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target, source],
        os.environ,
    )
    (wheel,) = target.glob("*.whl")
    return wheel


def _try(way: Callable[..., tuple[Path, list[object]]], tools: Path, origin: Path, home: Path) -> None:
    """Install, build, inspect and remove. Raises Failed if something is missing, or left behind afterwards."""
    environment = {name: value for name, value in os.environ.items() if name not in _ABSENT}
    environment |= {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "LOCALAPPDATA": str(home / "AppData" / "Local"),
    }
    command, removal = way(tools, origin, home, environment)
    work = home / "my sessions"
    work.mkdir()
    _run([command, *_BUILD], environment, work)
    (session,) = (work / "output").glob("*.mp3")
    _run([command, "inspect", session], environment, work)
    _run(removal, environment)
    left = [
        path for path in home.rglob("*") if _is_ours(path) and not _CACHES & {*path.relative_to(home).parts}
    ]
    if left:
        raise Failed(f"Removing left behind: {', '.join(map(str, left))}")


def _is_ours(path: Path) -> bool:
    return path.name.startswith(("audio_builder", "audio-builder"))


def _with_pip(
    _tools: Path, origin: Path, home: Path, environment: dict[str, str]
) -> tuple[Path, list[object]]:
    venv.create(home / "venv", with_pip=True, symlinks=os.name != "nt")
    python = home / "venv" / _SCRIPTS / "python"
    _run([python, "-m", "pip", "install", "--quiet", origin], environment)
    return python.with_name("audio-builder"), [
        python,
        "-m",
        "pip",
        "uninstall",
        "--quiet",
        "--yes",
        "audio-builder",
    ]


def _with_pipx(
    tools: Path, origin: Path, home: Path, environment: dict[str, str]
) -> tuple[Path, list[object]]:
    _run([tools, "-m", "pipx", "install", "--quiet", "--python", sys.executable, origin], environment)
    return home / ".local" / "bin" / "audio-builder", [tools, "-m", "pipx", "uninstall", "audio-builder"]


def _with_uv(tools: Path, origin: Path, home: Path, environment: dict[str, str]) -> tuple[Path, list[object]]:
    _run([tools, "-m", "uv", "tool", "install", "--quiet", "--python", sys.executable, origin], environment)
    return home / ".local" / "bin" / "audio-builder", [
        tools,
        "-m",
        "uv",
        "tool",
        "uninstall",
        "audio-builder",
    ]


_WAYS = {"pip": _with_pip, "pipx": _with_pipx, "uv": _with_uv}


def _run(command: list[object], environment: object, folder: Path | None = None) -> None:
    """Run a command and show what it says only if it fails. Raises Failed."""
    done = subprocess.run(
        [str(part) for part in command],
        env=dict(environment),  # type: ignore[call-overload]
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said[-3000:]}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as error:
        sys.exit(f"error: {error}")
