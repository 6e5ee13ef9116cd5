"""The house itself: form, lint, strict types, and nothing in it that does not belong there."""

import re
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.parametrize("command", ["ruff format --check .", "ruff check .", "mypy"])
def test_the_tools_find_nothing(command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _committed():
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


def test_no_committed_file_names_a_package_index_or_a_home_folder():
    found = [
        name
        for name, text in _committed()
        if re.search(
            r"--(extra-)?index-url|find-links|/root/|/home/\w+/|pypi\.org/simple|files\.pythonhosted", text
        )
        and name != "tests/unit/test_house.py"
    ]
    assert not found


def test_the_core_needs_no_copyleft_package():
    """Parts under the GPL are extras or separate processes."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    core = text[text.index("dependencies = [") : text.index("[project.optional-dependencies]")]
    assert "piper" not in core
