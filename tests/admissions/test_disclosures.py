"""The accounting of disclosures: what left the house, kept with what allowed it, and told."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from admissions import disclosures, referrals
from admissions.enums import EventKind
from admissions.exceptions import NotAllowed, StaleVersion, WorkflowError
from admissions.models import Consent, Disclosure, Lead, LeadEvent, OutboundReferral
from admissions.timeline import timeline
from iop_site import roles
from tests.admissions.conftest import writes_fail
from tests.admissions.lead_tools import put, read
from tests.admissions.merge_tools import do_merge

GIVEN = {
    "recipient": "Dr. Elm, Elm Clinic",
    "given": ["contact", "sought_help"],
    "purpose": "treatment",
    "basis": "consent",
}


@pytest.fixture
def record(lead: Lead, coordinator: User) -> Callable[..., Disclosure]:
    def give(**other: Any) -> Disclosure:
        values = {"lead": lead, "by": coordinator, "version": read(lead).version, **GIVEN, **other}
        return disclosures.record(**values)

    return give


# -- the verb


def test_disclosure_is_kept_with_what_the_law_asks_for(
    lead: Lead, record: Callable[..., Disclosure], coordinator: User
) -> None:
    consent = lead.consents.first()
    day = timezone.localdate() - timedelta(days=3)
    made = record(address=" 1 Elm Street ", day=day, consent=consent)
    kept = Disclosure.objects.get()
    assert kept == made
    assert (kept.recipient, kept.address) == ("Dr. Elm, Elm Clinic", "1 Elm Street")
    assert (kept.day, kept.by, kept.consent, kept.basis) == (day, coordinator, consent, "consent")
    assert kept.given_in_words == (
        "Name and how to reach them, That they asked us for help, and where that stands"
    )
    assert str(kept) == f"disclosure {kept.pk}"
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.lead, event.actor) == ("disclosed", lead, coordinator.username)
    assert event.data == {
        "disclosure": kept.pk,
        "given": ["contact", "sought_help"],
        "for": "treatment",
        "basis": "consent",
    }


def test_to_whom_it_was_given_is_stored_encrypted(record: Callable[..., Disclosure]) -> None:
    record(address="1 Elm Street")
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient, address FROM admissions_disclosure")
        assert "Elm" not in str(cursor.fetchall())


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipient": "  "},
        {"given": []},
        {"given": ["contact", "x"]},
        {"purpose": ""},
        {"purpose": "x"},
        {"basis": ""},
        {"basis": "x"},
        {"day": date(2000, 1, 1)},
        {"day": date(2999, 1, 1)},
    ],
    ids=range(9),
)
def test_disclosure_that_says_too_little_is_refused(
    lead: Lead, record: Callable[..., Disclosure], wrong: dict[str, Any]
) -> None:
    with pytest.raises(WorkflowError):
        record(**wrong)
    assert not Disclosure.objects.exists()
    assert read(lead).version == lead.version


def test_consent_is_of_the_person_and_the_reason(
    record: Callable[..., Disclosure], make_lead: Any
) -> None:
    other: Lead = make_lead(first_name="Blake", phone="617-555-0177", email="")
    own = Consent.objects.exclude(lead=other).first()
    with pytest.raises(WorkflowError, match="consent of this person"):
        record(consent=other.consents.first())
    with pytest.raises(WorkflowError, match="consent of this person"):
        record(consent=own, basis="law")
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclosure.objects.create(
            **GIVEN | {"basis": "law"}, lead=other, by=User.objects.get(), consent=own
        )


def test_who_does_not_work_on_leads_or_was_slower_is_refused(
    lead: Lead, record: Callable[..., Disclosure], make_staff: Any
) -> None:
    with pytest.raises(NotAllowed):
        record(by=make_staff(roles.AUDITOR))
    with pytest.raises(StaleVersion):
        record(version=lead.version - 1)
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_disclosure"])
def test_disclosure_and_event_are_stored_together_or_not_at_all(
    lead: Lead, record: Callable[..., Disclosure], table: str
) -> None:
    with writes_fail(table), pytest.raises(OperationalError), transaction.atomic():
        record()
    assert not Disclosure.objects.exists()
    assert not LeadEvent.objects.filter(kind="disclosed").exists()


# -- the accounting


@pytest.mark.parametrize(
    ("today", "day", "basis", "is_told"),
    [
        ("2030-03-01", "2027-03-02", "consent", True),
        ("2030-03-01", "2027-03-01", "consent", False),
        ("2030-03-01", "2024-03-02", "law", True),
        ("2030-03-01", "2024-03-01", "law", False),
        ("2030-03-01", "2027-03-01", "other", True),
        ("2028-02-29", "2025-03-01", "consent", True),  # three years before there was no 29th
        ("2028-02-29", "2025-02-28", "consent", False),
    ],
)
def test_accounting_goes_back_six_years_and_three_by_consent(
    lead: Lead, manager: User, today: str, day: str, basis: str, is_told: bool
) -> None:
    with time_machine.travel(f"{today} 12:00-0500", tick=False):
        made = Disclosure.objects.create(**GIVEN | {"basis": basis}, lead=lead, by=manager, day=day)
        told = disclosures.accounting(lead=lead, by=manager, kind=EventKind.PRINTED)
        assert list(told) == ([made] if is_told else [])
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.lead, event.data) == ("printed", lead, {"what": "disclosures"})


def test_managers_alone_take_the_accounting(lead: Lead, coordinator: User) -> None:
    with pytest.raises(NotAllowed):
        disclosures.accounting(lead=lead, by=coordinator, kind=EventKind.PRINTED)


def test_disclosures_go_along_with_a_merge_and_come_back(
    record: Callable[..., Disclosure], lead: Lead, make_lead: Any, coordinator: User
) -> None:
    from admissions import merge_undo

    kept: Lead = make_lead(first_name="Blake", phone="617-555-0177", email="")
    made = record()
    merge = do_merge(kept, read(lead), coordinator)
    made.refresh_from_db()
    assert made.lead == kept
    merge_undo.undo(merge=merge, by=coordinator)
    made.refresh_from_db()
    assert made.lead == lead


# -- referring out


def test_live_handover_is_a_disclosure(lead: Lead, coordinator: User) -> None:
    values = {"lead": lead, "place": "Elm Clinic", "by": coordinator, "version": lead.version}
    with pytest.raises(WorkflowError, match="say what"):
        referrals.refer_out(**values, warm_handoff=True)
    referral = referrals.refer_out(**values, warm_handoff=True, given=["contact"], basis="consent")
    made = Disclosure.objects.get()
    assert (made.referral, made.recipient, made.purpose) == (referral, "Elm Clinic", "treatment")
    events = LeadEvent.objects.order_by("-sequence")[:2]
    assert [event.kind for event in events] == ["disclosed", "referred_out"]


def test_referral_whose_disclosure_lacks_a_reason_is_not_kept(
    lead: Lead, coordinator: User
) -> None:
    with pytest.raises(WorkflowError, match="what allowed it"):
        referrals.refer_out(
            lead=lead, place="Elm", by=coordinator, version=lead.version, given=["contact"]
        )
    assert not OutboundReferral.objects.exists()


def test_referral_with_nothing_told_is_no_disclosure(lead: Lead, coordinator: User) -> None:
    referrals.refer_out(lead=lead, place="Elm", by=coordinator, version=lead.version)
    assert not Disclosure.objects.exists()


# -- the desk


@pytest.fixture
def desk(manager: User, client: Client) -> Client:
    client.force_login(manager)
    return client


def page_of(lead: Lead) -> str:
    return f"/admin/admissions/lead/{lead.pk}"


def test_lead_page_records_a_disclosure_and_shows_it(desk: Client, lead: Lead) -> None:
    page = desk.get(f"{page_of(lead)}/change/").content.decode()
    assert "Nothing was recorded as given to anybody outside." in page
    sent = {**GIVEN, "version": lead.version, "day": timezone.localdate().isoformat()}
    answer = desk.post(f"{page_of(lead)}/disclose/", sent, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "It is kept to whom it was given, and what." in page
    assert "<strong>Dr. Elm, Elm Clinic</strong>" in page
    assert "Elm" not in str(LeadEvent.objects.latest("sequence").data)
    (entry,) = (one for one in timeline(lead) if one.kind == "disclosed")
    assert "Name and how to reach them" in entry.detail
    assert "Written consent" in entry.detail


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"recipient": ""}, "recipient"),
        ({"given": []}, "given"),
        ({"given": ["x"]}, "given"),
        ({"purpose": "x"}, "purpose"),
        ({"basis": ""}, "basis"),
        ({"day": "tomorrow"}, "day"),
        ({"day": "2999-01-01"}, "day"),
        ({"consent": "99999"}, "consent"),
    ],
    ids=range(8),
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    desk: Client, lead: Lead, wrong: dict[str, Any], field: str
) -> None:
    sent = {**GIVEN, "version": lead.version, "day": "2026-01-02", "address": "1 Elm St", **wrong}
    answer = desk.post(f"{page_of(lead)}/disclose/", sent)
    assert answer.status_code == 422
    assert list(answer.context["forms"]["disclose"].errors) == [field]
    assert "1 Elm St" in answer.content.decode()
    assert not Disclosure.objects.exists()


def test_consent_of_the_ledger_goes_with_consent_as_the_reason(desk: Client, lead: Lead) -> None:
    consent = lead.consents.first()
    assert consent is not None
    sent = {**GIVEN, "version": lead.version, "day": "2026-11-01", "consent": consent.pk}
    answer = desk.post(f"{page_of(lead)}/disclose/", sent | {"basis": "law"})
    assert list(answer.context["forms"]["disclose"].errors) == ["consent"]
    assert desk.post(f"{page_of(lead)}/disclose/", sent).status_code == 302
    assert Disclosure.objects.get().consent == consent


def test_day_too_long_ago_is_refused_with_what_was_typed(desk: Client, lead: Lead) -> None:
    sent = {**GIVEN, "version": lead.version, "day": "2010-01-02"}
    answer = desk.post(f"{page_of(lead)}/disclose/", sent)
    assert answer.status_code == 409
    assert "Elm Clinic" in answer.content.decode()
    assert LeadEvent.objects.filter(kind="refused", data__act="disclose").count() == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"warm_handoff": "on"}, "given"),
        ({"given": ["contact"]}, "basis"),
        ({"given": ["x"], "warm_handoff": "on"}, "given"),
        ({"given": ["contact"], "basis": "x"}, "basis"),
    ],
    ids=range(4),
)
def test_referral_form_asks_what_was_told_and_why(
    desk: Client, lead: Lead, sent: dict[str, Any], field: str
) -> None:
    answer = desk.post(
        f"{page_of(lead)}/refer/", {"version": lead.version, "place": "Elm Clinic", **sent}
    )
    assert answer.status_code == 422
    assert list(answer.context["forms"]["refer"].errors) == [field]


def test_accounting_is_a_page_to_print_and_a_file(
    desk: Client, lead: Lead, record: Callable[..., Disclosure]
) -> None:
    record(recipient="=Elm & Sons", address="1 Elm Street\nSalem")
    page = desk.get(f"/admin/disclosures/{lead.pk}/").content.decode()
    for words in (
        "=Elm &amp; Sons",
        "1 Elm Street<br>Salem",
        "Care somewhere else",
        lead.reference,
    ):
        assert words in page
    assert lead.first_name not in page
    assert LeadEvent.objects.latest("sequence").kind == "printed"
    answer = desk.post(f"/admin/disclosures/{lead.pk}/")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["given on", "to whom", "address", "what", "what for", "allowed by"]
    assert rows[1][1] == "'=Elm & Sons"
    assert rows[-1] == ["end", "1 rows"]
    assert LeadEvent.objects.latest("sequence").kind == "exported"


def test_accounting_of_nothing_says_so(desk: Client, lead: Lead) -> None:
    page = desk.get(f"/admin/disclosures/{lead.pk}/").content.decode()
    assert "We have no record of anything given to others." in page


def test_accounting_is_there_when_the_lead_is_erased(
    desk: Client, lead: Lead, record: Callable[..., Disclosure]
) -> None:
    record()
    put(lead, erased_at=timezone.now())
    page = desk.get(f"{page_of(lead)}/change/").content.decode()
    assert f"/admin/disclosures/{lead.pk}/" in page
    assert "Elm Clinic" in desk.get(f"/admin/disclosures/{lead.pk}/").content.decode()


def test_who_guesses_an_accounting_is_on_record(desk: Client, lead: Lead) -> None:
    assert desk.get("/admin/disclosures/99999/").status_code == 404
    assert LeadEvent.objects.latest("sequence").data == {"act": "accounting", "why": "Http404"}


@pytest.mark.parametrize("role", [one for one in roles.ROLES if one != roles.MANAGER])
def test_other_roles_have_no_accounting(
    client: Client, make_staff: Any, lead: Lead, role: str
) -> None:
    client.force_login(make_staff(role, "one"))
    assert client.get(f"/admin/disclosures/{lead.pk}/").status_code == 403
    assert client.post(f"/admin/disclosures/{lead.pk}/").status_code == 403


@pytest.mark.parametrize("method", ["put", "delete"])
def test_accounting_is_read_and_taken_alone(desk: Client, lead: Lead, method: str) -> None:
    assert getattr(desk, method)(f"/admin/disclosures/{lead.pk}/").status_code == 405
