"""Erasing a lead: what a person told us and what was written about them goes; the proofs stay.

The lead's row is emptied, not deleted: the sealed events and the numbers of the reports point to
it, and they hold codes alone. What stays is `KEPT`, the events, the proof of consents with its
digests for its own time, the accounting of what was given to others, and estimates that were given,
which count as a medical record. Leads that were merged into it are the same person, and go with it.
There is no way back.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from admissions import audit, triage
from admissions.enums import CloseReason, ErasureReason, EventKind, LeadStatus, OutboxState
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import (
    Consultation,
    ContactAttempt,
    Draft,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadMerge,
    LeadNote,
    LeadPresence,
    OutboundReferral,
    OutboxMessage,
    SearchToken,
    SelfPayEstimate,
    SignedConsent,
    StatusAccess,
    VerificationResult,
)
from iop_site.roles import MANAGER, has_role

# A medical record, and an estimate that was given: 105 CMR 140.302; M.G.L. c.111 §70;
# 45 CFR 149.610(f)(1).
RECORD_TERM = timedelta(days=20 * 365.25)

# The columns of a lead that stay as they are: what the reports count, and what it is called.
KEPT = (
    "id",
    "reference",
    "source",
    "track",
    "payer",
    "status",
    "close_reason",
    "owner",
    "received_at",
    "status_changed_at",
    "first_attempt_at",
    "first_contact_at",
    "attempts",
    "response",
    "quarantined_at",
    "is_demo",
    "merged_into",
    "version",
)
# The rows that go, by the way they hang on a lead; what hangs on them (photos, times taken) too.
GONE: tuple[tuple[type[models.Model], str], ...] = (
    (Draft, "access__lead"),
    (Draft, "sent_access__lead"),
    (VerificationResult, "lead"),
    (Consultation, "lead"),
    (ContactAttempt, "lead"),
    (LeadNote, "lead"),
    (OutboundReferral, "lead"),
    (LeadPresence, "lead"),
    (SearchToken, "lead"),
    (Inquiry, "lead"),
    (InsuranceVerification, "lead"),
    (StatusAccess, "lead"),
)
_CLOSED_AS = {
    ErasureReason.ASKED: CloseReason.ASKED_DELETION,
    ErasureReason.SPAM: CloseReason.SPAM,
    ErasureReason.MISTAKE: CloseReason.MISTAKE,
}


def erase(
    *, lead: Lead, why: ErasureReason, by: User | str, version: int | None = None
) -> dict[str, int]:
    """Erase a lead for good and return how many rows of each kind went.

    An open one is closed first, as `why` says. Notices that wait are not sent. A manager's act, or
    the retention rules' (`audit.SYSTEM`). Raises WorkflowError where it must be kept (`why_not`).
    Events: ERASED, with codes and counts, on it and on each lead that was merged into it.
    """
    with transaction.atomic():
        lead = _locked(lead, by, version)
        if refusal := why_not(lead):
            raise WorkflowError(refusal)
        if lead.is_open and not isinstance(by, str):
            lead.close_reason = _CLOSED_AS[why]
            lead = triage.moved(lead, LeadStatus.CLOSED, by, {"reason": lead.close_reason})
        group = [lead, *lead.merged_leads.select_for_update().order_by("pk")]
        counts = _erase_rows([one.pk for one in group])
        now = timezone.now()
        for one in group:
            _empty(one, now)
            of_it = {"counts": counts} if one == lead else {"with": lead.reference}
            data = {"because": str(why), **of_it}
            triage.saved(one, EventKind.ERASED, by, data)
        return counts


def _locked(lead: Lead, by: User | str, version: int | None) -> Lead:
    if isinstance(by, str):
        audit.lock_chain()
        return Lead.objects.select_for_update().get(pk=lead.pk)
    if not has_role(by, MANAGER):
        raise NotAllowed(_("Only a manager can erase a lead."))
    return triage.locked(lead, by, version)


def why_not(lead: Lead) -> str:
    """Return why a lead cannot be erased now, in words for staff; nothing where it can."""
    if lead.merged_into is not None:
        return _("This lead is part of %(reference)s. Erase that one, or undo the merge.") % {
            "reference": lead.merged_into.reference
        }
    if lead.legal_hold_at is not None:
        return _(
            "It is kept for a legal reason since %(day)s. A manager has to end that first."
        ) % {"day": _day(lead.legal_hold_at)}
    term_ends = lead.status_changed_at + RECORD_TERM
    if lead.status == LeadStatus.ADMITTED and term_ends > timezone.now():
        return _(
            "They were admitted here: this is part of a medical record. The law keeps it for 20 "
            "years after care ends, so until %(day)s at least (105 CMR 140.302)."
        ) % {"day": _day(term_ends)}
    return ""


def set_hold(*, lead: Lead, on: bool, note: str, by: User | str, version: int) -> Lead:
    """Keep a lead for a legal reason, so that nothing erases it, or end that; managers only.

    Why is said in `note`, which is kept on the lead. Event: DETAILS_CHANGED.
    """
    if isinstance(by, str) or not has_role(by, MANAGER):
        raise NotAllowed(_("Only a manager decides what is kept for a legal reason."))
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        if on == (lead.legal_hold_at is not None):
            raise WorkflowError(_("That is so already."))
        lead.legal_hold_at = timezone.now() if on else None
        kept = LeadNote.objects.create(lead=lead, by=by, text=note)
        data = {"fields": ["legal_hold_at"], "note": kept.pk}
        return triage.saved(lead, EventKind.DETAILS_CHANGED, by, data)


def _erase_rows(leads: list[int]) -> dict[str, int]:
    """Erase what hangs on the leads; return the rows that went, by the name of their model."""
    notices = OutboxMessage.objects.filter(lead__in=leads)
    notices.exclude(state__in=(OutboxState.SENT, OutboxState.SKIPPED)).update(
        state=OutboxState.SKIPPED, lease=None, leased_until=None, last_error=_("Erased.")
    )
    notices.update(lead=None, access=None, consultation=None, once_key=None)
    counts: Counter[str] = Counter()
    for model, path in GONE:
        counts.update(model._default_manager.filter(**{f"{path}__in": leads}).delete()[1])
    given = Q(delivered_at__gt=timezone.now() - RECORD_TERM)
    written = SelfPayEstimate.objects.filter(lead__in=leads)
    counts.update(written.exclude(given).delete()[1])
    # One by which something was given stays with the accounting of it.
    signed = SignedConsent.objects.filter(lead__in=leads, disclosures=None)
    counts.update(signed.delete()[1])
    # Both sides: an undone merge holds what the other lead was, too, and is of no further use.
    LeadMerge.objects.filter(Q(kept__in=leads) | Q(merged__in=leads)).update(before={})
    for name in ("possible_duplicate_of", "previous_episode"):
        Lead.objects.filter(**{f"{name}__in": leads}).update(**{name: None})
    return {label.rpartition(".")[2].lower(): count for label, count in sorted(counts.items())}


def _empty(lead: Lead, now: datetime) -> None:
    """Set every column of `lead` (unsaved) that is not KEPT to what a new lead has there."""
    for field in Lead._meta.concrete_fields:
        if not field.generated and field.name not in KEPT:
            setattr(lead, field.attname, field.get_default())
    lead.erased_at = now


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
