"""Access to the server: the host names it answers for, its token, and what pages may load."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import platformdirs
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import AudioBuilderError
from ..files import write_atomically
from ..languages.catalogue import catalogue, translatable
from .addresses import keep_cookie, route_path
from .caching import Sharing
from .languages import VARIES, page_language

_COOKIE = "audio-builder"
_TOKEN = "token"
PAGES = ("/", "/make", "/record", "/subscribe")
"""The pages people open in a browser. There the token moves from the address into a cookie."""
_HEALTH = "/healthz"
_PUBLIC = ("/feed.xml", "/podcast.opml", "/cover.jpg")
_PUBLIC_FOLDERS = ("/media/", "/figures/")
"""What anyone may read on a public server. Everything else shows or changes the author's scripts."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names by which a computer reaches itself."""
_EVERY_ADDRESS = ("0.0.0.0", "::")
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_NOT_YET = translatable("Not yet")
_NO_TOKEN = translatable("This server needs its token.")
_WRONG_TOKEN = translatable("This token does not belong to this server.")
_HOW = translatable("Open the address that audio-builder serve printed when it started, or scan its code.")


def stored_token(new: bool = False) -> str:
    """Return the token of this user's servers. It stays the same until `new` replaces it, so feeds stay subscribed.

    Raises AudioBuilderError if it cannot be stored.
    """
    path = Path(platformdirs.user_state_dir("audio-builder")) / "serve-token"
    try:
        if not new and path.is_file() and (token := path.read_text("utf-8").strip()):
            return token
        path.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_urlsafe(18)
        write_atomically(path, f"{token}\n".encode(), mode=0o600)
    except OSError as error:
        raise AudioBuilderError(f"Cannot store the server's token in {path}: {error.strerror}") from None
    return token


@dataclass(frozen=True)
class AccessPolicy:
    """The rules for who may use the server.

    If it is `open`, other computers can reach it, and everything needs the token, except that on a `public` server
    anyone may listen. `names` are the names by which it is reached, besides those of loopback and, if it is open, any
    numeric address.
    """

    token: str
    open: bool = False
    names: frozenset[str] = frozenset()
    public: bool = False

    def answers_for(self, host: str) -> bool:
        """Return whether a Host header names this server.

        Names that someone else's DNS points here do not count: with them, web pages reach into home networks.
        """
        name = _name(host)
        return name in LOOPBACK or name in self.names or (self.open and _is_number(name))

    def is_known_as(self, host: str) -> bool:
        """Return whether a Host header has one of the names that the server was given or, without any, of loopback.

        Anyone can ask a proxy for a numeric address. What names it must not be kept for others.
        """
        given = self.names.difference(LOOPBACK, _EVERY_ADDRESS)
        return _name(host) in (given or LOOPBACK)

    def lets_anyone(self, method: str, path: str) -> bool:
        """Return whether a request for a path below the root path needs no token, whoever sends it."""
        listens = path in _PUBLIC or path.startswith(_PUBLIC_FOLDERS)
        return (path == _HEALTH or (self.public and listens)) and method in ("GET", "HEAD")

    def knows(self, token: str) -> bool:
        """Return whether that is the token."""
        return secrets.compare_digest(token.encode(), self.token.encode())


def access_policy(
    token: str,
    host: str = "127.0.0.1",
    names: Iterable[str] = (),
    public: bool = False,
    behind_proxy: bool = False,
) -> AccessPolicy:
    """Return the policy of a server that listens on `host`.

    A server that is reached by other `names`, or is `behind_proxy`, is open too, whatever it listens on: a proxy passes
    others on to it. So is a `public` one, where anyone may listen without the token, because such a proxy may hide by
    which name.
    """
    others = [name.lower() for name in names]
    is_open = host not in LOOPBACK or bool(others) or public or behind_proxy
    return AccessPolicy(token, is_open, frozenset((host.lower(), *others)), public)


def without_token(query: str) -> tuple[str, list[str]]:
    """Return a query without its tokens, and the tokens."""
    pairs = parse_qsl(query, keep_blank_values=True)
    given = [value for name, value in pairs if name == _TOKEN]
    return urlencode([pair for pair in pairs if pair[0] != _TOKEN]), given


class Access:
    """ASGI middleware that refuses requests without access, and adds security headers to every response."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self.app, self.policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on without its token.

        A token from the address is in `scope["token"]`. `scope["sharing"]` says who may keep the response.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        path = route_path(scope)
        anyone = self.policy.lets_anyone(scope["method"], path)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _POLICY)
                headers.setdefault("Cache-Control", "private, no-store")  # some name the token
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Resource-Policy"] = "cross-origin" if anyone else "same-origin"
            await send(message)

        headers = Headers(scope=scope)
        rest, given = without_token(scope["query_string"].decode("latin-1"))
        explicit = given[-1] if given else _bearer(headers)
        refused = self._refusal(scope, headers, explicit)
        if refused is None and given and scope["method"] == "GET" and path in PAGES:
            refused = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), 303)
            keep_cookie(refused, scope, _COOKIE, explicit, httponly=True)  # scripts cannot read it
        if refused is None:
            own: dict[str, object] = {
                "query_string": rest.encode("latin-1"),
                "token": given[-1] if given else "",
            }
            own["sharing"] = self._sharing(headers, explicit, anyone)
            await self.app({**scope, **own}, receive, send_with_headers)
        else:
            await refused(scope, receive, send_with_headers)

    def _sharing(self, headers: Headers, explicit: str, anyone: bool) -> Sharing:
        if explicit or self._has_cookie(headers):
            return "private"
        if self.policy.open and not self.policy.is_known_as(headers.get("host", "")):
            return "private"
        return "public" if anyone else "local"

    def _has_cookie(self, headers: Headers) -> bool:
        # a server at another path of this host may have sent one with the same name
        return any(map(self.policy.knows, _cookies(headers)))

    def _refusal(self, scope: Scope, headers: Headers, explicit: str) -> Response | None:
        host = headers.get("host", "")
        # a page of another host can send any forwarded header to a proxy's own computer, but not that Host
        for asked in (scope.get("proxied_host", host), host):
            if not self.policy.answers_for(asked):
                name = _name(asked)[:80] or "an empty host name"
                hint = f"If it should, start it with --hostname {name}"
                return PlainTextResponse(f"This server does not answer for {name}. {hint}.\n", 421)
        authorised = self.policy.knows(explicit)
        if explicit and not authorised:
            return _denied(headers, _WRONG_TOKEN)
        path = route_path(scope)
        if path.startswith("/icon-"):  # phones fetch icons without the cookie
            return None
        if self.policy.lets_anyone(scope["method"], path):
            return None
        if self.policy.open and not authorised and not self._has_cookie(headers):
            return _denied(headers, _NO_TOKEN)
        if not authorised and not _is_same_site(headers, host, scope["method"] in _WRITING):
            return PlainTextResponse("Another site cannot do that without the token\n", 403)
        return None


def _denied(headers: Headers, reason: str) -> Response:
    if not _wants_page(headers):
        return PlainTextResponse(f"{reason} {_HOW}\n", 401)
    words = catalogue(page_language(headers))
    title, why, how = (words.gettext(message) for message in (_NOT_YET, reason, _HOW))
    style = "<style>body{font:1.2rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:32rem;padding:0 1rem}</style>"
    page = (
        f'<!doctype html><html lang="{words.language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title>{style}<main><h1>{title}</h1><p>{why} {how}</p></main></html>"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    answered = {"Content-Security-Policy": policy, "Vary": VARIES, "Content-Language": words.language}
    return Response(page, 401, answered, "text/html; charset=utf-8")


def _is_same_site(headers: Headers, host: str, writing: bool) -> bool:
    # browsers say which site a request comes from; a link from another site may be followed, which only reads
    origin = headers.get("origin")
    if writing and origin is not None:
        return urlsplit(origin).netloc == host
    followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    site = headers.get("sec-fetch-site", "none")
    return site in ("none", "same-origin") or (followed and not writing)


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _bearer(headers: Headers) -> str:
    # a proxy may pass on a password, which is not a bearer token
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookies(headers: Headers) -> list[str]:
    every = (cookie_parser(one) for one in headers.get("cookie", "").split(";"))
    return [found[_COOKIE] for found in every if _COOKIE in found]


def _name(host: str) -> str:
    # the name in a Host header without its port; empty if it is invalid
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
