"""Who the person is and how to reach them, on a lead's page; checked in `admissions.details`."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from admissions.details import EDITABLE
from admissions.enums import LeadSource
from admissions.forms.desk import DeskForm
from admissions.forms.fields import AddressField, PhoneField, PlainText
from admissions.forms.words import in_words
from admissions.models import Lead
from programs.models import Track

WITHHELD = ("phone", "email", "patient_name")  # what may stand masked on the page
_LONGER = {"good_times": 200, "do_not_speak_to": 300, "access_needs": 300, "organization": 160}


@dataclass(frozen=True)
class Difference:
    """A field that says something else now than what was typed."""

    label: str
    typed: str
    now: str


class DetailsForm(DeskForm):
    """The lead's own fields, as they are now, to correct or complete."""

    told_by = forms.ChoiceField(
        label=_("How they told us, when more is allowed than before"),
        choices=[
            (one.value, one.label)
            for one in (LeadSource.PHONE, LeadSource.EMAIL, LeadSource.WALK_IN)
        ],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in EDITABLE:
            if not (self.is_bound and name in WITHHELD and name not in self.data):
                self.fields[name] = _field(name, self.lead)
                self.initial.setdefault(name, getattr(self.lead, name))
        self.order_fields([*EDITABLE, "told_by"])

    def withhold(self, names: Collection[str]) -> None:
        """Leave out what stands masked on the page, unless it was typed and is shown again."""
        for name in WITHHELD:
            if name in names and not self.is_bound:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Gather what was typed, by the names of the lead's fields, under "changes"."""
        data = super().clean() or {}
        return {**data, "changes": {name: data[name] for name in EDITABLE if name in data}}

    def differences(self) -> Iterator[Difference]:
        """Yield where the lead says something else than what was typed."""
        for name, typed in self.cleaned_data["changes"].items():
            now = getattr(self.lead, name)
            if typed != now:
                field = self.fields[name]
                yield Difference(str(field.label), in_words(field, typed), in_words(field, now))


def _field(name: str, lead: Lead) -> forms.Field:
    known: Any = Lead._meta.get_field(name)
    label = capfirst(known.verbose_name)
    if name == "track":
        return forms.ModelChoiceField(
            Track.objects.all(), label=label, required=False, empty_label="–"
        )
    if isinstance(known, models.BooleanField):
        return forms.BooleanField(label=label, required=False)
    if known.choices:
        may_lack = known.blank or not getattr(
            lead, name
        )  # nobody is said to be what they did not say
        blank = [("", "–")] if may_lack else []
        return forms.ChoiceField(
            label=label, required=not may_lack, choices=[*blank, *known.choices]
        )
    if name == "phone":
        return PhoneField(label=label, required=False)
    if name == "email":
        return AddressField(label=label, required=False)
    return PlainText(label=label, required=name == "first_name", max_length=_LONGER.get(name, 120))


class AdoptForm(DeskForm):
    """What a submission gave to reach them by: the button posts which of the offers."""

    offer = forms.CharField(max_length=60, widget=forms.HiddenInput)
