"""The options of `serve` for servers behind a proxy, and for their operators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from ..errors import AudioBuilderError
from ..web.hosting import Hosting, read_proxy, read_root_path
from ..web.metrics import require_metrics


class TextReader(click.ParamType[str]):
    """A text that a function reads. What is wrong with it is a usage error."""

    def __init__(self, name: str, read: Callable[[str], str]) -> None:
        self.name, self._read = name, read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return self._read(str(value))
        except AudioBuilderError as error:
            self.fail(str(error), param, ctx)


_OPTIONS = (
    click.option(
        "--root-path",
        type=TextReader("path", read_root_path),
        default="",
        metavar="PATH",
        help="Serve everything below this path, e.g. /relax for https://home.example/relax/ behind a proxy.",
    ),
    click.option(
        "--trusted-proxy",
        "proxies",
        type=TextReader("address", read_proxy),
        multiple=True,
        metavar="ADDRESS",
        help="Believe the X-Forwarded headers of the proxy with this IP address or network; may be repeated.",
    ),
    click.option(
        "--access-log",
        type=click.Choice(["combined", "json"]),
        is_flag=False,
        flag_value="combined",
        help="Print a line for each request, as Apache does or as JSON. Tokens are left out.",
    ),
    click.option("--metrics", is_flag=True, help="Offer metrics for Prometheus at /metrics, with the token."),
)


def hosting_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, and what they say as `hosting`."""

    @wraps(command)
    def with_hosting(
        root_path: str, proxies: tuple[str, ...], access_log: Any, metrics: bool, **others: Any
    ) -> None:
        if metrics:
            require_metrics()
        command(hosting=Hosting(root_path, proxies, access_log or "", metrics), **others)

    for option in reversed(_OPTIONS):
        with_hosting = option(with_hosting)
    return with_hosting
