"""Pictures: the cover of a session, its timeline, and the waveform of a finished file."""

from .cover import COVER, cover
from .timeline import timeline_svg
from .waveform import waveform_svg

__all__ = ["COVER", "cover", "timeline_svg", "waveform_svg"]
