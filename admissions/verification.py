"""The check of benefits (VOB): who makes it, what came of it, and until when that is believed.

An outcome is only ever set with a result that says what the plan said; a result is never changed,
a later one stands beside it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit, enums, staffing, triage
from admissions.enums import EventKind, VobStatus
from admissions.exceptions import NotAllowed, TransitionRefused
from admissions.models import InsuranceVerification, Lead, VerificationResult
from iop_site.roles import MANAGER, has_role

BELIEVED = timedelta(days=30)
BATCH = 100  # leads that expire in one round; the next round has the rest


def changes(lead: Lead) -> list[VobStatus]:
    """Return to what staff may set the check by hand."""
    allowed = enums.VOB_TRANSITIONS[lead.vob_status]
    return [status for status in enums.VOB_SET_BY_HAND if status in allowed]


def set_status(*, lead: Lead, to: VobStatus, by: User, version: int) -> Lead:
    """Have benefits checked, or not: what `changes` offers. Nobody verifies then until it is taken.

    The same status again changes nothing.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        if lead.vob_status == to:
            return lead
        if to not in changes(lead):
            raise _refused(lead, to)
        lead.vob_assignee = None
        return _changed(lead, to, EventKind.VOB_CHANGED, by, {})


def take(*, lead: Lead, by: User) -> Lead:
    """Make `by` the one who verifies; what was requested or has expired is then in progress.

    Their own stays theirs. From somebody else it is taken only while they are away.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by)
        if lead.vob_status not in enums.VOB_WAITING:
            raise TransitionRefused(_("No insurance check is waiting here."))
        before = lead.vob_assignee
        if before == by:
            return lead
        if not staffing.is_here(by):
            raise TransitionRefused(
                _("You are marked as away. Mark yourself as back before you take checks.")
            )
        if before is not None and staffing.is_here(before):
            raise TransitionRefused(_("%(who)s has this check already.") % {"who": before})
        lead.vob_assignee = by
        to = lead.vob_status
        if to != VobStatus.NEEDS_INFO:
            to = VobStatus.IN_PROGRESS
        return _changed(lead, to, EventKind.VOB_TAKEN, by, _verifier(before, by))


def give_back(*, lead: Lead, by: User) -> Lead:
    """Give a check back to the queue: one's own, or as a manager anybody's."""
    with transaction.atomic():
        lead = triage.workable(lead, by)
        before = lead.vob_assignee
        if before is None:
            return lead
        if before != by and not has_role(by, MANAGER):
            raise NotAllowed(_("Only who took the check or a manager can give it back."))
        lead.vob_assignee = None
        to = lead.vob_status
        if to == VobStatus.IN_PROGRESS:
            to = VobStatus.REQUESTED
        return _changed(lead, to, EventKind.VOB_CHANGED, by, _verifier(before, None))


def record_result(
    *,
    lead: Lead,
    by: User,
    version: int,
    form: InsuranceVerification | None,
    answers: Mapping[str, Any],
) -> VerificationResult:
    """Store what a check came to and return it; `form` is what the family sent for it.

    `answers` (`forms.verification.ResultForm.answers`) hold `outcome`, and where known `payer`,
    `network` and `reverify_on`; all but the payer are kept as `details`. What was verified is
    believed until `reverify_on`. Side effects: the lead's status and payer, event.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        outcome = VobStatus(answers["outcome"])
        if outcome not in enums.VOB_OUTCOMES or outcome not in _allowed(lead):
            raise _refused(lead, outcome)
        payer, again = answers.get("payer"), None
        if outcome in enums.VOB_VERIFIED:
            again = answers.get("reverify_on") or reverify_by_default(timezone.localdate())
        result = VerificationResult.objects.create(
            lead=lead,
            form=form,
            payer=payer,
            by=by,
            outcome=outcome,
            network=answers.get("network") or "",
            reverify_on=again,
            details={name: value for name, value in answers.items() if name != "payer"},
        )
        lead.payer = payer or lead.payer
        if outcome == VobStatus.NEEDS_INFO:
            lead.vob_assignee = by  # who asked for it waits for it
        lead.vob_expires_on = again
        _changed(lead, outcome, EventKind.VOB_RESULT, by, {"check": result.pk})
        return result


def reverify_by_default(today: date, year_ends: date | None = None) -> date:
    """Return when a check of `today` is to be made again: in 30 days, but within its plan year.

    A plan year whose end is not known is the calendar year: deductibles start anew after it. Of the
    plan year's last day itself it is the day after.
    """
    last = year_ends or date(today.year, 12, 31)
    return max(min(today + BELIEVED, last), today + timedelta(days=1))


def expire(now: datetime) -> int:
    """Put open leads whose verification is old back into the queue; returns how many (a batch).

    One query where there is none. Side effect: an event each.
    """
    due = Lead.objects.filter(vob_lapses_on__lte=timezone.localdate(now))
    if not due.exists():
        return 0
    with transaction.atomic():
        audit.lock_chain()
        old = due.select_for_update().order_by("vob_lapses_on", "id").only(*_OF_THE_CHECK)
        leads = list(old[:BATCH])
        for lead in leads:
            _changed(lead, VobStatus.EXPIRED, EventKind.VOB_CHANGED, audit.SYSTEM, {})
        return len(leads)


_OF_THE_CHECK = ("vob_status", "vob_changed_at", "vob_assignee", "vob_expires_on", "version")


def _allowed(lead: Lead) -> tuple[VobStatus, ...]:
    return enums.VOB_TRANSITIONS[lead.vob_status]


def _refused(lead: Lead, to: VobStatus) -> TransitionRefused:
    return TransitionRefused(
        _("An insurance check that is “%(from)s” cannot be set to “%(to)s”.")
        % {"from": lead.get_vob_status_display(), "to": VobStatus(to).label}
    )


def _changed(
    lead: Lead, to: str, kind: EventKind, by: audit.Actor, data: dict[str, object]
) -> Lead:
    before = lead.vob_status
    lead.set_vob_status(to)
    return triage.saved(lead, kind, by, {"vob_status": [str(before), str(to)], **data})


def _verifier(before: User | None, after: User | None) -> dict[str, object]:
    return {"verifier": [before and before.pk, after and after.pk]}
