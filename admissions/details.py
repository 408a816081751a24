"""What is known of a person and how to reach them, corrected or completed by staff.

What a person sent stays as they sent it (`Submission`); here the lead's own fields change. Staff
widen what a person allows only where they say how the person told them; text messages are allowed
by the consent to them alone (`admissions.consents`), so nobody can tick them here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from admissions import languages, notices, search, triage
from admissions.arrival import LEAD_FIELDS, PERMISSIONS, keys_of
from admissions.enums import EventKind, LeadSource, NoticeKind
from admissions.exceptions import WorkflowError
from admissions.models import Lead
from admissions.models.inquiry import Submission

EDITABLE = (*(name for name in LEAD_FIELDS if name != "text_ok"), "track")
# What was allowed for a number or an address says nothing about another one.
_FOR = {"voicemail_ok": "phone", "may_say_who": "phone", "text_ok": "phone", "email_ok": "email"}


@dataclass(frozen=True)
class Offer:
    """A phone or e-mail that a submission gave and the lead does not have."""

    key: str
    field: str
    value: str
    received_at: datetime


def change(
    *, lead: Lead, changes: Mapping[str, Any], by: User, version: int, told_by: str = ""
) -> Lead:
    """Store new values of `EDITABLE` fields, and return the lead; the same values change nothing.

    Raises WorkflowError where nothing would be left to reach the person by, or where something
    more would be allowed and `told_by` (a LeadSource) does not say how they told us. Side effects:
    what was allowed for another number or address is off, search index, event; of somebody who
    turns out to be under 18 a supervisor is told.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        before = {name: getattr(lead, name) for name in (*EDITABLE, "text_ok")}
        for name, value in changes.items():
            if name not in EDITABLE:
                raise ValueError(f"{name} is not changed here")
            setattr(lead, name, value)
        if not (lead.phone or lead.email) and (before["phone"] or before["email"]):
            raise WorkflowError(_("Keep a phone number or an e-mail address to reach them by."))
        moved_to = _elsewhere(lead, before)
        widened = [
            name
            for name in PERMISSIONS
            if getattr(lead, name)
            and name != "text_ok"
            and (not before[name] or _FOR[name] in moved_to)
        ]
        if widened and told_by not in LeadSource.values:
            raise WorkflowError(
                _(
                    "You allow more than they did, or for another number or address. Say how they "
                    "told us."
                )
            )
        if "phone" in moved_to:
            lead.text_ok = False
        return _saved(lead, before, by, allowed=widened, told_by=told_by if widened else "")


def offers(lead: Lead) -> list[Offer]:
    """Return the phones and e-mails that submissions gave and the lead lacks, newest first."""
    prefetch_related_objects([lead], "inquiry_set", "insuranceverification_set__payer")
    sent = [*lead.inquiry_set.all(), *lead.insuranceverification_set.all()]
    found: dict[search.Key, Offer] = {}
    for one in sorted(sent, key=lambda one: one.received_at, reverse=True):
        for field in ("phone", "email"):
            value = str(one.answers.get(field) or "")
            if value and _normal(field, value) != _normal(field, getattr(lead, field)):
                offer = Offer(f"{_kind(one)}-{one.pk}-{field}", field, value, one.received_at)
                found.setdefault((field, _normal(field, value)), offer)
    return list(found.values())


def adopt_contact(*, lead: Lead, offer: str, by: User, version: int) -> Lead:
    """Take over the phone or e-mail of an offer (its `key`) and return the lead.

    What they allow there is not known: nothing, until they say so. Raises WorkflowError where the
    offer is not there. Side effects: search index, event.
    """
    with transaction.atomic():
        lead = triage.workable(lead, by, version)
        chosen = next((one for one in offers(lead) if one.key == offer), None)
        if chosen is None:
            raise WorkflowError(_("That is on the lead already, or not there any more."))
        before = {name: getattr(lead, name) for name in (chosen.field, *PERMISSIONS)}
        setattr(lead, chosen.field, chosen.value)
        for name, address in _FOR.items():
            if address == chosen.field:
                setattr(lead, name, False)
        return _saved(lead, before, by)


def _saved(
    lead: Lead,
    before: Mapping[str, Any],
    by: User,
    *,
    allowed: Iterable[str] = (),
    told_by: str = "",
) -> Lead:
    fields = [name for name, value in before.items() if getattr(lead, name) != value]
    if not fields:
        return lead
    was_minor = before.get("age_band", lead.age_band)
    lead.language_code = languages.code_of(lead.language)
    data: dict[str, Any] = {"fields": fields}
    if allowed:
        data |= {"allowed": list(allowed), "told_by": told_by}
    search.index_lead(lead, keys_of({"phone": lead.phone, "email": lead.email}, lead))
    if lead.is_minor and was_minor != lead.age_band:
        once = f"supervisor:{lead.pk}"
        notices.tell_staff(kind=NoticeKind.NEEDS_SUPERVISOR, lead=lead, once=once)
    return triage.saved(lead, EventKind.DETAILS_CHANGED, by, data)


def _elsewhere(lead: Lead, before: Mapping[str, Any]) -> set[str]:
    """Return which of phone and e-mail is another one than before, not only written otherwise."""
    return {
        field
        for field in ("phone", "email")
        if _normal(field, getattr(lead, field)) != _normal(field, before[field])
    }


def _normal(field: str, value: str) -> str:
    return search.normal_phone(value) if field == "phone" else search.normal_email(value)


def _kind(submission: Submission) -> str:
    return str(submission._meta.model_name)
