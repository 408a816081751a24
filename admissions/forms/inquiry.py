"""The inquiry form: the least that lets admissions call back safely."""

from typing import Any

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.forms.base import PublicForm, SendButton, consent_name, track_choices
from admissions.forms.fields import AddressField, PhoneField, PlainText

_ANY = [("", _("No preference"))]
_CHOOSE = [("", _("Choose one"))]


class InquiryForm(PublicForm):
    consent_topics = ("contact", "privacy-notice", "texts")
    asked_when_shown = ("relationship", "organization", "phone", "email")

    role = forms.ChoiceField(
        label=_("Who is this for?"),
        choices=enums.InquirerRole.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who this is for."),
            "invalid_choice": _("Choose one of the three."),
        },
    )
    relationship = forms.ChoiceField(
        label=_("How are you related?"),
        choices=_CHOOSE + enums.Relationship.choices,
        required=False,
    )
    patient_knows = forms.ChoiceField(
        label=_("Does this person know that you are asking?"),
        choices=enums.PatientKnows.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    organization = PlainText(label=_("Your organization"), max_length=160, required=False)
    job_title = PlainText(label=_("Your role there"), max_length=120, required=False)

    first_name = PlainText(
        label=_("First name"),
        help_text=_("Any name you use."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter a name we can ask for. Any name you use is fine.")},
    )
    last_name = PlainText(
        label=_("Last name"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    phone = PhoneField(
        label=_("Phone"), required=False, help_text=_("Give a phone number, an e-mail, or both.")
    )
    email = AddressField(
        label=_("E-mail"), required=False, help_text=_("E-mail is not fully private.")
    )
    preferred_channel = forms.ChoiceField(
        label=_("How would you like us to reach you?"),
        choices=enums.Channel.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how we should reach you.")},
    )
    good_times = PlainText(
        label=_("Good times to reach you"),
        max_length=200,
        required=False,
        help_text=_("For example: weekdays after 4."),
    )
    voicemail_ok = forms.BooleanField(label=_("You may leave a voicemail"), required=False)
    text_ok = forms.BooleanField(label=_("You may send a text message"), required=False)
    may_say_who = forms.BooleanField(
        label=_("You may say who is calling if somebody else answers"), required=False
    )
    do_not_speak_to = PlainText(
        label=_("Is there anyone we should not speak to?"), max_length=300, required=False
    )
    age_band = forms.ChoiceField(
        label=_("How old is the person who needs care?"),
        choices=_CHOOSE + enums.AgeBand.choices,
        error_messages={"required": _("Choose an age group, so that the right person calls.")},
    )
    track = forms.ChoiceField(label=_("A track that interests you"), required=False)
    time_of_day = forms.ChoiceField(
        label=_("Daytime or evening?"),
        choices=[*_ANY, ("day", _("Daytime")), ("evening", _("Evening"))],
        required=False,
    )
    coverage_kind = forms.ChoiceField(
        label=_("How might care be paid for?"),
        choices=[*_CHOOSE, *enums.CoverageKind.choices],
        required=False,
        help_text=_("It is fine not to know. We can check with you."),
    )
    language = PlainText(label=_("Language you prefer"), max_length=40, required=False)
    needs_interpreter = forms.BooleanField(
        label=_("I would like an interpreter (free of charge)"), required=False
    )
    access_needs = PlainText(
        label=_("Anything that makes it easier for you to use our services"),
        max_length=300,
        required=False,
        help_text=_("For example: step-free entrance, large print, captions."),
    )
    heard_from = PlainText(label=_("How did you hear of us?"), max_length=160, required=False)
    message = PlainText(
        label=_("Anything else we should know before we call?"),
        max_length=2000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("Nothing urgent and no medical details, please. We ask about those in person."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["track"].choices = _ANY + track_choices()  # type: ignore[attr-defined]

    def layout(self) -> Layout:
        consents = [consent_name(topic) for topic in self.consent_topics if topic in self.wordings]
        return Layout(
            Fieldset(
                _("Who are you asking for?"),
                "role",
                Div("relationship", "patient_knows", css_class="only-family"),
                Div("organization", "job_title", css_class="only-professional"),
            ),
            Fieldset(
                _("How can we reach you?"),
                "first_name",
                "last_name",
                "phone",
                "email",
                "preferred_channel",
                "good_times",
            ),
            Fieldset(
                _("What is safe for you?"),
                "voicemail_ok",
                "text_ok",
                "may_say_who",
                "do_not_speak_to",
            ),
            Fieldset(
                _("What are you looking for?"),
                "age_band",
                "track",
                "time_of_day",
                "coverage_kind",
            ),
            Fieldset(
                _("What would help us help you?"),
                "language",
                "needs_interpreter",
                "access_needs",
                "heard_from",
                "message",
            ),
            Fieldset(_("Your agreement"), *consents),
            SendButton("send", _("Send my inquiry")),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        clean_reachable(self, data)
        if data.get("role") == enums.InquirerRole.FAMILY and not data.get("relationship"):
            self._miss("relationship", _("Choose how you are related to this person."))
        if data.get("role") == enums.InquirerRole.PROFESSIONAL and not data.get("organization"):
            self._miss("organization", _("Enter the organization you work for."))
        channel = data.get("preferred_channel")
        if channel == enums.Channel.EMAIL and not data.get("email"):
            self._miss("email", _("Enter an e-mail address, since you would like e-mail."))
        if channel in (enums.Channel.PHONE, enums.Channel.TEXT) and not data.get("phone"):
            self._miss("phone", _("Enter a phone number, since you would like a call or a text."))
        return data


def clean_reachable(form: forms.Form, data: dict[str, Any]) -> None:
    """Add an error unless there is a phone number or an e-mail address to answer to."""
    if not (data.get("phone") or data.get("email")) and not ({"phone", "email"} & set(form.errors)):
        form.add_error(
            "phone", _("Enter a phone number or an e-mail address, so that we can answer.")
        )
