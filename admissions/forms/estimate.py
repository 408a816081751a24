"""The form of a written self-pay estimate, and the record that it reached the family."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import estimates
from admissions.enums import Delivery, InquirerRole, VobStatus
from admissions.forms.desk import DeskForm
from admissions.forms.fields import PlainText
from admissions.forms.verification import Amount, Day
from admissions.models import InsuranceVerification, SelfPayEstimate
from programs.models import Location
from programs.provider import site_facts

LINES = 8
_PARTS = ("what", "code", "count", "price")


class EstimateForm(DeskForm):
    """What 45 CFR 149.610(c) asks for in such an estimate, as far as the desk knows it."""

    patient_name = PlainText(
        label=gettext_lazy("Patient's name"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the name; the estimate has to bear it.")},
    )
    born = Day(label=gettext_lazy("Patient's date of birth"))
    service = PlainText(
        label=gettext_lazy("What for, in plain words"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say what the estimate is for.")},
    )
    starts_on = Day(label=gettext_lazy("Expected start"))
    period = PlainText(
        label=gettext_lazy("Period it covers"),
        max_length=200,
        help_text=gettext_lazy("Such as: 8 weeks, 3 days a week"),
        error_messages={"required": gettext_lazy("Say how long a time the estimate covers.")},
    )
    separate = PlainText(
        label=gettext_lazy("What has to be scheduled separately"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead = self.lead
        name = lead.patient_name
        if not name and lead.role == InquirerRole.SELF:
            name = f"{lead.first_name} {lead.last_name}".strip()
        sent = InsuranceVerification.objects.filter(lead=lead).order_by("-received_at").first()
        self.initial = {
            "patient_name": name,
            "born": sent.answers.get("patient_birth_date") if sent else None,
            "service": site_facts().provider.program_name.capitalize(),
            **self.initial,
        }
        for number in range(LINES):
            self.fields |= {
                f"what_{number}": PlainText(label=_("Service"), required=False, max_length=200),
                f"code_{number}": PlainText(label=_("Service code"), required=False, max_length=20),
                f"count_{number}": forms.IntegerField(
                    label=_("How many"),
                    required=False,
                    min_value=1,
                    max_value=1000,
                    widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                ),
                f"price_{number}": Amount(label=_("Price each, $")),
            }

    def head_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.base_fields if name != "version"]

    def line_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{part}_{number}"] for part in _PARTS] for number in range(LINES)]

    def clean(self) -> dict[str, Any]:
        data, today = self.cleaned_data, timezone.localdate()
        if data.get("starts_on") and data["starts_on"] < today:
            self._fault("starts_on", _("This day is over. Enter today or a later day."))
        if data.get("born") and data["born"] > today:
            self._fault("born", _("The date of birth is in the future. Check the year."))
        for number in range(LINES):
            names = [f"{part}_{number}" for part in _PARTS]
            if not any(data.get(name) not in (None, "") or name in self.errors for name in names):
                continue
            for name in names:
                part = name.partition("_")[0]
                if part != "code" and data.get(name) in (None, "") and name not in self.errors:
                    self._fault(name, _("Each line has a service, how many and a price."))
        if not self.lines() and not self.errors:
            self._fault("what_0", _("Enter one service at least."))
        return data

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines that were filled in wholly."""
        rows = [
            {part: self.cleaned_data.get(f"{part}_{number}") for part in _PARTS}
            for number in range(LINES)
        ]
        return [row for row in rows if row["what"] and row["count"] and row["price"] is not None]

    def answers(self) -> dict[str, Any]:
        """Return all that the estimate says, and of whom: it stays as it was written."""
        head = {field.name: self.cleaned_data.get(field.name) for field in self.head_fields()}
        lines = [row | {"charge": row["count"] * row["price"]} for row in self.lines()]
        provider = site_facts().provider
        is_sample = "legal_name" in provider.sample_fields
        return {
            **head,
            "lines": lines,
            "total": sum((row["charge"] for row in lines), Decimal()),
            "provider": provider.name if is_sample else provider.legal_name or provider.name,
            "phone": provider.phone_display,
            "places": [one.address for one in Location.objects.filter(is_sample=False)],
        }

    def _fault(self, name: str, words: str) -> None:
        self.add_error(name, ValidationError(words))


class DeliveredForm(DeskForm):
    """The newest estimate that has not been delivered; none where it was written elsewhere."""

    estimate = forms.ModelChoiceField(
        queryset=SelfPayEstimate.objects.none(), required=False, widget=forms.HiddenInput
    )
    how = forms.ChoiceField(
        label=gettext_lazy("How it reached them"),
        choices=[("", "–"), *Delivery.choices],
        error_messages={"required": gettext_lazy("Choose how it reached them.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        written = SelfPayEstimate.objects.filter(lead=self.lead)
        self.fields["estimate"].queryset = written  # type: ignore[attr-defined]
        waiting = written.filter(delivered_at=None).values_list("pk", flat=True)
        self.initial.setdefault("estimate", waiting.first())

    def is_offered(self) -> bool:
        """Return whether there may be something to record."""
        lead = self.lead
        pays = lead.vob_status == VobStatus.NOT_APPLICABLE and not lead.estimate_delivered_at
        return bool(self.initial["estimate"] or pays or estimates.is_owed(lead))
