"""The work queue: its parts, what belongs into each, and in which order."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admissions import dashboard, triage
from admissions.enums import AttemptResult, Channel
from admissions.models import Absence, Lead, OutboxMessage
from iop_site import roles
from tests.admissions.conftest import close
from tests.admissions.mail_tools import consultation_of

OVERDUE, NEW, MINE, UNOWNED, ABSENT = "overdue", "new", "mine", "nobody", "absent"
ADRIFT, INSURANCE, ESTIMATES, TALKS = "adrift", "checks", "estimates", "talks"
DELETIONS, HELD = "deletions", "held"
KEYS = [part.key for part in dashboard.PARTS]
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
    parts = queue(coordinator)
    assert (parts[OVERDUE], parts[NEW]) == ([], [lead])


def sections(user: User) -> dict[str, dashboard.Section]:
    return {section.part.key: section for section in dashboard.work_queue(user)}


def queue(user: User) -> dict[str, list[Lead]]:
    return {key: [row.lead for row in one.rows] for key, one in sections(user).items()}


def due(user: User, key: str) -> list[tuple[str, bool]]:
    """Return what the rows of a section say is due, and whether that is over."""
    return [(row.due, row.is_over) for row in sections(user)[key].rows]


def test_queue_has_its_parts_in_the_order_of_urgency(coordinator: User) -> None:
    assert [str(section.part.title) for section in dashboard.work_queue(coordinator)] == [
        "Overdue: nobody has called yet",
        "New and unclaimed",
        "Mine, due today",
        "Due today, with nobody",
        "Due today, with somebody who is away or no longer here",
        "Open without a next step",
        "Insurance checks waiting",
        "Self-pay estimates owed",
        "Consultations in the next 48 hours",
        "Deletions asked for",
        "Held as suspected spam",
    ]
    for section in dashboard.work_queue(coordinator):
        assert section.part.empty
        assert (section.rows, section.count, section.more) == ([], "0", False)


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
        put(90, vob_status=vob, vob_changed_at=NOON - timedelta(minutes=minutes))
        for minutes, vob in ((5, "requested"), (50, "needs_info"), (20, "expired"))
    ]
    Lead.objects.filter(pk=waiting[1].pk).update(vob_assignee=coordinator)
    put(90, vob_status="verified_viable", first_attempt_at=NOON)
    assert queue(coordinator)[INSURANCE] == [waiting[1], waiting[2], waiting[0]]
    rows = sections(coordinator)[INSURANCE].rows
    assert [(row.who, row.due) for row in rows] == [
        (coordinator, "Needs information"),
        (None, "Expired"),
        (None, "Requested"),
    ]
    assert [NOON - row.since for row in rows] == [timedelta(minutes=one) for one in (50, 20, 5)]


def test_lead_that_nothing_will_bring_up_again_is_shown(put: Make, coordinator: User) -> None:
    adrift = put(600, first_attempt_at=NOON, status="qualified")
    put(600, first_attempt_at=NOON, next_follow_up_at=NOON + timedelta(days=9))
    close(put(600, first_attempt_at=NOON))
    assert queue(coordinator)[ADRIFT] == [adrift]


def test_lead_that_is_closed_is_in_no_part(put: Make, coordinator: User) -> None:
    close(put(60, vob_status="requested", next_follow_up_at=NOON, owner=coordinator))
    assert not any(queue(coordinator).values())


def test_lead_that_is_held_is_in_no_other_part(put: Make, coordinator: User) -> None:
    held = put(60, vob_status="requested", next_follow_up_at=NOON, quarantined_at=NOON)
    earlier = put(90, owner=coordinator, quarantined_at=NOON - timedelta(minutes=9))
    close(put(70, quarantined_at=NOON))
    assert queue(coordinator) == {**{key: [] for key in KEYS}, HELD: [earlier, held]}


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


def test_those_of_the_night_come_first_in_the_morning(put: Make, coordinator: User) -> None:
    first_thing = NOON + timedelta(minutes=1)
    night = [put(minutes) for minutes in (300, 700)]
    Lead.objects.filter(pk__in=[one.pk for one in night]).update(respond_by=first_thing)
    just_now = put(1)
    assert queue(coordinator)[NEW] == [night[1], night[0], just_now]


CALLED = {"first_attempt_at": NOON - timedelta(days=2), "status": "attempting"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"owner": None}, ("nothing planned", True)),
        ({"next_follow_up_at": NOON - timedelta(days=3)}, ("Sun, Mar 1, 12:00 PM", True)),
        ({"next_follow_up_at": NOON - timedelta(hours=3)}, ("9:00 AM", True)),
        ({"next_follow_up_at": NOON + timedelta(minutes=90)}, ("1:30 PM", False)),
    ],
)
def test_row_says_when_the_next_step_is_due(
    put: Make, coordinator: User, values: dict[str, Any], said: tuple[str, bool]
) -> None:
    put(3000, **{"owner": coordinator, **CALLED, **values})
    assert due(coordinator, MINE if "next_follow_up_at" in values else ADRIFT) == [said]


def test_row_of_a_lead_nobody_called_says_where_the_promise_stands(
    put: Make, coordinator: User
) -> None:
    put(12)
    put(35)
    assert due(coordinator, NEW) == [("12 min of 15", False)]
    assert due(coordinator, OVERDUE) == [("20 min over", True)]


@pytest.mark.parametrize("asked", ["contact_withdrawn_at", "deletion_requested_at"])
def test_row_of_a_lead_that_must_not_be_called_asks_for_no_call(
    put: Make, coordinator: User, asked: str
) -> None:
    lead = put(35, **{asked: NOON})
    assert due(coordinator, OVERDUE) == [("not to be called", False)]
    triage.claim(lead=lead, by=coordinator)
    assert queue(coordinator)[MINE] == [lead]


# -- with somebody who is not here


@pytest.mark.parametrize("why", ["away", "deactivated", "other role", "no staff"])
def test_what_is_due_with_somebody_absent_is_offered_to_the_others(
    put: Make, coordinator: User, make_staff: Callable[..., User], why: str
) -> None:
    other = make_staff(roles.COORDINATOR, "other")
    lead = put(3000, owner=other, next_follow_up_at=NOON, **CALLED)
    later = put(3000, owner=other, next_follow_up_at=NOON + timedelta(days=1), **CALLED)
    uncalled = put(16, owner=other)
    assert queue(coordinator)[ABSENT] == []
    assert not sections(coordinator)[OVERDUE].rows[0].may_claim
    if why == "away":
        Absence.objects.create(user=other, since=NOON.date(), by=other)
    elif why == "other role":
        other.groups.set(Group.objects.filter(name=roles.CONTENT_EDITOR))
    else:
        other.is_active, other.is_staff = why != "deactivated", why != "no staff"
        other.save()
    assert queue(coordinator)[ABSENT] == [lead]
    for key in (ABSENT, OVERDUE):
        row = sections(coordinator)[key].rows[0]
        assert (row.is_absent, row.may_claim, row.who) == (True, True, other)
    assert queue(coordinator)[OVERDUE] == [uncalled]
    assert triage.claim(lead=later, by=coordinator).owner == coordinator


# -- estimates, consultations, deletions


def test_estimates_owed_are_shown_by_the_day_the_law_gives(put: Make, coordinator: User) -> None:
    today = NOON.date()
    asked = {"estimate_requested_at": NOON - timedelta(days=2), **CALLED}
    for days in (2, -1, 0, 1, -3):
        put(3000, estimate_due_on=today + timedelta(days=days), **asked)
    put(3000, estimate_due_on=today, estimate_delivered_at=NOON, **asked)
    assert due(coordinator, ESTIMATES) == [
        ("3 days over", True),
        ("1 day over", True),
        ("due today", False),
        ("1 day left", False),
        ("2 days left", False),
    ]
    assert sections(coordinator)[ESTIMATES].rows[0].since == NOON - timedelta(days=2)


def test_consultations_of_two_days_are_shown_with_time_and_channel(
    put: Make, coordinator: User
) -> None:
    lead = put(3000, **CALLED)
    times = {
        "1:00 PM, By phone": timedelta(hours=1),
        "Thu, Mar 5, 11:00 AM, By video": timedelta(hours=23),
        "Fri, Mar 6, 12:00 PM, In person": timedelta(hours=48),
    }
    for said, after in reversed(times.items()):
        channel = {"e": "phone", "o": "video", "n": "in_person"}[said[-1]]
        consultation_of(lead, NOON + after, channel=channel)
    consultation_of(lead, NOON + timedelta(hours=48, minutes=1))
    consultation_of(lead, NOON - timedelta(hours=1))  # it is over
    consultation_of(lead, NOON + timedelta(hours=2), state="cancelled")
    consultation_of(put(10, quarantined_at=NOON), NOON + timedelta(hours=3))
    assert due(coordinator, TALKS) == [(said, False) for said in times]
    assert queue(coordinator)[TALKS] == [lead] * 3


def test_consultation_that_goes_on_now_and_one_of_a_closed_lead_are_shown(
    put: Make, coordinator: User
) -> None:
    lead = close(put(3000))
    consultation_of(lead, NOON - timedelta(minutes=20))
    assert due(coordinator, TALKS) == [("11:40 AM, By phone", False)]


def test_deletions_asked_for_are_shown_whatever_became_of_the_lead(
    put: Make, coordinator: User
) -> None:
    first, second = close(put(9)), put(5, **CALLED)
    for days, lead in ((9, first), (2, second)):
        Lead.objects.filter(pk=lead.pk).update(deletion_requested_at=NOON - timedelta(days=days))
    assert queue(coordinator)[DELETIONS] == [first, second]
    assert due(coordinator, DELETIONS) == [("", False)] * 2
    assert sections(coordinator)[DELETIONS].rows[0].since == NOON - timedelta(days=9)


# -- the figures below


def test_numbers_are_of_today_and_say_what_was_missed(put: Make) -> None:
    assert figures() == ["0", "–", "0"]
    put(5, response="in_time", first_attempt_at=NOON)
    put(90, response="late", first_attempt_at=NOON)
    put(90)  # nobody has called, and the promise is over
    put(1)  # still in time
    put(13 * 60, response="in_time", first_attempt_at=NOON)  # of yesterday
    close(put(20, response="in_time", first_attempt_at=NOON))
    put(3, quarantined_at=NOON)
    assert figures() == ["5", "2 of 4 due", "6"]


def test_numbers_stop_counting(put: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "OPEN_COUNTED", 1)
    put()
    assert figures()[2] == "1"
    put()
    assert figures()[2] == "1+"


def figures() -> list[str]:
    return [value for _name, value in dashboard.numbers()]


def test_arrived_are_those_received_since_but_for_the_held(
    put: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(5)
    put(2)
    put(1, quarantined_at=NOON)
    minutes = (0, 2, 3, 6)
    arrived = [dashboard.arrived_since(NOON - timedelta(minutes=one)) for one in minutes]
    assert arrived == ["0", "0", "1", "2"]
    monkeypatch.setattr(dashboard, "COUNTED", 1)
    assert dashboard.arrived_since(NOON - timedelta(minutes=6)) == "1+"


def test_lead_that_is_done_while_the_queue_is_read_is_no_fault(
    coordinator: User, gone: User
) -> None:
    fill(coordinator, 1)
    first = Lead.objects.filter(deletion_requested_at__isnull=False)

    def in_between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'JOIN "programs_payer"' in sql:
            first.update(deletion_requested_at=None)
            Lead.objects.filter(quarantined_at=NOON)._raw_delete("default")  # type: ignore[attr-defined]
        return execute(sql, params, many, context)

    with connection.execute_wrapper(in_between):
        found = sections(coordinator)
    assert [row.since for row in found[DELETIONS].rows] == [NOON - timedelta(days=1)]
    assert (found[HELD].rows, found[HELD].count) == ([], "1")


# -- how much work it is

INDEX = {
    OVERDUE: "calls",
    NEW: "calls",
    MINE: "due",
    UNOWNED: "(due|next)",  # where few are due, PostgreSQL reads them in their order
    ABSENT: "due",
    ADRIFT: "adrift",
    INSURANCE: "vobs",
    ESTIMATES: "estimates",
    TALKS: "consultation_next",
    DELETIONS: "deletion",
    HELD: "held",
}


def fill(coordinator: User, count: int) -> None:
    """Store leads of every kind, `count` of each; what is encrypted is rubbish."""
    owed = {"estimate_requested_at": NOON, "estimate_due_on": NOON.date()}
    kinds: list[dict[str, Any]] = [
        {"respond_by": NOON - timedelta(minutes=9)},
        {"respond_by": NOON + timedelta(minutes=9)},
        {**CALLED, "next_follow_up_at": NOON, "owner": coordinator},
        {**CALLED, "next_follow_up_at": NOON},
        {**CALLED, "next_follow_up_at": NOON, "owner": User.objects.get(username="gone")},
        CALLED,
        {**CALLED, **owed, "vob_status": "requested", "vob_assignee": coordinator},
        {**CALLED, "deletion_requested_at": NOON},
        {"quarantined_at": NOON},
    ]
    leads = Lead.objects.bulk_create(
        Lead(
            reference=f"Q{kind}{number:06}",
            source="web_inquiry",
            role="self",
            first_name="N",
            received_at=NOON - timedelta(days=1),
            **values,
        )
        for number in range(count)
        for kind, values in enumerate(kinds)
    )
    for number in range(count):
        consultation_of(leads[0], NOON + timedelta(minutes=number))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE admissions_lead SET first_name = 'v1.k1.rubbish'")
        cursor.execute("UPDATE admissions_consultation SET token = 'v1.k1.rubbish'")


@pytest.fixture
def gone(make_staff: Callable[..., User]) -> User:
    return User.objects.create_user("gone", is_active=False)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_queue_takes_the_same_queries_whatever_it_holds_and_opens_nothing_encrypted(
    coordinator: User, gone: User, count: int, django_assert_num_queries: Any
) -> None:
    fill(coordinator, count)
    # One for each part, one for the rows, two for the working hours, one for who is not here.
    with django_assert_num_queries(len(KEYS) + 4):
        found = sections(coordinator)
        assert [len(one.rows) for one in found.values() if one.part.key != ADRIFT] == [
            min(count, dashboard.ROWS)
        ] * (len(KEYS) - 1)
        for one in found.values():
            for row in one.rows:
                assert all(map(str, (row.lead.owner, row.lead.track, row.lead.payer)))
                assert row.lead.get_absolute_url()
    with django_assert_num_queries(len(KEYS) + 3):
        counts = dashboard.queue_counts(coordinator)
    assert {counts[key] for key in KEYS if key != ADRIFT} == {"100+" if count > 100 else str(count)}
    with django_assert_num_queries(2):
        dashboard.numbers()


@pytest.mark.parametrize(("count", "said", "more"), [(25, "25", False), (26, "26", True)])
def test_part_shows_its_first_rows_and_counts_them_all(
    coordinator: User, gone: User, count: int, said: str, more: bool
) -> None:
    fill(coordinator, count)
    part = sections(coordinator)[OVERDUE]
    assert (len(part.rows), part.count, part.more) == (25, said, more)


@pytest.mark.parametrize(("count", "said"), [(100, "100"), (101, "100+")])
def test_count_is_real_up_to_a_hundred(
    coordinator: User, gone: User, count: int, said: str
) -> None:
    fill(coordinator, count)
    assert sections(coordinator)[HELD].count == said


@pytest.mark.parametrize("key", INDEX)
def test_part_is_one_range_of_an_index(coordinator: User, gone: User, key: str) -> None:
    fill(coordinator, 30)
    lead = Lead.objects.only("pk").latest("pk")
    for day in range(500 if key == TALKS else 0):
        consultation_of(lead, NOON - timedelta(days=day + 1))
    with CaptureQueriesContext(connection) as queries:
        dashboard.queue_counts(coordinator)
    sql = [one["sql"] for one in queries if "LIMIT 101" in one["sql"]][KEYS.index(key)]
    plan = explained(sql)
    assert re.search(f"admissions_{'' if key == TALKS else 'lead_'}{INDEX[key]}", plan), plan
    assert "SCAN admissions_consultation\n" not in plan
    assert "Seq Scan" not in plan


def test_other_counts_read_no_whole_table(coordinator: User, gone: User) -> None:
    fill(coordinator, 30)
    with CaptureQueriesContext(connection) as queries:
        dashboard.numbers()
        dashboard.arrived_since(NOON)
    for one in queries:
        plan = explained(one["sql"])
        assert "admissions_lead_newest" in plan or "admissions_lead_by_status" in plan, plan


def explained(sql: str) -> str:
    """Return the plan of a query, whole tables read only where there is no other way."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            ("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql
        )
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
