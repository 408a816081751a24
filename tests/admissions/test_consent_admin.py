"""The consent ledger for staff, and what a lead's page says and does about consents."""

import urllib.parse
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions import audit, consents, intake
from admissions.enums import LeadSource
from admissions.models import (
    Consent,
    ConsentWording,
    Inquiry,
    Lead,
    LeadEvent,
    OutboxMessage,
    StatusAccess,
)
from iop_site import roles
from tests.admissions.conftest import dump
from tests.factories import inquiry_answers, new_key

LEDGER = "/admin/admissions/consent/"
READERS = (roles.COORDINATOR, roles.MANAGER, roles.AUDITOR)


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def submit(wordings: list[ConsentWording], texts_wording: ConsentWording) -> Any:
    def send(**answers: Any) -> StatusAccess:
        receipt = intake.submit_inquiry(
            answers=inquiry_answers(**answers),
            wordings=[*wordings, texts_wording],
            idempotency_key=new_key(),
        )
        return StatusAccess.objects.select_related("lead").get(reference=receipt.reference)

    return send


@pytest.fixture
def access(submit: Any) -> StatusAccess:
    return submit(text_ok=True)


def page_of(lead: Lead) -> str:
    return reverse("admin:admissions_lead_change", args=[lead.pk])


def act(client: Client, lead: Lead, action: str, **data: Any) -> Any:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
    return client.post(address, {"version": lead.version, **data})


def rows(answer: Any) -> int:
    return int(answer.context["cl"].result_count)


def found(desk: Client, term: str) -> int:
    return rows(desk.post(f"{LEDGER}search/", {"q": term}, follow=True))


# -- the ledger


@pytest.mark.parametrize("role", roles.ROLES)
def test_ledger_is_read_by_those_who_have_to_and_changed_by_nobody(
    client: Client, access: StatusAccess, make_staff: Any, role: str
) -> None:
    client.force_login(make_staff(role))
    one = Consent.objects.first()
    assert one is not None
    allowed = role in READERS
    assert client.get(LEDGER).status_code == (200 if allowed else 403)
    before = dump()
    for address in ("add/", f"{one.pk}/delete/"):
        assert client.get(LEDGER + address).status_code == 403
        assert client.post(LEDGER + address, {"post": "yes"}).status_code == 403
    answer = client.post(f"{LEDGER}{one.pk}/change/", {"withdrawn_channel": "phone"})
    assert answer.status_code == 403
    assert dump() == before


def test_ledger_without_a_sign_in_leads_to_it(client: Client, access: StatusAccess) -> None:
    assert client.get(LEDGER)["Location"].startswith("/admin/login/")


def test_ledger_shows_what_proves_a_consent(desk: Client, access: StatusAccess) -> None:
    consents.withdraw(
        lead=access.lead, topics=["texts"], channel=LeadSource.WEB_STATUS, by=audit.VISITOR
    )
    page = desk.get(LEDGER)
    text = page.content.decode()
    for words in (access.reference, "Text messages", "900", "Web: inquiry form"):
        assert words in text
    assert "Web: status page" in text
    assert "no-store" in page["Cache-Control"]
    for word in ("Avery", "0101", "avery@"):
        assert word not in text


def test_one_consent_shows_the_words_and_who_looked_is_recorded(
    client: Client, access: StatusAccess, make_staff: Any
) -> None:
    auditor = make_staff(roles.AUDITOR)
    client.force_login(auditor)
    one = Consent.objects.get(wording__topic="texts")
    text = client.get(f"{LEDGER}{one.pk}/change/").content.decode()
    assert "I agree to texts." in text
    assert "Why." in text
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.actor, event.lead_id) == (
        "viewed",
        auditor.username,
        access.lead_id,
    )
    assert (event.data, event.origin) == ({"consent": one.pk}, "127.0.0.1")
    assert list(audit.verify()) == []


def test_consent_of_an_erased_lead_is_still_shown(desk: Client, access: StatusAccess) -> None:
    OutboxMessage.objects.all().delete()
    Inquiry.objects.all().delete()
    reference = access.reference
    access.lead.delete()
    one = Consent.objects.first()
    assert one is not None
    assert reference in desk.get(f"{LEDGER}{one.pk}/change/").content.decode()
    assert rows(desk.get(LEDGER, {"q": reference})) == 3
    assert found(desk, "(617) 555-0101") == 3


def test_consent_there_is_not_is_not_found(desk: Client, access: StatusAccess) -> None:
    answer = desk.get(f"{LEDGER}999999/change/")
    assert answer.status_code == 302  # as Django's admin does, with a message
    assert not LeadEvent.objects.filter(kind="viewed").exists()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("(617) 555-0101", 3),
        ("+1 617.555.0101", 3),
        ("avery@example.org", 3),
        ("AVERY@Example.org ", 3),
        ("", 6),
        ("0101", 0),  # the last four belong to others as well
        ("617-555-0177", 0),
        ("blake@example.org", 3),
        ("nobody@example.org", 0),
        ("Avery", 0),
        ("@", 0),
        ("x" * 5000, 0),
        ("\x00", 6),
        ("%", 0),
        ("😀", 0),
    ],
)
def test_ledger_is_searched_by_what_it_was_given_for(
    desk: Client, access: StatusAccess, submit: Any, query: str, count: int
) -> None:
    submit(first_name="Blake", phone="", email="blake@example.org")
    assert found(desk, query) == count


def test_what_is_searched_for_stands_in_no_address_and_that_it_was_is_recorded(
    desk: Client, access: StatusAccess, coordinator: User
) -> None:
    address = desk.post(f"{LEDGER}search/", {"q": "617-555-0101"})["Location"]
    assert "0101" not in urllib.parse.unquote(address)
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.actor, event.lead_id) == ("searched", coordinator.username, None)
    assert event.data == {"by": ["consent"]}
    assert "0101" not in desk.get(address).content.decode()
    # Typed into the address by hand, a phone number is not looked for: only references are.
    assert rows(desk.get(LEDGER, {"q": "617-555-0101"})) == 0
    assert rows(desk.get(LEDGER, {"q": access.reference})) == 3


def test_search_is_posted_by_those_who_may_read(client: Client, make_staff: Any) -> None:
    client.force_login(make_staff(roles.CONTENT_EDITOR))
    assert client.post(f"{LEDGER}search/", {"q": "x"}).status_code == 403
    client.force_login(make_staff(roles.AUDITOR))
    assert client.get(f"{LEDGER}search/").status_code == 405
    assert client.post(f"{LEDGER}search/", {"q": " "})["Location"] == LEDGER


def test_ledger_is_searched_by_reference_in_any_spelling(
    desk: Client, access: StatusAccess, submit: Any
) -> None:
    joined = submit()
    assert joined.reference != access.reference
    for spelled in (
        access.reference,
        access.reference.lower(),
        f"{access.reference[:4]} {access.reference[4:]}",
    ):
        # The lead's own reference finds all that was given on it; another one only what came so.
        assert rows(desk.get(LEDGER, {"q": spelled})) == 6
        assert found(desk, spelled) == 6
    assert rows(desk.get(LEDGER, {"q": joined.reference})) == 3


def test_search_finds_what_was_kept_under_an_earlier_key(
    desk: Client, access: StatusAccess, settings: Any
) -> None:
    settings.INDEX_KEYS = (("k2", b"n" * 32), *settings.INDEX_KEYS)
    assert found(desk, "617-555-0101") == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"wording__topic": "texts"}, 1),
        ({"withdrawn_at__isempty": "0"}, 1),
        ({"withdrawn_at__isempty": "1"}, 2),
        ({"channel": "web_inquiry"}, 3),
        ({"channel": "phone"}, 0),
        ({"wording__language": "en"}, 3),
    ],
)
def test_ledger_is_filtered(
    desk: Client, access: StatusAccess, query: dict[str, str], found: int
) -> None:
    consents.withdraw(
        lead=access.lead, topics=["texts"], channel=LeadSource.PHONE, by=audit.VISITOR
    )
    answer = desk.get(LEDGER, query)
    assert rows(answer) == found
    for label in ("In force", "Withdrawn"):
        assert label in answer.content.decode()


def test_ledger_takes_the_same_queries_for_one_and_for_many(
    desk: Client, submit: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        submit(first_name=f"N{number}", phone="", email=f"n{number}@example.org")
    with django_assert_max_num_queries(19):
        desk.get(LEDGER)


# -- the lead's page


def test_page_shows_each_consent_with_its_state(
    desk: Client, access: StatusAccess, submit: Any
) -> None:
    joined = submit()
    consents.withdraw(
        lead=access.lead,
        access=joined,
        topics=["texts"],
        channel=LeadSource.WEB_STATUS,
        by=audit.VISITOR,
    )
    text = " ".join(desk.get(page_of(access.lead)).content.decode().split())
    section = text[text.index('id="consent-h"') :]
    assert section.count("in force") == 5
    assert section.count(">withdrawn<") == 1
    assert section.count(f"given with reference <bdi>{joined.reference}</bdi>") == 3
    assert f"{LEDGER}?q={access.lead.reference}" in section


def test_what_they_said_on_the_phone_is_off_at_once(
    desk: Client, access: StatusAccess, coordinator: User
) -> None:
    answer = act(desk, access.lead, "withdraw", topics=["contact", "texts"], channel="phone")
    assert answer.status_code == 302
    lead = Lead.objects.get()
    assert lead.contact_withdrawn_at is not None
    taken = Consent.objects.exclude(withdrawn_at=None)
    assert set(taken.values_list("withdrawn_channel", flat=True)) == {"phone"}
    event = LeadEvent.objects.filter(kind="consent_withdrawn").get()
    assert event.actor == coordinator.username
    text = " ".join(desk.get(page_of(lead)).content.decode().split())
    assert text.count("do not call, text or write, except to confirm") == 1
    assert "It happened against what they asked" in text  # in the form in which a call is logged
    assert "They took something back" not in text
    before = Consent.objects.exclude(withdrawn_at=None).count()
    assert act(desk, lead, "withdraw", topics=["contact"], channel="phone").status_code == 302
    assert Consent.objects.exclude(withdrawn_at=None).count() == before


def test_call_that_was_made_all_the_same_can_be_logged(desk: Client, access: StatusAccess) -> None:
    act(desk, access.lead, "withdraw", topics=["contact"], channel="phone")
    lead = Lead.objects.get()
    call = {"channel": "phone", "result": "talked"}
    assert act(desk, lead, "attempt", **call).status_code == 409
    assert act(desk, lead, "attempt", **call, against_wishes="on").status_code == 302
    assert Lead.objects.get().attempts == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"topics": ["contact"]},
        {"channel": "phone"},
        {"topics": ["contact"], "channel": "web_status"},
        {"topics": ["privacy-notice"], "channel": "phone"},
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_taken_back(
    desk: Client, access: StatusAccess, data: dict[str, Any]
) -> None:
    answer = act(desk, access.lead, "withdraw", **data)
    assert answer.status_code == 422
    assert not Consent.objects.exclude(withdrawn_at=None).exists()


def test_page_says_what_was_asked_of_us(desk: Client, access: StatusAccess) -> None:
    quiet = desk.get(page_of(access.lead)).content.decode()
    for words in ("Contact withdrawn", "Deletion asked for", "Earlier lead"):
        assert words not in quiet
    intake.request_deletion(access=access)
    text = desk.get(page_of(access.lead)).content.decode()
    assert "Deletion asked for on" in text


def test_page_links_to_the_earlier_episode(desk: Client, access: StatusAccess, submit: Any) -> None:
    Lead.objects.update(status="closed", close_reason="not_ready")
    lead = submit().lead
    assert lead.previous_episode == access.lead
    assert page_of(access.lead) in desk.get(page_of(lead)).content.decode()


def test_page_says_what_was_added_by_who_is_not_proven(
    desk: Client, access: StatusAccess, submit: Any
) -> None:
    intake.add_information(access=access, message="Mine.", idempotency_key=new_key())
    assert "perhaps somebody else" not in desk.get(page_of(access.lead)).content.decode()
    intake.add_information(access=submit(), message="Other.", idempotency_key=new_key())
    assert "perhaps somebody else" in desk.get(page_of(access.lead)).content.decode()


# -- the estimate on the lead's page


def test_page_says_when_the_estimate_is_due_and_records_that_it_was_given(
    desk: Client, access: StatusAccess
) -> None:
    lead = access.lead
    assert "The written estimate is due" not in desk.get(page_of(lead)).content.decode()
    intake.request_estimate(access=access)
    # It is owed also where insurance is checked meanwhile.
    Lead.objects.update(vob_status="requested")
    assert "The written estimate is due" in desk.get(page_of(lead)).content.decode()
    Lead.objects.update(estimate_due_on=timezone.localdate() - timedelta(days=1))
    assert "1 day over" in desk.get(page_of(lead)).content.decode()
    assert act(desk, Lead.objects.get(), "estimate", how="mail").status_code == 302
    text = desk.get(page_of(lead)).content.decode()
    assert "day over" not in text
    assert Lead.objects.get().estimate_delivered_at is not None
    Lead.objects.update(
        estimate_requested_at=timezone.now() + timedelta(seconds=1),
        estimate_due_on=date(2090, 1, 1),
    )
    text = desk.get(page_of(lead)).content.decode()
    assert "The written estimate is due" in text
    assert "It reached the family" in text


def test_searching_for_what_is_nothing_shows_the_ledger(desk: Client, access: StatusAccess) -> None:
    assert found(desk, "\x00") == Consent.objects.count()
