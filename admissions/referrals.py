"""Who sends people to us, and where we send those for whom another place is right.

Neither has a price, and nothing here may ever have one (`admissions.models.referral` says why).
"""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from admissions import disclosures, triage
from admissions.enums import DisclosurePurpose, EventKind
from admissions.exceptions import WorkflowError
from admissions.models import Lead, OutboundReferral, ReferralSource
from programs.models import LevelOfCare


def set_source(*, lead: Lead, source: ReferralSource | None, by: User, version: int) -> Lead:
    """Keep who referred the person, and return the lead; None: nobody, or it is not known.

    A source that is not stored yet is stored, unless one of the same names is there. Side effect:
    event.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        if source is not None and source.pk is None:
            source = _stored(source)
        before, lead.referral_source = lead.referral_source_id, source
        if lead.referral_source_id == before:
            return lead
        changed = [before, lead.referral_source_id]
        return triage.saved(lead, EventKind.REFERRAL_SOURCE_SET, by, {"referral_source": changed})


def refer_out(
    *,
    lead: Lead,
    by: User,
    version: int,
    source: ReferralSource | None = None,
    place: str = "",
    level_of_care: LevelOfCare | None = None,
    warm_handoff: bool = False,
    note: str = "",
    given: Collection[str] = (),
    basis: str = "",
) -> OutboundReferral:
    """Record that a person was referred to another place: one of the list, or one that was typed.

    The status stays; closing as "referred out" is `triage.transition`. Nothing is sent to anybody.
    What that place was told of the person (`given`, codes of `enums.Disclosed`) is a disclosure of
    its own, with what allowed it (`basis`); a live handover tells something always. Raises
    WorkflowError without a place, or with two. Side effect: event, or two.
    """
    place = place.strip()
    if (source is None) == (not place):
        raise WorkflowError(_("Say where to: choose a place from the list, or type one."))
    if warm_handoff and not given:
        raise WorkflowError(_("A live handover tells them something: say what."))
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        referral = triage.referred(
            lead,
            by,
            source=source,
            place=place,
            level_of_care=level_of_care,
            warm_handoff=warm_handoff,
            note=note,
        )
        if given:
            disclosures.record(
                lead=lead,
                by=by,
                version=lead.version,
                recipient=referral.where,
                given=given,
                purpose=DisclosurePurpose.TREATMENT,
                basis=basis,
                referral=referral,
            )
        return referral


def _stored(source: ReferralSource) -> ReferralSource:
    same = ReferralSource.objects.filter(
        organization__iexact=source.organization, person__iexact=source.person
    ).first()
    if same is None:
        source.save()
    return same or source
