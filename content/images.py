"""The pictures in texts: where each is served, how a text shows it, and which texts use it."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from content.image_files import SMALL_WIDTH
from content.models import Faq, GlossaryTerm, Image, text_models

Size = Literal["small", "large"]

KEY = re.compile(r"\bimage:([-a-zA-Z0-9_]+)")
# How wide a picture is shown: as wide as the column of text, which is the window on a phone.
SIZES = "(min-width: 48rem) 42.5rem, 92vw"


def address(image: Image, size: Size) -> str:
    """Return where a picture is served; another picture under the same key has another address."""
    return reverse("content:image", args=[image.key, image.digest, size])


def figure(image: Image | None, alt: str = "") -> SafeString:
    """Return the picture as a figure with its credit; nothing where there is no such picture.

    `alt` replaces the alternative text that the picture has of its own.
    """
    if image is None:
        return SafeString()
    small, large = address(image, "small"), address(image, "large")
    widths = format_html("{} {}w", large, image.width)
    if image.width > SMALL_WIDTH:
        widths = format_html("{} {}w, {}", small, SMALL_WIDTH, widths)
    return format_html(
        '<figure><img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"'
        ' loading="lazy" decoding="async">{}</figure>',
        large,
        widths,
        SIZES,
        image.width,
        image.height,
        alt or image.alt,
        format_html("<figcaption>{}</figcaption>", image.credit) if image.credit else "",
    )


def images_by_key() -> Mapping[str, Image]:
    """Return every picture without its bytes, by key. One query."""
    return {image.key: image for image in Image.objects.defer("large", "small")}


def uses_of(key: str) -> list[models.Model]:
    """Return the texts, questions and terms that show the picture, whatever their status."""
    return [row for row, written in _rows_with(f"image:{key}") if key in KEY.findall(written)]


def unknown_keys() -> Iterator[tuple[models.Model, str]]:
    """Yield each stored row that asks for a picture there is none of, with its key."""
    known = set(Image.objects.values_list("key", flat=True))
    for row, written in _rows_with("image:"):
        for key in dict.fromkeys(KEY.findall(written)):
            if key not in known:
                yield row, key


def _rows_with(words: str) -> Iterator[tuple[models.Model, str]]:
    """Yield every row whose Markdown holds the words, and that Markdown."""
    written: list[tuple[type[models.Model], str]] = [(Faq, "answer"), (GlossaryTerm, "more")]
    written += [(model, "body") for model in text_models()]
    for model, field in written:
        for row in model._default_manager.filter(**{f"{field}__contains": words}):
            yield row, getattr(row, field)
