"""Kinds of damage to an entry of the cache: what disks, people and other programs do to a file."""

import os
import random
from pathlib import Path

from audio_builder.cache import SEAL_BYTES, Cache


def put_another(path: Path) -> None:
    other = Cache(path.parent.parent).put("ffffffff", ".wav", b"sonic").path
    path.write_bytes(other.read_bytes())


def link_to(target: str | Path):
    def link(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return link


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "x").write_bytes(b"sound")


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def change(edit):
    """Return a kind of damage that changes the bytes of a file."""
    return lambda path: path.write_bytes(edit(path.read_bytes()))


DAMAGE = {
    "a flipped bit": change(lambda data: bytes([data[0] ^ 1]) + data[1:]),
    "a flipped bit of the seal": change(lambda data: data[:-1] + bytes([data[-1] ^ 128])),
    "an appended byte": change(lambda data: data + b"\0"),
    "an inserted byte": change(lambda data: b"\0" + data),
    "the last byte cut": change(lambda data: data[:-1]),
    "the first byte cut": change(lambda data: data[1:]),
    "no seal": change(lambda data: data[:-SEAL_BYTES]),
    "only the seal": change(lambda data: data[-SEAL_BYTES:]),
    "empty": change(lambda _: b""),
    "zeros": change(lambda data: bytes(len(data))),
    "random values": change(lambda data: random.Random(1).randbytes(len(data))),
    "two bytes exchanged": change(lambda data: data[1:2] + data[:1] + data[2:]),
    "written twice": change(lambda data: data * 2),
    "another entry": put_another,
    "a folder": make_folder,
    "a pipe": make_pipe,
    "a link to nothing": link_to("nowhere"),
    "a link to itself": lambda path: link_to(path)(path),
    "an endless device": link_to("/dev/zero"),
}
