"""Pictures: the cover of a session, its timeline, and the waveform of a finished file."""
