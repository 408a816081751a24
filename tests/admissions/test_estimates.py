"""When the self-pay estimate has to be there: business days around weekends, holidays, new year."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from admissions import estimates
from admissions.models import ClosedDay, Lead
from admissions.office_hours import Schedule

THANKSGIVING, CHRISTMAS, NEW_YEAR = date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1)
SCHEDULE = Schedule({}, frozenset({THANKSGIVING, CHRISTMAS, NEW_YEAR}))


@pytest.mark.parametrize(
    ("asked_on", "due"),
    [
        (date(2026, 11, 30), date(2026, 12, 3)),  # Monday to Thursday
        (date(2026, 12, 2), date(2026, 12, 7)),  # Wednesday, over a weekend
        (date(2026, 12, 4), date(2026, 12, 9)),  # Friday
        (date(2026, 12, 5), date(2026, 12, 9)),  # Saturday and Sunday are no day of their own
        (date(2026, 12, 6), date(2026, 12, 9)),
        (date(2026, 11, 25), date(2026, 12, 1)),  # the day before Thanksgiving
        (date(2026, 11, 26), date(2026, 12, 1)),  # on it
        (date(2026, 12, 24), date(2026, 12, 30)),
        (date(2026, 12, 30), date(2027, 1, 5)),  # over the end of the year
        (date(2026, 12, 31), date(2027, 1, 6)),
        (date(2028, 2, 28), date(2028, 3, 2)),  # a leap year
        (date(2028, 2, 29), date(2028, 3, 3)),
    ],
)
def test_estimate_that_was_asked_for_is_due_in_three_business_days(
    asked_on: date, due: date
) -> None:
    assert estimates.due_on(SCHEDULE, asked_on=asked_on) == due


@pytest.mark.parametrize(
    ("service_on", "due"),
    [
        # Scheduled on Monday, the 30th of November.
        (date(2026, 12, 14), date(2026, 12, 3)),  # the tenth business day: three days
        (date(2027, 6, 1), date(2026, 12, 3)),
        (date(2026, 12, 11), date(2026, 12, 1)),  # the ninth: one
        (date(2026, 12, 12), date(2026, 12, 1)),  # a Saturday between the ninth and the tenth
        (date(2026, 12, 3), date(2026, 12, 1)),  # the third: one
        (date(2026, 12, 2), None),  # the second: no rule
        (date(2026, 11, 30), None),
        (date(2026, 11, 1), None),  # past
    ],
)
def test_scheduled_service_has_a_nearer_day_the_nearer_it_is(
    service_on: date, due: date | None
) -> None:
    asked_on = date(2026, 11, 30)
    assert estimates.due_on(SCHEDULE, asked_on=asked_on, service_on=service_on) == due


def test_holidays_make_a_service_nearer() -> None:
    asked_on = date(2026, 12, 18)  # Friday; ten business days on is the 5th of January
    ten = date(2027, 1, 5)
    assert SCHEDULE.add_business_days(asked_on, 10) == ten
    assert estimates.due_on(SCHEDULE, asked_on=asked_on, service_on=ten) == date(2026, 12, 23)
    before = ten - timedelta(days=1)
    assert estimates.due_on(SCHEDULE, asked_on=asked_on, service_on=before) == date(2026, 12, 21)


@given(
    asked_on=st.dates(date(2024, 1, 1), date(2035, 12, 31)),
    closed=st.frozensets(st.dates(date(2024, 1, 1), date(2036, 2, 1)), max_size=40),
    ahead=st.integers(-10, 60),
)
def test_due_day_is_a_business_day_after_the_asking(
    asked_on: date, closed: frozenset[date], ahead: int
) -> None:
    schedule = Schedule({}, closed)
    on_request = estimates.due_on(schedule, asked_on=asked_on)
    assert on_request is not None
    assert on_request > asked_on
    assert schedule.is_business_day(on_request)
    between = (asked_on + timedelta(days=n) for n in range(1, (on_request - asked_on).days + 1))
    assert sum(schedule.is_business_day(day) for day in between) == 3
    service_on = asked_on + timedelta(days=ahead)
    scheduled = estimates.due_on(schedule, asked_on=asked_on, service_on=service_on)
    assert scheduled is None or asked_on < scheduled <= min(on_request, service_on)


# -- on a lead


def at(day: date, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


@pytest.mark.django_db
def test_clock_starts_on_the_local_day_and_by_the_closed_days_of_the_desk() -> None:
    ClosedDay.objects.create(day=THANKSGIVING, name="Thanksgiving")
    lead = Lead()
    # Half past nine in the evening here is the next day by UTC.
    asked = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
    estimates.start_clock(lead, at=asked)
    assert (lead.estimate_requested_at, lead.estimate_due_on) == (asked, date(2026, 12, 1))
    assert estimates.is_owed(lead)


@pytest.mark.django_db
def test_nearer_day_stays_while_one_is_owed() -> None:
    lead = Lead()
    first = at(date(2026, 11, 30))
    estimates.start_clock(lead, at=first)
    estimates.start_clock(lead, at=at(date(2026, 12, 2)))
    assert (lead.estimate_requested_at, lead.estimate_due_on) == (first, date(2026, 12, 3))
    estimates.start_clock(lead, at=first, service_on=date(2026, 12, 8))
    assert lead.estimate_due_on == date(2026, 12, 1)


@pytest.mark.django_db
def test_service_that_is_too_near_for_a_rule_starts_nothing() -> None:
    lead = Lead()
    estimates.start_clock(lead, at=at(date(2026, 11, 30)), service_on=date(2026, 12, 1))
    assert (lead.estimate_requested_at, lead.estimate_due_on) == (None, None)
    assert not estimates.is_owed(lead)


@pytest.mark.django_db
def test_asked_for_again_after_delivery_the_clock_starts_anew() -> None:
    lead = Lead()
    estimates.start_clock(lead, at=at(date(2026, 11, 30)))
    lead.estimate_delivered_at = at(date(2026, 12, 1))
    assert not estimates.is_owed(lead)
    again = at(date(2026, 12, 9))
    estimates.start_clock(lead, at=again)
    assert (lead.estimate_requested_at, lead.estimate_due_on) == (again, date(2026, 12, 14))
    assert estimates.is_owed(lead)
    assert lead.estimate_delivered_at is not None  # what was delivered stays delivered


@pytest.mark.parametrize(
    ("today", "left"),
    [(date(2026, 11, 30), 3), (date(2026, 12, 3), 0), (date(2026, 12, 5), -2)],
)
def test_days_left_are_counted_to_the_due_day_and_beyond(today: date, left: int) -> None:
    lead = Lead(estimate_requested_at=at(date(2026, 11, 30)), estimate_due_on=date(2026, 12, 3))
    assert estimates.days_left(lead, today=today) == left


def test_no_days_are_left_where_nothing_is_owed() -> None:
    today = date(2026, 12, 1)
    assert estimates.days_left(Lead(), today=today) is None
    asked = at(date(2026, 11, 30))
    assert estimates.days_left(Lead(estimate_requested_at=asked), today=today) is None
    delivered = Lead(
        estimate_requested_at=asked,
        estimate_due_on=date(2026, 12, 3),
        estimate_delivered_at=at(date(2026, 12, 1)),
    )
    assert estimates.days_left(delivered, today=today) is None
