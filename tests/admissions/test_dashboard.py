"""The work queue: its parts, what belongs into each, and in which order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from admissions import dashboard, triage
from admissions.enums import AttemptResult, Channel
from admissions.models import Lead, OutboxMessage
from iop_site import roles
from tests.admissions.conftest import close

OVERDUE, NEW, MINE, UNOWNED, ADRIFT, INSURANCE, HELD = range(7)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=ZoneInfo("America/New_York"))

Make = Callable[..., Lead]


@pytest.fixture(autouse=True)
def noon() -> Any:
    """Every test of the queue is at noon of a Wednesday."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def put(make_lead: Make) -> Make:
    """Return a function that makes a lead received some minutes ago, in any state."""
    number = 0

    def make(minutes: int = 0, **values: Any) -> Lead:
        nonlocal number
        number += 1
        lead = make_lead(first_name=f"N{number}", phone="", email=f"n{number}@example.org")
        received = NOON - timedelta(minutes=minutes)
        promised = received + timedelta(minutes=15)
        Lead.objects.filter(pk=lead.pk).update(received_at=received, respond_by=promised, **values)
        return lead

    return make


def test_promise_runs_in_working_hours(put: Make, coordinator: User) -> None:
    lead = put(minutes=600)
    Lead.objects.filter(pk=lead.pk).update(respond_by=NOON + timedelta(minutes=1))
    overdue, new, *_others = queue(coordinator)
    assert (overdue, new) == ([], [lead])


def queue(user: User) -> list[list[Lead]]:
    return [section.leads for section in dashboard.work_queue(user)]


def test_queue_has_its_parts_in_the_order_of_urgency(coordinator: User) -> None:
    assert [str(section.title) for section in dashboard.work_queue(coordinator)] == [
        "Overdue: nobody has called yet",
        "New and unclaimed",
        "Mine, due today",
        "Due today, with nobody",
        "Open without a next step",
        "Insurance checks waiting",
        "Held as suspected spam",
    ]
    for section in dashboard.work_queue(coordinator):
        assert section.empty
        assert (section.leads, section.more) == ([], False)


def test_new_lead_is_new_until_the_promise_runs_out(put: Make, coordinator: User) -> None:
    fresh = put(14)
    late = put(15)
    parts = queue(coordinator)
    assert parts[NEW] == [fresh]
    assert parts[OVERDUE] == [late]


def test_new_lead_that_somebody_claimed_is_not_offered_to_the_others(
    put: Make, coordinator: User, manager: User
) -> None:
    put(5, owner=coordinator)
    assert queue(coordinator)[NEW] == queue(manager)[NEW] == []


def test_promise_can_be_configured_and_is_made_when_a_lead_comes_in(
    make_lead: Make, settings: Any
) -> None:
    settings.FIRST_ATTEMPT_PROMISE_MINUTES = 5
    lead = make_lead()
    assert lead.respond_by == lead.received_at + timedelta(minutes=5)


def test_who_waited_longest_comes_first(put: Make, coordinator: User) -> None:
    late = [put(20), put(90), put(40)]
    fresh = [put(1), put(9), put(4)]
    parts = queue(coordinator)
    assert parts[OVERDUE] == [late[1], late[2], late[0]]
    assert parts[NEW] == [fresh[1], fresh[2], fresh[0]]


def test_claiming_does_not_hide_a_lead_that_nobody_called(
    put: Make, coordinator: User, manager: User
) -> None:
    lead = put(20, owner=coordinator)
    assert queue(coordinator)[OVERDUE] == queue(manager)[OVERDUE] == [lead]


def test_first_attempt_takes_a_lead_off_both_lists(put: Make, coordinator: User) -> None:
    for minutes in (1, 60):
        triage.log_attempt(
            lead=put(minutes),
            channel=Channel.PHONE,
            result=AttemptResult.NO_ANSWER,
            by=coordinator,
        )
    parts = queue(coordinator)
    assert parts[NEW] == parts[OVERDUE] == []


def test_what_is_due_today_is_shown_to_its_owner_earliest_first(
    put: Make, coordinator: User, make_staff: Callable[..., User]
) -> None:
    other = make_staff(roles.COORDINATOR, "other")
    called = {"first_attempt_at": NOON - timedelta(days=2), "status": "attempting"}
    evening = put(
        3000, owner=coordinator, next_follow_up_at=NOON.replace(hour=23, minute=59), **called
    )
    morning = put(3000, owner=coordinator, next_follow_up_at=NOON.replace(hour=8), **called)
    late = put(3000, owner=coordinator, next_follow_up_at=NOON - timedelta(days=3), **called)
    theirs = put(3000, owner=other, next_follow_up_at=NOON, **called)
    nobodys = put(3000, next_follow_up_at=NOON, **called)
    put(3000, owner=coordinator, next_follow_up_at=NOON + timedelta(days=1), **called)
    assert queue(coordinator)[MINE] == [late, morning, evening]
    assert queue(other)[MINE] == [theirs]
    assert queue(coordinator)[UNOWNED] == queue(other)[UNOWNED] == [nobodys]


def test_lead_that_is_overdue_is_not_shown_a_second_time_as_due(
    put: Make, coordinator: User
) -> None:
    lead = put(60, next_follow_up_at=NOON)
    parts = queue(coordinator)
    assert parts[OVERDUE] == [lead]
    assert parts[UNOWNED] == []


def test_insurance_checks_wait_in_their_own_part(put: Make, coordinator: User) -> None:
    waiting = [
        put(minutes, vob_status=vob, first_attempt_at=NOON)
        for minutes, vob in ((5, "requested"), (50, "needs_info"), (20, "expired"))
    ]
    put(90, vob_status="verified_viable", first_attempt_at=NOON)
    assert queue(coordinator)[INSURANCE] == [waiting[1], waiting[2], waiting[0]]


def test_lead_that_nothing_will_bring_up_again_is_shown(put: Make, coordinator: User) -> None:
    adrift = put(600, first_attempt_at=NOON, status="qualified")
    put(600, first_attempt_at=NOON, next_follow_up_at=NOON + timedelta(days=9))
    close(put(600, first_attempt_at=NOON))
    assert queue(coordinator)[ADRIFT] == [adrift]


def test_lead_that_is_closed_is_in_no_part(put: Make, coordinator: User) -> None:
    close(put(60, vob_status="requested", next_follow_up_at=NOON, owner=coordinator))
    assert queue(coordinator) == [[]] * (HELD + 1)


def test_lead_that_is_held_is_in_no_other_part(put: Make, coordinator: User) -> None:
    held = put(60, vob_status="requested", next_follow_up_at=NOON, quarantined_at=NOON)
    earlier = put(90, owner=coordinator, quarantined_at=NOON - timedelta(minutes=9))
    close(put(70, quarantined_at=NOON))
    assert queue(coordinator) == [[]] * HELD + [[earlier, held]]


def test_part_shows_its_first_rows_and_says_that_there_are_more(
    put: Make, coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "ROWS", 2)
    leads = [put(60 - number) for number in range(3)]
    section = dashboard.work_queue(coordinator)[OVERDUE]
    assert (section.leads, section.more) == (leads[:2], True)
    close(leads[2])
    section = dashboard.work_queue(coordinator)[OVERDUE]
    assert (section.leads, section.more) == (leads[:2], False)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_queue_takes_one_query_for_each_part_whatever_it_holds(
    put: Make, coordinator: User, track: Any, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        put(30, owner=coordinator, track=track, vob_status="requested")
    with django_assert_num_queries(HELD + 1):
        for section in dashboard.work_queue(coordinator):
            for lead in section.leads:
                assert str(lead.owner)
                assert str(lead.track)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 8, 0, 30, tzinfo=ZoneInfo("America/New_York")),  # clocks go forward
        datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("America/New_York")),  # and back
        datetime(2026, 7, 1, 3, 59, tzinfo=ZoneInfo("UTC")),  # still 30 June in Massachusetts
    ],
)
def test_day_ends_at_midnight_in_massachusetts(moment: datetime) -> None:
    local = moment.astimezone(ZoneInfo("America/New_York"))
    end = timezone.localtime(dashboard.end_of_day(moment))
    assert end.date() == local.date()
    after = (end + timedelta(microseconds=1)).replace(tzinfo=None)
    assert (after.hour, after.minute, after.day) == (0, 0, (local.date() + timedelta(days=1)).day)


def test_failed_notices_are_counted(lead: Lead) -> None:
    assert dashboard.failed_notices() == 0
    OutboxMessage.objects.filter(audience="desk").update(state="dead")
    assert dashboard.failed_notices() == 1


def test_lead_that_i_claimed_stays_in_my_part_until_i_have_called(
    put: Make, coordinator: User
) -> None:
    lead = put(2)
    triage.claim(lead=lead, by=coordinator)
    assert queue(coordinator)[MINE] == [lead]
    triage.log_attempt(
        lead=lead,
        channel=Channel.PHONE,
        result=AttemptResult.NO_ANSWER,
        by=coordinator,
        next_follow_up_at=NOON + timedelta(days=2),
    )
    assert queue(coordinator)[MINE] == []
