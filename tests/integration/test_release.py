"""A release: both packages come out the same twice, hold what they should, and nothing changes until all is well."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import zipfile
from email.parser import HeaderParser

import artefacts
import pytest
import release
from common import ROOT

EPOCH = 1_800_000_000
FILES = """
audio_builder/__init__.py audio_builder/py.typed audio_builder/build.py audio_builder/pictures/fonts/OFL.txt
audio_builder/templates/page.html audio_builder/web/static/app.css audio_builder/shipped/psoas-release.md
"""
NEVER = (
    "__pycache__",
    ".pyc",
    ".mypy_cache",
    ".pytest_cache",
    ".hypothesis",
    ".venv",
    "/.",
    "docs/pictures",
    ".mp3",
)


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Both packages, after `build_twice` has compared builds from copies with other rights and times, and the wheel
    from the sdist."""
    return artefacts.build_twice(ROOT, tmp_path_factory.mktemp("packages"), EPOCH)


def _wheel(packages):
    return next(path for path in packages if path.suffix == ".whl")


def _sdist(packages):
    return next(path for path in packages if path.suffix == ".gz")


def test_two_builds_of_the_same_source_have_the_same_bytes(packages):
    """`packages` would have raised NotReproducible."""
    assert len(packages) == 2


def test_a_build_that_differs_is_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.whl").write_text(name)
    with pytest.raises(artefacts.NotReproducible, match=r"a\.whl differs"):
        artefacts._compare([[tmp_path / "one" / "a.whl"], [tmp_path / "two" / "a.whl"]])


def test_the_metadata_of_both_packages_passes_strict_checks(packages):
    artefacts.check_metadata(packages)


def test_the_packages_hold_what_they_should_and_nothing_else(packages):
    with zipfile.ZipFile(_wheel(packages)) as wheel:
        names = wheel.namelist()
        modes = {one.external_attr >> 16 & 0o777 for one in wheel.infolist()}
    assert set(FILES.split()) <= set(names)
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"audio_builder"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert modes <= {0o644, 0o755, 0o664}
    with tarfile.open(_sdist(packages)) as sdist:
        inside = [f"/{name.partition('/')[2]}" for name in sdist.getnames()]
        assert {(one.uid, one.gid, one.uname, one.gname) for one in sdist.getmembers()} == {(0, 0, "", "")}
    for name in (
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "Makefile",
        "tools/lock.py",
        "requirements/core.txt",
    ):
        assert f"/{name}" in inside
    known = {"/.gitignore"}  # hatchling's, so that a build from the sdist leaves out the same files
    unwanted = [
        name
        for name in {*names, *inside} - known
        if any(part in name for part in NEVER) and "tests/" not in name
    ]
    assert unwanted == []


def test_the_metadata_says_what_an_index_shows(packages):
    with zipfile.ZipFile(_wheel(packages)) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
        metadata = HeaderParser().parsestr(wheel.read(name).decode())
    assert metadata["Version"] == release.read_version(ROOT)
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert "Programming Language :: Python :: 3.11" in metadata.get_all("Classifier")


def test_checksums_are_those_that_sha256sum_checks(tmp_path):
    (tmp_path / "b").write_bytes(b"b")
    (tmp_path / "a").write_bytes(b"a")
    text = artefacts.checksums([tmp_path / "b", tmp_path / "a"])
    assert text == f"{hashlib.sha256(b'a').hexdigest()}  a\n{hashlib.sha256(b'b').hexdigest()}  b\n"


def test_the_list_of_parts_has_every_package_that_the_program_needs_with_its_licence(packages):
    licences = {"audio-builder": "MIT", "numpy": "BSD-3-Clause", "click": "BSD-3-Clause"}
    text = artefacts.parts("0.2.0", "2027-01-01T00:00:00+00:00", _wheel(packages), licences)
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["version"] == "0.2.0"
    parts = {part["name"]: part for part in document["components"]}
    assert parts["numpy"]["purl"] == f"pkg:pypi/numpy@{parts['numpy']['version']}"
    assert parts["numpy"]["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]
    assert "hatchling" not in parts
    assert "espeakng-loader" in parts  # not needed everywhere, so it has a marker
    assert text == artefacts.parts("0.2.0", "2027-01-01T00:00:00+00:00", _wheel(packages), licences)


@pytest.fixture
def repository(tmp_path):
    """A small repository with what a release needs, on its main branch."""
    folder = tmp_path / "repository"
    for name in ("audio_builder", "scripts"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "web", "locale")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- Better.\n\n## 0.1.0 - 2026-11-27\n\n- First.\n"
    )
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    _git(folder, "config", "user.name", "Release")
    _git(folder, "config", "user.email", "release@example.org")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message", "Begin")
    return folder


def _git(folder, *arguments):
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _state(folder):
    return _git(folder, "log", "--format=%H %D", "--all"), _git(folder, "status", "--porcelain", "--ignored")


def test_a_release_has_its_number_tag_changelog_and_files(repository, capsys):
    release.release(repository, "0.2.0", "test -f pyproject.toml", dry_run=False)
    assert release.read_version(repository) == "0.2.0"
    assert _git(repository, "tag", "--list") == "v0.2.0"
    assert _git(repository, "log", "-1", "--format=%s") == "Release 0.2.0"
    assert _git(repository, "rev-parse", "v0.2.0^{commit}") == _git(repository, "rev-parse", "main")
    assert _git(repository, "status", "--porcelain") == ""
    assert _git(repository, "worktree", "list").count("\n") == 0
    changes = (repository / "CHANGELOG.md").read_text("utf-8")
    assert "## Unreleased\n\n## 0.2.0 - 20" in changes
    assert changes.index("0.2.0") < changes.index("- Better.") < changes.index("## 0.1.0")
    for line in (repository / "dist" / "SHA256SUMS").read_text().splitlines():
        checksum, name = line.split("  ")
        assert artefacts.digest(repository / "dist" / name) == checksum
    files = {path.name for path in (repository / "dist").iterdir()}
    assert files == {
        *(
            "audio_builder-0.2.0-py3-none-any.whl",
            "audio_builder-0.2.0.tar.gz",
            "SHA256SUMS",
            "sbom.cdx.json",
        ),
    }
    said = capsys.readouterr().out
    assert "git push origin main v0.2.0" in said
    undo = next(line.strip() for line in said.splitlines() if "reset --keep" in line)
    subprocess.run(undo, cwd=repository, shell=True, check=True, capture_output=True)
    assert (release.read_version(repository), _git(repository, "tag", "--list")) == ("0.1.0", "")


@pytest.mark.parametrize(("checks", "dry_run"), [("false", False), ("true", True)])
def test_a_release_that_fails_and_a_dry_run_change_nothing(checks, dry_run, repository):
    before = _state(repository)
    if dry_run:
        release.release(repository, "0.2.0", checks, dry_run=True)
    else:
        with pytest.raises(subprocess.CalledProcessError):
            release.release(repository, "0.2.0", checks, dry_run=False)
    assert _state(repository) == before


def test_a_branch_that_went_on_during_the_checks_gets_no_tag_and_no_files(repository):
    commit = f"git -C {repository} commit --quiet --allow-empty --message meanwhile"
    with pytest.raises(subprocess.CalledProcessError):
        release.release(repository, "0.2.0", commit, dry_run=False)
    assert _git(repository, "log", "-1", "--format=%s") == "meanwhile"
    assert _git(repository, "tag", "--list") == ""
    assert not (repository / "dist").exists()


def test_everything_that_prevents_a_release_is_said_at_once(repository, capsys, monkeypatch):
    _git(repository, "switch", "--quiet", "--create", "work")
    _git(repository, "tag", "v0.1.0")
    (repository / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-11-27\n\n- First.\n"
    )
    monkeypatch.chdir(repository)
    assert release.main(["0.1.0"]) == 1
    said = capsys.readouterr().err
    for problem in (
        "not newer than 0.1.0",
        "git switch main",
        "not committed",
        "tag v0.1.0 already",
        "says nothing",
    ):
        assert problem in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("version", "problem"), [("next", "is not a version"), ("0.2.0-rc1", "as 0.2.0rc1")])
def test_a_version_is_written_as_packages_write_it(version, problem, repository):
    assert problem in "".join(release.find_problems(repository, version))
