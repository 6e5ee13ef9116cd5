"""What the pages say is true: their examples parse, their commands exist with these options."""

import re
import shlex

import pytest
from conftest import ROOT

from audio_builder.cli.main import group
from audio_builder.script.parse.parse import parse

PAGES = ("README.md", "docs/teachers.md")


def _blocks(page, language):
    text = (ROOT / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_scripts_on_the_page_parse(page):
    for block in _blocks(page, "markdown"):
        if block.startswith("---"):
            whole = block if "# " in block else f"{block}\n[positions]\n"
            assert parse(whole, "example").front.title


def _commands():
    for page in PAGES:
        for block in _blocks(page, ""):
            for line in block.splitlines():
                if match := re.match(
                    r"(?:\.venv/bin/)?audio-builder (.*?)(?: {2,}.*)?$", line.partition("  #")[0]
                ):
                    yield page, match[1]


@pytest.mark.parametrize(("page", "line"), list(_commands()))
def test_commands_on_the_page_are_understood(page, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name, *arguments = shlex.split(line)
    command = group.get_command(None, name)
    assert command is not None, f"{page}: {line}"
    with command.make_context(name, arguments) as context:
        assert context.params is not None


def test_each_decision_has_its_number_and_says_what_was_decided():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {page.name[:4]}: ")
        assert "Deci" in text
