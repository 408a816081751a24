"""From the Markdown that editors write to HTML that is safe to show.

A body may hold, beside CommonMark and tables:

- ``[^key]``: a citation of the source with that key, numbered in order of first use;
- ``{{provider}}``, ``{{phone}}``, ``{{program}}``, ``{{program_short}}`` and, to begin a title or
  sentence, ``{{program_title}}``: what the provider
  profile says, so that a changed number or licence is right everywhere at once;
- ``{{line:988}}``: the link of the crisis line with that key;
- ``{lang=es}`` at the start of a list item: the language of what follows;
- ``![](image:key)`` or ``![own alternative text](image:key)`` in a paragraph of its own: a picture
  of this site. Any other address of a picture is refused: the page shows nothing in its place.

The HTML passes a whitelist (nh3) before anything of ours is put in, so that a script in a text
stays text. An unknown key or placeholder is shown as it was written: `check_content` reports it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import count
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

CITATION = re.compile(r"\[\^([a-z0-9-]+)\]")
PLACEHOLDER = re.compile(r"\{\{ ?([a-z_]+(?::[a-z0-9-]+)?) ?\}\}")
_LANGUAGE = re.compile(r"<li>(\s*(?:<p>)?)\{lang=([A-Za-z-]{2,10})\}\s*")
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
# As nh3 writes it: values in double quotes, in which a quote is escaped and a ">" is not.
_IMG = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_PICTURES = re.compile(r'<p>((?:\s*<img(?: [a-z]+="[^"]*")*>)+\s*)</p>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_PLACE = re.compile(r"<!--([0-9]+)-->")

_TAGS = {
    "p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "strong", "em", "a", "code", "pre",
    "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "img",
}  # fmt: skip
# CommonMark without raw HTML: a `<script>` in a text is shown as those characters.
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table"])


@dataclass(frozen=True)
class Heading:
    anchor: str
    title: str  # HTML without elements


@dataclass
class Rendered:
    """A text ready for a template: its HTML, its second-level headings, its sources in order."""

    html: SafeString
    headings: list[Heading] = field(default_factory=list)
    source_keys: list[str] = field(default_factory=list)
    sources: list[Any] = field(default_factory=list)  # the rows behind source_keys, if asked for


Figure = Callable[[str, str], str]


def render(
    body: str,
    *,
    placeholders: Mapping[str, str],
    known_sources: Sequence[str] | set[str] = (),
    citation_prefix: str = "source",
    figure: Figure = lambda key, alt: "",
) -> Rendered:
    """Return the body as HTML.

    `placeholders` maps a name such as "phone" or "line:988" to HTML that is trusted;
    `known_sources` are the keys that may be cited; `figure` returns the trusted HTML of a picture
    from its key and its own alternative text.
    """
    html = nh3.clean(
        _markdown.render(body),
        tags=_TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}, "img": {"src", "alt"}},
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto", "tel", "sms", "image"},
        link_rel=None,
    )
    html, figures = _without_pictures(html, figure)
    headings: list[Heading] = []
    html = _HEADING.sub(_with_anchor(headings, placeholders), html)
    html = _LANGUAGE.sub(r'<li lang="\2">\1', html)
    numbers = count(1)
    html = _TABLE.sub(
        lambda table: (
            '<div class="table-scroll" tabindex="0" role="region" '
            f'aria-label="{escape(_("Table"))} {next(numbers)}">{table.group()}</div>'
        ),
        html,
    ).replace("<th>", '<th scope="col">')
    html = _filled(html, placeholders)
    source_keys: list[str] = []

    def cite(found: re.Match[str]) -> str:
        key = found.group(1)
        if key not in known_sources:
            return found.group()
        if key not in source_keys:
            source_keys.append(key)
        number = source_keys.index(key) + 1
        return (
            f'<sup class="cite"><a href="#{citation_prefix}-{number}">'
            f'<span class="visually-hidden">Source </span>{number}</a></sup>'
        )

    html = CITATION.sub(cite, html)
    html = _PLACE.sub(lambda found: figures[int(found.group(1))], html)
    return Rendered(mark_safe(html), headings, source_keys)  # noqa: S308  cleaned above


def fill(text: str, placeholders: Mapping[str, str]) -> SafeString:
    """Return a plain one-line text (a title, a summary) escaped, with its placeholders filled."""
    return mark_safe(_filled(escape(text), placeholders))  # noqa: S308  escaped here


def plain(text: str) -> str:
    """Return rendered HTML as bare text, for descriptions and search."""
    return " ".join(_TAG.sub(" ", text).split())


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Keep a picture's address only where it is one of our own, and those for pictures only."""
    if attribute in ("src", "href") and value.lower().startswith("image:") != (tag == "img"):
        return None
    return value


def _without_pictures(html: str, figure: Figure) -> tuple[str, list[str]]:
    """Return the HTML with a numbered comment for each picture, and the pictures.

    They are put back last: words in an alternative text must not be taken for a placeholder. nh3
    leaves no comment of the editor's. A picture that is not alone in its paragraph is left out:
    a figure cannot stand in a line.
    """
    figures: list[str] = []

    def place(found: re.Match[str]) -> str:
        places = ""
        for attributes in _IMG.findall(found.group(1)):
            values = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
            key = values.get("src", "").partition(":")[2]
            figures.append(figure(key, values.get("alt", "")) if key else "")
            places += f"<!--{len(figures) - 1}-->"
        return places

    html = _PICTURES.sub(place, html)
    return _IMG.sub("", html), figures


def _filled(html: str, placeholders: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: placeholders.get(found.group(1), found.group()), html)


def _with_anchor(
    headings: list[Heading], placeholders: Mapping[str, str]
) -> Callable[[re.Match[str]], str]:
    used: set[str] = set()

    def replace(found: re.Match[str]) -> str:
        level, inner = found.groups()
        words = _TAG.sub("", CITATION.sub("", inner))
        # Of the words as written, so that a changed phone number breaks no link to the section.
        base = anchor = slugify(unescape(words)) or "section"
        count = 1
        while anchor in used:
            count += 1
            anchor = f"{base}-{count}"
        used.add(anchor)
        if level == "2":
            headings.append(Heading(anchor, _TAG.sub("", _filled(words, placeholders))))
        return f'<h{level} id="{anchor}">{inner}</h{level}>'

    return replace
