"""The insurance form: what a payer needs to say what it covers."""

from datetime import date
from typing import Any

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.forms.base import PublicForm, SendButton, consent_name, payer_choices
from admissions.forms.fields import AddressField, BirthDateField, PhoneField, PlainText
from admissions.forms.inquiry import clean_reachable

OTHER_PAYER = "other"
_OFF = {"autocomplete": "off"}


def _private(**attrs: Any) -> forms.TextInput:
    """Return an input that a browser must not remember: it is about another person or a card."""
    return forms.TextInput(attrs=_OFF | {"spellcheck": "false"} | attrs)


class InsuranceForm(PublicForm):
    consent_topics = ("verification", "authority", "privacy-notice")
    asked_when_shown = (
        "phone",
        "email",
        "payer_other",
        "subscriber_name",
        "subscriber_birth_date",
    )

    first_name = PlainText(
        label=_("Your first name"),
        help_text=_("Any name you use."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter a name we can ask for. Any name you use is fine.")},
    )
    phone = PhoneField(
        label=_("Phone"),
        required=False,
        help_text=_("If you wrote to us before, use the same number or e-mail."),
    )
    email = AddressField(label=_("E-mail"), required=False)
    voicemail_ok = forms.BooleanField(label=_("You may leave a voicemail"), required=False)

    patient_legal_name = PlainText(
        label=_("Patient's full legal name"),
        max_length=160,
        help_text=_("As it stands on the insurance card."),
        widget=_private(),
        error_messages={"required": _("Enter the patient's name as it stands on the card.")},
    )
    patient_birth_date = BirthDateField(
        label=_("Patient's date of birth"),
        help_text=_("For example: 3 27 1985."),
        error_messages={"required": _("Enter the patient's date of birth.")},
    )
    payer = forms.ChoiceField(
        label=_("Insurance company"),
        error_messages={"required": _("Choose the insurance company, or “Another company”.")},
    )
    payer_other = PlainText(
        label=_("Name of the other company"), max_length=120, required=False, widget=_private()
    )
    member_id = PlainText(
        label=_("Member ID"),
        max_length=40,
        help_text=_("Letters and numbers, as on the card."),
        widget=_private(autocapitalize="characters"),
        error_messages={"required": _("Enter the member ID from the card.")},
    )
    group_number = PlainText(
        label=_("Group number"), max_length=40, required=False, widget=_private()
    )
    plan_type = PlainText(
        label=_("Plan name or type"), max_length=120, required=False, widget=_private()
    )
    behavioral_health_phone = PhoneField(
        label=_("Behavioral health phone on the back of the card"),
        required=False,
        widget=_private(type="tel"),
    )
    zip_code = forms.RegexField(
        label=_("Patient's ZIP code"),
        regex=r"^\s*\d{5}(-\d{4})?\s*$",
        widget=_private(inputmode="numeric"),
        error_messages={
            "required": _("Enter the patient's ZIP code."),
            "invalid": _("Enter the ZIP code as five digits, such as 01601."),
        },
    )
    relationship_to_subscriber = forms.ChoiceField(
        label=_("Who holds the insurance?"),
        choices=enums.SubscriberRelationship.choices,
        widget=forms.RadioSelect,
        help_text=_("The subscriber is the person whose job or policy the insurance comes from."),
        error_messages={"required": _("Choose who holds the insurance.")},
    )
    subscriber_name = PlainText(
        label=_("Subscriber's full name"), max_length=160, required=False, widget=_private()
    )
    subscriber_birth_date = BirthDateField(label=_("Subscriber's date of birth"), required=False)
    secondary_coverage = PlainText(
        label=_("Other insurance, if there is any"),
        max_length=200,
        required=False,
        widget=_private(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose one")),
            *payer_choices(),
            (OTHER_PAYER, _("Another company")),
        ]

    def layout(self) -> Layout:
        consents = [consent_name(topic) for topic in self.consent_topics if topic in self.wordings]
        return Layout(
            Fieldset(
                _("Where should the answer go?"), "first_name", "phone", "email", "voicemail_ok"
            ),
            Fieldset(
                _("Who is the patient?"), "patient_legal_name", "patient_birth_date", "zip_code"
            ),
            Fieldset(
                _("What is on the card?"),
                "payer",
                "payer_other",
                "member_id",
                "group_number",
                "plan_type",
                "behavioral_health_phone",
            ),
            Fieldset(
                _("Who is the subscriber?"),
                "relationship_to_subscriber",
                Div("subscriber_name", "subscriber_birth_date", css_class="only-subscriber"),
                "secondary_coverage",
            ),
            Fieldset(_("Your agreement"), *consents),
            SendButton("send", _("Check my insurance")),
        )

    def clean_zip_code(self) -> str:
        return self.cleaned_data["zip_code"].strip()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        clean_reachable(self, data)
        if data.get("payer") == OTHER_PAYER and not data.get("payer_other"):
            self._miss("payer_other", _("Enter the name of the insurance company."))
        if data.get("relationship_to_subscriber") not in (
            None,
            enums.SubscriberRelationship.SELF,
        ):
            if not data.get("subscriber_name"):
                self._miss("subscriber_name", _("Enter the subscriber's name."))
            if not data.get("subscriber_birth_date"):
                self._miss("subscriber_birth_date", _("Enter the subscriber's date of birth."))
            self._check_ages(data)
        return data

    def _check_ages(self, data: dict[str, Any]) -> None:
        subscriber: date | None = data.get("subscriber_birth_date")
        patient: date | None = data.get("patient_birth_date")
        child = data.get("relationship_to_subscriber") == enums.SubscriberRelationship.CHILD
        if child and subscriber and patient and subscriber >= patient:
            self.add_error(
                "subscriber_birth_date",
                _("The subscriber cannot be younger than their child. Check both dates."),
            )
