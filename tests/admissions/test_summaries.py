"""The summaries: kept up event by event they are what making them anew gives."""

import io
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admissions import audit, merge_undo, merging, quarantine, summaries, triage, verification
from admissions.enums import (
    AttemptResult,
    Channel,
    CloseReason,
    Dimension,
    EventKind,
    LeadStatus,
    Suspicion,
    VobStatus,
)
from admissions.exceptions import WorkflowError
from admissions.models import (
    Lead,
    LeadEvent,
    LeadMerge,
    Summary,
    SummaryHead,
    WorkingHours,
)
from tests.admissions.conftest import writes_fail
from tests.admissions.mail_tools import local
from tests.threads import run_together

S = LeadStatus
NOON = "2026-03-04 12:00"  # a Wednesday
WEDNESDAY = date(2026, 3, 4)
MONTH = date(2026, 3, 1)

Make = Callable[..., Lead]

Rows = dict[tuple[bool, date, str, str], dict[str, dict[str, int]]]


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(local(NOON), tick=False) as clock:
        yield clock


@pytest.fixture
def put(db: None) -> Make:
    """Return a function that stores a lead with the event of its coming."""
    made = 0

    def make(received: str = NOON, **values: Any) -> Lead:
        nonlocal made
        made += 1
        at = local(received)
        lead = Lead.objects.create(
            reference=f"S{made:07}",
            source="web_inquiry",
            role="self",
            first_name=f"N{made}",
            received_at=at,
            respond_by=at + timedelta(minutes=15),
            **values,
        )
        with time_machine.travel(at, tick=False):
            record(lead, EventKind.INQUIRY_RECEIVED)
        return lead

    return make


def record(lead: Lead | None, kind: EventKind, **data: Any) -> None:
    with transaction.atomic():
        audit.record(lead=lead, kind=kind, by=audit.SYSTEM, data=data)


def rows() -> Rows:
    return {
        (one.is_month, one.day, one.dimension, one.key): one.data for one in Summary.objects.all()
    }


def all_of(day: date = WEDNESDAY) -> dict[str, dict[str, int]]:
    found = Summary.objects.filter(is_month=False, day=day, dimension=Dimension.ALL).first()
    return found.data if found else {}


def move(lead: Lead, to: LeadStatus, by: User, **more: str) -> Lead:
    lead.refresh_from_db()
    return triage.transition(lead=lead, to=to, by=by, version=lead.version, **more)


def verify(lead: Lead, to: VobStatus, by: User) -> None:
    lead.refresh_from_db()
    if to == VobStatus.REQUESTED:
        verification.set_status(lead=lead, to=to, by=by, version=lead.version)
    else:
        verification.record_result(
            lead=lead, by=by, version=lead.version, form=None, answers={"outcome": to}
        )


def attempt(lead: Lead, result: AttemptResult, by: User) -> None:
    triage.log_attempt(lead=lead, channel=Channel.PHONE, result=result, by=by)


# -- kept up event by event


def test_nothing_is_summed_up_where_nothing_is(db: None) -> None:
    assert summaries.refresh() is None
    assert list(summaries.rebuild()) == []
    assert rows() == {}


def test_lead_counts_in_every_dimension_of_its_day_and_month(put: Make, coordinator: User) -> None:
    put(owner=coordinator)
    assert summaries.refresh() is None
    counted = {"count": {"received": 1, "leads": 1}}
    further = counted | {"reached": {"new": 1}}
    day = {
        (Dimension.ALL, ""): further,
        (Dimension.SOURCE, "web_inquiry"): further,
        (Dimension.TRACK, ""): further,
        (Dimension.PAYER, ""): further,
        (Dimension.OWNER, str(coordinator.pk)): further,
        (Dimension.HOUR, "12"): counted,
        (Dimension.WEEKDAY, "2"): counted,
        (Dimension.ARRIVAL, "open"): counted,
    }
    assert rows() == {
        (is_month, of, *key): data
        for is_month, of in ((False, WEDNESDAY), (True, MONTH))
        for key, data in day.items()
    }


def test_month_is_the_sum_of_its_days_and_of_no_other(put: Make) -> None:
    put("2026-03-01 00:00")
    put("2026-03-31 23:59:59")
    put("2026-02-28 23:59:59")
    put("2026-04-01 00:00")
    with time_machine.travel(local("2026-04-02 12:00"), tick=False):
        assert summaries.refresh() is None
    months = Summary.objects.filter(is_month=True, dimension=Dimension.ALL)
    counts = {str(one.day): one.data["count"]["leads"] for one in months}
    assert counts == {"2026-02-01": 1, "2026-03-01": 2, "2026-04-01": 1}


def test_event_makes_the_day_of_its_lead_anew(put: Make, coordinator: User) -> None:
    lead = put("2026-02-10 09:00")
    put("2026-02-11 09:00")
    summaries.refresh()
    other = all_of(date(2026, 2, 11))
    Lead.objects.filter(received_at__gte=local("2026-02-11 00:00")).update(source="phone")
    attempt(lead, AttemptResult.NO_ANSWER, coordinator)
    assert summaries.refresh() is None
    assert all_of(date(2026, 2, 10))["count"]["late"] == 1
    assert all_of(date(2026, 2, 11)) == other  # untouched: nothing happened to its lead
    assert not Summary.objects.filter(dimension=Dimension.SOURCE, key="phone").exists()


def test_looking_makes_nothing_anew(put: Make, coordinator: User) -> None:
    lead = put()
    summaries.refresh()
    Summary.objects.all().delete()
    triage.open_lead(lead=lead, by=coordinator)
    audit.record_refusal(lead=lead, by=coordinator, act="x", error=WorkflowError())
    assert summaries.refresh() is None
    assert rows() == {}
    assert SummaryHead.objects.get().sequence == LeadEvent.objects.count()


def test_event_about_no_lead_or_one_that_is_gone_is_passed_by(put: Make) -> None:
    record(None, EventKind.EXPORTED)
    lead = put()
    Lead.objects.filter(pk=lead.pk).delete()
    assert summaries.refresh() is None
    assert rows() == {}


def test_one_round_makes_so_many_days_and_the_next_the_others(put: Make) -> None:
    for day in range(1, 8):
        put(f"2026-02-0{day} 10:00")
    assert summaries.refresh(limit=3) == local("2026-02-03 10:00")
    assert Summary.objects.filter(is_month=False, dimension=Dimension.ALL).count() == 3
    assert summaries.refresh(limit=3) == local("2026-02-06 10:00")
    assert summaries.refresh(limit=3) is None
    assert Summary.objects.filter(is_month=False, dimension=Dimension.ALL).count() == 7


def test_one_round_reads_so_many_events(put: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "EVENTS", 2)
    for _ in range(3):
        put()
    assert summaries.refresh() == local(NOON)
    assert all_of()["count"]["leads"] == 3  # the day as it is
    assert summaries.refresh() is None


def test_refresh_that_breaks_off_is_made_up_for(put: Make, coordinator: User) -> None:
    put()
    with pytest.raises(Exception, match="disk full"), writes_fail("admissions_summary"):
        summaries.refresh()
    assert rows() == {}
    assert summaries.refresh() is None
    assert all_of()["count"]["leads"] == 1


@pytest.mark.parametrize("count", [1, 3, 300])
def test_day_takes_the_same_queries_for_any_number_of_leads(count: int, put: Make) -> None:
    for number in range(count):
        put(f"2026-03-04 {number % 24:02}:30")
    with CaptureQueriesContext(connection) as queries:
        summaries.refresh()
    reads = [one["sql"] for one in queries if one["sql"].startswith("SELECT")]
    assert len(reads) == 10
    assert not [sql for sql in reads if '"first_name"' in sql]
    inserts = [one for one in queries if 'INSERT INTO "admissions_summary"' in one["sql"]]
    assert len(inserts) == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_what_one_alone_would(put: Make) -> None:
    for day in range(1, 5):
        put(f"2026-02-0{day} 10:00")
    results = run_together(4, lambda number: summaries.refresh())
    assert not [one for one in results if isinstance(one, Exception)]
    kept_up = rows()
    assert leads_by_day() == {1: 1, 2: 1, 3: 1, 4: 1}
    list(summaries.rebuild())
    assert rows() == kept_up


# -- what is counted


def test_void_and_held_leads_count_for_nothing_else(put: Make, coordinator: User) -> None:
    held = put(quarantined_at=timezone.now(), suspicions=[str(Suspicion.TRAP)])
    for reason in ("spam", "duplicate", "test"):
        lead = put()
        attempt(lead, AttemptResult.NO_ANSWER, coordinator)
        move(lead, S.CLOSED, coordinator, reason=reason)
    summaries.refresh()
    assert all_of() == {"count": {"received": 4, "void": 3, "held": 1}}
    quarantine.confirm(lead=held, by=coordinator, version=held.version)
    summaries.refresh()
    assert all_of() == {"count": {"received": 4, "void": 4}}


def test_suspect_that_was_closed_and_opened_again_is_a_lead(put: Make, coordinator: User) -> None:
    lead = put(quarantined_at=timezone.now(), suspicions=[str(Suspicion.TRAP)])
    quarantine.confirm(lead=lead, by=coordinator, version=lead.version)
    move(lead, S.ATTEMPTING, coordinator, note="It was somebody.")
    summaries.refresh()
    assert all_of()["count"] == {"received": 1, "leads": 1}


def test_clock_of_a_suspect_runs_from_its_release(
    put: Make, coordinator: User, noon: time_machine.Traveller
) -> None:
    lead = put(quarantined_at=timezone.now(), suspicions=[str(Suspicion.TRAP)])
    noon.shift(timedelta(hours=3))
    quarantine.release(lead=lead, by=coordinator, version=lead.version)
    noon.shift(timedelta(minutes=4))
    attempt(lead, AttemptResult.TALKED, coordinator)
    summaries.refresh()
    assert (all_of()["attempt"], all_of()["contact"]) == ({"4": 1}, {"4": 1})
    assert all_of()["stay:new"] == {"0": 1}


def test_minutes_are_whole_ones_that_are_over(
    put: Make, coordinator: User, noon: time_machine.Traveller
) -> None:
    lead = put()
    noon.shift(timedelta(minutes=14, seconds=59))
    attempt(lead, AttemptResult.BUSY, coordinator)
    summaries.refresh()
    assert all_of()["attempt"] == {"14": 1}
    assert "contact" not in all_of()


def test_who_skipped_a_stage_has_reached_it(put: Make, coordinator: User) -> None:
    lead = put()
    Lead.objects.filter(pk=lead.pk).update(status="waitlisted")
    record(lead, EventKind.STATUS_CHANGED, status=["qualified", "waitlisted"])
    summaries.refresh()
    reached = {"new": 1, "attempting": 1, "contacted": 1, "qualified": 1, "waitlisted": 1}
    assert all_of()["reached"] == reached


def admit(lead: Lead, by: User) -> None:
    attempt(lead, AttemptResult.TALKED, by)
    for status in (S.CONTACTED, S.QUALIFIED, S.ASSESSMENT_SCHEDULED, S.ASSESSED):
        move(lead, status, by)
    for status in (VobStatus.REQUESTED, VobStatus.VERIFIED_VIABLE):
        verify(lead, status, by)
    for status in (S.ADMISSION_SCHEDULED, S.ADMITTED):
        move(lead, status, by)


def test_admission_that_is_taken_back_is_none(
    put: Make, manager: User, noon: time_machine.Traveller
) -> None:
    lead = put()
    admit(lead, manager)
    summaries.refresh()
    assert all_of()["reached"]["admitted"] == 1
    assert all_of()["verification"] == {"0": 1}
    noon.shift(timedelta(days=2))
    move(lead, S.ADMISSION_SCHEDULED, manager)
    summaries.refresh()
    assert all_of()["reached"]["admission_scheduled"] == 1
    assert "admitted" not in all_of()["reached"]
    assert "verification" not in all_of()
    noon.shift(timedelta(days=3))
    move(lead, S.ADMITTED, manager)
    summaries.refresh()
    assert all_of()["verification"] == {"5": 1}
    # Twice in that stage; the two days as admitted are no stay.
    assert all_of()["stay:admission_scheduled"] == {"0": 1, "72": 1}


def test_verification_that_was_asked_for_after_the_admission_is_none(
    put: Make, manager: User, noon: time_machine.Traveller
) -> None:
    lead = put(status="admission_scheduled", vob_status="verified_viable")
    move(lead, S.ADMITTED, manager)
    noon.shift(timedelta(days=1))
    record(lead, EventKind.VOB_CHANGED, vob_status=["verified_viable", "requested"])
    summaries.refresh()
    assert all_of()["reached"]["admitted"] == 1
    assert "verification" not in all_of()


def test_lead_that_is_opened_again_has_no_reason_and_no_stay_as_closed(
    put: Make, coordinator: User, noon: time_machine.Traveller
) -> None:
    lead = put()
    noon.shift(timedelta(hours=1))
    move(lead, S.CLOSED, coordinator, reason=CloseReason.COST)
    summaries.refresh()
    assert all_of()["reason"] == {"cost": 1}
    noon.shift(timedelta(hours=30))
    move(lead, S.ATTEMPTING, coordinator, note="They called.")
    summaries.refresh()
    assert "reason" not in all_of()
    stays = {group: counts for group, counts in all_of().items() if group.startswith("stay:")}
    assert stays == {"stay:new": {"1": 1}}


def test_demo_data_counts_and_is_said(put: Make) -> None:
    put(is_demo=True)
    put()
    summaries.refresh()
    assert all_of()["count"] == {"received": 2, "demo": 1, "leads": 2}


def test_office_is_open_or_closed_by_the_hours(put: Make) -> None:
    WorkingHours.objects.create(weekday=2, start=time(9), end=time(17))
    put("2026-03-04 16:59")
    put("2026-03-04 17:00")
    put("2026-03-05 12:00")
    summaries.refresh()
    found = Summary.objects.filter(is_month=True, dimension=Dimension.ARRIVAL)
    assert {one.key: one.data["count"]["leads"] for one in found} == {"open": 1, "closed": 2}


@pytest.mark.parametrize(
    ("received", "day", "hour"),
    [
        ("2026-03-08T05:00:00+00:00", "2026-03-08", "0"),
        ("2026-03-08T07:30:00+00:00", "2026-03-08", "3"),  # there is no two o'clock
        ("2026-11-01T05:30:00+00:00", "2026-11-01", "1"),
        ("2026-11-01T06:30:00+00:00", "2026-11-01", "1"),  # again
        ("2026-11-02T04:59:59+00:00", "2026-11-01", "23"),  # a day of 25 hours
        ("2026-03-08T04:59:59+00:00", "2026-03-07", "23"),
    ],
)
def test_day_and_hour_are_those_of_the_clock_on_the_wall(
    put: Make, received: str, day: str, hour: str
) -> None:
    lead = put()
    Lead.objects.filter(pk=lead.pk).update(received_at=datetime.fromisoformat(received))
    summaries.refresh()
    (found,) = Summary.objects.filter(is_month=False, dimension=Dimension.HOUR)
    assert (str(found.day), found.key) == (day, hour)


# -- merged


def merge(kept: Lead, merged: Lead, by: User) -> LeadMerge:
    for lead in (kept, merged):
        lead.refresh_from_db()
    versions = {one.pk: one.version for one in (kept, merged)}
    return merging.merge(kept=kept, merged=merged, choices={}, by=by, versions=versions)


def leads_by_day() -> dict[int, int]:
    found = Summary.objects.filter(is_month=False, dimension=Dimension.ALL).order_by("day")
    counted = {one.day.day: one.data["count"].get("leads", 0) for one in found}
    return {day: count for day, count in counted.items() if count}


def test_merged_leads_count_once_on_the_day_of_the_first(put: Make, coordinator: User) -> None:
    first, second, third = (put(f"2026-02-0{day} 10:00") for day in (1, 2, 3))
    summaries.refresh()
    assert leads_by_day() == {1: 1, 2: 1, 3: 1}
    early = merge(third, second, coordinator)
    summaries.refresh()
    assert leads_by_day() == {1: 1, 2: 1}
    later = merge(third, first, coordinator)
    summaries.refresh()
    assert leads_by_day() == {1: 1}
    merge_undo.undo(merge=later, by=coordinator)
    summaries.refresh()
    assert leads_by_day() == {1: 1, 2: 1}
    merge_undo.undo(merge=early, by=coordinator)
    summaries.refresh()
    assert leads_by_day() == {1: 1, 2: 1, 3: 1}
    kept_up = rows()
    list(summaries.rebuild())
    assert rows() == kept_up


def test_lead_merged_just_after_midnight_leaves_no_trace(put: Make, coordinator: User) -> None:
    first, second = put("2026-02-01 10:00"), put("2026-02-03 00:00:00.100000")
    # It was stored a moment before its event.
    Lead.objects.filter(pk=second.pk).update(received_at=local("2026-02-02 23:59:59.900000"))
    summaries.refresh()
    assert leads_by_day() == {1: 1, 2: 1}
    merge(second, first, coordinator)
    summaries.refresh()
    assert leads_by_day() == {1: 1}


def test_stage_that_a_merge_gave_counts_from_then_on(
    put: Make, coordinator: User, noon: time_machine.Traveller
) -> None:
    kept, other = put(), put()
    attempt(other, AttemptResult.TALKED, coordinator)
    move(other, S.CONTACTED, coordinator)
    move(other, S.QUALIFIED, coordinator)
    noon.shift(timedelta(hours=5))
    for lead in (kept, other):
        lead.refresh_from_db()
    merging.merge(
        kept=kept,
        merged=other,
        choices={"status": "merged"},
        by=coordinator,
        versions={one.pk: one.version for one in (kept, other)},
    )
    noon.shift(timedelta(hours=2))
    move(kept, S.CLOSED, coordinator, reason=CloseReason.COST)
    summaries.refresh()
    assert all_of()["reached"] == {"new": 1, "attempting": 1, "contacted": 1, "qualified": 1}
    assert all_of()["stay:qualified"] == {"2": 1}
    assert "stay:new" not in all_of()


# -- made anew


@pytest.mark.parametrize("seed", range(4))
def test_kept_up_through_a_random_walk_they_are_what_a_rebuild_gives(
    seed: int, put: Make, coordinator: User, manager: User, noon: time_machine.Traveller
) -> None:
    chance = random.Random(seed)
    for weekday in range(5):
        WorkingHours.objects.create(weekday=weekday, start=time(9), end=time(17))
    leads: list[Lead] = []
    refused = 0
    for _ in range(150):
        noon.shift(timedelta(minutes=chance.choice((1, 7, 45, 300, 1500))))
        if len(leads) < 3 or chance.random() < 0.12:
            now = timezone.localtime().isoformat(sep=" ")[:19]
            held = {"quarantined_at": timezone.now()} if chance.random() < 0.2 else {}
            leads.append(put(now, **held))
            continue
        lead = chance.choice(leads)
        lead.refresh_from_db()
        try:
            _anything(chance, lead, chance.choice(leads), coordinator, manager)
        except WorkflowError:
            refused += 1
        if chance.random() < 0.3:
            summaries.refresh(limit=chance.choice((1, 3, 25)))
    while summaries.refresh() is not None:
        pass
    kept_up = rows()
    assert refused
    assert LeadMerge.objects.exists()
    list(summaries.rebuild())
    assert rows() == kept_up
    Summary.objects.all().delete()
    SummaryHead.objects.all().delete()
    list(summaries.rebuild())
    assert rows() == kept_up
    assert SummaryHead.objects.get().sequence == LeadEvent.objects.count()


def _anything(
    chance: random.Random, lead: Lead, other: Lead, coordinator: User, manager: User
) -> None:
    """Do one thing to a lead, allowed or not."""
    what = chance.choice(
        ("attempt", "attempt", "move", "move", "move", "verify", "own", "trust", "merge", "undo")
    )
    if what == "attempt":
        attempt(lead, chance.choice((AttemptResult.TALKED, AttemptResult.NO_ANSWER)), coordinator)
    elif what == "move":
        moves = triage.allowed_moves(lead, manager)
        to = chance.choice(moves)
        reason = chance.choice((CloseReason.COST, CloseReason.SPAM, CloseReason.NOT_READY))
        more = {"reason": reason} if to == S.CLOSED else {"note": "Why."}
        move(lead, to, manager, **more)
    elif what == "verify":
        verify(lead, chance.choice((VobStatus.REQUESTED, VobStatus.VERIFIED_VIABLE)), coordinator)
    elif what == "own":
        triage.claim(lead=lead, by=coordinator)
    elif what == "trust":
        verb = chance.choice((quarantine.release, quarantine.confirm))
        verb(lead=lead, by=coordinator, version=lead.version)
    elif what == "merge":
        merge(lead, other, coordinator)
    else:
        done = LeadMerge.objects.filter(undone_at=None).order_by("-pk").first()
        if done is not None:
            merge_undo.undo(merge=done, by=coordinator)


def test_rebuild_takes_away_what_is_of_no_lead_any_more(put: Make) -> None:
    put("2026-03-02 10:00")
    for is_month, day in ((False, date(2026, 1, 5)), (True, date(2026, 1, 1))):
        Summary.objects.create(is_month=is_month, day=day, dimension="all", data={"count": {}})
    Summary.objects.create(day=date(2026, 3, 3), dimension="source", key="x", data={"count": {}})
    days = list(summaries.rebuild())
    assert (days[0], days[-1]) == (date(2026, 1, 1), date(2026, 3, 3))
    assert {one.day for one in Summary.objects.all()} == {date(2026, 3, 1), date(2026, 3, 2)}


def test_rebuild_that_was_stopped_goes_on_where_it_was(put: Make) -> None:
    for day in range(1, 6):
        put(f"2026-02-0{day} 10:00")
    stopped = summaries.rebuild()
    assert [next(stopped), next(stopped)] == [date(2026, 2, 1), date(2026, 2, 2)]
    stopped.close()
    # What happens meanwhile to a day that was done is left to the next round of the worker.
    put("2026-02-01 11:00")
    assert len(list(summaries.rebuild(since=date(2026, 2, 3)))) == 3
    assert not SummaryHead.objects.filter(sequence__gt=0).exists()
    assert summaries.refresh() is None
    assert leads_by_day() == {1: 2, 2: 1, 3: 1, 4: 1, 5: 1}


def test_rebuild_measures_by_the_hours_in_force(put: Make, coordinator: User) -> None:
    lead = put("2026-03-03 16:50")
    with time_machine.travel(local("2026-03-04 09:05"), tick=False):
        attempt(lead, AttemptResult.NO_ANSWER, coordinator)
    summaries.refresh()
    day = date(2026, 3, 3)
    assert all_of(day)["attempt"] == {str(16 * 60 + 15): 1}
    for weekday in range(5):
        WorkingHours.objects.create(weekday=weekday, start=time(9), end=time(17))
    list(summaries.rebuild())
    assert all_of(day)["attempt"] == {"15": 1}


# -- by whom


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def test_command_makes_every_day_anew(put: Make) -> None:
    put("2026-02-27 10:00")
    put("2026-03-02 10:00")
    assert run("rebuild_summaries") == "2026-03-01 …\n4 days made anew.\n"
    assert leads_by_day() == {27: 1, 2: 1}
    assert "2026-03-02 …" in run("rebuild_summaries", "--since", "2026-03-02", verbosity=2)


def test_command_refuses_rubbish_with_status_2(db: None) -> None:
    with pytest.raises(CommandError, match="is no date") as refused:
        run("rebuild_summaries", "--since", "yesterday")
    assert refused.value.returncode == 2


def test_worker_keeps_them_up(put: Make) -> None:
    put()
    run("send_notifications", "--once")
    assert all_of()["count"]["leads"] == 1


@pytest.mark.parametrize(
    ("day", "after"),
    [("2026-01-31", "2026-02-01"), ("2024-02-29", "2024-03-01"), ("2026-12-01", "2027-01-01")],
)
def test_next_month_begins_after_the_last_day(day: str, after: str) -> None:
    assert str(summaries.next_month(date.fromisoformat(day))) == after


def test_rows_say_what_they_are_of_and_nothing_else(put: Make) -> None:
    put()
    summaries.refresh()
    assert "2026-03-04 source web_inquiry" in {str(one) for one in Summary.objects.all()}
    assert str(SummaryHead.objects.get()) == "#1"
