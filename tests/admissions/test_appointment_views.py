"""The page behind the link in a confirmation: it says what is so, whatever happened."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from admissions import booking
from admissions.enums import ConsultationChannel, ConsultationState
from admissions.models import (
    Availability,
    ClosedDay,
    Consultation,
    Lead,
    LeadEvent,
    StatusAccess,
)
from tests.admissions.calendar_tools import local, offer, set_rules, take
from tests.admissions.conftest import dump, writes_fail
from tests.outages import database_away, just_before_it_is_written
from tests.pages import fields_of

pytestmark = pytest.mark.usefixtures("wordings", "texts_wording", "provider")

PHONE = "617-555-0199"
NINE, TWENTY_TO_TEN = "2027-03-01T14:00Z", "2027-03-01T14:40Z"
WHERE = ("appointment", "appointment-move", "appointment-cancel", "appointment-ics")


@pytest.fixture(autouse=True)
def now() -> Iterator[Any]:
    """It is Monday morning, before anybody works."""
    with time_machine.travel(local("2027-03-01 06:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def mine(db: None, lead: Lead) -> Consultation:
    """A call on Monday at nine; there are three times on every weekday."""
    set_rules()
    for weekday in range(5):
        offer(weekday, "09:00", "11:00")
    access = StatusAccess.objects.get(lead=lead)
    return take(lead, local("2027-03-01 09:00"), access=access)


def at(consultation: Consultation | str, name: str = "appointment") -> str:
    token = consultation if isinstance(consultation, str) else consultation.token
    return reverse(f"admissions:{name}", args=[token])


def text_of(response: Any) -> str:
    return response.content.decode()


def shown(client: Client, consultation: Consultation) -> str:
    response = client.get(at(consultation))
    assert response.status_code == 200
    return text_of(response)


def move(client: Client, consultation: Consultation, to: str, channel: str = "phone") -> Any:
    return client.post(at(consultation, "appointment-move"), {"starts_at": to, "channel": channel})


def again(consultation: Consultation) -> Consultation:
    return Consultation.objects.get(pk=consultation.pk)


# -- how it stands


def test_what_is_booked_is_shown_with_all_that_can_be_done(
    client: Client, mine: Consultation
) -> None:
    page = shown(client, mine)
    for words in ("Your time is booked", "Monday, March 1, 9:00 AM", "By phone", PHONE):
        assert words in page
    for name in WHERE[1:]:
        assert at(mine, name) in page


def test_no_name_and_nothing_of_the_request_is_shown(
    client: Client, mine: Consultation, lead: Lead
) -> None:
    access = StatusAccess.objects.get(lead=lead)
    secrets = ("Avery", "Quill", "0101", "example.org", lead.reference, access.code, "New")
    for name in WHERE:
        page = text_of(client.get(at(mine, name)))
        main = page[page.find("<main") : page.find("</main>")] if "<main" in page else page
        for word in secrets:
            assert word not in main


@pytest.mark.parametrize("name", WHERE)
def test_every_page_is_kept_by_nobody(client: Client, mine: Consultation, name: str) -> None:
    response = client.get(at(mine, name))
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert "noindex" in text_of(response) + response.get("X-Robots-Tag", "")
    assert client.head(at(mine, name)).status_code == 200
    for method in ("put", "patch", "delete"):
        assert getattr(client, method)(at(mine, name)).status_code == 405


@pytest.mark.parametrize("name", WHERE)
def test_looking_changes_nothing(client: Client, mine: Consultation, name: str) -> None:
    before = dump()
    for _ in range(2):
        client.get(at(mine, name))
    assert dump() == before


@pytest.mark.parametrize("name", WHERE)
@pytest.mark.parametrize("token", ["x", "x" * 32, "é" * 32, "\x00", "a" * 3000, "%2e%2e"])
def test_a_link_that_was_not_given_out_is_not_found(
    client: Client, mine: Consultation, name: str, token: str
) -> None:
    response = client.get(at(token, name))
    assert response.status_code == 404
    assert "changes nothing about what you booked" in text_of(response)
    assert client.post(at(token, name)).status_code == (405 if name == WHERE[3] else 404)


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("phone", "The call comes from"),
        ("video", "how to join"),
        ("in_person", "You come to us."),
    ],
)
def test_each_way_to_talk_says_what_happens(
    client: Client, mine: Consultation, channel: str, words: str
) -> None:
    Consultation.objects.filter(pk=mine.pk).update(channel=channel)
    page = shown(client, mine)
    assert words in page
    assert str(ConsultationChannel(channel).label) in page


def test_while_it_runs_and_after_it_says_so(client: Client, mine: Consultation, now: Any) -> None:
    now.move_to(local("2027-03-01 09:00"))
    page = shown(client, mine)
    assert "It is time for your appointment" in page
    assert "too late to change it here" in page
    assert PHONE in page
    assert at(mine, "appointment-move") not in page
    now.move_to(local("2027-03-01 09:30"))
    assert "This appointment is over" in shown(client, mine)
    now.shift(timedelta(days=900))
    assert "This appointment is over" in shown(client, mine)


@pytest.mark.parametrize("state", [ConsultationState.HELD, ConsultationState.NO_SHOW])
def test_whether_somebody_came_is_not_said(
    client: Client, mine: Consultation, now: Any, state: str
) -> None:
    now.move_to(local("2027-03-01 09:30"))
    before = shown(client, mine)
    Consultation.objects.filter(pk=mine.pk).update(state=state)
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert csrf.sub("", shown(client, mine)) == csrf.sub("", before)


# -- move


def test_it_is_moved_and_says_so(client: Client, mine: Consultation) -> None:
    page = client.get(at(mine, "appointment-move"))
    assert "9:00 AM (the time you have)" in text_of(page)
    kept = fields_of(page.content)
    assert (kept["starts_at"], kept["channel"]) == (NINE, "phone")
    response = move(client, mine, "2027-03-02T14:00Z", "video")
    assert response["Location"] == at(mine)
    now = shown(client, mine)
    assert "Tuesday, March 2, 9:00 AM" in now
    assert "By video" in now
    assert "This was changed." in now
    assert again(mine).sequence == 1


def test_the_time_one_has_does_not_change_what_is_said_of_the_others(
    client: Client, mine: Consultation
) -> None:
    offer(2, "13:00", "15:00", in_person=True)
    page = text_of(client.get(at(mine, "appointment-move")))
    assert "Monday, March 1 <" in page
    assert "3 times, by phone or by video" in page
    assert "9:40 AM</label>" in page


def test_moving_twice_or_to_the_same_time_changes_nothing_more(
    client: Client, mine: Consultation
) -> None:
    assert move(client, mine, NINE).status_code == 302
    assert again(mine).sequence == 0
    for _ in range(2):
        assert move(client, mine, TWENTY_TO_TEN).status_code == 302
    assert again(mine).sequence == 1
    assert LeadEvent.objects.filter(kind="consultation_moved").count() == 1


def test_another_way_to_talk_at_the_same_time(client: Client, mine: Consultation) -> None:
    assert move(client, mine, NINE, "video").status_code == 302
    assert again(mine).channel == "video"
    # One that is not on offer then is refused by the booking itself.
    offer(2, "13:00", "15:00", in_person=True, by_phone=False, by_video=False)
    response = move(client, mine, NINE, "in_person")
    assert response.status_code == 409
    assert "Wednesday, March 3, 1:00 PM" in text_of(response)
    assert again(mine).channel == "video"


def test_a_time_that_was_taken_keeps_the_old_one_and_offers_the_nearest(
    client: Client, mine: Consultation, make_lead: Any
) -> None:
    take(make_lead(first_name="Bo", phone="617-555-0150", email=""), local("2027-03-01 09:40"))
    response = move(client, mine, TWENTY_TO_TEN)
    page = text_of(response)
    assert response.status_code == 422
    assert "That time is no longer free." in page
    assert "Monday, March 1, 10:20 AM" in page
    assert again(mine).starts_at == local("2027-03-01 09:00")


def test_a_time_taken_at_the_last_moment_keeps_the_old_one(
    client: Client, mine: Consultation, make_lead: Any
) -> None:
    other = make_lead(first_name="Bo", phone="617-555-0150", email="")
    with just_before_it_is_written(lambda: take(other, local("2027-03-01 09:40"))):
        response = move(client, mine, TWENTY_TO_TEN, "video")
    assert response.status_code == 409
    assert "taken that time" in text_of(response)
    assert fields_of(response.content)["channel"] == "video"
    assert again(mine).starts_at == local("2027-03-01 09:00")


def test_nothing_chosen_is_asked_for(client: Client, mine: Consultation) -> None:
    response = client.post(at(mine, "appointment-move"), {})
    assert response.status_code == 422
    assert "Choose a day and one of its times." in text_of(response)
    assert "Monday, March 1, 9:00 AM" in text_of(response)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    to=st.one_of(st.text(), st.datetimes().map(lambda moment: moment.isoformat() + "Z")),
    channel=st.one_of(st.sampled_from(ConsultationChannel.values), st.text()),
)
def test_rubbish_moves_nothing(client: Client, mine: Consultation, to: str, channel: str) -> None:
    to, channel = (text.encode("utf-8", "ignore").decode() for text in (to, channel))
    assert move(client, mine, to, channel).status_code == 422
    assert again(mine).sequence == 0


def test_where_there_is_no_other_time_the_old_one_stays(client: Client, mine: Consultation) -> None:
    Availability.objects.all().delete()
    response = client.get(at(mine, "appointment-move"))
    assert response.status_code == 200
    page = text_of(response)
    assert "You keep the time you have" in page
    assert "Monday, March 1, 9:00 AM" in page
    assert move(client, mine, TWENTY_TO_TEN).status_code == 422
    assert again(mine).starts_at == local("2027-03-01 09:00")


def test_hours_that_were_taken_away_leave_what_is_booked(
    client: Client, mine: Consultation
) -> None:
    ClosedDay.objects.create(day=local("2027-03-01 00:00").date(), name="Snow")
    assert "Your time is booked" in shown(client, mine)
    assert move(client, mine, "2027-03-02T14:00Z").status_code == 302


@pytest.mark.parametrize("when", ["2027-03-01 09:00", "2027-03-01 12:00"])
def test_what_has_begun_cannot_be_changed_any_more(
    client: Client, mine: Consultation, now: Any, when: str
) -> None:
    now.move_to(local(when))
    for name in WHERE[1:3]:
        assert client.get(at(mine, name))["Location"] == at(mine)
    assert move(client, mine, "2027-03-02T14:00Z")["Location"] == at(mine)
    assert client.post(at(mine, "appointment-cancel"))["Location"] == at(mine)
    assert (again(mine).state, again(mine).sequence) == ("booked", 0)


def test_cancelled_while_the_times_were_looked_at_it_stays_cancelled(
    client: Client, mine: Consultation
) -> None:
    with just_before_it_is_written(lambda: booking.cancel(consultation=mine, by="visitor")):
        assert move(client, mine, TWENTY_TO_TEN)["Location"] == at(mine)
    assert "This appointment is cancelled" in shown(client, mine)


# -- cancel


def test_it_is_cancelled_once_it_was_asked_again(client: Client, mine: Consultation) -> None:
    page = text_of(client.get(at(mine, "appointment-cancel")))
    assert "Cancel your appointment?" in page
    assert "Monday, March 1, 9:00 AM" in page
    for _ in range(2):
        assert client.post(at(mine, "appointment-cancel"))["Location"] == at(mine)
    assert LeadEvent.objects.filter(kind="consultation_cancelled").count() == 1
    page = shown(client, mine)
    assert "This appointment is cancelled" in page
    assert "Monday, March 1, 9:00 AM" in page
    for name in WHERE[1:3]:
        assert client.get(at(mine, name))["Location"] == at(mine)
    assert move(client, mine, TWENTY_TO_TEN)["Location"] == at(mine)


def test_after_a_cancel_a_new_time_is_booked_without_asking_again(
    client: Client, mine: Consultation, now: Any
) -> None:
    client.post(at(mine, "appointment-cancel"))
    code = StatusAccess.objects.get().code
    now.shift(timedelta(hours=2))
    response = client.post(at(mine))
    assert response.status_code == 302
    times = client.get(response["Location"])["Location"]
    response = client.post(times, {"starts_at": "2027-03-02T14:00Z", "channel": "phone"})
    sent = client.post(response["Location"], {})
    new = Consultation.objects.exclude(pk=mine.pk).get()
    assert (new.lead, new.access) == (mine.lead, mine.access)
    page = text_of(client.get(sent["Location"]))
    assert "Tuesday, March 2, 9:00 AM" in page
    assert code not in page  # others may hold the link to the appointment
    assert "This appointment is cancelled" in shown(client, mine)


def test_what_staff_booked_leads_to_the_open_form(
    client: Client, mine: Consultation, now: Any
) -> None:
    Consultation.objects.filter(pk=mine.pk).update(access=None)
    now.move_to(local("2027-03-01 12:00"))
    assert client.post(at(mine))["Location"] == reverse("admissions:consultation")


def test_booking_anew_while_it_is_booked_shows_what_is(client: Client, mine: Consultation) -> None:
    assert client.post(at(mine))["Location"] == at(mine)


# -- the calendar file


def test_the_calendar_file_says_when_and_not_what(client: Client, mine: Consultation) -> None:
    response = client.get(at(mine, "appointment-ics"))
    assert response["Content-Type"].startswith("text/calendar")
    assert response["Content-Disposition"] == 'attachment; filename="call.ics"'
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert event["SUMMARY"] == "Call"
    assert event.decoded("DTSTART") == mine.starts_at
    client.post(at(mine, "appointment-cancel"))
    response = client.get(at(mine, "appointment-ics"))
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert event["STATUS"] == "CANCELLED"


# -- when something is missing


def test_without_the_database_the_choice_stays_on_the_page(
    client: Client, mine: Consultation
) -> None:
    client.get(at(mine, "appointment-move"))
    with database_away():
        response = move(client, mine, "2027-03-02T14:40Z", "video")
    assert response.status_code == 503
    kept = fields_of(response.content)
    assert (kept["starts_at"], kept["channel"]) == ("2027-03-02T14:40Z", "video")
    assert client.post(at(mine, "appointment-move"), kept).status_code == 302
    assert again(mine).starts_at == local("2027-03-02 09:40")


def test_what_cannot_be_written_is_not_said_to_be_so(client: Client, mine: Consultation) -> None:
    with writes_fail("admissions_consultation", "UPDATE"):
        response = move(client, mine, TWENTY_TO_TEN)
        assert response.status_code == 503
        client.raise_request_exception = False
        assert client.post(at(mine, "appointment-cancel")).status_code == 503
    assert "Monday, March 1, 9:00 AM" in shown(client, mine)


@pytest.mark.parametrize("name", WHERE)
def test_without_the_database_a_page_says_that_it_is_not_there(
    client: Client, mine: Consultation, name: str
) -> None:
    client.raise_request_exception = False
    with database_away(OperationalError):
        response = client.get(at(mine, name))
    assert response.status_code == 503
    assert PHONE in text_of(response)


def test_without_the_protection_cookie_nothing_is_changed(mine: Consultation) -> None:
    client = Client(enforce_csrf_checks=True)
    response = move(client, mine, TWENTY_TO_TEN)
    assert response.status_code == 403
    assert fields_of(response.content)["starts_at"] == TWENTY_TO_TEN
    assert "Monday, March 1, 9:00 AM" in text_of(response)
    assert client.post(at(mine, "appointment-cancel")).status_code == 403
    assert client.post(at("x" * 32, "appointment-move")).status_code == 404
    assert (again(mine).state, again(mine).sequence) == ("booked", 0)
