"""The web application: pages, feed, files, API, and sessions at any length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from ..errors import AudioBuilderError, ScriptErrors
from ..request import Workspace
from ..service.group import ServerGroup
from ..service.jobs import Jobs
from ..service.scripts import EditConflict, problem_report
from ..service.sessions import PATIENCE, SessionService, Unknown
from ..service.speech_queue import NotYet
from ..service.takes import TakeRefused
from .access import Access, AccessPolicy
from .access_log import AccessLog
from .addresses import Rooted, route_path
from .api import Api
from .bodies import Draining, TooLarge
from .caching import NOT_STORED
from .connections import log_errors_sparingly
from .editing import Editing
from .figures import Figures
from .forwarded import Forwarded
from .hosting import Hosting, TrustedProxies
from .lists import FeedLists
from .media import Media
from .metrics import Metrics
from .observing import Observed, Observer
from .pages import Pages
from .recording import RecordingApi
from .turns import Turns

_RETRY_SECONDS = "15"


def app(
    workspace: Workspace,
    policy: AccessPolicy,
    patience: float = PATIENCE,
    group: ServerGroup | None = None,
    hosting: Hosting = Hosting(),  # noqa: B008 - a frozen record
) -> Starlette:
    """Return the web application for a workspace. While it runs, it speaks the scripts ahead.

    A request waits up to `patience` seconds for sentences that are not spoken yet. A `group` is that of all processes
    that serve the same, if there are several. `hosting` says how the server is reached.
    """
    sessions, jobs = SessionService(workspace, patience, group), Jobs(workspace, group)
    routes = [*_routes(sessions, jobs, policy, Turns(group)), _health(sessions)]
    metrics = Metrics(sessions, jobs, routes, group) if hosting.metrics else None

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        log_errors_sparingly(asyncio.get_running_loop())
        sessions.start(workspace.finder.scripts())
        looking = asyncio.create_task(metrics.keep_current()) if metrics else None
        yield
        if looking:
            looking.cancel()
        await run_in_threadpool(stop)

    def stop() -> None:
        jobs.stop()
        sessions.stop()

    proxies = TrustedProxies(hosting.proxies)
    application = Starlette(
        routes=routes + ([metrics.route()] if metrics else []),
        lifespan=lifespan,
        exception_handlers=_ERROR_HANDLERS,
        middleware=_middleware(hosting, policy, proxies, metrics),
    )
    application.state.stop = stop  # for a server that is ended by force
    application.state.proxies = proxies  # for its connections
    return application


def _middleware(
    hosting: Hosting, policy: AccessPolicy, proxies: TrustedProxies, metrics: Metrics | None
) -> list[Middleware]:
    """Return what every request passes, from the connection to the routes."""
    observers: list[Observer] = [AccessLog(hosting.access_log, policy.token)] if hosting.access_log else []
    observers += [metrics] if metrics else []
    return [
        Middleware(Forwarded, proxies=proxies),
        Middleware(Observed, observers=observers, root_path=hosting.root_path),
        Middleware(Rooted, root_path=hosting.root_path),
        Middleware(Access, policy=policy),
    ]


def _routes(sessions: SessionService, jobs: Jobs, policy: AccessPolicy, turns: Turns) -> list[Route]:
    media = Media(sessions, turns)
    handlers = (
        Pages(sessions, media, turns, policy),
        Figures(sessions, turns),
        FeedLists(sessions.workspace),
        *(media, Api(sessions, jobs, turns), Editing(sessions, turns), RecordingApi(sessions, turns)),
    )
    return [route for handler in handlers for route in handler.routes()]


def _health(sessions: SessionService) -> Route:
    """Return the route that says whether all scripts are spoken."""

    async def health(_request: Request) -> Response:
        waiting = sessions.waiting
        return JSONResponse({"ready": waiting == 0, "scripts_to_speak": waiting}, headers=NOT_STORED)

    return Route("/healthz", health)


def _error(
    request: Request, error: Exception, status: int, headers: dict[str, str] | None = None
) -> Response:
    """Return an error as text or, below `/api/`, as JSON with the places of its problems. No proxy keeps it."""
    headers = NOT_STORED | (headers or {})
    if not route_path(request.scope).startswith("/api/"):
        return PlainTextResponse(f"{error}\n", status, headers)
    document = {"error": str(error)}
    if isinstance(error, ScriptErrors):
        return JSONResponse(document | problem_report(error.problems), status, headers)
    return JSONResponse(document, status, headers)


def _bad_request(request: Request, error: Exception) -> Response:
    return _error(request, error, 400)


def _not_found(request: Request, error: Exception) -> Response:
    return _error(request, error, 404)


def _conflict(request: Request, error: Exception) -> Response:
    return _error(request, error, 409)


def _not_a_take(request: Request, error: Exception) -> Response:
    # unlike any other error: this take is refused again whenever it is sent
    return _error(request, error, 422)


def _not_yet(request: Request, error: Exception) -> Response:
    return _error(request, error, 503, {"Retry-After": _RETRY_SECONDS})


def _too_large(request: Request, error: Exception) -> Response:
    refused = _error(request, error, 400)
    return Draining(refused.body, refused.status_code, dict(refused.headers))


def _http_error(request: Request, error: Exception) -> Response:
    """Answer for an address or a method that there is not."""
    assert isinstance(error, HTTPException)
    return _error(request, AudioBuilderError(error.detail), error.status_code, dict(error.headers or {}))


def _internal_error(request: Request, _: Exception) -> Response:
    return _error(request, AudioBuilderError("Internal error. The server's log says more."), 500)


_ERROR_HANDLERS: Mapping[Any, ExceptionHandler] = {
    AudioBuilderError: _bad_request,
    TooLarge: _too_large,
    NotYet: _not_yet,
    Unknown: _not_found,
    EditConflict: _conflict,
    TakeRefused: _not_a_take,
    HTTPException: _http_error,
    Exception: _internal_error,
}
