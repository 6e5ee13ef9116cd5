"""What holds for every script, and for any text or bytes that are not a script."""

from __future__ import annotations

import unicodedata

import pytest
from common import examples
from hypothesis import given
from hypothesis import strategies as st
from script_format import format_script
from strategies import recordings, scripts

from audio_builder.errors import ScriptErrors
from audio_builder.script.model import Front, Play, Say, Script, Section
from audio_builder.script.parse.parse import parse
from audio_builder.script.parse.sentences import MAX_SENTENCE, has_words, split_sentences

pytestmark = pytest.mark.no_cover

HEAD = "---\ntitle: T\n---\n"
SIDED = "---\ntitle: T\nsides: [right, left]\n---\n{side} "
_ROWS = (
    "[10s]  [8s..20s]  [10s..]  [bell]  [bell 3]  [breathe 4-6 x8]  [breathe 4-2-6 1m..3m aloud]  [rest 2m..]",
    "[play a.wav: words]  {as is}  [include closing]  [positions]  [props]  [cautions]  {side}  {other}  [pauze 10s]",
    "[0s]  [10]  [  ]  {  }  (  )  <!--  -->  \\  \\[  *  **  _  `  ~~~  <b>  &amp;  &#0;  #  ##  ###  {fixed}",
    '{wake, sleep}  -  +  1.  >  |  ---  ===  :---  .  !  ?  …  。  ؟  ।  ,  :  —  "  ”  )  Dr.  e.g.  J.  3.5  let',
    "{from 15m}  [rest 1m]  go  Go  Rest  breath  背  سلام  http://x.y  a@b.c  😀  \u200d",
)
PIECES = [piece for row in _ROWS for piece in row.split("  ")]

texts = st.lists(
    st.one_of(
        st.sampled_from(PIECES), st.sampled_from((" ", " ", "\n", "\n\n", "    ", "\t")), st.text(max_size=3)
    ),
    max_size=30,
).map("".join)


def script_or_errors(text: str | bytes) -> Script | ScriptErrors:
    try:
        return parse(text, "any")
    except ScriptErrors as errors:
        return errors


@examples(50)  # each script has dozens of items; drawing them takes most of the time
@given(scripts())
def test_a_formatted_script_parses_to_the_same_script(script: Script) -> None:
    assert parse(format_script(script), script.name) == script


@examples(100)
@given(recordings())
def test_a_formatted_recording_parses_to_the_same_recording(play: Play) -> None:
    script = Script("any", Front("T"), (Section((), 0, paragraphs=((play,),)),))
    assert parse(format_script(script), "any") == script


@examples(200)
@given(st.sampled_from((HEAD, SIDED)), texts)
def test_any_text_is_a_script_or_has_problems_within_its_lines(head: str, text: str) -> None:
    found = script_or_errors(head + text)
    if isinstance(found, Script):
        assert parse(format_script(found), "any") == found
        return
    lines = (head + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    places = [(p.location.line, p.location.column) for p in found.problems]
    assert places == sorted(places)
    for problem in found.problems:
        line = lines[problem.location.line - 1]
        assert problem.source == line
        assert 1 <= problem.location.column <= max(1, len(line))
        assert problem.location.column + problem.width - 1 <= max(1, len(line))
        assert problem.message and problem.hint


@examples(100)
@given(st.one_of(st.binary(max_size=200), texts.map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_a_script_or_have_problems(data: bytes) -> None:
    for prefix in (b"", HEAD.encode(), b"---\n"):
        assert str(script_or_errors(prefix + data))


@examples(100)
@given(
    st.lists(
        st.sampled_from(
            (
                *PIECES,
                "title:",
                "length: 20m",
                "\n",
                "\n  ",
                "'",
                '"',
                "&a",
                "!!str",
                "*a",
                "[",
                "{",
                "?",
                "id: a: b",
            )
        ),
        max_size=30,
    )
)
def test_any_front_matter_is_read_or_has_problems(parts: list[str]) -> None:
    assert str(script_or_errors("---\n" + " ".join(parts) + "\n---\nRest."))


@examples(100)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text("ab., :—背。", max_size=450)), max_size=8))
def test_sentences_keep_all_characters_and_split_the_same_again(parts: list[str]) -> None:
    text = " ".join(" ".join(parts).split())
    pieces = [text[a:b] for a, b in split_sentences(text)]
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(len(piece) <= MAX_SENTENCE for piece in pieces)
    if all(map(has_words, pieces)):
        again = " ".join(pieces)
        assert [again[a:b] for a, b in split_sentences(again)] == pieces


@examples(100)
@given(texts)
def test_spoken_text_contains_no_control_characters(text: str) -> None:
    found = script_or_errors(HEAD + text)
    if isinstance(found, Script):
        says = [i for s in found.sections for p in s.paragraphs for i in p if isinstance(i, Say)]
        spoken = "".join(word for say in says for word in say.words if isinstance(word, str))
        assert not {unicodedata.category(c) for c in spoken} & {"Cc", "Cs", "Co", "Cn"}
