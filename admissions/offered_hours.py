"""The hours in which consultations are offered, less closed days and exceptions.

Hours are local wall-clock times; they are turned into instants here. Nothing here writes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from admissions.enums import ConsultationChannel
from admissions.models import (
    Availability,
    AvailabilityException,
    ClosedDay,
    Consultation,
    ConsultationCell,
)
from admissions.models.calendar import CELL
from admissions.office_hours import Interval, instant

Seats = dict[datetime, set[int]]


@dataclass(frozen=True)
class Opening:
    """A stretch of time on offer, with how many at once and in which ways."""

    begins: datetime
    ends: datetime
    capacity: int
    channels: frozenset[ConsultationChannel]


def openings(first: date, last: date) -> list[Opening]:
    """Return what is on offer from one local day to another, both included. Three queries."""
    between = {"day__range": (first, last)}
    closed = set(ClosedDay.objects.filter(**between).values_list("day", flat=True))
    exceptions: dict[date, list[AvailabilityException]] = defaultdict(list)
    for one in AvailabilityException.objects.filter(**between):
        exceptions[one.day].append(one)
    weekly = list(Availability.objects.all())
    found = []
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        if day in closed:
            continue
        shut = [_interval(day, one) for one in exceptions[day] if not one.is_open]
        rows: list[Availability | AvailabilityException] = [
            *(one for one in weekly if one.is_in_force(day)),
            *(one for one in exceptions[day] if one.is_open),
        ]
        found += [
            Opening(begins, ends, row.capacity, row.channels)
            for row in rows
            for begins, ends in _without(_interval(day, row), shut)
        ]
    return found


def outside_hours() -> list[Consultation]:
    """Return the booked consultations to come that the hours on offer no longer cover.

    A change of hours or a new closed day cancels nothing by itself: these are for staff to move.
    So are those that are more at once than the hours now allow. Five queries.
    """
    booked = list(Consultation.objects.upcoming().select_related("lead"))
    if not booked:
        return []
    by_day: dict[date, list[Opening]] = defaultdict(list)
    days = [timezone.localdate(one.starts_at) for one in booked]
    for opening in openings(min(days), max(days)):
        by_day[timezone.localdate(opening.begins)].append(opening)
    own: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    taken: Seats = defaultdict(set)
    cells = ConsultationCell.objects.filter(consultation__in=Consultation.objects.upcoming())
    for pk, at, seat in cells.values_list("consultation_id", "at", "seat"):
        own[pk].append((at, seat))
        taken[at].add(seat)
    return [
        one
        for one, day in zip(booked, days, strict=True)
        if not all(
            _is_covered(one, at, len([low for low in taken[at] if low < seat]), by_day[day])
            for at, seat in own[one.pk]
            if at < one.ends_at  # the pause after it may lie outside
        )
    ]


def _interval(day: date, row: Availability | AvailabilityException) -> Interval:
    return instant(day, row.start), instant(day, row.end)


def _without(interval: Interval, holes: Iterable[Interval]) -> list[Interval]:
    """Return what is left of an interval outside the holes."""
    left = [interval]
    for begins, ends in holes:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, begins)), (max(start, ends), end))
            if part[0] < part[1]
        ]
    return left


def _is_covered(
    consultation: Consultation, at: datetime, before: int, found: Iterable[Opening]
) -> bool:
    """Return whether an opening holds this cell of it with `before` others in front of it."""
    begins = max(at, consultation.starts_at)
    ends = min(at + CELL, consultation.ends_at)
    return any(
        one.begins <= begins
        and ends <= one.ends
        and before < one.capacity
        and consultation.channel in one.channels
        for one in found
    )
