"""The next step: proposed for an outcome, chosen from a list, always in working hours."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from admissions import follow_up
from admissions.enums import AttemptResult, NextStep
from admissions.office_hours import Schedule

HERE = ZoneInfo("America/New_York")
WEEK = {day: [(time(8, 30), time(12)), (time(13), time(17))] for day in range(5)}
THANKSGIVING = date(2026, 11, 26)
DESK = Schedule(WEEK, frozenset([THANKSGIVING]))
ALWAYS = Schedule({}, frozenset())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("now", "result", "then"),
    [
        ("2026-11-23 09:00", "no_answer", "2026-11-23 11:00"),
        ("2026-11-23 11:30", "busy", "2026-11-23 14:30"),  # noon is no working time
        ("2026-11-23 15:00", "no_answer", "2026-11-24 08:30"),  # not at the very end of the day
        ("2026-11-23 16:30", "no_answer", "2026-11-24 10:00"),
        ("2026-11-20 16:30", "no_answer", "2026-11-23 10:00"),  # a Friday
        ("2026-11-21 03:00", "busy", "2026-11-23 10:30"),  # a Saturday night
        ("2026-11-23 10:00", "left_voicemail", "2026-11-24 09:00"),
        ("2026-11-20 10:00", "message_sent", "2026-11-23 09:00"),
        ("2026-11-25 10:00", "call_back", "2026-11-27 09:00"),  # Thanksgiving
        ("2026-11-23 10:00", "wrong_number", "2026-11-24 09:00"),
        ("2026-11-23 10:00", "talked", "2026-11-25 09:00"),
        ("2026-11-24 10:00", "talked", "2026-11-27 09:00"),
        ("2026-11-20 23:30", "talked", "2026-11-24 09:00"),
        ("2026-03-06 16:00", "no_answer", "2026-03-09 09:30"),  # the clocks go forward meanwhile
        ("2026-10-30 16:00", "no_answer", "2026-11-02 09:30"),  # and back
    ],
)
def test_outcome_suggests_a_time_in_working_hours(now: str, result: str, then: str) -> None:
    found = follow_up.suggested(result, DESK, at(now))
    assert found == at(then)
    assert DESK.is_open(found)


@pytest.mark.parametrize("result", AttemptResult.values)
def test_desk_that_never_closes_is_not_sent_to_work_at_night(result: str) -> None:
    found = follow_up.suggested(result, ALWAYS, at("2026-11-23 10:00"))
    assert found in (at("2026-11-23 12:00"), at("2026-11-24 09:00"), at("2026-11-25 09:00"))


def test_desk_that_never_opens_gets_a_time_all_the_same() -> None:
    shut = Schedule({0: []}, frozenset())
    now = at("2026-11-23 10:00")
    assert follow_up.suggested("no_answer", shut, now) > now
    assert all(moment > now for moment in follow_up.moments(shut, now).values())


@pytest.mark.parametrize(
    ("now", "moments"),
    [
        (
            "2026-11-23 09:15",
            {
                NextStep.HOUR: "2026-11-23 10:15",
                NextStep.AFTERNOON: "2026-11-23 14:00",
                NextStep.MORNING: "2026-11-24 09:00",
                NextStep.THREE_DAYS: "2026-11-27 09:00",  # the 26th is closed
                NextStep.WEEK: "2026-11-30 09:00",
            },
        ),
        (
            "2026-11-20 14:00",
            {
                NextStep.HOUR: "2026-11-20 15:00",
                NextStep.AFTERNOON: "2026-11-20 16:00",
                NextStep.MORNING: "2026-11-23 09:00",
                NextStep.THREE_DAYS: "2026-11-23 09:00",
                NextStep.WEEK: "2026-11-27 09:00",
            },
        ),
        (
            "2026-11-20 16:00",
            {
                NextStep.HOUR: "2026-11-23 08:30",
                NextStep.MORNING: "2026-11-23 09:00",
                NextStep.THREE_DAYS: "2026-11-23 09:00",
                NextStep.WEEK: "2026-11-27 09:00",
            },
        ),
        (
            "2026-11-26 10:00",  # no afternoon on a closed day
            {
                NextStep.HOUR: "2026-11-27 09:30",
                NextStep.MORNING: "2026-11-27 09:00",
                NextStep.THREE_DAYS: "2026-11-30 09:00",
                NextStep.WEEK: "2026-12-03 09:00",
            },
        ),
    ],
    ids=["morning", "afternoon", "evening", "closed"],
)
def test_moments_on_offer_lie_in_working_hours(now: str, moments: dict[NextStep, str]) -> None:
    found = follow_up.moments(DESK, at(now))
    assert found == {step: at(text) for step, text in moments.items()}
    assert all(DESK.is_open(moment) for moment in found.values())
