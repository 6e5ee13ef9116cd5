"""`python -m audio_builder` is the same as the command `audio-builder`."""

from .cli.main import main

if __name__ == "__main__":
    main()
