"""Voices that people add: what is offered, how it arrives, and where it is kept."""
