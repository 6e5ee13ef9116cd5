"""What tests of killed commands share: folders to begin with, and what is in them afterwards."""

import re
import shutil
from functools import cache

from episodes import add_to_library, make_episode
from reading import take
from sounds import write_wav

from audio_builder.pictures.cover import cover
from audio_builder.request import Workspace
from audio_builder.script.search import ScriptFinder
from audio_builder.service.scripts import ScriptEditor
from audio_builder.takes.bring import judge_take
from audio_builder.takes.plan import recording_plan
from audio_builder.takes.sound import read_take
from audio_builder.takes.store import add_takes

FRONT = "---\ntitle: Small\nvoice: tone\nambience: none\nquality: mono\nlength: 5m\n---\n\n"
SCRIPT = f"{FRONT}Rest{{}}. [rest 2m..]\n- Soft.\n"


def contents(folder):
    """Return the content of every file in the library, and of hidden ones of interrupted commands."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def visible(folder):
    """Return the files of the library without staging folders, which the next build removes, and without the file
    that hides removed sessions from MPD."""
    return {
        name: data
        for name, data in contents(folder).items()
        if not name.startswith(".building-") and name != ".removed/.mpdignore"
    }


PASTED = "(soft music)\n\nNarrator: Lie down. (pause 5 seconds)\n\nRest now.\n"
SHOW = """title = "Rest"
author = "The floor"
description = "Rest."
categories = ["Education"]
base_url = "{address}"
image = "cover.jpg"
"""
COMMANDS = {
    "feed": ["feed"],
    "publish": ["publish", "public"],
    "check --fix": ["check", "evening", "--fix"],
    "import": ["import", "evening.txt", "--output", "scripts/mine.md"],
    "new": ["new", "mine"],
    "takes --import": ["takes", "evening", "--voice", "ana", "--import", "takes"],
    "takes --use": ["takes", "evening", "--voice", "ben", "--use", "1:1"],
    "takes --export": ["takes", "evening", "--voice", "ben", "--export", "copies"],
}


def save(folder):
    """Save a script as the editor of the page does. Return 0."""
    editor = ScriptEditor(Workspace(ScriptFinder((folder / "scripts",)), folder / "output"))
    read = editor.read("evening")
    editor.write("evening", read["text"].replace("(10s)", "[10s]"), read["was"])
    return 0


DATES = (
    rb"\w{3}, \d\d \w{3} \d{4} [\d:]{8} [+-]\d{4}|\d{4}-\d\d-\d\d[T ][\d:]{8}(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"
    rb"|(?<=content = )\S+"  # a hash of the feed, which has dates
)


def normalised(folder):
    """Return the content of every file, without dates."""
    found = contents(folder)
    return {name: re.sub(DATES, b"DATE", data) for name, data in found.items()}


def prepare(folder, address):
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / "scripts").mkdir()
    (folder / "public").mkdir()
    (folder / "scripts" / "cover.jpg").write_bytes(cover("Rest"))  # drawn once, because it takes a second
    (folder / "scripts" / "show.toml").write_text(SHOW.format(address=address), "utf-8")
    (folder / "scripts" / "evening.md").write_text(f"{FRONT}Rest. (10s) Stay.\n\n[rest 2m..]\n", "utf-8")
    (folder / "evening.txt").write_text(PASTED, "utf-8")
    add_to_library(folder / "output", make_episode("evening-20m"))
    _record(folder)


def _record(folder):
    """Leave recordings of every sentence for one voice to import, and give another voice two takes of each."""
    finder = ScriptFinder((folder / "scripts",))
    (folder / "takes").mkdir()
    plan = recording_plan("evening", "ben", finder)
    for sentence in plan.sentences:
        for seed in (1, 2):
            path = write_wav(folder / "takes" / f"{sentence.number}.wav", take(sentence, seed))
            add_takes(plan.voice, _judged(sentence, path.read_bytes(), path).takes)


@cache
def _judged(sentence, _content, path):
    return judge_take(sentence, read_take(path))
