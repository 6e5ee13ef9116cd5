"""Draws the timeline of an example: of the script in the block of code above the place, in the voice `tone`.

What is written after the name are options of `build`, such as `length=12m ending=sleep`.
"""

import html
import re
import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path

from example_files import EXAMPLE, complete, write_files

from audio_builder.build import preview
from audio_builder.cache import Cache
from audio_builder.options import BuildOptions
from audio_builder.pictures.timeline import timeline_svg
from audio_builder.request import Workspace, resolve
from audio_builder.script.search import ScriptFinder, shipped_folder

_BLOCK = re.compile(r"^```(?:markdown|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_numbers = count(1)


def generate(before: str, more: str) -> str:
    """Return a page's part with the timeline of the last example in `before`. Raises AudioBuilderError."""
    written = _BLOCK.findall(before)[-1]
    options = dict(option.split("=", 1) for option in more.split())
    short = {} if complete(written) == written else {"length": "5m"}  # what happens is easier to see
    svg = drawn(written, BuildOptions.parse(**{"voice": "tone", **short, **options}))
    name = html.escape(re.search(r"<title[^>]*>(.*?)</title>", svg)[1])
    caption = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in options.items())
    figure = f'<div class="picture" tabindex="0" role="group" aria-label="Timeline: {name}">{svg}</div>'
    return f"``````{{raw}} html\n<figure>{figure}<figcaption>{html.escape(caption)}</figcaption></figure>\n``````"


def drawn(written: str, options: BuildOptions) -> str:
    """Return the picture of an example for a page: without its own colours, which follow those of the page."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        path = Path(folder) / f"{EXAMPLE}.md"
        path.write_text(complete(written), "utf-8")
        workspace = Workspace(
            ScriptFinder((Path(folder), shipped_folder())), cache=Cache(Path(folder) / "cache")
        )
        timeline = preview(resolve(str(path), options, workspace.finder), workspace)
    # the voice `tone` has not spoken, and its lengths are close enough to look at
    svg = timeline_svg(replace(timeline, estimated=False))
    svg = re.sub(r"<style>.*?</style>", "", svg, flags=re.DOTALL)
    name = f"timeline-{next(_numbers)}"
    svg = svg.replace('id="t"', f'id="{name}"').replace(
        'aria-labelledby="t"', f'class="timeline" aria-labelledby="{name}"'
    )
    return svg.strip()
