"""Make a release, except for the upload: `make release VERSION=0.2.0`.

Everything happens in a second working tree, which is removed at the end: the new version, the tests, both packages
built twice, their checksums and parts, the commit. Only when all of that has succeeded does the branch move to the
commit and get its tag. So whatever fails, this repository stays as it was.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import artefacts
from packaging.version import InvalidVersion, Version

from audio_builder.cli.licences import core_packages

BRANCH = "main"
_VERSION = re.compile(r'(?m)^__version__ = "(.+)"$')
_UNRELEASED = re.compile(r"(?ms)^## Unreleased\n(.*?)(?=^## |\Z)")
_VERSION_FILE, _CHANGELOG = Path("audio_builder/__init__.py"), Path("CHANGELOG.md")


class CannotRelease(Exception):
    """What has to be fixed before a release."""


def main(arguments: list[str]) -> int:
    """Make a release as the command line says, and return the exit status."""
    parser = argparse.ArgumentParser(prog="release.py", description="Make a release, except for the upload.")
    parser.add_argument("version", help="the new version, e.g. 0.2.0")
    parser.add_argument("--dry-run", action="store_true", help="do everything, but change nothing")
    parser.add_argument(
        "--checks", default="make test", metavar="COMMAND", help='what must pass; default: "make test"'
    )
    asked = parser.parse_args(arguments)
    root = Path(_git(Path.cwd(), "rev-parse", "--show-toplevel"))
    try:
        release(root, asked.version, asked.checks, dry_run=asked.dry_run)
    except (CannotRelease, artefacts.NotReproducible) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = error.cmd if isinstance(error.cmd, str) else " ".join(map(str, error.cmd))
        print(f"error: this failed: {command}\n{error.stderr or ''}Nothing was changed.", file=sys.stderr)
        return 1
    return 0


def release(root: Path, version: str, checks: str, *, dry_run: bool) -> None:
    """Release a version of the repository. Raises CannotRelease, NotReproducible and CalledProcessError."""
    if problems := list(find_problems(root, version, dry_run)):
        raise CannotRelease("\n       ".join(problems))
    before = _git(root, "rev-parse", "HEAD")
    with _second_tree(root) as tree:
        set_version(tree, version, datetime.now(UTC).date().isoformat())
        if checks:
            print(f"Running the checks in a fresh working tree: {checks}", flush=True)
            subprocess.run(checks, cwd=tree, shell=True, check=True)
        _git(tree, "commit", "--quiet", "--no-verify", "--all", "--message", f"Release {version}")
        commit = _git(tree, "rev-parse", "HEAD")
        files = _build(tree, version)
        print((tree / "dist" / artefacts.CHECKSUMS).read_text("utf-8"), end="")
        if dry_run:
            print("Dry run: nothing was changed. Without --dry-run, these files would be in dist/.")
            return
        if problems := list(find_problems(root, version)):  # the checks took long: somebody may have gone on
            raise CannotRelease("\n       ".join(problems))
        _git(root, "tag", "--annotate", f"v{version}", "--message", f"Release {version}", commit)
        try:
            _git(root, "merge", "--quiet", "--ff-only", commit)
        except subprocess.CalledProcessError:
            _git(root, "tag", "--delete", f"v{version}")
            raise
        _take_over(root, files)
    print(_what_next(version, before, files))


def find_problems(root: Path, version: str, dry_run: bool = False) -> Iterator[str]:
    """Yield everything that prevents a release of this version, with what to do about it."""
    current = read_version(root)
    try:
        if Version(version) <= Version(current):
            yield f"{version} is not newer than {current}: choose a higher number"
        elif str(Version(version)) != version:
            yield f"Write {version} as {Version(version)}"
    except InvalidVersion:
        yield f'"{version}" is not a version: write e.g. 0.2.0'
    branch = _git(root, "rev-parse", "--abbrev-ref", "HEAD")
    if branch != BRANCH and not dry_run:
        yield f"This is the branch {branch}: run git switch {BRANCH}"
    if _git(root, "status", "--porcelain"):
        yield "Some files are not committed: commit or stash them (git status lists them)"
    if _git(root, "tag", "--list", f"v{version}"):
        yield f"There is a tag v{version} already: choose a higher number"
    changes = _UNRELEASED.search((root / _CHANGELOG).read_text("utf-8"))
    if changes is None or not re.search(r"(?m)^- ", changes[1]):
        yield f'{_CHANGELOG} says nothing under "## Unreleased": write what people will notice'


def read_version(root: Path) -> str:
    """Return the version of a working tree. Raises CannotRelease if it has none."""
    found = _VERSION.search((root / _VERSION_FILE).read_text("utf-8"))
    if found is None:
        raise CannotRelease(f"{_VERSION_FILE} has no __version__")
    return found[1]


def set_version(root: Path, version: str, day: str) -> None:
    """Write the version into a working tree, and give it what the changelog has under "Unreleased"."""
    for name, pattern, text in (
        (_VERSION_FILE, _VERSION, f'__version__ = "{version}"'),
        (_CHANGELOG, re.compile(r"(?m)^## Unreleased$"), f"## Unreleased\n\n## {version} - {day}"),
    ):
        path = root / name
        changed, times = pattern.subn(lambda _, text=text: text, path.read_text("utf-8"))
        if times != 1:
            raise CannotRelease(f"{name} has {times} places for the version instead of one")
        path.write_text(changed, "utf-8", newline="\n")


@contextmanager
def _second_tree(root: Path) -> Iterator[Path]:
    """Yield a second working tree of the repository, at the same commit and on no branch. Remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="audio-builder-release-") as folder:
        tree = Path(folder).resolve() / "tree"
        _git(root, "worktree", "add", "--quiet", "--detach", str(tree))
        try:
            yield tree
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def _build(tree: Path, version: str) -> list[Path]:
    """Build and describe both packages of a commit in `dist` of its working tree. Return all files of the release."""
    epoch = int(_git(tree, "log", "-1", "--format=%ct"))
    target = tree / "dist"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    print("Building both packages twice, and comparing them", flush=True)
    packages = artefacts.build_twice(tree, target, epoch)
    artefacts.check_metadata(packages)
    wheel = next(path for path in packages if path.suffix == ".whl")
    licences = {package.name: package.licence for package in core_packages()}
    sbom = target / artefacts.PARTS
    when = datetime.fromtimestamp(epoch, UTC).isoformat()
    sbom.write_text(artefacts.parts(version, when, wheel, licences), "utf-8", newline="\n")
    sums = target / artefacts.CHECKSUMS
    sums.write_text(artefacts.checksums([*packages, sbom]), "utf-8", newline="\n")
    return [*packages, sbom, sums]


def _take_over(root: Path, files: list[Path]) -> None:
    folder = root / "dist"
    folder.mkdir(exist_ok=True)
    for path in files:
        shutil.copyfile(path, folder / path.name)


def _what_next(version: str, before: str, files: list[Path]) -> str:
    listed = "\n".join(f"  dist/{path.name}" for path in files)
    return f"""
Released {version} in this repository: the branch {BRANCH} and the tag v{version}. Nothing was uploaded.

By hand:
  git push origin {BRANCH} v{version}
  On the repository's host, create a release from the tag, with its section of {_CHANGELOG} as the text and these files:
{listed}

To undo it, as long as nothing was pushed:
  git tag --delete v{version} && git reset --keep {before[:12]}
After a push, never move the tag: fix what is wrong and release the next number."""


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
