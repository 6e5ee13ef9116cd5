"""Transcripts: captions that can be read, and no text that breaks the format."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import PLACE

from audio_builder.library import transcript
from audio_builder.library.captions import LINE_LENGTH, split_sentence
from audio_builder.planning.timeline import (
    BellStroke,
    BreathTone,
    Chapter,
    Cue,
    CueContent,
    PlayedRecording,
    Timeline,
    Utterance,
)
from audio_builder.script.model import Line, Recording
from audio_builder.units import Ms


def make_timeline(
    *cues: tuple[int, int, CueContent], chapters: tuple[int, ...] = (0,), length: int = 30_000_000
) -> Timeline:
    borders = [*chapters, length]
    return Timeline(
        "T",
        Ms(length),
        "wake",
        tuple(Cue(Ms(start), Ms(size), what) for start, size, what in cues),
        tuple(Chapter(Ms(a), Ms(b - a), f"C{a}") for a, b in pairwise(borders)),
    )


def speak(words: str) -> Utterance:
    return Utterance(Line(words), PLACE)


def test_sentences_and_recordings_with_words_are_cues_but_tones_and_bells_are_not():
    timeline = make_timeline(
        (2000, 1234, speak("One.")),
        (5000, 4000, BreathTone("in", 0, 1)),
        (9000, 4000, BellStroke()),
        (3_723_004, 996, PlayedRecording(Recording("/w.wav"), "Two.", PLACE)),
        (3_730_000, 996, PlayedRecording(Recording("/w.wav"), "", PLACE)),
    )
    assert transcript.webvtt(timeline) == (
        "WEBVTT\n\n1\n00:00:02.000 --> 00:00:03.234\nOne.\n\n2\n01:02:03.004 --> 01:02:04.000\nTwo.\n"
    )
    assert transcript.srt(timeline) == (
        "1\n00:00:02,000 --> 00:00:03,234\nOne.\n\n2\n01:02:03,004 --> 01:02:04,000\nTwo.\n"
    )
    assert transcript.plain_transcript(timeline) == "One. Two.\n"


@pytest.mark.parametrize(
    ("words", "vtt", "srt"),
    [
        ("a <b> & c", "a &lt;b&gt; &amp; c", "a <b> & c"),
        ("00:01 --> 00:02", "00:01 --&gt; 00:02", "00:01 → 00:02"),
        ("שלום עולם", "שלום עולם", "שלום עולם"),
        ("two\n\nlines", "two lines", "two lines"),
    ],
)
def test_text_cannot_break_the_format(words: str, vtt: str, srt: str):
    timeline = make_timeline((0, 1000, speak(words)))
    assert transcript.webvtt(timeline).splitlines()[4:] == [vtt]
    assert transcript.srt(timeline).splitlines()[2:] == [srt]


@given(st.lists(st.text(max_size=40), max_size=6))
def test_every_file_has_a_cue_for_each_short_sentence_with_words(sentences: list[str]):
    timeline = make_timeline(*((n * 1000, 1000, speak(words)) for n, words in enumerate(sentences)))
    spoken = [words for words in sentences if words.split()]
    for written in (transcript.webvtt(timeline), transcript.srt(timeline)):
        assert len(re.findall("-->", written)) == len(spoken)
        assert (
            len(written.rstrip("\n").split("\n\n")) == len(spoken) + written.startswith("WEBVTT")
            or not spoken
        )


COMMON = ["a", "the", "and,", "breath.", "shoulders;", "(out)", "knees", "—", "while", "letting", "go"]
CHARACTERS = st.characters(exclude_categories=["Z", "C"])
WORDS = st.lists(
    st.text(CHARACTERS, min_size=1, max_size=60) | st.sampled_from(COMMON), min_size=1, max_size=60
)


@given(WORDS, st.integers(0, 40_000_000), st.integers(1, 60_000))
def test_captions_fit_into_two_lines_and_share_the_time_of_their_sentence(words, start, length):
    captions = [*split_sentence(words, start, start + length)]
    for caption in captions:
        assert 1 <= len(caption.lines) <= 2
        assert all(len(line) <= LINE_LENGTH or " " not in line for line in caption.lines)
    assert " ".join(line for caption in captions for line in caption.lines) == " ".join(words)
    borders = [start, *(caption.end for caption in captions)]
    assert borders == [*(caption.start for caption in captions), start + length]
    assert borders == sorted(borders)


@given(
    st.lists(
        st.sampled_from(
            ["a", "the", "and,", "breath.", "shoulders;", "knees", "while", "letting", "it", "go"]
        ),
        max_size=60,
    )
)
def test_no_caption_of_a_sentence_at_normal_speed_is_shorter_than_a_second(words):
    length = max(1000, 65 * len(" ".join(words)))  # about 15 characters a second
    assert all(caption.end - caption.start >= 1000 for caption in split_sentence(words, 0, length))


def test_a_long_sentence_is_split_where_its_clauses_end():
    timeline = make_timeline(
        (
            1000,
            10_001,
            speak(
                "Let the back of the pelvis grow heavy, let the thighs drop into the hip sockets, and if the mind "
                "wanders off, bring it back to the next breath out."
            ),
        )
    )
    assert transcript.webvtt(timeline) == (
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:06.473\nLet the back of the pelvis grow heavy,\n"
        "let the thighs drop into the hip sockets,\n\n2\n00:00:06.473 --> 00:00:11.001\n"
        "and if the mind wanders off,\nbring it back to the next breath out.\n"
    )
    assert transcript.plain_transcript(timeline).count("\n") == 1


def test_the_plain_transcript_has_a_paragraph_for_each_chapter_with_speech():
    timeline = make_timeline(
        (1, 9, speak("A.")), (10, 9, speak("B.")), (2000, 9, speak("C.")), chapters=(0, 1000, 1500, 2000)
    )
    assert transcript.plain_transcript(timeline) == "A. B.\n\nC.\n"


def test_a_timeline_without_words_or_chapters_has_empty_transcripts():
    timeline = Timeline("T", Ms(5000), "wake", (), ())
    assert transcript.webvtt(timeline) == "WEBVTT\n"
    assert transcript.srt(timeline) == ""
    assert transcript.plain_transcript(timeline) == "\n"
