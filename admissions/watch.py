"""The watch: who was promised a call and waits for it, told to staff before it is too late.

The worker looks every few seconds. A notice each goes out when a third of the promised time is
left, when it is over, and when the lead is still with nobody, or with somebody who is not here, for
some working time after that (`settings.UNCLAIMED_ESCALATION_MINUTES`): each once for a lead, and
only while it is true that nobody has called. Whoever must not be called, or is held as suspected
spam, is not waited for.

The same round clears away what is kept for a day at most (`admissions.retention`), and puts
insurance checks back into the queue whose result is old.
"""

from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from admissions import notices, retention, staffing, verification
from admissions.enums import NoticeKind
from admissions.models import Lead, OutboxMessage
from admissions.office_hours import Schedule

if TYPE_CHECKING:
    from admissions.models.lead import LeadQuerySet

BATCH = 200  # leads of each kind in one round; the next round has the rest
# How far back a round looks at least. What is older was told, or missed while no worker ran at all:
# then the desk's own list says more than a thousand mails.
LOOK_BACK = timedelta(hours=24)


def look(now: datetime | None = None) -> int:
    """Store the notices that are due and clear away what has run out.

    Returns about how many leads somebody was told. A fixed number of queries, but for the batches
    in which the rows are written.
    """
    now = now or timezone.now()
    told = _tell_at_risk(now) + _tell_missed(now) + _tell_unclaimed(now)
    retention.sweep()
    verification.expire(now)
    return told


def _tell_at_risk(now: datetime) -> int:
    left = timedelta(minutes=settings.FIRST_ATTEMPT_PROMISE_MINUTES) / 3
    kind = NoticeKind.RESPONSE_AT_RISK
    return _tell(kind, list(_waiting(kind, after=now, until=now + left)[:BATCH]))


def _tell_missed(now: datetime) -> int:
    kind = NoticeKind.RESPONSE_MISSED
    return _tell(kind, list(_waiting(kind, after=now - LOOK_BACK, until=now)[:BATCH]))


def _tell_unclaimed(now: datetime) -> int:
    kind, minutes = NoticeKind.UNCLAIMED, settings.UNCLAIMED_ESCALATION_MINUTES
    schedule = Schedule.load()

    def is_due(lead: Lead) -> bool:
        assert lead.respond_by is not None  # noqa: S101  what `_waiting` looks for
        return schedule.deadline(lead.respond_by, minutes) <= now

    # Working time may have stood still for days: what became due lately was promised before that.
    after = now - LOOK_BACK
    while schedule.deadline(after, minutes) > now - LOOK_BACK:
        after -= timedelta(days=1)
    # Excluded, since for `owner=None` SQLite would read all leads without an owner.
    with_somebody = Q(owner__isnull=False) & ~Q(owner__in=staffing.absent(timezone.localdate(now)))
    unclaimed = _waiting(kind, after=after, until=now).exclude(with_somebody)[:BATCH]
    return _tell(kind, list(takewhile(is_due, unclaimed)))


def _waiting(kind: NoticeKind, *, after: datetime, until: datetime) -> "LeadQuerySet":
    """Return the leads promised a call in that time, who still wait, oldest first, not told yet."""
    told = OutboxMessage.objects.filter(lead=OuterRef("pk"), kind=kind)
    return (
        Lead.objects.waiting_for_first_attempt()
        .filter(
            ~Exists(told),
            call_due_at__gt=after,
            call_due_at__lte=until,
            contact_withdrawn_at__isnull=True,
            deletion_requested_at__isnull=True,
            is_demo=False,
        )
        .order_by("call_due_at", "id")
        .only("respond_by", "quarantined_at")  # nothing that would have to be decrypted
    )


def _tell(kind: NoticeKind, leads: list[Lead]) -> int:
    if leads:
        notices.tell_staff_of_each(kind=kind, leads=leads, once="watch")
    return len(leads)
