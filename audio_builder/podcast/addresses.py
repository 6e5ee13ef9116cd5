"""Web addresses in shows and feeds."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

_SAFE = "/:@!$&'()*,;=-._~%?#"  # but not +, which object storage reads as a space in a path
_PLAIN_PATH = re.compile(r"[\w/#.~-]*", re.ASCII)


def is_web_address(text: str) -> bool:
    """Return whether the text is an absolute http or https address without spaces, whose host and port can exist."""
    try:
        parts = urlsplit(text)
        _ = (
            parts.port,
            ascii_url(text),
        )  # these raise ValueError for a number or a name that no server can have
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


@lru_cache(maxsize=256)
def ascii_url(url: str) -> str:
    """Return the address in ASCII: the host in IDNA, the rest percent-encoded UTF-8 (RFC 3987, section 3.1)."""
    parts = urlsplit(url)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    path, query, fragment = (
        quote(part, safe)
        for part, safe in ((parts.path, _SAFE), (parts.query, f"{_SAFE}+"), (parts.fragment, _SAFE))
    )
    return urlunsplit((parts.scheme, host, path, query, fragment))


def ascii_path(path: str) -> str:
    """Return a relative address in ASCII, percent-encoded as UTF-8."""
    return path if _PLAIN_PATH.fullmatch(path) else quote(path, _SAFE)
