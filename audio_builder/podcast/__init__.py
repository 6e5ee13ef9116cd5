"""The podcast: show, episode registry, feed, page and publishing."""
