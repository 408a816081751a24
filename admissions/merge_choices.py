"""What may be kept of two leads that are one person: field by field, and what is proposed.

Proposed is what does the least harm: what is not blank, the narrower permission, every name not to
speak to, the age under 18, the estimate that is owed first. Nothing is lost that is not kept: it
stays on the lead that is merged, and in what the family sent.
"""

from collections.abc import Callable
from datetime import date

from admissions import estimates
from admissions.arrival import PERMISSIONS
from admissions.enums import LeadStatus, VobStatus
from admissions.models import Lead

KEPT, MERGED, BOTH = "kept", "merged", "both"

# Chosen as one, in the order they are shown: a field, or fields that only make sense together,
# under the name of the first.
UNITS: dict[str, tuple[str, ...]] = {
    "status": ("status", "close_reason", "referred_to", "status_changed_at"),
    "owner": ("owner",),
    "role": ("role",),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "phone": ("phone",),
    "email": ("email",),
    "preferred_channel": ("preferred_channel",),
    "good_times": ("good_times",),
    "voicemail_ok": ("voicemail_ok",),
    "text_ok": ("text_ok",),
    "email_ok": ("email_ok",),
    "may_say_who": ("may_say_who",),
    "do_not_speak_to": ("do_not_speak_to",),
    "language": ("language", "language_code"),
    "needs_interpreter": ("needs_interpreter",),
    "access_needs": ("access_needs",),
    "organization": ("organization",),
    "job_title": ("job_title",),
    "patient_name": ("patient_name",),
    "relationship": ("relationship",),
    "patient_knows": ("patient_knows",),
    "age_band": ("age_band",),
    "track": ("track",),
    "coverage_kind": ("coverage_kind",),
    "payer": ("payer",),
    "vob_status": ("vob_status", "vob_assignee", "vob_expires_on", "vob_changed_at"),
    "estimate_requested_at": ("estimate_requested_at", "estimate_due_on", "estimate_delivered_at"),
    "source": ("source",),
    "referral_source": ("referral_source",),
}
_COLUMNS = {field.name: field.attname for field in Lead._meta.fields}
_SINCE = ("status_changed_at", "vob_changed_at")  # since when, of no meaning by itself


def columns(unit: str) -> list[str]:
    """Return the names under which a lead holds the values of a unit as they are stored."""
    return [_COLUMNS[name] for name in UNITS[unit]]


def values(lead: Lead, unit: str) -> list[object]:
    """Return what a unit says of a lead; two leads differ in it where these do."""
    return [getattr(lead, name) for name in columns(unit) if name not in _SINCE]


def options(kept: Lead, merged: Lead, unit: str) -> tuple[str, ...]:
    """Return what may be kept of a unit; one thing where there is nothing to choose.

    Of an open and a closed lead the open status is kept, whichever lead is: nobody is forgotten in
    a closed one. An admission stays one. After an attempt to reach them a lead is not new.
    """
    if values(kept, unit) == values(merged, unit):
        return (KEPT,)
    if unit == "do_not_speak_to" and kept.do_not_speak_to and merged.do_not_speak_to:
        return (BOTH, KEPT, MERGED)
    if unit != "status":
        return (KEPT, MERGED)
    if kept.status == LeadStatus.ADMITTED:
        return (KEPT,)
    if kept.is_open != merged.is_open:
        return (KEPT,) if kept.is_open else (MERGED,)
    tried = kept.first_attempt_at or merged.first_attempt_at
    sides = ((KEPT, kept), (MERGED, merged))
    return tuple(side for side, one in sides if not (tried and one.status == LeadStatus.NEW))


def proposed(kept: Lead, merged: Lead, unit: str) -> str:
    """Return which of the options is taken where nobody chooses."""
    may = options(kept, merged, unit)
    if len(may) != 2:
        return may[0]
    prefers = _PREFERS.get(unit, _says_more)
    return MERGED if prefers(merged, kept, unit) else KEPT


def joined(one: str, other: str) -> str:
    """Return whom not to speak to by two texts."""
    if other in one:
        return one
    return other if one in other else f"{one}; {other}"


def _says_more(one: Lead, other: Lead, unit: str) -> bool:
    return any(values(one, unit)) and not any(values(other, unit))


def _says_more_alike(one: Lead, other: Lead, unit: str) -> bool:
    return one.role == other.role and _says_more(one, other, unit)


def _narrower(one: Lead, other: Lead, unit: str) -> bool:
    return not getattr(one, unit)


def _younger(one: Lead, other: Lead, unit: str) -> bool:
    return _says_more(one, other, unit) or (one.is_minor and not other.is_minor)


def _further_checked(one: Lead, other: Lead, unit: str) -> bool:
    nothing = VobStatus.NOT_REQUESTED
    return one.vob_status != nothing and other.vob_status == nothing


def _owed_first(one: Lead, other: Lead, unit: str) -> bool:
    if not estimates.is_owed(one):
        return not estimates.is_owed(other) and _says_more(one, other, unit)
    if not estimates.is_owed(other):
        return True
    return (one.estimate_due_on or date.max) < (other.estimate_due_on or date.max)


_PREFERS: dict[str, Callable[[Lead, Lead, str], bool]] = {
    **dict.fromkeys(PERMISSIONS, _narrower),
    # What a mother is to the patient is not what the patient is.
    **dict.fromkeys(("relationship", "patient_knows"), _says_more_alike),
    "age_band": _younger,
    "vob_status": _further_checked,
    "estimate_requested_at": _owed_first,
}
