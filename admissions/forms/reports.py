"""What a manager asks of the reports and of an export: a period, and what a file is for."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions.enums import LeadStatus
from admissions.export import Purpose
from admissions.reports import PERIODS, Period

OWN = "own"
_MOST = timedelta(days=366)
_FIRST_YEAR = date(2000, 1, 1)


class Day(forms.DateField):
    """A day, in the one form that browsers send."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d"],
            error_messages={"invalid": _("Enter a date, such as 2027-03-01.")},
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not _FIRST_YEAR <= day <= timezone.localdate():
            raise forms.ValidationError(_("Enter a day that is not in the future, from 2000 on."))
        return day


class DaysForm(forms.Form):
    """Base: from a day to a day. Fields with faults keep what was typed."""

    use_required_attribute = False
    first = Day(label=_("From"))
    last = Day(label=_("To"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day cannot be before the first."))
        return data


class PeriodForm(DaysForm):
    """Which days a report speaks of: one of `reports.PERIODS`, or days of one's own."""

    period = forms.ChoiceField(
        label=_("Received in"),
        choices=[(name, label) for name, (label, _days) in PERIODS.items()]
        + [(OWN, _("Other days"))],
        initial="30",
    )
    field_order = ("period",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("period") != OWN:
            for name in ("first", "last"):  # only looked at with days of one's own
                self.errors.pop(name, None)
            return self.cleaned_data
        data = super().clean()
        for name in ("first", "last"):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("Choose a day."))
        if not self.errors and data["last"] - data["first"] >= _MOST:
            self.add_error("last", _("Choose a year at most."))
        return data

    def chosen(self) -> Period:
        """Return the period; of a valid form."""
        name = self.cleaned_data["period"]
        if name == OWN:
            return Period(self.cleaned_data["first"], self.cleaned_data["last"])
        return PERIODS[name][1](timezone.localdate())


class ExportForm(DaysForm):
    """Which leads an export has, and what it is for."""

    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("Any")), *LeadStatus.choices]
    )
    purpose = forms.ChoiceField(
        label=_("What it is for"),
        choices=Purpose.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the export is for.")},
    )
    ticket = forms.CharField(
        label=_("Number of the ticket"),
        required=False,
        max_length=12,
        validators=[RegexValidator(r"^[0-9]+\Z", _("Enter the number alone, digits only."))],
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        asked = data.get("purpose") == Purpose.OTHER and "ticket" not in self.errors
        if asked and not data.get("ticket"):
            self.add_error("ticket", _("Enter the number of the ticket that says what it is for."))
        return data
