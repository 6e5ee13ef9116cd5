"""Record what the program renders, so that no output changes without its version constant.

Cache keys and fingerprints contain versions such as MIX_VERSION instead of a hash of the source code. Whoever changes
output must increase the version. tests/cases/rendering.json therefore holds a compact summary of the output for each
version, and tests/integration/test_rendering.py compares it with what the code renders now.

After increasing a version, run:

    python tests/record_rendering.py

It refuses to record output that changed under an unchanged version.
"""

from __future__ import annotations

import io
import json
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from sounds import session, voice, write_wav

from audio_builder import ffmpeg
from audio_builder.audio import beds, chimes, recordings, synthesis_cache
from audio_builder.audio.clip import open_clip
from audio_builder.audio.mix import mix as mixing
from audio_builder.audio.mix import steady
from audio_builder.audio.mix.style import Style
from audio_builder.audio.pcm import as_array
from audio_builder.cache import Cache
from audio_builder.figures import library as figures
from audio_builder.mp3 import encode as encoding
from audio_builder.mp3.lame import lame_library
from audio_builder.pictures import chapter as chapters
from audio_builder.pictures import cover as covers
from audio_builder.script.model import Recording
from audio_builder.session import segments as segmenting
from audio_builder.session.repeating import AmbienceSide
from audio_builder.session.session import Session
from audio_builder.speech import shape as shaping
from audio_builder.speech.voice import Speech
from audio_builder.units import FRAME_MS, FRAME_SAMPLES, RATE, Ms

RECORDED = Path(__file__).parent / "cases" / "rendering.json"

Summary = dict[str, Any]

_SLICES = 24
_BANDS = [31.25 * 2**n for n in range(11)]  # Hz: the borders of octaves
_SILENCE = -80.0  # dBFS: below this, rounding to 16 bit is audible in a level
_LENGTH = 180_000  # ms of the timeline: every kind of cue, and a rest with words in it
_FRAMES = 120
_ENCODING_TOLERANCE = 0.05 if lame_library() else 0.5  # dB: ffmpeg's encoder spends its bits differently


def _decibels(power: float) -> float:
    return max(_SILENCE, round(10 * math.log10(max(power, 1e-20) / 32768**2), 2))


def sound_summary(sound: np.ndarray, slices: int = _SLICES) -> Summary:
    """Return the length of 16-bit samples, and each channel's level in dBFS over time and by octave."""
    channels = sound.reshape(len(sound), -1).T.astype(np.float64)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    summary: Summary = {"samples": len(sound)}
    for name, channel in zip(("left", "right"), channels, strict=False):
        parts = np.array_split(channel, slices)
        summary[f"{name} over time"] = [_decibels(float((part**2).mean())) for part in parts]
        power = np.abs(np.fft.rfft(channel)) ** 2 * 2 / len(channel) ** 2
        bands = np.histogram(hertz, _BANDS, weights=power)[0]
        summary[f"{name} by octave"] = [_decibels(float(band)) for band in bands]
    return summary


def synthesis_summary(_folder: Path) -> Summary:
    """Summarise every bed and bell, and some breath tones."""
    sounds = {f"bed {name} {n}": loop for name in beds.BEDS for n, loop in enumerate(beds.bed_loops(name))}
    sounds |= {
        f"bell {name}": stroke for name in chimes.BELLS if (stroke := chimes.bell_stroke(name)) is not None
    }
    for phase, length in (("in", 4000), ("out", 6000), ("in", 1500)):
        sounds[f"breath {phase} {length}"] = chimes.breath_tone(phase, Ms(length))
    return {name: sound_summary(sound) for name, sound in sounds.items()}


def recording_summary(folder: Path) -> Summary:
    """Summarise what becomes of an author's recordings."""
    cache = Cache(folder / "cache")
    path = write_wav(folder / "recording.wav", voice(9000, 4, 0.1))
    clips = {
        "speech": recordings.recording_clip(Recording(str(path)), cache),
        "as is": recordings.recording_clip(Recording(str(path), as_is=True), cache),
        "bell": recordings.bell_clip(path, cache),
        "bed": recordings.bed_clip(path, cache, 1),
    }
    return {name: sound_summary(open_clip(clip, 1)) for name, clip in clips.items()}


def mix_summary(folder: Path) -> Summary:
    """Summarise a timeline with every kind of cue: over a faint bed, over waves in mono, and over silence."""
    summary = {}
    for style, ending in (
        (Style("room", "bell", gain_db=3.0), "wake"),  # loud enough for both limiters
        (Style("ocean", "bowl", stereo=False, gain_db=3.0), "sleep"),
        (Style("none", "wood"), "wake"),
    ):
        timeline, clips = session(folder, _LENGTH, ending, played=9000)
        pcm = as_array(mixing.mix(timeline, clips, style, 0, _LENGTH))
        name = f"{style.ambience} {'stereo' if style.stereo else 'mono'} {ending}"
        summary[name] = sound_summary(pcm, slices=_LENGTH // 1000)
    return summary


def encoding_summary(folder: Path) -> Summary:
    """Summarise MP3 frames of each kind: stereo, equal sides, a side encoded before, and mono."""
    timeline, clips = session(folder, _LENGTH)
    before, after = encoding.WARM_UP_FRAMES, encoding.LOOK_AHEAD_FRAMES
    start = 2000 // FRAME_MS  # speech, then a bell
    interval = (start - before) * FRAME_MS, (start + _FRAMES + after) * FRAME_MS
    bed = steady.mix_bed(Style("room"), *interval).raw_data
    side = encoding.encode_side(encoding.EncoderInput(bed, before, _FRAMES))
    summary = {}
    for name, style, side_frames in (
        ("stereo", Style("brown"), b""),
        ("equal sides", Style("none"), b""),
        ("side encoded before", Style("room"), side),
        ("mono", Style("brown", stereo=False), b""),
    ):
        pcm = mixing.mix(timeline, clips, style, *interval).raw_data
        source = encoding.EncoderInput(pcm, before, _FRAMES, side_frames)
        frames = encoding.encode(source, style.stereo)
        size = len(frames) // _FRAMES
        headers = sorted({frames[at : at + 4].hex() for at in range(0, len(frames), size)})
        summary[name] = {"bytes": len(frames), "headers": headers, **_decoded_summary(frames, style.stereo)}
    return summary


def _decoded_summary(frames: bytes, stereo: bool) -> Summary:
    raw = ffmpeg.output(["-f", "mp3", "-i", "pipe:0", "-f", "s16le", "pipe:1"], frames)
    sound = np.frombuffer(raw, "<i2").reshape(-1, 2 if stereo else 1)
    summary = sound_summary(sound[: (_FRAMES - 1) * FRAME_SAMPLES])  # decoders differ in how much they return
    return {name: levels for name, levels in summary.items() if "octave" not in name}  # and encoders in these


def segments_summary(folder: Path) -> Summary:
    """List the segments of each chunk of a timeline: over a faint bed, over waves in mono, and over silence."""
    timeline, clips = session(folder, 2 * _LENGTH)
    return {
        f"{style.ambience} {'stereo' if style.stereo else 'mono'}": [
            "; ".join(map(_segment_summary, chunk.segments))
            for chunk in Session(timeline, clips, style).chunks
        ]
        for style in (Style("room"), Style("ocean", stereo=False), Style("none"))
    }


def _segment_summary(segment: segmenting.Segment) -> str:
    frames = f"{segment.start}-{segment.stop}"
    if segment.source is None:
        return f"{frames} encoded"
    if isinstance(segment.source, AmbienceSide):
        return f"{frames} encoded, side from {segment.position}"
    return f"{frames} copied from {segment.position}, {segment.steps_down} steps down"


def cover_summary(_folder: Path) -> Summary:
    """Summarise covers of titles in several alphabets, and one with a figure."""
    titles = ("Evening rest", "A longer title that needs two lines", "Knees", "שלום")
    summary = {title: _picture_summary(covers.draw_cover(title, 320)) for title in titles}
    with_figure = covers.draw_cover("Evening rest", 320, figures.figure("leg-across"))
    return summary | {"with a figure": _picture_summary(with_figure, 24)}


def chapter_picture_summary(folder: Path) -> Summary:
    """Summarise the picture of every figure of the package."""
    cache = Cache(folder / "cache")
    pictures = {name: chapters.chapter_picture(figures.figure(name), cache, 320) for name in figures.names()}
    return {name: _picture_summary(picture.content, 24) for name, picture in pictures.items() if picture}


def _picture_summary(content: bytes, side: int = 16) -> Summary:
    """Return a picture as `side` × `side` grey pixels and its average colour."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    grey = np.asarray(image.convert("L").resize((side, side), Image.Resampling.BOX))
    colour = np.asarray(image.resize((1, 1), Image.Resampling.BOX)).reshape(-1)
    pixels = {f"row {n}": row.astype(float).tolist() for n, row in enumerate(grey)}
    return {"colour": colour.astype(float).tolist(), **pixels}


def shape_summary(_folder: Path) -> Summary:
    """Summarise what becomes of speech at the usual rate of engines, with silence around it."""
    edges = np.zeros(RATE // 4)
    sound = np.concatenate([edges, voice(3000, 6), edges])[::2].astype(np.float32)
    return {"speech": sound_summary(shaping.shape(Speech(sound, RATE // 2)))}


class Rendering(NamedTuple):
    """A version constant, the module that defines it, and a summary of the output that it describes.

    Levels in dB and pixels may differ by the tolerance, because processors, encoders and image libraries do."""

    version: str
    module: str
    summarise: Callable[[Path], Summary]
    tolerance: float


RENDERINGS = {
    "SYNTHESIS_VERSION": Rendering(
        synthesis_cache.SYNTHESIS_VERSION, "audio/synthesis_cache.py", synthesis_summary, 0.021
    ),
    "RECORDING_VERSION": Rendering(
        recordings.RECORDING_VERSION, "audio/recordings.py", recording_summary, 0.021
    ),
    "MIX_VERSION": Rendering(mixing.MIX_VERSION, "audio/mix/mix.py", mix_summary, 0.021),
    "ENCODING_VERSION": Rendering(
        encoding.ENCODING_VERSION, "mp3/encode.py", encoding_summary, _ENCODING_TOLERANCE
    ),
    "SEGMENTS_VERSION": Rendering(segmenting.SEGMENTS_VERSION, "session/segments.py", segments_summary, 0),
    "COVER_VERSION": Rendering(covers.COVER_VERSION, "pictures/cover.py", cover_summary, 4),
    "CHAPTER_PICTURE_VERSION": Rendering(
        chapters.CHAPTER_PICTURE_VERSION, "pictures/chapter.py", chapter_picture_summary, 4
    ),
    "SHAPE_VERSION": Rendering(shaping.SHAPE_VERSION, "speech/shape.py", shape_summary, 0.021),
}


def differences(recorded: Any, rendered: Any, tolerance: float, where: str = "") -> list[str]:
    """Return where two summaries differ by more than the tolerance."""
    if isinstance(recorded, dict) and isinstance(rendered, dict):
        if unmatched := sorted(recorded.keys() ^ rendered.keys()):
            return [f"{where.strip() or 'all'}: only recorded or only rendered: {', '.join(unmatched)}"]
        pairs = [(f"{where} {key}", recorded[key], rendered[key]) for key in recorded]
    elif isinstance(recorded, list) and isinstance(rendered, list) and len(recorded) == len(rendered):
        pairs = [(f"{where} [{n}]", *pair) for n, pair in enumerate(zip(recorded, rendered, strict=True))]
    elif _alike(recorded, rendered, tolerance):
        return []
    else:
        return [f"{where.strip()}: {recorded} was recorded, {rendered} is rendered"]
    return [line for pair in pairs for line in differences(pair[1], pair[2], tolerance, pair[0])]


def _alike(recorded: Any, rendered: Any, tolerance: float) -> bool:
    if isinstance(recorded, float) and isinstance(rendered, float):
        return abs(recorded - rendered) <= tolerance
    return bool(recorded == rendered)


def as_json(value: Any, indent: str = "") -> str:
    """Return JSON with one line for each list of numbers."""
    if isinstance(value, dict):
        lines = (f"{indent} {json.dumps(key)}: {as_json(value[key], indent + ' ')}" for key in value)
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], str):
        return "[\n" + ",\n".join(f"{indent} {json.dumps(line)}" for line in value) + f"\n{indent}]"
    return json.dumps(value)


def main() -> int:
    """Record all summaries. Return 1 without recording if output changed under an unchanged version."""
    recorded = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    renderings: dict[str, Any] = {}
    refused = False
    for name, rendering in RENDERINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            summary = rendering.summarise(Path(folder))
        known = recorded.get(name)
        if known and known["version"] == rendering.version:
            if changes := differences(known["summary"], summary, rendering.tolerance):
                print(
                    f"The output changed: increase {name} in audio_builder/{rendering.module}\n  {changes[0]}"
                )
                refused = True
            summary = known["summary"]  # recorded on another machine, perhaps
        renderings[name] = {"version": rendering.version, "summary": summary}
    if not refused:
        RECORDED.write_text(as_json(renderings) + "\n", "utf-8")
    return int(refused)


if __name__ == "__main__":
    sys.exit(main())
