"""Question what a voice would read aloud by mistake: pauses, labels, stage directions and leftovers of editors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ..errors import Location, Problem
from ..notation.lines import FACT_KEYS, label_of, read_line, split_label
from ..notation.mark import Mark
from ..notation.marks import apply_marks, find_marks, time_length
from ..notation.pauses import read_pause_line
from ..script.parse.characters import COMMENT, split_lines
from ..script.parse.comments import mask
from ..script.parse.directives import parse_directive
from ..script.parse.front import find_front
from ..script.parse.problems import MAX_PROBLEMS, ParseError, Problems

_LIST_MARKER = re.compile(r"\s*(?:[-+*]|\d{1,9}[.)])\s+")
_ENDS = re.compile(r"[.!?…:;,][\"'”’»)\]*_]*$|[\]>}]$")
_LENGTH = re.compile(r"(?<![\w.,:/-])(?!1[6-9]\d0s|20\d0s)\d+(?:[.,]\d{1,2})?s\b(?![’'])")
_BULLET = re.compile(r"^\s*[•▪◦‣·●○■□➢➤►✓✔]\s*(?=.*\w)")
_DASH = re.compile(r"^\s*[–—−]\s+(?=\S)")
_NO_SPACE_AFTER_HASH = re.compile(r"^#+\w+")
_UNFINISHED = re.compile(r"\b(?:TODO|TBD|TBC|FIXME|XXX+|lorem ipsum)\b|_{3,}|\?{3,}", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_SUSPECT = (
    (
        _LENGTH,
        "will be read out: lengths are written in square brackets",
        "write e.g. [{}], or say it in words",
    ),
    (_UNFINISHED, "looks unfinished", "finish it, or write <!-- {} --> for a note"),
)
_OPEN = re.compile(
    r"\b(?:to|the|an?|of|with|in|on|at|and|or|your|my|our|is|are|by|from|for|dear)[.!?]?$", re.IGNORECASE
)
"""A sentence that ends with such a word lacks something."""
_IMPORT_NOTE = re.compile(r"<!-- import:(.*?)-->")
_TEMPLATE_SUMMARY = "One line for lists and the feed."
_MOST_FIXES_A_LINE = 50
_SPLIT_WORD = re.compile(r"[a-z]-$")


@dataclass(frozen=True, slots=True)
class Question:
    """Advice on a line of a script, and the line as it should be if there is one right answer."""

    problem: Problem
    fixed: str | None = None


def questions(text: str, file: str) -> list[Question]:
    """Return what the body of a script would have read aloud by mistake, in the order of its lines.

    At most MAX_PROBLEMS are returned, as of errors: a file with more is not a script yet.
    """
    return list(islice(_Reader(text, file).run(), MAX_PROBLEMS))


def fix(text: str, file: str) -> tuple[str, list[Question]]:
    """Return the text of a script with everything fixed that has one right answer, and what was fixed."""
    fixed: list[Question] = []
    for _ in range(_MOST_FIXES_A_LINE):
        by_line: dict[int, Question] = {}
        for question in questions(text, file):
            if question.fixed is not None:
                by_line.setdefault(question.problem.location.line, question)
        if not by_line:
            break
        rows = split_lines(text)
        for line, question in by_line.items():
            rows[line - 1] = question.fixed or ""
        text = "\n".join(rows)
        fixed += by_line.values()
    return text, sorted(fixed, key=lambda one: (one.problem.location.line, one.problem.location.column))


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._rows = split_lines(text)
        self._first = find_front(self._rows).body if any(row.strip() for row in self._rows) else 0
        self._masked = mask(self._rows[self._first :], Problems(file, self._rows), self._first + 1)
        self._labels: dict[str, int] = {}
        for row in self._masked:
            if label := label_of(row[time_length(row) :]):
                self._labels[label] = self._labels.get(label, 0) + 1

    def run(self) -> Iterator[Question]:
        yield from self._front()
        group: list[int] = []
        for index, row in enumerate(self._masked):
            if not row.strip():
                yield from self._group(group)
                group = []
            else:
                has_comment = COMMENT in row
                for question in self._row(index, row.replace(COMMENT, " ")):
                    # a fix would lose the comment
                    yield replace(question, fixed=None) if has_comment else question
                if not re.match(r"\s*#|\s*\[[^\]]*\]\s*$", row) and not _LIST_MARKER.match(row):
                    group.append(index)
        yield from self._group(group)

    def _front(self) -> Iterator[Question]:
        """Yield a question on a summary that is still that of the template."""
        for index, row in enumerate(self._rows[: self._first], -self._first):
            if row.partition(":")[2].strip() == _TEMPLATE_SUMMARY:
                message = "the summary is still that of the template"
                start = row.index(_TEMPLATE_SUMMARY)
                yield Question(
                    self._problem(index, start, len(row), message, "write what listeners will find")
                )

    def _problem(self, index: int, start: int, end: int, message: str, hint: str) -> Problem:
        location = Location(self._file, self._first + index + 1, start + 1)
        return Problem(location, message, self._rows[self._first + index], max(1, end - start), hint)

    def _row(self, index: int, row: str) -> Iterator[Question]:
        if match := _NO_SPACE_AFTER_HASH.match(row):
            message = f'"{match[0]}" will be read out: a heading has a space after the #'
            heading = re.sub(r"^(#+)", r"\1 ", row)
            problem = self._problem(index, 0, match.end(), message, "write # and a space before it")
            yield Question(problem, heading if len(row.split()) > 1 else None)
        elif row.lstrip().startswith("#"):
            return
        else:
            yield from self._line(index, row)
        marks = [mark for mark in find_marks(row) if not _is_language(row[mark.start : mark.end])]
        yield from self._marks(index, row, marks)
        characters = list(_BRACKETS.sub(lambda match: " " * len(match[0]), row))
        for mark in marks:
            characters[mark.start : mark.end] = " " * (mark.end - mark.start)
        bare = "".join(characters)
        yield from self._open_notes(index)
        for pattern, message, hint in _SUSPECT:
            for match in pattern.finditer(bare):
                problem = self._problem(
                    index, *match.span(), f'"{match[0]}" {message}', hint.format(match[0])
                )
                yield Question(problem)

    def _open_notes(self, index: int) -> Iterator[Question]:
        """Yield a question for each note of the import within a sentence, which may lack what is in the note."""
        row = self._rows[self._first + index]
        for match in _IMPORT_NOTE.finditer(row, 0, row.rfind("-->") + 3):
            before, after = row[: match.start()].rstrip(), row[match.end() :].strip()
            is_open = before and (before[-1] not in ".!?…]>:" or _OPEN.search(before))
            if is_open or after[:1].islower() or after[:1] == ",":
                message = f'the sentence may lack "{match[1].strip()}"'
                hint = "complete the sentence, and delete the note"
                yield Question(self._problem(index, *match.span(), message, hint))

    def _marks(self, index: int, row: str, marks: list[Mark]) -> Iterator[Question]:
        for mark in marks:
            written = row[mark.start : mark.end].strip()
            if re.fullmatch(r"[\[{].*[\]}]", written) and mark.kind != "markup" and not mark.is_certain:
                continue  # the parser reports it
            if mark.start == 0 and mark.kind == "tag":
                continue  # reported as a heading without a space
            message = f'"{written}" will be read out, but it {mark.message}'
            is_pause = mark.kind == "pause"
            fixable = mark.is_certain and not (
                is_pause and ("without" in mark.message or _LIST_MARKER.match(row))
            )
            fixed = apply_marks(row, [mark]) if fixable else None
            yield Question(self._problem(index, mark.start, mark.end, message, _hint(mark)), fixed)

    def _line(self, index: int, row: str) -> Iterator[Question]:
        if match := _BULLET.match(row) or self._dash_of_list(index, row):
            fixed = f"- {row[match.end() :]}"
            yield Question(
                self._problem(
                    index,
                    0,
                    match.end(),
                    f'"{match[0].strip()}" will be read out: lists are written with -',
                    "start each item with - instead",
                ),
                fixed,
            )
            return
        facts = read_line(row, is_alone=True)
        if (
            facts.kind == "fact"
            and FACT_KEYS.get(facts.key.lower()) is not None
            and not _LIST_MARKER.match(row)
        ):
            hint = f"write it in the front matter, or as a note: <!-- {row.strip()} -->"
            yield Question(
                self._problem(
                    index,
                    0,
                    len(row),
                    f'"{facts.key}:" will be read out, but the line is about the text',
                    hint,
                )
            )
        elif label := split_label(row[time_length(row) :], self._labels):
            at = row.index(label.name, time_length(row))
            says = "says" if label.is_certain else "may say"
            message = f'"{label.name}:" will be read out, but it {says} who speaks'
            problem = self._problem(index, at, at + len(label.name) + 1, message, "remove it")
            yield Question(problem, (label.words or None) if label.is_certain else None)

    def _dash_of_list(self, index: int, row: str) -> re.Match[str] | None:
        """Return the dash at the start of a line if the line before or after it begins with one too."""
        neighbours = [self._masked[i] for i in (index - 1, index + 1) if 0 <= i < len(self._masked)]
        is_list = any(_DASH.match(other) for other in neighbours)
        return _DASH.match(row) if is_list and not read_pause_line(row) else None

    def _group(self, group: list[int]) -> Iterator[Question]:
        """Yield questions on the lines of a paragraph: words split between lines, and lines without full stops."""
        rows = [self._masked[index].replace(COMMENT, " ").rstrip() for index in group]
        for index, row, following in zip(group, rows, rows[1:], strict=False):
            if _SPLIT_WORD.search(row.rstrip()) and following[:1].islower():
                start = len(row.rstrip()) - len(row.split()[-1])
                message = f'"{row.split()[-1]}" is split at the end of the line'
                yield Question(
                    self._problem(index, start, len(row.rstrip()), message, "write the word on one line")
                )
        open_ended = [
            i
            for i, row in zip(group, rows, strict=True)
            if not _ENDS.search(_without_pauses(row)) and not _is_language(row.strip())
        ]
        capitals = sum(row.strip()[:1].isupper() or row.strip()[:1].isdigit() for row in rows)
        if (
            len(group) > 1
            and len(open_ended) >= max(2, len(group) - 1)
            and capitals == len(group)
            and max(map(len, rows)) < 60
        ):
            message = f"these {len(group)} lines have no full stops, and will be read as one sentence"
            for n, index in enumerate(open_ended):
                row = self._masked[index].rstrip()
                fixed = None if COMMENT in row else f"{row}."  # it would lose the comment
                problem = self._problem(
                    index,
                    0,
                    len(row),
                    message if not n else "no full stop at the end of the line",
                    "end each line with a full stop",
                )
                yield Question(problem, fixed)


def _without_pauses(row: str) -> str:
    """Return a line without the pauses that other notations write at its end. A directive ends it."""
    for mark in reversed(find_marks(row)):
        if mark.kind != "pause" or row[mark.end :].strip() or _is_language(row[mark.start : mark.end]):
            break
        row = row[: mark.start]
    return row.strip()


def _hint(mark: Mark) -> str:
    if mark.kind == "pause":
        return f"write {mark.replacement}" + (", or another length" if "without" in mark.message else "")
    if mark.replacement.startswith("<!--"):
        note = mark.replacement.replace("import: ", "")
        return f"write {note} for a note, or remove it"
    return f"write {mark.replacement}" if mark.replacement else "remove it"


def _is_language(written: str) -> bool:
    """Return whether this is a directive, a slot or an escape of the script language."""
    written = written.strip()
    if written in ("{side}", "{other}", "{as is}") or written.startswith("\\"):
        return True
    if not (written.startswith("[") and written.endswith("]")):
        return False
    try:
        parse_directive(written[1:-1], Location("", 1))
    except ParseError:
        return False
    return True
