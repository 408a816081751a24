"""What a family sent, question by question, for the lead's page and its print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


@dataclass(frozen=True)
class Sheet:
    """One submission: when it came, and each question with its answer, unanswered ones left out."""

    title: str
    received_at: datetime
    rows: list[tuple[str, str]]


def asked_and_answered(lead: Lead) -> list[Sheet]:
    """Return every submission on the lead, newest first."""
    track = InquiryForm.base_fields["track"]
    asked = {
        **_GIVEN_OTHERWISE,
        **InquiryForm.base_fields,
        "track": forms.ChoiceField(label=track.label, choices=track_choices()),
    }
    sheets = [_sheet(one, one.get_source_display(), asked) for one in lead.inquiry_set.all()]
    asked = {**_GIVEN_OTHERWISE, **fields_of_all_pages()}
    sheets += [
        _sheet(one, _("Insurance form"), asked)
        for one in lead.insuranceverification_set.select_related("payer")
    ]
    return sorted(sheets, key=lambda sheet: sheet.received_at, reverse=True)


def _sheet(submission: Submission, title: str, fields: Fields) -> Sheet:
    rows = []
    for name, value in submission.answers.items():
        if value in ("", None, False):
            continue
        field = fields.get(name)
        answer = in_words(field, value)
        if name == "payer" and isinstance(submission, InsuranceVerification) and submission.payer:
            answer = submission.payer.name  # also of one that is not offered any more
        rows.append((str(field.label if field else name), answer))
    return Sheet(title, submission.received_at, rows)
