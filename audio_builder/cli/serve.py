"""`audio-builder serve`."""

from __future__ import annotations

import contextlib
import socket
import sys
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe

import click
import segno
import uvicorn

from ..errors import AudioBuilderError
from ..request import Workspace
from ..script.search import script_finder
from ..web.access import access_policy, stored_token
from ..web.app import app
from . import shared


@click.command("serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; 0.0.0.0 lets phones in your home network listen too, with a token.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one."
)
@click.option(
    "--hostname",
    "names",
    multiple=True,
    metavar="NAME",
    help="A name that this server is reached by too, as behind a proxy; may be repeated.",
)
@click.option("--new-token", is_flag=True, help="Take a new token: addresses with the old one end.")
@shared.OUT
@shared.SCRIPTS
@shared.WORKERS
@shared.QUIET_FLAG
def serve_command(
    host: str,
    port: int,
    names: tuple[str, ...],
    new_token: bool,
    out: Path,
    folder: Path | None,
    workers: int,
    quiet: bool,
) -> None:
    """Serve a page to listen and to make sessions, the feed, and any session at any length at once.

    \b
    http://127.0.0.1:8765/
    http://127.0.0.1:8765/media/psoas-release.mp3?length=37m
    http://127.0.0.1:8765/feed.xml?length=25m

    From its start it speaks the scripts, what is asked for first. Stop it with Ctrl-C.

    On any other host than this computer's own, everything needs the token in the address that is printed: open it, or
    scan its code with a phone. Who has that address may listen, write your scripts and build.
    """
    workspace = Workspace(script_finder(folder), out, workers=workers)
    entrance = access_policy("", host, names)
    # on this computer alone nobody is asked for it: then it needs no keeping
    entrance = replace(
        entrance, token=stored_token(new_token) if entrance.open or new_token else token_urlsafe()
    )
    listening = _listen(host, port)
    address = f"http://{_reached(host)}:{listening.getsockname()[1]}/"
    if entrance.open:
        address += f"?token={entrance.token}"
    if not quiet:
        click.echo(f"{address}  Ctrl-C ends", err=True)
        if entrance.open and sys.stderr.isatty():
            segno.make(address, error="l", micro=False).terminal(sys.stderr, compact=True)
    config = uvicorn.Config(
        app(workspace, entrance), log_level="warning", server_header=False, timeout_graceful_shutdown=2
    )
    with contextlib.suppress(KeyboardInterrupt):  # the usual end of a server
        uvicorn.Server(config).run(sockets=[listening])


def _reached(host: str) -> str:
    """The host as others write it: for all addresses, the one that this computer has in its network."""
    if host in ("0.0.0.0", "::"):
        family, far = (socket.AF_INET, "192.0.2.1") if host == "0.0.0.0" else (socket.AF_INET6, "2001:db8::1")
        with socket.socket(family, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.connect((far, 9))  # nothing is sent: the system only chooses the way it would go (RFC 5737)
            host = str(probe.getsockname()[0])
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BuilderError where it cannot."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # else another server may bind the same port, and both seem to have it
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "that is no name of a host"
        raise AudioBuilderError(
            f"cannot listen on {host} port {port}: {why}; give another with --host or --port"
        ) from None
    return listening
