"""Who writes to us and how they may be reached: the same questions on every form that asks them."""

from typing import Any

from crispy_forms.layout import Fieldset
from django import forms
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.forms.base import PublicForm, consent_name
from admissions.forms.fields import AddressField, PhoneField, PlainText

ANY: list[tuple[str, Any]] = [("", _("No preference"))]
CHOOSE: list[tuple[str, Any]] = [("", _("Choose one"))]


# What each permission is about.
PERMISSIONS = {
    "voicemail_ok": "phone",
    "text_ok": "phone",
    "may_say_who": "phone",
    "email_ok": "email",
}


class ContactForm(PublicForm):
    """Base of the forms that ask how to reach somebody, and what is safe for them.

    Text messages are allowed by the consent to them and by nothing else, so that nobody is asked
    twice: `answers()` says so under `text_ok`.
    """

    consent_topics: tuple[str, ...] = ("contact", "privacy-notice", "texts")
    asked_when_shown: tuple[str, ...] = ("phone", "email")

    first_name = PlainText(
        label=_("Your first name"),
        help_text=_("Any name you use."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter a name we can ask for. Any name you use is fine.")},
    )
    last_name = PlainText(
        label=_("Your last name"),
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
    may_say_who = forms.BooleanField(
        label=_("You may say who is calling if somebody else answers"), required=False
    )
    email_ok = forms.BooleanField(
        label=_("You may send short automatic e-mails, which never say what this is about"),
        required=False,
    )
    do_not_speak_to = PlainText(
        label=_("Is there anyone we should not speak to?"), max_length=300, required=False
    )
    language = PlainText(
        label=_("Language you prefer"), max_length=40, required=False, help_text=_("Any language.")
    )
    needs_interpreter = forms.BooleanField(
        label=_("I would like an interpreter (free of charge)"), required=False
    )

    def reach_section(self) -> Fieldset:
        return Fieldset(
            _("How can we reach you?"),
            "first_name",
            "last_name",
            "phone",
            "email",
            "preferred_channel",
            "good_times",
        )

    def safety_section(self) -> Fieldset:
        return Fieldset(
            _("What is safe for you?"), "voicemail_ok", "may_say_who", "email_ok", "do_not_speak_to"
        )

    def language_section(self) -> Fieldset:
        return Fieldset(_("Which language suits you?"), "language", "needs_interpreter")

    def consent_section(self) -> Fieldset:
        names = [consent_name(topic) for topic in self.consent_topics if topic in self.wordings]
        return Fieldset(_("Your agreement"), *names)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("phone") or data.get("email")) and not (
            {"phone", "email"} & set(self.errors)
        ):
            self.add_error(
                "phone", _("Enter a phone number or an e-mail address, so that we can answer.")
            )
        channel = data.get("preferred_channel")
        if channel == enums.Channel.EMAIL and not data.get("email"):
            self._miss("email", _("Enter an e-mail address, since you would like e-mail."))
        if channel in (enums.Channel.PHONE, enums.Channel.TEXT) and not data.get("phone"):
            self._miss("phone", _("Enter a phone number, since you would like a call or a text."))
        texts = consent_name("texts")
        if channel == enums.Channel.TEXT and texts in self.fields and not data.get(texts):
            self._miss(texts, _("Tick that we may text you, since you would like a text."))
        return data

    def answers(self) -> dict[str, Any]:
        """Return the answers; no permission holds for a way to be reached that was not given."""
        answers = super().answers()
        answers["text_ok"] = bool(self.cleaned_data.get(consent_name("texts")))
        for name, address in PERMISSIONS.items():
            if name in answers:
                answers[name] = answers[name] and bool(answers[address])
        return answers
