"""Lock the packages that the program, its tests and its soak tests need: `make lock`.

uv finds one set of versions for every system and every Python that `pyproject.toml` allows, and the hash of each file
that any of them may download. The result goes into `requirements/`, layer by layer. Each package is in one layer.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
LAYERS: dict[str, tuple[str, ...]] = {
    "core": (),
    "serve": ("metrics",),
    "dev": ("cluster", "dev", "docs", "piper"),
    "soak": ("fuzzing", "recogniser"),
}
"""File -> the extras that it adds to the layers before it. `core` also has what builds the package."""

_PURPOSES = {
    "core": "What the program needs to run, and what builds it.",
    "serve": "What a server needs as well.",
    "dev": "What the tests need as well.",
    "soak": "What `make soak` needs as well.",
}
_HEADER = "# {purpose} Written by `make lock`: do not edit.\n"
_RELEASE = re.compile(r"platform_release [<>=]+ '[\d.]+' and ")
"""Which macOS has a framework. Some releases of pip stop at this on Linux, where a release is not a version."""
_UV = (
    *("pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-emit-index-url"),
    *("--annotation-style", "line", "--fork-strategy", "fewest", "pyproject.toml", "-"),
)


def main(arguments: list[str]) -> None:
    """Write the lock files. `arguments` go to uv: with none, versions only change where they have to.

    `--upgrade` takes the newest of all packages, and `--upgrade-package NAME` of one.
    """
    known = "".join(path.read_text("utf-8") for path in _files() if path.is_file())
    layers: dict[str, dict[str, str]] = {}
    for layer in reversed(LAYERS):  # the largest first, so that the others only choose from it
        layers[layer] = _compile(layer, known, arguments)
        known, arguments = "".join(layers[layer].values()), []
    largest = next(
        iter(layers.values())
    )  # it may need a package on more systems, and then says so in its marker
    before: set[str] = set()
    for path, layer in zip(_files(), LAYERS, strict=True):
        new = [largest[pin] for pin in layers[layer] if pin not in before]
        path.write_text(_start(layer) + "".join(new), "utf-8", newline="\n")
        before |= layers[layer].keys()


def _files() -> list[Path]:
    return [FOLDER / f"{layer}.txt" for layer in LAYERS]


def _compile(layer: str, known: str, arguments: list[str]) -> dict[str, str]:
    """Return the entry of each package of a layer and of those before it. Versions of `known` that fit stay."""
    names = [*LAYERS]
    extras = [extra for name in names[: names.index(layer) + 1] for extra in LAYERS[name]]
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "pins.txt"
        pins.write_text(re.sub(r"(?m)^(-r|#) .*\n", "", known), "utf-8")
        command = [sys.executable, "-m", "uv", *_UV, "--python-version", lowest.removeprefix(">=")]
        command += [*(f"--extra={extra}" for extra in extras), "--output-file", str(pins), *arguments]
        subprocess.run(
            command, cwd=ROOT, env=environment_of_uv(), input=_build_requirements(), check=True, text=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        text = pins.read_text("utf-8").replace("-r -", "the build")
        return read_entries(_RELEASE.sub("", text))


def _build_requirements() -> str:
    """Return what builds the package, one requirement a line, with what hatchling adds for editable installs."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    return "\n".join([*build, "editables>=0.3", ""])


def environment_of_uv() -> dict[str, str]:
    """Return the environment of uv: with pip's own certificate, which uv does not look for."""
    certificate = os.environ.get("PIP_CERT")
    return {**({"SSL_CERT_FILE": certificate} if certificate else {}), **os.environ}


def read_entries(text: str) -> dict[str, str]:
    """Return the lines of each requirement of a lock file, by its name and version."""
    entries = re.findall(r"^(?![#\s-]).*\n(?:[ \t].*\n)*", text, re.MULTILINE)
    return {entry.split()[0]: entry for entry in entries}


def read_requirement(entry: str) -> Requirement:
    """Return the requirement of an entry without its hashes."""
    return Requirement(entry.partition("\n")[0].partition(" #")[0].rstrip("\\ "))


def _start(layer: str) -> str:
    """Return how the file of a layer begins: with what it is for, and with the layer before it."""
    names = [*LAYERS]
    position = names.index(layer)
    before = f"-r {names[position - 1]}.txt\n" if position else ""
    return _HEADER.format(purpose=_PURPOSES[layer]) + before


if __name__ == "__main__":
    main(sys.argv[1:])
