"""The house itself: form, lint, strict types, and nothing in it that does not belong there."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError

import pytest
from common import ROOT

from audio_builder.cli.licences import KNOWN_COPYLEFT, core_packages


@pytest.mark.parametrize("command", ["mypy", "ruff check .", "ruff format --check ."])
def test_the_type_checker_and_the_linter_find_nothing(command):
    finished = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def _committed_texts():
    """Yield the path and the text of every committed file that is UTF-8."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file():
            try:
                yield name, path.read_text("utf-8")
            except UnicodeDecodeError:
                continue


def test_no_committed_file_names_a_package_index_or_a_private_folder():
    private = r"--(extra-)?index-url|find-links|/root/|/home/\w+/|pypi\.org/simple|files\.pythonhosted"
    texts = dict(_committed_texts())
    assert {"README.md", "audio_builder/build.py", "tests/unit/test_house.py"} <= set(texts)
    found = [name for name, text in texts.items() if re.search(private, text)]
    assert found == ["tests/unit/test_house.py"]


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_packages_built_in_a_folder_with_drafts_ship_only_the_programs_own_scripts(target, tmp_path):
    """What people keep in the folder of the scripts, such as drafts, recordings and episodes, stays with them."""
    folder = tmp_path / "checkout"
    own = {name for name, _ in _committed_texts() if name.startswith("scripts/")}
    for name in ("audio_builder", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("draft.md", "take.wav", "episodes.toml", "docs/private.md"):
        (folder / "scripts" / name).parent.mkdir(exist_ok=True)
        (folder / "scripts" / name).write_text("private")
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", tmp_path]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    if target == "wheel":
        with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
            names = [name.replace("audio_builder/shipped", "scripts") for name in wheel.namelist()]
    else:
        with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
            names = [name.partition("/")[2] for name in sdist.getnames()]
    assert "audio_builder/build.py" in names
    assert {name for name in names if name.startswith("scripts/")} == own


def test_the_core_needs_no_copyleft_package():
    """Except those whose use is known: the reason for each is in `licences.KNOWN_COPYLEFT`."""
    packages = {package.name: package for package in core_packages()}
    assert {"audio-builder", "hibari-tts", "numpy", "pyttsx3", "soxr"} <= set(packages)
    unstated = {name for name, package in packages.items() if not package.licence}
    assert unstated == set()
    copyleft = {name for name, package in packages.items() if package.is_copyleft}
    assert copyleft == set(KNOWN_COPYLEFT)


def test_the_page_of_licences_names_every_copyleft_package():
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    assert [name for name in KNOWN_COPYLEFT if name not in page] == []


@pytest.mark.parametrize(
    ("metadata", "licence", "copyleft"),
    [
        ("License-Expression: MIT", "MIT", False),
        ("License-Expression: MIT AND GPL-3.0-or-later", "MIT AND GPL-3.0-or-later", True),
        ("License: LGPLv2+", "LGPLv2+", True),
        ("License: MPL 2.0", "MPL 2.0", True),
        (
            f"License: {'text of a licence ' * 9}\nClassifier: License :: OSI Approved :: BSD License",
            "BSD License",
            False,
        ),
        (
            "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
            "GNU Affero General Public License v3",
            True,
        ),
        ("Summary: says nothing", "", False),
    ],
)
def test_a_licence_is_read_from_the_metadata_of_a_package(metadata, licence, copyleft, tmp_path):
    package = _package(tmp_path, "new", metadata)
    (found,) = core_packages("new", {"new": package}.__getitem__)
    assert (found.licence, found.is_copyleft, found.use) == (licence, copyleft, "")


def test_the_core_is_what_applies_here_of_the_requirements_at_any_depth(tmp_path):
    requirements = {
        "root": [
            "Near_By",
            "extra-only; extra == 'x'",
            "other-system; sys_platform == 'nowhere'",
            "with[fast]",
        ],
        "near-by": ["far"],
        "far": ["near-by", "not-installed"],
        "with": ["quick; extra == 'fast'", "slow; extra == 'slow'"],
        **{name: [] for name in ("extra-only", "other-system", "quick", "slow")},
    }
    packages = {
        name: _package(tmp_path, name, "\n".join(f"Requires-Dist: {line}" for line in lines))
        for name, lines in requirements.items()
    }

    def find(name):
        if name not in packages:
            raise PackageNotFoundError(name)
        return packages[name]

    assert [package.name for package in core_packages("root", find)] == [
        "far",
        "near-by",
        "quick",
        "root",
        "with",
    ]


def _package(folder, name, metadata):
    """Return a package with some metadata, as pip would install it."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    text = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}\n"
    (info / "METADATA").write_text(text, "utf-8")
    return Distribution.at(info)
