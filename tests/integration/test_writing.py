"""Writing scripts over HTTP: drafts that are seen and heard, and files that are copied, removed and brought."""

import http.client
import io
from urllib.parse import urlsplit

import numpy as np
import pytest
from episodes import add_to_library, make_episode
from PIL import Image
from servers import ask, ready

from audio_builder.audio.pcm import wav_file
from audio_builder.build import open_session
from audio_builder.errors import AudioBuilderError
from audio_builder.library.removed import remove_episode
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.parse.directives import _READERS
from audio_builder.script.parse.marks import MARK_NAMES
from audio_builder.script.parse.parse import parse
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.script.vocabulary import DIRECTIVES, MARKS, SLOTS
from audio_builder.service.script_files import ScriptFiles
from audio_builder.units import FRAME_MS
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

FRONT = "---\ntitle: Mine\nvoice: tone\nambience: none\nlength: 6m\n"
BODY = "---\n\n# Lie down {figure lying-down}\n\nLie down.\n\n# Rest\n\nRest here.\n\n[rest 2m..]\n- Rest.\n"
TEXT = FRONT + BODY
SHIPPED = (
    *("six-habits.md", "rest-frame.md", "legs-on-chair.md", "knees-together.md"),
    *("cautions.toml", "pronunciation.toml"),
)
SOUND = wav_file((8000 * np.sin(np.arange(48_000) / 20)).astype("int16"))
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def photo(kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "#806040").save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    """An author's folder, and scripts that come with the program, in the voice of the tests."""
    base = tmp_path_factory.mktemp("writing")
    for name in ("own/scripts", "shipped"):
        (base / name).mkdir(parents=True)
    for path in map(shipped_folder().joinpath, SHIPPED):
        text = path.read_text("utf-8")
        text = text.replace("---\n", "---\nvoice: tone\n", 1) if path.suffix == ".md" else text
        (base / "shipped" / path.name).write_text(text, "utf-8")
    return Workspace(ScriptFinder((base / "own/scripts", base / "shipped")), base / "own/output", cache)


@pytest.fixture
def folder(workspace):
    """The author's folder, with one script in it and nothing else."""
    scripts = workspace.finder.folders[0]
    for path in scripts.rglob("*"):
        if path.is_file():
            path.unlink()
    (scripts / "mine.md").write_text(TEXT, "utf-8")
    return scripts


@pytest.fixture(scope="module")
def running(workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


@pytest.fixture
def server(running, folder):
    """The server, once the folder is as it was in the beginning."""
    assert folder.is_dir()
    return running


def post(server, path, body):
    return ask(f"{server}/api/{path}", "POST", body, Content_Type="application/json")


def bring(server, name, content, query=""):
    return ask(f"{server}/api/files/{name}{query}", "POST", content, Content_Type="application/octet-stream")


def read(server, name):
    return ask(f"{server}/api/scripts/{name}").json()


def everything(folder):
    return {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}


# What is offered


@pytest.mark.parametrize("sample", DIRECTIVES, ids=lambda sample: sample.text)
def test_every_directive_that_is_offered_can_be_written(sample):
    below = "\n- A sentence.\n- Another one.\n" if sample.text.startswith(("[rest", "[vary")) else "\n"
    positions = "positions: [one]\n" if "position" in sample.text else ""
    inside = f"You need {sample.text}." if sample.text == "[props]" else sample.text
    parse(
        f"{FRONT}{positions}props: [a chair]\n---\n\n# One\n\nLie down.\n\n{inside}{below}".encode(), "x", "x"
    )


@pytest.mark.parametrize("sample", MARKS, ids=lambda sample: sample.text)
def test_every_mark_that_is_offered_can_be_written(sample):
    front = FRONT.replace("length: 6m\n", "kind: position\nsides: [right, left]\n")
    parse(f"{front}---\n\n# One {sample.text}\n\nLie on the {{side}} side.\n".encode(), "x", "x")


def test_every_directive_and_mark_is_offered():
    written = {sample.text.strip("[]{}").split()[0].rstrip(":") for sample in (*DIRECTIVES, *MARKS, *SLOTS)}
    assert {*_READERS, "play", *MARK_NAMES, "side", "other"} <= written


def test_names_of_scripts_files_and_figures_are_offered(server, folder):
    (folder / "welcome.wav").write_bytes(SOUND)
    (folder / "Bell Sound.WAV").write_bytes(SOUND)
    (folder / "mine.svg").write_bytes(DRAWING)
    offered = {(one["where"], one["text"]) for one in ask(f"{server}/api/words").json()}
    assert {
        ("directive", "[include six-habits]"),
        ("directive", "[play welcome.wav: the words you say]"),
        ("directive", "[play Bell Sound.WAV: the words you say]"),
        ("key", "figure: mine.svg"),
        ("key", "figure: legs-on-chair"),
        ("mark", "{figure asleep}"),
        ("key", "ambience: rain"),
        ("key", "title: "),
    } <= offered


# Drafts


@pytest.mark.parametrize(
    ("line", "chapter", "alt"),
    [(1, "Lie down", "kneels"), (10, "Lie down", "kneels"), (14, "Rest", ""), (99, "Rest", "")],
)
def test_a_draft_is_previewed_at_its_line_and_nothing_is_written(server, folder, line, chapter, alt):
    before = everything(folder)
    text = TEXT.replace("Rest here.", "Rest here, on the floor.")
    told = post(server, "preview", {"name": "mine", "text": text, "line": str(line)}).json()
    assert (told["problem"], told["length_ms"], told["title"]) == ("", 360_000, "Mine")
    assert told["here"]["chapter"] == chapter
    figure = told["here"]["figure"]
    assert (alt in figure["alt"] and figure["image"].startswith("data:image/svg")) if alt else figure is None
    assert told["picture"].startswith("<svg")
    assert everything(folder) == before


def test_a_draft_of_a_new_script_and_of_a_position_can_be_previewed(server, folder):
    told = post(server, "preview", {"name": "not-there-yet", "text": TEXT}).json()
    assert told["title"] == "Mine"
    position = FRONT.replace("length: 6m", "kind: position\nframe: rest-frame") + BODY
    told = post(server, "preview", {"name": "a-new-position", "text": position, "length": "10m"}).json()
    assert "Getting up" in [one["title"] for one in told["chapters"]]
    assert not (folder / "not-there-yet.md").exists()


def test_a_draft_with_errors_names_them_and_one_that_is_too_short_says_so(server):
    answer = post(
        server, "preview", {"name": "mine", "text": TEXT.replace("[rest 2m..]\n- Rest.", "[pauze]")}
    )
    assert answer.status == 400
    assert answer.json()["errors"][0]["message"] == "unknown directive [pauze]"
    assert (
        "cannot last"
        in post(server, "preview", {"name": "mine", "text": f"{FRONT}---\n\nHi.\n"}).json()["problem"]
    )
    assert (
        "use a number" in post(server, "preview", {"name": "mine", "text": TEXT, "line": "x"}).json()["error"]
    )
    assert "lower-case" in post(server, "preview", {"name": "../up", "text": TEXT}).json()["error"]


def test_what_is_heard_is_what_a_build_gives(server, workspace):
    session = open_session("mine", BuildOptions(), workspace)
    cue = next(cue for cue in session.timeline.cues if cue.text == "Rest here.")
    heard = post(server, "hear", {"name": "mine", "text": TEXT, "line": str(cue.content.location.line)})
    assert (heard.status, heard.headers["content-type"]) == (200, "audio/mpeg")
    start = (cue.start - 400) // FRAME_MS
    assert heard.body == session.frames(start, start + len(heard.body) // 384)
    assert 60_000 <= len(heard.body) // 384 * FRAME_MS <= 60_100


def test_only_what_is_heard_is_spoken(server, cache):
    sentences = " ".join(f"This is sentence number {n} of a long talk." for n in range(60))
    before = len([*cache.folder.rglob("*.wav")])
    text = f"{FRONT}---\n\n# One\n\nA first sentence, quite new.\n\n[3m]\n\n{sentences}\n\n[rest 1m..]\n"
    heard = post(server, "hear", {"name": "mine", "text": text, "line": "10", "length": "30m"})
    assert heard.status == 200
    assert len([*cache.folder.rglob("*.wav")]) - before < 10


# Files


def test_a_copy_has_another_title_and_no_id(server, folder):
    (folder / "mine.md").write_text(TEXT.replace("title: Mine\n", 'title: "Mine"\nid: the-one\n'), "utf-8")
    told = post(server, "scripts/mine/copy", {"to": "mine-2"}).json()
    assert told["title"] == "Mine (copy)"
    assert (folder / "mine-2.md").read_text("utf-8") == TEXT.replace("title: Mine", 'title: "Mine (copy)"')
    copied = post(server, "scripts/six-habits/copy", {"to": "my-habits"}).json()
    assert (copied["own"], copied["kind"]) == (True, "session")


def test_a_script_is_renamed_removed_and_brought_back(server, folder):
    was = read(server, "mine")["was"]
    assert post(server, "scripts/mine/rename", {"to": "ours", "was": was}).json()["name"] == "ours"
    assert ask(f"{server}/api/scripts/mine").status == 404
    assert post(server, "scripts/ours/remove", {"was": was}).json() == {"shipped": False}
    assert not (folder / "ours.md").exists()
    assert post(server, "scripts/ours/restore", {}).json()["text"] == TEXT
    assert "No removed script" in post(server, "scripts/ours/restore", {}).json()["error"]


@pytest.mark.parametrize("own", ["", "id: the-one\n"])
def test_a_renamed_script_stays_the_same_episode(server, workspace, folder, own):
    (folder / "mine.md").write_text(TEXT.replace("title: Mine\n", f"title: Mine\n{own}"), "utf-8")
    add_to_library(workspace.out, make_episode("mine-6m", id="mine"))
    told = post(server, "scripts/mine/rename", {"to": "ours", "was": read(server, "mine")["was"]}).json()
    assert told["text"].count("\nid: ") == 1
    assert (own or "\nid: mine\n---") in told["text"]
    remove_episode(workspace.out, "mine-6m")


def test_an_own_version_of_a_shipped_script_can_be_removed(server, folder):
    (folder / "six-habits.md").write_text(TEXT, "utf-8")
    was = read(server, "six-habits")["was"]
    assert post(server, "scripts/six-habits/remove", {"was": was}).json() == {"shipped": True}
    assert read(server, "six-habits")["own"] is False
    (folder / "six-habits.md").write_text(TEXT, "utf-8")
    assert "has six-habits again" in post(server, "scripts/six-habits/restore", {}).json()["error"]


@pytest.mark.parametrize("action", ["rename", "remove"])
@pytest.mark.parametrize(
    "use",
    ["---\ntitle: U\n---\n\n[include mine]\n", "---\ntitle: U\npositions: [mine]\n---\n\n[positions]\n"],
)
def test_a_script_that_others_use_stays(server, folder, action, use):
    (folder / "user.md").write_text(use, "utf-8")
    answer = post(server, f"scripts/mine/{action}", {"to": "ours", "was": read(server, "mine")["was"]})
    assert answer.status == 400
    assert "user uses mine" in answer.json()["error"]
    assert (folder / "mine.md").exists()


@pytest.mark.parametrize("action", ["rename", "remove"])
def test_a_script_that_was_changed_meanwhile_or_comes_with_the_program_stays(server, folder, action):
    answer = post(server, f"scripts/mine/{action}", {"to": "ours", "was": "another"})
    assert (answer.status, (folder / "mine.md").exists()) == (409, True)
    answer = post(server, f"scripts/six-habits/{action}", {"to": "ours", "was": "x"})
    assert "comes with the program" in answer.json()["error"]


@pytest.mark.parametrize("to", ["six-habits", "mine", "Mine", "../up", "", "a b", "x" * 90, "吸" * 80, "nul"])
@pytest.mark.parametrize("action", ["copy", "rename"])
def test_names_that_are_taken_or_cannot_be_are_refused(server, folder, action, to):
    before = everything(folder)
    answer = post(server, f"scripts/mine/{action}", {"to": to, "was": read(server, "mine")["was"]})
    assert answer.status == 400
    assert everything(folder) == before


def test_an_unknown_action_names_the_known_ones(server):
    assert "copy, rename, remove or restore" in post(server, "scripts/mine/explode", {}).json()["error"]


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("My%20Welcome.WAV", SOUND, "my-welcome.wav"),
        ("photo.png", photo(), "photo.png"),
        ("C%3A%5Cfotos%5CMein%20Bild.JPG", photo("JPEG"), "mein-bild.jpg"),
        ("drawing.svg", DRAWING, "drawing.svg"),
    ],
)
def test_recordings_and_pictures_are_kept_under_names_that_every_system_can_have(
    server, folder, name, content, kept
):
    assert bring(server, name, content).json()["file"] == kept
    assert (folder / kept).read_bytes() == content
    assert bring(server, name, content).status == 200


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"words", "neither a recording nor a picture"),
        ("script.md", TEXT.encode(), "neither a recording nor a picture"),
        ("silent.wav", wav_file(np.zeros(48_000, np.int16)), "silent.wav: the recording is silent"),
        ("broken.mp3", b"not a sound", "broken.mp3: ffmpeg cannot read this file"),
        ("broken.png", b"not a picture", "broken.png: not a picture"),
        ("page.svg", b"<html/>", "not an SVG drawing"),
        ("bomb.svg", b"<!DOCTYPE a [<!ENTITY b 'c'>]><svg>", "page.svg|bomb.svg: not a picture"),
        ("huge.svg", DRAWING + b" " * 2_000_001, "at most 2"),
    ],
)
def test_what_cannot_be_used_is_refused_and_not_kept(server, folder, name, content, said):
    before = everything(folder)
    answer = bring(server, name, content)
    assert answer.status == 400
    assert any(part in answer.json()["error"] for part in said.split("|"))
    assert everything(folder) == before


def test_another_file_of_that_name_is_replaced_only_when_asked(server, folder):
    bring(server, "mine.svg", DRAWING)
    other = DRAWING.replace(b"/>", b"><g/></svg>")
    assert bring(server, "mine.svg", other).status == 409
    assert (folder / "mine.svg").read_bytes() == DRAWING
    assert bring(server, "mine.svg", other, "?replace=yes").status == 200
    assert (folder / "mine.svg").read_bytes() == other


def test_without_a_folder_of_the_authors_nothing_is_written_and_the_answer_says_how(
    tmp_path, cache, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    files = ScriptFiles(Workspace(ScriptFinder((shipped_folder(),)), tmp_path / "output", cache))
    for act in (lambda: files.copy("six-habits", "x"), lambda: files.take("a.svg", DRAWING, False)):
        with pytest.raises(AudioBuilderError, match="Create one named scripts"):
            act()
    assert files.files() == []


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(server):
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
    connection.putrequest("POST", "/api/files/rain.wav")
    connection.putheader("Content-Type", "application/octet-stream")
    connection.putheader("Content-Length", "200000000")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"This is too large: use at most 100 MB" in answer.read()) == (400, True)
    connection.close()
