"""The form for what a plan said about its benefits, and the same as staff read it afterwards."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import enums, staffing, verification
from admissions.enums import NetworkStatus, VobStatus
from admissions.forms.desk import DeskForm
from admissions.forms.fields import PhoneField, PlainText
from admissions.forms.words import dollars, in_words
from admissions.models import InsuranceVerification, VerificationResult
from programs.models import LevelOfCare, Payer

YES, NO = "yes", "no"
_NUMBER = re.compile(r"-?([0-9]*|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]*)?")
LONGEST = timedelta(days=366)  # of a plan year, and of a belief in what was said


def _text(label: Any, **kwargs: Any) -> PlainText:
    return PlainText(label=label, required=False, **kwargs)


class Amount(forms.DecimalField):
    """An amount of dollars, written with or without "$" and commas."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    most = Decimal("1000000")
    default_error_messages = {
        "invalid": gettext_lazy("Enter dollars and cents, such as 1,500 or 30.50."),
        "max_decimal_places": gettext_lazy("Enter dollars and cents, such as 1,500 or 30.50."),
        "max_digits": gettext_lazy("This is more than a plan has. Please check it."),
        "min_value": gettext_lazy("Enter 0 or more."),
        "max_value": gettext_lazy("This is more than a plan has. Please check it."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(min_value=0, max_value=self.most, decimal_places=2, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip().strip("$%").strip()
            if not _NUMBER.fullmatch(value):  # "1,5" may be anything
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            value = value.replace(",", "")
        return super().to_python(value)


class Percentage(Amount):
    most = Decimal("100")
    default_error_messages = {
        "invalid": gettext_lazy("Enter a percentage, such as 20."),
        "max_value": gettext_lazy("Enter a percentage from 0 to 100."),
    }


class Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": gettext_lazy("Enter a day, such as 2027-03-01.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


_NOT_SAID = ("", gettext_lazy("Not said"))


class ResultForm(DeskForm):
    """What the plan said. What is needed for a verified outcome is optional for the others."""

    form = forms.ModelChoiceField(
        label=gettext_lazy("Insurance form"),
        queryset=InsuranceVerification.objects.none(),
        required=False,
        widget=forms.HiddenInput,
    )
    payer = forms.ModelChoiceField(
        label=gettext_lazy("Payer"), queryset=Payer.objects.all(), required=False, empty_label="–"
    )
    active = forms.ChoiceField(
        label=gettext_lazy("Coverage"),
        required=False,
        choices=[_NOT_SAID, (YES, gettext_lazy("Active")), (NO, gettext_lazy("Not active"))],
    )
    effective_on = Day(label=gettext_lazy("Effective from"))
    ends_on = Day(label=gettext_lazy("Coverage ends on"))
    plan_year_ends = Day(label=gettext_lazy("Plan year ends on"))
    network = forms.ChoiceField(
        label=gettext_lazy("Network"), required=False, choices=[_NOT_SAID, *NetworkStatus.choices]
    )
    deductible = Amount(label=gettext_lazy("Deductible, $"))
    deductible_met = Amount(label=gettext_lazy("Deductible met to date, $"))
    out_of_pocket = Amount(label=gettext_lazy("Out-of-pocket maximum, $"))
    out_of_pocket_met = Amount(label=gettext_lazy("Out-of-pocket met to date, $"))
    authorization = forms.ChoiceField(
        label=gettext_lazy("Prior authorization"),
        required=False,
        choices=[_NOT_SAID, (YES, gettext_lazy("Needed")), (NO, gettext_lazy("Not needed"))],
    )
    authorization_phone = PhoneField(label=gettext_lazy("Authorization phone"), required=False)
    carve_out = _text(gettext_lazy("Carve-out administrator"), max_length=120)
    carve_out_phone = PhoneField(label=gettext_lazy("Carve-out phone"), required=False)
    representative = _text(gettext_lazy("Payer representative"), max_length=120)
    call_reference = _text(gettext_lazy("Call reference"), max_length=80)
    notes = _text(
        gettext_lazy("Anything else the plan said"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=[(one.value, one.label) for one in enums.VOB_OUTCOMES],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the check came to.")},
    )
    needed = _text(gettext_lazy("What is needed, and from whom"), max_length=1000)
    reverify_on = Day(label=gettext_lazy("Verify again on"))

    groups_of = (
        (
            gettext_lazy("Coverage"),
            "payer active effective_on ends_on plan_year_ends network",
        ),
        (
            gettext_lazy("Costs for this patient"),
            "deductible deductible_met out_of_pocket out_of_pocket_met",
        ),
        (
            gettext_lazy("Authorization and carve-out"),
            "authorization authorization_phone carve_out carve_out_phone",
        ),
        (gettext_lazy("Who said so"), "representative call_reference notes"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        sent = InsuranceVerification.objects.filter(lead=self.lead).order_by("-received_at", "-id")
        self.fields["form"].queryset = sent  # type: ignore[attr-defined]
        self.initial = {
            "form": sent.values_list("pk", flat=True).first(),
            "payer": self.lead.payer_id,
            "plan_year_ends": date(today.year, 12, 31),
            "reverify_on": verification.reverify_by_default(today),
            **self.initial,
        }
        self.levels = list(LevelOfCare.objects.all())
        for level in self.levels:
            self.fields |= {
                f"copay_{level.slug}": Amount(label=_("Copay, $")),
                f"coinsurance_{level.slug}": Percentage(label=_("Coinsurance, %")),
                f"limits_{level.slug}": _text(_("Limits"), max_length=200),
            }

    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """Yield the fields in their groups, but for the levels of care and the outcome."""
        for title, names in self.groups_of:
            yield title, [self[name] for name in names.split()]

    def level_rows(self) -> list[tuple[LevelOfCare, list[forms.BoundField]]]:
        return [
            (level, [self[f"{what}_{level.slug}"] for what in ("copay", "coinsurance", "limits")])
            for level in self.levels
        ]

    def outcome_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("outcome", "needed", "reverify_on")]

    def answers(self) -> dict[str, Any]:
        """Return what was said, for `verification.record_result`; what was not said is left out."""
        levels = []
        said = {name: v for name, v in self.cleaned_data.items() if v not in (None, "")}
        for name in ("version", "form"):
            said.pop(name, None)
        for level in self.levels:
            keys = ("copay", "coinsurance", "limits")
            values = {key: said.pop(f"{key}_{level.slug}", None) for key in keys}
            if any(value is not None for value in values.values()):
                levels.append({"slug": level.slug, "name": level.name, **values})
        return {**said, "levels": levels}

    # -- what belongs together

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for whole in ("deductible", "out_of_pocket"):
            total, met = data.get(whole), data.get(f"{whole}_met")
            if total is not None and met is not None and met > total:
                self._fault(f"{whole}_met", _("More is met than there is. Check both amounts."))
        self._check_days(data)
        outcome = data.get("outcome")
        if outcome == VobStatus.NEEDS_INFO and not data.get("needed"):
            self._fault("needed", _("Say what is needed, and from whom."))
        if outcome in enums.VOB_VERIFIED:
            self._check_verified(data, outcome)
        return data

    def _check_days(self, data: dict[str, Any]) -> None:
        today = timezone.localdate()
        starts, ends, year_ends = map(data.get, ("effective_on", "ends_on", "plan_year_ends"))
        if starts and ends and ends < starts:
            self._fault("ends_on", _("It ends before it begins. Check both days."))
        if data.get("active") == YES and ends and ends < today:
            self._fault("ends_on", _("Coverage that ended is not active. Check both."))
        if data.get("active") == YES and starts and starts > today:
            self._fault("effective_on", _("Coverage that has not begun is not active. Check both."))
        if year_ends and not today <= year_ends <= today + LONGEST:
            self._fault("plan_year_ends", _("Enter a day from today on, within a year."))
        if data.get("outcome") not in enums.VOB_VERIFIED or "reverify_on" in self.errors:
            return
        last = min((day for day in (ends, year_ends) if day and day >= today), default=None)
        again = data.get("reverify_on")
        if again is None:
            data["reverify_on"] = verification.reverify_by_default(today, last)
        elif not today < again <= today + LONGEST:
            self._fault("reverify_on", _("Choose a day after today, within a year."))
        elif last and again > max(last, today + timedelta(days=1)):
            self._fault(
                "reverify_on",
                _("Choose %(day)s or earlier: then the plan year or the coverage ends.")
                % {"day": date_format(last)},
            )

    def _check_verified(self, data: dict[str, Any], outcome: str) -> None:
        """Ask for what has to be known before somebody relies on it."""
        active = data.get("active")
        if active == NO:
            if outcome == VobStatus.VERIFIED_VIABLE:
                self._fault("outcome", _("Coverage that is not active is not viable."))
            return
        wanted = ["active", "network"]
        if outcome == VobStatus.VERIFIED_VIABLE:
            wanted += ["deductible", "authorization"]
        for name in wanted:
            if data.get(name) in (None, "") and name not in self.errors:
                self._fault(name, _("Needed for this outcome. Else choose another one."))
        if outcome == VobStatus.VERIFIED_VIABLE:
            for level in self.levels:
                pair = (f"copay_{level.slug}", f"coinsurance_{level.slug}")
                known = any(data.get(name) is not None or name in self.errors for name in pair)
                if level.is_ours and not known:
                    self._fault(pair[0], _("Enter a copay or a coinsurance, 0 for none."))

    def _fault(self, name: str, words: str) -> None:
        self.add_error(name, ValidationError(words))


NOBODY = "nobody"


class ChecksForm(forms.Form):
    """Which checks the desk shows."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            *((one.value, one.label) for one in enums.VOB_WAITING),
        ],
    )
    who = forms.ChoiceField(label=gettext_lazy("Who verifies"), required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = staffing.takers(timezone.localdate()).exclude(pk=by.pk)
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            ("", _("Everybody")),
            (str(by.pk), _("Me")),
            (NOBODY, _("Nobody yet")),
            *((str(one.pk), str(one)) for one in others),
        ]


def in_rows(result: VerificationResult) -> list[tuple[str, str]]:
    """Return what a result says, each with its label; what was not said is left out."""
    details = result.details
    rows = [(str(_("Payer")), str(result.payer))] if result.payer else []
    for name, field in ResultForm.base_fields.items():
        value = details.get(name)
        if value in (None, "") or name == "outcome":
            continue
        if isinstance(field, Amount):
            words = dollars(value)
        elif isinstance(field, Day):
            words = date_format(date.fromisoformat(value))
        else:
            words = in_words(field, value)
        rows.append((str(field.label).removesuffix(", $"), words))
    for level in details.get("levels", ()):
        rows.append((level["name"], _level_in_words(level)))
    return rows


def _level_in_words(level: dict[str, Any]) -> str:
    parts = []
    if level["copay"] is not None:
        parts.append(_("copay %(amount)s") % {"amount": dollars(level["copay"])})
    if level["coinsurance"] is not None:
        parts.append(_("coinsurance %(share)s %%") % {"share": level["coinsurance"]})
    if level["limits"]:
        parts.append(level["limits"])
    return "; ".join(parts)
