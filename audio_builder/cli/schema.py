"""`audio-builder schema`."""

from __future__ import annotations

import click

from ..script.parse.front_rules import front_matter_schema
from . import shared


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of front matter, for completion in editors."""
    shared.print_json(front_matter_schema())
