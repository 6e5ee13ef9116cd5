"""What the pages say is true: their examples parse, their commands exist with these options."""

import json
import re
import shlex
import tomllib

import msgspec
import pytest
import reading_order
from common import ROOT, TESTS
from example_files import complete, write_files
from manual_blocks import OTHER_BLOCKS, PAGES, READ_BY, blocks, reason

from audio_builder.batch.date_rules import read_dates, slots
from audio_builder.batch.expand import expand
from audio_builder.batch.file import read_batch
from audio_builder.batch.prepare import prepare_batch
from audio_builder.batch.values import FIELDS
from audio_builder.build import preview
from audio_builder.cli.main import group
from audio_builder.diagnostics.report import check
from audio_builder.options import BuildOptions
from audio_builder.podcast.show import Show
from audio_builder.request import Workspace, resolve
from audio_builder.script.parse.directives import _EXAMPLES
from audio_builder.script.parse.front_rules import KEYS
from audio_builder.script.parse.marks import MARK_NAMES
from audio_builder.script.parse.parse import parse
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.script.vocabulary import DIRECTIVES, MARKS, SLOTS

DAYS = ("01-05", "01-12", "01-19", "01-26", "02-02", "02-09", "02-16")
"""The Tuesdays of the example of a batch."""


def _text(page):
    return (ROOT / page).read_text("utf-8")


def _blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", _text(page), re.MULTILINE | re.DOTALL)


def _examples():
    """Yield every example of a script, and of front matter, in a code block, with its page as its id."""
    for page in PAGES:
        for language in ("markdown", "yaml"):
            yield from (pytest.param(block, id=page) for block in _blocks(page, language))


@pytest.mark.parametrize("block", list(_examples()))
def test_an_example_of_a_script_has_no_errors_and_a_complete_one_can_be_built_as_printed(block, tmp_path):
    """A complete script has front matter and a body. Front matter alone, and a part of a body, get the rest."""
    path = tmp_path / "example.md"
    path.write_text(complete(block), "utf-8")
    write_files(tmp_path)
    workspace = Workspace(ScriptFinder((tmp_path, shipped_folder())))
    report = check(str(path), workspace)
    assert report.errors == ()
    if complete(block) == block and "title: Evening rest\n---" not in block:  # the tutorial begins with less
        assert report.advice == ()
        assert preview(resolve(str(path), BuildOptions(), workspace.finder), workspace).length > 0


def test_the_first_page_of_a_teacher_can_be_built_at_the_lengths_that_the_page_says(tmp_path):
    path = tmp_path / "evening-rest.md"
    path.write_text(_blocks("docs/teachers.md", "markdown")[0], "utf-8")
    workspace = Workspace(ScriptFinder((tmp_path, shipped_folder())))
    for length in (None, "25m"):
        options = BuildOptions.parse(length=length) if length else BuildOptions()
        timeline = preview(resolve(str(path), options, workspace.finder), workspace)
        assert timeline.length == (25 if length else 6) * 60_000


def _rows_of_notation():
    """Yield each code span in the first column of the tables that say what you write in a script."""
    for page in PAGES:
        tables = r"^\| you write .*\n\|[-|]+\|\n((?:\|.*\n)+)"
        for table in re.findall(tables, _text(page), re.MULTILINE):
            for row in table.splitlines():
                yield from re.findall(r"`([^`]+)`", row.split("|")[1])


@pytest.mark.parametrize("span", list(_rows_of_notation()))
def test_what_the_tables_say_to_write_is_understood(span):
    front, heading, body = "", "# A", "Words."
    if span.startswith("#"):
        heading = span
    elif span.startswith("["):
        more = "\n- Rest.\n- Lie still." if span.startswith(("[rest", "[vary")) else ""
        body = f"You need {span}." if span == "[props]" else f"Words.\n\n{span}{more}"
    else:
        front = f"kind: position\n{span}\n" if span.startswith("frame:") else f"{span}\n"
    script = parse(f"---\ntitle: A\n{front}---\n\nWords.\n\n{heading}\n\n{body}\n".encode(), "example")
    assert script.front.title


def _commands():
    for page in PAGES:
        for block in blocks(page):
            if block.is_commands:
                yield from ((page, line) for line in block.lines if line.startswith("audio-builder "))


@pytest.mark.parametrize(("page", "line"), list(_commands()))
def test_commands_on_the_page_are_understood(page, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, name, *arguments = shlex.split(line)
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


def test_the_page_of_commands_lists_every_command():
    text = _text("docs/commands.md")
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
def test_the_marks_around_a_block_of_code_are_alone_on_their_lines(page):
    """Otherwise the block is text, and its commands are neither run nor easy to copy."""
    marks = [line.strip() for line in page.read_text("utf-8").splitlines() if "```" in line]
    assert [mark for mark in marks if not re.fullmatch(r"`{3,}({\w+} ?\w*|\w*)", mark)] == []


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


def test_the_complete_batch_is_the_one_in_the_examples_and_asks_for_what_the_page_says():
    block = next(block for block in _blocks("docs/batch.md", "toml") if "[[exclude]]" in block)
    path = ROOT / "examples" / "year.toml"
    assert path.read_text("utf-8") == block
    workspace = Workspace(ScriptFinder((shipped_folder(),)))
    batch = prepare_batch(path, workspace)
    assert batch.problems == []
    assert len(batch.sessions) == 10
    assert sum(bool(session.options.draft) for session in batch.sessions) == 3
    dates = [session.options.date for session in batch.sessions if session.options.date]
    assert dates == [f"2027-{day}T06:00:00+00:00" for day in DAYS]


@pytest.mark.parametrize("block", _blocks("docs/batch.md", "toml"))
def test_every_batch_on_the_page_is_read(block, tmp_path):
    (tmp_path / "year.toml").write_text(block, "utf-8")
    assert expand(read_batch(tmp_path / "year.toml", ScriptFinder((shipped_folder(),))))


def test_every_date_on_the_page_of_batches_is_understood():
    rows = re.findall(r"^\| (`date = .*?) \|", _text("docs/batch.md"), re.MULTILINE)
    spans = [span for row in rows for span in re.findall(r"`(.+?)`", row)]
    assert len(spans) == 8
    for span in spans:
        value = span.removeprefix("date = ").replace("…", "2027-01-01")
        assert next(slots(read_dates(tomllib.loads(f"date = {value}")["date"])))


def test_the_page_of_batches_names_every_key():
    names = set(re.findall(r"`([\w-]+)`", _text("docs/batch.md")))
    assert {*FIELDS, "name", "date", "draft", "feed"} <= names


def test_every_attack_on_the_page_is_a_test_of_the_kind_that_it_is_said_to_be():
    where = {}
    for path in TESTS.rglob("test_*.py"):
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE):
            where[name] = path.parent.name
    rows = [line.split("|")[-2] for line in _text("docs/attacks.md").splitlines() if "`test_" in line]
    assert len(rows) >= 60
    for cell in rows:
        for name in re.findall(r"`(test_\w+)`", cell):
            assert name in where, name
            assert (where[name] == "soak") == ("◦" in cell), name


def test_every_block_of_code_is_run_or_read_or_listed_with_its_reason():
    """See tests/manual_blocks.py."""
    unknown = [
        f"{page}: {block.text.splitlines()[0]}"
        for page in PAGES
        for block in blocks(page)
        if not (block.is_commands or block.language in READ_BY or (page, block.language) in OTHER_BLOCKS)
    ]
    assert unknown == []


def test_every_line_that_is_not_run_has_a_reason_that_is_needed():
    lines = [line for page in PAGES for block in blocks(page) if block.is_commands for line in block.lines]
    assert {line for line in lines if reason(line)} and {line for line in lines if not reason(line)}
    used = {(block.page, block.language) for page in PAGES for block in blocks(page) if not block.is_commands}
    assert set(OTHER_BLOCKS) <= used


def test_json_on_the_pages_is_read():
    assert [json.loads(block) for page in PAGES for block in _blocks(page, "json")]


def _headings(page):
    return re.findall(r"^### `(.+?)`$", _text(page), re.MULTILINE)


def test_the_language_reference_has_an_entry_for_every_directive_mark_slot_and_key():
    headings = _headings("docs/language.md")
    names = {re.match(r"[\[{]?(\w[\w-]*)", heading)[1] for heading in headings}
    directives = {*_EXAMPLES, *(re.match(r"\[(\w+)", text)[1] for text, _ in DIRECTIVES)} - {"10s", "pause"}
    marks = {*MARK_NAMES, *(re.match(r"\{(\w+)", text)[1] for text, _ in MARKS)}
    assert {heading for heading in headings if heading.startswith("[")} == {
        "[10s]",
        "[10s..40s]",
        *(f"[{name}]" for name in directives),
    }
    assert {heading for heading in headings if heading.startswith("{")} == {
        *(f"{{{name}}}" for name in marks),
        *(text for text, _ in SLOTS),
    }
    assert [heading for heading in headings if heading[0] not in "[{"] and set(KEYS) <= names
    assert {heading for heading in headings if heading[0] not in "[{"} == set(KEYS)


def _entries(page):
    """Return the text of each entry of a reference by its heading."""
    pieces = re.split(r"^### `(.+?)`$", _text(page), flags=re.MULTILINE)
    texts = (re.split(r"^## ", text, flags=re.MULTILINE)[0] for text in pieces[2::2])
    return dict(zip(pieces[1::2], texts, strict=True))


def test_every_directive_has_an_example_and_its_timeline():
    for name, text in _entries("docs/language.md").items():
        if name.startswith("["):
            assert "```markdown" in text and "<!-- manual: timeline" in text, name
        elif name[0] not in "[{" and name != "fill":
            assert "```" in text, name


def test_the_index_of_the_manual_has_its_parts_in_order_and_every_link_once():
    parts = reading_order.parts(_text("docs/index.md"))
    assert list(parts) == ["Start", "Listen", "Teach", "Publish", "Reference", "Behind the scenes"]
    pages = [page for found in parts.values() for page in found]
    assert len(pages) == len(set(pages))
    assert {page for page in pages if not page.startswith("../")} <= {
        path.name for path in ROOT.glob("docs/*.md")
    }
