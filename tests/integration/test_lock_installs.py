"""The lock can be installed: for each Python and system there is a file that fits, of every package."""

import re
import subprocess
import sys
import tomllib

import pytest
from common import ROOT
from lock import environment_of_uv

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PYTHONS = re.findall(r"(?m)^Programming Language :: Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]))
MACHINES = [
    *(("linux", python, "soak") for python in PYTHONS),
    ("windows", PYTHONS[0], "dev"),
    ("aarch64-apple-darwin", PYTHONS[-1], "dev"),  # the machines that docs/install.md names
]


@pytest.mark.parametrize(("system", "python", "layer"), MACHINES)
def test_each_package_of_the_lock_has_a_file_for_the_machine(system, python, layer, tmp_path):
    """uv chooses every file and installs none. A release may say that it runs on a Python and have no file for it."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--quiet", "--require-hashes"]
    command += ["--python-version", python, "--python-platform", system, "--target", tmp_path / "packages"]
    command += ["--requirement", ROOT / "requirements" / f"{layer}.txt"]
    environment = {**environment_of_uv(), "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    for _ in range(2):
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        if "Failed to fetch" not in run.stderr:
            break  # otherwise the network may have been away for a moment
    assert run.returncode == 0, run.stderr
