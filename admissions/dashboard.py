"""The work queue: what admissions has to do next, in the order of who has waited longest.

A section is one range of an index, most of them over columns that the database keeps for it
(`Lead.call_due_at` and its neighbours), and is read no further than `COUNTED`: so it costs the same
at a thousand leads and at a million. The rows of all sections are read together, without anything
that would have to be decrypted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import clocks, estimates, safe_contact, staffing
from admissions.enums import ConsultationChannel, Response
from admissions.models import Consultation, Lead, OutboxMessage
from admissions.office_hours import Schedule, instant

ROWS = 25
COUNTED = 100  # a count beyond that is "100+"
OPEN_COUNTED = 1000  # of all that are open, and of those of today
AHEAD = timedelta(hours=48)
LONGEST = timedelta(hours=4)  # of a consultation (`BookingRules.length_minutes`)


@dataclass(frozen=True)
class Moment:
    """When, and for whom, the queue is looked at."""

    user: User
    now: datetime
    absent: list[int]  # the users whose leads are offered to others
    schedule: Schedule

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def when(self, moment: datetime) -> str:
        """Return a moment in words: a time of today, or with its day."""
        local = timezone.localtime(moment)
        return date_format(local, "g:i A" if local.date() == self.today else "D, M j, g:i A")


Due = tuple[str, bool]  # what is due, in words, and whether that is over


def _call_or_step(lead: Lead, at: Moment) -> Due:
    promise = clocks.promise(lead, at.schedule, now=at.now)
    if promise is not None:
        if not safe_contact.may_contact(lead).allowed:
            return _("not to be called"), False
        return promise.words, promise.is_over
    step = lead.next_follow_up_at
    return (at.when(step), step < at.now) if step else (_("nothing planned"), True)


def _vob_status(lead: Lead, at: Moment) -> Due:
    return lead.get_vob_status_display(), False


def _days_left(lead: Lead, at: Moment) -> Due:
    days = estimates.days_left(lead, today=at.today) or 0
    return estimates.in_words(days), days < 0


def _talk(lead: Lead, at: Moment, starts_at: datetime, channel: str) -> Due:
    return f"{at.when(starts_at)}, {ConsultationChannel(channel).label}", False


def _nothing(lead: Lead, at: Moment) -> Due:
    return "", False


@dataclass(frozen=True)
class Part:
    """What a section holds: rows of which `fields` begin with the id of a lead."""

    key: str
    title: Any
    empty: Any
    find: Callable[[Moment], QuerySet[Any]]
    due: Callable[..., Due] = _call_or_step
    fields: tuple[str, ...] = ("pk",)
    since: str = "received_at"
    who: str = "owner"
    is_call: bool = True  # whether what is to be done is to call


@dataclass(frozen=True)
class Row:
    """A lead in a section: since when it waits, what is due, with whom it is."""

    lead: Lead
    since: datetime
    due: str
    is_over: bool
    who: User | None
    is_absent: bool  # its owner is away, or not here any more

    @property
    def may_claim(self) -> bool:
        return self.lead.owner_id is None or self.is_absent


@dataclass(frozen=True)
class Section:
    """A part of the queue with its first rows, and how many there are in all, up to "100+"."""

    part: Part
    rows: list[Row]
    count: str
    more: bool


def end_of_day(now: datetime) -> datetime:
    """Return the last moment of the local day that `now` is in."""
    return timezone.localtime(now).replace(hour=23, minute=59, second=59, microsecond=999999)


def _due_today(at: Moment) -> QuerySet[Lead]:
    return Lead.objects.follow_up_due(end_of_day(at.now)).order_by("follow_up_due_at", "id")


# The promise runs in working hours, so it is the lead's own (`Lead.respond_by`).
PARTS = (
    Part(
        "overdue",
        gettext_lazy("Overdue: nobody has called yet"),
        gettext_lazy("Nobody is waiting beyond the promised time."),
        lambda at: Lead.objects.filter(call_due_at__lte=at.now).order_by("call_due_at", "id"),
    ),
    Part(
        "new",
        gettext_lazy("New and unclaimed"),
        gettext_lazy("No new lead is unclaimed."),
        lambda at: (
            # Not `owner=None`: SQLite would read all leads without an owner, the closed ones too.
            Lead.objects.filter(call_due_at__gt=at.now)
            .exclude(owner__isnull=False)
            # Those of the night were promised the same first minutes of the morning.
            .order_by("call_due_at", "received_at", "id")
        ),
    ),
    Part(
        "mine",
        gettext_lazy("Mine, due today"),
        gettext_lazy("Nothing of yours is due today."),
        lambda at: _due_today(at).filter(owner=at.user),
    ),
    Part(
        "nobody",
        gettext_lazy("Due today, with nobody"),
        gettext_lazy("Nothing without an owner is due today."),
        # By owner first, which is nobody: else PostgreSQL would read everybody's that are due.
        lambda at: (
            _due_today(at)
            .filter(owner=None, call_due_at=None)
            .order_by("owner_id", "follow_up_due_at", "id")
        ),
    ),
    Part(
        "absent",
        gettext_lazy("Due today, with somebody who is away or no longer here"),
        gettext_lazy("Nothing is due with somebody who is away."),
        lambda at: _due_today(at).filter(owner__in=at.absent),
    ),
    Part(
        "adrift",
        gettext_lazy("Open without a next step"),
        gettext_lazy("Every open lead has a next step."),
        lambda at: Lead.objects.without_next_step().order_by("adrift_since", "id"),
        since="status_changed_at",
    ),
    Part(
        "checks",
        gettext_lazy("Insurance checks waiting"),
        gettext_lazy("No insurance check is waiting."),
        lambda at: Lead.objects.vob_waiting().order_by("vob_waiting_since", "id"),
        due=_vob_status,
        since="vob_changed_at",
        who="vob_assignee",
        is_call=False,
    ),
    Part(
        "estimates",
        gettext_lazy("Self-pay estimates owed"),
        gettext_lazy("No self-pay estimate is owed."),
        lambda at: Lead.objects.estimate_owed().order_by("estimate_owed_on", "id"),
        due=_days_left,
        since="estimate_requested_at",
        is_call=False,
    ),
    Part(
        "talks",
        gettext_lazy("Consultations in the next 48 hours"),
        gettext_lazy("No consultation is in the next 48 hours."),
        lambda at: (
            Consultation.objects.booked()
            .filter(starts_at__gt=at.now - LONGEST, starts_at__lte=at.now + AHEAD)
            .filter(ends_at__gt=at.now, lead__quarantined_at=None)
            .order_by("starts_at", "id")
        ),
        due=_talk,
        fields=("lead_id", "starts_at", "channel"),
    ),
    Part(
        "deletions",
        gettext_lazy("Deletions asked for"),
        gettext_lazy("Nobody has asked us to delete their data."),
        lambda at: Lead.objects.filter(deletion_requested_at__isnull=False).order_by(
            "deletion_requested_at", "id"
        ),
        due=_nothing,
        since="deletion_requested_at",
        is_call=False,
    ),
    Part(
        "held",
        gettext_lazy("Held as suspected spam"),
        gettext_lazy("Nothing is held as suspected spam."),
        lambda at: Lead.objects.quarantined().order_by("held_since", "id"),
        due=_nothing,
    ),
)

_SHOWN = (
    "reference",
    "received_at",
    "respond_by",
    "first_attempt_at",
    "next_follow_up_at",
    "status",
    "status_changed_at",
    "vob_status",
    "vob_changed_at",
    "preferred_channel",
    "age_band",
    "is_demo",
    "contact_withdrawn_at",
    "deletion_requested_at",
    "estimate_requested_at",
    "estimate_due_on",
    "estimate_delivered_at",
    "suspicions",
    "version",
    "owner__username",
    "vob_assignee__username",
    "track__title",
    "payer__name",
)


def work_queue(user: User) -> list[Section]:
    """Return the sections of the queue for a member of staff.

    A query for each, one for the rows of all of them, three for who works and when.
    """
    at = _moment(user)
    found = {part.key: _found(part, at) for part in PARTS}
    ids = {row[0] for rows in found.values() for row in rows[:ROWS]}
    related = ("owner", "vob_assignee", "track", "payer")
    leads = Lead.objects.select_related(*related).only(*_SHOWN).in_bulk(ids)
    return [
        Section(
            part,
            [
                _row(part, at, leads[pk], *more)
                for pk, *more in found[part.key][:ROWS]
                if pk in leads
            ],
            in_figures(len(found[part.key]), COUNTED),
            len(found[part.key]) > ROWS,
        )
        for part in PARTS
    ]


def queue_counts(user: User) -> dict[str, str]:
    """Return how many leads each section has, by its key; a query each."""
    at = _moment(user)
    return {part.key: in_figures(len(_found(part, at)), COUNTED) for part in PARTS}


def arrived_since(moment: datetime) -> str:
    """Return how many leads, but for those held, have been received since; up to "100+"."""
    arrived = Lead.objects.trusted().filter(received_at__gt=moment).order_by()
    return in_figures(arrived[: COUNTED + 1].count(), COUNTED)


def numbers() -> list[tuple[str, str]]:
    """Return a few figures with their names: of those received today, and of all; two queries.

    Whoever nobody has called counts as not in time once the promise is over. Counted are the newest
    OPEN_COUNTED at the most, so that a day on which the whole world writes costs what others do.
    """
    now = timezone.now()
    today = Lead.objects.trusted().filter(received_at__gte=instant(timezone.localdate(), time.min))
    of_today = today.order_by("-received_at", "-id")[: OPEN_COUNTED + 1].aggregate(
        new=Count("id"),
        due=Count("id", filter=~Q(response="") | Q(respond_by__lte=now)),
        in_time=Count("id", filter=Q(response=Response.IN_TIME)),
    )
    share = _("%(in_time)d of %(due)d due") % of_today if of_today["due"] else "–"
    open_leads = Lead.objects.open().order_by()[: OPEN_COUNTED + 1].count()
    return [
        (_("New today"), in_figures(of_today["new"], OPEN_COUNTED)),
        (_("Called in time today"), share),
        (_("Open leads"), in_figures(open_leads, OPEN_COUNTED)),
    ]


def failed_notices() -> int:
    """Return how many notices the worker has given up."""
    return OutboxMessage.objects.dead().count()


def in_figures(count: int, limit: int) -> str:
    """Return a count that was taken up to one more than `limit`: "100+" beyond it."""
    return str(count) if count <= limit else f"{limit}+"


def _moment(user: User) -> Moment:
    now = timezone.now()
    return Moment(user, now, staffing.absent(timezone.localdate(now)), Schedule.load())


def _found(part: Part, at: Moment) -> list[tuple[Any, ...]]:
    return list(part.find(at).values_list(*part.fields)[: COUNTED + 1])


def _row(part: Part, at: Moment, lead: Lead, *more: Any) -> Row:
    return Row(
        lead,
        getattr(lead, part.since) or lead.received_at,  # done in between
        *part.due(lead, at, *more),
        getattr(lead, part.who),
        lead.owner_id in at.absent,
    )
