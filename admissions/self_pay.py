"""The written estimate of who pays themselves: made, and given to the family.

When it is due is a matter of `admissions.estimates`.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import estimates, triage
from admissions.enums import Delivery, EventKind, VobStatus
from admissions.exceptions import TransitionRefused
from admissions.models import Lead, SelfPayEstimate


def make(*, lead: Lead, details: Mapping[str, Any], by: User, version: int) -> SelfPayEstimate:
    """Store a written estimate (`forms.estimate.EstimateForm.answers`) and return it. Side effect:
    event. It counts as delivered only when somebody says so (`deliver`).
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        estimate = SelfPayEstimate.objects.create(lead=lead, by=by, details=dict(details))
        triage.saved(lead, EventKind.ESTIMATE_MADE, by, {"estimate": estimate.pk})
        return estimate


def deliver(
    *, lead: Lead, how: Delivery, by: User, version: int, estimate: SelfPayEstimate | None = None
) -> Lead:
    """Record that the written estimate reached a family that pays itself, or asked for one.

    `estimate` is the one that did; None where it was written elsewhere. Admission without a viable
    verification needs this. Side effect: event.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        now = timezone.now()
        data: dict[str, object] = {"how": str(Delivery(how))}
        if estimate is not None:
            waiting = SelfPayEstimate.objects.filter(pk=estimate.pk, lead=lead, delivered_at=None)
            if not waiting.update(delivered_at=now, delivered_how=how):
                raise TransitionRefused(_("This estimate is recorded as delivered already."))
            data["estimate"] = estimate.pk
        elif lead.vob_status != VobStatus.NOT_APPLICABLE and not estimates.is_owed(lead):
            raise TransitionRefused(_("Set the insurance check to “Self-pay” first."))
        lead.estimate_delivered_at = now
        return triage.saved(lead, EventKind.ESTIMATE_DELIVERED, by, data)
