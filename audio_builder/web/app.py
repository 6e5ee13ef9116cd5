"""The library over HTTP: its page, its feed, its files, and any session at any length as it is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ..errors import AudioBuilderError, ScriptErrors
from ..request import Workspace
from ..service.jobs import Jobs
from ..service.scripts import Conflict, report
from ..service.sessions import PATIENCE, NotYet, SessionService, Unknown
from .access import Access, AccessPolicy
from .api import Api
from .media import Media
from .pages import Pages

_RETRY = "15"


def app(workspace: Workspace, entrance: AccessPolicy, patience: float = PATIENCE) -> Starlette:
    """The program that answers for a library and its scripts; while it runs it speaks the scripts ahead. A request
    waits `patience` seconds for what is not spoken yet."""
    sessions, jobs = SessionService(workspace, patience), Jobs(workspace)
    media = Media(sessions)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        sessions.start(workspace.finder.scripts())
        yield
        await run_in_threadpool(jobs.stop)
        await run_in_threadpool(sessions.stop)

    async def health(_request: Request) -> Response:
        waiting = sessions.waiting
        return JSONResponse({"ready": waiting == 0, "scripts_to_speak": waiting})

    pages = Pages(sessions, media, entrance)
    routes = [*pages.routes(), *media.routes(), *Api(sessions, jobs).routes(), Route("/healthz", health)]
    faults = {AudioBuilderError: _fault, NotYet: _not_yet, Unknown: _unknown, Conflict: _conflict}
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers=faults,
        middleware=[Middleware(Access, policy=entrance)],
    )


def _said(request: Request, error: Exception, status: int, headers: dict[str, str] | None = None) -> Response:
    """A fault in words; for `/api/` as JSON, with its places where it has any."""
    if not request.url.path.startswith("/api/"):
        return PlainTextResponse(f"{error}\n", status, headers)
    told = {"error": str(error)}
    if isinstance(error, ScriptErrors):
        return JSONResponse(told | report(error.problems), status, headers)
    return JSONResponse(told, status, headers)


def _fault(request: Request, error: Exception) -> Response:
    return _said(request, error, 400)


def _unknown(request: Request, error: Exception) -> Response:
    return _said(request, error, 404)


def _conflict(request: Request, error: Exception) -> Response:
    return _said(request, error, 409)


def _not_yet(request: Request, error: Exception) -> Response:
    return _said(request, error, 503, {"Retry-After": _RETRY})
