"""Turn words into clips: voices, pronunciation, and the worker processes that speak."""
