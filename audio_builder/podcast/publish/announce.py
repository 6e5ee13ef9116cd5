"""Notify a show's hub and its webhook of a publication. What fails here is a warning: the podcast is online.

Sources: W3C, "WebSub", section 7; PubSubHubbub 0.4, section 7.1, for `hub.mode=publish`; RFC 2104 for the signature.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

from ..addresses import ascii_url
from ..channel import Channel, Entry
from .changes import FeedChanges
from .plan import PublishPlan
from .public_access import public_content
from .send import ANSWER_SECONDS, post
from .snapshot import FEED_NAME

SECRET_VARIABLE = "AUDIO_BUILDER_WEBHOOK_SECRET"
"""The environment variable with the secret that signs what a webhook is sent."""
SIGNATURE_HEADER = "X-Hub-Signature-256"
_AGAIN = "To try again, run audio-builder publish with --ping"


def announce(
    plan: PublishPlan, changes: FeedChanges, secret: str = "", patience: int = ANSWER_SECONDS
) -> Iterator[str]:
    """Notify the hub and the webhook of a show, if it has any, that its feed has changed; yield what went wrong.

    If `secret` is not empty, it signs what the webhook gets. A server that has not answered after `patience` seconds is
    asked once more.
    """
    show = plan.podcast.show
    if show.webhook:
        body = webhook_document(plan, changes)
        headers = {"Content-Type": "application/json"}
        if secret:
            headers[SIGNATURE_HEADER] = signature(secret, body)
        if problem := post(ascii_url(show.webhook), body, headers, patience):
            # the whole address of a webhook is often a secret
            yield f"The webhook at {urlsplit(show.webhook).hostname} was not notified: {problem}. {_AGAIN}"
    if show.hub:
        yield from _ping(plan, ascii_url(show.hub), patience)


def signature(secret: str, body: bytes) -> str:
    """Return the signature of a body: `sha256=` and its HMAC with the secret, as most receivers check it."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def webhook_document(plan: PublishPlan, changes: FeedChanges) -> bytes:
    """Return what a webhook gets: a JSON document. The same publication always has the same `id`."""
    channel = plan.edition.channel
    document = {
        "event": "published",
        "id": hashlib.sha256(plan.new_feed).hexdigest()[:32],
        "title": channel.show.title,
        "feed": channel.url(FEED_NAME),
        "page": channel.url(channel.page),
        "date": channel.changed.isoformat(),
        "episodes": len(plan.edition.entries),
        "added": [_episode(channel, entry) for entry in changes.added],
        "changed": [_episode(channel, entry) for entry in changes.changed],
        "withdrawn": [{"guid": one.guid, "title": one.title} for one in changes.withdrawn],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _episode(channel: Channel, entry: Entry) -> dict[str, object]:
    return {
        "name": entry.episode.name,
        "guid": entry.guid,
        "title": entry.title,
        "date": entry.date.isoformat(),
        "seconds": entry.episode.length_ms / 1000,
        "page": channel.url(entry.files.page),
        "mp3": channel.url(entry.files.mp3),
        "image": channel.url(entry.files.image),
    }


def _ping(plan: PublishPlan, hub: str, patience: int) -> Iterator[str]:
    """Ask a hub to fetch the feed, unless it would find the old one."""
    if public_content(plan.feed_url) != plan.new_feed:
        copied = (
            "Copy the folder"
            if plan.snapshot.is_folder
            else "A cache may hold the old one: wait five minutes"
        )
        yield (
            f"{hub} was not notified, because {plan.feed_url} is not the new feed yet. {copied}, then run "
            "audio-builder publish with --ping"
        )
        return
    form = urlencode({"hub.mode": "publish", "hub.url": plan.feed_url, "hub.topic": plan.feed_url})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if problem := post(hub, form.encode(), headers, patience):
        yield f"The hub {hub} was not notified: {problem}. {_AGAIN}"
