"""The inquiry form and its three doors, each asking only what it needs to call back safely."""

from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from admissions import enums
from admissions.forms.base import SendButton, track_choices
from admissions.forms.contact import ANY, CHOOSE, ContactForm
from admissions.forms.fields import PlainText


class InquiryForm(ContactForm):
    """All questions of an inquiry; a door is a subclass that names its role and its sections."""

    role: enums.InquirerRole
    left_out: tuple[str, ...] = ()

    relationship = forms.ChoiceField(
        label=_("How are you related?"),
        choices=CHOOSE + enums.Relationship.choices,
        error_messages={"required": _("Choose how you are related to this person.")},
    )
    patient_knows = forms.ChoiceField(
        label=_("Does this person know that you are asking?"),
        choices=enums.PatientKnows.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    organization = PlainText(
        label=_("Your organization"),
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter the organization you work for.")},
    )
    job_title = PlainText(
        label=_("Your role there"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    age_band = forms.ChoiceField(
        label=_("How old is the person who needs care?"),
        choices=CHOOSE + enums.AgeBand.choices,
        error_messages={"required": _("Choose an age group, so that the right person calls.")},
    )
    track = forms.ChoiceField(label=_("A track that interests you"), required=False)
    time_of_day = forms.ChoiceField(
        label=_("Daytime or evening?"),
        choices=[*ANY, ("day", _("Daytime")), ("evening", _("Evening"))],
        required=False,
    )
    coverage_kind = forms.ChoiceField(
        label=_("How might care be paid for?"),
        choices=[*CHOOSE, *enums.CoverageKind.choices],
        required=False,
        help_text=_("It is fine not to know. We can check with you."),
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
        for name in self.left_out:
            del self.fields[name]
        self.fields["track"].choices = ANY + track_choices()  # type: ignore[attr-defined]

    def sections(self) -> list[Fieldset]:
        """Return the groups of questions in their order, without consents and button."""
        return []

    def layout(self) -> Layout:
        button = SendButton("send", _("Send my inquiry"))
        return Layout(*self.sections(), self.consent_section(), button)

    def needs_section(self) -> Fieldset:
        return Fieldset(
            _("What are you looking for?"), "age_band", "track", "time_of_day", "coverage_kind"
        )

    def help_section(self) -> Fieldset:
        return Fieldset(
            _("What would help us help you?"),
            "language",
            "needs_interpreter",
            "access_needs",
            "heard_from",
            "message",
        )

    def answers(self) -> dict[str, Any]:
        return {"role": str(self.role), **super().answers()}


class MyselfForm(InquiryForm):
    role = enums.InquirerRole.SELF
    left_out = ("relationship", "patient_knows", "organization", "job_title")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["age_band"].label = _("How old are you?")

    def sections(self) -> list[Fieldset]:
        return [
            self.reach_section(),
            self.safety_section(),
            self.needs_section(),
            self.help_section(),
        ]


class SomeoneForm(InquiryForm):
    role = enums.InquirerRole.FAMILY
    left_out = ("organization", "job_title")

    def sections(self) -> list[Fieldset]:
        about = Fieldset(
            _("Who is it about?"), "relationship", "patient_knows", "age_band", "coverage_kind"
        )
        looking = Fieldset(_("What are you looking for?"), "track", "time_of_day")
        return [
            about,
            self.reach_section(),
            self.safety_section(),
            looking,
            self.help_section(),
        ]


class ProfessionalForm(InquiryForm):
    """Somebody at work: no questions about their home, and nothing that names the patient."""

    role = enums.InquirerRole.PROFESSIONAL
    left_out = (
        "relationship",
        "may_say_who",
        "do_not_speak_to",
        "time_of_day",
        "access_needs",
        "heard_from",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patient_knows"].label = _("Does this person know about the referral?")
        self.fields["message"].help_text = _(
            "Please no name or record of the person here. We ask for those in a safe way."
        )

    def sections(self) -> list[Fieldset]:
        work = Fieldset(_("Where do you work?"), "organization", "job_title")
        person = Fieldset(
            _("Who is it about?"), "age_band", "patient_knows", "track", "coverage_kind"
        )
        reach = self.reach_section()
        reach.fields += ["voicemail_ok", "email_ok"]
        more = Fieldset(_("Anything else?"), "language", "needs_interpreter", "message")
        return [work, reach, person, more]


class EstimateForm(InquiryForm):
    """For people who pay themselves: what a written estimate needs, and where it should go."""

    role = enums.InquirerRole.SELF
    left_out = (
        "relationship",
        "patient_knows",
        "organization",
        "job_title",
        "coverage_kind",
        "access_needs",
        "heard_from",
    )

    def sections(self) -> list[Fieldset]:
        wanted = Fieldset(
            _("What should the estimate cover?"), "age_band", "track", "time_of_day", "message"
        )
        return [wanted, self.reach_section(), self.safety_section(), self.language_section()]

    def answers(self) -> dict[str, Any]:
        return super().answers() | {
            "coverage_kind": str(enums.CoverageKind.NONE),
            "wants_estimate": True,
        }


DOORS: dict[str, type[InquiryForm]] = {
    "myself": MyselfForm,
    "someone": SomeoneForm,
    "professional": ProfessionalForm,
}
