"""What a page says to machines: the data block at its end, the Open Graph lines in its head."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from content import structured_data
from content.models import Article, GlossaryTerm, Text, Topic
from content.rendering import fill
from content.structured_data import script

register = template.Library()

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)">')
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')


@register.simple_tag(takes_context=True)
def page_data(context: dict[str, Any]) -> SafeString:
    """Return the data block of a page: its text, and the way to it where it shows one.

    It stands at the end of the page, when the text and its sources are known. A preview has none.
    """
    if context.get("is_preview"):
        return SafeString("")
    text, topic, crumbs = context.get("text"), context.get("topic"), context.get("breadcrumbs")
    nodes = []
    here = topic.name if isinstance(topic, Topic) else ""
    if isinstance(text, Text):
        here = structured_data.words(fill(text.title, context["placeholders"]))
        nodes.append(
            structured_data.text_page(
                text,
                url=context["canonical_url"],
                site_url=context["site_url"],
                provider=context["provider"],
                placeholders=context["placeholders"],
                sources=getattr(text, "cited", ()),  # by the tag `rendered`, further up
            )
        )
    if crumbs:
        way = [(_("Home"), "/"), *crumbs]
        nodes.append(structured_data.breadcrumbs(way, site_url=context["site_url"], here=here))
    return script(*nodes)


@register.simple_tag(takes_context=True)
def website_data(context: dict[str, Any]) -> SafeString:
    """Return the data block of the site as a whole, for its first page."""
    language = context["LANGUAGE_CODE"].split("-")[0]
    return script(structured_data.website(context["provider"], context["site_url"], language))


@register.simple_tag(takes_context=True)
def faq_data(context: dict[str, Any], topics: Iterable[Topic]) -> SafeString:
    """Return the data block of the questions under some topics (prefetched `faqs`)."""
    questions = [one for topic in topics for one in topic.faqs.all()]
    url, placeholders = context["canonical_url"], context["placeholders"]
    page = structured_data.faq_page(questions, url=url, placeholders=placeholders)
    return script(page) if questions else SafeString("")


@register.simple_tag(takes_context=True)
def glossary_data(context: dict[str, Any], terms: Iterable[GlossaryTerm]) -> SafeString:
    """Return the data block of the glossary."""
    url, placeholders = context["canonical_url"], context["placeholders"]
    return script(
        structured_data.glossary(terms, url=url, name=_("Glossary"), placeholders=placeholders)
    )


class SharedNode(template.Node):
    """Puts out the head as it is, and the same title, description and address as Open Graph.

    The templates of the pages say each of them once, in a block, and a block cannot be put out
    twice; so they are read from what the blocks gave. (Not a simple_block_tag: in that, Django 5.2
    does not see the blocks, and `block.super` is empty.)
    """

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Any) -> SafeString:
        head = self.nodelist.render(context)
        address = _inner(_CANONICAL, head)
        if not address:  # a page that is not to be found has nothing to be shared by
            return head
        name = escape(context["provider"].name)
        text = context.get("text")
        lines = {
            "og:type": "article" if isinstance(text, Article) else "website",
            "og:site_name": name,
            "og:locale": context["LANGUAGE_CODE"].replace("-", "_").replace("_us", "_US"),
            "og:url": address,
            "og:title": _inner(_TITLE, head).removesuffix(f" | {name}"),
            "og:description": _inner(_DESCRIPTION, head),
            "og:image": escape(context["site_url"] + static("site/img/share.jpg")),
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": escape(_("A small house with lit windows by a salt marsh")),
        }
        if isinstance(text, Article) and text.published_at:
            lines["article:published_time"] = text.published_at.isoformat()
            lines["article:modified_time"] = text.updated_at.isoformat()
        told = [
            f'<meta property="{key}" content="{value}">' for key, value in lines.items() if value
        ]
        return mark_safe("\n".join([head.rstrip("\n"), *told]) + "\n")  # noqa: S308  read from safe HTML


def _inner(pattern: re.Pattern[str], head: str) -> str:
    found = pattern.search(head)
    return " ".join(found.group(1).split()).replace('"', "&quot;") if found else ""


@register.tag
def shared(parser: Parser, token: Token) -> SharedNode:
    """Wrap title, description and canonical link; see SharedNode."""
    nodelist = parser.parse(("endshared",))
    parser.delete_first_token()
    return SharedNode(nodelist)
