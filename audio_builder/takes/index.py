"""The index of a recorded voice: which sentences it has, the takes of each, and the one that sessions use."""

from __future__ import annotations

from pathlib import Path

import msgspec
import tomli_w

from ..errors import AudioBuilderError
from ..files import read_text, reason, write_atomically
from ..text import parse_toml
from .sentences import sentence_key

INDEX_FILE = "index.toml"
_HEADING = """# The takes of one voice, written by audio-builder. Each sentence has one take or several, and sessions
# use the one in "use"; a sentence without it counts as missing. You may change "use", or remove a sentence.

"""


class Take(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A recording of a sentence: the name of its file, and what to know about it, such as why it is not sure."""

    file: str
    note: str = ""


class Sentence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A sentence with its takes, oldest first. `use` is the file that sessions use, or empty."""

    text: str
    use: str = ""
    takes: tuple[Take, ...] = msgspec.field(name="take", default=())


class TakeIndex(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `index.toml`."""

    sentences: tuple[Sentence, ...] = msgspec.field(name="sentence", default=())

    def find(self, text: str) -> Sentence | None:
        """Return the entry of a sentence, or None."""
        return self.by_key.get(sentence_key(text))

    @property
    def by_key(self) -> dict[str, Sentence]:
        """The sentences by their keys."""
        return {sentence_key(sentence.text): sentence for sentence in self.sentences}

    def with_sentence(self, changed: Sentence) -> TakeIndex:
        """Return the index with a sentence in place of its earlier entry, or at the end."""
        key, entries = sentence_key(changed.text), self.by_key
        return TakeIndex(sentences=(*({**entries, key: changed}).values(),))


def read_index(folder: Path) -> TakeIndex:
    """Return the index of a voice's folder, or an empty one if it has none. Raises AudioBuilderError."""
    path = folder / INDEX_FILE
    try:
        return msgspec.convert(parse_toml(read_text(path)), TakeIndex)
    except FileNotFoundError:
        return TakeIndex()
    except (OSError, UnicodeDecodeError, msgspec.ValidationError, ValueError) as error:
        raise AudioBuilderError(
            f"{path}: {reason(error)}: fix it or restore it from your backup. The recordings next to it are intact."
        ) from None


def write_index(folder: Path, index: TakeIndex) -> None:
    """Write the index of a voice's folder atomically. Raises OSError."""
    content = msgspec.to_builtins(index)
    write_atomically(folder / INDEX_FILE, (_HEADING + tomli_w.dumps(content)).encode())
