"""Every command in the manual does what its page says: the tutorial and the recipes in order, the rest page by page."""

import re
import shlex

import pytest
from example_files import write_files
from manual_blocks import IN_ORDER, PAGES, blocks, reason, save
from servers import ask, serving

from audio_builder.errors import InvalidValue
from audio_builder.script.search import script_template, shipped_folder
from audio_builder.units import duration

LONGEST_BUILT = 5 * 60_000
"""Longer sessions are planned instead of built, because encoding takes long."""


def quick(line, folder):
    """Return the arguments of a command that is run in a folder, with a voice that is quick."""
    _, command, *arguments = shlex.split(line)
    if command == "build":
        lengths = re.findall(r"--length (\S+)", line)
        is_default = not arguments or arguments[0].startswith("-")
        if (
            is_default
            or _length(lengths[0] if lengths else _own_length(arguments[0], folder)) > LONGEST_BUILT
        ):
            command = "plan"
        if "--voice" not in arguments:
            arguments += ["--voice", "tone"]
    return [command, *arguments]


def _length(text):
    try:
        return duration(text)
    except InvalidValue:
        return 0


def _own_length(script, folder):
    """Return the length that a script of the folder, or a shipped one, has in its front matter, or "0s"."""
    places = (folder / script, folder / "scripts" / f"{script}.md", shipped_folder() / f"{script}.md")
    path = next(path for path in places if path.is_file())
    lengths = re.findall(r"^length: (\S+)$", path.read_text("utf-8"), re.MULTILINE)
    return lengths[0] if lengths else "0s"


def test_the_tutorial_works_from_its_first_line_to_its_last(audio_builder, home, tmp_path):
    """As printed, in the voice that readers hear. What the page says to expect is in `expected`."""
    expected = {
        "audio-builder check scripts/evening.md      # it complains": (1, "this file is empty"),
        "audio-builder plan evening --length 6m": (0, "Evening rest: 6m"),
        "audio-builder plan evening --length 20m": (0, "Evening rest: 20m"),
        "audio-builder library": (0, "evening-15m-rain"),
    }
    served, folder = [], tmp_path / "audio-builder"
    folder.mkdir()
    for block in blocks("docs/tutorial.md"):
        if block.language:
            save(block, folder, block.saved_as or "scripts/evening.md")
            continue
        for written in filter(None, map(str.strip, block.text.splitlines())):
            line = written.partition("  #")[0].strip()
            if line.startswith("mkdir "):
                (folder / line.removeprefix("mkdir ")).mkdir()
            elif line.startswith("cd "):
                folder = (folder / line.removeprefix("cd ")).resolve()
            elif line.startswith("touch "):
                (folder / line.removeprefix("touch ")).touch()
            elif line == "audio-builder serve":
                with serving(folder, home) as address:
                    served.append(ask(f"{address}/").status == ask(f"{address}/feed.xml").status == 200)
            elif line != "source .venv/bin/activate":
                result = audio_builder(*shlex.split(line)[1:], folder=folder)
                status, words = expected.pop(written, (0, ""))
                assert (result.status, words in result.out + result.err) == (status, True), (
                    f"{line}: {result}"
                )
    assert not expected, "the page has other commands"
    assert served and all(served)
    assert {path.name for path in (folder / "output").glob("*.mp3")} == {
        "evening-8m.mp3",
        "evening-15m-rain.mp3",
    }
    assert (folder / "evening.svg").exists()
    assert (folder / "web" / "feed.xml").read_text("utf-8").count("<item>") == 2


def _recipes():
    found = {}
    for block in blocks("docs/recipes.md"):
        found.setdefault(block.part, []).append(block)
    return found


@pytest.mark.parametrize("recipe", _recipes())
def test_each_recipe_works_in_a_fresh_folder(recipe, audio_builder, tmp_path):
    (tmp_path / "scripts").mkdir()
    write_files(tmp_path / "scripts")
    for block in _recipes()[recipe]:
        if block.language:
            save(block, tmp_path, block.saved_as or "evening.txt")
            continue
        for line in block.lines:
            if not reason(line):
                result = audio_builder(*quick(line, tmp_path), folder=tmp_path)
                assert result.status == 0, f"{line}: {result.err or result.out}"


@pytest.mark.parametrize("page", [page for page in PAGES if page not in IN_ORDER])
def test_each_command_of_the_other_pages_works_in_a_folder_of_a_teacher(page, audio_builder, tmp_path):
    commands = [
        line for block in blocks(page) if block.is_commands for line in block.lines if not reason(line)
    ]
    (tmp_path / "scripts").mkdir()
    write_files(tmp_path / "scripts")
    (tmp_path / "scripts" / "heels-on-wall.md").unlink()
    (tmp_path / "scripts" / "my-evening.md").write_text(script_template("my-evening"), "utf-8")
    (tmp_path / "scripts" / "show.toml").write_text(_show(), "utf-8")
    for block in blocks(page):
        if block.saved_as:
            save(block, tmp_path)
    for line in commands:
        result = audio_builder(*quick(line, tmp_path), folder=tmp_path)
        is_report = shlex.split(line)[1] in ("doctor", "takes")  # whose status says what is missing
        assert result.status in ((0, 1) if is_report else (0,)), f"{line}: {result.err or result.out}"


def _show():
    return next(block.text for block in blocks("docs/podcast.md") if block.language == "toml")
