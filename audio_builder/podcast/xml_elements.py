"""The XML elements of feeds and lists of feeds, whose text may be anything."""

from __future__ import annotations

import re

from lxml import etree

# XML 1.0, section 2.2: characters that a document cannot hold, not even escaped
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add_element(
    parent: etree._Element, name: str, text: str | None = None, /, **attributes: str
) -> etree._Element:
    """Add an element to its parent and return it.

    Its text is cleaned; attributes that hold free text must be cleaned by the caller.
    """
    element = etree.SubElement(parent, name, attributes)
    if text is not None:
        element.text = allowed_text(text)
    return element


def allowed_text(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    # printable text has no such characters, and the check is much faster than the expression
    return text if text.replace("\n", "").isprintable() else _FORBIDDEN.sub("", text)


def xml_boolean(value: bool) -> str:
    """Return `true` or `false`."""
    return "true" if value else "false"
