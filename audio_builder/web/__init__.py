"""HTTP: pages, API, media and access."""
