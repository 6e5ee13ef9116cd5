"""Run the ffmpeg that imageio-ffmpeg's wheel contains."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO

import imageio_ffmpeg

_READ_SIZE = 48_000 * 2 * 4 * 4  # bytes: a few seconds of sound, and a multiple of every sample size


class FfmpegFailed(Exception):
    """ffmpeg is missing, failed or took too long. The text is the last line of its output, or the reason."""


def output(arguments: list[str], data: bytes = b"", timeout: float = 120.0) -> bytes:
    """Return what ffmpeg writes to standard output if `data` is its standard input.

    Raises FfmpegFailed, also after `timeout` seconds."""
    try:
        # Ctrl-C does not reach ffmpeg in another process group. It ends quietly when its input closes.
        done = subprocess.run(
            [_executable(), *_options(arguments)],
            input=data,
            capture_output=True,
            timeout=timeout,
            process_group=0,
        )
    except subprocess.TimeoutExpired as error:
        raise FfmpegFailed(f"ffmpeg took more than {timeout:g} s") from error
    except OSError as error:
        raise FfmpegFailed(_missing(error)) from error
    if done.returncode != 0:
        raise FfmpegFailed(_last_line(done.stderr, done.returncode))
    return done.stdout


def stream(arguments: list[str], size: int = _READ_SIZE, timeout: float | None = None) -> Iterator[bytes]:
    """Yield what ffmpeg writes to standard output, `size` bytes at a time; the last piece may be shorter.

    Raises FfmpegFailed, also after `timeout` seconds."""
    # A file for the messages, because ffmpeg would wait if it had more to say than fits into a pipe.
    with tempfile.TemporaryFile() as messages:
        try:
            command = [_executable(), *_options(arguments)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages, process_group=0)
        except OSError as error:
            raise FfmpegFailed(_missing(error)) from error
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(timeout or threading.TIMEOUT_MAX, stop)
        with process:
            assert process.stdout is not None
            try:
                clock.start()
                while piece := process.stdout.read(size):
                    yield piece
            except BaseException:
                process.kill()  # the caller stopped reading
                raise
            finally:
                clock.cancel()
        if late.is_set():
            raise FfmpegFailed(f"ffmpeg took more than {timeout:g} s")
        if process.returncode:
            raise FfmpegFailed(_verdict(process, messages))


@contextmanager
def writer(arguments: list[str]) -> Iterator[Callable[[bytes], None]]:
    """Yield a function that writes to the standard input of ffmpeg, whose arguments name the file that it writes.

    On a normal exit the file is complete. On an exception, such as Ctrl-C, ffmpeg is killed. Raises FfmpegFailed.
    """
    with tempfile.TemporaryFile() as messages:
        try:
            command = [_executable(), *_options(arguments)]
            process = subprocess.Popen(
                command,
                bufsize=0,  # what ffmpeg no longer takes must not wait for another attempt
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=messages,
                process_group=0,
            )
        except OSError as error:
            raise FfmpegFailed(_missing(error)) from error
        with process:
            assert process.stdin is not None
            pipe = process.stdin

            def write(data: bytes) -> None:
                try:
                    _write_all(pipe, data)
                except BrokenPipeError:
                    raise FfmpegFailed(_verdict(process, messages)) from None

            try:
                yield write
                pipe.close()
                process.wait()
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise FfmpegFailed(_verdict(process, messages))


@cache
def version() -> str:
    """Return the version of ffmpeg as it reports it. Raises FfmpegFailed."""
    return output(["-version"]).decode("utf-8", "replace").partition("\n")[0].partition(" Copyright")[0]


def output_size(arguments: list[str]) -> int:
    """Return the number of bytes that ffmpeg writes to standard output. Raises FfmpegFailed."""
    return sum(map(len, stream(arguments)))


def _write_all(pipe: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[pipe.write(rest) :]


def _verdict(process: subprocess.Popen[bytes], messages: IO[bytes]) -> str:
    """Return why ffmpeg, which is ending or has ended, failed."""
    status = process.wait()
    messages.seek(0)
    return _last_line(messages.read(), status)


def _executable() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise FfmpegFailed(_missing(error)) from error


def _options(arguments: list[str]) -> list[str]:
    return ["-hide_banner", "-nostdin", "-v", "error", *arguments]


def _missing(error: Exception) -> str:
    return f"cannot run ffmpeg: {error}; reinstall imageio-ffmpeg"


def _last_line(messages: bytes, status: int) -> str:
    lines = messages.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"exit status {status}"
