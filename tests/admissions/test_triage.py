"""What staff do with a lead: every verb, its rules, and what it leaves behind."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError
from django.utils import timezone

from admissions import audit, enums, follow_up, triage
from admissions.enums import AttemptResult, Channel, CloseReason, EventKind, LeadStatus, VobStatus
from admissions.exceptions import (
    AgainstWishes,
    NotAllowed,
    StaleVersion,
    TransitionRefused,
    WorkflowError,
)
from admissions.models import ContactAttempt, Lead, LeadEvent, LeadNote, OutboxMessage
from admissions.office_hours import Schedule
from admissions.timeline import timeline
from iop_site import roles
from tests.admissions.conftest import close, dump, writes_fail
from tests.admissions.test_enums import ALLOWED, PAIRS
from tests.threads import run_together


def put(lead: Lead, **values: Any) -> Lead:
    """Put a lead into a state without the workflow, as the start of a test."""
    if values.get("status") == "closed":
        values.setdefault("close_reason", "cost")
    Lead.objects.filter(pk=lead.pk).update(**values)
    lead.refresh_from_db()
    return lead


def ready(lead: Lead, status: str, by: User) -> Lead:
    """Return the lead in a status, with everything there that any move could need."""
    now = timezone.now()
    ContactAttempt.objects.create(lead=lead, by=by, channel="phone", result="talked")
    return put(
        lead,
        status=status,
        attempts=9,
        vob_status="verified_viable",
        first_attempt_at=now,
        first_contact_at=now,
    )


def move(lead: Lead, to: str, by: User, **more: Any) -> Lead:
    more.setdefault("version", lead.version)
    return triage.transition(lead=lead, to=LeadStatus(to), by=by, **more)


def last_event(lead: Lead) -> LeadEvent:
    return LeadEvent.objects.filter(lead=lead).order_by("-sequence")[0]


def stays_as_it_is(
    verb: Callable[[], object], error: type[Exception], match: str | None = None
) -> None:
    """Check that a verb is refused and leaves not one row different."""
    before = dump()
    with pytest.raises(error, match=match):
        verb()
    assert dump() == before


# -- the pipeline, cell by cell, for both roles


@pytest.mark.shows("ASVS 2.3.1")
@pytest.mark.parametrize(("here", "there"), PAIRS)
@pytest.mark.parametrize("role", [roles.COORDINATOR, roles.MANAGER])
def test_transition_is_made_where_the_pipeline_has_it_and_refused_elsewhere(
    lead: Lead, make_staff: Callable[[str], User], role: str, here: str, there: str
) -> None:
    by = make_staff(role)
    ready(lead, here, by)
    allowed = (here, there) in ALLOWED or (
        role == roles.MANAGER and (here, there) == ("admitted", "admission_scheduled")
    )

    def go() -> Lead:
        return move(lead, there, by, reason="cost" if there == "closed" else "", note="Why.")

    if not allowed:
        stays_as_it_is(go, TransitionRefused)
        return
    moved = go()
    stored = Lead.objects.get(pk=lead.pk)
    assert moved.status == stored.status == there
    assert stored.version == lead.version + 1
    event = last_event(lead)
    assert event.kind == "status_changed"
    assert event.actor == by.get_username()
    assert event.data["status"] == [here, there]
    assert list(audit.verify()) == []


def test_allowed_moves_are_what_the_role_may_choose_from(
    lead: Lead, coordinator: User, manager: User
) -> None:
    put(lead, status="admitted")
    assert triage.allowed_moves(lead, coordinator) == ()
    assert triage.allowed_moves(lead, manager) == (LeadStatus.ADMISSION_SCHEDULED,)
    put(lead, status="new")
    assert triage.allowed_moves(lead, coordinator) == triage.allowed_moves(lead, manager)


def test_transition_tells_both_statuses_in_words(lead: Lead, coordinator: User) -> None:
    with pytest.raises(TransitionRefused, match="“New” cannot become “Admitted”"):
        move(lead, "admitted", coordinator)


def test_transition_keeps_the_time_of_the_change(lead: Lead, coordinator: User) -> None:
    later = timezone.now() + timedelta(days=3)
    with time_machine.travel(later, tick=False):
        moved = move(lead, "attempting", coordinator)
    assert moved.status_changed_at == later
    assert last_event(lead).at == later


# -- guards


@pytest.mark.parametrize("here", ["new", "attempting", "nurture"])
@pytest.mark.parametrize(
    "result", [result for result in AttemptResult.values if result not in enums.LIVE_RESULTS]
)
def test_contacted_needs_a_conversation(
    lead: Lead, coordinator: User, here: str, result: str
) -> None:
    put(lead, status=here)
    ContactAttempt.objects.create(lead=lead, by=coordinator, channel="phone", result=result)
    stays_as_it_is(
        lambda: move(lead, "contacted", coordinator), TransitionRefused, "live conversation"
    )
    assert triage.missing_for(lead, LeadStatus.CONTACTED)


@pytest.mark.parametrize("result", enums.LIVE_RESULTS)
def test_contacted_is_reached_after_a_conversation(
    lead: Lead, coordinator: User, result: AttemptResult
) -> None:
    triage.log_attempt(lead=lead, channel=Channel.PHONE, result=result, by=coordinator)
    lead.refresh_from_db()
    assert triage.missing_for(lead, LeadStatus.CONTACTED) == ""
    assert move(lead, "contacted", coordinator).status == "contacted"


def test_conversation_with_another_lead_does_not_count(
    make_lead: Callable[..., Lead], coordinator: User
) -> None:
    one, other = make_lead(), make_lead(first_name="Blake", phone="", email="blake@example.org")
    triage.log_attempt(
        lead=other, channel=Channel.PHONE, result=AttemptResult.TALKED, by=coordinator
    )
    with pytest.raises(TransitionRefused):
        move(one, "contacted", coordinator)


@pytest.mark.parametrize("here", ["assessed", "waitlisted"])
@pytest.mark.parametrize("vob", VobStatus.values)
@pytest.mark.parametrize("estimate", [False, True])
def test_admission_needs_a_viable_verification_or_self_pay_with_the_estimate(
    lead: Lead, coordinator: User, here: str, vob: str, estimate: bool
) -> None:
    put(
        lead,
        status=here,
        vob_status=vob,
        estimate_delivered_at=timezone.now() if estimate else None,
    )
    if vob == "verified_viable" or (vob == "not_applicable" and estimate):
        assert move(lead, "admission_scheduled", coordinator).status == "admission_scheduled"
    else:
        stays_as_it_is(
            lambda: move(lead, "admission_scheduled", coordinator),
            TransitionRefused,
            "viable verification",
        )


def test_manager_takes_an_admission_back_whatever_the_verification_says(
    lead: Lead, manager: User
) -> None:
    put(lead, status="admitted", vob_status="expired")
    assert move(lead, "admission_scheduled", manager).status == "admission_scheduled"


# -- closing and reopening


@pytest.mark.parametrize(
    "reason", [one for one in CloseReason.values if one not in ("unreachable", "referred_out")]
)
def test_closing_keeps_its_reason(lead: Lead, coordinator: User, reason: str) -> None:
    put(lead, next_follow_up_at=timezone.now())
    closed = move(lead, "closed", coordinator, reason=reason)
    closed.refresh_from_db()
    assert (closed.status, closed.close_reason) == ("closed", reason)
    assert closed.next_follow_up_at is None
    assert last_event(lead).data == {"status": ["new", "closed"], "reason": reason}


@pytest.mark.parametrize("reason", ["", "because", "Lost: cost", " cost"])
def test_closing_without_a_reason_of_the_list_is_refused(
    lead: Lead, coordinator: User, reason: str
) -> None:
    stays_as_it_is(
        lambda: move(lead, "closed", coordinator, reason=reason), TransitionRefused, "reason"
    )


@pytest.mark.parametrize("attempts", [0, 1, 4])
def test_unreachable_needs_the_configured_number_of_attempts(
    lead: Lead, coordinator: User, attempts: int
) -> None:
    put(lead, attempts=attempts)
    stays_as_it_is(
        lambda: move(lead, "closed", coordinator, reason="unreachable"),
        TransitionRefused,
        f"needs 5 attempts; there are {attempts}",
    )


def test_unreachable_is_accepted_after_the_last_attempt_it_needs(
    lead: Lead, coordinator: User, settings: Any
) -> None:
    settings.UNREACHABLE_ATTEMPTS = 3
    for number in range(3):
        lead.refresh_from_db()
        if number:
            with pytest.raises(TransitionRefused):
                move(lead, "closed", coordinator, reason="unreachable")
        triage.log_attempt(
            lead=lead, channel=Channel.PHONE, result=AttemptResult.NO_ANSWER, by=coordinator
        )
    lead.refresh_from_db()
    assert move(lead, "closed", coordinator, reason="unreachable").close_reason == "unreachable"


@pytest.mark.parametrize("where", ["", "   "])
def test_referred_out_needs_where_to(lead: Lead, coordinator: User, where: str) -> None:
    stays_as_it_is(
        lambda: move(lead, "closed", coordinator, reason="referred_out", referred_to=where),
        TransitionRefused,
        "referred to",
    )


def test_referred_out_keeps_where_to_and_the_event_does_not_say_it(
    lead: Lead, coordinator: User
) -> None:
    move(lead, "closed", coordinator, reason="referred_out", referred_to=" Harbor Clinic ")
    lead.refresh_from_db()
    assert lead.referred_to == "Harbor Clinic"
    assert "Harbor" not in str(last_event(lead).data)


@pytest.mark.parametrize("note", ["", " \n "])
def test_reopening_needs_a_note(lead: Lead, coordinator: User, note: str) -> None:
    close(lead)
    stays_as_it_is(
        lambda: move(lead, "attempting", coordinator, note=note), TransitionRefused, "note"
    )


def test_reopening_takes_the_reason_off_and_keeps_the_note(lead: Lead, coordinator: User) -> None:
    close(lead)
    moved = move(lead, "attempting", coordinator, note="They called again.")
    moved.refresh_from_db()
    assert (moved.status, moved.close_reason) == ("attempting", "")
    note = LeadNote.objects.get(lead=lead)
    assert (note.text, note.by) == ("They called again.", coordinator)
    kinds = list(lead.events.order_by("-sequence").values_list("kind", flat=True)[:2])
    assert kinds == ["status_changed", "note_added"]


def test_transition_keeps_a_note_that_is_given_with_any_move(lead: Lead, coordinator: User) -> None:
    move(lead, "attempting", coordinator, note="Will try at six.")
    assert LeadNote.objects.get(lead=lead).text == "Will try at six."


# -- versions


def test_transition_on_an_old_version_changes_nothing(lead: Lead, coordinator: User) -> None:
    seen = lead.version
    triage.claim(lead=lead, by=coordinator)
    stays_as_it_is(
        lambda: move(lead, "attempting", coordinator, version=seen), StaleVersion, "Somebody else"
    )


@pytest.mark.parametrize("version", [0, 2, 99])
def test_move_checks_the_version_on_the_screen(lead: Lead, coordinator: User, version: int) -> None:
    assert lead.version == 1
    stays_as_it_is(lambda: move(lead, "attempting", coordinator, version=version), StaleVersion)


def test_verb_works_on_what_is_stored_not_on_what_was_read(lead: Lead, coordinator: User) -> None:
    stale = Lead.objects.get(pk=lead.pk)
    put(lead, good_times="after six", status="attempting")
    triage.claim(lead=stale, by=coordinator)
    lead.refresh_from_db()
    assert (lead.good_times, lead.status) == ("after six", "attempting")


# -- roles


VERBS: dict[str, Callable[[Lead, User], object]] = {
    "claim": lambda lead, by: triage.claim(lead=lead, by=by),
    "release": lambda lead, by: triage.release(lead=lead, by=by),
    "log_attempt": lambda lead, by: triage.log_attempt(
        lead=lead, channel=Channel.PHONE, result=AttemptResult.TALKED, by=by
    ),
    "set_follow_up": lambda lead, by: triage.set_follow_up(
        lead=lead, at=None, by=by, version=lead.version
    ),
    "read_sensitive": lambda lead, by: triage.read_sensitive(
        lead=lead, by=by, kind=EventKind.PRINTED
    ),
    "add_note": lambda lead, by: triage.add_note(lead=lead, text="A note.", by=by),
    "transition": lambda lead, by: move(lead, "attempting", by),
}


@pytest.mark.shows("ASVS 8.3.1")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR])
def test_other_roles_work_on_no_lead(
    lead: Lead, make_staff: Callable[[str], User], verb: str, role: str
) -> None:
    by = make_staff(role)
    stays_as_it_is(lambda: VERBS[verb](lead, by), NotAllowed, "role")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("lacking", ["is_active", "is_staff"])
def test_coordinator_who_left_works_on_no_lead(
    lead: Lead, coordinator: User, verb: str, lacking: str
) -> None:
    setattr(coordinator, lacking, False)
    coordinator.save()
    stays_as_it_is(lambda: VERBS[verb](lead, coordinator), NotAllowed)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", [roles.COORDINATOR, roles.MANAGER])
def test_both_roles_have_every_verb_and_each_leaves_an_event(
    lead: Lead, make_staff: Callable[[str], User], verb: str, role: str
) -> None:
    by = make_staff(role)
    put(lead, owner=by if verb == "release" else None)
    before = LeadEvent.objects.count()
    VERBS[verb](lead, by)
    assert LeadEvent.objects.count() > before
    for event in LeadEvent.objects.order_by("sequence")[before:]:
        assert event.actor == by.get_username()
        assert event.lead_id == lead.pk
    assert Lead.objects.get(pk=lead.pk).version >= lead.version + (
        verb not in ("add_note", "read_sensitive")
    )
    assert list(audit.verify()) == []


def test_superuser_works_on_leads(lead: Lead) -> None:
    root = User.objects.create_superuser("root@example.org", "root@example.org", "x" * 20)
    assert triage.claim(lead=lead, by=root).owner == root


@pytest.mark.shows("ASVS 2.3.3", "ASVS 16.5.3")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_chainhead"])
def test_verb_whose_event_cannot_be_written_changes_nothing(
    lead: Lead, coordinator: User, verb: str, table: str
) -> None:
    put(lead, owner=coordinator if verb == "release" else None)
    with writes_fail(table, "UPDATE" if table.endswith("head") else "INSERT"):
        stays_as_it_is(lambda: VERBS[verb](lead, coordinator), OperationalError)


# -- claim and release


def test_claim_makes_the_owner_and_says_so(lead: Lead, coordinator: User) -> None:
    claimed = triage.claim(lead=lead, by=coordinator)
    assert claimed.owner == coordinator
    assert claimed.version == lead.version + 1
    event = last_event(lead)
    assert (event.kind, event.data) == ("claimed", {"owner": [None, coordinator.pk]})


def test_claim_of_ones_own_changes_nothing(lead: Lead, coordinator: User) -> None:
    triage.claim(lead=lead, by=coordinator)
    before = dump()
    assert triage.claim(lead=lead, by=coordinator).owner == coordinator
    assert dump() == before


def test_claim_of_anothers_is_refused_and_names_them(
    lead: Lead, coordinator: User, manager: User
) -> None:
    triage.claim(lead=lead, by=coordinator)
    stays_as_it_is(
        lambda: triage.claim(lead=lead, by=manager), TransitionRefused, coordinator.username
    )


@pytest.mark.django_db(transaction=True)
def test_claim_of_one_lead_by_many_at_once_has_one_winner(
    lead: Lead, make_staff: Callable[..., User]
) -> None:
    staff = [make_staff(roles.COORDINATOR, f"staff{number}") for number in range(10)]
    results = run_together(10, lambda number: triage.claim(lead=lead, by=staff[number]))
    won = [one for one in results if isinstance(one, Lead)]
    assert len(won) == 1
    assert all(isinstance(one, TransitionRefused) for one in results if one is not won[0])
    lead.refresh_from_db()
    assert lead.owner_id == won[0].owner_id
    assert LeadEvent.objects.filter(kind="claimed").count() == 1
    assert list(audit.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_transition_by_two_at_once_is_made_once(
    lead: Lead, make_staff: Callable[..., User]
) -> None:
    staff = [make_staff(roles.COORDINATOR, f"staff{number}") for number in range(6)]
    results = run_together(
        6,
        lambda number: move(
            Lead.objects.get(pk=lead.pk), "attempting", staff[number], version=lead.version
        ),
    )
    assert sorted(type(one).__name__ for one in results) == ["Lead"] + ["StaleVersion"] * 5
    assert LeadEvent.objects.filter(kind="status_changed").count() == 1


def test_release_of_ones_own_gives_it_back(lead: Lead, coordinator: User) -> None:
    triage.claim(lead=lead, by=coordinator)
    assert triage.release(lead=lead, by=coordinator).owner is None
    event = last_event(lead)
    assert (event.kind, event.data) == ("released", {"owner": [coordinator.pk, None]})


def test_release_of_what_nobody_has_changes_nothing(lead: Lead, coordinator: User) -> None:
    before = dump()
    assert triage.release(lead=lead, by=coordinator).owner is None
    assert dump() == before


def test_release_of_anothers_is_for_managers(
    lead: Lead, coordinator: User, manager: User, make_staff: Callable[..., User]
) -> None:
    other = make_staff(roles.COORDINATOR, "other")
    triage.claim(lead=lead, by=coordinator)
    stays_as_it_is(lambda: triage.release(lead=lead, by=other), NotAllowed, "owner or a manager")
    assert triage.release(lead=lead, by=manager).owner is None
    assert last_event(lead).actor == manager.get_username()


# -- contact attempts


@pytest.mark.parametrize(
    ("channel", "result"), list(itertools.product(Channel.values, AttemptResult.values))
)
def test_attempt_stops_the_clocks_that_it_should(
    lead: Lead, coordinator: User, channel: str, result: str
) -> None:
    put(lead, text_ok=True, voicemail_ok=True)
    at = timezone.now() + timedelta(minutes=7)
    with time_machine.travel(at, tick=False):
        suggested = follow_up.suggested(result, Schedule.load(), at)
        attempt = triage.log_attempt(
            lead=lead,
            channel=Channel(channel),
            result=AttemptResult(result),
            by=coordinator,
            note="Rang twice.",
        )
    lead.refresh_from_db()
    assert (attempt.at, attempt.by, attempt.note) == (at, coordinator, "Rang twice.")
    assert lead.attempts == 1
    assert lead.first_attempt_at == at
    assert lead.first_contact_at == (at if result in enums.LIVE_RESULTS else None)
    assert lead.status == "attempting"
    logged, moved = lead.events.order_by("sequence").reverse()[:2][::-1]
    assert lead.next_follow_up_at == suggested
    assert logged.data == {
        "attempt": attempt.pk,
        "channel": channel,
        "result": result,
        "next": suggested.isoformat(timespec="minutes"),
    }
    assert moved.data == {"status": ["new", "attempting"]}


def test_attempt_later_keeps_the_first_times(lead: Lead, coordinator: User) -> None:
    start = timezone.now()
    for minutes, result in ((1, "no_answer"), (2, "talked"), (3, "talked")):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            triage.log_attempt(
                lead=lead, channel=Channel.PHONE, result=AttemptResult(result), by=coordinator
            )
    lead.refresh_from_db()
    assert lead.attempts == 3
    assert lead.first_attempt_at == start + timedelta(minutes=1)
    assert lead.first_contact_at == start + timedelta(minutes=2)


@pytest.mark.parametrize("status", [one for one in LeadStatus.values if one != "new"])
def test_attempt_moves_no_lead_that_is_not_new(lead: Lead, coordinator: User, status: str) -> None:
    put(lead, status=status)
    VERBS["log_attempt"](lead, coordinator)
    assert Lead.objects.get(pk=lead.pk).status == status


def log(lead: Lead, by: User, **more: Any) -> ContactAttempt:
    asked = {"channel": Channel.PHONE, "result": AttemptResult.NO_ANSWER, **more}
    return triage.log_attempt(lead=lead, by=by, **asked)


def test_attempt_leaves_an_open_lead_with_a_next_step_or_knowingly_without(
    lead: Lead, coordinator: User
) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    for more, at, knowingly in (
        ({"next_follow_up_at": tomorrow}, tomorrow, False),
        ({"no_next_step": True}, None, True),
    ):
        log(lead, coordinator, **more)
        lead.refresh_from_db()
        assert (lead.next_follow_up_at, lead.no_next_step) == (at, knowingly)
        assert lead.adrift_since is None
    assert last_event(lead).data["next"] is None
    log(lead, coordinator)
    lead.refresh_from_db()
    assert lead.next_follow_up_at is not None
    assert not lead.no_next_step


@pytest.mark.parametrize("status", ["closed", "admitted"])
def test_attempt_plans_nothing_for_a_lead_that_is_over(
    lead: Lead, coordinator: User, status: str
) -> None:
    put(lead, status=status)
    log(lead, coordinator)
    lead.refresh_from_db()
    assert (lead.attempts, lead.next_follow_up_at, lead.no_next_step) == (1, None, False)
    assert "next" not in last_event(lead).data
    soon = timezone.now() + timedelta(days=1)
    stays_as_it_is(
        lambda: log(lead, coordinator, next_follow_up_at=soon), TransitionRefused, "Open the lead"
    )


# -- attempts that go against what the person asked

AGAINST: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"contact_withdrawn_at": timezone.now()}, {}, "withdrawn"),
    ({"deletion_requested_at": timezone.now()}, {"channel": Channel.EMAIL}, "deletion"),
    ({"voicemail_ok": True}, {"channel": Channel.TEXT}, "no_texts"),
    ({"text_ok": True}, {"result": AttemptResult.LEFT_VOICEMAIL}, "no_voicemail"),
]


@pytest.mark.parametrize(("said", "attempt", "wish"), AGAINST, ids=[one[2] for one in AGAINST])
def test_attempt_against_their_wishes_needs_that_said_and_is_told_to_managers(
    lead: Lead,
    coordinator: User,
    manager: User,
    said: dict[str, Any],
    attempt: dict[str, Any],
    wish: str,
) -> None:
    put(lead, **said)
    stays_as_it_is(lambda: log(lead, coordinator, **attempt), AgainstWishes, "tick that below")
    log(lead, coordinator, **attempt, against_wishes=True)
    event = lead.events.get(kind="attempt_logged")
    assert event.data["against"] == wish
    notice = OutboxMessage.objects.get(kind="needs_supervisor")
    assert (notice.recipient, notice.lead) == (manager, lead)
    assert any("AGAINST THEIR WISHES" in entry.detail for entry in timeline(lead))


@pytest.mark.parametrize(
    "attempt",
    [
        {},
        {"channel": Channel.EMAIL, "result": AttemptResult.MESSAGE_SENT},
        {"against_wishes": True},
    ],
    ids=["call", "mail", "ticked for nothing"],
)
def test_attempt_that_keeps_their_wishes_is_told_to_nobody(
    lead: Lead, coordinator: User, manager: User, attempt: dict[str, Any]
) -> None:
    log(lead, coordinator, **attempt)
    assert "against" not in lead.events.get(kind="attempt_logged").data
    assert not OutboxMessage.objects.filter(kind="needs_supervisor").exists()


# -- the next step without an attempt


def test_follow_up_is_set_or_knowingly_none(lead: Lead, coordinator: User) -> None:
    at = timezone.now() + timedelta(days=2)
    given = triage.set_follow_up(lead=lead, at=at, by=coordinator, version=lead.version)
    assert (given.next_follow_up_at, given.no_next_step) == (at, False)
    event = last_event(lead)
    assert (event.kind, event.data) == (
        "follow_up_set",
        {"next": at.isoformat(timespec="minutes")},
    )
    none = triage.set_follow_up(lead=lead, at=None, by=coordinator, version=given.version)
    assert (none.next_follow_up_at, none.no_next_step) == (None, True)
    assert last_event(lead).data == {"next": None}
    closed = move(none, "closed", coordinator, reason="cost")
    assert not closed.no_next_step


@pytest.mark.parametrize(
    ("days", "error", "match"),
    [(-1, WorkflowError, "future"), (400, WorkflowError, "within a year")],
    ids=["past", "far"],
)
def test_follow_up_out_of_reach_is_refused(
    lead: Lead, coordinator: User, days: int, error: type[Exception], match: str
) -> None:
    at = timezone.now() + timedelta(days=days)
    stays_as_it_is(
        lambda: triage.set_follow_up(lead=lead, at=at, by=coordinator, version=lead.version),
        error,
        match,
    )


def test_follow_up_is_refused_on_an_old_version_and_on_a_closed_lead(
    lead: Lead, coordinator: User
) -> None:
    stays_as_it_is(
        lambda: triage.set_follow_up(lead=lead, at=None, by=coordinator, version=9), StaleVersion
    )
    close(lead)
    stays_as_it_is(
        lambda: triage.set_follow_up(lead=lead, at=None, by=coordinator, version=lead.version),
        TransitionRefused,
    )


# -- what is shown


def test_showing_what_is_masked_is_recorded_with_its_fields(lead: Lead, coordinator: User) -> None:
    triage.read_sensitive(
        lead=lead, by=coordinator, kind=EventKind.REVEALED, fields=["member_id", "group_number"]
    )
    event = last_event(lead)
    assert (event.kind, event.actor) == ("revealed", coordinator.username)
    assert event.data == {"fields": ["group_number", "member_id"]}


def test_attempt_with_a_follow_up_in_the_past_is_refused(lead: Lead, coordinator: User) -> None:
    stays_as_it_is(
        lambda: triage.log_attempt(
            lead=lead,
            channel=Channel.PHONE,
            result=AttemptResult.BUSY,
            by=coordinator,
            next_follow_up_at=timezone.now() - timedelta(minutes=1),
        ),
        WorkflowError,
        "future",
    )


@pytest.mark.django_db(transaction=True)
def test_attempts_by_many_at_once_are_all_counted(
    lead: Lead, make_staff: Callable[..., User]
) -> None:
    staff = [make_staff(roles.COORDINATOR, f"staff{number}") for number in range(6)]
    results = run_together(6, lambda number: VERBS["log_attempt"](lead, staff[number]))
    assert all(isinstance(one, ContactAttempt) for one in results)
    lead.refresh_from_db()
    assert lead.attempts == 6


# -- notes


def test_note_is_kept_and_the_event_holds_only_its_number(lead: Lead, coordinator: User) -> None:
    note = triage.add_note(lead=lead, text="Prefers to be called Ave.", by=coordinator)
    note.refresh_from_db()
    assert (note.text, note.by) == ("Prefers to be called Ave.", coordinator)
    assert last_event(lead).data == {"note": note.pk}


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_note_without_words_is_refused(lead: Lead, coordinator: User, text: str) -> None:
    stays_as_it_is(
        lambda: triage.add_note(lead=lead, text=text, by=coordinator), WorkflowError, "Write"
    )


def test_release_of_a_lead_that_was_called_keeps_its_next_step(
    lead: Lead, coordinator: User
) -> None:
    triage.claim(lead=lead, by=coordinator)
    at = timezone.now() + timedelta(days=2)
    put(lead, first_attempt_at=timezone.now(), next_follow_up_at=at)
    assert triage.release(lead=lead, by=coordinator).next_follow_up_at == at
