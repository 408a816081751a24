"""What the tests of the calendar share: hours, times as a wall clock shows them, bookings."""

from datetime import datetime, time
from typing import Any

from django.utils import timezone

from admissions import audit, booking
from admissions.models import (
    Availability,
    AvailabilityException,
    BookingRules,
    Consultation,
    Lead,
)
from admissions.slots import Slot
from tests.factories import new_key


def local(text: str) -> datetime:
    """Return the moment of a wall-clock time here: "2027-03-01 09:00"."""
    return timezone.make_aware(datetime.fromisoformat(text))


def offer(weekday: int, start: str, end: str, **values: Any) -> Availability:
    """Offer consultations on a weekday (Monday is 0), by phone and video unless told otherwise."""
    return Availability.objects.create(
        weekday=weekday, start=time.fromisoformat(start), end=time.fromisoformat(end), **values
    )


def differ(day: str, start: str, end: str, **values: Any) -> AvailabilityException:
    """Take hours from a day, or add some (`is_open=True`)."""
    return AvailabilityException.objects.create(
        day=datetime.fromisoformat(day).date(),
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
        **values,
    )


def set_rules(**values: Any) -> BookingRules:
    """Set the rules: half an hour, ten minutes' pause, no notice, three weeks, but for `values`."""
    return BookingRules.objects.update_or_create(id=1, defaults={"notice_minutes": 0, **values})[0]


def take(lead: Lead, starts_at: datetime, channel: str = "phone", **values: Any) -> Consultation:
    """Book a time as somebody who is told nothing of the lead's other consultations."""
    return booking.book(
        **{
            "lead": lead,
            "starts_at": starts_at,
            "channel": channel,
            "idempotency_key": new_key(),
            "by": audit.VISITOR,
            **values,
        }
    )


def clock(found: list[Slot]) -> list[str]:
    """Return when slots begin, as the clock on the wall shows it."""
    return [f"{timezone.localtime(slot.starts_at):%Y-%m-%d %H:%M}" for slot in found]
