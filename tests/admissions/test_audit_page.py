"""The auditor's page: whom and what it follows, in which days, and that it is itself recorded."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from admissions import audit, audit_heads, triage
from admissions.admin import audit_page
from admissions.enums import EventKind
from admissions.models import ChainHead, Lead, LeadEvent
from iop_site import roles
from tests.admissions.merge_tools import do_merge
from tests.chain import unguarded

PAGE = "/admin/audit/"


@pytest.fixture
def auditor(make_staff: Any) -> User:
    return make_staff(roles.AUDITOR)


@pytest.fixture
def desk(auditor: User, client: Client) -> Client:
    client.force_login(auditor)
    return client


def shown(client: Client, **asked: Any) -> list[int]:
    """Return the numbers of the events on the page."""
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200
    return [event.sequence for event, *_cells in answer.context["rows"]]


def file_of(client: Client, query: str = "") -> list[list[str]]:
    answer = client.post(f"{PAGE}?{query}", {"file": "csv"})
    assert answer["Content-Type"].startswith("text/csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_page_says_who_did_what_when_and_from_where(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    colleague = Client(REMOTE_ADDR="203.0.113.7")
    colleague.force_login(coordinator)
    colleague.post(f"/admin/admissions/lead/{lead.pk}/claim/", {"version": lead.version})
    page = desk.get(PAGE, {"kind": "claimed"}).content.decode()
    for words in (coordinator.username, "Claimed", lead.reference, "203.0.113.7", "owner: –, "):
        assert words in page
    assert lead.first_name not in page


def test_page_follows_a_person(desk: Client, lead: Lead, coordinator: User) -> None:
    triage.claim(lead=lead, by=coordinator)
    claimed = LeadEvent.objects.latest("sequence")
    assert shown(desk, who=coordinator.pk) == [claimed.sequence]


def test_page_follows_a_lead_and_what_was_merged_into_it(
    desk: Client, make_lead: Any, coordinator: User
) -> None:
    other = {"first_name": "Blake", "phone": "", "email": "blake@example.org"}
    kept, merged, alone = make_lead(**other), make_lead(role="professional", **other), make_lead()
    do_merge(kept, merged, coordinator)
    of_both = LeadEvent.objects.filter(lead__in=[kept, merged]).order_by("-at", "-id")
    expected = list(of_both.values_list("sequence", flat=True))
    own, *rest = shown(desk, lead=kept.reference)
    assert (own, rest) == (LeadEvent.objects.latest("sequence").sequence, expected)
    typed = f" {kept.reference[:4].lower()}-{kept.reference[4:]} "
    assert shown(desk, lead=typed)[1:] == [own, *expected]
    assert len(shown(desk, lead=alone.reference)) == 3


def test_page_follows_what_was_done_and_when(desk: Client, lead: Lead) -> None:
    received = LeadEvent.objects.get(kind="inquiry_received").sequence
    today, day = timezone.localdate(), timedelta(days=1)
    assert shown(desk, kind="inquiry_received") == [received]
    assert shown(desk, kind="inquiry_received", first=today, last=today) == [received]
    assert shown(desk, kind="inquiry_received", last=today - day) == []
    assert shown(desk, kind="inquiry_received", first=today - day) == [received]


def test_newest_is_first_and_pages_show_each_event_once(
    desk: Client, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_page, "ROWS", 3)
    with transaction.atomic():
        for _ in range(8):
            audit.record(lead=lead, kind=EventKind.NOTE_ADDED, by=audit.SYSTEM)
    notes = LeadEvent.objects.filter(kind="note_added").order_by("-sequence")
    found, address = [], {"kind": "note_added"}
    while True:
        answer = desk.get(PAGE, address)
        found += [event.sequence for event, *_cells in answer.context["rows"]]
        if not answer.context["page"].next:
            break
        address = {"kind": "note_added", "after": answer.context["page"].next}
    assert found == list(notes.values_list("sequence", flat=True))
    back = desk.get(PAGE, {"kind": "note_added", "before": answer.context["page"].previous})
    assert [event.sequence for event, *_cells in back.context["rows"]] == found[3:6]


@pytest.mark.parametrize(
    "asked",
    [
        {"lead": "23456789"},
        {"lead": "Avery"},
        {"lead": "x\x00"},
        {"who": "99999"},
        {"who": "' OR 1=1"},
        {"kind": "nothing"},
        {"first": "2027-02-30"},
        {"first": "2020-01-02", "last": "2020-01-01"},
        {"last": "9999-12-31"},
    ],
    ids=range(9),
)
def test_rubbish_is_said_with_what_was_typed(
    desk: Client, lead: Lead, asked: dict[str, str]
) -> None:
    answer = desk.get(PAGE, asked)
    assert answer.status_code == 422
    assert "errornote" in answer.content.decode()
    assert "page" not in answer.context


def test_rubbish_for_a_page_is_the_first_page(desk: Client, lead: Lead) -> None:
    assert len(shown(desk, after="x", before="1-", kind="inquiry_received")) == 1


# -- the file


def test_file_has_all_that_was_asked_for(
    desk: Client, lead: Lead, coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_page, "CHUNK", 2)
    triage.claim(lead=lead, by=coordinator)
    triage.release(lead=lead, by=coordinator)
    rows = file_of(desk, f"lead={lead.reference}")
    assert rows[0] == ["number", "when", "who", "what", "lead", "from where", "details"]
    of_lead = LeadEvent.objects.filter(lead=lead).order_by("-sequence")  # with the file's own
    assert [row[0] for row in rows[1:6]] == [str(event.sequence) for event in of_lead]
    assert {row[4] for row in rows[1:6]} == {lead.reference}
    assert rows[-1] == ["end", "5 rows"]


def test_file_of_nothing_says_so(desk: Client, lead: Lead) -> None:
    assert file_of(desk, "kind=erased")[-1] == ["end", "0 rows"]


def test_no_cell_is_taken_for_a_formula(desk: Client, lead: Lead) -> None:
    with transaction.atomic():
        audit.record(lead=lead, kind=EventKind.NOTE_ADDED, by="=1+1")
    row = file_of(desk, "kind=note_added")[1]
    assert row[2] == "'=1+1"


# -- that it was read


def test_reading_is_recorded_with_what_was_asked_for(
    desk: Client, auditor: User, lead: Lead, coordinator: User
) -> None:
    desk.get(PAGE, {"lead": lead.reference, "kind": "claimed"})
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.actor, event.lead) == ("viewed", auditor.username, lead)
    assert event.data == {"page": "audit", "lead": lead.pk, "kind": "claimed"}
    desk.get(PAGE, {"who": coordinator.pk, "first": "2026-01-02"})
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.lead_id) == ("viewed", None)
    assert event.data == {"page": "audit", "who": coordinator.pk, "first": "2026-01-02"}
    file_of(desk)
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.data) == ("exported", {"what": "audit"})
    assert event.origin == "127.0.0.1"


@pytest.mark.parametrize("role", roles.ROLES)
def test_auditors_and_managers_alone_open_it(client: Client, make_staff: Any, role: str) -> None:
    client.force_login(make_staff(role, "one"))
    may = role in (roles.AUDITOR, roles.MANAGER)
    assert client.get(PAGE).status_code == (200 if may else 403)
    assert client.post(PAGE, {"verify": "1"}).status_code == (302 if may else 403)
    linked = f'href="{PAGE}"' in client.get("/admin/").content.decode()
    assert linked == may
    if not may:
        assert LeadEvent.objects.filter(kind="refused", data__act="audit").count() == 2


def test_stock_list_of_events_is_gone(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    assert client.get("/admin/admissions/leadevent/").status_code == 404


# -- whether the chain holds


def test_button_verifies_the_end_of_the_chain(
    desk: Client, lead: Lead, tmp_path: Path, settings: Any
) -> None:
    settings.AUDIT_HEADS = tmp_path / "heads"
    audit_heads.write_daily()
    page = desk.post(PAGE, {"verify": "1"}, follow=True).content.decode()
    assert "The last 10000 events hold, compared with 1 daily heads." in page
    assert f"with event {audit.head().sequence - 2}" in page
    verified = LeadEvent.objects.order_by("-sequence")[1]
    assert verified.data == {"page": "audit", "verified": 10000, "faults": 0}


def test_button_says_where_it_does_not_hold(
    desk: Client, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = desk.get(PAGE).content.decode()
    assert "No head was put down outside the database yet." in page
    with transaction.atomic(), unguarded():
        LeadEvent.objects.filter(sequence=1).update(actor="somebody else")
    page = desk.post(PAGE, {"verify": "1"}, follow=True).content.decode()
    assert "The chain does not hold. event 1: altered" in page
    assert "hold, compared" not in page
    assert ChainHead.objects.get().sequence > 2


# -- what it costs


@pytest.mark.parametrize("count", [1, 3, 300])
def test_page_costs_the_same_however_long_the_chain_is(
    desk: Client, lead: Lead, count: int, django_assert_max_num_queries: Any
) -> None:
    with transaction.atomic():
        for _ in range(count):
            audit.record(lead=lead, kind=EventKind.NOTE_ADDED, by=audit.SYSTEM)
    with django_assert_max_num_queries(20):
        assert desk.get(PAGE).status_code == 200


def test_times_are_those_of_the_clock_on_the_wall(desk: Client, lead: Lead) -> None:
    at = datetime(2027, 1, 4, 20, 30, tzinfo=UTC)
    with transaction.atomic(), unguarded():
        LeadEvent.objects.filter(sequence=1).update(at=at)
    (row,) = (row for row in file_of(desk) if row[0] == "1")
    assert row[1] == "2027-01-04 15:30:00"
