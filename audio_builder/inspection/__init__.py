"""Measure a finished MP3 and report every promise that it breaks."""
