"""A person's copy: all that is theirs, nothing that somebody else told us, and on record."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from admissions import audit, disclosures, erasure, personal_copy, triage
from admissions.enums import AttemptResult, Channel, ErasureReason
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import (
    CardPhoto,
    Lead,
    LeadEvent,
    OutboundReferral,
    OutboxMessage,
    SelfPayEstimate,
    VerificationResult,
)
from admissions.part2 import NOTICE
from admissions.personal_copy import Whose
from iop_site import roles
from tests.admissions.lead_tools import put, read
from tests.admissions.merge_tools import consult, do_merge, events

Make = Callable[..., Lead]
pytestmark = pytest.mark.usefixtures("provider")
FAMILY = {"role": "family", "relationship": "parent", "patient_knows": "no"}


@pytest.fixture
def full(send_insurance: Make, coordinator: User) -> Lead:
    """A lead of somebody who wrote for themselves, with one of everything on it."""
    lead = send_insurance(last_name="Quill", do_not_speak_to="Sam", role="self")
    form, access = lead.insuranceverification_set.get(), lead.accesses.get()
    CardPhoto.objects.create(form=form, side="front", image=b"a photo", width=1, height=1)
    VerificationResult.objects.create(
        lead=lead,
        form=form,
        by=coordinator,
        outcome="verified_viable",
        details={"deductible": "500", "notes": "Result note.", "levels": []},
    )
    SelfPayEstimate.objects.create(
        lead=lead,
        by=coordinator,
        details={"service": "IOP", "lines": [{"what": "Day", "charge": "300"}], "total": "900"},
        delivered_at=timezone.now(),
        delivered_how="mail",
    )
    SelfPayEstimate.objects.create(lead=lead, by=coordinator, details={"lines": [], "total": "0"})
    OutboundReferral.objects.create(lead=lead, place="River House", note="Sent.", by=coordinator)
    consult(lead, access)
    OutboxMessage.objects.create(
        kind="family_received",
        audience="family",
        lead=lead,
        access=access,
        state="sent",
        sent_at=timezone.now(),
    )
    triage.add_note(lead=lead, text="Our own note.", by=coordinator)
    triage.log_attempt(
        lead=lead,
        channel=Channel.PHONE,
        result=AttemptResult.TALKED,
        by=coordinator,
        note="They were calm.",
    )
    taken = lead.consents.order_by("pk")[0]
    taken.withdrawn_at, taken.withdrawn_channel = timezone.now(), "phone"
    taken.save()
    disclosures.record(
        lead=lead,
        by=coordinator,
        version=read(lead).version,
        recipient="A health plan",
        given=["contact"],
        purpose="payment",
        basis="consent",
    )
    return put(lead, payer=None, status="closed", close_reason="cost", next_follow_up_at=None)


def made(lead: Lead, by: User, whose: Whose = Whose.CONTACT) -> dict[str, Any]:
    """Return a copy as a machine reads it."""
    copy = personal_copy.make(lead=read(lead), whose=whose, form="json", by=by)
    return json.loads(json.dumps(copy.as_data()))


def titles(data: dict[str, Any]) -> list[str]:
    return [one["title"] for one in data["sections"]]


EVERYTHING = [
    "How you can be reached, and what stands on record about you",
    "What you sent us",
    "What you agreed to",
    "Appointments",
    "Messages we sent you",
    "What your insurance plan told us",
    "Written estimates",
    "Where we referred you to",
    "To whom we gave something about you",
    "When we tried to reach you",
    "What we wrote down",
]


def test_who_wrote_for_themselves_gets_everything(full: Lead, manager: User) -> None:
    data = made(full, manager)
    assert titles(data) == EVERYTHING
    assert data["notice"] == NOTICE
    assert data["reference"] == full.reference
    text = json.dumps(data, ensure_ascii=False)
    for words in (
        "Avery",
        "Sam",
        "XYZ123456789",  # in clear: it is theirs
        "March 27, 1985",
        "Our own note.",
        "They were calm.",
        "Result note.",
        "$500.00",
        "$900.00",
        "River House",
        "Sent.",
        "A health plan",
        "Lost: cost",
        "Taken back",
        "Given to you",
    ):
        assert words in text, words
    assert manager.username not in text
    assert "coordinator@" not in text
    (photo,) = data["card_photos"]
    assert photo["jpeg"] == "YSBwaG90bw=="
    assert events(full, "copy_made") == [{"whose": "contact", "form": "json"}]
    assert not list(audit.verify())


def test_what_others_sent_is_not_in_it_nor_notes_that_may_repeat_it(
    full: Lead, make_lead: Make, manager: User
) -> None:
    put(full, status="new", close_reason="")
    make_lead(last_name="Somebody", message="A secret of Somebody's.", email="", good_times="never")
    assert personal_copy.others(full) == 1
    data = made(full, manager)
    text = json.dumps(data)
    for words in ("Somebody", "secret", "never", "Our own note.", "calm", "Sent.", "Result note."):
        assert words not in text, words
    assert "XYZ123456789" in text
    assert set(EVERYTHING) - set(titles(data)) == {EVERYTHING[0], EVERYTHING[-1]}


def test_what_they_sent_on_a_lead_that_was_merged_is_in_it(
    full: Lead, make_lead: Make, coordinator: User, manager: User
) -> None:
    other = make_lead(message="Written earlier.", phone="", email="avery2@example.org")
    do_merge(full, other, coordinator)
    assert personal_copy.others(full) == 0
    data = made(full, manager)
    assert "Written earlier." in json.dumps(data)
    assert titles(data) == EVERYTHING


def test_relative_gets_what_they_told_us_and_nothing_about_the_patient(
    full: Lead, manager: User
) -> None:
    put(full, **FAMILY, patient_name="Rowan")
    data = made(full, manager, Whose.CONTACT)
    assert titles(data) == [*EVERYTHING[:5], EVERYTHING[9]]
    text = json.dumps(data)
    assert "Rowan" in text  # they told us
    for words in ("Our own note.", "calm", "$500.00", "$900.00", "River House", "Lost: cost"):
        assert words not in text, words
    assert data["card_photos"]


def test_patient_gets_what_is_about_them_and_not_who_told_us(full: Lead, manager: User) -> None:
    put(full, **FAMILY, patient_name="Rowan")
    data = made(full, manager, Whose.PATIENT)
    assert titles(data) == EVERYTHING[5:9]
    text = json.dumps(data)
    for words in ("Avery", "Sam", "617-555", "Our own note.", "Result note.", "Sent.", "parent"):
        assert words not in text, words
    assert "River House" in text
    assert not data["card_photos"]


def test_result_of_a_form_that_somebody_else_sent_is_not_in_it(
    full: Lead, send_insurance: Make, manager: User, coordinator: User
) -> None:
    put(full, status="new", close_reason="")
    send_insurance(first_name="Avery", member_id="OTHER7654321", last_name="Quill")
    form = full.insuranceverification_set.exclude(access__opened_lead=True).get()
    VerificationResult.objects.create(
        lead=full, form=form, by=coordinator, outcome="verified_viable", details={"deductible": "7"}
    )
    text = json.dumps(made(full, manager))
    assert "$500.00" in text
    assert "$7.00" not in text
    assert "OTHER7654321" not in text


@pytest.mark.parametrize("role", [one for one in roles.ROLES if one != roles.MANAGER])
def test_managers_alone_make_one(lead: Lead, make_staff: Any, role: str) -> None:
    with pytest.raises(NotAllowed):
        made(lead, make_staff(role, "somebody"))
    assert not LeadEvent.objects.filter(kind="copy_made").exists()


def test_there_is_none_of_what_is_erased_or_of_a_patient_who_wrote(
    lead: Lead, manager: User
) -> None:
    with pytest.raises(WorkflowError):
        made(lead, manager, Whose.PATIENT)
    erasure.erase(lead=lead, why=ErasureReason.ASKED, by=manager)
    with pytest.raises(WorkflowError):
        made(lead, manager)


# -- the page


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_page_asks_for_whom_and_shows_the_copy_to_print(desk: Client, full: Lead) -> None:
    address = f"/admin/copy/{full.pk}/"
    page = desk.get(address).content.decode()
    assert 'type="hidden" name="whose" value="contact"' in page
    answer = desk.post(address, {"whose": "contact", "form": "page"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert str(NOTICE) in page
    assert "Our own note." in page
    assert "Avery" not in page[: page.index("<body")]  # not in the title
    photo = CardPhoto.objects.get()
    assert f"/admin/admissions/lead/{full.pk}/card/{photo.pk}/" in page
    assert events(full, "copy_made")[-1]["form"] == "page"


def test_file_is_json_named_by_the_reference_and_kept_by_no_cache(desk: Client, full: Lead) -> None:
    answer = desk.post(f"/admin/copy/{full.pk}/", {"whose": "contact", "form": "json"})
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="copy-{full.reference}.json"'
    assert "no-store" in answer["Cache-Control"]
    assert titles(json.loads(answer.content)) == EVERYTHING


def test_page_of_a_lead_for_another_asks_who_asked(
    desk: Client, full: Lead, make_lead: Make
) -> None:
    put(full, **FAMILY, status="new", close_reason="")
    make_lead(last_name="Somebody", **FAMILY)
    address = f"/admin/copy/{full.pk}/"
    page = desk.get(address).content.decode()
    assert "The patient, for whom somebody else reached out" in page
    assert "One more person sent something on this lead." in page
    for rubbish in ({}, {"whose": "me", "form": "page"}, {"whose": "contact", "form": "pdf"}):
        assert desk.post(address, rubbish).status_code == 422
    assert not events(full, "copy_made")
    assert desk.post(address, {"whose": "patient", "form": "page"}).status_code == 200


def test_copy_of_what_is_erased_is_refused_and_that_is_recorded(
    desk: Client, lead: Lead, manager: User
) -> None:
    erasure.erase(lead=lead, why=ErasureReason.ASKED, by=manager)
    address = f"/admin/copy/{lead.pk}/"
    assert desk.post(address, {"whose": "contact", "form": "page"}).status_code == 409
    assert events(lead, "refused") == [{"act": "copy", "why": "WorkflowError"}]
    assert desk.get("/admin/copy/99999/").status_code == 404
