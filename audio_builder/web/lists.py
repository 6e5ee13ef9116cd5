"""The feed of the server as a list that podcast apps and readers import."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..podcast.channel import Channel
from ..podcast.opml import OPML_TYPE, opml
from ..podcast.podcast import open_show
from ..request import Workspace
from . import ranges
from .caching import plain_cache_control
from .media import DAILY
from .query import read_options


class FeedLists:
    """The handler of lists of feeds."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def routes(self) -> list[Route]:
        """Return the route of the list."""
        return [Route("/podcast.opml", self.opml)]

    async def opml(self, request: Request) -> Response:
        """Return a list with the feed that has the options in the address, and the token if that has it too."""
        asked, token = dict(request.query_params), request.scope["token"]
        read_options({n: value for n, value in asked.items() if (n, value) != ("variation", DAILY)})
        query = urlencode(asked | ({"token": token} if token else {}))
        content = await run_in_threadpool(self._list, str(request.base_url), query)
        return ranges.respond(
            ranges.MemoryBytes(content),
            OPML_TYPE,
            ranges.entity_tag(content),
            request.headers,
            request.method,
            cache_control=plain_cache_control(request),
        )

    def _list(self, base: str, query: str) -> bytes:
        show = open_show(self.workspace.finder)
        feed = f"feed.xml?{query}" if query else "feed.xml"
        return opml(
            Channel(show=show, guid="", base=base, changed=datetime(2000, 1, 1, tzinfo=UTC), feed=feed)
        )
