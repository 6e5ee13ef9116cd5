"""The pages to listen, to make sessions and to subscribe, and what browsers need to install them."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..cast.voices import every_voice
from ..errors import AudioBuilderError
from ..library import storage
from ..library.chapters import picture_alts
from ..library.phrases import phrases
from ..options import OPTIONS, Option
from ..podcast.page import qr_code
from ..podcast.podcast import open_podcast
from ..script.search import DEFAULT_SCRIPT, ScriptFinder
from ..service.sessions import SessionService, Unknown
from ..units import clock
from . import ranges
from .access import LOOPBACK, AccessPolicy
from .media import DAILY, Media
from .query import URL_OPTIONS, read_options
from .session_facts import cautions

_STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent.parent / "templates"
_ICONS = (192, 512)
_MIME_TYPES = {  # Windows lets other programs change what the system says about these
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_COLOUR = "#14232b"
_FEED_OPTIONS = ("length", *(option.name for option in OPTIONS if option.label))
_LANGUAGE = "en"


class Pages:
    """The handlers of the pages. No page needs any other host."""

    def __init__(self, sessions: SessionService, media: Media, policy: AccessPolicy) -> None:
        self.workspace, self.sessions, self.media, self.policy = sessions.workspace, sessions, media, policy

    def routes(self) -> list[Route]:
        """Return the routes of the pages."""
        return [
            Route("/", self.listen),
            Route("/make", self.make),
            Route("/subscribe", self.subscribe),
            Route("/static/{file}", self.static),
            Route("/manifest.webmanifest", self.manifest),
            Route("/sw.js", self.worker),
            Route("/icon-{size:int}.png", self.icon),
        ]

    async def listen(self, request: Request) -> Response:
        """Return the page to choose a session, press play and lie down."""
        scripts = await run_in_threadpool(self.sessions.script_list)
        episodes = await run_in_threadpool(storage.episodes, self.workspace.out)
        return _page(
            request,
            "listen.html",
            scripts=_cards(scripts),
            episodes=[
                {
                    "name": one.name,
                    "title": one.title,
                    "length": clock(one.length_ms),
                    "seconds": one.length_ms / 1000,
                    "language": one.language,
                    "cautions": msgspec.json.encode(cautions(one.cautions)).decode(),
                    "megabytes": one.bytes / 1e6,
                    "alts": msgspec.json.encode(picture_alts(one)).decode(),
                }
                for one in episodes
            ],
            forms=await run_in_threadpool(_forms, self.workspace.finder),
            trimming=phrases(_LANGUAGE).silence,
            synthetic=phrases(_LANGUAGE).synthetic,
        )

    async def make(self, request: Request) -> Response:
        """Return the page to compose sessions, write scripts and build."""
        scripts = await run_in_threadpool(self.sessions.script_list)
        return _page(
            request,
            "make.html",
            scripts=_cards(scripts),
            every=[{"name": row["name"], "title": row.get("title") or row["name"]} for row in scripts],
            positions=[card for card in _cards(scripts) if card["kind"] == "position"],
            forms=await run_in_threadpool(_forms, self.workspace.finder),
        )

    async def subscribe(self, request: Request) -> Response:
        """Return the page with the address of a feed at any length, and which apps can fetch it."""
        query = {
            n: value.strip()
            for n, value in request.query_params.items()
            if n in _FEED_OPTIONS and value.strip()
        }
        problem = ""
        try:
            read_options({n: value for n, value in query.items() if (n, value) != ("variation", DAILY)})
        except AudioBuilderError as error:
            problem = str(error)
        shared = query | ({"token": self.policy.token} if self.policy.open else {})
        address = f"{request.base_url}feed.xml" + (f"?{urlencode(shared)}" if shared else "")
        return _page(
            request,
            "subscribe.html",
            address=address,
            code=Markup(qr_code(address)) if not problem else "",
            query=query,
            problem=problem,
            host=urlsplit(address).hostname,
            alone=not self.policy.open or request.url.hostname in LOOPBACK,
            secret=self.policy.open,
            forms=[_daily(form) for form in await run_in_threadpool(_forms, self.workspace.finder)],
            trimming=phrases(_LANGUAGE).silence,
        )

    async def static(self, request: Request) -> Response:
        """Return a file that the pages load."""
        path = _STATIC / request.path_params["file"]
        if path.name not in _names():
            raise Unknown(f"No file named {path.name[:80]}")
        return _sent(request, path.read_bytes(), _MIME_TYPES[path.suffix])

    async def manifest(self, _request: Request) -> Response:
        """Return the manifest that makes the page an app on a phone (W3C, Web Application Manifest)."""
        show = (await run_in_threadpool(open_podcast, self.workspace.finder, self.workspace.out)).show
        icons = [{"src": f"/icon-{n}.png", "sizes": f"{n}x{n}", "type": "image/png"} for n in _ICONS]
        return JSONResponse(
            {
                "name": show.title,
                "short_name": show.title[:20],
                "id": "/",
                # installed apps do not share cookies with the browser
                "start_url": f"/?{urlencode({'token': self.policy.token})}" if self.policy.open else "/",
                "scope": "/",
                "display": "standalone",
                "background_color": _COLOUR,
                "theme_color": _COLOUR,
                "icons": icons,
            },
            media_type="application/manifest+json",
        )

    async def worker(self, request: Request) -> Response:
        """Return the service worker. It names this set of files, so that another set replaces it."""
        script = (_STATIC / "sw.js").read_text("utf-8")
        shell = ["/", "/manifest.webmanifest", *(f"/static/{name}" for name in sorted(_names() - {"sw.js"}))]
        head = f"const VERSION = {_version()!r};\nconst SHELL = {shell!r};\n"
        return _sent(request, (head + script).encode(), "text/javascript; charset=utf-8")

    async def icon(self, request: Request) -> Response:
        """Return the cover of the show as an icon."""
        size = request.path_params["size"]
        if size not in _ICONS:
            raise Unknown(f"No icon of {size} pixels. Available: {', '.join(map(str, _ICONS))}.")
        return _sent(request, await run_in_threadpool(self._icon, size), "image/png")

    def _icon(self, size: int) -> bytes:
        cover = Image.open(io.BytesIO(open_podcast(self.workspace.finder, self.workspace.out).cover))
        out = io.BytesIO()
        small = cover.resize((size, size), Image.Resampling.LANCZOS)
        small.quantize(64).save(out, "PNG", optimize=True)
        return out.getvalue()


def _page(request: Request, name: str, **values: Any) -> Response:
    page = (
        _environment()
        .get_template(f"web/{name}")
        .render(path=request.url.path, version=_version(), options_known=URL_OPTIONS, **values)
    )
    return Response(page, media_type="text/html", headers={"Cache-Control": "no-cache"})


@cache
def _environment() -> Environment:
    # texts may contain markup, which must stay text
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _STATIC.iterdir() if path.is_file())


@cache
def _version() -> str:
    """Return a value that changes with any of the pages' files."""
    digest = hashlib.sha256()
    for folder in (_STATIC, _TEMPLATES / "web"):
        for path in sorted(folder.iterdir()):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _sent(request: Request, content: bytes, mime_type: str) -> Response:
    tag = ranges.entity_tag(content)
    return ranges.respond(ranges.MemoryBytes(content), mime_type, tag, request.headers, request.method)


def _cards(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the scripts that can be played: the default one, then sessions, then positions alone."""
    playable = [_card(row) for row in rows if "error" not in row]
    return sorted(
        playable, key=lambda card: (card["name"] != DEFAULT_SCRIPT, card["kind"] != "session", card["title"])
    )


def _card(row: dict[str, Any]) -> dict[str, Any]:
    shortest, longest = row["shortest_ms"], row["longest_ms"]
    lengths = f"{clock(shortest)} to {f'{longest // 3_600_000} hours' if longest % 3_600_000 == 0 else clock(longest)}"
    return {
        **{name: row[name] for name in ("name", "title", "summary", "language", "kind", "takes_positions")},
        "lengths": lengths,
        "figure": row["figure"],
        "bedtime": row["ending"] == "sleep",
    }


def _forms(finder: ScriptFinder) -> list[dict[str, Any]]:
    """Return a form field for each option that the page offers: its name, label, and (value, words) of each choice."""
    return [
        {"name": option.name, "label": option.label, "choices": _choices(option, finder)}
        for option in OPTIONS
        if option.label
    ]


def _daily(form: dict[str, Any]) -> dict[str, Any]:
    """Return a form for feeds: they have a new variation each day instead of today's."""
    if form["name"] != "variation":
        return form
    return form | {"choices": [("", "as written"), (DAILY, "another variation each day")]}


def _choices(option: Option, finder: ScriptFinder) -> list[tuple[str, str]]:
    """Return what a form offers for an option; first, what applies without a choice."""
    offered = _voices(finder) if option.name == "voice" else option.offered
    first = {} if "" in offered else {"": f"script's own, else {option.default}"}
    return [*first.items(), *offered.items()]


def _voices(finder: ScriptFinder) -> dict[str, str]:
    """Return the label of each voice that is ready, by what `--voice` takes."""
    return {
        voice.option: voice.label
        for voice in every_voice(finder)
        if not voice.needs and (voice.is_added or voice.language[:2] in ("", _LANGUAGE))
    }
