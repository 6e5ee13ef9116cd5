"""Who speaks a session: engines, people with their takes, and a voice that fills in."""
