"""The watch: who waits for a call is told in time, once, and not when it is not so any more."""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admissions import notices, rate_limit, watch
from admissions.enums import NoticeKind
from admissions.management.commands import send_notifications
from admissions.models import (
    Absence,
    ClosedDay,
    Draft,
    Lead,
    OutboxMessage,
    RateCount,
    StatusAccess,
    WorkingHours,
)
from tests.admissions.conftest import close
from tests.admissions.mail_tools import local
from tests.threads import run_together

Put = Callable[..., Lead]

AT_RISK, MISSED, UNCLAIMED = "response_at_risk", "response_missed", "unclaimed"
NOON = "2026-12-02 12:00"  # a Wednesday


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(local(NOON), tick=False):
        yield


@pytest.fixture
def put(db: None) -> Put:
    """Return a function that stores a lead to be reached some minutes from now."""
    made = 0

    def make(minutes: float = 0, **values: Any) -> Lead:
        nonlocal made
        made += 1
        by = values.pop("respond_by", timezone.now() + timedelta(minutes=minutes))
        return Lead.objects.create(
            reference=f"W{made:07}",
            source="web_inquiry",
            role="self",
            first_name=f"N{made}",
            respond_by=by,
            **values,
        )

    return make


def office_hours() -> None:
    """Let the desk work on weekdays from nine to five."""
    for weekday in range(5):
        WorkingHours.objects.create(weekday=weekday, start=time(9), end=time(17))


def told(lead: Lead | None = None) -> list[str]:
    """Return the kinds of the notices to the desk, oldest first."""
    rows = OutboxMessage.objects.filter(audience="desk").order_by("id")
    return list((rows.filter(lead=lead) if lead else rows).values_list("kind", flat=True))


def look_at(moment: str) -> int:
    with time_machine.travel(local(moment), tick=False):
        return watch.look()


# -- when


@pytest.mark.parametrize(
    ("minutes", "kinds"),
    [
        (5.1, []),  # more than a third of a quarter of an hour is left
        (5, [AT_RISK]),
        (0.1, [AT_RISK]),
        (0, [MISSED]),
        (-14.9, [MISSED]),
        (-15, [MISSED, UNCLAIMED]),
        (-60 * 24 + 1, [MISSED, UNCLAIMED]),
        (-60 * 24 * 2 - 1, []),  # no worker ran for days: the desk's list says it
    ],
)
def test_each_stage_is_told_in_its_time(put: Put, minutes: float, kinds: list[str]) -> None:
    lead = put(minutes)
    assert watch.look() == len(kinds)
    assert told(lead) == kinds


def test_stage_follows_the_settings(put: Put, settings: Any) -> None:
    settings.FIRST_ATTEMPT_PROMISE_MINUTES = 60
    settings.UNCLAIMED_ESCALATION_MINUTES = 5
    soon, gone = put(20), put(-5)
    watch.look()
    assert told(soon) == [AT_RISK]
    assert told(gone) == [MISSED, UNCLAIMED]


def test_lead_goes_through_the_stages_and_hears_each_once(put: Put) -> None:
    lead = put(30)
    for minute in range(120):
        with time_machine.travel(local(NOON) + timedelta(minutes=minute), tick=False):
            watch.look()
    assert told(lead) == [AT_RISK, MISSED, UNCLAIMED]


def test_nobody_is_told_twice_by_two_workers(put: Put) -> None:
    lead = put(-20)
    watch.look()
    OutboxMessage.objects.filter(kind=MISSED).update(state="dead")
    assert watch.look() == 0
    assert told(lead) == [MISSED, UNCLAIMED]


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_tell_once(put: Put) -> None:
    leads = [put(-20) for _ in range(10)]
    results = run_together(6, lambda number: watch.look())
    assert all(isinstance(one, int) for one in results), results
    assert sorted(told()) == sorted([MISSED, UNCLAIMED] * len(leads))


# -- of whom


@pytest.mark.parametrize(
    "values",
    [
        {"first_attempt_at": local(NOON)},
        {"quarantined_at": local(NOON)},
        {"contact_withdrawn_at": local(NOON)},
        {"deletion_requested_at": local(NOON)},
        {"is_demo": True},
        {"status": "closed", "close_reason": "spam"},
        {"status": "admitted"},
        {"respond_by": None},
    ],
)
@pytest.mark.parametrize("minutes", [3, -3, -60])
def test_nobody_is_waited_for_who_does_not_wait(
    put: Put, minutes: int, values: dict[str, Any]
) -> None:
    put(minutes, **values)
    assert watch.look() == 0
    assert not OutboxMessage.objects.exists()


def test_claimed_lead_is_missed_but_not_unclaimed(put: Put, coordinator: User) -> None:
    lead = put(-60, owner=coordinator)
    watch.look()
    assert told(lead) == [MISSED]


def test_lead_that_was_closed_or_called_in_between_is_left_alone(
    put: Put, coordinator: User
) -> None:
    lead, other = put(3), put(3)
    watch.look()
    close(lead)
    Lead.objects.filter(pk=other.pk).update(first_attempt_at=timezone.now())
    look_at("2026-12-02 12:30")
    assert told() == [AT_RISK, AT_RISK]


@pytest.mark.parametrize("away", [True, False])
def test_lead_with_somebody_who_is_not_here_counts_as_unclaimed(
    put: Put, coordinator: User, make_staff: Callable[..., User], away: bool
) -> None:
    gone = make_staff("coordinator", "gone")
    if away:
        Absence.objects.create(user=gone, since=timezone.localdate(), by=gone)
    else:
        User.objects.filter(pk=gone.pk).update(is_active=False)
    lead, other = put(-60, owner=gone), put(-60, owner=coordinator)
    watch.look()
    assert told(lead) == [MISSED, UNCLAIMED]
    assert told(other) == [MISSED]


def test_manager_is_told_of_what_nobody_claims(put: Put, manager: User, coordinator: User) -> None:
    notices.set_preference(user=coordinator, kinds=[NoticeKind.RESPONSE_MISSED])
    put(-20)
    watch.look()
    rows = OutboxMessage.objects.order_by("id").select_related("recipient")
    assert [(one.kind, one.recipient and one.recipient.username) for one in rows] == [
        (MISSED, None),
        (MISSED, coordinator.username),
        (UNCLAIMED, manager.username),
    ]


# -- working time


def test_unclaimed_is_counted_in_working_time(put: Put) -> None:
    office_hours()
    lead = put(respond_by=local("2026-12-04 16:55"))  # a Friday
    assert look_at("2026-12-04 17:30") == 1
    assert look_at("2026-12-05 12:00") == 0
    assert look_at("2026-12-07 09:09:59") == 0
    assert look_at("2026-12-07 09:10") == 1
    assert told(lead) == [MISSED, UNCLAIMED]


def test_unclaimed_is_told_after_a_long_closure_too(put: Put) -> None:
    office_hours()
    for day in range(4, 20):
        ClosedDay.objects.create(day=datetime(2026, 12, day).date(), name="Closed")
    lead = put(respond_by=local("2026-12-03 16:50"))
    assert look_at("2026-12-20 12:00") == 0  # closed until Sunday the 20th
    assert look_at("2026-12-21 09:05") == 1
    assert told(lead) == [UNCLAIMED]


def test_unclaimed_is_told_where_the_desk_is_never_open(put: Put) -> None:
    for day in range(380):
        ClosedDay.objects.create(day=(local(NOON) + timedelta(days=day - 5)).date(), name="Closed")
    lead = put(-15)
    watch.look()
    assert UNCLAIMED in told(lead)


@pytest.mark.parametrize(
    ("respond_by", "due"),
    [
        ("2027-03-14 01:50", "2027-03-14 03:05"),  # 02:00 to 03:00 is not there
        ("2026-11-01 00:50", "2026-11-01 01:05"),
    ],
)
def test_unclaimed_is_right_in_the_nights_the_clock_jumps(
    put: Put, respond_by: str, due: str
) -> None:
    lead = put(respond_by=local(respond_by))
    with time_machine.travel(local(due) - timedelta(seconds=1), tick=False):
        watch.look()
    assert told(lead) == [MISSED]
    look_at(due)
    assert told(lead) == [MISSED, UNCLAIMED]


# -- how much work it is


@pytest.mark.parametrize("count", [1, 3, 300])
def test_look_takes_the_same_queries_for_any_number_of_leads(put: Put, count: int) -> None:
    Lead.objects.bulk_create(
        Lead(
            reference=f"B{number:07}",
            source="web_inquiry",
            role="self",
            first_name="N",
            respond_by=timezone.now() - timedelta(minutes=20),
        )
        for number in range(count)
    )
    with CaptureQueriesContext(connection) as queries:
        watch.look()
    reads = [one["sql"] for one in queries if one["sql"].startswith("SELECT")]
    assert len(reads) <= 12
    writes = len([one for one in queries if one["sql"].startswith("INSERT")])
    assert writes <= 2 + count // 15  # SQLite takes some seventy rows in one statement
    assert len(told()) == 2 * min(count, watch.BATCH)


def test_rest_of_a_large_batch_comes_with_the_next_look(put: Put) -> None:
    leads = [put(-5, owner=None) for _ in range(watch.BATCH + 3)]
    assert watch.look() == watch.BATCH
    assert watch.look() == 3
    assert watch.look() == 0
    assert len(told()) == len(leads)


def test_look_with_nothing_to_do_is_a_few_queries(
    put: Put, django_assert_max_num_queries: Any
) -> None:
    put(-20)
    watch.look()
    with django_assert_max_num_queries(10):
        assert watch.look() == 0


def test_look_reads_no_whole_table_of_leads(put: Put) -> None:
    put(-20)
    with CaptureQueriesContext(connection) as queries:
        watch.look()
    looked = [one["sql"] for one in queries if 'FROM "admissions_lead"' in one["sql"]]
    assert len(looked) == 4
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a few rows are scanned else
        for sql in looked:
            explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
            cursor.execute(explain + sql)
            plan = " ".join(str(row) for row in cursor.fetchall())
            lapsed = "vob_lapses_on" in sql
            assert f"admissions_lead_{'expiry' if lapsed else 'calls'}" in plan, plan
            assert "SCAN admissions_lead" not in plan, plan


def test_look_opens_nothing_that_is_encrypted(put: Put) -> None:
    lead = put(-20)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE admissions_lead SET first_name = 'v1.k1.rubbish'")
    watch.look()
    assert OutboxMessage.objects.filter(lead_id=lead.pk).count() == 2


# -- clearing away


def test_look_clears_away_what_has_run_out(lead: Lead) -> None:
    access = StatusAccess.objects.filter(lead=lead).first()
    for number, minutes in enumerate((-1, 1)):
        expires = timezone.now() + timedelta(minutes=minutes)
        Draft.objects.create(
            kind="insurance",
            token_digest=str(number),
            idempotency_key="00000000-0000-0000-0000-000000000001",
            access=access,
            expires_at=expires,
        )
        RateCount.objects.create(key=f"k{number}", window=1, count=1, expires_at=expires)
    watch.look()
    assert list(Draft.objects.values_list("token_digest", flat=True)) == ["1"]
    assert "k0" not in RateCount.objects.values_list("key", flat=True)
    assert "k1" in RateCount.objects.values_list("key", flat=True)
    assert rate_limit.purge() == 0


# -- the worker


@pytest.mark.usefixtures("provider")
def test_worker_asked_once_looks_and_sends(put: Put, mailoutbox: list[Any]) -> None:
    lead = put(-20)
    call_command("send_notifications", "--once", verbosity=0)
    assert [one.subject for one in mailoutbox] == [
        f"Response time missed {lead.reference}",
        f"Nobody has claimed {lead.reference}",
    ]


class Worker(send_notifications.Command):
    """The worker without its signals, that stops after some rounds and waits in none."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds
        self._stop = self  # type: ignore[assignment]

    def is_set(self) -> bool:
        self.rounds -= 1
        return self.rounds < 0

    def wait(self, seconds: float) -> None:
        pass


on_its_own_connection = pytest.mark.django_db(transaction=True)  # the worker closes it


@on_its_own_connection
@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize(("seconds", "looks"), [(send_notifications.LOOK_SECONDS, 1), (0, 6)])
def test_worker_looks_from_time_to_time(
    put: Put,
    mailoutbox: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    looks: int,
) -> None:
    put(-20)
    monkeypatch.setattr(send_notifications, "LOOK_SECONDS", seconds)
    with CaptureQueriesContext(connection) as queries:
        Worker(rounds=6)._run()
    assert len([one for one in queries if '"admissions_workinghours"' in one["sql"]]) == looks
    assert len(mailoutbox) == 2


@on_its_own_connection
@pytest.mark.usefixtures("provider")
def test_worker_sends_on_where_the_watch_is_broken(
    put: Put, settings: Any, mailoutbox: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    lead = put(-20)
    notices.tell_staff(kind=NoticeKind.NEW_INQUIRY, lead=lead)
    settings.UNCLAIMED_ESCALATION_MINUTES = "soon"
    with caplog.at_level(logging.ERROR, logger="iop.worker"):
        Worker(rounds=4)._run()
    assert f"New inquiry {lead.reference}" in [one.subject for one in mailoutbox]
    assert "watch failed" in caplog.text


@on_its_own_connection
@pytest.mark.usefixtures("provider")
def test_worker_looks_again_when_the_database_is_back(
    put: Put, mailoutbox: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    put(-20)
    gone = [True]

    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if gone and "admissions_workinghours" in sql:
            gone.clear()
            raise OperationalError("away")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(away), caplog.at_level(logging.WARNING, logger="iop.worker"):
        Worker(rounds=6)._run()
    assert "database away" in caplog.text
    assert len(mailoutbox) == 2
