"""What to read next: the texts that a text points to, or else those about the same things."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import Resolver404, resolve

from content.models import PAGE_ROUTES, Page, Text, text_models

MOST_SUGGESTED = 4


@dataclass(frozen=True)
class Related:
    """A text that another one points to."""

    title: str
    summary: str
    url: str


def related_texts(text: Text) -> list[Related]:
    """Return what `text.related` points to; where it is empty, texts that share its topics.

    One query for each kind of text that is looked at.
    """
    return pointed_to(text.related) if text.related else suggested(text)


def pointed_to(addresses: Iterable[str]) -> list[Related]:
    """Return the published texts behind addresses, in their order; others are left out."""
    wanted: dict[type[Text], set[str]] = {}
    for address in addresses:
        try:
            match = resolve(address)
        except Resolver404:
            continue
        view = getattr(match.func, "view_class", None)
        model = getattr(view, "model", None)
        slug = (
            match.kwargs.get("slug")
            or getattr(match.func, "view_initkwargs", {}).get("page_slug")
            or getattr(view, "page_slug", "")
        )
        if isinstance(model, type) and issubclass(model, Text) and slug:
            wanted.setdefault(model, set()).add(slug)
    found = {
        one.get_absolute_url(): _as_related(one)
        for model, slugs in wanted.items()
        for one in model._default_manager.open().filter(slug__in=slugs)
    }
    return [found[address] for address in addresses if address in found]


def suggested(text: Text) -> list[Related]:
    """Return the open texts of any kind that share most topics with a text, the newest first."""
    topics = [topic.pk for topic in text.topics.all()] if text.pk else []
    if not topics:
        return []
    found: list[tuple[int, datetime, Related]] = []
    for model in text_models():
        others = model._default_manager.open().filter(topics__in=topics, language=text.language)
        if isinstance(text, model):
            others = others.exclude(pk=text.pk)
        if model is Page:  # a page of another name has no address
            others = others.filter(slug__in=PAGE_ROUTES)
        shared = others.annotate(shared=Count("topics")).order_by(
            "-shared", "-published_at", "slug"
        )
        for one in shared[:MOST_SUGGESTED]:
            if one.published_at:  # pragma: no branch  as every open text has
                found.append((one.shared, one.published_at, _as_related(one)))
    found.sort(key=lambda one: one[:2], reverse=True)
    return [suggestion for _shared, _published, suggestion in found[:MOST_SUGGESTED]]


def _as_related(text: Text) -> Related:
    return Related(text.title, text.summary, text.get_absolute_url())
