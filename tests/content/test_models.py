"""What the public may read, and what the database refuses."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from content.models import (
    PAGE_ROUTES,
    Article,
    Faq,
    GlossaryTerm,
    Page,
    Redirect,
    Revision,
    Source,
    StarterRecord,
    Text,
    TextStatus,
    Topic,
)
from programs.models import Component, Program, Track
from tests.texts import make_person, make_text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
TEXTS = [Article, Page, Program, Component, Track]


@pytest.mark.parametrize("model", TEXTS)
@pytest.mark.parametrize(
    ("status", "hours_ago", "public"),
    [
        (TextStatus.PUBLISHED, 1, True),
        (TextStatus.PUBLISHED, 0, True),
        (TextStatus.PUBLISHED, -1, False),
        (TextStatus.SCHEDULED, 1, True),
        (TextStatus.SCHEDULED, -1, False),
        (TextStatus.DRAFT, 1, False),
        (TextStatus.IN_REVIEW, 1, False),
        (TextStatus.ARCHIVED, 1, False),
    ],
)
def test_published_is_what_the_public_may_read_now(
    model: type[Text], status: str, hours_ago: int, public: bool
) -> None:
    with time_machine.travel(NOON, tick=False):
        text = make_text(
            model, "asked", status=status, published_at=NOON - timedelta(hours=hours_ago)
        )
        found = model._default_manager.published().filter(pk=text.pk)  # type: ignore[attr-defined]
        assert found.exists() is public
        assert text.is_published is public


def test_a_draft_without_a_time_is_not_published() -> None:
    text = make_text(Article, "draft", status=TextStatus.DRAFT, published_at=None)
    assert text.is_published is False
    assert not Article.objects.published().filter(pk=text.pk).exists()


def test_a_scheduled_text_appears_by_itself_when_its_time_has_come() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        text = make_text(
            Article, "later", status=TextStatus.SCHEDULED, published_at=NOON + timedelta(minutes=1)
        )
        assert not Article.objects.published().filter(pk=text.pk).exists()
        clock.shift(timedelta(minutes=1))
        assert Article.objects.published().filter(pk=text.pk).exists()


def test_the_newest_article_comes_first() -> None:
    for hours, slug in ((3, "old"), (1, "new"), (2, "middle")):
        make_text(Article, slug, published_at=timezone.now() - timedelta(hours=hours))
    slugs = Article.objects.filter(slug__in=("old", "new", "middle")).values_list("slug", flat=True)
    assert list(slugs) == ["new", "middle", "old"]


def test_texts_for_a_page_come_with_people_and_topics(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    topic = Topic.objects.create(slug="a-topic", name="A topic")
    reviewer = make_person("reviewer")
    for slug in ("one", "two", "three"):
        make_text(Article, slug, reviewer=reviewer, reviewed_on=date(2026, 11, 1)).topics.add(topic)
    with django_assert_num_queries(2):
        for text in Article.objects.filter(slug__in=("one", "two", "three")).for_page():
            assert text.author.name
            assert text.reviewer == reviewer
            assert list(text.topics.all()) == [topic]


@pytest.mark.parametrize("model", TEXTS)
def test_a_review_has_a_reviewer_and_a_date_or_neither(model: type[Text]) -> None:
    reviewer = make_person("reviewer")
    make_text(model, "reviewed", reviewer=reviewer, reviewed_on=date(2026, 11, 1))
    make_text(model, "unreviewed")
    for half in ({"reviewer": reviewer}, {"reviewed_on": date(2026, 11, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_text(model, "half", **half)


@pytest.mark.parametrize("model", TEXTS)
@pytest.mark.parametrize("status", [TextStatus.PUBLISHED, TextStatus.SCHEDULED])
def test_a_published_text_has_a_time(model: type[Text], status: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_text(model, "timeless", status=status, published_at=None)


def test_the_desk_is_told_why_a_text_is_refused() -> None:
    text = make_text(Article, "told", reviewer=None)
    text.reviewed_on = date(2026, 11, 1)
    with pytest.raises(ValidationError, match="a reviewer and a date, or neither"):
        text.full_clean()


def test_an_address_belongs_to_one_text() -> None:
    make_text(Article, "taken")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_text(Article, "taken")


def test_a_person_who_wrote_a_text_cannot_be_deleted() -> None:
    text = make_text(Article, "written")
    with pytest.raises(models.ProtectedError):
        text.author.delete()


def test_a_topic_with_questions_cannot_be_deleted() -> None:
    topic = Topic.objects.create(slug="a-topic", name="A topic")
    Faq.objects.create(slug="q", question="Why?", answer="So.", topic=topic)
    with pytest.raises(models.ProtectedError):
        topic.delete()


@pytest.mark.parametrize("slug", PAGE_ROUTES)
def test_each_standing_page_has_its_address(slug: str) -> None:
    assert Page(slug=slug).get_absolute_url() == reverse(PAGE_ROUTES[slug])


def test_texts_know_their_addresses() -> None:
    assert Article(slug="a").get_absolute_url() == "/articles/a/"
    assert Program(slug="a").get_absolute_url() == "/programs/a/"
    assert Component(slug="a").get_absolute_url() == "/programs/components/a/"
    assert Track(slug="a").get_absolute_url() == "/programs/tracks/a/"


def test_rows_are_called_by_what_staff_know_them_by() -> None:
    topic = Topic(slug="paying", name="Insurance and cost")
    assert str(topic) == "Insurance and cost"
    assert str(Article(title="A title")) == "A title"
    assert str(Faq(question="Why?")) == "Why?"
    assert str(GlossaryTerm(term="Copay")) == "Copay"
    assert str(Source(key="k", publisher="NIMH", year=2024)) == "k: NIMH, 2024"
    assert str(make_person("named", name="Sam Lee", credentials="LICSW")) == "Sam Lee, LICSW"
    assert str(make_person("plain", name="Sam Lee")) == "Sam Lee"


def test_rows_are_called_by_what_editors_know_them_by() -> None:
    assert str(Revision(number=3, what="Published")) == "3: Published"
    assert str(Redirect(old_path="/a/", new_path="/b/")) == "/a/ → /b/"
    assert str(StarterRecord(identity="faq:one")) == "faq:one"
