"""Check that tests reach 95 % of the lines of the core. `make test` runs this after pytest, which measures them."""

import sys
from pathlib import Path

import coverage

FLOOR = 95.0


def main() -> int:
    """Print the coverage of each room of the core, and return 1 if one is below the floor."""
    measured = coverage.Coverage()
    measured.combine()
    too_low = 0
    for folder in map(Path, measured.get_option("run:source")):
        lines = missed = 0
        for path in sorted(folder.rglob("*.py")):
            _, executable, _, missing, _ = measured.analysis2(str(path))
            lines, missed = lines + len(executable), missed + len(missing)
        share = 100 * (lines - missed) / lines
        print(f"Coverage of {folder}: {share:.1f} % of {lines} lines")
        too_low += share < FLOOR
    if too_low:
        print(
            f"At least {FLOOR:.0f} % are required. Add tests for the lines that `coverage report -m` lists."
        )
    return 1 if too_low else 0


if __name__ == "__main__":
    sys.exit(main())
