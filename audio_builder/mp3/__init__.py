"""Encode PCM as MP3 frames, and assemble, attenuate and describe frames; write and read ID3 tags.

It knows nothing about sessions.
"""
