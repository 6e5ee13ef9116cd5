"""Where a podcast is published to: a folder or an object storage, through obstore."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
from filelock import FileLock, Timeout
from obstore import exceptions
from obstore.store import LocalStore, from_url

from ...errors import PublishFailed

_CLOUDS = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, away from Amazon, AWS_ENDPOINT",
    "gs": "GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
}
_KINDS = f"give a folder, {', '.join(f'{name}://bucket/prefix' for name in _CLOUDS)}"
_LOCK = ".publishing.lock"


@dataclass(frozen=True)
class Object:
    """Something at a destination: its name, bytes, when it was written, and what tells this version of it."""

    name: str
    size: int
    written: datetime
    version: dict[str, str]


class Conflict(PublishFailed):
    """Somebody else wrote it since it was read."""


class Destination:
    """A folder, or a bucket and a prefix. What it cannot do is PublishFailed, in whose words there is no key."""

    def __init__(self, where: str) -> None:
        """Opens `s3://bucket/prefix`, `gs://…`, `az://…` or a folder, which is made; keys come from the environment or
        the cloud's usual places."""
        self.where = where
        scheme, found, rest = where.partition("://")
        self._cloud = scheme if found else None
        if not where.strip() or re.match(r"[a-z0-9]{2,}:/(?!/)", where):
            raise PublishFailed(f"{where!r} is no destination; {_KINDS}")
        if not found:
            try:
                Path(where).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise PublishFailed(
                    f"{where}: {error.strerror}; give a folder that you may write to"
                ) from None
            self._store: Any = LocalStore(Path(where).resolve())
        elif scheme in _CLOUDS and rest.strip("/"):
            retry: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
            with _told(where, scheme):
                self._store = from_url(where.rstrip("/"), retry_config=retry)
        else:
            raise PublishFailed(f"{where} is no destination; {_KINDS}")

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder: what serves it decides on types and headers."""
        return self._cloud is None

    def objects(self) -> dict[str, Object]:
        """Everything that is there, by name."""
        with _told(self.where, self._cloud):
            found = [meta for page in obstore.list(self._store) for meta in page]
        return {meta["path"]: _object(meta) for meta in found}

    def read(self, name: str) -> tuple[bytes, dict[str, str]] | None:
        """The content of an object with its version, None where there is none."""
        with _told(self.where, self._cloud):
            try:
                got = obstore.get(self._store, name)
                return bytes(got.bytes()), _object(got.meta).version
            except FileNotFoundError:
                return None

    def put(self, name: str, content: bytes | Path, kind: str, cache: str) -> None:
        """Writes an object, whole or not at all, and checks that it is there with its length and type."""
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        with _told(self.where, self._cloud):
            obstore.put(self._store, name, content, attributes=self._attributes(kind, cache))
            got = obstore.get(self._store, name, options={"head": True})
        said = got.attributes.get("Content-Type", kind)
        if got.meta["size"] != size or said != kind:
            raise PublishFailed(
                f"{name}: {self.where} keeps {got.meta['size']} bytes as {said}, not {size} as {kind}; try again"
            )

    def exchange(
        self, name: str, content: bytes, kind: str, cache: str, version: dict[str, str] | None
    ) -> None:
        """Writes an object if it is still the version that was read, None meaning that there was none. Raises Conflict
        where somebody else was faster."""
        mode: Any = version or "create"
        try:
            with _told(self.where, self._cloud):
                if self.is_folder:
                    self._exchange_file(name, content, version)
                else:
                    obstore.put(
                        self._store, name, content, attributes=self._attributes(kind, cache), mode=mode
                    )
        except (exceptions.PreconditionError, exceptions.AlreadyExistsError):
            raise Conflict(
                f"somebody else published to {self.where} at the same moment; run it again"
            ) from None

    def delete(self, names: list[str]) -> None:
        """Removes objects."""
        if names:
            with _told(self.where, self._cloud):
                obstore.delete(self._store, names)

    def _exchange_file(self, name: str, content: bytes, version: dict[str, str] | None) -> None:
        """A folder knows no conditional put: a lock that ends with its process stands for it."""
        try:
            with FileLock(Path(self.where) / _LOCK, timeout=30):
                there = self.read(name)
                if (there[1] if there else None) != version:
                    raise exceptions.PreconditionError(name)
                obstore.put(self._store, name, content)
        except Timeout:
            raise exceptions.PreconditionError(name) from None

    def _attributes(self, kind: str, cache: str) -> dict[str, str] | None:
        return None if self.is_folder else {"Content-Type": kind, "Cache-Control": cache}


def _object(meta: Any) -> Object:
    version = {key: meta[key] for key in ("e_tag", "version") if meta.get(key)}
    return Object(meta["path"], meta["size"], meta["last_modified"], version)


@contextmanager
def _told(where: str, cloud: str | None) -> Iterator[None]:
    """Faults of a destination as PublishFailed with the cure; what they quote of requests stays out."""
    keys = f"; set {_CLOUDS[cloud]}" if cloud else ""
    try:
        yield
    except (exceptions.PreconditionError, exceptions.AlreadyExistsError, FileNotFoundError):
        raise
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
        raise PublishFailed(f"{where} refuses these keys{keys}") from None
    except OSError as error:
        raise PublishFailed(f"{where}: {error.strerror or 'cannot be reached'}") from None
    except exceptions.BaseError as error:
        raise PublishFailed(f"{where}: {_reason(error)}{keys}") from None


def _reason(error: Exception) -> str:
    text = str(error)
    for sign, meaning in (
        ("Permission denied", "it may not be written to; choose another folder, or change its rights"),
        ("NoSuchBucket", "there is no such bucket"),
        ("403 Forbidden", "access is refused"),  # the number alone may be a part of how long it took
        ("Missing", "keys are missing"),
        ("metadata", "no keys were found"),
        ("dns", "the address is not known"),
        ("tcp connect", "no connection"),
        ("error sending request", "no connection"),
        ("timed out", "no answer in time"),
    ):
        if sign in text:
            return meaning
    return type(error).__name__
