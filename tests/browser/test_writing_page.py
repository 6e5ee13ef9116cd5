"""Writing scripts in a real browser: suggestions, the preview at the cursor, its sound, and files with undo."""

import re

import numpy as np
import pytest
from page_states import DESKTOP, PHONE, opened
from pages import teacher
from playwright.sync_api import expect
from servers import ready

from audio_builder.audio.pcm import wav_file
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

FRONT = "---\ntitle: Mine\nvoice: tone\nambience: none\nlength: 6m\n---\n\n"
SCRIPT = f"{FRONT}# Lie down {{figure lying-down}}\n\nLie down.\n\n# Rest {{figure asleep}}\n\nRest.\n\n[rest 2m..]\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, cache):
    everything = (
        "six-habits",
        "rest-frame",
        "psoas-release",
        "legs-on-chair",
        "knees-together",
        "leg-across",
    )
    return teacher(tmp_path_factory.mktemp("writer"), cache, strange=False, without=everything)


@pytest.fixture(scope="module")
def served(workspace):
    with ready(app(workspace, access_policy("token"))) as address:
        yield address


@pytest.fixture(autouse=True)
def folder(workspace):
    """The author's scripts, with one named `mine`. Others are deleted again."""
    scripts = workspace.finder.folders[0]
    before = {*scripts.rglob("*")}
    (scripts / "mine.md").write_text(SCRIPT, "utf-8")
    yield scripts
    for path in {*scripts.rglob("*")} - before:
        if path.is_file():
            path.unlink()


@pytest.fixture
def page(browser, served):
    with opened(browser, f"{served}/make", DESKTOP) as one:
        one.locator("#which").select_option("mine")
        one.locator("#open").click()
        expect(one.locator("#text")).to_have_value(SCRIPT)
        expect(one.locator("#text")).to_be_focused()
        yield one


def to_end(page, words):
    page.locator("#text").press("Control+End")
    page.keyboard.type(words)


def value(page):
    return page.locator("#text").input_value()


def put_cursor(page, at):
    page.locator("#text").evaluate(
        "(t, at) => { t.focus(); const n = t.value.indexOf(at); t.setSelectionRange(n, n); }", at
    )


def said(page, words):
    expect(page.locator("#write-status")).to_contain_text(words)


def test_directives_are_offered_and_taken_with_the_keyboard(page):
    to_end(page, "\n[br")
    offers = page.locator("#offers [role=option]")
    expect(offers.first).to_contain_text("[breathe 4-6 x8]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(offers.nth(1)).to_have_attribute("aria-selected", "true")
    assert page.locator("#text").get_attribute("aria-activedescendant") == "offer-1"
    page.keyboard.press("Enter")
    assert value(page).endswith("\n[breathe 4-6 x3 aloud]")
    expect(page.locator("#offers")).to_be_hidden()
    page.keyboard.press("Control+z")
    assert value(page).endswith("\n[br")


def test_a_new_line_stays_a_new_line_while_suggestions_are_shown(page):
    to_end(page, "\n[10s")
    expect(page.locator("#offers")).to_be_visible()
    page.keyboard.press("Enter")
    assert value(page).endswith("\n[10s\n")


def test_escape_hides_suggestions_and_tab_leaves_the_field(page):
    to_end(page, "\n[")
    expect(page.locator("#offers")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#offers")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator("#save")).to_be_focused()
    assert value(page).endswith("\n[")


@pytest.mark.parametrize(
    ("place", "typed", "taken"),
    [
        ("# Rest", "", "# Rest"),
        (" {figure asleep}", " {fix", "# Rest {fixed} {figure asleep}"),
        ("figure asleep}", "fixed, fro", "# Rest {fixed, from 20m}figure"),
        ("length: 6m", "amb", "ambience: "),
        ("length: 6m", "ambience: ra", "ambience: rain"),
        ("Rest.\n", "{si", "{side}"),
    ],
    ids=["nothing in plain words", "mark", "second mark", "key", "value", "slot"],
)
def test_what_fits_the_place_is_offered(page, place, typed, taken):
    put_cursor(page, place)
    page.keyboard.type(typed)
    if not typed:
        expect(page.locator("#offers")).to_be_hidden()
        return
    expect(page.locator("#offers")).to_be_visible()
    page.keyboard.press("Tab")
    assert taken in value(page)


def test_what_can_be_written_is_listed_beside_the_text_and_a_press_writes_it(page):
    page.get_by_text("What you can write").click()
    put_cursor(page, "Rest.\n")
    page.locator("#syntax-list").get_by_role("button", name="[bell]").click()
    assert "[bell]Rest." in value(page)


def test_the_figure_and_the_moment_of_the_line_are_shown(page):
    put_cursor(page, "Lie down.")
    expect(page.locator("#preview-about")).to_contain_text("Lie down, at 0:0")
    expect(page.locator("#preview-figure")).to_have_attribute("alt", re.compile("kneels on one knee"))
    put_cursor(page, "Rest.\n")
    expect(page.locator("#preview-about")).to_contain_text("Rest, at 0:")
    expect(page.locator("#preview-figure")).to_have_attribute("alt", re.compile("sleeps"))
    for image in ("#preview-figure", "#preview-timeline"):
        assert (
            page.locator(image).evaluate("async one => { await one.decode(); return one.naturalWidth; }")
            > 100
        )


def test_what_is_not_saved_is_previewed_and_heard_from_the_cursor(page, folder):
    put_cursor(page, "Rest.\n")
    page.keyboard.type("A sentence that nobody has heard before. ")
    expect(page.locator("#preview-about")).to_contain_text("estimated")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("() => document.querySelector('#said').duration > 55")
    assert page.locator("#said").evaluate("one => one.duration") < 62
    assert (folder / "mine.md").read_text("utf-8") == SCRIPT


def test_a_script_that_cannot_be_played_says_why(page):
    page.locator("#text").fill(SCRIPT.replace("[rest 2m..]", "[pauze 3s]"))
    page.locator("#play-here").click()
    said(page, "unknown directive [pauze 3s]")
    page.locator("#text").fill("---\ntitle: Short\nvoice: tone\n---\n\nLie down.\n")
    expect(page.locator("#preview-about")).to_contain_text("cannot last")


def test_a_script_is_saved_from_anywhere_and_can_be_composed_at_once(page, folder):
    to_end(page, "\n# More\n\nMore.\n")
    page.locator("#length").focus()
    page.keyboard.press("Control+s")
    said(page, "Saved.")
    assert "# More" in (folder / "mine.md").read_text("utf-8")
    expect(page.locator("#compose [name=script]")).to_have_value("mine")
    expect(page.locator("#told")).to_contain_text("More")


def test_what_was_written_survives_a_page_that_closes(page):
    to_end(page, "\nNot saved.\n")
    page.wait_for_function("() => localStorage.getItem('draft:mine')?.includes('Not saved.')")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.locator("#which").select_option("mine")
    page.locator("#open").click()
    page.locator("#draft-back").click()
    assert value(page).endswith("\nNot saved.\n")
    page.keyboard.press("Control+s")
    said(page, "Saved.")
    page.wait_for_function("() => localStorage.getItem('draft:mine') === null")


def open_script(page, name):
    page.locator("#which").select_option(name)
    page.locator("#open").click()
    expect(page.locator("#named")).to_have_text(f"Text of {name}")


def test_a_draft_is_offered_until_it_is_taken_or_forgotten_whatever_is_written_meanwhile(page):
    page.evaluate("localStorage.setItem('draft:mine', 'The first.')")
    open_script(page, "mine")
    expect(page.locator("#draft-row")).to_be_visible()
    to_end(page, "The second.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    open_script(page, "mine")
    page.locator("#draft-back").click()
    assert value(page) == f"{SCRIPT}The second."
    page.locator("#draft-back").click()
    assert value(page) == "The first."
    expect(page.locator("#draft-row")).to_be_hidden()


def test_what_is_written_is_kept_for_its_own_script_however_soon_another_is_opened(page):
    page.evaluate("localStorage.setItem('draft:pillow-under-knees', 'Another.')")
    page.on("dialog", lambda dialog: dialog.accept())
    to_end(page, "Mine.")
    open_script(page, "pillow-under-knees")
    page.locator("#draft-back").click()
    assert value(page) == "Another."
    open_script(page, "mine")
    page.locator("#draft-back").click()
    assert value(page) == f"{SCRIPT}Mine."


def test_a_script_with_the_line_ends_of_windows_is_unchanged_until_somebody_writes(page, folder):
    (folder / "mine.md").write_bytes(SCRIPT.replace("\n", "\r\n").encode())
    for name in ("pillow-under-knees", "mine", "pillow-under-knees"):
        open_script(page, name)  # without a question
    open_script(page, "mine")
    to_end(page, "More.\n")
    page.keyboard.press("Control+s")
    said(page, "Saved.")
    assert (folder / "mine.md").read_bytes() == f"{SCRIPT}More.\n".encode()


def name_it(page, button, name):
    page.get_by_text("Copy, rename or remove").click()
    page.locator(button).click()
    page.locator("#naming-field").fill(name)
    page.keyboard.press("Enter")


def test_a_copy_is_opened_and_listed(page, folder):
    name_it(page, "#copy", "mine-too")
    said(page, "This is the copy, mine-too.")
    assert 'title: "Mine (copy)"' in value(page)
    assert (folder / "mine-too.md").read_text("utf-8") == value(page)
    expect(page.locator("#compose [name=script]")).to_have_value("mine-too")


def test_a_name_that_is_taken_is_refused_where_it_is_typed(page):
    name_it(page, "#copy", "pillow-under-knees")
    expect(page.locator("#naming-problem")).to_contain_text("exists already")
    page.locator("#naming-field").fill("Not a name")
    page.keyboard.press("Enter")
    expect(page.locator("#naming-problem")).to_contain_text("lower-case letters")
    page.locator("#naming-not").click()
    expect(page.locator("#naming")).to_be_hidden()


def test_a_script_is_renamed(page, folder):
    name_it(page, "#rename", "ours")
    said(page, "Renamed from mine to ours.")
    assert (folder / "ours.md").is_file()
    assert not (folder / "mine.md").exists()
    assert "mine" not in page.locator("#which option").evaluate_all("all => all.map(one => one.value)")


def test_a_removed_script_can_be_brought_back(page, folder):
    page.get_by_text("Copy, rename or remove").click()
    page.locator("#remove").click()
    expect(page.locator("#undo-row")).to_contain_text("mine was removed.")
    expect(page.locator("#editor")).to_be_hidden()
    assert not (folder / "mine.md").exists()
    expect(page.locator("#undo")).to_be_focused()
    page.keyboard.press("Enter")
    said(page, "mine is back.")
    assert (folder / "mine.md").read_text("utf-8") == SCRIPT


def test_a_recording_is_brought_and_played_at_the_cursor(page, folder, tmp_path):
    sound = tmp_path / "My Welcome.wav"
    wave = 8000 * np.sin(np.arange(48_000) / 20)
    sound.write_bytes(wav_file(wave.astype("int16")))
    put_cursor(page, "Rest.\n")
    page.get_by_text("Recordings and pictures").click()
    page.locator("#bring-file").set_input_files(sound)
    expect(page.locator("#bring-status")).to_contain_text("my-welcome.wav was added")
    assert "[play my-welcome.wav: the words you say]Rest." in value(page)
    assert (folder / "my-welcome.wav").read_bytes() == sound.read_bytes()
    expect(page.locator("#faults-name")).not_to_contain_text("problem:")


def test_another_file_of_that_name_is_replaced_only_when_asked(page, folder, tmp_path):
    (folder / "mine.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><path/></svg>", "utf-8")
    drawing = tmp_path / "mine.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    page.get_by_text("Recordings and pictures").click()
    page.locator("#bring-file").set_input_files(drawing)
    expect(page.locator("#bring-status")).to_contain_text("another file named mine.svg")
    page.locator("#bring-replace").click()
    expect(page.locator("#bring-status")).to_contain_text("mine.svg was added")
    assert (folder / "mine.svg").read_text("utf-8") == drawing.read_text("utf-8")


def test_the_editor_works_on_a_phone(browser, served):
    with opened(browser, f"{served}/make", PHONE, has_touch=True) as page:
        page.locator("#which").select_option("mine")
        page.locator("#open").click()
        expect(page.locator("#text")).to_be_focused()
        to_end(page, "\n[be")
        page.locator("#offers [role=option]", has_text="[bell]").tap()
        assert value(page).endswith("\n[bell]")
        page.locator("#save").tap()
        said(page, "Saved.")
