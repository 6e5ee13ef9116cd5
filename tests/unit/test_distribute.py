"""Water-filling uses all of the time it can, and keeps every bound, cap and whole breath."""

from common import examples
from hypothesis import given
from hypothesis import strategies as st

from audio_builder.planning.distribute import ElasticRange, distribute, stretched_to


def _elastic_range(low, extra, count, cycle, cap):
    return ElasticRange(low * (cycle or 1), (low + extra) * (cycle or 1), count, cycle, cap)


elastic_ranges = st.builds(
    _elastic_range,
    st.integers(1, 60_000),
    st.integers(0, 60_000),
    st.sampled_from((1, 2)),
    st.sampled_from((0, 0, 0, 10_000, 8_000)),
    st.sampled_from((None, None, 0)),
)


@given(st.lists(elastic_ranges, max_size=8), st.integers(0, 10**9), st.integers(0, 10**8))
@examples(100)
def test_time_is_left_over_only_if_no_gap_can_take_it(gaps, extra, slack):
    caps = [sum(gap.low for gap in gaps if gap.cap == 0) + slack]
    total = sum(gap.low * gap.count for gap in gaps) + extra
    amounts, left = distribute(gaps, caps, total)
    given = list(zip(amounts, gaps, strict=True))
    capped = sum(amount for amount, gap in given if gap.cap == 0)
    assert sum(amount * gap.count for amount, gap in given) + left == total
    assert capped <= caps[0]
    for amount, gap in given:
        assert gap.low <= amount <= gap.high
        if gap.cycle:
            assert amount % gap.cycle == 0
        room = min(gap.high - amount, caps[0] - capped if gap.cap == 0 else gap.high)
        step = gap.cycle or 1
        if room >= step:
            assert left < step * gap.count


@given(st.lists(elastic_ranges, min_size=1, max_size=6), st.integers(0, 10**6))
@examples(100)
def test_gaps_are_stretched_past_what_is_needed_by_less_than_a_breath(gaps, needed):
    amounts = stretched_to(gaps, needed)
    if amounts is None:
        assert sum(gap.high for gap in gaps) < needed
        return
    total = sum(amounts)
    assert total >= needed
    assert total <= max(sum(gap.low for gap in gaps), needed + max(gap.cycle for gap in gaps))


def test_gaps_grow_in_proportion_to_their_lower_bounds():
    gaps = [ElasticRange(10, 1_000), ElasticRange(20, 1_000), ElasticRange(30, 45)]
    assert distribute(gaps, (), 60) == ([10, 20, 30], 0)
    assert distribute(gaps, (), 90) == ([15, 30, 45], 0)
    assert distribute(gaps, (), 105) == ([20, 40, 45], 0)


def test_a_gap_on_both_sides_takes_its_time_twice():
    assert distribute([ElasticRange(10, 1_000, count=2), ElasticRange(10, 1_000)], (), 60) == ([20, 20], 0)
