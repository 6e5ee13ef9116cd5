"""The form of messages: one sentence has no full stop at its end, and several sentences each have one."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "audio_builder"
_FOR_PEOPLE = re.compile(
    r".*(?:Error|Failed|Missing|Unknown|InvalidValue|BadSound|BadPicture|BadParameter|ClipGone|Conflict|DoesNotFit|NotYet)"
    r"|Problem|fail|echo|sentence"
)
_NEXT_SENTENCE = re.compile(r"[.?!][”\"]? (?=[A-Z❬])(?<!e\.g\. )")
_UNKNOWN = "❬❭"
"""Stands for a value that is put into a message when it is raised."""


def _template(node):
    """Return the text of a string in source, with _UNKNOWN for each value, or None if it is not a string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else _UNKNOWN for part in node.values)
    return None


def _messages(tree):
    """Yield the line and the text of each message and hint."""
    for node in ast.walk(tree):
        texts = []
        if isinstance(node, ast.Call) and _FOR_PEOPLE.fullmatch(ast.unparse(node.func).rpartition(".")[2]):
            texts = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "message":
            texts = [node.value]
        yield from ((node.lineno, text) for text in map(_template, texts) if text is not None)


def _is_well_formed(text):
    text = text.rstrip("\n")
    if text.endswith((_UNKNOWN, "?", "!")):
        return True
    sentences = _NEXT_SENTENCE.split(text)
    return text.endswith(".") == (len(sentences) > 1)


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_only_messages_of_several_sentences_end_with_a_full_stop(module):
    tree = ast.parse((PACKAGE / module).read_text("utf-8"))
    wrong = [f"{module}:{line}: {text}" for line, text in _messages(tree) if not _is_well_formed(text)]
    assert not wrong, "\n".join(wrong)


def test_the_rule_is_about_sentences():
    assert _is_well_formed('Invalid length "20": use a unit, e.g. 20m or 20s')
    assert _is_well_formed("Interrupted. No partial files were left behind.")
    assert not _is_well_formed("Interrupted. No partial files were left behind")
    assert not _is_well_formed("Nothing was changed.")
