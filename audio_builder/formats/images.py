"""The pictures of chapters as an M4B has them: JPEG files of one size, one for each chapter."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from ..pictures.cover import jpeg
from ..planning.timeline import Timeline
from ..session.tag import Labels
from ..units import Ms
from .mp4 import ChapterImage


def chapter_images(timeline: Timeline, labels: Labels) -> tuple[int, list[ChapterImage]]:
    """Return the pixels on each side, and the pictures that are shown one after the other, for the whole session.

    Chapters without a picture show the cover. If none has a picture there are no images, and the size is 0.
    """
    first = next((picture for picture in labels.pictures if picture), None)
    if first is None:
        return 0, []
    with Image.open(io.BytesIO(first[1])) as opened:
        side = opened.width

    @cache
    def image(content: bytes) -> bytes:
        with Image.open(io.BytesIO(content)) as opened:
            square = opened.convert("RGB")
        return jpeg(square if square.size == (side, side) else square.resize((side, side)))

    shown = [
        ChapterImage(chapter.length, image(picture[1] if picture else labels.cover))
        for chapter, picture in zip(timeline.chapters, labels.pictures, strict=True)
    ]
    before = timeline.chapters[0].start
    return side, [ChapterImage(Ms(before), image(labels.cover)), *shown] if before else shown
