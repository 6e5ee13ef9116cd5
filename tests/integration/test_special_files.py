"""Files that never end, or that nobody ever writes to, are refused in a moment, wherever a file is read."""

import os
import signal
from contextlib import contextmanager

import pytest
from episodes import add_to_library, make_episode

SCRIPT = "---\ntitle: Small\nvoice: tone\n---\n\nRest. [rest 2m..]\n"
SHOW = 'title = "Rest"\nauthor = "The floor"\ndescription = "Rest."\ncategories = ["Arts"]\n'

READERS = {
    "a script": ("scripts/evening.md", ["check", "evening"], 1),
    "a script of a list": ("scripts/evening.md", ["scripts"], 0),
    "a script to build": ("scripts/evening.md", ["build", "evening"], 1),
    "a script to fix": ("scripts/evening.md", ["check", "evening", "--fix"], 1),
    "cautions": ("scripts/cautions.toml", ["check", "small"], 1),
    "pronunciation": ("scripts/pronunciation.toml", ["plan", "small"], 1),
    "a show": ("scripts/show.toml", ["feed", "--base-url", "https://example.net/"], 1),
    "episodes": ("scripts/episodes.toml", ["feed", "--base-url", "https://example.net/"], 1),
    "a manifest": ("output/evening-20m.json", ["library"], 0),
    "an MP3": ("evening.mp3", ["inspect", "evening.mp3"], 1),
    "a text to import": ("evening.txt", ["import", "evening.txt"], 1),
    "a text of another format": ("evening.docx", ["import", "evening.docx"], 1),
}


@contextmanager
def at_most(seconds):
    """Raise TimeoutError in the block if it takes longer."""

    def late(_signal, _frame):
        raise TimeoutError(f"took longer than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", ["/dev/zero", "a named pipe"])
@pytest.mark.parametrize("reader", READERS)
def test_a_device_or_a_pipe_is_refused_in_a_moment(reader, kind, audio_builder, tmp_path, caplog):
    name, command, status = READERS[reader]
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "small.md").write_text(SCRIPT, "utf-8")
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    path = tmp_path / name
    path.unlink(missing_ok=True)
    if kind == "a named pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(kind)
    with at_most(30):
        result = audio_builder(*command, folder=tmp_path)
    assert result.status == status, result.err
    assert path.name.partition(".")[0] in result.out + result.err + caplog.text
