"""What the program renders changes only together with its version constant."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
import record_rendering
from record_rendering import RENDERINGS, differences

RECORDED = json.loads(record_rendering.RECORDED.read_text("utf-8"))
RECORD = "run `python tests/record_rendering.py` to record the new summary"


def test_every_version_is_recorded():
    assert {name: rendering.version for name, rendering in RENDERINGS.items()} == {
        name: recorded["version"] for name, recorded in RECORDED.items()
    }, f"A version was increased: {RECORD}"


@pytest.mark.parametrize("name", RENDERINGS)
def test_output_changes_only_with_its_version(name: str, tmp_path: Path):
    rendering = RENDERINGS[name]
    summary = rendering.summarise(tmp_path)
    changes = differences(RECORDED[name]["summary"], summary, rendering.tolerance)
    assert not changes, (
        f"The output changed: increase {name} in audio_builder/{rendering.module} and {RECORD}\n"
        + "\n".join(changes[:5])
    )


def test_a_change_of_a_tenth_of_a_decibel_is_a_difference():
    recorded = RECORDED["MIX_VERSION"]["summary"]
    rendered = deepcopy(recorded)
    assert not differences(recorded, rendered, 0.021)
    rendered["room stereo wake"]["left over time"][3] += 0.1
    (change,) = differences(recorded, rendered, 0.021)
    assert change.startswith("room stereo wake left over time [3]: ")


def test_a_missing_or_additional_sound_is_a_difference():
    recorded = RECORDED["SYNTHESIS_VERSION"]["summary"]
    assert differences(recorded, {**recorded, "bed fire 0": {}}, 0.021)
    assert differences(recorded, {name: recorded[name] for name in list(recorded)[1:]}, 0.021)


@pytest.mark.parametrize("version_increased", [False, True])
def test_output_that_changed_is_recorded_only_under_a_new_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], version_increased
):
    file = tmp_path / "rendering.json"
    file.write_text('{"SHAPE_VERSION": {"version": "1", "summary": {"speech": [-20.0]}}}')
    monkeypatch.setattr(record_rendering, "RECORDED", file)
    changed = record_rendering.Rendering(
        "2" if version_increased else "1", "speech/shape.py", lambda _: {"speech": [-21.0]}, 0.1
    )
    monkeypatch.setattr(record_rendering, "RENDERINGS", {"SHAPE_VERSION": changed})
    assert record_rendering.main() == (0 if version_increased else 1)
    recorded = json.loads(file.read_text())["SHAPE_VERSION"]
    assert recorded["summary"]["speech"] == [-21.0 if version_increased else -20.0]
    assert (
        "increase SHAPE_VERSION in audio_builder/speech/shape.py" in capsys.readouterr().out
    ) != version_increased
