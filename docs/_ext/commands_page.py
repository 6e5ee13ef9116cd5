"""Every command with its arguments, its options and its help, from click."""

import inspect
import re
from collections.abc import Iterator

import click

from audio_builder.cli.main import group

_NAME = "audio-builder"


def generate(_before: str, _more: str) -> str:
    """Return a section for each command, in the order of the program's own help."""
    return "\n\n".join(section for name in group.list_commands(None) for section in _sections(name))


def _sections(name: str) -> Iterator[str]:
    command = group.get_command(None, name)
    context = click.Context(command, info_name=name, parent=click.Context(group, info_name=_NAME))
    yield _section(command, context, "###")
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            yield _section(inner, click.Context(inner, info_name=each, parent=context), "####")


def _section(command: click.Command, context: click.Context, level: str) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    shown = (each for each in command.get_params(context) if isinstance(each, click.Option))
    options = [record for each in shown if (record := each.get_help_record(context))]
    return "\n\n".join(
        (
            f"{level} `{context.command_path}`",
            f"```text\n{usage}\n```",
            *_paragraphs(command.help or ""),
            "\n\n".join(f"`{written}`\n: {plain(about)}" for written, about in options),
        )
    )


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text. Those that begin with the sign of click keep their lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```text\n" + inspect.cleandoc(paragraph.removeprefix("\b")) + "\n```"
        else:
            yield plain(paragraph)


def plain(text: str) -> str:
    """Return text in which no sign has a meaning in Markdown, except that code stays code."""
    pieces = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(
        piece if piece.startswith("`") else re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", piece)
        for piece in pieces
    )
