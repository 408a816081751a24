"""What a page says of itself to machines, in the words of schema.org, as JSON-LD.

Every function takes what the page shows and returns plain data; `script` makes the element of it.
Only what the page itself says is told, and nothing of a sample person.
"""

import json
import re
from collections.abc import Iterable, Sequence
from html import unescape
from typing import Any, Protocol

from django.utils.safestring import SafeString, mark_safe

from content.models import Faq, GlossaryTerm, Person, Source, Text
from content.rendering import CITATION, fill, render

Data = dict[str, Any]
Placeholders = dict[str, str]

# What could end the element or begin another is written as the escape JSON has for it.
_HARMLESS = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
_BLOCK = re.compile(r"</?(?:p|li|ul|ol|br|div|h\d|table|thead|tbody|tr|th|td|blockquote)\b[^>]*>")
_TAG = re.compile(r"<[^>]+>")
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_TEAM = "-team"  # the end of the key of an author who is several people


class Named(Protocol):
    """The provider, as far as texts know it."""

    name: str


def script(*nodes: Data) -> SafeString:
    """Return the data block that holds the nodes, or nothing where there are none.

    A block of this type is never executed, so the policy has nothing against it.
    """
    if not nodes:
        return SafeString("")
    whole = {"@context": "https://schema.org", "@graph": list(nodes)}
    body = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).translate(_HARMLESS)
    return mark_safe(f'<script type="application/ld+json">{body}</script>')  # noqa: S308  escaped


def words(html: str) -> str:
    """Return the words of rendered HTML, without elements and entities."""
    return " ".join(unescape(_TAG.sub("", _BLOCK.sub(" ", html))).split())


def beginning(text: str, most: int = 160) -> str:
    """Return the whole sentences that fit into `most` characters, at least the first."""
    sentences = _SENTENCE_END.split(text)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + 1 + len(sentence) > most:
            break
        kept += f" {sentence}"
    return kept


def _whole(kind: str, anchor: str, provider: Named, site_url: str) -> Data:
    return {
        "@type": kind,
        "@id": f"{site_url}/#{anchor}",
        "name": provider.name,
        "url": f"{site_url}/",
    }


def publisher(provider: Named, site_url: str) -> Data:
    """Return who answers for the site; the home page says more under the same `@id`."""
    return _whole("MedicalOrganization", "organization", provider, site_url)


def website(provider: Named, site_url: str, language: str) -> Data:
    """Return the site as a whole."""
    return _whole("WebSite", "website", provider, site_url) | {
        "inLanguage": language,
        "publisher": {"@id": f"{site_url}/#organization"},
    }


def text_page(
    text: Text,
    *,
    url: str,
    site_url: str,
    provider: Named,
    placeholders: Placeholders,
    sources: Iterable[Source],
) -> Data:
    """Return the page of a text: who wrote and reviewed it, when, and what it rests on."""
    data: Data = {
        "@type": "MedicalWebPage",
        "@id": url,
        "url": url,
        "name": words(fill(text.title, placeholders)),
        "description": words(fill(text.summary, placeholders)),
        "inLanguage": text.language,
        "dateModified": text.updated_at.isoformat(),
        "isPartOf": _whole("WebSite", "website", provider, site_url),
        "publisher": publisher(provider, site_url),
    }
    if text.published_at:
        data["datePublished"] = text.published_at.isoformat()
    if not text.author.is_sample:
        data["author"] = _person(text.author, placeholders)
    if text.reviewer and text.reviewed_on and not text.reviewer.is_sample:
        data["reviewedBy"] = _person(text.reviewer, placeholders)
        data["lastReviewed"] = text.reviewed_on.isoformat()
    citations = [
        {
            "@type": "CreativeWork",
            "name": source.title,
            "url": source.url,
            "datePublished": str(source.year),
            "publisher": {"@type": "Organization", "name": source.publisher},
        }
        for source in sources
    ]
    if citations:
        data["citation"] = citations
    return data


def breadcrumbs(crumbs: Sequence[tuple[Any, str]], *, site_url: str, here: str = "") -> Data:
    """Return the way from the home page; `crumbs` are (title, path), `here` ends it unlinked."""
    steps: list[Data] = [
        {"@type": "ListItem", "position": position, "name": str(title), "item": site_url + path}
        for position, (title, path) in enumerate(crumbs, start=1)
    ]
    if here:  # the last step is the page itself and needs no address
        steps.append({"@type": "ListItem", "position": len(steps) + 1, "name": here})
    return {"@type": "BreadcrumbList", "itemListElement": steps}


def faq_page(questions: Iterable[Faq], *, url: str, placeholders: Placeholders) -> Data:
    """Return the questions with how each answer begins; the page itself shows them whole.

    Whole answers would double the weight of the page for everybody who reads it on a phone.
    """
    return {
        "@type": "FAQPage",
        "@id": url,
        "url": url,
        "mainEntity": [
            {
                "@type": "Question",
                "name": words(fill(one.question, placeholders)),
                "acceptedAnswer": {
                    "@type": "Answer",
                    "text": beginning(
                        words(render(CITATION.sub("", one.answer), placeholders=placeholders).html)
                    ),
                },
            }
            for one in questions
        ],
    }


def glossary(
    terms: Iterable[GlossaryTerm], *, url: str, name: str, placeholders: Placeholders
) -> Data:
    """Return the glossary as a set of terms, each with its address on the page."""
    return {
        "@type": "DefinedTermSet",
        "@id": url,
        "url": url,
        "name": name,
        "hasDefinedTerm": [
            {
                "@type": "DefinedTerm",
                "name": term.term,
                "description": words(fill(term.definition, placeholders)),
                "url": f"{url}#{term.slug}",
            }
            | ({"alternateName": list(term.also)} if term.also else {})
            for term in terms
        ],
    }


def _person(person: Person, placeholders: Placeholders) -> Data:
    kind = "Organization" if person.key.endswith(_TEAM) else "Person"
    data: Data = {"@type": kind, "name": words(fill(person.name, placeholders))}
    if kind == "Person":
        data["jobTitle"] = words(fill(person.role, placeholders))
        if person.credentials:
            data["honorificSuffix"] = person.credentials
    return data
