"""The JSON API for writing: scripts and their files, and what a text that is being written would be."""

from __future__ import annotations

import threading
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import AudioBuilderError
from ..importing.reading import MAX_FILE_BYTES
from ..options import BuildOptions
from ..service.completion import words_to_offer
from ..service.drafts import DraftText, hear_draft, preview_draft
from ..service.script_files import LARGEST_SOUND, ScriptFiles
from ..service.scripts import ScriptEditor, text_problems
from ..service.sessions import SessionService
from .bodies import json_body, query_of, whole_body
from .languages import VARIES, page_language
from .query import read_options
from .turns import Turns


class Editing:
    """The handlers of `/api/scripts/NAME`, `/api/files` and of drafts."""

    def __init__(self, sessions: SessionService, turns: Turns) -> None:
        self.workspace, self.sessions, self._turns = sessions.workspace, sessions, turns
        self._hearing = threading.Semaphore(2)
        self.texts, self.files = ScriptEditor(sessions.workspace), ScriptFiles(sessions.workspace)

    def routes(self) -> list[Route]:
        """Return the routes for writing."""
        return [
            Route("/api/scripts/{name}", self.script, methods=["GET", "PUT"]),
            Route("/api/scripts/{name}/{action}", self.change, methods=["POST"]),
            Route("/api/check", self.check, methods=["POST"]),
            Route("/api/import", self.import_text, methods=["POST"]),
            Route("/api/preview", self.preview, methods=["POST"]),
            Route("/api/hear", self.hear, methods=["POST"]),
            Route("/api/words", self.words),
            Route("/api/files/{file}", self.file, methods=["POST"]),
        ]

    async def check(self, request: Request) -> Response:
        """Return what is wrong with a text that is being written."""
        asked = await json_body(request)
        return JSONResponse(
            await self._turns.run(request, text_problems, asked.get("name", ""), asked.get("text", ""))
        )

    async def import_text(self, request: Request) -> Response:
        """Return the script that a text becomes: one that was pasted, as JSON, or a file. Nothing is written."""
        if request.headers.get("content-type", "").startswith("application/json"):
            asked = await json_body(request)
            data, file = asked.get("text", "").encode(), ""
        else:
            asked = dict(request.query_params)
            data, file = await whole_body(request, MAX_FILE_BYTES), asked.get("file", "")
        name, stretch = asked.get("name", ""), asked.get("stretch") == "yes"
        return JSONResponse(await self._turns.run(request, self.texts.convert, name, data, file, stretch))

    async def script(self, request: Request) -> Response:
        """Return the text of a script, start a new one, or write one."""
        name = request.path_params["name"]
        if request.method == "GET":
            if "new" in request.query_params:
                return JSONResponse(await self._turns.run(request, self.texts.start, name))
            return JSONResponse(
                await self._turns.run(request, self.texts.read, self.sessions.require_script(name))
            )
        asked = await json_body(request)
        return JSONResponse(
            await self._turns.run(
                request, self.texts.write, name, asked.get("text", ""), asked.get("was", "")
            )
        )

    async def change(self, request: Request) -> Response:
        """Copy, rename, remove or restore a script."""
        name, action = request.path_params["name"], request.path_params["action"]
        asked = await json_body(request)
        return JSONResponse(await self._turns.run(request, self._change, name, action, asked))

    async def preview(self, request: Request) -> Response:
        """Return what the session of a text would be that is being written."""
        draft, options = _draft(await json_body(request))
        return JSONResponse(
            await self._turns.run(request, preview_draft, draft, read_options(options), self.workspace)
        )

    async def hear(self, request: Request) -> Response:
        """Return a minute of the session of a text that is being written, from a line on, as MP3."""
        draft, options = _draft(await json_body(request))
        heard = await self._turns.run(request, self._hear, draft, read_options(options))
        return Response(heard, media_type="audio/mpeg", headers={"Cache-Control": "no-store"})

    async def words(self, request: Request) -> Response:
        """Return what an editor can suggest to an author: directives, marks, keys and names, explained."""
        language = page_language(request.headers)
        offered = await run_in_threadpool(words_to_offer, self.workspace, self.files.files(), language)
        return JSONResponse(offered, headers={"Vary": VARIES, "Content-Language": language})

    async def file(self, request: Request) -> Response:
        """Take a recording or a picture for the scripts."""
        replace = query_of(request).get("replace") == "yes"
        content = await whole_body(request, LARGEST_SOUND)
        return JSONResponse(
            await self._turns.run(request, self.files.take, request.path_params["file"], content, replace)
        )

    def _hear(self, draft: DraftText, options: BuildOptions) -> bytes:
        with self._hearing:  # each may start processes and load a voice
            return hear_draft(draft, options, self.workspace)

    def _change(self, name: str, action: str, asked: dict[str, str]) -> dict[str, Any]:
        to, was = asked.get("to", ""), asked.get("was", "")
        match action:
            case "copy":
                self.files.copy(name, to)
                return self.texts.read_listed(to)
            case "rename":
                self.files.rename(name, to, was)
                return self.texts.read_listed(to)
            case "remove":
                return {"shipped": self.files.remove(name, was)}
            case "restore":
                self.files.restore(name)
                return self.texts.read_listed(name)
        raise AudioBuilderError(f'Unknown action "{action[:40]}": use copy, rename, remove or restore')


def _draft(asked: dict[str, str]) -> tuple[DraftText, dict[str, str]]:
    """Return a text with its line, and the options that are asked for besides."""
    line = asked.pop("line", "1")
    if not line.isdecimal():
        raise AudioBuilderError(f'Invalid line "{line[:20]}": use a number')
    return DraftText(asked.pop("name", ""), asked.pop("text", ""), max(1, int(line[:9]))), asked
