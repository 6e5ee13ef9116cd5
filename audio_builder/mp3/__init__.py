"""MP3 frames: PCM in, frames out. This package knows nothing of sessions."""
