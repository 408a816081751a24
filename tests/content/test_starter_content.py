"""The starter content is put in once, follows its files, and never undoes what staff did."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from admissions.models import ConsentWording
from content import starter_content
from content.models import (
    Article,
    Faq,
    GlossaryTerm,
    Page,
    Person,
    Source,
    StarterRecord,
    TextStatus,
    Topic,
)
from content.starter_content import STARTER, load
from programs.models import (
    Component,
    CrisisLine,
    LevelOfCare,
    Location,
    Payer,
    Program,
    ProviderProfile,
    ScheduleBlock,
    Track,
)

pytestmark = pytest.mark.django_db

FILES = {
    "provider.toml": """
[provider]
name = "A Provider"
phone_display = "617-555-0100"
phone_e164 = "+16175550100"
admissions_email = "desk@example.org"

[[payer]]
name = "Some Plan"
kind = "commercial"

[[location]]
slug = "here"
name = "Here"
address = "1 Example Street"
""",
    "crisis_lines.toml": """
[[line]]
key = "988"
name = "Lifeline"
number = "988"
tel = "988"
label = "call 988"
what = "For a crisis."
""",
    "levels_of_care.toml": "",
    "people.toml": """
[[person]]
key = "editorial-team"
name = "Editorial team"
role = "Writes"
""",
    "topics.toml": """
[[topic]]
slug = "starting"
name = "Starting out"

[[topic]]
slug = "paying"
name = "Paying"
""",
    "sources.toml": "",
    "glossary.toml": """
[[term]]
slug = "copay"
term = "Copay"
definition = "What you pay."
sources = []
""",
    "faq.toml": """
[[faq]]
slug = "why"
question = "Why?"
answer = "So."
topic = "starting"
""",
    "consent_wordings.toml": """
[[wording]]
topic = "contact"
version = 1
language = "en"
label = "I agree."
""",
    "schedule.toml": """
[[block]]
track = "evening"
weekday = 0
start = "18:00"
end = "19:30"
title = "Group"
component = ""
""",
    "articles/first-call.md": """+++
title = "The first call"
summary = "What happens when you call."
topics = ["starting"]
author = "editorial-team"
published_on = 2026-11-01
next_review_on = 2027-05-01
related = ["/faq/"]
+++
A person answers.
""",
    "tracks/evening.md": """+++
title = "Evening"
short = "After work."
summary = "Treatment in the evening."
author = "editorial-team"
published_on = 2026-11-01
next_review_on = 2027-05-01
+++
You come at six.
""",
}
OBJECTS = 13


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Path:
    """A small folder of starter files, and a database that was given nothing yet."""
    for model in (
        ScheduleBlock,
        Track,
        Component,
        Program,
        Article,
        Page,
        Faq,
        GlossaryTerm,
        Topic,
        Source,
        Person,
        Payer,
        Location,
        LevelOfCare,
        CrisisLine,
        ProviderProfile,
        ConsentWording,
        StarterRecord,
    ):
        model._default_manager.all().delete()
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# -- first load


def test_load_puts_in_what_the_files_say(folder: Path) -> None:
    assert load(folder) == Counter(created=OBJECTS)
    assert ProviderProfile.objects.get().phone_e164 == "+16175550100"
    assert Payer.objects.get().slug == "some-plan"
    block = ScheduleBlock.objects.get()
    assert (block.track.slug, block.start.hour, block.component) == ("evening", 18, None)
    article = Article.objects.get()
    assert article.body == "A person answers.\n"
    assert article.author.key == "editorial-team"
    assert [topic.slug for topic in article.topics.all()] == ["starting"]


def test_a_text_is_published_on_the_morning_of_its_day(folder: Path) -> None:
    load(folder)
    article = Article.objects.get()
    assert article.status == TextStatus.PUBLISHED
    assert article.published_at == datetime(2026, 11, 1, 11, tzinfo=UTC)  # six in Boston


def test_a_text_of_a_later_day_waits_for_it(folder: Path) -> None:
    change(folder, "articles/first-call.md", "2026-11-01", "2026-12-01")
    load(folder)
    with time_machine.travel(datetime(2026, 12, 1, 10, 59, tzinfo=UTC), tick=False):
        assert not Article.objects.published().exists()
    with time_machine.travel(datetime(2026, 12, 1, 11, tzinfo=UTC), tick=False):
        assert Article.objects.published().exists()


# -- later loads


def test_load_again_does_nothing(
    folder: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    load(folder)
    with django_assert_num_queries(1):
        assert load(folder) == Counter(unchanged=0)


def test_load_changes_only_what_changed_in_the_files(folder: Path) -> None:
    load(folder)
    change(folder, "glossary.toml", "What you pay.", "What you pay at each visit.")
    assert load(folder) == Counter(updated=1, unchanged=OBJECTS - 1)
    assert GlossaryTerm.objects.get().definition == "What you pay at each visit."


def test_what_did_not_change_keeps_its_time_of_change(folder: Path) -> None:
    load(folder)
    before = Article.objects.get().updated_at
    change(folder, "glossary.toml", "What you pay.", "What you pay at each visit.")
    load(folder)
    assert Article.objects.get().updated_at == before


def test_a_text_that_nobody_touched_follows_its_file(folder: Path) -> None:
    load(folder)
    change(folder, "articles/first-call.md", "A person answers.", "Somebody answers.")
    change(folder, "articles/first-call.md", '["starting"]', '["paying", "starting"]')
    assert load(folder)["updated"] == 1
    article = Article.objects.get()
    assert article.body == "Somebody answers.\n"
    assert article.topics.count() == 2
    change(folder, "articles/first-call.md", "Somebody", "Always somebody")
    assert load(folder)["updated"] == 1
    assert Article.objects.get().body == "Always somebody answers.\n"


@pytest.mark.parametrize(
    "edit",
    [
        {"body": "Edited.\n"},
        {"title": "Edited"},
        {"status": TextStatus.ARCHIVED},
        {"related": []},
    ],
)
def test_a_text_that_staff_edited_stays_as_they_left_it(
    folder: Path, edit: dict[str, object]
) -> None:
    load(folder)
    Article.objects.update(**edit)
    change(folder, "articles/first-call.md", "A person answers.", "Somebody answers.")
    assert load(folder) == Counter({"kept as edited": 1, "unchanged": OBJECTS - 1})
    article = Article.objects.get()
    assert {name: getattr(article, name) for name in edit} == edit
    assert "Somebody" not in article.body


def test_a_text_given_another_topic_counts_as_edited(folder: Path) -> None:
    load(folder)
    Article.objects.get().topics.add(Topic.objects.get(slug="paying"))
    change(folder, "articles/first-call.md", "A person answers.", "Somebody answers.")
    assert load(folder)["kept as edited"] == 1
    assert Article.objects.get().topics.count() == 2


def test_the_provider_profile_is_kept_as_edited_too(folder: Path) -> None:
    load(folder)
    ProviderProfile.objects.update(phone_display="617-555-0199")
    change(folder, "provider.toml", "A Provider", "Another Provider")
    assert load(folder)["kept as edited"] == 1
    provider = ProviderProfile.objects.get()
    assert (provider.name, provider.phone_display) == ("A Provider", "617-555-0199")


def test_what_staff_deleted_stays_deleted(folder: Path) -> None:
    load(folder)
    Article.objects.all().delete()
    change(folder, "articles/first-call.md", "A person answers.", "Somebody answers.")
    assert load(folder)["deleted by staff"] == 1
    assert not Article.objects.exists()


def test_what_staff_made_themselves_is_never_taken_over(folder: Path) -> None:
    Topic.objects.create(slug="paying", name="Money")
    assert load(folder)["kept as edited"] == 1
    assert Topic.objects.get(slug="paying").name == "Money"


def test_a_text_whose_file_is_gone_stays(folder: Path) -> None:
    load(folder)
    (folder / "articles/first-call.md").unlink()
    assert load(folder) == Counter(unchanged=OBJECTS - 1)
    assert Article.objects.exists()


# -- broken files


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("glossary.toml", "[[term]]", "[[term", "glossary.toml"),
        ("glossary.toml", 'slug = "copay"', "", "no 'slug'"),
        ("glossary.toml", "definition", "definitoin", "no field 'definitoin'"),
        ("glossary.toml", '"What you pay."', '""', "definition"),
        ("faq.toml", '"starting"', '"nowhere"', "no topic 'nowhere'"),
        ("provider.toml", "+16175550100", "617-555-0100", "phone_e164"),
        ("provider.toml", '"commercial"', '"other"', "kind"),
        ("provider.toml", 'name = "Some Plan"', "", "name"),
        ("schedule.toml", '"evening"', '"morning"', "no track 'morning'"),
        ("schedule.toml", "19:30", "17:30", "programs_block_ends_after_start"),
        ("schedule.toml", "18:00", "late", "“late” value"),
        ("articles/first-call.md", "+++\ntitle", "title", "first-call.md:1"),
        ("articles/first-call.md", 'title = "The', "title = The", "first-call.md:2"),
        ("articles/first-call.md", "published_on = 2026-11-01", "", "published_on"),
        ("articles/first-call.md", "= 2026-11-01", '= "soon"', "published_on"),
        ("articles/first-call.md", '["starting"]', '["nowhere"]', "no topic 'nowhere'"),
        ("articles/first-call.md", '"editorial-team"', '"nobody"', "no person 'nobody'"),
        ("articles/first-call.md", "title", "titel", "no field 'titel'"),
        ("articles/first-call.md", "= 2027-05-01", '= "soon"', "next_review_on"),
        (
            "articles/first-call.md",
            "related",
            "reviewed_on = 2026-11-01\nrelated",
            "a reviewer and a date, or neither",
        ),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_stored(
    folder: Path, name: str, old: str, new: str, said: str
) -> None:
    change(folder, name, old, new)
    with pytest.raises(ValueError, match=r"\.(toml|md)") as caught:
        load(folder)
    assert str(folder / name) in str(caught.value)
    assert said in str(caught.value)
    assert not Person.objects.exists()
    assert not StarterRecord.objects.exists()


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "faq.toml").unlink()
    with pytest.raises(ValueError, match=r"faq\.toml"):
        load(folder)


def test_a_file_that_is_not_text_is_named(folder: Path) -> None:
    (folder / "faq.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"faq\.toml"):
        load(folder)


def test_a_broken_file_can_be_mended_and_loaded(folder: Path) -> None:
    change(folder, "faq.toml", '"starting"', '"nowhere"')
    with pytest.raises(ValueError, match="nowhere"):
        load(folder)
    change(folder, "faq.toml", '"nowhere"', '"starting"')
    assert load(folder) == Counter(created=OBJECTS)


# -- the command


def test_the_command_says_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_starter_content", "--from", str(folder))
    assert capsys.readouterr().out == f"Starter content: {OBJECTS} created.\n"


def test_the_command_turns_a_broken_file_into_a_message(folder: Path) -> None:
    change(folder, "faq.toml", '"starting"', '"nowhere"')
    with pytest.raises(CommandError, match=r"faq\.toml: no topic 'nowhere'"):
        call_command("load_starter_content", "--from", str(folder))


# -- the real files


@pytest.mark.usefixtures("starter_content")
def test_every_object_of_the_starter_content_is_unchanged_when_loaded_again() -> None:
    StarterRecord.objects.filter(identity=starter_content._EVERYTHING).delete()
    counts = load(STARTER)
    assert set(counts) == {"unchanged"}
    assert counts["unchanged"] == StarterRecord.objects.count() - 1
