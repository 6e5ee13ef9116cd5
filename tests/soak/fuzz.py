"""Look for bytes that break a target, guided by coverage: `fuzz.py TARGET SECONDS FOLDER`.

Begins with the kept corpus. Writes what reaches new code into the folder, and what breaks the target as `crash-*`.
"""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["audio_builder"]):
    import fuzzing


def main() -> None:
    target, seconds, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    (folder / "files").mkdir(parents=True, exist_ok=True)
    fuzzing.use_folder(folder / "files")
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    arguments = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-max_len=4096",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        "-verbosity=0",
        f"-artifact_prefix={folder}/",
        str(corpus),
        str(fuzzing.CORPUS / target),
    ]
    atheris.Setup(arguments, lambda data: fuzzing.attempt(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
