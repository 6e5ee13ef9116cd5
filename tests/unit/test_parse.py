"""Golden cases: tests/cases/parse-*.md and broken-*.md hold a script and, below `===`, what must come of it.

`UPDATE_CASES=1` writes what comes instead; read the difference before you keep it.
"""

import os
from dataclasses import fields
from pathlib import Path

import pytest

from audio_builder.errors import ScriptErrors
from audio_builder.script.model import (
    Bell,
    Breathe,
    Cautions,
    ElasticPause,
    Front,
    Include,
    Marks,
    Pause,
    Play,
    Positions,
    Rest,
    Say,
    Script,
    Slot,
)
from audio_builder.script.parse.format import format
from audio_builder.script.parse.parse import parse

CASES = Path(__file__).parents[1] / "cases"
HEAD = "---\ntitle: T\n---\n"
END = "\nRest.\n"


def _said(words):
    return "".join(f"<{w.value}>" if isinstance(w, Slot) else w for w in words)


def _fields(record, skip=("place",), default=None):
    changed = ((f.name, getattr(record, f.name)) for f in fields(record) if f.name not in skip)
    return " ".join(f"{n}={v!r}" for n, v in changed if default is None or v != getattr(default, n))


def _shown(item):
    at = f"{item.location.line}:{item.location.column}"
    match item:
        case Say():
            return [f"    {at} {_said(item.words)}"]
        case Rest():
            items = [f"      - {' | '.join(_said(say.words) for say in says)}" for says in item.items]
            return [f"    {at} Rest low={item.low} high={item.high}", *items]
    return [f"    {at} {type(item).__name__} {_fields(item)}".rstrip()]


def shown(script):
    """A script's tree as lines, with places."""
    lines = [_fields(script.front, default=Front(""))]
    for section in script.sections:
        marks = _fields(section.marks, default=Marks())
        lines.append(
            f"{section.location.line}:{section.location.column} {'#' * section.level} "
            f"{_said(section.title)} {marks}".rstrip()
        )
        for paragraph in section.paragraphs:
            lines += ["  paragraph", *(line for item in paragraph for line in _shown(item))]
    return "\n".join(lines) + "\n"


def outcome(text, name):
    try:
        return shown(parse(text, name))
    except ScriptErrors as errors:
        return f"{errors}\n"


@pytest.mark.parametrize(
    "path", sorted([*CASES.glob("parse-*.md"), *CASES.glob("broken-*.md")]), ids=lambda p: p.stem
)
def test_case(path):
    text, _, expected = path.read_text("utf-8").partition("\n===\n")
    found = outcome(f"{text}\n", path.stem)
    if os.environ.get("UPDATE_CASES"):
        path.write_text(f"{text}\n===\n{found}", "utf-8")
        return
    assert found == expected
    if path.stem.startswith("parse-"):
        script = parse(f"{text}\n", path.stem)
        assert parse(format(script), path.stem) == script


def test_everything_uses_each_directive_mark_and_key_of_a_session():
    script = parse((CASES / "everything.md").read_bytes(), "everything")
    items = [item for section in script.sections for paragraph in section.paragraphs for item in paragraph]
    every = {Say, Pause, ElasticPause, Breathe, Rest, Bell, Play, Include, Positions, Cautions}
    assert {type(item) for item in items} == every
    slots = {word for item in items if isinstance(item, Say) for word in item.words if isinstance(word, Slot)}
    assert slots == set(Slot)
    for mark in fields(Marks):
        assert any(getattr(section.marks, mark.name) for section in script.sections), mark.name
    elsewhere = {"kind", "minimum", "maximum", "frame", "id", "image"}
    for key in fields(Front):
        assert getattr(script.front, key.name) or key.name in elsewhere, key.name
    assert parse(format(script), "everything") == script


def _body(text):
    return HEAD + text


BODIES = {
    # silences
    "[pause]": "1:1 how long is this pause? write [10s]",
    "[10]": "1:1 10 of what? write 10m for minutes or 10s for seconds",
    "Go. [pauze 10s]": "1:5 unknown directive [pauze 10s] did you mean [pause 10s]?",
    "Go. [silence 10s]": "1:5 unknown directive did you mean [pause 10s]?",
    "[0s]": "1:1 a pause of no length write [10s]",
    "[0s..10s]": "1:1 an elastic pause begins above zero write [1s..10s]",
    "[0s..]": "1:1 above zero write [1s..]",
    "[40s..10s]": "1:1 40s is more than 10s write the shorter first: 10s..40s",
    "[..10s]": "1:1 it begins with no length write the least first: 5s..10s",
    "[10..20s]": "1:1 10 of what? write 10s..20s",
    "[10s..20]": "1:1 20 of what?",
    "[8-20s]": "1:1 8-20s is not a length write 8s..20s",
    "[8s-20s]": "1:1 8s-20s is not a length write 8s..20s",
    "[-5s]": "1:1 less than nothing a length is written like",
    "[10x]": "1:1 is not a length write 500ms",
    "[9h]": "1:1 9h is too long write at most 8h",
    "[1:75:00]": "1:1 more than 59 minutes write it as 1h30m",
    # bells
    "[bell 0]": "1:1 [bell 0] is not a number of strokes write [bell]",
    "[bell 13]": "1:1 [bell 13] is not a number of strokes",
    "[bell twice]": "1:1 [bell twice] is not a number of strokes",
    "[gong]": "1:1 unknown directive [gong] did you mean [bell]?",
    # breath
    "[breath]": "1:1 unknown directive [breath] did you mean [breathe 4-6 x8]?",
    "[breathe]": "1:1 which breath? write [breathe 4-6 x8]",
    "[breathe 0-0]": "1:1 take a second or more each write 4-6",
    "[breathe 4-6]": "1:1 how many breaths? write [breathe 4-6 x8], or [breathe 4-6 1m..3m]",
    "[breathe 4-6 aloud]": "1:1 how many breaths?",
    "[breathe 4 x8]": "1:1 a breath of 1 number write 4-6",
    "[breathe 4-1-6-1-2 x8]": "1:1 a breath of 5 numbers",
    "[breathe 4s-6s x8]": "1:1 without the s write 4-6",
    "[breathe 4.25-6 x8]": "1:1 4.25 is not a number of seconds one decimal",
    "[breathe 4-61 x8]": "1:1 longer than a minute",
    "[breathe 4-6 8]": "1:1 8 of what? write [breathe 4-6 x8] for 8 breaths",
    "[breathe 4-6 x8..]": "1:1 a number of breaths has no bounds write [breathe 4-6 x8], or lengths",
    "[breathe 4-6 x0]": "1:1 0 breaths write [breathe 4-6 x1] to [breathe 4-6 x1000]",
    "[breathe 4-6 x1001]": "1:1 1001 breaths",
    "[breathe 60-60 x500]": "1:1 500 breaths [breathe 60-60 x240]",
    "[breathe 4-6 1m]": "1:1 a length is not always whole breaths write [breathe 4-6 x6]",
    "[breathe 4-6 12s..18s]": "1:1 no whole breaths of 10s last 12s..18s write [breathe 4-6 10s..20s]",
    "[breathe 4-6 0s..18s]": "1:1 it begins at no breath at all write [breathe 4-6 10s..]",
    "[breathe 4-6 slowly]": "1:1 is not a length",
    "[breathe 1-6 x2 aloud]": "1:1 no time to say the words with aloud",
    # rests
    "[rest]": "1:1 how long is this rest? write [rest 2m..]",
    "[rest 0s]": "1:1 a rest of no length",
    "[rest 1m]\n- One. [10s]": "2:8 an item of a rest holds sentences only",
    "[rest 1m]\n- One.\n\n  Two.": "4:3 an item of a rest is one paragraph",
    "[rest 1m]\n- [pauze]": "2:3 unknown directive",
    "- One.\n-\n- Two.": "2:1 an item with nothing in it write its words",
    # recordings
    "[play]": "1:1 which recording? write [play welcome.wav: the words]",
    "[play : words]": "1:1 which recording?",
    "[play /etc/a.wav]": "1:1 beside the script or below it copy it there",
    "[play ../a.wav]": "1:1 beside the script or below it",
    "[play C:\\a.wav]": "1:1 beside the script or below it",
    "[play https://a.b/c.wav]": "1:1 beside the script or below it",
    "[play a\\b.wav]": "1:1 no backslash and no colon",
    "[play a\\\\b.wav]": "1:1 no backslash and no colon",
    "[play welcome]": "1:1 welcome is not the name of a recording",
    "[play a.wav: &#1;]": "1:1 &#1; is no character",
    "Go. {as is}": "1:5 {as is} belongs to a recording",
    # other directives
    "[include]": "1:1 [include] wants the name of a script",
    "[include a.md]": "1:1 wants the name of a script write [include a]",
    "[include a b]": "1:1 wants the name",
    "Go. [include a]": "1:5 [include] stands alone in its paragraph",
    "[cautions] Go.": "1:1 [cautions] stands alone in its paragraph",
    "[cautions all]": "1:1 all is too much in [cautions] write [cautions]",
    "[positions]": "1:1 [positions] in a session that names none write positions:",
    "[side]": "1:1 [side] is written in braces write {side}",
    "[softly]": "1:1 unknown directive [softly] write \\[",
    "[]": "1:1 unknown directive []",
    "[aquitelongnotetomyselfthatgoesonandonandonandon]": "1:1 [aquitelongnotetomyselfthatgoesonandonan…]",
    # braces
    "The {side} leg": "1:5 {side} in a script without sides write sides: [right, left]",
    "The {sid} leg": "1:5 unknown word in braces {sid} did you mean {side}?",
    "The {xyz} leg": "1:5 unknown word in braces {xyz} write \\{",
    "Go. {fixed}": "1:5 {fixed} belongs to a heading",
    "Go {": "1:4 this brace is not closed write } where it ends, or \\{",
    "Go }": "1:4 a } that closes nothing",
    # headings
    "#\n\nGo.": "1:1 a heading without words",
    "### Deep": "1:1 a heading with 3 # use # for a chapter",
    "## First": "1:4 a division (##) before any chapter",
    "# One [10s]": "1:7 a heading holds no directive",
    "# One [props]": "1:7 a heading holds no directive",
    "# One {fixed} two": "1:7 marks stand at the end of a heading",
    "# One {fixd}": "1:8 unknown mark fixd did you mean fixed?",
    "# One {form 15m}": "1:8 unknown mark form 15m did you mean from 15m?",
    "# One {xyzzy}": "1:8 unknown mark xyzzy marks are fixed, from",
    "# One {}": "1:8 a mark is missing here",
    "# One {fixed 15m}": "1:8 fixed stands alone",
    "# One {fixed, fixed}": "1:15 fixed stands here twice",
    "# One {spare, spare}": "1:15 spare stands here twice",
    "# One {from 1m, from 2m}": "1:17 from stands here twice",
    "# One {wake, sleep}": "1:14 wake and sleep exclude each other",
    "# One {first, second}": "1:8 {first} in a script without sides",
    "# One {fixd, from 15}": "1:8 unknown mark fixd did you mean fixed?",
    "# One {first}": "1:8 {first} in a script without sides",
    "# One {fixed, side}": "1:15 {side} is no mark",
    "# One {from}": "1:8 {from} wants a length write {from 15m}",
    "# One {from 15}": "1:8 15 of what?",
    "# One {to 0s}": "1:8 {to 0s} means nothing",
    "# One {from 20m, to 20m}": "1:18 no session is at least 20m and shorter than 20m",
    "# One {from 20m} {to 10m}": "1:19 no session is at least 20m and shorter than 10m",
    "# See www.a.org": "1:7 a link or address",
    "Words\n===": "1:1 with a line of === or ---",
    "Words\n---": "1:1 with a line of === or ---",
    "<!-- a --> # One": "1:1 a comment before a heading or an item",
    # what cannot be spoken
    "> quote": "1:1 a quote",
    "    code": "1:5 set in by four spaces",
    "```\ncode\n```": "1:1 code cannot be spoken",
    "~~~": "1:1 code cannot be spoken",
    "Go `code` on": "1:4 code cannot be spoken",
    "Go ` on": "1:4 code cannot be spoken",
    "<div>\nwords\n</div>": "1:1 HTML cannot be spoken",
    "Go <b>on</b>.": "1:4 HTML cannot be spoken",
    "Go <http://a.b>.": "1:4 a link or address",
    "Go http://a.b now.": "1:4 a link or address",
    "Go [on](a.html).": "1:4 a link or address",
    "[a]: http://a.b": "1:1 a link or address",
    "Mail me@example.org now.": "1:6 a link or address",
    "See ![a](b.png) here.": "1:5 an image cannot be spoken describe it in words",
    "***": "1:1 a line across the page",
    "| a | b |\n|---|---|\n| c | d |": "1:1 a table cannot be spoken",
    "- a\n  - b": "2:3 a list within a list",
    "- # a": "1:1 a heading within a list",
    "- > a": "1:1 a quote",
    "A *star.": "1:3 a * without its partner write \\*",
    "2 * 3": "1:3 a * without its partner",
    "a_b": "1:2 a _ without its partner",
    "**one*": "1:1 a * without its partner",
    "Go [10s": "1:4 this bracket is not closed write ] where it ends, or \\[",
    "Go ]": "1:4 a ] that closes nothing",
    "Go [a [10s] b]": "1:4 this bracket is not closed",
    "Go <!-- on": "1:4 this comment is never closed",
    "Let go [10s].": "1:13 there is nothing to say in '.' put it before the bracket",
    "—": "1:1 there is nothing to say in '—' take it away",
    f"{'.' * 500} a": "1:1 a long row of signs",
    # characters
    "Go 😀 on": "1:4 an emoji or sign that no voice can say (grinning face)",
    "Go 👩🏽‍💻❤️ on": "1:4 an emoji or sign",
    "Go → on": "1:4 an emoji or sign that no voice can say (rightwards arrow)",
    "Go &#x1F600; on": "1:4 an emoji",
    "Go\x07": "1:3 a control character (U+0007)",
    "Go\x00 on": "1:3 a control character (U+0000)",
    "Go\u200bon": "1:3 an invisible character (U+200B)",
    "Go\u2028on": "1:3 an unusual line break",
    "Go \ufffd on": "1:4 a character that was lost save the file as UTF-8",
    "Go \ue000 on": "1:4 a character that no voice can say",
}


@pytest.mark.parametrize("text", BODIES)
def test_each_thing_wrong_in_a_body_has_its_message_place_and_cure(text):
    with pytest.raises(ScriptErrors) as caught:
        parse(HEAD + text + ("" if "<!-- on" in text else "\n\nRest."), "t")
    _compare(caught.value, BODIES[text], 3)


def _compare(errors, expected, before):
    location, _, words = expected.partition(" ")
    found = errors.problems[0]
    assert f"{found.location.line - before}:{found.location.column}" == location, errors
    assert found.hint, errors
    told = f"{found.message} {found.hint}"
    at = 0
    for word in words.split():
        assert (at := told.find(word, at)) >= 0, f"{word!r} of {words!r} is not in {told!r}"


SEVERAL = {
    "# One {first, second}",
    "# One {fixd, from 15}",
    "- > a",
    "<div>\nwords\n</div>",
    "Go <b>on</b>.",
    "Go [a [10s] b]",
}


@pytest.mark.parametrize("text", [text for text in BODIES if text not in SEVERAL])
def test_one_thing_wrong_is_one_problem(text):
    with pytest.raises(ScriptErrors) as caught:
        parse(HEAD + text + ("" if "<!-- on" in text else "\n\nRest."), "t")
    assert len(caught.value.problems) == 1, caught.value


FRONTS = {
    "titel: T": "1:1 unknown key titel did you mean title?",
    "title: T\ntitle: U": "2:1 title stands here twice",
    "title: Psoas: the basics": '1:13 the title has a colon in it put it in quotes: title: "Psoas: the basics"',
    "title:": "1:1 title has no value write one",
    'title: ""': "1:1 title has no value",
    "title: [a]": "1:8 a list where plain words are wanted",
    "title: {a: b}": "1:8 a table where plain words are wanted",
    "title: T\nlenght: 20m": "2:1 unknown key lenght did you mean length?",
    "title: T\nzzz: 20m": "2:1 unknown key zzz the keys are title,",
    "title: T\nlength: 20": "2:9 20 of what? write 20m for minutes or 20s for seconds",
    "title: T\nlength: abc": "2:9 'abc' is not a length write 500ms",
    "title: T\nlength: 4m59s": "2:9 4m59s is too short nothing under 5m",
    "title: T\nlength: 8h1s": "2:9 8h1s is too long at most 8h",
    "title: T\nlength: -5m": "2:9 -5m is less than nothing",
    "title: T\nminimum: 5m": "2:1 minimum belongs to a position write kind: position",
    "title: T\nframe: a": "2:1 frame belongs to a position",
    "title: T\nkind: position\nminimum: 0s": "3:10 held for no time",
    "title: T\nkind: position\nminimum: 6m\nmaximum: 5m": "3:1 the minimum is more than the maximum",
    "title: T\nkind: position\npositions: [a]": "3:1 positions belong to a session",
    "title: T\nkind: positon": "2:7 positon is not session or position did you mean position?",
    "title: T\nending: never": "2:9 never is not wake or sleep write wake or sleep",
    "title: T\npositions: [a]": "2:1 nothing says where the positions go",
    "title: T\npositions: [A]\n": "2:13 A is no name of this kind use small letters",
    "title: T\nprops: a, b": "2:8 a list is wanted here write it in square brackets: [a, b]",
    "title: T\nprops: {a: b}": "2:8 a list is wanted here",
    "title: T\nprops: []": "2:8 an empty list",
    "title: T\nprops: [a, a]": "2:12 a stands here twice",
    "title: T\nprops: [a, [b]]": "2:12 a list where plain words are wanted",
    "title: T\nprops: [a: b]": "2:9 a table where plain words are wanted write plain words, in double quotes",
    "title: T\nprops: [a, '']": "2:12 an empty value",
    "title: T\nprops: [[[a]]]": "2:9 a list where plain words are wanted",
    "title: T\nsides: [a]": "2:8 two different sides are wanted",
    "title: T\nsides: [a, A]": "2:8 two different sides are wanted",
    "title: T\nsides: [a, b]": "2:1 nothing in this script uses its sides write {side}",
    "title: T\nsay: a": "2:6 respellings are wanted here",
    "title: T\nsay:\n  a: [b]": "3:6 a list where plain words are wanted",
    f"title: T\nsay:\n  {'a' * 101}: b": "3:3 a very long word",
    "title: T\nspeed: 0,9": "2:8 0,9 is not a speed from 0.5 to 1.5 write 0.9",
    "title: T\nspeed: 2": "2:8 2 is not a speed from 0.5 to 1.5 1 is as usual",
    "title: T\nseason: 0": "2:9 0 is not a number from 1 on",
    "title: T\nlanguage: English please": "2:11 is not a language tag write en",
    "title: T\ndate: 31.3.2025": "2:7 31.3.2025 is not a date write it as 2025-03-31",
    "title: T\ndate: 2025-02-30": "2:7 2025-02-30 is not a date",
    "title: T\nid: a b": "2:5 an id has no spaces write a-b",
    'title: "a\\u0007"': "1:8 a control character",
    'title: "\\UFFFFFFFF"': "1:1 a \\ that YAML cannot read",
    "title: &a T": "1:8 an & here means a YAML anchor put the value in double quotes",
    "title: !!str T": "1:8 a ! here means a YAML tag",
    "title: T\nnotes: *a": "2:8 a * here means a YAML alias",
    "title: T\nnotes: @a": "2:8 the front matter cannot be read from here on",
    "title: 'T": "1:9 the front matter cannot be read",
    "- a": "1:1 the front matter is a list",
    "words": "1:1 the front matter is plain words",
    "title: T\n...\n--- a": "1:1 an end (...) within it",
    "title: T\n? [a]\n: b": "2:3 a key is one word",
    f"title: {'[' * 30}": "1:18 brackets within brackets",
    f"title: {'T' * 50_001}": "0:1 the front matter is too long",
    "": "0:1 the title is missing write title:",
    "title: T 😀": "1:10 an emoji",
}


@pytest.mark.parametrize("text", FRONTS, ids=lambda t: t[:40])
def test_each_thing_wrong_in_front_matter_has_its_message_place_and_cure(text):
    with pytest.raises(ScriptErrors) as caught:
        parse(f"---\n{text}\n---\n{END}", "t")
    _compare(caught.value, FRONTS[text], 1)


FILES = {
    b"": "1:1 this file is empty",
    b"\n \n": "1:1 this file is empty",
    b"\xef\xbb\xbf": "1:1 this file is empty",
    b"Words only.": "1:1 there is no front matter write",
    b"\n\n# Words only.": "3:1 there is no front matter",
    b"---\ntitle: T\n": "1:1 the front matter is not closed write --- on a line of its own",
    b"---\ntitle: T\n---\n": "3:1 there is nothing to say",
    b"---\ntitle: T\n---\n\n# Heading only\n": "5:1 there is nothing to say",
    b"---\ntitle: T\n---\n[10s] [bell]\n": "4:1 there is nothing to say",
    "---\ntitle: T\n---\nEin Stück".encode(
        "latin-1"
    ): "4:7 a byte that is not UTF-8 text (0xfc) save it as UTF-8",
    "---\ntitle: T\n".encode("utf-16"): "1:1 UTF-16 save it as UTF-8",
    b"---\ntitle: T\n---\n"
    + b"a" * 1_000_000: "1:1 too large for a script: 1.0 MB, at most 1 MB split [include",
    b"\x7fELF\x02\x01\x01" + bytes(40): "1:1 a control character (U+007F)",
}


@pytest.mark.parametrize("data", FILES, ids=lambda d: repr(d[:30]))
def test_each_thing_wrong_with_a_file_has_its_message_place_and_cure(data):
    with pytest.raises(ScriptErrors) as caught:
        parse(data, "t")
    _compare(caught.value, FILES[data], 0)


def test_line_ends_and_a_byte_order_mark_change_nothing():
    text = "---\ntitle: T\n---\n\n# One\n\nLet go.\nThen rest.\n"
    plain = parse(text, "t")
    for other in (text.replace("\n", "\r\n"), text.replace("\n", "\r"), f"\ufeff{text}"):
        assert parse(other.encode(), "t") == parse(other, "t") == plain
    assert plain.sections[0].paragraphs[0][1].location.line == 8


def test_problems_name_the_file_as_it_is_called():
    with pytest.raises(ScriptErrors, match=r"^scripts/a\.md:1:1: this file is empty"):
        parse("", "a", "scripts/a.md")
    with pytest.raises(ScriptErrors, match=r"^a\.md:1:1"):
        parse("", "a")
    assert parse(HEAD + END, "a", "scripts/a.md").file == "scripts/a.md"


def test_the_reference_message_is_as_the_reference_shows_it():
    with pytest.raises(ScriptErrors) as caught:
        parse(f"---\ntitle: T\n---\n{7 * chr(10)}\nLet go. [pauze 10s]", "evening", "scripts/evening.md")
    assert str(caught.value) == (
        "scripts/evening.md:12:9: unknown directive [pauze 10s]\n"
        "   12 | Let go. [pauze 10s]\n"
        "      |         ^^^^^^^^^^^\n"
        "      did you mean [pause 10s]?"
    )


def test_a_paragraph_of_5000_words_without_punctuation_is_cut_at_spaces():
    text = " ".join(["word"] * 5000)
    (section,) = parse(HEAD + text, "t").sections
    says = [say.words[0] for say in section.paragraphs[0]]
    assert " ".join(says) == text
    assert max(map(len, says)) <= 400
    assert len(says) == -(-5000 // 80)


def test_too_many_problems_are_counted():
    with pytest.raises(ScriptErrors) as caught:
        parse(HEAD + "[x] " * 500, "t")
    assert len(caught.value.problems) == 201
    assert caught.value.problems[-1].message == "and 300 more problems"


@pytest.mark.parametrize("text", ["[positions]\n\n[positions]", "Words.\n\n[positions]\n\n- [positions]"])
def test_positions_stand_once(text):
    with pytest.raises(ScriptErrors, match="a second time"):
        parse(f"---\ntitle: T\npositions: [a]\n---\n{text}", "t")


def test_a_position_holds_no_positions():
    with pytest.raises(ScriptErrors, match="a position cannot hold positions"):
        parse("---\ntitle: T\nkind: position\n---\nRest.\n\n[positions]", "t")


@pytest.mark.parametrize("text", ["# Hi\n[include a]", "[play a.wav]", "[rest 1m]\n- One.", "[cautions]"])
def test_words_from_elsewhere_are_something_to_say(text):
    assert isinstance(parse(HEAD + text, "t"), Script)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\\<!-- not a comment -->", "<!-- not a comment -->"),
        ("\\\\<!-- a comment -->x", "\\x"),
        ("Let&nbsp;go &amp; rest\u00a0now", "Let go & rest now"),
        ("&unknown; and & and AT&T", "&unknown; and & and AT&T"),
        ("1986\\. A year.", "1986."),
        ("C:\\x", "C:\\x"),
        ("**Very** _soft_ *and slow*", "Very soft and slow"),
        ("a<!-- b --><!-- c -->d", "ad"),
    ],
)
def test_escapes_and_entities_are_the_words_meant(text, said):
    script = parse(HEAD + text, "t")
    assert script.sections[0].paragraphs[0][0] == Say((said,))
    assert parse(format(script), "t") == script
