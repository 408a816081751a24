"""A track's week as a table needs it: days that have something, and the hours of care in all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from programs.models import ScheduleBlock, Track


@dataclass(frozen=True)
class Day:
    name: str
    blocks: list[ScheduleBlock]


@dataclass(frozen=True)
class Week:
    track: Track
    days: list[Day]
    hours: float  # of care; breaks are not counted
    is_sample: bool


def hours_between(start: time, end: time) -> float:
    """Return the hours from start to end on one day."""
    today = date.min
    return (datetime.combine(today, end) - datetime.combine(today, start)).total_seconds() / 3600


def week_of(track: Track, blocks: Iterable[ScheduleBlock]) -> Week:
    """Return the week of a track from its blocks."""
    by_day: dict[int, list[ScheduleBlock]] = {}
    for block in sorted(blocks, key=lambda one: (one.weekday, one.start)):
        by_day.setdefault(block.weekday, []).append(block)
    every = [block for day in by_day.values() for block in day]
    return Week(
        track=track,
        days=[Day(str(day[0].get_weekday_display()), day) for day in by_day.values()],
        hours=sum(
            hours_between(block.start, block.end)
            for block in every
            if block.kind != ScheduleBlock.Kind.BREAK
        ),
        is_sample=any(block.is_sample for block in every),
    )
