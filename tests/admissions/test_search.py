"""Finding a lead by what is stored encrypted."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import search
from admissions.models import Lead, SearchToken, StatusAccess
from iop_site import crypto
from tests.admissions.conftest import close
from tests.admissions.lead_tools import find

MakeLead = Callable[..., Lead]

names = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)


def found(query: str) -> list[str]:
    return sorted(find(Lead.objects.all(), query).values_list("reference", flat=True))


# -- normal forms


@pytest.mark.parametrize(
    "written",
    [
        "+1 617-555-0101",
        "617-555-0101",
        "(617) 555-0101",
        "617.555.0101",
        "6175550101",
        "1 617 555 0101",
        "  +1(617)555-0101  ",
        "+1 617-555-0101 ext. 12",
        "٦١٧٥٥٥٠١٠١",
    ],
)
def test_phone_is_the_same_in_any_writing(written: str) -> None:
    assert search.normal_phone(written) == "+16175550101"


def test_phone_of_another_country_keeps_its_country() -> None:
    assert search.normal_phone("+44 20 7946 0958") == "+442079460958"


def test_phone_that_is_none_is_its_digits() -> None:
    assert search.normal_phone("call me") == ""
    assert search.phone_keys("call me") == []


def test_phone_has_a_key_for_its_last_four_digits() -> None:
    assert search.phone_keys("617-555-0101") == [
        ("phone", "+16175550101"),
        ("phone-last4", "0101"),
    ]


@pytest.mark.parametrize(
    "written", ["avery@example.org", " AVERY@Example.ORG ", "ａｖｅｒｙ@example.org"]
)
def test_email_is_the_same_in_any_case_and_width(written: str) -> None:
    assert search.normal_email(written) == "avery@example.org"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("José", ["jose"]),
        ("Jose\u0301", ["jose"]),
        ("NÚÑEZ-Ibarra", ["nunez", "ibarra"]),
        ("O'Brien", ["obrien"]),
        ("O’Brien", ["obrien"]),
        ("Weiß", ["weiss"]),
        ("  Mary   Ann ", ["mary", "ann"]),
        ("Quill, Avery", ["quill", "avery"]),
        ("ＡＶＥＲＹ", ["avery"]),
        ("ℌans", ["hans"]),
        ("李 小龍", ["李", "小龍"]),
        ("", []),
        (" - ", []),
    ],
)
def test_name_is_its_words_without_case_accents_and_punctuation(
    written: str, words: list[str]
) -> None:
    assert search.normal_words(written) == words


@pytest.mark.parametrize(
    ("one", "other"), [("रवि", "रवा"), ("🙂", "★"), ("Anna", "Hanna"), ("Mary Ann", "Ann Mary")]
)
def test_different_names_are_not_taken_as_one(one: str, other: str) -> None:
    assert not search.same_name(one, other)


@given(names)
@settings(max_examples=100, deadline=None)
def test_normal_words_are_normal_already(name: str) -> None:
    words = search.normal_words(name)
    assert search.normal_words(" ".join(words)) == words


@given(names)
@settings(max_examples=100, deadline=None)
def test_name_is_the_same_as_itself_in_other_case(name: str) -> None:
    assert search.same_name(name, name)
    assert search.same_name(f" {name} ", name)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Łukasz", ["lukasz"]),
        ("Søren Đorđe", ["soren", "dorde"]),
        ("Æsa Œdipe", ["aesa", "oedipe"]),
        ("Þórður Guðrún", ["thordur", "gudrun"]),
        ("Işıl", ["isil"]),
        ("Weiß", ["weiss"]),
        ("ŁUKASZ", ["lukasz"]),
        ("李 小龍", ["李", "小龍"]),
    ],
)
def test_name_is_looked_for_in_plain_letters(written: str, words: list[str]) -> None:
    assert search.name_words(written) == words


def test_letters_of_their_own_join_nobody_who_writes_plain_ones() -> None:
    assert not search.same_name("Łukasz", "Lukasz")


def test_keys_are_each_there_once() -> None:
    keys = search.keys_of(
        phone="617-555-0101",
        email="a@example.org",
        names=["Al", "Al Quillfeather", ""],
        member_id="xyz-123 456",
    )
    assert keys == [
        ("phone", "+16175550101"),
        ("phone-last4", "0101"),
        ("email", "a@example.org"),
        ("name", "al"),
        ("name", "quillfeather"),
        ("name-start", "qui"),
        ("name-start", "quil"),
        ("name-start", "quill"),
        ("name-start", "quillf"),
        ("name-pair", "al qui"),
        ("member-id", "XYZ123456"),
    ]
    assert search.keys_of() == []


def test_keys_of_very_long_names_are_bounded() -> None:
    keys = search.name_keys(" ".join(f"word{number}" for number in range(100)))
    assert sum(purpose == "name-pair" for purpose, _ in keys) <= 66


# -- finding


@pytest.fixture
def jose(make_lead: MakeLead) -> Lead:
    lead = make_lead(
        first_name="José",
        last_name="Núñez-O’Brien",
        phone="+1 617-555-0142",
        email="jose@example.org",
    )
    make_lead(
        first_name="Josefa", last_name="Other", phone="+1 508-555-0177", email="x@example.org"
    )
    return lead


@pytest.mark.parametrize(
    "query",
    [
        "617-555-0142",
        "(617) 555 0142",
        "+16175550142",
        "0142",
        " 0142 ",
        "jose@example.org",
        "JOSE@EXAMPLE.ORG",
        "Nunez",
        "obrien",
        "O'Brien jose",
        "nuñez, José",
        "jose nunez o’brien",
        "nun",
        "nune jos",
        "jos nunez",
        "obr nuñ jos",
    ],
)
def test_find_gives_the_lead_that_is_meant(jose: Lead, query: str) -> None:
    assert found(query) == [jose.reference]


@pytest.mark.parametrize(
    "query",
    [
        "617-555-0143",
        "0143",
        "josé@example.com",
        "jose smith",
        "jo",
        "nu",
        "unez",
        "josefa nunez",
        "42",
        "!!!",
        "@",
        "%",
        "_",
        "' OR 1=1 --",
        "x" * 5000,
    ],
)
def test_find_gives_nothing_for_what_nobody_is(jose: Lead, query: str) -> None:
    assert found(query) == []


def test_find_by_the_beginning_of_a_name_gives_all_who_begin_so(jose: Lead) -> None:
    assert len(found("jos")) == len(found("José")) == 2
    assert found("josef") != found("jose")


def test_find_by_a_long_word_gives_those_who_have_it_whole_before_others(
    make_lead: MakeLead,
) -> None:
    short = make_lead(first_name="Richard", phone="", email="one@example.org")
    long = make_lead(first_name="Richardson", phone="", email="two@example.org")
    assert found("richardson") == [long.reference]
    assert found("richard") == [short.reference]
    assert found("richar") == found("richards") == sorted([short.reference, long.reference])


def test_find_by_a_word_and_its_own_beginning(make_lead: MakeLead) -> None:
    lead = make_lead(first_name="Anna", last_name="Ann")
    for query in ("ann anna", "anna ann", "ann", "ann ann"):
        assert found(query) == [lead.reference], query


def test_find_joins_words_that_came_with_different_forms(
    make_lead: MakeLead, send_insurance: MakeLead
) -> None:
    lead = make_lead(first_name="Avery", last_name="")
    assert send_insurance(patient_legal_name="Avery Quillfeather") == lead
    assert found("quillf avery") == [lead.reference]


def test_find_by_member_id_however_it_is_typed(
    make_lead: MakeLead, send_insurance: MakeLead
) -> None:
    make_lead(first_name="Blake", phone="", email="b@example.org")
    lead = send_insurance(member_id="xyz 123-456.789")
    number = send_insurance(
        first_name="Robin", phone="617-555-0188", member_id="6175550101", patient_legal_name="R Q"
    )
    for query in ("XYZ123456789", "xyz-123-456-789", " xyz 123 456 789 ", "ＸＹＺ123456789"):
        assert found(query) == [lead.reference], query
    assert found("XYZ12345678") == []
    assert found("617-555-0101") == sorted([lead.reference, number.reference])


def test_find_by_reference_in_any_case(jose: Lead) -> None:
    spaced = f"{jose.reference[:4]} {jose.reference[4:]}"
    for query in (jose.reference, f"  {jose.reference.lower()} ", spaced, spaced.replace(" ", "-")):
        assert found(query) == [jose.reference]


def test_find_by_the_reference_of_whoever_joined(jose: Lead) -> None:
    other = StatusAccess.objects.create(
        lead=jose, reference="ABCD2345", code="x", opened_lead=False
    )
    assert found(other.reference) == [jose.reference]


def test_find_takes_a_name_that_looks_like_a_reference_as_a_name(make_lead: MakeLead) -> None:
    lead = make_lead(first_name="Margaret")  # eight characters of the alphabet
    assert found("margaret") == [lead.reference]


def test_find_gives_everything_for_nothing(jose: Lead) -> None:
    assert len(found("")) == len(found("  \x00 ")) == 2


def test_find_stays_within_the_leads_it_is_given(jose: Lead) -> None:
    close(jose)
    assert list(find(Lead.objects.open(), "0142")) == []
    assert list(find(Lead.objects.open(), jose.reference)) == []


def test_find_gives_all_who_share_a_phone_each_once(make_lead: MakeLead) -> None:
    one = make_lead(first_name="Avery", last_name="Avery")
    other = make_lead(first_name="Blake", last_name="Avery")
    assert found("0101") == found("avery") == sorted([one.reference, other.reference])


@pytest.mark.shows("ASVS 1.2.4")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(max_size=60))
def test_find_never_fails(db: None, query: str) -> None:
    list(find(Lead.objects.all(), query))


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("0142", 3),
        ("617-555-0142", 3),
        ("jose@example.org", 2),
        ("nunez jose", 3),
        ("nunez", 3),
        ("nobody", 4),
        ("ABCDEFGH", 5),
    ],
)
def test_find_takes_a_few_queries_whatever_is_there(
    jose: Lead, django_assert_max_num_queries: Any, query: str, number: int
) -> None:
    with django_assert_max_num_queries(number):
        found(query)


def test_look_up_says_by_what_it_looked_and_whether_there_are_more(
    jose: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert search.look_up("jos").by == ["name"]
    assert search.look_up("0142") == search.Found([jose.pk], ["phone-last4", "member-id"])
    assert search.look_up(jose.reference).by == ["reference"]
    assert search.look_up("jose@example.org").by == ["email"]
    assert search.look_up("!!!") == search.Found([], [])
    monkeypatch.setattr(search, "MOST", 1)
    newest = Lead.objects.latest("pk")
    assert search.look_up("jos") == search.Found([newest.pk], ["name"], capped=True)
    # Whoever is called so comes before whoever is called something longer.
    assert search.look_up("jose") == search.Found([jose.pk], ["name"], capped=True)


def test_two_words_are_looked_for_range_by_range_and_no_further_than_said(
    make_lead: MakeLead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 2)
    monkeypatch.setattr(search, "_RANGES", 2)
    old = make_lead(first_name="Marian", last_name="Quill", phone="", email="old@example.org")
    for number in range(4):
        make_lead(first_name="Mark", last_name="Quiet", phone="", email=f"n{number}@example.org")
    assert search.look_up("marian quill") == search.Found([old.pk], ["name"])
    for number in range(4, 7):
        make_lead(first_name="Mark", last_name="Quiet", phone="", email=f"n{number}@example.org")
    assert search.look_up("marian quill") == search.Found([], ["name"], capped=True)
    assert len(search.look_up("mark quiet").ids) == 2
    assert search.look_up("mark quiet").capped


# -- what is kept for it


def test_tokens_say_nothing_without_the_key(jose: Lead) -> None:
    tokens = list(SearchToken.objects.values_list("token", flat=True))
    assert tokens
    for token in tokens:
        key_id, _, digest = token.partition(".")
        assert key_id == "k1"
        assert len(digest) == 22
        assert "jose" not in token.lower()
        assert "0142" not in token


def test_query_that_finds_holds_no_plain_value(jose: Lead) -> None:
    with CaptureQueriesContext(connection) as queries:
        found("nunez")
        found("617-555-0142")
    text = " ".join(query["sql"] for query in queries)
    assert "nunez" not in text.lower()
    assert "5550142" not in text


def test_index_lead_adds_only_what_is_new(jose: Lead) -> None:
    before = jose.search_tokens.count()
    search.index_lead(jose, search.name_keys("José", "Pepe"))
    assert jose.search_tokens.count() == before + 3  # the word, its beginning, and both together
    assert found("pepe jose") == [jose.reference]


def test_two_index_keys_are_both_in_use_while_keys_change(
    jose: Lead, make_lead: MakeLead, settings: Any
) -> None:
    old = settings.INDEX_KEYS
    settings.INDEX_KEYS = (("k2", b"n" * 32), *old)
    later = make_lead(first_name="Nunez", phone="+1 508-555-0142", email="n@example.org")
    assert set(later.search_tokens.values_list("token", flat=True)) == {
        crypto.blind_index(value, purpose=purpose)
        for purpose, value in search.keys_of(
            phone=later.phone, email=later.email, names=["Nunez", "Quill"]
        )
    }
    assert all(
        token.startswith("k2.") for token in later.search_tokens.values_list("token", flat=True)
    )
    assert found("nunez") == found("0142") == sorted([jose.reference, later.reference])

    settings.INDEX_KEYS = (("k2", b"n" * 32),)  # the old one is gone: what it made is not found
    assert found("nunez") == [later.reference]


def test_index_key_of_the_same_id_but_another_secret_finds_nothing(
    jose: Lead, settings: Any
) -> None:
    settings.INDEX_KEYS = (("k1", b"x" * 32),)
    assert found("jose") == []


def test_leads_from_before_are_found_by_all_that_was_sent(
    make_lead: MakeLead, send_insurance: MakeLead, django_assert_max_num_queries: Any
) -> None:
    migration = import_module("admissions.migrations.0005_fill_desk")
    lead = make_lead(first_name="Łukasz", last_name="Quillfeather")
    send_insurance(first_name="Łukasz", patient_legal_name="Łukasz Quillfeather-Ash")
    other = make_lead(first_name="Blake", phone="", email="b@example.org")
    before = set(SearchToken.objects.filter(lead=lead).values_list("token", flat=True))
    there = [
        *search.phone_keys(lead.phone),
        *search.email_keys(lead.email),
        *search.born_keys("Łukasz Quillfeather-Ash", "1985-03-27"),
    ]
    SearchToken.objects.exclude(token__in=search.digests(there)).delete()
    assert found("quillf") == []
    with django_assert_max_num_queries(8):
        migration.index(apps, None)
    after = set(SearchToken.objects.filter(lead=lead).values_list("token", flat=True))
    assert after == before
    assert found("lukasz quillf") == found("ash luk") == found("XYZ123456789") == [lead.reference]
    assert found("bla") == [other.reference]
    count = SearchToken.objects.count()
    migration.index(apps, None)
    assert SearchToken.objects.count() == count
