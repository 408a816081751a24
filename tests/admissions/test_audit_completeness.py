"""Nothing about a person or an account is shown or changed on the staff site without an event.

Goes over every address that the URL resolver knows: a new page that shows people leaves an event,
or stands in `readings.SHOWS_NOBODY` with the reason, where people read it.
"""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.test import Client
from django.urls import get_resolver, resolve

from admissions.models import Lead, LeadEvent
from admissions.readings import SHOWS_NOBODY
from iop_site import roles
from tests.admissions.conftest import send_insurance, writes_fail  # noqa: F401  a fixture
from tests.iop_site.test_role_matrix import addresses, everything, path_of  # noqa: F401  a fixture

# What leads somewhere else without showing or doing anything, as these requests are made.
LEADS_ON = {
    "password_change/": "to the account's own pages",
    "password_change/done/": "to the account's own pages",
    "merge/<int:lead_id>/<int:other_id>/": "here both are the same lead",
    "admissions/lead/search/": "to the list; nothing was typed",
    "admissions/consent/search/": "to the list; nothing was typed",
    "admissions/lead/views/<int:view_id>/delete/": "filters somebody saved, without a name in them",
    "admissions/noticepreference/mine/": "of which notices oneself is told",
}


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("root@example.org")


@pytest.fixture
def staff(administrator: User) -> Client:
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.force_login(administrator)
    return client


def left(call: Any, path: str) -> tuple[int, list[LeadEvent]]:
    """Return the status of an answer and the events it left, and take back what it did."""
    before = LeadEvent.objects.count()
    with transaction.atomic():
        status = call(path).status_code
        events = list(LeadEvent.objects.order_by("sequence")[before:])
        transaction.set_rollback(True)
    return status, events


@pytest.mark.shows("45 CFR 164.312(b)", "201 CMR 17.04(4)", "ASVS 16.2.1")
@pytest.mark.shows("45 CFR 164.312(a)(2)(i)", "45 CFR 164.312(b)", "ASVS 16.2.1")
@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_leaves_an_event_or_shows_nobody(
    staff: Client, administrator: User, method: str
) -> None:
    silent = []
    for address in addresses():
        path = path_of(address)
        status, events = left(getattr(staff, method), path)
        name = resolve(path).url_name or ""
        for event in events:
            assert event.actor == administrator.username, address
            assert event.origin == "203.0.113.7", address
            assert event.lead_id or event.data, address
        if name.startswith(tuple(SHOWS_NOBODY)):
            assert not any(event.kind == "viewed" for event in events), address
        elif not events and status < 400:
            silent.append(address)
    assert set(silent) <= set(LEADS_ON), silent


def test_table_names_no_page_that_is_gone() -> None:
    names = [str(one) for one, _ in get_resolver().namespace_dict["admin"][1].reverse_dict.lists()]
    for prefix in SHOWS_NOBODY:
        assert any(name.startswith(prefix) for name in names), prefix
    assert set(LEADS_ON) <= set(addresses())


@pytest.mark.usefixtures("everything")
def test_page_is_not_shown_where_the_event_cannot_be_written(staff: Client) -> None:
    with writes_fail("admissions_leadevent"), pytest.raises(OperationalError):
        staff.get("/admin/admissions/lead/")


def test_one_request_leaves_one_event_that_names_the_page(lead: Lead, manager: User) -> None:
    client = Client(REMOTE_ADDR="2001:db8:1:2::7")
    client.force_login(manager)
    before = LeadEvent.objects.count()
    assert client.get("/admin/admissions/lead/?status=new").status_code == 200
    (event,) = LeadEvent.objects.order_by("sequence")[before:]
    assert (event.kind, event.actor, event.lead_id) == ("viewed", manager.username, None)
    assert event.data == {"page": "admissions_lead_changelist"}
    assert event.origin == "2001:db8:1:2::/64"


def test_form_shown_again_is_about_its_lead(lead: Lead, manager: User) -> None:
    client = Client()
    client.force_login(manager)
    before = LeadEvent.objects.count()
    assert client.post(f"/admin/admissions/lead/{lead.pk}/note/", {}).status_code == 422
    (event,) = LeadEvent.objects.order_by("sequence")[before:]
    assert (event.kind, event.lead_id) == ("viewed", lead.pk)
    assert event.data == {"page": "admissions_lead_act"}


def test_row_about_a_lead_is_recorded_with_the_lead(lead: Lead, manager: User) -> None:
    client = Client()
    client.force_login(manager)
    notice = lead.notices.order_by("pk").first()
    assert notice is not None
    client.get(f"/admin/admissions/outboxmessage/{notice.pk}/change/")
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.lead_id) == ("viewed", lead.pk)
    assert event.data == {"outboxmessage": notice.pk}


def test_what_is_refused_is_recorded_as_that_alone(lead: Lead, make_staff: Any) -> None:
    client = Client()
    client.force_login(make_staff(roles.AUDITOR))
    before = LeadEvent.objects.count()
    assert client.get(f"/admin/admissions/lead/{lead.pk}/change/").status_code == 403
    (event,) = LeadEvent.objects.order_by("sequence")[before:]
    assert event.kind == "refused"


def test_page_that_asks_by_itself_leaves_nothing(lead: Lead, manager: User) -> None:
    client = Client()
    client.force_login(manager)
    before = LeadEvent.objects.count()
    client.get("/admin/queue-counts/", headers={"X-Background": "1"})
    client.post(f"/admin/admissions/lead/{lead.pk}/presence/")
    client.post("/admin/stay/")
    assert LeadEvent.objects.count() == before
