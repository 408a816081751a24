"""The work queue: what admissions has to do next, in the order of who has waited longest."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions.models import Lead, OutboxMessage

ROWS = 25


@dataclass(frozen=True)
class Section:
    """A part of the queue: its leads, oldest first, and whether there are more."""

    title: str
    empty: str
    leads: list[Lead]
    more: bool
    held: bool = False  # as suspected spam: released or confirmed, and nothing else


def work_queue(user: User) -> list[Section]:
    """Return the sections of the queue for a member of staff; one query each."""
    now = timezone.now()
    # The promise runs in working hours, so it is the lead's own (`Lead.respond_by`).
    overdue = Q(respond_by__lte=now)
    waiting = Lead.objects.waiting_for_first_attempt().order_by("received_at", "id")
    # What I claimed and have not called yet is due, whatever the clock says.
    mine = (
        Lead.objects.open()
        .trusted()
        .filter(
            Q(next_follow_up_at__lte=end_of_day(now)) | Q(first_attempt_at__isnull=True), owner=user
        )
    )
    due = Lead.objects.follow_up_due(end_of_day(now)).order_by("next_follow_up_at", "id")
    return [
        _section(
            _("Overdue: nobody has called yet"),
            _("Nobody is waiting beyond the promised time."),
            waiting.filter(overdue),
        ),
        _section(
            _("New and unclaimed"),
            _("No new lead is unclaimed."),
            waiting.unclaimed().exclude(overdue),
        ),
        _section(
            _("Mine, due today"),
            _("Nothing of yours is due today."),
            mine.order_by(F("next_follow_up_at").asc(nulls_first=True), "received_at", "id"),
        ),
        _section(
            _("Due today, with nobody"),
            _("Nothing without an owner is due today."),
            due.unclaimed().filter(first_attempt_at__isnull=False),
        ),
        _section(
            _("Open without a next step"),
            _("Every open lead has a next step."),
            Lead.objects.without_next_step().order_by("status_changed_at", "id"),
        ),
        _section(
            _("Insurance checks waiting"),
            _("No insurance check is waiting."),
            Lead.objects.vob_waiting().order_by("received_at", "id"),
        ),
        _section(
            _("Held as suspected spam"),
            _("Nothing is held as suspected spam."),
            Lead.objects.quarantined().order_by("quarantined_at", "id"),
            held=True,
        ),
    ]


def end_of_day(now: datetime) -> datetime:
    """Return the last moment of the local day that `now` is in."""
    return timezone.localtime(now).replace(hour=23, minute=59, second=59, microsecond=999999)


def failed_notices() -> int:
    """Return how many notices the worker has given up."""
    return OutboxMessage.objects.dead().count()


def _section(title: str, empty: str, leads: QuerySet[Lead], *, held: bool = False) -> Section:
    rows = list(leads.select_related("owner", "track")[: ROWS + 1])
    return Section(title, empty, rows[:ROWS], len(rows) > ROWS, held)
