"""What `seed_demo` puts into the calendar: enough to see it, and nothing where hours are set."""

import pytest
from django.core.management import call_command

from admissions import audit, slots
from admissions.models import Availability, BookingRules, Consultation, OutboxMessage
from tests.admissions.calendar_tools import offer

pytestmark = pytest.mark.usefixtures("starter_content")


def seed(leads: int) -> None:
    call_command("seed_demo", "--leads", str(leads), "--seed", "3", verbosity=0)


def test_demo_sets_hours_and_books_times_of_which_nobody_is_told() -> None:
    seed(40)
    assert Availability.objects.count() == 10
    assert BookingRules.objects.count() == 1
    booked = list(Consultation.objects.upcoming().select_related("lead"))
    assert len(booked) == 6
    assert {one.channel for one in booked} == {"phone", "video", "in_person"}
    assert all(one.lead.is_demo for one in booked)
    assert slots.offered()
    assert not OutboxMessage.objects.exclude(state="skipped").exists()
    assert list(audit.verify()) == []
    seed(5)
    assert Consultation.objects.count() == 6


def test_demo_of_few_leads_books_for_those_there_are() -> None:
    seed(1)
    assert Consultation.objects.count() <= 1


def test_demo_leaves_hours_that_are_set_alone() -> None:
    offer(0, "09:00", "12:00")
    seed(5)
    assert Availability.objects.count() == 1
    assert not Consultation.objects.exists()
