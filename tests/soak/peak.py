"""Run a command, and write its peak of memory in MB into a file: `peak.py FILE COMMAND...`.

Linux counts with a child what the process that started it held (getrusage(2), ru_maxrss across exec). This one holds so
little that what it measures is the command's own.
"""

import resource
import subprocess
import sys
from pathlib import Path


def main() -> int:
    status = subprocess.run(sys.argv[2:], check=False).returncode
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    Path(sys.argv[1]).write_text(f"{peak:.0f}", "utf-8")
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
