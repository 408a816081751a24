"""Which times are offered: inside the hours, never more than there are places, on odd days too."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import booking, slots
from admissions.enums import ConsultationChannel, ConsultationState
from admissions.models import (
    Availability,
    AvailabilityException,
    BookingRules,
    ClosedDay,
    Consultation,
    ConsultationCell,
    Lead,
)
from admissions.offered_hours import openings, outside_hours
from admissions.office_hours import instant
from admissions.slots import nearest, offered, parse_slot, place
from tests.admissions.calendar_tools import clock, differ, local, offer, set_rules, take

pytestmark = pytest.mark.django_db

MONDAY = date(2027, 3, 1)
NINE = "2027-03-01 09:00"
MORNING = [f"2027-03-01 {at}" for at in ("09:00", "09:40", "10:20", "11:00")]
PHONE, VIDEO, IN_PERSON = ConsultationChannel


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    """It is Monday morning, before anybody works."""
    with time_machine.travel(local("2027-03-01 06:00"), tick=False):
        yield


def on(day: date | str, **values: Any) -> list[str]:
    """Return the clock times offered on one day."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return clock(offered(first_day=day, days=1, **values))


# -- hours on offer


def test_without_hours_nothing_is_offered() -> None:
    assert offered() == []
    assert nearest(local(NINE), None) == []
    assert place(local(NINE), "phone") is None


def test_hours_are_cut_into_length_and_pause() -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    assert on(MONDAY) == MORNING
    slot = offered()[0]
    assert slot.starts_at == local(NINE)
    assert slot.starts_at.utcoffset() == timedelta()
    assert slot.ends_at - slot.starts_at == timedelta(minutes=30)
    assert (slot.channels, slot.free) == ({PHONE, VIDEO}, 1)


def test_the_last_one_ends_with_the_hours_and_its_pause_after_them() -> None:
    set_rules(length_minutes=60, buffer_minutes=30)
    offer(0, "09:00", "11:30")
    assert on(MONDAY) == [MORNING[0], "2027-03-01 10:30"]


def test_hours_shorter_than_a_consultation_offer_nothing() -> None:
    set_rules()
    offer(0, "09:00", "09:25")
    assert offered() == []


def test_hours_repeat_every_week_as_far_ahead_as_the_rules_say() -> None:
    set_rules(days_ahead=14)
    offer(0, "09:00", "09:30")
    assert clock(offered()) == [NINE, "2027-03-08 09:00", "2027-03-15 09:00"]
    set_rules(days_ahead=13)
    assert len(offered()) == 2


def test_without_a_row_of_rules_the_defaults_hold() -> None:
    offer(0, "07:00", "09:00")
    assert not BookingRules.objects.exists()
    assert on(MONDAY) == ["2027-03-01 08:20"]  # two hours' notice


def test_hours_hold_from_their_first_to_their_last_day() -> None:
    set_rules(days_ahead=60)
    offer(0, "09:00", "09:30", valid_from=date(2027, 3, 8), valid_until=date(2027, 3, 15))
    assert clock(offered()) == ["2027-03-08 09:00", "2027-03-15 09:00"]


def test_a_closed_day_offers_nothing_whatever_else_is_set() -> None:
    set_rules()
    offer(0, "09:00", "09:30")
    differ("2027-03-08", "10:00", "10:30", is_open=True)
    ClosedDay.objects.create(day=date(2027, 3, 8), name="Holiday")
    assert clock(offered()) == [NINE, "2027-03-15 09:00", "2027-03-22 09:00"]


def test_hours_taken_away_split_the_day_and_cut_what_is_left_anew() -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    differ("2027-03-01", "09:45", "10:30")
    assert on(MONDAY) == [MORNING[0], "2027-03-01 10:30", "2027-03-01 11:10"]
    assert len(on("2027-03-08")) == 4


def test_a_day_taken_away_whole_offers_nothing() -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    differ("2027-03-01", "00:00", "23:59")
    assert on(MONDAY) == []


def test_extra_hours_are_offered_on_that_day_alone() -> None:
    set_rules()
    differ("2027-03-06", "10:00", "10:30", is_open=True, capacity=2, in_person=True)
    (slot,) = offered()
    assert clock([slot]) == ["2027-03-06 10:00"]
    assert (slot.free, slot.channels) == (2, {PHONE, VIDEO, IN_PERSON})


def test_hours_taken_away_are_taken_from_extra_hours_too() -> None:
    set_rules()
    differ("2027-03-06", "10:00", "12:00", is_open=True)
    differ("2027-03-06", "11:00", "12:00")
    assert clock(offered()) == ["2027-03-06 10:00"]


# -- which of them


def test_a_channel_leaves_the_times_that_can_be_had_that_way() -> None:
    set_rules()
    offer(0, "09:00", "09:30", by_video=False)
    offer(0, "10:00", "10:30", by_phone=False, in_person=True)
    assert on(MONDAY, channel="phone") == [NINE]
    assert on(MONDAY, channel="video") == ["2027-03-01 10:00"]
    assert on(MONDAY, channel=IN_PERSON) == ["2027-03-01 10:00"]
    assert on(MONDAY, channel="pigeon") == []


def test_notice_is_for_visitors_and_the_past_for_nobody() -> None:
    set_rules(notice_minutes=120)
    offer(0, "09:00", "12:00")
    with time_machine.travel(local("2027-03-01 09:00"), tick=False):
        assert on(MONDAY) == [MORNING[3]]  # to the minute
        assert on(MONDAY, without_notice=True) == MORNING[1:]
    with time_machine.travel(local("2027-03-01 09:01"), tick=False):
        assert on(MONDAY) == []
    later = local("2027-03-01 10:00")
    assert on(MONDAY, now=later, without_notice=True) == MORNING[2:]


@pytest.mark.parametrize(
    ("first_day", "days", "expected"),
    [
        (None, None, 5),
        (None, 1, 1),
        (None, 2, 2),
        (date(2027, 3, 2), 1, 1),
        (date(2020, 1, 1), 2, 2),  # the past is cut off, not counted
        (date(2027, 3, 5), 40, 1),
        (date(2027, 3, 6), None, 0),
        (date(2099, 1, 1), 7, 0),
        (date.max, 7, 0),
        (date.min, None, 5),
        (None, 0, 0),
        (None, -3, 0),
        (None, 10**9, 5),
    ],
)
def test_any_window_of_days_is_cut_to_what_is_offered(
    first_day: date | None, days: int | None, expected: int
) -> None:
    set_rules(days_ahead=4)
    for weekday in range(7):
        offer(weekday, "09:00", "09:30")
    assert len(offered(first_day=first_day, days=days)) == expected


# -- places


def test_what_is_booked_is_no_longer_offered(lead: Lead) -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    take(lead, local(NINE))
    assert on(MONDAY) == MORNING[1:]


def test_a_place_more_is_offered_once_more(lead: Lead) -> None:
    set_rules()
    offer(0, "09:00", "12:00", capacity=2)
    take(lead, local(NINE))
    assert [slot.free for slot in offered(days=1)] == [1, 2, 2, 2]
    take(lead, local(NINE))
    assert on(MONDAY) == MORNING[1:]


def test_the_pause_belongs_to_the_consultation(lead: Lead) -> None:
    set_rules(buffer_minutes=20)
    offer(0, "09:00", "10:00")
    take(lead, local(NINE))
    set_rules(length_minutes=10, buffer_minutes=0)
    assert on(MONDAY) == ["2027-03-01 09:50"]


def test_hours_that_overlap_share_their_places(lead: Lead) -> None:
    set_rules()
    offer(0, "09:00", "12:00", capacity=2, by_video=False)
    offer(0, "09:00", "12:00", capacity=1, by_phone=False)
    (slot,) = [one for one in offered(days=1) if one.starts_at == local(NINE)]
    assert (slot.free, slot.channels) == (2, {PHONE, VIDEO})
    take(lead, local(NINE), "video")
    (slot,) = [one for one in offered(days=1) if one.starts_at == local(NINE)]
    assert (slot.free, slot.channels) == (1, {PHONE})
    assert place(local(NINE), "video").seats == []  # type: ignore[union-attr]
    assert place(local(NINE), "phone").seats == [1]  # type: ignore[union-attr]


def test_places_left_from_a_larger_capacity_count(lead: Lead) -> None:
    set_rules()
    hours = offer(0, "09:00", "12:00", capacity=2)
    first = take(lead, local(NINE))
    take(lead, local(NINE))
    booking.cancel(consultation=first, by="visitor")
    Availability.objects.filter(pk=hours.pk).update(capacity=1)
    # Seat 0 is empty, and yet somebody is there at nine.
    assert on(MONDAY) == MORNING[1:]
    assert place(local(NINE), "phone").seats == []  # type: ignore[union-attr]


def test_other_lengths_than_now_never_overlap(lead: Lead) -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    take(lead, local("2027-03-01 09:40"))
    set_rules(length_minutes=25, buffer_minutes=0)
    assert on(MONDAY)[:3] == [NINE, "2027-03-01 10:40", "2027-03-01 11:05"]


def test_hours_off_the_five_minutes_are_safe_all_the_same(lead: Lead) -> None:
    set_rules(buffer_minutes=0)
    offer(0, "09:02", "12:00")
    taken = take(lead, local("2027-03-01 09:02"))
    assert taken.cells.count() == 7
    offer(0, "09:30", "12:00")
    assert local("2027-03-01 09:30") not in [slot.starts_at for slot in offered()]


# -- odd days


def zone_of(slot: slots.Slot) -> str:
    return f"{timezone.localtime(slot.starts_at):%H:%M %Z}"


def odd_day(day: str, start: str, end: str) -> list[str]:
    """Return the times that hours on an odd day give, by the clock and the zone."""
    the_day = date.fromisoformat(day)
    offer(the_day.weekday(), start, end)
    before = timezone.make_aware(datetime.combine(the_day - timedelta(days=2), time(12)))
    found = offered(first_day=the_day, days=1, now=before)
    gaps = {later.starts_at - earlier.starts_at for earlier, later in pairwise(found)}
    assert gaps <= {timedelta(minutes=40)}  # as much time passes between them as on any day
    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=30) for slot in found)
    return [zone_of(slot) for slot in found]


def test_on_the_day_of_23_hours_no_time_is_offered_that_does_not_exist() -> None:
    set_rules()
    assert odd_day("2027-03-14", "01:00", "04:00") == ["01:00 EST", "01:40 EST", "03:20 EDT"]


def test_hours_that_the_clock_jumps_over_offer_nothing() -> None:
    set_rules()
    assert odd_day("2027-03-14", "02:00", "03:00") == []


@pytest.mark.parametrize("day", ["2026-11-01", "2027-11-07"])
def test_on_the_day_of_25_hours_the_hour_that_is_there_twice_is_offered_twice(day: str) -> None:
    set_rules()
    assert odd_day(day, "00:30", "02:30") == [
        "00:30 EDT",
        "01:10 EDT",
        "01:50 EDT",
        "01:30 EST",
    ]


@pytest.mark.parametrize(
    ("day", "zone", "utc"),
    [
        ("2027-03-13", "EST", 14),
        ("2027-03-14", "EDT", 13),
        ("2026-10-31", "EDT", 13),
        ("2026-11-01", "EST", 14),
        ("2027-11-07", "EST", 14),
        ("2028-02-29", "EST", 14),
    ],
)
def test_nine_is_nine_by_the_clock_on_both_sides_of_a_change(day: str, zone: str, utc: int) -> None:
    set_rules()
    assert odd_day(day, "09:00", "09:30") == [f"09:00 {zone}"]
    before = local(day + " 00:00") - timedelta(hours=30)
    (slot,) = offered(first_day=date.fromisoformat(day), days=1, now=before)
    assert slot.starts_at.hour == utc


def test_february_29_is_a_tuesday_like_others(lead: Lead) -> None:
    set_rules(days_ahead=2)
    offer(1, "09:00", "09:30")
    with time_machine.travel(local("2028-02-28 12:00"), tick=False):
        assert clock(offered()) == ["2028-02-29 09:00"]
        taken = take(lead, local("2028-02-29 09:00"))
        assert timezone.localtime(taken.starts_at).date() == date(2028, 2, 29)
        assert offered() == []


def test_the_last_minutes_of_a_day_reach_into_the_next(lead: Lead) -> None:
    set_rules(length_minutes=25)
    offer(0, "23:30", "23:59")
    offer(1, "00:00", "01:00")
    with time_machine.travel(local("2027-03-01 20:00"), tick=False):
        assert clock(offered(days=2)) == [
            "2027-03-01 23:30",
            "2027-03-02 00:00",
            "2027-03-02 00:35",
        ]
        taken = take(lead, local("2027-03-01 23:30"))
        assert max(taken.cells.values_list("at", flat=True)) == local("2027-03-02 00:00")
        assert clock(offered(days=2)) == ["2027-03-02 00:35"]
        # The other way round: what begins at midnight stands in the way of the pause before it.
        booking.cancel(consultation=taken, by="visitor")
        take(lead, local("2027-03-02 00:00"))
        assert clock(offered(days=2)) == ["2027-03-02 00:35"]


def test_a_place_is_counted_in_real_time_whatever_zone_it_is_asked_in() -> None:
    set_rules(length_minutes=90, days_ahead=14)
    offer(6, "01:00", "04:00")
    found = place(local("2027-03-14 01:00"), "phone")
    assert found is not None
    assert found.ends_at == local("2027-03-14 03:30")
    assert len(found.cells) == 20


def test_today_is_the_day_here_not_in_utc() -> None:
    set_rules(days_ahead=1)
    offer(0, "23:00", "23:30")
    offer(1, "09:00", "09:30")
    with time_machine.travel(local("2027-03-01 22:30"), tick=False):  # March 2 in UTC
        assert clock(offered()) == ["2027-03-01 23:00", "2027-03-02 09:00"]


# -- what is near


def test_nearest_are_the_closest_in_the_order_of_time(lead: Lead) -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    take(lead, local("2027-03-01 09:40"))
    found = nearest(local("2027-03-01 09:40"), "phone")
    assert clock(found) == [NINE, "2027-03-01 10:20", "2027-03-01 11:00"]
    assert clock(nearest(local("2027-03-01 10:00"), "phone", 1)) == ["2027-03-01 10:20"]
    assert nearest(local(NINE), "in_person") == []


def test_nearest_to_a_past_time_are_the_next() -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    assert clock(nearest(local("2020-01-01 09:00"), None)) == MORNING[:3]


def test_nearest_knows_that_staff_need_no_notice() -> None:
    set_rules(notice_minutes=300)
    offer(0, "09:00", "12:00")
    assert clock(nearest(local(NINE), None, 1)) == ["2027-03-01 11:00"]
    assert clock(nearest(local(NINE), None, 1, without_notice=True)) == [NINE]


@pytest.mark.parametrize(
    ("starts_at", "channel", "expected"),
    [
        (NINE, "phone", True),
        (NINE, "in_person", False),
        (NINE, "", False),
        ("2027-03-01 09:05", "phone", False),
        ("2027-03-02 09:00", "phone", False),
        ("2027-02-22 09:00", "phone", False),
        ("2027-04-05 09:00", "phone", False),  # beyond the days ahead
        ("1999-01-04 09:00", "phone", False),
    ],
)
def test_is_offered_is_true_of_times_on_offer_alone(
    starts_at: str, channel: str, expected: bool
) -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    assert slots.is_offered(local(starts_at), channel) is expected


def test_is_offered_is_false_when_full_or_too_soon(lead: Lead) -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    take(lead, local(NINE))
    assert not slots.is_offered(local(NINE), "phone")
    set_rules(notice_minutes=1440)
    assert not slots.is_offered(local("2027-03-01 09:40"), "phone")


# -- what a form sends


def test_a_slot_survives_the_form() -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    for slot in offered():
        assert parse_slot(slot.value) == slot.starts_at
        assert parse_slot(slot.starts_at.isoformat()) == slot.starts_at


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "tomorrow",
        "2027-03-01",
        "2027-03-01T14:00",  # of which zone?
        "2027-03-01 14:00Z",
        "2027-03-01T14:00+05:00",
        "2027-03-01T14:00:30Z",
        "2027-03-01T14:00Z ",
        "2027-03-01T14:00Z\n",
        "2027-3-1T14:00Z",
        "2027-02-30T14:00Z",
        "2027-02-29T14:00Z",
        "2027-13-01T14:00Z",
        "2027-03-01T24:00Z",
        "2027-03-01T14:60Z",
        "1999-12-31T14:00Z",
        "2101-01-01T14:00Z",
        "9999-12-31T23:59Z",
        "0000-01-01T00:00Z",
        "20270301T1400Z",
        "٢٠٢٧-03-01T14:00Z",
        "2027-03-01T14:00Z" * 1000,
        "2027-03-01T14:00Z\x00",
        "\ud800",
        None,
        7,
        ["2027-03-01T14:00Z"],
    ],
)
def test_anything_that_is_not_a_slot_is_none(text: object) -> None:
    assert parse_slot(text) is None


def test_february_29_can_be_sent_in_a_leap_year() -> None:
    assert parse_slot("2028-02-29T14:00Z") == datetime(2028, 2, 29, 14, tzinfo=UTC)


@given(st.text())
def test_no_text_makes_parse_slot_fail(text: str) -> None:
    found = parse_slot(text)
    assert found is None or found.tzinfo is UTC


def test_a_moment_is_said_in_words_and_in_local_time() -> None:
    assert slots.in_words(datetime(2026, 12, 1, 15, tzinfo=UTC)) == "Tuesday, December 1, 10:00 AM"


# -- cost


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_queries_do_not_grow_with_what_is_booked(
    lead: Lead, count: int, django_assert_num_queries: Any
) -> None:
    set_rules(days_ahead=120)
    for weekday in range(7):
        offer(weekday, "09:00", "12:00", capacity=2)
    for number, slot in zip(range(count), offered(), strict=False):
        stored = consultation_of(lead, slot.starts_at, number)
        ConsultationCell.objects.create(consultation=stored, at=slot.starts_at, seat=0)
    with django_assert_num_queries(5):
        assert len(offered()) == 4 * 121
    with django_assert_num_queries(5):
        assert nearest(local(NINE), "phone")
    with django_assert_num_queries(5):
        assert place(local(NINE), "phone")
    with django_assert_num_queries(5):
        assert outside_hours() == []


def consultation_of(lead: Lead, starts_at: datetime, number: int) -> Consultation:
    return Consultation.objects.create(
        lead=lead,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        channel="phone",
        booked_by="visitor",
        idempotency_key=f"00000000-0000-4000-8000-{number:012d}",
        token_digest=str(number),
    )


# -- what a change of hours leaves outside


def test_nothing_booked_is_outside_nothing() -> None:
    assert outside_hours() == []


def change_hours(hours: Availability, **values: Any) -> None:
    Availability.objects.filter(pk=hours.pk).update(**values)


@pytest.mark.parametrize(
    "change",
    [
        lambda hours: hours.delete(),
        lambda hours: change_hours(hours, weekday=1),
        lambda hours: change_hours(hours, start=time(9, 5)),
        lambda hours: change_hours(hours, end=time(9, 25)),
        lambda hours: change_hours(hours, by_phone=False),
        lambda hours: change_hours(hours, capacity=0),
        lambda hours: change_hours(hours, valid_from=date(2027, 3, 2)),
        lambda hours: ClosedDay.objects.create(day=MONDAY, name="Snow"),
        lambda hours: differ("2027-03-01", "09:15", "09:20"),
    ],
)
def test_a_change_that_takes_the_hours_away_leaves_the_booking_outside(
    lead: Lead, change: Callable[[Availability], object]
) -> None:
    set_rules()
    hours = offer(0, "09:00", "12:00")
    taken = take(lead, local(NINE))
    assert outside_hours() == []
    change(hours)
    assert outside_hours() == [taken]
    assert Consultation.objects.get().state == ConsultationState.BOOKED


def test_other_lengths_and_hours_in_two_parts_still_hold_it(lead: Lead) -> None:
    set_rules()
    hours = offer(0, "09:00", "12:00")
    take(lead, local("2027-03-01 09:40"))
    set_rules(length_minutes=60)
    change_hours(hours, end=time(10))
    offer(0, "10:00", "12:00")
    assert outside_hours() == []


def test_the_pause_after_it_may_lie_outside(lead: Lead) -> None:
    set_rules()
    offer(0, "09:00", "09:30")
    take(lead, local(NINE))
    assert outside_hours() == []


def test_those_that_are_more_than_the_places_now_are_outside(lead: Lead) -> None:
    set_rules()
    hours = offer(0, "09:00", "12:00", capacity=3)
    first, second, third = (take(lead, local(NINE)) for _ in range(3))
    change_hours(hours, capacity=1)
    assert outside_hours() == [second, third]
    booking.cancel(consultation=first, by="visitor")
    assert outside_hours() == [third]  # the second is alone with it, and came before


def test_what_is_over_or_cancelled_is_no_longer_of_interest(lead: Lead) -> None:
    set_rules()
    hours = offer(0, "09:00", "12:00", capacity=3)
    booking.cancel(consultation=take(lead, local(NINE)), by="visitor")
    take(lead, local(NINE))
    hours.delete()
    assert len(outside_hours()) == 1
    with time_machine.travel(local("2027-03-01 09:30"), tick=False):
        assert outside_hours() == []


# -- what the database refuses


@pytest.mark.parametrize(
    "make",
    [
        lambda: offer(0, "12:00", "09:00"),
        lambda: offer(0, "12:00", "12:00"),
        lambda: offer(0, "09:00", "12:00", by_phone=False, by_video=False),
        lambda: offer(
            0, "09:00", "12:00", valid_from=date(2027, 3, 2), valid_until=date(2027, 3, 1)
        ),
        lambda: differ("2027-03-01", "12:00", "09:00"),
        lambda: differ("2027-03-01", "09:00", "12:00", is_open=True, by_phone=0, by_video=0),
        lambda: set_rules(length_minutes=0),
        lambda: BookingRules.objects.create(id=2),
    ],
)
def test_hours_and_rules_without_sense_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


# -- whatever is set


TIMES = st.integers(0, 287).map(lambda number: time(number // 12, number % 12 * 5))
DAYS = st.sampled_from([date(2026, 11, 1), date(2027, 3, 14), date(2027, 6, 7), date(2028, 2, 29)])
CHANNELS = st.tuples(st.booleans(), st.booleans(), st.booleans()).filter(any)


@st.composite
def stretches(draw: Any) -> dict[str, Any]:
    start, end = sorted(draw(st.lists(TIMES, min_size=2, max_size=2, unique=True)))
    phone, video, person = draw(CHANNELS)
    return {
        "start": start,
        "end": end,
        "capacity": draw(st.integers(1, 3)),
        "by_phone": phone,
        "by_video": video,
        "in_person": person,
    }


@given(
    day=DAYS,
    weekly=st.lists(stretches(), min_size=1, max_size=4),
    exceptions=st.lists(st.tuples(st.booleans(), stretches()), max_size=3),
    rules=st.tuples(st.integers(1, 12), st.integers(0, 4)),
    choices=st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=12),
    others=st.tuples(st.integers(1, 12), st.integers(0, 4)),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_set_and_booked_no_place_is_given_twice(
    lead: Lead,
    day: date,
    weekly: list[dict[str, Any]],
    exceptions: list[tuple[bool, dict[str, Any]]],
    rules: tuple[int, int],
    choices: list[tuple[int, bool]],
    others: tuple[int, int],
) -> None:
    with transaction.atomic(), time_machine.travel(local(f"{day} 00:00"), tick=False):
        set_rules(length_minutes=rules[0] * 5, buffer_minutes=rules[1] * 5, days_ahead=1)
        for values in weekly:
            Availability.objects.create(weekday=day.weekday(), **values)
        for is_open, values in exceptions:
            AvailabilityException.objects.create(day=day, is_open=is_open, **values)
        for number, (choice, is_new_rule) in enumerate(choices):
            found = offered()
            assert_in_hours(found, day)
            if is_new_rule and number == len(choices) // 2:
                set_rules(length_minutes=others[0] * 5, buffer_minutes=others[1] * 5)
            elif found:
                slot = found[choice % len(found)]
                take(lead, slot.starts_at, sorted(slot.channels)[choice % len(slot.channels)])
        assert_no_more_than_places(day)
        assert outside_hours() == []
        transaction.set_rollback(True)


def assert_in_hours(found: list[slots.Slot], day: date) -> None:
    """Fail unless every moment of them lies in hours on offer, and in none taken away."""
    extra, shut = (
        list(AvailabilityException.objects.filter(is_open=is_open)) for is_open in (True, False)
    )
    shown = [
        (row, instant(day, row.start), instant(day, row.end))
        for row in (*Availability.objects.all(), *extra, *shut)
    ]
    for slot in found:
        for number in range(0, int((slot.ends_at - slot.starts_at).total_seconds()), 300):
            moment = slot.starts_at + timedelta(seconds=number)
            rows = [row for row, begins, ends in shown if begins <= moment < ends]
            assert any(row.channels & slot.channels for row in rows)
            assert not any(row in shut for row in rows)


def assert_no_more_than_places(day: date) -> None:
    """Fail where more talk at one moment than any hours at that moment allow."""
    booked = list(Consultation.objects.booked())
    found = openings(day, day)
    for one in booked:
        moment = one.starts_at
        while moment < one.ends_at:
            at_once = [two for two in booked if two.starts_at <= moment < two.ends_at]
            allowed = [
                opening.capacity for opening in found if opening.begins <= moment < opening.ends
            ]
            assert len(at_once) <= max(allowed)
            moment += timedelta(minutes=5)
