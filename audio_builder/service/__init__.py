"""Sessions, builds and script files for many clients at once."""
