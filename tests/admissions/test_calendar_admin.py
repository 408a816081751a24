"""The calendar in the admin: managers set it, coordinators read it, nothing is cancelled unsaid."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from admissions import booking
from admissions.models import (
    Availability,
    AvailabilityException,
    BookingRules,
    ClosedDay,
    Consultation,
    Lead,
    WorkingHours,
)
from iop_site.roles import AUDITOR, CLINICAL_REVIEWER, CONTENT_EDITOR
from tests.admissions.calendar_tools import differ, local, offer, set_rules, take
from tests.factories import new_key

NINE = local("2027-03-01 09:00")
HOURS = {
    "weekday": "0",
    "start": "09:00",
    "end": "12:00",
    "capacity": "1",
    "by_phone": "on",
}
EXCEPTION = {**HOURS, "day": "2027-03-01", "note": ""}
RULES = {
    "length_minutes": "30",
    "buffer_minutes": "10",
    "notice_minutes": "120",
    "days_ahead": "21",
    "reminder_hours": "24",
}
SETTINGS = ("workinghours", "closedday", "availability", "availabilityexception", "bookingrules")
Send = Callable[..., Any]


@pytest.fixture(autouse=True)
def friday() -> Iterator[None]:
    with time_machine.travel(local("2027-02-26 12:00"), tick=False):
        yield


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def add(client: Client, model: str, data: dict[str, str], **changes: str | None) -> Any:
    """Post the form that adds a row; `None` leaves a field out."""
    fields = {name: value for name, value in {**data, **changes}.items() if value is not None}
    return client.post(reverse(f"admin:admissions_{model}_add"), fields)


def said(answer: Any) -> str:
    """Return what a page says, for a redirect what the page it leads to does."""
    return answer.content.decode() if answer.status_code == 200 else ""


def warnings_of(client: Client, answer: Any) -> list[str]:
    assert answer.status_code == 302, said(answer)
    page = client.get(answer.url)
    return [str(one) for one in page.context["messages"] if one.level_tag == "warning"]


# -- who may


@pytest.mark.parametrize("model", SETTINGS)
def test_coordinators_see_the_settings_and_change_none(
    client: Client, coordinator: User, model: str
) -> None:
    client.force_login(coordinator)
    assert client.get(reverse(f"admin:admissions_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:admissions_{model}_add")).status_code == 403
    rules = set_rules()
    page = client.get(reverse("admin:admissions_bookingrules_change", args=[rules.pk]))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content


@pytest.mark.parametrize("model", SETTINGS)
def test_editors_see_the_settings_that_the_launch_checklist_speaks_of(
    client: Client, make_staff: Callable[[str], User], model: str
) -> None:
    client.force_login(make_staff(CONTENT_EDITOR))
    assert client.get(reverse(f"admin:admissions_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:admissions_{model}_add")).status_code == 403
    consultations = reverse("admin:admissions_consultation_changelist")
    assert client.get(consultations).status_code == 403


@pytest.mark.parametrize("role", [AUDITOR, CLINICAL_REVIEWER])
@pytest.mark.parametrize("model", [*SETTINGS, "consultation"])
def test_other_roles_see_nothing_of_it(
    client: Client, make_staff: Callable[[str], User], role: str, model: str
) -> None:
    client.force_login(make_staff(role))
    assert client.get(reverse(f"admin:admissions_{model}_changelist")).status_code == 403


def test_nobody_writes_a_consultation_in_the_admin(
    client: Client, admin_user: User, manager: User, lead: Lead
) -> None:
    set_rules()
    offer(0, "09:00", "12:00")
    taken = take(lead, NINE)
    for user in (admin_user, manager):
        client.force_login(user)
        assert client.get(reverse("admin:admissions_consultation_add")).status_code == 403
        for page in ("change", "delete"):
            address = reverse(f"admin:admissions_consultation_{page}", args=[taken.pk])
            assert client.post(address, {"state": "held", "post": "yes"}).status_code == 403
    assert Consultation.objects.get().state == "booked"


# -- hours


def test_a_manager_sets_hours_closed_days_and_rules(desk: Client) -> None:
    assert add(desk, "availability", HOURS).status_code == 302
    assert add(desk, "availabilityexception", EXCEPTION, is_open="on").status_code == 302
    assert add(desk, "workinghours", HOURS).status_code == 302
    assert add(desk, "closedday", {"day": "2027-07-05", "name": "Holiday"}).status_code == 302
    assert add(desk, "bookingrules", RULES).status_code == 302
    hours = Availability.objects.get()
    assert (str(hours), hours.capacity, hours.channels) == ("Monday 09:00-12:00", 1, {"phone"})
    assert str(AvailabilityException.objects.get()) == "2027-03-01 09:00-12:00"
    assert str(WorkingHours.objects.get()) == "Monday 09:00-12:00"
    assert str(ClosedDay.objects.get()) == "2027-07-05 Holiday"
    assert str(BookingRules.objects.get()) == "booking rules"
    for model in SETTINGS:
        assert desk.get(reverse(f"admin:admissions_{model}_changelist")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"end": "09:00"}, "The end must be after the start."),
        ({"start": "12:00", "end": "09:00"}, "The end must be after the start."),
        ({"capacity": "0"}, "At least one consultation at a time."),
        ({"capacity": "51"}, "less than or equal to 50"),
        ({"capacity": "-1"}, "greater than or equal to 0"),
        ({"capacity": "two"}, "Enter a whole number."),
        ({"by_phone": None}, "Tick at least one way to meet."),
        ({"start": "09:02"}, "Use steps of five minutes"),
        ({"end": "11:59:30"}, "Use steps of five minutes"),
        ({"start": "25:00"}, "Enter a valid time."),
        ({"weekday": "7"}, "Select a valid choice."),
        ({"valid_from": "2027-03-02", "valid_until": "2027-03-01"}, "must not be before the first"),
        ({"valid_from": "2027-02-29"}, "Enter a valid date."),
    ],
)
def test_hours_without_sense_are_refused_in_words(
    desk: Client, changes: dict[str, str | None], words: str
) -> None:
    assert words in said(add(desk, "availability", HOURS, **changes))
    assert not Availability.objects.exists()


def test_hours_may_last_to_the_end_of_the_day(desk: Client) -> None:
    assert add(desk, "availability", HOURS, end="23:59").status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"end": "08:00"}, "The end must be after the start."),
        ({"is_open": "on", "by_phone": None}, "Tick at least one way to meet."),
        ({"is_open": "on", "capacity": "0"}, "At least one consultation at a time."),
        ({"is_open": "on", "day": "2027-07-05"}, "That day is closed."),
        ({"is_open": "on", "day": ""}, "This field is required."),
        ({"start": "09:01"}, "Use steps of five minutes"),
    ],
)
def test_exceptions_without_sense_are_refused_in_words(
    desk: Client, changes: dict[str, str | None], words: str
) -> None:
    ClosedDay.objects.create(day=date(2027, 7, 5), name="Holiday")
    assert words in said(add(desk, "availabilityexception", EXCEPTION, **changes))
    assert not AvailabilityException.objects.exists()


def test_hours_can_be_taken_from_a_day_without_ticking_a_way_to_meet(desk: Client) -> None:
    assert add(desk, "availabilityexception", EXCEPTION, by_phone=None).status_code == 302


def test_working_hours_and_closed_days_are_checked_too(desk: Client) -> None:
    answer = add(desk, "workinghours", HOURS, end="08:00")
    assert "The end must be after the start." in said(answer)
    ClosedDay.objects.create(day=date(2027, 7, 5), name="Holiday")
    answer = add(desk, "closedday", {"day": "2027-07-05", "name": "Again"})
    assert "already exists" in said(answer)


# -- rules


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"length_minutes": "0"}, "greater than or equal to 5"),
        ({"length_minutes": "32"}, "Use a multiple of five minutes."),
        ({"length_minutes": "245"}, "less than or equal to 240"),
        ({"buffer_minutes": "7"}, "Use a multiple of five minutes."),
        ({"buffer_minutes": "125"}, "less than or equal to 120"),
        ({"buffer_minutes": "-5"}, "greater than or equal to 0"),
        ({"days_ahead": "0"}, "greater than or equal to 1"),
        ({"days_ahead": "121"}, "less than or equal to 120"),
        ({"notice_minutes": "20161"}, "less than or equal to 20160"),
        ({"reminder_hours": "169"}, "less than or equal to 168"),
        ({"reminder_hours": ""}, "This field is required."),
    ],
)
def test_rules_without_sense_are_refused_in_words(
    desk: Client, changes: dict[str, str], words: str
) -> None:
    assert words in said(add(desk, "bookingrules", RULES, **changes))
    assert not BookingRules.objects.exists()


def test_there_is_one_row_of_rules_that_is_changed_and_stays(desk: Client) -> None:
    assert add(desk, "bookingrules", RULES).status_code == 302
    assert add(desk, "bookingrules", RULES).status_code == 403
    rules = BookingRules.objects.get()
    change = reverse("admin:admissions_bookingrules_change", args=[rules.pk])
    assert desk.post(change, {**RULES, "length_minutes": "45"}).status_code == 302
    assert BookingRules.objects.get().length_minutes == 45
    delete = reverse("admin:admissions_bookingrules_delete", args=[rules.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 403


# -- what a change leaves outside


@pytest.fixture
def booked(lead: Lead) -> Consultation:
    set_rules()
    offer(0, "09:00", "12:00", capacity=2)
    return take(lead, NINE)


def test_a_closed_day_says_how_many_are_booked_on_it(
    desk: Client, booked: Consultation, lead: Lead
) -> None:
    (warning,) = warnings_of(desk, add(desk, "closedday", {"day": "2027-03-01", "name": "Snow"}))
    assert "1 booked consultation is outside" in warning
    list_of_them = reverse("admin:admissions_consultation_changelist") + "?when=outside"
    assert f'href="{list_of_them}"' in warning
    assert list(desk.get(list_of_them).context["cl"].queryset) == [booked]
    ClosedDay.objects.all().delete()
    take(lead, NINE)
    (warning,) = warnings_of(desk, add(desk, "closedday", {"day": "2027-03-01", "name": "Snow"}))
    assert "2 booked consultations are outside" in warning
    assert set(Consultation.objects.values_list("state", flat=True)) == {"booked"}


def test_hours_that_are_changed_or_deleted_say_so_too(desk: Client, booked: Consultation) -> None:
    hours = Availability.objects.get()
    change = reverse("admin:admissions_availability_change", args=[hours.pk])
    assert warnings_of(desk, desk.post(change, {**HOURS, "start": "10:00"}))
    assert warnings_of(desk, desk.post(change, HOURS)) == []
    delete = reverse("admin:admissions_availability_delete", args=[hours.pk])
    assert warnings_of(desk, desk.post(delete, {"post": "yes"}))


def test_hours_deleted_from_the_list_say_so_too(desk: Client, booked: Consultation) -> None:
    differ("2027-03-02", "09:00", "12:00", is_open=True)
    address = reverse("admin:admissions_availability_changelist")
    data = {
        "action": "delete_selected",
        "_selected_action": [str(Availability.objects.get().pk)],
        "post": "yes",
    }
    assert warnings_of(desk, desk.post(address, data))


def test_an_exception_says_so_too(desk: Client, booked: Consultation) -> None:
    assert warnings_of(desk, add(desk, "availabilityexception", EXCEPTION))


def test_nothing_is_said_where_nothing_is_outside(desk: Client, booked: Consultation) -> None:
    assert warnings_of(desk, add(desk, "closedday", {"day": "2027-07-05", "name": "Holiday"})) == []
    assert warnings_of(desk, add(desk, "workinghours", HOURS)) == []


# -- the list of consultations


def test_the_list_leads_to_the_lead_and_shows_no_link_of_the_family(
    client: Client, coordinator: User, booked: Consultation
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:admissions_consultation_change", args=[booked.pk])
    for page in (address, reverse("admin:admissions_consultation_changelist")):
        text = client.get(page).content.decode()
        assert booked.lead.reference in text
        assert booked.token not in text
        assert booked.token_digest not in text


def test_the_list_can_be_narrowed_to_what_is_to_come(
    desk: Client, manager: User, booked: Consultation, lead: Lead
) -> None:
    cancelled = booking.cancel(consultation=take(lead, NINE), by="visitor")
    address = reverse("admin:admissions_consultation_changelist")

    def listed(query: str) -> list[Consultation]:
        return list(desk.get(address + query).context["cl"].queryset)

    assert listed("") == [cancelled, booked]
    assert listed("?when=to-come") == [booked]
    assert listed("?when=outside") == []
    assert listed("?state__exact=cancelled") == [cancelled]
    assert listed(f"?q={lead.reference}") == [cancelled, booked]
    with time_machine.travel(NINE + timedelta(hours=1), tick=False):
        desk.force_login(manager)
        assert listed("?when=to-come") == []


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_list_costs_the_same_however_long_it_is(
    desk: Client, lead: Lead, count: int, django_assert_max_num_queries: Any
) -> None:
    Consultation.objects.bulk_create(
        Consultation(
            lead=lead,
            starts_at=NINE,
            ends_at=NINE + timedelta(minutes=30),
            channel="phone",
            booked_by="visitor",
            idempotency_key=new_key(),
            token_digest=str(number),
        )
        for number in range(count)
    )
    for query in ("", "?when=to-come", "?when=outside"):
        with django_assert_max_num_queries(19):
            page = desk.get(reverse("admin:admissions_consultation_changelist") + query)
        assert page.status_code == 200
