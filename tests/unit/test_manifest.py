"""Manifests: those of earlier versions open, and keep their keys."""

import json

import pytest
from episodes import OPTIONS, make_episode

from audio_builder.library import storage

FROM_VERSION_0_1 = """{
  "name": "evening-20m",
  "script": "evening",
  "title": "Evening",
  "summary": "Lie down and let go.",
  "language": "en",
  "length_ms": 1200000,
  "bytes": 19200000,
  "sha256": "aa",
  "recipe": "bb",
  "version": "0.1.0",
  "choice": {
    "voice": "hibari",
    "speed": 0.6,
    "ambience": "room",
    "bell": "bowl",
    "breath": "4-6",
    "ending": "wake",
    "quality": "stereo"
  },
  "positions": ["legs-on-chair"],
  "props": ["a chair"],
  "cautions": [{"id": "pain", "full": "Pain means stop.", "named": true}],
  "chapters": [{"start_ms": 0, "length_ms": 1200000, "title": "Arrive"}],
  "cues": [{"start_ms": 2000, "length_ms": 1000, "kind": "speech", "text": "Let go."}],
  "notes": "Extra *notes*.",
  "draft": false,
  "id": "evening",
  "variant": "no-ambience-mono",
  "date": "2026-03-01",
  "season": 1,
  "number": 2,
  "synthetic": true,
  "loudness": -23.5,
  "guid": "0d3a8a3e-58d4-5b0c-9a60-3d2f4bdf8f11"
}
"""


def test_a_manifest_of_version_0_1_opens_with_every_value(tmp_path):
    path = tmp_path / "evening-20m.json"
    path.write_text(FROM_VERSION_0_1, "utf-8")
    episode = storage.read_manifest(path)
    assert episode is not None
    assert (episode.name, episode.fingerprint, episode.voice) == ("evening-20m", "bb", "hibari")
    assert (episode.show_notes, episode.loudness) == ("Extra *notes*.", -23.5)
    assert (episode.cautions[0].named, episode.chapters[0].title, episode.cues[0].text) == (
        True,
        "Arrive",
        "Let go.",
    )
    assert json.loads(storage.manifest_bytes(episode)) == json.loads(FROM_VERSION_0_1)


@pytest.mark.parametrize(
    ("voice", "recorded", "expected"),
    [
        ("tone:low", {}, True),
        ("hibari", {}, False),
        ("signal", {"test_voice": True}, True),
        ("tone", {"test_voice": False}, False),
    ],
)
def test_a_manifest_says_whether_its_voice_is_for_tests_and_before_that_its_name_did(
    voice, recorded, expected, tmp_path
):
    path = tmp_path / "evening-20m.json"
    episode = make_episode(options=OPTIONS | {"voice": voice}, **recorded)
    path.write_bytes(storage.manifest_bytes(episode))
    assert storage.read_manifest(path).uses_test_voice is expected
    assert ("test_voice" in json.loads(path.read_bytes())) is bool(recorded)


def test_a_file_that_is_not_a_manifest_is_no_episode(tmp_path):
    path = tmp_path / "other.json"
    for content in (b"", b"{}", b"[]", b"\xff", b'{"name": 3}'):
        path.write_bytes(content)
        assert storage.read_manifest(path) is None
    assert storage.episodes(tmp_path) == []
