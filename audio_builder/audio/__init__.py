"""Sound as samples: PCM, clips, recordings, bells, ambience, the loudness meter and the limiter."""
