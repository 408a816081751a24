"""Telling spam from people: who is held, and above all who is not."""

import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from crispy_forms.layout import Layout
from crispy_forms.utils import render_crispy_form
from django import forms
from django.core import signing
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st

from admissions import rate_limit, spam
from admissions.enums import Suspicion
from admissions.forms.base import PageTime, PublicForm, SendButton
from admissions.forms.fields import AddressField, PhoneField, PlainText
from admissions.models import Inquiry, Lead, OutboxMessage, RateCount
from tests.admissions.conftest import dump, writes_fail
from tests.factories import inquiry_post
from tests.outages import database_away
from tests.pages import fields_of
from tests.threads import run_together

TRAP, FAST, ADDRESS, CONTACT, LINKS, SALES = Suspicion
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOME = "203.0.113.5"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_in_production(settings: Any) -> None:
    settings.SPAM_MINIMUM_SECONDS = 3


def evidence(**changes: Any) -> spam.Evidence:
    """Return what an honest person's form tells, with `changes`."""
    usual = {"page": str(uuid.uuid4()), "seconds": 95.0, "names": ["Avery"], "texts": ["Hello."]}
    return spam.Evidence(**{**usual, **changes})


def send(address: str = HOME, **changes: Any) -> list[Suspicion]:
    return spam.suspicions(evidence=evidence(**changes), address=address)


# -- what a form says by itself


def test_honest_form_is_not_suspect() -> None:
    assert send() == []
    assert send(contacts=["+1 617-555-0101", "avery@example.org"]) == []


@pytest.mark.parametrize(
    ("trap", "found"), [("", []), ("  \n", []), ("x", [TRAP]), ("https://example.org", [TRAP])]
)
def test_whatever_stands_in_the_trap_is_suspect(trap: str, found: list[Suspicion]) -> None:
    assert send(trap=trap) == found


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(0.0, [FAST]), (2.99, [FAST]), (3.0, []), (19 * 3600.0, []), (9e9, []), (None, [])],
)
def test_form_is_suspect_when_it_comes_faster_than_a_person_types(
    seconds: float | None, found: list[Suspicion]
) -> None:
    assert send(seconds=seconds) == found


def test_shortest_time_can_be_configured(settings: Any) -> None:
    settings.SPAM_MINIMUM_SECONDS = 0
    assert send(seconds=0.0) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://example.org/a and http://example.org/b", []),
        ("I read psychology.com, help.org and care.net before I wrote.", []),
        ("https://a.example https://b.example https://c.example", [LINKS]),
        ("www.a.example, WWW.B.EXAMPLE and HTTP://c.example", [LINKS]),
        ('<a href="https://a.example">https://a.example</a> [url=a]', [LINKS]),
    ],
)
def test_three_links_are_suspect_and_fewer_are_not(text: str, found: list[Suspicion]) -> None:
    assert send(texts=[text]) == found


def test_links_of_all_texts_together_count() -> None:
    assert send(texts=["www.a.example", "www.b.example"]) == []
    assert send(texts=["www.a.example", "www.b.example", "www.c.example"]) == [LINKS]


@pytest.mark.parametrize(
    "name",
    ["https://a.example", "Win www.a.example", "Casino.com", "visit best-shop.club now", "a.b.top"],
)
def test_link_in_a_name_is_suspect(name: str) -> None:
    assert send(names=["Avery", name]) == [LINKS]


@pytest.mark.parametrize(
    "name",
    [
        "J. R.",
        "St.John",
        "Mary-Ann O'Neil, Jr.",
        "avery.quill@example.com",
        "Авдотья Комова",
        "นุ่น",
        "Min Seo",
        "Com",
        "M.Community",
        "",
    ],
)
def test_name_of_a_person_is_no_link(name: str) -> None:
    assert send(names=[name]) == []


@pytest.mark.parametrize(
    "text",
    [
        "We offer SEO services for your clinic",
        "Cheap BACKLINKS!",
        "May I place a guest-post on your site?",
        "Be on the first page of Google.",
        "get more\n\n website   traffic",
        "Ｂａｃｋｌｉｎｋ offer",
        "A crypto investment opportunity with guaranteed returns",
    ],
)
def test_advertisement_is_suspect(text: str) -> None:
    assert send(texts=["", text]) == [SALES]


@pytest.mark.parametrize(
    "text",
    [
        "I lost everything on crypto and at the casino. I need help with gambling.",
        "My loan is due, and I take pills. Viagra, too. Is that a problem?",
        "My husband Min Seo drinks. Seo will not talk to me.",
        "I found you on Google, on the first page, and through your website.",
        "Меня зовут Анна. Мне нужна помощь. Пожалуйста, позвоните вечером.",
        "请打电话给我。谢谢",
        "أحتاج إلى مساعدة",
        "Mwen bezwen èd pou pitit gason m nan.",
        "HELP ME PLEASE!!! $$$ 100%",
    ],
)
def test_what_people_write_in_any_language_is_not_suspect(text: str) -> None:
    assert send(texts=[text]) == []


def test_all_reasons_are_given_each_once_in_their_order() -> None:
    many = "https://a https://b https://c backlinks"
    found = spam.judge(
        spam.reasons_in(evidence(trap="x", seconds=0.1, texts=[many, many], names=["www.a"])),
        spam.Tally(address=21, plain=0, contact=7),
        is_timed=True,
    )
    assert found == list(Suspicion)


# -- answers are told apart by the names of their fields


def test_evidence_is_taken_from_the_answers_of_a_form() -> None:
    found = spam.Evidence.of(
        {
            "first_name": "Avery",
            "patient_legal_name": "Avery Quill",
            "subscriber_name": "",
            "phone": "+1 617-555-0101",
            "email": "avery@example.org",
            "behavioral_health_phone": "800-555-0143",
            "message": "Hello.",
            "organization": "Care.com",
            "text_ok": True,
            "photos": ["front"],
            "born": None,
        },
        page=7,
        trap="t",
        seconds=4.5,
    )
    assert found == spam.Evidence(
        page="7",
        trap="t",
        seconds=4.5,
        names=["Avery", "Avery Quill"],
        contacts=["+1 617-555-0101", "avery@example.org"],
        texts=["800-555-0143", "Hello.", "Care.com"],
    )
    assert send(texts=found.texts) == []
    nothing = spam.Evidence.of({}, page="")
    assert nothing == spam.Evidence(page="", names=[], contacts=[], texts=[])


# -- one phone or e-mail


def test_many_forms_with_one_contact_are_suspect_from_the_seventh_on() -> None:
    forms_sent = [send(f"203.0.113.{n}", contacts=["avery@example.org"]) for n in range(8)]
    assert forms_sent == [[]] * 6 + [[CONTACT]] * 2


def test_contact_is_the_same_however_it_is_written() -> None:
    written = ["617-555-0101", "(617) 555 0101", "+1 617-555-0101", "16175550101 ext. 3"]
    for phone in [*written, "617.555.0101", "+16175550101"]:
        assert send(contacts=[phone, phone]) == []
    assert send(contacts=["617-555-0101"]) == [CONTACT]
    for email in ["avery@example.org", "Avery@Example.org ", "AVERY@EXAMPLE.ORG"] * 2:
        assert send(contacts=[email]) == []
    assert send(contacts=["617-555-0102", "avery@example.org"]) == [CONTACT]


def test_many_people_with_a_contact_each_are_not_suspect() -> None:
    for number in range(19):
        assert send(contacts=[f"617-555-01{number:02}", f"n{number}@example.org"]) == []


def test_contacts_are_counted_anew_on_the_next_day() -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(7):
            last = send(contacts=["avery@example.org"])
        assert last == [CONTACT]
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert send(contacts=["avery@example.org"]) == []


def test_page_that_is_sent_again_counts_once() -> None:
    """A double click, a bad connection: who presses the button ten times is no robot."""
    again = evidence(page="the-page", contacts=["avery@example.org"])
    for _ in range(30):
        assert spam.suspicions(evidence=again, address=HOME) == []
    assert send(contacts=["avery@example.org"]) == []
    counted = {"who": HOME, "window": timedelta(hours=1)}
    assert rate_limit.count(scope="address", **counted) == 2
    for _ in range(4):
        send(contacts=["avery@example.org"])
    assert send(contacts=["avery@example.org"]) == [CONTACT]
    assert spam.suspicions(evidence=again, address=HOME) == [CONTACT]


# -- one network address


def test_many_forms_from_one_address_are_no_reason_by_themselves() -> None:
    assert [send() for _ in range(100)] == [[]] * 100


def test_many_forms_from_one_address_count_beside_another_reason() -> None:
    assert [send(trap="x") for _ in range(21)][19:] == [[TRAP], [TRAP, ADDRESS]]
    assert send("203.0.113.6", trap="x") == [TRAP]
    assert send() == []


def test_many_forms_from_one_address_count_against_a_form_without_the_time_of_its_page() -> None:
    assert [send(seconds=None) for _ in range(21)][19:] == [[], [ADDRESS]]


def test_flood_of_forms_from_one_address_is_suspect(settings: Any) -> None:
    settings.SPAM_ADDRESS_FLOOD = 30
    assert [send() for _ in range(32)][29:] == [[], [ADDRESS], [ADDRESS]]
    assert send("203.0.113.6") == []


def test_forms_that_are_suspect_anyway_are_no_flood(settings: Any) -> None:
    settings.SPAM_ADDRESS_FLOOD = 30
    for _ in range(60):
        assert TRAP in send(trap="x")
    assert send() == []


def test_who_has_no_address_is_not_counted_with_others() -> None:
    for _ in range(30):
        assert send("", seconds=None) == []
    assert RateCount.objects.count() == 30  # the pages alone


def test_honest_person_among_two_hundred_spam_posts_from_their_address_gets_through() -> None:
    for number in range(200):
        kinds: list[dict[str, Any]] = [
            {"trap": "x"},
            {"seconds": 0.4},
            {"texts": ["https://a https://b https://c"]},
            {"texts": ["SEO services"], "seconds": None},
        ]
        assert send(**kinds[number % 4], contacts=[f"n{number}@example.org"])
        if number % 20 == 0:
            assert send(contacts=[f"honest{number}@example.org"]) == []
    assert send(contacts=["617-555-0101"]) == []


# -- the database


def test_what_is_counted_names_nobody() -> None:
    send(contacts=["canary@example.org", "617-555-0155"], names=["Canary"], texts=["canary"])
    rows = repr(list(RateCount.objects.values()))
    for word in ("canary", "0155", HOME):
        assert word not in rows


def test_form_is_counted_with_few_statements(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(7):  # savepoint, page, address twice, contact twice, release
        send(contacts=["617-555-0101", "avery@example.org"])


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_database_that_is_away_makes_nobody_suspect(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with database_away(error), caplog.at_level(logging.WARNING, "iop.forms"):
        assert send(contacts=["canary@example.org"]) == []
        assert send(trap="x") == [TRAP]
    assert {record.getMessage() for record in caplog.records} == {"form not counted"}
    assert {record.error for record in caplog.records} == {error.__name__}
    assert "canary" not in caplog.text


def test_count_that_cannot_be_written_leaves_the_transaction_around_it_whole() -> None:
    with transaction.atomic():
        with writes_fail("admissions_ratecount"):
            assert send() == []
        RateCount.objects.create(key="k", window=1, expires_at=NOON)
    assert RateCount.objects.get().key == "k"


def test_sixty_forms_at_once_from_one_address_are_all_counted(transactional_db: None) -> None:
    def work(number: int) -> list[Suspicion]:
        return send(trap="x", contacts=[f"n{number % 20}@example.org", "everybody@example.org"])

    found = run_together(60, work)
    assert all(isinstance(one, list) and TRAP in one for one in found)
    assert [one.count(ADDRESS) for one in found].count(1) == 40  # type: ignore[union-attr]
    assert [one.count(CONTACT) for one in found].count(1) == 54  # type: ignore[union-attr]


@given(
    trap=st.text(max_size=20),
    seconds=st.none() | st.floats(allow_nan=False),
    names=st.lists(st.text(max_size=60), max_size=3),
    contacts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=3),
    texts=st.lists(st.text(max_size=300), max_size=4),
    address=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
@run(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_evidence_is_judged(address: str, **typed: Any) -> None:
    found = send(address, **typed)
    assert (TRAP in found) is bool(typed["trap"].strip())
    assert found == sorted(found, key=list(Suspicion).index)


# -- the fields of a form


class Ask(PublicForm):
    """A small public form."""

    first_name = PlainText(label="Name")
    phone = PhoneField(label="Phone", required=False)
    email = AddressField(label="E-mail", required=False)
    message = PlainText(label="Message", max_length=2000, required=False, widget=forms.Textarea)

    def layout(self) -> Layout:
        return Layout("first_name", "phone", "email", "message", SendButton("send", "Send"))


def shown() -> dict[str, str]:
    """Return the hidden and empty fields of a page as a browser has them."""
    return fields_of(render_crispy_form(Ask()))


def asked(address: str = HOME) -> HttpRequest:
    return RequestFactory().post("/", REMOTE_ADDR=address)


def judged(data: dict[str, str], **more: Any) -> list[Suspicion]:
    form = Ask(data)
    assert form.is_valid(), form.errors
    return form.suspicions(asked(), **more)


def test_trap_is_out_of_sight_of_people_and_of_what_reads_to_them() -> None:
    html = render_crispy_form(Ask())
    assert html.count('name="subject"') == 1
    start = html.index('<div class="visually-hidden" aria-hidden="true">')
    assert start < html.index('name="subject"')
    trap = html[start:]
    for attribute in ('type="text"', 'tabindex="-1"', 'autocomplete="off"', 'for="id_subject"'):
        assert attribute in trap
    assert "Leave this empty" in trap
    assert "(optional)" not in trap
    assert "style=" not in html
    assert "display" not in html


def test_technical_fields_are_no_answers() -> None:
    form = Ask({**shown(), "first_name": "Avery", "subject": "x"})
    assert form.is_valid()
    assert set(form.answers()) == {"first_name", "phone", "email", "message"}


def test_page_that_was_filled_in_by_a_person_is_not_suspect() -> None:
    with time_machine.travel(NOON, tick=False):
        page = shown()
    for later in (timedelta(seconds=3), timedelta(minutes=4), timedelta(hours=19)):
        with time_machine.travel(NOON + later, tick=False):
            assert judged({**page, "first_name": "Avery", "email": "avery@example.org"}) == []


def test_page_that_is_sent_at_once_is_suspect() -> None:
    with time_machine.travel(NOON, tick=False):
        page = shown()
        assert judged({**page, "first_name": "Avery"}) == [FAST]
    with time_machine.travel(NOON + timedelta(seconds=2.5), tick=False):
        assert judged({**page, "first_name": "Avery"}) == [FAST]


def test_page_that_is_shown_again_keeps_the_time_of_the_first() -> None:
    with time_machine.travel(NOON, tick=False):
        page = shown()
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        again = fields_of(render_crispy_form(Ask({**page, "phone": "12", "message": "Hello."})))
        assert again["page_time"] == page["page_time"]
        assert again["idempotency_key"] == page["idempotency_key"]
        assert judged({**again, "first_name": "Avery", "phone": "617-555-0101"}) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "0",
        "1772625600000",
        "x" * 100_000,
        "\x00",
        "1772625600000:forged",
        PageTime.made(NOON) + "x",
        PageTime.made(NOON).replace("1", "2", 1),
        signing.Signer(salt="another").sign("1772625600000"),
        pytest.param(signing.dumps(["1"]), id="a signed list"),  # it holds the time of its making
    ],
)
def test_time_that_is_missing_or_forged_is_neither_a_fault_nor_a_suspicion(
    value: str | None,
) -> None:
    data = {**shown(), "first_name": "Avery"}
    del data["page_time"]
    assert judged(data if value is None else {**data, "page_time": value}) == []
    form = Ask({**data, "page_time": value or ""})
    assert form.is_valid()
    assert form.cleaned_data["page_time"] is None


def test_time_ahead_of_our_clock_is_no_time() -> None:
    with time_machine.travel(NOON, tick=False):
        data = {**shown(), "first_name": "Avery"}
    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        assert judged(data) == []


@pytest.mark.parametrize("typed", ["x", "\x00", "x" * 5000, "<script>"])
def test_trap_takes_everything_without_a_fault(typed: str) -> None:
    with time_machine.travel(NOON, tick=False):
        data = {**shown(), "first_name": "Avery", "subject": typed}
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        form = Ask(data)
        assert form.is_valid()
        assert form.suspicions(asked()) == [TRAP]


def test_form_hands_over_what_was_typed_where_it_belongs() -> None:
    with time_machine.travel(NOON, tick=False):
        page = shown()
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        assert judged({**page, "first_name": "Casino.com"}) == [LINKS]
        assert judged({**page, "first_name": "Avery", "message": "Casino.com"}) == []
        assert judged({**page, "first_name": "Avery", "message": "Backlinks!"}) == [SALES]


def test_last_page_of_several_is_judged_by_all_of_them() -> None:
    with time_machine.travel(NOON, tick=False):
        data = {**shown(), "first_name": "Avery"}
        begun = NOON - timedelta(minutes=8)
        assert judged(data, begun_at=begun) == []
        assert judged(data, begun_at=begun, answers={"last_name": "www.a.example"}) == [LINKS]
        assert judged(data, begun_at=NOON - timedelta(seconds=1)) == [FAST]


def test_threat_18_forged_header_changes_no_count(settings: Any) -> None:
    """A robot that names another address in each post is one robot."""
    settings.TRUSTED_PROXY_COUNT = 0
    found = []
    for number in range(21):
        form = Ask({"first_name": "Avery", "subject": "x"})
        assert form.is_valid()
        request = asked()
        request.META["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{number}"
        found.append(form.suspicions(request))
    assert found[19:] == [[TRAP], [TRAP, ADDRESS]]


# -- a spam run over HTTP


@pytest.mark.shows("ASVS 2.4.1")
def test_threat_19_spam_run_refuses_nobody_and_holds_no_honest_person(
    client: Client, wordings: Any, texts_wording: Any, provider: Any
) -> None:
    """Every post is taken and stored; staff see the suspects; people get through."""
    url = reverse("admissions:inquiry-door", args=["myself"])
    with time_machine.travel(NOON, tick=False):
        page = fields_of(client.get(url).content)

    def post(**typed: str) -> int:
        data = {**page, **inquiry_post(**typed)}
        return client.post(url, data).status_code

    with time_machine.travel(NOON + timedelta(minutes=2), tick=False):
        for number in range(60):
            typed = {
                "first_name": f"N{number}",
                "phone": None,
                "preferred_channel": "email",
                "email": f"n{number}@example.org",
            }
            if number % 10 == 9:
                assert post(**typed) == 302  # a person
            else:
                assert post(**typed, message="SEO services", subject="Hello") == 302
    assert Inquiry.objects.count() == Lead.objects.count() == 60
    trusted = Lead.objects.trusted()
    assert {lead.first_name for lead in trusted} == {f"N{number}" for number in range(9, 60, 10)}
    held = Lead.objects.quarantined().order_by("pk")
    assert held.count() == 54
    assert held[0].suspicions == [TRAP, SALES]
    assert held[50].suspicions == [TRAP, ADDRESS, SALES]
    assert {message.lead_id for message in OutboxMessage.objects.all()} == {
        lead.pk for lead in trusted
    }


def test_spam_is_answered_like_anything_else(
    client: Client, wordings: Any, texts_wording: Any, provider: Any
) -> None:
    url = reverse("admissions:inquiry-door", args=["myself"])
    honest = client.post(url, inquiry_post(phone="617-555-0111", email=None))
    suspect = client.post(url, inquiry_post(phone="617-555-0122", email=None, subject="x"))
    assert honest.status_code == suspect.status_code == 302
    pages = [client.get(answer["Location"]).content.decode() for answer in (honest, suspect)]
    references = Lead.objects.order_by("pk").values_list("reference", flat=True)
    for page, reference in zip(pages, references, strict=True):
        assert reference in page
        assert "spam" not in page.lower()
    assert "subject" not in repr(dump()["admissions_inquiry"])
