"""The promise and the two clocks, in working time, on ordinary days and on odd ones."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from admissions import quarantine
from admissions.clocks import clocks, in_words, promise
from admissions.models import Lead
from admissions.office_hours import Schedule
from tests.admissions.mail_tools import local

WEEKDAYS = {weekday: [(time(9), time(17))] for weekday in range(5)}
OFFICE = Schedule(WEEKDAYS, frozenset({date(2026, 11, 26)}))  # Thanksgiving
ALWAYS = Schedule({}, frozenset())


def lead(received: str, **values: Any) -> Lead:
    times = {name: local(text) for name, text in values.items() if name.endswith(("_at", "_by"))}
    return Lead(received_at=local(received), **{**values, **times})


def words(one: Lead, schedule: Schedule, now: str) -> list[str]:
    return [clock.words for clock in clocks(one, schedule, now=local(now))]


# -- the promise


@pytest.mark.parametrize(
    ("schedule", "received", "respond_by", "now", "said", "is_over"),
    [
        (ALWAYS, "2026-12-02 12:00", "2026-12-02 12:15", "2026-12-02 12:00", "0 min of 15", False),
        (ALWAYS, "2026-12-02 12:00", "2026-12-02 12:15", "2026-12-02 12:12", "12 min of 15", False),
        (ALWAYS, "2026-12-02 12:00", "2026-12-02 12:15", "2026-12-02 12:15", "0 min over", True),
        (ALWAYS, "2026-12-02 12:00", "2026-12-02 12:15", "2026-12-02 12:35", "20 min over", True),
        # at night nothing passes, in the morning it does
        (OFFICE, "2026-12-01 22:00", "2026-12-02 09:15", "2026-12-02 03:00", "0 min of 15", False),
        (OFFICE, "2026-12-01 22:00", "2026-12-02 09:15", "2026-12-02 09:10", "10 min of 15", False),
        # half before the weekend, half after
        (OFFICE, "2026-12-04 16:50", "2026-12-07 09:05", "2026-12-05 12:00", "10 min of 15", False),
        (OFFICE, "2026-12-04 16:30", "2026-12-04 16:45", "2026-12-07 09:05", "20 min over", True),
        # over a holiday; a working day is eight hours
        (
            OFFICE,
            "2026-11-25 16:00",
            "2026-11-25 16:15",
            "2026-11-27 16:15",
            "8 h 0 min over",
            True,
        ),
        # over the nights the clock jumps, around the clock: 23 and 25 hours
        (
            ALWAYS,
            "2027-03-13 23:45",
            "2027-03-14 00:00",
            "2027-03-15 00:00",
            "23 h 0 min over",
            True,
        ),
        (
            ALWAYS,
            "2026-10-31 23:45",
            "2026-11-01 00:00",
            "2026-11-02 00:00",
            "25 h 0 min over",
            True,
        ),
        # in the nights themselves
        (ALWAYS, "2027-03-14 01:50", "2027-03-14 03:05", "2027-03-14 03:00", "10 min of 15", False),
        # released or promised longer than is promised today: never less than nothing
        (ALWAYS, "2026-12-01 12:00", "2026-12-02 13:00", "2026-12-02 12:00", "0 min of 15", False),
        # whoever was forgotten for months is told in days
        (OFFICE, "2026-01-02 12:00", "2026-01-02 12:15", "2026-12-02 12:15", "334 days over", True),
    ],
)
def test_promise_is_said_in_working_time(
    schedule: Schedule, received: str, respond_by: str, now: str, said: str, is_over: bool
) -> None:
    found = promise(lead(received, respond_by=respond_by), schedule, now=local(now))
    assert found is not None
    assert (found.words, found.is_over) == (said, is_over)


def test_promise_follows_the_setting(settings: Any) -> None:
    settings.FIRST_ATTEMPT_PROMISE_MINUTES = 60
    one = lead("2026-12-02 12:00", respond_by="2026-12-02 13:00")
    found = promise(one, ALWAYS, now=local("2026-12-02 12:20"))
    assert found is not None
    assert found.words == "20 min of 60"


def test_nothing_is_promised_once_somebody_has_called_or_where_nothing_was() -> None:
    now = local("2026-12-02 12:20")
    called = {"respond_by": "2026-12-02 12:15", "first_attempt_at": "2026-12-02 12:10"}
    assert promise(lead("2026-12-02 12:00", **called), ALWAYS, now=now) is None
    assert promise(lead("2026-12-02 12:00"), ALWAYS, now=now) is None


# -- the two clocks


def test_clocks_run_until_an_attempt_and_a_conversation_stop_them() -> None:
    one = lead("2026-12-02 12:00")
    found = clocks(one, ALWAYS, now=local("2026-12-02 12:20"))
    assert [(c.label, c.words, c.running) for c in found] == [
        ("First attempt", "20 min", True),
        ("First conversation", "20 min", True),
    ]
    one.first_attempt_at = local("2026-12-02 12:05")
    found = clocks(one, ALWAYS, now=local("2026-12-02 13:25"))
    assert [(c.words, c.running) for c in found] == [("5 min", False), ("1 h 25 min", True)]
    one.first_contact_at = local("2026-12-02 13:10")
    found = clocks(one, ALWAYS, now=local("2026-12-09 12:00"))
    assert [(c.words, c.running) for c in found] == [("5 min", False), ("1 h 10 min", False)]


@pytest.mark.parametrize(
    ("schedule", "received", "attempt", "said"),
    [
        (OFFICE, "2026-12-04 16:50", "2026-12-07 09:05", "15 min"),  # over a weekend
        (OFFICE, "2026-12-05 10:00", "2026-12-07 09:05", "5 min"),  # received on a Saturday
        (OFFICE, "2026-11-25 16:50", "2026-11-27 09:05", "15 min"),  # over a holiday
        (OFFICE, "2026-12-05 10:00", "2026-12-05 11:00", "0 min"),  # called on a Saturday
        (ALWAYS, "2026-12-04 16:50", "2026-12-07 09:05", "64 h 15 min"),
        (ALWAYS, "2027-03-14 01:30", "2027-03-14 03:30", "1 h 0 min"),  # spring
        (ALWAYS, "2026-11-01 00:30", "2026-11-01 02:30", "3 h 0 min"),  # autumn
        (OFFICE, "2027-03-12 16:50", "2027-03-15 09:05", "15 min"),
        (OFFICE, "2026-10-30 16:50", "2026-11-02 09:05", "15 min"),
    ],
)
def test_clocks_count_working_time(
    schedule: Schedule, received: str, attempt: str, said: str
) -> None:
    one = lead(received, first_attempt_at=attempt, first_contact_at=attempt)
    assert words(one, schedule, attempt) == [said, said]


def test_clock_that_never_stopped_ends_with_the_lead() -> None:
    one = lead(
        "2026-12-02 12:00",
        status="closed",
        first_attempt_at="2026-12-02 12:10",
        status_changed_at="2026-12-02 14:00",
    )
    found = clocks(one, ALWAYS)
    assert [(c.words, c.running) for c in found] == [
        ("10 min", False),
        ("never, after 2 h 0 min", False),
    ]


def test_clocks_take_the_time_of_now_by_themselves() -> None:
    one = Lead(received_at=datetime.now().astimezone() - timedelta(minutes=7, seconds=30))
    assert [clock.words for clock in clocks(one, ALWAYS)] == ["7 min", "7 min"]


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h 0 min"),
        (timedelta(days=3), "72 h 0 min"),
    ],
)
def test_time_is_said_in_whole_hours_and_minutes(time: timedelta, said: str) -> None:
    assert in_words(time) == said


def test_clocks_of_a_lead_that_was_held_run_from_its_release(
    make_lead: Any, coordinator: User
) -> None:
    with time_machine.travel(local("2026-12-02 08:00")) as clock:
        held = make_lead()
        Lead.objects.filter(pk=held.pk).update(quarantined_at=timezone.now(), suspicions=["links"])
        clock.move_to(local("2026-12-02 10:00"))
        held.refresh_from_db()
        quarantine.release(lead=held, by=coordinator, version=held.version)
        held.refresh_from_db()
        assert words(held, ALWAYS, "2026-12-02 10:07") == ["6 min", "6 min"]  # the clock runs on
