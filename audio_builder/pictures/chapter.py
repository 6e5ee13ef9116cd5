"""Draw the figure of a chapter as a square picture, for podcast apps: they show no SVG."""

from __future__ import annotations

import hashlib
import io
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import PIL
from PIL import Image, ImageColor, ImageOps

from ..cache import Cache
from ..errors import BadPicture
from ..figures.draw import LARGEST_FIGURE, LIGHT
from ..figures.library import Figure
from ..files import read_file
from .cover import jpeg
from .figure import paste

FILE_SIZE = 1000
"""Pixels on each side of a picture that is stored as a file."""
TAG_SIZES = (600, 400, 240)
"""Pixels on each side of the pictures inside an MP3, from the size that is wanted to the smallest that helps."""
TAG_BUDGET = 250_000
"""Bytes that all the chapter pictures of an MP3 may take together, as a cover does: about 15 s of sound."""

CHAPTER_PICTURE_VERSION = "2"
"""Increase this whenever the same figure gives a different picture. Part of cache keys."""
_PAPER = "#f6f1e7"
_MARGIN = 0.06  # a share of the side
_EDGE_COLOURS = 32
_ROUGHLY = 12.0  # between two colours with values up to 255
_PHOTOS = (".png", ".jpg", ".jpeg")
_MOST_PIXELS = 50_000_000


class ChapterPicture(NamedTuple):
    """The MIME type and the content of a picture file."""

    mime_type: str
    content: bytes

    @property
    def file_name(self) -> str:
        """The name of its file in the library. Equal names mean equal pictures, so that sessions can share it."""
        digest = hashlib.sha256(self.content).hexdigest()[:12]
        return f"figure.{digest}.{'png' if self.mime_type == 'image/png' else 'jpg'}"


def chapter_picture(figure: Figure, cache: Cache, size: int = FILE_SIZE) -> ChapterPicture | None:
    """Return a figure as a square picture of `size` pixels, or None for an author's SVG, which Pillow cannot read.

    The program's own figures become PNG files on paper colour, and an author's photo a JPEG. Raises BadPicture for a
    file that cannot be read.
    """
    if figure.file:
        return _photo(Path(figure.file), size)
    facts = f"chapter picture {CHAPTER_PICTURE_VERSION} {PIL.__version__} {size} {figure}"
    key = hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()
    entry = cache.get(key, ".png", ephemeral=True)
    content = entry.content if entry else _drawing(figure, size)
    if entry is None:
        cache.put(key, ".png", content, ephemeral=True)
    return ChapterPicture("image/png", content)


def tag_pictures(figures: Sequence[Figure | None], cache: Cache) -> list[ChapterPicture | None]:
    """Return a picture for each chapter, given its figure, as large as `TAG_BUDGET` lets all of them be.

    None has one if the smallest are too large together. Raises BadPicture for a file that cannot be read.
    """
    for size in TAG_SIZES:
        drawn = {figure: chapter_picture(figure, cache, size) for figure in {*figures} if figure}
        pictures = [drawn[figure] if figure else None for figure in figures]
        if sum(len(picture.content) for picture in pictures if picture) <= TAG_BUDGET:
            return pictures
    return [None] * len(figures)


def _drawing(figure: Figure, size: int) -> bytes:
    image = Image.new("RGB", (size, size), _PAPER)
    margin = round(size * _MARGIN)
    paste(figure, image, (margin, margin, size - margin, size - margin), centred=True)
    file = io.BytesIO()
    image.quantize(palette=_palette(image), dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _palette(image: Image.Image) -> Image.Image:
    """Return an image with the colours of a drawing: those of its areas, and others at their edges."""
    sample = image.reduce(4).quantize(_EDGE_COLOURS)  # of the whole image it would take ten times as long
    values = sample.getpalette() or []
    found = [values[n : n + 3] for n in range(0, len(values), 3)]
    areas = [ImageColor.getrgb(colour) for colour in (_PAPER, *LIGHT.values())]
    # a colour much like that of an area would replace it: Pillow compares only roughly
    edges = [one for one in found if all(math.dist(one, area) > _ROUGHLY for area in areas)]
    sample.putpalette([*itertools.chain(*areas, *edges)])
    return sample


def _photo(path: Path, size: int) -> ChapterPicture | None:
    if path.suffix.lower() not in _PHOTOS:
        return None
    try:
        opened = Image.open(io.BytesIO(read_file(path, LARGEST_FIGURE)))
        if opened.width * opened.height > _MOST_PIXELS:  # before they take memory
            raise BadPicture(f"{path}: it has {opened.width} x {opened.height} pixels; make it smaller")
        photo = ImageOps.exif_transpose(opened).convert("RGBA")
    except OSError as error:
        reason = error.strerror or "not a picture that can be read; save it as JPEG or PNG"
        raise BadPicture(f"{path}: {reason}") from None
    except (SyntaxError, ValueError, Image.DecompressionBombError):
        raise BadPicture(f"{path}: not a picture that can be read; save it as JPEG or PNG") from None
    image = Image.new("RGB", (size, size), _PAPER)
    fitted = ImageOps.contain(photo, (size, size), Image.Resampling.LANCZOS)
    image.paste(fitted, ((size - fitted.width) // 2, (size - fitted.height) // 2), fitted)
    return ChapterPicture("image/jpeg", jpeg(image))
