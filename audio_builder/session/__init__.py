"""A timeline and its clips as an MP3 that can be read at any offset without rendering all of it."""
