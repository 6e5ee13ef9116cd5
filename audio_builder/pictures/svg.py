"""What the drawn pictures share: one width, one set of colours for light and dark, one axis of time."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ..planning.timeline import BellStroke, BreathTone, Cue, PlayedRecording, Timeline, Utterance
from ..units import clock

WIDTH, LABELS, EDGE = 1100, 330, 24
"""Pixels: the whole, what names take on the left, and the margins."""

KINDS = {"speech": "speech", "recording": "recording", "tone": "breath tones", "bell": "bell"}
"""What sounds, by its class in the pictures, and what the legend calls it."""

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


def document(title: str, about: str, height: int, parts: Iterable[str]) -> str:
    """A picture under its title, `about` at the right of it."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t">',
        f'<title id="t">{safe(title)}, {about}</title><style>{_CSS}</style>',
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text class="title" x="{EDGE}" y="42">{safe(short(title, 70))}</text>',
        f'<text x="{WIDTH - EDGE}" y="42" text-anchor="end">{about}</text>',
    )
    return "\n".join((*head, *parts, "</svg>")) + "\n"


def legend(timeline: Timeline) -> Iterable[str]:
    """What the colours mean, of those that occur."""
    there = {kind(cue) for cue in timeline.cues}
    for n, name in enumerate(name for name in KINDS if name in there):
        x = EDGE + n * 140
        yield f'<rect class="{name}" x="{x}" y="62" width="12" height="12"/>'
        yield f'<text class="small" x="{x + 19}" y="73">{KINDS[name]}</text>'


def axis(length: int, left: float, scale: float, top: int, foot: int) -> Iterable[str]:
    """Lines at round times from `top` to a little above `foot`, where the times are written."""
    for ms in range(0, length + 1, _tick(length)):
        x = left + ms * scale
        yield f'<path class="grid" d="M{x:.1f} {top}V{foot - 16}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{foot}" text-anchor="middle">{clock(ms)}</text>'


def kind(cue: Cue) -> str:
    """The class of a cue, "" where it is silent."""
    match cue.what:
        case Utterance():
            return "speech"
        case PlayedRecording():
            return "recording"
        case BreathTone():
            return "tone"
        case BellStroke(audible=audible):
            return "bell" if audible else ""


def mark(cue: Cue, left: float, top: float, scale: float, height: int) -> str:
    """A cue's rectangle: a little short of its time, so that neighbours stay apart, but never too thin to see."""
    x = left + cue.start * scale
    return f"M{x:.2f} {top}h{max(cue.length * scale * 0.97, 0.5):.2f}v{height}H{x:.2f}z"


def marks(cues: Iterable[Cue], left: float, top: float, scale: float, height: int) -> Iterable[str]:
    """The cues as rectangles, a path for each kind."""
    shown = list(cues)
    for name in KINDS:
        drawn = [mark(cue, left, top, scale, height) for cue in shown if kind(cue) == name]
        if drawn:
            yield f'<path class="{name}" d="{"".join(drawn)}"/>'


def short(text: str, room: int) -> str:
    """The text, cut where it is longer than `room` letters."""
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def safe(text: str) -> str:
    """Escaped, and without the characters that XML cannot hold."""
    return escape("".join(c if c.isprintable() else " " for c in text))


def _tick(length: int) -> int:
    """Milliseconds between the times on the axis: a round number that gives at most ten."""
    return next(
        m for m in (60_000 * n for n in (1, 2, 5, 10, 15, 30, 60)) if length / m <= 10 or m == 3_600_000
    )
