"""The permanent identifiers of shows and episodes (podcastindex.org/namespace/1.0, guid)."""

from __future__ import annotations

import re
import uuid

_PODCAST_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


def show_guid(feed_url: str) -> str:
    """Return the `podcast:guid` of a feed: the UUIDv5 of its address without scheme and trailing slashes."""
    return str(uuid.uuid5(_PODCAST_NAMESPACE, re.sub(r"^[a-z]+://", "", feed_url).rstrip("/")))


def episode_guid(show: str, script: str, length: str, options: str, issue: int = 1) -> str:
    """Return the guid of an episode: a UUIDv5 in the namespace of the show's guid.

    It depends on the script's id, the length, the options that differ from the script's own, and `issue`, the
    number of times that this session was issued as a new episode.
    """
    parts = [script, length, *([options] if options else []), *([f"#{issue}"] if issue > 1 else [])]
    return str(uuid.uuid5(uuid.UUID(show), " ".join(parts)))
