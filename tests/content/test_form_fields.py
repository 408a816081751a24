"""Lists of short texts as lines: what is taken, what is refused, and how the desk uses them."""

from datetime import date

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from content.form_fields import MOST_LINES, AddressesField, LinesField, SourceKeysField
from content.models import Article, GlossaryTerm, Source, TextStatus, Topic
from iop_site import roles
from programs.models import CrisisLine, LevelOfCare, Track
from tests.pages import fields_of
from tests.texts import make_text


def faults(field: forms.Field, written: str) -> list[str]:
    with pytest.raises(forms.ValidationError) as caught:
        field.clean(written)
    return list(caught.value.messages)


@pytest.fixture
def sources(db: None) -> None:
    for key in ("alpha", "beta"):
        Source.objects.create(
            key=key,
            publisher="P",
            title="T",
            year=2026,
            url="https://a.org/",
            checked_on=date.today(),
        )


@pytest.fixture
def editor(client: Client, make_staff: object) -> Client:
    client.force_login(make_staff(roles.CONTENT_EDITOR))
    return client


# -- lines


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", []),
        (" \r\n\n ", []),
        ("one", ["one"]),
        ("one\r\ntwo\n\n  three   four \n", ["one", "two", "three four"]),
        ("one\none\nOne", ["one", "One"]),
        ("ñ\u2028ü", ["ñ", "ü"]),
        ('["a", "b"]', ['["a", "b"]']),
    ],
)
def test_each_line_is_an_entry(written: str, kept: list[str]) -> None:
    assert LinesField(required=False).clean(written) == kept


def test_lines_come_back_as_they_were() -> None:
    field = LinesField()
    assert field.clean(field.prepare_value(["one", "two words"])) == ["one", "two words"]


def test_what_was_typed_is_shown_again() -> None:
    assert LinesField().prepare_value("typed\n\nas is") == "typed\n\nas is"


def test_a_required_list_has_an_entry() -> None:
    assert faults(LinesField(), " \n ") == ["This field is required."]


def test_too_much_is_refused_in_words() -> None:
    assert "too many" in faults(LinesField(), "\n".join(map(str, range(MOST_LINES + 1))))[0]
    assert "xxx …” is too long" in faults(LinesField(), "fine\n" + "x" * 201)[0]
    assert "cannot be shown" in faults(LinesField(), "a\0b\na\x07b")[0]


def test_only_another_list_is_a_change() -> None:
    field = LinesField(required=False)
    assert not field.has_changed(["one", "two"], "one\r\n two ")
    assert not field.has_changed(None, "")
    assert field.has_changed(["one", "two"], "two\none")
    assert field.has_changed([], "a\0b")


# -- keys of sources


@pytest.mark.usefixtures("sources")
def test_sources_are_those_there_are() -> None:
    assert SourceKeysField().clean("beta\nalpha") == ["beta", "alpha"]
    assert faults(SourceKeysField(), "alpha\ngamma\ndelta") == [
        "There is no source “gamma”.",
        "There is no source “delta”.",
    ]


# -- addresses


@pytest.mark.usefixtures("db")
def test_addresses_are_those_of_pages() -> None:
    make_text(Article, "there")
    make_text(Article, "draft", status=TextStatus.DRAFT)
    make_text(Track, "a-track", short="A track")
    Topic.objects.create(slug="a-topic", name="A topic")
    good = [
        "/",
        "/articles/",
        "/articles/there/",
        "/articles/draft/",
        "/articles/topics/a-topic/",
        "/programs/tracks/a-track/",
        "/programs/",
        "/faq/",
        "/contact/",
        "/admissions/insurance/",
    ]
    assert AddressesField().clean("\n".join(good)) == good


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "address",
    [
        "/articles/nowhere/",
        "/programs/tracks/nowhere/",
        "/articles/topics/nowhere/",
        "/articles",
        "articles/",
        "/nowhere/",
        "/admin/",
        "/livez",
        "/robots.txt",
        "/articles/feed/",
        "https://example.org/",
        "//example.org/",
        "javascript:alert(1)",
        "/faq/?x=1",
        "/faq/#one",
        "../",
        "%",
    ],
)
def test_no_other_address_is_taken(address: str) -> None:
    assert faults(AddressesField(), address) == [f"There is no page “{address}” on this site."]


# -- on the desk


def test_a_text_points_to_pages_by_line(editor: Client) -> None:
    text = make_text(Article, "a-text", related=["/faq/", "/programs/"])
    where = reverse("admin:content_article_change", args=[text.pk])
    post = fields_of(editor.get(where).content)
    assert post["related"] == "/faq/\n/programs/"
    refused = editor.post(where, {**post, "related": "/faq/\r\n/nowhere/"})
    assert "There is no page “/nowhere/” on this site." in refused.content.decode()
    assert editor.post(where, {**post, "related": "/contact/\r\n/faq/\r\n"}).status_code == 302
    text.refresh_from_db()
    assert text.related == ["/contact/", "/faq/"]


def test_a_term_has_other_names_by_line(editor: Client) -> None:
    term = GlossaryTerm.objects.create(slug="a-term", term="A term", definition="A program.")
    where = reverse("admin:content_glossaryterm_change", args=[term.pk])
    post = fields_of(editor.get(where).content)
    post["also"] = "intensive outpatient\nintensive outpatient program"
    assert editor.post(where, post).status_code == 302
    term.refresh_from_db()
    assert term.also == ["intensive outpatient", "intensive outpatient program"]


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("model", [CrisisLine, LevelOfCare])
def test_a_line_and_a_level_name_their_sources_by_line(
    editor: Client, model: type[CrisisLine | LevelOfCare]
) -> None:
    values = {
        CrisisLine: {
            "key": "x",
            "name": "X",
            "number": "1",
            "tel": "988",
            "label": "x",
            "what": "x",
        },
        LevelOfCare: {
            "slug": "x",
            "name": "X",
            "hours": "1",
            "setting": "x",
            "supervision": "x",
            "who_it_fits": "x",
        },
    }[model]
    row = model.objects.create(**values)
    where = reverse(f"admin:programs_{model._meta.model_name}_change", args=[row.pk])
    post = fields_of(editor.get(where).content)
    refused = editor.post(where, {**post, "sources": "alpha\ngamma"})
    assert "There is no source “gamma”." in refused.content.decode()
    assert editor.post(where, {**post, "sources": "beta\nalpha"}).status_code == 302
    row.refresh_from_db()
    assert row.sources == ["beta", "alpha"]
