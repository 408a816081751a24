"""What a coordinator takes down for somebody: a call, a visit, an e-mail, an event, a referral.

It becomes a lead by the same way as a public form (`admissions.intake`). A live conversation is
also the first attempt, so both clocks stop, and the lead is with who took it.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from admissions import audit, intake, referrals, staffing, triage
from admissions.arrival import Answers, Sender
from admissions.enums import AttemptChannel, AttemptResult, LeadSource
from admissions.exceptions import NotAllowed
from admissions.models import ConsentWording, Inquiry, ReferralSource, StatusAccess
from iop_site.roles import COORDINATOR, MANAGER, has_role

SOURCES = (
    LeadSource.PHONE,
    LeadSource.WALK_IN,
    LeadSource.EMAIL,
    LeadSource.EVENT,
    LeadSource.REFERRAL,
)
# The sources of which somebody was spoken with just now, and how.
LIVE: dict[str, AttemptChannel] = {
    LeadSource.PHONE: AttemptChannel.PHONE,
    LeadSource.WALK_IN: AttemptChannel.VISIT,
}


def take(
    *,
    answers: Answers,
    wordings: Sequence[ConsentWording],
    source: LeadSource,
    by: User,
    idempotency_key: uuid.UUID,
    referral_source: ReferralSource | None = None,
    next_follow_up_at: datetime | None = None,
    no_next_step: bool = False,
) -> StatusAccess:
    """Store an inquiry that `by` took down, and return what its reference belongs to.

    `answers` and `wordings` as in `intake.submit_inquiry`; the same page sent twice changes
    nothing, one sent again with other words is a correction. After a live conversation without a
    next step the usual one is set. A `referral_source` (one not stored yet is stored) is set where
    the lead has none. Raises WorkflowError; then nothing is stored. Side effects: as
    `intake.submit_inquiry`, but staff are not told; after a live conversation those of
    `triage.log_attempt`, and `by` becomes the owner of a lead that has none.
    """
    if not has_role(by, COORDINATOR, MANAGER):
        raise NotAllowed(_("Your role does not include working on leads."))
    with transaction.atomic():
        audit.lock_chain()
        is_correction = Inquiry.objects.filter(idempotency_key=idempotency_key).exists()
        receipt = intake.submit_inquiry(
            answers=answers,
            wordings=wordings,
            idempotency_key=idempotency_key,
            sender=Sender(by=by),
            source=source,
        )
        access = StatusAccess.objects.select_related("lead").get(reference=receipt.reference)
        if receipt.is_repeat:
            return access
        lead = access.lead
        if source in LIVE and not is_correction:
            triage.log_attempt(
                lead=lead,
                channel=LIVE[source],
                result=AttemptResult.TALKED,
                by=by,
                next_follow_up_at=next_follow_up_at,
                no_next_step=no_next_step,
                they_came=True,
            )
            # Who is marked as away takes none; what they were told is stored all the same.
            if lead.owner_id is None and staffing.is_here(by):
                triage.claim(lead=lead, by=by)
        elif next_follow_up_at is not None or no_next_step:
            triage.set_follow_up(lead=lead, at=next_follow_up_at, by=by, version=lead.version)
        lead.refresh_from_db()
        if referral_source is not None and lead.referral_source_id is None:
            referrals.set_source(lead=lead, source=referral_source, by=by, version=lead.version)
        return access
