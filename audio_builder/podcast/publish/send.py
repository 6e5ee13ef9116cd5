"""Send a small request to an address that the author chose, whatever the server there does.

An address comes from `show.toml` alone, never from a feed, a page or an answer. Redirects are not followed and answers
are not read, so a server can neither pass the request on nor learn anything from it but what it was sent.
"""

from __future__ import annotations

import http.client
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ... import __version__
from ...text import count

ANSWER_SECONDS = 10
"""Seconds until a server that has not answered counts as one that does not."""
_PAUSE = 1.0  # seconds before the second attempt
_ATTEMPTS = 2


@dataclass(frozen=True)
class Attempt:
    """What became of an attempt to send a request: what went wrong, or ""; and whether another may go better."""

    problem: str = ""
    is_temporary: bool = False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


@cache
def _opener() -> urllib.request.OpenerDirector:
    """Return what sends requests. It reads the system's certificates, so it is made when it is needed."""
    return urllib.request.build_opener(_NoRedirects)


def post(
    url: str, body: bytes, headers: Mapping[str, str], patience: int = ANSWER_SECONDS, pause: float = _PAUSE
) -> str:
    """Send a body with POST and return what went wrong, or "" if the server accepted it.

    If the server does not answer, is busy or fails, the request is sent a second time after `pause` seconds.
    """
    last = Attempt()
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(pause)
        last = _within(patience, url, body, headers)
        if not last.is_temporary:
            break
    return last.problem


def _within(patience: int, url: str, body: bytes, headers: Mapping[str, str]) -> Attempt:
    """Send a request from a thread of its own: the time limit of a socket starts again with every byte that comes."""
    answers: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
    request = urllib.request.Request(
        url, body, {"User-Agent": f"audio-builder/{__version__}", **headers}, method="POST"
    )
    thread = threading.Thread(target=lambda: answers.put(_sent(request, patience)), daemon=True)
    thread.start()
    try:
        return answers.get(timeout=patience)
    except queue.Empty:
        return Attempt(_no_answer(patience), is_temporary=True)


def _sent(request: urllib.request.Request, patience: int) -> Attempt:
    try:
        with _opener().open(request, timeout=patience):
            return Attempt()
    except urllib.error.HTTPError as error:
        error.close()
        if 300 <= error.code < 400:
            return Attempt(f"it answers with a redirect ({error.code}), which is not followed")
        return Attempt(f"it answers {error.code}", is_temporary=error.code >= 500 or error.code == 429)
    except TimeoutError:
        return Attempt(_no_answer(patience), is_temporary=True)
    except urllib.error.URLError as error:
        return Attempt(_reason(error.reason, patience), is_temporary=True)
    except (OSError, http.client.HTTPException) as error:
        return Attempt(_reason(error, patience), is_temporary=True)
    except ValueError:
        return Attempt("the address is not valid")


def _no_answer(patience: int) -> str:
    return f"no answer within {count(patience, 'second')}"


def _reason(error: object, patience: int) -> str:
    """Return what went wrong with a connection. The texts of these errors never quote the address."""
    if isinstance(error, TimeoutError):
        return _no_answer(patience)
    strerror = error.strerror if isinstance(error, OSError) else None
    return f"no connection ({strerror or type(error).__name__})"
