"""The insurance form, page by page: what a payer needs to say what it covers.

Each page is a form over one draft and knows through it what the others were told. The last page,
which shows all answers and sends them, is `admissions.forms.insurance_check`.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.forms.base import PublicForm, SendButton, payer_choices
from admissions.forms.card_photo import CardPhotoField
from admissions.forms.contact import CHOOSE, ContactForm
from admissions.forms.fields import BirthDateField, PhoneField, PlainText
from admissions.models import Draft

OTHER_PAYER = "other"
_OFF = {"autocomplete": "off"}
_SELF = enums.SubscriberRelationship.SELF
_CHILD = enums.SubscriberRelationship.CHILD


def _private(**attrs: Any) -> forms.TextInput:
    """Return an input that a browser must not remember: it is about another person or a card."""
    return forms.TextInput(attrs=_OFF | {"spellcheck": "false"} | attrs)


class StepForm(PublicForm):
    """One page. `draft` is what was kept so far, `received` the sides of the card we have."""

    title: str | Promise  # of the page

    def __init__(
        self, *args: Any, draft: Draft | None = None, received: Collection[str] = (), **kwargs: Any
    ) -> None:
        self.draft = draft or Draft(kind=enums.DraftKind.INSURANCE)
        self.received = received
        super().__init__(*args, **kwargs)

    def known(self, step: str, name: str) -> Any:
        """Return an answer of another page, None where there is none."""
        return self.draft.answers.get(step, {}).get(name)

    def _forget(self, *names: str) -> None:
        """Take as not answered what was only asked of people who chose otherwise."""
        for name in names:
            self.errors.pop(name, None)
            self.cleaned_data[name] = None if isinstance(self.fields[name], BirthDateField) else ""


class WhoForm(StepForm):
    """Who the patient is. Who goes on from another form has said there who they ask for."""

    title = _("Who is the patient?")
    asked_when_shown = ("relationship",)

    role = forms.ChoiceField(
        label=_("Who is this for?"),
        choices=[
            (role, role.label) for role in (enums.InquirerRole.SELF, enums.InquirerRole.FAMILY)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who this is for.")},
    )
    relationship = forms.ChoiceField(
        label=_("How are you related?"),
        choices=CHOOSE + enums.Relationship.choices,
        required=False,
    )
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
    zip_code = forms.RegexField(
        label=_("Patient's ZIP code"),
        regex=r"^\s*\d{5}(-\d{4})?\s*$",
        widget=_private(inputmode="numeric"),
        error_messages={
            "required": _("Enter the patient's ZIP code."),
            "invalid": _("Enter the ZIP code as five digits, such as 01601."),
        },
    )

    def __init__(self, *args: Any, asks_role: bool = True, **kwargs: Any) -> None:
        self.asks_role = asks_role
        super().__init__(*args, **kwargs)
        if not asks_role:
            del self.fields["role"], self.fields["relationship"]

    def layout(self) -> Layout:
        role = ["role", Div("relationship", css_class="only-family")] if self.asks_role else []
        rest = ("patient_legal_name", "patient_birth_date", "zip_code")
        return Layout(*role, *rest, SendButton("send", _("Go on")))

    def clean_zip_code(self) -> str:
        return self.cleaned_data["zip_code"].strip()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") == enums.InquirerRole.SELF:
            self._forget("relationship")
        elif data.get("role") and not data.get("relationship"):
            self._miss("relationship", _("Choose how you are related to this person."))
        return data


class ReachForm(StepForm, ContactForm):
    """Where the answer goes. What is agreed to is asked on the last page."""

    title = _("Where should the answer go?")
    consent_topics = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _(
            "Give a phone number, an e-mail, or both. If you wrote to us before, use the same."
        )

    def layout(self) -> Layout:
        return Layout(
            self.reach_section(),
            self.safety_section(),
            self.language_section(),
            SendButton("send", _("Go on")),
        )

    def answers(self) -> dict[str, Any]:
        return {name: value for name, value in super().answers().items() if name != "text_ok"}


class CoverageForm(StepForm):
    title = _("What is on the card?")
    asked_when_shown = ("payer_other",)

    payer = forms.ChoiceField(
        label=_("Insurance company"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"),
            _("Choose the insurance company, or “Another company”."),
        ),
    )
    payer_other = PlainText(
        label=_("Name of the other company"), max_length=120, required=False, widget=_private()
    )
    member_id = PlainText(
        label=_("Member ID"),
        max_length=40,
        required=False,
        help_text=_(
            "Letters and numbers, as on the card. Leave it empty if you send a photo of the front."
        ),
        widget=_private(autocapitalize="characters"),
    )
    group_number = PlainText(
        label=_("Group number"), max_length=40, required=False, widget=_private()
    )
    plan_type = PlainText(
        label=_("Plan name or type"), max_length=120, required=False, widget=_private()
    )
    employer = PlainText(
        label=_("Employer or school that the insurance comes from"),
        max_length=120,
        required=False,
        widget=_private(),
    )
    behavioral_health_phone = PhoneField(
        label=_("Behavioral health phone on the back of the card"),
        required=False,
        widget=_private(type="tel"),
    )
    secondary_coverage = PlainText(
        label=_("Other insurance, if there is any"),
        max_length=200,
        required=False,
        widget=_private(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].choices = [  # type: ignore[attr-defined]
            *CHOOSE,
            *payer_choices(),
            (OTHER_PAYER, _("Another company")),
        ]

    def layout(self) -> Layout:
        return Layout(
            "payer",
            Div("payer_other", css_class="only-other"),
            "member_id",
            "group_number",
            "plan_type",
            "employer",
            "behavioral_health_phone",
            "secondary_coverage",
            SendButton("send", _("Go on")),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("payer") == OTHER_PAYER:
            if not data.get("payer_other"):
                self._miss("payer_other", _("Enter the name of the insurance company."))
        elif data.get("payer"):
            self._forget("payer_other")
        return data


class SubscriberForm(StepForm):
    title = _("The person who holds the insurance")
    asked_when_shown = ("subscriber_name", "subscriber_birth_date")

    relationship_to_subscriber = forms.ChoiceField(
        label=_("Who holds the insurance?"),
        choices=enums.SubscriberRelationship.choices,
        widget=forms.RadioSelect,
        help_text=_("The holder is the person whose job or policy the insurance comes from."),
        error_messages={"required": _("Choose who holds the insurance.")},
    )
    subscriber_name = PlainText(
        label=_("Holder's full name"), max_length=160, required=False, widget=_private()
    )
    subscriber_birth_date = BirthDateField(label=_("Holder's date of birth"), required=False)

    def layout(self) -> Layout:
        return Layout(
            "relationship_to_subscriber",
            Div("subscriber_name", "subscriber_birth_date", css_class="only-subscriber"),
            SendButton("send", _("Go on")),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        relationship = data.get("relationship_to_subscriber")
        if relationship == _SELF:
            self._forget("subscriber_name", "subscriber_birth_date")
        elif relationship:
            if not data.get("subscriber_name"):
                self._miss("subscriber_name", _("Enter the holder's name."))
            born = data.get("subscriber_birth_date")
            if not born:
                self._miss("subscriber_birth_date", _("Enter the holder's date of birth."))
            elif younger_than_child(relationship, born, self.known("who", "patient_birth_date")):
                self.add_error("subscriber_birth_date", TOO_YOUNG)
        return data


TOO_YOUNG = _("The holder cannot be younger than their child. Check both dates.")


def younger_than_child(relationship: str, holder: date | str | None, patient: str | None) -> bool:
    """Return whether the holder would be younger than the patient who is their child.

    Dates are dates or as `answers()` gives them; one that is missing contradicts nothing.
    """
    return bool(relationship == _CHILD and holder and patient and str(holder) >= str(patient))


class PhotosForm(StepForm):
    """The two sides of the card; `admissions.card_photos` finds out what is in the files."""

    title = _("Photos of the card")

    front = CardPhotoField(label=_("Photo of the front"), required=False)
    back = CardPhotoField(
        label=_("Photo of the back"), required=False, help_text=_("JPEG, PNG or HEIC, up to 15 MB.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show_received(self.received)
        if not self.known("coverage", "member_id"):
            self.fields["front"].asked_when_shown = True  # type: ignore[attr-defined]

    def show_received(self, sides: Collection[str]) -> None:
        """Say at the fields which sides of the card we have."""
        for side in enums.CardSide:
            if side in sides:
                self[side].help_text = _(
                    "%(side)s.jpg received. To change it, choose another photo."
                ) % {"side": side.value}

    def layout(self) -> Layout:
        return Layout("front", "back", SendButton("send", _("Go on")))

    @property
    def arrived_whole(self) -> bool:
        """Whether the end of the page arrived: then its photos did."""
        return "page_time" in self.data

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.arrived_whole:
            self._miss("front", _("The photos did not arrive whole. Please choose them again."))
        has_front = data.get("front") or enums.CardSide.FRONT in self.received
        can_be_known = self.draft.pk is not None
        if can_be_known and not has_front and not self.known("coverage", "member_id"):
            self._miss("front", _("Choose a photo of the front, or go back for the member ID."))
        return data

    def answers(self) -> dict[str, Any]:
        return {}
