"""Narrating: each line once, only those not cached, and the same samples with any number of workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from audio_builder.audio import level
from audio_builder.audio.clip import Clip
from audio_builder.cache import Cache
from audio_builder.errors import Location, VoiceFailed
from audio_builder.script.model import Line
from audio_builder.speech import pieces as pieces_module
from audio_builder.speech.narrate import cached_clips, narrate
from audio_builder.speech.pieces import LONGEST_PIECE, PIECE_GAP, pieces
from audio_builder.speech.pronunciation import read_pronunciation
from audio_builder.speech.voices import open_voice
from audio_builder.units import Ms

TEXTS = (
    "Breathe in.",
    "Breathe out, slowly.",
    "Let the floor have your weight.",
    "The psoas rests.",
    "Stay here.",
)


def lines(*texts: str, say: tuple[tuple[str, str], ...] = ()) -> dict[Line, Location]:
    return {
        Line(text, say): Location("evening.md", 10 + number, 1) for number, text in enumerate(texts or TEXTS)
    }


class ProgressLog:
    """The progress reports of a call. The last total is the number of lines that had to be spoken."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        if self.reports[-1:] != [(done, total)]:  # it is repeated while a voice takes its time
            self.reports.append((done, total))


def samples(clip: Clip) -> np.ndarray:
    with wave.open(str(clip.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 48_000)
        assert file.getnframes() == 48 * clip.length
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_narrating_returns_a_clip_for_every_line_in_order(tmp_path: Path) -> None:
    clips = narrate(lines(), open_voice("tone"), Cache(tmp_path))
    assert [line.text for line in clips] == list(TEXTS)
    for line, clip in clips.items():
        assert abs(clip.length - 300 * len(line.text.split())) < 60
        assert samples(clip).any()


def test_only_new_and_changed_lines_are_spoken_again(tmp_path: Path) -> None:
    voice, log = open_voice("tone"), ProgressLog()
    first = narrate(lines(), voice, Cache(tmp_path), progress=log)
    assert log.reports == [(n, 5) for n in range(6)]
    again = ProgressLog()
    assert narrate(lines(), voice, Cache(tmp_path), progress=again) == first
    assert again.reports == [(0, 0)]
    changed = ProgressLog()
    narrate(lines(*TEXTS[:4], "Stay here a while."), voice, Cache(tmp_path), progress=changed)
    assert changed.reports == [(0, 1), (1, 1)]


def test_lines_that_sound_the_same_are_spoken_once(tmp_path: Path) -> None:
    log = ProgressLog()
    same = {Line("Stay."): Location("a.md", 1), Line("Stay.", (("psoas", "so-az"),)): Location("b.md", 1)}
    first, second = narrate(same, open_voice("tone"), Cache(tmp_path), progress=log).values()
    assert first == second
    assert log.reports[-1] == (1, 1)


# that two processes give the same samples is part of every voice's contract
def test_any_number_of_workers_gives_the_same_samples(tmp_path: Path) -> None:
    wanted = lines(*(f"{text} Line {n}." for n in range(1, 6) for text in TEXTS[:4]))
    one, three = (
        narrate(wanted, open_voice("tone"), Cache(tmp_path / str(workers)), workers=workers)
        for workers in (1, 3)
    )
    assert [clip.key for clip in one.values()] == [clip.key for clip in three.values()]


def test_lines_are_at_the_level_of_speech_and_do_not_depend_on_one_another(tmp_path: Path) -> None:
    clips = list(narrate(lines(), open_voice("hibari"), Cache(tmp_path)).values())
    spoken = [samples(clip) for clip in clips]
    assert level.loudness(np.concatenate(spoken)) == pytest.approx(
        level.SPEECH_LUFS - level.HEADROOM_DB, abs=1.5
    )
    assert max(np.abs(sound.astype(int)).max() for sound in spoken) < 0.9 * 32768
    alone = narrate(lines(TEXTS[3]), open_voice("hibari"), Cache(tmp_path / "alone"))
    assert next(iter(alone.values())).key == clips[3].key


def test_the_level_of_a_clip_is_measured_when_it_is_spoken(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    level.forget_levels()
    clip = next(iter(narrate(lines(), open_voice("tone"), cache).values()))
    assert len(list(tmp_path.glob("??/*.level"))) == len(lines())
    assert len(level.speech_level(clip, cache).peaks) == clip.length


@pytest.mark.parametrize("change", ["nothing", "speed", "voice", "pronunciation", "say"])
def test_anything_that_changes_the_sound_needs_another_clip(change: str, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    narrate(lines("The psoas."), open_voice("tone"), cache)
    table = read_pronunciation('[psoas]\nsay = "so-az muscle"\n', "p.toml")
    found = cached_clips(
        lines("The psoas.", say=(("psoas", "the so az"),) if change == "say" else ()),
        open_voice("hibari" if change == "voice" else "tone", 0.8 if change == "speed" else 1.0),
        cache,
        table if change == "pronunciation" else {},
    )
    assert len(found) == (1 if change == "nothing" else 0)


@pytest.mark.parametrize("damage", ["gone", "cut", "not a wav", "other rate"])
def test_a_damaged_entry_is_spoken_again(damage: str, tmp_path: Path) -> None:
    first = narrate(lines("Stay."), open_voice("tone"), Cache(tmp_path))
    path = next(iter(first.values())).path
    intact = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {
                "cut": intact[:-100],
                "not a wav": b"x" * 500,
                "other rate": intact[:24] + b"\0" * 4 + intact[28:],
            }[damage]
        )
    log = ProgressLog()
    assert narrate(lines("Stay."), open_voice("tone"), Cache(tmp_path), progress=log) == first
    assert log.reports[-1] == (1, 1)
    assert path.read_bytes() == intact


def test_a_long_sentence_is_spoken_in_pieces_with_a_short_silence_between(tmp_path: Path) -> None:
    text = " ".join(["softly"] * 500)
    assert len(pieces(text)) >= 8
    clip = next(iter(narrate(lines(text), open_voice("tone", 1.5), Cache(tmp_path)).values()))
    assert clip.length == pytest.approx(500 * 200 + len(pieces(text)) * PIECE_GAP, rel=0.02)


@pytest.mark.parametrize(
    "text",
    ["a" * 1000, "one two " * 200, "Half of it, and " * 60, "", "short", "word; " * 300, "«שלום» " * 120],
)
def test_pieces_keep_every_letter_and_stay_within_the_limit(text: str) -> None:
    found = pieces(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < len(piece) <= LONGEST_PIECE for piece in found)


def test_pieces_end_with_a_clause_if_possible() -> None:
    assert all(piece.endswith(",") for piece in pieces("and the breath goes out and down, " * 40))


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("One thing helps: a slow breath.", ["One thing helps:", "a slow breath."]),
        ("“Ask this:” where is it heavy?", ["“Ask this:”", "where is it heavy?"]),
        ("In this order: floor: chair.", ["In this order:", "floor:", "chair."]),
        ("At 12:30 rest; then rise.", ["At 12:30 rest; then rise."]),
        ("Bring these: —", ["Bring these: —"]),
        (": rest", [": rest"]),
        ("Have by you:", ["Have by you:"]),
        ("Let go - slowly.", ["Let go — slowly."]),
    ],
)
def test_a_sentence_is_cut_at_a_colon_before_words_but_not_in_a_time(text: str, cut: list[str]) -> None:
    assert pieces(text) == cut


def test_the_silence_after_a_colon_is_inverse_to_the_speed(tmp_path: Path) -> None:
    for speed, silence in ((1.0, 300), (0.5, 600)):
        clips = narrate(
            lines("Two words:", "then three words.", "Two words: then three words."),
            open_voice("tone", speed),
            Cache(tmp_path),
        )
        first, second, both = clips.values()
        assert both.length == first.length + silence + second.length


def test_another_silence_after_a_colon_gives_another_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = narrate(lines("Now: rest."), open_voice("tone"), Cache(tmp_path))
    monkeypatch.setattr(pieces_module, "COLON_GAP", Ms(400))
    after = narrate(lines("Now: rest."), open_voice("tone"), Cache(tmp_path))
    assert [clip.length + 100 for clip in before.values()] == [clip.length for clip in after.values()]


@pytest.mark.parametrize("text", ["", " ", "…", "🙂"])
def test_a_text_without_words_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(VoiceFailed, match=r"a\.md:3:1: the voice tone:sine was given no words"):
        narrate({Line(text): Location("a.md", 3)}, open_voice("tone"), Cache(tmp_path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("silent", r"evening\.md:10:1: the voice tone:silent returned only silence for “Let go\.”"),
        ("die", r"evening\.md:10:1: the voice tone:die died"),
        ("hang", r"evening\.md:10:1: the voice tone:hang hung for 1 s"),
    ],
)
def test_a_failing_voice_names_the_line(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(VoiceFailed, match=message):
        narrate(lines("Let go."), open_voice(f"tone:{name}"), Cache(tmp_path), timeout=1)
    assert Cache(tmp_path).size() == 0


def test_a_line_that_a_voice_cannot_say_is_an_error_and_not_a_gap(tmp_path: Path) -> None:
    with pytest.raises(VoiceFailed, match=r"evening\.md:11:1: the voice hibari:heart .*“你好”"):
        narrate(lines("Let go.", "Now 你好 rest."), open_voice("hibari"), Cache(tmp_path))


def test_narrating_no_lines_returns_no_clips(tmp_path: Path) -> None:
    assert narrate({}, open_voice("tone"), Cache(tmp_path)) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a process group")
def test_an_interrupt_leaves_no_process_and_no_partial_file(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from audio_builder.cache import Cache; from audio_builder.errors import Location\n"
        "from audio_builder.speech.narrate import narrate; from audio_builder.script.model import Line\n"
        "from audio_builder.speech.voices import open_voice\n"
        "try: narrate({Line(f'Line {n}.'): Location('a.md', n) for n in range(1, 9)}, open_voice('tone:hang'),\n"
        "    Cache(Path(sys.argv[1])), workers=2, progress=lambda *_: print('speaking', flush=True))\n"
        "except KeyboardInterrupt: sys.exit(130)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"speaking\n"
    time.sleep(1)
    os.killpg(child.pid, signal.SIGINT)
    assert child.wait(timeout=20) == 130
    child.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)
    assert not list(tmp_path.rglob("*.*"))


def test_a_build_from_the_cache_loads_no_voice_package(audio_builder, home, tmp_path):
    text = "---\ntitle: Rest\nvoice: hibari\n---\n\n# Rest\n\nLet your legs be heavy.\n\n[rest 2m..]\n"
    (tmp_path / "rest.md").write_text(text, "utf-8")
    arguments = ("build", "rest.md", "--quality", "mono", "--ambience", "none", "-q", "--length")
    ran = audio_builder(*arguments, "5m", folder=tmp_path)
    assert ran.status == 0, ran.err
    code = (
        "import sys\nfrom audio_builder.cli.main import main\n"
        f"sys.argv = ['audio-builder', *{arguments!r}, '6m']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print([m for m in ('onnxruntime', 'pyttsx3', 'piper') if m in sys.modules])"
    )
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONWARNINGS": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "nothing new spoken" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
