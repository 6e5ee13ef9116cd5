"""Sessions that are older than their scripts: who says so, and until when."""

import json

import pytest

SHOW = """title = "Floor"
author = "Someone"
description = "Rest."
categories = ["Education"]
base_url = "https://floor.example/"
"""
FRAME = """---
title: Floor
voice: tone
positions: [chair]
length: 5m
---

# Lie down

Let the floor hold you.

[positions]

# Getting up

[include end]
"""
POSITION = """---
title: Chair
kind: position
frame: floor
voice: tone
---

# Chair

Lower your legs onto the chair.

[rest 1m..]
"""
END = """---
title: End
---

# End

Take your time.
"""
MARK = "(older than its script)"


@pytest.fixture
def teacher(tmp_path, audio_builder):
    """A folder with two sessions that test signals speak, in a feed."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name, text in {"floor.md": FRAME, "chair.md": POSITION, "end.md": END, "show.toml": SHOW}.items():
        (scripts / name).write_text(text, "utf-8")
    with (scripts / "show.toml").open("a", encoding="utf-8") as show:
        show.write('[[episode]]\nname = "floor-5m"\n[[episode]]\nname = "chair-5m"\n')
    for name in ("floor", "chair"):
        assert audio_builder("build", name, "--length", "5m", folder=tmp_path).status == 0
    return tmp_path


def marked(audio_builder, folder):
    """The sessions that `library` marks as older than their scripts."""
    listed = audio_builder("library", folder=folder).out.splitlines()
    return {line.split(".mp3")[0] for line in listed if line.endswith(MARK)}


@pytest.mark.parametrize("name", ["floor", "chair", "end"])
def test_a_session_is_marked_while_anything_that_it_was_read_from_is_newer(name, teacher, audio_builder):
    assert marked(audio_builder, teacher) == set()
    script = teacher / "scripts" / f"{name}.md"
    script.write_text(script.read_text("utf-8") + "\n<!-- a note, which nobody hears -->\n", "utf-8")
    assert marked(audio_builder, teacher) == {"floor-5m", "chair-5m"}
    before = (teacher / "output" / "floor-5m.mp3").read_bytes()
    for session in ("floor", "chair"):
        assert audio_builder("build", session, "--length", "5m", folder=teacher).status == 0
    assert marked(audio_builder, teacher) == set()
    assert (teacher / "output" / "floor-5m.mp3").read_bytes() == before


def test_feed_and_publish_say_which_and_a_batch_brings_them_up_to_date(teacher, audio_builder):
    script = teacher / "scripts" / "floor.md"
    script.write_text(script.read_text("utf-8").replace("hold you", "carry you"), "utf-8")
    notice = "Older than their scripts, until you build them again: "
    for command in (("feed",), ("publish", "public", "--dry-run"), ("publish", "public")):
        result = audio_builder(*command, folder=teacher)
        assert result.status == 0, result.err
        (line,) = [line for line in (result.out + result.err).splitlines() if notice in line]
        assert "floor-5m" in line and "chair-5m" in line
    file = teacher / "all.toml"
    file.write_text('scripts = ["floor", "chair"]\nlength = "5m"\n', "utf-8")
    result = audio_builder("batch", file.name, folder=teacher)
    assert result.status == 0, result.err
    assert notice not in result.out + result.err
    assert marked(audio_builder, teacher) == set()


def test_a_comment_alone_makes_a_batch_bring_its_sessions_up_to_date(teacher, audio_builder):
    file = teacher / "all.toml"
    file.write_text('scripts = ["floor", "chair"]\nlength = "5m"\n', "utf-8")
    assert audio_builder("batch", file.name, folder=teacher).status == 0
    script = teacher / "scripts" / "end.md"
    script.write_text(script.read_text("utf-8").replace("time.", "time. <!-- calm -->"), "utf-8")
    assert marked(audio_builder, teacher) == {"floor-5m", "chair-5m"}
    assert audio_builder("batch", file.name, folder=teacher).status == 0
    assert marked(audio_builder, teacher) == set()


def test_a_session_whose_sound_is_missing_or_cut_off_is_marked(teacher, audio_builder):
    mp3 = teacher / "output" / "floor-5m.mp3"
    for damage in (lambda: mp3.write_bytes(mp3.read_bytes()[:1000]), mp3.unlink):
        damage()
        listed = audio_builder("library", folder=teacher).out
        assert listed.count("(damaged or missing)") == 1
        assert "To repair a session, build it again" in listed
    assert audio_builder("build", "floor", "--length", "5m", folder=teacher).status == 0
    assert "damaged" not in audio_builder("library", folder=teacher).out


def test_scripts_that_are_gone_give_no_mark(teacher, audio_builder):
    for name in ("floor", "end"):
        (teacher / "scripts" / f"{name}.md").unlink()
    assert marked(audio_builder, teacher) == set()


def test_a_renamed_script_is_noticed_and_with_its_old_name_as_id_it_stays_the_same_episode(
    teacher, audio_builder
):
    assert audio_builder("feed", folder=teacher).status == 0
    registered = (teacher / "scripts" / "episodes.toml").read_text("utf-8").count("[[episode]]")
    script, show = teacher / "scripts" / "quiet.md", teacher / "scripts" / "show.toml"
    (teacher / "scripts" / "floor.md").rename(script)
    chair = teacher / "scripts" / "chair.md"
    chair.write_text(chair.read_text("utf-8").replace("frame: floor", "frame: quiet"), "utf-8")
    listed = audio_builder("library", folder=teacher).out
    assert "(its script is called quiet now)" in next(
        line for line in listed.splitlines() if "floor-5m" in line
    )
    assert 'write "id: floor" in' in listed
    notice = "The script floor is called quiet now. "
    for command in (("feed",), ("publish", "public", "--dry-run")):
        result = audio_builder(*command, folder=teacher)
        assert notice in result.out + result.err, result
        assert "remove floor-5m from the library" in result.out + result.err
    script.write_text(script.read_text("utf-8").replace("title:", "id: floor\ntitle:"), "utf-8")
    assert audio_builder("build", "quiet", "--length", "5m", folder=teacher).status == 0
    assert audio_builder("library", "remove", "floor-5m", "--yes", folder=teacher).status == 0
    show.write_text(show.read_text("utf-8").replace('"floor-5m"', '"quiet-5m"'), "utf-8")
    result = audio_builder("feed", folder=teacher)
    assert result.status == 0, result.err
    assert notice not in result.out + result.err
    assert (teacher / "scripts" / "episodes.toml").read_text("utf-8").count("[[episode]]") == registered


def test_sessions_of_earlier_versions_have_no_mark(teacher, audio_builder):
    for name in ("floor-5m", "chair-5m"):
        manifest = teacher / "output" / f"{name}.json"
        content = json.loads(manifest.read_bytes())
        del content["scripts"]
        manifest.write_text(json.dumps(content), "utf-8")
    script = teacher / "scripts" / "chair.md"
    script.write_text(script.read_text("utf-8").replace("Lower", "Lift"), "utf-8")
    assert marked(audio_builder, teacher) == set()
