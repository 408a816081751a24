"""Who a consultation is for, and how they are reached. When it is: `admissions.forms.times`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from admissions import enums, slots
from admissions.enums import ConsentTopic, ConsultationChannel
from admissions.forms.base import PublicForm, SendButton, consent_name
from admissions.forms.contact import CHOOSE, ContactForm
from admissions.forms.fields import PhoneField, PlainText
from admissions.forms.times import SlotField
from admissions.models import Consent, StatusAccess
from admissions.slots import Slot

REQUIRED_TOPICS = (ConsentTopic.CONTACT, ConsentTopic.PRIVACY_NOTICE)
SHOWN = "shown"
CHANGE = "change"  # the button that goes back to the times and keeps what was typed


@dataclass(frozen=True)
class Choice:
    """A time and a way to talk."""

    starts_at: datetime
    channel: ConsultationChannel

    @classmethod
    def read(cls, starts_at: object, channel: object) -> Self | None:
        """Return the choice that was posted or kept, None where it is none."""
        moment = slots.parse_slot(starts_at)
        if moment is None or channel not in ConsultationChannel.values:
            return None
        return cls(moment, ConsultationChannel(channel))

    @classmethod
    def of_page(cls, data: Mapping[str, str]) -> Self | None:
        """Return the choice that stood on the page whose fields these are."""
        starts_at, _space, channel = data.get(SHOWN, "").partition(" ")
        return cls.read(starts_at, channel)

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%dT%H:%MZ} {self.channel.value}"


class BookingForm(PublicForm):
    """Base of the last step: it books the `choice` that stands on its page.

    `nearest` are times to choose from, where the one that was chosen cannot be had any more.
    """

    title: Any = _("Book this time")
    asked_when_shown: tuple[str, ...] = ("other_time",)
    _technical = (*PublicForm._technical, SHOWN, "other_time")

    # In another tab another time may be chosen meanwhile: booked is what was read here.
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    other_time = SlotField(
        required=False, label=_("The time you chose is no longer free. Which of these suits you?")
    )

    def __init__(
        self,
        *args: Any,
        choice: Choice | None = None,
        nearest: Sequence[Slot] = (),
        **kwargs: Any,
    ) -> None:
        self.choice, self.nearest = choice, list(nearest)
        super().__init__(*args, **kwargs)
        self.initial[SHOWN] = str(choice or "")
        self.fields["other_time"].widget.choices = [  # type: ignore[attr-defined]
            (slot.value, slots.in_words(slot.starts_at)) for slot in self.nearest
        ]

    def sections(self) -> list[Any]:
        """Return the groups of questions in their order."""
        return ["other_time"] if self.nearest else []

    def layout(self) -> Layout:
        return Layout(
            *self.sections(),
            SendButton("send", _("Book this time")),
            SendButton(CHANGE, _("Choose another time"), css_class="quiet"),
        )

    def refuse(self, words: str) -> None:
        """Say why the time could not be had after all."""
        self.add_error("other_time" if self.nearest else None, words)

    def typed(self) -> dict[str, Any]:
        """Return what was typed so far, right or wrong; consents are given at the end or not."""
        left_out = {*self._technical, *map(consent_name, self.consent_topics)}
        return {name: self[name].data for name in self.fields if name not in left_out}


class WhoForm(BookingForm, ContactForm):
    """Everything about a person whom we don't know yet."""

    title = _("Who shall we ask for?")
    field_order = ("other_time", "role", "age_band")  # as on the page
    asked_when_shown = ("other_time", "phone", "email")

    role = forms.ChoiceField(
        label=_("What fits you best?"),
        choices=enums.InquirerRole.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what fits you best.")},
    )
    age_band = forms.ChoiceField(
        label=_("How old is the person who needs care?"),
        choices=CHOOSE + enums.AgeBand.choices,
        error_messages={
            "required": _("Choose an age group, so that the right person talks with you.")
        },
    )
    access_needs = PlainText(
        label=_("Anything that makes it easier for you to talk with us"),
        max_length=300,
        required=False,
        help_text=_("For example: captions, a slower pace, a step-free entrance."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["good_times"]  # they just chose one
        self.fields["preferred_channel"].label = _("If something changes, how may we reach you?")
        self.fields["email_ok"].label = _(
            "You may e-mail me to confirm and remind. The e-mail never says what this is about"
        )

    def sections(self) -> list[Any]:
        about = Fieldset(_("Who is it about?"), "role", "age_band")
        reach = self.reach_section()
        reach.fields.remove("good_times")
        language = self.language_section()
        language.fields.append("access_needs")
        rest = [self.safety_section(), language, self.consent_section()]
        return [*super().sections(), about, reach, *rest]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        by_phone = self.choice is not None and self.choice.channel == ConsultationChannel.PHONE
        if by_phone and not data.get("phone"):
            self._miss("phone", _("Enter the phone number that we should call."))
        return data


class ConfirmForm(BookingForm):
    """For who told us all this before: asks only for what is missing.

    `topics` are the consents that were not given yet, `asks_phone` says that there is no number.
    """

    phone = PhoneField(
        label=_("Phone"),
        help_text=_("The number that we should call."),
        error_messages={"required": _("Enter the phone number that we should call.")},
    )

    def __init__(
        self, *args: Any, topics: Sequence[str] = (), asks_phone: bool = False, **kwargs: Any
    ) -> None:
        self.consent_topics, self.asks_phone = tuple(topics), asks_phone
        super().__init__(*args, **kwargs)
        if not asks_phone:
            del self.fields["phone"]

    def sections(self) -> list[Any]:
        agreement = [consent_name(topic) for topic in self.consent_topics if topic in self.wordings]
        sections = (
            (_("Where should we call?"), ["phone"] if self.asks_phone else []),
            (_("Your agreement"), agreement),
        )
        asked = [Fieldset(title, *names) for title, names in sections if names]
        return [*super().sections(), *asked]


def missing(access: StatusAccess, choice: Choice | None) -> dict[str, Any]:
    """Return what `ConfirmForm` still has to ask of somebody; one query."""
    by_phone = choice is not None and choice.channel == ConsultationChannel.PHONE
    given = Consent.objects.in_force().filter(access=access)
    agreed = set(given.values_list("wording__topic", flat=True))
    return {
        "topics": [topic for topic in REQUIRED_TOPICS if topic not in agreed],
        "asks_phone": by_phone and not access.lead.phone,
    }


def missing_by(data: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page asked whose fields these are, where nothing can be looked up."""
    return {
        "topics": [topic for topic in REQUIRED_TOPICS if consent_name(topic) in data],
        "asks_phone": "phone" in data,
    }
