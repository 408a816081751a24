"""Signed consents to give records away: recorded as the paper has them, taken back at once.

A disclosure that points to one must be within it, and none is made by one that was taken back or
has run out (42 CFR 2.31, 2.33). What was given before stays given.
"""

from collections.abc import Collection
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import audit, triage
from admissions.enums import Disclosed, DisclosureBasis, DisclosurePurpose, EventKind
from admissions.exceptions import WorkflowError
from admissions.models import Lead, SignedConsent
from programs.provider import site_facts

INCOMPLETE = gettext_lazy(
    "Without signature, date and how to take it back it is no consent: ask for one."
)


def record(
    *,
    lead: Lead,
    by: User,
    version: int,
    patient: str,
    recipient: str,
    given: Collection[str],
    purpose: str,
    signed_on: date,
    expires_on: date,
    is_complete: bool,
    signed_by: str = "",
) -> SignedConsent:
    """Keep what a signed paper says, and return it.

    `is_complete`: somebody saw on it the signature, the date, and that it can be taken back and how
    (42 CFR 2.31(a)(6) to (9)). Raises WorkflowError where a point is missing. Side effect: event
    CONSENT_GIVEN, with codes.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        codes = set(given) <= set(Disclosed.values) and purpose in DisclosurePurpose.values
        if not (patient.strip() and recipient.strip() and given and codes):
            raise WorkflowError(_("Say whose it is, to whom, what is given, and what for."))
        if not is_complete:
            raise WorkflowError(str(INCOMPLETE))
        if signed_on > timezone.localdate() or expires_on < signed_on:
            raise WorkflowError(_("It is signed on a day up to today, and ends on that or later."))
        kept = SignedConsent.objects.create(
            lead=lead,
            by=by,
            patient=patient.strip(),
            discloser=site_facts().provider.name,
            recipient=recipient.strip(),
            given=[one.value for one in Disclosed if one.value in given],
            purpose=purpose,
            signed_on=signed_on,
            signed_by=signed_by.strip(),
            expires_on=expires_on,
        )
        triage.saved(lead, EventKind.CONSENT_GIVEN, by, _said(kept))
        return kept


def revoke(*, consent: SignedConsent, by: User) -> SignedConsent:
    """Take a signed consent back from now on; a second time changes nothing. Event."""
    with transaction.atomic():
        lead = triage.locked(consent.lead, by)
        consent.refresh_from_db()
        if consent.revoked_at is None:
            consent.revoked_at = timezone.now()
            consent.save(update_fields=["revoked_at"])
            audit.record(lead=lead, kind=EventKind.CONSENT_WITHDRAWN, by=by, data=_said(consent))
        return consent


def why_not(consent: SignedConsent, *, given: Collection[str], purpose: str, day: date) -> str:
    """Return why something may not be given by a consent, in words; nothing where it may."""
    if not consent.holds_on(day):
        return _("That consent was taken back or has run out: nothing may be given by it.")
    if purpose != consent.purpose or not set(given) <= {*consent.given, *_everything(consent)}:
        return _("That is more than they consented to, or for something else.")
    return ""


def _everything(consent: SignedConsent) -> Collection[str]:
    return Disclosed.values if Disclosed.ALL in consent.given else ()


def _said(consent: SignedConsent) -> dict[str, object]:
    basis = str(DisclosureBasis.CONSENT)
    return {"signed": consent.pk, "given": consent.given, "for": consent.purpose, "basis": basis}
