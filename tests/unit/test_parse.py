"""The parser: golden cases, and the message for each mistake.

A file tests/cases/parse-*.md or broken-*.md has a script and, below `===`, its tree or its problems. Run with
`UPDATE_CASES=1` to write the current result into the files, and read the difference before you commit it.
"""

import os
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from script_format import format_script

from audio_builder.errors import ScriptErrors
from audio_builder.script.model import (
    Front,
    Item,
    Marks,
    Rest,
    Say,
    Script,
    Slot,
)
from audio_builder.script.parse.parse import parse

CASES = Path(__file__).parents[1] / "cases"
HEAD = "---\ntitle: T\n---\n"
END = "\nRest.\n"


def _words(words):
    return "".join(f"<{w.value}>" if isinstance(w, Slot) else w for w in words)


def _fields(record, skip=("location",), default=None):
    changed = ((f.name, getattr(record, f.name)) for f in fields(record) if f.name not in skip)
    return " ".join(f"{n}={v!r}" for n, v in changed if default is None or v != getattr(default, n))


def _item_lines(item):
    at = f"{item.location.line}:{item.location.column}"
    match item:
        case Say():
            return [f"    {at} {_words(item.words)}"]
        case Rest():
            items = [f"      - {' | '.join(_words(say.words) for say in says)}" for says in item.items]
            return [f"    {at} Rest low={item.low} high={item.high}", *items]
    # which voice speaks is only known once the script is loaded
    return [f"    {at} {type(item).__name__} {_fields(item, skip=('location', 'voice'))}".rstrip()]


def tree(script):
    """Return the tree of a script as text, with places."""
    lines = [_fields(script.front, default=Front(""))]
    for section in script.sections:
        marks = _fields(section.marks, default=Marks())
        lines.append(
            f"{section.location.line}:{section.location.column} {'#' * section.level} "
            f"{_words(section.title)} {marks}".rstrip()
        )
        for paragraph in section.paragraphs:
            lines += ["  paragraph", *(line for item in paragraph for line in _item_lines(item))]
    return "\n".join(lines) + "\n"


def tree_or_problems(text, name):
    try:
        return tree(parse(text, name))
    except ScriptErrors as errors:
        return f"{errors}\n"


@pytest.mark.parametrize(
    "path", sorted([*CASES.glob("parse-*.md"), *CASES.glob("broken-*.md")]), ids=lambda p: p.stem
)
def test_a_golden_script_parses_to_the_recorded_tree_or_problems(path):
    text, _, expected = path.read_text("utf-8").partition("\n===\n")
    found = tree_or_problems(f"{text}\n", path.stem)
    if os.environ.get("UPDATE_CASES"):
        path.write_text(f"{text}\n===\n{found}", "utf-8")
        return
    assert found == expected
    if path.stem.startswith("parse-"):
        script = parse(f"{text}\n", path.stem)
        assert parse(format_script(script), path.stem) == script


def test_the_case_named_everything_uses_each_directive_mark_and_key_of_a_session():
    script = parse((CASES / "everything.md").read_bytes(), "everything")
    items = [item for section in script.sections for paragraph in section.paragraphs for item in paragraph]
    assert {type(item) for item in items} == set(get_args(Item))
    slots = {word for item in items if isinstance(item, Say) for word in item.words if isinstance(word, Slot)}
    assert slots == set(Slot)
    for mark in fields(Marks):
        assert any(getattr(section.marks, mark.name) for section in script.sections), mark.name
    not_of_sessions = {"kind", "minimum", "maximum", "frame", "id", "image"}
    for key in fields(Front):
        assert getattr(script.front, key.name) or key.name in not_of_sessions, key.name
    assert parse(format_script(script), "everything") == script


# What each mistake in a body leads to: line (of the body) and column, the message, and how the hint begins.
BODIES = {
    # silences
    "[pause]": "1:1 a pause needs a length | write [10s] for ten seconds, or [1m30s]",
    "[10]": '1:1 invalid length "10" | use a unit, e.g. 10m or 10s',
    "Go. [pauze 10s]": "1:5 unknown directive [pauze 10s] | did you mean [pause 10s]?",
    "Go. [silence 10s]": "1:5 unknown directive [silence 10s] | write [10s]",
    "[0s]": "1:1 a pause cannot be zero | write [10s], or remove it",
    "[0s..10s]": "1:1 the shortest length of an elastic pause cannot be zero | write [1s..10s]",
    "[0s..]": "1:1 the shortest length of an elastic pause cannot be zero | write [1s..]",
    "[40s..10s]": "1:1 40s is longer than 10s | write the shorter length first: 10s..40s",
    "[..10s]": "1:1 a range needs a shortest length | write e.g. 5s..10s",
    "[10..20s]": '1:1 invalid length "10" | use a unit: 10s..20s',
    "[10s..20]": '1:1 invalid length "20" | use a unit, e.g. 20m or 20s',
    "[8-20s]": '1:1 invalid length "8-20s" | write a range as 8s..20s',
    "[8s-20s]": '1:1 invalid length "8s-20s" | write a range as 8s..20s',
    "[-5s]": '1:1 invalid length "-5s" | a length cannot be negative',
    "[10x]": '1:1 invalid length "10x" | write e.g. 500ms, 8s, 20m, 1m30s, 1h or 20:00',
    "[9h]": '1:1 invalid length "9h" | use at most 8h',
    "[1:75:00]": '1:1 invalid length "1:75:00" | an hour has at most 59 minutes after it, e.g. 1:05:00',
    # variations
    "[vary]": "1:1 [vary] needs a list of at least two items | write each on a line of its own",
    "[vary]\n- One.": "1:1 [vary] needs a list of at least two items | write each on a line of its own",
    "[vary] [3s]\n- One.\n- Two.": "1:1 [vary] needs a list of at least two items | write each on a line",
    "[vary]\n- One. [3s]\n- Two.": "2:8 an item of [vary] can only contain sentences | move it out of the list",
    "[vary 2]\n- One.\n- Two.\n[vary 2]\n- Three.\n- Four.\n- Five.": "4:1 3 items, but [vary 2] in line 4 has 2 | "
    "lists with the same name go together, item by item",
    "[vary two words]\n- One.\n- Two.": '1:1 invalid name "two words" in [vary] | write [vary], or one word',
    "[random]\n- One.\n- Two.": "1:1 unknown directive [random] | did you mean [vary]?",
    "[rest 1m in any oder]": '1:1 unexpected "in any oder" in [rest] | write [rest 2m.. in any order]',
    "[rest 1m.. shuffled]": '1:1 unexpected "shuffled" in [rest] | write [rest 2m.. in any order]',
    # bells
    "[bell 0]": '1:1 invalid number of strokes "0" | write [bell], or [bell 2] to [bell 12]',
    "[bell 13]": '1:1 invalid number of strokes "13" | write [bell], or [bell 2] to [bell 12]',
    "[bell twice]": '1:1 invalid number of strokes "twice" | write [bell], or [bell 2] to [bell 12]',
    "[gong]": "1:1 unknown directive [gong] | did you mean [bell]?",
    # breath
    "[breath]": "1:1 unknown directive [breath] | did you mean [breathe 4-6 x8]?",
    "[breathe]": "1:1 [breathe] needs a pattern | write [breathe 4-6 x8]: 4 s in, 6 s out, eight times",
    "[breathe 0-0]": "1:1 the in-breath and the out-breath take at least a second each | write e.g. 4-6",
    "[breathe 4-6]": "1:1 [breathe] needs a number of breaths or a length | write [breathe 4-6 x8] or",
    "[breathe 4-6 aloud]": "1:1 [breathe] needs a number of breaths or a length | write [breathe 4-6 x8] or",
    "[breathe 4 x8]": "1:1 a breath has 2 to 4 numbers, not 1 | write 4-6 for in and out, 4-2-6 to",
    "[breathe 4-1-6-1-2 x8]": "1:1 a breath has 2 to 4 numbers, not 5 | write 4-6 for in and out,",
    "[breathe 4s-6s x8]": "1:1 a breath is written in seconds, without a unit | write 4-6",
    "[breathe 4.25-6 x8]": '1:1 invalid number of seconds "4.25" | use whole seconds or one decimal,',
    "[breathe 4-61 x8]": "1:1 part of this breath is longer than a minute | use seconds, e.g. 4-6",
    "[breathe 4-6 8]": '1:1 "8" needs an x or a unit | write [breathe 4-6 x8] for 8 breaths',
    "[breathe 4-6 x8..]": "1:1 a number of breaths cannot be a range | write [breathe 4-6 x8], or",
    "[breathe 4-6 x0]": '1:1 invalid number of breaths "0" | write [breathe 4-6 x1] to [breathe 4-6',
    "[breathe 4-6 x1001]": '1:1 invalid number of breaths "1001" | write [breathe 4-6 x1] to [breathe',
    "[breathe 60-60 x500]": '1:1 invalid number of breaths "500" | write [breathe 60-60 x1] to',
    "[breathe 4-6 1m]": "1:1 a fixed length might not be a whole number of breaths | write [breathe 4-6",
    "[breathe 4-6 12s..18s]": "1:1 no whole number of breaths of 10s fits 12s..18s | write [breathe",
    "[breathe 4-6 0s..18s]": "1:1 the shortest length of paced breath cannot be zero | write [breathe 4-6 10s..]",
    "[breathe 4-6 slowly]": '1:1 invalid length "slowly" | write e.g. 500ms, 8s, 20m, 1m30s, 1h or',
    "[breathe 1-6 x2 aloud]": "1:1 too little time to say the words for breathing in and out | with aloud, make",
    # rests
    "[rest]": "1:1 a rest needs a length | write [rest 2m..] for two minutes or more",
    "[rest 0s]": "1:1 a rest cannot be zero | write [rest 2m..] for two minutes or more",
    "[rest 1m]\n- One. [10s]": "2:8 a rest item can only contain sentences | move it out of the list;",
    "[rest 1m]\n- One.\n\n  Two.": "4:3 a rest item can only have one paragraph | join its paragraphs,",
    "[rest 1m]\n- [pauze]": "2:3 unknown directive [pauze] | did you mean [pause 10s]?",
    "- One.\n-\n- Two.": "2:1 empty list item | write its text, or remove it",
    # recordings
    "[play]": "1:1 [play] needs the name of a recording | write [play welcome.wav: the words]",
    "[play : words]": "1:1 [play] needs the name of a recording | write [play welcome.wav: the words]",
    "[play /etc/a.wav]": "1:1 recordings must be in the script's folder or below it | copy the file there,",
    "[play ../a.wav]": "1:1 recordings must be in the script's folder or below it | copy the file there, and",
    "[play C:\\a.wav]": "1:1 recordings must be in the script's folder or below it | copy the file there, and",
    "[play https://a.b/c.wav]": "1:1 recordings must be in the script's folder or below it | copy the file",
    "[play a\\b.wav]": "1:1 the name of a recording cannot contain \\ or : | write e.g.",
    "[play a\\\\b.wav]": "1:1 the name of a recording cannot contain \\ or : | write e.g.",
    "[play welcome]": '1:1 "welcome" has no file extension | add it, e.g. [play welcome.wav: the words]',
    "[play a.wav: &#1;]": "1:1 &#1; is not a character | write the character itself",
    "Go. {as is}": "1:5 {as is} only applies to a recording | write it directly after [play ...]",
    # other directives
    "[include]": "1:1 [include] needs the name of a script, in lower case and without .md | write e.g.",
    "[include a.md]": "1:1 [include] needs the name of a script, in lower case and without .md | write",
    "[include a b]": "1:1 [include] needs the name of a script, in lower case and without .md | write",
    "Go. [include a]": "1:5 [include] needs its own paragraph | put an empty line before and after it",
    "[cautions] Go.": "1:1 [cautions] needs its own paragraph | put an empty line before and after it",
    "[cautions all]": '1:1 unexpected "all" in [cautions] | write [cautions]',
    "[positions]": "1:1 [positions] in a session that does not list any | write e.g. positions:",
    "[side]": "1:1 [side] needs braces | write {side}",
    "[softly]": "1:1 unknown directive [softly] | write \\[ for a literal bracket, or <!-- like this",
    "[]": "1:1 unknown directive [] | write \\[ for a literal bracket, or <!-- like this --> for a note",
    "[averylongnotetomyselfthatgoesonandonandonandon]": (
        "1:1 unknown directive [averylongnotetomyselfthatgoesonandonand…]"
    ),
    # braces
    "The {side} leg": "1:5 {side} in a script without sides | write sides: [right, left] in the front",
    "The {sid} leg": "1:5 unknown word in braces {sid} | did you mean {side}?",
    "The {xyz} leg": "1:5 unknown word in braces {xyz} | write \\{ for a literal brace",
    "[5 seconds to 20]": '1:1 invalid length "5 seconds to 20" | write [5s..20s]',
    "[5s to 20s]": '1:1 invalid length "5s to 20s" | write [5s..20s]',
    "[1 minute to 90 seconds]": '1:1 invalid length "1 minute to 90 seconds" | write [1m..1m30s]',
    "Go. {fixed}": "1:5 {fixed} only applies to a heading | write it at the end of a line that begins",
    "Go {": "1:4 unclosed brace | write } where it ends, or \\{ for a literal brace",
    "Go }": "1:4 unmatched } | remove it, or write \\} for a literal }",
    # headings
    "#\n\nGo.": "1:1 a heading needs a title | write the title after the #",
    "### Deep": "1:1 a heading cannot have 3 # | use # for a chapter and ## for a section of it",
    "## First": "1:4 ## before the first chapter | start with a chapter: # and its title",
    "# One [fixed]": "1:7 a heading cannot contain a directive | write {fixed}",
    "# One [10s]": "1:7 a heading cannot contain a directive | write it on its own line below",
    "# One [props]": "1:7 a heading cannot contain a directive | write it on its own line below",
    "# One {fixed} two": "1:7 marks go at the end of a heading | move them there",
    "# One {fixd}": '1:8 unknown mark "fixd" | did you mean "fixed"?',
    "# One {form 15m}": '1:8 unknown mark "form 15m" | did you mean "from 15m"?',
    "# One {xyzzy}": '1:8 unknown mark "xyzzy" | the marks are fixed, from, to, wake, sleep, first,',
    "# One {}": "1:8 missing mark | write e.g. {fixed} or {fixed, from 15m}",
    "# One {fixed 15m}": '1:8 unexpected "15m" after fixed | write {fixed}, with commas between marks',
    "# One {fixed, fixed}": "1:15 fixed is repeated | write it once",
    "# One {spare, spare}": "1:15 spare is repeated | write it once",
    "# One {from 1m, from 2m}": "1:17 from is repeated | write it once",
    "# One {wake, sleep}": "1:14 wake and sleep cannot be used together | remove one of them",
    "# One {first, second}": "1:8 {first} in a script without sides | write sides: [right, left] in",
    "# One {fixd, from 15}": '1:8 unknown mark "fixd" | did you mean "fixed"?',
    "# One {first}": "1:8 {first} in a script without sides | write sides: [right, left] in the front",
    "# One {fixed, side}": "1:15 {side} is not a mark | write it in separate braces",
    "# One {from}": "1:8 {from} needs a length | write e.g. {from 15m}",
    "# One {from 15}": '1:8 invalid length "15" | use a unit, e.g. 15m or 15s',
    "# One {to 0s}": "1:8 {to 0s} has no effect | write e.g. {to 15m}",
    "# One {from 20m, to 20m}": "1:18 no session is at least 20m and shorter than 20m | make {from}",
    "# One {from 20m} {to 10m}": "1:19 no session is at least 20m and shorter than 10m | make {from}",
    "# See www.a.org": "1:7 links and addresses cannot be spoken | say in words where to find it, or",
    "Words\n===": "1:1 a line of === or --- makes the text above it a heading | start headings with #,",
    "Words\n---": "1:1 a line of === or --- makes the text above it a heading | start headings with #,",
    "<!-- a --> # One": "1:1 comment before a heading or a list item | put the comment on its own line",
    # Markdown that cannot be spoken
    "> quote": "1:1 block quotes cannot be spoken | remove the >",
    "    code": "1:5 text indented by four spaces is code, which cannot be spoken | remove the spaces",
    "```\ncode\n```": "1:1 code cannot be spoken | remove the ``` or ~~~ lines",
    "~~~": "1:1 code cannot be spoken | remove the ``` or ~~~ lines",
    "Go `code` on": "1:4 code cannot be spoken | remove the `",
    "Go ` on": "1:4 code cannot be spoken | remove the `",
    "<div>\nwords\n</div>": "1:1 HTML cannot be spoken | remove it, or write \\< for a literal <",
    "Go <b>on</b>.": "1:4 HTML cannot be spoken | remove it, or write \\< for a literal <",
    "Go <http://a.b>.": "1:4 links and addresses cannot be spoken | say in words where to find it, or",
    "Go http://a.b now.": "1:4 links and addresses cannot be spoken | say in words where to find it,",
    "Go [on](a.html).": "1:4 links and addresses cannot be spoken | say in words where to find it, or",
    "[a]: http://a.b": "1:1 links and addresses cannot be spoken | say in words where to find it, or",
    "Mail me@example.org now.": "1:6 links and addresses cannot be spoken | say in words where to find",
    "See ![a](b.png) here.": "1:5 images cannot be spoken | describe it in words",
    "***": "1:1 a horizontal line cannot be spoken | remove it; for a silence write [10s]",
    "| a | b |\n|---|---|\n| c | d |": "1:1 tables cannot be spoken | write sentences instead",
    "- a\n  - b": "2:3 list inside a list | write one list, or sentences",
    "- # a": "1:1 heading inside a list | move it out of the list",
    "- > a": "1:1 block quotes cannot be spoken | remove the >",
    "A *star.": "1:3 unmatched * | write \\* for a literal *, or remove it",
    "2 * 3": "1:3 unmatched * | write \\* for a literal *, or remove it",
    "a_b": "1:2 unmatched _ | write \\_ for a literal _, or remove it",
    "**one*": "1:1 unmatched * | write \\* for a literal *, or remove it",
    "Go [10s": "1:4 unclosed bracket | write ] where it ends, or \\[ for a literal bracket",
    "Go ]": "1:4 unmatched ] | remove it, or write \\] for a literal ]",
    "Go [a [10s] b]": "1:4 unclosed bracket | write ] where it ends, or \\[ for a literal bracket",
    "Go <!-- on": "1:4 unclosed comment | write --> where it ends",
    "Let go [10s].": '1:13 nothing to say in "." | put it before the bracket',
    "—": '1:1 nothing to say in "—" | remove it',
    f"{'.' * 500} a": "1:1 nothing to say in a long row of symbols | remove it",
    # characters
    "Go 😀 on": "1:4 voices cannot say this emoji or symbol (grinning face) | delete it, or say what it",
    "Go 👩🏽‍💻❤️ on": "1:4 voices cannot say this emoji or symbol (woman) | delete it, or say what it",
    "Go → on": "1:4 voices cannot say this emoji or symbol (rightwards arrow) | delete it, or say what",
    "Go &#x1F600; on": "1:4 voices cannot say this emoji or symbol (grinning face) | delete it, or say",
    "Go\x07": "1:3 control character (U+0007) | delete it; if there are many, this is not a text file",
    "Go\x00 on": "1:3 control character (U+0000) | delete it; if there are many, this is not a text",
    "Go\u200bon": "1:3 invisible character (U+200B) | delete it along with its neighbours, and type",
    "Go\u2028on": "1:3 unusual line break (U+2028) | press Enter here instead",
    "Go \ufffd on": "1:4 a character was lost when this file was saved | type it again, and save the",
    "Go \ue000 on": "1:4 voices cannot say a private-use character | delete it, or say what it means",
}


@pytest.mark.parametrize("text", BODIES)
def test_each_mistake_in_a_body_has_its_message_place_and_hint(text):
    _check_first_problem(_problems_of_body(text), BODIES[text], 3)


def _problems_of_body(text):
    with pytest.raises(ScriptErrors) as caught:
        parse(HEAD + text + ("" if "<!-- on" in text else "\n\nRest."), "t")
    return caught.value.problems


def _check_first_problem(problems, expected, lines_before):
    first = problems[0]
    place = f"{first.location.line - lines_before}:{first.location.column}"
    assert f"{place} {first.message} | {first.hint}".startswith(expected)
    assert first.hint


SEVERAL_MISTAKES = {
    "# One {first, second}",
    "# One {fixd, from 15}",
    "Go <b>on</b>.",
}


def test_a_single_mistake_is_a_single_problem():
    several = {text for text in BODIES if len(_problems_of_body(text)) > 1}
    assert several == SEVERAL_MISTAKES


FRONTS = {
    "titel: T": '1:1 unknown key "titel" | did you mean "title"?',
    "title: T\ntitle: U": '2:1 duplicate key "title" | remove one of them',
    "title: Psoas: the basics": '1:13 unquoted colon in the title | put it in quotes: title: "Psoas:',
    "title:": "1:1 title has no value | write one, or remove the line",
    'title: ""': "1:1 title has no value | write one, or remove the line",
    "title: [a]": "1:8 expected text, found a list | put text with special characters in double quotes",
    "title: {a: b}": "1:8 expected text, found a table | put text with special characters in double",
    "title: T\nlenght: 20m": '2:1 unknown key "lenght" | did you mean "length"?',
    "title: T\nzzz: 20m": '2:1 unknown key "zzz" | the keys are title, summary, kind, minimum,',
    "title: T\nlength: 20": '2:9 invalid length "20" | use a unit, e.g. 20m or 20s',
    "title: T\nlength: abc": '2:9 invalid length "abc" | write e.g. 500ms, 8s, 20m, 1m30s, 1h or 20:00',
    "title: T\nlength: 4m59s": "2:9 invalid length 4m59s | use 5m to 8h",
    "title: T\nlength: 8h1s": "2:9 invalid length 8h1s | use 5m to 8h",
    "title: T\nlength: -5m": '2:9 invalid length "-5m" | a length cannot be negative',
    "title: T\nminimum: 5m": "2:1 only a position has a minimum | add kind: position, or remove this",
    "title: T\nframe: a": "2:1 only a position has a frame | add kind: position, or remove this line",
    "title: T\nkind: position\nminimum: 0s": "3:10 a position cannot last 0s | write e.g. 5m",
    "title: T\nkind: position\nminimum: 6m\nmaximum: 5m": "3:1 the minimum is longer than the maximum | swap",
    "title: T\nkind: position\npositions: [a]": "3:1 only a session has positions | remove kind: position,",
    "title: T\nkind: positon": '2:7 "positon" is not session or position | did you mean "position"?',
    "title: T\nending: never": '2:9 invalid ending "never" | available: wake, sleep',
    "title: T\npositions: [a]": "2:1 this session has positions, but no [positions] to place them",
    "title: T\npositions: [A]\n": '2:13 invalid name "A" | use lower-case letters, digits and hyphens,',
    "title: T\nprops: a, b": "2:8 expected a list | write it in square brackets: [a, b]",
    "title: T\nprops: {a: b}": "2:8 expected a list | write it in square brackets: [one, two]",
    "title: T\nprops: []": "2:8 empty list | write its entries, or remove the line",
    "title: T\nprops: [a, a]": '2:12 "a" is listed twice | remove one of them',
    "title: T\nprops: [a, [b]]": "2:12 expected text, found a list | put text with special characters",
    "title: T\nprops: [a: b]": "2:9 expected text, found a table | put text with special characters in",
    "title: T\nprops: [a, '']": "2:12 empty value | write a value, or remove it",
    "title: T\nprops: [[[a]]]": "2:9 expected text, found a list | put text with special characters in",
    "title: T\nsides: [a]": "2:8 expected two different sides | write sides: [right, left]",
    "title: T\nsides: [a, A]": "2:8 expected two different sides | write sides: [right, left]",
    "title: T\nsides: [a, b]": "2:1 this script never uses its sides | write {side} in place of the",
    "title: T\nsay: a": "2:6 expected respellings | below say:, indented by two spaces, write lines",
    "title: T\nsay:\n  a: [b]": "3:6 expected text, found a list | put text with special characters in",
    f"title: T\nsay:\n  {'a' * 101}: b": "3:3 this word is too long | write a single word and how it",
    "title: T\nspeed: 0,9": '2:8 invalid speed "0,9" | write e.g. 0.9',
    "title: T\nspeed: 2": "2:8 invalid speed 2 | use 0.5 to 1.5",
    "title: T\nseason: 0": '2:9 "0" is not a positive whole number | write 1, 2, 3 and so on',
    "title: T\nlanguage: English please": '2:11 "English please" is not a language tag | write e.g.',
    "title: T\ndate: 31.3.2025": '2:7 "31.3.2025" is not a date | write e.g. 2025-03-31, or',
    "title: T\ndate: 2025-02-30": '2:7 "2025-02-30" is not a date | write e.g. 2025-03-31, or',
    "title: T\nid: a b": "2:5 an id cannot contain spaces | write a-b",
    'title: "a\\u0007"': "1:8 control character (U+0007) | delete it; if there are many, this is not a",
    'title: "\\UFFFFFFFF"': "1:1 the front matter has a \\ that YAML cannot read | write \\\\ for a",
    "title: &a T": "1:8 & starts a YAML anchor here | put the value in double quotes",
    "title: !!str T": "1:8 ! starts a YAML tag here | put the value in double quotes",
    "title: T\nnotes: *a": "2:8 * starts a YAML alias here | put the value in double quotes",
    "title: T\nnotes: @a": "2:8 the front matter cannot be read from here on | write each line as key:",
    "title: T\nlength 8m\nprops: a cushion": '2:1 no colon after "length" | write length: 8m',
    "title: T\nlength = 8m": '2:1 no colon after "length" | write length: 8m',
    "title: T\nlength:8m\nprops: a cushion": '2:1 no space after the colon of "length" | write length: 8m',
    "title Evening rest\nsummary: Calm": '1:1 no colon after "title" | write title: Evening rest',
    "title: T\nprops: [a cushion\nlength: 8m": "2:1 the list of props has no ] at its end | write props: [a",
    "title: 'T": "1:9 the front matter cannot be read from here on | write each line as key: value,",
    "- a": "1:1 the front matter is a list, not keys and values | write lines such as title: My evening",
    "words": "1:1 the front matter is plain text, not keys and values | write lines such as title: My",
    "title: T\n...\n--- a": "1:1 the front matter is divided by ... | remove that line",
    "title: T\n? [a]\n: b": "2:3 a key is a single word | write lines such as title: My evening",
    f"title: {'[' * 30}": "1:18 too many nested brackets | write each line as key: value, with a value",
    f"title: {'T' * 50_001}": "0:1 the front matter is too long | check that a line --- ends it",
    "": "0:1 the title is missing | write title: and its words below the first ---",
    "title: T 😀": "1:10 voices cannot say this emoji or symbol (grinning face) | delete it, or say",
}


@pytest.mark.parametrize("text", FRONTS, ids=lambda t: t[:40])
def test_each_mistake_in_front_matter_has_its_message_place_and_hint(text):
    with pytest.raises(ScriptErrors) as caught:
        parse(f"---\n{text}\n---\n{END}", "t")
    _check_first_problem(caught.value.problems, FRONTS[text], 1)


FILES = {
    b"": "1:1 this file is empty | write something, or run `audio-builder new NAME` for a",
    b"\n \n": "1:1 this file is empty | write something, or run `audio-builder new NAME` for a",
    b"\xef\xbb\xbf": "1:1 this file is empty | write something, or run `audio-builder new NAME` for a",
    b"Words only.": "1:1 missing front matter, so there is no title | start with three lines: ---, then",
    b"\n\n# Words only.": "3:1 missing front matter, so there is no title | start with three lines: ---,",
    b"---\ntitle: T\n": "1:1 the front matter is not closed | write --- on a separate line below it",
    b"---\ntitle: T\n---\n": "3:1 nothing to say in this script | write words to speak below this line",
    b"---\ntitle: T\n---\n\n# Heading only\n": "5:1 nothing to say in this script | write words to speak",
    b"---\ntitle: T\n---\n[10s] [bell]\n": "4:1 nothing to say in this script | write words to speak",
    "---\ntitle: T\n---\nEin Stück".encode("latin-1"): "4:7 byte 0xfc is not UTF-8 text | save the file as",
    "---\ntitle: T\n".encode("utf-16"): "1:1 this file is saved as UTF-16, or is not text | save the",
    b"---\ntitle: T\n---\n" + b"a" * 400_000: "1:1 this file is too large: 400 kB, a script has at most 4",
    b"\x7fELF\x02\x01\x01" + bytes(40): "1:1 control character (U+007F) | delete it; if there are",
}


@pytest.mark.parametrize("data", FILES, ids=lambda d: repr(d[:30]))
def test_each_unreadable_file_has_its_message_place_and_hint(data):
    with pytest.raises(ScriptErrors) as caught:
        parse(data, "t")
    _check_first_problem(caught.value.problems, FILES[data], 0)


def test_every_colon_that_needs_quotes_is_reported_along_with_all_other_problems():
    front = "title: One: two\nsummary: Three: four # five: six\nid: plain # seven: eight\nlength: 4m"
    with pytest.raises(ScriptErrors) as caught:
        parse(f"---\n{front}\n---\n[pauze 1s]", "t")
    assert [(p.location.line, p.message) for p in caught.value.problems] == [
        (2, "unquoted colon in the title"),
        (3, "unquoted colon in the summary"),
        (5, "invalid length 4m"),
        (7, "unknown directive [pauze 1s]"),
    ]


def test_line_endings_and_a_byte_order_mark_make_no_difference():
    text = "---\ntitle: T\n---\n\n# One\n\nLet go.\nThen rest.\n"
    plain = parse(text, "t")
    for other in (text.replace("\n", "\r\n"), text.replace("\n", "\r"), f"\ufeff{text}"):
        assert parse(other.encode(), "t") == parse(other, "t") == plain
    assert plain.sections[0].paragraphs[0][1].location.line == 8


def test_problems_name_the_file_as_the_caller_does():
    with pytest.raises(ScriptErrors, match=r"^scripts/a\.md:1:1: this file is empty"):
        parse("", "a", "scripts/a.md")
    with pytest.raises(ScriptErrors, match=r"^a\.md:1:1"):
        parse("", "a")
    assert parse(HEAD + END, "a", "scripts/a.md").file == "scripts/a.md"


def test_a_problem_is_printed_as_the_documentation_shows_it():
    with pytest.raises(ScriptErrors) as caught:
        parse(f"---\ntitle: T\n---\n{7 * chr(10)}\nLet go. [pauze 10s]", "evening", "scripts/evening.md")
    assert str(caught.value) == (
        "scripts/evening.md:12:9: unknown directive [pauze 10s]\n"
        "   12 | Let go. [pauze 10s]\n"
        "      |         ^^^^^^^^^^^\n"
        "      did you mean [pause 10s]?"
    )


def test_a_paragraph_of_5000_words_without_punctuation_is_split_at_spaces():
    text = " ".join(["word"] * 5000)
    (section,) = parse(HEAD + text, "t").sections
    says = [say.words[0] for say in section.paragraphs[0]]
    assert " ".join(says) == text
    assert max(map(len, says)) <= 400
    assert len(says) == -(-5000 // 80)


def test_only_the_first_200_problems_are_listed_and_the_rest_are_counted():
    with pytest.raises(ScriptErrors) as caught:
        parse(HEAD + "[x] " * 500, "t")
    assert len(caught.value.problems) == 201
    assert caught.value.problems[-1].message == "and 300 more problems"


@pytest.mark.parametrize("text", ["[positions]\n\n[positions]", "Words.\n\n[positions]\n\n- [positions]"])
def test_positions_cannot_be_repeated(text):
    with pytest.raises(ScriptErrors, match=r"\[positions\] is repeated"):
        parse(f"---\ntitle: T\npositions: [a]\n---\n{text}", "t")


def test_a_position_cannot_contain_positions():
    with pytest.raises(ScriptErrors, match="a position cannot contain positions"):
        parse("---\ntitle: T\nkind: position\n---\nRest.\n\n[positions]", "t")


@pytest.mark.parametrize("text", ["# Hi\n[include a]", "[play a.wav]", "[rest 1m]\n- One.", "[cautions]"])
def test_a_script_may_say_only_what_comes_from_elsewhere(text):
    assert isinstance(parse(HEAD + text, "t"), Script)


@pytest.mark.parametrize(
    ("text", "spoken"),
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
def test_escapes_and_entities_stand_for_plain_text(text, spoken):
    script = parse(HEAD + text, "t")
    assert script.sections[0].paragraphs[0][0] == Say((spoken,))
    assert parse(format_script(script), "t") == script
