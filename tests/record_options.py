"""Write the options that an address may have into `docs/openapi.yaml`. Run this after you add or change one."""

import sys

import yaml
from common import ROOT

from audio_builder.options import OPTIONS

FILE = ROOT / "docs" / "openapi.yaml"
MARK = "    # tests/record_options.py writes the options from here on\n"


def with_options(text: str) -> str:
    """Return the description of the API with the present options, as text, because addresses hold text."""
    properties = {
        option.key: {
            "type": "string",
            **({"enum": list(option.kind.choices)} if option.kind.choices else {}),
            "description": option.summary,
        }
        for option in OPTIONS
        if option.url
    }
    schema = {"Options": {"type": "object", "properties": properties}}
    written = yaml.safe_dump(schema, sort_keys=False, width=110, allow_unicode=True)
    head = text.partition(MARK)[0] + MARK
    return head + "".join(f"    {line}\n" for line in written.splitlines())


if __name__ == "__main__":
    sys.exit(FILE.write_text(with_options(FILE.read_text("utf-8")), "utf-8") and 0)
