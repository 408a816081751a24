"""The lead's page and its actions over HTTP: who may, what is refused, what stays."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from admissions.admin.lead_actions import ACTIONS
from admissions.models import Lead, LeadEvent, LeadNote
from iop_site import roles


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def page_of(lead: Lead) -> str:
    return reverse("admin:admissions_lead_change", args=[lead.pk])


def act(client: Client, lead: Lead, action: str, **data: Any) -> Any:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
    return client.post(address, {"version": lead.version, **data})


def test_the_page_shows_the_person_and_how_they_may_be_reached(desk: Client, lead: Lead) -> None:
    page = desk.get(page_of(lead)).content.decode()
    for words in ("Avery", "Quill", "+1 617-555-0101", "NO voicemail", "NO text messages"):
        assert words in page
    assert "Inquiry received" in page


@pytest.mark.shows("45 CFR 164.312(b)", "201 CMR 17.04(4)")
def test_opening_the_page_is_recorded_and_does_not_crowd_the_timeline(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    page = desk.get(page_of(lead)).content.decode()
    viewed = LeadEvent.objects.get(kind="viewed")
    assert (viewed.lead_id, viewed.actor) == (lead.pk, coordinator.username)
    assert "Opened" not in page
    desk.get("/admin/admissions/lead/")
    opened = LeadEvent.objects.filter(kind="viewed").latest("sequence")
    assert (opened.lead_id, opened.data) == (None, {"page": "admissions_lead_changelist"})


def test_what_is_wrong_is_said_and_what_was_typed_stays(desk: Client, lead: Lead) -> None:
    answer = act(desk, lead, "attempt", channel="pigeon", note="They asked for evenings.")
    assert answer.status_code == 422
    assert "They asked for evenings." in answer.content.decode()
    lead.refresh_from_db()
    assert lead.attempts == 0


def test_a_note_of_ten_thousand_characters_is_kept_and_a_longer_one_is_shown_again(
    desk: Client, lead: Lead
) -> None:
    assert act(desk, lead, "note", text="x" * 10_000).status_code == 302
    answer = act(desk, lead, "note", text="y" * 10_001)
    assert answer.status_code == 422
    assert "y" * 10_001 in answer.content.decode()
    assert LeadNote.objects.count() == 1


def test_claiming_from_the_queue_returns_to_the_queue(desk: Client, lead: Lead) -> None:
    answer = act(desk, lead, "claim", back="queue")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    answer = act(desk, lead, "claim", back="https://elsewhere.example/")
    assert answer["Location"] == page_of(lead)


@pytest.mark.shows("ASVS 15.3.5")
@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 40])
def test_a_version_that_is_none_is_refused(desk: Client, lead: Lead, version: str) -> None:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, "move"])
    answer = desk.post(address, {"version": version, "to": "attempting"})
    assert answer.status_code in (409, 422)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "role", [one for one in roles.ROLES if one not in ("coordinator", "manager")]
)
def test_other_roles_neither_see_nor_change_a_lead(
    client: Client, lead: Lead, make_staff: Any, role: str, action: str
) -> None:
    client.force_login(make_staff(role))
    assert client.get(page_of(lead)).status_code == 403
    assert act(client, lead, action, text="x").status_code == 403
    lead.refresh_from_db()
    assert lead.version == 1
    refused = LeadEvent.objects.filter(kind="refused", lead=lead).order_by("sequence")
    assert [event.data["act"] for event in refused] == ["open", action]


def test_without_a_sign_in_everything_leads_to_it(client: Client, lead: Lead) -> None:
    for answer in (client.get(page_of(lead)), act(client, lead, "claim")):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


@pytest.mark.shows("ASVS 8.2.2")
def test_guessed_leads_and_actions_are_not_found(desk: Client, lead: Lead) -> None:
    assert desk.get(reverse("admin:admissions_lead_change", args=[lead.pk + 99])).status_code == 404
    assert desk.get("/admin/admissions/lead/abc/change/").status_code == 404
    assert act(desk, lead, "destroy").status_code == 404
    assert desk.post(f"/admin/admissions/lead/{lead.pk + 99}/claim/").status_code == 404
    refused = LeadEvent.objects.filter(kind="refused", lead=None).order_by("sequence")
    assert [event.data for event in refused] == [
        {"act": act, "why": "DoesNotExist"} for act in ("open", "open", "claim")
    ]


def test_an_action_is_never_a_plain_visit_and_a_page_never_a_plain_save(
    desk: Client, lead: Lead
) -> None:
    claim = reverse("admin:admissions_lead_act", args=[lead.pk, "claim"])
    assert desk.get(claim).status_code == 405
    assert desk.post(page_of(lead), {"status": "admitted"}).status_code == 405
    assert desk.get("/admin/admissions/lead/add/").status_code == 403
    assert desk.post(f"/admin/admissions/lead/{lead.pk}/delete/").status_code == 404


@pytest.mark.shows("201 CMR 17.04(5)", "ASVS 14.3.2")
def test_desk_pages_are_kept_by_nobody(desk: Client, lead: Lead) -> None:
    for address in ("/admin/", "/admin/admissions/lead/", page_of(lead)):
        assert "no-store" in desk.get(address)["Cache-Control"]
