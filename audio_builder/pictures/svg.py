"""The parts that the timeline and the waveform share: width, colours for light and dark, cues and the axis of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from ..languages.catalogue import catalogue, translatable
from ..planning.timeline import BellStroke, BreathTone, Cue, PlayedRecording, Timeline, Utterance
from ..text import xml_text
from ..units import clock

WIDTH, LABELS, EDGE = 1100, 330, 24
"""In pixels: the whole picture, the column for names on the left, and the margins."""

CUE_CLASSES = {
    "speech": translatable("speech"),
    "recording": translatable("recording"),
    "tone": translatable("breath tones"),
    "bell": translatable("bell"),
}
"""The CSS class of each kind of cue, and its name in the legend."""

_CSS = """
text{font:15px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#22302f}
.paper{fill:#fbfaf7}.bar{fill:#e4e7e1}.grid{stroke:#22302f;stroke-opacity:.14}
.speech{fill:#1f6f78}.tone{fill:#d9923b}.bell{fill:#8a4f9e}.recording{fill:#3f7d3a}
.wave{fill:#8b9a96}.line{fill:none;stroke:#22302f;stroke-width:1.5;stroke-linejoin:round}
.level{stroke:#1f6f78;stroke-dasharray:5 4}
.title{font-size:22px}.small{font-size:12.5px;fill-opacity:.72}
@media (prefers-color-scheme:dark){text{fill:#e8ebe6}.paper{fill:#15201f}.bar{fill:#2a3837}.grid{stroke:#e8ebe6}
.speech{fill:#5cc3cc}.tone{fill:#eab066}.bell{fill:#c795d8}.recording{fill:#8ac784}
.wave{fill:#6f827d}.line{stroke:#e8ebe6}.level{stroke:#5cc3cc}}
"""

_MINUTE = 60_000
_MOST_TICKS = 10
_CUE_SHARE = 0.97  # of a cue's width is drawn, so that neighbours stay apart
_NARROWEST_CUE = 0.5  # pixels


def svg_document(title: str, about: str, height: int, body: Iterable[str]) -> str:
    """Return a whole SVG with the title at its top left and `about` at its top right."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t">',
        f'<title id="t">{xml_text(title)}, {about}</title><style>{_CSS}</style>',
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text class="title" x="{EDGE}" y="42">{xml_text(shorten(title, 70))}</text>',
        f'<text x="{WIDTH - EDGE}" y="42" text-anchor="end">{about}</text>',
    )
    return "\n".join((*head, *body, "</svg>")) + "\n"


def legend(timeline: Timeline) -> Iterator[str]:
    """Yield the legend for the kinds of cues that occur."""
    present = {_cue_class(cue) for cue in timeline.cues}
    words = catalogue(timeline.language)
    for n, name in enumerate(name for name in CUE_CLASSES if name in present):
        x = EDGE + n * 140
        yield f'<rect class="{name}" x="{x}" y="62" width="12" height="12"/>'
        yield f'<text class="small" x="{x + 19}" y="73">{xml_text(words.gettext(CUE_CLASSES[name]))}</text>'


def axis(length: int, left: float, scale: float, top: int, foot: int) -> Iterator[str]:
    """Yield vertical lines at round times, with the times written at `foot`. `scale` is in pixels per millisecond."""
    for ms in range(0, length + 1, _tick(length)):
        x = left + ms * scale
        yield f'<path class="grid" d="M{x:.1f} {top}V{foot - 16}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{foot}" text-anchor="middle">{clock(ms)}</text>'


def cue_paths(cues: Iterable[Cue], left: float, top: float, scale: float, height: int) -> Iterator[str]:
    """Yield one path for each kind of cue, with a rectangle for each cue. `scale` is in pixels per millisecond."""
    by_class: dict[str, list[Cue]] = {name: [] for name in CUE_CLASSES}
    for cue in cues:
        if name := _cue_class(cue):
            by_class[name].append(cue)
    for name, members in by_class.items():
        if members:
            shapes = "".join(_rectangle(cue, left, top, scale, height) for cue in members)
            yield f'<path class="{name}" d="{shapes}"/>'


def shorten(text: str, limit: int) -> str:
    """Return the text with at most `limit` characters, the last of them an ellipsis if it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _cue_class(cue: Cue) -> str:
    """Return the CSS class of a cue, or "" if it makes no sound."""
    match cue.content:
        case Utterance():
            return "speech"
        case PlayedRecording():
            return "recording"
        case BreathTone():
            return "tone"
        case BellStroke(audible=audible):
            return "bell" if audible else ""
        case _:
            assert_never(cue.content)


def _rectangle(cue: Cue, left: float, top: float, scale: float, height: int) -> str:
    x = left + cue.start * scale
    width = max(cue.length * scale * _CUE_SHARE, _NARROWEST_CUE)
    return f"M{x:.2f} {top}h{width:.2f}v{height}H{x:.2f}z"


def _tick(length: int) -> int:
    """Return the milliseconds between two times on the axis: the shortest round time that gives at most ten."""
    hour = 60 * _MINUTE
    round_times = (_MINUTE * n for n in (1, 2, 5, 10, 15, 30))
    return next((time for time in round_times if length / time <= _MOST_TICKS), hour)
