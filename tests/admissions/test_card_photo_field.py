"""The field for a photo of a card: limits in words, and no eye for names and types."""

from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from admissions.card_photos import MAX_BYTES
from admissions.forms.card_photo import ACCEPT, CardPhotoField
from tests.admissions.card_files import photo


class OneCard(forms.Form):
    front = CardPhotoField(label="Front of the card")
    back = CardPhotoField(label="Back of the card", required=False)


def sent(data: bytes, name: str = "IMG_0042.HEIC", kind: str = "image/heic") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, kind)


def form_with(**files: Any) -> OneCard:
    """Return the form as a browser's post fills it, through our upload handler."""
    request = RequestFactory().post("/", files)
    return OneCard(request.POST, request.FILES)


def test_a_photo_is_handed_on_as_it_came() -> None:
    form = form_with(front=sent(photo()))
    assert form.is_valid()
    assert form.cleaned_data["front"].read() == photo()
    assert form.cleaned_data["back"] is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("card.jpg", "image/jpeg"),
        ("card.pdf", "application/pdf"),
        ("image", "application/octet-stream"),
        ("a" * 300 + ".heic", "image/heic"),
        ("../../etc/passwd", ""),
        ("кáрта 🂡.jpg", "image/svg+xml; charset=utf-7"),
    ],
)
def test_name_and_declared_type_do_not_matter(name: str, kind: str) -> None:
    assert form_with(front=sent(photo(), name, kind)).is_valid()


def test_a_file_of_fifteen_megabytes_is_taken_and_one_byte_more_is_not() -> None:
    form = form_with(front=sent(b"x" * MAX_BYTES), back=sent(b"x" * MAX_BYTES))
    assert form.is_valid()
    assert form.cleaned_data["back"].size == MAX_BYTES
    form = form_with(front=sent(b"x" * (MAX_BYTES + 1)), back=sent(photo()))
    assert form.errors == {
        "front": [
            "This file is larger than 15 MB. Please choose a smaller photo, or send a screenshot "
            "of it."
        ]
    }
    assert form.cleaned_data["back"].read() == photo()


def test_the_site_keeps_a_file_as_large_as_the_field_takes() -> None:
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE == MAX_BYTES == 15 * 1024 * 1024


def test_fifty_megabytes_get_words_too() -> None:
    form = form_with(front=sent(b"x" * 50 * 1024 * 1024))
    assert "larger than 15 MB" in form.errors["front"][0]


def test_what_is_missing_is_told_apart() -> None:
    assert form_with().errors["front"] == ["Choose a photo of the card."]
    assert "empty" in form_with(front=sent(b"")).errors["front"][0]
    not_a_file = OneCard({}, {"front": "IMG_0042.HEIC"})
    assert not_a_file.errors["front"] == ["The photo did not arrive. Please choose it again."]


@pytest.mark.shows("ASVS 5.1.1", "ASVS 5.2.1")
def test_the_input_is_the_browsers_own_with_the_limits_beside_it() -> None:
    page = OneCard().as_div()
    assert f'accept="{ACCEPT}"' in page
    assert page.count('type="file"') == 2
    assert "capture" not in page
    assert 'aria-describedby="id_front_helptext"' in page
    assert "JPEG, PNG or HEIC, up to 15 MB" in page
    own = CardPhotoField(help_text="Only the front.")
    assert own.help_text == "Only the front."
    assert OneCard().is_multipart()
