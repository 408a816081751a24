"""The last page of the insurance form: all answers once more, what is agreed to, and send."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import enums
from admissions.forms.base import SendButton, consent_name
from admissions.forms.card_photo import CardPhotoField
from admissions.forms.insurance import (
    TOO_YOUNG,
    CoverageForm,
    PhotosForm,
    ReachForm,
    StepForm,
    SubscriberForm,
    WhoForm,
    younger_than_child,
)
from admissions.forms.words import in_words
from admissions.models import Draft

Text = str | Promise

NO_CARD = gettext_lazy("We need the member ID or a photo of the front of the card.")
# What the link to a page says where something is to be mended there.
_MENDS = {
    "who": gettext_lazy("Change the patient's date of birth"),
    "coverage": gettext_lazy("Enter the member ID"),
    "subscriber": gettext_lazy("Change the holder's date of birth"),
    "photos": gettext_lazy("Send a photo of the front"),
}


class CheckForm(StepForm):
    """All answers once more, what is agreed to, and the button that sends.

    Who goes on from another form has agreed there to being contacted.
    """

    title = gettext_lazy("Check your answers")

    def __init__(self, *args: Any, draft: Draft | None = None, **kwargs: Any) -> None:
        self.consent_topics = ("verification", "authority")
        if draft is None or draft.access_id is None:
            self.consent_topics += ("privacy-notice", "contact", "texts")
        super().__init__(*args, draft=draft, **kwargs)

    def layout(self) -> Layout:
        names = [consent_name(topic) for topic in self.consent_topics if topic in self.wordings]
        return Layout(
            Fieldset(_("Your agreement"), *names), SendButton("send", _("Check my insurance"))
        )

    def gaps(self) -> list[SafeString]:
        """Return what has to be mended on other pages first, with links to them."""
        found: list[tuple[Text, tuple[str, ...]]] = []
        if not self.known("coverage", "member_id") and enums.CardSide.FRONT not in self.received:
            found.append((NO_CARD, ("coverage", "photos")))
        if younger_than_child(
            self.known("subscriber", "relationship_to_subscriber"),
            self.known("subscriber", "subscriber_birth_date"),
            self.known("who", "patient_birth_date"),
        ):
            found.append((TOO_YOUNG, ("who", "subscriber")))
        return [_with_links(text, steps) for text, steps in found]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for gap in self.gaps():
            self.add_error(None, gap)
        texts = consent_name("texts")
        wants_texts = self.known("reach", "preferred_channel") == enums.Channel.TEXT
        if wants_texts and texts in self.fields and not data.get(texts):
            self._miss(
                texts,
                _("Tick that we may text you, or change above how we should reach you."),
            )
        return data

    def answers(self) -> dict[str, Any]:
        """Return the answers of all pages, as `intake.submit_insurance` takes them."""
        kept = {
            name: value
            for step in PAGES
            for name, value in self.draft.answers.get(step, {}).items()
        }
        texts = consent_name("texts")
        if texts in self.fields:
            kept["text_ok"] = bool(self.cleaned_data.get(texts))
        return kept


def _with_links(text: Text, steps: Iterable[str]) -> SafeString:
    links = format_html_join(
        " ", '<a href="../{}/">{}</a>', ((step, _MENDS[step]) for step in steps)
    )
    return format_html("{} {}", text, links)


# The pages before this one, in their order.
PAGES: dict[str, type[StepForm]] = {
    "who": WhoForm,
    "reach": ReachForm,
    "coverage": CoverageForm,
    "subscriber": SubscriberForm,
    "photos": PhotosForm,
}
FORMS: dict[str, type[StepForm]] = {**PAGES, "check": CheckForm}


def fields_of_all_pages() -> dict[str, forms.Field]:
    """Return the fields of all pages by name, for who reads the answers."""
    return {name: field for form in PAGES.values() for name, field in form().fields.items()}


@dataclass(frozen=True)
class Row:
    """One answer on the summary; `hints` are what may be worth a second look."""

    label: str
    answer: str
    hints: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """What one page was told."""

    step: str
    title: str
    rows: list[Row]


def summary(
    draft: Draft, steps: Iterable[str], *, received: Collection[str], hints: Sequence[str]
) -> list[Part]:
    """Return what the pages `steps` were told, without questions that were left out.

    `received` are the sides of the card we have, `hints` what looks odd about the member ID.
    """
    return [
        Part(step, str(PAGES[step].title), list(_rows(draft, step, received, hints)))
        for step in steps
    ]


def _rows(
    draft: Draft, step: str, received: Collection[str], hints: Sequence[str]
) -> Iterator[Row]:
    answers = draft.answers.get(step, {})
    for name, field in PAGES[step]().fields.items():
        if isinstance(field, CardPhotoField):
            words = _("%(side)s.jpg received") % {"side": name}
            yield Row(str(field.label), words if name in received else _("None"))
        elif answer := in_words(field, answers.get(name)):
            yield Row(str(field.label), answer, hints if name == "member_id" else ())
