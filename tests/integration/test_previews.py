"""Commands that only show something change no file of their user, and the docs name every module that writes."""

import ast
import re
from pathlib import Path

import pytest
from episodes import add_to_library, make_episode

ROOT = Path(__file__).parents[2]
SHOW = """title = "Lie down"
author = "The floor"
description = "Sessions."
categories = ["Education"]
base_url = "https://example.org/"
"""
BATCH = 'scripts = ["rest"]\nlengths = ["5m", "6m"]\nquality = "mono"\ndate = "every day from 2027-01-01"\n'
SCRIPT = "---\ntitle: Rest\nvoice: tone\n---\n\nLet go. [4m..]\n"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, audio_builder):
    """A folder with a script, a show, and a library with a feed, a session that is new and one that waits."""
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    (folder / "scripts" / "rest.md").write_text(SCRIPT, "utf-8")
    (folder / "year.toml").write_text(BATCH, "utf-8")
    assert audio_builder("build", "rest", "--length", "5m", "--quality", "mono", folder=folder).status == 0
    add_to_library(folder / "output", make_episode("evening-20m"))
    for command in (("feed",), ("publish", "web")):
        assert audio_builder(*command, folder=folder).status == 0
    add_to_library(folder / "output", make_episode("morning-10m", length_ms=600_000))
    add_to_library(folder / "output", make_episode("later-10m", length_ms=600_000, date="2100-01-01"))
    return folder


def everything(folder):
    """Return the content and the modification date of each file and folder."""
    return {
        path.relative_to(folder): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in (folder, *folder.rglob("*"))
    }


PREVIEWS = [
    "feed --as-of 2100-01-02",
    "feed --as-of 2100-01-02 --json",
    "feed --as-of 2020-01-01",
    "feed --as-of 2100-01-02 --reissue evening-20m",
    "feed --as-of 2100-01-02 --base-url https://example.com/",
    "publish web --dry-run",
    "publish web --dry-run --json",
    "publish web --dry-run --as-of 2100-01-02",
    "publish web --dry-run --withdraw evening-20m",
    "publish web --dry-run --prune 0d",
    "publish elsewhere --dry-run",
    "batch year.toml --dry-run",
    "batch year.toml --dry-run --json",
    "plan rest --length 6m",
    "plan rest --length 6m --json",
    "check",
    "check --json",
    "check --spoken",
    "library",
    "library --json",
    "inspect output/rest-5m-mono.mp3",
    "inspect output/rest-5m-mono.mp3 --json",
    "scripts",
    "scripts --json",
    "voices",
    "voices search de",
    "schema",
    "doctor",
    "cache",
]


@pytest.mark.parametrize("command", PREVIEWS)
def test_a_preview_writes_nothing(command, teacher, audio_builder):
    before = everything(teacher)
    result = audio_builder(*command.split(), folder=teacher)
    assert result.status == 0, result.err
    assert everything(teacher) == before


WRITING_CALLS = re.compile(
    r"\b(write_text|write_bytes|write_atomically|atomic_writer|transaction|copyfile|mkdir|touch|unlink|rmtree)\("
    r"|\b(mkstemp|mkdtemp|NamedTemporaryFile|TemporaryDirectory)\("
    r"|\.open\(\"[wax]"
)


def test_the_docs_name_every_module_that_writes():
    table = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("## What writes where")[2]
    named = set(re.findall(r"`([\w/]+)`", table))
    writing = set()
    for path in sorted((ROOT / "audio_builder").rglob("*.py")):
        source = path.read_text("utf-8")
        code = ast.unparse(ast.parse(source)).replace("'", '"')
        if WRITING_CALLS.search(code):
            writing.add(path.relative_to(ROOT / "audio_builder").with_suffix("").as_posix())
    assert writing - {"files"} <= named
