"""Episodes and libraries that take no time to build: real manifests, and a few bytes of sound."""

import hashlib
from pathlib import Path

from msgspec.structs import replace

from audio_builder.library import storage
from audio_builder.library.manifest import CautionRecord, ChapterRecord, CueRecord, Episode
from audio_builder.library.session_files import MANIFEST, MP3, SESSION_FILES

OPTIONS = {
    "voice": "hibari",
    "speed": 0.6,
    "ambience": "room",
    "bell": "bowl",
    "breath": "",
    "ending": "wake",
    "quality": "stereo",
}

EPISODE = Episode(
    name="evening-20m",
    script="evening",
    title="Evening",
    summary="Lie down and let go.",
    language="en",
    length_ms=1_200_000,
    bytes=7,
    sha256="0" * 64,
    fingerprint="r" * 64,
    version="1",
    options=OPTIONS,
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


def make_episode(name="evening-20m", **changes) -> Episode:
    """Return an episode. Its script and title follow from its name unless they are given."""
    script = name.rpartition("-")[0]
    return replace(
        EPISODE, **{"name": name, "script": script, "id": script, "title": script.title()} | changes
    )


def add_to_library(folder: Path, episode: Episode, sound: bytes = b"mp3") -> Episode:
    """Write every file of the episode into a library, and return it with the size and hash of its MP3."""
    folder.mkdir(parents=True, exist_ok=True)
    mp3 = sound + episode.name.encode()
    episode = replace(episode, bytes=len(mp3), sha256=hashlib.sha256(mp3).hexdigest())
    for file in SESSION_FILES:
        if file is MP3:
            content = mp3
        elif file is MANIFEST:
            content = storage.manifest_bytes(episode)
        else:
            content = f"{episode.name} {file.suffix}".encode()
        (folder / f"{episode.name}{file.suffix}").write_bytes(content)
    return episode
