"""Build the manual for tests, as `make docs` does."""

import os
import subprocess
import sys
from pathlib import Path

from common import ROOT
from filelock import FileLock

TEN = (
    *("index", "install", "tutorial", "listen", "teachers"),
    *("recipes", "language", "commands", "http", "architecture"),
)
"""The pages that are looked at: one or more of each part, and those with pictures and wide tables."""


def manual_of_this_run(tmp_path_factory) -> Path:
    """Return the folder of the site. All workers share it; the first one that needs it builds it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "manual"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        if not (folder / "built").exists():
            build_manual(folder)
            (folder / "built").touch()
    return folder / "site"


def build_manual(folder: Path) -> Path:
    """Build the manual into a folder with warnings as errors, and return the folder of its site."""
    site = folder / "site"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", str(ROOT / "docs")]
    finished = subprocess.run(
        [*command, "-d", str(folder / "doctrees"), str(ROOT), str(site)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return site
