"""Turn the lines of a pasted text into a draft of a script."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass

from ..notation.directions import is_direction
from ..notation.lines import FACT_KEYS, MAYBE_SPOKEN, Label, LineFacts, label_of, read_line, split_label
from ..notation.marks import time_length
from ..notation.pauses import DEFAULT_LENGTHS, PauseLengths, leading_pause, read_pause, read_pause_line
from ..script.parse.lengths import parse_range
from ..script.parse.problems import ParseError
from ..text import without_comments
from ..units import Ms, show
from .draft import Block, Draft
from .front_matter import read_front_matter
from .notes import without_notes
from .tables import without_tables
from .words import ended, narration, plain_words

_ALONE = re.compile(r"^\[([^\[\]]+)\]$")
_TERMINAL = re.compile(r"(?<![.!?…:;])[.!?…:;]+[\"'”’»)\]*_]*$")
_WRAPPED_AT = 55
"""Characters from which on a line that ends without punctuation was probably wrapped by an editor."""
_BRACKETED_LENGTH = re.compile(
    r"\s*[(\[][^()\[\]]*\d\s*(?:min|minute|hour|sec|second)[^()\[\]]*[)\]]", re.IGNORECASE
)
_ITALIC = re.compile(r"\s*(?P<sign>[*_])(?![*_])(?P<words>[^*_]{2,200})(?P=sign)[.!]?\s*$")


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """How to read a text: the lengths of pauses without a number, and of blank lines if they are pauses."""

    lengths: PauseLengths = DEFAULT_LENGTHS
    blank_line: Ms | None = None


def convert(lines: list[str], options: ConvertOptions) -> Draft:
    """Return the draft of a script for the lines of a text."""
    return _Converter(lines, options).run()


class _Converter:
    def __init__(self, lines: list[str], options: ConvertOptions) -> None:
        self._options = options
        self._draft = Draft()
        untimed = [self._without_time(number, line) for number, line in enumerate(lines, 1)]
        self._lines = without_tables(without_notes(untimed, self._draft), self._draft, options.lengths)
        self._labels: dict[str, int] = Counter(filter(None, map(label_of, untimed)))
        self._in_code = False

    def _without_time(self, number: int, line: str) -> str:
        """Return a line without the time in a recording that it begins with."""
        end = time_length(line)
        if end:
            self._draft.decide(number, f"“{line[:end].strip()}” is a time in a recording: left it out")
        return line[end:]

    def run(self) -> Draft:
        at = self._front_matter()
        group: list[tuple[int, LineFacts]] = []
        for index in range(at, len(self._lines)):
            line = self._lines[index]
            if re.fullmatch(r"\s*(?:`{3,}|~{3,})\s*[\w-]*\s*", line):
                self._draft.decide(index + 1, f"left out the line {line.strip()[:12]}")
                continue
            facts = read_line(line, self._is_alone(index))
            if self._belongs(group, facts):
                group.append((index, facts))
                continue
            self._flush(group)
            group = [(index, facts)] if facts.kind in ("item", "words") else []
            self._other(index, facts)
        self._flush(group)
        return self._draft

    def _belongs(self, group: list[tuple[int, LineFacts]], facts: LineFacts) -> bool:
        """Return whether a line goes on with the paragraph or list before it, or begins a paragraph."""
        if facts.kind == "item":
            return bool(group) and group[0][1].kind == "item"
        if facts.kind != "words":
            return False
        return not group or group[0][1].kind == "words" or _continues(group[-1][1].words, facts.words)

    def _is_alone(self, index: int) -> bool:
        neighbours = [self._lines[i] for i in (index - 1, index + 1) if 0 <= i < len(self._lines)]
        return not any(line.strip() for line in neighbours) or (
            (index == 0 or not self._lines[index - 1].strip()) and len(self._lines[index].strip()) < 60
        )

    def _front_matter(self) -> int:
        """Read front matter, and return the index of the first line after it."""
        facts, below = read_front_matter(self._lines)
        for fact in facts:
            self._fact(*fact)
        return below

    def _other(self, index: int, facts: LineFacts) -> None:
        if facts.kind == "heading":
            self._heading(index, facts)
        elif facts.kind == "fact":
            self._fact(index, facts.key, facts.words)
        elif facts.kind == "aside":
            if read_pause(facts.words, self._options.lengths):
                self._paragraph(index, facts.words)
                return
            self._draft.blocks.append(Block("note", _note(facts.words), index + 1))
            self._draft.decide(index + 1, f"“{facts.words}” is not for listeners: kept as a note")
        elif facts.kind == "rule":
            self._draft.decide(index + 1, f"left out the line {facts.words[:12]}")
        elif self._options.blank_line and self._draft.blocks and self._draft.blocks[-1].kind == "paragraph":
            self._pause(index, self._options.blank_line)

    def _pause(self, index: int, length: Ms) -> None:
        self._draft.blocks.append(Block("pause", f"[{show(length)}]", index + 1, low=length))

    def _heading(self, index: int, facts: LineFacts) -> None:
        if (pause := read_pause(facts.words, self._options.lengths)) is not None:
            self._draft.decide(
                index + 1, f"“{facts.words}” is a pause: wrote {pause.directive}", pause.is_exact
            )
            self._draft.blocks.append(Block("pause", pause.directive, index + 1, low=pause.low))
            return
        words = _BRACKETED_LENGTH.sub("", facts.words)
        written = narration(words, index + 1, Draft(), self._options.lengths)
        title = re.sub(r"\s*\[[^\[\]]*\]", "", without_comments(written)).strip()
        if not re.search(r"\w", title):
            self._paragraph(index, facts.words)
            return
        if not facts.is_certain or facts.level == 2:
            self._draft.decide(index + 1, f"“{facts.words}” becomes a heading", facts.is_certain)
        self._draft.blocks.append(Block("heading", title, index + 1, facts.level))

    def _fact(self, index: int, key: str, value: str) -> None:
        target = FACT_KEYS.get(key.lower().strip(), "")
        draft, line = self._draft, index + 1
        if target:
            value = plain_words(value, line, draft)
        if not value:
            return
        if target == "title" and not draft.title:
            draft.title = value
        elif target == "summary" and not draft.summary:
            draft.summary = value
        elif target == "props" and not draft.props:
            props = (one.strip(" .") for one in re.split(r",|;|\band\b", value))
            draft.props = list(dict.fromkeys(filter(None, props)))
        else:
            draft.blocks.append(Block("note", _note(f"{key}: {value}"), line))
            name = key.lower().strip()
            is_certain = name in FACT_KEYS and name not in MAYBE_SPOKEN
            draft.decide(line, f"“{key}: {value}” is about the text: kept as a note", is_certain)
            return
        draft.decide(line, f"“{key}: {value}” goes to the front matter as {target}")

    def _flush(self, group: list[tuple[int, LineFacts]]) -> None:
        if not group:
            return
        if group[0][1].kind == "item":
            self._listing(group)
            return
        found = self._sentences(group)
        for index, text in found:
            self._paragraph(index, text, len(found) == 1)

    def _listing(self, group: list[tuple[int, LineFacts]]) -> None:
        items: list[tuple[int, str, int | None]] = []
        for index, facts in group:
            if facts.kind == "item" or not items:
                items.append((index, facts.words, facts.number))
            else:
                first, words, number = items[-1]
                items[-1] = (first, f"{words} {facts.words}", number)
        numbers = [number for _, _, number in items if number is not None]
        counts_down = len(numbers) > 1 and all(b == a - 1 for a, b in itertools.pairwise(numbers))
        if numbers and not counts_down:
            self._draft.decide(
                items[0][0] + 1, "the numbers of this list are left out: each item becomes a paragraph"
            )
        for index, words, number in items:
            self._paragraph(index, f"{number}… {words}" if counts_down else words)

    def _sentences(self, group: list[tuple[int, LineFacts]]) -> list[tuple[int, str]]:
        """Return the paragraphs of a group of lines: wrapped lines are joined, others stay apart."""
        found: list[tuple[int, list[str]]] = []
        previous = ""
        for index, facts in group:
            text = facts.words
            if not facts.is_certain:
                self._draft.decide(index + 1, f"“{text}” may be meant for listeners: it is spoken", False)
            label = split_label(text, self._labels)
            if label:
                text = self._without_label(index, text, label)
                if not text:
                    continue
            if found and not label and _continues(previous, text):
                found[-1][1].append(text)
            else:
                found.append((index, [text]))
            previous = text
        return [(index, _joined(lines)) for index, lines in found]

    def _without_label(self, index: int, text: str, label: Label) -> str:
        """Return a line without its label. One that may be an instruction stays, unless it is in capitals."""
        if not (label.is_certain or label.name.isupper()):
            self._draft.decide(index + 1, f"“{label.name}:” may say who speaks: it is spoken", False)
            return text
        says = "says" if label.is_certain else "may say"
        self._draft.decide(index + 1, f"“{label.name}:” {says} who speaks: left out", label.is_certain)
        return f"({label.words})" if is_direction(label.words) else label.words

    def _paragraph(self, index: int, text: str, is_alone: bool = False) -> None:
        if (match := _ITALIC.match(text)) and not read_pause(match["words"], self._options.lengths):
            if is_direction(match["words"]) or leading_pause(match["words"]):
                text = f"({match['words']})"
            else:
                self._draft.decide(index + 1, f"“{text.strip()}” is all in italics, and is spoken", False)
        written = narration(text, index + 1, self._draft, self._options.lengths)
        if not written:
            return
        if match := _ALONE.match(written):
            self._draft.blocks.append(Block("pause", written, index + 1, low=_least(match[1])))
        elif not without_comments(written).strip():
            self._draft.blocks.append(Block("note", written, index + 1))
        else:
            sentence = ended(written)
            if sentence != written:
                self._draft.decide(index + 1, f"“…{written[-24:]}” ends with a full stop now")
            self._draft.blocks.append(
                Block("paragraph", sentence, index + 1, written=text if is_alone else "")
            )


def _least(length: str) -> Ms | None:
    """Return the shortest time of a directive such as `2m` or `5s..10s`, or None if it is no length."""
    try:
        return parse_range(length)[0]
    except ParseError:
        return None


def _continues(previous: str, text: str) -> bool:
    """Return whether a line continues the sentence of the line before it."""
    if read_pause_line(previous) or read_pause_line(text):
        return False
    if _TERMINAL.search(previous):
        return (
            len(previous) >= _WRAPPED_AT
            and not re.match(r"[(\[{<*/—-]", text)
            and text[:1].isalnum()
            and not text[:1].isdigit()
        )
    if re.match(r"[(\[{<*/—–-]", text) or re.search(r"[)\]}>]$", previous):
        return False
    return (
        text[:1].islower()
        or (len(previous) >= _WRAPPED_AT and not text[:1].isdigit())
        or previous.endswith(",")
    )


def _joined(lines: list[str]) -> str:
    """Return wrapped lines as one, with the words whole that were hyphenated at the end of a line."""
    parts = [lines[0]]
    for line in lines[1:]:
        if re.search(r"[a-z]-$", parts[-1][-2:]) and line[:1].islower():
            parts[-1] = parts[-1][:-1]
        else:
            parts.append(" ")
        parts.append(line)
    return "".join(parts)


def _note(text: str) -> str:
    return f"<!-- import: {' '.join(text.replace('--', '–').split())} -->"
