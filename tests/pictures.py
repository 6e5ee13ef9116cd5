"""Take the pictures of the README and the manual: `make pictures`. Look at them before you commit them.

`make pictures ARGS=FOLDER` takes one of every state of the pages at every size instead, in light and dark and with text
of normal and double size, and puts those of a state on two sheets in that folder: nobody looks at hundreds of files.
Ten pages of the manual are there too.
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from page_states import STATES, opened
from pages import chromium, teacher
from PIL import Image
from servers import ready
from sphinx_manual import TEN, build_manual

from audio_builder.build import open_session
from audio_builder.options import BuildOptions
from audio_builder.pictures.timeline import timeline_svg
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.web.access import access_policy
from audio_builder.web.app import app

OUT = Path(__file__).parent.parent / "docs" / "pictures"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 1000}


def listening(page):
    """Type a length."""
    page.locator("#length").fill("20")
    page.locator("#length").press("Enter")
    page.wait_for_timeout(1500)
    page.locator("#length").blur()
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(500)


def playing(page):
    """Play a session and skip to a paced breath, in the middle of an out-breath."""
    listening(page)
    page.locator("#play").click()
    page.locator("#agreed").click()
    page.wait_for_timeout(2000)
    planned = page.request.get(f"{page.url}api/session?script=psoas-release&length=20m").json()
    page.evaluate(
        "(at) => { document.querySelector('#audio').currentTime = at; }",
        planned["breaths"][0]["start_ms"] / 1000 + 4,
    )
    page.wait_for_timeout(2000)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(500)


def making(page):
    """Choose positions, and edit a script that has an error."""
    page.locator("#chosen").check()
    page.locator("#open").click()
    page.wait_for_timeout(1000)
    text = page.locator("#text")
    text.fill(text.input_value().replace("[bell]", "[bel]", 1))
    page.wait_for_timeout(1500)
    page.locator("#faults button").first.click()
    page.wait_for_timeout(500)


def subscribing(page):
    """Show the page as it opens."""
    page.wait_for_timeout(500)


SHOTS = {
    "listen": ("/", listening),
    "player": ("/", playing),
    "make": ("/make", making),
    "subscribe": ("/subscribe?length=25m", subscribing),
}


SIZES = [(320, 640), (390, 844), (844, 390), (768, 1024), (1280, 900)]


def sheets(folder: Path) -> None:
    """Put every state at every size on sheets: one for text of normal size and one for double size."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scripts,
        chromium() as browser,
        ready(app(teacher(Path(scripts)), access_policy("token"))) as address,
    ):
        for name, (path, reach, _) in STATES.items():
            with opened(browser, f"{address}{path}", reduced_motion="reduce") as page:
                reach(page)
                page.evaluate("scrollTo(0, 0)")
                for text in (100, 200):
                    page.evaluate("size => { document.documentElement.style.fontSize = `${size}%` }", text)
                    rows = [[_shot(page, size, scheme) for size in SIZES] for scheme in ("light", "dark")]
                    _sheet(rows).save(folder / f"{name.replace(' ', '-')}-{text}.png")


def manual_sheets(folder: Path) -> None:
    """Put ten pages of the manual on sheets, each on a phone, on a desktop, and on a desktop at twice the size."""
    with tempfile.TemporaryDirectory() as built, chromium() as browser:
        site = build_manual(Path(built))
        for name in TEN:
            with opened(browser, (site / "docs" / f"{name}.html").as_uri()) as page:
                rows = [
                    [_shot(page, size, scheme) for size in ((390, 844), (1280, 1000), (640, 500))]
                    for scheme in ("light", "dark")
                ]
                _sheet(rows).save(folder / f"manual-{name}.png")


def _shot(page, size, scheme):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.emulate_media(color_scheme=scheme)
    page.wait_for_timeout(150)
    page.evaluate("scrollTo(0, 0)")
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def _sheet(rows):
    """Return a picture of rows of pictures, each on grey."""
    gap = 12
    width = max(sum(one.width + gap for one in row) for row in rows)
    height = sum(max(one.height for one in row) + gap for row in rows)
    sheet, top = Image.new("RGB", (width, height), "#808080"), 0
    for row in rows:
        left = 0
        for one in row:
            sheet.paste(one, (left, top))
            left += one.width + gap
        top += max(one.height for one in row) + gap
    return sheet


def timeline() -> str:
    """Return the timeline of a session of twelve minutes, in the voice that readers hear."""
    options = BuildOptions.parse(length="12m")
    return timeline_svg(
        open_session("legs-on-chair", options, Workspace(ScriptFinder((shipped_folder(),)))).timeline
    )


def main() -> None:
    """Draw a timeline, and take a dark picture of every page on a phone and a light one on a desktop; or all on sheets.

    With `timeline` as argument, only draw that.
    """
    OUT.mkdir(exist_ok=True)
    if sys.argv[1:] != ["timeline"] and len(sys.argv) > 1:
        sheets(Path(sys.argv[1]))
        manual_sheets(Path(sys.argv[1]))
        return
    (OUT / "timeline.svg").write_text(timeline(), "utf-8")
    if len(sys.argv) > 1:
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        ready(app(teacher(Path(folder), strange=False), access_policy("token"))) as address,
    ):
        for kind, viewport, scheme in (("phone", PHONE, "dark"), ("desktop", DESKTOP, "light")):
            for name, (path, reach) in SHOTS.items():
                context = browser.new_context(viewport=viewport, color_scheme=scheme)
                page = context.new_page()
                page.goto(f"{address}{path}")
                reach(page)
                whole = name in ("make", "subscribe")
                page.screenshot(path=OUT / f"{name}-{kind}.png", full_page=whole)
                context.close()


if __name__ == "__main__":
    main()
