"""Which of two leads is kept, and which of their values; checked again in `admissions.merging`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions.enums import LeadStatus
from admissions.forms.fields import PlainText
from admissions.merge_choices import BOTH, KEPT, MERGED, UNITS, joined, options, proposed, values
from admissions.models import Lead
from admissions.references import bare

_LABELS = {
    "status": gettext_lazy("Status"),
    "vob_status": gettext_lazy("Insurance check"),
    "estimate_requested_at": gettext_lazy("Self-pay estimate"),
    "next_follow_up_at": gettext_lazy("Next follow-up"),
}
_FIELDS = {field.name: field for field in Lead._meta.fields}


def label(unit: str) -> str:
    """Return what staff call a unit of `merge_choices.UNITS`, or a field of the lead."""
    return str(_LABELS.get(unit) or capfirst(_FIELDS[unit].verbose_name))


def words(lead: Lead, unit: str) -> str:
    """Return what a lead says in a unit, in words; nothing where it says nothing."""
    said = [_in_words(lead, name) for name in UNITS[unit] if not name.endswith("changed_at")]
    if unit == "estimate_requested_at":
        stages = (_("asked for"), _("due"), _("delivered"))
        said = [f"{stage} {day}" for stage, day in zip(stages, said, strict=True) if day]
    return ", ".join(one for one in said if one)


def _in_words(lead: Lead, name: str) -> str:
    value = getattr(lead, name)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    if isinstance(value, date):
        return date_format(value, "N j, Y")
    if _FIELDS[name].choices:
        return str(getattr(lead, f"get_{name}_display")())
    return "" if value is None else str(value)


class ReferenceForm(forms.Form):
    """Which other lead to compare with."""

    reference = PlainText(
        label=gettext_lazy("Reference of the other lead"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the reference of the other lead.")},
    )

    def clean_reference(self) -> str:
        return bare(self.cleaned_data["reference"])


@dataclass(frozen=True)
class Cell:
    """One side of a row: what it says, and the button to keep it where it may be kept."""

    words: str
    of: str  # the lead's reference
    radio: Any = None


@dataclass(frozen=True)
class Row:
    """A unit in which the two leads differ."""

    label: str
    name: str
    cells: list[Cell]
    errors: list[str]


class MergeForm(forms.Form):
    """Two leads side by side: which is kept, and of each unit in which they differ, whose value.

    The values are chosen by the leads' ids: they stay what they are when the other lead is kept.
    Proposed is to keep the admitted one, else the older.
    """

    use_required_attribute = False
    keep = forms.ChoiceField(label=gettext_lazy("Keep"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, leads: tuple[Lead, Lead], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leads = leads
        is_older = leads[0].received_at <= leads[1].received_at
        admitted = [one.status == LeadStatus.ADMITTED for one in leads]
        first_stays = admitted[0] if admitted[0] != admitted[1] else is_older
        self.kept, self.merged = leads if first_stays else leads[::-1]
        self.fields["keep"].choices = [(str(one.pk), one.reference) for one in leads]  # type: ignore[attr-defined]
        self.fields["keep"].initial = str(self.kept.pk)
        for one in leads:
            self.fields[f"version_{one.pk}"] = forms.IntegerField(
                min_value=1, widget=forms.HiddenInput, initial=one.version
            )
        sides = {KEPT: str(self.kept.pk), MERGED: str(self.merged.pk), BOTH: BOTH}
        self.differing = [unit for unit in UNITS if len(set(self._values(unit))) > 1]
        for unit in self.differing:
            may = options(self.kept, self.merged, unit)
            self.fields[unit] = forms.ChoiceField(
                label=label(unit),
                choices=[(sides[side], side) for side in sorted(may, key=list(sides).index)],
                widget=forms.RadioSelect,
                initial=sides[proposed(self.kept, self.merged, unit)],
                required=False,  # one that differs only since the page was shown is not on it
            )

    def _values(self, unit: str) -> Iterator[tuple[object, ...]]:
        return (tuple(values(one, unit)) for one in self.leads)

    def as_now(self) -> "MergeForm":
        """Return the form with what was chosen, as proposed where it differs only since then.

        The versions are the new ones: who reads it may decide again.
        """
        data = dict(self.data.items())
        for name, field in self.fields.items():
            if name.startswith("version_") or name not in data:
                data[name] = str(field.initial)
        return MergeForm(data, leads=self.leads)

    def sides(self) -> list[tuple[Any, Lead]]:
        """Return both leads, each with the button to keep it."""
        return list(zip(self["keep"], self.leads, strict=True))

    def rows(self) -> list[Row]:
        """Return the units in which the two differ, each with a cell a lead, and one for both."""
        return [self._row(unit) for unit in self.differing]

    def _row(self, unit: str) -> Row:
        field = self[unit]
        radios = {str(radio.data["value"]): radio for radio in field}
        cells = [
            Cell(words(one, unit), one.reference, radios.get(str(one.pk))) for one in self.leads
        ]
        if BOTH in radios:
            both = joined(self.kept.do_not_speak_to, self.merged.do_not_speak_to)
            cells.append(Cell(both, str(_("both")), radios[BOTH]))
        return Row(str(field.label), unit, cells, [str(one) for one in field.errors])

    def same(self) -> list[tuple[str, str]]:
        """Return what both leads say alike, blanks left out."""
        said = {unit: words(self.kept, unit) for unit in UNITS if unit not in self.differing}
        return [(label(unit), text) for unit, text in said.items() if text]

    def chosen(self) -> dict[str, Any]:
        """Return the arguments of `merging.merge` that a valid form stands for."""
        data, leads = self.cleaned_data, self.leads
        kept, merged = leads if data["keep"] == str(leads[0].pk) else leads[::-1]
        sides = {str(kept.pk): KEPT, str(merged.pk): MERGED, BOTH: BOTH}
        return {
            "kept": kept,
            "merged": merged,
            "choices": {unit: sides[data[unit]] for unit in self.differing if data[unit]},
            "versions": {one.pk: data[f"version_{one.pk}"] for one in leads},
        }
