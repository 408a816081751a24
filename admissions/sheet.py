"""What a family sent, question by question, for the lead's page and its print."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import masking, safe_contact
from admissions.enums import ConsultationChannel, InquirerRole
from admissions.forms.base import track_choices
from admissions.forms.inquiry import InquiryForm
from admissions.forms.insurance_check import fields_of_all_pages
from admissions.forms.words import in_words
from admissions.models import InsuranceVerification, Lead
from admissions.models.inquiry import Submission

Fields = Mapping[str, forms.Field]

# Answers that a door, a tick or a page's button gave, and no field of the same name.
_GIVEN_OTHERWISE: Fields = {
    "role": forms.ChoiceField(label=gettext_lazy("Who writes"), choices=InquirerRole.choices),
    "text_ok": forms.BooleanField(label=gettext_lazy("Text messages are welcome")),
    "wants_estimate": forms.BooleanField(label=gettext_lazy("Asks for a written estimate")),
    "starts_at": forms.DateTimeField(label=gettext_lazy("Time that was chosen")),
    "channel": forms.ChoiceField(
        label=gettext_lazy("How they want to talk"), choices=ConsultationChannel.choices
    ),
}

Masks = Mapping[str, Callable[[str], str]]

# What stands masked until somebody asks for it, which is recorded.
_SENSITIVE: Masks = {
    "member_id": masking.ends,
    "group_number": masking.ends,
    "patient_birth_date": masking.year,
    "subscriber_birth_date": masking.year,
    "patient_legal_name": masking.initials,
    "subscriber_name": masking.initials,
}
# Also this, of who must not be contacted.
_REACH: Masks = {"phone": masking.ends, "email": masking.address}


@dataclass(frozen=True)
class Sheet:
    """One submission: when it came, and each question with its answer, unanswered ones left out.

    `sensitive` are the fields of it that are masked, unless they were asked for.
    """

    title: str
    received_at: datetime
    rows: list[tuple[str, str]]
    sensitive: list[str]


def asked_and_answered(
    lead: Lead, *, revealed: bool = False, sent_by: Collection[int] | None = None
) -> list[Sheet]:
    """Return every submission on the lead, newest first; sensitive answers masked or `revealed`.

    With `sent_by` (ids of accesses) only those that were sent by their holders.
    """
    prefetch_related_objects([lead], "inquiry_set", "insuranceverification_set__payer")
    masks = _SENSITIVE if safe_contact.may_contact(lead).allowed else {**_SENSITIVE, **_REACH}
    track = InquiryForm.base_fields["track"]
    asked = {
        **_GIVEN_OTHERWISE,
        **InquiryForm.base_fields,
        "track": forms.ChoiceField(label=track.label, choices=track_choices()),
    }
    sheets = [
        _sheet(one, one.get_source_display(), asked, masks, revealed=revealed)
        for one in lead.inquiry_set.all()
        if sent_by is None or one.access_id in sent_by
    ]
    asked = {**_GIVEN_OTHERWISE, **fields_of_all_pages()}
    sheets += [
        _sheet(one, _("Insurance form"), asked, masks, revealed=revealed)
        for one in lead.insuranceverification_set.all()
        if sent_by is None or one.access_id in sent_by
    ]
    return sorted(sheets, key=lambda sheet: sheet.received_at, reverse=True)


def _sheet(
    submission: Submission, title: str, fields: Fields, masks: Masks, *, revealed: bool
) -> Sheet:
    rows, sensitive = [], []
    for name, value in submission.answers.items():
        if value in ("", None, False):
            continue
        field = fields.get(name)
        answer = in_words(field, value)
        if name == "payer" and isinstance(submission, InsuranceVerification) and submission.payer:
            answer = submission.payer.name  # also of one that is not offered any more
        if name in masks:
            sensitive.append(name)
            answer = answer if revealed else masks[name](str(value))
        rows.append((str(field.label if field else name), answer))
    return Sheet(title, submission.received_at, rows, sensitive)
