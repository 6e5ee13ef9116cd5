"""The language of the pages: the one chosen on this device, or else what the browser asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import urlencode

from markupsafe import Markup, escape
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response

from ..languages.catalogue import PAGE_LANGUAGES, SOURCE_LANGUAGE, Catalogue
from ..languages.negotiation import negotiated
from .addresses import keep_cookie

COOKIE = "audio-builder-language"
PARAMETER = "language"
"""A page that is asked for with this parameter keeps the choice, and is then at its own address again."""
VARIES = "Accept-Language, Cookie"

_Self = TypeVar("_Self")


def page_language(headers: Headers) -> str:
    """Return the language in which a page is shown, from the headers of its request."""
    chosen = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    if chosen in PAGE_LANGUAGES:
        return chosen
    return negotiated(headers.get("accept-language", ""), PAGE_LANGUAGES, SOURCE_LANGUAGE)


def keeps_choice(
    page: Callable[[_Self, Request], Awaitable[Response]],
) -> Callable[[_Self, Request], Awaitable[Response]]:
    """Return the handler of a page that also takes the choice of a language."""

    @wraps(page)
    async def handler(self: _Self, request: Request) -> Response:
        chosen = request.query_params.get(PARAMETER)
        if chosen is None:
            return await page(self, request)
        rest = [pair for pair in request.query_params.multi_items() if pair[0] != PARAMETER]
        answer = RedirectResponse(request.url.path + (f"?{urlencode(rest)}" if rest else ""), 303)
        if chosen in PAGE_LANGUAGES:
            # by the server, because Safari forgets what scripts keep after a week
            keep_cookie(answer, request.scope, COOKIE, chosen)
        return answer

    return handler


def language_links(request: Request) -> list[tuple[str, str, str]]:
    """Return each language with its name for itself and the address that chooses it for this page."""
    rest = [pair for pair in request.query_params.multi_items() if pair[0] != PARAMETER]
    return [(tag, name, f"?{urlencode([*rest, (PARAMETER, tag)])}") for tag, name in PAGE_LANGUAGES.items()]


class TemplateWords:
    """The functions with which a template says its texts. Values are escaped, except for markup."""

    def __init__(self, words: Catalogue) -> None:
        self._words = words

    def gettext(self, message: str, **values: object) -> Markup:
        """Return a message."""
        return _filled(self._words.gettext(message), values)

    def pgettext(self, context: str, message: str, **values: object) -> Markup:
        """Return a message that has several meanings in English."""
        return _filled(self._words.pgettext(context, message), values)


def _filled(text: str, values: dict[str, object]) -> Markup:
    return escape(text).format(**values) if values else escape(text)
