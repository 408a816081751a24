"""The consent ledger: who agreed to which words, when and how, and who took it back.

A withdrawal is in force at once: what it allowed is off on the lead in the same transaction, and
every mail asks the lead at the moment it is sent. The rows stay as proof (47 CFR 64.1200; facts of
the product's counsel decide for how long), with digests instead of the person's data.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from admissions import audit, notices, search, triage
from admissions.enums import ConsentTopic, EventKind, LeadSource, NoticeKind, VobStatus
from admissions.models import Consent, ConsentWording, Lead, StatusAccess
from iop_site import crypto

if TYPE_CHECKING:
    from admissions.models.consent import ConsentQuerySet

# What a person may take back on their own. The others are acknowledgements of something read.
WITHDRAWABLE = (ConsentTopic.CONTACT, ConsentTopic.TEXTS, ConsentTopic.VERIFICATION)
_CHECKING = (VobStatus.REQUESTED, VobStatus.IN_PROGRESS, VobStatus.NEEDS_INFO)


def give(
    *,
    lead: Lead,
    wordings: Sequence[ConsentWording],
    channel: LeadSource,
    by: audit.Actor,
    phone: str = "",
    email: str = "",
    access: StatusAccess | None = None,
) -> None:
    """Record that somebody agreed to `wordings`. Call it inside the transaction of the form.

    `phone` and `email` are those it was given for; digests of them are kept with the proof.
    Who opened the lead and agrees to be contacted again after taking that back may be contacted
    again: `contact_withdrawn_at` is cleared on `lead`, which the caller saves afterwards.
    """
    if not wordings:
        return
    topics = {wording.topic for wording in wordings}
    if access is not None and access.opened_lead and ConsentTopic.CONTACT in topics:
        lead.contact_withdrawn_at = None
    Consent.objects.bulk_create(
        Consent(
            lead=lead,
            lead_reference=lead.reference,
            access=access,
            phone_digest=_digest(search.phone_keys(phone)),
            email_digest=_digest(search.email_keys(email)),
            wording=wording,
            channel=channel,
        )
        for wording in wordings
    )
    audit.record(
        lead=lead,
        kind=EventKind.CONSENT_GIVEN,
        by=by,
        data={"wordings": [str(wording) for wording in wordings]},
    )


def withdrawable(lead: Lead, access: StatusAccess | None = None) -> list[ConsentTopic]:
    """Return the topics that are in force on a lead and can be taken back, in one order.

    With an access that did not open the lead: those that were given through it.
    """
    return _topics(_visible(lead, access).in_force())


def taken_back(lead: Lead, access: StatusAccess | None = None) -> list[ConsentTopic]:
    """Return the topics that were given once and are in force no more; `access` as above."""
    in_force = withdrawable(lead, access)
    return [topic for topic in _topics(_visible(lead, access)) if topic not in in_force]


def withdraw(
    *,
    lead: Lead,
    topics: Iterable[str],
    channel: LeadSource,
    by: audit.Actor,
    access: StatusAccess | None = None,
) -> list[Consent]:
    """Take consents back and return them; those that were not in force are left as they are.

    `access` is the visitor's own: one that did not open the lead takes back only what was given
    through it. Raises NotAllowed for staff whose role does not include leads, TransitionRefused for
    them where the lead is part of another now or was erased: its consents are not there. Side
    effects: what the topics allowed is off on the lead, the lead comes up for somebody to look at,
    event, and where a visitor did it a notice to staff.
    """
    wanted = [topic for topic in WITHDRAWABLE if topic in set(topics)]
    with transaction.atomic():
        if isinstance(by, User):
            lead = triage.locked(lead, by)
            triage.refuse_merged(lead)
        else:
            audit.lock_chain()
            leads = Lead.objects.select_for_update()
            lead = access.held_lead() if access is not None else leads.get(pk=lead.pk)
        in_force = _visible(lead, access).in_force().filter(wording__topic__in=wanted)
        taken = list(in_force.select_related("wording"))
        if not taken:
            return []
        now = timezone.now()
        Consent.objects.filter(pk__in=[one.pk for one in taken]).update(
            withdrawn_at=now, withdrawn_channel=channel
        )
        data: dict[str, Any] = {"wordings": [str(one.wording) for one in taken]}
        before, still = lead.vob_status, withdrawable(lead)
        for topic in {ConsentTopic(one.wording.topic) for one in taken}:
            switch_off(lead, topic, given_elsewhere=topic in still, at=now)
        if lead.vob_status != before:
            data["vob_status"] = [before, lead.vob_status]
        if lead.is_open:
            lead.next_follow_up_at = now
        lead.version += 1
        lead.save()
        audit.record(lead=lead, kind=EventKind.CONSENT_WITHDRAWN, by=by, data=data)
        if by == audit.VISITOR:
            notices.tell_staff(kind=NoticeKind.FAMILY_WROTE, lead=lead)
        return taken


def _visible(lead: Lead, access: StatusAccess | None) -> "ConsentQuerySet":
    consents = Consent.objects.filter(lead=lead)
    if access is not None and not access.opened_lead:
        consents = consents.filter(access=access)
    return consents


def _topics(consents: "ConsentQuerySet") -> list[ConsentTopic]:
    given = set(consents.values_list("wording__topic", flat=True))
    return [topic for topic in WITHDRAWABLE if topic in given]


def switch_off(lead: Lead, topic: ConsentTopic, *, given_elsewhere: bool, at: datetime) -> None:
    """Take off `lead` (unsaved) what a topic allowed that was taken back at a moment.

    Where the same was also given by somebody else, it cannot be known who of them is who they say:
    what is done without a person deciding it stops all the same, and staff find out about the rest.
    """
    if topic == ConsentTopic.VERIFICATION:
        if lead.vob_status in _CHECKING and not given_elsewhere:
            lead.set_vob_status(VobStatus.NOT_REQUESTED)
        return
    lead.text_ok = False
    if topic == ConsentTopic.CONTACT:
        lead.voicemail_ok = lead.email_ok = lead.may_say_who = False
        if not given_elsewhere:
            lead.contact_withdrawn_at = at


def _digest(keys: list[search.Key]) -> str:
    return crypto.blind_index(keys[0][1], purpose=keys[0][0]) if keys else ""
