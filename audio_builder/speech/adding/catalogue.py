"""The voices that can be added: what each consists of, where it comes from, and how to find it by a name.

piper's are in `piper.json`, which `tests/record_catalogue.py` records. Nothing here uses the network.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

import msgspec

from ...errors import VoiceMissing
from ...text import closest, count, did_you_mean

CARD = "MODEL_CARD"
"""The file in which the makers of a voice state its origin and its licence."""
_SUFFIXES = (".onnx", ".onnx.json")
_LISTED = 8
_SHORTEST_PART = 3
"""Shorter words are codes, such as `de`, and are not looked for inside names."""


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file of a voice that can be added.

    `path` is its place below the source. `digest` is the kind of its checksum and the checksum, such as `md5:58ff…`.
    """

    path: str
    size: int
    digest: str

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class Offer:
    """A voice that can be added to an engine.

    `language` is a BCP 47 tag, and `language_name`, `native` and `country` are words for people. `source` is the
    address below which the files are, and ends with a slash. `licence` says what is known of its licence. `needs` says
    how to make the engine itself ready, and is empty if it is.
    """

    engine: str
    name: str
    language: str
    language_name: str
    country: str
    quality: str
    files: tuple[OfferedFile, ...]
    source: str
    licence: str
    native: str = ""
    speakers: int = 1
    needs: str = field(default="", compare=False)

    @property
    def option(self) -> str:
        """What `--voice` takes."""
        return f"{self.engine}:{self.name}"

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def description(self) -> str:
        """Its language and country, such as `German, Germany`."""
        return ", ".join(filter(None, (self.language_name, self.country)))


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    language: str
    native: str
    country: str
    speakers: int
    files: list[tuple[int, str]]


class _Catalogue(msgspec.Struct, rename={"origin": "from"}):
    origin: str
    source: str
    voices: list[_Entry]


def read_piper_catalogue(path: Path, needs: str = "") -> tuple[Offer, ...]:
    """Return the voices in a catalogue of piper's. `needs` says how to install piper, and is empty if it is there."""
    found = msgspec.json.decode(path.read_bytes(), type=_Catalogue)
    return tuple(_piper_offer(entry, found.source, needs) for entry in found.voices)


@cache
def piper_offers(needs: str) -> tuple[Offer, ...]:
    """Return the voices in the catalogue that comes with the program, by name."""
    return read_piper_catalogue(Path(__file__).with_name("piper.json"), needs)


def _piper_offer(entry: _Entry, source: str, needs: str) -> Offer:
    code, own_name, quality = entry.name.split("-", 2)
    folder = f"{code.partition('_')[0]}/{code}/{own_name}/{quality}"
    paths = [*(f"{folder}/{entry.name}{suffix}" for suffix in _SUFFIXES), f"{folder}/{CARD}"]
    files = zip(paths, entry.files, strict=True)
    return Offer(
        "piper",
        entry.name,
        code.replace("_", "-"),
        entry.language,
        entry.country,
        quality,
        tuple(OfferedFile(path, size, f"md5:{digest}") for path, (size, digest) in files),
        source,
        f"see its model card, {source}{folder}/{CARD}",
        entry.native,
        entry.speakers,
        needs,
    )


def find_offer(wanted: str, offers: Sequence[Offer]) -> Offer:
    """Return the voice that a name means: `ENGINE:NAME`, `NAME`, or the part of a name that only one voice has.

    Raise VoiceMissing with a hint if it means no voice, or several.
    """
    engine, colon, name = wanted.strip().rpartition(":")
    among = [offer for offer in offers if not colon or offer.engine == engine.strip().casefold()]
    meant = set(matching_names(name, [offer.name for offer in among]))
    found = [offer for offer in among if offer.name in meant]
    if len(found) == 1:
        return found[0]
    if found:
        raise VoiceMissing(
            f'Several voices are named "{name}". Choose one: {listed(o.option for o in found)}.'
        )
    hint = "To find one, run audio-builder voices search, e.g. with a language."
    if closest(name, [offer.name for offer in among]):
        hint = did_you_mean(name, [offer.name for offer in among])
    raise VoiceMissing(f'No voice named "{wanted}" can be added. {hint}')


def matching_names(wanted: str, names: Iterable[str]) -> list[str]:
    """Return the names that are `wanted` in any case, or else those of which it is a part.

    `thorsten`, `thorsten-medium` and `de_DE-thorsten` are parts of `de_DE-thorsten-medium`.
    """
    key = folded(wanted.strip())
    names = list(names)
    exact = [name for name in names if folded(name) == key]
    return exact or [name for name in names if key in _parts(name)]


def _parts(name: str) -> set[str]:
    parts = folded(name).split("-")
    return {"-".join(parts[1:2]), "-".join(parts[1:]), "-".join(parts[:2])} if len(parts) > 2 else set()


def search(words: Iterable[str], offers: Iterable[Offer]) -> list[Offer]:
    """Return the voices in which each of the words is found: in the name, the language or the country.

    A word of two letters is the code of a language or a country, such as `de`.
    """
    wanted = [folded(word) for word in words]
    return [offer for offer in offers if all(_has(offer, word) for word in wanted)]


def _has(offer: Offer, word: str) -> bool:
    codes = folded(offer.language).split("-")
    if word in (*codes, folded(offer.language), folded(offer.language).replace("-", "_")):
        return True
    texts = (offer.option, offer.language_name, offer.native, offer.country, offer.quality)
    return len(word) >= _SHORTEST_PART and any(word in folded(text) for text in texts)


def words_to_search(offers: Iterable[Offer]) -> list[str]:
    """Return the languages and countries of some voices, as `search` finds them."""
    found = {word: None for offer in offers for word in (offer.language_name, offer.country) if word}
    return [folded(word) for word in found]


def folded(text: str) -> str:
    """Return a text without accents and in lower case, for comparisons."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\u0300-\u036f]", "", apart)


def listed(options: Iterable[str]) -> str:
    """Return some names with commas. The last ones are counted if there are many."""
    names = list(options)
    more = f" and {count(len(names) - _LISTED, 'other')}" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
