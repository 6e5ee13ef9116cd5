"""The queue of chunks: what is due first comes first, each once, and nothing that nobody waits for."""

import threading
import time
from concurrent.futures import CancelledError

import pytest

from audio_builder.service.render_queue import RenderQueue


class Work:
    """Renders that wait until they may go on, and note their order."""

    def __init__(self):
        self.done, self.may_go_on = [], threading.Event()

    def render(self, name, content=b"x"):
        def run():
            self.may_go_on.wait(10)
            self.done.append(name)
            return content

        return run


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def queue():
    queue = RenderQueue(1)
    yield queue
    queue.stop()


def busy(queue, work):
    """Give the only thread something to do, so that what is asked from now on waits."""
    first = queue.ask("busy", work.render("busy"), 0)
    while not next(iter(queue._jobs.values())).is_started:
        time.sleep(0.001)
    return first


def test_what_is_due_first_is_rendered_first(queue, work):
    busy(queue, work)
    now = time.monotonic()
    asked = [queue.ask(n, work.render(n), now + 100 - n, str(n)) for n in (1, 2, 3)]
    work.may_go_on.set()
    assert [future.result(10) for future in asked] == [b"x"] * 3
    assert work.done == ["busy", 3, 2, 1]


def test_a_chunk_is_rendered_once_for_all_who_wait_and_moves_forward_with_the_most_urgent(queue, work):
    busy(queue, work)
    now = time.monotonic()
    late = queue.ask("a", work.render("a"), now + 200, "one")
    other = queue.ask("b", work.render("b"), now + 100, "two")
    urgent = queue.ask("a", work.render("a"), now + 50, "three")
    work.may_go_on.set()
    assert late.result(10) == urgent.result(10) == other.result(10) == b"x"
    assert work.done == ["busy", "a", "b"]
    assert queue.ask("a", work.render("again"), now).result(0) == b"x"


def test_what_nobody_waits_for_any_more_is_not_rendered(queue, work):
    busy(queue, work)
    given_up = [queue.ask("a", work.render("a"), 0) for _ in range(2)]
    kept = [queue.ask("b", work.render("b"), 0) for _ in range(2)]
    for future in (*given_up, kept[0]):
        assert future.cancel()
    work.may_go_on.set()
    assert kept[1].result(10) == b"x"
    assert work.done == ["busy", "b"]


def test_a_client_with_many_requests_does_not_keep_others_waiting(queue, work):
    busy(queue, work)
    greedy = [queue.ask(("greedy", n), work.render("greedy"), 0, "greedy") for n in range(50)]
    modest = queue.ask("modest", work.render("modest"), 0, "modest")
    work.may_go_on.set()
    for future in (*greedy, modest):
        future.result(10)
    assert work.done.index("modest") <= 2


def test_while_the_queue_is_paused_only_what_is_overdue_is_rendered(queue, work):
    work.may_go_on.set()
    with queue.paused():
        waiting = queue.ask("soon", work.render("soon"), time.monotonic() + 100)
        time.sleep(0.1)
        assert work.done == []
    assert waiting.result(10) == b"x"
    with queue.paused():
        assert queue.ask("overdue", work.render("overdue"), 0).result(10) == b"x", "after half a second"


def test_an_error_reaches_everybody_who_waits_and_is_not_kept(queue):
    def fail():
        raise OSError("gone")

    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            queue.ask("a", fail, 0).result(10)
    assert queue.ask("a", lambda: b"y", 0).result(10) == b"y"


def test_only_so_many_bytes_are_kept(work):
    queue = RenderQueue(1, kept_bytes=100)
    work.may_go_on.set()
    for n in range(10):
        queue.ask(n, work.render(n, bytes(30)), 0).result(10)
    assert sum(map(len, queue._kept.values())) == queue._size == 90
    assert list(queue._kept) == [7, 8, 9]
    queue.stop()


def test_a_queue_that_is_stopped_cancels_what_waits(work):
    queue = RenderQueue(1)
    busy(queue, work)
    waiting = queue.ask("a", work.render("a"), 0)
    work.may_go_on.set()
    stopping = threading.Thread(target=queue.stop)
    stopping.start()
    stopping.join()
    assert waiting.cancelled() or waiting.result(10) == b"x"
    with pytest.raises(CancelledError):
        queue.ask("b", work.render("b"), 0).result(0)
    assert not any(thread.is_alive() for thread in queue._threads)
