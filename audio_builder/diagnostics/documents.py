"""What JSON says of problems: one form for `check`, for the web page, and for commands that fail."""

from __future__ import annotations

from typing import Any

from ..errors import Problem


def problem_document(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON has it. For one release the hint also has the key that 0.1 gave it."""
    location = problem.location
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "width": max(1, problem.width),
        "message": problem.message,
        "hint": problem.hint,
        "cure": problem.hint,
    }
