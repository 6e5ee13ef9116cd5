"""Which lines of the core the unit tests reach. `make test` sets COVERAGE, and then runs `coverage_floor.py`.

Each process of the tests measures while it imports the core, and during its unit tests. pytest-cov would also run
during all other tests, and be told before each of them not to measure, which takes longer than many of them.
"""

import os
import warnings

import coverage
from coverage.exceptions import CoverageWarning

measured = coverage.Coverage(data_suffix=True) if os.environ.get("COVERAGE") else None


def start() -> None:
    """Start to measure."""
    if measured is not None:
        measured.start()


def stop() -> None:
    """Stop until the next start."""
    if measured is not None:
        measured.stop()


def save() -> None:
    """Write what was measured into a file of this process. A run of a few tests may have reached nothing."""
    if measured is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CoverageWarning)
            measured.save()
