"""The table of docs/performance.md: read, and written with what was measured."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import textwrap
from importlib.metadata import version
from pathlib import Path

Rows = list[tuple[str, str, str, str]]
"""Lines of the table: what was done, what was measured, the bar, and whether it is kept."""

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
_HEAD = "| work | measured | target | met |"
_BEGIN, _END = "<!-- the table: make bench -->", "<!-- end of the table -->"


def machine() -> str:
    """What it was measured on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    tools = []
    for tool in (["lame", "--version"], ["ffmpeg", "-version"]):
        tools.append(subprocess.run(tool, capture_output=True, text=True, check=True).stdout.splitlines()[0])
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "pydub", "imageio-ffmpeg", "hibari-tts")
    )
    return (
        f"{model[1] if model else platform.processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}; {packages}; {'; '.join(tools)}."
    )


def lines() -> dict[str, str]:
    """The lines that stand in the page, by what was done."""
    table = PAGE.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0].strip().splitlines()
    return {line.split(" | ")[0]: line for line in table if line.startswith("| ") and line != _HEAD}


def write(rows: Rows, runs: int, whole: bool) -> None:
    """The page with these lines, and, unless they are the `whole` table, with those that were not measured anew."""
    measured = {f"| {row[0]}": f"| {' | '.join(row)} |" for row in rows}
    table = [_HEAD, "|---|---|---|---|", *(measured if whole else {**lines(), **measured}).values()]
    few = min(runs, 3)
    often = f"Each was measured {runs} times; pydub's quadratic form and memory {few} times."
    facts = textwrap.fill(f"{machine()} {often}", 100, break_on_hyphens=False)
    text = "\n".join((_BEGIN, "", facts, "", *table, "", _END))
    PAGE.write_text(
        re.sub(f"{_BEGIN}.*{_END}", lambda _: text, PAGE.read_text("utf-8"), flags=re.DOTALL), "utf-8"
    )
