"""The calendar file: valid, in the right hour of any day, and silent about what it is for."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from admissions.ics import CONTENT_TYPE, calendar_file
from admissions.models import Consultation, Lead
from tests.admissions.calendar_tools import local

UID = uuid.UUID("6f2f9c1e-7c39-4a4e-9f55-0b1f8b6f7a01")


def consultation(starts_at: str = "2027-03-01 09:00", **values: Any) -> Consultation:
    begins = local(starts_at)
    return Consultation(
        **{
            "uid": UID,
            "starts_at": begins,
            "ends_at": begins + timedelta(minutes=30),
            "channel": "phone",
            "booked_at": datetime(2027, 2, 26, 17, 0, 1, 999, tzinfo=UTC),
            "lead": Lead(reference="ABCD2345", first_name="Canary"),
            "booked_by": "canary@example.org",
            "token": "canary-token",
            **values,
        }
    )


def event_of(one: Consultation) -> Any:
    calendar = Calendar.from_ical(calendar_file(one))
    (event,) = calendar.walk("VEVENT")
    return event


def test_calendar_file_is_exactly_this() -> None:
    assert calendar_file(consultation()).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Appointments//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "SUMMARY:Call",
        "DTSTART:20270301T140000Z",
        "DTEND:20270301T143000Z",
        "DTSTAMP:20270226T170001Z",
        f"UID:{UID}",
        "SEQUENCE:0",
        "CLASS:PRIVATE",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    assert CONTENT_TYPE == "text/calendar; charset=utf-8"


@pytest.mark.parametrize(
    ("channel", "title"),
    [("phone", "Call"), ("video", "Appointment"), ("in_person", "Appointment")],
)
def test_the_title_is_neutral(channel: str, title: str) -> None:
    event = event_of(consultation(channel=channel))
    assert str(event["SUMMARY"]) == title
    assert not {"LOCATION", "DESCRIPTION", "ORGANIZER", "ATTENDEE", "URL", "COMMENT"} & set(event)


def test_nothing_of_the_person_stands_in_it() -> None:
    text = calendar_file(consultation()).decode().lower()
    assert "canary" not in text
    assert "abcd2345" not in text


@pytest.mark.parametrize(
    ("starts_at", "utc"),
    [
        ("2027-03-13 09:00", "20270313T140000Z"),
        ("2027-03-14 09:00", "20270314T130000Z"),
        ("2026-11-01 09:00", "20261101T140000Z"),
        ("2027-11-07 09:00", "20271107T140000Z"),
        ("2028-02-29 09:00", "20280229T140000Z"),
        ("2027-03-01 23:30", "20270302T043000Z"),
    ],
)
def test_times_are_the_right_moment_on_any_day(starts_at: str, utc: str) -> None:
    event = event_of(consultation(starts_at))
    assert event["DTSTART"].to_ical().decode() == utc
    assert event.decoded("DTSTART") == local(starts_at)
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=30)


def test_a_change_replaces_the_event_that_is_in_the_calendar() -> None:
    moved = local("2027-02-27 10:00")
    event = event_of(consultation("2027-03-08 11:00", sequence=2, changed_at=moved))
    assert str(event["UID"]) == str(UID)
    assert event.decoded("SEQUENCE") == 2
    assert event.decoded("DTSTAMP") == moved
    assert event.decoded("DTSTART") == local("2027-03-08 11:00")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("booked", "CONFIRMED"),
        ("cancelled", "CANCELLED"),
        ("held", "CONFIRMED"),
        ("no_show", "CONFIRMED"),
    ],
)
def test_the_status_says_whether_it_stands(state: str, status: str) -> None:
    assert str(event_of(consultation(state=state))["STATUS"]) == status


def test_the_same_consultation_gives_the_same_file() -> None:
    assert calendar_file(consultation()) == calendar_file(consultation())
