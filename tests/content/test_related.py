"""What to read next: as the editor chose, or else what shares topics."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from content.models import Article, Page, TextStatus, Topic
from content.related import MOST_SUGGESTED, related_texts
from programs.models import Component, Track
from tests.texts import PageReader, make_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics() -> list[Topic]:
    return [Topic.objects.create(slug=f"t{n}", name=f"T{n}") for n in range(3)]


def urls(text: Article) -> list[str]:
    return [one.url for one in related_texts(text)]


def test_what_the_editor_chose_comes_in_that_order_and_alone(topics: list[Topic]) -> None:
    text = make_text(Article, "a", related=["/articles/c/", "/articles/b/", "/nowhere/"])
    for slug in "bcd":
        make_text(Article, slug).topics.add(topics[0])
    text.topics.add(topics[0])
    assert urls(text) == ["/articles/c/", "/articles/b/"]


def test_otherwise_the_texts_that_share_most_topics_come_first(topics: list[Topic]) -> None:
    text = make_text(Article, "a")
    text.topics.set(topics)
    make_text(Article, "one").topics.set(topics[:1])
    make_text(Track, "three").topics.set(topics)
    make_text(Component, "two").topics.set(topics[1:])
    make_text(Article, "none")
    assert urls(text) == ["/programs/tracks/three/", "/programs/components/two/", "/articles/one/"]


def test_of_texts_with_as_many_the_newest_come_and_four_at_most(topics: list[Topic]) -> None:
    text = make_text(Article, "a")
    text.topics.set(topics)
    for day in range(1, 10):
        at = datetime(2026, 1, day, tzinfo=UTC)
        make_text(Article, f"d{day}", published_at=at).topics.set(topics[:1])
    assert urls(text) == [f"/articles/d{day}/" for day in (9, 8, 7, 6)]
    assert len(urls(text)) == MOST_SUGGESTED


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Article, {"status": TextStatus.DRAFT}),
        (Article, {"published_at": datetime(2099, 1, 1, tzinfo=UTC)}),
        (Article, {"language": "es"}),
        (Track, {"is_offered": False}),
        (Page, {}),  # of a name that has no address
    ],
)
def test_what_cannot_be_opened_is_not_suggested(
    topics: list[Topic], model: type[Article], changes: dict[str, object]
) -> None:
    text = make_text(Article, "a")
    text.topics.set(topics)
    make_text(model, "hidden", **changes).topics.set(topics)
    assert urls(text) == []


def test_a_text_of_another_kind_with_the_same_number_is_not_the_text_itself(
    topics: list[Topic],
) -> None:
    text, track = make_text(Article, "a", pk=7001), make_text(Track, "b", pk=7001)
    text.topics.set(topics)
    track.topics.set(topics)
    assert urls(text) == ["/programs/tracks/b/"]


def test_without_topics_there_is_nothing_and_no_heading(client: Client) -> None:
    make_text(Article, "a")
    page = PageReader(client.get("/articles/a/").content.decode())
    assert "Read next" not in page.text("h2")


def test_a_suggestion_is_shown_on_the_page(client: Client, topics: list[Topic]) -> None:
    make_text(Article, "a").topics.set(topics)
    make_text(Article, "b", title="The other").topics.set(topics)
    page = PageReader(client.get("/articles/a/").content.decode())
    assert "Read next" in page.text("h2")
    assert "/articles/b/" in page.each("href")
