"""What the tests of merging share: a merge in one line, a full lead, all rows in clear."""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.utils import timezone

from admissions import merging, triage
from admissions.enums import AttemptResult, Channel
from admissions.models import (
    CardPhoto,
    Consultation,
    ConsultationCell,
    Disclosure,
    InsuranceVerification,
    Lead,
    LeadEvent,
    LeadMerge,
    LeadPresence,
    OutboundReferral,
    OutboxMessage,
    SelfPayEstimate,
    SignedConsent,
    StatusAccess,
    VerificationResult,
)
from tests.factories import new_key

# What a merge and its undoing add to, and what they count up.
_GROWS = ("leadevent", "leadmerge", "chainhead", "session", "ratecount")


def do_merge(kept: Lead, merged: Lead, by: User, **choices: str) -> LeadMerge:
    """Merge two leads as they are now."""
    for lead in (kept, merged):
        lead.refresh_from_db()
    return merging.merge(
        kept=kept,
        merged=merged,
        choices=choices,
        by=by,
        versions={kept.pk: kept.version, merged.pk: merged.version},
    )


def rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table of admissions in clear, leads without their version."""
    found = {}
    for model in apps.get_app_config("admissions").get_models():
        if model._meta.model_name in _GROWS:
            continue
        names = [field.attname for field in model._meta.concrete_fields]
        if model is Lead:
            names.remove("version")
        found[str(model._meta.model_name)] = list(
            model._default_manager.order_by("pk").values(*names)
        )
    return found


def consult(lead: Lead, access: StatusAccess | None = None, *, days: int = 3) -> Consultation:
    """Give a lead a consultation in some days, outside the calendar's rules."""
    starts_at = timezone.now() + timedelta(days=days)
    consultation = Consultation.objects.create(
        lead=lead,
        access=access,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        channel="phone",
        booked_by="visitor" if access else "staff",
        idempotency_key=new_key(),
        token=new_key().hex,
        token_digest=new_key().hex,
    )
    seat = ConsultationCell.objects.count()
    ConsultationCell.objects.create(consultation=consultation, at=starts_at, seat=seat)
    return consultation


def fill(lead: Lead, by: User) -> Lead:
    """Hang one at least of everything on a lead that came with an insurance form."""
    access = lead.accesses.get(opened_lead=True)
    form = InsuranceVerification.objects.filter(lead=lead)[0]
    CardPhoto.objects.create(form=form, side="front", image=b"jpeg", width=1, height=1)
    VerificationResult.objects.create(
        lead=lead, form=form, by=by, outcome="verified_viable", details={"copay": "20"}
    )
    SelfPayEstimate.objects.create(lead=lead, by=by, details={"sum": "900"})
    OutboundReferral.objects.create(lead=lead, place="Elsewhere", by=by)
    Disclosure.objects.create(lead=lead, recipient="Elsewhere", given=["contact"], by=by)
    LeadPresence.objects.create(lead=lead, user=by)
    today = timezone.localdate()
    SignedConsent.objects.create(
        lead=lead, by=by, patient=lead.first_name, signed_on=today, expires_on=today
    )
    booked = consult(lead, access)
    OutboxMessage.objects.create(
        kind="family_reminder", audience="family", lead=lead, access=access, consultation=booked
    )
    triage.add_note(lead=lead, text=f"About {lead.first_name}.", by=by)
    triage.log_attempt(lead=lead, channel=Channel.PHONE, result=AttemptResult.TALKED, by=by)
    lead.refresh_from_db()
    return lead


def events(lead: Lead, kind: str) -> list[dict[str, Any]]:
    """Return the data of a lead's events of a kind, oldest first."""
    found = LeadEvent.objects.filter(lead=lead, kind=kind).order_by("sequence")
    return list(found.values_list("data", flat=True))
