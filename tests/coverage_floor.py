"""Holds line coverage of the core at 95 %: run after pytest with --cov."""

import sys
from pathlib import Path

import coverage

CORE = ("parse", "plan", "mix", "encode", "session")
FLOOR = 95.0


def main() -> int:
    data = coverage.Coverage()
    data.load()
    root = Path(__file__).parent.parent / "audio_builder"
    low = 0
    for name in CORE:
        files = sorted((root / name).rglob("*.py")) if (root / name).is_dir() else [root / f"{name}.py"]
        lines = missed = 0
        for file in files:
            _, executable, _, missing, _ = data.analysis2(str(file))
            lines, missed = lines + len(executable), missed + len(missing)
        share = 100 * (lines - missed) / lines
        print(f"{name:8} {share:5.1f} % of {lines} lines")
        low += share < FLOOR
    if low:
        print(f"below {FLOOR:.0f} %")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
