"""Erasing and keeping on a lead's page, and the page of the rules: managers alone, recorded."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from admissions import erasure, retention
from admissions.enums import ErasureReason
from admissions.models import Lead, SelfPayEstimate
from tests.admissions.lead_tools import put, read
from tests.admissions.merge_tools import events

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def page_of(desk: Client, lead: Lead) -> str:
    return desk.get(f"/admin/admissions/lead/{lead.pk}/change/").content.decode()


def act(desk: Client, lead: Lead, action: str, **data: Any) -> Any:
    data = {"version": read(lead).version, **data}
    return desk.post(f"/admin/admissions/lead/{lead.pk}/{action}/", data)


def erase(desk: Client, lead: Lead, **changes: Any) -> Any:
    return act(desk, lead, "erase", **{"why": "asked", "reference": lead.reference, **changes})


def test_manager_erases_by_typing_the_reference(desk: Client, lead: Lead) -> None:
    put(lead, deletion_requested_at=lead.received_at)
    assert "Erase it for good" in page_of(desk, lead)
    assert erase(desk, lead, reference=f" {lead.reference[:4].lower()}-{lead.reference[4:]}").url
    lead = read(lead)
    assert lead.erased_at
    page = page_of(desk, lead)
    assert "Erased on" in page
    assert "Erase it for good" not in page
    assert "Avery" not in page
    assert "In the consent ledger" in page  # the proof stays
    assert "Withdraw (they told us)" not in page
    assert "The person asked us to delete it" in page  # why, in what happened
    listed = desk.get("/admin/admissions/lead/").content.decode()
    assert '<strong class="desk-flag">Erased</strong>' in listed
    assert "Nobody has asked us to delete their data." in desk.get("/admin/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": ""},
        {"reference": "ABCDEFGH"},
        {"reference": "x" * 200},
        {"why": ""},
        {"why": "retention"},  # no choice of staff
        {"why": "whim"},
    ],
    ids=["blank", "another", "long", "no reason", "not theirs", "none of these"],
)
def test_wrong_reference_or_reason_erases_nothing(
    desk: Client, lead: Lead, wrong: dict[str, str]
) -> None:
    answer = erase(desk, lead, **wrong)
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.content.decode()
    assert read(lead).first_name == "Avery"


def test_what_must_be_kept_is_refused_with_the_reason(desk: Client, lead: Lead) -> None:
    put(lead, status="admitted")
    assert "20 years" in page_of(desk, lead)
    answer = erase(desk, lead)
    assert answer.status_code == 409
    assert "105 CMR 140.302" in answer.content.decode()
    assert events(lead, "refused") == [{"act": "erase", "why": "WorkflowError"}]
    assert read(lead).first_name == "Avery"


def test_coordinator_is_refused_before_anything_is_read(
    client: Client, lead: Lead, coordinator: User
) -> None:
    client.force_login(coordinator)
    assert "Erase it for good" not in page_of(client, lead)
    for action in ("erase", "hold"):
        assert act(client, lead, action).status_code == 403
    assert [one["act"] for one in events(lead, "refused")] == ["erase", "hold"]


def test_hold_is_set_and_ended_with_a_reason(desk: Client, lead: Lead) -> None:
    assert act(desk, lead, "hold", on="True").status_code == 422  # without a reason
    assert act(desk, lead, "hold", on="True", note="Case 7.").status_code == 302
    page = page_of(desk, lead)
    assert "Kept for a legal reason since" in page
    assert "Case 7." in page
    assert "kept for a legal reason since" in page  # the field, in what happened
    assert erase(desk, lead).status_code == 409
    assert act(desk, lead, "hold", on="False", note="Over.").status_code == 302
    assert read(lead).legal_hold_at is None
    assert erase(desk, lead).status_code == 302


def test_erased_lead_leads_to_the_estimate_that_was_given(
    desk: Client, lead: Lead, manager: User
) -> None:
    given = SelfPayEstimate.objects.create(
        lead=lead,
        by=manager,
        details={"lines": [], "total": "0", "places": []},
        delivered_at=lead.received_at,
        delivered_how="mail",
    )
    erasure.erase(lead=lead, why=ErasureReason.ASKED, by=manager)
    assert f'href="{given.get_absolute_url()}"' in page_of(desk, lead)
    assert desk.get(given.get_absolute_url()).status_code == 200


def test_rules_are_shown_with_what_is_due_and_what_was_done(desk: Client, lead: Lead) -> None:
    page = desk.get("/admin/retention/").content.decode()
    assert "Is the worker running?" in page
    for rule in retention.RULES:
        assert str(rule.what).replace("'", "&#x27;") in page
    assert 'aria-current="page">How long kept' in page.replace("\n", "")
    put(lead, status="closed", close_reason="cost", status_changed_at="2020-01-01T12:00Z")
    while retention.step():
        pass
    page = desk.get("/admin/retention/").content.decode()
    assert "All that was due that day is done" in page
    assert desk.post("/admin/retention/").status_code == 405


def test_rules_are_for_managers(client: Client, coordinator: User) -> None:
    client.force_login(coordinator)
    assert client.get("/admin/retention/").status_code == 403
