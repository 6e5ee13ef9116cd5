"""The command line as a user meets it: results, error messages with hints, exit statuses, never a traceback.

Most commands run in this process. What only a process has (its exit status, signals, a closed pipe) is tested in one.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from common import ROOT, command_environment
from episodes import add_to_library, make_episode

from audio_builder.build import build
from audio_builder.cache import Cache
from audio_builder.cli.crash_report import reported
from audio_builder.options import BuildOptions
from audio_builder.request import Workspace
from audio_builder.script.search import script_finder

GOOD = """---
title: Small
---

# Rest

Rest for a while, and I will speak again.
[rest 2m..]
- One soft word.

# Up {fixed}

Get up slowly. [5s]
"""


def _script(folder, text, name="small.md"):
    (folder / "scripts").mkdir(exist_ok=True)
    path = folder / "scripts" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _words(message):
    """Return an error message in lower case, without quotes and without the source lines it shows, which contain
    whatever the script says."""
    lines = [line for line in message.splitlines() if not re.match(r" *\d* \| ", line)]
    return "\n".join(lines).replace('"', "").lower()


BAD_SCRIPTS = {
    "empty": (b"", "1:1", "is empty"),
    "ten megabytes": (b"---\ntitle: A\n---\n\n" + b"Word. " * 1_800_000, "1:1", "too large"),
    "binary": (bytes(range(256)) * 40, "3:115", "not UTF-8"),
    "Latin-1": ("---\ntitle: Übung\n---\n\nWörter.\n".encode("latin-1"), "2:8", "not UTF-8"),
    "emoji": ("---\ntitle: A\n---\n\nBreathe 😀 in.\n", "5:9", "emoji"),
    "front matter that is a list": ("---\n- title\n---\n\nWords.\n", "2:1", "list"),
    "YAML tag": ("---\ntitle: !!python/object:os.system x\n---\n\nWords.\n", "2:8", "YAML tag"),
    "YAML anchor": ("---\ntitle: &a Title\nsummary: *a\n---\n\nWords.\n", "2:8", "YAML anchor"),
    "a heading only": ("---\ntitle: A\n---\n\n# Heading\n", "5:1", "nothing to say"),
    "a rest of 0s": ("---\ntitle: A\n---\n\nWords.\n[rest 0s]\n", "6:1", "cannot be zero"),
    "breathe 0-0": ("---\ntitle: A\n---\n\nWords.\n[breathe 0-0 x3]\n", "6:1", "at least a second"),
    "bounds the wrong way": ("---\ntitle: A\n---\n\nWords. [40s..10s]\n", "5:8", "40s is longer than 10s"),
    "no title": ("---\nsummary: x\n---\n\nWords.\n", "1:1", "the title is missing"),
    "unknown directive": ("---\ntitle: A\n---\n\nLet go. [pauze 10s]\n", "5:9", "did you mean [pause 10s]"),
    "unknown mark": ("---\ntitle: A\n---\n\n# B {fixd}\n\nWords.\n", "5:6", "did you mean fixed"),
    "include of itself": (
        "---\ntitle: A\n---\n\nWords.\n\n[include small]\n",
        "7:1",
        "cannot include itself",
    ),
    "include of nothing": ("---\ntitle: A\n---\n\nWords.\n\n[include smoll]\n", "7:1", "did you mean small"),
    "recording outside": (
        "---\ntitle: A\n---\n\n[play ../x.wav: words]\n",
        "5:1",
        "script's folder or below it",
    ),
    "no recording": ("---\ntitle: A\n---\n\n[play x.wav: words]\n", "5:1", "no recording named x.wav"),
    "unknown caution": (
        "---\ntitle: A\ncautions: [pregnency]\n---\n\nWords.\n",
        "3:12",
        "did you mean pregnancy",
    ),
    "unknown ambience": ("---\ntitle: A\nambience: rom\n---\n\nWords. [5m..]\n", "3:11", "did you mean room"),
}


@pytest.mark.parametrize("name", BAD_SCRIPTS)
def test_an_error_in_a_script_is_reported_with_its_location_and_nothing_is_written(
    name, audio_builder, tmp_path
):
    text, location, message = BAD_SCRIPTS[name]
    _script(tmp_path, text)
    result = audio_builder("build", "small", "--voice", "tone", folder=tmp_path)
    assert result.status == 1, result
    assert re.search(rf"small\.md:{location}: ", result.err), result.err
    assert message.lower() in _words(result.err), result.err
    assert not (tmp_path / "output").exists()


BAD_OPTIONS = {
    "too short": (["--length", "4m59s"], 1, "invalid length 4m59s: use 5m to 8h"),
    "too long": (["--length", "8h1s"], 1, "invalid length 8h1s: use 5m to 8h"),
    "negative": (["--length", "-5m"], 2, "cannot be negative"),
    "not a length": (["--length", "abc"], 2, "invalid length abc: write e.g. 500ms"),
    "without a unit": (["--length", "20"], 2, "invalid length 20: use a unit"),
    "unknown voice": (["--voice", "hibary"], 1, "did you mean hibari"),
    "unknown hibari voice": (["--voice", "hibari:joe"], 1, "no voice named joe in hibari. available: heart"),
    "voice not on this machine": (["--voice", "hibari:emma"], 1, "not on this machine"),
    "too fast": (["--speed", "9"], 1, "invalid speed 9: use 0.5 to 1.5"),
    "too long to lie down": (["--preroll", "11m"], 1, "invalid preroll 11m: use 0s to 10m"),
    "speed that is not a number": (["--speed", "nan"], 2, "invalid speed nan"),
    "unknown ambience": (["--ambience", "rooms"], 1, "did you mean room"),
    "unknown bell": (["--bell", "bowel"], 1, "did you mean bowl"),
    "unknown breath": (["--breath", "4"], 1, "invalid breath 4: write seconds in and out"),
    "breath of 0 seconds": (
        ["--breath", "0-0"],
        1,
        "invalid breath 0-0: each breath takes from 1 to 60 seconds",
    ),
    "unknown ending": (["--ending", "dream"], 2, "wake"),
    "no positions to choose from": (["--positions", "legs-on-chair"], 1, "has no positions"),
    "missing folder": (["--scripts", "nowhere"], 1, "no folder named nowhere"),
    "a file of a user who does not exist": (["--bell", "~nobody1/x.wav"], 1, "no file named ~nobody1/x.wav"),
    "a path as a name": (["--name", "../x"], 2, "../x is not a valid name: use letters"),
    "unknown option": (["--lenght", "5m"], 2, "'--length'"),
}


@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_a_wrong_option_is_refused_with_a_hint(name, audio_builder, tmp_path):
    options, status, message = BAD_OPTIONS[name]
    _script(tmp_path, GOOD)
    voice = [] if "--voice" in options else ["--voice", "tone"]
    result = audio_builder("build", "small", *voice, *options, folder=tmp_path)
    assert result.status == status, result
    assert message.lower() in _words(result.err), result.err
    assert not (tmp_path / "output").exists()


FAILURES = {
    "error in a script": (["plan", "scripts/bad.md"], 1, "voices cannot say"),
    "no such script": (["plan", "psoas-relase"], 1, 'Did you mean "psoas-release"?'),
    "length that does not fit": (
        ["plan", "leg-across", "--length", "5m", "--voice", "tone"],
        1,
        "cannot last 5:00",
    ),
    "unknown option": (["build", "--lenght", "5m"], 2, "No such option"),
    "value that is not valid": (["build", "--length", "20"], 2, 'Invalid length "20"'),
    "unknown command": (["biuld"], 2, "Did you mean build?"),
    "command without JSON": (["new", "evening"], 2, "No such option"),
    "wrong usage": (["publish", "here", "--as-of", "2026-01-01T00:00:00Z"], 2, "--as-of needs --dry-run"),
    "missing file": (["inspect", "gone.mp3"], 1, "gone.mp3"),
    "missing folder": (["check", "--scripts", "nowhere"], 1, "nowhere"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_command_that_fails_with_json_prints_one_document_and_nothing_else(name, audio_builder, tmp_path):
    arguments, status, message = FAILURES[name]
    _script(tmp_path, GOOD)
    _script(tmp_path, "---\ntitle: A\n---\n\nBreathe 😀 in.\n", "bad.md")
    result = audio_builder(*arguments, "--json", folder=tmp_path)
    assert (result.status, result.err) == (status, "")
    error = json.loads(result.out)["error"]
    assert error["status"] == status
    assert message in error["message"]
    places = [(one["file"], one["line"], one["column"], bool(one["hint"])) for one in error["problems"]]
    assert places == ([("scripts/bad.md", 5, 9, True)] if "scripts/bad.md" in arguments else [])
    assert bool(error["lengths_ms"]) == ("does not fit" in name)


def test_a_missing_script_is_reported_with_the_nearest_name(audio_builder, tmp_path):
    result = audio_builder("build", "psoas-relase", folder=tmp_path)
    assert result.status == 1
    assert "did you mean psoas-release?" in _words(result.err)
    result = audio_builder("build", "nowhere.md", folder=tmp_path)
    assert result.status == 1
    assert "no file named nowhere.md" in _words(result.err)


NAMES = {
    "import": (["import", "evenin.txt"], 'Did you mean "evening.txt"?'),
    "inspect": (["inspect", "sounds/evening.mpe"], 'Did you mean "sounds/evening.mp3"?'),
    "a folder": (["inspect", "sound/evening.mp3"], "There is no folder sound."),
    "check": (["check", "scripts/evenig.md"], 'Did you mean "evening"?'),
    "recording": (["check", "plays"], 'Did you mean "hello.wav"?'),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_reported_with_the_nearest_name(name, audio_builder, tmp_path):
    for file in ("evening.txt", "sounds/evening.mp3", "scripts/evening.md", "scripts/hello.wav"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("---\ntitle: A\n---\n\nWords. [5m..]\n")
    _script(tmp_path, "---\ntitle: A\n---\n\n[play helo.wav: Hello.] [5m..]\n", "plays.md")
    arguments, hint = NAMES[name]
    result = audio_builder(*arguments, folder=tmp_path)
    assert result.status == 1
    assert hint.lower() in (result.out + result.err).lower()


def test_positions_that_do_not_fit_are_reported_with_the_possible_lengths(audio_builder, tmp_path):
    result = audio_builder(
        "plan", "psoas-release", "--voice", "tone", "--positions", "legs-on-chair,knees-together", "--length", "9m",
        folder=tmp_path,
    )  # fmt: skip
    assert result.status == 1
    assert re.search(
        r"--positions legs-on-chair,knees-together cannot last 9:00: shortest \d+:\d\d", result.err
    )


def test_an_output_folder_that_cannot_be_written_is_reported(audio_builder, tmp_path):
    _script(tmp_path, GOOD)
    (tmp_path / "output").write_text("a file")
    result = audio_builder("build", "small", "--voice", "tone", folder=tmp_path)
    assert result.status == 2
    assert "Invalid value for '--out': Directory 'output' is a file" in result.err


def test_plan_needs_no_speech_and_says_that_it_estimates(audio_builder, tmp_path):
    result = audio_builder("plan", "leg-across", "--length", "20m", folder=tmp_path, cache=tmp_path / "empty")
    assert result.status == 0, result.err
    assert "estimated" in result.out
    document = json.loads(
        audio_builder("plan", "leg-across", "--json", folder=tmp_path, cache=tmp_path / "empty").out
    )
    assert document["estimated"] is True
    assert document["length"] == 960_000
    assert {hold["side"] for hold in document["holds"]} == {"right", "left"}
    assert not (tmp_path / "output").exists()


def test_plan_draws_a_picture(audio_builder, tmp_path):
    result = audio_builder("plan", "legs-on-chair", "--picture", "line.svg", folder=tmp_path)
    assert result.status == 0, result.err
    assert (tmp_path / "line.svg").read_text("utf-8").startswith("<svg")


def test_the_shipped_scripts_have_neither_errors_nor_advice(audio_builder, tmp_path):
    result = audio_builder("check", folder=tmp_path)
    assert result.out.endswith("7 scripts: no errors\n"), result.out
    assert result.status == 0


def test_check_reports_every_problem_of_a_file(audio_builder, tmp_path):
    path = _script(tmp_path, "---\ntitle: A\ncolour: red\n---\n\n# B {x}\n\nWords. [pauze 1s] <b>more</b>\n")
    result = audio_builder("check", path, folder=tmp_path)
    assert result.status == 1
    assert re.findall(r"small\.md:(\d+:\d+): ", result.out) == ["3:1", "6:6", "8:8", "8:19", "8:26"]
    found = json.loads(audio_builder("check", path, "--json", folder=tmp_path).out)
    assert [problem["line"] for problem in found[0]["errors"]] == [3, 6, 8, 8, 8]


def test_check_gives_advice(audio_builder, tmp_path):
    text = GOOD.replace("and I will speak again", "now").replace("Rest for a while", "Zxqvorple your legs")
    text = text.replace("[rest 2m..]\n- One soft word.", "[2m..]").replace("Get up slowly.", "Goodbye.")
    _script(tmp_path, text)
    result = audio_builder("check", "small", folder=tmp_path)
    assert result.status == 0
    for message in (
        "1:1: the session ends awake, but its last words do not guide listeners up",
        "7:1: a silence of 9:46 follows, but these words do not announce it",
        '7:1: the voice has to guess how to say "Zxqvorple"',
        "8:1: this silence can last longer than 4 minutes, without a soft word in between",
    ):
        assert f"small.md:{message}" in result.out, result.out


def test_check_notices_cautions_that_say_nothing(audio_builder, tmp_path):
    for front, expected in (("", True), ("cautions: [vertigo]\n", False)):
        text = GOOD.replace("---\n\n", f"{front}---\n\n", 1).replace(
            "[rest 2m..]", "\n[cautions]\n\n[rest 2m..]", 1
        )
        _script(tmp_path, text)
        result = audio_builder("check", "small", folder=tmp_path)
        assert result.status == 0, result.out
        assert ("no cautions are named, so nothing is said here" in result.out) == expected, result.out


def test_scripts_lists_what_can_be_built(audio_builder, tmp_path):
    result = audio_builder("scripts", folder=tmp_path)
    assert result.status == 0
    assert re.search(r"psoas-release +\S+ +28m +8h  Psoas release", result.out)
    _script(tmp_path, "no front matter\n", "broken.md")
    rows = json.loads(audio_builder("scripts", "--json", folder=tmp_path).out)
    assert next(row for row in rows if row["name"] == "broken")["error"]
    assert {"psoas-release", "broken"} <= {row["name"] for row in rows}


def test_scripts_of_one_folder_whose_names_become_one_slug_are_an_error_that_names_both(
    audio_builder, tmp_path
):
    """Neither wins in silence. A script that replaces a shipped one is in another folder."""
    _script(tmp_path, GOOD, "Evening Rest.md")
    assert audio_builder("new", "evening-rest", folder=tmp_path).status == 1
    second = _script(tmp_path, GOOD, "evening-rest.md")
    _script(tmp_path, GOOD.replace("# Up", "[include evening-rest]\n\n# Up"), "around.md")
    both = '2 scripts are named "evening-rest": scripts/Evening Rest.md and scripts/evening-rest.md'
    for name in ("evening-rest", "Evening Rest", second):
        result = audio_builder("build", name, "--voice", "tone", folder=tmp_path)
        assert (result.status, result.err) == (1, f"{both}. Rename all but one of them.\n")
    assert re.search(rf"^evening-rest +{both}$", audio_builder("scripts", folder=tmp_path).out, re.MULTILINE)
    checked = audio_builder("check", folder=tmp_path)
    assert checked.status == 1
    for place in ("scripts/Evening Rest.md:1:1", "scripts/evening-rest.md:1:1", "scripts/around.md:11:1"):
        assert f"{place}: {both}" in checked.out
    second.rename(tmp_path / "scripts" / "leg-across.md")
    assert audio_builder("check", folder=tmp_path).status == 0


@pytest.mark.parametrize("kind", [[], ["--position"]])
def test_new_writes_a_script_that_only_lacks_its_own_summary(kind, audio_builder, tmp_path):
    result = audio_builder("new", "evening-rest", *kind, folder=tmp_path)
    assert result.status == 0, result.err
    assert 'title: "Evening rest"' in (tmp_path / "scripts" / "evening-rest.md").read_text("utf-8")
    checked = audio_builder("check", "scripts/evening-rest.md", folder=tmp_path)
    assert "no errors, 1 piece of advice\n" in checked.out, checked.out
    assert "the summary is still that of the template" in checked.out
    again = audio_builder("new", "evening-rest", *kind, folder=tmp_path)
    assert again.status == 1
    assert "exists already" in again.err


def test_library_lists_and_removes_sessions(audio_builder, tmp_path):
    _script(tmp_path, GOOD)
    assert "No sessions in output yet" in audio_builder("library", folder=tmp_path).out
    assert audio_builder("build", "small", "--length", "5m", "--voice", "tone", folder=tmp_path).status == 0
    listed = audio_builder("library", folder=tmp_path).out
    assert "small-5m-tone.mp3" in listed
    assert json.loads(audio_builder("library", "--json", folder=tmp_path).out)[0]["length_ms"] == 300_000
    missing = audio_builder("library", "remove", "smoll", folder=tmp_path)
    assert missing.status == 1
    assert "small-5m-tone" in missing.err
    assert audio_builder("library", "remove", "small-5m-tone.mp3", "--yes", folder=tmp_path).status == 0
    assert [path.name for path in (tmp_path / "output").iterdir()] == [".removed"]


def test_doctor_finds_everything_a_build_needs(audio_builder, tmp_path):
    result = audio_builder("doctor", folder=tmp_path)
    assert result.status == 0, result.out
    assert "MISSING" not in result.out
    assert json.loads(audio_builder("doctor", "--json", folder=tmp_path).out)


def test_doctor_lists_licences_and_how_copyleft_parts_are_used(audio_builder, tmp_path):
    listed = audio_builder("doctor", "--licences", folder=tmp_path).out
    assert re.search(r"^click +\d\S+ +BSD-3-Clause$", listed, re.M)
    assert re.search(
        r"^espeakng-loader +\S+ +copyleft +espeak-ng: GPL.*\n +espeak-ng runs in a separate process",
        listed,
        re.M,
    )
    packages = json.loads(audio_builder("doctor", "--licences", "--json", folder=tmp_path).out)
    lame = next(package for package in packages if package["name"] == "lameenc")
    assert lame["copyleft"]
    assert "LGPL" in lame["licence"]
    assert "replaced" in lame["use"]


def test_cache_shows_limits_and_clears_what_is_stored(audio_builder, tmp_path):
    cache = tmp_path / "cache"
    sample = audio_builder("voices", "--sample", "tone", folder=tmp_path, cache=cache)
    assert sample.status == 0, sample.err
    with wave.open(str(tmp_path / "sample-tone.wav")) as sound:
        assert (tmp_path / "sample-tone.wav").stat().st_size == 44 + 2 * sound.getnframes() > 10_000
    before = json.loads(audio_builder("cache", "--json", folder=tmp_path, cache=cache).out)
    assert before["bytes"] > 10_000
    limited = json.loads(
        audio_builder("cache", "--limit", "60MB", "--json", folder=tmp_path, cache=cache).out
    )
    assert limited["limit"] == 60_000_000
    assert (
        json.loads(audio_builder("cache", "--json", folder=tmp_path, cache=cache).out)["limit"] == 60_000_000
    )
    for wrong in ("much", "12", "1MB"):
        assert audio_builder("cache", "--limit", wrong, folder=tmp_path, cache=cache).status == 2
    assert (
        json.loads(audio_builder("cache", "--clear", "--json", folder=tmp_path, cache=cache).out)["bytes"]
        == 0
    )


def test_props_with_nothing_to_list_are_an_error(audio_builder, tmp_path):
    path = _script(tmp_path, GOOD.replace("Get up slowly.", "Have by you [props]. Get up slowly."))
    result = audio_builder("check", path, folder=tmp_path)
    assert result.status == 1
    assert re.search(r"small\.md:13:1: nothing to list", result.out), result.out


def test_a_script_for_inclusion_may_be_short(audio_builder, tmp_path):
    _script(tmp_path, "---\ntitle: Closing\n---\n\nStand up slowly. [20s]\n", "closing.md")
    result = audio_builder("check", "closing", folder=tmp_path)
    assert result.status == 0, result.out
    assert "too short to build by itself" in result.out


def test_an_error_in_a_script_that_others_include_is_shown_and_counted_once(audio_builder, tmp_path):
    _script(tmp_path, GOOD.replace("# Up", "[pause for a while]\n\n# Up"), "broken.md")
    _script(tmp_path, GOOD.replace("# Up", "[include broken]\n\n# Up"), "around.md")
    result = audio_builder("check", "broken", "around", folder=tmp_path)
    assert result.status == 1
    assert result.out.count("scripts/broken.md:") == 1, result.out
    assert "2 scripts: 1 error\n" in result.out


def test_check_points_out_likely_typing_mistakes(audio_builder, tmp_path):
    text = (
        GOOD.replace("# Up {fixed}", "# Up (fixed)").replace("[5s]", "(5s)").replace("- One", "• One\n• Two")
    )
    _script(tmp_path, text + "\n#Five words here. Rest now 20s.\n")
    result = audio_builder("check", "small", folder=tmp_path)
    for message in (
        '9:1: "•" will be read out: lists are written with -',
        '12:3: "(fixed)" becomes part of the title of the chapter',
        '14:16: "(5s)" will be read out',
        '16:1: "#Five" will be read out: a heading has a space after the #',
        '16:28: "20s" will be read out',
    ):
        assert f"small.md:{message}" in result.out, result.out


def test_a_cache_deleted_during_a_build_costs_only_time(audio_builder, tmp_path):
    """It is deleted when the encoding begins: every clip has been found by then, and is read afterwards."""
    _script(tmp_path, GOOD)
    folder = tmp_path / "cache"
    assert audio_builder("build", "small", "--voice", "tone", folder=tmp_path, cache=folder).status == 0
    expected = (tmp_path / "output" / "small-10m-tone.mp3").read_bytes()
    deleted = []

    def delete_once(stage, _done, _total):
        if stage == "Encoding" and not deleted:
            deleted.append(sorted(folder.rglob("*.wav")))
            shutil.rmtree(folder)

    cache = Cache(folder / "audio-builder")
    finder = script_finder(tmp_path / "scripts")
    workspace = Workspace(finder, tmp_path / "again", cache, progress=delete_once)
    built = build("small", BuildOptions(voice="tone"), workspace)
    assert len(deleted[0]) == 3
    assert built.spoken == 3
    assert built.path.read_bytes() == expected


def test_voices_lists_ready_voices_and_what_the_others_need(audio_builder, tmp_path):
    result = audio_builder("voices", folder=tmp_path)
    assert re.search(r"hibari:heart +en +ready", result.out)
    assert re.search(r"hibari:emma +en +audio-builder voices add hibari:emma$", result.out, re.M)
    assert any(
        voice["engine"] == "pyttsx3"
        for voice in json.loads(audio_builder("voices", "--json", folder=tmp_path).out)
    )


def test_inspect_tells_a_sound_file_from_a_broken_one(audio_builder, tmp_path):
    _script(tmp_path, GOOD)
    audio_builder("build", "small", "--length", "5m", "--voice", "tone", "--quality", "mono", folder=tmp_path)
    mp3 = tmp_path / "output" / "small-5m-tone-mono.mp3"
    found = json.loads(audio_builder("inspect", mp3, "--json", folder=tmp_path).out)
    assert (found["samples"], found["channels"], found["broken"]) == (14_400_000, 1, [])
    assert [chapter["title"] for chapter in found["chapters"]] == ["Rest", "Up"]
    data = mp3.read_bytes()
    (tmp_path / "cut.mp3").write_bytes(data[: len(data) - 192 * 5])
    (tmp_path / "more.mp3").write_bytes(data + b"x")
    more = audio_builder("inspect", tmp_path / "more.mp3", folder=tmp_path)
    assert more.status == 1
    assert "does not end with a whole frame" in more.out
    assert "keeps every promise" in audio_builder("inspect", mp3, folder=tmp_path).out
    cut = audio_builder("inspect", tmp_path / "cut.mp3", folder=tmp_path)
    assert cut.status == 1
    assert "BROKEN" in cut.out
    for name, content in (("text.mp3", b"no sound at all"), ("empty.mp3", b"")):
        (tmp_path / name).write_bytes(content)
        result = audio_builder("inspect", name, folder=tmp_path)
        assert result.status == 1
        assert "not an MP3 file" in result.err
    assert audio_builder("inspect", "gone.mp3", folder=tmp_path).status == 1


def test_every_command_is_on_the_page_of_commands_and_has_help(audio_builder, tmp_path):
    listed = re.findall(r"^  ([a-z]+) ", audio_builder("--help", folder=tmp_path).out, re.MULTILINE)
    assert len(listed) >= 11
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    for name in listed:
        assert f"audio-builder {name}" in page, name
        result = audio_builder(name, "--help", folder=tmp_path)
        assert result.status == 0
        assert result.out.startswith(f"Usage: audio-builder {name}")


def test_help_loads_neither_numpy_nor_a_voice(tmp_path):
    code = (
        "import sys; sys.argv=['audio-builder','--help']\n"
        "from audio_builder.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {'numpy','hibari','onnxruntime','pydub','rich','soxr'}))"
    )
    (tmp_path / "run.py").write_text(code)
    out = subprocess.run(
        [sys.executable, tmp_path / "run.py"], capture_output=True, text=True, check=True
    ).stdout
    assert out.endswith("[]\n")


def test_an_unknown_command_is_answered_with_the_nearest_one(audio_builder, tmp_path):
    result = audio_builder("biuld", folder=tmp_path)
    assert result.status == 2
    assert "Did you mean build?" in result.err


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--version"], 0), (["build", "nowhere"], 1), (["build", "--lenght"], 2)]
)
def test_the_process_exits_with_the_status_of_its_command(arguments, status, audio_builder_process, tmp_path):
    result = audio_builder_process(*arguments, folder=tmp_path)
    assert result.status == status
    assert bool(result.err) == (status != 0)
    assert "Traceback" not in result.err


def test_a_reader_that_closes_the_pipe_ends_the_command_quietly(home, tmp_path):
    """As `audio-builder --help | head -0` does."""
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        [sys.executable, "-m", "audio_builder", "--help"],
        cwd=tmp_path,
        env={**os.environ, **command_environment(home)},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (finished.returncode, finished.stderr) == (0, b"")


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "latin-1", "ascii"])
def test_commands_write_to_terminals_that_are_not_utf_8(encoding, home, tmp_path):
    """Characters that the encoding lacks are escaped. click writes UTF-8 if the encoding is ASCII, which it takes to be
    an accident. JSON is the same in every encoding."""
    good = _script(tmp_path, GOOD.replace("title: Small", "title: Māra"), "māra.md")
    bad = _script(tmp_path, "---\ntitle: Bad\n---\n\nBreathe → in, Māra. 😀 □ ─\n", "bad.md")
    environment = {**os.environ, **command_environment(home), "PYTHONIOENCODING": encoding}

    def output(*arguments):
        command = [sys.executable, "-m", "audio_builder", *map(str, arguments)]
        finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert finished.returncode == (bad in arguments)
        assert finished.stderr == b""
        return finished.stdout.decode("utf-8" if encoding == "ascii" else encoding)

    assert ("→" if encoding == "ascii" else "\\u2192") in output("check", bad)
    assert ("ā" if encoding == "ascii" else "\\u0101") in output("plan", good)
    if encoding != "cp1252":
        return  # the other commands write in the same way
    assert "\\u0101" in output("scripts")
    assert "hibari" in output("voices")
    document = output("plan", good, "--json")
    assert document.isascii()
    assert json.loads(document)["title"] == "Māra"


def test_a_script_that_import_prints_into_a_file_is_utf_8_whatever_the_encoding_of_the_output(home, tmp_path):
    """`audio-builder import evening.txt > scripts/evening.md` on Windows must not write escapes into a script."""
    (tmp_path / "evening.txt").write_text("Māra, rest. (pause 5 seconds)\n\nBreathe.\n", "utf-8")
    environment = {**os.environ, **command_environment(home), "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "audio_builder", "import", "evening.txt"]
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert "Māra, rest. [5s]" in finished.stdout.decode("utf-8")


LONG = "let your legs be heavy " * 30
"""Longer than the name of a file can be."""


@pytest.mark.parametrize(
    "command",
    [
        ("build", LONG),
        ("build", f"{LONG}.md"),
        ("plan", f"scripts/{LONG}.md"),
        ("check", f"{LONG}.md"),
        ("check", "--scripts", LONG),
        ("build", "--ambience", f"{LONG}.wav"),
        ("import", LONG),
        ("inspect", f"{LONG}.mp3"),
        ("takes", "legs-on-chair", "--voice", "ana", "--import", LONG),
        ("library", "--out", LONG),
        ("publish", LONG, "--dry-run"),
        ("batch", f"{LONG}.toml"),
    ],
)
def test_a_name_that_no_file_can_have_is_an_error_of_the_user(command, audio_builder, tmp_path):
    result = audio_builder(*command, folder=tmp_path)
    assert result.status in (0, 1, 2), result
    assert "Traceback" not in result.err
    if command[0] != "library":
        assert result.status, result


def test_what_the_system_refuses_is_an_error_of_the_user(audio_builder, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", "somewhere")

    monkeypatch.setattr("audio_builder.cli.library.episodes", refuse)
    result = audio_builder("library", folder=tmp_path)
    assert (result.status, result.err.strip()) == (1, "Permission denied: somewhere")


def test_a_computer_with_many_cores_is_no_error(tmp_path, home):
    program = "import os; os.cpu_count = lambda: 96; from audio_builder.__main__ import main; main()"
    finished = subprocess.run(
        [sys.executable, "-c", program, "build", "no-such-script"],
        cwd=tmp_path, env={**os.environ, **command_environment(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (finished.returncode, "No script named" in finished.stderr) == (1, True), finished


def test_an_internal_error_without_room_for_a_report_is_still_one_line(monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("audio_builder.cli.crash_report.tempfile.mkstemp", refuse)
    try:
        raise ValueError("odd")
    except ValueError:
        said = reported(["build"])
    assert said.splitlines() == [said]
    assert said.endswith("(No space left on device): ValueError: odd")


def test_an_internal_error_becomes_a_report(audio_builder_process, tmp_path):
    """A broken installation is not the user's mistake: exit status 3 and a file to attach to a bug report."""
    broken = tmp_path / "broken"
    shutil.copytree(ROOT / "audio_builder", broken / "audio_builder")
    (broken / "audio_builder" / "cli" / "scripts.py").write_text("raise RuntimeError('broken on purpose')\n")
    result = audio_builder_process("scripts", folder=broken, PYTHONPATH=str(broken), TMPDIR=str(tmp_path))
    assert result.status == 3
    report = Path(re.search(r"(\S+audio-builder-report-\S+)", result.err)[1])
    assert "broken on purpose" in report.read_text("utf-8")
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["-length", "8m"], "Write --length, with two hyphens, instead of -length"),
        (["–length", "8m"], "Write --length, with two hyphens, instead of –length"),
        (["—ambience-level=-6"], "Write --ambience-level, with two hyphens"),
        (["length", "8m"], "Options begin with two hyphens: write --length."),
    ],
)
def test_an_option_that_is_written_with_other_dashes_or_none_is_answered_with_the_right_ones(
    arguments, hint, audio_builder, tmp_path
):
    result = audio_builder("build", "legs-on-chair", *arguments, folder=tmp_path)
    assert (result.status, hint in result.err) == (2, True), result


def test_what_follows_two_hyphens_alone_and_values_may_begin_with_any_dash(audio_builder, tmp_path):
    result = audio_builder("plan", "--", "–length", folder=tmp_path)
    assert (result.status, '"–length"' in result.err, "hyphens" in result.err) == (1, True, False), result
    (tmp_path / "text.txt").write_text("Lie down. (pause)\n", "utf-8")
    result = audio_builder("import", "text.txt", "--title", "– at last", folder=tmp_path)
    assert (result.status, "– at last" in result.out) == (0, True), result


def test_a_blank_script_is_filled_and_no_other_is_overwritten(audio_builder, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "text.txt").write_text("Lie down. (pause)\n", "utf-8")
    for name, command in (("one", ["new", "one"]), ("two", ["import", "text.txt", "-o", "scripts/two.md"])):
        (tmp_path / "scripts" / f"{name}.md").write_text(" \n")
        assert audio_builder(*command, folder=tmp_path).status == 0
        written = (tmp_path / "scripts" / f"{name}.md").read_bytes()
        assert written.startswith(b"---\n")
        assert audio_builder(*command, folder=tmp_path).status == 1
        assert (tmp_path / "scripts" / f"{name}.md").read_bytes() == written


def test_check_says_whose_scripts_it_has_checked(audio_builder, tmp_path):
    """Somebody in the wrong folder would believe that their own scripts are fine."""
    result = audio_builder("check", folder=tmp_path)
    assert (result.status, "the program's own scripts" in result.err) == (0, True)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "a.txt").write_text("Lie down.", "utf-8")
    result = audio_builder("check", folder=tmp_path)
    assert (result.status, "No scripts in scripts. Their names end in .md." in result.err) == (1, True)


def test_a_session_may_be_named_by_the_path_that_build_prints(audio_builder, tmp_path):
    add_to_library(tmp_path / "output", make_episode("evening-20m"))
    result = audio_builder("library", "remove", "output/evening-20m.mp3", "--yes", folder=tmp_path)
    assert result.status == 0, result.err
    assert not (tmp_path / "output" / "evening-20m.mp3").exists()
