"""The forms of the status page: the way in, and what a family can do there."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from admissions import family_words
from admissions.enums import ConsentTopic
from admissions.forms.base import PublicForm, SendButton
from admissions.forms.fields import PlainText

MESSAGE_LENGTH = 2000


def _code_input() -> forms.TextInput:
    return forms.TextInput(
        attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    )


class Message(PlainText):
    """What a family adds, word for word; nothing but blanks is nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=MESSAGE_LENGTH,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
            help_text=_(
                "Nothing urgent and no medical details, please. We ask about those in person."
            ),
            error_messages={"required": _("Write what you want to add.")},
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return text if text.strip() else ""


class StatusForm(PublicForm):
    """Reference and private code; small letters, spaces and dashes make no difference."""

    reference = PlainText(
        label=_("Your reference"),
        help_text=_("Eight letters and numbers, such as K7QFM2XR."),
        widget=_code_input(),
        error_messages={"required": _("Enter your reference.")},
    )
    code = PlainText(
        label=_("Your private code"),
        help_text=_("Twelve letters and numbers, such as H4TN-W8PB-3CKD."),
        widget=_code_input(),
        error_messages={"required": _("Enter your private code.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.form_action = reverse("admissions:status")

    def layout(self) -> Layout:
        return Layout("reference", "code", SendButton("send", _("See where it stands")))


class StatusAgainForm(StatusForm):
    """The way in once more, for a message that was written while the link ran out."""

    message = Message(label=_("What you want to add"))

    def layout(self) -> Layout:
        button = SendButton("send", _("Send what I wrote"))
        return Layout("reference", "code", "message", button)


class AddForm(PublicForm):
    message = Message(label=_("What would you like to add?"))

    def layout(self) -> Layout:
        return Layout("message", SendButton("send", _("Send it")))


class WithdrawForm(PublicForm):
    """What of `offered` a person takes back. What is in force no more is no fault to choose."""

    topics = forms.MultipleChoiceField(
        label=_("What would you like to stop?"),
        choices=[(topic, chosen) for topic, (chosen, _follows) in family_words.TAKE_BACK.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what you would like to stop.")},
    )

    def __init__(self, *args: Any, offered: list[ConsentTopic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = [(topic, *family_words.TAKE_BACK[topic]) for topic in offered]
        self.fields["topics"].widget.choices = [  # type: ignore[attr-defined]
            (topic, chosen) for topic, chosen, _follows in self.offered
        ]

    def layout(self) -> Layout:
        return Layout("topics", SendButton("send", _("Stop it")))


class DeletionForm(PublicForm):
    def layout(self) -> Layout:
        return Layout(SendButton("send", _("Ask us to delete it")))
