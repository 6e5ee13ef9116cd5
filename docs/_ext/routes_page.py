"""The routes of the HTTP API, from its description in OpenAPI."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent.parent / "openapi.yaml"


@cache
def description() -> dict[str, Any]:
    """Return the description of the API."""
    return yaml.safe_load(FILE.read_text("utf-8"))


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the description, or the one that it refers to."""
    while "$ref" in part:
        found: Any = description()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name.replace("~1", "/")]
        part = found
    return part


def generate(_before: str, _more: str) -> str:
    """Return a section for each operation."""
    return "\n\n".join(
        _section(method, path, operation)
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
    )


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    pieces = [f"### `{method.upper()} {path}`", operation["summary"] + "."]
    if "description" in operation:
        pieces.append(operation["description"].strip())
    parameters = [resolved(each) for each in operation.get("parameters", ())]
    if parameters:
        pieces.append(
            "\n".join(f"`{one['name']}` ({one['in']})\n: {one['description']}\n" for one in parameters)
        )
    if body := operation.get("requestBody"):
        pieces.append(f"The body: {body['description']}")
    answers = (f"| {status} | {_answer(resolved(each))} |" for status, each in operation["responses"].items())
    pieces.append("\n".join(["| status | what you get |", "|---|---|", *answers]))
    return "\n\n".join(pieces)


def _answer(response: dict[str, Any]) -> str:
    kinds = " or ".join(f"`{kind}`" for kind in response.get("content", ()))
    return f"{response['description'].strip()} {f'({kinds})' if kinds else ''}".strip()
