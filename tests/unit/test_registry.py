"""`episodes.toml`: files of earlier versions open, and what is written is read back."""

from datetime import UTC, datetime

import pytest
from episodes import make_episode

from audio_builder.errors import AudioBuilderError
from audio_builder.podcast.registry import (
    EpisodeRegistry,
    Publication,
    SessionKey,
    read_registry,
    session_key,
    write_registry,
)

FROM_VERSION_0_1 = """# Written by audio-builder; keep it with your scripts.

guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
content = "5f2b"
changed = 2026-03-02T08:00:00Z

[[episode]]
guid = "0d3a8a3e-58d4-5b0c-9a60-3d2f4bdf8f11"
script = "evening"
length = "20m"
options = "no-ambience-mono"
date = 2026-03-01T08:00:00Z
number = 1
state = "replaced"
issue = 1
sha256 = "aa"

[[episode]]
guid = "0d3a8a3e-58d4-5b0c-9a60-3d2f4bdf8f12"
script = "evening"
length = "20m"
options = "no-ambience-mono"
date = 2026-03-02T08:00:00Z
number = 3
state = "live"
issue = 2
sha256 = "bb"

[[episode]]
guid = "0d3a8a3e-58d4-5b0c-9a60-3d2f4bdf8f13"
script = "morning"
length = "10m"
options = "lead-1m"
date = 2026-03-01T08:00:00Z
number = 2
state = "withdrawn"
issue = 1
sha256 = "cc"
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "episodes.toml"


def test_a_registry_of_version_0_1_opens_with_every_publication(file):
    file.write_text(FROM_VERSION_0_1, "utf-8")
    registry = read_registry(file)
    assert registry.guid == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert registry.changed == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert [(p.number, p.issue, p.state, p.sha256) for p in registry.publications] == [
        (1, 1, "replaced", "aa"),
        (3, 2, "live", "bb"),
        (2, 1, "withdrawn", "cc"),
    ]
    assert len(registry.guids) == 3
    assert registry.latest[SessionKey("evening", "20m", "no-ambience-mono")].number == 3


def test_a_session_is_recognised_although_a_suffix_of_version_0_1_has_another_name(file):
    file.write_text(FROM_VERSION_0_1, "utf-8")
    latest = read_registry(file).latest
    for variant in ("lead-1m", "preroll-1m"):
        episode = make_episode("morning-10m", length_ms=600_000, variant=variant)
        assert latest[session_key(episode)].sha256 == "cc"


def test_what_is_written_is_read_back_and_keeps_the_keys_of_the_file(file):
    publication = Publication(
        guid="g", script="s", length="5m", date=datetime(2026, 3, 1, tzinfo=UTC), number=1
    )
    registry = EpisodeRegistry(guid="g", publications=[publication])
    write_registry(file, registry, EpisodeRegistry())
    assert read_registry(file) == registry
    assert "[[episode]]" in file.read_text("utf-8")


def test_an_unchanged_registry_is_not_written_again(file):
    write_registry(file, EpisodeRegistry(guid="g"), EpisodeRegistry())
    before = file.stat()
    write_registry(file, EpisodeRegistry(guid="g"), EpisodeRegistry())
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_missing_registry_is_empty_and_a_broken_one_is_an_error(file):
    assert read_registry(file) == EpisodeRegistry()
    for content in (b"guid = 3", b"=", b"\xff", b'unknown = "key"'):
        file.write_bytes(content)
        with pytest.raises(AudioBuilderError, match="restore it from your backup"):
            read_registry(file)
