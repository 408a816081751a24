"""The status page: the way in, what stands there, and what a family does there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import audit, consents, intake
from admissions.enums import LeadSource, Suspicion
from admissions.models import (
    Consent,
    ConsentWording,
    Inquiry,
    Lead,
    LeadEvent,
    OutboxMessage,
    RateCount,
    StatusAccess,
)
from admissions.views import status
from admissions.views.status import NOT_OPENED
from tests.admissions.conftest import close, dump, writes_fail
from tests.factories import inquiry_answers, new_key
from tests.outages import database_away
from tests.pages import field_names, fields_of

pytestmark = pytest.mark.usefixtures("wordings", "texts_wording", "provider")

URL = "/admissions/status/"
PHONE = "617-555-0199"
Submit = Callable[..., StatusAccess]


@pytest.fixture
def submit(wordings: list[ConsentWording], texts_wording: ConsentWording) -> Submit:
    """Return a function that submits an inquiry and returns what the visitor was handed."""

    def send(**answers: Any) -> StatusAccess:
        receipt = intake.submit_inquiry(
            answers=inquiry_answers(**answers),
            wordings=[*wordings, texts_wording],
            idempotency_key=new_key(),
        )
        return StatusAccess.objects.select_related("lead").get(reference=receipt.reference)

    return send


@pytest.fixture
def access(submit: Submit) -> StatusAccess:
    return submit()


def enter(client: Client, access: StatusAccess, **changes: Any) -> Any:
    return client.post(URL, {"reference": access.reference, "code": access.code, **changes})


def link(client: Client, access: StatusAccess) -> str:
    """Return the address that the code opens."""
    response = enter(client, access)
    assert response.status_code == 302
    return str(response["Location"])


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def error_summary(response: Any) -> str:
    """Return what the page says is wrong; it must be the same whatever was."""
    text = text_of(response)
    return text[text.index('id="error-summary"') : text.index("<h1>")]


# -- the way in


def test_the_way_in_asks_for_two_things_and_sets_no_cookie_but_its_protection(
    client: Client,
) -> None:
    page = client.get(URL)
    assert page.status_code == 200
    assert {"reference", "code"} <= field_names(page.content)
    assert "message" not in field_names(page.content)
    assert page["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in text_of(page)
    assert set(page.cookies) <= {"csrftoken"}
    assert PHONE in text_of(page)


@pytest.mark.parametrize(
    "spelled", [str, str.lower, lambda text: f" {text[:4]} - {text[4:]}. ", lambda t: " ".join(t)]
)
def test_reference_and_code_open_in_any_spelling(
    client: Client, access: StatusAccess, spelled: Callable[[str], str]
) -> None:
    data = {"reference": spelled(access.reference), "code": spelled(access.code)}
    response = client.post(URL, data)
    assert response.status_code == 302
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert access.reference in text_of(page)
    assert page["Cache-Control"] == "no-store"
    assert not page.cookies


@pytest.mark.shows("ASVS 14.2.1")
def test_address_holds_a_reference_and_nothing_else(client: Client, access: StatusAccess) -> None:
    address = link(client, access)
    token = address.removeprefix(URL).strip("/")
    assert signing.loads(token, salt="admissions.status") == [access.reference, ""]
    assert access.code not in address


def test_wrong_reference_and_wrong_code_are_told_the_same(
    client: Client, submit: Submit, access: StatusAccess
) -> None:
    other = submit(first_name="Blake", phone="+1 617-555-0102", email="")
    answers = [
        enter(client, access, code="2222-3333-4444"),
        enter(client, access, code=other.code),
        enter(client, access, code=access.code[:-1]),
        enter(client, access, code="\U0001f494 лллл"),
        enter(client, access, reference="ZZZZZZZZ"),
        enter(client, access, reference="'; --", code="\x00 ?"),
    ]
    assert {one.status_code for one in answers} == {422}
    assert len({error_summary(one) for one in answers}) == 1
    assert str(NOT_OPENED) in text_of(answers[0])
    # What was typed stays, so that a slip can be mended.
    assert fields_of(answers[4].content)["reference"] == "ZZZZZZZZ"


def test_nothing_typed_is_asked_for_and_not_counted(client: Client) -> None:
    page = client.post(URL, {})
    assert page.status_code == 422
    assert "Enter your reference." in text_of(page)
    assert "Enter your private code." in text_of(page)
    assert not RateCount.objects.exists()


@pytest.mark.shows("ASVS 2.3.2")
def test_reference_is_locked_after_wrong_tries_from_anywhere_and_does_not_tell(
    client: Client, access: StatusAccess, settings: Any
) -> None:
    settings.STATUS_TRIES_PER_REFERENCE = 3
    unknown = "ZZZZZZZZ"
    for number in range(3):
        for reference in (access.reference, unknown):
            answer = client.post(
                URL,
                {"reference": reference, "code": "2222-3333-4444"},
                REMOTE_ADDR=f"203.0.113.{number}",
            )
            assert answer.status_code == 422
    right = enter(client, access)
    wrong = enter(client, access, code="2222-3333-4444")
    none = enter(client, access, reference=unknown)
    assert [one.status_code for one in (right, wrong, none)] == [429] * 3
    assert error_summary(right) == error_summary(wrong) == error_summary(none)
    assert str(NOT_OPENED) in text_of(right)
    assert "wait a while" in text_of(right)
    assert int(right["Retry-After"]) > 0
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        assert enter(client, access).status_code == 302


def test_address_is_locked_after_wrong_tries_for_all_it_tries_and_others_are_not(
    client: Client, access: StatusAccess, settings: Any
) -> None:
    settings.STATUS_TRIES_PER_ADDRESS = 4
    for number in range(4):
        guess = {"reference": f"GUESS{number + 2}AB", "code": "x2"}
        assert client.post(URL, guess).status_code == 422
    assert enter(client, access).status_code == 429
    answer = client.post(
        URL,
        {"reference": access.reference, "code": access.code},
        REMOTE_ADDR="203.0.113.9",
    )
    assert answer.status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert enter(client, access).status_code == 302


def test_right_tries_are_never_counted(client: Client, access: StatusAccess, settings: Any) -> None:
    settings.STATUS_TRIES_PER_ADDRESS = settings.STATUS_TRIES_PER_REFERENCE = 2
    for _ in range(5):
        assert enter(client, access).status_code == 302
    assert not RateCount.objects.exists()


@pytest.mark.shows("ASVS 4.1.3", "ASVS 15.3.4")
def test_forged_proxy_header_opens_no_new_bucket(
    client: Client, access: StatusAccess, settings: Any
) -> None:
    settings.STATUS_TRIES_PER_ADDRESS = 3
    for number in range(3):
        client.post(
            URL,
            {"reference": f"AAAAAAA{number + 2}", "code": "x2"},
            HTTP_X_FORWARDED_FOR=f"198.51.100.{number}",
        )
    answer = client.post(
        URL,
        {"reference": access.reference, "code": access.code},
        HTTP_X_FORWARDED_FOR="198.51.100.77",
    )
    assert answer.status_code == 429


def test_client_without_an_address_is_still_held_by_the_reference(
    client: Client, access: StatusAccess, settings: Any
) -> None:
    settings.STATUS_TRIES_PER_REFERENCE = 1
    assert enter(client, access, code="x2").status_code == 422
    answer = client.post(
        URL, {"reference": access.reference, "code": access.code}, REMOTE_ADDR="unknown"
    )
    assert answer.status_code == 429


def test_counts_keep_neither_address_nor_reference(client: Client, access: StatusAccess) -> None:
    enter(client, access, code="x2")
    kept = str(list(RateCount.objects.values()))
    assert access.reference not in kept
    assert "127.0.0.1" not in kept


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(reference=st.text(max_size=80), code=st.text(max_size=80))
def test_rubbish_opens_nothing_and_breaks_nothing(
    client: Client, access: StatusAccess, reference: str, code: str
) -> None:
    RateCount.objects.all().delete()
    assert client.post(URL, {"reference": reference, "code": code}).status_code == 422


def test_database_away_keeps_what_was_typed(client: Client, access: StatusAccess) -> None:
    client.get(URL)
    with database_away():
        answer = enter(client, access)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert fields_of(answer.content)["reference"] == access.reference
    assert PHONE in text_of(answer)


# -- the link


@pytest.mark.shows("ASVS 9.2.1")
@pytest.mark.parametrize("page", ["", "add/", "withdraw/", "deletion/"])
def test_link_that_ran_out_asks_for_the_code_again(
    client: Client, access: StatusAccess, page: str
) -> None:
    address = link(client, access) + page
    assert client.get(address).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        answer = client.get(address)
    assert answer.status_code == 403
    assert "enter your reference and code again" in text_of(answer)
    assert {"reference", "code"} <= field_names(answer.content)
    assert f'action="{URL}"' in text_of(answer)
    assert "We have what you sent" not in text_of(answer)


FORGED = {
    "word": "x",
    "long": "x" * 3000,
    "other script": "é:ü:ß",
    "of a confirmation": signing.dumps(["inquiry", "ABCDEFGH"], salt="admissions.receipt"),
    "no pair": "SALTED:ABCDEFGH",
    "three": "SALTED:3",
    "no reference there is": "SALTED:pair",
}


@pytest.mark.shows("ASVS 9.2.2")
@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("page", ["", "add/", "withdraw/", "deletion/"])
def test_link_that_is_not_ours_is_told_the_same(
    client: Client, access: StatusAccess, name: str, page: str
) -> None:
    values: dict[str, Any] = {
        "SALTED:ABCDEFGH": access.reference,
        "SALTED:3": [access.reference, "", "more"],
        "SALTED:pair": ["ZZZZZZZZ", ""],
    }
    token = FORGED[name]
    if token in values:
        token = signing.dumps(values[token], salt="admissions.status")
    before = dump()
    for answer in (client.get(f"{URL}{token}/{page}"), client.post(f"{URL}{token}/{page}")):
        if page or answer.request["REQUEST_METHOD"] == "GET":
            assert answer.status_code == 403
            assert "enter your reference and code again" in text_of(answer)
        else:
            assert answer.status_code == 405
    assert dump() == before


def test_link_of_an_access_that_was_erased_opens_nothing(
    client: Client, access: StatusAccess
) -> None:
    address = link(client, access)
    StatusAccess.objects.all().delete()
    assert client.get(address).status_code == 403


def test_where_it_stands_can_be_read_and_head_and_nothing_else(
    client: Client, access: StatusAccess
) -> None:
    address = link(client, access)
    before = dump()
    assert client.get(address).status_code == 200
    assert client.head(address).status_code == 200
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)(address).status_code == 405
    assert dump() == before


def test_where_it_stands_while_the_database_is_away_is_a_page_with_the_phone(
    access: StatusAccess,
) -> None:
    client = Client(raise_request_exception=False)
    address = link(client, access)
    for page in ("", "add/"):
        with database_away():
            answer = client.get(address + page)
        assert answer.status_code == 503
        assert PHONE in text_of(answer)


def test_page_shows_nothing_that_was_typed(client: Client, submit: Submit) -> None:
    access = submit(
        first_name="Qxfirst",
        last_name="Qxlast",
        message="Qxmessage",
        do_not_speak_to="Qxavoid",
        email="qx@example.org",
        good_times="Qxtimes",
    )
    address = link(client, access)
    for page in ("", "add/", "withdraw/", "deletion/"):
        text = text_of(client.get(address + page)).lower()
        for word in ("qxfirst", "qxlast", "qxmessage", "qxavoid", "qx@", "qxtimes", "555-0101"):
            assert word not in text


def test_page_takes_the_same_queries_however_much_was_sent(
    client: Client, access: StatusAccess, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        intake.add_information(access=access, message=f"m{number}", idempotency_key=new_key())
    address = link(client, access)
    with django_assert_max_num_queries(20):
        assert text_of(client.get(address)).count("What you added") == 12


# -- adding something


def test_what_is_added_is_kept_and_told_to_staff(client: Client, access: StatusAccess) -> None:
    before = OutboxMessage.objects.count()
    address = link(client, access) + "add/"
    page = client.get(address)
    answer = client.post(address, {**fields_of(page.content), "message": "  New number: 0177 \n"})
    assert answer.status_code == 302
    assert "0177" not in answer["Location"]
    shown = client.get(answer["Location"])
    assert "What you added has reached admissions" in text_of(shown)
    assert "0177" not in text_of(shown)
    inquiry = Inquiry.objects.latest("id")
    assert inquiry.answers == {"message": "  New number: 0177 \n"}
    assert (inquiry.source, inquiry.access, inquiry.lead) == ("web_status", access, access.lead)
    lead = Lead.objects.get()
    assert lead in Lead.objects.follow_up_due()
    assert lead.version == 2
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.actor) == ("information_added", "visitor")
    assert event.data == {"inquiry": inquiry.pk, "proven": True}
    notices = OutboxMessage.objects.order_by("id")[before:]
    assert {one.kind for one in notices} == {"family_wrote"}


def test_message_sent_twice_is_kept_once(client: Client, access: StatusAccess) -> None:
    address = link(client, access) + "add/"
    data = {**fields_of(client.get(address).content), "message": "Please call after 4."}
    assert client.post(address, data).status_code == 302
    before = dump()
    assert client.post(address, data).status_code == 302
    assert dump() == before


@pytest.mark.parametrize(
    ("message", "says"),
    [("", "Write what you want to add."), (" \n ", "Write what"), ("x" * 2001, "2001 characters")],
)
def test_message_that_is_none_or_too_long_is_shown_again(
    client: Client, access: StatusAccess, message: str, says: str
) -> None:
    answer = client.post(link(client, access) + "add/", {"message": message})
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert fields_of(answer.content)["message"] == message
    assert Inquiry.objects.count() == 1


def test_longest_message_in_any_script_is_kept(client: Client, access: StatusAccess) -> None:
    message = "ж" * 2000
    assert client.post(link(client, access) + "add/", {"message": message}).status_code == 302
    assert Inquiry.objects.latest("id").answers["message"] == message


@pytest.mark.parametrize("table", ["admissions_inquiry", "admissions_leadevent"])
def test_message_that_cannot_be_stored_is_shown_again(
    client: Client, access: StatusAccess, table: str
) -> None:
    address = link(client, access) + "add/"
    before = dump()
    with writes_fail(table):
        answer = client.post(address, {"message": "Please do not call my home."})
    assert answer.status_code == 503
    assert fields_of(answer.content)["message"] == "Please do not call my home."
    assert "was not sent" in text_of(answer)
    assert dump() == before


@pytest.mark.parametrize("page", ["add/", "withdraw/", "deletion/"])
def test_database_away_shows_the_same_page_with_what_was_typed(
    client: Client, access: StatusAccess, page: str
) -> None:
    address = link(client, access) + page
    client.get(address)
    with database_away():
        answer = client.post(address, {"message": "Typed.", "topics": ["texts"]})
    assert answer.status_code == 503
    assert answer["Retry-After"]
    fields = fields_of(answer.content)
    assert {"message": "Typed.", "topics": "texts"}.items() & fields.items() or page == "deletion/"


def test_message_written_while_the_link_ran_out_is_sent_with_the_code(
    client: Client, access: StatusAccess
) -> None:
    address = link(client, access) + "add/"
    data = {**fields_of(client.get(address).content), "message": "A long letter."}
    with time_machine.travel(timezone.now() + timedelta(minutes=45)):
        again = client.post(address, data)
        assert again.status_code == 403
        fields = fields_of(again.content)
        assert fields["message"].strip() == "A long letter."
        assert fields["idempotency_key"] == data["idempotency_key"]
        assert "was not sent yet" in text_of(again)
        wrong = client.post(URL, {**fields, "reference": access.reference, "code": "x2"})
        assert wrong.status_code == 422
        assert fields_of(wrong.content)["message"].strip() == "A long letter."
        right = {**fields, "reference": access.reference, "code": access.code}
        answer = client.post(URL, right)
        assert answer.status_code == 302
        assert "What you added has reached" in text_of(client.get(answer["Location"]))
        client.post(URL, right)
    assert Inquiry.objects.filter(source="web_status").count() == 1


def test_message_without_the_protection_cookie_is_shown_again(access: StatusAccess) -> None:
    client = Client(enforce_csrf_checks=True)
    token = signing.dumps([access.reference, ""], salt="admissions.status")
    for page in ("add/", "withdraw/", "deletion/"):
        data = {"message": "Typed.", "topics": ["texts"]}
        answer = client.post(f"{URL}{token}/{page}", data)
        assert answer.status_code == 403
        assert "cookie that protects it" in text_of(answer)
    assert "Typed." in text_of(client.post(f"{URL}{token}/add/", {"message": "Typed."}))
    assert client.post(f"{URL}x/withdraw/").status_code == 403
    assert Inquiry.objects.count() == 1


def test_finished_request_takes_no_more_but_loses_nothing(
    client: Client, access: StatusAccess
) -> None:
    address = link(client, access)
    close(access.lead)
    assert client.get(address + "add/").status_code == 302
    # The page was open when it was closed: what was written is kept, and staff are told.
    assert client.post(address + "add/", {"message": "One more thing."}).status_code == 302
    assert Inquiry.objects.latest("id").answers == {"message": "One more thing."}
    lead = Lead.objects.get()
    assert (lead.status, lead.next_follow_up_at) == ("closed", None)
    assert OutboxMessage.objects.filter(kind="family_wrote").exists()


def test_flood_of_messages_is_kept_without_a_mail_for_each(access: StatusAccess) -> None:
    for number in range(15):
        intake.add_information(access=access, message=f"m{number}", idempotency_key=new_key())
    assert Inquiry.objects.filter(source="web_status").count() == 15
    assert 5 < OutboxMessage.objects.filter(kind="family_wrote").count() < 15


# -- taking back


def test_what_is_in_force_can_be_taken_back_and_nothing_else(
    client: Client, access: StatusAccess
) -> None:
    address = link(client, access) + "withdraw/"
    page = text_of(client.get(address))
    assert "Stop contacting me" in page
    assert "Stop texting me" in page
    assert "Stop asking my insurance plan" not in page
    assert "Privacy" not in page.split("<main")[1].split("</main")[0]


def test_what_is_taken_back_is_off_at_once(client: Client, submit: Submit) -> None:
    access = submit(text_ok=True, voicemail_ok=True, email_ok=True, may_say_who=True)
    address = link(client, access)
    answer = client.post(address + "withdraw/", {"topics": ["contact", "texts"]})
    shown = text_of(client.get(answer["Location"]))
    assert "What you stopped is off from now on." in shown
    assert "You took back that we may contact you." in shown
    assert "Take your agreement back" not in shown
    lead = Lead.objects.get()
    assert lead.contact_withdrawn_at is not None
    assert not any([lead.text_ok, lead.voicemail_ok, lead.email_ok, lead.may_say_who])
    taken = Consent.objects.exclude(withdrawn_at=None)
    assert {one.wording.topic for one in taken} == {"contact", "texts"}
    assert set(taken.values_list("withdrawn_channel", flat=True)) == {"web_status"}
    assert "nothing to take back" in text_of(client.get(address + "withdraw/"))
    before = dump()
    again = client.post(address + "withdraw/", {"topics": ["contact", "texts"]})
    assert again.status_code == 302
    assert dump() == before
    assert list(audit.verify()) == []


@pytest.mark.parametrize("topics", [[], ["privacy-notice"], ["contact", "rubbish"], ["\x00"]])
def test_what_cannot_be_taken_back_is_refused(
    client: Client, access: StatusAccess, topics: list[str]
) -> None:
    before = dump()
    answer = client.post(link(client, access) + "withdraw/", {"topics": topics})
    assert answer.status_code == 422
    assert dump() == before


def test_topic_nobody_agreed_to_is_no_fault_and_changes_nothing(
    client: Client, access: StatusAccess
) -> None:
    before = dump()
    answer = client.post(link(client, access) + "withdraw/", {"topics": ["verification"]})
    assert answer.status_code == 302
    assert dump() == before


# -- deletion


def test_deletion_says_what_is_kept_and_is_told_to_staff(
    client: Client, access: StatusAccess
) -> None:
    address = link(client, access) + "deletion/"
    page = text_of(client.get(address))
    assert "five years" in page
    assert "patient" not in page.split("<main")[1].split("</main")[0]
    answer = client.post(address, {})
    shown = text_of(client.get(answer["Location"]))
    assert "Your wish has reached admissions." in shown
    assert "to delete what you sent" in shown
    lead = Lead.objects.get()
    assert lead.deletion_requested_at is not None
    assert lead in Lead.objects.follow_up_due()
    assert OutboxMessage.objects.filter(kind="family_wrote").exists()
    before = dump()
    assert client.post(address, {}).status_code == 302
    assert dump() == before


# -- who only knows a phone number and a name


def test_stranger_sees_what_they_sent_and_can_do_nothing_to_the_lead(
    client: Client, submit: Submit, coordinator: Any
) -> None:
    victim = submit(text_ok=True, email_ok=True, voicemail_ok=True)
    Lead.objects.update(status="qualified", first_attempt_at=timezone.now(), attempts=2)
    fresh = text_of(client.get(link(client, submit(first_name="New", phone="", email="n@a.org"))))
    stranger = submit(email="")
    assert stranger.lead == victim.lead
    assert not stranger.opened_lead
    address = link(client, stranger)
    page = text_of(client.get(address))
    assert victim.reference not in page
    assert page.count("Your inquiry") == 1
    # It is the page of a lead that has just been opened.
    token = address.removeprefix(URL).strip("/")
    main = page.split("<h1>")[1].split("What you sent")[0].replace(token, "")
    assert main == fresh.split("<h1>")[1].split("What you sent")[0]
    client.post(address + "withdraw/", {"topics": ["contact"]})
    client.post(address + "deletion/", {})
    client.post(address + "deletion/", {})
    lead = Lead.objects.get(pk=victim.lead_id)
    assert lead.contact_withdrawn_at is None
    assert lead.deletion_requested_at is None
    assert lead.status == "qualified"
    # What is done without a person deciding it stops: that harms nobody.
    assert not any([lead.text_ok, lead.email_ok, lead.voicemail_ok])
    events = LeadEvent.objects.filter(kind="deletion_requested")
    assert [one.data for one in events] == [{"access": stranger.pk, "proven": False}]
    assert Consent.objects.in_force().filter(access=victim, wording__topic="contact").exists()
    mine = text_of(client.get(link(client, victim)))
    assert "We are in touch with you." in mine
    assert "to delete what you sent" not in mine


def test_suspect_sees_the_page_of_any_lead(
    client: Client, submit: Submit, wordings: list[ConsentWording]
) -> None:
    receipt = intake.submit_inquiry(
        answers=inquiry_answers(),
        wordings=wordings,
        idempotency_key=new_key(),
        sender=intake.Sender(suspicions=[Suspicion.TRAP]),
    )
    held = StatusAccess.objects.get(reference=receipt.reference)
    page = text_of(client.get(link(client, held)))
    assert "We have what you sent." in page
    for word in ("spam", "held", "suspect"):
        assert word not in page.split("<main")[1].split("</main")[0].lower()


def test_withdrawal_that_staff_recorded_is_shown(
    client: Client, access: StatusAccess, coordinator: Any
) -> None:
    consents.withdraw(
        lead=access.lead, topics=["contact"], channel=LeadSource.PHONE, by=coordinator
    )
    page = text_of(client.get(link(client, access)))
    assert "You took back that we may contact you." in page
    assert reverse("admissions:status-withdraw", args=["x"]).split("x")[1] in page  # texts remain


def test_every_done_text_is_shown_and_an_unknown_one_is_not(
    client: Client, access: StatusAccess
) -> None:
    for done, words in {**status.DONE, "rubbish": ""}.items():
        page = text_of(client.get(status.shown(access.reference, done=done)["Location"]))
        assert ('role="status"' in page) is bool(words)
        assert str(words) in page
