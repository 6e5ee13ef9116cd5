"""The cache in memory: each value is computed once, by whoever asks first."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from audio_builder.memory_cache import MemoryCache


@pytest.fixture
def cache() -> MemoryCache[int, int]:
    return MemoryCache(4)


def test_a_value_is_computed_once_however_many_threads_ask_for_it(cache: MemoryCache[int, int]):
    computed, may_finish = [], threading.Event()

    def compute() -> int:
        may_finish.wait(10)
        computed.append(1)
        return 7

    with ThreadPoolExecutor(8) as pool:
        values = [pool.submit(cache.get, 1, compute) for _ in range(4)]
        futures = [pool.submit(cache.begin, 1, Future) for _ in range(4)]
        found = {future.result(10) for future in futures}
        may_finish.set()
        assert {value.result(10) for value in values} == {7}
    assert len(computed) == len(found) == 1
    assert 1 in cache
    assert cache.begin(1, Future).result(10) == 7


def test_a_computation_that_was_begun_elsewhere_is_waited_for(cache: MemoryCache[int, int]):
    elsewhere: Future[int] = Future()
    assert cache.begin(1, lambda: elsewhere) is elsewhere
    assert cache.begin(1, Future) is elsewhere
    with ThreadPoolExecutor(1) as pool:
        value = pool.submit(cache.get, 1, lambda: 0)
        elsewhere.set_result(5)
        assert value.result(10) == 5


def test_an_error_is_raised_and_not_cached(cache: MemoryCache[int, int]):
    with pytest.raises(ZeroDivisionError):
        cache.get(1, lambda: 1 // 0)
    assert 1 not in cache
    failed: Future[int] = Future()
    cache.begin(1, lambda: failed)
    failed.set_exception(ValueError("no"))
    assert 1 not in cache
    cancelled: Future[int] = Future()
    cache.begin(1, lambda: cancelled)
    cancelled.cancel()
    assert cache.get(1, lambda: 3) == 3


def test_the_least_recently_used_value_is_dropped_first():
    cache: MemoryCache[int, int] = MemoryCache(2)
    for n in (1, 2, 1, 3):
        cache.get(n, lambda n=n: n)
    assert [n in cache for n in (1, 2, 3)] == [True, False, True]
    cache.begin(4, Future)
    assert [n in cache for n in (1, 3, 4)] == [False, True, True]


def test_clearing_drops_values_but_not_those_that_are_being_computed(cache: MemoryCache[int, int]):
    elsewhere: Future[int] = Future()
    cache.get(1, lambda: 1)
    waiting = cache.begin(2, lambda: elsewhere)
    cache.clear()
    assert 1 not in cache
    assert cache.get(2, lambda: 3) == 3
    elsewhere.set_result(2)
    assert waiting.result(10) == 2
    assert cache.get(2, lambda: 0) == 3
