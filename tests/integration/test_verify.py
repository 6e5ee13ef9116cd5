"""`library verify` names every file of a session that is not what its manifest and its script say."""

import pytest

from audio_builder.library import storage
from audio_builder.library.session_files import SESSION_FILES

FRONT = "---\ntitle: Small\nvoice: tone\nambience: none\nquality: mono\nlength: 5m\n---\n\n"
NAME = "small-5m"


@pytest.fixture(scope="module")
def built(tmp_path_factory, audio_builder):
    folder = tmp_path_factory.mktemp("built")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "small.md").write_text(f"{FRONT}Rest. [rest 2m..]\n- Soft.\n", "utf-8")
    assert audio_builder("build", "small", "--preroll", "10s", folder=folder).status == 0
    (mp3,) = (folder / "output").glob("*.mp3")
    return folder, mp3


def verified(audio_builder, folder):
    result = audio_builder("library", "verify", folder=folder)
    return result.status, result.out + result.err


def test_an_intact_session_is_rendered_again_and_has_the_same_bytes(built, audio_builder):
    folder, mp3 = built
    assert verified(audio_builder, folder) == (0, f"{mp3.stem}: intact\n")


@pytest.mark.parametrize("suffix", [file.suffix for file in SESSION_FILES])
@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_file_that_is_gone_or_changed_is_named(suffix, damage, built, audio_builder):
    folder, mp3 = built
    path = mp3.with_name(f"{mp3.stem}{suffix}")
    intact = path.read_bytes()
    try:
        path.unlink() if damage == "gone" else path.write_bytes(intact[:-1] + b"!")
        status, told = verified(audio_builder, folder)
        assert status == 1
        assert (mp3.name if suffix == ".json" else path.name) in told
    finally:
        path.write_bytes(intact)


def test_a_wrong_mp3_with_a_manifest_that_agrees_is_found_by_rendering_it_again(built, audio_builder):
    """As if it had been built from a damaged cache: the fingerprint is right, and the checksum is that of the file."""
    folder, mp3 = built
    manifest, sound = mp3.with_suffix(".json"), mp3.read_bytes()
    recorded = manifest.read_bytes()
    wrong = bytearray(sound)
    wrong[len(wrong) // 2] ^= 1
    try:
        mp3.write_bytes(wrong)
        episode = storage.read_manifest(manifest)
        digest = storage.file_digests({"": bytes(wrong)})[""]
        manifest.write_bytes(recorded.replace(episode.sha256.encode(), digest.encode()))
        status, told = verified(audio_builder, folder)
        assert status == 1
        assert "differs from what its script gives" in told
    finally:
        mp3.write_bytes(sound)
        manifest.write_bytes(recorded)


def test_a_session_whose_script_has_changed_is_compared_with_its_manifest_only(built, audio_builder):
    folder, _ = built
    script = folder / "scripts" / "small.md"
    text = script.read_text("utf-8")
    script.write_text(text.replace("Soft", "Softer"), "utf-8")
    status, told = verified(audio_builder, folder)
    assert status == 0
    assert "has changed since" in told
    script.unlink()
    status, told = verified(audio_builder, folder)
    script.write_text(text, "utf-8")
    assert status == 0
    assert "cannot be rendered again" in told
