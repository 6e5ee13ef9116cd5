"""Figures over HTTP: each chapter's figure can be fetched, and an author's own drawing can do no harm."""

from xml.etree import ElementTree

import pytest
from servers import ask, ready

from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
POSE = "{alt: Curled up., trunk: on the side, legs: {hip: 100, knee: 110}}"


@pytest.fixture(scope="module")
def served(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("figures")
    (folder / "mine.svg").write_text(DRAWING, "utf-8")
    (folder / "gone.svg").write_text(DRAWING, "utf-8")
    for name, figure in (("drawn", "mine.svg"), ("posed", POSE), ("plain", ""), ("lost", "gone.svg")):
        line = f"figure: {figure}\n" if figure else ""
        text = (
            f"---\ntitle: {name}\nvoice: tone\nlength: 6m\n{line}---\n\nLie down.\n\n[rest 1m..]\n- Rest.\n"
        )
        (folder / f"{name}.md").write_text(text, "utf-8")
    for path in shipped_folder().iterdir():
        text = path.read_text("utf-8")
        text = text.replace("---\n", "---\nvoice: tone\n", 1) if path.suffix == ".md" else text
        (folder / path.name).write_text(text, "utf-8")
    workspace = Workspace(ScriptFinder((folder,)), folder / "output", cache)
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


def shown(served, script, query=""):
    return ask(f"{served}/api/session?script={script}{query}").json()


def test_the_figure_of_each_chapter_can_be_fetched(served):
    session = shown(served, "psoas-release", "&voice=tone&length=40m")
    for facts in (session, *session["chapters"]):
        answer = ask(f"{served}/figures/psoas-release/{facts['figure']['file']}")
        assert answer.status == 200
        assert answer.headers["content-type"] == "image/svg+xml"
        assert ElementTree.fromstring(answer.body).attrib["aria-label"] == facts["figure"]["alt"]
    files = {chapter["figure"]["file"] for chapter in session["chapters"]}
    assert {"legs-on-chair.svg", "leg-across.svg", "leg-across-left.svg", "getting-up.svg"} <= files


def test_a_session_without_a_figure_has_none(served):
    session = shown(served, "plain")
    assert session["figure"] is None
    assert [chapter["figure"] for chapter in session["chapters"]] == [None]


@pytest.mark.parametrize(("script", "alt"), [("drawn", "drawn"), ("posed", "Curled up.")])
def test_an_authors_own_figure_is_shown_and_cannot_run_scripts(served, script, alt):
    figure = shown(served, script)["figure"]
    assert figure["alt"] == alt
    answer = ask(f"{served}/figures/{script}/{figure['file']}")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert (answer.body == DRAWING.encode()) == (script == "drawn")
    again = ask(f"{served}/figures/{script}/{figure['file']}", If_None_Match=answer.headers["etag"])
    assert again.status == 304


@pytest.mark.parametrize(
    "path", ["plain/own-123.svg", "plain/legs-on-chiar.svg", "nobody/asleep.svg", "drawn/mine.svg"]
)
def test_a_figure_that_does_not_exist_is_not_found(served, path):
    assert ask(f"{served}/figures/{path}").status == 404


def test_a_drawing_that_was_deleted_is_an_error_that_says_so(served, tmp_path_factory):
    file = shown(served, "lost")["figure"]["file"]
    next(tmp_path_factory.getbasetemp().glob("figures*/gone.svg")).unlink()
    answer = ask(f"{served}/figures/lost/{file}")
    assert answer.status == 400
    assert 'no picture named "gone.svg"' in answer.body.decode()


def test_the_list_of_scripts_names_the_figure_of_each(served):
    rows = {row["name"]: row for row in ask(f"{served}/api/scripts").json()}
    assert rows["psoas-release"]["figure"]["file"] == "legs-on-chair.svg"
    assert rows["knees-together"]["figure"]["file"] == "knees-together.svg"
    assert rows["plain"]["figure"] is None
