"""The editor's desk over HTTP: saving, the verbs, previews, history."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content import publishing
from content.models import Article, TextStatus
from content.preview import preview_path
from iop_site import roles
from programs.models import ProviderProfile, Track
from tests.pages import fields_of as fields_on
from tests.texts import make_person, make_text


@pytest.fixture(autouse=True)
def stated_licence(db: None) -> None:
    """Nothing is published while the profile does not say what licence the provider has."""
    ProviderProfile.objects.get_or_create(id=1, defaults={"licence_kind": "clinic"})


@pytest.fixture
def editor(make_staff: Any) -> User:
    return make_staff(roles.CONTENT_EDITOR)


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


@pytest.fixture
def text(db: None) -> Article:
    return make_text(Article, "at-the-desk", body="Words as they were.")


def fields_of(client: Client, text: Article, **changes: str) -> dict[str, str]:
    """Return what the change form would post, with `changes`."""
    form = client.get(change_url(text)).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {name: "" if value is None else value for name, value in values.items()}
    return {**values, "topics": [], "related": "", **changes}


def change_url(text: Article) -> str:
    return reverse("admin:content_article_change", args=[text.pk])


def do(client: Client, text: Article, verb: str, **data: str) -> Any:
    address = reverse("admin:content_article_do", args=[text.pk])
    return client.post(address, {"verb": verb, **data}, follow=True)


def test_an_edit_leaves_a_revision_and_the_words_before_it(desk: Client, text: Article) -> None:
    answer = desk.post(change_url(text), fields_of(desk, text, body="New words."))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    text.refresh_from_db()
    assert text.body == "New words."
    newest, first = publishing.revisions(text)
    assert first.values["body"] == "Words as they were."
    assert (newest.kind, newest.values["body"]) == ("words", "New words.")
    history = desk.get(reverse("admin:content_article_history", args=[text.pk])).content.decode()
    assert "<del>Words as they were.</del>" in history
    assert "<ins>New words.</ins>" in history
    do(desk, text, "roll-back", number="1")
    text.refresh_from_db()
    assert text.body == "Words as they were."


def test_the_second_of_two_editors_is_told_and_loses_nothing(desk: Client, text: Article) -> None:
    mine = fields_of(desk, text, body="Mine.")
    theirs = fields_of(desk, text, body="Theirs.")
    desk.post(change_url(text), theirs)
    answer = desk.post(change_url(text), mine)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "saved this text meanwhile" in page
    assert "Mine." in page
    text.refresh_from_db()
    assert text.body == "Theirs."
    base = re.search(r'name="base" value="(\d+)"', page)
    assert base
    desk.post(change_url(text), {**mine, "base": base.group(1)})
    text.refresh_from_db()
    assert text.body == "Mine."


def test_status_cannot_be_posted_past_the_verbs(desk: Client, text: Article) -> None:
    desk.post(change_url(text), fields_of(desk, text, status="archived", reviewed_on="2026-01-01"))
    text.refresh_from_db()
    assert text.status == TextStatus.PUBLISHED
    assert text.reviewed_on is None


def test_a_changed_slug_of_a_public_text_leads_on(desk: Client, text: Article) -> None:
    answer = desk.post(change_url(text), fields_of(desk, text, slug="a-better-address"))
    assert answer.status_code == 302
    answer = desk.get("/articles/at-the-desk/")
    assert (answer.status_code, answer["Location"]) == (301, "/articles/a-better-address/")


def test_a_taken_slug_is_refused_in_words(desk: Client, text: Article) -> None:
    make_text(Article, "taken")
    answer = desk.post(change_url(text), fields_of(desk, text, slug="taken"))
    assert "already exists" in answer.content.decode()


def test_a_text_far_too_long_is_refused_in_words(desk: Client, text: Article) -> None:
    answer = desk.post(change_url(text), fields_of(desk, text, body="word " * 40_000))
    assert answer.status_code == 200
    assert "Please keep it below 100000" in answer.content.decode()


def test_two_megabytes_are_refused_in_words(desk: Client, text: Article) -> None:
    answer = desk.post(change_url(text), {"title": "x", "body": "w" * 2_000_000})
    assert answer.status_code == 413
    assert "too long to send" in answer.content.decode()


@pytest.mark.parametrize(
    ("verb", "data", "says"),
    [
        ("submit", {}, "does not fit"),
        ("schedule", {"at": "soon"}, "Enter the day and the time"),
        ("schedule", {"at": "2020-01-01T08:00"}, "future"),
        ("schedule", {"at": "9999-12-31T23:59"}, ""),
        ("approve", {"number": "x"}, "role"),
        ("roll-back", {"number": "99"}, "no such revision"),
        ("roll-back", {"number": "²"}, "no such revision"),
    ],
)
def test_a_verb_that_is_refused_says_why(
    desk: Client, text: Article, verb: str, data: dict[str, str], says: str
) -> None:
    answer = do(desk, text, verb, **data)
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_an_unknown_verb_is_not_found(desk: Client, text: Article) -> None:
    assert do(desk, text, "delete").status_code == 404
    assert desk.get(reverse("admin:content_article_do", args=[text.pk])).status_code == 405


def test_a_coordinator_has_no_part_in_texts(
    client: Client, coordinator: User, text: Article
) -> None:
    client.force_login(coordinator)
    assert client.get(change_url(text)).status_code == 403
    assert do(client, text, "archive").status_code == 403
    preview = reverse("admin:content_article_preview", args=[text.pk])
    assert client.post(preview, {"body": "x"}).status_code == 403


def test_a_preview_shows_what_is_not_saved_and_stores_nothing(desk: Client, text: Article) -> None:
    address = reverse("admin:content_article_preview", args=[text.pk])
    answer = desk.post(address, fields_of(desk, text, body="Only in the form."))
    assert answer.status_code == 200
    assert "Only in the form." in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    text.refresh_from_db()
    assert text.body == "Words as they were."
    assert publishing.latest_number(text) == 0


def test_a_shared_preview_shows_a_draft_for_a_week(client: Client, db: None) -> None:
    draft = make_text(Article, "secret", status=TextStatus.DRAFT, published_at=None, body="Draft.")
    address = preview_path(draft)
    assert client.get(draft.get_absolute_url()).status_code == 404
    answer = client.get(address)
    assert answer.status_code == 200
    assert "Draft." in answer.content.decode()
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex")
    assert not answer.cookies
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert client.get(address).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "a:b:c", "é", "%00"])
def test_a_preview_link_that_is_none_of_ours_is_not_found(client: Client, token: str) -> None:
    assert client.get(f"/preview/{token}/").status_code == 404


@pytest.mark.django_db
def test_the_editors_desk_shows_what_waits(desk: Client) -> None:
    make_text(Article, "waits", title="It waits", status=TextStatus.IN_REVIEW)
    due = timezone.localdate() + timedelta(days=3)
    make_text(Article, "due", title="It is due", next_review_on=due)
    page = desk.get("/admin/").content.decode()
    assert page.index("In review") < page.index("It waits") < page.index("Review due")
    assert "It is due" in page


def test_a_text_is_written_at_the_desk(desk: Client, editor: User) -> None:
    address = reverse("admin:content_article_add")
    form = desk.get(address).context["adminform"].form
    values = {name: form[name].value() or "" for name in form.fields}
    person = make_text(Article, "another").author
    written = {
        "slug": "written-here",
        "title": "Written here",
        "summary": "A summary of what is written here, long enough to say something about it.",
        "body": "Words.",
        "author": str(person.pk),
        "next_review_on": "2099-01-01",
    }
    answer = desk.post(address, {**values, "topics": [], "related": "", **written})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    text = Article.objects.get(slug="written-here")
    assert (text.status, text.published_at) == (TextStatus.DRAFT, None)
    assert [one.values["body"] for one in publishing.revisions(text)] == ["Words."]


def test_a_sign_off_goes_with_the_words_it_was_for(desk: Client, text: Article) -> None:
    Article.objects.filter(pk=text.pk).update(
        reviewer=make_person(key="reviewer"), reviewed_on=timezone.localdate()
    )
    answer = desk.post(change_url(text), fields_of(desk, text, body="New words."), follow=True)
    assert "clinical sign-off is gone" in answer.content.decode()
    text.refresh_from_db()
    assert text.reviewer is None


@pytest.mark.parametrize("page", ["history", "do", "preview"])
def test_a_text_that_is_gone_is_not_found(desk: Client, text: Article, page: str) -> None:
    address = reverse(f"admin:content_article_{page}", args=[text.pk])
    text.delete()
    call = desk.get if page == "history" else desk.post
    assert call(address).status_code == 404


def test_a_preview_of_a_text_that_is_gone_is_not_found(client: Client, text: Article) -> None:
    address = preview_path(text)
    text.delete()
    assert client.get(address).status_code == 404


def test_a_long_text_shows_what_changed_and_where_lines_are_left_out(desk: Client) -> None:
    lines = [f"Line {number}." for number in range(40)]
    text = make_text(Article, "long", body="\n".join(lines), related=["/articles/a/"])
    lines[3], lines[30] = "Other.", "And another."
    desk.post(change_url(text), fields_of(desk, text, body="\n".join(lines)))
    page = desk.get(reverse("admin:content_article_history", args=[text.pk])).content.decode()
    assert page.count("<ins>Other.</ins>") == page.count("<del>Line 3.</del>") == 1
    assert page.count("Line 4.") == 2  # near a change: with the first words, and with these
    assert page.count("Line 15.") == 1  # with the first words alone


def test_a_changed_schedule_is_an_edit_of_its_track(desk: Client, db: None) -> None:
    track = make_text(Track, "a-track", short="One line.")
    address = reverse("admin:programs_track_change", args=[track.pk])
    page = desk.get(address)
    prefix = page.context["inline_admin_formsets"][0].formset.prefix
    block = {"weekday": "0", "start": "09:00", "end": "10:00", "title": "Group", "kind": "group"}
    values = fields_on(page.content) | {f"{prefix}-0-{name}": one for name, one in block.items()}
    answer = desk.post(address, values | {f"{prefix}-TOTAL_FORMS": "1"})
    assert answer.status_code == 302, answer.context["errors"]
    assert track.blocks.count() == 1
    assert "schedule" in publishing.revisions(track)[0].what.lower()
