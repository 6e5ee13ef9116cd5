"""The access log: a line on standard output for each request, without tokens."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

import msgspec
from starlette.types import Scope

from .hosting import LogFormat
from .observing import Exchange

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_LONGEST_NAME, _LONGEST_FIELD, _LONGEST_TARGET = 100, 500, 1000
"""Characters of what a client says. A line stays below the 4096 bytes that processes can write to a pipe in one piece
(Linux, PIPE_BUF)."""


class AccessLog:
    """An observer that writes each request as it ends. The `secret` never appears, wherever a client puts it."""

    def __init__(
        self,
        log_format: LogFormat | Literal[""],
        secret: str,
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        self._line = _json_line if log_format == "json" else _combined_line
        self._secret, self._write = secret, write or _write_to_standard_output

    def begun(self, _scope: Scope) -> None:
        """Write nothing yet."""

    def ended(self, _scope: Scope, exchange: Exchange) -> None:
        """Write the line of a request. A log that cannot be written stops no listener."""
        line = self._line(exchange, time.time())
        with suppress(OSError, ValueError):
            self._write((line.replace(self._secret, "...") if self._secret else line).encode())


def _write_to_standard_output(line: bytes) -> None:
    # in one piece, because the processes of a server share it
    os.write(sys.stdout.fileno(), line)


def _combined_line(exchange: Exchange, now: float) -> str:
    """Return a line in the combined log format of Apache, which nginx has by default."""
    moment = datetime.fromtimestamp(now, UTC)
    date = f"{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000"
    target = _quoted(_target(exchange), _LONGEST_TARGET)
    fields = (
        f"{_quoted(exchange.client, _LONGEST_NAME) or '-'} - - [{date}]",
        f'"{_quoted(exchange.method, _LONGEST_NAME)} {target} {exchange.protocol}"',
        f"{exchange.status} {exchange.sent or '-'}",
        f'"{_quoted(exchange.referrer) or "-"}" "{_quoted(exchange.user_agent) or "-"}"',
    )
    return " ".join(fields) + "\n"


def _json_line(exchange: Exchange, now: float) -> str:
    document = {
        "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        "client": _printable(exchange.client)[:_LONGEST_NAME],
        "method": _printable(exchange.method)[:_LONGEST_NAME],
        "target": _target(exchange)[:_LONGEST_TARGET],
        "protocol": exchange.protocol,
        "status": exchange.status,
        "bytes": exchange.sent,
        "seconds": round(exchange.seconds, 3),
        "referrer": _printable(exchange.referrer)[:_LONGEST_FIELD],
        "user_agent": _printable(exchange.user_agent)[:_LONGEST_FIELD],
    }
    return msgspec.json.encode(document).decode() + "\n"


def _target(exchange: Exchange) -> str:
    return quote(exchange.path, safe=_PATH_SAFE) + (f"?{exchange.query}" if exchange.query else "")


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _quoted(text: str, most: int = _LONGEST_FIELD) -> str:
    """Return a text that can end neither its field nor its line, shortened to `most` characters."""
    escaped = text[:most].replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(char if " " <= char <= "~" else f"\\x{ord(char) & 0xFF:02x}" for char in escaped)
    return plain if len(plain) <= most else plain[:most].rstrip("\\")
