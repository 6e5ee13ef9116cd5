"""The command line as a user meets it: results, messages with the cure, and exit statuses; never a traceback."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

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


BAD_SCRIPTS = {
    "empty": (b"", "is empty"),
    "ten megabytes": (b"---\ntitle: A\n---\n\n" + b"Word. " * 1_800_000, "too large|larger|MB"),
    "binary": (bytes(range(256)) * 40, "UTF-8"),
    "Latin-1": ("---\ntitle: Übung\n---\n\nWörter.\n".encode("latin-1"), "UTF-8"),
    "emoji": ("---\ntitle: A\n---\n\nBreathe 😀 in.\n", "emoji|😀|picture"),
    "front matter that is a list": ("---\n- title\n---\n\nWords.\n", "title: "),
    "YAML tag": ("---\ntitle: !!python/object:os.system x\n---\n\nWords.\n", "tag|!!"),
    "YAML anchor": ("---\ntitle: &a Title\nsummary: *a\n---\n\nWords.\n", "anchor|alias|&|\\*"),
    "a heading only": ("---\ntitle: A\n---\n\n# Heading\n", "nothing"),
    "a rest of 0s": ("---\ntitle: A\n---\n\nWords.\n[rest 0s]\n", "0s|more than"),
    "breathe 0-0": ("---\ntitle: A\n---\n\nWords.\n[breathe 0-0 x3]\n", "second"),
    "bounds the wrong way": ("---\ntitle: A\n---\n\nWords. [40s..10s]\n", "40s"),
    "no title": ("---\nsummary: x\n---\n\nWords.\n", "title"),
    "unknown directive": ("---\ntitle: A\n---\n\nLet go. [pauze 10s]\n", "did you mean \\[pause 10s\\]"),
    "unknown mark": ("---\ntitle: A\n---\n\n# B {fixd}\n\nWords.\n", "fixed"),
    "include of itself": ("---\ntitle: A\n---\n\nWords.\n\n[include small]\n", "cannot include itself"),
    "include of nothing": ("---\ntitle: A\n---\n\nWords.\n\n[include smoll]\n", "did you mean small"),
    "recording outside": ("---\ntitle: A\n---\n\n[play ../x.wav: words]\n", "outside|\\.\\."),
    "no recording": ("---\ntitle: A\n---\n\n[play x.wav: words]\n", "no recording x.wav"),
    "unknown caution": ("---\ntitle: A\ncautions: [pregnency]\n---\n\nWords.\n", "did you mean pregnancy"),
    "unknown ambience": ("---\ntitle: A\nambience: rom\n---\n\nWords. [5m..]\n", "did you mean room"),
}


@pytest.mark.parametrize("name", BAD_SCRIPTS)
def test_a_bad_script_is_refused_with_its_place_and_nothing_is_written(name, audio_builder, tmp_path):
    text, said = BAD_SCRIPTS[name]
    _script(tmp_path, text)
    ran = audio_builder("build", "small", "--voice", "tone", folder=tmp_path)
    assert ran.status == 1, ran
    assert re.search(said, ran.err), ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "output").exists() or not list((tmp_path / "output").iterdir())


BAD_USE = {
    "too short": (["--length", "4m59s"], 1, "nothing shorter than 5:00"),
    "too long": (["--length", "8h1s"], 1, "nothing longer than 8:00:00"),
    "negative": (["--length", "-5m"], 2, "less than nothing"),
    "no length": (["--length", "abc"], 2, "is not a length"),
    "a bare number": (["--length", "20"], 2, "20m for minutes or 20s for seconds"),
    "no such voice": (["--voice", "hibary"], 1, "did you mean hibari"),
    "no such hibari voice": (["--voice", "hibari:joe"], 1, "it has heart"),
    "voice not on this machine": (["--voice", "hibari:emma"], 1, "not on this machine"),
    "speed of nonsense": (["--speed", "9"], 1, "out of range"),
    "speed of nothing": (["--speed", "nan"], 1, "out of range"),
    "no such ambience": (["--ambience", "rooms"], 1, "did you mean room"),
    "no such bell": (["--bell", "bowel"], 1, "did you mean bowl"),
    "no such breath": (["--breath", "4"], 1, "no pattern"),
    "a breath of nothing": (["--breath", "0-0"], 1, "between 1 and 60 seconds"),
    "no such ending": (["--ending", "dream"], 2, "wake"),
    "no positions to choose": (["--positions", "legs-on-chair"], 1, "has no positions"),
    "no such folder": (["--scripts", "nowhere"], 1, "there is no folder nowhere"),
    "a name that is a path": (["--name", "../x"], 2, "cannot name files"),
    "no such option": (["--lenght", "5m"], 2, "--length"),
}


@pytest.mark.parametrize("name", BAD_USE)
def test_a_wrong_option_is_refused_with_the_cure(name, audio_builder, tmp_path):
    options, status, said = BAD_USE[name]
    _script(tmp_path, GOOD)
    voice = [] if "--voice" in options else ["--voice", "tone"]
    ran = audio_builder("build", "small", *voice, *options, folder=tmp_path)
    assert (ran.status, "Traceback" in ran.err) == (status, False), ran
    assert said in ran.err, ran.err
    assert not (tmp_path / "output").exists()


def test_a_missing_script_is_named_with_near_ones(audio_builder, tmp_path):
    ran = audio_builder("build", "psoas-relase", folder=tmp_path)
    assert ran.status == 1
    assert "did you mean psoas-release?" in ran.err
    ran = audio_builder("build", "nowhere.md", folder=tmp_path)
    assert ran.status == 1
    assert "there is no file nowhere.md" in ran.err


def test_positions_that_do_not_fit_name_what_does(audio_builder, tmp_path):
    ran = audio_builder(
        "plan", "psoas-release", "--voice", "tone", "--positions", "legs-on-chair,knees-together", "--length", "9m",
        folder=tmp_path,
    )  # fmt: skip
    assert ran.status == 1
    assert re.search(r"--positions legs-on-chair,knees-together cannot last 9:00: shortest \d+:\d\d", ran.err)


def test_an_output_that_cannot_be_written_is_said(audio_builder, tmp_path):
    _script(tmp_path, GOOD)
    (tmp_path / "output").write_text("a file")
    ran = audio_builder("build", "small", "--voice", "tone", folder=tmp_path)
    assert ran.status in (1, 2)
    assert "output" in ran.err
    assert "Traceback" not in ran.err


def test_plan_needs_no_sound_and_says_that_it_estimates(audio_builder, tmp_path):
    ran = audio_builder("plan", "leg-across", "--length", "20m", folder=tmp_path, cache=tmp_path / "empty")
    assert ran.status == 0, ran.err
    assert "estimated" in ran.out
    document = json.loads(
        audio_builder("plan", "leg-across", "--json", folder=tmp_path, cache=tmp_path / "empty").out
    )
    assert document["estimated"] is True
    assert document["length"] == 960_000
    assert {hold["side"] for hold in document["holds"]} == {"right", "left"}
    assert not (tmp_path / "output").exists()


def test_plan_draws_a_picture(audio_builder, tmp_path):
    ran = audio_builder("plan", "legs-on-chair", "--picture", "line.svg", folder=tmp_path)
    assert ran.status == 0, ran.err
    assert (tmp_path / "line.svg").read_text("utf-8").startswith("<svg")


def test_the_shipped_scripts_have_neither_errors_nor_advice(audio_builder, tmp_path):
    ran = audio_builder("check", folder=tmp_path)
    assert ran.out.endswith("6 scripts: 0 errors, 0 pieces of advice\n"), ran.out
    assert ran.status == 0


def test_check_reports_every_problem_of_a_file(audio_builder, tmp_path):
    path = _script(tmp_path, "---\ntitle: A\ncolour: red\n---\n\n# B {x}\n\nWords. [pauze 1s] <b>more</b>\n")
    ran = audio_builder("check", path, folder=tmp_path)
    assert ran.status == 1
    assert len(re.findall(r"small\.md:\d+:\d+: ", ran.out)) >= 4, ran.out
    found = json.loads(audio_builder("check", path, "--json", folder=tmp_path).out)
    assert {problem["line"] for problem in found[0]["errors"]} == {3, 6, 8}


def test_check_advises(audio_builder, tmp_path):
    text = GOOD.replace("and I will speak again", "now").replace("Rest for a while", "Zxqvorple your legs")
    text = text.replace("[rest 2m..]\n- One soft word.", "[2m..]").replace("Get up slowly.", "Goodbye.")
    _script(tmp_path, text)
    ran = audio_builder("check", "small", folder=tmp_path)
    assert ran.status == 0
    for said in ("nothing announces", "four minutes", "nobody says how to get up", "Zxqvorple"):
        assert said in ran.out, ran.out


def test_scripts_lists_what_can_be_built(audio_builder, tmp_path):
    ran = audio_builder("scripts", folder=tmp_path)
    assert ran.status == 0
    assert re.search(r"psoas-release +\S+ +28m +8h  Psoas release", ran.out)
    _script(tmp_path, "no front matter\n", "broken.md")
    rows = json.loads(audio_builder("scripts", "--json", folder=tmp_path).out)
    assert next(row for row in rows if row["name"] == "broken")["error"]
    assert {"psoas-release", "broken"} <= {row["name"] for row in rows}


@pytest.mark.parametrize("kind", [[], ["--position"]])
def test_new_writes_a_script_without_errors_or_advice(kind, audio_builder, tmp_path):
    ran = audio_builder("new", "evening-rest", *kind, folder=tmp_path)
    assert ran.status == 0, ran.err
    assert 'title: "Evening rest"' in (tmp_path / "scripts" / "evening-rest.md").read_text("utf-8")
    checked = audio_builder("check", "scripts/evening-rest.md", folder=tmp_path)
    assert "0 errors, 0 pieces of advice" in checked.out, checked.out
    again = audio_builder("new", "evening-rest", *kind, folder=tmp_path)
    assert again.status == 1
    assert "is there already" in again.err


def test_the_library_lists_and_removes(audio_builder, tmp_path):
    _script(tmp_path, GOOD)
    assert "holds no session yet" in audio_builder("library", folder=tmp_path).out
    assert audio_builder("build", "small", "--length", "5m", "--voice", "tone", folder=tmp_path).status == 0
    listed = audio_builder("library", folder=tmp_path).out
    assert "small-5m-tone.mp3" in listed
    assert json.loads(audio_builder("library", "--json", folder=tmp_path).out)[0]["length_ms"] == 300_000
    missing = audio_builder("library", "remove", "smoll", folder=tmp_path)
    assert missing.status == 1
    assert "small-5m-tone" in missing.err
    assert audio_builder("library", "remove", "small-5m-tone.mp3", folder=tmp_path).status == 0
    assert list((tmp_path / "output").iterdir()) == []


def test_doctor_finds_what_a_build_needs(audio_builder, tmp_path):
    ran = audio_builder("doctor", folder=tmp_path)
    assert ran.status == 0, ran.out
    assert "MISSING" not in ran.out
    assert json.loads(audio_builder("doctor", "--json", folder=tmp_path).out)


def test_the_cache_shows_limits_and_clears(audio_builder, tmp_path):
    cache = tmp_path / "cache"
    sample = audio_builder("voices", "--sample", "tone", folder=tmp_path, cache=cache)
    assert sample.status == 0, sample.err
    assert (tmp_path / "sample-tone.wav").stat().st_size > 10_000
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
    ran = audio_builder("check", path, folder=tmp_path)
    assert ran.status == 1
    assert re.search(r"small\.md:13:1: there is nothing to list", ran.out), ran.out


def test_what_others_include_may_be_short(audio_builder, tmp_path):
    _script(tmp_path, "---\ntitle: Closing\n---\n\nStand up slowly. [20s]\n", "closing.md")
    ran = audio_builder("check", "closing", folder=tmp_path)
    assert ran.status == 0, ran.out
    assert "too short to build by itself" in ran.out


def test_what_looks_like_a_slip_is_advised(audio_builder, tmp_path):
    text = (
        GOOD.replace("# Up {fixed}", "# Up (fixed)").replace("[5s]", "(5s)").replace("- One", "• One\n• Two")
    )
    _script(tmp_path, text + "\n#Five words here. Rest now 20s.\n")
    ran = audio_builder("check", "small", folder=tmp_path)
    for said in ("(fixed)", "(5s)", "list cannot begin with •", "#Five", "20s"):
        assert said in ran.out, (said, ran.out)


def test_a_cache_deleted_during_a_build_costs_time_only(tmp_path):
    cache = tmp_path / "cache"
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [
        sys.executable,
        "-m",
        "audio_builder",
        "build",
        "six-habits",
        "--voice",
        "tone",
        "--length",
        "20m",
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None and not list((tmp_path / "output").glob(".building-*/.*.part")):
            time.sleep(0.02)
        shutil.rmtree(cache, ignore_errors=True)
        _, err = process.communicate()
    assert process.returncode == 0, err


def test_voices_lists_what_is_ready_and_what_the_others_need(audio_builder, tmp_path):
    ran = audio_builder("voices", folder=tmp_path)
    assert re.search(r"hibari:heart +en +ready", ran.out)
    assert re.search(r"hibari:emma +en +put the file", ran.out)
    assert any(
        voice["engine"] == "pyttsx3"
        for voice in json.loads(audio_builder("voices", "--json", folder=tmp_path).out)
    )


def test_inspect_tells_a_kept_promise_from_a_broken_one(audio_builder, tmp_path):
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
    assert "keeps its promises" in audio_builder("inspect", mp3, folder=tmp_path).out
    cut = audio_builder("inspect", tmp_path / "cut.mp3", folder=tmp_path)
    assert cut.status == 1
    assert "BROKEN" in cut.out
    for name, content in (("text.mp3", b"no sound at all"), ("empty.mp3", b"")):
        (tmp_path / name).write_bytes(content)
        ran = audio_builder("inspect", name, folder=tmp_path)
        assert ran.status == 1
        assert "no MP3" in ran.err
    assert audio_builder("inspect", "gone.mp3", folder=tmp_path).status == 1


def test_every_command_is_in_the_readme_and_has_help(audio_builder, tmp_path):
    listed = re.findall(r"^  ([a-z]+) ", audio_builder("--help", folder=tmp_path).out, re.MULTILINE)
    assert len(listed) >= 11
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in listed:
        assert f"audio-builder {name}" in readme, name
        ran = audio_builder(name, "--help", folder=tmp_path)
        assert ran.status == 0
        assert ran.out.startswith(f"Usage: audio-builder {name}")


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


def test_an_unknown_command_is_answered_with_the_near_one(audio_builder, tmp_path):
    ran = audio_builder("biuld", folder=tmp_path)
    assert ran.status == 2
    assert "Did you mean build?" in ran.err


def test_a_fault_of_ours_becomes_a_report(audio_builder, tmp_path):
    """A broken installation is no mistake of the user: exit 3 and a file to attach."""
    broken = tmp_path / "broken"
    shutil.copytree(ROOT / "audio_builder", broken / "audio_builder")
    (broken / "audio_builder" / "cli" / "scripts.py").write_text("raise RuntimeError('broken on purpose')\n")
    ran = audio_builder("scripts", folder=broken, PYTHONPATH=str(broken), TMPDIR=str(tmp_path))
    assert ran.status == 3
    report = Path(re.search(r"(\S+audio-builder-report-\S+)", ran.err)[1])
    assert "broken on purpose" in report.read_text("utf-8")
    assert "Traceback" not in ran.err
