"""Who is at the desk: away from a day to a day, back, and what that does to leads and notices."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from admissions import audit, notices, staffing
from admissions.enums import NoticeKind
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import Absence, Lead, LeadEvent, OutboxMessage
from iop_site import roles
from iop_site.roles import holders
from tests.admissions.conftest import dump, writes_fail
from tests.admissions.mail_tools import local

pytestmark = pytest.mark.django_db

Staff = Callable[..., User]
TODAY = date(2026, 12, 2)
DAY = timedelta(days=1)
PAGE = "/admin/away/"


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(local("2026-12-02 12:00"), tick=False):
        yield


@pytest.fixture
def other(make_staff: Staff) -> User:
    return make_staff(roles.COORDINATOR, "other")


def away(user: User, since: int = 0, until: int | None = None, by: User | None = None) -> Absence:
    """Mark a user as away from and until so many days from today."""
    last = None if until is None else TODAY + until * DAY
    return staffing.go_away(user=user, since=TODAY + since * DAY, until=last, by=by or user)


def refused(call: Callable[[], object], error: type[Exception], words: str) -> None:
    before = dump()
    with pytest.raises(error, match=words):
        call()
    assert dump() == before


# -- away and back


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (0, None, [0, 1, 2, 3, 4, 400]),
        (0, 0, [0]),
        (-3, 1, [-3, -1, 0, 1]),
        (2, 3, [2, 3]),
    ],
)
def test_absence_is_from_a_day_to_a_day_both_included(
    coordinator: User, since: int, until: int | None, days: list[int]
) -> None:
    away(coordinator, since, until)
    for day in (-4, -3, -1, 0, 1, 2, 3, 4, 400):
        is_here = coordinator in staffing.here(TODAY + day * DAY)
        assert is_here is (day not in days)
        assert (coordinator.pk in staffing.absent(TODAY + day * DAY)) is not is_here
    assert staffing.is_here(coordinator) is (0 not in days)


def test_day_is_the_local_one(coordinator: User) -> None:
    away(coordinator, 1, 1)
    for moment, is_here in (
        ("2026-12-02 23:59", True),
        ("2026-12-03 00:00", False),
        ("2026-12-03 23:59", False),
        ("2026-12-04 00:00", True),
    ):
        with time_machine.travel(local(moment), tick=False):
            assert staffing.is_here(coordinator) is is_here


def test_going_away_is_recorded_about_no_lead(coordinator: User, manager: User) -> None:
    absence = away(coordinator, 1, 4, by=manager)
    event = LeadEvent.objects.get()
    assert (event.kind, event.lead_id, event.actor) == ("went_away", None, manager.username)
    assert event.data == {
        "user": coordinator.pk,
        "absence": absence.pk,
        "days": ["2026-12-03", "2026-12-06"],
    }
    assert absence.by == manager
    staffing.come_back(absence=absence, by=coordinator)
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.lead_id, event.actor) == ("came_back", None, coordinator.username)
    assert list(audit.verify()) == []


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [(1, 0, "before the first"), (-3, -1, "are over"), (-3, -4, "before the first")],
)
def test_days_in_the_wrong_order_or_over_are_refused(
    coordinator: User, since: int, until: int, words: str
) -> None:
    refused(lambda: away(coordinator, since, until), WorkflowError, words)


@pytest.mark.parametrize(
    ("since", "until", "free"),
    [
        (3, None, False),
        (-5, None, False),
        (5, 5, False),
        (1, 5, False),
        (8, 9, False),
        (1, 4, True),
        (9, 10, True),
        (9, None, True),
    ],
)
def test_days_that_are_marked_already_are_refused(
    coordinator: User, other: User, since: int, until: int | None, free: bool
) -> None:
    away(coordinator, 5, 8)
    if free:
        away(coordinator, since, until)
    else:
        words = "marked already: Dec. 7, 2026 to Dec. 10, 2026"
        refused(lambda: away(coordinator, since, until), WorkflowError, words)
    away(other, since, until)


def test_absence_is_said_in_words(coordinator: User) -> None:
    absence = Absence(user=coordinator, since=TODAY)
    assert staffing.in_words(absence) == "from Dec. 2, 2026 until they are back"
    absence.until = TODAY
    assert staffing.in_words(absence) == "Dec. 2, 2026"


def test_who_comes_back_early_is_here_today(coordinator: User) -> None:
    staffing.come_back(absence=away(coordinator, -2, 5), by=coordinator)
    assert staffing.is_here(coordinator)
    absence = Absence.objects.get()
    assert (absence.since, absence.until) == (TODAY - 2 * DAY, TODAY - DAY)


@pytest.mark.parametrize("since", [0, 3])
def test_absence_of_which_no_day_is_over_is_taken_back(coordinator: User, since: int) -> None:
    staffing.come_back(absence=away(coordinator, since), by=coordinator)
    assert not Absence.objects.exists()


def test_coming_back_leaves_what_else_is_planned(coordinator: User) -> None:
    planned = away(coordinator, 20, 30)
    staffing.come_back(absence=away(coordinator, 0, 2), by=coordinator)
    assert list(Absence.objects.all()) == [planned]


@pytest.mark.parametrize("since", [-2, 0])
def test_coming_back_twice_changes_nothing(coordinator: User, since: int) -> None:
    absence = away(coordinator, since)
    staffing.come_back(absence=absence, by=coordinator)
    before = dump()
    staffing.come_back(absence=absence, by=coordinator)
    assert dump() == before


def test_others_are_marked_by_managers_only(
    coordinator: User, other: User, manager: User, make_staff: Staff
) -> None:
    refused(lambda: away(other, by=coordinator), NotAllowed, "Only a manager")
    absence = away(other, by=manager)
    refused(
        lambda: staffing.come_back(absence=absence, by=coordinator), NotAllowed, "Only a manager"
    )
    staffing.come_back(absence=absence, by=manager)
    for role in (roles.AUDITOR, roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER):
        by = make_staff(role)
        refused(lambda by=by: away(by), NotAllowed, "role")
        refused(lambda by=by: staffing.come_back(absence=absence, by=by), NotAllowed, "role")


def test_who_does_not_work_on_leads_is_not_marked(manager: User, make_staff: Staff) -> None:
    auditor = make_staff(roles.AUDITOR)
    refused(lambda: away(auditor, by=manager), WorkflowError, "work on leads")


@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_chainhead"])
def test_absence_whose_event_cannot_be_written_is_not_there(coordinator: User, table: str) -> None:
    absence = away(coordinator, 5, 6)
    with writes_fail(table, "UPDATE" if table.endswith("head") else "INSERT"):
        refused(lambda: away(coordinator, 0, 0), OperationalError, "disk full")
        refused(
            lambda: staffing.come_back(absence=absence, by=coordinator),
            OperationalError,
            "disk full",
        )


# -- who takes leads


def test_takers_are_those_who_work_on_leads_with_who_is_away(
    coordinator: User, manager: User, other: User, make_staff: Staff
) -> None:
    root = User.objects.create_superuser("root@example.org")
    for role in (roles.AUDITOR, roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER):
        make_staff(role)
    gone = make_staff(roles.COORDINATOR, "gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    outside = make_staff(roles.MANAGER, "outside")
    User.objects.filter(pk=outside.pk).update(is_staff=False)
    away(other)
    away(manager, 1, 2)
    found = [(user, user.is_away) for user in staffing.takers(TODAY)]  # type: ignore[attr-defined]
    assert found == [(coordinator, False), (manager, False), (other, True), (root, False)]
    assert set(staffing.here(TODAY)) == {coordinator, manager, root}
    assert {gone.pk, outside.pk, other.pk} <= set(staffing.absent(TODAY))
    assert not {coordinator.pk, manager.pk, root.pk} & set(staffing.absent(TODAY))


def test_somebody_in_both_groups_is_one_taker(coordinator: User, manager: User) -> None:
    coordinator.groups.add(*manager.groups.all())
    assert list(holders(roles.COORDINATOR, roles.MANAGER).order_by("pk")) == [coordinator, manager]
    assert list(holders(roles.MANAGER).order_by("pk")) == [coordinator, manager]
    manager.groups.clear()
    assert list(holders(roles.MANAGER)) == [coordinator]


# -- notices


def test_who_is_away_gets_no_notice_of_their_own(
    lead: Lead, coordinator: User, other: User, manager: User
) -> None:
    for user in (coordinator, other):
        notices.set_preference(user=user, kinds=[NoticeKind.NEW_INQUIRY])
    away(coordinator)
    away(other, 1)
    away(manager)
    OutboxMessage.objects.all().delete()
    notices.tell_staff(kind=NoticeKind.NEW_INQUIRY, lead=lead)
    notices.tell_staff(kind=NoticeKind.UNCLAIMED, lead=lead)
    told = OutboxMessage.objects.order_by("id").values_list("kind", "recipient__username")
    assert list(told) == [
        ("new_inquiry", None),
        ("new_inquiry", other.username),
        ("unclaimed", None),  # no manager is here: the desk hears of it
    ]


# -- the page


def post(client: Client, **data: Any) -> tuple[int, str]:
    answer = client.post(PAGE, {"since": "2026-12-02", "until": "", **data})
    return answer.status_code, answer.content.decode()


def refusals() -> list[tuple[str, str, str]]:
    rows = LeadEvent.objects.filter(kind="refused").order_by("sequence")
    return [(one.actor, one.data["act"], one.data["why"]) for one in rows]


def test_page_lets_a_coordinator_mark_themselves_and_come_back(
    client: Client, coordinator: User, other: User
) -> None:
    away(other, 1, 2)
    client.force_login(coordinator)
    html = client.get(PAGE).content.decode()
    assert "Mark yourself as away" in html
    assert 'name="user"' not in html
    assert html.count("/end/") == 0  # of a colleague they only read it
    assert post(client, until="2026-12-04", user=other.pk)[0] == 302
    absence = Absence.objects.get(user=coordinator)
    assert (absence.since, absence.until) == (TODAY, TODAY + 2 * DAY)
    html = client.get(PAGE).content.decode()
    assert ("Back today" in html, html.count("/end/")) == (True, 1)
    answer = client.post(reverse("admin:end_absence", args=[absence.pk]))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert not Absence.objects.filter(user=coordinator).exists()


def test_page_lets_a_manager_mark_everybody(client: Client, manager: User, other: User) -> None:
    client.force_login(manager)
    assert f'<option value="{manager.pk}" selected>' in client.get(PAGE).content.decode()
    assert post(client, user=other.pk, since="2026-12-09")[0] == 302
    html = client.get(PAGE).content.decode()
    for words in ("Take back", "until they are back", other.username):
        assert words in html
    assert post(client)[0] == 302  # without a choice it is oneself
    assert set(Absence.objects.values_list("user", flat=True)) == {manager.pk, other.pk}


@pytest.mark.parametrize(
    "data",
    [
        {"since": ""},
        {"since": "soon"},
        {"until": "2026-13-40"},
        {"since": "\x00"},
        {"since": "99999-01-01"},
        {"user": "999999"},
        {"user": "x"},
    ],
)
def test_rubbish_is_said_at_its_field_and_saves_nothing(
    client: Client, manager: User, data: dict[str, str]
) -> None:
    client.force_login(manager)
    status, html = post(client, **data)
    assert (status, "errornote" in html) == (422, True)
    assert not Absence.objects.exists()


def test_what_the_rules_refuse_is_said_kept_and_recorded(client: Client, coordinator: User) -> None:
    client.force_login(coordinator)
    status, html = post(client, since="2026-12-05", until="2026-12-03")
    assert (status, "before the first" in html) == (409, True)
    assert 'value="2026-12-03"' in html
    assert refusals() == [(coordinator.username, "go_away", "WorkflowError")]


def test_ends_of_others_and_guessed_ones_are_refused_and_recorded(
    client: Client, coordinator: User, other: User
) -> None:
    absence = away(other)
    client.force_login(coordinator)
    assert client.get(reverse("admin:end_absence", args=[absence.pk])).status_code == 405
    assert client.post(reverse("admin:end_absence", args=[absence.pk])).status_code == 403
    assert client.post(reverse("admin:end_absence", args=[absence.pk + 9])).status_code == 404
    assert refusals() == [
        (coordinator.username, "come_back", "NotAllowed"),
        (coordinator.username, "come_back", "Http404"),
    ]
    assert Absence.objects.get().until is None


@pytest.mark.parametrize("role", [roles.AUDITOR, roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER])
def test_page_is_for_those_who_work_on_leads(client: Client, make_staff: Staff, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get(PAGE).status_code == 403
    assert post(client)[0] == 403
    assert client.post(reverse("admin:end_absence", args=[1])).status_code == 403


def test_page_needs_a_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("count", [1, 3, 300])
def test_page_takes_the_same_queries_for_any_number_of_absences(
    client: Client, manager: User, other: User, count: int, django_assert_num_queries: Any
) -> None:
    Absence.objects.bulk_create(
        Absence(user=other, by=manager, since=TODAY + number * DAY, until=TODAY + number * DAY)
        for number in range(count)
    )
    away(manager, -9, 0)
    Absence.objects.filter(user=manager).update(until=TODAY - DAY)  # over: not shown
    client.force_login(manager)
    with django_assert_num_queries(19):
        html = client.get(PAGE).content.decode()
    assert html.count("/end/") == count
