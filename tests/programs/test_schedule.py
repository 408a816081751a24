"""A track's week: days in order, hours of care without the breaks, samples marked as such."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from programs.models import ScheduleBlock, Track
from programs.schedule import hours_between, week_of

TRACK = Track(slug="evening", title="Evening")
Kind = ScheduleBlock.Kind


def block(weekday: int, start: str, end: str, **values: object) -> ScheduleBlock:
    return ScheduleBlock(
        track=TRACK,
        weekday=weekday,
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
        **{"title": "Group", **values},
    )


def test_a_week_without_blocks_is_empty() -> None:
    week = week_of(TRACK, [])
    assert (week.track, week.days, week.hours, week.is_sample) == (TRACK, [], 0, False)


def test_days_and_blocks_come_in_the_order_of_the_week() -> None:
    late = block(4, "18:00", "19:00")
    early = block(0, "18:00", "19:00")
    before = block(4, "09:00", "10:00")
    week = week_of(TRACK, [late, early, before])
    assert [day.name for day in week.days] == ["Monday", "Friday"]
    assert [day.blocks for day in week.days] == [[early], [before, late]]


def test_hours_leave_out_the_breaks() -> None:
    week = week_of(
        TRACK,
        [
            block(0, "09:00", "10:30"),
            block(0, "10:30", "10:45", kind=Kind.BREAK),
            block(0, "10:45", "12:00", kind=Kind.FAMILY),
            block(2, "09:00", "09:45", kind=Kind.INDIVIDUAL),
            block(2, "09:45", "10:15", kind=Kind.REVIEW),
        ],
    )
    assert week.hours == 1.5 + 1.25 + 0.75 + 0.5


def test_a_day_of_breaks_alone_is_still_a_day() -> None:
    week = week_of(TRACK, [block(6, "09:00", "10:00", kind=Kind.BREAK)])
    assert [day.name for day in week.days] == ["Sunday"]
    assert week.hours == 0


def test_one_sample_block_makes_the_week_a_sample() -> None:
    real, sample = block(0, "09:00", "10:00"), block(1, "09:00", "10:00", is_sample=True)
    assert week_of(TRACK, [real]).is_sample is False
    assert week_of(TRACK, [real, sample]).is_sample is True


def test_blocks_may_come_from_any_iterable() -> None:
    week = week_of(TRACK, (one for one in [block(0, "09:00", "10:00")]))
    assert week.hours == 1


def test_hours_between_counts_minutes() -> None:
    assert hours_between(time(9), time(9, 20)) == pytest.approx(1 / 3)
    assert hours_between(time(0), time(23, 59)) == pytest.approx(24 - 1 / 60)


BLOCKS = st.builds(
    lambda weekday, start, length, kind: ScheduleBlock(
        track=TRACK,
        weekday=weekday,
        start=time(start // 60, start % 60),
        end=time((start + length) // 60, (start + length) % 60),
        kind=kind,
    ),
    st.integers(0, 6),
    st.integers(0, 1200),
    st.integers(5, 230),
    st.sampled_from(Kind.values),
)


@given(st.lists(BLOCKS, max_size=30))
@run(max_examples=100, deadline=None)
def test_a_week_holds_every_block_once_and_in_order(blocks: list[ScheduleBlock]) -> None:
    week = week_of(TRACK, blocks)
    shown = [one for day in week.days for one in day.blocks]
    assert len(shown) == len(blocks)
    places = [(one.weekday, one.start) for one in shown]
    assert places == sorted(places)
    assert len({day.name for day in week.days}) == len(week.days)
    assert 0 <= week.hours <= sum(hours_between(one.start, one.end) for one in blocks) + 1e-9
