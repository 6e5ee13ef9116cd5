"""Transcripts and chapters: one cue a sentence, nothing that breaks its format."""

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


def plan_of(
    *cues: tuple[int, int, CueContent], chapters: tuple[int, ...] = (0,), length: int = 30_000_000
) -> Timeline:
    marks = [*chapters, length]
    return Timeline(
        "T",
        Ms(length),
        "wake",
        tuple(Cue(Ms(start), Ms(size), what) for start, size, what in cues),
        tuple(Chapter(Ms(a), Ms(b - a), f"C{a}") for a, b in pairwise(marks)),
    )


def said(words: str) -> Utterance:
    return Utterance(Line(words), PLACE)


def test_each_sentence_is_a_cue_at_its_time_and_tones_are_none():
    plan = plan_of(
        (2000, 1234, said("One.")),
        (5000, 4000, BreathTone("in", 0, 1)),
        (9000, 4000, BellStroke()),
        (3_723_004, 996, PlayedRecording(Recording("/w.wav"), "Two.", PLACE)),
        (3_730_000, 996, PlayedRecording(Recording("/w.wav"), "", PLACE)),
    )
    assert transcript.webvtt(plan) == (
        "WEBVTT\n\n1\n00:00:02.000 --> 00:00:03.234\nOne.\n\n2\n01:02:03.004 --> 01:02:04.000\nTwo.\n"
    )
    assert transcript.srt(plan) == (
        "1\n00:00:02,000 --> 00:00:03,234\nOne.\n\n2\n01:02:03,004 --> 01:02:04,000\nTwo.\n"
    )
    assert transcript.text(plan) == "One. Two.\n"


@pytest.mark.parametrize(
    ("words", "vtt", "srt"),
    [
        ("a <b> & c", "a &lt;b&gt; &amp; c", "a <b> & c"),
        ("00:01 --> 00:02", "00:01 --&gt; 00:02", "00:01 → 00:02"),
        ("שלום עולם", "שלום עולם", "שלום עולם"),
        ("two\n\nlines", "two lines", "two lines"),
    ],
)
def test_words_cannot_break_the_format(words: str, vtt: str, srt: str):
    plan = plan_of((0, 1000, said(words)))
    assert transcript.webvtt(plan).splitlines()[4:] == [vtt]
    assert transcript.srt(plan).splitlines()[2:] == [srt]


@given(st.lists(st.text(max_size=40), max_size=6))
def test_every_file_has_as_many_cues_as_sentences(sentences: list[str]):
    plan = plan_of(*((n * 1000, 1000, said(words)) for n, words in enumerate(sentences)))
    heard = [words for words in sentences if words.split()]
    for written in (transcript.webvtt(plan), transcript.srt(plan)):
        assert len(re.findall("-->", written)) == len(heard)
        assert (
            len(written.rstrip("\n").split("\n\n")) == len(heard) + written.startswith("WEBVTT") or not heard
        )


def test_text_has_a_paragraph_for_each_chapter_that_speaks():
    plan = plan_of(
        (1, 9, said("A.")), (10, 9, said("B.")), (2000, 9, said("C.")), chapters=(0, 1000, 1500, 2000)
    )
    assert transcript.text(plan) == "A. B.\n\nC.\n"


def test_a_plan_without_words_or_chapters_has_empty_transcripts():
    plan = Timeline("T", Ms(5000), "wake", (), ())
    assert transcript.webvtt(plan) == "WEBVTT\n"
    assert transcript.srt(plan) == ""
    assert transcript.text(plan) == "\n"
    assert json.loads(transcript.chapters_json(plan))["chapters"] == []


def test_chapters_are_podcasting_json_in_seconds(tmp_path):
    plan, _ = session(tmp_path, 400_123)
    read = json.loads(transcript.chapters_json(plan))
    assert read["version"] == "1.2.0"
    assert [round(mark["startTime"] * 1000) for mark in read["chapters"]] == [c.start for c in plan.chapters]
    assert read["chapters"][-1]["endTime"] == 400.123
    assert read["chapters"][0]["title"] == plan.chapters[0].title
