"""Encode PCM as MP3 frames, and assemble, attenuate and describe frames. Knows nothing about sessions."""
