"""The names of what sessions consist of in the store."""

from __future__ import annotations

from ..library.session_files import MANIFEST, MP3


def sound_name(fingerprint: str) -> str:
    """Return the name of an MP3. Sessions with the same fingerprint share it."""
    return f"sounds/{fingerprint[:2]}/{fingerprint}{MP3.suffix}"


def sound_record_name(fingerprint: str) -> str:
    """Return the name of the record of an MP3, which is written after it: its size and its SHA-256."""
    return f"sounds/{fingerprint[:2]}/{fingerprint}.json"


def segment_name(fingerprint: str, number: int, count: int) -> str:
    """Return the name of one of `count` parts of an MP3."""
    return f"segments/{fingerprint}/{number}-of-{count}"


def sidecar_name(key: str, suffix: str) -> str:
    """Return the name of a file of a session next to its MP3."""
    return f"sessions/{key[:2]}/{key}/session{suffix}"


def manifest_name(key: str) -> str:
    """Return the name of a session's manifest, which is written last: a session is complete if it is there."""
    return sidecar_name(key, MANIFEST.suffix)


def picture_name(file: str) -> str:
    """Return the name of the picture of a chapter, whose file name follows from its content."""
    return f"pictures/{file}"
