"""A cover as an icon, for browsers and home screens."""

from __future__ import annotations

import io

from PIL import Image

TOUCH_ICON_SIZE = 180
"""Pixels on each side of the icon that a phone puts on its home screen (Apple, `apple-touch-icon`)."""
_COLOURS = 64


def icon(cover: bytes, size: int = TOUCH_ICON_SIZE) -> bytes:
    """Return a cover as a small square PNG of `size` pixels on each side."""
    image = Image.open(io.BytesIO(cover))
    image.draft("RGB", (2 * size, 2 * size))  # a large JPEG is decoded at a fraction of its size
    small = image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.quantize(_COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def picture_width(content: bytes) -> int:
    """Return the width of a picture in pixels."""
    return Image.open(io.BytesIO(content)).width
