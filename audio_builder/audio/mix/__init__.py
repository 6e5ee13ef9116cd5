"""Mix a timeline and its clips into PCM, for any interval."""
