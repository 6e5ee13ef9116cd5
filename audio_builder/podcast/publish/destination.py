"""The destination of a podcast: a folder, or object storage through obstore."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import obstore
from filelock import FileLock, Timeout
from obstore import exceptions
from obstore.store import LocalStore, from_url

from ...errors import PublishFailed
from ...files import atomic_writer, exists, is_file

_CLOUD_KEYS = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, outside Amazon, AWS_ENDPOINT",
    "gs": "GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
}
_FORMS = f"give a folder, {', '.join(f'{scheme}://bucket/prefix' for scheme in _CLOUD_KEYS)}"
_LOCK = ".publishing.lock"
_LOCK_TIMEOUT = 30  # seconds
_REQUEST_ERRORS = {
    "Permission denied": "no permission to write: choose another folder, or change its permissions",
    "NoSuchBucket": "no such bucket",
    "403 Forbidden": "access denied",  # the number alone could be part of a duration
    "Missing": "keys are missing",
    "metadata": "no keys were found",
    "dns": "unknown address",
    "tcp connect": "no connection",
    "error sending request": "no connection",
    "timed out": "no answer in time",
}
"""What a part of an error's text means. The text itself may quote a request, with keys, and is never shown."""

Version = dict[str, str]
"""What identifies the version of an object, as obstore's conditional `put` takes it."""


@dataclass(frozen=True)
class Upload:
    """An object to write: its name, its content or the path of the file that has it, and its headers."""

    name: str
    content: bytes | Path
    content_type: str
    cache_control: str

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)


@dataclass(frozen=True)
class StoredObject:
    """An object at a destination; `size` is in bytes."""

    size: int
    modified: datetime


class PublishConflict(PublishFailed):
    """Another publisher replaced an object after it was read."""


class Destination:
    """A folder, or a bucket with a prefix. Its methods raise PublishFailed, whose text never contains a key."""

    def __init__(self, address: str) -> None:
        """Open `s3://bucket/prefix`, `gs://…`, `az://…` or a folder, which does not have to exist yet.

        Keys come from the environment or from where the cloud's own tools keep them.
        """
        self.address = address
        scheme, is_url, rest = address.partition("://")
        self._cloud = scheme if is_url else None
        self._cloud_store: Any = None
        if is_url:
            self._cloud_store = open_cloud(address, scheme, rest)
        elif not address.strip() or re.match(r"[a-z0-9]{2,}:/", address):
            raise PublishFailed(f'Invalid destination "{address}": {_FORMS}')
        elif is_file(Path(address)):
            raise PublishFailed(f"{address} is a file. Choose a folder.")

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, so that the web server in front of it chooses content types and headers."""
        return self._cloud is None

    def create(self) -> None:
        """Create the folder if there is none."""
        if self.is_folder:
            try:
                Path(self.address).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise PublishFailed(
                    f"{self.address}: {error.strerror}; choose a folder that you may write to"
                ) from None

    def objects(self) -> dict[str, StoredObject]:
        """Return everything that is there, by name."""
        if self._is_missing():
            return {}
        with self._readable_errors():
            found = [meta for page in obstore.list(self._store) for meta in page]
        return {meta["path"]: StoredObject(meta["size"], meta["last_modified"]) for meta in found}

    def read(self, name: str) -> tuple[bytes, Version] | None:
        """Return the content and version of an object, or None if there is none of that name."""
        if self._is_missing():
            return None
        with self._readable_errors():
            try:
                result = obstore.get(self._store, name)
                return bytes(result.bytes()), _version(result.meta)
            except FileNotFoundError:
                return None

    def put(self, upload: Upload) -> None:
        """Write an object atomically, then check that it arrived with its size and content type."""
        with self._readable_errors():
            try:
                if self.is_folder:
                    self._write_file(upload)
                else:
                    attributes = _attributes(upload)
                    obstore.put(self._store, upload.name, upload.content, attributes=attributes)
            except FileNotFoundError:
                raise PublishFailed(f"The file of {upload.name} is gone. Publish again.") from None
            result = obstore.get(self._store, upload.name, options={"head": True})
        size, content_type = result.meta["size"], result.attributes.get("Content-Type", upload.content_type)
        if (size, content_type) != (upload.size, upload.content_type):
            raise PublishFailed(
                f"{upload.name}: {self.address} stored {size} bytes as {content_type} instead of {upload.size} as "
                f"{upload.content_type}. Publish again."
            )

    def put_if_unchanged(self, upload: Upload, version: Version | None) -> None:
        """Write an object only if it still has this version; None means that it does not exist yet.

        Raises PublishConflict if another publisher was faster.
        """
        try:
            with self._readable_errors():
                if self.is_folder:
                    self._replace_file(upload, version)
                else:
                    mode: Any = version or "create"
                    obstore.put(
                        self._store,
                        upload.name,
                        upload.content,
                        attributes=_attributes(upload),
                        mode=mode,
                    )
        except (exceptions.PreconditionError, exceptions.AlreadyExistsError):
            raise PublishConflict(
                f"Another publisher wrote to {self.address} at the same time. Publish again."
            ) from None

    def delete(self, names: list[str]) -> None:
        """Delete the objects that are still there."""
        for name in names:
            with self._readable_errors(), suppress(FileNotFoundError):  # another publisher deletes the same
                obstore.delete(self._store, name)

    @cached_property
    def _store(self) -> Any:
        return LocalStore(Path(self.address).resolve()) if self.is_folder else self._cloud_store

    def _is_missing(self) -> bool:
        return self.is_folder and not exists(Path(self.address))

    def _replace_file(self, upload: Upload, version: Version | None) -> None:
        """Replace a file under a lock, which ends with its process: a folder has no conditional put."""
        try:
            with FileLock(Path(self.address) / _LOCK, timeout=_LOCK_TIMEOUT):
                current = self.read(upload.name)
                if (current[1] if current else None) != version:
                    raise exceptions.PreconditionError(upload.name)
                self._write_file(upload)
        except Timeout:
            raise exceptions.PreconditionError(upload.name) from None

    def _write_file(self, upload: Upload) -> None:
        """Write an object into a folder, so that an interruption leaves nothing that a visitor could see."""
        path = Path(self.address) / upload.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_writer(path) as file:
            if isinstance(upload.content, Path):
                with upload.content.open("rb") as source:
                    shutil.copyfileobj(source, file)
            else:
                file.write(upload.content)

    def _readable_errors(self) -> AbstractContextManager[None]:
        return readable_errors(self.address, self._cloud)


def _attributes(upload: Upload) -> Any:
    return {"Content-Type": upload.content_type, "Cache-Control": upload.cache_control}


_FEW_RETRIES = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}


def open_cloud(address: str, scheme: str, path: str, retry: Mapping[str, Any] = _FEW_RETRIES) -> Any:
    """Return the object store at `scheme://path`. Raises PublishFailed.

    `retry` is how often obstore sends a request again.
    """
    if scheme not in _CLOUD_KEYS or not path.strip("/"):
        raise PublishFailed(f'Invalid destination "{address}": {_FORMS}')
    with readable_errors(address, scheme):
        return from_url(address.rstrip("/"), retry_config=cast(Any, retry))


def _version(meta: Any) -> Version:
    return {key: meta[key] for key in ("e_tag", "version") if meta.get(key)}


@contextmanager
def readable_errors(address: str, cloud: str | None) -> Iterator[None]:
    """Turn the errors of a destination into PublishFailed with a hint, without quoting requests."""
    keys = f"; set {_CLOUD_KEYS[cloud]}" if cloud else ""
    try:
        yield
    except (exceptions.PreconditionError, exceptions.AlreadyExistsError, FileNotFoundError):
        raise
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
        raise PublishFailed(f"{address} refuses these keys{keys}") from None
    except OSError as error:
        raise PublishFailed(f"{address}: {error.strerror or 'not reachable'}") from None
    except exceptions.BaseError as error:
        raise PublishFailed(f"{address}: {error_meaning(error)}{keys}") from None


def error_meaning(error: Exception) -> str:
    """Return what an error of obstore means in plain words."""
    text = str(error)
    return next((meaning for sign, meaning in _REQUEST_ERRORS.items() if sign in text), type(error).__name__)
