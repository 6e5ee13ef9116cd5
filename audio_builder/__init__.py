"""Narrated relaxation sessions of exactly the length asked for. `audio_builder.build` is the page to read first."""

__version__ = "0.1.0"
