"""What the tests of the web pages share: scripts that the test voice has spoken, and a real browser."""

import sys
from collections.abc import Collection
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, expect, sync_playwright
from servers import needed

from audio_builder.cache import Cache
from audio_builder.options import BuildOptions
from audio_builder.planning.wording import sounds
from audio_builder.request import Workspace, resolve
from audio_builder.script.model import Line
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.speech.narrate import narrate
from audio_builder.speech.pronunciation import pronunciation

expect.set_options(timeout=20_000)  # ms: a busy machine is slow, and what is there at once costs nothing
STRANGE = "<img src=x onerror=document.title='broken'>"
# without these options, Chromium contacts its maker's servers each time it starts
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
NAMED = ["--host-resolver-rules=MAP floor.example 127.0.0.1"]


def teacher(
    folder: Path, cache: Cache | None = None, strange: bool = True, without: Collection[str] = ()
) -> Workspace:
    """Return a workspace with copies of the shipped scripts except some, already spoken by the test voice.

    With `strange` there is also a script whose title is HTML.
    """
    scripts = folder / "scripts"
    scripts.mkdir()
    for path in sorted(path for path in shipped_folder().iterdir() if path.stem not in without):
        text = path.read_text("utf-8")
        if path.suffix == ".md":
            text = text.replace("---\n", "---\nvoice: tone\n", 1)
        (scripts / path.name).write_text(text, "utf-8")
    front = f"---\ntitle: {STRANGE!r}\nsummary: <b>Bold</b>\nvoice: tone\n---\n\n"
    if strange:
        (scripts / "strange.md").write_text(f"{front}# \\{STRANGE}\n\nLie down.\n\n[rest 2m..]\n", "utf-8")
    cache = cache or Cache(folder / "cache")
    workspace = Workspace(ScriptFinder((scripts,)), folder / "output", cache, workers=2)
    speak_all(workspace)
    return workspace


def speak_all(workspace: Workspace) -> None:
    """Speak every script of a workspace at once: one start of the voice's processes instead of one for each script."""
    requests = [resolve(name, BuildOptions(), workspace.finder) for name in workspace.finder.scripts()]
    lines = {
        line: place
        for request in requests
        for line, place in sounds(request.script).items()
        if isinstance(line, Line)
    }
    words = pronunciation(requests[0].script, workspace.finder)
    narrate(lines, requests[0].cast.main, workspace.cache, words, workspace.workers)


@contextmanager
def chromium(*more: str):
    """Run Chromium without a window. Nothing plays in it before the user presses something."""
    with sync_playwright() as play, closing(launch(play.chromium, *more)) as browser:
        yield browser


def launch(chromium: BrowserType, *more: str) -> Browser:
    """Start Chromium as `chromium` does, also while another one runs."""
    args = ["--no-sandbox", "--autoplay-policy=document-user-activation-required", *QUIET, *NAMED, *more]
    return chromium.launch(executable_path=needed("chromium"), args=args)


def axe() -> str:
    """Return the source of axe-core, which `make test` downloads."""
    path = Path(sys.prefix) / "axe.min.js"
    assert path.is_file(), "axe-core is missing. `make test` downloads it with npm"
    return path.read_text("utf-8")
