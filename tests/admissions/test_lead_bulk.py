"""What is done to several leads at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from admissions import audit, triage
from admissions.admin import bulk
from admissions.models import Absence, Lead, LeadEvent, LeadNote
from iop_site import roles
from tests.admissions.conftest import close

LIST = "/admin/admissions/lead/"
MakeLead = Callable[..., Lead]


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def leads(make_lead: MakeLead) -> list[Lead]:
    return [
        make_lead(first_name=f"N{number}", phone="", email=f"n{number}@example.org")
        for number in range(3)
    ]


def choose(client: Client, action: str, leads: list[Lead], **more: Any) -> Any:
    """Send what the list sends when leads are ticked and an action is chosen."""
    ids = [lead.pk for lead in leads]
    data = {"action": action, "index": "0", "_selected_action": ids, **more}
    return client.post(LIST, data)


def confirm(client: Client, action: str, leads: list[Lead], **more: Any) -> Any:
    """Send the page that asks, as it was shown for the leads as they are in `leads`."""
    versions = {f"version_{lead.pk}": lead.version for lead in leads}
    data = {"action": action, "post": "yes", "_selected_action": [lead.pk for lead in leads]}
    return client.post(LIST, {**data, **versions, **more})


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def fresh(leads: list[Lead]) -> list[Lead]:
    return list(Lead.objects.filter(pk__in=[lead.pk for lead in leads]).order_by("pk"))


@pytest.mark.parametrize("action", ["assign", "close", "spam"])
def test_an_action_asks_first_and_shows_whom_it_concerns(
    desk: Client, leads: list[Lead], action: str
) -> None:
    answer = choose(desk, action, leads[:2])
    assert answer.status_code == 200
    page = answer.content.decode()
    for lead in leads[:2]:
        assert lead.reference in page
        assert f'name="version_{lead.pk}" value="1"' in page
    assert leads[2].reference not in page
    assert all(lead.version == 1 for lead in fresh(leads))


def test_leads_are_assigned_each_with_an_event(
    desk: Client, leads: list[Lead], manager: User
) -> None:
    answer = confirm(desk, "assign", leads, to=manager.pk)
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert said(answer) == ["Assign to: 3 leads."]
    assert all(lead.owner == manager for lead in fresh(leads))
    assert LeadEvent.objects.filter(kind="assigned").count() == 3
    assert list(audit.verify()) == []


def test_those_that_cannot_be_are_named_with_the_reason_and_the_others_done(
    desk: Client, leads: list[Lead], manager: User, coordinator: User
) -> None:
    changed, closed, free = leads
    triage.claim(lead=changed, by=manager)
    close(closed)
    answer = confirm(desk, "close", leads, reason="not_ready", note="Asked to wait.")
    assert fresh([free])[0].close_reason == "not_ready"
    assert LeadNote.objects.get().text == "Asked to wait."
    assert fresh([changed])[0].status == "new"
    first, *others = said(answer)
    assert first == "Close with a reason: 1 lead."
    assert len(others) == 2
    text = " ".join(others)
    assert f"Not done for {changed.reference}: Somebody else changed this lead" in text
    assert f"Not done for {closed.reference}: A lead that is “Closed” cannot become" in text
    refused = LeadEvent.objects.filter(kind="refused")
    assert {one.lead_id for one in refused} == {changed.pk, closed.pk}
    assert {one.data["act"] for one in refused} == {"close"}


def test_a_coordinator_takes_no_lead_from_its_owner(
    desk: Client, leads: list[Lead], manager: User, coordinator: User
) -> None:
    triage.claim(lead=leads[0], by=manager)
    answer = confirm(desk, "assign", fresh(leads), to=coordinator.pk)
    assert said(answer)[0] == "Assign to: 2 leads."
    assert fresh(leads)[0].owner == manager


def test_nobody_who_is_away_is_given_leads(desk: Client, leads: list[Lead], manager: User) -> None:
    Absence.objects.create(user=manager, since=timezone.localdate(), by=manager)
    answer = confirm(desk, "assign", leads, to=manager.pk)
    assert said(answer)[0] == "Assign to: 0 leads."
    assert all(lead.owner is None for lead in fresh(leads))


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("assign", {}),
        ("assign", {"to": "999999"}),
        ("assign", {"to": "x"}),
        ("close", {}),
        ("close", {"reason": "king"}),
        ("close", {"reason": "referred_out"}),  # where to is said for each, on its page
        ("close", {"reason": "cost", "note": "x" * 4001}),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_done(
    desk: Client, leads: list[Lead], action: str, data: Any
) -> None:
    answer = confirm(desk, action, leads, **data)
    assert answer.status_code == 422
    assert 'class="errornote"' in answer.content.decode()
    for lead in leads:
        assert lead.reference in answer.content.decode()
    assert all(lead.version == 1 for lead in fresh(leads))


def test_who_does_not_work_on_leads_is_nobody_to_assign_to(
    desk: Client, leads: list[Lead], make_staff: Any
) -> None:
    answer = confirm(desk, "assign", leads, to=make_staff(roles.AUDITOR).pk)
    assert answer.status_code == 422


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 40, "٣", None])
def test_a_version_that_is_none_is_refused(desk: Client, lead: Lead, version: str | None) -> None:
    data = {} if version is None else {f"version_{lead.pk}": version}
    ids = {"action": "close", "post": "yes", "_selected_action": [lead.pk], "reason": "cost"}
    answer = desk.post(LIST, {**ids, **data})
    assert said(answer)[0] == "Close with a reason: 0 leads."
    assert fresh([lead])[0].version == 1


def test_held_leads_are_confirmed_as_spam_and_no_others(desk: Client, leads: list[Lead]) -> None:
    Lead.objects.filter(pk=leads[0].pk).update(quarantined_at=timezone.now(), suspicions=["links"])
    page = choose(desk, "spam", leads).content.decode()
    assert "A person may be among them." in page
    assert "Several web links" in page
    answer = confirm(desk, "spam", fresh(leads))
    assert said(answer)[0] == "Confirm as spam: 1 lead."
    held, *others = fresh(leads)
    assert (held.status, held.close_reason) == ("closed", "spam")
    assert all(lead.status == "new" for lead in others)


def test_a_held_lead_is_neither_assigned_nor_closed(
    desk: Client, leads: list[Lead], coordinator: User
) -> None:
    Lead.objects.update(quarantined_at=timezone.now())
    for action, data in (("assign", {"to": coordinator.pk}), ("close", {"reason": "cost"})):
        assert "Release it first." in said(confirm(desk, action, leads, **data))[1]
    assert all(lead.version == 1 for lead in fresh(leads))


def test_leads_that_are_not_there_are_told_and_recorded(desk: Client, leads: list[Lead]) -> None:
    ghost = Lead(pk=leads[-1].pk + 99)
    assert (
        "Some that were chosen are not there."
        in choose(desk, "close", [leads[0], ghost]).content.decode()
    )
    confirm(desk, "close", [leads[0], ghost], reason="cost")
    refused = LeadEvent.objects.get(kind="refused")
    assert (refused.lead_id, refused.data) == (None, {"act": "close", "why": "DoesNotExist"})
    assert choose(desk, "close", [ghost]).status_code == 200


@pytest.mark.shows("ASVS 2.3.2")
def test_two_hundred_at_once_are_the_most(
    desk: Client, leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    for answer in (choose(desk, "close", leads), confirm(desk, "close", leads, reason="cost")):
        assert said(answer)[-1] == "At most 2 leads at once. Nothing was done."
    assert all(lead.version == 1 for lead in fresh(leads))


def test_all_of_the_list_is_never_meant(desk: Client, leads: list[Lead]) -> None:
    page = choose(desk, "close", leads[:1], select_across="1").content.decode()
    assert leads[0].reference in page
    assert leads[1].reference not in page


def test_the_filters_of_the_list_are_kept(desk: Client, leads: list[Lead]) -> None:
    ids = [lead.pk for lead in leads]
    data = {"action": "close", "post": "yes", "_selected_action": ids, "reason": "cost"}
    versions = {f"version_{lead.pk}": 1 for lead in leads}
    # Another person's change takes one out of the filter: it is done or refused, not forgotten.
    Lead.objects.filter(pk=leads[0].pk).update(status="attempting")
    answer = desk.post(f"{LIST}?status=new&order=oldest", {**data, **versions})
    assert answer["Location"] == f"{LIST}?status=new&order=oldest"
    assert said(answer)[0] == "Close with a reason: 3 leads."


@pytest.mark.parametrize("rubbish", ["x", "1e9", "-1", "\x00", "٣", "9" * 30, ""])
def test_ids_that_are_none_are_a_bad_request(desk: Client, lead: Lead, rubbish: str) -> None:
    data = {"action": "close", "index": "0", "_selected_action": [lead.pk, rubbish]}
    assert desk.post(LIST, data).status_code == 400


@pytest.mark.parametrize("action", ["delete_selected", "destroy", "", "x" * 500])
def test_other_actions_there_are_none(desk: Client, lead: Lead, action: str) -> None:
    answer = choose(desk, action, [lead])
    assert answer.status_code == 302
    assert said(answer) == ["No action selected."]
    assert Lead.objects.count() == 1


def test_nothing_chosen_does_nothing(desk: Client, lead: Lead) -> None:
    answer = choose(desk, "close", [])
    assert "Items must be selected" in said(answer)[0]


@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR])
def test_other_roles_do_nothing_to_several_leads(
    client: Client, lead: Lead, make_staff: Any, role: str
) -> None:
    client.force_login(make_staff(role))
    assert confirm(client, "close", [lead], reason="cost").status_code == 403
    assert fresh([lead])[0].version == 1


def test_what_a_person_typed_is_text_on_the_page_that_asks(
    desk: Client, make_lead: MakeLead
) -> None:
    lead = make_lead(first_name="<script>alert(1)</script>")
    assert "<script>alert" not in choose(desk, "close", [lead]).content.decode()


def test_asking_costs_the_same_however_many(
    desk: Client, make_lead: MakeLead, django_assert_max_num_queries: Any
) -> None:
    some = [
        make_lead(first_name=f"M{number}", phone="", email=f"m{number}@example.org")
        for number in range(20)
    ]
    Lead.objects.update(received_at=timezone.now() - timedelta(days=1))
    with django_assert_max_num_queries(25):
        assert choose(desk, "assign", some).status_code == 200
