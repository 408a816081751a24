"""Template tags that turn a text's Markdown into what a page shows."""

from html import unescape
from typing import Any

from django import template
from django.utils.safestring import SafeString

from content.glossary import Word, explain
from content.images import figure, images_by_key
from content.models import GlossaryTerm, Source, Text
from content.related import Related, related_texts
from content.rendering import Rendered, fill, render

register = template.Library()


@register.simple_tag(takes_context=True)
def rendered(
    context: dict[str, Any], body: str, prefix: str = "source", words_for: Text | None = None
) -> Rendered:
    """Return the rendered text: `.html`, `.headings`, and `.sources` in order of their numbers.

    `words_for` is the text whose page this is: words of the glossary are then explained where it
    first uses them, but for those it is about. One query for the sources where the text cites
    any, one for the glossary, one for the pictures where it shows any.
    """
    sources: dict[str, Source] = context.render_context.get("sources")  # type: ignore[attr-defined]
    if sources is None:
        sources = {source.key: source for source in Source.objects.all()} if "[^" in body else {}
        if sources:
            context.render_context["sources"] = sources  # type: ignore[attr-defined]
    images = images_by_key() if "image:" in body else {}
    result = render(
        body,
        placeholders=context["placeholders"],
        known_sources=set(sources),
        citation_prefix=prefix,
        figure=lambda key, alt: figure(images.get(key), alt),
    )
    result.sources = [sources[key] for key in result.source_keys]
    if words_for is not None:
        words_for.cited = result.sources  # type: ignore[attr-defined]  # for the data of the page
        result.html = explain(result.html, _words(words_for, context["placeholders"]))
    return result


def _words(text: Text, placeholders: dict[str, str]) -> list[Word]:
    """Return the words of the glossary, without those whose own page this is."""
    words = (
        Word(
            slug=term.slug,
            term=term.term,
            names=(term.term, *term.also),
            definition=fill(term.definition, placeholders),
        )
        for term in GlossaryTerm.objects.all()
    )
    title = unescape(fill(text.title, placeholders))
    return [word for word in words if not word.is_about(text.slug, title)]


@register.simple_tag(takes_context=True)
def filled(context: dict[str, Any], text: str) -> SafeString:
    """Return a one-line text with its placeholders filled."""
    return fill(text, context["placeholders"])


@register.simple_tag
def related(text: Text) -> list[Related]:
    """Return what to read next after a text."""
    return related_texts(text)
