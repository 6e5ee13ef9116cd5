"""Fetch one file over HTTP, from where an interrupted attempt ended, or copy it from a folder.

This is the only place in the program that downloads anything, and only `audio-builder voices add` comes here.
"""

from __future__ import annotations

import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from ... import __version__
from ...errors import AudioBuilderError
from ...files import read_file, reason
from ...units import file_size
from .storage import writing

BytesProgress = Callable[[int], None]
"""Called with the number of bytes of a file that are there."""

LONGEST_TEXT = 65_536
"""Bytes that a file for people to read, such as a model card, may have."""
_TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as lost."""
_ATTEMPTS = 5
"""How often in a row an attempt may bring nothing new."""
_FIRST_WAIT = 0.5
"""Seconds before the second attempt that brings nothing. Each wait is twice as long as the one before."""
_PIECE = 1 << 16
_PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers that say to try again."""


class WrongFile(AudioBuilderError):
    """A source that has another file than the catalogue says."""


class _Interrupted(Exception):
    """A connection that ended too early, or never began. `unreachable` says that there is no way to the server."""

    def __init__(self, why: str, unreachable: bool = False) -> None:
        super().__init__(why)
        self.why, self.unreachable = why, unreachable


@dataclass(frozen=True, slots=True)
class WebSource:
    """A place on the web with the files of voices. `base` is its address and ends with a slash."""

    base: str

    def fetch(self, path: str, part: Path, size: int, progress: BytesProgress) -> None:
        """Write the file at `path` into `part`, going on from what is there. Raise AudioBuilderError.

        The file then has `size` bytes. Whether they are the right ones is not checked.
        """
        address = self.address(path)
        failed, answered = 0, False
        while True:
            before = _length(part)
            try:
                _attempt(address, part, size, progress)
                return
            except _Interrupted as error:
                answered = answered or _length(part) > before
                failed = 0 if _length(part) > before else failed + 1
                if failed >= _ATTEMPTS or (error.unreachable and not answered):
                    raise AudioBuilderError(_explain(address, error.why, _length(part), size)) from error
                if failed:
                    time.sleep(_FIRST_WAIT * 2 ** (failed - 1))

    def text(self, path: str) -> bytes:
        """Return a short file. Raise AudioBuilderError."""
        address = self.address(path)
        for attempt in range(_ATTEMPTS):
            try:
                with _answer(address, 0) as answer:
                    return _short(answer.read(LONGEST_TEXT + 1), address)
            except _Interrupted as error:
                if error.unreachable or attempt == _ATTEMPTS - 1:
                    raise AudioBuilderError(_explain(address, error.why, 0, 0)) from error
                time.sleep(_FIRST_WAIT * 2**attempt)
        raise AssertionError

    def address(self, path: str) -> str:
        """Return the address of a file."""
        return self.base + quote(path)


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder with the files of voices: side by side, or in the same folders as at their source."""

    folder: Path

    def fetch(self, path: str, part: Path, size: int, progress: BytesProgress) -> None:
        """Copy the file into `part`. Raise AudioBuilderError."""
        found = self._find(path)
        if (actual := _length(found)) != size:
            raise WrongFile(_wrong_size(str(found), actual, size))
        with _reading(found), found.open("rb") as source, writing(part.parent), part.open("wb") as target:
            for piece in iter(lambda: source.read(1 << 20), b""):
                target.write(piece)
                progress(target.tell())

    def text(self, path: str) -> bytes:
        """Return a short file. Raise AudioBuilderError."""
        found = self._find(path)
        with _reading(found):
            return _short(read_file(found, LONGEST_TEXT), str(found))

    def _find(self, path: str) -> Path:
        beside = self.folder / Path(path).name
        for found in (self.folder / path, beside):
            if found.is_file():
                return found
        raise AudioBuilderError(
            f"There is no {beside.name} in {self.folder}: copy it from the voice's source"
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AudioBuilderError(f"Cannot read {path}: {reason(error)}") from error


def _attempt(address: str, part: Path, size: int, progress: BytesProgress) -> None:
    """Fetch what is missing of a file. Raise _Interrupted, WrongFile, or AudioBuilderError if it cannot be written."""
    start = _length(part)
    if start > size:
        start = 0
    if start == size:
        progress(size)
        return
    with _answer(address, start) as answer:
        start = _start(answer, start, size, address)
        with writing(part.parent), part.open("r+b" if start else "wb") as file:
            file.seek(start)
            file.truncate()
            progress(start)
            for piece in _pieces(answer):
                if file.tell() + len(piece) > size:
                    file.truncate(0)
                    raise WrongFile(_wrong_size(address, None, size))
                file.write(piece)
                progress(file.tell())
    if _length(part) < size:
        raise _Interrupted("the connection ended")


@contextmanager
def _answer(address: str, start: int) -> Iterator[http.client.HTTPResponse]:
    """Yield the answer to a request for a file from byte `start` on. Raise _Interrupted or AudioBuilderError."""
    headers = {"User-Agent": f"audio-builder/{__version__}"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.build_opener(_SafeRedirects).open(request, timeout=_TIMEOUT) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:  # Requested Range Not Satisfiable: there is another file now
                raise WrongFile(f"{address} is shorter than the catalogue says") from None
            if error.code in _PASSING:
                raise _Interrupted(f"it answered {error.code} {error.reason}") from None
            raise AudioBuilderError(_refused(address, error.code, str(error.reason))) from None
    except urllib.error.URLError as error:
        why = error.reason
        unreachable = not isinstance(why, TimeoutError | ConnectionResetError | ssl.SSLEOFError)
        raise _Interrupted(reason(why) if isinstance(why, Exception) else str(why), unreachable) from error
    except (ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException) as error:
        raise _Interrupted(reason(error) or "the connection ended") from error


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            piece = answer.read1(_PIECE)
        except (
            OSError,
            http.client.HTTPException,
        ) as error:  # here and not around the writing, which also fails so
            raise _Interrupted(reason(error) or "the connection ended") from error
        if not piece:
            return
        yield piece


def _start(answer: http.client.HTTPResponse, start: int, size: int, address: str) -> int:
    """Return the byte with which an answer begins. Raise WrongFile if it is of a file of another size."""
    if answer.status == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if match and int(match[1]) == start and match[2] in ("*", str(size)):
            return start
        actual = match[2] if match else ""
        raise WrongFile(_wrong_size(address, int(actual) if actual.isdigit() else None, size))
    length = answer.headers.get("Content-Length", "")
    if length.isdigit() and int(length) != size:
        raise WrongFile(_wrong_size(address, int(length), size))
    return 0  # the server ignores ranges, and begins again


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to an address without encryption."""

    def redirect_request(
        self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        schemes = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
            raise AudioBuilderError(
                f"{req.full_url} leads to {newurl}, which is not encrypted. Nothing was taken from there."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refused(address: str, code: int, why: str) -> str:
    if code in (404, 410):
        return f"There is nothing at {address} ({code}). If you have a copy, use it with --mirror or --from."
    return f"{urlsplit(address).netloc} refused {address}: {code} {why}"


def _explain(address: str, why: str, there: int, size: int) -> str:
    host = urlsplit(address).netloc
    if there:
        return (
            f"The connection to {host} was lost: {why}. {file_size(there)} of {file_size(size)} are kept: run the "
            f"same command again to go on."
        )
    return (
        f"Cannot reach {host}: {why}. Check the network, or copy the files of the voice from another computer and "
        f"use --from FOLDER."
    )


def _wrong_size(where: str, actual: int | None, size: int) -> str:
    has = f"has {actual:,} bytes" if actual is not None else "has another size"
    return f"{where} {has}, but the catalogue says {size:,}: it is not the file that was asked for"


def _short(content: bytes, where: str) -> bytes:
    if len(content) > LONGEST_TEXT:
        raise WrongFile(f"{where} is longer than {file_size(LONGEST_TEXT)}, so it is not a model card")
    return content


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
