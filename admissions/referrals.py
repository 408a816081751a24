"""Who sends people to us, and where we send those for whom another place is right.

Neither has a price, and nothing here may ever have one (`admissions.models.referral` says why).
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from admissions import triage
from admissions.enums import EventKind
from admissions.exceptions import WorkflowError
from admissions.models import Lead, OutboundReferral, ReferralSource
from programs.models import LevelOfCare


def set_source(*, lead: Lead, source: ReferralSource | None, by: User, version: int) -> Lead:
    """Keep who referred the person, and return the lead; None: nobody, or it is not known.

    A source that is not stored yet is stored, unless one of the same names is there. Side effect:
    event.
    """
    with transaction.atomic():
        lead = triage._held(lead, by, version)
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
) -> OutboundReferral:
    """Record that a person was referred to another place: one of the list, or one that was typed.

    The status stays; closing as "referred out" is `triage.transition`. Nothing is sent to anybody.
    Raises WorkflowError without a place, or with two. Side effect: event.
    """
    place = place.strip()
    if (source is None) == (not place):
        raise WorkflowError(_("Say where to: choose a place from the list, or type one."))
    with transaction.atomic():
        return triage.referred(
            triage._held(lead, by, version),
            by,
            source=source,
            place=place,
            level_of_care=level_of_care,
            warm_handoff=warm_handoff,
            note=note,
        )


def _stored(source: ReferralSource) -> ReferralSource:
    same = ReferralSource.objects.filter(
        organization__iexact=source.organization, person__iexact=source.person
    ).first()
    if same is None:
        source.save()
    return same or source
