"""Demo leads are what the workflow would have left, in bulk."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from admissions import audit, demo, duplicates, search, staffing
from admissions.enums import OPEN_STATUSES
from admissions.models import InsuranceVerification, Lead, LeadEvent, StatusAccess

pytestmark = pytest.mark.usefixtures("starter_content")


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> list[Lead]:
    """Six hundred demo leads, in several transactions."""
    monkeypatch.setattr(demo, "CHUNK", 250)
    call_command("seed_demo", "--leads", "600", "--seed", "5", verbosity=0)
    return list(Lead.objects.filter(is_demo=True))


def test_demo_leads_are_of_every_kind_that_the_desk_tells_apart(leads: list[Lead]) -> None:
    assert len({lead.source for lead in leads}) >= 6
    assert {lead.response for lead in leads} == {"", "in_time", "late"}
    assert len({lead.language_code for lead in leads}) >= 4
    assert len({lead.owner_id for lead in leads}) == 4
    assert len({lead.payer_id for lead in leads}) >= 5
    for column in ("call_due_at", "follow_up_due_at", "adrift_since", "vob_waiting_since"):
        assert any(getattr(lead, column) for lead in leads), column
    for column in ("held_since", "estimate_owed_on", "deletion_requested_at"):
        assert any(getattr(lead, column) for lead in leads), column
    assert list(audit.verify()) == []


def test_demo_leads_are_as_the_workflow_leaves_them(leads: list[Lead]) -> None:
    now = timezone.now()
    insured = dict(InsuranceVerification.objects.values_list("lead", "payer"))
    for lead in leads:
        is_open = lead.status in OPEN_STATUSES
        assert is_open or lead.next_follow_up_at is None
        assert bool(lead.response) == (lead.first_attempt_at is not None)
        if lead.first_attempt_at:
            assert lead.received_at < lead.first_attempt_at <= now
            assert (lead.response == "in_time") == (lead.first_attempt_at <= lead.respond_by)
            assert lead.owner is not None
        assert lead.payer_id == insured.get(lead.pk)
        checks = [(one.outcome, one.reverify_on) for one in lead.verification_results.all()]
        is_viable = lead.vob_status == "verified_viable"
        assert checks == ([(lead.vob_status, lead.vob_expires_on)] if is_viable else [])
        assert bool(lead.language) == bool(lead.language_code)
        if lead.quarantined_at:
            assert lead.suspicions
            assert lead.first_attempt_at is None
        kinds = list(LeadEvent.objects.filter(lead=lead).values_list("kind", flat=True))
        assert ("claimed" in kinds) == (lead.owner_id is not None)
        assert ("quarantined" in kinds) == (lead.quarantined_at is not None)
        assert ("estimate_requested" in kinds) == (lead.estimate_requested_at is not None)


def test_demo_leads_are_found_by_what_leads_are_found_by(leads: list[Lead]) -> None:
    form = InsuranceVerification.objects.latest("pk")
    assert search.look_up(form.answers["member_id"]).ids == [form.lead_id]
    name = f"{form.lead.last_name[:6]} {form.lead.first_name[:3]}"
    assert form.lead_id in search.look_up(name).ids
    assert form.lead_id in search.newest_with(duplicates.patient_keys(form.answers))
    other = search.look_up("nobody of that name")
    assert other.ids == []


def test_demo_coordinators_can_have_leads_but_neither_sign_in_nor_be_written_to(
    leads: list[Lead], client: Any
) -> None:
    clerks = User.objects.filter(username__startswith="demo-")
    assert set(staffing.takers(timezone.localdate())) >= set(clerks)
    for clerk in clerks:
        assert not clerk.has_usable_password()
        assert clerk.email == ""
    call_command("seed_demo", "--leads", "1", "--seed", "6", verbosity=0)
    assert clerks.count() == 3


def test_references_of_a_million_demo_leads_are_each_their_own() -> None:
    some = {demo._reference(number) for number in range(1, 20_001)}
    assert len(some) == 20_000
    assert all(len(one) == 8 for one in some)
    assert not StatusAccess.objects.filter(reference__in=list(some)[:100]).exists()
