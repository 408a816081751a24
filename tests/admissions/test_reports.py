"""The reports: right to the minute on leads computed by hand, and for managers alone."""

import re
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from admissions import audit, charts, intake, quarantine, reports, summaries, triage, verification
from admissions.enums import (
    AttemptResult,
    Channel,
    CloseReason,
    Dimension,
    LeadStatus,
    Suspicion,
    VobStatus,
)
from admissions.models import (
    ClosedDay,
    ConsentWording,
    Lead,
    LeadEvent,
    StatusAccess,
    Summary,
    WorkingHours,
)
from admissions.part2 import NOTICE
from admissions.report_tables import Numbers, Row, Table, in_words, share
from admissions.reports import PERIODS, Period
from iop_site import roles
from programs.models import Payer, Track
from tests.admissions.mail_tools import local
from tests.factories import inquiry_answers, new_key

S = LeadStatus
TALKED, NO_ANSWER = AttemptResult.TALKED, AttemptResult.NO_ANSWER
ADDRESS = "/admin/reports/"
DAYS = Period(date(2026, 3, 5), date(2026, 3, 10))
OWN = {"period": "own", "first": "2026-03-05", "last": "2026-03-10"}

Story = Callable[..., Lead]


@pytest.fixture
def tell(wordings: list[ConsentWording], coordinator: User, manager: User) -> Story:
    """Return a function that lets a lead be received, and acted on at the times given.

    Its steps are (time, what, more): a result is an attempt, a status a move, a verification's
    status is set; "claim" and "release" (from quarantine) are what they say.
    """
    number = 0

    def run(received: str, *steps: tuple[Any, ...], suspect: bool = False, **answers: Any) -> Lead:
        nonlocal number
        number += 1
        with time_machine.travel(local(received), tick=False):
            receipt = intake.submit_inquiry(
                answers=inquiry_answers(
                    first_name=f"N{number}",
                    phone="",
                    email=f"n{number}@example.org",
                    **answers,
                ),
                wordings=wordings,
                idempotency_key=new_key(),
                sender=intake.Sender(suspicions=[Suspicion.LINKS] if suspect else []),
            )
        lead = StatusAccess.objects.get(reference=receipt.reference).lead
        for at, what, *more in steps:
            with time_machine.travel(local(at), tick=False):
                lead.refresh_from_db()
                _act(lead, what, more, coordinator, manager)
        lead.refresh_from_db()
        return lead

    return run


def _act(lead: Lead, what: Any, more: list[Any], coordinator: User, manager: User) -> None:
    if what == "claim":
        triage.claim(lead=lead, by=coordinator)
    elif what == "release":
        quarantine.release(lead=lead, by=coordinator, version=lead.version)
    elif isinstance(what, AttemptResult):
        triage.log_attempt(lead=lead, channel=Channel.PHONE, result=what, by=coordinator)
    elif what == VobStatus.REQUESTED:
        verification.set_status(lead=lead, to=what, by=coordinator, version=lead.version)
    elif isinstance(what, VobStatus):
        answers = {"outcome": what}
        verification.record_result(
            lead=lead, by=coordinator, version=lead.version, form=None, answers=answers
        )
    else:
        triage.transition(
            lead=lead,
            to=what,
            by=manager,
            version=lead.version,
            reason=more[0] if more else "",
            note="Why." if lead.status == S.CLOSED else "",
        )


@pytest.fixture
def office(db: None) -> None:
    """Monday to Friday, nine to five; Monday the 9th is a holiday. The 8th lacks an hour."""
    for weekday in range(5):
        WorkingHours.objects.create(weekday=weekday, start=time(9), end=time(17))
    ClosedDay.objects.create(day=date(2026, 3, 9), name="Holiday")


@pytest.fixture
def twelve(office: None, tell: Story, track: Track) -> None:
    """Twelve leads over a weekend, a closed Monday and the night in which an hour is lost.

    Working minutes to the first attempt / conversation, the promise (15), hours in finished stays:
    """
    # 1. 5 / 20, in time. New 0, attempting 0, contacted 2, qualified 24, scheduled 24, assessed
    #    Saturday to Monday less an hour 47, admission scheduled 24. From the 6th to the 10th: 4.
    tell(
        "2026-03-05 10:00",
        ("2026-03-05 10:01", "claim"),
        ("2026-03-05 10:05", NO_ANSWER),
        ("2026-03-05 10:20", TALKED),
        ("2026-03-05 10:20", S.CONTACTED),
        ("2026-03-05 12:20", S.QUALIFIED),
        ("2026-03-06 12:20", VobStatus.REQUESTED),
        ("2026-03-06 12:20", S.ASSESSMENT_SCHEDULED),
        ("2026-03-06 13:00", VobStatus.VERIFIED_VIABLE),
        ("2026-03-07 12:20", S.ASSESSED),
        ("2026-03-09 12:20", S.ADMISSION_SCHEDULED),
        ("2026-03-10 12:20", S.ADMITTED),
    )
    # 2. Ten minutes on Thursday, ten on Friday: 20 / 20, late. New 16, attempting 0, contacted 2.
    tell(
        "2026-03-05 16:50",
        ("2026-03-05 16:51", "claim"),
        ("2026-03-06 09:10", TALKED),
        ("2026-03-06 09:10", S.CONTACTED),
        ("2026-03-06 11:10", S.CLOSED, CloseReason.COST),
    )
    # 3. 12 / 12, in time. New 0, attempting 0, contacted 5; stays qualified.
    tell(
        "2026-03-06 09:30",
        ("2026-03-06 09:42", TALKED),
        ("2026-03-06 09:42", S.CONTACTED),
        ("2026-03-06 14:42", S.QUALIFIED),
        track="quiet-mornings",
    )
    # 4. After hours; Saturday, Sunday and Monday closed: 8, in time. New 87 less the lost one: 86.
    tell("2026-03-06 18:00", ("2026-03-10 09:08", NO_ANSWER))
    # 5. 20 / 20, late. New 69 less one: 68; attempting 0, contacted 2; kept in touch with.
    tell(
        "2026-03-07 12:00",
        ("2026-03-10 09:20", TALKED),
        ("2026-03-10 09:20", S.CONTACTED),
        ("2026-03-10 11:20", S.NURTURE),
    )
    # 6. Before the lost hour: 0 / 0, in time. New 55 less one: 54; attempting 0, contacted 1.
    tell(
        "2026-03-08 01:30",
        ("2026-03-10 09:00", TALKED),
        ("2026-03-10 09:00", S.CONTACTED),
        ("2026-03-10 10:00", S.CLOSED, CloseReason.NOT_READY),
    )
    # 7. On the holiday: 15, in time to the minute. New 23.
    tell("2026-03-09 10:00", ("2026-03-10 09:15", NO_ANSWER))
    # 8. Nobody has called.
    tell("2026-03-10 09:00")
    # 9. Void. 10. Held.
    tell("2026-03-10 09:05", ("2026-03-10 09:06", S.CLOSED, CloseReason.VENDOR))
    tell("2026-03-10 09:10", suspect=True)
    # 11. Held for an hour, then 10 / 10, in time. New 0, attempting 0, contacted 2.
    tell(
        "2026-03-06 10:00",
        ("2026-03-06 11:00", "release"),
        ("2026-03-06 11:10", TALKED),
        ("2026-03-06 11:10", S.CONTACTED),
        ("2026-03-06 13:10", S.CLOSED, CloseReason.COST),
        suspect=True,
    )
    # 12. 25, late. New 0.
    tell("2026-03-10 09:20", ("2026-03-10 09:45", NO_ANSWER))
    # The days before (February 27 to March 4): 30, late.
    tell("2026-03-04 10:00", ("2026-03-04 10:30", NO_ANSWER))
    assert summaries.refresh() is None


def table(key: str, period: Period = DAYS) -> dict[str, tuple[int | None, ...]]:
    found = next(one for one in reports.report(period).tables if one.key == key)
    return {row.label: row.values for row in found.rows}


def few(key: str) -> set[str]:
    found = next(one for one in reports.report(DAYS).tables if one.key == key)
    return {row.label for row in found.rows if row.few}


def test_report_says_how_many_are_left_out(twelve: None) -> None:
    counts = reports.report(DAYS).counts
    assert (counts["received"], counts["void"], counts["held"], counts["leads"]) == (12, 1, 1, 10)
    assert counts["demo"] == 0


def test_speed_is_right_to_the_minute(twelve: None) -> None:
    # Attempts 0 5 8 10 12 15 20 20 25: the 5th of nine, and the 9th (8.1). Six of ten in time.
    # Conversations 0 10 12 20 20 20: the 3rd of six, and the 6th (5.4).
    assert table("glance") == {
        "This period": (10, 9, 60, 1, 12, 25, 6, 4, 12, 20),
        "The days before": (1, 1, 0, 0, 30, 30, 0, 1, None, None),
    }
    assert few("glance") == {"The days before"}


def test_after_hours_leads_are_measured_apart(twelve: None) -> None:
    # Open: 5 10 12 20 25 and one not called, three of six in time. Closed: 0 8 15 20.
    assert table("arrival") == {
        "Office open": (6, 5, 50, 1, 12, 25, 4, 2, 12, 20),
        "Office closed": (4, 4, 75, 0, 8, 20, 2, 2, 0, 20),
    }
    assert few("arrival") == {"Office closed"}


def test_speed_by_hour_and_weekday(twelve: None) -> None:
    hours = {label: values[:5] for label, values in table("hour").items() if values[0]}
    assert hours == {
        "1 AM": (1, 1, 100, 0, 0),
        "9 AM": (3, 2, 33, 1, 12),
        "10 AM": (3, 3, 100, 0, 10),
        "12 PM": (1, 1, 0, 0, 20),
        "4 PM": (1, 1, 0, 0, 20),
        "6 PM": (1, 1, 100, 0, 8),
    }
    assert len(table("hour")) == 24
    assert {label: values[:5] for label, values in table("weekday").items()} == {
        "Monday": (1, 1, 100, 0, 15),
        "Tuesday": (2, 1, 0, 1, 25),
        "Wednesday": (0, 0, None, 0, None),
        "Thursday": (2, 2, 50, 0, 5),
        "Friday": (3, 3, 100, 0, 10),
        "Saturday": (1, 1, 0, 0, 20),
        "Sunday": (1, 1, 100, 0, 0),
    }


def test_funnel_says_how_far_they_came_and_how_long_they_stayed(twelve: None) -> None:
    # Stays as new: 0 0 0 0 16 23 54 68 86. As contacted: 1 2 2 2 2 5.
    assert table("funnel") == {
        "New": (10, 100, 100, None, 9, 16, 86),
        "Trying to reach": (9, 90, 100, 90, 6, 0, 0),
        "Contacted": (6, 60, 0, 67, 6, 2, 5),
        "Qualified": (2, 20, 0, 33, 1, 24, 24),
        "Assessment scheduled": (1, 10, 0, 50, 1, 24, 24),
        "Assessed": (1, 10, 0, 100, 1, 47, 47),
        "Admission scheduled": (1, 10, 0, 100, 1, 24, 24),
        "Admitted": (1, 10, 0, 100, 0, None, None),
        "Waitlisted": (0, 0, 0, None, 0, None, None),
        "Keeping in touch": (1, 10, 0, None, 0, None, None),
    }
    assert "Qualified" not in few("funnel")
    assert "Admitted" in few("funnel")  # of one that was to be admitted


def test_days_from_the_insurance_check_to_the_admission(twelve: None) -> None:
    assert table("verification") == {
        "This period": (1, 4, 4),
        "The days before": (0, None, None),
    }


def test_reasons_are_shares_of_the_closed(twelve: None) -> None:
    assert table("reasons") == {"Lost: cost": (2, 67, 0, None), "Lost: not ready": (1, 33, 0, None)}


def test_numbers_by_source_track_payer_and_owner(twelve: None) -> None:
    everybody = (10, 1, 9, 60, 0, 12, 6, 12, 2, 1, 10, 0)
    assert table("source") == {"Web: inquiry form": everybody}
    assert table("payer") == {"Payer not known": everybody}
    assert table("track") == {
        "No track named": (9, 1, 8, 56, 0, 10, 5, 20, 1, 1, 11, 0),
        "Quiet mornings": (1, 0, 1, 100, None, 12, 1, 12, 1, 0, 0, None),
    }
    assert table("owner") == {
        "Nobody": (8, 1, 7, 63, 0, 12, 4, 10, 1, 0, 0, 0),
        "coordinator@example.org": (2, 0, 2, 50, None, 5, 2, 20, 1, 1, 50, None),
    }


def test_period_of_other_days_has_other_numbers(twelve: None) -> None:
    weekend = Period(date(2026, 3, 7), date(2026, 3, 8))
    # Saturday 20, Sunday 0, beside Thursday and Friday: 5 20 12 8 10.
    found = table("glance", weekend)
    assert found["This period"][:6] == (2, 2, 50, 0, 0, 20)
    assert found["The days before"][:6] == (5, 5, 80, 0, 10, 20)


def test_key_that_is_no_more_has_a_row_all_the_same(db: None) -> None:
    data = {"count": {"received": 1, "leads": 1}, "reached": {"new": 1}}
    for key in ("", "987654"):
        Summary.objects.create(day=DAYS.first, dimension=Dimension.OWNER, key=key, data=data)
    # Void leads alone are no row.
    void = {"count": {"received": 1, "void": 1}}
    Summary.objects.create(day=DAYS.first, dimension=Dimension.OWNER, key="5", data=void)
    assert list(table("owner")) == ["Nobody", "No longer here"]


def test_names_of_payers_are_those_of_now(db: None) -> None:
    payer = Payer.objects.create(slug="a-plan", name="A Plan", kind="commercial")
    data = {"count": {"leads": 1}}
    key = str(payer.pk)
    Summary.objects.create(day=DAYS.last, dimension=Dimension.PAYER, key=key, data=data)
    assert list(table("payer")) == ["A Plan"]


# -- periods


@pytest.mark.parametrize(
    ("name", "first", "last", "before"),
    [
        ("7", "2026-03-05", "2026-03-11", ("2026-02-26", "2026-03-04")),
        ("30", "2026-02-10", "2026-03-11", ("2026-01-11", "2026-02-09")),
        ("90", "2025-12-12", "2026-03-11", ("2025-09-13", "2025-12-11")),
        ("month", "2026-03-01", "2026-03-11", ("2026-02-18", "2026-02-28")),
        ("last-month", "2026-02-01", "2026-02-28", ("2026-01-04", "2026-01-31")),
        ("year", "2026-01-01", "2026-03-11", ("2025-10-23", "2025-12-31")),
    ],
)
def test_named_periods(name: str, first: str, last: str, before: tuple[str, str]) -> None:
    period = PERIODS[name][1](date(2026, 3, 11))
    assert (str(period.first), str(period.last)) == (first, last)
    assert (str(period.before.first), str(period.before.last)) == before
    assert period.last - period.first == period.before.last - period.before.first


# -- small parts


@pytest.mark.parametrize(
    ("part", "of", "percent"),
    [
        (0, 0, None),
        (0, 3, 0),
        (1, 3, 33),
        (2, 3, 67),
        (1, 8, 13),
        (1, 200, 1),
        (1, 201, 0),
        (7, 7, 100),
    ],
)
def test_share_is_a_whole_percentage(part: int, of: int, percent: int | None) -> None:
    assert share(part, of) == percent


@pytest.mark.parametrize(
    ("values", "half", "most"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([9, 10, 100], 10, 100),
        ([*range(1, 11)], 5, 9),
        ([0] * 9 + [500], 0, 0),
        ([3] * 4 + [8] * 6, 8, 8),
    ],
)
def test_percentiles_are_by_nearest_rank(values: list[int], half: Any, most: Any) -> None:
    numbers = Numbers()
    for value in values:
        numbers.add({"attempt": {str(value): 1}})
    assert (numbers.within("attempt", 50), numbers.within("attempt", 90)) == (half, most)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "min", "–"),
        (7, "", "7"),
        (0, "%", "0%"),
        (59, "min", "59 min"),
        (125, "min", "2 h 5 min"),
        (47, "h", "47 h"),
        (50, "h", "2 d 2 h"),
        (1, "d", "1 day"),
        (4, "d", "4 days"),
    ],
)
def test_numbers_are_said_with_their_unit(value: int | None, unit: str, words: str) -> None:
    assert in_words(value, unit) == words


def test_longest_bar_fills_the_room_and_nothing_has_none() -> None:
    chart = charts.bars(
        "Title", "Things", [("A", 10, "10"), ("B", 5, "5"), ("C", None, "–"), ("D", 0, "0")]
    )
    first, half, nothing, zero = chart.bars
    assert first.width == 2 * half.width
    assert first.end < chart.width - 40
    assert (nothing.width, zero.width) == (0, 0)
    assert chart.height == 4 * charts.ROW
    assert charts.bars("Title", "Things", [("A", 0, "0")]).bars[0].width == 0


def test_long_label_is_cut_in_the_drawing_alone() -> None:
    (bar,) = charts.bars("Title", "Things", [("x" * 29, 1, "1")]).bars
    assert bar.label == "x" * 27 + "…"


def test_table_without_rows_has_no_chart() -> None:
    assert Table("k", "T", "", "F", (), [], 0).chart is None
    assert Table("k", "T", "", "F", (), [Row("a", (), False)]).chart is None


# -- the page


@pytest.fixture
def client_of(make_staff: Any) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(make_staff(role, f"who-{role.replace(' ', '-')}"))
        return client

    return sign_in


@pytest.fixture
def desk(client_of: Callable[[str], Client]) -> Client:
    return client_of(roles.MANAGER)


@pytest.fixture
def eleventh() -> Iterator[None]:
    with time_machine.travel(local("2026-03-11 12:00"), tick=False):
        yield


def refusals() -> list[dict[str, Any]]:
    return list(LeadEvent.objects.filter(kind="refused").values_list("data", flat=True))


@pytest.mark.parametrize("role", [one for one in roles.ROLES if one != roles.MANAGER])
def test_only_managers_see_reports_and_who_else_tries_is_recorded(
    role: str, client_of: Callable[[str], Client]
) -> None:
    client = client_of(role)
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, {"table": "funnel"}).status_code == 403
    assert refusals() == [{"act": "reports", "why": "NotAllowed"}] * 2
    assert not LeadEvent.objects.filter(kind="exported").exists()


def test_visitors_are_sent_to_sign_in(db: None) -> None:
    assert "/login/" in Client().get(ADDRESS)["Location"]
    assert not refusals()


def test_page_shows_every_table_with_charts_that_the_policy_allows(
    twelve: None, desk: Client, eleventh: None
) -> None:
    answer = desk.get(ADDRESS, OWN)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "March 5, 2026 – March 10, 2026" in page
    assert "12 leads were received." in page
    assert "Void (spam, duplicates, wrong numbers): 1. Held as suspected spam: 1." in page
    assert "February 27, 2026 to March 4, 2026" in page
    assert page.count("<table>") == len(reports.report(DAYS).tables) == 11
    charts_drawn = re.findall(r'<svg [^>]*role="img" aria-labelledby="([^"]+)"', page)
    assert len(charts_drawn) == 8
    assert all(f'<title id="{one}">' in page for one in charts_drawn)
    body = page[page.index('id="content-main"') : page.index('<dialog id="idle"')]
    assert not re.search(r'\sstyle=|\son\w+="|<style|<script', body)
    assert "Demo" not in body
    assert "As of" not in body


def test_page_without_a_period_is_of_the_last_thirty_days(
    twelve: None, desk: Client, eleventh: None
) -> None:
    assert "February 10, 2026 – March 11, 2026" in desk.get(ADDRESS).content.decode()


def test_page_of_no_lead_at_all(desk: Client, eleventh: None) -> None:
    page = desk.get(ADDRESS).content.decode()
    assert "0 leads were received." in page
    assert "Nothing in these days." in page


def test_page_adds_up_what_is_new_before_it_reads(
    twelve: None, tell: Story, desk: Client, eleventh: None
) -> None:
    tell("2026-03-10 11:00")
    assert "13 leads were received." in desk.get(ADDRESS, OWN).content.decode()


def test_page_says_as_of_when_where_it_is_behind(
    twelve: None, desk: Client, eleventh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "EVENTS", 1)
    summaries.SummaryHead.objects.update(sequence=0)
    page = desk.get(ADDRESS, OWN).content.decode()
    assert "As of March 5, 2026, 10:00: what happened since is being added up." in page


def test_page_says_what_is_demo_data(twelve: None, desk: Client, eleventh: None) -> None:
    Lead.objects.filter(first_attempt_at=None).update(is_demo=True)
    list(summaries.rebuild())
    page = desk.get(ADDRESS, OWN).content.decode()
    assert "3 of the leads received are demo data." in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"first": "2026-03-10", "last": "2026-03-05"}, "The last day cannot be before the first."),
        ({"first": "2025-03-09", "last": "2026-03-10"}, "Choose a year at most."),
        ({"first": ""}, "Choose a day."),
        ({"last": "tomorrow"}, "Enter a date, such as 2027-03-01."),
        ({"last": "2026-03-12"}, "Enter a day that is not in the future, from 2000 on."),
        ({"first": "0001-01-01"}, "Enter a day that is not in the future, from 2000 on."),
        ({"period": "for ever"}, "Select a valid choice."),
        ({"period": ""}, "This field is required."),
        ({"first": "2026-03-05\x00"}, "Enter a date, such as 2027-03-01."),
    ],
)
def test_rubbish_periods_are_refused_in_words(
    changes: dict[str, str], says: str, desk: Client, eleventh: None
) -> None:
    answer = desk.get(ADDRESS, OWN | changes)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "<table>" not in answer.content.decode()


def test_days_do_not_matter_to_a_named_period(desk: Client, eleventh: None) -> None:
    rubbish = {"period": "7", "first": "x", "last": "2020-01-01"}
    assert desk.get(ADDRESS, rubbish).status_code == 200


def test_year_of_366_days_can_be_chosen(desk: Client, eleventh: None) -> None:
    days = {"period": "own", "first": "2025-03-10", "last": "2026-03-10"}
    assert desk.get(ADDRESS, days).status_code == 200


@pytest.mark.parametrize("count", [1, 3, 300])
def test_page_takes_the_same_queries_for_any_number_of_leads(
    count: int, desk: Client, eleventh: None
) -> None:
    with time_machine.travel(local("2026-03-10 10:00"), tick=False):
        for number in range(count):
            Lead.objects.create(reference=f"R{number:07}", source="phone", role="self")
    list(summaries.rebuild())
    desk.get(ADDRESS)
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(ADDRESS).status_code == 200
    assert len(queries) <= 24  # of them the site's own, for its head, roles and audit
    assert not [one for one in queries if 'FROM "admissions_lead"' in one["sql"]]


@pytest.mark.parametrize("days", [1, 30, 366])
def test_report_is_four_queries_for_any_number_of_days(
    days: int, twelve: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        reports.report(Period(DAYS.last - timedelta(days=days - 1), DAYS.last))


# -- a table as a file


def file_of(answer: Any) -> list[str]:
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()


def test_table_as_a_file_is_recorded_and_has_bare_numbers(
    twelve: None, desk: Client, eleventh: None
) -> None:
    answer = desk.post(f"{ADDRESS}?period=own&first=2026-03-05&last=2026-03-10", {"table": "owner"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    named = 'attachment; filename="report-owner-2026-03-05-2026-03-10.csv"'
    assert answer["Content-Disposition"] == named
    event = LeadEvent.objects.get(kind="exported")
    assert event.data == {"what": "report:owner", "from": "2026-03-05", "to": "2026-03-10"}
    lines = file_of(answer)
    assert lines[0].startswith('Owner,Leads,"Leads, the days before",Called,Called in time (%),')
    assert lines[1:] == [
        "Nobody,8,1,7,63,0,12,4,10,1,0,0,0",
        "coordinator@example.org,2,0,2,50,,5,2,20,1,1,50,",
        f"notice,{NOTICE}",
        "end,2 rows",
    ]
    assert not list(audit.verify())


def test_every_table_of_the_page_has_its_file(twelve: None, desk: Client, eleventh: None) -> None:
    for one in reports.report(DAYS).tables:
        lines = file_of(desk.post(f"{ADDRESS}?period=7", {"table": one.key}))
        assert lines[-1].startswith("end,")


def test_name_that_a_spreadsheet_would_run_is_kept_from_it(
    twelve: None, desk: Client, eleventh: None
) -> None:
    User.objects.filter(username__startswith="coordinator").update(
        first_name='=HYPERLINK("http://example.org")'
    )
    lines = file_of(desk.post(f"{ADDRESS}?period=7", {"table": "owner"}))
    assert any(line.startswith("\"'=HYPERLINK(") for line in lines)


@pytest.mark.parametrize("posted", [{}, {"table": ""}, {"table": "lead"}, {"table": "../x"}])
def test_table_that_is_not_there_is_not_found(
    posted: dict[str, str], desk: Client, eleventh: None
) -> None:
    assert desk.post(ADDRESS, posted).status_code == 404
    assert not LeadEvent.objects.filter(kind="exported").exists()


def test_file_needs_the_token(manager: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    assert client.post(ADDRESS, {"table": "funnel"}).status_code == 403


def test_other_methods_are_not_answered(desk: Client) -> None:
    assert desk.delete(ADDRESS).status_code == 405


def test_addresses_are_where_the_desk_looks_for_them() -> None:
    assert reverse("admin:reports") == ADDRESS
