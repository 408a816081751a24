"""What staff do with a lead: every change of its state is one verb here, and nowhere else.

Each verb takes the lead and who acts (`by`), checks the role and the rules, writes in one
transaction with an event, and raises a `WorkflowError` with a text for the person otherwise.
Verbs that decide on what was read take the `version` that was on the screen: where somebody else
was faster, nothing is written (`StaleVersion`).
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit, enums, follow_up, notices, safe_contact, staffing
from admissions.enums import (
    AttemptChannel,
    AttemptResult,
    Channel,
    CloseReason,
    EventKind,
    LeadStatus,
    NoticeKind,
    Response,
    VobStatus,
)
from admissions.exceptions import (
    AgainstWishes,
    NotAllowed,
    StaleVersion,
    TransitionRefused,
    WorkflowError,
)
from admissions.models import ContactAttempt, Lead, LeadNote, OutboundReferral
from admissions.office_hours import Schedule
from iop_site.roles import COORDINATOR, MANAGER, has_role


def open_lead(*, lead: Lead, by: User) -> None:
    """Record that `by` opened the lead's page (45 CFR 164.312(b): reading is recorded too)."""
    audit.record_alone(lead=lead, kind=EventKind.VIEWED, by=by)


def read_sensitive(*, lead: Lead, by: User, kind: EventKind, fields: Collection[str] = ()) -> None:
    """Record that `by` has sensitive details shown (REVEALED), or the lead to print (PRINTED)."""
    if not has_role(by, COORDINATOR, MANAGER):
        raise NotAllowed(_("Your role does not include working on leads."))
    data = {"fields": sorted(fields)} if fields else {}
    audit.record_alone(lead=lead, kind=kind, by=by, data=data)


def claim(*, lead: Lead, by: User) -> Lead:
    """Make `by` the owner of a lead that nobody has, or whose owner is away or not here any more.

    Their own stays theirs. Who is marked as away takes none.
    """
    with transaction.atomic():
        lead = workable(lead, by)
        if lead.owner_id == by.pk:
            return lead
        if lead.owner is not None and staffing.is_here(lead.owner):
            raise TransitionRefused(_("%(owner)s has this lead already.") % {"owner": lead.owner})
        return _given(lead, by, EventKind.CLAIMED, by)


def assign(*, lead: Lead, to: User, by: User, version: int) -> Lead:
    """Make `to` the owner of a lead that nobody has, or whose owner is absent.

    A manager may do so with every lead; others hand theirs over (`hand_over`).
    """
    with transaction.atomic():
        lead = workable(lead, by, version)
        if lead.owner is not None and staffing.is_here(lead.owner) and not has_role(by, MANAGER):
            raise NotAllowed(_("This lead has an owner. Only they or a manager can hand it over."))
        return _given(lead, to, EventKind.ASSIGNED, by)


def hand_over(*, lead: Lead, to: User, note: str, by: User, version: int) -> Lead:
    """Give a lead to somebody else with a note about where it stands; its owner or a manager.

    Side effect: the note is kept on the lead.
    """
    with transaction.atomic():
        lead = workable(lead, by, version)
        if lead.owner_id != by.pk and not has_role(by, MANAGER):
            raise NotAllowed(_("Only its owner or a manager can hand a lead over."))
        if lead.owner_id is None:
            raise TransitionRefused(_("Nobody has this lead. Claim or assign it."))
        if not note.strip():
            raise WorkflowError(_("Say in a note where it stands and what is next."))
        kept = LeadNote.objects.create(lead=lead, by=by, text=note)
        return _given(lead, to, EventKind.HANDED_OVER, by, note=kept.pk)


def _given(lead: Lead, to: User, kind: EventKind, by: User, **data: object) -> Lead:
    """Store that a lead has another owner, who must be there to work on it."""
    if not staffing.is_here(to):
        raise TransitionRefused(
            _("You are marked as away. Mark yourself as back before you take leads.")
            if to == by
            else _("%(name)s is away or does not work on leads. Choose somebody else.")
            % {"name": to}
        )
    if lead.owner_id == to.pk:
        raise TransitionRefused(_("%(owner)s has this lead already.") % {"owner": to})
    before, lead.owner = lead.owner_id, to
    if lead.first_attempt_at is None and lead.next_follow_up_at is None:
        lead.next_follow_up_at = lead.respond_by  # the promised call is its first step
    return saved(lead, kind, by, {"owner": [before, to.pk], **data})


def release(*, lead: Lead, by: User) -> Lead:
    """Give a lead back to the queue: one's own, or as a manager anybody's."""
    with transaction.atomic():
        lead = workable(lead, by)
        if lead.owner_id is None:
            return lead
        if lead.owner_id != by.pk and not has_role(by, MANAGER):
            raise NotAllowed(_("Only its owner or a manager can give a lead back."))
        before, lead.owner = lead.owner_id, None
        if lead.first_attempt_at is None:
            lead.next_follow_up_at = None  # it waits for its first call with the new ones
        return saved(lead, EventKind.RELEASED, by, {"owner": [before, None]})


def log_attempt(
    *,
    lead: Lead,
    channel: AttemptChannel | Channel,
    result: AttemptResult,
    by: User,
    note: str = "",
    next_follow_up_at: datetime | None = None,
    no_next_step: bool = False,
    against_wishes: bool = False,
    they_came: bool = False,
) -> ContactAttempt:
    """Record a try to reach the contact; the two clocks stop here.

    A new lead becomes "trying to reach". A live conversation sets the first-conversation time; the
    move to "contacted" stays a decision of its own (`transition`). An open lead comes up again at
    `next_follow_up_at`, or when the outcome suggests it (`follow_up`), or knowingly not.
    What goes against the person's wishes (`AgainstWishes`) is recorded only where it happened all
    the same, as `against_wishes` says; managers are told. Where `they_came` to us, nothing does.
    """
    with transaction.atomic():
        lead = workable(lead, by)
        wish = None if they_came else safe_contact.against(lead, channel=channel, result=result)
        if wish is not None and not against_wishes:
            words = _("%(wish)s If it happened all the same, tick that below and log it again.")
            raise AgainstWishes(words % {"wish": wish.label})
        now = timezone.now()
        attempt = ContactAttempt.objects.create(
            lead=lead, by=by, at=now, channel=channel, result=result, note=note
        )
        lead.attempts += 1
        if lead.first_attempt_at is None:
            lead.first_attempt_at = now
            in_time = lead.respond_by is None or now <= lead.respond_by
            lead.response = Response.IN_TIME if in_time else Response.LATE
        if result in enums.LIVE_RESULTS:
            lead.first_contact_at = lead.first_contact_at or now
        data: dict[str, object] = {
            "attempt": attempt.pk,
            "channel": str(channel),
            "result": str(result),
        }
        if lead.is_open and next_follow_up_at is None and not no_next_step:
            next_follow_up_at = follow_up.suggested(result, Schedule.load(), now)
        if lead.is_open or next_follow_up_at is not None:
            data |= _plan(lead, next_follow_up_at)
        if wish is not None:
            data["against"] = str(wish)
            notices.tell_staff(kind=NoticeKind.NEEDS_SUPERVISOR, lead=lead)
        saved(lead, EventKind.ATTEMPT_LOGGED, by, data)
        if lead.status == LeadStatus.NEW:
            moved(lead, LeadStatus.ATTEMPTING, by, {})
        return attempt


def set_follow_up(*, lead: Lead, at: datetime | None, by: User, version: int) -> Lead:
    """Decide when an open lead comes up again; None: knowingly not at all."""
    with transaction.atomic():
        lead = workable(lead, by, version)
        return saved(lead, EventKind.FOLLOW_UP_SET, by, _plan(lead, at))


def _plan(lead: Lead, at: datetime | None) -> dict[str, object]:
    """Set the next step of `lead` (unsaved) and return what the event says of it."""
    if not lead.is_open:
        raise TransitionRefused(_("Open the lead again before you plan a next step."))
    now = timezone.now()
    if at is not None and at < now:
        raise WorkflowError(_("The next follow-up must be in the future."))
    if at is not None and at > now + follow_up.LONGEST:
        raise WorkflowError(_("Choose a next follow-up within a year."))
    lead.next_follow_up_at, lead.no_next_step = at, at is None
    return {"next": at.isoformat(timespec="minutes") if at else None}


def add_note(*, lead: Lead, text: str, by: User) -> LeadNote:
    """Keep a note on the lead."""
    if not text.strip():
        raise WorkflowError(_("Write the note before you save it."))
    with transaction.atomic():
        lead = workable(lead, by)
        note = LeadNote.objects.create(lead=lead, by=by, text=text)
        audit.record(lead=lead, kind=EventKind.NOTE_ADDED, by=by, data={"note": note.pk})
        return note


def transition(
    *,
    lead: Lead,
    to: LeadStatus,
    by: User,
    version: int,
    reason: str = "",
    referred_to: str = "",
    note: str = "",
) -> Lead:
    """Move a lead along the pipeline; only along `TRANSITIONS`, and only past its guards.

    Closing needs a `reason`, reopening a `note`. "Referred out" needs where to: what was typed is a
    referral of its own (`referrals.refer_out`), and with nothing typed the newest one counts. A
    note that is given is kept on the lead.
    """
    with transaction.atomic():
        lead = workable(lead, by, version)
        if to not in allowed_moves(lead, by):
            raise TransitionRefused(
                _("A lead that is “%(from)s” cannot become “%(to)s”.")
                % {"from": lead.get_status_display(), "to": LeadStatus(to).label}
            )
        missing = missing_for(lead, to)
        if missing:
            raise TransitionRefused(missing)
        if to == LeadStatus.CLOSED:
            if reason == CloseReason.REFERRED_OUT:
                referred_to = _where_to(lead, referred_to.strip(), by)
            _check_reason(lead, reason, referred_to)
            lead.close_reason, lead.referred_to = reason, referred_to.strip()
        elif lead.status == LeadStatus.CLOSED:
            if not note.strip():
                raise TransitionRefused(_("Say in a note why the lead is opened again."))
            lead.close_reason = ""
            lead.quarantined_at = None  # a person looked, and says that it is no spam
        if note.strip():
            add_note(lead=lead, text=note, by=by)
        return moved(lead, LeadStatus(to), by, {"reason": reason} if reason else {})


def allowed_moves(lead: Lead, by: User) -> tuple[LeadStatus, ...]:
    """Return where the lead may go next, guards aside, for this member of staff."""
    moves = enums.TRANSITIONS[lead.status]
    if has_role(by, MANAGER):
        moves += enums.MANAGER_TRANSITIONS.get(lead.status, ())
    return moves


def missing_for(lead: Lead, to: LeadStatus) -> str:
    """Return what a move still needs, in words, or nothing where it may be made."""
    guard = _GUARDS.get(to)
    return guard(lead) if guard else ""


def _needs_conversation(lead: Lead) -> str:
    talked = lead.contact_attempts.filter(result__in=enums.LIVE_RESULTS).exists()
    return "" if talked else _("Log a live conversation first.")


def _needs_means_to_pay(lead: Lead) -> str:
    if lead.status == LeadStatus.ADMITTED:
        return ""  # a manager takes an admission back; what it needed was there
    if lead.vob_status == VobStatus.VERIFIED_VIABLE:
        return ""
    if lead.vob_status == VobStatus.NOT_APPLICABLE and lead.estimate_delivered_at:
        return ""
    return _("Needs a viable verification, or self-pay with the estimate delivered.")


_GUARDS: dict[LeadStatus, Callable[[Lead], str]] = {
    LeadStatus.CONTACTED: _needs_conversation,
    LeadStatus.ADMISSION_SCHEDULED: _needs_means_to_pay,
}


def _check_reason(lead: Lead, reason: str, referred_to: str) -> None:
    if reason not in CloseReason.values:
        raise TransitionRefused(_("Choose a reason for closing."))
    if reason == CloseReason.UNREACHABLE and lead.attempts < settings.UNREACHABLE_ATTEMPTS:
        raise TransitionRefused(
            _("“Unreachable” needs %(needed)d attempts; there are %(made)d.")
            % {"needed": settings.UNREACHABLE_ATTEMPTS, "made": lead.attempts}
        )
    if reason == CloseReason.REFERRED_OUT and not referred_to.strip():
        raise TransitionRefused(_("Say where the person was referred to."))


def _where_to(lead: Lead, typed: str, by: User) -> str:
    """Return where the person was referred to; what was typed and is not known is stored."""
    newest = lead.outbound_referrals.select_related("source").first()
    if newest is not None and typed in ("", newest.where):
        return newest.where
    if typed:
        referred(lead, by, place=typed)
    return typed


def workable(lead: Lead, by: User, version: int | None = None) -> Lead:
    """Return the lead as `locked` does, unless it is held in quarantine or part of another now."""
    current = locked(lead, by, version)
    refuse_merged(current)
    if current.is_suspect:
        raise TransitionRefused(_("This lead is held as suspected spam. Release it first."))
    return current


def refuse_merged(lead: Lead) -> None:
    """Raise TransitionRefused, with the way on, where a lead is part of another now."""
    if lead.merged_into is not None:
        raise TransitionRefused(
            _("This lead was merged into %(reference)s. Go on there, or undo the merge.")
            % {"reference": lead.merged_into.reference}
        )


def locked(lead: Lead, by: User, version: int | None = None) -> Lead:
    """Return the lead as it is now, locked, after the actor's role and the version are checked."""
    if not has_role(by, COORDINATOR, MANAGER):
        raise NotAllowed(_("Your role does not include working on leads."))
    audit.lock_chain()
    current = Lead.objects.select_for_update().get(pk=lead.pk)
    if current.erased_at is not None:
        raise TransitionRefused(_("This lead was erased. Nothing can be done with it any more."))
    if version is not None and current.version != version:
        raise StaleVersion(
            _(
                "Somebody else changed this lead while you had it open. It is shown as it is now; "
                "please look again before you decide."
            )
        )
    return current


def saved(lead: Lead, kind: EventKind, by: audit.Actor, data: Mapping[str, object]) -> Lead:
    """Store a lead that is locked, in its next version, with the event of what was done."""
    lead.version += 1
    lead.save()
    audit.record(lead=lead, kind=kind, by=by, data=data)
    return lead


def moved(lead: Lead, to: LeadStatus, by: User, data: dict[str, object]) -> Lead:
    """Store a lead that is locked in another status; the rules are the caller's."""
    before, lead.status, lead.status_changed_at = lead.status, to, timezone.now()
    if not lead.is_open:
        lead.next_follow_up_at, lead.no_next_step = None, False
    return saved(lead, EventKind.STATUS_CHANGED, by, {"status": [str(before), str(to)], **data})


def referred(lead: Lead, by: User, **to: Any) -> OutboundReferral:
    """Store where a person was referred to, with its event; the rules are the caller's."""
    referral = OutboundReferral.objects.create(lead=lead, by=by, **to)
    saved(lead, EventKind.REFERRED_OUT, by, {"referral": referral.pk})
    return referral
