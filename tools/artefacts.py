"""Build what a release consists of, twice, and describe it: two packages, their checksums and a list of parts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lock import FOLDER, read_entries, read_requirement
from packaging.requirements import Requirement

CHECKSUMS, PARTS = "SHA256SUMS", "sbom.cdx.json"
"""The files next to the packages: checksums as `sha256sum --check` reads them, and the parts in CycloneDX."""
_UMASKS = (0o022, 0o077)  # the rights of a checkout depend on this, those in packages must not


class NotReproducible(Exception):
    """Two builds of the same source differ."""


def build_twice(source: Path, target: Path, epoch: int) -> list[Path]:
    """Build the sdist and the wheel of a clean checkout into a new folder, and return them.

    Each is built from two copies with different rights and ages, and the wheel once more from the sdist. `epoch`, in
    seconds since 1970, becomes the time of all files. Raises NotReproducible if any two builds differ.
    """
    builds = []
    for number, umask in enumerate(_UMASKS):
        copy = target / f"copy-{number}"
        _copy(source, copy, umask, age=number * 86_400)
        builds.append(_build(copy, target / f"build-{number}", ("sdist", "wheel"), epoch))
    unpacked = target / "unpacked"
    with tarfile.open(next(path for path in builds[0] if path.suffix == ".gz")) as sdist:
        sdist.extractall(unpacked, filter="data")
    (root,) = unpacked.iterdir()
    builds.append(_build(root, target / "build-sdist", ("wheel",), epoch))
    _compare(builds)
    found = [Path(shutil.move(path, target / path.name)) for path in builds[0]]
    for folder in [path for path in target.iterdir() if path.is_dir()]:
        shutil.rmtree(folder)
    return found


def _copy(source: Path, copy: Path, umask: int, age: int) -> None:
    """Copy the committed files, with the rights that a checkout with this umask has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=source, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        original, path = source / name, copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, path)
        path.chmod((0o777 if os.access(original, os.X_OK) else 0o666) & ~umask)
        os.utime(path, (age, age + 1_000_000_000))


def _build(folder: Path, target: Path, kinds: Sequence[str], epoch: int) -> list[Path]:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    for kind in kinds:
        command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return sorted(target.iterdir())


def _compare(builds: Sequence[Sequence[Path]]) -> None:
    first = {path.name: digest(path) for path in builds[0]}
    for build in builds[1:]:
        for path in build:
            if first.get(path.name) != digest(path):
                raise NotReproducible(f"{path.name} differs between two builds of the same source")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def checksums(paths: Iterable[Path]) -> str:
    """Return a line for each file as `sha256sum --check` reads it."""
    return "".join(f"{digest(path)}  {path.name}\n" for path in sorted(paths))


def check_metadata(packages: Iterable[Path]) -> None:
    """Let twine check what an index would refuse or show wrongly. Raises CalledProcessError."""
    paths = [str(path) for path in packages]
    subprocess.run([sys.executable, "-m", "twine", "--no-color", "check", "--strict", *paths], check=True)


def parts(version: str, when: str, wheel: Path, licences: dict[str, str]) -> str:
    """Return what the program consists of as CycloneDX 1.6: itself, and each package of the lock that it needs.

    `when` is the time of the release in ISO 8601. `licences` has the packages that it needs on this machine, with their
    licences. Packages that it needs elsewhere have a marker in the lock.
    """
    program = _component("audio-builder", version, "application", licences)
    program["hashes"] = [{"alg": "SHA-256", "content": digest(wheel)}]
    locked = map(read_requirement, read_entries((FOLDER / "core.txt").read_text("utf-8")).values())
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": when, "component": program},
        "components": [_locked(one, licences) for one in locked if one.name in licences or one.marker],
    }
    return json.dumps(document, indent=2) + "\n"


def _locked(requirement: Requirement, licences: dict[str, str]) -> dict[str, Any]:
    (pin,) = requirement.specifier
    component = _component(requirement.name, pin.version, "library", licences)
    if requirement.marker:
        component["properties"] = [{"name": "audio-builder:marker", "value": str(requirement.marker)}]
    return component


def _component(name: str, version: str, kind: str, licences: dict[str, str]) -> dict[str, Any]:
    address = f"pkg:pypi/{name}@{version}"
    component: dict[str, Any] = {"type": kind, "bom-ref": address, "name": name, "version": version}
    if licence := licences.get(name):
        component["licenses"] = [{"license": {"name": licence}}]
    return {**component, "purl": address}
