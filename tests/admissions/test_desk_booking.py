"""Booking for a lead on its page: what staff may, what is refused, what is shown."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from admissions.models import Consultation, Lead
from tests.admissions.calendar_tools import local, offer, set_rules, take
from tests.admissions.conftest import close
from tests.factories import new_key
from tests.pages import field_names, fields_of

NINE, TWENTY_TO_TEN = "2027-03-01T14:00Z", "2027-03-01T14:40Z"


@pytest.fixture(autouse=True)
def now() -> Iterator[Any]:
    """It is Monday morning, before anybody works."""
    with time_machine.travel(local("2027-03-01 06:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def hours(db: None) -> None:
    """Three times a day from Monday to Friday, by phone or video; visitors book a day ahead."""
    set_rules(notice_minutes=24 * 60)
    for weekday in range(5):
        offer(weekday, "09:00", "11:00")


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def other(make_lead: Any) -> Lead:
    return make_lead(first_name="Bo", phone="617-555-0150", email="")


def page_of(client: Client, lead: Lead) -> str:
    response = client.get(reverse("admin:admissions_lead_change", args=[lead.pk]))
    assert response.status_code == 200
    return response.content.decode()


def sign_in_again(desk: Client) -> None:
    """Come back to the desk: nobody stays signed in for days."""
    desk.force_login(User.objects.get(username="coordinator@example.org"))


def section(page: str) -> str:
    """Return the part of the page that is about consultations."""
    start = page.index('id="consultations"')
    return page[start : page.index("</section>", start)]


def act(client: Client, lead: Lead, action: str, **data: Any) -> Any:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
    return client.post(address, {"version": lead.version, **data})


def booked(client: Client, lead: Lead, at: str = NINE) -> Consultation:
    response = act(client, lead, "book", starts_at=at, channel="phone", key=str(new_key()))
    assert response.status_code == 302, response.content.decode()
    return Consultation.objects.get(lead=lead)


def test_staff_book_a_time_up_to_the_last_minute(desk: Client, lead: Lead, now: Any) -> None:
    now.move_to(local("2027-03-01 08:59"))
    sign_in_again(desk)
    page = section(page_of(desk, lead))
    assert f'value="{NINE}"' in page
    assert "9:00 AM (by phone or by video)" in page
    assert 'label="Monday, March 1"' in page
    consultation = booked(desk, lead)
    assert consultation.starts_at == local("2027-03-01 09:00")
    assert consultation.booked_by == "coordinator@example.org"
    assert consultation.access is None
    lead.refresh_from_db()
    assert lead.next_follow_up_at == consultation.starts_at
    page = section(page_of(desk, lead))
    assert "Monday, March 1, 9:00 AM" in page
    assert "Yes, cancel it" in page
    assert "Move to this time" in page
    assert "/book/" not in page


def test_a_page_sent_twice_books_once(desk: Client, lead: Lead) -> None:
    key = fields_of(section(page_of(desk, lead)))["key"]
    for _ in range(2):
        answer = act(desk, lead, "book", starts_at=NINE, channel="phone", key=key)
        assert answer.status_code == 302
    assert Consultation.objects.count() == 1


def test_a_second_time_is_refused_and_the_first_is_named(desk: Client, lead: Lead) -> None:
    booked(desk, lead)
    answer = act(desk, lead, "book", starts_at=TWENTY_TO_TEN, channel="phone", key=new_key())
    assert answer.status_code == 409
    assert "Monday, March 1, 9:00 AM" in answer.content.decode()
    assert Consultation.objects.count() == 1


def test_a_time_that_was_taken_is_said_to_be_so_and_the_page_stays(
    desk: Client, lead: Lead, other: Lead
) -> None:
    set_rules()
    take(other, local("2027-03-01 09:00"))
    answer = act(desk, lead, "book", starts_at=NINE, channel="video", key=new_key())
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "taken that time" in page
    assert f'value="{NINE}"' not in section(page)
    assert '<option value="video" selected>' in section(page)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"starts_at": "", "channel": "phone"},
        {"starts_at": "rubbish", "channel": "phone"},
        {"starts_at": NINE, "channel": "pigeon"},
    ],
)
def test_what_is_no_time_is_asked_for_again(desk: Client, lead: Lead, data: dict[str, str]) -> None:
    answer = act(desk, lead, "book", **data)
    assert answer.status_code == 422
    assert 'class="errornote"' in section(answer.content.decode())
    assert not Consultation.objects.exists()


def test_staff_move_a_consultation(desk: Client, lead: Lead) -> None:
    consultation = booked(desk, lead)
    kept = fields_of(section(page_of(desk, lead)))
    assert kept["consultation"] == str(consultation.pk)
    answer = act(
        desk,
        lead,
        "rebook",
        consultation=consultation.pk,
        starts_at=TWENTY_TO_TEN,
        channel="video",
    )
    assert answer.status_code == 302
    consultation.refresh_from_db()
    assert (consultation.starts_at, consultation.channel) == (local("2027-03-01 09:40"), "video")


def test_a_refused_move_is_shown_open_with_what_was_chosen(
    desk: Client, lead: Lead, other: Lead
) -> None:
    consultation = booked(desk, lead)
    set_rules()
    take(other, local("2027-03-01 09:40"))
    answer = act(
        desk,
        lead,
        "rebook",
        consultation=consultation.pk,
        starts_at=TWENTY_TO_TEN,
        channel="video",
    )
    assert answer.status_code == 409
    page = section(answer.content.decode())
    assert '<details class="desk-more" open>' in page
    assert '<option value="video" selected>' in page
    consultation.refresh_from_db()
    assert consultation.starts_at == local("2027-03-01 09:00")


def test_of_several_to_come_the_one_to_move_is_chosen(desk: Client, lead: Lead) -> None:
    set_rules()
    first, second = (take(lead, local(f"2027-03-0{day} 09:00")) for day in (1, 2))
    page = section(page_of(desk, lead))
    assert f'<option value="{first.pk}" selected>Monday, March 1, 9:00 AM</option>' in page
    assert f'<option value="{second.pk}">Tuesday, March 2, 9:00 AM</option>' in page
    chosen = {"consultation": second.pk, "starts_at": TWENTY_TO_TEN, "channel": "phone"}
    assert act(desk, lead, "rebook", **chosen).status_code == 302
    second.refresh_from_db()
    assert second.starts_at == local("2027-03-01 09:40")


def test_staff_cancel_and_may_book_again(desk: Client, lead: Lead) -> None:
    consultation = booked(desk, lead)
    for _ in range(2):
        assert act(desk, lead, "cancel", consultation=consultation.pk).status_code == 302
    page = section(page_of(desk, lead))
    assert "Cancelled" in page
    assert "Not there" not in page
    assert {"starts_at", "key"} <= field_names(page)
    consultation.refresh_from_db()
    assert consultation.state == "cancelled"


def test_how_it_went_is_recorded_once_it_has_begun_and_may_be_corrected(
    desk: Client, lead: Lead, now: Any
) -> None:
    consultation = booked(desk, lead)
    assert "Not there" not in section(page_of(desk, lead))
    answer = act(desk, lead, "held", consultation=consultation.pk)
    assert answer.status_code == 409
    assert "not begun yet" in answer.content.decode()
    now.move_to(local("2027-03-01 09:10"))
    sign_in_again(desk)
    page = section(page_of(desk, lead))
    assert re.search(r">\s*Held</button>", page)
    assert re.search(r">\s*Not there</button>", page)
    for action, state in (("no-show", "no_show"), ("held", "held")):
        assert act(desk, lead, action, consultation=consultation.pk).status_code == 302
        consultation.refresh_from_db()
        assert consultation.state == state
    assert not re.search(r">\s*Held</button>", section(page_of(desk, lead)))


@pytest.mark.parametrize("action", ["rebook", "cancel", "held", "no-show"])
def test_the_consultation_of_another_lead_is_not_touched(
    desk: Client, lead: Lead, other: Lead, action: str
) -> None:
    set_rules()
    theirs = take(other, local("2027-03-01 09:00"))
    for number in (theirs.pk, theirs.pk + 99, "x", ""):
        answer = act(
            desk,
            lead,
            action,
            consultation=number,
            starts_at=TWENTY_TO_TEN,
            channel="phone",
        )
        assert answer.status_code == 422
    theirs.refresh_from_db()
    assert (theirs.state, theirs.sequence) == ("booked", 0)


def test_a_closed_lead_is_opened_before_it_is_booked(desk: Client, lead: Lead) -> None:
    close(lead)
    assert "Open the lead again before you book." in section(page_of(desk, lead))
    answer = act(desk, lead, "book", starts_at=NINE, channel="phone", key=new_key())
    assert answer.status_code == 409
    assert not Consultation.objects.exists()


def test_without_hours_the_page_is_there_and_offers_nothing(desk: Client, lead: Lead) -> None:
    set_rules(days_ahead=1)
    page = section(page_of(desk, lead))
    assert page.count("<optgroup") == 2


def test_the_page_costs_the_same_for_many_consultations(
    desk: Client, lead: Lead, django_assert_max_num_queries: Any
) -> None:
    set_rules(days_ahead=60)
    for day in range(1, 6):
        take(lead, local(f"2027-03-0{day} 09:00"))
    with django_assert_max_num_queries(55):
        assert section(page_of(desk, lead)).count("Yes, cancel it") == 10
