"""Files carry the artist and the album of the author's show, and the numbers of the episode.

Nothing changes for people without a show.
"""

import pytest
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from audio_builder.script.load import load
from audio_builder.script.search import ScriptFinder, shipped_folder
from audio_builder.script.show_names import show_names

SCRIPT = "---\ntitle: Rest\nvoice: tone\n---\n\nLet go. [4m..]\n"
SHOW = 'title = "Lie down"\nauthor = "Die Füße"\ndescription = "S"\ncategories = ["Education"]\n'
BUILD = ("build", "scripts/rest.md", "--length", "5m", "--quality", "mono", "--ambience", "none")
MP3 = "output/rest-5m-no-ambience-mono.mp3"


@pytest.fixture
def teacher(tmp_path, audio_builder):
    """A folder with a script, in which the returned function builds it and returns what was printed and the MP3."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "rest.md").write_text(SCRIPT, "utf-8")

    def build(status=0):
        result = audio_builder(*BUILD, folder=tmp_path)
        assert result.status == status, result
        return result, (tmp_path / MP3).read_bytes() if status == 0 else b""

    return build


def test_the_tag_follows_the_show_and_the_sound_does_not(teacher, tmp_path):
    _, without = teacher()
    assert {"TPE1", "TPE2", "TALB", "TRCK", "TPOS"}.isdisjoint(ID3(tmp_path / MP3))
    show = tmp_path / "scripts" / "show.toml"
    show.write_text(SHOW, "utf-8")
    result, with_show = teacher()
    assert "unchanged" not in result.out
    tag = ID3(tmp_path / MP3)
    assert (tag["TPE1"].text, tag["TALB"].text) == (["Die Füße"], ["Lie down"])
    assert tag["TPE2"].text == ["Die Füße"], "players group by the artist of the album"
    assert with_show[-100_000:] == without[-100_000:]
    assert "unchanged" in teacher()[0].out
    show.write_text(SHOW.replace("Lie down", "Lie low"), "utf-8")
    assert "unchanged" not in teacher()[0].out
    assert ID3(tmp_path / MP3)["TALB"].text == ["Lie low"]
    show.unlink()
    assert teacher()[1] == without


@pytest.mark.usefixtures("teacher")
def test_season_and_episode_are_disc_and_track_in_every_format_that_has_them(tmp_path, audio_builder):
    (tmp_path / "scripts" / "show.toml").write_text(SHOW, "utf-8")
    numbered = SCRIPT.replace("voice: tone", "voice: tone\nseason: 2\nepisode: 7")
    (tmp_path / "scripts" / "rest.md").write_text(numbered, "utf-8")
    assert audio_builder(*BUILD, "--format", "m4b,opus,flac", folder=tmp_path).status == 0
    tag = ID3(tmp_path / MP3)
    assert (tag["TPOS"].text, tag["TRCK"].text) == (["2"], ["7"])
    for read, suffix in ((OggOpus, ".opus"), (FLAC, ".flac")):
        tags = read((tmp_path / MP3).with_suffix(suffix)).tags
        found = {name: tags[name] for name in ("albumartist", "discnumber", "tracknumber")}
        assert found == {"albumartist": ["Die Füße"], "discnumber": ["2"], "tracknumber": ["7"]}
    assert MP4((tmp_path / MP3).with_suffix(".m4b"))["aART"] == ["Die Füße"]


def test_a_show_without_names_gives_none_and_a_broken_one_stops_the_build(teacher, audio_builder, tmp_path):
    show = tmp_path / "scripts" / "show.toml"
    show.write_text("title = 5\n", "utf-8")
    teacher()
    assert {"TPE1", "TPE2", "TALB", "TRCK", "TPOS"}.isdisjoint(ID3(tmp_path / MP3))
    show.write_text("title = Lie down\n", "utf-8")
    assert "scripts/show.toml: " in teacher(status=1)[0].err
    checked = audio_builder("check", folder=tmp_path)
    assert checked.status == 1
    assert "scripts/show.toml: " in checked.out + checked.err


def test_the_example_show_of_a_working_copy_is_not_the_show_of_other_scripts(tmp_path):
    (tmp_path / "rest.md").write_text(SCRIPT, "utf-8")
    finder = ScriptFinder((tmp_path, shipped_folder()))
    for name in (str(tmp_path / "rest.md"), "legs-on-chair"):
        assert show_names(load(name, finder), finder) == ("", "")
    (tmp_path / "show.toml").write_text(SHOW, "utf-8")
    for name in (str(tmp_path / "rest.md"), "legs-on-chair"):
        assert show_names(load(name, finder), finder) == ("Lie down", "Die Füße")
