"""The editors' part of the desk: what waits for somebody, oldest first."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import Text, TextStatus, text_models

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Row:
    """A text in a list of the desk."""

    text: Text
    kind: str
    address: str  # of its page in the admin


@dataclass(frozen=True)
class Section:
    title: str
    rows: list[Row]


def editors_desk() -> list[Section]:
    """Return what is in review, due for review, drafted and scheduled; one query for each model."""
    today = timezone.localdate()
    every = [
        text
        for model in text_models()
        for text in model._default_manager.select_related("author").defer("body")
    ]
    live = (TextStatus.PUBLISHED, TextStatus.SCHEDULED)
    return [
        _section(_("In review"), [one for one in every if one.status == TextStatus.IN_REVIEW]),
        _section(
            _("Review due"),
            [one for one in every if one.status in live and one.next_review_on <= today + SOON],
        ),
        _section(_("Drafts"), [one for one in every if one.status == TextStatus.DRAFT]),
        _section(_("Scheduled"), [one for one in every if one.status == TextStatus.SCHEDULED]),
        _section(
            _("Published without a clinical sign-off"),
            [one for one in every if one.status == TextStatus.PUBLISHED and not one.reviewer_id],
        ),
    ]


def _section(title: str, texts: list[Text]) -> Section:
    rows = [
        Row(
            text,
            str(text._meta.verbose_name),
            f"admin:{text._meta.app_label}_{text._meta.model_name}_change",
        )
        for text in sorted(texts, key=lambda one: one.next_review_on)
    ]
    return Section(title, rows)
