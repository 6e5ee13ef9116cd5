"""Turn a script and the length of each clip into a timeline of exactly the length asked for."""
