"""Record the catalogue of piper's voices that `audio-builder voices add` offers.

The catalogue says where each file of a voice is, its size, and its MD5 sum. piper's own package had one once, but its
sums of 83 configurations no longer match the files. The package wyoming-piper, by the same author, has carried newer
ones since. Its release 1.5.3 is the last that takes the files from the tag v1.0.0. To record that catalogue again:

    python -m pip download --no-deps wyoming-piper==1.5.3
    python tests/record_catalogue.py wyoming_piper-1.5.3-py3-none-any.whl

It refuses a catalogue in which a file is not where `audio_builder.speech.adding.catalogue` expects it.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "audio_builder" / "speech" / "adding" / "piper.json"
SOURCE = "https://huggingface.co/rhasspy/piper-voices/resolve/v1.0.0/"
SUFFIXES = (".onnx", ".onnx.json")
CARD = "MODEL_CARD"


def main() -> None:
    """Read the catalogue in the wheel that is named on the command line, and write ours."""
    wheel = Path(sys.argv[1])
    with zipfile.ZipFile(wheel) as archive:
        voices: dict[str, dict[str, Any]] = json.loads(archive.read("wyoming_piper/voices.json"))
        if SOURCE not in archive.read("wyoming_piper/download.py").decode():
            raise SystemExit(f"{wheel.name} takes its voices from somewhere else than {SOURCE}")
    lines = [json.dumps(_entry(name, voice), ensure_ascii=False) for name, voice in sorted(voices.items())]
    head = {"from": f"voices.json of {wheel.name}", "source": SOURCE}
    text = json.dumps(head)[:-1] + ', "voices": [\n' + ",\n".join(lines) + "\n]}\n"
    TARGET.write_text(text, "utf-8")
    print(f"{len(lines)} voices, {len(text) / 1000:.0f} kB")


def _entry(name: str, voice: dict[str, Any]) -> dict[str, Any]:
    language = voice["language"]
    if name != f"{language['code']}-{voice['name']}-{voice['quality']}":
        raise SystemExit(f"{name} is not made of its language, its own name and its quality")
    folder = f"{language['family']}/{language['code']}/{voice['name']}/{voice['quality']}"
    paths = [*(f"{folder}/{name}{suffix}" for suffix in SUFFIXES), f"{folder}/{CARD}"]
    if sorted(paths) != sorted(voice["files"]):
        raise SystemExit(f"{name} has other files: {', '.join(voice['files'])}")
    facts = [voice["files"][path] for path in paths]
    return {
        "name": name,
        "language": language["name_english"],
        "native": language["name_native"],
        "country": language["country_english"],
        "speakers": voice["num_speakers"],
        "files": [[fact["size_bytes"], fact["md5_digest"]] for fact in facts],
    }


if __name__ == "__main__":
    main()
