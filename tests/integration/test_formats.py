"""A session in other formats: exact in two decoders, complete in two readers, and always of the MP3's own version."""

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import wave
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from common import ROOT, command_environment
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from PIL import Image
from servers import needed
from sounds import ffprobe, session

from audio_builder import ffmpeg
from audio_builder.audio import level, limiter
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import apply_envelope
from audio_builder.errors import EncodeFailed
from audio_builder.formats.encode import STEM_NAMES, encode_formats, encode_stem
from audio_builder.library import storage
from audio_builder.library.session_files import ADDED_FILES, FORMAT_FILES
from audio_builder.session.session import Session
from audio_builder.session.tag import Labels

TITLE = "Small = {x}; \\ # y"
FRONT = (
    "summary: Lie down.\nvoice: tone\nlength: 5m\nbell: wood\nquality: mono\nfigure: legs-on-chair\n---\n\n"
)
BODY = "# Arrive\n\nRest{}. [breathe 4-6 x5]\n\n[bell]\n\n# Stay\n\nSoft now.\n\n[rest 2m..]\n"
SCRIPT = f"---\ntitle: '{TITLE}'\n{FRONT}{BODY}"
SHOW = 'title = "The floor"\nauthor = "Ana"\ndescription = "Rest."\ncategories = ["Education"]\n'
SUFFIXES = [file.suffix for file in FORMAT_FILES]
NAME = "small-5m"
STYLES = {
    "stereo": (60_047, Style("room", "wood")),
    "mono over silence": (61_000, Style("none", "wood", stereo=False)),
}


def write_script(folder: Path, words: str = "") -> None:
    (folder / "scripts").mkdir(exist_ok=True)
    (folder / "scripts" / "small.md").write_text(SCRIPT.replace("{}", words), "utf-8")
    (folder / "scripts" / "show.toml").write_text(SHOW, "utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory, audio_builder):
    """A folder with a session in every format and its stems, and the manifest that the command printed."""
    folder = tmp_path_factory.mktemp("built")
    write_script(folder)
    arguments = ["--format", "m4b,opus", "--format", "flac", "--stems", "--json", "--workers", "2"]
    result = audio_builder("build", "small", *arguments, folder=folder)
    assert result.status == 0, result.err
    return folder / "output", json.loads(result.out)


def decoded(path: Path) -> np.ndarray:
    """Return what ffmpeg decodes, shaped (samples, channels)."""
    channels = int(ffprobe(path, "stream=channels").split()[0])
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-f", "s16le", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<i2").reshape(-1, channels)


def samples_of_another_decoder(path: Path, folder: Path) -> int:
    """Return the number of samples a channel that a decoder other than ffmpeg gives.

    For M4B that is FAAD2. It gives everything but the first frame, so the rest of what the edit list leaves out at the
    beginning is left out here.
    """
    wav, left_out = folder / "decoded.wav", 0
    if path.suffix == ".flac":
        command = [needed("flac"), "-s", "-d", "-f", "-o", str(wav), str(path)]
    elif path.suffix == ".m4b":
        command = [needed("faad"), "-q", "-o", str(wav), str(path)]
        left_out = first_sample_of_edit_list(path) - 1024
    else:
        command = [needed("opusdec"), "--quiet", "--rate", "48000", str(path), str(wav)]
    subprocess.run(command, check=True, capture_output=True)
    with wave.open(str(wav)) as file:
        return file.getnframes() - left_out


def first_sample_of_edit_list(path: Path) -> int:
    """Return where the sound of an M4B begins (ISO/IEC 14496-12, 8.6.6, version 0, one entry)."""
    content = path.read_bytes()
    _, entries, _, first = struct.unpack_from(">IIIi", content, content.index(b"elst") + 4)
    assert entries == 1
    return first


def samples_of_the_own_ffmpeg(path: Path) -> int:
    """Return the number of samples a channel by the program's ffmpeg, years newer than that of the system."""
    channels = int(ffprobe(path, "stream=channels").split()[0])
    return ffmpeg.output_size(["-i", str(path), "-map", "0:a", "-f", "s16le", "-"]) // 2 // channels


@pytest.fixture(scope="module")
def encoded(tmp_path_factory):
    """Sessions of a minute in each format, stereo and mono: (length in ms, path by suffix)."""
    found = {}
    for name, (length, style) in STYLES.items():
        folder = tmp_path_factory.mktemp("encoded")
        virtual = Session(*session(folder, length), style)
        paths = {suffix: folder / f"s{suffix}" for suffix in SUFFIXES}
        encode_formats(virtual, Labels(cover=jpeg(folder)), paths, 2, lambda _done, _total: None)
        found[name] = length, paths
    return found


def jpeg(folder: Path) -> bytes:
    Image.new("RGB", (60, 60), (20, 90, 80)).save(folder / "cover.jpg")
    return (folder / "cover.jpg").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("style", STYLES)
def test_two_decoders_give_exactly_the_length_of_the_session(style, suffix, encoded, tmp_path):
    length, paths = encoded[style]
    assert len(decoded(paths[suffix])) == length * 48
    assert samples_of_another_decoder(paths[suffix], tmp_path) == length * 48
    assert samples_of_the_own_ffmpeg(paths[suffix]) == length * 48


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_built_session_has_its_exact_length_in_every_format(suffix, built, tmp_path):
    out, _ = built
    assert len(decoded(out / f"{NAME}{suffix}")) == 300_000 * 48
    assert samples_of_another_decoder(out / f"{NAME}{suffix}", tmp_path) == 300_000 * 48


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_ffprobe_reads_every_chapter_at_its_millisecond(suffix, built):
    out, manifest = built
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(out / f"{NAME}{suffix}")]
    done = subprocess.run(command, capture_output=True, check=True)
    found = [
        (round(float(one["start_time"]) * 1000), one["tags"]["title"])
        for one in json.loads(done.stdout)["chapters"]
    ]
    assert found == [(one["start_ms"], one["title"]) for one in manifest["chapters"]]
    assert len(found) > 1


def test_another_reader_finds_chapters_and_tags_of_an_audiobook(built):
    out, manifest = built
    file = MP4(out / f"{NAME}.m4b")
    assert [(round(one.start * 1000), one.title) for one in file.chapters] == [
        (one["start_ms"], one["title"]) for one in manifest["chapters"]
    ]
    texts = {name: file.tags[name][0] for name in ("©nam", "©alb", "©ART", "tvsh", "desc", "©cmt")}
    title, summary = TITLE, "Lie down."
    assert texts == {
        "©nam": title,
        "©alb": title,
        "©ART": "Ana",
        "tvsh": "The floor",
        "desc": summary,
        "©cmt": summary,
    }
    assert file.tags["stik"] == [2], "an audiobook"
    assert file.tags["©lyr"][0].splitlines() == ["Rest.", "Soft now."]
    assert file.tags["covr"][0].imageformat == MP4Cover.FORMAT_JPEG
    content = (out / f"{NAME}.m4b").read_bytes()
    assert content[8:12] == b"M4B "
    assert content.index(b"moov") < content.index(b"mdat"), "it can be played while it arrives"
    assert b"\0\0\0\x0bchpl"[4:] in content and b"chap" in content
    assert ffprobe(out / f"{NAME}.m4b", "stream_tags=language").split()[0] == "eng"


def test_an_audiobook_has_its_cover_first_and_then_the_pictures_of_its_chapters(built):
    out, manifest = built
    what = "stream=codec_name,width:stream_disposition=attached_pic,timed_thumbnails"
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", what, "-of", "csv=p=0"]
    done = subprocess.run([*command, str(out / f"{NAME}.m4b")], capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["mjpeg,1400,1,0", "mjpeg,600,1,1"]
    content = (out / f"{NAME}.m4b").read_bytes()
    track = content[content.rindex(b"trak") : content.rindex(b"mdat")]
    times = track[track.index(b"stts") + 8 :]
    assert [
        int.from_bytes(times[8 * n + 8 : 8 * n + 12], "big") for n in range(len(manifest["chapters"]))
    ] == [one["length_ms"] for one in manifest["chapters"]]
    places = track[track.index(b"stco") + 12 :]
    for n in range(len(manifest["chapters"])):
        place = int.from_bytes(places[4 * n : 4 * n + 4], "big")
        assert content[place : place + 3] == b"\xff\xd8\xff"


@pytest.mark.parametrize("suffix", [".opus", ".flac"])
def test_another_reader_finds_the_comments_chapters_and_cover(suffix, built):
    out, manifest = built
    file = (OggOpus if suffix == ".opus" else FLAC)(out / f"{NAME}{suffix}")
    texts = {name: file.tags[name] for name in ("title", "album", "artist", "description", "language")}
    assert texts == {
        "title": [TITLE],
        "album": ["The floor"],
        "artist": ["Ana"],
        "description": ["Lie down."],
        "language": ["eng"],
    }
    assert file.tags["lyrics"][0].splitlines() == ["Rest.", "Soft now."]
    for number, chapter in enumerate(manifest["chapters"], 1):
        (time_text,) = file.tags[f"chapter{number:03}"]
        hours, minutes, seconds = time_text.split(":")
        ms = (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)
        assert (ms, file.tags[f"chapter{number:03}name"]) == (chapter["start_ms"], [chapter["title"]])
    picture = pictures(file)[0]
    assert (picture.type, picture.mime, picture.width) == (3, "image/jpeg", 1400)
    assert picture.data.startswith(b"\xff\xd8")


def pictures(file: OggOpus | FLAC) -> list[Picture]:
    if isinstance(file, FLAC):
        return file.pictures
    from base64 import b64decode

    return [Picture(b64decode(text)) for text in file.tags["metadata_block_picture"]]


def test_the_manifest_and_the_json_document_record_every_added_file(built):
    out, printed = built
    episode = storage.read_manifest(out / f"{NAME}.json")
    assert {*episode.added_files} == {file.suffix for file in ADDED_FILES}
    assert {*episode.formats} == {*SUFFIXES} == {*printed["formats"]}
    for suffix, record in episode.added_files.items():
        assert storage.is_intact_addition(out, episode, suffix)
        assert record.bytes == (out / f"{NAME}{suffix}").stat().st_size


def test_another_build_with_other_workers_gives_the_same_bytes(built, audio_builder):
    out, printed = built
    arguments = ["--format", "flac,m4b,opus", "--stems", "--json", "--workers", "1", "--out", "again"]
    result = audio_builder("build", "small", *arguments, folder=out.parent)
    again = json.loads(result.out)
    assert (again["formats"], again["stems"]) == (printed["formats"], printed["stems"])


def test_an_unchanged_rebuild_encodes_nothing_and_says_so(built, audio_builder):
    out, _ = built
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    with patch.object(ffmpeg, "writer", side_effect=AssertionError("encoded again")):
        for arguments in ([], ["--format", "m4b,opus,flac"], ["--stems"]):
            result = audio_builder("build", "small", *arguments, folder=out.parent)
            assert "unchanged" in result.out, (result.out, result.err)
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_verify_reads_every_added_file(built, audio_builder):
    out, _ = built
    assert audio_builder("library", "verify", folder=out.parent).out == f"{NAME}: intact\n"
    for suffix in (".m4b", ".bells.flac", ".labels.txt"):
        path = out / f"{NAME}{suffix}"
        content, times = path.read_bytes(), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        result = audio_builder("library", "verify", folder=out.parent)
        assert (result.status, f"{path.name} is damaged or missing" in result.out) == (1, True)
        path.write_bytes(content)
        os.utime(path, ns=times)


def test_the_stems_of_a_session_are_as_long_as_it_and_each_has_a_sound(built):
    out, _ = built
    parts = [decoded(out / f"{NAME}{suffix}").astype(np.int32) for suffix in STEM_NAMES]
    assert {part.shape for part in parts} == {(300_000 * 48, 1)}
    assert all(np.abs(part).max() > 0 for part in parts)


@pytest.mark.parametrize("style", STYLES)
def test_the_stems_add_up_to_the_session_before_its_limiter(style, encoded, tmp_path):
    length, paths = encoded[style]
    virtual = Session(*session(tmp_path, length), STYLES[style][1])
    parts = []
    for suffix in STEM_NAMES:
        encode_stem(virtual, suffix, tmp_path / f"s{suffix}", 1, lambda _done, _total: None)
        parts.append(decoded(tmp_path / f"s{suffix}").astype(np.int32))
    total, whole = sum(parts), decoded(paths[".flac"])
    assert np.abs(total).max() <= 32767
    total = total.astype(np.int16)
    ceiling = level.PEAK_DBFS["stereo" if virtual.style.stereo else "mono"]
    limited = apply_envelope(total, limiter.gain_reduction(limiter.millisecond_peaks(total), ceiling))
    assert np.abs(limited.astype(int) - whole).max() <= (0 if virtual.style.stereo else 2)


def test_audacity_reads_the_labels_as_chapters_and_sentences(built):
    out, manifest = built
    lines = (out / f"{NAME}.labels.txt").read_text("utf-8").splitlines()
    labels = [re.fullmatch(r"(\d+\.\d{3})\t(\d+\.\d{3})\t(.+)", line).groups() for line in lines]
    times = [(round(float(start) * 1000), round(float(end) * 1000)) for start, end, _ in labels]
    assert times == sorted(times, key=lambda mark: (mark[0], -mark[1]))
    assert times[-1][1] <= 300_000
    words = [text for _, _, text in labels if not text.startswith("# ")]
    assert words == [cue["text"] for cue in manifest["cues"] if cue["text"]]
    chapters = [text[2:] for _, _, text in labels if text.startswith("# ")]
    assert chapters == [one["title"] for one in manifest["chapters"]]


@pytest.fixture(scope="module")
def with_opus(tmp_path_factory, audio_builder):
    """A folder with a session that has Opus and its stems, which tests copy."""
    folder = tmp_path_factory.mktemp("opus")
    write_script(folder)
    result = audio_builder("build", "small", "--format", "opus", "--stems", folder=folder)
    assert result.status == 0, result.err
    return folder


@pytest.fixture
def quick(with_opus, tmp_path, audio_builder):
    """A folder with a session that has Opus and its stems, and a function that builds it again."""
    shutil.copytree(with_opus, tmp_path, dirs_exist_ok=True)

    def build(*arguments, status=0):
        result = audio_builder("build", "small", *arguments, folder=tmp_path)
        assert result.status == status, result.err
        return result

    return tmp_path, build


def added(folder: Path, name: str = NAME) -> set[str]:
    """Return the suffixes of the added files that a session has, and that its manifest names."""
    found = {file.suffix for file in ADDED_FILES if (folder / "output" / f"{name}{file.suffix}").exists()}
    episode = storage.read_manifest(folder / "output" / f"{name}.json")
    assert {*episode.added_files} == found
    assert all(storage.is_intact_addition(folder / "output", episode, suffix) for suffix in found)
    return found


def test_a_changed_session_keeps_its_formats_up_to_date_and_loses_old_stems(quick):
    folder, build = quick
    stems = {file.suffix for file in ADDED_FILES} - {*SUFFIXES}
    assert added(folder) == {".opus", *stems}
    before = (folder / "output" / f"{NAME}.opus").read_bytes()
    build("--format", "flac")
    assert added(folder) == {".flac", *stems}, "the formats that were named, and no others"
    build("--format", "opus")
    assert (folder / "output" / f"{NAME}.opus").read_bytes() == before
    write_script(folder, " well")
    build()
    assert added(folder) == {".opus"}
    assert (folder / "output" / f"{NAME}.opus").read_bytes() != before
    mine = folder / "output" / f"{NAME}.m4b"
    mine.write_bytes(b"made by hand")
    build("--format", "none")
    assert mine.read_bytes() == b"made by hand"
    mine.unlink()
    assert added(folder) == set()


def test_a_damaged_format_alone_is_built_again(quick):
    folder, build = quick
    path, mp3 = (folder / "output" / f"{NAME}{suffix}" for suffix in (".opus", ".mp3"))
    content, changed = path.read_bytes(), mp3.stat().st_mtime_ns
    path.write_bytes(b"damaged")
    assert "unchanged" not in build().out
    assert (path.read_bytes(), mp3.stat().st_mtime_ns) == (content, changed)


def test_removing_and_restoring_a_session_takes_every_added_file_along(quick, audio_builder):
    folder, _ = quick
    before = {path.name: path.read_bytes() for path in (folder / "output").glob("small*")}
    assert audio_builder("library", "remove", NAME, "--yes", folder=folder).status == 0
    assert not list((folder / "output").glob("small*"))
    assert audio_builder("library", "restore", NAME, folder=folder).status == 0
    assert {path.name: path.read_bytes() for path in (folder / "output").glob("small*")} == before


def test_a_script_can_name_its_formats_and_the_command_line_wins(audio_builder, tmp_path):
    write_script(tmp_path)
    script = tmp_path / "scripts" / "small.md"
    text = script.read_text("utf-8").replace("voice: tone", "voice: tone\nformat: [opus]")
    script.write_text(text, "utf-8")
    assert audio_builder("build", "small", folder=tmp_path).status == 0
    assert added(tmp_path, NAME) == {".opus"}
    assert audio_builder("build", "small", "--format", "none", folder=tmp_path).status == 0
    assert added(tmp_path, NAME) == set()
    script.write_text(text.replace("[opus]", "ogg"), "utf-8")
    result = audio_builder("build", "small", folder=tmp_path)
    assert (result.status, 'invalid format "ogg"' in result.err) == (1, True)
    assert "use m4b, opus, flac or none" in result.err


def test_a_batch_builds_the_formats_that_its_file_names(audio_builder, tmp_path):
    write_script(tmp_path)
    batch = tmp_path / "year.toml"
    batch.write_text('script = "small"\nformats = ["opus", "flac"]\nfeed = false\n', "utf-8")
    result = audio_builder("batch", "year.toml", folder=tmp_path)
    assert result.status == 0, result.err
    assert added(tmp_path) == {".opus", ".flac"}
    with patch.object(ffmpeg, "writer", side_effect=AssertionError("encoded again")):
        assert "1 unchanged" in audio_builder("batch", "year.toml", folder=tmp_path).out
    (tmp_path / "output" / f"{NAME}.opus").unlink()
    assert "1 unchanged" not in audio_builder("batch", "year.toml", folder=tmp_path).out
    assert added(tmp_path) == {".opus", ".flac"}


def test_ctrl_c_while_a_format_is_encoded_ends_ffmpeg_and_leaves_the_library_as_it_was(quick):
    folder, build = quick
    before = {path.name: path.read_bytes() for path in (folder / "output").iterdir()}
    write_script(folder, " well")
    children = []
    popen = subprocess.Popen

    def remembered(*arguments, **more):
        children.append(popen(*arguments, **more))
        return children[-1]

    def interrupted(_pipe, _data):
        raise KeyboardInterrupt

    with patch.object(subprocess, "Popen", remembered), patch.object(ffmpeg, "_write_all", interrupted):
        assert "Interrupted. No partial files" in build(status=130).err
    assert children[-1].returncode == -signal.SIGKILL
    assert {path.name: path.read_bytes() for path in (folder / "output").iterdir()} == before


def test_a_build_that_is_killed_while_it_encodes_leaves_nothing_in_the_library(home, tmp_path):
    write_script(tmp_path)
    command = [sys.executable, "-m", "audio_builder", "build", "small", "--length", "1h", "--format", "m4b"]
    environment = {**os.environ, **command_environment(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 120
        while not list((tmp_path / "output").glob(".building-*/*.m4b*")) and time.monotonic() < until:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    assert [path.name for path in (tmp_path / "output").iterdir() if not path.name.startswith(".")] == []


def test_what_ffmpeg_says_is_the_error_and_nothing_is_left(tmp_path):
    virtual = Session(*session(tmp_path, 20_000), Style("none", "none"))
    with pytest.raises(EncodeFailed, match=r"Cannot encode \.opus: .+"):
        encode_formats(
            virtual, Labels(), {".opus": tmp_path / "no-folder" / "s.opus"}, 1, lambda _done, _total: None
        )


@pytest.mark.parametrize("folder", ["Sessions: 2026", "-x"])
def test_a_folder_may_have_any_name(folder, audio_builder, tmp_path):
    """Encoders could take it for an address, or for an option."""
    (tmp_path / "scripts").mkdir()
    text = "---\ntitle: Sit\nvoice: tone\nambience: none\nquality: mono\n---\n\nSit. [rest 2m..]\n"
    (tmp_path / "scripts" / "sit.md").write_text(text, "utf-8")
    asked = ("--length", "5m", f"--out={folder}", "--format", "m4b,opus,flac", "--stems")
    result = audio_builder("build", "sit", *asked, folder=tmp_path)
    assert result.status == 0, result.err
    assert {".m4b", ".opus", ".flac"} <= {path.suffix for path in (tmp_path / folder).iterdir()}
