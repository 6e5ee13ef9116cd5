"""Test the wheel with the Python that runs this file: `make test-python PYTHON=python3.13`.

A wheel is built and installed into a new virtual environment, with the locked packages or, after `--newest`, with the
newest ones. Then the unit tests run there, and those integration tests that use the most of the program.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = (
    "tests/unit",
    "tests/integration/test_build.py",
    "tests/integration/test_cli.py",
    "tests/integration/test_session_decoding.py",
)
_LINTERS = (
    "not type_checker"  # other versions of numpy and of Python have other types: `make test` checks them
)


def main(arguments: list[str]) -> int:
    """Test as the command line says, and return the exit status of pytest."""
    parser = argparse.ArgumentParser(prog="test_python.py", description="Test the wheel with this Python.")
    parser.add_argument(
        "--newest", action="store_true", help="the newest packages instead of the locked ones"
    )
    parser.add_argument("tests", nargs="*", default=TESTS, help="what to run instead of the usual tests")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="audio-builder-python-") as folder:
        environment = Path(folder) / "environment"
        venv.create(environment, with_pip=True, symlinks=os.name != "nt")
        scripts = environment / ("Scripts" if os.name == "nt" else "bin")
        began = time.monotonic()
        _install(scripts / "python", Path(folder), newest=asked.newest)
        print(f"Python {sys.version.split()[0]}: installed in {time.monotonic() - began:.0f} s", flush=True)
        # not `python -m pytest`, which would import the package from this folder instead of the wheel
        command = [scripts / "pytest", *asked.tests, "-k", _LINTERS, "--numprocesses", "auto"]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def _install(python: Path, folder: Path, *, newest: bool) -> None:
    """Install the wheel and what its tests need, with hashes unless the newest packages are wanted."""
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not newest:
        locked = ROOT / "requirements" / "dev.txt"
        subprocess.run([*pip, "--require-hashes", "--requirement", locked], check=True)
    build = [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run([*build, *([] if newest else ["--no-build-isolation"])], check=True)
    (wheel,) = folder.glob("*.whl")
    if newest:
        subprocess.run([*pip, "--upgrade", f"{wheel}[cluster,dev,piper]"], check=True)
    else:
        subprocess.run([*pip, "--no-deps", wheel], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
