"""The sitemap lists every published text, and nothing that a visitor cannot open."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from content.models import Article, Page, Text, TextStatus
from programs.models import Component, Program, Track
from tests.texts import make_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]


def listed(client: Client) -> dict[str, str]:
    """Return the time of change by address, as the sitemap says."""
    response = client.get("/sitemap.xml")
    assert response.status_code == 200
    entries = re.findall(
        r"<url><loc>http://testserver(.*?)</loc>(?:<lastmod>(.*?)</lastmod>)?",
        response.content.decode(),
    )
    assert len(entries) == len({address for address, _ in entries})
    return dict(entries)


def test_every_published_text_is_listed(client: Client) -> None:
    addresses = listed(client)
    for model in (Article, Page, Program, Component, Track):
        for text in model.objects.published():
            assert text.get_absolute_url() in addresses
    assert {"/", "/articles/", "/faq/", "/glossary/", "/programs/"} <= set(addresses)


def test_every_listed_address_can_be_opened(client: Client) -> None:
    for address in listed(client):
        assert client.get(address).status_code == 200, address


def test_a_text_tells_when_it_changed(client: Client) -> None:
    text = make_text(Article, "changed")
    Article.objects.filter(pk=text.pk).update(updated_at=datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert listed(client)["/articles/changed/"] == "2026-11-03"


@pytest.mark.parametrize("model", [Article, Program, Component, Track])
@pytest.mark.parametrize(
    "changes",
    [
        {"status": TextStatus.DRAFT},
        {"status": TextStatus.ARCHIVED},
        {"status": TextStatus.SCHEDULED, "published_at": datetime(2099, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_is_not_published_is_not_listed(
    client: Client, model: type[Text], changes: dict[str, object]
) -> None:
    text = make_text(model, "hidden", **changes)
    assert text.get_absolute_url() not in listed(client)  # type: ignore[attr-defined]
    assert client.get(text.get_absolute_url()).status_code == 404  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [Component, Track])
def test_what_is_not_offered_is_not_listed(client: Client, model: type[Text]) -> None:
    text = make_text(model, "not-offered", is_offered=False)
    assert text.get_absolute_url() not in listed(client)  # type: ignore[attr-defined]


def test_a_page_without_an_address_breaks_nothing(client: Client) -> None:
    make_text(Page, "made-by-mistake")
    assert "/about/" in listed(client)


def test_forms_and_the_desk_are_not_listed(client: Client) -> None:
    found = [one for one in listed(client) if one.startswith(("/admin/", "/admissions/"))]
    assert sorted(found) == ["/admissions/", "/admissions/inquiry/"]


def test_the_sitemap_may_be_kept_and_is_only_read(client: Client) -> None:
    response = client.get("/sitemap.xml")
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert not response.cookies
    assert client.post("/sitemap.xml").status_code == 405
