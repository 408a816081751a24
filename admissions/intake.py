"""What a visitor sends becomes a lead: the only way into the pipeline from outside.

`submit_inquiry` and `submit_insurance` each store, in one transaction, the submission word for
word, its lead, the consents with the wording that was shown, the event and the notice; or nothing
at all. The same submission sent again (a double click, a refresh, a retry) changes nothing and
gets the same receipt.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone

from admissions import audit, outbox, search
from admissions.enums import MINOR_BANDS, EventKind, LeadSource, NoticeKind, VobStatus
from admissions.models import Consent, ConsentWording, Inquiry, InsuranceVerification, Lead
from admissions.references import new_reference
from iop_site import crypto
from programs.models import Payer, Track

Answers = Mapping[str, Any]

# Answers of the inquiry form that the lead keeps under the same name.
LEAD_FIELDS = (
    "role",
    "first_name",
    "last_name",
    "phone",
    "email",
    "organization",
    "job_title",
    "preferred_channel",
    "good_times",
    "voicemail_ok",
    "text_ok",
    "may_say_who",
    "do_not_speak_to",
    "language",
    "needs_interpreter",
    "access_needs",
    "patient_name",
    "relationship",
    "patient_knows",
    "age_band",
    "coverage_kind",
)
# What a person allows: a later submission can take it back by itself, only staff widen it again,
# since a phone number alone does not prove who is writing.
_PERMISSIONS = ("voicemail_ok", "text_ok", "may_say_who")


@dataclass(frozen=True)
class Receipt:
    """What the visitor is given."""

    reference: str
    is_repeat: bool


def submit_inquiry(
    *,
    answers: Answers,
    wordings: Sequence[ConsentWording],
    idempotency_key: uuid.UUID,
    source: LeadSource = LeadSource.WEB_INQUIRY,
    by: audit.Actor = audit.VISITOR,
) -> Receipt:
    """Store an inquiry and return its receipt.

    `answers` are the form's cleaned values (plain JSON values; `track` is a slug or empty),
    `wordings` what the person agreed to. Side effects: lead (new, or the open one of the same
    person), inquiry, consents, event, notice to admissions.
    """
    digest = content_digest(answers)

    def store() -> Receipt:
        lead = _lead_of_key(Inquiry, idempotency_key) or _same_person(answers)
        joined = lead is not None
        lead = _join(lead, answers) if lead else _open_lead(answers, source)
        inquiry = Inquiry(
            lead=lead,
            idempotency_key=idempotency_key,
            content_digest=digest,
            answers=dict(answers),
            source=source,
        )
        inquiry.save()
        _consents(lead, wordings, source, by)
        outbox.enqueue(kind=NoticeKind.NEW_INQUIRY, lead=lead)
        audit.record(
            lead=lead,
            kind=EventKind.INQUIRY_RECEIVED,
            by=by,
            data={"inquiry": inquiry.pk, "joined": joined, "source": str(source)},
        )
        return Receipt(lead.reference, is_repeat=False)

    return _once(Inquiry, idempotency_key, digest, store)


def submit_insurance(
    *,
    answers: Answers,
    wordings: Sequence[ConsentWording],
    idempotency_key: uuid.UUID,
    source: LeadSource = LeadSource.WEB_INSURANCE,
    by: audit.Actor = audit.VISITOR,
) -> Receipt:
    """Store an insurance form on the open lead of the same phone or e-mail, or on a new one.

    Side effects: as `submit_inquiry`; the lead's verification becomes "requested" unless somebody
    is working on it or it is verified: a phone number alone must not undo what staff found out.
    """
    digest = content_digest(answers)

    def store() -> Receipt:
        lead = _lead_of_key(InsuranceVerification, idempotency_key)
        candidates = [] if lead else list(_open_leads_reached_by(answers))
        if lead is None and candidates:
            # The newest, unless one of several goes by the name that was given.
            named = [one for one in candidates if _goes_by(one, answers)]
            lead = (named or candidates)[0]
        joined = lead is not None
        known = {**answers, "patient_name": answers.get("patient_legal_name", "")}
        lead = _join(lead, known) if lead else _open_lead(known, source)
        form = InsuranceVerification(
            lead=lead,
            idempotency_key=idempotency_key,
            content_digest=digest,
            answers=dict(answers),
            payer=Payer.objects.filter(slug=answers.get("payer", "")).first(),
        )
        form.save()
        before = lead.vob_status
        if before not in (VobStatus.IN_PROGRESS, VobStatus.VERIFIED_VIABLE):
            lead.vob_status = VobStatus.REQUESTED
        lead.version += 1
        lead.save()
        _consents(lead, wordings, source, by)
        outbox.enqueue(kind=NoticeKind.NEW_INSURANCE, lead=lead)
        audit.record(
            lead=lead,
            kind=EventKind.INSURANCE_RECEIVED,
            by=by,
            data={
                "form": form.pk,
                "joined": joined,
                "candidates": len(candidates),
                "vob_status": [before, lead.vob_status],
            },
        )
        return Receipt(lead.reference, is_repeat=False)

    return _once(InsuranceVerification, idempotency_key, digest, store)


def content_digest(answers: Answers) -> str:
    """Return a keyed digest of what was typed, the same for the same words."""
    text = json.dumps(answers, cls=DjangoJSONEncoder, sort_keys=True)
    return crypto.blind_index(hashlib.sha256(text.encode()).hexdigest(), purpose="submission")


def _once(model: Any, key: uuid.UUID, digest: str, store: Any) -> Receipt:
    """Run `store` in one transaction unless the submission is already there."""
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                audit.lock_chain()
                earlier = (
                    model.objects.filter(idempotency_key=key, content_digest=digest)
                    .select_related("lead")
                    .first()
                )
                if earlier:
                    return Receipt(earlier.lead.reference, is_repeat=True)
                return store()
        except IntegrityError:
            # A reference that is taken (one in 10¹¹); the second round draws another.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def _lead_of_key(model: Any, key: uuid.UUID) -> Lead | None:
    """Return the lead of an earlier submission from the same page: this one corrects it."""
    earlier = model.objects.filter(idempotency_key=key).select_related("lead").first()
    return Lead.objects.select_for_update().get(pk=earlier.lead_id) if earlier else None


def _open_leads_reached_by(answers: Answers) -> Any:
    keys = search.keys_of(phone=str(answers.get("phone", "")), email=str(answers.get("email", "")))
    keys = [key for key in keys if key[0] != search.PHONE_END]
    leads = search.with_key(Lead.objects.open(), keys)
    return leads.select_for_update().order_by("-received_at", "-id")[:20]


def _goes_by(lead: Lead, answers: Answers) -> bool:
    given = str(answers.get("first_name", ""))
    patient = str(answers.get("patient_legal_name", ""))
    return search.same_name(lead.first_name, given) or bool(
        set(search.normal_words(patient)) & set(search.normal_words(lead.patient_name))
    )


def _same_person(answers: Answers) -> Lead | None:
    """Return the open lead of the same contact: phone or e-mail, and the name they use.

    A shared phone under another name is another person until staff say otherwise: it opens a lead
    of its own that points to the first (`possible_duplicate_of`).
    """
    name = str(answers.get("first_name", ""))
    for lead in _open_leads_reached_by(answers):
        if search.same_name(lead.first_name, name):
            return lead
    return None


def _open_lead(answers: Answers, source: LeadSource) -> Lead:
    values = {name: answers[name] for name in LEAD_FIELDS if name in answers}
    others = list(_open_leads_reached_by(answers)[:1])
    lead = Lead.objects.create(
        reference=new_reference(),
        source=source,
        track=Track.objects.filter(slug=answers.get("track") or "-").first(),
        possible_duplicate_of=others[0] if others else None,
        **values,
    )
    search.index_lead(lead, _keys_of_answers(answers))
    return lead


def _keys_of_answers(answers: Answers) -> list[search.Key]:
    names = (str(answers.get(name, "")) for name in ("first_name", "last_name", "patient_name"))
    return search.keys_of(
        phone=str(answers.get("phone", "")), email=str(answers.get("email", "")), names=names
    )


def _join(lead: Lead, answers: Answers) -> Lead:
    """Add what a further submission says to an open lead; nothing that stands is overwritten.

    Blank fields are filled, permissions only narrow, and the lead comes up for a call again.
    """
    for name in LEAD_FIELDS:
        given = answers.get(name)
        if name in _PERMISSIONS:
            if name in answers:
                setattr(lead, name, getattr(lead, name) and bool(given))
        elif given and not getattr(lead, name):
            setattr(lead, name, given)
    if answers.get("age_band") in MINOR_BANDS:
        lead.age_band = answers["age_band"]  # whoever may be under 18 is treated so
    avoid = str(answers.get("do_not_speak_to") or "")
    if avoid and avoid not in lead.do_not_speak_to:
        lead.do_not_speak_to = f"{lead.do_not_speak_to}; {avoid}"
    if lead.track is None and answers.get("track"):
        lead.track = Track.objects.filter(slug=answers["track"]).first()
    lead.next_follow_up_at = timezone.now()
    lead.version += 1
    lead.save()
    search.index_lead(lead, _keys_of_answers(answers))
    return lead


def _consents(
    lead: Lead, wordings: Sequence[ConsentWording], source: LeadSource, by: audit.Actor
) -> None:
    for wording in wordings:
        Consent.objects.create(lead=lead, wording=wording, channel=source)
    if wordings:
        audit.record(
            lead=lead,
            kind=EventKind.CONSENT_GIVEN,
            by=by,
            data={"wordings": [str(wording) for wording in wordings]},
        )
