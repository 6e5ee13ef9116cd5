"""How a server is reached from outside: below which path, through which proxies, and what it tells its operator."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..errors import AudioBuilderError

LogFormat = Literal["combined", "json"]
"""The format of the access log: that of Apache and nginx, or one JSON object a line."""
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_SUFFIX = re.compile(r"\.[a-z]\w*$")
_OWN_NAMES = ("api", "figures", "healthz", "make", "media", "metrics", "record", "static", "subscribe")
"""The first part of this server's own addresses, besides files. A prefix of that name would be ambiguous."""


@dataclass(frozen=True)
class Hosting:
    """The place of a server behind a proxy, and what it reports.

    `root_path` precedes every address, as in `/relax`, and is empty for none. `proxies` are the networks of the proxies
    whose forwarded headers count. `access_log` is the format of the lines on standard output, or empty for none.
    """

    root_path: str = ""
    proxies: tuple[str, ...] = ()
    access_log: LogFormat | Literal[""] = ""
    metrics: bool = False

    @property
    def is_behind_proxy(self) -> bool:
        """Whether others reach the server through a proxy, even if it listens on this computer only."""
        return bool(self.root_path or self.proxies)


def read_root_path(text: str) -> str:
    """Return the path that precedes every address, without a slash at its end. Raises AudioBuilderError."""
    segments = text.strip("/").split("/") if text.strip("/") else []
    if not all(map(_SEGMENT.fullmatch, segments)):
        raise AudioBuilderError(
            f'Invalid path "{text[:80]}": use letters, digits, hyphens and slashes, e.g. /relax'
        )
    if segments and (segments[0] in _OWN_NAMES or _SUFFIX.search(segments[0])):
        raise AudioBuilderError(
            f'The path cannot begin with "/{segments[0]}", which this server uses itself: use e.g. /relax'
        )
    return "".join(f"/{segment}" for segment in segments)


def read_host_name(text: str) -> str:
    """Return a name of the server as browsers send it. Raises AudioBuilderError if it is more than a name."""
    name = text.strip().strip("[]").removesuffix(".")
    try:
        ipaddress.ip_address(name)
        return name.lower()
    except ValueError:
        pass
    try:
        encoded = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        encoded = ""
    if not _HOST_NAME.fullmatch(encoded):
        raise AudioBuilderError(
            f'Invalid host name "{text[:80]}": give the name alone, e.g. sessions.example.org, without https:// or a '
            f"port"
        )
    return encoded


def read_proxy(text: str) -> str:
    """Return the network of a proxy, from its IP address or a network such as 172.16.0.0/12.

    Raises AudioBuilderError if it is neither, and for networks that are the whole internet.
    """
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise AudioBuilderError(
            f'Invalid address "{text[:80]}": use the IP address of the proxy or its network, e.g. 127.0.0.1 or '
            f"172.16.0.0/12"
        ) from None
    if network.prefixlen == 0:
        raise AudioBuilderError(
            f'Invalid network "{text[:80]}": with it anyone could forge an address. Name the proxy, e.g. 127.0.0.1.'
        )
    return str(network)


class TrustedProxies:
    """The networks of the proxies that say the truth about their clients."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self.networks = tuple(networks)
        self._networks = tuple(map(ipaddress.ip_network, self.networks))

    def __contains__(self, host: object) -> bool:
        try:
            address = ipaddress.ip_address(str(host))
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def plain_address(host: str) -> str:
    """Return an IPv4 address that was written as one of IPv6 (RFC 4291, 2.5.5.2) as such, and others unchanged."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or host)
