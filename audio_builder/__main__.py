"""The command `audio-builder`, which is the same as `python -m audio_builder`."""

import signal

# Until the command line is imported, Ctrl-C ends the process without a traceback.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from .cli.main import main

if __name__ == "__main__":
    main()
