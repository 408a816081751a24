"""What schema.org and Google ask of the kinds of data this site gives, as far as it uses them."""

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)

# Properties of a type that the site may use (schema.org), those that must be there first
# (Google's pages on breadcrumbs, FAQ, local business; schema.org where Google asks for nothing).
_THING = ("@type", "@id", "name", "url", "description", "alternateName", "identifier")
_WORK = (
    *_THING, "author", "citation", "dateModified", "datePublished", "inLanguage", "isPartOf",
    "publisher",
)  # fmt: skip
_ORGANIZATION = (*_THING, "address", "contactPoint", "legalName", "telephone")
KNOWN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "MedicalWebPage": (
        ("name", "description", "url", "inLanguage", "dateModified", "publisher", "isPartOf"),
        (*_WORK, "lastReviewed", "reviewedBy"),
    ),
    "WebSite": (("name", "url"), _WORK),
    "FAQPage": (("mainEntity",), (*_WORK, "mainEntity")),
    "Question": (("name", "acceptedAnswer"), (*_THING, "acceptedAnswer")),
    "Answer": (("text",), (*_THING, "text")),
    "BreadcrumbList": (("itemListElement",), (*_THING, "itemListElement")),
    "ListItem": (("position", "name"), (*_THING, "position", "item")),
    "DefinedTermSet": (("name", "hasDefinedTerm"), (*_WORK, "hasDefinedTerm")),
    "DefinedTerm": (("name", "description"), (*_THING, "inDefinedTermSet", "termCode")),
    "MedicalOrganization": (("name", "url"), _ORGANIZATION),
    "MedicalClinic": (("name", "url", "address"), _ORGANIZATION),
    "Organization": (("name",), _ORGANIZATION),
    "Person": (("name",), (*_THING, "jobTitle", "honorificSuffix")),
    "CreativeWork": (("name",), _WORK),
    "ContactPoint": (
        ("telephone", "contactType"),
        (*_THING, "areaServed", "contactType", "telephone"),
    ),
    "PostalAddress": (
        ("streetAddress",),
        (*_THING, "addressCountry", "addressLocality", "addressRegion", "postalCode",
         "streetAddress"),
    ),
    "PropertyValue": (("name", "value"), (*_THING, "value")),
}  # fmt: skip
_DATES = ("datePublished", "dateModified", "lastReviewed")
_ADDRESSES = ("url", "item", "@id")


def nodes_of(html: str) -> list[dict[str, Any]]:
    """Return every node of every data block of a page; a block must be whole JSON."""
    nodes: list[dict[str, Any]] = []
    for block in _BLOCK.findall(html):
        whole = json.loads(block)
        assert whole["@context"] == "https://schema.org"
        nodes += whole["@graph"]
    return nodes


def faults_of(value: Any, where: str = "") -> list[str]:
    """Return what is wrong with a node and all within it; an empty list where nothing is."""
    if isinstance(value, list):
        return [] if value and all(value) else [f"{where}: empty"]
    if not isinstance(value, dict):
        return [] if value not in ("", None) else [f"{where}: empty"]
    if set(value) == {"@id"}:  # a reference
        return []
    kind = value.get("@type", "none")
    if kind not in KNOWN:
        return [f"{where}: type {kind}"]
    needed, allowed = KNOWN[kind]
    found = [f"{where}{kind} lacks {name}" for name in needed if name not in value]
    found += [f"{where}{kind} has {name}" for name in value if name not in (*allowed, *needed)]
    for name, inner in value.items():
        for one in inner if isinstance(inner, list) else [inner]:
            found += faults_of(one, f"{where}{kind}.{name} ")
        if isinstance(inner, str) and name in _ADDRESSES and not urlsplit(inner).netloc:
            found.append(f"{where}{kind}.{name} is no whole address: {inner}")
        if isinstance(inner, str) and name in _DATES and not _is_date(inner):
            found.append(f"{where}{kind}.{name} is no date: {inner}")
        if isinstance(inner, str) and re.search(r"<[a-z/]|&[a-z#]+;|\{\{|\[\^", inner):
            found.append(f"{where}{kind}.{name} has markup: {inner[:60]}")
    if kind == "BreadcrumbList":
        found += _order(value["itemListElement"])
    return found


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return bool(re.fullmatch(r"\d{4}", text))
    return True


def _order(steps: list[dict[str, Any]]) -> list[str]:
    found = [] if len(steps) > 1 else ["one step is no way"]
    if [one["position"] for one in steps] != list(range(1, len(steps) + 1)):
        found.append("steps out of order")
    return found + [f"{one['name']} has no item" for one in steps[:-1] if "item" not in one]
