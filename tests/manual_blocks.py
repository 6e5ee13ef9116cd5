"""The blocks of code in the pages of the manual: what reads or runs each, and the few that nothing runs."""

import re
from dataclasses import dataclass
from pathlib import Path

from common import ROOT

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(f"docs/{path.name}" for path in sorted(ROOT.glob("docs/*.md"))),
)
"""Every page with blocks of code. Decisions have none."""
IN_ORDER = ("docs/tutorial.md", "docs/recipes.md")
"""Pages whose files are saved and whose commands are run in order, in a fresh folder: test_manual_commands.py."""

READ_BY = {
    "markdown": "test_docs.py: scripts are checked, and complete ones planned",
    "yaml": "test_docs.py: front matter is checked",
    "python": "test_api.py: run as doctests",
    "toml": "test_docs.py: shows and batches are read",
    "json": "test_docs.py: read",
    "nginx": "test_caching_proxy.py: nginx runs with it",
}
"""What reads or runs a block, by its language."""

NOT_RUN = {
    r"audio-builder serve .*--(host|workers|store|hostname|public)\b": "test_serve, test_processes and test_hosting do",
    r"audio-builder serve": "the tutorial starts it",
    r"audio-builder watch": "test_watch does; it never ends",
    r"audio-builder publish s3:": "test_publish and test_schedule do, with a server of their own",
    r"audio-builder takes .*--(import|use)\b": "test_own_voice does, with recordings",
    r"audio-builder build .*--voice recorded:": "test_own_voice does, with recordings",
    r"audio-builder voices add\b": "test_voices_added does, with a mirror of its own",
    r"audio-builder build .*--voice piper:": "test_piper_voices does",
    r"audio-builder batch .*--cluster\b": "test_cluster does",
    r"audio-builder batch (?!.*--dry-run)": "test_batch_building does; the dry run of the same file runs",
    r"audio-builder import evening\.docx": "test_import does",
    r"make [a-z]+$|\.venv/bin/activate|source \.venv/bin/activate$": "CI does",
    r"(python -m )?pipx? (un)?install |python -m pip wheel |npm install ": "installers of others",
    r"mpc |vlc ": "test_home gives them to MPD, and the same to VLC",
    r"dask |(sudo )?(systemctl|journalctl) |curl |eval ": "programs of others",
    r"sudo (cp|python3 -m venv|/opt/)|podman ": "test_hosting_files does what it can without a system of its own",
}
"""Lines of a shell that this test does not run, and why: the first pattern that is found in the line counts."""

OTHER_BLOCKS = {
    ("docs/architecture.md", ""): "a drawing",
    ("docs/mp3.md", ""): "drawings",
    ("docs/translating.md", ""): "a part of a catalogue, of which test_catalogues reads all",
    ("docs/teachers.md", ""): "the description of a pose, whose keys test_figures checks",
    ("docs/teachers.md", "js"): "settings of remark",
    ("docs/podcast.md", ""): "settings of nginx, from what test_caching_proxy runs",
    ("docs/podcast.md", "crontab"): "a line for cron; test_schedule runs its command",
    ("docs/podcast.md", "ini"): "units of systemd; test_schedule runs their command",
    ("docs/recipes.md", "text"): "a text to import, which the recipe imports",
    ("docs/releasing.md", ""): "steps on the tag of a release, of which the tests build the same twice",
    ("docs/hosting.md", "text"): "settings of Prometheus",
    ("docs/home.md", "text"): "what test_home tries, and an action of Home Assistant",
}
"""Blocks that are not commands, and why nothing reads them, by page and language."""


@dataclass(frozen=True)
class Block:
    """A block of code. `saved_as` is the file that the text above says to save it as; `part` is its heading."""

    page: str
    language: str
    text: str
    part: str
    saved_as: str

    @property
    def lines(self) -> list[str]:
        """The lines of a shell, without comments and without the folder of the virtual environment."""
        written = (line.partition("  #")[0].strip() for line in self.text.splitlines())
        return [line.replace(".venv/bin/audio-builder", "audio-builder") for line in written if line]

    @property
    def is_commands(self) -> bool:
        """Whether every line is for a shell."""
        known = re.compile("|".join((r"(?:mkdir|cd|touch) [\w./-]+$", "audio-builder ", *NOT_RUN)))
        return self.language == "" and all(map(known.match, self.lines))


def blocks(page: str) -> list[Block]:
    """Return the blocks of code of a page."""
    text, found = (ROOT / page).read_text("utf-8"), []
    for match in re.finditer(r"^```([\w-]*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        before = re.sub(r"^```.*?^```", "", text[: match.start()], flags=re.MULTILINE | re.DOTALL)
        part = re.findall(r"^##? (.+)$", before, re.MULTILINE)[-1]
        saved = re.search(
            r"\b[Ss]ave this as `([^`]+)`", " ".join(before.rstrip().rsplit("\n\n", 1)[-1].split())
        )
        found.append(Block(page, match[1], match[2], part, saved[1] if saved else ""))
    return found


def reason(line: str) -> str:
    """Return why a line is not run, or "" if it is."""
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, line)), "")


def save(block: Block, folder: Path, name: str = "") -> None:
    """Save a block as the page says, or as `name`."""
    path = folder / (name or block.saved_as)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, "utf-8")
