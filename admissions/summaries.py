"""What the reports read: for each local day, what became of the leads received on it.

A row a day, dimension and key (`Summary`), made from the leads and their events alone: whoever
makes it anew gets the same. It holds counts and whole histograms, so that rows add up and a median
over any days is exact. The rows of a month's days are added up to rows of the month: a year is a
few hundred rows, at a thousand leads as at a million.

`data` is groups of counters:

- `count`: `received`; of these `demo`, `void` (closed as nobody's lead, `enums.VOID_REASONS`) and
  `held` (suspected spam that nobody looked at yet). The rest are `leads`, and all below speaks of
  them alone; `in_time` and `late` say how the first attempt kept the promise.
- `attempt`, `contact`: whole minutes of working time until the first attempt and the first live
  conversation, from when the lead was received, or released from quarantine.
- `reached`: how far they came. On the road (`ROAD`) who reached a stage has reached those before
  it, skipped ones too; an admission that was taken back is none. Beside it (`ASIDE`): ever there.
- for all leads together (`Dimension.ALL`) also `stay:<status>` (whole hours of each stay that is
  over), `verification` (days from the first request of a verification to the admission) and
  `reason` (of closed leads).

Working time is measured by the hours in force when a day is made. After hours or closed days were
changed for the past, `manage.py rebuild_summaries` measures all days by them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from admissions.enums import VOID_REASONS, Dimension, EventKind, LeadStatus, VobStatus
from admissions.models import ChainHead, Lead, LeadEvent, Summary, SummaryHead
from admissions.office_hours import Schedule, instant

ROAD = (
    LeadStatus.NEW,
    LeadStatus.ATTEMPTING,
    LeadStatus.CONTACTED,
    LeadStatus.QUALIFIED,
    LeadStatus.ASSESSMENT_SCHEDULED,
    LeadStatus.ASSESSED,
    LeadStatus.ADMISSION_SCHEDULED,
    LeadStatus.ADMITTED,
)
ASIDE = (LeadStatus.WAITLISTED, LeadStatus.NURTURE)
OPEN, CLOSED = "open", "closed"  # the keys of `Dimension.ARRIVAL`

EVENTS = 5_000  # that one refresh reads
# What was only looked at changes no number.
_LOOKS = (
    EventKind.VIEWED,
    EventKind.CARD_VIEWED,
    EventKind.REVEALED,
    EventKind.PRINTED,
    EventKind.BENEFITS_PRINTED,
    EventKind.REFUSED,
)
_MERGES = (EventKind.MERGED, EventKind.MERGE_UNDONE)
_MOVED, _RELEASED = EventKind.STATUS_CHANGED, EventKind.SUSPECT_RELEASED
_TELLING = (
    _MOVED,
    *_MERGES,
    _RELEASED,
    EventKind.INSURANCE_RECEIVED,
    EventKind.VOB_CHANGED,
)
_SPEED = ("count", "attempt", "contact")  # the groups of every dimension
_BROKEN_DOWN = (Dimension.SOURCE, Dimension.TRACK, Dimension.PAYER, Dimension.OWNER)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

Event = tuple[str, datetime, dict[str, Any]]  # kind, at, data


def refresh(*, limit: int = 25) -> datetime | None:
    """Make anew the days whose leads had events since the last time, about `limit` days at most.

    Returns None where every event is in the summaries now, else the moment up to which they are.
    Reads at most EVENTS events; a fixed number of queries beside those of each day.
    """
    known = SummaryHead.objects.filter(id=1).values_list("sequence", flat=True).first() or 0
    events = list(
        LeadEvent.objects.filter(sequence__gt=known)
        .order_by("sequence")
        .values_list("sequence", "at", "kind", "lead_id", "lead__received_at")[:EVENTS]
    )
    merged = _days_of_merges({lead for _, _, kind, lead, _ in events if kind in _MERGES})
    days: set[date] = set()
    as_of, complete = None, len(events) < EVENTS
    for sequence, at, kind, lead, received_at in events:
        if kind not in _LOOKS and received_at is not None:
            named = {timezone.localdate(received_at), *merged.get(lead, ())}
            if days and len(days | named) > limit:
                complete = False
                break
            days |= named
        known, as_of = sequence, at
    if days:
        schedule = Schedule.load()
        for day in sorted(days):
            _make(day, schedule)
        for month in sorted({day.replace(day=1) for day in days}):
            _add_up(month)
    if as_of is not None:
        _advance(known)
    return None if complete else as_of


def rebuild(*, since: date | None = None) -> Iterator[date]:
    """Make every day anew, or those from `since` on, and yield each when it is stored.

    Stopped on the way it can go on `since` the day it did not reach: what happened meanwhile is
    left to `refresh`.
    """
    latest = ChainHead.objects.filter(id=1).values_list("sequence", flat=True).first() or 0
    span = Lead.objects.aggregate(first=Min("received_at"), last=Max("received_at"))
    days = {timezone.localdate(at) for at in span.values() if at}
    days |= set(Summary.objects.aggregate(first=Min("day"), last=Max("day")).values()) - {None}
    if days:
        day, last, schedule = max(min(days), since or min(days)), max(days), Schedule.load()
        while day <= last:
            _make(day, schedule)
            yield day
            if day == last or (day + _DAY).day == 1:
                _add_up(day.replace(day=1))
            day += _DAY
    if since is None:
        _advance(latest)


def _advance(sequence: int) -> None:
    with transaction.atomic():
        _lock()
        SummaryHead.objects.filter(id=1, sequence__lt=sequence).update(sequence=sequence)


def _lock() -> None:
    """Let one at a time make a day, from reading its leads on: the last to write read last."""
    SummaryHead.objects.select_for_update().get_or_create(id=1)


def _days_of_merges(leads: set[int | None]) -> dict[int | None, set[date]]:
    """Return for each lead that was merged, or is no more, on which days it may have been counted.

    A lead that others were merged into has the earliest time of them all as its own: the day it
    counted for before is that of its first event, or of a lead that was merged into it.
    """
    days: dict[int | None, set[date]] = defaultdict(set)
    if leads:
        others = Lead.objects.filter(merged_into__in=leads)
        for kept, at in others.values_list("merged_into", "received_at"):
            days[kept].add(timezone.localdate(at))
        first = LeadEvent.objects.filter(lead__in=leads).order_by().values("lead")
        for lead, at in first.annotate(first=Min("at")).values_list("lead", "first"):
            # The event is written moments after the lead, perhaps past midnight.
            days[lead] |= {timezone.localdate(at), timezone.localdate(at - timedelta(minutes=1))}
    return days


def _make(day: date, schedule: Schedule) -> None:
    """Store the rows of a day in place of those it had. A fixed number of queries."""
    with transaction.atomic():
        _lock()
        _store(day, _of_day(day, schedule), is_month=False)


def _add_up(month: date) -> None:
    """Store the rows of a month in place of those it had, from those of its days."""
    with transaction.atomic():
        _lock()
        sums = _nothing()
        days = Summary.objects.filter(is_month=False, day__gte=month, day__lt=next_month(month))
        for dimension, key, data in days.order_by().values_list("dimension", "key", "data"):
            for group, counts in data.items():
                sums[dimension, key][group].update(counts)
        _store(month, sums, is_month=True)


def next_month(day: date) -> date:
    """Return the first day of the month after that of `day`."""
    return (day.replace(day=28) + 4 * _DAY).replace(day=1)


Sums = defaultdict[tuple[str, str], defaultdict[str, Counter[str]]]


def _nothing() -> Sums:
    return defaultdict(lambda: defaultdict(Counter))


def _store(day: date, sums: Sums, *, is_month: bool) -> None:
    Summary.objects.filter(is_month=is_month, day=day).delete()
    Summary.objects.bulk_create(
        Summary(is_month=is_month, day=day, dimension=dimension, key=key, data=data)
        for (dimension, key), data in sums.items()
    )


def _of_day(day: date, schedule: Schedule) -> Sums:
    sums = _nothing()
    begins, ends = instant(day, time.min), instant(day + _DAY, time.min)
    events: dict[int, list[Event]] = defaultdict(list)
    told = LeadEvent.objects.filter(
        lead__received_at__gte=begins, lead__received_at__lt=ends, kind__in=_TELLING
    )
    for lead_id, *event in told.order_by("sequence").values_list("lead_id", "kind", "at", "data"):
        events[lead_id].append(tuple(event))  # type: ignore[arg-type]
    for lead in _cohort(begins, ends):
        keys = _keys(lead, schedule)
        for group, name in _told(lead, events.pop(lead.pk, []), schedule):
            for dimension, key in keys:
                if (
                    group in _SPEED
                    or dimension == Dimension.ALL
                    or (group == "reached" and dimension in _BROKEN_DOWN)
                ):
                    sums[dimension, key][group][name] += 1
    return sums


def _cohort(begins: datetime, ends: datetime) -> QuerySet[Any]:
    """Return what counts of the leads received from a moment to another; nothing encrypted."""
    return Lead.objects.filter(received_at__gte=begins, received_at__lt=ends).values_list(
        "pk",
        "received_at",
        "source",
        "track_id",
        "payer_id",
        "owner_id",
        "status",
        "close_reason",
        "quarantined_at",
        "response",
        "first_attempt_at",
        "first_contact_at",
        "is_demo",
        named=True,
    )


def _keys(lead: Any, schedule: Schedule) -> list[tuple[str, str]]:
    """Return the dimensions and keys that a lead counts in."""
    received = timezone.localtime(lead.received_at)
    return [
        (Dimension.ALL, ""),
        (Dimension.SOURCE, lead.source),
        (Dimension.TRACK, str(lead.track_id or "")),
        (Dimension.PAYER, str(lead.payer_id or "")),
        (Dimension.OWNER, str(lead.owner_id or "")),
        (Dimension.HOUR, str(received.hour)),
        (Dimension.WEEKDAY, str(received.weekday())),
        (Dimension.ARRIVAL, OPEN if schedule.is_open(lead.received_at) else CLOSED),
    ]


def _told(lead: Any, events: list[Event], schedule: Schedule) -> Iterator[tuple[str, str]]:
    """Yield what is counted of a lead: the group, and the name within it."""
    yield "count", "received"
    if lead.is_demo:
        yield "count", "demo"
    if lead.close_reason in VOID_REASONS:
        yield "count", "void"
        return
    if lead.quarantined_at is not None and lead.status != LeadStatus.CLOSED:
        yield "count", "held"
        return
    yield "count", "leads"
    released = [at for kind, at, _ in events if kind == _RELEASED]
    start = clock_start(lead.received_at, released[-1] if released else None)
    if lead.response:
        yield "count", lead.response
    if lead.first_attempt_at:
        yield "attempt", str(minutes(schedule, start, lead.first_attempt_at))
    if lead.first_contact_at:
        yield "contact", str(minutes(schedule, start, lead.first_contact_at))
    if lead.close_reason:
        yield "reason", lead.close_reason
    moves = [(kind, *data["status"], at) for kind, at, data in events if "status" in data]
    by_staff = [(before, after, at) for kind, before, after, at in moves if kind == _MOVED]
    for status in _reached(lead.status, {one for move in by_staff for one in move[:2]}):
        yield "reached", status
    for kind, before, _, at in moves:
        if kind == _MOVED and before not in (LeadStatus.CLOSED, LeadStatus.ADMITTED):
            yield f"stay:{before}", str(max(0, (at - start) // _HOUR))
        start = at
    if lead.status == LeadStatus.ADMITTED:
        yield from _verification(events, by_staff)


def clock_start(received_at: datetime, released_at: datetime | None) -> datetime:
    """Return the moment from which a lead waited for us: released from quarantine, or received."""
    return released_at or received_at


def minutes(schedule: Schedule, start: datetime, end: datetime) -> int:
    """Return the whole minutes of working time between two moments."""
    return schedule.working_time(start, end) // timedelta(minutes=1)


def _reached(now: str, moved: set[str]) -> Iterator[str]:
    """Yield the stages that a lead reached, by where it is and from and to where it was moved."""
    ever = {LeadStatus.NEW, now, *moved - {LeadStatus.ADMITTED}}
    furthest = max(index for index, status in enumerate(ROAD) if status in ever)
    yield from (str(status) for status in ROAD[: furthest + 1])
    yield from (str(status) for status in ASIDE if status in ever)


def _verification(
    events: list[Event], moves: list[tuple[str, str, datetime]]
) -> Iterator[tuple[str, str]]:
    """Yield the days from the first request of a verification to the admission that holds."""
    asked = [
        at for _, at, data in events if data.get("vob_status", [""])[-1] == VobStatus.REQUESTED
    ]
    admitted = [at for _, after, at in moves if after == LeadStatus.ADMITTED]
    if asked and admitted and asked[0] <= admitted[-1]:
        days = timezone.localdate(admitted[-1]) - timezone.localdate(asked[0])
        yield "verification", str(days // _DAY)
