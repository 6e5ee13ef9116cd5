"""The cache in memory: each value is computed once, by whoever asks first."""

import threading
from concurrent.futures import ThreadPoolExecutor

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
        values = [pool.submit(cache.get, 1, compute) for _ in range(8)]
        may_finish.set()
        assert {value.result(10) for value in values} == {7}
    assert len(computed) == 1


def test_an_error_is_raised_and_not_cached(cache: MemoryCache[int, int]):
    with pytest.raises(ZeroDivisionError):
        cache.get(1, lambda: 1 // 0)
    assert cache.get(1, lambda: 3) == 3


def test_the_least_recently_used_value_is_dropped_first():
    cache: MemoryCache[int, int] = MemoryCache(2)
    for n in (1, 2, 1, 3):
        cache.get(n, lambda n=n: n)
    assert [cache.get(n, lambda: 0) for n in (1, 3, 2)] == [1, 3, 0]


def test_clearing_drops_values(cache: MemoryCache[int, int]):
    cache.get(1, lambda: 1)
    cache.clear()
    assert cache.get(1, lambda: 2) == 2
