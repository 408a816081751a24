"""What a visitor sends becomes a lead: the only way into the pipeline from outside.

Each verb stores, in one transaction, the submission word for word, its lead, the consents with the
wording that was shown, the event and the notices; or nothing at all. The same submission sent again
(a double click, a refresh, a retry) changes nothing and gets the same receipt.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from admissions import audit, booking, consents, drafts, estimates, notices
from admissions.arrival import Answers, Arrival, Sender, arrive, comes_up, known
from admissions.enums import (
    AgeBand,
    ConsultationChannel,
    CoverageKind,
    EventKind,
    LeadSource,
    NoticeKind,
    VobStatus,
)
from admissions.models import (
    CardPhoto,
    ConsentWording,
    Draft,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadEvent,
    LeadMerge,
    StatusAccess,
)
from iop_site import crypto
from programs.models import Payer

_HOUR, _NOTICES_AN_HOUR = timedelta(hours=1), 10
_ESTIMATE_PAGE = uuid.UUID("5c0f7d0e-0a5b-4a3e-9d43-6a8c0f0f4b11")


@dataclass(frozen=True)
class Receipt:
    """What the visitor is given: the reference, and through it their private code."""

    reference: str
    is_repeat: bool


ANYBODY = Sender()


def submit_inquiry(
    *,
    answers: Answers,
    wordings: Sequence[ConsentWording],
    idempotency_key: uuid.UUID,
    sender: Sender = ANYBODY,
    source: LeadSource = LeadSource.WEB_INQUIRY,
) -> Receipt:
    """Store an inquiry and return its receipt.

    `answers` are the form's cleaned values (plain JSON values; `track` is a slug or empty),
    `wordings` what the person agreed to. Side effects: lead (new, or the open one of the same
    person), access, inquiry, consents, event, notices.
    """

    def store(page: _Page) -> StatusAccess:
        return _take_inquiry(page, wordings, sender, source, NoticeKind.NEW_INQUIRY).access

    return _once(Inquiry, idempotency_key, answers, store)


def submit_insurance(
    *,
    answers: Answers,
    wordings: Sequence[ConsentWording],
    idempotency_key: uuid.UUID,
    draft: Draft | None = None,
    sender: Sender = ANYBODY,
    source: LeadSource = LeadSource.WEB_INSURANCE,
) -> Receipt:
    """Store an insurance form with the photos of its draft, and return its receipt.

    Side effects: as `submit_inquiry`; the draft is closed; the lead's verification becomes
    "requested" unless somebody is working on it or it is verified: a phone number alone must not
    undo what staff found out.
    """

    def store(page: _Page) -> StatusAccess:
        known = {**answers, **_told_by_insurance(answers)}
        arrival = arrive(InsuranceVerification, idempotency_key, known, sender, source)
        lead = arrival.lead
        form = InsuranceVerification(
            lead=lead,
            access=arrival.access,
            **page.stored(),
            payer=Payer.objects.filter(slug=answers.get("payer") or "-").first(),
        )
        form.save()
        lead.payer = form.payer or lead.payer
        if draft is not None:
            CardPhoto.objects.filter(draft=draft).update(draft=None, form=form)
            drafts.close(draft, sent_access=arrival.access)
        before = lead.vob_status
        if before not in (VobStatus.IN_PROGRESS, VobStatus.VERIFIED_VIABLE):
            lead.set_vob_status(VobStatus.REQUESTED)
        _settle(arrival, answers, wordings, source, sender, NoticeKind.NEW_INSURANCE)
        _received(
            arrival,
            EventKind.INSURANCE_RECEIVED,
            sender.by,
            source,
            {"form": form.pk, "vob_status": [before, lead.vob_status]},
        )
        return arrival.access

    return _once(InsuranceVerification, idempotency_key, answers, store)


def submit_consultation(
    *,
    answers: Answers,
    wordings: Sequence[ConsentWording],
    idempotency_key: uuid.UUID,
    starts_at: datetime,
    channel: ConsultationChannel,
    draft: Draft,
    sender: Sender = ANYBODY,
) -> Receipt:
    """Store a request for a consultation and book its time, or neither (`SlotTaken`).

    Side effects: as `submit_inquiry`, and those of `booking.book`; the draft is closed.
    """

    def store(page: _Page) -> StatusAccess:
        arrival = _take_inquiry(page, wordings, sender, LeadSource.WEB_CONSULTATION)
        drafts.close(draft, sent_access=arrival.access)
        booking.book(
            lead=arrival.lead,
            access=arrival.access,
            starts_at=starts_at,
            channel=channel,
            idempotency_key=idempotency_key,
            by=sender.by,
        )
        return arrival.access

    return _once(Inquiry, idempotency_key, answers, store)


def request_estimate(*, access: StatusAccess, by: audit.Actor = audit.VISITOR) -> Receipt:
    """Keep that somebody who sent something before wants a written self-pay estimate.

    Asked for once with an access, however often it is clicked. Side effects: as `submit_inquiry`;
    the estimate's clock starts.
    """
    answers, sender = {"wants_estimate": True}, Sender(access=access, by=by)
    key = uuid.uuid5(_ESTIMATE_PAGE, access.reference)

    def store(page: _Page) -> StatusAccess:
        return _take_inquiry(page, [], sender, LeadSource.WEB_ESTIMATE).access

    return _once(Inquiry, key, answers, store)


def add_information(*, access: StatusAccess, message: str, idempotency_key: uuid.UUID) -> Receipt:
    """Keep what a family adds on the status page, as a further inquiry on its lead.

    Side effects: the lead comes up for somebody to look at, event, and a notice to staff, but for a
    flood of messages: those wait on the lead without a mail for each.
    """
    answers = {"message": message}

    def store(page: _Page) -> StatusAccess:
        lead = access.held_lead()
        inquiry = _keep_inquiry(page, lead, access, LeadSource.WEB_STATUS)
        comes_up(lead)
        lead.save()
        data = {"inquiry": inquiry.pk, "proven": access.opened_lead}
        audit.record(lead=lead, kind=EventKind.INFORMATION_ADDED, by=audit.VISITOR, data=data)
        lately = Inquiry.objects.filter(access=access, received_at__gt=timezone.now() - _HOUR)
        if lately.count() <= _NOTICES_AN_HOUR:
            notices.tell_staff(kind=NoticeKind.FAMILY_WROTE, lead=lead)
        return access

    return _once(Inquiry, idempotency_key, answers, store)


def request_deletion(*, access: StatusAccess) -> None:
    """Record that a family asks us to delete what it sent; automatic messages stop at once.

    Asked through an access that did not open the lead, nothing but that changes on the lead: staff
    are told, and find out who asks. Asked again it changes nothing.
    """
    with transaction.atomic():
        audit.lock_chain()
        lead = access.held_lead()
        if deletion_asked_at(access) is not None:
            return
        if access.opened_lead:
            lead.deletion_requested_at = timezone.now()
        lead.text_ok = lead.email_ok = False
        comes_up(lead)
        lead.save()
        data = {"access": access.pk, "proven": access.opened_lead}
        audit.record(lead=lead, kind=EventKind.DELETION_REQUESTED, by=audit.VISITOR, data=data)
        notices.tell_staff(kind=NoticeKind.FAMILY_WROTE, lead=lead)


def deletion_asked_at(access: StatusAccess) -> datetime | None:
    """Return when somebody asked through this access that what they sent be deleted.

    Events stay with the lead they were written for, while a merge may re-hang the access.
    """
    here = Q(kept=access.lead_id) | Q(merged=access.lead_id)
    merges = LeadMerge.objects.filter(here | Q(merged__merged_into=access.lead_id))
    leads = {access.lead_id}.union(*merges.values_list("kept", "merged"))
    asked = LeadEvent.objects.filter(
        lead__in=leads, kind=EventKind.DELETION_REQUESTED, data__access=access.pk
    )
    return asked.values_list("at", flat=True).first()


def content_digests(answers: Answers) -> list[str]:
    """Return keyed digests of what was typed, the same for the same words, one for each key.

    The first is the one to store.
    """
    text = json.dumps(answers, cls=DjangoJSONEncoder, sort_keys=True)
    return crypto.blind_candidates(hashlib.sha256(text.encode()).hexdigest(), purpose="submission")


@dataclass(frozen=True)
class _Page:
    """One page that was sent: its key, what stands on it, and the digests of that."""

    key: uuid.UUID
    answers: Answers
    digests: list[str]

    def stored(self) -> dict[str, Any]:
        """Return what every submission keeps of its page."""
        return {
            "idempotency_key": self.key,
            "content_digest": self.digests[0],
            "answers": dict(self.answers),
        }


def _once(
    model: Any, key: uuid.UUID, answers: Answers, store: Callable[[_Page], StatusAccess]
) -> Receipt:
    """Run `store` in one transaction unless the submission is already there."""
    page = _Page(key, answers, content_digests(answers))
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                audit.lock_chain()
                earlier = (
                    model.objects.filter(idempotency_key=key, content_digest__in=page.digests)
                    .select_related("lead", "access")
                    .first()
                )
                if earlier:
                    handed = earlier.access or earlier.lead
                    return Receipt(handed.reference, is_repeat=True)
                return Receipt(store(page).reference, is_repeat=False)
        except IntegrityError:
            # A reference that is taken (one in 10¹¹); the second round draws another.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def _take_inquiry(
    page: _Page,
    wordings: Sequence[ConsentWording],
    sender: Sender,
    source: LeadSource,
    kind: NoticeKind | None = None,
) -> Arrival:
    """Store an inquiry with all that belongs to it; of `kind` is the notice that tells of it."""
    arrival = arrive(Inquiry, page.key, page.answers, sender, source)
    inquiry = _keep_inquiry(page, arrival.lead, arrival.access, source)
    if page.answers.get("wants_estimate"):
        _start_estimate(arrival.lead, sender.by)
    _settle(arrival, page.answers, wordings, source, sender, kind)
    _received(arrival, EventKind.INQUIRY_RECEIVED, sender.by, source, {"inquiry": inquiry.pk})
    return arrival


def _keep_inquiry(page: _Page, lead: Lead, access: StatusAccess, source: LeadSource) -> Inquiry:
    inquiry = Inquiry(lead=lead, access=access, source=source, **page.stored())
    inquiry.save()
    return inquiry


def _told_by_insurance(answers: Answers) -> dict[str, str]:
    """Return what an insurance form says of the patient under the names of the lead."""
    born = str(answers.get("patient_birth_date") or "")
    band = AgeBand.of(date.fromisoformat(born), on=timezone.localdate()) if born else ""
    return {"patient_name": str(answers.get("patient_legal_name") or ""), "age_band": str(band)}


def _start_estimate(lead: Lead, by: audit.Actor) -> None:
    """Note on `lead` (unsaved) that it pays itself and wants that in writing."""
    estimates.start_clock(lead, at=timezone.now())
    lead.coverage_kind = lead.coverage_kind or CoverageKind.NONE
    if lead.vob_status == VobStatus.NOT_REQUESTED:
        lead.set_vob_status(VobStatus.NOT_APPLICABLE)
    due = lead.estimate_due_on.isoformat() if lead.estimate_due_on else ""
    audit.record(lead=lead, kind=EventKind.ESTIMATE_REQUESTED, by=by, data={"due_on": due})


def _settle(
    arrival: Arrival,
    answers: Answers,
    wordings: Sequence[ConsentWording],
    source: LeadSource,
    sender: Sender,
    kind: NoticeKind | None,
) -> None:
    """Save the lead, record the consents and tell whom it concerns (of a suspect nobody)."""
    lead, access = arrival.lead, arrival.access
    reach = answers if answers.get("phone") or answers.get("email") else known(lead, access)
    consents.give(
        lead=lead,
        access=access,
        wordings=wordings,
        channel=source,
        by=sender.by,
        phone=str(reach.get("phone") or ""),
        email=str(reach.get("email") or ""),
    )
    lead.save()
    if lead.quarantined_at is not None:
        return
    if kind is not None:
        if sender.by == audit.VISITOR:  # staff know what they entered themselves
            notices.tell_staff(kind=kind, lead=lead)
        notices.tell_family(kind=NoticeKind.FAMILY_RECEIVED, lead=lead, access=arrival.access)
    if answers.get("wants_estimate"):
        notices.tell_staff(kind=NoticeKind.NEW_ESTIMATE, lead=lead)
    if lead.is_minor:
        notices.tell_staff(
            kind=NoticeKind.NEEDS_SUPERVISOR, lead=lead, once=f"supervisor:{lead.pk}"
        )


def _received(
    arrival: Arrival,
    kind: EventKind,
    by: audit.Actor,
    source: LeadSource,
    data: dict[str, Any],
) -> None:
    data = {"joined": arrival.joined, "source": str(source), **data}
    audit.record(lead=arrival.lead, kind=kind, by=by, data=data)
