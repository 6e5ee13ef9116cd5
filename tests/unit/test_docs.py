"""What the pages say is true: their examples parse, their commands exist with these options."""

import re
import shlex
import tomllib

import msgspec
import pytest
from conftest import ROOT

from audio_builder.cli.main import group
from audio_builder.podcast.show import Show
from audio_builder.script.parse.parse import parse

PAGES = ("README.md", "docs/teachers.md", "docs/podcast.md", "docs/page.md")


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


def test_decisions_are_numbered_without_gaps_and_carry_their_number_in_the_title():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        assert re.match(rf"# {page.name[:4]}: \w", page.read_text("utf-8")), page.name


def _links(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'<img src="([^"]+)"', text)]


def _anchors(page):
    """Return the anchors of a page's headings as repository hosts form them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_or_heading_of_the_repository_resolves(page):
    broken = []
    for link in _links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if ":" in link or (target.exists() and (not anchor or anchor in _anchors(target))):
            continue
        broken.append(link)
    assert broken == []


def test_the_readme_lists_every_command():
    text = (ROOT / "README.md").read_text("utf-8")
    table = set(re.findall(r"^\| `audio-builder ([a-z]+)", text, re.MULTILINE))
    assert table == set(group.list_commands(None))


def test_every_decision_has_context_decision_and_consequences():
    """Each section begins with a sentence or a list."""
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        sections = re.split(r"^## (.+)\n+", page.read_text("utf-8"), flags=re.MULTILINE)[1:]
        assert sections[::2] == ["Context", "Decision", "Consequences"], page.name
        assert all(re.match(r"[\w*`“(|-]", text) for text in sections[1::2]), page.name


PROSE = [page for page in DOCUMENTS if ".github" not in page.parts]  # hosts keep the line breaks of templates


@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_of_prose_have_at_most_100_characters(page):
    long, code = [], False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        code ^= line.startswith("```")
        if len(line) > 100 and not code and not line.startswith(("|", "<img")):
            long.append(number)
    assert long == []


def test_the_show_on_the_podcast_page_is_read():
    for block in _blocks("docs/podcast.md", "toml"):
        if block.startswith("title"):
            assert msgspec.convert(tomllib.loads(block), Show).base_url
