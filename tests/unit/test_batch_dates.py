"""Dates by rule: which moments a rule gives, and what is not a rule."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_builder.batch.date_rules import WEEKDAYS, read_dates, slots
from audio_builder.errors import InvalidValue


def _first(value, number=3, after=None):
    return [f"{moment:%a %Y-%m-%d %H:%M%z}" for moment in islice(slots(read_dates(value), after), number)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "every Tuesday from 2027-01-05",
            ["Tue 2027-01-05 00:00", "Tue 2027-01-12 00:00", "Tue 2027-01-19 00:00"],
        ),
        ("Every tuesdays  from 2027-01-06", ["Tue 2027-01-12 00:00"]),
        (
            "every Tuesday and Friday from 2027-01-05 at 06:00",
            ["Tue 2027-01-05 06:00", "Fri 2027-01-08 06:00"],
        ),
        (
            "every Monday, Wednesday and Friday from 2027-01-05",
            ["Wed 2027-01-06 00:00", "Fri 2027-01-08 00:00", "Mon 2027-01-11 00:00"],
        ),
        ("every day at 06:30 from 2027-01-05", ["Tue 2027-01-05 06:30", "Wed 2027-01-06 06:30"]),
        ("every weekday from 2027-01-08", ["Fri 2027-01-08 00:00", "Mon 2027-01-11 00:00"]),
        ("every week from 2027-01-05", ["Tue 2027-01-05 00:00", "Tue 2027-01-12 00:00"]),
        ("every 2 weeks from 2027-01-05", ["Tue 2027-01-05 00:00", "Tue 2027-01-19 00:00"]),
        ("every 10 days from 2027-01-05", ["Tue 2027-01-05 00:00", "Fri 2027-01-15 00:00"]),
    ],
)
def test_a_rule_gives_its_moments_in_order(rule, expected):
    assert [moment.removesuffix("+0000") for moment in _first(rule, len(expected))] == expected


def test_a_time_may_have_an_offset_from_utc():
    (moment,) = islice(slots(read_dates("every day from 2027-01-05 at 06:00+01:00")), 1)
    assert moment.astimezone(UTC) == datetime(2027, 1, 5, 5, tzinfo=UTC)


def test_one_date_is_the_date_of_all_and_a_list_gives_each_once():
    assert _first("2027-01-05") == ["Tue 2027-01-05 00:00+0000"] * 3
    assert _first(date(2027, 1, 5), 1) == ["Tue 2027-01-05 00:00+0000"]
    assert _first([date(2027, 1, 5), "2027-01-09T08:00+01:00"]) == [
        "Tue 2027-01-05 00:00+0000",
        "Sat 2027-01-09 07:00+0000",
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("every Tuesday", "no first date"),
        ("every Tusday from 2027-01-05", 'Did you mean "Tuesday"?'),
        ("every blue moon from 2027-01-05", "not a day of the week"),
        ("every Tuesday from 5 January", "every Tuesday from 2027-01-05"),
        ("every Tuesday from 2027-02-30", "write e.g. from 2027-01-05"),
        ("every Tuesday from 2027-01-05T06:00", "write the time after at"),
        ("every Tuesday from 2027-01-05 at six", "write e.g. at 06:00"),
        ("every Tuesday from 2027-01-05 at 25:00", "write e.g. at 06:00"),
        ("every 0 days from 2027-01-05", "use a number from 1"),
        ("every month from 2027-01-05", "not a day of the week"),
        ("every day from 9999-01-05", "the year 9999 is impossible"),
        ("every day at 06:00 from 2027-01-05 at 07:00", "invalid rule"),
        ("tomorrow", "is not a date"),
        ("", "is not a date"),
        (20270105, "is not a date"),
        ({"from": 1}, "is not a date"),
        ([], "empty"),
        (["every day from 2027-01-05"], "is not a date"),
        ([date(2027, 1, 5), date(2027, 1, 5)], "not later than the date before it"),
        (date(3000, 1, 1), "the year 3000 is impossible"),
    ],
)
def test_what_is_not_a_date_is_refused_with_a_hint(value, words):
    with pytest.raises(InvalidValue) as caught:
        read_dates(value)
    assert words in str(caught.value)


def test_a_rule_that_leaves_the_years_of_feeds_is_refused():
    moments = slots(read_dates("every 999 weeks from 2027-01-05"))
    with pytest.raises(InvalidValue, match="not enough dates before the year 3000"):
        list(moments)


_DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
_RULES = st.one_of(
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True).map(" and ".join),
    st.sampled_from(["day", "weekday", "week"]),
    st.tuples(st.integers(1, 60), st.sampled_from(["day", "days", "week", "weeks"])).map(
        lambda pair: f"{pair[0]} {pair[1]}"
    ),
)
_TIMES = st.sampled_from(
    ["", " at 06:00", " at 23:59:59", " at 06:00+14:00", " at 06:00-12:00", " at 06:00Z"]
)


@given(_RULES, _DAYS, _TIMES, st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_dates_of_a_rule_increase_begin_with_its_first_day_and_come_after_the_last_episode(
    days, first, at, after
):
    after = after.replace(tzinfo=UTC) if after else None
    rule = read_dates(f"every {days} from {first}{at}")
    found = list(islice(slots(rule, after), 8))
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(moment.date() >= first and (after is None or moment > after) for moment in found)
    if rule.weekdays:
        assert all(moment.weekday() in rule.weekdays for moment in found)
    else:
        assert all((moment - rule.first) % timedelta(days=rule.step) == timedelta() for moment in found)


@given(_RULES, _DAYS, _TIMES, st.integers(0, 30))
def test_dates_after_the_last_episode_are_the_same_as_if_they_had_been_given_before(days, first, at, done):
    rule = read_dates(f"every {days} from {first}{at}")
    whole = list(islice(slots(rule), done + 5))
    assert list(islice(slots(rule, whole[done - 1] if done else None), 5)) == whole[done:]
