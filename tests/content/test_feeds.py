"""The feed of articles is Atom that a reader of feeds can read."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from content.models import Article, TextStatus
from tests.texts import make_text

ATOM = "{http://www.w3.org/2005/Atom}"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]


def feed_of(response: HttpResponse) -> ElementTree.Element:
    return ElementTree.fromstring(response.content)  # noqa: S314  our own answer


def entries(client: Client) -> list[ElementTree.Element]:
    return feed_of(client.get("/articles/feed/")).findall(f"{ATOM}entry")


def titles(client: Client) -> list[str]:
    return [entry.findtext(f"{ATOM}title", "") for entry in entries(client)]


def test_the_feed_is_valid_atom(client: Client) -> None:
    response = client.get("/articles/feed/")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feed_of(response)
    assert feed.tag == f"{ATOM}feed"
    assert feed.attrib["{http://www.w3.org/XML/1998/namespace}lang"]
    for one in [feed, *feed.findall(f"{ATOM}entry")]:
        # RFC 4287, 4.1.1 and 4.1.2: what each must have, and each once.
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1
        moment = datetime.fromisoformat(one.findtext(f"{ATOM}updated", ""))
        assert moment.tzinfo is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids)) > 10
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {
        "alternate": "http://testserver/articles/",
        "self": "http://testserver/articles/feed/",
    }


def test_each_entry_leads_to_its_article_and_names_its_author(client: Client) -> None:
    for entry in entries(client):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert client.get(link.attrib["href"]).status_code == 200
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.findtext(f"{ATOM}summary")
        assert "{{" not in "".join(entry.itertext())


def test_the_newest_article_comes_first_and_no_more_than_thirty_are_given(
    client: Client,
) -> None:
    for number in range(40):
        make_text(
            Article, f"many-{number}", published_at=timezone.now() - timedelta(minutes=40 - number)
        )
    found = titles(client)
    assert len(found) == 30
    assert found[:2] == ["The title of many-39", "The title of many-38"]


def test_what_is_not_published_is_not_in_the_feed(client: Client) -> None:
    make_text(Article, "draft", status=TextStatus.DRAFT)
    make_text(
        Article, "later", status=TextStatus.SCHEDULED, published_at=datetime(2099, 1, 1, tzinfo=UTC)
    )
    make_text(Article, "archived", status=TextStatus.ARCHIVED)
    make_text(Article, "shown")
    assert titles(client)[0] == "The title of shown"
    assert not {f"The title of {name}" for name in ("draft", "later", "archived")} & set(
        titles(client)
    )


def test_a_title_with_markup_is_escaped(client: Client) -> None:
    make_text(Article, "odd", title='<b>"Q & A"</b>')
    assert titles(client)[0] == '<b>"Q & A"</b>'


def test_the_feed_costs_a_fixed_number_of_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_text(Article, f"many-{number}")
    with django_assert_num_queries(2):
        client.get("/articles/feed/")


def test_an_empty_feed_is_a_feed(client: Client) -> None:
    Article.objects.all().delete()
    response = client.get("/articles/feed/")
    assert response.status_code == 200
    assert feed_of(response).findtext(f"{ATOM}updated")


def test_the_feed_sets_no_cookie_and_may_be_kept(client: Client) -> None:
    response = client.get("/articles/feed/")
    assert not response.cookies
    assert response.headers["Cache-Control"].startswith("public")
    assert client.post("/articles/feed/").status_code == 405
