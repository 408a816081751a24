"""Working time: when admissions answers, in local hours, without holidays, right on odd days.

Hours are local wall-clock times; every interval is turned into instants first, so that a day of 23
or 25 hours counts as it really was. Where no working hours are set the desk answers around the
clock, and only closed days stop it.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from django.utils import timezone

from admissions.models import ClosedDay, WorkingHours

_LONGEST_CLOSURE = 370  # days; hours that never open would be looked for without end

Interval = tuple[datetime, datetime]


def instant(day: date, at: time) -> datetime:
    """Return the moment of a local wall-clock time, in UTC.

    A time that does not exist (spring) is the moment the clock jumps; one that exists twice
    (autumn) is the first. So a later time of a day is never an earlier moment.
    """
    zone = timezone.get_default_timezone()
    at = at.replace(fold=0)
    local = datetime.combine(day, at, tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).time() == at:
        return moment
    # In the gap: read by the offset before it, the moment lies behind the jump; by the offset
    # after it, in front of it.
    early = local.replace(fold=1, microsecond=0).astimezone(UTC)
    offset = moment.astimezone(zone).utcoffset()
    jump = bisect_left(
        range(int((moment - early).total_seconds())),
        True,
        key=lambda second: (
            (early + timedelta(seconds=second)).astimezone(zone).utcoffset() == offset
        ),
    )
    return early + timedelta(seconds=jump)


@dataclass(frozen=True)
class Schedule:
    """The working hours and closed days in force; read once, asked often."""

    hours: dict[int, list[tuple[time, time]]]  # by weekday, Monday is 0
    closed: frozenset[date]

    @classmethod
    def load(cls) -> Self:
        """Read it. Two queries."""
        hours: dict[int, list[tuple[time, time]]] = defaultdict(list)
        for row in WorkingHours.objects.order_by("weekday", "start"):
            hours[row.weekday].append((row.start, row.end))
        return cls(dict(hours), frozenset(ClosedDay.objects.values_list("day", flat=True)))

    def intervals(self, day: date) -> list[Interval]:
        """Return the working intervals of a local day as instants, in order, without overlaps."""
        if day in self.closed:
            return []
        if not self.hours:
            return [(instant(day, time.min), instant(day + timedelta(days=1), time.min))]
        merged: list[Interval] = []
        for start, end in self.hours.get(day.weekday(), []):
            begins, ends = instant(day, start), instant(day, end)
            if merged and begins <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
            elif begins < ends:
                merged.append((begins, ends))
        return merged

    def deadline(self, start: datetime, minutes: int) -> datetime:
        """Return the moment at which `minutes` of working time have passed since `start`."""
        start = start.astimezone(UTC)  # in a local zone Python counts by the wall clock
        left = timedelta(minutes=minutes)
        for begins, ends in self._from(start):
            begins = max(begins, start)
            if ends - begins >= left:
                return begins + left
            left -= ends - begins
        return start + timedelta(minutes=minutes)  # never open: the promise runs all the same

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two moments; none where they are reversed."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)  # see `deadline`
        total = timedelta()
        day, last = timezone.localdate(start), timezone.localdate(end)
        while day <= last:
            for begins, ends in self.intervals(day):
                total += max(timedelta(), min(ends, end) - max(begins, start))
            day += timedelta(days=1)
        return total

    def is_open(self, at: datetime) -> bool:
        """Return whether somebody works at that moment."""
        return any(begins <= at < ends for begins, ends in self.intervals(timezone.localdate(at)))

    def next_open(self, at: datetime) -> datetime:
        """Return the moment itself where somebody works then, else when work begins again."""
        return next((max(begins, at) for begins, _ends in self._from(at)), at)

    def add_business_days(self, day: date, count: int) -> date:
        """Return the day `count` business days on: Monday to Friday but for closed days."""
        while count:
            day += timedelta(days=1)
            count -= self.is_business_day(day)
        return day

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.closed

    def _from(self, start: datetime) -> Iterator[Interval]:
        day = timezone.localdate(start)
        for offset in range(_LONGEST_CLOSURE):
            for begins, ends in self.intervals(day + timedelta(days=offset)):
                if ends > start:
                    yield begins, ends
