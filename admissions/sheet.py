"""What a family sent, question by question, for the lead's page and its print."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from admissions.forms.inquiry import InquiryForm
from admissions.forms.insurance import InsuranceForm
from admissions.models import Lead
from admissions.models.inquiry import Submission


@dataclass(frozen=True)
class Sheet:
    """One submission: when it came, and each question with its answer, unanswered ones left out."""

    title: str
    received_at: datetime
    rows: list[tuple[str, str]]


def asked_and_answered(lead: Lead) -> list[Sheet]:
    """Return every submission on the lead, newest first."""
    sheets = [_sheet(one, _("Inquiry"), InquiryForm) for one in lead.inquiry_set.all()]
    sheets += [
        _sheet(one, _("Insurance form"), InsuranceForm)
        for one in lead.insuranceverification_set.all()
    ]
    return sorted(sheets, key=lambda sheet: sheet.received_at, reverse=True)


def _sheet(submission: Submission, title: str, form_class: Any) -> Sheet:
    fields = form_class().fields
    rows = []
    for name, value in submission.answers.items():
        if value in ("", None, False):
            continue
        field = fields.get(name)
        choices = dict(getattr(field, "choices", ()))
        answer = _("Yes") if value is True else str(choices.get(value, value))
        rows.append((str(field.label if field else name), answer))
    return Sheet(title, submission.received_at, rows)
