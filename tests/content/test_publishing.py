"""The way of a text from draft to public and back, and who may take it there."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from content import publishing
from content.models import Article, Redirect, Revision, TextStatus
from content.publishing import PublishingError
from iop_site import roles
from programs.models import ProviderProfile
from tests.texts import make_person, make_text


@pytest.fixture(autouse=True)
def stated_licence(db: None) -> None:
    """Nothing is published while the profile does not say what licence the provider has."""
    ProviderProfile.objects.get_or_create(id=1, defaults={"licence_kind": "clinic"})


@pytest.fixture
def editor(make_staff: Any) -> User:
    return make_staff(roles.CONTENT_EDITOR)


@pytest.fixture
def reviewer(make_staff: Any) -> User:
    user = make_staff(roles.CLINICAL_REVIEWER)
    person = make_person(key="reviewer", name="Sample Reviewer")
    person.user = user
    person.save()
    return user


@pytest.fixture
def draft(db: None) -> Article:
    return make_text(Article, "a-draft", status=TextStatus.DRAFT, published_at=None)


def approve(text: Article, by: User) -> Article:
    return publishing.approve(text=text, by=by, number=publishing.latest_number(text))


def test_a_draft_goes_through_review_to_the_public(
    client: Client, draft: Article, editor: User, reviewer: User
) -> None:
    text = publishing.submit(text=draft, by=editor)
    assert text.status == TextStatus.IN_REVIEW
    assert client.get(text.get_absolute_url()).status_code == 404
    text = approve(text, reviewer)
    assert (text.reviewer.user, text.reviewed_on) == (reviewer, timezone.localdate())
    text = publishing.publish(text=text, by=editor)
    assert client.get(text.get_absolute_url()).status_code == 200
    assert [one.kind for one in publishing.revisions(text)] == ["state", "review", "state"]


def test_a_scheduled_text_appears_when_it_is_due(
    client: Client, draft: Article, editor: User
) -> None:
    at = timezone.now() + timedelta(hours=2)
    text = publishing.publish(text=draft, by=editor, at=at)
    assert text.status == TextStatus.SCHEDULED
    assert client.get(text.get_absolute_url()).status_code == 404
    Article.objects.filter(pk=text.pk).update(published_at=timezone.now())
    assert client.get(text.get_absolute_url()).status_code == 200


def test_a_time_in_the_past_is_refused(draft: Article, editor: User) -> None:
    with pytest.raises(PublishingError, match="future"):
        publishing.publish(text=draft, by=editor, at=timezone.now())
    draft.refresh_from_db()
    assert draft.status == TextStatus.DRAFT


def test_an_archived_text_is_off_the_site_and_can_return(
    client: Client, editor: User, db: None
) -> None:
    text = make_text(Article, "old")
    first_day = text.published_at
    text = publishing.archive(text=text, by=editor)
    assert client.get(text.get_absolute_url()).status_code == 404
    text = publishing.publish(text=text, by=editor)
    assert text.published_at == first_day
    assert client.get(text.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        (TextStatus.PUBLISHED, publishing.submit),
        (TextStatus.DRAFT, publishing.send_back),
        (TextStatus.ARCHIVED, publishing.archive),
        (TextStatus.PUBLISHED, publishing.reopen),
        (TextStatus.PUBLISHED, publishing.publish),
    ],
)
def test_a_verb_that_does_not_fit_the_state_is_refused(
    editor: User, status: TextStatus, verb: Any
) -> None:
    text = make_text(Article, "stuck", status=status)
    with pytest.raises(PublishingError):
        verb(text=text, by=editor)
    text.refresh_from_db()
    assert text.status == status
    assert publishing.latest_number(text) == 0


def test_only_the_roles_of_texts_may_publish(draft: Article, coordinator: User) -> None:
    for verb in (publishing.submit, publishing.publish, publishing.archive):
        with pytest.raises(PublishingError, match="role"):
            verb(text=draft, by=coordinator)


def test_only_a_clinical_reviewer_signs_off(draft: Article, editor: User) -> None:
    publishing.submit(text=draft, by=editor)
    with pytest.raises(PublishingError, match="role"):
        approve(draft, editor)


def test_nobody_signs_off_what_they_wrote(draft: Article, reviewer: User) -> None:
    publishing.record_edit(text=draft, by=reviewer, changed=["body"])
    publishing.submit(text=draft, by=reviewer)
    with pytest.raises(PublishingError, match="own text"):
        approve(draft, reviewer)


def test_nobody_signs_off_a_text_that_names_them_as_author(
    draft: Article, editor: User, reviewer: User
) -> None:
    draft.author = reviewer.person  # type: ignore[attr-defined]
    draft.save()
    publishing.submit(text=draft, by=editor)
    with pytest.raises(PublishingError, match="own text"):
        approve(draft, reviewer)


def test_a_reviewer_without_a_name_cannot_sign_off(
    draft: Article, editor: User, make_staff: Any
) -> None:
    publishing.submit(text=draft, by=editor)
    with pytest.raises(PublishingError, match="People"):
        approve(draft, make_staff(roles.CLINICAL_REVIEWER, "nameless"))


def test_a_text_that_changed_since_it_was_read_is_not_signed_off(
    draft: Article, editor: User, reviewer: User
) -> None:
    publishing.submit(text=draft, by=editor)
    read = publishing.latest_number(draft)
    publishing.record_edit(text=draft, by=editor, changed=["body"])
    with pytest.raises(PublishingError, match="changed"):
        publishing.approve(text=draft, by=reviewer, number=read)


@pytest.mark.parametrize(("field", "stays"), [("body", False), ("title", False), ("topics", True)])
def test_changed_words_lose_the_sign_off_and_other_changes_do_not(
    draft: Article, editor: User, reviewer: User, field: str, stays: bool
) -> None:
    publishing.submit(text=draft, by=editor)
    text = approve(draft, reviewer)
    publishing.record_edit(text=text, by=editor, changed=[field])
    text.refresh_from_db()
    assert (text.reviewer is not None) is stays
    assert (text.reviewed_on is not None) is stays


def test_a_guard_keeps_everything_from_being_published(
    draft: Article, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_guards", [])
    publishing.add_guard(lambda: "The licence kind is not stated.")
    with pytest.raises(PublishingError, match="licence"):
        publishing.publish(text=draft, by=editor)


def test_a_changed_address_leads_on_without_chains_or_circles(
    client: Client, editor: User, db: None
) -> None:
    text = make_text(Article, "one")
    for slug in ("two", "three", "one"):
        before = text.get_absolute_url()
        text.slug = slug
        text.save()
        publishing.record_edit(text=text, by=editor, changed=["slug"], old_path=before)
    assert client.get("/articles/one/").status_code == 200
    for slug in ("two", "three"):
        answer = client.get(f"/articles/{slug}/")
        assert (answer.status_code, answer["Location"]) == (301, "/articles/one/")
    assert not Redirect.objects.filter(old_path="/articles/one/").exists()


def test_rolling_back_brings_the_words_back_and_keeps_the_state(
    client: Client, editor: User, db: None
) -> None:
    text = make_text(Article, "steps", body="First words.")
    publishing.keep_baseline(text=text)
    text.body, text.title = "Second words.", "Second title"
    text.save()
    publishing.record_edit(text=text, by=editor, changed=["body", "title"])
    first = publishing.revisions(text).get(number=1)
    text = publishing.roll_back(text=text, by=editor, to=first)
    text.refresh_from_db()
    assert text.body == "First words."
    assert text.status == TextStatus.PUBLISHED
    assert [one.number for one in publishing.revisions(text)] == [3, 2, 1]
    assert publishing.revisions(text).get(number=3).values == first.values


def test_a_revision_of_another_text_is_refused(editor: User, db: None) -> None:
    one, other = make_text(Article, "one"), make_text(Article, "other")
    publishing.keep_baseline(text=other)
    revision = Revision.objects.get()
    with pytest.raises(PublishingError, match="another text"):
        publishing.roll_back(text=one, by=editor, to=revision)


def test_a_guard_is_asked_once_however_often_it_was_added(
    draft: Article, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def guard() -> str:
        asked.append("once")
        return ""

    monkeypatch.setattr(publishing, "_guards", [])
    publishing.add_guard(guard)
    publishing.add_guard(guard)
    publishing.publish(text=draft, by=editor)
    assert asked == ["once"]


def test_nobody_signs_off_what_is_still_a_draft(draft: Article, reviewer: User) -> None:
    with pytest.raises(PublishingError, match="Only a text in review"):
        approve(draft, reviewer)
