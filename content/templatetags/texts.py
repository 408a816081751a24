"""Template tags that turn a text's Markdown into what a page shows."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import QuerySet
from django.urls import Resolver404, resolve
from django.utils.safestring import SafeString

from content.models import Source, Text
from content.rendering import Rendered, fill, render

register = template.Library()


@register.simple_tag(takes_context=True)
def rendered(context: dict[str, Any], body: str, prefix: str = "source") -> Rendered:
    """Return the rendered text: `.html`, `.headings`, and `.sources` in order of their numbers.

    One query for the sources where the text cites any.
    """
    sources: dict[str, Source] = context.render_context.get("sources")  # type: ignore[attr-defined]
    if sources is None:
        sources = {source.key: source for source in Source.objects.all()} if "[^" in body else {}
        if sources:
            context.render_context["sources"] = sources  # type: ignore[attr-defined]
    result = render(
        body,
        placeholders=context["placeholders"],
        known_sources=set(sources),
        citation_prefix=prefix,
    )
    result.sources = [sources[key] for key in result.source_keys]
    return result


@register.simple_tag(takes_context=True)
def filled(context: dict[str, Any], text: str) -> SafeString:
    """Return a one-line text with its placeholders filled."""
    return fill(text, context["placeholders"])


@dataclass(frozen=True)
class Related:
    """A text that another one points to."""

    title: str
    summary: str
    url: str


@register.simple_tag
def related(text: Text) -> list[Related]:
    """Return the published texts behind `text.related`, in its order; others are left out.

    One query for each kind of text that is pointed to.
    """
    wanted: dict[type[Text], set[str]] = {}
    for address in text.related:
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
        one.get_absolute_url(): Related(one.title, one.summary, one.get_absolute_url())
        for model, slugs in wanted.items()
        for one in _open_texts(model).filter(slug__in=slugs)
    }
    return [found[address] for address in text.related if address in found]


def _open_texts(model: type[Text]) -> QuerySet[Text]:
    """Return the texts whose page can be opened: what is not offered has none."""
    manager = model._default_manager
    return getattr(manager, "offered", manager.published)()  # type: ignore[attr-defined]
