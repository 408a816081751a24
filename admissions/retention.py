"""How long everything is kept: the rules as data, and what the worker does by them.

What is short-lived (forms begun, counts) goes in every round of the worker; the rest once a day, a
batch in a transaction, so that a kill loses nothing and the next round goes on. What a person or
the law has to decide never goes by itself, and is shown to managers instead. The public reads the
same terms on the privacy page (`content/starter/pages/privacy.md`): change both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from admissions import audit, drafts, erasure, presence, rate_limit
from admissions.enums import ErasureReason, EventKind, LeadStatus, OutboxState
from admissions.models import (
    Consent,
    Disclosure,
    Draft,
    Lead,
    LeadEvent,
    LeadPresence,
    OutboxMessage,
    RateCount,
    SelfPayEstimate,
    SignedConsent,
)
from admissions.office_hours import instant

LEADS, ROWS = 20, 1000  # in one transaction, which holds the chain's lock meanwhile
UNCONVERTED = timedelta(days=90)
PROOF = timedelta(days=5 * 365.25)
DISCLOSURES = timedelta(days=6 * 366)  # six years at least, counted in any calendar
NOTICES = timedelta(days=365)
# After one of these somebody still works on a closed lead, or wrote to us: its time runs anew.
_ALIVE = (
    EventKind.INQUIRY_RECEIVED,
    EventKind.INSURANCE_RECEIVED,
    EventKind.INFORMATION_ADDED,
    EventKind.CONSULTATION_BOOKED,
    EventKind.ATTEMPT_LOGGED,
    EventKind.NOTE_ADDED,
    EventKind.DETAILS_CHANGED,
)

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Rule:
    """How long something is kept. `term` is None for what has no end of its own.

    `due` returns what is over its term at a moment, counted from the column `since`. `clear` erases
    a batch of that and returns how many; None: nothing goes by itself.
    """

    key: str
    what: Any
    term: timedelta | None
    counted_from: Any
    source: Any
    then: Any
    due: Callable[[datetime], Rows] | None = None
    since: str = ""
    clear: Callable[[Rows], int] | None = None
    each_round: bool = False


def _unconverted(now: datetime) -> Rows:
    alive = LeadEvent.objects.filter(
        lead=OuterRef("pk"), kind__in=_ALIVE, at__gt=now - UNCONVERTED
    ).order_by()
    over = Lead.objects.filter(term_began_at__lte=now - UNCONVERTED, is_demo=False)
    return over.exclude(Exists(alive)).order_by("term_began_at", "pk")


def _neglected(now: datetime) -> Rows:
    since = now - UNCONVERTED
    nothing_planned = Q(next_follow_up_at=None) | Q(next_follow_up_at__lte=since)
    return Lead.objects.open().filter(nothing_planned, status_changed_at__lte=since, is_demo=False)


def _erase(due: Rows) -> int:
    leads = list(due[:LEADS])
    for lead in leads:
        erasure.erase(lead=lead, why=ErasureReason.RETENTION, by=audit.SYSTEM)
    return len(leads)


def _delete(due: Rows) -> int:
    batch = list(due.values_list("pk", flat=True)[:ROWS])
    due.model._default_manager.filter(pk__in=batch).delete()
    return len(batch)


def _end_sessions(due: Rows) -> int:
    """Delete sessions that are over, and the counts of failed sign-ins that are."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])  # noqa: S608
    return _delete(due)


RULES = (
    Rule(
        "unconverted",
        _("Requests that did not lead to care here: everything about the person"),
        UNCONVERTED,
        _("the day it was closed, or somebody last worked on it or wrote"),
        _("Our own rule, promised on the privacy page; least that is needed: 45 CFR 164.502(b)"),
        _("Erased. Nothing that is open, admitted or kept for a legal reason."),
        _unconverted,
        "term_began_at",
        _erase,
    ),
    Rule(
        "neglected",
        _("Requests that are still open, with nothing done or planned"),
        UNCONVERTED,
        _("the last change of status"),
        _("Our own rule"),
        _("Shown here only. Reach the person, or close it: then its time begins."),
        _neglected,
        "status_changed_at",
    ),
    Rule(
        "records",
        _("Requests of people who were admitted"),
        erasure.RECORD_TERM,
        _("the admission; by law the end of care, which this desk does not know"),
        _("105 CMR 140.302; M.G.L. c.111 §70"),
        _("Shown here only. A manager finds out when care ended, then erases it."),
        lambda now: Lead.objects.filter(
            status=LeadStatus.ADMITTED, status_changed_at__lte=now - erasure.RECORD_TERM
        ),
        "status_changed_at",
    ),
    Rule(
        "estimates",
        _("Written estimates that were given to somebody whose request is erased"),
        erasure.RECORD_TERM,
        _("the day it was given"),
        _("Part of a medical record: 45 CFR 149.610(f)(1)"),
        _("Deleted"),
        lambda now: SelfPayEstimate.objects.filter(
            lead__erased_at__isnull=False, delivered_at__lte=now - erasure.RECORD_TERM
        ),
        "delivered_at",
        _delete,
    ),
    Rule(
        "consents",
        _("The proof of what somebody agreed to, without their data"),
        PROOF,
        _("the day the request was erased"),
        _("Our own rule, promised on the privacy page; 47 CFR 64.1200"),
        _("Deleted"),
        lambda now: Consent.objects.filter(lead__erased_at__lte=now - PROOF),
        "lead__erased_at",
        _delete,
    ),
    Rule(
        "disclosures",
        _("To whom something about a person was given, once their request is erased"),
        DISCLOSURES,
        _("the day it was recorded"),
        _("45 CFR 164.528(a)(1)"),
        _("Deleted"),
        lambda now: Disclosure.objects.filter(
            lead__erased_at__isnull=False, recorded_at__lte=now - DISCLOSURES
        ),
        "recorded_at",
        _delete,
    ),
    Rule(
        "signed",
        _("Signed consents by which that was given"),
        DISCLOSURES,
        _("the day that was recorded"),
        _("45 CFR 164.530(j); 42 CFR 2.31"),
        _("Deleted, once nothing is left that was given by it"),
        lambda now: SignedConsent.objects.filter(
            lead__erased_at__isnull=False,
            recorded_at__lte=now - DISCLOSURES,
            disclosures=None,
        ),
        "recorded_at",
        _delete,
    ),
    Rule(
        "drafts",
        _("Forms that were begun and not sent, with their photos"),
        drafts.LIFE,
        _("the last page that was kept"),
        _("Our own rule, promised on the form"),
        _("Deleted"),
        lambda now: Draft.objects.filter(expires_at__lte=now),
        "expires_at",
        lambda due: drafts.purge(),
        each_round=True,
    ),
    Rule(
        "counts",
        _("Scrambled counts of how often somebody sent a form"),
        timedelta(days=1),
        _("the first that was counted, at most"),
        _("Our own rule, promised on the privacy page"),
        _("Deleted"),
        lambda now: RateCount.objects.filter(expires_at__lte=now),
        "expires_at",
        lambda due: rate_limit.purge(),
        each_round=True,
    ),
    Rule(
        "presence",
        _("Who of the staff has a request open"),
        presence.WINDOW,
        _("when it was last looked at"),
        _("Our own rule"),
        _("Deleted"),
        lambda now: LeadPresence.objects.filter(seen_at__lte=now - presence.WINDOW),
        "seen_at",
        lambda due: presence.purge(),
        each_round=True,
    ),
    Rule(
        "notices",
        _("Notices that were sent, or need not be; none says what it was about"),
        NOTICES,
        _("the day it was written"),
        _("Our own rule"),
        _("Deleted"),
        lambda now: OutboxMessage.objects.filter(
            state__in=(OutboxState.SENT, OutboxState.SKIPPED), created_at__lte=now - NOTICES
        ),
        "created_at",
        _delete,
    ),
    Rule(
        "sessions",
        _("Sessions of staff that are over, and counts of failed sign-ins"),
        timedelta(seconds=settings.SESSION_COOKIE_AGE),
        _("the last use"),
        _("Our own rule; 45 CFR 164.312(a)(2)(iii)"),
        _("Deleted"),
        lambda now: Session.objects.filter(expire_date__lte=now),
        "expire_date",
        _end_sessions,
    ),
    Rule(
        "devices",
        _("From where staff were signed in"),
        timedelta(seconds=settings.SESSION_COOKIE_AGE),
        _("the last use"),
        _("Our own rule"),
        _("Deleted"),
        lambda now: UserSession.objects.exclude(
            session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key")
        ),
        "last_seen_at",
        _delete,
    ),
    Rule(
        "numbers",
        _("The numbers of the reports, and the codes they count; they name nobody"),
        None,
        "",
        _("Our own rule"),
        _("Kept"),
    ),
    Rule(
        "events",
        _("The sealed record of who did what, when; names of fields and codes alone"),
        None,
        "",
        _("45 CFR 164.312(b); 164.316(b)(2) asks for six years"),
        _("Kept"),
    ),
)


@dataclass(frozen=True)
class Line:
    """How a rule stands: how many are due, since when the one longest due and the one least."""

    rule: Rule
    count: int
    oldest: datetime | None
    newest: datetime | None


def report(now: datetime | None = None) -> Iterator[Line]:
    """Yield how each rule stands; a query each, and nothing is changed."""
    now = now or timezone.now()
    for rule in RULES:
        if rule.due is None:
            yield Line(rule, 0, None, None)
            continue
        rows = rule.due(now).order_by()
        found = rows.aggregate(n=Count("pk"), first=Min(rule.since), last=Max(rule.since))
        yield Line(rule, found["n"], found["first"], found["last"])


def sweep() -> None:
    """Clear away what is short-lived; called by the worker in each of its rounds."""
    for rule in RULES:
        if rule.each_round and rule.clear and rule.due:
            rule.clear(rule.due(timezone.now()))


def step(now: datetime | None = None, *, by_hand: bool = False) -> tuple[str, int] | None:
    """Apply the rules to one more batch; return which and how many, None where nothing is due.

    Once a day, unless `by_hand`. Event: RETENTION_APPLIED for each batch, and at the day's end.
    """
    now = now or timezone.now()
    if not by_hand and _is_done(now):
        return None
    with transaction.atomic():
        audit.lock_chain()  # who waited for it finds what is still due
        for rule in RULES:
            if rule.clear is None or rule.due is None or rule.each_round:
                continue
            if count := rule.clear(rule.due(now)):
                _record(rule=rule.key, count=count)
                return rule.key, count
        if not _is_done(now):
            _record(done=True)
    return None


def _is_done(now: datetime) -> bool:
    """Return whether all that was due today has been cleared away."""
    midnight = instant(timezone.localdate(now), time.min)
    today = LeadEvent.objects.filter(kind=EventKind.RETENTION_APPLIED, at__gte=midnight)
    return any("done" in data for data in today.values_list("data", flat=True))


def _record(**data: Any) -> None:
    audit.record(lead=None, kind=EventKind.RETENTION_APPLIED, by=audit.SYSTEM, data=data)


def applied(most: int) -> list[tuple[datetime, str, int]]:
    """Return what was cleared away last, newest first: when, what, how many (0: the day's end)."""
    names = {rule.key: str(rule.what) for rule in RULES}
    events = LeadEvent.objects.filter(kind=EventKind.RETENTION_APPLIED).order_by("-at", "-id")
    return [
        (at, names.get(data.get("rule", ""), ""), data.get("count", 0))
        for at, data in events.values_list("at", "data")[:most]
    ]


def in_words(term: timedelta) -> str:
    """Return a term in years, in days where it is two or more, in hours, or in minutes."""
    years, hours = round(term / timedelta(days=365.25)), term // timedelta(hours=1)
    if years:
        return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    if hours >= 48:
        return _("%(n)d days") % {"n": hours // 24}
    if hours:
        return _("%(n)d hours") % {"n": hours}
    return _("%(n)d minutes") % {"n": term // timedelta(minutes=1)}
