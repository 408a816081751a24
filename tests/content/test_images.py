"""Where a picture is served, how a text shows it, and which texts it stands in."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from content.images import address, figure, unknown_keys, uses_of
from content.models import Article, Faq, GlossaryTerm, Image, TextStatus, Topic
from programs.models import Track
from tests.content.pictures import make_image, opened
from tests.outages import database_away
from tests.texts import PageReader, make_text

pytestmark = pytest.mark.django_db


# -- its address


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_picture_is_served_for_ever_to_everybody(client: Client, size: str) -> None:
    image = make_image()
    response = client.get(address(image, size))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Vary" not in response.headers
    assert not response.cookies
    client.cookies["csrftoken"] = "malformed"
    assert not client.get(address(image, size)).cookies
    assert response.content == bytes(getattr(image, size))
    assert opened(response.content).size == {"small": (720, 360), "large": (1440, 720)}[size]


def test_a_picture_takes_one_query(client: Client) -> None:
    where = address(make_image(), "small")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(where)
    assert len(queries) == 1


@pytest.mark.parametrize("key", ["marsh", "a-b-0123456789abcdef-small", "A_b-9"])
def test_every_key_has_an_address_that_works(client: Client, key: str) -> None:
    image = make_image(key, (30, 20))
    assert client.get(address(image, "large")).status_code == 200


def test_rubbish_is_not_found(client: Client) -> None:
    good = address(make_image(), "small")
    for bad in (
        good.replace("small", "huge"),
        good.replace(".webp", ".png"),
        good.replace("marsh", "march"),
        good.replace("marsh", ""),
        re.sub("[0-9a-f]{16}", "0" * 16, good),
        re.sub("[0-9a-f]{16}", "0" * 15, good),
        good + "/",
        good + "%0a",
        good + "%00",
        good.replace("/media/", "/media/../"),
        "/media/",
        "/media/x",
        "/media/" + "x" * 3000 + "-0123456789abcdef-small.webp",
        "/media/%F0%9F%92%A9-0123456789abcdef-small.webp",
    ):
        response = client.get(bad)
        assert response.status_code == 404, bad
        assert "immutable" not in response.headers["Cache-Control"]


def test_a_picture_is_only_read(client: Client) -> None:
    where = address(make_image(), "small")
    assert client.head(where).status_code == 200
    assert client.post(where).status_code == 405


def test_another_picture_under_a_key_has_another_address(client: Client) -> None:
    image = make_image()
    before = address(image, "small")
    image.digest = "0" * 16
    image.save()
    assert address(image, "small") != before
    assert client.get(before).status_code == 404


def test_a_picture_says_503_where_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    where = address(make_image(), "small")
    with database_away():
        assert Client(raise_request_exception=False).get(where).status_code == 503


# -- its figure


def test_a_figure_offers_both_widths_and_keeps_its_place() -> None:
    image = make_image(credit="Photo: A. Person")
    page = PageReader(figure(image))
    (shown,) = page.all("img")
    assert shown["src"] == address(image, "large")
    assert shown["srcset"] == f"{address(image, 'small')} 720w, {address(image, 'large')} 1440w"
    assert (shown["width"], shown["height"]) == ("1440", "720")
    assert (shown["loading"], shown["decoding"]) == ("lazy", "async")
    assert shown["sizes"]
    assert shown["alt"] == "A salt marsh at dusk"
    assert page.text("figcaption") == ["Photo: A. Person"]


def test_a_small_picture_is_offered_once() -> None:
    image = make_image(size=(600, 300))
    assert PageReader(figure(image)).all("img")[0]["srcset"] == f"{address(image, 'large')} 600w"


def test_a_picture_without_credit_has_no_caption() -> None:
    assert "figcaption" not in figure(make_image())


def test_words_of_a_figure_are_escaped() -> None:
    html = figure(make_image(credit="<b>&"), '"><script>')
    page = PageReader(html)
    assert page.all("script", "b") == []
    assert page.all("img")[0]["alt"] == '"><script>'
    assert page.text("figcaption") == ["<b>&"]


def test_no_picture_is_no_figure() -> None:
    assert figure(None, "words") == ""


# -- in a text


def test_an_article_shows_its_pictures_and_nothing_of_one_that_is_gone(client: Client) -> None:
    image = make_image()
    body = "One.\n\n![](image:marsh)\n\n![Own words](image:marsh)\n\n![Gone](image:gone)\n\nTwo."
    article = make_text(Article, "with-pictures", body=body)
    response = client.get(article.get_absolute_url())
    page = PageReader(response.content.decode())
    shown = [one for one in page.all("img") if one["src"].startswith("/media/")]
    assert [one["alt"] for one in shown] == [image.alt, "Own words"]
    assert "Gone" not in page.visible
    assert "image:marsh" not in response.content.decode()
    assert "image:gone" not in response.content.decode()
    for one in shown:
        assert client.get(one["src"]).status_code == 200


def test_a_page_asks_for_pictures_only_where_it_shows_any(client: Client) -> None:
    make_image()
    counts = []
    for slug, body in (("without", "One."), ("with", "![](image:marsh)\n\n" * 5)):
        address_of = make_text(Article, slug, body=body).get_absolute_url()
        client.get(address_of)
        with CaptureQueriesContext(connection) as queries:
            client.get(address_of)
        counts.append(len([one for one in queries if "content_image" in one["sql"]]))
        assert not [one for one in queries if '"content_image"."large"' in one["sql"]]
    assert counts == [0, 1]


def test_uses_are_found_wherever_markdown_is_stored() -> None:
    make_image()
    written = "Words.\n\n![](image:marsh)"
    expected = {
        make_text(Article, "draft", body=written, status=TextStatus.DRAFT),
        make_text(Track, "a-track", body=written, short="A track"),
        Faq.objects.create(
            slug="q",
            question="Q?",
            answer=written,
            topic=Topic.objects.create(slug="a-topic", name="A"),
        ),
        GlossaryTerm.objects.create(slug="a-term", term="A term", definition="D", more=written),
    }
    make_text(Article, "other", body="![](image:marsh-2) ![](image:marshes) marsh")
    assert set(uses_of("marsh")) == expected


def test_a_key_that_no_picture_has_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    make_image()
    article = make_text(Article, "a", body="![](image:marsh) ![](image:gone) ![](image:gone)")
    assert list(unknown_keys()) == [(article, "gone")]
    with pytest.raises(SystemExit) as stopped:
        call_command("check_content")
    assert stopped.value.code == 1
    said = capsys.readouterr().out
    assert f"content.article:{article.pk}: unknown-image: image:gone" in said
    Image.objects.filter(key="marsh").update(key="gone")
    article.body = "![](image:gone)"
    article.save()
    with pytest.raises(SystemExit) as stopped:
        call_command("check_content")
    assert stopped.value.code == 0


def test_check_content_of_named_files_leaves_the_database_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = str(Path(settings.BASE_DIR) / "content" / "starter" / "pages" / "contact.md")
    with database_away(), pytest.raises(SystemExit) as done:
        call_command("check_content", file)
    assert done.value.code == 0
    assert "0 findings in 1 texts" in capsys.readouterr().out


def test_check_content_says_that_the_database_is_away() -> None:
    errors = StringIO()
    with database_away(), pytest.raises(SystemExit) as done:
        call_command("check_content", stderr=errors)
    assert done.value.code == 1
    assert "unchecked" in errors.getvalue()


def test_check_content_before_there_are_tables_has_nothing_stored_to_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection.introspection, "table_names", list)
    with pytest.raises(SystemExit) as done:
        call_command("check_content")
    assert done.value.code == 0
