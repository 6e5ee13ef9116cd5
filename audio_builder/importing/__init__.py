"""Text that people already have: what its notation means, and how it becomes a script."""
