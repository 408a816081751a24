"""Where a request stands, as far as the holder of its private code may know.

Whoever holds the code reads this, maybe on a phone that others use. It never tells that anybody is
or was cared for here (42 CFR 2.13(c)): closed and admitted look alike. Of another person's affairs,
such as those of a grown-up son, a relative is told nothing that they did not tell us.

Who joined a lead by its phone number or e-mail, and who is held as a suspect, see what a lead that
has just been opened shows: nobody can tell from it whether we knew the person before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from admissions import arrival, consents, estimates, intake, slots
from admissions import family_words as words
from admissions.enums import MINOR_BANDS, ConsentTopic, InquirerRole, LeadStatus, VobStatus
from admissions.models import Consultation, Inquiry, InsuranceVerification, StatusAccess
from admissions.office_hours import Schedule

Fact = tuple[str, str]  # what it is about, and how that stands


@dataclass(frozen=True)
class Standing:
    """What the status page shows; every text is made of whole sentences."""

    where: str
    following: list[str]
    facts: list[Fact]
    consultations: list[Consultation]  # to come
    sent: list[tuple[str, datetime]]  # what and when, newest first; never what was typed
    is_open: bool
    can_withdraw: bool
    can_ask_deletion: bool


@dataclass(frozen=True)
class _Seen:
    """As much of a lead as the holder of an access may know."""

    status: str
    for_themselves: bool
    is_minor: bool
    vob_status: str
    reach_by: datetime | None
    estimate_due_on: date | None = None
    estimate_given_at: datetime | None = None


def standing(access: StatusAccess) -> Standing:
    """Return what the holder of `access` may know. About a dozen queries; changes nothing."""
    lead, schedule = access.lead, Schedule.load()
    inquiries = list(access.inquiry_set.all())
    forms = list(access.insuranceverification_set.all())
    is_theirs = access.opened_lead and lead.quarantined_at is None
    if is_theirs:
        seen = _of_lead(access, forms)
    else:
        seen = _as_received(access, inquiries, forms, schedule)
    taken_back = consents.taken_back(lead, access)
    deletion_asked_at = intake.deletion_asked_at(access)
    mine = Q(access=access) | Q(access=None) if is_theirs else Q(access=access)
    where, following = _where(seen, taken_back, schedule)
    return Standing(
        where=where,
        following=following,
        facts=list(_facts(seen, taken_back, deletion_asked_at)),
        consultations=list(Consultation.objects.upcoming().filter(mine, lead=lead)),  # type: ignore[attr-defined]
        sent=_sent(inquiries, forms),
        is_open=lead.is_open,
        can_withdraw=bool(consents.withdrawable(lead, access)),
        can_ask_deletion=deletion_asked_at is None,
    )


def _of_lead(access: StatusAccess, forms: Sequence[InsuranceVerification]) -> _Seen:
    lead = access.lead
    for_themselves = lead.role == InquirerRole.SELF
    owed = estimates.is_owed(lead)
    return _Seen(
        status=lead.status,
        for_themselves=for_themselves,
        is_minor=lead.is_minor,
        vob_status=lead.vob_status if for_themselves or forms else VobStatus.NOT_REQUESTED,
        reach_by=lead.respond_by,
        estimate_due_on=lead.estimate_due_on if owed else None,
        estimate_given_at=None if owed else lead.estimate_delivered_at,
    )


def _as_received(
    access: StatusAccess,
    inquiries: Sequence[Inquiry],
    forms: Sequence[InsuranceVerification],
    schedule: Schedule,
) -> _Seen:
    """Return what a lead would show that was opened by this access and not touched since."""
    told = arrival.told_through(access)
    asked = [one.received_at for one in inquiries if one.answers.get("wants_estimate")]
    due = estimates.due_on(schedule, asked_on=timezone.localdate(min(asked))) if asked else None
    promise = settings.FIRST_ATTEMPT_PROMISE_MINUTES
    return _Seen(
        status=LeadStatus.NEW if access.lead.is_open else access.lead.status,
        for_themselves=told.get("role") == InquirerRole.SELF,
        is_minor=told.get("age_band") in MINOR_BANDS,
        vob_status=VobStatus.REQUESTED if forms else VobStatus.NOT_REQUESTED,
        reach_by=schedule.deadline(access.created_at, promise),
        estimate_due_on=due if due and due >= timezone.localdate() else None,
    )


def _where(
    seen: _Seen, taken_back: Sequence[ConsentTopic], schedule: Schedule
) -> tuple[str, list[str]]:
    """Return where it stands, and the sentences that say what comes next."""
    if seen.status in (LeadStatus.CLOSED, LeadStatus.ADMITTED):
        found = words.FINISHED
    elif seen.status == LeadStatus.NEW:
        found = words.RECEIVED
    elif seen.status == LeadStatus.ATTEMPTING:
        found = words.TRYING
    else:
        found = words.TO_THEMSELVES[seen.status] if seen.for_themselves else words.FOR_ANOTHER
    where, following = str(found[0]), [str(found[1])]
    if found is words.FINISHED:
        return where, following
    if ConsentTopic.CONTACT in taken_back:
        return where, [str(words.NO_CONTACT)]
    if found is words.RECEIVED:
        following += _promise(seen.reach_by, schedule)
    return where, following


def _promise(reach_by: datetime | None, schedule: Schedule) -> list[str]:
    """Return by when somebody plans to call; nothing once it is over, or where no hours are set."""
    now = timezone.now()
    if reach_by is None or reach_by <= now or not schedule.hours:
        return []
    text = words.PROMISE if schedule.is_open(now) else words.PROMISE_WHILE_CLOSED
    return [str(text) % {"when": slots.in_words(reach_by)}]


def _facts(
    seen: _Seen, taken_back: Sequence[ConsentTopic], deletion_asked_at: datetime | None
) -> Iterator[Fact]:
    if seen.status not in (LeadStatus.CLOSED, LeadStatus.ADMITTED):
        if ConsentTopic.VERIFICATION in taken_back:
            yield _("Insurance"), str(words.NOT_ASKING)
        elif seen.vob_status in words.INSURANCE:
            yield _("Insurance"), str(words.INSURANCE[seen.vob_status])
        if ConsentTopic.CONTACT not in taken_back:
            yield from _estimate(seen)
    if deletion_asked_at is not None:
        yield _("Deleting it"), str(words.DELETION) % {"day": _day(deletion_asked_at)}
    if seen.for_themselves and seen.is_minor:
        yield _("Your parents or guardians"), str(words.UNDER_18)


def _estimate(seen: _Seen) -> Iterator[Fact]:
    title = _("Written estimate")
    if seen.estimate_due_on is not None:
        late = seen.estimate_due_on < timezone.localdate()
        text = words.ESTIMATE_LATE if late else words.ESTIMATE_DUE
        yield title, str(text) % {"day": date_format(seen.estimate_due_on, "l, F j")}
    elif seen.estimate_given_at is not None:
        yield title, str(words.ESTIMATE_GIVEN) % {"day": _day(seen.estimate_given_at)}


def _sent(
    inquiries: Sequence[Inquiry], forms: Sequence[InsuranceVerification]
) -> list[tuple[str, datetime]]:
    sent = [(words.SENT_AS.get(one.source, words.INQUIRY), one.received_at) for one in inquiries]
    sent += [(words.FORM, one.received_at) for one in forms]
    return [(str(what), at) for what, at in sorted(sent, key=lambda one: one[1], reverse=True)]


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "l, F j")
