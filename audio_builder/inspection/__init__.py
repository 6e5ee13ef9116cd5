"""Measure a finished MP3 and list every promise that it breaks."""
