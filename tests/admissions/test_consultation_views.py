"""Booking a time over HTTP: what is shown, what is kept, what is said when a time is gone."""

import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest
import time_machine
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import consents, slots
from admissions.enums import ConsultationChannel, LeadSource
from admissions.forms.times import DAYS_SHOWN, clock
from admissions.models import (
    ClosedDay,
    Consent,
    ConsentWording,
    Consultation,
    Draft,
    Inquiry,
    Lead,
    OutboxMessage,
    StatusAccess,
)
from admissions.views import base
from tests.admissions.calendar_tools import local, offer, set_rules, take
from tests.admissions.conftest import close, writes_fail
from tests.factories import inquiry_post, new_key
from tests.outages import database_away, just_before_it_is_written
from tests.pages import field_names, fields_of
from tests.threads import run_together

pytestmark = pytest.mark.usefixtures("wordings", "texts_wording", "provider")

URL = "/admissions/consultation/"
PHONE = "617-555-0199"
NINE = "2027-03-01T14:00Z"  # Monday, 9:00 on the wall


@pytest.fixture(autouse=True)
def now() -> Iterator[Any]:
    """It is Monday morning, before anybody works."""
    with time_machine.travel(local("2027-03-01 06:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def hours(db: None) -> None:
    """Three times a day from Monday to Friday, by phone or video, one at a time."""
    set_rules()
    for weekday in range(5):
        offer(weekday, "09:00", "11:00")


def text_of(response: Any) -> str:
    return response.content.decode()


def times_on(response: Any) -> list[str]:
    """Return the values of the radio buttons of times, in the order of the page."""
    return re.findall(r'name="(?:starts_at|other_time)" value="([^"]+)"', text_of(response))


def choose(client: Client, starts_at: str = NINE, channel: str = "phone") -> str:
    """Choose a time and return the address of the page that asks who it is for."""
    response = client.post(
        URL, {"starts_at": starts_at, "channel": channel, "idempotency_key": str(new_key())}
    )
    assert response.status_code == 302, text_of(response)
    response = client.get(response["Location"])
    assert response.status_code == 302
    return response["Location"]


def who(**changes: Any) -> dict[str, str]:
    """Return the fields of the page that asks who it is for."""
    return inquiry_post(**changes)


def booked() -> Consultation:
    return Consultation.objects.get()


def handed_out() -> StatusAccess:
    return StatusAccess.objects.get()


def go_on(client: Client, to: str = "consultation") -> str:
    """Go on from the confirmation of what was handed out to a consultation, and return where to."""
    token = base.confirmed("inquiry", handed_out().reference)["Location"].split("/")[-2]
    response = client.post(reverse("admissions:lead-on", args=[token, to]))
    assert response.status_code == 302
    return client.get(response["Location"])["Location"]


# -- the times


def test_the_times_are_shown_by_day_and_kept_by_nobody(client: Client, hours: None) -> None:
    response = client.get(URL)
    page = text_of(response)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in page
    assert "Monday, March 1" in page
    assert "9:00 AM" in page
    assert "Massachusetts" in page
    assert times_on(response)[:3] == [NINE, "2027-03-01T14:40Z", "2027-03-01T15:20Z"]
    assert client.head(URL).status_code == 200


def test_only_ways_to_talk_that_are_on_offer_are_asked(client: Client, hours: None) -> None:
    page = text_of(client.get(URL))
    assert "By phone" in page
    assert "By video" in page
    assert "In person" not in page


def test_one_way_to_talk_needs_no_choice(client: Client, db: None) -> None:
    set_rules()
    offer(0, "09:00", "11:00", by_video=False)
    assert fields_of(client.get(URL).content)["channel"] == "phone"


def test_days_and_times_that_differ_say_how_one_can_talk(client: Client, hours: None) -> None:
    offer(1, "13:00", "15:00", by_video=False)
    offer(2, "09:00", "11:00", in_person=True)
    page = text_of(client.get(URL))
    assert "3 times, by phone or by video" in page  # Monday, since Wednesday has all three ways
    assert "1:00 PM (by phone)" in page
    wednesday = page[page.index("Wednesday, March 3") : page.index("Thursday, March 4")]
    assert "(by" not in wednesday


def test_every_time_is_reached_once_by_going_on(client: Client, hours: None) -> None:
    seen: list[str] = []
    address: str | None = URL
    while address:
        response = client.get(address)
        seen += times_on(response)
        assert text_of(response).count('<details class="qa"') <= DAYS_SHOWN
        found = re.search(r'href="(\?from=[0-9-]+)">More days', text_of(response))
        address = URL + found[1] if found else None
    assert seen == [slot.value for slot in slots.offered()]
    assert len(seen) > 3 * DAYS_SHOWN
    assert "Earlier days" in text_of(response)


@pytest.mark.parametrize("day", ["", "x", "2027-13-01", "2027-02-30", "0001-01-01", "%00", "1e9"])
def test_a_first_day_that_is_none_is_ignored(client: Client, hours: None, day: str) -> None:
    response = client.get(f"{URL}?from={day}")
    assert response.status_code == 200
    assert times_on(response)[0] == NINE


def test_a_first_day_beyond_all_shows_the_last(client: Client, hours: None) -> None:
    response = client.get(f"{URL}?from=9999-12-31")
    assert times_on(response) == [slot.value for slot in slots.offered()[-3:]]


def test_the_page_costs_the_same_for_few_and_many_times(
    client: Client, hours: None, django_assert_max_num_queries: Any
) -> None:
    client.get(URL)  # what is remembered
    with django_assert_max_num_queries(8):
        client.get(URL)
    set_rules(days_ahead=120, length_minutes=5, buffer_minutes=0)
    with django_assert_max_num_queries(8):
        assert len(times_on(client.get(URL))) == DAYS_SHOWN * 24


@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_on_offer_is_said_kindly_with_ways_to_reach_us(client: Client, method: str) -> None:
    response = getattr(client, method)(URL, {"starts_at": NINE, "channel": "phone"})
    assert response.status_code == (200 if method == "get" else 422)
    assert "No free time just now" in text_of(response)
    assert PHONE in text_of(response)
    assert reverse("admissions:inquiry") in text_of(response)
    assert not Draft.objects.exists()


def test_the_hour_that_comes_twice_names_its_zone() -> None:
    first = local("2026-11-01 01:30").astimezone(UTC)
    second = first + timedelta(hours=1)
    assert [clock(first), clock(second)] == ["1:30 AM EDT", "1:30 AM EST"]
    assert clock(local("2027-03-14 03:00")) == "3:00 AM"


# -- choosing one


def test_a_choice_leads_on_and_its_address_says_nothing(client: Client, hours: None) -> None:
    address = choose(client)
    page = text_of(client.get(address))
    assert "Monday, March 1, 9:00 AM" in page
    assert "By phone" in page
    assert not Consultation.objects.exists()
    assert re.fullmatch(r"/admissions/consultation/[\w-]{32}/you/", address)


def test_what_was_not_chosen_is_asked_for_and_what_was_stays(client: Client, hours: None) -> None:
    response = client.post(URL, {"starts_at": "2027-03-02T14:40Z"})
    page = text_of(response)
    assert response.status_code == 422
    assert "Error:" in page
    assert "Choose how you would like to talk." in page
    assert fields_of(page)["starts_at"] == "2027-03-02T14:40Z"
    response = client.post(URL, {"channel": "video"})
    assert "Choose a day and one of its times." in text_of(response)
    assert fields_of(response.content)["channel"] == "video"
    assert 'href="#id_starts_at"' in text_of(response)
    assert 'id="id_starts_at"' in text_of(response)


def test_a_time_on_a_later_page_is_shown_again_where_it_is(client: Client, hours: None) -> None:
    late = slots.offered()[-1].value
    response = client.post(URL, {"starts_at": late})
    assert fields_of(response.content)["starts_at"] == late
    assert text_of(response).count("<details") == text_of(response).count("</details>")
    assert re.search(r'<details class="qa" open>', text_of(response))


def test_a_way_to_talk_that_is_not_on_offer_then_names_the_nearest_times(
    client: Client, hours: None
) -> None:
    offer(1, "13:00", "15:00", by_video=False, by_phone=False, in_person=True)
    response = client.post(URL, {"starts_at": NINE, "channel": "in_person"})
    page = text_of(response)
    assert response.status_code == 422
    assert "At that time we can talk by phone or by video only." in page
    assert times_on(response)[:3] == [f"2027-03-02T{at}Z" for at in ("18:00", "18:40", "19:20")]
    assert len(set(times_on(response))) == len(times_on(response))


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        ("2027-03-01T10:00Z", "That time is over."),
        ("1999-12-31T10:00Z", "Choose a day and one of its times."),
        ("2027-03-01T14:01Z", "That time is no longer free."),
        ("2027-03-02T05:00Z", "That time is no longer free."),  # midnight
        ("2027-03-06T14:00Z", "That time is no longer free."),  # a Saturday
        ("2030-03-04T14:00Z", "That time is no longer free."),  # far ahead
        ("2028-02-29T14:00Z", "That time is no longer free."),
        ("2027-02-29T14:00Z", "Choose a day and one of its times."),
    ],
)
def test_a_time_that_cannot_be_had_is_said_to_be_so(
    client: Client, hours: None, starts_at: str, words: str
) -> None:
    response = client.post(URL, {"starts_at": starts_at, "channel": "phone"})
    assert response.status_code == 422
    assert words in text_of(response)
    assert fields_of(response.content)["channel"] == "phone"
    assert not Draft.objects.exists()


def test_a_full_and_a_closed_time_offer_the_nearest(
    client: Client, hours: None, lead: Lead
) -> None:
    take(lead, local("2027-03-01 09:40"))
    ClosedDay.objects.create(day=local("2027-03-02 00:00").date(), name="Town meeting")
    response = client.post(URL, {"starts_at": "2027-03-01T14:40Z", "channel": "phone"})
    assert response.status_code == 422
    assert times_on(response)[:3] == [NINE, "2027-03-01T15:20Z", "2027-03-03T14:00Z"]
    response = client.post(URL, {"starts_at": "2027-03-02T14:00Z", "channel": "phone"})
    assert "That time is no longer free." in text_of(response)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    starts_at=st.one_of(
        st.text(),
        st.datetimes().map(lambda at: at.isoformat() + "Z"),
        st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
        st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|\+00:00)\Z"),
        st.integers().map(str),
    ),
    channel=st.one_of(st.sampled_from(ConsultationChannel.values), st.text()),
)
def test_rubbish_is_never_a_fault(
    client: Client, hours: None, starts_at: str, channel: str
) -> None:
    starts_at = starts_at.encode("utf-8", "ignore").decode()
    channel = channel.encode("utf-8", "ignore").decode()
    response = client.post(URL, {"starts_at": starts_at, "channel": channel})
    assert response.status_code in (302, 422)
    assert not Consultation.objects.exists()


def test_the_first_page_sent_again_goes_on_with_the_same_draft(client: Client, hours: None) -> None:
    post = {"starts_at": NINE, "channel": "phone", "idempotency_key": str(new_key())}
    first, second = (client.post(URL, post)["Location"] for _ in range(2))
    assert first == second
    assert Draft.objects.count() == 1


def test_a_draft_can_be_discarded(client: Client, hours: None) -> None:
    address = choose(client)
    response = client.post(address.replace("/you/", "/discard/"))
    assert response["Location"] == reverse("admissions:discarded")
    assert client.get(address).status_code == 404


# -- who it is for


def test_a_time_is_booked_and_confirmed(client: Client, hours: None) -> None:
    address = choose(client, channel="video")
    response = client.post(address, who(agree_texts="on", access_needs="captions"))
    consultation = booked()
    assert consultation.starts_at == local("2027-03-01 09:00")
    assert consultation.channel == "video"
    assert consultation.access == handed_out()
    lead = consultation.lead
    assert (lead.source, lead.first_name, lead.text_ok) == ("web_consultation", "Avery", True)
    assert lead.access_needs == "captions"
    page = text_of(client.get(response["Location"]))
    for words in (
        "Your time is booked.",
        "Monday, March 1, 9:00 AM",
        "By video",
        handed_out().reference,
        reverse("admissions:appointment-ics", args=[consultation.token]),
        reverse("admissions:appointment", args=[consultation.token]),
    ):
        assert words in page
    assert "Avery" not in page


def test_what_was_sent_is_kept_word_for_word(client: Client, hours: None) -> None:
    client.post(choose(client), who(first_name="Qx", do_not_speak_to="my uncle"))
    answers = Inquiry.objects.get().answers
    assert answers["first_name"] == "Qx"
    assert answers["do_not_speak_to"] == "my uncle"
    assert answers["starts_at"] == "2027-03-01T14:00:00+00:00"
    assert answers["channel"] == "phone"
    assert not {"other_time", "shown", "subject", "good_times"} & set(answers)
    assert Consent.objects.filter(channel=LeadSource.WEB_CONSULTATION).count() == 2
    assert Draft.objects.get().answers == {}


def test_the_confirmation_of_a_call_says_from_which_number(client: Client, hours: None) -> None:
    sent = client.post(choose(client), who())["Location"]
    assert "The call comes from" in text_of(client.get(sent))
    assert PHONE in text_of(client.get(sent))


def test_the_page_asks_what_is_safe_and_nothing_clinical(client: Client, hours: None) -> None:
    names = field_names(client.get(choose(client)).content)
    assert names >= {"first_name", "phone", "email", "role", "age_band", "language"}
    assert names >= {"voicemail_ok", "may_say_who", "email_ok", "do_not_speak_to"}
    assert names >= {"agree_contact", "agree_privacy_notice", "agree_texts"}
    assert not names & {"message", "good_times", "coverage_kind", "track"}


def test_what_is_wrong_is_said_in_the_order_of_the_page_and_what_was_typed_stays(
    client: Client, hours: None
) -> None:
    response = client.post(choose(client), who(role="", phone="12", do_not_speak_to="my uncle"))
    page = text_of(response)
    assert response.status_code == 422
    assert page.index("Choose what fits you best.") < page.index("Enter the whole phone number")
    assert fields_of(page)["do_not_speak_to"] == "my uncle"
    assert fields_of(page)["phone"] == "12"
    assert not Lead.objects.exists()


def test_a_call_needs_a_phone_number_and_a_video_talk_does_not(client: Client, hours: None) -> None:
    by_mail = who(phone=None, preferred_channel="email")
    response = client.post(choose(client), by_mail)
    assert response.status_code == 422
    assert "Enter the phone number that we should call." in text_of(response)
    assert client.post(choose(client, channel="video"), by_mail).status_code == 302


def test_choosing_another_time_keeps_what_was_typed(client: Client, hours: None) -> None:
    address = choose(client)
    typed = who(first_name="Qx", phone="12", voicemail_ok="on") | {"change": "Choose another time"}
    response = client.post(address, typed)
    assert response["Location"] == address.replace("/you/", "/time/")
    times = client.get(response["Location"])
    assert fields_of(times.content)["starts_at"] == NINE
    response = client.post(
        response["Location"], {"starts_at": "2027-03-02T14:00Z", "channel": "phone"}
    )
    assert response["Location"] == address
    page = client.get(address).content
    kept = fields_of(page)
    assert (kept["first_name"], kept["phone"], kept["role"]) == ("Qx", "12", "self")
    assert kept["voicemail_ok"] == "on"
    assert "agree_contact" not in kept
    assert "Tuesday, March 2, 9:00 AM" in page.decode()


def test_changing_the_time_of_a_discarded_draft_says_so(client: Client, hours: None) -> None:
    address = choose(client)
    Draft.objects.all().delete()
    response = client.post(address, who(first_name="Qx") | {"change": "x"})
    assert response.status_code == 410
    assert fields_of(response.content)["first_name"] == "Qx"


def test_changing_the_time_while_the_draft_is_discarded_says_so(
    client: Client, hours: None
) -> None:
    address = choose(client)
    with just_before_it_is_written(Draft.objects.all().delete):
        response = client.post(address, who(first_name="Qx") | {"change": "x"})
    assert response.status_code == 410
    assert fields_of(response.content)["first_name"] == "Qx"


def test_a_double_click_books_once(client: Client, hours: None) -> None:
    address, typed = choose(client), who()
    first, second = (client.post(address, typed)["Location"] for _ in range(2))
    assert Consultation.objects.count() == 1
    assert Inquiry.objects.count() == 1
    for location in (first, second):
        assert handed_out().reference in text_of(client.get(location))


@pytest.mark.django_db(transaction=True)
def test_a_page_sent_twice_at_the_same_moment_books_once(client: Client, hours: None) -> None:
    address, typed = choose(client), who()
    answers = run_together(2, lambda _number: Client().post(address, typed))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Consultation.objects.count() == 1
    assert StatusAccess.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_one_time_one_gets_it_and_all_others_are_told(hours: None) -> None:
    pages = [
        (choose(Client()), who(first_name=f"N{n}", phone=f"617-555-01{n:02}", email=None))
        for n in range(8)
    ]
    answers = run_together(8, lambda n: Client().post(*pages[n]))
    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 7
    for answer, (_address, typed) in zip(answers, pages, strict=True):
        if answer.status_code == 409:
            assert fields_of(answer.content)["first_name"] == typed["first_name"]
    assert Lead.objects.count() == 1


def test_after_it_is_booked_every_page_of_the_draft_leads_to_the_confirmation(
    client: Client, hours: None
) -> None:
    address = choose(client)
    client.post(address, who())
    for page in (address, address.replace("you/", "time/"), address.removesuffix("you/")):
        response = client.get(page)
        assert response["Location"].startswith("/admissions/sent/")
        assert "Monday, March 1, 9:00 AM" in text_of(client.get(response["Location"]))


def test_a_page_that_was_open_in_another_tab_books_the_time_it_shows(
    client: Client, hours: None
) -> None:
    address = choose(client)
    shown = fields_of(client.get(address).content)
    other = {"starts_at": "2027-03-02T14:00Z", "channel": "video"}
    client.post(address.replace("/you/", "/time/"), other)
    client.post(address, {**shown, **who()})
    assert (booked().starts_at, booked().channel) == (local("2027-03-01 09:00"), "phone")


@pytest.mark.parametrize("shown", ["", "x", NINE, f"{NINE} pigeon", "2027-02-30T14:00Z phone"])
def test_a_page_that_shows_no_time_books_what_was_chosen(
    client: Client, hours: None, shown: str
) -> None:
    client.post(choose(client, channel="video"), who(shown=shown))
    assert (booked().starts_at, booked().channel) == (local("2027-03-01 09:00"), "video")


def test_a_page_of_a_draft_that_is_over_is_shown_again_with_all_of_it(
    client: Client, hours: None, now: Any
) -> None:
    address = choose(client)
    now.shift(timedelta(hours=25))
    assert client.get(address).status_code == 404
    response = client.post(address, who(first_name="Qx"))
    assert response.status_code == 410
    assert fields_of(response.content)["first_name"] == "Qx"
    # Sent again, it asks for a time and has not forgotten the rest.
    again = re.search(r'action="([^"]+/you/)"', text_of(response))
    assert again is not None
    response = client.post(again[1], who(first_name="Qx"))
    assert response["Location"].endswith("/time/")
    chosen = {"starts_at": "2027-03-02T15:20Z", "channel": "phone"}
    response = client.post(response["Location"], chosen)
    assert fields_of(client.get(response["Location"]).content)["first_name"] == "Qx"


@pytest.mark.parametrize("token", ["x", "x" * 32, "..", "%00", "é" * 32])
@pytest.mark.parametrize("page", ["", "time/", "you/", "discarded/", "nothing/"])
def test_a_link_that_was_not_given_out_is_not_found(
    client: Client, db: None, token: str, page: str
) -> None:
    assert client.get(f"{URL}{token}/{page}").status_code == 404


def test_a_page_whose_time_comes_later_leads_to_the_one_before(
    client: Client, hours: None, lead: Lead
) -> None:
    address = go_on(client)
    assert address.endswith("/time/")
    response = client.get(address.replace("/time/", "/you/"))
    assert response["Location"] == address


# -- a time that is gone


def test_a_time_taken_while_the_form_was_open_offers_the_nearest_and_keeps_what_was_typed(
    client: Client, hours: None, lead: Lead
) -> None:
    address = choose(client, "2027-03-01T14:40Z")
    typed = {**fields_of(client.get(address).content), **who(first_name="Qx", phone="617-555-0142")}
    take(lead, local("2027-03-01 09:40"))
    response = client.post(address, typed)
    page = text_of(response)
    assert response.status_code == 409
    assert "taken that time" in page
    assert "This time is no longer free." in page
    assert times_on(response) == [NINE, "2027-03-01T15:20Z", "2027-03-02T14:00Z"]
    assert Lead.objects.count() == 1
    kept = fields_of(page)
    assert kept["first_name"] == "Qx"
    assert kept["agree_contact"] == "on"
    response = client.post(address, {**kept, "other_time": "2027-03-01T15:20Z"})
    assert response.status_code == 302
    consultation = Consultation.objects.exclude(lead=lead).get()
    assert consultation.starts_at == local("2027-03-01 10:20")
    assert consultation.lead.first_name == "Qx"


def test_a_time_that_is_gone_is_said_before_anything_is_typed(
    client: Client, hours: None, lead: Lead
) -> None:
    address = choose(client)
    take(lead, local("2027-03-01 09:00"))
    response = client.get(address)
    assert response.status_code == 200
    assert "This time is no longer free." in text_of(response)
    assert len(times_on(response)) == 3
    # What is wrong elsewhere does not take the other times away, nor the one that was chosen.
    response = client.post(address, who(role="", other_time="2027-03-01T15:20Z"))
    assert response.status_code == 422
    assert fields_of(response.content)["other_time"] == "2027-03-01T15:20Z"


def test_the_other_time_may_be_gone_too(client: Client, hours: None, lead: Lead) -> None:
    address = choose(client)
    take(lead, local("2027-03-01 09:00"))
    take(lead, local("2027-03-01 09:40"))
    response = client.post(address, who(first_name="Qx", other_time="2027-03-01T14:40Z"))
    assert response.status_code == 409
    assert times_on(response)[0] == "2027-03-01T15:20Z"
    assert fields_of(response.content)["first_name"] == "Qx"


def test_a_time_that_has_passed_meanwhile_is_not_booked(
    client: Client, hours: None, now: Any
) -> None:
    address = choose(client)
    now.move_to(local("2027-03-01 09:05"))
    response = client.post(address, who())
    assert response.status_code == 409
    assert "That time has passed." in text_of(response)
    assert not Lead.objects.exists()


def test_where_nothing_is_left_what_was_typed_stays_and_it_is_said(
    client: Client, hours: None
) -> None:
    address = choose(client)
    for day in range(1, 32):
        ClosedDay.objects.create(day=local(f"2027-03-{day:02} 00:00").date(), name="Closed")
    response = client.post(address, who(first_name="Qx"))
    assert response.status_code == 409
    assert "no appointments at that time" in text_of(response)
    assert fields_of(response.content)["first_name"] == "Qx"
    assert times_on(response) == []
    assert PHONE in text_of(response)


# -- who is known already


def test_who_comes_from_an_inquiry_is_asked_nothing_again(
    client: Client, hours: None, lead: Lead
) -> None:
    address = go_on(client)
    response = client.post(address, {"starts_at": NINE, "channel": "phone"})
    page = client.get(response["Location"]).content
    asked = field_names(page) - {
        "csrfmiddlewaretoken",
        "idempotency_key",
        "wordings_shown",
        "page_time",
        "subject",
        "shown",
    }
    assert asked == set()
    sent = client.post(response["Location"], fields_of(page))
    assert sent.status_code == 302
    assert booked().lead == lead
    assert booked().access == handed_out()
    assert "Monday, March 1, 9:00 AM" in text_of(client.get(sent["Location"]))


def test_a_phone_number_that_was_not_given_is_asked_for_a_call(
    client: Client, hours: None, make_lead: Any
) -> None:
    lead = make_lead(phone="", preferred_channel="email")
    address = client.post(go_on(client), {"starts_at": NINE, "channel": "phone"})["Location"]
    assert "phone" in field_names(client.get(address).content)
    response = client.post(address, {"phone": ""})
    assert "Enter the phone number that we should call." in text_of(response)
    assert client.post(address, {"phone": "617-555-0142"}).status_code == 302
    lead.refresh_from_db()
    assert lead.phone == "+1 617-555-0142"


def test_a_consent_that_was_taken_back_is_asked_for_again(
    client: Client, hours: None, lead: Lead
) -> None:
    consents.withdraw(lead=lead, topics=["contact"], channel=LeadSource.WEB_STATUS, by="visitor")
    address = client.post(go_on(client), {"starts_at": NINE, "channel": "phone"})["Location"]
    names = field_names(client.get(address).content)
    assert "agree_contact" in names
    assert "agree_privacy_notice" not in names
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"agree_contact": "on"}).status_code == 302
    lead.refresh_from_db()
    assert lead.contact_withdrawn_at is None


def test_who_has_a_time_already_is_led_to_it(client: Client, hours: None, lead: Lead) -> None:
    address = go_on(client)
    client.post(address, {"starts_at": NINE, "channel": "phone"})
    first = take(lead, local("2027-03-02 09:00"))
    theirs = reverse("admissions:appointment", args=[first.token])
    for page in (address, address.replace("/time/", "/you/")):
        assert client.get(page)["Location"] == theirs
    assert client.post(address.replace("/time/", "/you/"), {})["Location"] == theirs
    assert Consultation.objects.count() == 1


def test_somebody_who_knows_a_phone_and_a_name_learns_nothing(
    client: Client, hours: None, lead: Lead
) -> None:
    take(lead, local("2027-03-02 09:00"), access=handed_out())
    sent = client.post(choose(client), who())
    page = text_of(client.get(sent["Location"]))
    assert Consultation.objects.filter(lead=lead).count() == 2
    assert "March 2" not in page
    assert lead.reference not in page


def test_a_closed_request_begins_a_new_episode(client: Client, hours: None, lead: Lead) -> None:
    address = client.post(go_on(client), {"starts_at": NINE, "channel": "phone"})["Location"]
    close(lead)
    assert client.post(address, {}).status_code == 302
    assert booked().lead.previous_episode == lead


def test_going_on_does_not_show_the_private_code_once_its_hour_is_over(
    client: Client, hours: None, lead: Lead, now: Any
) -> None:
    code = handed_out().code
    address = client.post(go_on(client), {"starts_at": NINE, "channel": "phone"})["Location"]
    now.shift(timedelta(minutes=61))
    sent = client.post(address, {})["Location"]
    page = text_of(client.get(sent))
    assert "Monday, March 1, 9:00 AM" in page
    assert code not in page


# -- robots


def test_what_filled_the_trap_of_the_first_page_is_held(client: Client, hours: None) -> None:
    response = client.post(URL, {"starts_at": NINE, "channel": "phone", "subject": "buy"})
    address = client.get(response["Location"])["Location"]
    sent = client.post(address, who())
    assert "Your time is booked." in text_of(client.get(sent["Location"]))
    assert Lead.objects.get().suspicions == ["trap"]
    assert not OutboxMessage.objects.exclude(state="skipped").filter(audience="desk").exists()


def test_two_quick_clicks_are_no_suspicion(
    client: Client, hours: None, settings: Any, now: Any
) -> None:
    settings.SPAM_MINIMUM_SECONDS = 3
    shown = fields_of(client.get(URL).content)
    response = client.post(URL, {**shown, "starts_at": NINE, "channel": "phone"})
    now.shift(timedelta(seconds=40))
    client.post(client.get(response["Location"])["Location"], who())
    assert Lead.objects.get().quarantined_at is None


# -- when something is missing


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_the_database_the_choice_is_shown_again(
    client: Client, hours: None, error: type[Exception]
) -> None:
    client.get(URL)
    with database_away(error):
        response = client.post(URL, {"starts_at": "2027-03-02T14:40Z", "channel": "video"})
    assert response.status_code == 503
    kept = fields_of(response.content)
    assert (kept["starts_at"], kept["channel"]) == ("2027-03-02T14:40Z", "video")
    assert PHONE in text_of(response)
    assert client.post(URL, kept).status_code == 302


def test_without_the_database_a_choice_that_is_none_is_shown_again(
    client: Client, hours: None
) -> None:
    client.get(URL)
    with database_away():
        response = client.post(URL, {"starts_at": "x"})
    assert response.status_code in (422, 503)
    assert "cannot read the free times" in text_of(response)


def test_without_the_database_the_times_are_not_there(client: Client, hours: None) -> None:
    client.raise_request_exception = False
    with database_away():
        response = client.get(URL)
    assert response.status_code == 503
    assert PHONE in text_of(response)


def test_without_the_database_what_was_typed_is_shown_again(client: Client, hours: None) -> None:
    address = choose(client)
    shown = fields_of(client.get(address).content)
    with database_away():
        response = client.post(address, {**shown, **who(first_name="Qx")})
    assert response.status_code == 503
    assert "Retry-After" in response
    kept = fields_of(response.content)
    assert kept["first_name"] == "Qx"
    assert "Monday, March 1, 9:00 AM" in text_of(response)
    assert client.post(address, kept).status_code == 302


def test_without_the_database_who_is_known_is_not_asked_everything(
    client: Client, hours: None, lead: Lead
) -> None:
    address = client.post(go_on(client), {"starts_at": NINE, "channel": "phone"})["Location"]
    shown = fields_of(client.get(address).content)
    with database_away():
        response = client.post(address, shown)
    assert response.status_code == 503
    assert "first_name" not in field_names(response.content)
    assert client.post(address, fields_of(response.content)).status_code == 302


@pytest.mark.parametrize("table", ["admissions_consultation", "admissions_draft"])
def test_what_cannot_be_written_is_not_confirmed(client: Client, hours: None, table: str) -> None:
    address = choose(client)
    with writes_fail(table), writes_fail(table, "UPDATE"):
        response = client.post(address, who(first_name="Qx"))
    assert response.status_code == 503
    assert fields_of(response.content)["first_name"] == "Qx"
    assert not Lead.objects.exists()
    assert client.post(address, who(first_name="Qx")).status_code == 302


def test_what_cannot_be_kept_while_the_time_is_changed_is_shown_again(
    client: Client, hours: None
) -> None:
    address = choose(client)
    with writes_fail("admissions_draft", "UPDATE"):
        response = client.post(address, who(first_name="Qx") | {"change": "x"})
    assert response.status_code == 503
    assert fields_of(response.content)["first_name"] == "Qx"


def test_the_nearest_times_are_no_reason_to_lose_what_was_typed(
    client: Client, hours: None
) -> None:
    address = choose(client)
    with writes_fail("admissions_availability", "SELECT"):
        response = client.post(address, who(first_name="Qx", role=""))
    assert response.status_code == 422
    assert fields_of(response.content)["first_name"] == "Qx"


def test_without_the_protection_cookie_everything_is_shown_again(hours: None) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(URL, {"starts_at": NINE, "channel": "video"})
    assert response.status_code == 403
    assert fields_of(response.content)["starts_at"] == NINE
    address = choose(Client())
    response = client.post(address, who(first_name="Qx"))
    assert response.status_code == 403
    assert fields_of(response.content)["first_name"] == "Qx"
    assert not Lead.objects.exists()


def test_without_wordings_nothing_is_booked(client: Client, hours: None) -> None:
    address = choose(client)
    ConsentWording.objects.all().delete()
    response = client.post(address, who(first_name="Qx"))
    assert response.status_code == 503
    assert not Lead.objects.exists()
