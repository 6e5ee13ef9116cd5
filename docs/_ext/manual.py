"""Fills the places in the pages that the manual generates. On a forge these places are comments, and so invisible.

`<!-- manual: NAME -->` is replaced by what the generator of that name writes, in Markdown. Text after the name is for
the generator.
"""

import re
from pathlib import Path

import commands_page
import decisions_list
import python_page
import reading_order
import rooms
import routes_page
import timelines
from pygments.lexers.special import TextLexer

DOCS = Path(__file__).parent.parent
PLACE = re.compile(r"^<!-- manual: (\w+) ?(.*?) ?-->$", re.MULTILINE)
GENERATORS = {
    "timeline": timelines.generate,
    "commands": commands_page.generate,
    "decisions": decisions_list.generate,
    "options": python_page.options,
    "api": python_page.generate,
    "rooms": rooms.generate,
    "routes": routes_page.generate,
    "sample": lambda *_: raw_html('<audio controls preload="none" src="../sample.mp3"></audio>'),
}
"""What fills a place, by name: a function of the text before it and of what is written after the name."""


def raw_html(html: str) -> str:
    """Return Markdown that puts HTML into a page as it is."""
    return f"``````{{raw}} html\n{html}\n``````"


def filled(text: str) -> str:
    """Return a page with every place filled. Raises KeyError for an unknown name."""
    return PLACE.sub(lambda place: GENERATORS[place[1]](text[: place.start()], place[2]), text)


def _read(app, docname, source):
    source[0] = filled(source[0])
    if docname == app.config.root_doc:
        source[0] += reading_order.toctrees(source[0], DOCS)


FOR_KEYBOARDS = (
    ("furo_navigation_tree", 'role="heading"', 'role="heading" aria-level="2"'),
    ("body", "<pre>", '<pre tabindex="0">'),
    ("body", '<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
)
"""What Sphinx and Furo leave out (WCAG 2.1, 2.1.1 and 4.1.2): where, what they write, and what is written instead.

Without a mouse, only what has the focus can be scrolled sideways.
"""


def _complete_page(_app, _page, _template, context, _doctree):
    for part, written, better in FOR_KEYBOARDS:
        if part in context:
            context[part] = context[part].replace(written, better)


def setup(app):
    """Let Sphinx fill each page when it reads it."""
    app.connect("source-read", _read)
    app.connect("html-page-context", _complete_page, priority=900)  # after the theme
    app.add_lexer("crontab", TextLexer)  # Pygments has none
    return {"parallel_read_safe": True, "parallel_write_safe": True}
