"""Metrics for Prometheus: requests, listeners, builds, queues, cache and speech, of all processes of a server."""

from __future__ import annotations

import asyncio
import time
from collections import Counter as Count
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from ..errors import AudioBuilderError, how_to_add
from ..service.group import ServerGroup
from ..service.job_records import JOB_STATES
from ..service.jobs import Jobs
from ..service.sessions import SessionService
from .addresses import route_path
from .caching import NOT_STORED
from .observing import Exchange

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge
    from prometheus_client.metrics_core import Metric

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which prometheus_client knows the folder of several processes, when it is imported."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
_SECONDS_BETWEEN_LOOKS = 1.0
_CACHE_SECONDS = 60.0
"""How long the size of the cache is remembered: to know it, all its files are looked at."""
_MEDIA = "/media/{file}"


def require_metrics() -> None:
    """Raise AudioBuilderError if the package for metrics is missing."""
    try:
        import prometheus_client  # noqa: F401 - only to see whether it is there
    except ImportError:
        raise AudioBuilderError(
            f"--metrics needs the package prometheus_client: {how_to_add('metrics')}"
        ) from None


def metrics_environment(group: Path) -> dict[str, str]:
    """Return what the environment of the processes of a group needs, and create the folder of their numbers."""
    folder = _folder(group)
    folder.mkdir(exist_ok=True)
    return {FOLDER_VARIABLE: str(folder)}


def _folder(group: Path) -> Path:
    return group / "metrics"


def forget_process(group: Path, process: int) -> None:
    """Remove what a process that has ended was doing. What it has done still counts."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(process, str(_folder(group)))  # type: ignore[no-untyped-call]


class Metrics:
    """An observer that counts requests, and the handler of `/metrics`."""

    def __init__(
        self, sessions: SessionService, jobs: Jobs, routes: Sequence[Route], group: ServerGroup | None = None
    ) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the number of lines
        self._sessions, self._jobs, self._routes = sessions, jobs, [*routes, self.route()]
        self._folder = _folder(group.folder) if group else None
        self._own = own = CollectorRegistry()
        labels = ("route", "method", "status")

        def counter(name: str, text: str, labels: Iterable[str] = ()) -> Counter:
            return Counter(f"audio_builder_{name}", text, labels, registry=own)

        def gauge(name: str, text: str, mode: Any) -> Gauge:
            return Gauge(f"audio_builder_{name}", text, registry=own, multiprocess_mode=mode)

        self._requests = counter("requests", "Requests, by route, method and status.", labels)
        self._seconds = counter("request_seconds", "Time from requests to the end of responses.", ("route",))
        self._sent = counter("sent_bytes", "Bytes of bodies of responses.", ("route",))
        self._speaking = counter("speaking_seconds", "Time spent speaking scripts.")
        self._listeners = gauge("listeners", "MP3s that are being sent.", "livesum")
        self._to_speak = gauge("scripts_to_speak", "Scripts that are not spoken yet.", "livemax")
        self._to_render = gauge("chunks_to_render", "Chunks of sessions that clients wait for.", "livesum")
        self._server = _Server(sessions, jobs)

    def begun(self, scope: Scope) -> None:
        """Count a listener who comes."""
        if self._is_listener(scope):
            self._listeners.inc()

    def ended(self, scope: Scope, exchange: Exchange) -> None:
        """Count a request, and a listener who leaves."""
        if self._is_listener(scope):
            self._listeners.dec()
        route = self._route(scope)
        method = exchange.method if exchange.method in _METHODS else "other"
        self._requests.labels(route, method, str(exchange.status)).inc()
        self._seconds.labels(route).inc(exchange.seconds)
        self._sent.labels(route).inc(exchange.sent)

    async def keep_current(self) -> None:
        """Look at the queues of this process every second, for scrapes that another process answers."""
        while True:
            self._look()
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    def route(self) -> Route:
        """Return the route of `/metrics`."""

        async def metrics(_request: Request) -> Response:
            self._look()
            content, mime_type = await run_in_threadpool(self._exposition)
            return Response(content, headers={**NOT_STORED, "Content-Type": mime_type})

        return Route("/metrics", metrics)

    def _look(self) -> None:
        self._to_speak.set(self._sessions.waiting)
        self._to_render.set(self._sessions.chunks_to_render)
        self._speaking.inc(self._sessions.take_speaking_seconds())

    def _exposition(self) -> tuple[bytes, str]:
        """Return the numbers of all processes in the text format of Prometheus, and its content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        numbers = self._own
        if self._folder is not None:
            numbers = CollectorRegistry()
            MultiProcessCollector(numbers, str(self._folder))  # type: ignore[no-untyped-call]
        of_all = CollectorRegistry()
        of_all.register(cast(Any, self._server))
        return generate_latest(numbers) + generate_latest(of_all), CONTENT_TYPE_LATEST

    def _route(self, scope: Scope) -> str:
        """Return the path of the route of a request, e.g. `/media/{file}`, of which there are few."""
        path = route_path(scope)
        return next((route.path for route in self._routes if route.path_regex.match(path)), "other")

    def _is_listener(self, scope: Scope) -> bool:
        return scope["method"] == "GET" and scope["path"].endswith(".mp3") and self._route(scope) == _MEDIA


class _Server:
    """A collector of what all processes of a server know alike."""

    def __init__(self, sessions: SessionService, jobs: Jobs) -> None:
        self._cache, self._jobs = sessions.workspace.cache, jobs
        self._size, self._looked = 0, -_CACHE_SECONDS

    def collect(self) -> Iterator[Metric]:
        """Yield the builds by state, and the size of the cache and its limit in bytes."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        builds = GaugeMetricFamily("audio_builder_builds", "Builds that are remembered.", labels=("state",))
        found = Count(self._jobs.states())
        for state in JOB_STATES:
            builds.add_metric([state], found[state])
        yield builds
        if time.monotonic() - self._looked >= _CACHE_SECONDS:
            self._size, self._looked = self._cache.size(), time.monotonic()
        yield GaugeMetricFamily("audio_builder_cache_bytes", "Size of the cache.", self._size)
        yield GaugeMetricFamily("audio_builder_cache_limit_bytes", "Limit of the cache.", self._cache.limit)
