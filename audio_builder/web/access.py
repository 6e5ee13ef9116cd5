"""Who may: which names the server answers for, the token of a server that others can reach, and what pages may load."""

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

COOKIE = "audio-builder"
PAGES = ("/", "/make", "/subscribe")
"""What people open in a browser: there the token goes from the address into a cookie."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""What a computer calls itself."""
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_YEAR = 365 * 86_400
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def stored_token(new: bool = False) -> str:
    """The token of this user's servers: the same each time, so that a feed stays subscribed, until a `new` one is asked
    for. Raises BuilderError where it cannot be kept."""
    path = Path(platformdirs.user_state_dir("audio-builder")) / "serve-token"
    try:
        if not new and path.is_file() and (kept := path.read_text("utf-8").strip()):
            return kept
        path.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_urlsafe(18)
        path.touch(mode=0o600)
        path.write_text(token + "\n", "utf-8")
    except OSError as error:
        raise AudioBuilderError(f"cannot keep the server's token in {path}: {error.strerror}") from None
    return token


@dataclass(frozen=True)
class AccessPolicy:
    """Who may come in. `open` is a server that others can reach: everything needs the token there. `names` are those
    that it is reached by, besides loopback's and, where it is open, any address in numbers."""

    token: str
    open: bool = False
    names: frozenset[str] = frozenset()

    def answers_for(self, host: str) -> bool:
        """Whether a Host header names this server. A name that somebody else's name server points here is none of
        ours: that is how web pages reach into home networks."""
        name = _name(host)
        return name in LOOPBACK or name in self.names or (self.open and _is_number(name))

    def knows(self, token: str) -> bool:
        """Whether that is the token."""
        return secrets.compare_digest(token.encode(), self.token.encode())


def access_policy(token: str, host: str = "127.0.0.1", names: Iterable[str] = ()) -> AccessPolicy:
    """The door of a server that listens on `host`; one that is reached by other `names` is open too, whatever it
    listens on: something passes others on to it."""
    others = [name.lower() for name in names]
    return AccessPolicy(token, host not in LOOPBACK or bool(others), frozenset((host.lower(), *others)))


class Access:
    """ASGI middleware: refuses who may not, and says in every answer what a page may load."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self.app, self.policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or passes it on without its token, which is in `scope["token"]` if it came in the
        address."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _POLICY)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
            await send(message)

        headers = Headers(scope=scope)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        rest = urlencode([pair for pair in query if pair[0] != "token"])
        explicit = given[-1] if given else _bearer(headers)
        refused = self._refusal(scope, headers, explicit)
        if refused is None and given and scope["method"] == "GET" and scope["path"] in PAGES:
            refused = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), 303)
            # no script reads it; a link from elsewhere may bring one here, and what writes asks for more
            refused.set_cookie(COOKIE, explicit, _YEAR, httponly=True, samesite="lax")
        if refused is None:
            own = {"query_string": rest.encode("latin-1"), "token": given[-1] if given else ""}
            await self.app({**scope, **own}, receive, told)
        else:
            await refused(scope, receive, told)

    def _refusal(self, scope: Scope, headers: Headers, explicit: str) -> Response | None:
        host = headers.get("host", "")
        if not self.policy.answers_for(host):
            name = _name(host)[:80] or "nobody"
            return PlainTextResponse(
                f"this server does not answer for {name}; start it with --hostname {name} if it should\n", 421
            )
        shown = self.policy.knows(explicit)
        if explicit and not shown:
            return _denied(headers, "that token is not this server's")
        if scope["path"].startswith("/icon-"):  # phones fetch it without the cookie
            return None
        if self.policy.open and not shown and not self.policy.knows(_cookie(headers)):
            return _denied(headers, "this server needs its token")
        if not shown and not _from_here(headers, host, scope["method"] in _WRITING):
            return PlainTextResponse("another site may not do that without the token\n", 403)
        return None


def _denied(headers: Headers, why: str) -> Response:
    hint = "open the address that audio-builder serve printed where it was started, or scan its code"
    if not _wants_page(headers):
        return PlainTextResponse(f"{why}; {hint}\n", 401)
    style = "<style>body{font:1.2rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:32rem;padding:0 1rem}</style>"
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Not yet</title>{style}<main><h1>Not yet</h1><p>{why.capitalize()}: {hint}.</p></main></html>"
    )
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(page, 401, policy, "text/html; charset=utf-8")


def _from_here(headers: Headers, host: str, writing: bool) -> bool:
    """Whether a page of this server asks, or no page at all: browsers tell of every other. One that is only followed
    here, as a link is, may read."""
    origin = headers.get("origin")
    if writing and origin is not None:
        return urlsplit(origin).netloc == host
    followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    site = headers.get("sec-fetch-site", "none")
    return site in ("none", "same-origin") or (followed and not writing)


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _bearer(headers: Headers) -> str:
    """The token of an Authorization header; a password that a proxy passes on is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _name(host: str) -> str:
    """The name in a Host header, without its port; empty where it is none."""
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
