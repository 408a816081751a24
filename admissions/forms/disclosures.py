"""What was given to somebody outside; checked in `admissions.disclosures`."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from admissions import signed_consents
from admissions.enums import Disclosed, DisclosureBasis, DisclosurePurpose
from admissions.forms.desk import DeskForm
from admissions.forms.fields import PlainText
from admissions.forms.reports import Day
from admissions.models import Consent, SignedConsent


class GivenField(forms.MultipleChoiceField):
    """What was given, ticked."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Disclosed.choices, **kwargs)


class SignedField(forms.ModelChoiceField):
    """A signed consent; one that is over is refused in words by `signed_consents`."""

    def label_from_instance(self, signed: Any) -> str:
        return f"{signed.recipient}, {date_format(signed.signed_on)}"


class SignForm(DeskForm):
    """What a signed paper says (42 CFR 2.31(a))."""

    patient = PlainText(label=_("Patient's name, as on the paper"), max_length=200)
    recipient = PlainText(label=_("To whom records may be given"), max_length=200)
    given = GivenField(label=_("What may be given"))
    purpose = forms.ChoiceField(
        label=_("What for"), choices=[("", "–"), *DisclosurePurpose.choices]
    )
    signed_on = Day(label=_("Signed on"))
    signed_by = PlainText(label=_("Signed by, if not the patient"), max_length=200, required=False)
    expires_on = forms.DateField(
        label=_("Holds until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    is_complete = forms.BooleanField(
        label=_("I saw signature and date, and that it can be taken back, and how"),
        error_messages={"required": signed_consents.INCOMPLETE},
    )


class RevokeForm(DeskForm):
    """Which signed consent was taken back."""

    signed = forms.ModelChoiceField(
        queryset=SignedConsent.objects.none(),
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("This consent is not there.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signed"].queryset = self.lead.signed_consents.all()  # type: ignore[attr-defined]


class DisclosureForm(DeskForm):
    """One disclosure. Nothing is sent by it."""

    recipient = PlainText(label=_("To whom"), max_length=200)
    address = PlainText(
        label=_("Their address, if known"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    day = Day(label=_("Given on"), initial=timezone.localdate)
    given = GivenField(label=_("What was given"))
    purpose = forms.ChoiceField(
        label=_("What for"), choices=[("", "–"), *DisclosurePurpose.choices]
    )
    basis = forms.ChoiceField(
        label=_("What allowed it"), choices=[("", "–"), *DisclosureBasis.choices]
    )
    consent = forms.ModelChoiceField(
        label=_("Which consent, if it is in our ledger"),
        queryset=Consent.objects.none(),
        required=False,
        empty_label="–",
    )
    signed = SignedField(
        label=_("Which signed consent, if it stands above"),
        queryset=SignedConsent.objects.none(),
        required=False,
        empty_label="–",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signed"].queryset = self.lead.signed_consents.all()  # type: ignore[attr-defined]
        known = self.lead.consents.in_force().select_related("wording")
        self.fields["consent"].queryset = known  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("consent") and data.get("basis") not in ("", None, DisclosureBasis.CONSENT):
            self.add_error("consent", _("Choose consent as what allowed it, or no consent here."))
        return data
