"""Ten minutes of coverage-guided fuzzing for everything that reads what others wrote."""

import os
import re
import subprocess
import sys
from pathlib import Path

import fuzzing
import pytest

SECONDS = int(os.environ.get("FUZZING_SECONDS", "600"))


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_nothing_breaks_it(target, tmp_path):
    program = Path(__file__).parent / "fuzz.py"
    peak = Path(__file__).parent / "peak.py"  # else what this process held would count as the fuzzer's
    finished = subprocess.run(
        [
            sys.executable,
            str(peak),
            os.devnull,
            sys.executable,
            str(program),
            target,
            str(SECONDS),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    runs = re.search(r"number_of_executed_units: +(\d+)", finished.stderr)
    found = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    print(f"\n{target}: {runs[1] if runs else '?'} inputs in {SECONDS} s, {found or 'no fault'}")
    assert not found, f"{(tmp_path / found[0]).read_bytes()!r}\n{finished.stderr[-3000:]}"
    assert runs, finished.stderr[-3000:]
