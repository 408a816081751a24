"""What staff do with a lead that is held as suspected spam: release it, or confirm what it is.

`admissions.intake` holds it, told to nobody; until one of these verbs it can only be looked at.
Both take the `version` that was on the screen, as `admissions.triage` does, and raise its errors.
"""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit, booking, duplicates, notices, triage
from admissions.enums import CloseReason, EventKind, LeadSource, LeadStatus, NoticeKind
from admissions.exceptions import TransitionRefused
from admissions.models import Consultation, Lead
from admissions.office_hours import Schedule


def release(*, lead: Lead, by: User, version: int) -> Lead:
    """Treat a held lead as one that has just been received, and return it.

    The promise to reach them runs from now; when they wrote and why they were held stays. Side
    effects: another open lead of the same phone or e-mail is pointed to, event, and the notices
    that were kept back.
    """
    with transaction.atomic():
        lead = _suspect(lead, by, version)
        lead.quarantined_at = None
        promise = settings.FIRST_ATTEMPT_PROMISE_MINUTES
        lead.respond_by = Schedule.load().deadline(timezone.now(), promise)
        lead.possible_duplicate_of = duplicates.sharing_contact(lead)
        lead = triage.saved(lead, EventKind.SUSPECT_RELEASED, by, {})
        _tell(lead)
        return lead


def confirm(*, lead: Lead, by: User, version: int) -> Lead:
    """Close a held lead as spam and return it; a time it had booked is free again.

    Nothing is deleted: opening it again, with a note, makes it a lead like any other.
    """
    with transaction.atomic():
        lead = _suspect(lead, by, version)
        booked = Consultation.objects.booked().filter(lead=lead, starts_at__gt=timezone.now())
        for consultation in booked:
            booking.cancel(consultation=consultation, by=by)
        lead.refresh_from_db()
        lead.close_reason = CloseReason.SPAM
        audit.record(lead=lead, kind=EventKind.SUSPECT_CONFIRMED, by=by)
        return triage.moved(lead, LeadStatus.CLOSED, by, {"reason": str(CloseReason.SPAM)})


def _suspect(lead: Lead, by: User, version: int) -> Lead:
    lead = triage.locked(lead, by, version)
    if not lead.is_suspect:
        raise TransitionRefused(_("This lead is not held as suspected spam."))
    return lead


def _tell(lead: Lead) -> None:
    """Tell staff and family what they would have been told when it came."""
    consultation = Consultation.objects.upcoming().filter(lead=lead).first()
    if consultation is not None:
        kind = NoticeKind.NEW_CONSULTATION
        notices.tell_staff(kind=kind, lead=lead, consultation=consultation)
        notices.tell_family(
            kind=NoticeKind.FAMILY_BOOKED,
            lead=lead,
            access=consultation.access,
            consultation=consultation,
        )
    else:
        is_insurance = lead.source == LeadSource.WEB_INSURANCE
        kind = NoticeKind.NEW_INSURANCE if is_insurance else NoticeKind.NEW_INQUIRY
        notices.tell_staff(kind=kind, lead=lead)
        access = lead.accesses.order_by("pk").first()
        notices.tell_family(kind=NoticeKind.FAMILY_RECEIVED, lead=lead, access=access)
    if lead.estimate_requested_at is not None:
        notices.tell_staff(kind=NoticeKind.NEW_ESTIMATE, lead=lead)
    if lead.is_minor:
        once = f"supervisor:{lead.pk}"
        notices.tell_staff(kind=NoticeKind.NEEDS_SUPERVISOR, lead=lead, once=once)
