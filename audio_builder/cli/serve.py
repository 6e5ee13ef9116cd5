"""`audio-builder serve`."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import click
import uvicorn

from ..errors import BuilderError
from ..order import Desk
from ..shelf import shelf
from ..web import app
from . import shared


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one."
)
@shared.OUT
@shared.SCRIPTS
@shared.WORKERS
@shared.QUIET
def command(host: str, port: int, out: Path, folder: Path | None, workers: int, quiet: bool) -> None:
    """Serve the library, its feed, and any session at any length at once.

    \b
    http://127.0.0.1:8765/media/psoas-release.mp3?length=37m
    http://127.0.0.1:8765/feed.xml?length=25m

    From its start it speaks the scripts, what is asked for first. Stop it with Ctrl-C.
    """
    desk = Desk(shelf(folder), out, workers=workers)
    listening = _listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"
    if not quiet:
        click.echo(f"{address}  Ctrl-C ends", err=True)
    config = uvicorn.Config(app(desk), log_level="warning", server_header=False, timeout_graceful_shutdown=2)
    with contextlib.suppress(KeyboardInterrupt):  # the usual end of a server
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BuilderError where it cannot."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # else another server may bind the same port, and both seem to have it
    except OSError as error:
        raise BuilderError(
            f"cannot listen on {host} port {port}: {error.strerror}; give another with --host or --port"
        ) from None
    return listening
