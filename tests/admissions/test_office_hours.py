"""Working time: what counts and what does not, on ordinary days and on odd ones."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admissions.models import ClosedDay, WorkingHours
from admissions.office_hours import Schedule, instant
from tests.admissions.calendar_tools import local

NINE_TO_FIVE = (time(9), time(17))
WEEKDAYS = {weekday: [NINE_TO_FIVE] for weekday in range(5)}
MINUTE = timedelta(minutes=1)


def schedule(hours: dict | None = None, closed: tuple[date, ...] = ()) -> Schedule:
    return Schedule(WEEKDAYS if hours is None else hours, frozenset(closed))


# -- the wall clock


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2027, 1, 15), time(9), "2027-01-15 14:00"),
        (date(2027, 7, 15), time(9), "2027-07-15 13:00"),
        (date(2028, 2, 29), time(9), "2028-02-29 14:00"),
        # spring: 2:00 to 2:59 does not exist, each of it is the moment of the jump
        (date(2027, 3, 14), time(1, 59), "2027-03-14 06:59"),
        (date(2027, 3, 14), time(2), "2027-03-14 07:00"),
        (date(2027, 3, 14), time(2, 30), "2027-03-14 07:00"),
        (date(2027, 3, 14), time(2, 59, 59), "2027-03-14 07:00"),
        (date(2027, 3, 14), time(3), "2027-03-14 07:00"),
        (date(2027, 3, 14), time(3, 1), "2027-03-14 07:01"),
        # autumn: 1:00 to 1:59 is there twice, the first counts
        (date(2026, 11, 1), time(1, 30), "2026-11-01 05:30"),
        (date(2026, 11, 1), time(2), "2026-11-01 07:00"),
        (date(2027, 11, 7), time(1), "2027-11-07 05:00"),
    ],
)
def test_instant_is_the_moment_that_a_wall_clock_shows(day: date, at: time, utc: str) -> None:
    assert instant(day, at) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(
    day=st.sampled_from([date(2027, 3, 14), date(2026, 11, 1), date(2027, 6, 1)]),
    early=st.times(),
    late=st.times(),
)
def test_instant_of_a_later_time_is_never_an_earlier_moment(
    day: date, early: time, late: time
) -> None:
    early, late = sorted((early, late))
    assert instant(day, early) <= instant(day, late)


# -- intervals


def test_intervals_join_hours_that_touch_or_overlap() -> None:
    hours = {0: [(time(9), time(12)), (time(11), time(12)), (time(12), time(13)), NINE_TO_FIVE]}
    monday = date(2027, 3, 1)
    assert schedule(hours).intervals(monday) == [
        (local("2027-03-01 09:00"), local("2027-03-01 17:00"))
    ]


def test_intervals_keep_a_lunch_break() -> None:
    hours = {0: [(time(9), time(12)), (time(13), time(17))]}
    assert len(schedule(hours).intervals(date(2027, 3, 1))) == 2
    assert schedule(hours).intervals(date(2027, 3, 2)) == []


def test_intervals_leave_out_hours_that_do_not_exist_in_spring() -> None:
    hours = {6: [(time(2), time(3)), (time(2, 15), time(2, 45))]}
    assert schedule(hours).intervals(date(2027, 3, 14)) == []


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2027-03-14", 23), ("2026-11-01", 25), ("2027-11-07", 25), ("2027-06-01", 24)],
)
def test_without_hours_the_whole_day_counts_however_long_it_is(day: str, hours: int) -> None:
    ((begins, ends),) = schedule({}).intervals(date.fromisoformat(day))
    assert ends - begins == timedelta(hours=hours)


def test_closed_day_has_no_intervals_with_and_without_hours() -> None:
    monday = date(2027, 3, 1)
    assert schedule(closed=(monday,)).intervals(monday) == []
    assert schedule({}, closed=(monday,)).intervals(monday) == []


# -- the promise


@pytest.mark.parametrize(
    ("start", "minutes", "deadline"),
    [
        ("2027-03-01 10:00", 15, "2027-03-01 10:15"),  # in the middle of Monday
        ("2027-03-01 16:50", 15, "2027-03-02 09:05"),  # the rest the next morning
        ("2027-03-01 16:45", 15, "2027-03-01 17:00"),
        ("2027-03-01 17:00", 15, "2027-03-02 09:15"),
        ("2027-03-01 23:59", 15, "2027-03-02 09:15"),
        ("2027-03-01 03:00", 15, "2027-03-01 09:15"),
        ("2027-03-05 16:59", 15, "2027-03-08 09:14"),  # over a weekend
        ("2027-03-13 12:00", 15, "2027-03-15 09:15"),  # and over the change of the clocks
        ("2027-03-01 09:00", 960, "2027-03-02 17:00"),
    ],
)
def test_deadline_runs_in_working_time_only(start: str, minutes: int, deadline: str) -> None:
    assert schedule().deadline(local(start), minutes) == local(deadline)


def test_deadline_skips_a_closed_day() -> None:
    closed = schedule(closed=(date(2027, 3, 2),))
    assert closed.deadline(local("2027-03-01 16:50"), 15) == local("2027-03-03 09:05")


def test_deadline_without_hours_is_plain_time() -> None:
    start = local("2027-03-14 01:55")
    assert schedule({}).deadline(start, 15) == local("2027-03-14 03:10")  # 2:00 does not exist


def test_deadline_where_nobody_ever_works_runs_all_the_same() -> None:
    start = local("2027-03-01 10:00")
    never = {0: [(time(9), time(9))]}
    assert schedule(never).deadline(start, 15) == start + timedelta(minutes=15)


@given(
    start=st.datetimes(datetime(2026, 10, 25), datetime(2027, 3, 20)).map(
        lambda moment: moment.replace(tzinfo=UTC, second=0, microsecond=0)
    ),
    minutes=st.integers(1, 2000),
)
def test_deadline_leaves_exactly_the_promised_working_time(start: datetime, minutes: int) -> None:
    night_shift = {**WEEKDAYS, 6: [(time(0), time(4)), (time(22), time(23, 59))]}
    for hours in (WEEKDAYS, night_shift, {}):
        found = schedule(hours, closed=(date(2026, 11, 26), date(2027, 1, 1)))
        assert found.working_time(start, found.deadline(start, minutes)) == minutes * MINUTE


# -- how much, and whether


@given(
    start=st.datetimes(datetime(2026, 10, 31), datetime(2026, 11, 3)).map(
        lambda moment: moment.replace(tzinfo=UTC, second=0, microsecond=0)
    ),
    minutes=st.integers(0, 3000),
)
def test_working_time_is_the_sum_of_the_minutes_that_are_open(
    start: datetime, minutes: int
) -> None:
    found = schedule({6: [(time(0, 30), time(2, 30))], 0: [NINE_TO_FIVE]})
    open_minutes = sum(found.is_open(start + number * MINUTE) for number in range(minutes))
    assert found.working_time(start, start + minutes * MINUTE) == open_minutes * MINUTE


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("2027-03-14 00:30", "2027-03-14 03:30", 2), ("2026-11-01 00:30", "2026-11-01 03:30", 4)],
)
def test_working_time_of_local_moments_is_not_what_the_wall_clock_shows(
    start: str, end: str, hours: int
) -> None:
    found = schedule({}).working_time(local(start), local(end))
    assert found == timedelta(hours=hours)
    assert schedule({}).deadline(local(start), hours * 60) == local(end)


def test_working_time_of_reversed_moments_is_none() -> None:
    assert (
        schedule().working_time(local("2027-03-01 12:00"), local("2027-03-01 10:00")) == timedelta()
    )
    assert (
        schedule().working_time(local("2027-03-09 12:00"), local("2027-03-01 10:00")) == timedelta()
    )


def test_is_open_from_the_first_minute_to_before_the_last() -> None:
    assert schedule().is_open(local("2027-03-01 09:00"))
    assert not schedule().is_open(local("2027-03-01 17:00"))
    assert not schedule().is_open(local("2027-02-28 12:00"))  # a Sunday


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2027-03-01", 0, "2027-03-01"),
        ("2027-03-01", 1, "2027-03-02"),
        ("2027-03-05", 1, "2027-03-08"),
        ("2027-03-06", 1, "2027-03-08"),
        ("2028-02-28", 1, "2028-02-29"),
        ("2028-02-29", 1, "2028-03-01"),
        ("2027-12-23", 1, "2027-12-27"),  # the 24th is closed here
        ("2027-12-31", 3, "2028-01-05"),
    ],
)
def test_business_days_leave_out_weekends_and_closed_days(
    day: str, count: int, expected: str
) -> None:
    found = schedule(closed=(date(2027, 12, 24),))
    later = found.add_business_days(date.fromisoformat(day), count)
    assert later == date.fromisoformat(expected)


# -- from the database


@pytest.mark.django_db
def test_load_reads_hours_and_closed_days_in_two_queries(django_assert_num_queries: object) -> None:
    WorkingHours.objects.create(weekday=0, start=time(13), end=time(17))
    WorkingHours.objects.create(weekday=0, start=time(9), end=time(12))
    ClosedDay.objects.create(day=date(2027, 3, 8), name="Holiday")
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = Schedule.load()
    assert found.hours == {0: [(time(9), time(12)), (time(13), time(17))]}
    assert found.is_open(local("2027-03-01 13:00"))
    assert not found.is_open(local("2027-03-08 13:00"))


@pytest.mark.django_db
def test_load_of_nothing_is_open_around_the_clock() -> None:
    assert Schedule.load().is_open(local("2027-03-01 03:00"))
