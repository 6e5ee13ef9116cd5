"""The built-in voice engines, one module each, registered as entry points."""
