"""The editors' part of the desk: what waits for somebody, oldest first."""

from collections.abc import Callable
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
    due = timezone.localdate() + SOON
    every = [
        text
        for model in text_models()
        for text in model._default_manager.select_related("author").defer("body")
    ]
    live = (TextStatus.PUBLISHED, TextStatus.SCHEDULED)
    lists: list[tuple[str, Callable[[Text], bool]]] = [
        (_("In review"), lambda one: one.status == TextStatus.IN_REVIEW),
        (_("Review due"), lambda one: one.status in live and one.next_review_on <= due),
        (_("Drafts"), lambda one: one.status == TextStatus.DRAFT),
        (_("Scheduled"), lambda one: one.status == TextStatus.SCHEDULED),
        (
            _("Published without a clinical sign-off"),
            lambda one: one.status == TextStatus.PUBLISHED and not one.reviewer_id,
        ),
    ]
    every.sort(key=lambda one: one.next_review_on)
    return [
        Section(title, [_row(text) for text in every if belongs(text)]) for title, belongs in lists
    ]


def _row(text: Text) -> Row:
    opts = text._meta
    return Row(text, str(opts.verbose_name), f"admin:{opts.app_label}_{opts.model_name}_change")
