"""`audio-builder serve`."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe

import click
import segno

from ..errors import AudioBuilderError
from ..web.access import AccessPolicy, access_policy, stored_token
from ..web.app import app
from ..web.hosting import Hosting, read_host_name
from ..web.processes import ServerSettings, serve_in_processes
from ..web.server import print_speech, run_server
from . import shared
from .hosting_options import TextReader, hosting_options


@click.command("serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; 0.0.0.0 lets phones on your home network listen too, with a token.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 picks a free one."
)
@click.option(
    "--hostname",
    "names",
    type=TextReader("name", read_host_name),
    multiple=True,
    metavar="NAME",
    help="Another name by which this server is reached, e.g. behind a proxy; may be repeated.",
)
@click.option(
    "--public",
    is_flag=True,
    help="Let anyone listen: the feed, sessions and drawings need no token; the pages still do.",
)
@click.option(
    "--store",
    metavar="URL",
    help="Share the cache with other servers: a folder or a bucket, e.g. s3://bucket/prefix.",
)
@click.option(
    "--new-token", is_flag=True, help="Create a new token; addresses with the old one stop working."
)
@shared.OUT
@shared.SCRIPTS
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="Number of processes; together they use all cores.",
)
@hosting_options
@shared.QUIET_FLAG
def serve_command(
    host: str,
    port: int,
    names: tuple[str, ...],
    public: bool,
    store: str | None,
    new_token: bool,
    out: Path,
    folder: Path | None,
    workers: int,
    hosting: Hosting,
    quiet: bool,
) -> None:
    """Serve a page for listening to sessions and making them, the feed, and any session at any length, built or not.

    \b
    http://127.0.0.1:8765/
    http://127.0.0.1:8765/media/psoas-release.mp3?length=37m
    http://127.0.0.1:8765/feed.xml?length=25m

    When it starts, the server speaks all scripts, beginning with the one that someone asks for. Once a script is
    spoken, it plays at once. Stop the server with Ctrl-C.

    If other computers can reach it, everything needs the token in the address that is printed: open that address, or
    scan its code with a phone. Anyone who has it may listen, write your scripts and build.
    """
    cores = os.cpu_count() or 1
    policy = _with_token(access_policy("", host, names, public, hosting.is_behind_proxy), new_token)
    settings = ServerSettings(folder, out, policy, store, hosting, prints_speech=not quiet)
    workspace = settings.workspace(cores)
    listener = _listen(host, port)
    _announce(f"http://{_reachable_host(host)}:{listener.getsockname()[1]}", names, hosting, policy, quiet)
    if workers == 1:
        run_server(app(workspace, policy, hosting=hosting), listener)
    else:
        serve_in_processes(settings, listener, workers, cores)


def _with_token(policy: AccessPolicy, is_new: bool) -> AccessPolicy:
    """Return the policy with its token. A server for this computer alone never asks for it, so it is not stored."""
    return replace(policy, token=stored_token(is_new) if policy.open or is_new else token_urlsafe())


def _announce(
    address: str, names: Iterable[str], hosting: Hosting, policy: AccessPolicy, quiet: bool
) -> None:
    """Print the address, and those that a proxy probably gives the page. Unless `quiet`, print what is spoken too."""
    page = f"{hosting.root_path}/" + (f"?token={policy.token}" if policy.open else "")
    outside = [f"https://{name}{page}" for name in names if hosting.is_behind_proxy]
    click.echo(f"{address}{page}  Ctrl-C stops", err=True)
    for one in outside:
        click.echo(f"{one}  through your proxy", err=True)
    if policy.open and sys.stderr.isatty():
        segno.make([*outside, f"{address}{page}"][0], error="l", micro=False).terminal(
            sys.stderr, compact=True
        )
    if not quiet:
        print_speech()


def _reachable_host(host: str) -> str:
    """Return the host as other computers write it: for all addresses, the one that this computer has in its network."""
    if host in ("0.0.0.0", "::"):
        family, far = (socket.AF_INET, "192.0.2.1") if host == "0.0.0.0" else (socket.AF_INET6, "2001:db8::1")
        with socket.socket(family, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.connect((far, 9))  # sends nothing: the system only chooses a route (RFC 5737)
            host = str(probe.getsockname()[0])
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises AudioBuilderError if it cannot."""
    listener = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()  # otherwise another server could bind the same port, and both would seem to have it
    except (OSError, UnicodeError) as error:
        if listener is not None:
            listener.close()
        reason = error.strerror if isinstance(error, OSError) else "not a valid host name"
        hint = "Choose another with --host or --port."
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            another = port + 1 if port < 65535 else 0
            hint = f"Perhaps the server is already running. Stop it, or use another port: --port {another}"
        raise AudioBuilderError(f"Cannot listen on {host} port {port}: {reason}. {hint}") from None
    return listener
