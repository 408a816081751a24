"""Which times can be booked: the hours on offer, cut into consultations, less what is taken.

Nothing here writes. Hours are cut in real elapsed time, so that a day of 23 or 25 hours offers what
it really has. A consultation needs a place of its own for its length and the pause after it. Hours
that overlap share their places (the larger number counts), and whoever is booked counts against
them, whatever the hours were when that was done: so a change of hours can make times scarce, never
doubly booked.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from admissions.enums import ConsultationChannel
from admissions.models import BookingRules, ConsultationCell
from admissions.models.calendar import CELL
from admissions.offered_hours import Opening, Seats, openings

_SLOT_TEXT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::00)?(?:Z|\+00:00)", re.ASCII)
_YEARS = range(2000, 2101)


@dataclass(frozen=True)
class Slot:
    """A time that can be booked now, in UTC; `free` is how many can still have it."""

    starts_at: datetime
    ends_at: datetime
    channels: frozenset[ConsultationChannel]
    free: int

    @property
    def value(self) -> str:
        """Return the text that stands for it in a form; `parse_slot` reads it."""
        return f"{self.starts_at:%Y-%m-%dT%H:%MZ}"


@dataclass(frozen=True)
class Place:
    """What booking a time would take: its cells, in one of the seats that are free.

    `in_time` is False where the notice that visitors have to give is over.
    """

    ends_at: datetime
    cells: list[datetime]
    seats: list[int]
    in_time: bool


def booking_rules() -> BookingRules:
    """Return the rules in force: the row, or the defaults where staff have set none."""
    return BookingRules.objects.first() or BookingRules()


def parse_slot(text: object) -> datetime | None:
    """Return the moment of a slot that a form posted, None for anything else."""
    found = _SLOT_TEXT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:  # February 30
        return None
    return moment if moment.year in _YEARS else None


def in_words(moment: datetime) -> str:
    """Return a moment as people here say it: Tuesday, December 1, 10:00 AM."""
    return date_format(timezone.localtime(moment), "l, F j, g:i A")


def offered(
    *,
    channel: str | None = None,
    first_day: date | None = None,
    days: int | None = None,
    now: datetime | None = None,
    without_notice: bool = False,
) -> list[Slot]:
    """Return the times that can be booked, earliest first; at most five queries.

    `channel` leaves those that can be had that way; `first_day` and `days` (local days) narrow
    the days ahead that the rules allow. `without_notice` is for staff, who know that they are
    there: times up to the present minute.
    """
    now = now or timezone.now()
    rules = booking_rules()
    first, last = _window(rules, timezone.localdate(now), first_day, days)
    found = [one for one in openings(first, last) if channel is None or channel in one.channels]
    taken = _taken_in(found, rules)
    slots: dict[datetime, Slot] = {}
    for opening in found:
        for starts_at in _starts(opening, rules):
            if not _is_in_time(starts_at, rules, now, without_notice=without_notice):
                continue
            free = len(_free_seats(taken, _cells(starts_at, rules), opening.capacity))
            if free:
                slot = Slot(starts_at, starts_at + _length(rules), opening.channels, free)
                slots[starts_at] = _merged(slots.get(starts_at), slot)
    return sorted(slots.values(), key=lambda slot: slot.starts_at)


def place(starts_at: datetime, channel: str, *, now: datetime | None = None) -> Place | None:
    """Return what booking this time would take, None where it is not on offer at all.

    A time that is on offer and full has no seats. At most five queries.
    """
    now = now or timezone.now()
    starts_at = starts_at.astimezone(UTC)  # in another zone, hours are added by the wall clock
    rules = booking_rules()
    day = timezone.localdate(starts_at)
    fitting = [
        one
        for one in openings(*_window(rules, timezone.localdate(now), day, 1))
        if channel in one.channels and starts_at in _starts(one, rules)
    ]
    if not fitting:
        return None
    cells = _cells(starts_at, rules)
    capacity = max(one.capacity for one in fitting)
    return Place(
        ends_at=starts_at + _length(rules),
        cells=cells,
        seats=_free_seats(_taken_in(fitting, rules), cells, capacity),
        in_time=_is_in_time(starts_at, rules, now),
    )


def is_offered(starts_at: datetime, channel: str, *, now: datetime | None = None) -> bool:
    """Return whether a visitor could book this time in this way now."""
    found = place(starts_at, channel, now=now)
    return bool(found and found.seats and found.in_time)


def nearest(
    moment: datetime,
    channel: str | None,
    count: int = 3,
    *,
    now: datetime | None = None,
    without_notice: bool = False,
) -> list[Slot]:
    """Return the `count` times on offer that are closest to a moment, earliest first."""
    found = offered(channel=channel, now=now, without_notice=without_notice)
    closest = sorted(found, key=lambda slot: abs(slot.starts_at - moment))[:count]
    return sorted(closest, key=lambda slot: slot.starts_at)


def _window(
    rules: BookingRules, today: date, first_day: date | None, days: int | None
) -> tuple[date, date]:
    """Return the first and last local day to look at; the last before the first for none."""
    first, last = max(first_day or today, today), today + timedelta(days=rules.days_ahead)
    if days is not None and days <= (last - first).days:
        last = first + timedelta(days=max(days, 0) - 1)
    return first, last


def _length(rules: BookingRules) -> timedelta:
    return timedelta(minutes=rules.length_minutes)


def _starts(opening: Opening, rules: BookingRules) -> Iterator[datetime]:
    """Yield when consultations begin in an opening; each ends within it."""
    length = _length(rules)
    starts_at = opening.begins
    while starts_at + length <= opening.ends:
        yield starts_at
        starts_at += length + timedelta(minutes=rules.buffer_minutes)


def _is_in_time(
    starts_at: datetime, rules: BookingRules, now: datetime, *, without_notice: bool = False
) -> bool:
    notice = timedelta() if without_notice else timedelta(minutes=rules.notice_minutes)
    return starts_at > now and starts_at >= now + notice


def _cells(starts_at: datetime, rules: BookingRules) -> list[datetime]:
    """Return the five-minute cells that a consultation and the pause after it touch."""
    end = starts_at + _length(rules) + timedelta(minutes=rules.buffer_minutes)
    at = starts_at - (starts_at - datetime.min.replace(tzinfo=UTC)) % CELL
    cells = []
    while at < end:
        cells.append(at)
        at += CELL
    return cells


def _taken_in(found: list[Opening], rules: BookingRules) -> Seats:
    """Return the seats taken in each cell that a consultation in the openings may touch."""
    taken: Seats = defaultdict(set)
    if found:
        begins = min(one.begins for one in found) - CELL
        ends = max(one.ends for one in found) + timedelta(minutes=rules.buffer_minutes)
        for at, seat in ConsultationCell.objects.filter(at__gte=begins, at__lt=ends).values_list(
            "at", "seat"
        ):
            taken[at].add(seat)
    return taken


def _free_seats(taken: Seats, cells: Iterable[datetime], capacity: int) -> list[int]:
    """Return the seats that are free in every cell, lowest first.

    Seats beyond the capacity, left from when it was larger, count against it: as many of the
    seats below it stay empty.
    """
    occupied = set().union(*(taken[at] for at in cells if at in taken))
    free = [seat for seat in range(capacity) if seat not in occupied]
    return free[: max(0, capacity - len(occupied))]


def _merged(one: Slot | None, other: Slot) -> Slot:
    if one is None:
        return other
    return Slot(
        one.starts_at, one.ends_at, one.channels | other.channels, max(one.free, other.free)
    )
