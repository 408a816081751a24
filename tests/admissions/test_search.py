"""Finding a lead by what is stored encrypted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import search
from admissions.models import Lead, SearchToken
from iop_site import crypto
from tests.admissions.conftest import close

MakeLead = Callable[..., Lead]

names = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)


def found(query: str) -> list[str]:
    return sorted(search.find(Lead.objects.all(), query).values_list("reference", flat=True))


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


def test_keys_are_each_there_once() -> None:
    keys = search.keys_of(
        phone="617-555-0101", email="a@example.org", names=["Avery", "Avery Quill", ""]
    )
    assert keys == [
        ("phone", "+16175550101"),
        ("phone-last4", "0101"),
        ("email", "a@example.org"),
        ("name", "avery"),
        ("name", "quill"),
    ]
    assert search.keys_of() == []


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
        "jose",
        "JOSÉ",
        "Nunez",
        "obrien",
        "O'Brien jose",
        "nuñez, José",
        "jose nunez o’brien",
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
        "jos",
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


def test_find_by_reference_in_any_case(jose: Lead) -> None:
    assert found(jose.reference) == [jose.reference]
    assert found(f"  {jose.reference.lower()} ") == [jose.reference]


def test_find_takes_a_name_that_looks_like_a_reference_as_a_name(make_lead: MakeLead) -> None:
    lead = make_lead(first_name="Margaret")  # eight characters of the alphabet
    assert found("margaret") == [lead.reference]


def test_find_gives_everything_for_nothing(jose: Lead) -> None:
    assert len(found("")) == len(found("  \x00 ")) == 2


def test_find_stays_within_the_leads_it_is_given(jose: Lead) -> None:
    close(jose)
    assert list(search.find(Lead.objects.open(), "0142")) == []
    assert list(search.find(Lead.objects.open(), jose.reference)) == []


def test_find_gives_all_who_share_a_phone_each_once(make_lead: MakeLead) -> None:
    one = make_lead(first_name="Avery", last_name="Avery")
    other = make_lead(first_name="Blake", last_name="Avery")
    assert found("0101") == found("avery") == sorted([one.reference, other.reference])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(max_size=60))
def test_find_never_fails(db: None, query: str) -> None:
    list(search.find(Lead.objects.all(), query))


def test_find_is_one_query_whatever_is_there(jose: Lead, django_assert_num_queries: Any) -> None:
    for query in ("0142", "617-555-0142", "jose@example.org", "nunez jose"):
        with django_assert_num_queries(1):
            found(query)


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
    assert jose.search_tokens.count() == before + 1
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
