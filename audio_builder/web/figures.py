"""Figures over HTTP, each at the script that shows it: the program's own ones and those that the script brings.

Pages get them as they are, and podcast apps as square pictures.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import AudioBuilderError
from ..figures.draw import figure_content
from ..figures.library import Figure, figure, figure_file_parts, mirrored, names
from ..library.chapters import PICTURE_NAME
from ..options import BuildOptions
from ..pictures.chapter import chapter_picture
from ..request import resolve
from ..script.walk import figures_of
from ..service.sessions import SessionService, Unknown
from . import ranges
from .caching import cached
from .turns import Turns

_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
"""An author's SVG may contain anything, and must not run on these pages."""


class Figures:
    """The handler of figures."""

    def __init__(self, sessions: SessionService, turns: Turns) -> None:
        self._sessions, self._turns = sessions, turns

    def routes(self) -> list[Route]:
        """Return the route of figures."""
        return [Route("/figures/{script}/{file}", self.figure)]

    async def figure(self, request: Request) -> Response:
        """Return a figure that a script shows."""
        script, file = request.path_params["script"], request.path_params["file"]
        content, mime_type = await self._turns.run(request, self._content, script, file)
        tag = ranges.entity_tag(content)
        response = ranges.respond(
            ranges.MemoryBytes(content), mime_type, tag, request.headers, request.method
        )
        response = cached(request, response)
        response.headers.update(_HEADERS)
        return response

    def _content(self, script: str, file: str) -> tuple[bytes, str]:
        if PICTURE_NAME.fullmatch(file):
            return self._picture(script, file)
        plain, language = figure_file_parts(file)
        found = self._find(script, plain)
        try:
            return figure_content(found, language)
        except OSError as error:
            raise AudioBuilderError(f"Cannot read the figure of {script}: {error.strerror}") from None

    def _picture(self, script: str, file: str) -> tuple[bytes, str]:
        """Return the picture of a chapter that podcast apps show, and its MIME type."""
        name, workspace = self._sessions.require_script(script), self._sessions.workspace
        for one in {*figures_of(resolve(name, BuildOptions(), workspace.finder).script)}:
            picture = chapter_picture(one, workspace.cache)
            if picture and picture.file_name == file:
                return picture.content, picture.mime_type
        raise Unknown(f'{name} has no picture named "{file}"')

    def _find(self, script: str, file: str) -> Figure:
        name = self._sessions.require_script(script)
        known = [figure(each) for each in names()]
        for one in (*known, *map(mirrored, known)):
            if one.file_name == file:
                return one
        for one in figures_of(resolve(name, BuildOptions(), self._sessions.workspace.finder).script):
            if one.file_name == file:
                return one
        raise Unknown(f'{name} has no figure named "{file[:80]}"')
