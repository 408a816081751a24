"""Each kind of thing that may be missing: when it is said, how gravely, and when no longer."""

from datetime import date, timedelta

import pytest
from django.core.checks import Error, Info, Warning
from django.test import override_settings

from admissions.models import ConsentWording
from content.models import Article, Page, Person, Source
from iop_site import launch_items as look
from iop_site.launch_items import Item, Severity
from programs.licence import LicenceKind
from programs.models import Location, Payer, ProviderProfile
from programs.profile_form import SAMPLE_FIELDS

TODAY = date(2026, 11, 21)
COMPLETE = dict.fromkeys(SAMPLE_FIELDS, "something real")
PROFILE = "/admin/programs/providerprofile/1/change/#id_"


def profile(**changes: object) -> ProviderProfile:
    return ProviderProfile(id=1, **{**COMPLETE, "licence_kind": "clinic", **changes})


def said(items: list[Item]) -> list[tuple[Severity, str]]:
    return [(one.severity, one.words) for one in items]


# -- licence and advertising


def test_a_stated_licence_and_a_certificate_leave_nothing_to_do() -> None:
    assert look.licence_items(profile()) == []


@pytest.mark.parametrize("one", [None, profile(licence_kind=LicenceKind.UNSET)])
def test_an_unset_licence_is_in_the_way(one: ProviderProfile | None) -> None:
    first = look.licence_items(one)[0]
    assert first.severity is Severity.BLOCKER
    assert "Nothing can be published" in first.words
    assert first.url == PROFILE + "licence_kind"


def test_a_sample_licence_is_in_the_way() -> None:
    (item,) = look.licence_items(profile(sample_fields=["licence_kind"]))
    assert (item.severity, item.url) == (Severity.BLOCKER, PROFILE + "licence_kind")


def test_a_bsas_licence_says_what_it_forbids() -> None:
    (item,) = look.licence_items(profile(licence_kind=LicenceKind.BSAS_ONLY))
    assert item.severity is Severity.WARNING
    assert "may not be advertised as IOP or PHP" in item.words


@pytest.mark.parametrize(
    "changes", [{"legitscript_number": ""}, {"sample_fields": ["legitscript_number"]}]
)
def test_without_a_certificate_advertising_stays_off(changes: dict[str, object]) -> None:
    (item,) = look.licence_items(profile(**changes))
    assert item.severity is Severity.WARNING
    assert "paid advertising stays off" in item.words


# -- the provider


def test_a_complete_profile_leaves_nothing_to_do() -> None:
    assert look.provider_items(profile()) == []


def test_no_profile_is_in_the_way() -> None:
    (item,) = look.provider_items(None)
    assert item.severity is Severity.BLOCKER


@pytest.mark.parametrize("name", sorted(look.REQUIRED))
def test_each_thing_the_provider_must_say_is_asked_for(name: str) -> None:
    for changes in ({name: ""}, {name: "", "sample_fields": [name]}):
        (item,) = look.provider_items(profile(**changes))
        assert (item.severity, item.url) == (Severity.BLOCKER, PROFILE + name)
        assert item.words.endswith(": missing")
    (item,) = look.provider_items(profile(sample_fields=[name]))
    assert item.words.endswith(": still sample data")


def test_what_is_required_are_fields_of_the_profile() -> None:
    assert set(SAMPLE_FIELDS) >= look.REQUIRED


def test_an_empty_sample_that_may_stay_empty_is_only_mentioned() -> None:
    assert look.provider_items(profile(response_promise="")) == []
    (item,) = look.provider_items(profile(response_promise="", sample_fields=["response_promise"]))
    assert item.severity is Severity.WARNING


def test_a_sample_that_is_shown_is_in_the_way() -> None:
    (item,) = look.provider_items(profile(sample_fields=["response_promise"]))
    assert item.severity is Severity.BLOCKER


# -- samples and payers


def test_samples_are_named_and_counted() -> None:
    items = look.sample_items(
        people=[Person(id=7, name="Sample Director")],
        locations=[Location(id=3, name="Sample place")],
        blocks=80,
        demo_leads=1,
    )
    assert said(items) == [
        (Severity.BLOCKER, "Sample Director is a sample person."),
        (Severity.BLOCKER, "Sample place is a sample location."),
        (Severity.BLOCKER, "80 blocks of the schedule are samples."),
        (Severity.BLOCKER, "1 lead is made up for demonstration."),
    ]
    assert items[0].url == "/admin/content/person/7/change/"
    assert items[2].url == "/admin/programs/scheduleblock/?is_sample__exact=1"


def test_without_samples_there_is_nothing_to_do() -> None:
    assert look.sample_items(people=[], locations=[], blocks=0, demo_leads=0) == []


def test_no_payer_under_contract_is_said_once() -> None:
    none, one = Payer(name="A"), Payer(name="B", contracted=True)
    assert len(look.payer_items([none, none])) == len(look.payer_items([])) == 1
    assert look.payer_items([none, one]) == []


def test_calendar_that_is_empty_is_said_for_each_thing_it_is_for() -> None:
    both = look.calendar_items(has_hours=False, has_consultations=False)
    assert [one.url for one in both] == [
        "/admin/admissions/workinghours/",
        "/admin/admissions/availability/",
    ]
    assert look.calendar_items(has_hours=True, has_consultations=True) == []


# -- consent wordings


@pytest.mark.parametrize(
    ("status", "is_approved"),
    [
        ("", False),
        ("sample, for counsel to approve", False),
        ("not approved by counsel", False),
        ("approved by counsel 2026-11-30", True),
        ("Approved by counsel (A. Lawyer), 30 November 2026", True),
    ],
)
def test_a_wording_waits_for_counsel(status: str, is_approved: bool) -> None:
    wording = ConsentWording(id=1, topic="contact", version=1, status=status)
    items = look.consent_items([wording])
    assert (items == []) is is_approved
    assert all(one.severity is Severity.BLOCKER and one.url for one in items)


# -- texts and sources


def text(reviewed: bool = True, due: date = TODAY) -> Article:
    return Article(reviewed_on=TODAY if reviewed else None, next_review_on=due)


def test_texts_without_review_or_past_it_are_counted() -> None:
    yesterday = TODAY - timedelta(1)
    texts = [text(), text(reviewed=False), text(reviewed=False), text(due=yesterday)]
    items = look.text_items(Article, texts, TODAY)
    assert said(items) == [
        (Severity.WARNING, "Articles without a clinical review: 2"),
        (Severity.WARNING, "Articles whose review is past due: 1"),
    ]


def test_reviewed_texts_leave_nothing_to_do() -> None:
    assert look.text_items(Article, [text()], TODAY) == []


@pytest.mark.parametrize(("age", "is_old"), [(180, False), (181, True)])
def test_a_source_is_looked_at_within_180_days(age: int, is_old: bool) -> None:
    source = Source(checked_on=TODAY - timedelta(age))
    assert bool(look.source_items([source], TODAY)) is is_old


def test_language_lines_wait_for_a_translator() -> None:
    lines = "- {lang=es} Hola\n- {lang=pt} Olá\n"
    waiting = Page(id=1, title="Help", body=f"They await review by a human\ntranslator.\n\n{lines}")
    other = Page(id=2, title="Other", body="The lines await review by a human translator.")
    done = Page(id=3, title="Done", body=lines)
    items = look.language_items([waiting, other, done])
    assert [one.url.split("/")[-3] for one in items] == ["1", "2"]
    assert "(2 lines)" in items[0].words
    assert all(one.severity is Severity.BLOCKER for one in items)


# -- the server, and what is looked up elsewhere


@override_settings(SILENCED_SYSTEM_CHECKS=["iop.W9"])
def test_checks_speak_for_themselves() -> None:
    messages = [
        Error("Broken.", id="iop.E1"),
        Warning("Weak.", hint="Mend it.", id="iop.W2"),
        Warning("Known.", id="iop.W9"),
    ]
    assert said(look.system_items(messages)) == [
        (Severity.BLOCKER, "Broken. (iop.E1)"),
        (Severity.WARNING, "Weak. Mend it. (iop.W2)"),
    ]
    assert said(look.system_items([Info("So.", id="iop.I1")])) == [
        (Severity.WARNING, "So. (iop.I1)")
    ]


@pytest.mark.parametrize("privacy", [None, Page(id=5)])
def test_what_no_database_knows_is_always_asked(privacy: Page | None) -> None:
    items = look.by_hand_items(privacy)
    assert {one.severity for one in items} == {Severity.BY_HAND}
    assert bool(items[0].url) is bool(privacy)
    assert any("crisis number" in one.words for one in items)
