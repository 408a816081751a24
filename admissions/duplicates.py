"""Whether who writes to us is somebody we know: told by keyed digests, never by a guess.

The same contact (phone or e-mail, and the name they go by) joins their open lead; where that was
merged into another, the one it is part of now. One whose lead is closed begins a new episode that
points to the old one. Whatever is less sure than that (a shared phone under another name, a form
about somebody else, a patient of the same name and birth date with other contact details, a contact
who took their consent back) opens a lead of its own, which points to the other for staff to
compare: joining two people's affairs cannot be undone in what was said on the phone meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from admissions import search
from admissions.enums import InquirerRole
from admissions.models import Lead

_MOST = 20  # leads that share a phone or e-mail; a clinic's switchboard has more, and none is sure


@dataclass(frozen=True)
class Match:
    """What is known of who writes: at most one of `same` and `earlier`."""

    same: Lead | None = None  # their open lead, locked
    earlier: Lead | None = None  # their last lead, closed
    doubtful: Lead | None = None  # perhaps theirs: for staff to look at


def match(answers: Mapping[str, Any]) -> Match:
    """Return which leads the answers of a form belong to. Call it with the chain locked."""
    reached = list(_trusted(contact_keys(answers)))
    same = [
        lead.merged_into or lead
        for lead in reached
        if _goes_by(lead, answers) and not _contradicts(lead, answers)
    ]
    joinable = [lead for lead in same if lead.is_open and lead.contact_withdrawn_at is None]
    if joinable:
        return Match(same=Lead.objects.select_for_update().get(pk=joinable[0].pk))
    doubtful = next((lead for lead in reached if lead.is_open), None) or _of_same_patient(answers)
    return Match(earlier=next((one for one in same if not one.is_open), None), doubtful=doubtful)


def contact_keys(answers: Mapping[str, Any]) -> list[search.Key]:
    """Return the keys of the whole phone number and the e-mail address."""
    keys = search.keys_of(phone=_text(answers, "phone"), email=_text(answers, "email"))
    return [key for key in keys if key[0] != search.PHONE_END]


def patient_keys(answers: Mapping[str, Any]) -> list[search.Key]:
    """Return the key of the patient's legal name and birth date, where a form asked for them."""
    return search.born_keys(
        _text(answers, "patient_legal_name"), _text(answers, "patient_birth_date")
    )


def sharing_contact(lead: Lead) -> Lead | None:
    """Return the newest other open lead with the phone or the e-mail of this one."""
    return next((one for one in all_sharing_contact(lead) if one.is_open), None)


def all_sharing_contact(lead: Lead) -> list[Lead]:
    """Return the other leads with the phone or the e-mail of this one, newest first.

    Those that were merged are part of another, which is found itself.
    """
    keys = contact_keys({"phone": lead.phone, "email": lead.email})
    found = [one for one in _trusted(keys) if one.pk != lead.pk]
    return [one for one in found if one.merged_into_id is None]


def open_with_contact(answers: Mapping[str, Any]) -> list[Lead]:
    """Return the open leads with the phone or the e-mail of a form, newest first."""
    keys = contact_keys(answers)
    return [one for one in _trusted(keys).select_related("owner") if one.is_open] if keys else []


def _trusted(keys: list[search.Key]) -> QuerySet[Lead]:
    # Two steps: in one the database may read all leads by age, and look for the keys of each.
    leads = Lead.objects.trusted().filter(pk__in=search.newest_with(keys))
    return leads.select_related("merged_into").order_by("-received_at", "-id")[:_MOST]


def _of_same_patient(answers: Mapping[str, Any]) -> Lead | None:
    keys = patient_keys(answers)
    return next((lead for lead in _trusted(keys) if lead.is_open), None) if keys else None


def _goes_by(lead: Lead, answers: Mapping[str, Any]) -> bool:
    return search.same_name(lead.first_name, _text(answers, "first_name"))


def _contradicts(lead: Lead, answers: Mapping[str, Any]) -> bool:
    """Return whether a form may be about another patient than the lead.

    A professional writes about many people and names none of them; a family about several.
    """
    if InquirerRole.PROFESSIONAL in (lead.role, answers.get("role")):
        return True
    told = [(getattr(lead, name), answers.get(name)) for name in ("role", "relationship")]
    if lead.role == InquirerRole.FAMILY:
        told.append((lead.age_band, answers.get("age_band")))
    told.append((_birth_date(lead), answers.get("patient_birth_date")))
    if any(known and given and known != given for known, given in told):
        return True
    return not _names_fit(lead.patient_name, _text(answers, "patient_legal_name"))


def _names_fit(one: str, other: str) -> bool:
    """Return whether two names may be one person's: the shorter of them is part of the longer."""
    words, others = set(search.normal_words(one)), set(search.normal_words(other))
    return words <= others or others <= words


def _birth_date(lead: Lead) -> str:
    forms = (lead.merged_into or lead).insuranceverification_set.all()[:1]
    return next((_text(form.answers, "patient_birth_date") for form in forms), "")


def _text(answers: Mapping[str, Any], name: str) -> str:
    return str(answers.get(name) or "")
