"""The JSON API: sessions before they are built, their pictures, single sentences, scripts, and builds."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..audio.chimes import bell_stroke
from ..audio.clip import wav_bytes
from ..audio.pcm import wav_file
from ..audio.samples import ambience_sample
from ..build import arrange, clip_lengths, preview
from ..cast.speak import missing_takes
from ..cast.voices import recorded_sentence
from ..diagnostics.report import timeline_document
from ..errors import AudioBuilderError, DoesNotFit, Location, ScriptErrors
from ..library.sidecars import caution_records
from ..memory_cache import MemoryCache
from ..options import BY_NAME, resolved
from ..pictures.timeline import timeline_svg
from ..planning.plan import ranges
from ..planning.timeline import Timeline, lines_of
from ..planning.wording import sounds
from ..request import BuildRequest, resolve
from ..script.model import Line
from ..script.parse.parse import parse
from ..service.job_records import Job
from ..service.jobs import Jobs
from ..service.sessions import SessionService
from ..speech.narrate import narrate
from ..speech.pronunciation import pronunciation_of
from ..speech.sentences import sample_in
from ..speech.voices import language_of, open_voice
from ..takes.voice import is_recorded
from ..units import Ms
from .addresses import root_of
from .bodies import json_body, query_of
from .query import read_options
from .session_facts import cautions, session_facts, timeline_facts
from .turns import Turns

_LONGEST_SENTENCE = 600  # characters
_EVENT_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}  # nginx passes each event on at once
_PICTURE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class Api:
    """The handlers of `/api/…`."""

    def __init__(self, sessions: SessionService, jobs: Jobs, turns: Turns) -> None:
        self.workspace, self.sessions, self.jobs, self._turns = sessions.workspace, sessions, jobs, turns
        self._saying = threading.Semaphore(2)
        self._possible: MemoryCache[tuple[object, ...], tuple[tuple[Ms, Ms], ...]] = MemoryCache(64)

    def routes(self) -> list[Route]:
        """Return the routes of the API."""
        return [
            Route("/api/scripts", self.scripts),
            Route("/api/plan", self.plan),
            Route("/api/session", self.session),
            Route("/api/picture.svg", self.picture),
            Route("/api/sentence.wav", self.sentence),
            Route("/api/sample.wav", self.sample),
            Route("/api/build", self.build, methods=["POST"]),
            Route("/api/jobs/{id}", self.job, methods=["GET", "DELETE"]),
        ]

    async def scripts(self, _request: Request) -> Response:
        """Return every script, with the lengths it can have or with what is wrong with it."""
        return JSONResponse(await run_in_threadpool(self.sessions.script_list))

    async def plan(self, request: Request) -> Response:
        """Return a timeline in full."""
        return JSONResponse(
            await self._turns.run(request, lambda: timeline_document(self._timeline(query_of(request))))
        )

    async def session(self, request: Request) -> Response:
        """Return what a session would be: its title, possible lengths, chapters, props and cautions."""
        return JSONResponse(await self._turns.run(request, self._session, query_of(request)))

    async def picture(self, request: Request) -> Response:
        """Return the picture of a timeline, as `plan --picture` draws it."""
        drawn = await self._turns.run(request, lambda: timeline_svg(self._timeline(query_of(request))))
        return Response(drawn, media_type="image/svg+xml", headers=_PICTURE_HEADERS)

    async def sentence(self, request: Request) -> Response:
        """Return a sentence of a script as it would be spoken, as WAV."""
        query = dict(request.query_params)
        text = query.pop("text", "")
        spoken = await self._turns.run(request, self._sentence, text, query)
        return Response(spoken, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    async def sample(self, request: Request) -> Response:
        """Return some seconds of a voice, an ambience or a bell, as WAV. `sound` says which of them."""
        heard = await self._turns.run(request, self._sample, query_of(request))
        return Response(heard, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    async def build(self, request: Request) -> Response:
        """Start a build."""
        asked = await json_body(request)
        name = self.sessions.require_script(asked.pop("script", ""))
        job = await self._turns.run(request, self.jobs.start, name, read_options(asked))
        return JSONResponse(_job_document(job, root_of(request.scope)), 202)

    async def job(self, request: Request) -> Response:
        """Return a build as JSON, stream it as server-sent events (HTML, section 9.2), or cancel it."""
        id, root = request.path_params["id"], root_of(request.scope)
        found = self.jobs.cancel if request.method == "DELETE" else self.jobs.get
        job = await run_in_threadpool(found, id)
        if job is None:
            return JSONResponse(
                {"error": "No build has this id. Start it again if the server was restarted."}, 404
            )
        if request.method != "GET" or "application/json" in request.headers.get("accept", ""):
            return JSONResponse(_job_document(job, root))
        return StreamingResponse(
            _events(self.jobs, id, root), media_type="text/event-stream", headers=_EVENT_HEADERS
        )

    def _request(self, query: Mapping[str, str]) -> BuildRequest:
        asked = dict(query)
        name = self.sessions.require_script(asked.pop("script", ""))
        return resolve(name, read_options(asked), self.workspace.finder)

    def _timeline(self, query: Mapping[str, str]) -> Timeline:
        return preview(self._request(query), self.workspace)

    def _session(self, query: Mapping[str, str]) -> dict[str, Any]:
        request = self._request(query)
        script, ending = request.script, request.options.ending
        lengths, estimated = clip_lengths(request, self.workspace)
        key = (
            *sorted((k, v) for k, v in query.items() if k != "length"),
            estimated,
            self.sessions.scripts_state(),
        )
        possible = self._possible.get(key, lambda: ranges(script, lengths, ending))
        facts = session_facts(request, lengths, estimated, possible)
        try:
            timeline = arrange(request, lengths, estimated)
        except DoesNotFit as error:
            return facts | {"problem": str(error), "cautions": cautions(caution_records(script, ()))}
        problem = missing_takes(request.cast, lines_of(timeline))
        return facts | timeline_facts(request, timeline) | ({"problem": problem} if problem else {})

    def _sample(self, query: Mapping[str, str]) -> bytes:
        asked = dict(query)
        kind = asked.pop("sound", "")
        chosen = resolved(read_options(asked))
        if kind == "voice" and is_recorded(chosen.voice):
            return wav_bytes(recorded_sentence(chosen.voice, self.workspace.finder, self.workspace.cache))
        if kind == "voice":
            return self._sentence(sample_in(language_of(chosen.voice)), {"voice": chosen.voice})
        if kind == "ambience":
            heard = ambience_sample(chosen.ambience, self.workspace.cache)
        elif kind == "bell":
            heard = bell_stroke(chosen.bell, self.workspace.cache)
        else:
            raise AudioBuilderError(f'Invalid sound "{kind[:40]}": use voice, ambience or bell')
        if heard is None:
            raise AudioBuilderError(f"There is nothing to hear: {kind} is none")
        return wav_file(heard)

    def _sentence(self, text: str, query: Mapping[str, str]) -> bytes:
        if len(text) > _LONGEST_SENTENCE:
            raise AudioBuilderError(
                f"This text is too long to speak: use at most {_LONGEST_SENTENCE} characters"
            )
        asked = read_options(query)
        line = _first_line(text)
        chosen = asked.voice or BY_NAME["voice"].default
        if is_recorded(chosen):
            workspace = self.workspace
            return wav_bytes(recorded_sentence(chosen, workspace.finder, workspace.cache, line.text))
        language = language_of(chosen)
        voice = open_voice(chosen, asked.speed, language)
        location = {line: Location("this sentence", 1)}
        words = pronunciation_of(self.workspace.finder)
        with self._saying:  # each starts a process and loads a voice
            clips = narrate(location, voice, self.workspace.cache, words, 1, language=language)
        return wav_bytes(clips[line])


def _first_line(text: str) -> Line:
    # the first sentence of a passage of a script that would be spoken
    try:
        script = parse(f"---\ntitle: x\n---\n\n# x\n\n{text.strip()}\n".encode(), "x", "this sentence")
        return next(line for line in sounds(script) if isinstance(line, Line))
    except StopIteration:
        raise AudioBuilderError("Nothing to speak here. Put the cursor into a sentence.") from None
    except ScriptErrors as error:  # the places are not in a file of the author
        problems = [": ".join(filter(None, (one.message, one.hint))) for one in error.problems]
        raise AudioBuilderError("; ".join(problems)) from None


def _job_document(job: Job, root: str) -> dict[str, Any]:
    return {**asdict(job), "events": f"{root}/api/jobs/{job.id}"}


async def _events(jobs: Jobs, id: str, root: str) -> AsyncIterator[bytes]:
    async for job in jobs.watch(id):
        yield (
            b": still running\n\n"
            if job is None
            else b"data: " + msgspec.json.encode(_job_document(job, root)) + b"\n\n"
        )
