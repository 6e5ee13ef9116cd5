"""Recorded voices: takes of a person's own voice, one for each sentence."""
