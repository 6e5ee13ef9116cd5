"""A few things kept in memory: made once, by whoever comes first."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from audio_builder.memory_cache import MemoryCache


def test_a_thing_is_made_once_however_many_come():
    kept: MemoryCache[int, int] = MemoryCache(4)
    made, gate = [], threading.Event()

    def make() -> int:
        gate.wait(10)
        made.append(1)
        return 7

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(kept.get, 1, make) for _ in range(4)]
        begun = [pool.submit(kept.begin, 1, Future) for _ in range(4)]
        waiting = {id(one.result(10)) for one in begun}
        gate.set()
        assert {one.result(10) for one in asked} == {7}
    assert len(made) == len(waiting) == 1
    assert 1 in kept
    assert kept.begin(1, Future).result(10) == 7


def test_what_is_begun_elsewhere_is_waited_for():
    kept: MemoryCache[int, int] = MemoryCache(4)
    elsewhere: Future[int] = Future()
    assert kept.begin(1, lambda: elsewhere) is elsewhere
    assert kept.begin(1, Future) is elsewhere
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(kept.get, 1, lambda: 0)
        elsewhere.set_result(5)
        assert asked.result(10) == 5


def test_a_fault_is_told_and_not_kept():
    kept: MemoryCache[int, int] = MemoryCache(4)
    with pytest.raises(ZeroDivisionError):
        kept.get(1, lambda: 1 // 0)
    failed: Future[int] = Future()
    kept.begin(1, lambda: failed)
    failed.set_exception(ValueError("no"))
    assert 1 not in kept
    cancelled: Future[int] = Future()
    kept.begin(1, lambda: cancelled)
    cancelled.cancel()
    assert kept.get(1, lambda: 3) == 3


def test_the_oldest_gives_way():
    kept: MemoryCache[int, int] = MemoryCache(2)
    for n in (1, 2, 1, 3):
        kept.get(n, lambda n=n: n)
    assert [n in kept for n in (1, 2, 3)] == [True, False, True]
    done: Future[int] = Future()
    kept.begin(4, lambda: done)
    assert [n in kept for n in (1, 3, 4)] == [False, True, True]
