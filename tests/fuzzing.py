"""Everything that reads what others wrote, as functions of any bytes. `make soak` looks for bytes that break them.

A target may raise AudioBuilderError or ScriptErrors, whose message says what to do. Anything else is a fault.
"""

import tempfile
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl

from audio_builder.audio.clip import clip_length
from audio_builder.cache import Cache, is_sealed
from audio_builder.diagnostics.questions import fix, questions
from audio_builder.errors import AudioBuilderError, ScriptErrors
from audio_builder.importing.script import ImportOptions, import_script
from audio_builder.library.storage import read_manifest
from audio_builder.podcast.registry import read_registry, write_registry
from audio_builder.podcast.show_file import read_show
from audio_builder.script.parse.characters import decode_script
from audio_builder.script.parse.parse import parse
from audio_builder.web.query import read_options
from audio_builder.web.ranges import byte_ranges

CORPUS = Path(__file__).parent / "cases" / "fuzz"
EXPECTED = (AudioBuilderError, ScriptErrors)
_SUFFIXES = (".txt", ".md", ".html", ".ssml", ".srt", ".vtt", ".docx", "")
_folder = Path(tempfile.gettempdir())


def _file(data: bytes, name: str) -> Path:
    path = _folder / name
    path.write_bytes(data)
    return path


def parser(data: bytes) -> None:
    """A script is read or refused; fixing it twice changes nothing more."""
    parse(data, "fuzz", "fuzz.md")
    text = decode_script(data, "fuzz.md")
    questions(text, "fuzz.md")
    fixed, _ = fix(text, "fuzz.md")
    again, _ = fix(fixed, "fuzz.md")
    assert again == fixed


def front_matter(data: bytes) -> None:
    """Front matter is read or refused."""
    parse(b"---\n" + data + b"\n---\n\nRest. [rest 2m..]\n", "fuzz", "fuzz.md")


def importer(data: bytes) -> None:
    """A text of any format becomes a script without errors, or is refused."""
    suffix = _SUFFIXES[data[0] % len(_SUFFIXES)] if data else ""
    imported = import_script(data[1:], f"fuzz{suffix}", ImportOptions(stretch=bool(data) and data[0] > 127))
    parse(imported.text.encode(), "fuzz", "fuzz.md")


def show(data: bytes) -> None:
    """A `show.toml` is read or refused."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    read_show(text, "show.toml")


def registry(data: bytes) -> None:
    """An `episodes.toml` is refused, or read and written so that it means the same."""
    read = read_registry(_file(data, "episodes.toml"))
    write_registry(_folder / "written.toml", read, read_registry(_folder / "written.toml"))
    assert read_registry(_folder / "written.toml") == read
    tomllib.loads((_folder / "written.toml").read_text("utf-8"))


def manifest(data: bytes) -> None:
    """A manifest is read or counts as missing."""
    read_manifest(_file(data, "fuzz.json"))


def cache_entry(data: bytes) -> None:
    """No bytes in the cache are taken for an entry unless they end with their seal; then they are a clip or none."""
    cache = Cache(_folder / "cache")
    path = cache.put("0" * 16, ".wav", data).path
    entry = cache.get("0" * 16, ".wav")
    assert entry is not None
    assert entry.content == data
    clip_length(path, 1)
    path.write_bytes(data)
    assert (cache.get("0" * 16, ".wav") is None) != is_sealed(path.name, data)


def query(data: bytes) -> None:
    """The options of an address are read or refused."""
    read_options(dict(parse_qsl(data.decode("latin-1"), keep_blank_values=True)))


def ranges(data: bytes) -> None:
    """Every byte range lies within the file."""
    header, size = data[4:].decode("latin-1"), int.from_bytes(data[:4], "big")
    for begin, end in byte_ranges(header, size) or []:
        assert 0 <= begin < end <= size


TARGETS: dict[str, Callable[[bytes], None]] = {
    function.__name__: function
    for function in (
        parser, front_matter, importer, show, registry, manifest, cache_entry, query, ranges,
    )
}  # fmt: skip


def attempt(target: str, data: bytes) -> None:
    """Give bytes to a target. Whatever it raises besides the errors that users can fix is a fault."""
    with suppress(*EXPECTED):
        TARGETS[target](data)


def use_folder(folder: Path) -> None:
    """Write the files of targets into this folder."""
    global _folder
    _folder = folder
