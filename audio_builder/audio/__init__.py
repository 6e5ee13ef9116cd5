"""Samples: PCM, clips, recordings, chimes, ambience, the loudness meter and the limiter."""
