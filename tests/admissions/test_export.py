"""The export of leads: whitelisted fields, safe cells, recorded, never silently short."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, time
from itertools import islice
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from admissions import audit, export, quarantine, triage
from admissions.enums import AttemptResult, Channel, LeadStatus, Suspicion
from admissions.exceptions import NotAllowed
from admissions.models import Lead, LeadEvent, WorkingHours
from admissions.part2 import NOTICE
from iop_site import roles
from programs.models import Payer
from tests.admissions.conftest import close, writes_fail
from tests.admissions.mail_tools import local

ADDRESS = "/admin/export/"
NOON = "2026-03-11 12:00"
DAY = date(2026, 3, 11)
POST = {
    "first": "2026-03-01",
    "last": "2026-03-11",
    "status": "",
    "purpose": "audit",
    "ticket": "",
}

Make = Callable[..., Lead]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(local(NOON), tick=False):
        yield


@pytest.fixture
def desk(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def rows_of(lines: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(lines), newline="")))


def taken(by: User, **changes: Any) -> list[list[str]]:
    """Return the rows of an export of these days, without heading, notice and end."""
    asked = {"first": DAY, "last": DAY, "status": "", "purpose": "audit", **changes}
    heading, *rows, notice, end = rows_of(export.leads(by=by, **asked))
    assert heading[0] == "\ufeffreference"
    assert notice == ["notice", str(NOTICE)]
    assert end == ["end", f"{len(rows)} rows"]
    assert all(len(row) == len(heading) for row in rows)
    return rows


def exported() -> list[dict[str, Any]]:
    events = LeadEvent.objects.filter(kind="exported").order_by("sequence")
    return list(events.values_list("data", flat=True))


# -- what is in it


@pytest.mark.shows("ASVS 15.3.1")
def test_row_says_where_a_lead_stands_and_nothing_of_who_it_is(
    make_lead: Make, coordinator: User, manager: User
) -> None:
    WorkingHours.objects.create(weekday=2, start=time(9), end=time(17))
    User.objects.filter(pk=coordinator.pk).update(first_name="Robin", last_name="Desk")
    words = {
        "first_name": "Canaryfirst",
        "last_name": "Canarylast",
        "email": "canary@example.org",
        "phone": "617-555-0142",
        "message": "Canary message",
        "do_not_speak_to": "Canary person",
        "good_times": "Canary times",
        "organization": "Canary inc",
        "access_needs": "Canary needs",
    }
    lead = make_lead(coverage_kind="commercial", language="Canary", **words)
    payer = Payer.objects.create(slug="a-plan", name="A Plan", kind="commercial")
    Lead.objects.filter(pk=lead.pk).update(payer=payer, language_code="es")
    triage.claim(lead=lead, by=coordinator)
    triage.add_note(lead=lead, text="Canary note", by=coordinator)
    for minute, result in (("05", AttemptResult.NO_ANSWER), ("40", AttemptResult.TALKED)):
        with time_machine.travel(local(f"2026-03-11 12:{minute}"), tick=False):
            triage.log_attempt(lead=lead, channel=Channel.PHONE, result=result, by=coordinator)
    text = "".join(
        export.leads(by=manager, first=DAY, last=DAY, status="", purpose="audit", ticket="")
    )
    assert "anary" not in text
    assert "0142" not in text
    heading, row, _notice, _end = rows_of([text])
    assert dict(zip(heading, row, strict=True)) == {
        "\ufeffreference": lead.reference,
        "received": "2026-03-11 12:00",
        "source": "Web: inquiry form",
        "status": "Trying to reach",
        "close reason": "",
        "track": "",
        "payer": "A Plan",
        "patient's age": "26 to 64",
        "coverage": "Insurance through a job, a school or bought myself",
        "language": "Spanish",
        "response": "In time",
        "attempts": "2",
        "working minutes to first attempt": "5",
        "working minutes to first conversation": "40",
        "owner": "Robin Desk",
        "verification of benefits": "Not requested",
        "demo data": "",
    }


def test_lead_that_nobody_has_called_has_empty_cells(lead: Lead, manager: User) -> None:
    close(lead)
    Lead.objects.filter(pk=lead.pk).update(is_demo=True, owner=manager)
    (row,) = taken(manager)
    assert row[3:5] == ["Closed", "Lost: not ready"]
    assert row[10:15] == ["", "0", "", "", "manager@example.org"]
    assert row[16] == "yes"


def test_minutes_run_from_the_release_from_quarantine(
    lead: Lead, coordinator: User, manager: User
) -> None:
    Lead.objects.filter(pk=lead.pk).update(
        quarantined_at=timezone.now(), suspicions=[str(Suspicion.LINKS)]
    )
    lead.refresh_from_db()
    with time_machine.travel(local("2026-03-11 13:00"), tick=False):
        quarantine.release(lead=lead, by=coordinator, version=lead.version)
    with time_machine.travel(local("2026-03-11 13:07"), tick=False):
        triage.log_attempt(
            lead=lead, channel=Channel.PHONE, result=AttemptResult.TALKED, by=coordinator
        )
    (row,) = taken(manager)
    assert row[12:14] == ["7", "7"]


def put(count: int, moment: str, **values: Any) -> list[str]:
    """Store leads received at one moment and return their references."""
    start = Lead.objects.count()
    names = [f"X{start + number:07}" for number in range(count)]
    for name in names:
        Lead.objects.create(
            reference=name, source="phone", role="self", received_at=local(moment), **values
        )
    return names


def test_days_are_local_and_whole_and_the_oldest_is_first(manager: User) -> None:
    (late,) = put(1, "2026-03-08 23:59:59")
    (early,) = put(1, "2026-03-08 00:00")  # a day of 23 hours
    put(1, "2026-03-07 23:59:59")
    put(1, "2026-03-09 00:00")
    day = date(2026, 3, 8)
    assert [row[0] for row in taken(manager, first=day, last=day)] == [early, late]


def test_status_narrows_it(manager: User) -> None:
    put(2, NOON)
    nurtured = put(1, NOON, status="nurture")
    assert [row[0] for row in taken(manager, status="nurture")] == nurtured
    assert taken(manager, status="admitted") == []


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_rows_at_one_moment_are_each_there_once_over_chunks(
    count: int, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    expected = put(count, NOON)
    assert [row[0] for row in taken(manager)] == expected


def test_nothing_is_read_before_the_lines_are_taken_and_then_by_chunks(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 10)
    put(35, NOON)
    with CaptureQueriesContext(connection) as queries:
        lines = export.leads(by=manager, first=DAY, last=DAY, status="", purpose="audit")
        reads = [one["sql"] for one in queries if 'FROM "admissions_lead"' in one["sql"]]
        assert not reads
        list(islice(lines, 12))
    reads = [one["sql"] for one in queries if 'FROM "admissions_lead"' in one["sql"]]
    assert len(reads) == 2
    assert not [sql for sql in reads if '"admissions_lead"."first_name"' in sql]


# -- formulas


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1 617",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\tplain",
        "\r=1",
        "\nplain",
        " =1",
        '"=1"',
        "'=1",
        "“=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "\u00a0=1",
    ],
)
def test_cells_that_a_spreadsheet_would_run_get_an_apostrophe(cell: str) -> None:
    assert export.safe(cell) == f"'{cell}"
    assert rows_of(export.lines(["first", cell], []))[0] == ["\ufefffirst", f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "plain", "a=b", "1-2", "O'Hara", "é", 0, -5, None, "’tis"])
def test_other_cells_stay_as_they_are(cell: Any) -> None:
    assert export.safe(cell) == cell


def test_names_that_staff_typed_are_made_safe(lead: Lead, manager: User) -> None:
    User.objects.filter(pk=manager.pk).update(first_name='=cmd|"/c calc"!A1')
    payer = Payer.objects.create(slug="a-plan", name="@A, Plan\r\n=1", kind="commercial")
    Lead.objects.filter(pk=lead.pk).update(owner=manager, payer=payer)
    (row,) = taken(manager)
    assert row[6] == "'@A, Plan\r\n=1"
    assert row[14].startswith("'=cmd|")


# -- broken off


def test_file_that_breaks_off_says_so_and_the_error_goes_on() -> None:
    def rows() -> Iterator[list[int]]:
        yield [1]
        yield [2]
        raise OperationalError("gone")

    lines = export.lines(["n"], rows())
    read: list[str] = []
    with pytest.raises(OperationalError):
        read.extend(lines)
    assert read == ["\ufeffn\r\n", "1\r\n", "2\r\n", "BROKEN OFF,after 2 rows\r\n"]


def test_database_that_goes_away_midway_leaves_no_end(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    put(4, NOON)
    lines = export.leads(by=manager, first=DAY, last=DAY, status="", purpose="audit")
    read = list(islice(lines, 3))

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
        read.extend(lines)
    assert read[-1] == "BROKEN OFF,after 2 rows\r\n"
    assert not any(line.startswith("end") for line in read)


# -- who, and what is recorded


@pytest.mark.parametrize("role", [one for one in roles.ROLES if one != roles.MANAGER])
def test_only_managers_export_and_who_else_tries_is_recorded(role: str, make_staff: Any) -> None:
    user = make_staff(role, "somebody")
    client = Client()
    client.force_login(user)
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, POST).status_code == 403
    events = LeadEvent.objects.exclude(kind="signed_in").values_list(
        "kind", "actor", "lead", "data"
    )
    refused = ("refused", "somebody@example.org", None, {"act": "export", "why": "NotAllowed"})
    assert list(events) == [refused] * 2
    with pytest.raises(NotAllowed):
        export.leads(by=user, first=DAY, last=DAY, status="", purpose="audit")
    assert not exported()


@pytest.mark.shows("ASVS 5.4.1", "ASVS 5.4.2")
def test_export_is_recorded_before_its_first_byte(lead: Lead, desk: Client) -> None:
    answer = desk.post(ADDRESS, POST | {"status": "new", "purpose": "other", "ticket": "0042"})
    assert exported() == [
        {
            "what": "leads",
            "from": "2026-03-01",
            "to": "2026-03-11",
            "status": "new",
            "purpose": "other",
            "ticket": "0042",
        }
    ]
    assert (answer.status_code, answer.streaming) == (200, True)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    named = 'attachment; filename="leads-2026-03-01-2026-03-11.csv"'
    assert answer["Content-Disposition"] == named
    body = b"".join(answer)
    assert body.startswith(b"\xef\xbb\xbfreference,")
    assert lead.reference.encode() in body
    assert body.endswith(b"end,1 rows\r\n")
    assert not list(audit.verify())


def test_record_that_cannot_be_written_lets_nothing_out(lead: Lead, manager: User) -> None:
    with writes_fail("admissions_leadevent"), pytest.raises(OperationalError):
        export.leads(by=manager, first=DAY, last=DAY, status="", purpose="audit")


# -- the form


def test_form_is_of_this_month_and_says_what_the_file_holds(desk: Client) -> None:
    page = desk.get(ADDRESS).content.decode()
    assert 'value="2026-03-01"' in page
    assert 'value="2026-03-11"' in page
    assert "reference, received, source, status, close reason" in page
    assert not exported()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"first": "2026-03-11", "last": "2026-03-01"}, "The last day cannot be before the first."),
        ({"first": ""}, "This field is required."),
        ({"last": "11.3.2026"}, "Enter a date, such as 2027-03-01."),
        ({"last": "2026-03-12"}, "Enter a day that is not in the future, from 2000 on."),
        ({"first": "1999-12-31"}, "Enter a day that is not in the future, from 2000 on."),
        ({"status": "gone"}, "Select a valid choice."),
        ({"purpose": ""}, "Choose what the export is for."),
        ({"purpose": "fun"}, "Select a valid choice."),
        ({"purpose": "other"}, "Enter the number of the ticket that says what it is for."),
        ({"ticket": "Avery Quill"}, "Enter the number alone, digits only."),
        ({"ticket": "٤٢"}, "Enter the number alone, digits only."),
        ({"purpose": "other", "ticket": "1" * 13}, "Ensure this value has at most 12 characters"),
    ],
)
def test_rubbish_is_refused_in_words_and_nothing_is_exported(
    changes: dict[str, str], says: str, desk: Client
) -> None:
    answer = desk.post(ADDRESS, POST | changes)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert "Nothing was exported. Please look at the marked fields." in page
    if "status" not in changes and "first" not in changes:
        assert 'value="2026-03-01"' in page  # what was typed is still there
    assert not exported()


def test_export_needs_the_token(manager: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    assert client.post(ADDRESS, POST).status_code == 403
    assert not exported()


def test_answers_in_an_address_export_nothing(desk: Client) -> None:
    assert desk.get(ADDRESS, POST)["Content-Type"].startswith("text/html")
    assert desk.put(ADDRESS).status_code == 405
    assert not exported()


def test_address_is_where_the_desk_looks_for_it() -> None:
    assert reverse("admin:export_leads") == ADDRESS


def test_every_status_and_purpose_can_be_chosen(desk: Client) -> None:
    for status in ("", *LeadStatus.values):
        assert desk.post(ADDRESS, POST | {"status": status}).status_code == 200
    for purpose in export.Purpose.values:
        asked = POST | {"purpose": purpose, "ticket": "7"}
        assert desk.post(ADDRESS, asked).status_code == 200
    assert len(exported()) == 1 + len(LeadStatus.values) + len(export.Purpose.values)


def test_a_file_is_for_managers_whoever_asks_for_it(coordinator: User) -> None:
    with pytest.raises(NotAllowed):
        export.record(what="leads", by=coordinator, first=DAY, last=DAY)
    assert not LeadEvent.objects.filter(kind="exported").exists()
