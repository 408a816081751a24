"""Pages of topics and needs, and the ways that lead to them."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import Article, Faq, Page, TextStatus, Topic
from programs.models import Component, Track
from tests.texts import PageReader, make_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]

NEEDS = [
    ("for-myself", "/programs/intensive-outpatient/"),
    ("someone-i-love", "/families/"),
    ("my-teenager", "/programs/tracks/adolescent/"),
    ("a-veteran", "/programs/tracks/veterans/"),
    ("after-hospital", "/articles/stepping-down-from-hospital/"),
    ("working-or-studying", "/programs/tracks/evening/"),
]


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.create(slug="a-topic", name="A topic", description="About it.")


def page(client: Client, address: str) -> PageReader:
    response = client.get(address)
    assert response.status_code == 200
    return PageReader(response.content.decode())


def entries(shown: PageReader) -> list[str]:
    """Return the addresses of the texts that a topic's page lists, in order."""
    main = shown.each("href")
    listed = main[main.index("#main") :]
    return [one for one in dict.fromkeys(listed) if one.startswith(("/articles/x", "/programs/"))]


def test_a_topic_lists_its_open_texts_of_every_kind_by_rank(client: Client, topic: Topic) -> None:
    make_text(Component, "x-part", short="x").topics.add(topic)
    make_text(Article, "x-article").topics.add(topic)
    make_text(Track, "x-track", short="x").topics.add(topic)
    for hidden in (
        make_text(Article, "x-draft", title="A hidden title", status=TextStatus.DRAFT),
        make_text(Component, "x-none", title="A hidden title", short="x", is_offered=False),
        make_text(Article, "x-other", title="A hidden title"),
    ):
        if hidden.slug != "x-other":
            hidden.topics.add(topic)
    shown = page(client, topic.get_absolute_url())
    assert shown.text("h1") == ["A topic"]
    assert shown.text("h2")[:3] == [
        "The title of x-track",
        "The title of x-article",
        "The title of x-part",
    ]
    assert "About it." in shown.visible
    assert "A hidden title" not in shown.visible


def test_the_first_page_is_in_no_list(client: Client, topic: Topic) -> None:
    home = Page.objects.get(slug="home")
    home.topics.add(topic)
    shown = page(client, topic.get_absolute_url())
    assert home.title not in shown.visible


def test_a_topic_leads_to_its_published_questions(client: Client, topic: Topic) -> None:
    Faq.objects.create(slug="asked", question="Asked?", answer="Yes.", topic=topic)
    Faq.objects.create(
        slug="hidden", question="Hidden?", answer="No.", topic=topic, is_published=False
    )
    shown = page(client, topic.get_absolute_url())
    assert "/faq/#asked" in shown.each("href")
    assert "Hidden?" not in shown.visible


def test_a_topic_without_texts_is_not_listed_anywhere(client: Client, topic: Topic) -> None:
    address = topic.get_absolute_url()
    make_text(Article, "x-draft", status=TextStatus.DRAFT).topics.add(topic)
    assert {"name": "robots", "content": "noindex"} in page(client, address).all("meta")
    assert address not in client.get("/sitemap.xml").content.decode()
    for place in ("/articles/", "/search/"):
        assert address not in page(client, place).each("href")
    Article.objects.filter(slug="x-draft").update(
        status=TextStatus.PUBLISHED, published_at="2026-01-01T00:00Z"
    )
    assert address in client.get("/sitemap.xml").content.decode()
    for place in ("/articles/", "/search/"):
        assert address in page(client, place).each("href")


@pytest.mark.parametrize(("slug", "first"), NEEDS)
def test_a_need_says_the_next_step_before_what_there_is_to_read(
    client: Client, slug: str, first: str
) -> None:
    shown = page(client, f"/articles/topics/{slug}/")
    main = shown.text("main")[0]
    need = Topic.objects.get(slug=slug)
    assert need.is_need
    assert need.description.count(".") == 2
    assert (
        main.index(need.description) < main.index("888-401-1179") < main.index(shown.text("h2")[0])
    )
    links = shown.each("href")
    after_phone = links[links.index("/admissions/inquiry/") :]
    assert after_phone[1] == first


def test_the_first_page_leads_to_every_need(client: Client) -> None:
    links = page(client, "/").each("href")
    assert {f"/articles/topics/{slug}/" for slug, _first in NEEDS} <= set(links)


def test_a_need_without_texts_is_not_on_the_first_page(client: Client) -> None:
    Topic.objects.create(slug="nobody", name="For nobody", is_need=True)
    assert "For nobody" not in page(client, "/").visible


@pytest.mark.parametrize(
    "address",
    ["/articles/veterans-ways-in/", "/programs/tracks/veterans/", "/insurance-and-payment/"],
)
def test_a_text_leads_to_its_topics(client: Client, address: str) -> None:
    links = page(client, address).each("href")
    assert [one for one in links if one.startswith("/articles/topics/")]


def test_an_article_names_its_subjects_and_not_its_needs(client: Client) -> None:
    article = Article.objects.get(slug="veterans-ways-in")
    assert "a-veteran" in [topic.slug for topic in article.topics.all()]
    assert "a-veteran" not in [topic.slug for topic in article.subjects]
    assert article.subjects[0].slug == "paying"


def test_an_unknown_topic_is_404(client: Client) -> None:
    assert client.get("/articles/topics/nowhere/").status_code == 404


def test_a_topic_costs_the_same_however_many_texts_it_has(
    client: Client, topic: Topic, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    costs = []
    for numbers in (range(1), range(1, 3), range(3, 60)):
        for number in numbers:
            make_text(Article, f"x-{number}").topics.add(topic)
        with django_assert_max_num_queries(12) as queries:
            client.get(topic.get_absolute_url())
        costs.append(len(queries))
    assert len(set(costs)) == 1
