"""The work queue as a page, and the counts that are asked for while it is open."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions import dashboard, staffing, triage
from admissions.models import Lead, LeadEvent, OutboxMessage
from iop_site import roles

COUNTS = "/admin/queue-counts/"
KEYS = {part.key for part in dashboard.PARTS}


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def fill(count: int, **values: Any) -> None:
    """Store leads whose call is overdue and whose insurance check and estimate wait."""
    now = timezone.now()
    Lead.objects.bulk_create(
        Lead(
            reference=f"P{number:07}",
            source="web_inquiry",
            role="self",
            first_name="Canaryname",
            received_at=now - timedelta(minutes=20),
            **{
                "respond_by": now - timedelta(minutes=5),
                "vob_status": "requested",
                "estimate_requested_at": now,
                "estimate_due_on": timezone.localdate(),
                **values,
            },
        )
        for number in range(count)
    )


def test_page_has_a_heading_with_a_count_and_a_row_for_each_lead(desk: Client) -> None:
    fill(3)
    html = desk.get("/admin/").content.decode()
    for key, title in (("overdue", "Overdue: nobody has called yet"), ("checks", "Insurance")):
        heading = re.search(rf'<h2 id="section-{key}">(.*?)</h2>', html)
        assert heading is not None
        assert title in heading[1]
        assert f'<span data-count="{key}">3</span>' in heading[1]
    assert html.count("5 min over") == 3
    assert html.count("due today") >= 3
    assert html.count("#attempt") == 3
    assert "Canaryname" not in html
    order = re.findall(r'(?:id="section-|data-empty=")(\w+)"', html)
    assert set(order) == KEYS
    shown = [key for key in order if f'id="section-{key}"' in html]
    assert shown == ["overdue", "checks", "estimates"]


def test_page_says_hundred_plus(desk: Client) -> None:
    fill(101)
    html = desk.get("/admin/").content.decode()
    assert '<span data-count="overdue">100+</span>' in html
    assert "There are more" in html


def test_row_is_claimed_where_nobody_has_it_or_who_has_it_is_absent(
    desk: Client, lead: Lead, make_staff: Callable[..., User]
) -> None:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, "claim"])
    assert address in desk.get("/admin/").content.decode()
    other = make_staff(roles.COORDINATOR, "other")
    triage.claim(lead=lead, by=other)
    assert address not in desk.get("/admin/").content.decode()
    staffing.go_away(user=other, since=timezone.localdate(), until=None, by=other)
    Lead.objects.filter(pk=lead.pk).update(respond_by=timezone.now())  # whatever the hour is
    html = desk.get("/admin/").content.decode()
    assert address in html
    assert "Away</span>" in html
    assert desk.post(address, {"version": 2, "back": "queue"}).status_code == 302
    lead.refresh_from_db()
    assert lead.owner != other


def test_nobody_is_asked_to_call_who_must_not_be_contacted(desk: Client, lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(contact_withdrawn_at=timezone.now())
    html = desk.get("/admin/").content.decode()
    assert "Do not contact" in html
    assert "#attempt" not in html


def test_failed_notices_stay_on_top(desk: Client, lead: Lead) -> None:
    OutboxMessage.objects.filter(audience="desk").update(state="dead")
    html = desk.get("/admin/").content.decode()
    assert html.index("1 notice could not be sent") < html.index("Find a lead")


@pytest.mark.parametrize("count", [1, 3, 300])
def test_page_takes_the_same_queries_for_any_number_of_leads(
    desk: Client, coordinator: User, count: int, django_assert_num_queries: Any
) -> None:
    fill(count, owner=coordinator)
    with connection.cursor() as cursor:  # nothing is decrypted
        cursor.execute("UPDATE admissions_lead SET first_name = 'v1.k1.rubbish'")
    with django_assert_num_queries(32):
        assert desk.get("/admin/").status_code == 200


# -- the counts


def test_counts_are_those_of_the_page(desk: Client) -> None:
    opened = timezone.now() - timedelta(minutes=30)
    fill(101)
    answer = desk.get(COUNTS, {"since": opened.isoformat()})
    found = answer.json()
    assert set(found["sections"]) == KEYS
    assert (found["sections"]["overdue"], found["sections"]["held"]) == ("100+", "0")
    assert found["arrived"] == "100+"
    assert "no-store" in answer["Cache-Control"]
    page = desk.get("/admin/").content.decode()
    assert f'data-counts="{COUNTS}"' in page
    since = re.search(r'data-opened="([^"]+)"', page)
    assert since is not None
    assert desk.get(COUNTS, {"since": since[1]}).json()["arrived"] == "0"


@pytest.mark.parametrize(
    "since", ["", "soon", "2026-13-45T00:00:00", "2026-01-01T00:00:00", "\x00", "9" * 5000]
)
def test_moment_that_is_none_is_now(desk: Client, since: str) -> None:
    fill(1)
    assert desk.get(COUNTS, {"since": since}).json()["arrived"] == "0"
    assert desk.get(COUNTS).json()["arrived"] == "0"


def test_counts_leave_no_event(desk: Client) -> None:
    desk.get(COUNTS)
    assert not LeadEvent.objects.exclude(kind="signed_in").exists()


@pytest.mark.parametrize("role", [roles.AUDITOR, roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER])
def test_counts_are_for_those_who_work_on_leads(
    client: Client, make_staff: Callable[..., User], role: str
) -> None:
    client.force_login(make_staff(role))
    assert client.get(COUNTS).status_code == 403


def test_counts_need_a_sign_in(client: Client) -> None:
    assert client.get(COUNTS)["Location"].startswith("/admin/login/")


# -- the links of the desk


def links(client: Client, address: str) -> list[tuple[str, str]]:
    """Return the words of the desk's links, each with what it says of where one is."""
    html = client.get(address).content.decode()
    nav = re.search(r'<nav class="desk-nav".*?</nav>', html, re.S)
    found = re.findall(
        r"<a href=\"[^\"]+\"(?: aria-current=\"(\w+)\")?>([^<]+)</a>", nav[0] if nav else ""
    )
    return [(words, current) for current, words in found]


def test_every_page_of_the_desk_begins_with_its_links(desk: Client, lead: Lead) -> None:
    names = [words for words, _current in links(desk, "/admin/")]
    assert names[:2] == ["Work queue", "Leads"]
    assert {"Calendar", "Who is away"} <= set(names)
    assert "Reports" not in names
    for address, current in (
        ("/admin/", ("Work queue", "page")),
        ("/admin/admissions/lead/", ("Leads", "page")),
        (lead.get_absolute_url(), ("Leads", "true")),
        ("/admin/away/", ("Who is away", "page")),
        ("/admin/admissions/consultation/", ("Calendar", "page")),
    ):
        assert [one for one in links(desk, address) if one[1]] == [current]


def test_managers_have_reports_too(client: Client, manager: User) -> None:
    client.force_login(manager)
    assert ("Reports", "") in links(client, "/admin/")
    assert links(client, "/admin/")[-1] == ("Audit", "")


@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR])
def test_who_does_not_work_on_leads_has_no_such_links(
    client: Client, make_staff: Callable[..., User], role: str
) -> None:
    client.force_login(make_staff(role))
    own = [("Audit", "")] if role == roles.AUDITOR else []
    assert links(client, "/admin/") == own
