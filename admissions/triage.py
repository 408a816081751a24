"""What staff do with a lead: every change of its state is one verb here, and nowhere else.

Each verb takes the lead and who acts (`by`), checks the role and the rules, writes in one
transaction with an event, and raises a `WorkflowError` with a text for the person otherwise.
Verbs that decide on what was read take the `version` that was on the screen: where somebody else
was faster, nothing is written (`StaleVersion`).
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit, enums, estimates
from admissions.enums import (
    AttemptResult,
    Channel,
    CloseReason,
    EventKind,
    LeadStatus,
    Response,
    VobStatus,
)
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused, WorkflowError
from admissions.models import ContactAttempt, Lead, LeadNote
from iop_site.roles import COORDINATOR, MANAGER, has_role


def open_lead(*, lead: Lead, by: User) -> None:
    """Record that `by` opened the lead's page (45 CFR 164.312(b): reading is recorded too)."""
    with transaction.atomic():
        audit.record(lead=lead, kind=EventKind.VIEWED, by=by)


def claim(*, lead: Lead, by: User) -> Lead:
    """Make `by` the owner of a lead that nobody has; their own stays theirs."""
    with transaction.atomic():
        lead = _held(lead, by)
        if lead.owner_id == by.pk:
            return lead
        if lead.owner_id is not None:
            raise TransitionRefused(_("%(owner)s has this lead already.") % {"owner": lead.owner})
        lead.owner = by
        if lead.first_attempt_at is None and lead.next_follow_up_at is None:
            lead.next_follow_up_at = lead.respond_by  # the promised call is its first step
        return saved(lead, EventKind.CLAIMED, by, {"owner": by.pk})


def release(*, lead: Lead, by: User) -> Lead:
    """Give a lead back to the queue: one's own, or as a manager anybody's."""
    with transaction.atomic():
        lead = _held(lead, by)
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
    channel: Channel,
    result: AttemptResult,
    by: User,
    note: str = "",
    next_follow_up_at: datetime | None = None,
) -> ContactAttempt:
    """Record a try to reach the contact; the two clocks stop here.

    A new lead becomes "trying to reach". A live conversation sets the first-conversation time; the
    move to "contacted" stays a decision of its own (`transition`).
    """
    with transaction.atomic():
        lead = _held(lead, by)
        now = timezone.now()
        if next_follow_up_at is not None and next_follow_up_at < now:
            raise WorkflowError(_("The next follow-up must be in the future."))
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
        lead.next_follow_up_at = next_follow_up_at
        saved(
            lead,
            EventKind.ATTEMPT_LOGGED,
            by,
            {"attempt": attempt.pk, "channel": str(channel), "result": str(result)},
        )
        if lead.status == LeadStatus.NEW:
            moved(lead, LeadStatus.ATTEMPTING, by, {})
        return attempt


def add_note(*, lead: Lead, text: str, by: User) -> LeadNote:
    """Keep a note on the lead."""
    if not text.strip():
        raise WorkflowError(_("Write the note before you save it."))
    with transaction.atomic():
        lead = _held(lead, by)
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

    Closing needs a `reason` (and for "referred out" where to), reopening a `note`. A note that is
    given is kept on the lead.
    """
    with transaction.atomic():
        lead = _held(lead, by, version)
        if to not in allowed_moves(lead, by):
            raise TransitionRefused(
                _("A lead that is “%(from)s” cannot become “%(to)s”.")
                % {"from": lead.get_status_display(), "to": LeadStatus(to).label}
            )
        missing = missing_for(lead, to)
        if missing:
            raise TransitionRefused(missing)
        if to == LeadStatus.CLOSED:
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


def set_verification(*, lead: Lead, to: VobStatus, by: User, version: int) -> Lead:
    """Record where the check of benefits stands."""
    with transaction.atomic():
        lead = _held(lead, by, version)
        before = lead.vob_status
        if before == to:
            return lead
        lead.set_vob_status(VobStatus(to))
        return saved(lead, EventKind.VOB_CHANGED, by, {"vob_status": [before, str(to)]})


def record_estimate_delivered(*, lead: Lead, by: User, version: int) -> Lead:
    """Record that the written good-faith estimate reached a family that pays itself, or asked.

    Admission without a viable verification needs it.
    """
    with transaction.atomic():
        lead = _held(lead, by, version)
        if lead.vob_status != VobStatus.NOT_APPLICABLE and not estimates.is_owed(lead):
            raise TransitionRefused(_("Set the verification to “Self-pay” first."))
        lead.estimate_delivered_at = timezone.now()
        return saved(lead, EventKind.ESTIMATE_DELIVERED, by, {})


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


def _held(lead: Lead, by: User, version: int | None = None) -> Lead:
    """Return the lead as `locked` does, unless it has to be released from quarantine first."""
    current = locked(lead, by, version)
    if current.is_suspect:
        raise TransitionRefused(_("This lead is held as suspected spam. Release it first."))
    return current


def locked(lead: Lead, by: User, version: int | None = None) -> Lead:
    """Return the lead as it is now, locked, after the actor's role and the version are checked."""
    if not has_role(by, COORDINATOR, MANAGER):
        raise NotAllowed(_("Your role does not include working on leads."))
    audit.lock_chain()
    current = Lead.objects.select_for_update().get(pk=lead.pk)
    if version is not None and current.version != version:
        raise StaleVersion(
            _(
                "Somebody else changed this lead while you had it open. It is shown as it is now; "
                "please look again before you decide."
            )
        )
    return current


def saved(lead: Lead, kind: EventKind, by: User, data: dict[str, object]) -> Lead:
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
