"""The lock: every package that anyone installs for the program or its tests, with a version and hashes."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise, product

import pytest
from common import ROOT
from lock import FOLDER, LAYERS, read_entries, read_requirement
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = [
    pytest.param(
        {**system, "python_version": python, "python_full_version": f"{python}.1", "extra": ""},
        id=f"{name}-{python}",
    )
    for (name, system), python in product(SYSTEMS.items(), PYTHONS)
]


def _text(layer):
    return (FOLDER / f"{layer}.txt").read_text("utf-8")


def _locked(layers, machine):
    """Return the locked requirements that apply to a machine, by name."""
    found = {}
    for layer in layers:
        for requirement in map(read_requirement, read_entries(_text(layer)).values()):
            if requirement.marker is None or requirement.marker.evaluate(machine):
                found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return found


def test_every_package_has_one_version_and_at_least_one_hash():
    for layer in LAYERS:
        entries = read_entries(_text(layer)).values()
        assert entries, layer
        for entry in entries:
            assert re.fullmatch(r"==[\w.!+]+", str(read_requirement(entry).specifier)), entry[:80]
            assert re.search(r" --hash=sha256:[0-9a-f]{64}\b", entry), entry[:80]


def test_every_pip_can_read_the_markers_on_every_system():
    """pip 24.2 stops at `platform_release >= "20"` on Linux, where that is not a version, e.g. 6.8.0-45-generic."""
    for layer in LAYERS:
        assert "platform_release" not in _text(layer)
        assert "platform_version" not in _text(layer)


def test_the_lock_names_no_address():
    """So pip downloads from the index that it is configured for, and the hashes hold wherever a file comes from."""
    for layer in LAYERS:
        assert "://" not in _text(layer)
        assert "@" not in _text(layer)
        options = re.findall(r"^\s*(--?[\w-]+)", _text(layer), re.MULTILINE)
        assert set(options) <= {"--hash", "-r"}


def test_each_layer_has_the_one_before_it_and_repeats_none_of_its_packages():
    names = [*LAYERS]
    for before, layer in pairwise(names):
        assert re.findall(r"^-r (.+)$", _text(layer), re.MULTILINE) == [f"{before}.txt"]
    entries = [name for layer in LAYERS for name in read_entries(_text(layer))]
    assert sorted(entries) == sorted(set(entries))


@pytest.mark.parametrize("machine", MACHINES)
def test_the_lock_satisfies_what_the_project_requires_on_every_system_and_python(machine):
    """One version of each package applies to a machine, and it is one that `pyproject.toml` allows."""
    extras = PROJECT["project"]["optional-dependencies"]
    assert {extra for layer in LAYERS.values() for extra in layer} == set(extras)
    wanted = {"core": [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]}
    for layer, more in LAYERS.items():
        wanted.setdefault(layer, []).extend(line for extra in more for line in extras[extra])
    seen = []
    for layer, lines in wanted.items():
        seen.append(layer)
        locked = _locked(seen, machine)
        assert [name for name, versions in locked.items() if len(versions) > 1] == []
        for requirement in map(Requirement, lines):
            if requirement.marker is None or requirement.marker.evaluate(machine):
                (pin,) = locked[canonicalize_name(requirement.name)]
                assert requirement.specifier.contains(pin.removeprefix("=="), prereleases=True), requirement


def test_the_lock_has_what_its_packages_require_on_this_machine():
    """Run `make lock` if this fails: without it, pip refuses to install what has no hash."""
    missing = []
    locked = _locked(LAYERS, None)
    for name in locked:
        try:
            lines = distribution(name).requires or ()
        except PackageNotFoundError:
            continue
        for requirement in map(Requirement, lines):
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if applies and canonicalize_name(requirement.name) not in locked:
                missing.append(f"{name} needs {requirement}")
    assert missing == []
