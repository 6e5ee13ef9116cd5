"""Transcripts and chapters: one cue for each sentence, and no text that breaks the format."""

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import PLACE, session

from audio_builder.library import transcript
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
def test_every_file_has_a_cue_for_each_sentence_with_words(sentences: list[str]):
    timeline = make_timeline(*((n * 1000, 1000, speak(words)) for n, words in enumerate(sentences)))
    spoken = [words for words in sentences if words.split()]
    for written in (transcript.webvtt(timeline), transcript.srt(timeline)):
        assert len(re.findall("-->", written)) == len(spoken)
        assert (
            len(written.rstrip("\n").split("\n\n")) == len(spoken) + written.startswith("WEBVTT")
            or not spoken
        )


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
    assert json.loads(transcript.chapters_json(timeline))["chapters"] == []


def test_chapters_are_podcasting_2_0_json_in_seconds(tmp_path):
    timeline, _ = session(tmp_path, 400_123)
    document = json.loads(transcript.chapters_json(timeline))
    assert document["version"] == "1.2.0"
    starts = [round(chapter["startTime"] * 1000) for chapter in document["chapters"]]
    assert starts == [chapter.start for chapter in timeline.chapters]
    assert document["chapters"][-1]["endTime"] == 400.123
    assert document["chapters"][0]["title"] == timeline.chapters[0].title
