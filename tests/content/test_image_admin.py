"""Sending a picture through the desk: what is asked for, what is said, what is kept."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.images import address
from content.models import Article, Image
from iop_site import roles
from tests.content.pictures import a_file, make_image, noise, plain
from tests.texts import PageReader, make_text

pytestmark = pytest.mark.django_db
ADD, LIST = "/admin/content/image/add/", "/admin/content/image/"
ALT = "A salt marsh at dusk"


@pytest.fixture
def editor(client: Client, make_staff: object) -> Client:
    client.force_login(make_staff(roles.CONTENT_EDITOR))
    return client


def sent(data: bytes | None = None, name: str = "marsh.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_file(plain()) if data is None else data)


def errors(response: HttpResponse) -> str:
    assert response.status_code == 200
    return " ".join(PageReader(response.content.decode()).text("ul"))


def test_a_picture_is_stored_under_its_key(editor: Client) -> None:
    post = {"key": "marsh", "alt": f"  {ALT} ", "credit": "A. Person", "file": sent()}
    response = editor.post(ADD, post, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    image = Image.objects.get()
    assert (image.key, image.alt, image.credit) == ("marsh", ALT, "A. Person")
    assert (image.width, image.height) == (40, 20)
    assert Client().get(address(image, "large")).content == bytes(image.large)


def test_no_upload_leaves_a_file_behind(editor: Client, tmp_path: Path) -> None:
    assert settings.FILE_UPLOAD_HANDLERS == ["iop_site.uploads.LimitedMemoryUploadHandler"]
    data = a_file(noise((1200, 1000)))
    assert len(data) > 2_621_440  # where Django would begin to write one
    before = {path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file()}
    editor.post(ADD, {"key": "marsh", "alt": ALT, "file": sent(data)})
    assert Image.objects.count() == 1
    after = {path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file()}
    assert not [path for path in after - before if "sqlite" not in path.name]


@pytest.mark.parametrize(
    "alt",
    [
        "",
        "dusk",
        "    a    ",
        "marsh.png",
        "Marsh at dusk.JPEG",
        "IMG_2041",
        "DSC 01234",
        "Screenshot 2026-11-21",
        "photo 12",
        "salt_marsh",
        "marsh2",
        "the-marsh",
        "x" * 301,
    ],
)
def test_alternative_text_has_to_say_something(editor: Client, alt: str) -> None:
    response = editor.post(ADD, {"key": "marsh", "alt": alt, "file": sent(name="the-marsh.png")})
    assert response.status_code == 200
    assert 'class="errorlist" id="id_alt_error"' in response.content.decode()
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    "alt", ["Marsh", "Salt marsh", "Two people talk at table 4.", "É possível", "x " * 150]
)
def test_alternative_text_in_words_is_taken(editor: Client, alt: str) -> None:
    post = {"key": "m", "alt": alt, "file": sent(name="salt marsh.png")}
    assert editor.post(ADD, post).status_code == 302


def test_a_file_is_asked_for(editor: Client) -> None:
    assert "required" in errors(editor.post(ADD, {"key": "marsh", "alt": ALT}))
    assert "empty" in errors(editor.post(ADD, {"key": "marsh", "alt": ALT, "file": sent(b"")}))


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "SVG"),
        (b"nothing", "a.png", "not a JPEG, PNG or WebP"),
        (a_file(plain()), "a.jpg", "it is a PNG"),
        (a_file(noise())[:5000], "a.png", "cut off"),
        (a_file(plain("1", (8001, 5000), 0)), "a.png", "40 million"),
        (a_file(plain()) + b"\0" * 10 * 1024 * 1024, "a.png", "larger than 10 MB"),
    ],
)
def test_a_bad_file_gets_words_and_the_rest_stays(
    editor: Client, data: bytes, name: str, said: str
) -> None:
    response = editor.post(ADD, {"key": "marsh", "alt": ALT, "file": sent(data, name)})
    assert said in errors(response)
    assert ALT in response.content.decode()
    assert not Image.objects.exists()


def test_a_key_is_there_once_and_a_plain_word(editor: Client) -> None:
    make_image("marsh")
    for key in ("marsh", "a b", "a/b", "ä", "", "x" * 51):
        assert editor.post(ADD, {"key": key, "alt": ALT, "file": sent()}).status_code == 200
    assert Image.objects.count() == 1


def test_words_change_without_a_new_file_and_the_key_stays(editor: Client) -> None:
    image = make_image()
    where = reverse("admin:content_image_change", args=[image.pk])
    assert editor.post(where, {"key": "other", "alt": "Another marsh"}).status_code == 302
    changed = Image.objects.get()
    assert (changed.key, changed.alt) == ("marsh", "Another marsh")
    assert (changed.digest, bytes(changed.large)) == (image.digest, bytes(image.large))


def test_a_new_file_replaces_the_picture(editor: Client) -> None:
    image = make_image()
    where = reverse("admin:content_image_change", args=[image.pk])
    assert editor.post(where, {"alt": ALT, "file": sent()}).status_code == 302
    changed = Image.objects.get()
    assert changed.digest != image.digest
    assert (changed.width, changed.height) == (40, 20)


def test_the_list_shows_pictures_without_reading_them(editor: Client) -> None:
    counts = []
    for number in range(4):
        make_image(f"marsh-{number}", (20 + number, 20))
        with CaptureQueriesContext(connection) as queries:
            page = PageReader(editor.get(LIST).content.decode())
        counts.append(len(queries))
        assert not [one for one in queries if '"content_image"."large"' in one["sql"]]
    assert len([one for one in page.all("img") if one["src"].startswith("/media/")]) == 4
    assert counts[0] == counts[3]


def test_a_picture_in_use_is_not_deleted(editor: Client) -> None:
    used, unused = make_image("used"), make_image("unused", (30, 30))
    text = make_text(Article, "shows-it", body="![](image:used)")
    where = reverse("admin:content_image_delete", args=[used.pk])
    assert str(text) in editor.get(where).content.decode()
    editor.post(where, {"post": "yes"})
    action = {"action": "delete_selected", "_selected_action": [used.pk, unused.pk], "post": "yes"}
    page = editor.post(LIST, action).content.decode()
    assert f"/admin/content/article/{text.pk}/change/" in page
    assert Image.objects.count() == 2
    editor.post(reverse("admin:content_image_delete", args=[unused.pk]), {"post": "yes"})
    assert list(Image.objects.values_list("key", flat=True)) == ["used"]


def test_the_page_of_a_picture_says_where_it_is_shown(editor: Client) -> None:
    image = make_image()
    make_text(Article, "shows-it", title="A walk by the sea", body="![](image:marsh)")
    page = editor.get(reverse("admin:content_image_change", args=[image.pk])).content.decode()
    assert "A walk by the sea" in page


def test_a_reviewer_may_look_and_a_coordinator_may_not(client: Client, make_staff: object) -> None:
    where = reverse("admin:content_image_change", args=[make_image().pk])
    client.force_login(make_staff(roles.CLINICAL_REVIEWER))
    assert client.get(where).status_code == 200
    assert client.post(where, {"alt": "Another"}).status_code == 403
    assert client.get(ADD).status_code == 403
    client.force_login(make_staff(roles.COORDINATOR))
    assert client.get(where).status_code == 403
    assert client.get(LIST).status_code == 403


def test_who_may_only_look_sees_a_picture_without_the_field_for_its_file(
    client: Client, make_staff: object
) -> None:
    client.force_login(make_staff(roles.CLINICAL_REVIEWER))
    page = client.get(f"/admin/content/image/{make_image().pk}/change/")
    assert page.status_code == 200
    assert 'type="file"' not in page.content.decode()
