"""The ffmpeg inside imageio-ffmpeg's wheel: one way to run it, for decoding and for encoding."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import imageio_ffmpeg

_PIECE = 48_000 * 2 * 4 * 4  # bytes: some seconds of sound, and whole samples of any kind


class FfmpegFailed(Exception):
    """ffmpeg is missing, ended badly or took too long; the text is its last line."""


def run(arguments: list[str], data: bytes = b"", limit: float = 120.0) -> bytes:
    """What ffmpeg writes to its standard output, given `data` on its input; Failed after `limit` seconds."""
    options = ["-hide_banner", "-nostdin", "-v", "error", *arguments]
    try:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), *options]
        # A group of its own: Ctrl-C stops the program, and ffmpeg ends when its input closes, without a word.
        done = subprocess.run(command, input=data, capture_output=True, timeout=limit, process_group=0)
    except subprocess.TimeoutExpired as late:
        raise FfmpegFailed(f"ffmpeg took more than {limit:g} s") from late
    except (OSError, RuntimeError) as missing:  # the latter is what imageio-ffmpeg raises where it has none
        raise FfmpegFailed(f"no ffmpeg: {missing}; reinstall imageio-ffmpeg") from missing
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise FfmpegFailed(said[-1] if said else f"exit status {done.returncode}")
    return done.stdout


def stream(arguments: list[str]) -> Iterator[bytes]:
    """What ffmpeg writes to its standard output, piece by piece as it is made."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", "error", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            while piece := process.stdout.read(_PIECE):
                yield piece
            said = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
        except BaseException:
            process.kill()  # whoever reads has enough
            raise
    if process.returncode:
        raise FfmpegFailed(said[-1] if said else f"exit status {process.returncode}")


def count(arguments: list[str]) -> int:
    """How many bytes ffmpeg writes to its standard output, without keeping them."""
    return sum(map(len, stream(arguments)))
