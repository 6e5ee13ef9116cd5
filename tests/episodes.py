"""Episodes and libraries that are made in no time: the manifests are real, the sound is a few bytes."""

import hashlib
from pathlib import Path

from msgspec.structs import replace

from audio_builder.library import storage
from audio_builder.library.manifest import CautionRecord, ChapterRecord, CueRecord, Episode, ResolvedOptions

CHOICE = ResolvedOptions(
    voice="hibari", speed=0.6, ambience="room", bell="bowl", breath="", ending="wake", quality="stereo"
)

EPISODE = Episode(
    name="evening-20m",
    script="evening",
    title="Evening",
    summary="Lie down and let go.",
    language="en",
    length_ms=1_200_000,
    bytes=7,
    sha256="0" * 64,
    recipe="r" * 64,
    version="1",
    choice=CHOICE,
    props=("a chair", "a folded towel"),
    cautions=(
        CautionRecord("pain", "Pain means stop.", True),
        CautionRecord("clots", "Blood clots: ask first.", False),
    ),
    chapters=(
        ChapterRecord(0, 60_500, "Arrive"),
        ChapterRecord(60_500, 1_000_000, "Rest & breathe"),
        ChapterRecord(1_060_500, 139_500, "Get up"),
    ),
    cues=(CueRecord(2000, 1000, "speech", "Let go."),),
    id="evening",
)


def episode(name="evening-20m", **changes) -> Episode:
    """An episode; its script and length follow from its name unless they are given."""
    script = name.rpartition("-")[0]
    return replace(
        EPISODE, **{"name": name, "script": script, "id": script, "title": script.title()} | changes
    )


def put(folder: Path, made: Episode, sound: bytes = b"mp3") -> Episode:
    """The episode in a library, with all its files."""
    folder.mkdir(parents=True, exist_ok=True)
    content = sound + made.name.encode()
    made = replace(made, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    for ending in storage.SIDECARS:
        (folder / f"{made.name}{ending}").write_bytes(
            content if ending == ".mp3" else f"{made.name} {ending}".encode()
        )
    (folder / f"{made.name}.json").write_bytes(storage.manifest(made))
    return made
