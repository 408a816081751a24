"""The accounting of disclosures: what was given to whom, when, what for, and by what right.

A person may ask for it for the last six years (45 CFR 164.528); of what went out with their
consent for the last three (42 CFR 2.25). What was given to themselves needs none
(`personal_copy`).
"""

from collections.abc import Collection
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit, signed_consents, triage
from admissions.enums import Disclosed, DisclosureBasis, DisclosurePurpose, EventKind
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import Consent, Disclosure, Lead, OutboundReferral, SignedConsent
from iop_site.roles import MANAGER, has_role

YEARS, YEARS_BY_CONSENT = 6, 3


def record(
    *,
    lead: Lead,
    by: User,
    version: int,
    recipient: str,
    given: Collection[str],
    purpose: str,
    basis: str,
    address: str = "",
    day: date | None = None,
    consent: Consent | None = None,
    signed: SignedConsent | None = None,
    referral: OutboundReferral | None = None,
) -> Disclosure:
    """Keep that something of a person's records was given to somebody outside, and return it.

    `given`, `purpose` and `basis` are codes of `enums`; `day` is today where none is said. Raises
    WorkflowError where something is missing, or the day is not one of the last six years. Side
    effect: event DISCLOSED, with the codes, never to whom.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        day = day or timezone.localdate()
        if not recipient.strip():
            raise WorkflowError(_("Say to whom it was given."))
        if not given or not set(given) <= set(Disclosed.values):
            raise WorkflowError(_("Choose what was given."))
        if purpose not in DisclosurePurpose.values or basis not in DisclosureBasis.values:
            raise WorkflowError(_("Choose what it was for, and what allowed it."))
        if not years_before(YEARS) < day <= timezone.localdate():
            raise WorkflowError(_("Choose a day of the last six years, not in the future."))
        named = [one for one in (consent, signed) if one is not None]
        by_consent = basis == DisclosureBasis.CONSENT
        if named and not (by_consent and all(one.lead_id == lead.pk for one in named)):
            raise WorkflowError(_("Choose a consent of this person, with consent as the reason."))
        if signed is not None:
            refusal = signed_consents.why_not(signed, given=given, purpose=purpose, day=day)
            if refusal:
                raise WorkflowError(refusal)
        # Not by leaving out which: what they signed last may be over.
        newest = lead.signed_consents.first() if by_consent and not named else None
        if newest is not None and not newest.holds_on(day):
            raise WorkflowError(
                _("What they signed is over or taken back. Record the new one first.")
            )
        kept = Disclosure.objects.create(
            lead=lead,
            by=by,
            day=day,
            recipient=recipient.strip(),
            address=address.strip(),
            given=[one.value for one in Disclosed if one.value in given],
            purpose=purpose,
            basis=basis,
            consent=consent,
            signed=signed,
            referral=referral,
        )
        data = {"disclosure": kept.pk, "given": kept.given, "for": purpose, "basis": basis}
        triage.saved(lead, EventKind.DISCLOSED, by, data)
        return kept


def accounting(*, lead: Lead, by: User, kind: EventKind) -> QuerySet[Disclosure]:
    """Return what the person may be told of, newest first; managers alone give it to them.

    Side effect: an event that it was taken, to print (PRINTED) or as a file (EXPORTED).
    """
    if not has_role(by, MANAGER):
        raise NotAllowed(_("Only a manager gives a person this list."))
    audit.record_alone(lead=lead, kind=kind, by=by, data={"what": "disclosures"})
    by_consent = Q(basis=DisclosureBasis.CONSENT)
    recent = by_consent & Q(day__gt=years_before(YEARS_BY_CONSENT))
    return lead.disclosures.filter(recent | ~by_consent & Q(day__gt=years_before(YEARS)))


def years_before(years: int) -> date:
    """Return today's day so many years ago; the 28th for a 29th of February that was none."""
    today = timezone.localdate()
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)
