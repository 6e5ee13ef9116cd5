"""The JSON API to record a voice: sentences, takes, and how a take sounds."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..service.sessions import SessionService
from ..service.takes import LARGEST_TAKE, TakeRecorder
from .bodies import json_body, query_of, whole_body
from .turns import Turns


class RecordingApi:
    """The handlers of `/api/takes`."""

    def __init__(self, sessions: SessionService, turns: Turns) -> None:
        self.sessions, self._turns = sessions, turns
        self.takes = TakeRecorder(sessions.workspace)

    def routes(self) -> list[Route]:
        """Return the routes for recording."""
        return [
            Route("/api/takes", self.sentences),
            Route("/api/takes", self.add, methods=["POST"]),
            Route("/api/takes/use", self.use, methods=["POST"]),
            Route("/api/takes/sound.wav", self.sound),
        ]

    async def sentences(self, request: Request) -> Response:
        """Return the sentences of a script, and what a voice has of each."""
        asked = query_of(request)
        script = self.sessions.require_script(asked.get("script", ""))
        return JSONResponse(
            await self._turns.run(request, self.takes.sentences, script, asked.get("voice", ""))
        )

    async def add(self, request: Request) -> Response:
        """Take a recording of a sentence."""
        asked = query_of(request)
        script = self.sessions.require_script(asked.get("script", ""))
        content = await whole_body(request, LARGEST_TAKE)
        voice, text = asked.get("voice", ""), asked.get("text", "")
        return JSONResponse(await self._turns.run(request, self.takes.add, script, voice, text, content))

    async def use(self, request: Request) -> Response:
        """Let sessions use another take of a sentence."""
        asked = await json_body(request)
        script = self.sessions.require_script(asked.get("script", ""))
        chosen = (asked.get(name, "") for name in ("voice", "text", "file"))
        return JSONResponse(await self._turns.run(request, self.takes.choose, script, *chosen))

    async def sound(self, request: Request) -> Response:
        """Return a take as it will sound in a session, as WAV."""
        asked = query_of(request)
        heard = await self._turns.run(request, self.takes.hear, asked.get("voice", ""), asked.get("file", ""))
        return Response(heard, media_type="audio/wav", headers={"Cache-Control": "no-store"})
