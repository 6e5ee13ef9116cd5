"""Drawings of a body in a position: from joint angles to a picture. Knows nothing of scripts or sessions."""
