"""A session in other formats than MP3, and its sound in parts."""
