"""The licences of the installed core: the program and everything it requires, as package metadata states them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_CORE = "audio-builder"
_LONGEST_FIELD = 60
"""Longer values of the metadata field License are the text of a licence, not its name."""

BUNDLED = {
    "espeakng-loader": "espeak-ng: GPL-3.0-or-later",
    "imageio-ffmpeg": "ffmpeg: GPL-3.0-or-later",
    "lxml": "libiconv: LGPL-2.1-or-later",
    "numpy": "libgfortran: GPL-3.0-or-later WITH GCC-exception-3.1; libquadmath: LGPL-2.1-or-later",
    "onnxruntime": "Eigen: MPL-2.0",
}
"""Code under another licence that a wheel contains, which its metadata does not state."""

KNOWN_COPYLEFT = {
    "espeakng-loader": "espeak-ng runs in a separate process, the worker of --voice pyttsx3",
    "imageio-ffmpeg": "ffmpeg runs in a separate process",
    "lameenc": "LAME is a shared library that can be replaced; without it ffmpeg encodes",
    "lxml": "libiconv is part of its extension module, which can be built again or replaced",
    "numpy": "the GCC exception allows any use; libquadmath is a shared library that can be replaced",
    "onnxruntime": "MPL covers the unchanged files of Eigen only",
    "pyttsx3": "an unchanged Python module in a separate process, the worker of --voice pyttsx3",
    "soxr": "a separate extension module that can be replaced",
}
"""The packages with copyleft code in the core, and how the program uses each of them."""


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """A package of the core. `licence` is "" if neither its metadata nor `BUNDLED` states one."""

    name: str
    version: str
    licence: str

    @property
    def is_copyleft(self) -> bool:
        """Whether any part is under the GPL, LGPL, AGPL or MPL."""
        return re.search(r"GPL|MPL|General Public License|Mozilla Public", self.licence) is not None

    @property
    def use(self) -> str:
        """How the program uses a copyleft package. "" if that has not been reviewed."""
        return KNOWN_COPYLEFT.get(self.name, "")


def core_packages(
    root: str = _CORE, find: Callable[[str], Distribution] = distribution
) -> list[InstalledPackage]:
    """Return the package `root` and everything it requires without extras, directly or not, by name.

    Requirements whose markers exclude this machine are left out.
    """
    found: dict[str, InstalledPackage] = {}
    seen: set[tuple[str, str]] = set()
    queue: list[tuple[str, str]] = [(canonicalize_name(root), "")]
    while queue:
        name, extra = queue.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = find(name)
        except PackageNotFoundError:
            continue
        found[name] = InstalledPackage(name, package.version, _licence(name, package))
        queue += _requirements(package.requires or (), extra)
    return [found[name] for name in sorted(found)]


def _requirements(lines: Iterable[str], extra: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each requirement that applies, once plain and once for each extra it asks for."""
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            name = canonicalize_name(requirement.name)
            yield name, ""
            yield from ((name, wanted) for wanted in requirement.extras)


def _licence(name: str, package: Distribution) -> str:
    metadata = package.metadata
    stated = "".join(metadata.get_all("License-Expression") or ())
    if not stated:
        names = metadata.get_all("License") or ()
        stated = "".join(name.strip() for name in names if len(name) <= _LONGEST_FIELD)
    if not stated:
        classifiers = metadata.get_all("Classifier") or []
        stated = "; ".join(c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: "))
    return "; ".join(filter(None, [stated, BUNDLED.get(name, "")]))
