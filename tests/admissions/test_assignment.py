"""Whose a lead is: claimed, assigned, handed over, never stuck with somebody who is absent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions import audit, staffing, triage
from admissions.enums import AttemptResult, Channel
from admissions.exceptions import (
    NotAllowed,
    StaleVersion,
    TransitionRefused,
    WorkflowError,
)
from admissions.models import Lead, LeadEvent, LeadNote
from admissions.timeline import timeline
from iop_site import roles
from tests.admissions.conftest import dump, writes_fail
from tests.threads import run_together

Staff = Callable[..., User]


@pytest.fixture
def other(make_staff: Staff) -> User:
    return make_staff(roles.COORDINATOR, "other")


def go_away(user: User) -> None:
    staffing.go_away(user=user, since=timezone.localdate(), until=None, by=user)


def refused(call: Callable[[], object], error: type[Exception], words: str) -> None:
    """Check that a call is refused in these words, and that nothing is written."""
    before = dump()
    with pytest.raises(error, match=words):
        call()
    assert dump() == before


def assign(lead: Lead, to: User, by: User, version: int | None = None) -> Lead:
    return triage.assign(lead=lead, to=to, by=by, version=version or lead.version)


def hand_over(lead: Lead, to: User, by: User, note: str = "Call them at four.") -> Lead:
    return triage.hand_over(lead=lead, to=to, note=note, by=by, version=lead.version)


# -- claim


def test_claim_of_what_somebody_absent_has_says_from_whom(
    lead: Lead, coordinator: User, other: User
) -> None:
    triage.claim(lead=lead, by=other)
    go_away(other)
    assert triage.claim(lead=lead, by=coordinator).owner == coordinator
    assert LeadEvent.objects.latest("sequence").data == {"owner": [other.pk, coordinator.pk]}


@pytest.mark.parametrize("lost", ["is_active", "is_staff", "role"])
def test_claim_of_what_somebody_has_who_is_gone(
    lead: Lead, coordinator: User, other: User, lost: str
) -> None:
    triage.claim(lead=lead, by=other)
    if lost == "role":
        other.groups.clear()
    else:
        User.objects.filter(pk=other.pk).update(**{lost: False})
    assert triage.claim(lead=lead, by=coordinator).owner == coordinator


def test_claim_while_away_is_refused_and_says_what_to_do(lead: Lead, coordinator: User) -> None:
    go_away(coordinator)
    refused(
        lambda: triage.claim(lead=lead, by=coordinator), TransitionRefused, "Mark yourself as back"
    )


def test_claim_makes_the_promised_call_the_first_step_unless_there_is_one(
    make_lead: Callable[..., Lead], coordinator: User
) -> None:
    lead = make_lead()
    assert triage.claim(lead=lead, by=coordinator).next_follow_up_at == lead.respond_by
    lead = make_lead(email="second@example.org", phone="")
    step = timezone.now() + timedelta(days=1)
    Lead.objects.filter(pk=lead.pk).update(next_follow_up_at=step)
    assert triage.claim(lead=lead, by=coordinator).next_follow_up_at == step


# -- assign


def test_assign_gives_a_lead_to_a_colleague(lead: Lead, coordinator: User, other: User) -> None:
    given = assign(lead, other, coordinator)
    assert (given.owner, given.version) == (other, lead.version + 1)
    assert given.next_follow_up_at == lead.respond_by
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.data) == ("assigned", {"owner": [None, other.pk]})
    assert event.actor == coordinator.username


def test_assign_of_what_a_colleague_has_is_for_managers(
    lead: Lead, coordinator: User, other: User, manager: User
) -> None:
    triage.claim(lead=lead, by=other)
    lead.refresh_from_db()
    for by in (coordinator, other):
        refused(lambda by=by: assign(lead, coordinator, by), NotAllowed, "hand it over")
    assert assign(lead, coordinator, manager).owner == coordinator


def test_assign_of_what_somebody_absent_has_is_for_everybody(
    lead: Lead, coordinator: User, other: User, manager: User
) -> None:
    triage.claim(lead=lead, by=other)
    go_away(other)
    lead.refresh_from_db()
    assert assign(lead, manager, coordinator).owner == manager


def test_assign_to_who_cannot_take_it_is_refused(
    lead: Lead, coordinator: User, other: User, manager: User, make_staff: Staff
) -> None:
    go_away(other)
    gone = make_staff(roles.COORDINATOR, "gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    writer = make_staff(roles.CONTENT_EDITOR)
    for to in (other, gone, writer):
        refused(lambda to=to: assign(lead, to, manager), TransitionRefused, "Choose somebody else")
    lead = triage.claim(lead=lead, by=coordinator)
    refused(lambda: assign(lead, coordinator, manager), TransitionRefused, "already")


def test_assign_of_a_page_that_is_old_is_refused(
    lead: Lead, coordinator: User, other: User, manager: User
) -> None:
    triage.claim(lead=lead, by=coordinator)
    refused(lambda: assign(lead, other, manager), StaleVersion, "Somebody else")


# -- hand over


def test_hand_over_keeps_the_note_and_shows_it_once(
    lead: Lead, coordinator: User, other: User
) -> None:
    lead = triage.claim(lead=lead, by=coordinator)
    given = hand_over(lead, other, coordinator)
    assert given.owner == other
    note = LeadNote.objects.get()
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.data) == (
        "handed_over",
        {"owner": [coordinator.pk, other.pk], "note": note.pk},
    )
    entries = timeline(given)
    assert [entry.text for entry in entries if entry.text] == ["Call them at four."]
    assert entries[0].detail == f"{coordinator.username} → {other.username}"
    assert entries[1].detail == coordinator.username
    triage.release(lead=given, by=other)
    assert timeline(given)[0].detail == f"{other.username} → –"


def test_hand_over_is_for_the_owner_and_managers(
    lead: Lead, coordinator: User, other: User, manager: User
) -> None:
    lead = triage.claim(lead=lead, by=coordinator)
    refused(lambda: hand_over(lead, other, other), NotAllowed, "owner or a manager")
    lead = hand_over(lead, other, manager)
    assert hand_over(lead, coordinator, other).owner == coordinator


def test_hand_over_needs_a_note_and_an_owner(
    lead: Lead, coordinator: User, other: User, manager: User
) -> None:
    refused(lambda: hand_over(lead, other, manager), TransitionRefused, "Nobody has this lead")
    lead = triage.claim(lead=lead, by=coordinator)
    for note in ("", " \n"):
        refused(lambda note=note: hand_over(lead, other, coordinator, note), WorkflowError, "note")


def test_hand_over_to_who_is_away_is_refused_with_its_note(
    lead: Lead, coordinator: User, other: User
) -> None:
    lead = triage.claim(lead=lead, by=coordinator)
    go_away(other)
    refused(lambda: hand_over(lead, other, coordinator), TransitionRefused, "is away")
    assert not LeadNote.objects.exists()


def test_hand_over_keeps_the_next_step(lead: Lead, coordinator: User, other: User) -> None:
    step = timezone.now() + timedelta(days=2)
    triage.claim(lead=lead, by=coordinator)
    triage.log_attempt(
        lead=lead,
        channel=Channel.PHONE,
        result=AttemptResult.TALKED,
        by=coordinator,
        next_follow_up_at=step,
    )
    lead.refresh_from_db()
    assert hand_over(lead, other, coordinator).next_follow_up_at == step


# -- both


@pytest.mark.parametrize("verb", [assign, hand_over])
def test_giving_is_refused_to_others_and_of_what_is_held(
    lead: Lead, coordinator: User, other: User, manager: User, make_staff: Staff, verb: Callable
) -> None:
    lead = triage.claim(lead=lead, by=other)
    for role in (roles.AUDITOR, roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER):
        by = make_staff(role)
        refused(lambda by=by: verb(lead, coordinator, by), NotAllowed, "role")
    Lead.objects.filter(pk=lead.pk).update(quarantined_at=timezone.now())
    refused(lambda: verb(lead, coordinator, manager), TransitionRefused, "suspected spam")


@pytest.mark.parametrize("verb", [assign, hand_over])
@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_chainhead"])
def test_giving_whose_event_cannot_be_written_changes_nothing(
    lead: Lead, coordinator: User, manager: User, verb: Callable, table: str
) -> None:
    lead = triage.claim(lead=lead, by=coordinator)
    with writes_fail(table, "UPDATE" if table.endswith("head") else "INSERT"):
        refused(lambda: verb(lead, manager, manager), OperationalError, "disk full")


@pytest.mark.django_db(transaction=True)
def test_one_lead_assigned_by_many_at_once_has_one_owner(
    lead: Lead, manager: User, make_staff: Staff
) -> None:
    staff = [make_staff(roles.COORDINATOR, f"staff{number}") for number in range(6)]
    results = run_together(6, lambda number: assign(lead, staff[number], manager, lead.version))
    assert sorted(type(one).__name__ for one in results) == ["Lead"] + ["StaleVersion"] * 5
    assert LeadEvent.objects.filter(kind="assigned").count() == 1
    assert list(audit.verify()) == []


# -- on the lead's page


def page(client: Client, lead: Lead) -> str:
    return client.get(reverse("admin:admissions_lead_change", args=[lead.pk])).content.decode()


def post(client: Client, lead: Lead, action: str, **data: object) -> tuple[int, str]:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
    answer = client.post(address, {"version": lead.version, **data})
    return answer.status_code, answer.content.decode()


def buttons(html: str) -> list[str]:
    return [name for name in ("claim", "assign", "release", "handover") if f"/{name}/" in html]


def test_page_offers_what_may_be_done_with_the_owner(
    client: Client, lead: Lead, coordinator: User, other: User, manager: User
) -> None:
    client.force_login(coordinator)
    assert buttons(page(client, lead)) == ["claim", "assign"]
    triage.claim(lead=lead, by=coordinator)
    assert buttons(page(client, lead)) == ["release", "handover"]
    client.force_login(other)
    assert buttons(page(client, lead)) == []
    client.force_login(manager)
    assert buttons(page(client, lead)) == ["release", "handover"]
    go_away(coordinator)
    assert buttons(page(client, lead)) == ["claim", "assign", "release", "handover"]
    client.force_login(other)
    html = page(client, lead)
    assert buttons(html) == ["claim", "assign"]
    assert "Away or no longer here" in html


def test_page_marks_who_is_away_and_refuses_them_in_words(
    client: Client, lead: Lead, coordinator: User, other: User
) -> None:
    go_away(other)
    client.force_login(coordinator)
    assert "other@example.org (away)" in page(client, lead)
    status, html = post(client, lead, "assign", to=other.pk)
    assert (status, "is away or does not work on leads" in html) == (409, True)
    lead.refresh_from_db()
    assert lead.owner is None


@pytest.mark.parametrize("to", ["", "x", "0", "999999", "-1", "9" * 30])
def test_rubbish_is_nobody_to_give_a_lead_to(
    client: Client, lead: Lead, coordinator: User, to: str
) -> None:
    client.force_login(coordinator)
    assert post(client, lead, "assign", to=to)[0] == 422
    triage.claim(lead=lead, by=coordinator)
    lead.refresh_from_db()
    status, html = post(client, lead, "handover", to=to, note="They asked for evenings.")
    assert (status, "They asked for evenings." in html) == (422, True)


def test_lead_is_assigned_and_handed_over_on_the_page(
    client: Client, lead: Lead, coordinator: User, manager: User, other: User
) -> None:
    client.force_login(manager)
    assert post(client, lead, "assign", to=coordinator.pk)[0] == 302
    lead.refresh_from_db()
    assert lead.owner == coordinator
    client.force_login(coordinator)
    assert post(client, lead, "handover", to=other.pk, note="At four.")[0] == 302
    lead.refresh_from_db()
    assert lead.owner == other
    assert "At four." in page(client, lead)


def test_nobody_deletes_a_user_so_that_no_lead_rests_with_nobody(
    client: Client, lead: Lead, coordinator: User
) -> None:
    triage.claim(lead=lead, by=coordinator)
    client.force_login(User.objects.create_superuser("root@example.org"))
    one, many = reverse("admin:auth_user_delete", args=[coordinator.pk]), "/admin/auth/user/"
    chosen = {"action": "delete_selected", "_selected_action": coordinator.pk, "post": "yes"}
    assert client.get(one).status_code == client.post(one, {"post": "yes"}).status_code == 403
    client.post(many, chosen)
    assert User.objects.filter(pk=coordinator.pk).exists()
    assert Group.objects.get(name=roles.COORDINATOR).user_set.count() == 1
