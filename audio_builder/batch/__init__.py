"""Many sessions from one file: which they are, what they will cost, and building those that are missing or changed."""
