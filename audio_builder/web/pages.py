"""The pages to listen, to make sessions and to subscribe, and what browsers need to install them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import AudioBuilderError
from ..languages.catalogue import CATALOGUES, Catalogue, catalogue
from ..languages.formats import length_in_words, megabytes, text_direction
from ..library import storage
from ..library.chapters import picture_alts
from ..library.show_notes import ABOUT_SILENCE
from ..memory_cache import MemoryCache
from ..options import OPTIONS
from ..pictures.icon import TOUCH_ICON_SIZE, icon
from ..podcast.page import qr_code
from ..podcast.podcast import open_show, show_cover
from ..script.search import DEFAULT_SCRIPT
from ..service.sessions import SessionService, Unknown
from ..takes.voice import RecordedVoices
from ..units import clock
from .access import LOOPBACK, AccessPolicy
from .addresses import root_of, route_path
from .forms import page_forms, with_daily_variation
from .languages import VARIES, TemplateWords, keeps_choice, language_links, page_language
from .media import DAILY, Media
from .page_texts import STATIC, page_texts
from .query import URL_OPTIONS, read_options
from .sending import send_file
from .session_facts import cautions
from .turns import Turns

_TEMPLATES = Path(__file__).parent.parent / "templates"
_ICONS = (192, 512)
_ICON_SIZES = (*_ICONS, TOUCH_ICON_SIZE)
_MIME_TYPES = {  # Windows lets other programs change what the system says about these
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_COLOUR = "#14232b"
_FEED_OPTIONS = ("length", *(option.name for option in OPTIONS if option.label))


class Pages:
    """The handlers of the pages. No page needs any other host."""

    def __init__(self, sessions: SessionService, media: Media, turns: Turns, policy: AccessPolicy) -> None:
        self.workspace, self.sessions, self.media, self.policy = sessions.workspace, sessions, media, policy
        self._turns = turns
        self._icons: MemoryCache[tuple[bytes, int], bytes] = MemoryCache(2 * len(_ICON_SIZES))

    def routes(self) -> list[Route]:
        """Return the routes of the pages."""
        return [
            Route("/", self.listen),
            Route("/make", self.make),
            Route("/record", self.record),
            Route("/subscribe", self.subscribe),
            Route("/static/{file}", self.static),
            Route("/manifest.webmanifest", self.manifest),
            Route("/sw.js", self.worker),
            Route("/icon-{size}.png", self.icon),  # not an int: Python refuses thousands of digits
        ]

    @keeps_choice
    async def listen(self, request: Request) -> Response:
        """Return the page to choose a session, press play and lie down."""
        scripts = await run_in_threadpool(self.sessions.script_list)
        episodes = await run_in_threadpool(storage.episodes, self.workspace.out)
        words = _words(request)
        return _page(
            request,
            "listen.html",
            scripts=_cards(scripts, words),
            broken=[row["name"] for row in scripts if "error" in row],
            episodes=[
                {
                    "name": one.name,
                    "title": one.title,
                    "length": clock(one.length_ms),
                    "seconds": one.length_ms / 1000,
                    "language": one.language,
                    "cautions": msgspec.json.encode(cautions(one.cautions)).decode(),
                    "size": megabytes(one.bytes, words.language),
                    "alts": msgspec.json.encode(picture_alts(one)).decode(),
                }
                for one in episodes
            ],
            forms=await run_in_threadpool(page_forms, words, self.workspace.finder),
            trimming=words.gettext(ABOUT_SILENCE),
        )

    @keeps_choice
    async def make(self, request: Request) -> Response:
        """Return the page to compose sessions, write scripts and build."""
        scripts, words = await run_in_threadpool(self.sessions.script_list), _words(request)
        cards = _cards(scripts, words)
        return _page(
            request,
            "make.html",
            scripts=cards,
            every=[{"title": row["name"], "language": "", **row} for row in scripts],
            positions=[card for card in cards if card["kind"] == "position"],
            forms=await run_in_threadpool(page_forms, words, self.workspace.finder),
        )

    @keeps_choice
    async def record(self, request: Request) -> Response:
        """Return the page to record a voice, one sentence at a time."""
        cards = _cards(await run_in_threadpool(self.sessions.script_list), _words(request))
        asked = request.query_params
        chosen = {"script": asked.get("script", DEFAULT_SCRIPT), "voice": asked.get("voice", "")}
        voices = await run_in_threadpool(RecordedVoices(self.workspace.finder).names)
        return _page(request, "record.html", scripts=cards, voices=voices, chosen=chosen)

    @keeps_choice
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
        is_secret = self.policy.open and not self.policy.public
        shared = query | ({"token": self.policy.token} if is_secret else {})
        asked = f"?{urlencode(shared)}" if shared else ""
        address = f"{request.base_url}feed.xml{asked}"
        words = _words(request)
        return _page(
            request,
            "subscribe.html",
            address=address,
            list_address=f"{root_of(request.scope)}/podcast.opml{asked}",
            code=Markup(qr_code(address, words)) if not problem else "",
            query=query,
            problem=problem,
            host=urlsplit(address).hostname,
            alone=not self.policy.open or request.url.hostname in LOOPBACK,
            secret=is_secret,
            forms=[
                with_daily_variation(form, words)
                for form in await run_in_threadpool(page_forms, words, self.workspace.finder)
            ],
            trimming=words.gettext(ABOUT_SILENCE),
        )

    async def static(self, request: Request) -> Response:
        """Return a file that the pages load."""
        path = STATIC / request.path_params["file"]
        if path.name not in _names():
            raise Unknown(f"No file named {path.name[:80]}")
        return send_file(request, path.read_bytes(), _MIME_TYPES[path.suffix])

    async def manifest(self, request: Request) -> Response:
        """Return the manifest that makes the page an app on a phone (W3C, Web Application Manifest)."""
        show = await run_in_threadpool(open_show, self.workspace.finder)
        home = f"{root_of(request.scope)}/"
        icons = [{"src": f"{home}icon-{n}.png", "sizes": f"{n}x{n}", "type": "image/png"} for n in _ICONS]
        return JSONResponse(
            {
                "name": show.title,
                "short_name": show.title[:20],
                "id": home,
                # installed apps do not share cookies with the browser
                "start_url": home
                + (f"?{urlencode({'token': self.policy.token})}" if self.policy.open else ""),
                "scope": home,
                "lang": show.language,
                "display": "standalone",
                "background_color": _COLOUR,
                "theme_color": _COLOUR,
                "icons": icons,
            },
            media_type="application/manifest+json",
        )

    async def worker(self, request: Request) -> Response:
        """Return the service worker. It names this set of files, so that another set replaces it."""
        script = (STATIC / "sw.js").read_text("utf-8")
        shell = ["./", "manifest.webmanifest", *(f"static/{name}" for name in sorted(_names() - {"sw.js"}))]
        head = f"const VERSION = {_version()!r};\nconst SHELL = {shell!r};\n"
        return send_file(request, (head + script).encode(), "text/javascript; charset=utf-8")

    async def icon(self, request: Request) -> Response:
        """Return the cover of the show as an icon."""
        sizes = {str(size): size for size in _ICON_SIZES}
        size = sizes.get(request.path_params["size"])
        if size is None:
            raise Unknown(f"No icon of this size. Available: {', '.join(sizes)}.")
        return send_file(request, await self._turns.run(request, self._icon, size), "image/png")

    def _icon(self, size: int) -> bytes:
        cover = show_cover(self.workspace.finder)
        return self._icons.get((cover, size), lambda: icon(cover, size))


def _words(request: Request) -> Catalogue:
    return catalogue(page_language(request.headers))


def _page(request: Request, name: str, **values: Any) -> Response:
    words = _words(request)
    said, language = TemplateWords(words), words.language
    texts = page_texts(name.replace(".html", ".js"), words)
    page = (
        _environment()
        .get_template(f"web/{name}")
        .render(
            path=route_path(request.scope),
            root=root_of(request.scope),
            version=_version(),
            options_known=URL_OPTIONS,
            language=language,
            direction=text_direction(language),
            languages=language_links(request),
            texts=htmlsafe_json_dumps(texts, ensure_ascii=False),
            _=said.gettext,
            pgettext=said.pgettext,
            **values,
        )
    )
    # what is shown also follows from the choice that a cookie keeps
    headers = {"Cache-Control": "private, no-cache", "Vary": VARIES, "Content-Language": language}
    return Response(page, media_type="text/html", headers=headers)


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
    return frozenset(path.name for path in STATIC.iterdir() if path.is_file())


@cache
def _version() -> str:
    """Return a value that changes with any of the pages' files."""
    digest = hashlib.sha256()
    for folder in (STATIC, _TEMPLATES / "web", CATALOGUES):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _cards(rows: list[dict[str, Any]], words: Catalogue) -> list[dict[str, Any]]:
    """Return the scripts that can be played: the default one, then sessions, then positions alone."""
    playable = [_card(row, words) for row in rows if "error" not in row]
    return sorted(
        playable, key=lambda card: (card["name"] != DEFAULT_SCRIPT, card["kind"] != "session", card["title"])
    )


def _length(ms: int, words: Catalogue) -> str:
    """Return a length as a card has room for it: in words only if it is in whole hours."""
    return length_in_words(ms, words.language) if ms % 3_600_000 == 0 else clock(ms)


def _card(row: dict[str, Any], words: Catalogue) -> dict[str, Any]:
    shortest, longest = (_length(row[name], words) for name in ("shortest_ms", "longest_ms"))
    return {
        **{name: row[name] for name in ("name", "title", "summary", "language", "kind", "takes_positions")},
        "lengths": words.gettext("{shortest} to {longest}", shortest=shortest, longest=longest),
        "figure": row["figure"],
        "bedtime": row["ending"] == "sleep",
    }
