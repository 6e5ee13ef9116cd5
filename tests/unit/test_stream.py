"""Streams send exactly the bytes asked for, share what is rendered, and give up what nobody reads any more."""

import asyncio
import threading

import pytest
from sounds import session

from audio_builder.audio.mix.style import Style
from audio_builder.service.render_queue import RenderQueue
from audio_builder.service.stream import SessionStream
from audio_builder.session.session import Session


class CountedSession(Session):
    """Counts the chunks that it renders."""

    def chunk(self, number: int) -> bytes:
        self.__dict__.setdefault("rendered", []).append(number)
        return super().chunk(number)


@pytest.fixture(scope="module")
def virtual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stream")
    return CountedSession(*session(folder, 60_001), Style(stereo=False), b"x" * 1000)


@pytest.fixture
def queue():
    queue = RenderQueue(2)
    yield queue
    queue.stop()


async def received(stream, begin, end):
    return b"".join([piece async for piece in stream.pieces(begin, end)])


@pytest.mark.parametrize(
    "part", [(0, 10), (0, 1000), (990, 1300), (1192, 1193), (5000, 5000), (70_000, 200_000)]
)
def test_a_stream_sends_the_bytes_of_the_session(virtual, queue, part):
    begin, end = part[0], min(part[1], virtual.size)
    stream = SessionStream(virtual, "a", queue)
    assert asyncio.run(received(stream, begin, end)) == virtual.read(begin, end - begin)
    assert stream.size == virtual.size


def test_streams_of_one_session_share_what_is_rendered(virtual, queue):
    virtual.__dict__["rendered"] = []

    async def both():
        streams = [SessionStream(virtual, "shared", queue, f"client {n}") for n in range(5)]
        return await asyncio.gather(*(received(stream, 0, virtual.size) for stream in streams))

    assert {*asyncio.run(both())} == {virtual.read(0, virtual.size)}
    from_streams = virtual.__dict__["rendered"][: len(virtual.chunks)]
    assert sorted(from_streams) == [*range(len(virtual.chunks))]


def test_a_client_that_leaves_gives_up_its_chunk(virtual):
    queue, may_go_on = RenderQueue(1), threading.Event()
    queue.ask("busy", lambda: may_go_on.wait(10) and b"", 0)
    virtual.__dict__["rendered"] = []

    async def leave():
        task = asyncio.create_task(received(SessionStream(virtual, "left", queue), 5000, 6000))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    may_go_on.set()
    queue.ask("last", lambda: b"", 1e9).result(10)
    queue.stop()
    assert virtual.__dict__["rendered"] == []
