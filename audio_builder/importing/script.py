"""Import a text: read it, convert it, and write it as a script that has no errors."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from ..errors import AudioBuilderError, Problem, ScriptErrors
from ..script.parse.escapes import plain
from ..script.parse.lengths import parse_range
from ..script.parse.parse import parse
from ..units import Ms, show
from .convert import ConvertOptions, convert
from .draft import Block, Decision, Draft
from .reading import read_lines
from .words import plain_words

STRETCH = 4
"""An elastic pause lasts up to this many times as long as the author wrote."""
_SHORTEST_REST = Ms(20_000)
"""The shortest pause that becomes a rest."""
_ADDED_REST = Ms(60_000)
_EXACT = re.compile(r"\[((?:\d+(?:h|ms|m|s))+)\]")
_AT_END_OF_LINE = re.compile(rf"[ \t]*{_EXACT.pattern}[ \t]*$", re.MULTILINE)
_ATTEMPTS = 50
_GUESSED_ENCODING = (
    "the file is not UTF-8: read it as Western European; if letters are wrong, save it as UTF-8"
)
_FRONT_KEYS = ("title", "summary", "props", "language")
_TITLE = re.compile(r"[^.!?…,;:\[\]<>()]{3,70}")
"""A first line that is a title: short, and no sentence."""
_DURATION = re.compile(r"\W+(?:about )?\d[\d–-]* ?(?:minutes?|mins?|m|hours?|h)\W*$")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import a text. `stretch` makes pauses elastic."""

    convert: ConvertOptions = field(default_factory=ConvertOptions)
    stretch: bool = False
    title: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """The text of a script, and every decision that led to it, in the order of lines."""

    text: str
    decisions: tuple[Decision, ...]

    @property
    def questions(self) -> tuple[Decision, ...]:
        """The decisions that the author should look at."""
        return tuple(decision for decision in self.decisions if not decision.is_certain)


def import_script(data: bytes, name: str, options: ImportOptions = ImportOptions()) -> Imported:
    """Return the script for the content of a file. Raise AudioBuilderError if it is not a text or has no words."""
    lines, is_guess = read_lines(data, name)
    if _is_script("\n".join(lines)):
        raise AudioBuilderError(f"{name} is already a script. Try `audio-builder check {name}`.")
    draft = convert(lines, options.convert)
    if is_guess:
        draft.decide(1, _GUESSED_ENCODING, False)
    _shape(draft, options, name)
    if options.stretch:
        _stretch(draft)
    text = _without_problems(draft, options)
    return Imported(text, tuple(sorted(draft.decisions, key=lambda decision: decision.line)))


def _is_script(text: str) -> bool:
    if not text.startswith("---"):
        return False
    try:
        parse(text, "import")
    except ScriptErrors:
        return False
    return bool(re.search(r"^\[(?:rest|breathe|bell|positions|cautions|\d)", text, re.MULTILINE))


def _shape(draft: Draft, options: ImportOptions, name: str) -> None:
    """Find the title, and bring the headings to the two levels of scripts."""
    headings = [block for block in draft.blocks if block.kind == "heading"]
    first = next((block for block in draft.blocks if block.kind != "note"), None)
    if first is not None and first.kind == "heading" and (first.level == 1 or not draft.title):
        others = [block for block in headings if block is not first]
        if not others or (first.level == 1 and all(block.level > 1 for block in others)):
            if not draft.title:
                draft.title = plain(first.text)
                draft.decide(first.line, f"“{first.text}” becomes the title")
            if plain(first.text).casefold() == draft.title.casefold():
                draft.blocks.remove(first)
                headings = others
    if not draft.title and first is not None and _TITLE.fullmatch(first.written):
        draft.blocks.remove(first)
        draft.title = _DURATION.sub("", first.written)
        draft.decisions = [one for one in draft.decisions if one.line != first.line]
        draft.decide(first.line, f"“{first.written}” becomes the title")
    draft.title = (
        plain_words(options.title, 1, draft)
        or plain_words(draft.title, 1, draft)
        or plain_words(PurePath(name).stem.replace("-", " ").replace("_", " "), 1, draft).capitalize()
        or "Untitled"
    )
    top = min((block.level for block in headings), default=1)
    for block in headings:
        block.level = 1 if block.level == top else 2
    last = next((block for block in reversed(draft.blocks) if block.kind in ("paragraph", "pause")), None)
    while last is not None and draft.blocks[-1].kind == "heading":
        empty = draft.blocks.pop()
        draft.decide(empty.line, f"“{empty.text}” is a heading without text below it: left it out", False)


def _stretch(draft: Draft) -> None:
    """Make pauses elastic. The longest silence becomes a rest, or else a rest is added before the last part."""
    rest = _longest_silence(draft)
    draft.decide(1, f"pauses became elastic: from what you wrote to {STRETCH} times as long")
    for block in draft.blocks:
        low = block.low
        if block.kind == "pause" and low and block is not rest and ".." not in block.text:
            block.text = f"[{show(low)}..{show(Ms(low * STRETCH))}]"
    for block in draft.blocks:
        if block.kind == "paragraph":
            block.text = _EXACT.sub(_stretched, block.text)
    if rest is not None and rest.low:
        rest.text = f"[rest {show(rest.low)}..]"
        draft.decide(rest.line, f"the longest silence becomes a rest: wrote {rest.text}")
        return
    place = _last_part(draft)
    line = draft.blocks[place].line if place < len(draft.blocks) else 1
    draft.blocks.insert(place, Block("pause", f"[rest {show(_ADDED_REST)}..]", line, low=_ADDED_REST))
    draft.decide(
        line, f"no silence is long enough to become a rest: added [rest {show(_ADDED_REST)}..]", False
    )


def _longest_silence(draft: Draft) -> Block | None:
    """Return the longest silence, or the last of several as long, if it can be a rest. It gets a block of its own."""
    silences: list[tuple[Ms, int, re.Match[str] | None]] = [
        (block.low, place, None)
        for place, block in enumerate(draft.blocks)
        if block.kind == "pause" and block.low
    ]
    silences += [
        (parse_range(match[1])[0], place, match)
        for place, block in enumerate(draft.blocks)
        if block.kind == "paragraph"
        for match in _AT_END_OF_LINE.finditer(block.text)
    ]
    low, place, match = max(
        silences, key=lambda one: (one[0], one[1], one[2].start() if one[2] else 0), default=(Ms(0), 0, None)
    )
    if low < _SHORTEST_REST:
        return None
    block = draft.blocks[place]
    if match is None:
        return block
    rest = Block("pause", match[0].strip(), block.line, low=low)
    before, after = block.text[: match.start()].rstrip(), block.text[match.end() :].strip()
    parts = [replace(block, text=before)] if before else []
    parts.append(rest)
    parts += [replace(block, text=after)] if after else []
    draft.blocks[place : place + 1] = parts
    return rest


def _stretched(match: re.Match[str]) -> str:
    low, _ = parse_range(match[1])
    return f"[{show(low)}..{show(Ms(low * STRETCH))}]"


def _last_part(draft: Draft) -> int:
    """Return where an added rest goes: before the last chapter, or else before the last paragraph."""
    headings = [i for i, block in enumerate(draft.blocks) if block.kind == "heading" and i > 0]
    if headings:
        return headings[-1]
    paragraphs = [i for i, block in enumerate(draft.blocks) if block.kind == "paragraph"]
    return paragraphs[-1] if len(paragraphs) > 1 else len(draft.blocks)


def _without_problems(draft: Draft, options: ImportOptions) -> str:
    """Return the text of the script. Blocks that scripts cannot contain become notes."""
    for _ in range(_ATTEMPTS):
        text, owners = _written(draft, options)
        try:
            parse(text, "import")
        except ScriptErrors as error:
            faulty = {id(owners[p.location.line]): p for p in error.problems if p.location.line in owners}
            if not faulty:
                raise AudioBuilderError(_refusal(error.problems[0])) from None
            for index, block in enumerate(draft.blocks):
                if id(block) in faulty:
                    problem = faulty[id(block)]
                    draft.decide(
                        block.line, f"“{block.text[:60]}” is kept as a note: {problem.message}", False
                    )
                    draft.blocks[index] = replace(block, kind="note", text=_note(block.text))
            continue
        return text
    raise AudioBuilderError("This text cannot be made into a script. Try to save it as plain text first.")


def _refusal(problem: Problem) -> str:
    """Return why no script can be written, for a problem that is in none of the blocks."""
    key = problem.source.partition(":")[0]
    if key not in _FRONT_KEYS:
        return f"There are no words to speak in this text: {problem.message}"
    return f"Invalid {key}: {problem.message}" + (f"; {problem.hint}" if problem.hint else "")


def _written(draft: Draft, options: ImportOptions) -> tuple[str, dict[int, Block]]:
    """Return the text of the script, and the block that each of its lines comes from."""
    lines = ["---", f"title: {_quoted(draft.title)}"]
    lines += [f"summary: {_quoted(draft.summary)}"] if draft.summary else []
    lines += [f"props: [{', '.join(_quoted(one) for one in draft.props)}]"] if draft.props else []
    lines += [f"language: {_plain_or_quoted(options.language)}"] if options.language else []
    lines += ["---", ""]
    owners: dict[int, Block] = {}
    for block in draft.blocks:
        text = f"{'#' * block.level} {block.text}" if block.kind == "heading" else _protected(block.text)
        owners[len(lines) + 1] = block
        lines += [text, ""]
    return "\n".join(lines).rstrip() + "\n", owners


def _protected(text: str) -> str:
    """Return the text of a paragraph, so that its first characters are not read as Markdown."""
    return re.sub(
        r"^(#{1,6}(?=\s|$)|[-+*>](?=\s|$)|=+$|-+$)",
        r"\\\1",
        re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", text),
    )


def _plain_or_quoted(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text) else _quoted(text)


def _quoted(text: str) -> str:
    """Return a value of the front matter in double quotes, which YAML reads as JSON."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _note(text: str) -> str:
    inner = re.sub(r"<!--\s*(?:import:)?|-->", "", text).replace("--", "–")
    return f"<!-- import: {' '.join(inner.split())} -->"
