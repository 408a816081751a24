"""The check of benefits: who takes it, what it comes to, when that is old."""

import itertools
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admissions import audit, consents, enums, staffing, verification, watch
from admissions.enums import VobStatus
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused
from admissions.models import (
    Consent,
    InsuranceVerification,
    Lead,
    LeadEvent,
    VerificationResult,
)
from admissions.timeline import timeline
from iop_site import roles
from programs.models import Payer
from tests.admissions.conftest import close, dump, writes_fail
from tests.admissions.lead_tools import put
from tests.admissions.mail_tools import local
from tests.threads import run_together

Staff = Callable[..., User]

# Written out a second time on purpose: the table of the domain, not the code's.
MOVES = {
    "not_requested": "requested not_applicable",
    "requested": "in_progress OUTCOMES not_requested not_applicable",
    "in_progress": "requested OUTCOMES not_requested not_applicable",
    "needs_info": "requested in_progress OUTCOMES not_requested not_applicable",
    "verified_viable": "requested OUTCOMES expired not_requested not_applicable",
    "verified_not_viable": "requested OUTCOMES expired not_requested not_applicable",
    "unable_to_verify": "requested OUTCOMES not_requested not_applicable",
    "expired": "requested in_progress OUTCOMES not_requested not_applicable",
    "not_applicable": "requested not_requested",
}
OUTCOMES = "verified_viable verified_not_viable unable_to_verify needs_info"
ALLOWED = {
    (here, there)
    for here, moves in MOVES.items()
    for there in moves.replace("OUTCOMES", OUTCOMES).split()
}
PAIRS = list(itertools.product(MOVES, MOVES))
WAITING = ("requested", "in_progress", "needs_info", "expired")


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(local("2026-12-02 12:00"), tick=False) as traveller:
        yield traveller


def set_to(lead: Lead, to: str, by: User) -> Lead:
    return verification.set_status(lead=lead, to=VobStatus(to), by=by, version=lead.version)


def record(lead: Lead, outcome: str, by: User, **answers: Any) -> VerificationResult:
    form = answers.pop("form", None)
    return verification.record_result(
        lead=lead,
        by=by,
        version=lead.version,
        form=form,
        answers={"outcome": outcome, "levels": [], **answers},
    )


def last_event() -> LeadEvent:
    return LeadEvent.objects.latest("sequence")


def refused(verb: Callable[[], object], error: type[Exception], match: str) -> None:
    before = dump()
    with pytest.raises(error, match=match):
        verb()
    assert dump() == before


# -- from one state to another


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_table_has_exactly_the_moves_of_the_domain(here: str, there: str) -> None:
    assert (there in enums.VOB_TRANSITIONS[here]) == ((here, there) in ALLOWED)


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_staff_set_by_hand_only_what_says_nothing_about_the_plan(
    lead: Lead, coordinator: User, here: str, there: str
) -> None:
    put(lead, vob_status=here)
    if here == there:
        before = dump()
        set_to(lead, there, coordinator)
        assert dump() == before
    elif (here, there) in ALLOWED and there in ("not_requested", "requested", "not_applicable"):
        changed = set_to(lead, there, coordinator)
        changed.refresh_from_db()
        assert (changed.vob_status, changed.version) == (there, lead.version + 1)
        event = last_event()
        assert (event.kind, event.data) == ("vob_changed", {"vob_status": [here, there]})
    else:
        refused(lambda: set_to(lead, there, coordinator), TransitionRefused, "cannot be set to")


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_result_brings_about_outcomes_and_nothing_else(
    lead: Lead, coordinator: User, here: str, there: str
) -> None:
    put(lead, vob_status=here)
    if (here, there) in ALLOWED and there in OUTCOMES.split():
        result = record(lead, there, coordinator)
        lead.refresh_from_db()
        assert (lead.vob_status, result.outcome) == (there, there)
    else:
        refused(lambda: record(lead, there, coordinator), TransitionRefused, "cannot be set to")


def test_check_of_no_known_status_is_refused(lead: Lead, coordinator: User) -> None:
    before = dump()
    for verb in (set_to, record):
        with pytest.raises(ValueError, match="maybe"):
            verb(lead, "maybe", coordinator)  # type: ignore[operator]
    assert dump() == before


def test_waiting_is_counted_from_the_request_on(
    lead: Lead, coordinator: User, noon: time_machine.Traveller
) -> None:
    asked = timezone.now()
    lead = set_to(lead, "requested", coordinator)
    noon.shift(timedelta(hours=5))
    lead = verification.take(lead=lead, by=coordinator)
    record(lead, "needs_info", coordinator, needed="The back of the card")
    lead.refresh_from_db()
    assert (lead.vob_status, lead.vob_waiting_since) == ("needs_info", asked)
    record(lead, "unable_to_verify", coordinator)
    lead.refresh_from_db()
    assert (lead.vob_waiting_since, lead.vob_changed_at) == (None, timezone.now())


def test_who_took_back_the_authorization_waits_for_nothing(
    send_insurance: Callable[..., Lead], insurance_wordings: Any, coordinator: User
) -> None:
    lead = send_insurance()
    Consent.objects.create(
        lead=lead,
        lead_reference=lead.reference,
        wording=insurance_wordings[0],
        given_at=timezone.now(),
        channel="web_insurance",
    )
    lead = verification.take(lead=lead, by=coordinator)
    consents.withdraw(lead=lead, topics=["verification"], channel="phone", by=coordinator)
    lead.refresh_from_db()
    assert (lead.vob_status, lead.vob_assignee, lead.vob_waiting_since) == (
        "not_requested",
        None,
        None,
    )


# -- who verifies


@pytest.mark.parametrize("state", MOVES)
def test_check_that_waits_can_be_taken(lead: Lead, coordinator: User, state: str) -> None:
    put(lead, vob_status=state)
    if state not in WAITING:
        refused(
            lambda: verification.take(lead=lead, by=coordinator), TransitionRefused, "No insurance"
        )
        return
    taken = verification.take(lead=lead, by=coordinator)
    taken.refresh_from_db()
    after = "needs_info" if state == "needs_info" else "in_progress"
    assert (taken.vob_assignee, taken.vob_status) == (coordinator, after)
    event = last_event()
    assert (event.kind, event.data) == (
        "vob_taken",
        {"vob_status": [state, after], "verifier": [None, coordinator.pk]},
    )


def test_take_of_ones_own_changes_nothing(lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="requested")
    verification.take(lead=lead, by=coordinator)
    before = dump()
    verification.take(lead=lead, by=coordinator)
    assert dump() == before


def test_check_of_somebody_is_taken_only_while_they_are_away(
    lead: Lead, coordinator: User, manager: User
) -> None:
    put(lead, vob_status="requested")
    verification.take(lead=lead, by=coordinator)
    refused(
        lambda: verification.take(lead=lead, by=manager),
        TransitionRefused,
        "has this check already",
    )
    staffing.go_away(user=coordinator, since=timezone.localdate(), until=None, by=manager)
    assert verification.take(lead=lead, by=manager).vob_assignee == manager
    assert last_event().data["verifier"] == [coordinator.pk, manager.pk]
    put(lead, vob_assignee=None)
    refused(
        lambda: verification.take(lead=lead, by=coordinator),
        TransitionRefused,
        "You are marked as away",
    )


def test_check_of_who_left_can_be_taken(lead: Lead, coordinator: User, manager: User) -> None:
    put(lead, vob_status="in_progress", vob_assignee=coordinator)
    User.objects.filter(pk=coordinator.pk).update(is_active=False)
    assert verification.take(lead=lead, by=manager).vob_assignee == manager


@pytest.mark.parametrize(
    ("state", "after"), [("in_progress", "requested"), ("needs_info", "needs_info")]
)
def test_check_that_is_given_back_waits_for_somebody(
    lead: Lead, coordinator: User, state: str, after: str
) -> None:
    put(lead, vob_status=state, vob_assignee=coordinator)
    verification.give_back(lead=lead, by=coordinator)
    lead.refresh_from_db()
    assert (lead.vob_status, lead.vob_assignee) == (after, None)
    event = last_event()
    assert (event.kind, event.data["verifier"]) == ("vob_changed", [coordinator.pk, None])
    assert "given back" in timeline(lead)[0].detail
    before = dump()
    verification.give_back(lead=lead, by=coordinator)
    assert dump() == before


def test_check_of_somebody_else_is_given_back_by_a_manager_alone(
    lead: Lead, coordinator: User, manager: User, make_staff: Staff
) -> None:
    put(lead, vob_status="in_progress", vob_assignee=coordinator)
    other = make_staff(roles.COORDINATOR, "other")
    refused(lambda: verification.give_back(lead=lead, by=other), NotAllowed, "or a manager")
    assert verification.give_back(lead=lead, by=manager).vob_assignee is None


def test_status_set_by_hand_names_nobody_any_more(lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="in_progress", vob_assignee=coordinator)
    set_to(lead, "requested", coordinator)
    lead.refresh_from_db()
    assert lead.vob_assignee is None


@pytest.mark.django_db(transaction=True)
def test_check_taken_by_many_at_once_is_with_one(lead: Lead, make_staff: Staff) -> None:
    put(lead, vob_status="requested")
    staff = [make_staff(roles.COORDINATOR, f"staff{number}") for number in range(6)]
    results = run_together(6, lambda number: verification.take(lead=lead, by=staff[number]))
    assert sorted(type(one).__name__ for one in results) == ["Lead"] + ["TransitionRefused"] * 5
    assert LeadEvent.objects.filter(kind="vob_taken").count() == 1
    assert list(audit.verify()) == []


# -- what it came to


def test_result_is_kept_with_who_found_out_what_and_changes_the_lead(
    send_insurance: Callable[..., Lead], coordinator: User
) -> None:
    lead = send_insurance()
    form = InsuranceVerification.objects.get()
    payer = Payer.objects.create(slug="blue", name="Blue Plan", kind="commercial")
    lead = verification.take(lead=lead, by=coordinator)
    result = record(
        lead,
        "verified_viable",
        coordinator,
        form=form,
        payer=payer,
        network="in",
        reverify_on=date(2026, 12, 20),
        deductible="1500.00",
    )
    result = VerificationResult.objects.get(pk=result.pk)
    assert (result.lead, result.form, result.payer, result.by) == (lead, form, payer, coordinator)
    assert (result.at, result.outcome, result.network) == (
        timezone.now(),
        "verified_viable",
        "in",
    )
    assert result.details["deductible"] == "1500.00"
    lead.refresh_from_db()
    assert (lead.vob_status, lead.vob_expires_on, lead.payer) == (
        "verified_viable",
        date(2026, 12, 20),
        payer,
    )
    assert (lead.vob_assignee, lead.vob_lapses_on) == (None, date(2026, 12, 20))
    event = last_event()
    assert (event.kind, event.data) == (
        "vob_result",
        {"vob_status": ["in_progress", "verified_viable"], "check": result.pk},
    )


def test_details_are_encrypted(lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="requested")
    record(lead, "unable_to_verify", coordinator, notes="Canaryanswer")
    assert "Canaryanswer" not in repr(dump())


def test_later_result_stands_beside_the_earlier_one(lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="requested")
    record(lead, "verified_viable", coordinator)
    lead.refresh_from_db()
    record(lead, "verified_viable", coordinator)
    assert VerificationResult.objects.count() == 2
    assert LeadEvent.objects.filter(kind="vob_result").count() == 2


def test_who_asked_for_information_waits_for_it(lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="requested", vob_expires_on=date(2026, 12, 9))
    record(lead, "needs_info", coordinator, reverify_on=date(2026, 12, 20))
    lead.refresh_from_db()
    assert (lead.vob_assignee, lead.vob_expires_on) == (coordinator, None)
    assert VerificationResult.objects.get().reverify_on is None


@pytest.mark.parametrize(
    ("today", "year_ends", "again"),
    [
        (date(2026, 3, 1), None, date(2026, 3, 31)),
        (date(2026, 12, 1), None, date(2026, 12, 31)),
        (date(2026, 12, 2), None, date(2026, 12, 31)),  # not past the plan year
        (date(2026, 12, 30), None, date(2026, 12, 31)),
        (date(2026, 12, 31), None, date(2027, 1, 1)),
        (date(2026, 12, 2), date(2027, 6, 30), date(2027, 1, 1)),
        (date(2026, 12, 2), date(2026, 12, 5), date(2026, 12, 5)),
        (date(2026, 12, 2), date(2026, 12, 2), date(2026, 12, 3)),
        (date(2028, 2, 1), None, date(2028, 3, 2)),  # a leap year
    ],
)
def test_result_is_believed_for_thirty_days_within_its_plan_year(
    today: date, year_ends: date | None, again: date
) -> None:
    assert verification.reverify_by_default(today, year_ends) == again


def test_result_without_a_day_is_believed_as_long_as_is_usual(
    lead: Lead, coordinator: User
) -> None:
    put(lead, vob_status="requested")
    assert record(lead, "verified_not_viable", coordinator).reverify_on == date(2026, 12, 31)


# -- versions, roles, faults: the same for every verb

VERBS: dict[str, Callable[[Lead, User], object]] = {
    "set": lambda lead, by: set_to(lead, "requested", by),
    "take": lambda lead, by: verification.take(lead=lead, by=by),
    "give back": lambda lead, by: verification.give_back(lead=lead, by=by),
    "result": lambda lead, by: record(lead, "unable_to_verify", by),
}


def ready(lead: Lead, verb: str, by: User) -> Lead:
    """Return the lead in a state in which `by` may do it."""
    if verb == "set":
        return lead
    return put(lead, vob_status="requested", vob_assignee=by if verb == "give back" else None)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR])
def test_other_roles_check_nothing(lead: Lead, make_staff: Staff, verb: str, role: str) -> None:
    by = make_staff(role)
    lead = ready(lead, verb, by)
    refused(lambda: VERBS[verb](lead, by), NotAllowed, "Your role")


@pytest.mark.parametrize("verb", ["set", "result"])
@pytest.mark.parametrize("version", [0, 2, 99])
def test_verb_that_decides_on_what_was_read_checks_the_version(
    lead: Lead, coordinator: User, verb: str, version: int
) -> None:
    lead = ready(lead, verb, coordinator)
    lead.version = version
    refused(lambda: VERBS[verb](lead, coordinator), StaleVersion, "Somebody else")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_chainhead"])
def test_verb_whose_event_cannot_be_written_changes_nothing(
    lead: Lead, coordinator: User, verb: str, table: str
) -> None:
    lead = ready(lead, verb, coordinator)
    with writes_fail(table, "UPDATE" if table.endswith("head") else "INSERT"):
        refused(lambda: VERBS[verb](lead, coordinator), OperationalError, "disk full")


# -- when it is old


def verified(lead: Lead, day: date, **values: Any) -> Lead:
    return put(
        lead, **{"vob_status": "verified_viable", "vob_expires_on": day, "version": 7, **values}
    )


def look(lead: Lead, at: datetime | None = None) -> str:
    verification.expire(at or timezone.now())
    lead.refresh_from_db()
    return lead.vob_status


@pytest.mark.parametrize("status", ["verified_viable", "verified_not_viable"])
def test_verification_whose_day_has_come_is_back_in_the_queue(lead: Lead, status: str) -> None:
    verified(lead, date(2026, 12, 2), vob_status=status)
    assert look(lead) == "expired"
    assert (lead.vob_waiting_since, lead.vob_expires_on) == (timezone.now(), None)
    assert lead.version == 8
    event = last_event()
    assert (event.kind, event.actor, event.data) == (
        "vob_changed",
        audit.SYSTEM,
        {"vob_status": [status, "expired"]},
    )
    assert Lead.objects.get(pk=lead.pk).first_name == "Avery"  # what was not read stays
    assert list(audit.verify()) == []


def test_day_begins_at_local_midnight(lead: Lead) -> None:
    verified(lead, date(2026, 12, 9))
    assert look(lead, local("2026-12-08 23:59")) == "verified_viable"
    assert look(lead, local("2026-12-09 00:00")) == "expired"


@pytest.mark.parametrize(
    "values",
    [
        {"vob_expires_on": date(2026, 12, 3)},
        {"vob_expires_on": None},
        {"vob_status": "unable_to_verify"},
        {"vob_status": "needs_info"},
        {"status": "closed", "close_reason": "cost"},
        {"status": "admitted"},
        {"quarantined_at": datetime(2026, 12, 1, tzinfo=timezone.get_default_timezone())},
    ],
    ids="later never unable needs-info closed admitted held".split(),
)
def test_what_is_not_old_or_not_worked_on_stays(lead: Lead, values: dict[str, Any]) -> None:
    verified(lead, date(2026, 12, 1), **values)
    before = dump()
    assert verification.expire(timezone.now()) == 0
    assert dump() == before


def test_lead_that_is_opened_again_expires_then(lead: Lead, coordinator: User) -> None:
    verified(lead, date(2026, 12, 1))
    close(lead)
    assert look(lead) == "verified_viable"
    put(lead, status="attempting", close_reason="")
    assert look(lead) == "expired"


def test_watch_puts_old_checks_back(lead: Lead) -> None:
    verified(lead, date(2026, 12, 1), first_attempt_at=timezone.now())
    watch.look()
    lead.refresh_from_db()
    assert lead.vob_status == "expired"


def many(count: int, day: date) -> None:
    Lead.objects.bulk_create(
        Lead(
            reference=f"V{number:07}",
            source="phone",
            role="self",
            first_name="N",
            vob_status="verified_viable",
            vob_expires_on=day,
        )
        for number in range(count)
    )


@pytest.mark.parametrize("count", [1, 3, 300])
def test_expiry_reads_the_same_for_any_number(
    db: None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(count, date(2026, 12, 1))
    monkeypatch.setattr(verification, "BATCH", 2)
    with CaptureQueriesContext(connection) as queries:
        assert verification.expire(timezone.now()) == min(count, 2)
    leads = [one["sql"] for one in queries if 'FROM "admissions_lead"' in one["sql"]]
    assert len(leads) == 2
    assert not any("first_name" in sql for sql in leads)
    left = Lead.objects.filter(vob_status="verified_viable").count()
    assert left == count - min(count, 2)


def test_expiry_with_nothing_to_do_is_one_query(lead: Lead, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert verification.expire(timezone.now()) == 0
