"""Builders of texts, and a reader of the pages that show them."""

from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any, TypeVar

from django.utils import timezone

from content.models import Person, Text, TextStatus

T = TypeVar("T", bound=Text)


def make_person(key: str = "writer", **changes: Any) -> Person:
    """Return the person with that key, made where it is not there yet."""
    return Person.objects.get_or_create(
        key=key, defaults={"name": "A Writer", "role": "Writes", **changes}
    )[0]


def make_text(model: type[T], slug: str, **changes: Any) -> T:
    """Store a text of the model, published an hour ago, with `changes`."""
    values = {
        "title": f"The title of {slug}",
        "summary": f"The summary of {slug}.",
        "body": "A paragraph.",
        "status": TextStatus.PUBLISHED,
        "published_at": timezone.now() - timedelta(hours=1),
        "next_review_on": date(2030, 1, 1),
        **changes,
    }
    if "author" not in values:
        values["author"] = make_person()
    return model._default_manager.create(slug=slug, **values)


VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr path rect circle line use "
    "ellipse polygon polyline stop".split()
)


class PageReader(HTMLParser):
    """What a test asks of a page: its elements in order, and the words a person sees."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data
        if not {"script", "style", "svg"} & set(self._open):
            self.words.append(data)

    def all(self, *tags: str) -> list[dict[str, str]]:
        """Return the attributes of every element of these tags, in order."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    def each(self, attribute: str) -> list[str]:
        """Return every value of an attribute on the page."""
        return [found[attribute] for _, found in self.elements if attribute in found]

    def text(self, tag: str) -> list[str]:
        """Return the words within each element of a tag."""
        return [" ".join(words.split()) for words in self.texts.get(tag, [])]

    @property
    def visible(self) -> str:
        return " ".join("".join(self.words).split())
