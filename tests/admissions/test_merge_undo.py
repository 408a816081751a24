"""A merge is undone: both leads are what they were, but for what somebody did since."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import audit, consents, intake, merge_choices, merge_undo, merging, triage
from admissions.enums import (
    AttemptResult,
    Channel,
    ConsentTopic,
    EventKind,
    LeadSource,
    LeadStatus,
    Response,
    VobStatus,
)
from admissions.exceptions import NotAllowed, StaleVersion, WorkflowError
from admissions.merge_choices import KEPT, MERGED, UNITS
from admissions.models import (
    ConsentWording,
    Consultation,
    ContactAttempt,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadEvent,
    LeadMerge,
    OutboxMessage,
    StatusAccess,
    VerificationResult,
)
from admissions.timeline import timeline
from iop_site import roles
from tests.admissions.conftest import dump, writes_fail
from tests.admissions.lead_tools import find, put, read
from tests.admissions.merge_tools import consult, do_merge, events, fill, rows
from tests.factories import insurance_answers, new_key
from tests.threads import run_together

Make = Callable[..., Lead]
pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def first(make_lead: Make) -> Lead:
    return make_lead()


@pytest.fixture
def second(make_lead: Make) -> Lead:
    return make_lead(first_name="Ave", phone="+1 617-555-0102", email="ave@example.org")


def undo(merge: LeadMerge, by: User) -> list[str]:
    return merge_undo.undo(merge=merge, by=by)


# -- nothing happened since: every row of every table


def test_undone_at_once_every_row_is_what_it_was(
    send_insurance: Make, make_lead: Make, coordinator: User, manager: User
) -> None:
    kept = fill(send_insurance(), coordinator)
    merged = fill(send_insurance(first_name="Robin", phone="617-555-0150"), coordinator)
    Consultation.objects.filter(lead=kept).update(state="cancelled")
    consult(merged)  # booked by staff
    third = make_lead(first_name="Kim", phone="617-555-0160", email="")
    put(third, possible_duplicate_of=merged, previous_episode=merged)
    put(kept, possible_duplicate_of=merged, owner=manager, text_ok=True, do_not_speak_to="Dad")
    put(merged, do_not_speak_to="Kim", previous_episode=third, owner=coordinator)
    before = rows()
    choices = {"phone": MERGED, "owner": MERGED, "first_name": MERGED}
    merge = do_merge(kept, merged, coordinator, **choices)
    assert rows() != before
    assert undo(merge, coordinator) == []
    assert rows() == before
    assert list(audit.verify()) == []
    merge.refresh_from_db()
    assert (merge.undone_by, merge.days_left) == (coordinator, 0)
    for lead, other in ((kept, merged), (merged, kept)):
        (data,) = events(lead, EventKind.MERGE_UNDONE)
        assert (data["merge"], data["with"], data["stayed"]) == (merge.pk, other.reference, [])
    assert data["status"] == ["closed", "attempting"]


_words = st.sampled_from(["", "Dad", "Kim", "é\x1f'\"", "x" * 300])
_moments = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31), timezones=st.just(UTC)
)
_perhaps = st.none() | _moments


@st.composite
def standings(draw: Any) -> dict[str, Any]:
    """Return how a lead may stand: any values that the database takes."""
    status = draw(st.sampled_from([one for one in LeadStatus if one != LeadStatus.ADMITTED]))
    tried = draw(_perhaps)
    return {
        "status": status,
        "close_reason": "cost" if status == LeadStatus.CLOSED else "",
        "status_changed_at": draw(_moments),
        "first_attempt_at": tried,
        "first_contact_at": draw(_perhaps) if tried else None,
        "attempts": draw(st.integers(0, 300)),
        "response": draw(st.sampled_from(["", *Response])) if tried else "",
        "next_follow_up_at": draw(_perhaps),
        "no_next_step": draw(st.booleans()),
        "received_at": draw(_moments),
        "respond_by": draw(_perhaps),
        "vob_status": draw(st.sampled_from(VobStatus)),
        "vob_expires_on": draw(st.none() | st.dates()),
        "estimate_requested_at": draw(_perhaps),
        "estimate_due_on": draw(st.none() | st.dates()),
        "estimate_delivered_at": draw(_perhaps),
        "contact_withdrawn_at": draw(_perhaps),
        "deletion_requested_at": draw(_perhaps),
        "suspicions": draw(st.sampled_from([[], ["trap"]])),
        **{
            name: draw(_words)
            for name in ("last_name", "do_not_speak_to", "good_times", "language", "patient_name")
        },
        **{
            name: draw(st.booleans())
            for name in ("voicemail_ok", "text_ok", "email_ok", "may_say_who", "needs_interpreter")
        },
    }


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(one=standings(), other=standings(), drawn=st.data())
def test_undone_at_once_any_two_leads_are_what_they_were(
    first: Lead, second: Lead, manager: User, one: Any, other: Any, drawn: st.DataObject
) -> None:
    put(first, **one)
    put(second, **other)
    ContactAttempt.objects.get_or_create(lead=first, by=manager, channel="phone", result="talked")
    choices = {
        unit: drawn.draw(st.sampled_from(merge_choices.options(first, second, unit)), label=unit)
        for unit in UNITS
    }
    before = rows()
    with suppress(WorkflowError):  # of a status that would not be true
        assert undo(do_merge(first, second, manager, **choices), manager) == []
    assert rows() == before


def test_two_merges_undone_in_turn_leave_every_row_as_it_was(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    third = make_lead(first_name="Kim", phone="617-555-0160", email="")
    before = rows()
    one = do_merge(first, second, coordinator, phone=MERGED)
    between = rows()
    two = do_merge(third, first, coordinator, email=MERGED)
    undo(two, coordinator)
    assert rows() == between
    undo(one, coordinator)
    assert rows() == before


def test_lead_that_was_taken_apart_can_be_merged_again(
    first: Lead, second: Lead, coordinator: User
) -> None:
    undo(do_merge(first, second, coordinator), coordinator)
    again = do_merge(second, first, coordinator)
    assert read(first).merged_into == second
    undo(again, coordinator)
    assert LeadMerge.objects.filter(undone_at=None).count() == 0


# -- refused


@pytest.mark.parametrize("role", roles.ROLES)
def test_coordinators_and_managers_undo_and_nobody_else(
    first: Lead, second: Lead, coordinator: User, make_staff: Any, role: str
) -> None:
    merge, by = do_merge(first, second, coordinator), make_staff(role, "another")
    if role in (roles.COORDINATOR, roles.MANAGER):
        undo(merge, by)
        return
    before = dump()
    with pytest.raises(NotAllowed):
        undo(merge, by)
    assert dump() == before


@pytest.mark.parametrize(("days", "works"), [(0, True), (29.9, True), (30.1, False), (900, False)])
def test_merge_can_be_undone_for_thirty_days(
    first: Lead, second: Lead, coordinator: User, days: float, works: bool
) -> None:
    merge = do_merge(first, second, coordinator)
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        assert bool(merge.days_left) is works
        if works:
            undo(merge, coordinator)
            return
        before = dump()
        with pytest.raises(WorkflowError, match="too long ago"):
            undo(merge, coordinator)
        assert dump() == before


def test_how_long_is_a_setting(first: Lead, second: Lead, coordinator: User, settings: Any) -> None:
    merge = do_merge(first, second, coordinator)
    settings.MERGE_UNDO_DAYS = 2
    assert merge.days_left == 2
    with time_machine.travel(merge.at + timedelta(hours=36), tick=False):
        assert merge.days_left == 1


def test_second_undo_is_refused(first: Lead, second: Lead, coordinator: User) -> None:
    merge = do_merge(first, second, coordinator)
    undo(merge, coordinator)
    before = dump()
    with pytest.raises(WorkflowError, match="undone already"):
        undo(merge, coordinator)
    assert dump() == before


@pytest.mark.parametrize("as_kept", [True, False])
def test_later_merge_has_to_be_undone_first(
    first: Lead, second: Lead, make_lead: Make, coordinator: User, as_kept: bool
) -> None:
    third = make_lead(first_name="Kim", phone="617-555-0160", email="")
    merge = do_merge(first, second, coordinator)
    kept, merged = (first, third) if as_kept else (third, first)
    later = do_merge(kept, merged, coordinator)
    before = dump()
    words = f"Since then {merged.reference} was merged into {kept.reference}. Undo that first."
    with pytest.raises(WorkflowError, match=words):
        undo(merge, coordinator)
    assert dump() == before
    undo(later, coordinator)
    undo(merge, coordinator)


def test_undo_that_fails_on_the_way_leaves_the_merge(
    first: Lead, second: Lead, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator)
    before = dump()
    with writes_fail("admissions_leadevent"), pytest.raises(OperationalError):
        undo(merge, coordinator)
    assert dump() == before


# -- what happened since


def test_field_that_was_changed_since_stays_and_is_named(
    first: Lead, second: Lead, coordinator: User, manager: User
) -> None:
    put(first, status="attempting", first_attempt_at=timezone.now(), owner=coordinator)
    put(second, status="contacted", owner=manager)
    ContactAttempt.objects.create(lead=second, by=manager, channel="phone", result="talked")
    merge = do_merge(first, second, coordinator, status=MERGED, owner=MERGED, email=MERGED)
    put(first, status="qualified", owner=None)
    assert undo(merge, coordinator) == ["status", "owner"]
    kept, merged = read(first), read(second)
    assert (kept.status, kept.owner, kept.email) == ("qualified", None, "avery@example.org")
    assert (merged.status, merged.owner) == ("contacted", manager)
    assert events(first, EventKind.MERGE_UNDONE)[0]["stayed"] == ["status", "owner"]


def test_unit_of_which_a_part_was_changed_stays_whole(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(second, vob_status="requested")
    merge = do_merge(first, second, coordinator)
    put(first, vob_assignee=coordinator)
    assert undo(merge, coordinator) == ["vob_status"]
    assert read(first).vob_status == "requested"


def test_lead_closed_since_stays_closed_with_its_reason_and_the_other_is_open_again(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(first, status="closed", close_reason="cost")
    put(second, status="nurture")
    merge = do_merge(first, second, coordinator)
    kept = read(first)
    triage.transition(
        lead=kept, to=LeadStatus.CLOSED, by=coordinator, version=kept.version, reason="age"
    )
    assert "status" in undo(merge, coordinator)
    assert (read(first).close_reason, read(second).status) == ("age", "nurture")


def test_attempts_made_since_count_for_the_kept_lead_alone(
    first: Lead, second: Lead, coordinator: User
) -> None:
    long_ago = timezone.now() - timedelta(days=2)
    put(
        second,
        status="contacted",
        first_attempt_at=long_ago,
        first_contact_at=long_ago,
        attempts=3,
    )
    ContactAttempt.objects.create(
        lead=second, by=coordinator, at=long_ago, channel="phone", result="talked"
    )
    merge = do_merge(first, second, coordinator)
    for result in (AttemptResult.NO_ANSWER, AttemptResult.TALKED):
        triage.log_attempt(lead=first, channel=Channel.PHONE, result=result, by=coordinator)
    undo(merge, coordinator)
    kept, merged = read(first), read(second)
    made = list(first.contact_attempts.order_by("at").values_list("at", flat=True))
    assert (kept.attempts, kept.first_attempt_at, kept.first_contact_at) == (2, *made)
    assert kept.response == Response.IN_TIME
    assert (merged.attempts, merged.first_attempt_at, merged.response) == (3, long_ago, "")


def test_first_attempt_since_stays_where_neither_was_tried_before(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(first, respond_by=timezone.now() - timedelta(hours=1))
    merge = do_merge(first, second, coordinator)
    attempt = triage.log_attempt(
        lead=first, channel=Channel.PHONE, result=AttemptResult.BUSY, by=coordinator
    )
    undo(merge, coordinator)
    kept = read(first)
    assert (kept.attempts, kept.first_attempt_at) == (1, attempt.at)
    assert (kept.status, kept.response) == ("attempting", Response.LATE)
    assert read(second).first_attempt_at is None


def access_of(lead: Lead) -> StatusAccess:
    return StatusAccess.objects.select_related("lead").get(reference=lead.reference)


def test_what_came_through_the_merged_leads_access_goes_back_with_it(
    first: Lead,
    second: Lead,
    make_lead: Make,
    wordings: list[ConsentWording],
    coordinator: User,
) -> None:
    own = access_of(first)
    merge = do_merge(first, second, coordinator)
    access = access_of(second)
    sender = intake.Sender(access=access)
    form = insurance_answers(first_name="Ave", phone="617-555-0155")
    intake.submit_insurance(
        answers=form, wordings=wordings, idempotency_key=new_key(), sender=sender
    )
    intake.add_information(access=access, message="More.", idempotency_key=new_key())
    intake.add_information(access=own, message="Ours.", idempotency_key=new_key())
    sent = InsuranceVerification.objects.get()
    VerificationResult.objects.create(
        lead=first, form=sent, by=coordinator, outcome="verified_viable", details={}
    )
    booked = consult(first, access)
    OutboxMessage.objects.create(kind="new_consultation", lead=first, consultation=booked)
    OutboxMessage.objects.filter(consultation=None).delete()
    undo(merge, coordinator)
    back = read(second)
    assert access_of(second).lead == back
    assert access_of(second).opened_lead
    assert back.inquiry_set.count() == 2
    assert first.inquiry_set.count() == 2
    for model in (InsuranceVerification, VerificationResult, Consultation, OutboxMessage):
        assert model._default_manager.get().lead == back, model
    assert back.consents.count() == first.consents.count() + 2
    # Who is found by the number that came since is the one whose it is.
    assert list(find(Lead.objects.all(), "617-555-0155")) == [back]
    assert list(find(Lead.objects.all(), "617-555-0102")) == [back]
    assert list(find(Lead.objects.all(), "617-555-0101")) == [first]


def test_what_else_came_since_stays_with_the_kept_lead_and_finds_it(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator)
    assert make_lead(phone="617-555-0102", email="new@example.org") == first
    put(first, phone="+1 617-555-0170")
    merge_undo.undo(merge=merge, by=coordinator)
    for query in ("617-555-0102", "new@example.org", "617-555-0101"):
        assert first in find(Lead.objects.all(), query), query


def test_kept_lead_is_found_by_what_was_taken_over_and_changed_since(
    first: Lead, second: Lead, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator, phone=MERGED)
    put(first, phone="+1 617-555-0170")
    assert undo(merge, coordinator) == ["phone"]
    assert list(find(Lead.objects.all(), "617-555-0170")) == [first]


# -- what narrowed since


def test_permission_that_nobody_touched_is_what_it_was(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(first, voicemail_ok=True, text_ok=True)
    merge = do_merge(first, second, coordinator)
    triage.add_note(lead=first, text="A note.", by=coordinator)
    assert undo(merge, coordinator) == []
    assert (read(first).voicemail_ok, read(first).text_ok) == (True, True)


def test_permission_is_not_widened_again_after_the_family_wrote(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    put(first, voicemail_ok=True, do_not_speak_to="Dad")
    put(second, text_ok=True, email_ok=True, do_not_speak_to="Kim")
    merge = do_merge(first, second, coordinator, email_ok=MERGED)
    make_lead(do_not_speak_to="Sam")
    stayed = undo(merge, coordinator)
    kept, merged = read(first), read(second)
    assert not any((kept.voicemail_ok, merged.text_ok, merged.email_ok))
    assert kept.do_not_speak_to == merged.do_not_speak_to == "Dad; Kim; Sam"
    assert set(stayed) >= {"voicemail_ok", "text_ok", "email_ok", "do_not_speak_to"}


def test_name_that_staff_took_off_the_kept_lead_stays_on_the_other(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(first, do_not_speak_to="Dad")
    put(second, do_not_speak_to="Kim")
    merge = do_merge(first, second, coordinator)
    put(first, do_not_speak_to="")
    audit_details(first, coordinator)
    undo(merge, coordinator)
    assert (read(first).do_not_speak_to, read(second).do_not_speak_to) == ("", "Kim")


def audit_details(lead: Lead, by: User) -> None:
    """Record that somebody changed a lead's details."""
    with transaction.atomic():
        audit.record(lead=lead, kind=EventKind.DETAILS_CHANGED, by=by, data={"fields": []})


def withdraw(access: StatusAccess, *topics: ConsentTopic) -> None:
    consents.withdraw(
        lead=access.lead,
        access=access,
        topics=topics,
        channel=LeadSource.WEB_STATUS,
        by=audit.VISITOR,
    )


@pytest.mark.parametrize("whose", ["kept", "merged"])
def test_contact_that_was_withdrawn_since_is_withdrawn_on_the_lead_of_who_did(
    first: Lead, second: Lead, coordinator: User, whose: str
) -> None:
    for lead in (first, second):
        put(lead, voicemail_ok=True, email_ok=True)
    merge = do_merge(first, second, coordinator)
    theirs, others = (first, second) if whose == "kept" else (second, first)
    withdraw(access_of(theirs), ConsentTopic.CONTACT)
    stopped = theirs.consents if whose == "kept" else first.consents
    at = stopped.exclude(withdrawn_at=None).values_list("withdrawn_at", flat=True)[0]
    undo(merge, coordinator)
    lead = read(theirs)
    assert lead.contact_withdrawn_at == at
    assert (lead.voicemail_ok, lead.email_ok) == (False, False)
    # The other family said nothing; what is done without a person deciding stays off all the same.
    assert not read(others).email_ok


def test_verification_that_was_withdrawn_since_is_not_asked_for_again(
    first: Lead,
    second: Lead,
    wordings: list[ConsentWording],
    insurance_wordings: list[ConsentWording],
    coordinator: User,
) -> None:
    intake.submit_insurance(
        answers=insurance_answers(first_name="Ave", phone="617-555-0102"),
        wordings=[*wordings, *insurance_wordings],
        idempotency_key=new_key(),
        sender=intake.Sender(access=access_of(second)),
    )
    assert read(second).vob_status == VobStatus.REQUESTED
    merge = do_merge(first, second, coordinator, vob_status=KEPT)
    withdraw(access_of(second), ConsentTopic.VERIFICATION)
    undo(merge, coordinator)
    assert read(second).vob_status == VobStatus.NOT_REQUESTED


def test_acknowledgement_that_staff_marked_as_withdrawn_switches_nothing_off(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(first, voicemail_ok=True)
    put(second, voicemail_ok=True)
    merge = do_merge(first, second, coordinator)
    first.consents.filter(wording__topic="privacy-notice").update(
        withdrawn_at=timezone.now(), withdrawn_channel="phone"
    )
    undo(merge, coordinator)
    assert read(first).voicemail_ok
    assert read(second).voicemail_ok


@pytest.mark.parametrize("whose", ["kept", "merged"])
def test_deletion_that_was_asked_for_since_is_on_the_lead_of_who_asked(
    first: Lead, second: Lead, coordinator: User, whose: str
) -> None:
    merge = do_merge(first, second, coordinator)
    access = access_of(first if whose == "kept" else second)
    intake.request_deletion(access=access)
    asked_at = LeadEvent.objects.get(kind=EventKind.DELETION_REQUESTED).at
    undo(merge, coordinator)
    access = StatusAccess.objects.get(pk=access.pk)
    assert intake.deletion_asked_at(access) == asked_at
    assert read(second).deletion_requested_at is not None
    assert (read(first).deletion_requested_at is not None) is (whose == "kept")


def test_timeline_says_with_which_lead_and_what_stays(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(second, vob_status="requested")
    merge = do_merge(first, second, coordinator)
    (entry,) = (one for one in timeline(read(first)) if one.what == "Merged" and not one.reference)
    assert entry.detail == f"verification of benefits · with {second.reference}"
    put(first, vob_assignee=coordinator)
    undo(merge, coordinator)
    (entry,) = (one for one in timeline(read(first)) if one.what == "Merge undone")
    assert entry.detail == (
        f"with {second.reference} · changed since, and left so: verification of benefits"
    )


# -- at once


@pytest.mark.django_db(transaction=True)
def test_eight_who_undo_at_once_undo_once(make_lead: Make, coordinator: User) -> None:
    kept, merged = make_lead(), make_lead(first_name="Ave", phone="617-555-0102", email="")
    merge = do_merge(kept, merged, coordinator)
    results = run_together(8, lambda _number: undo(merge, coordinator))
    assert results.count([]) == 1
    assert sum(isinstance(one, WorkflowError) for one in results) == 7
    assert LeadEvent.objects.filter(kind=EventKind.MERGE_UNDONE).count() == 2
    assert Inquiry.objects.filter(lead=merged).count() == 1
    assert list(audit.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_undo_while_it_is_merged_further_is_one_or_the_other(
    make_lead: Make, coordinator: User
) -> None:
    kept, merged = make_lead(), make_lead(first_name="Ave", phone="617-555-0102", email="")
    third = make_lead(first_name="Kim", phone="617-555-0103", email="")
    merge = do_merge(kept, merged, coordinator)
    versions = {one.pk: read(one).version for one in (third, kept)}

    def work(number: int) -> Any:
        if number:
            return undo(merge, coordinator)
        return merging.merge(kept=third, merged=kept, choices={}, by=coordinator, versions=versions)

    one, other = run_together(2, work)
    assert isinstance(one, StaleVersion) != isinstance(other, WorkflowError)
    assert Inquiry.objects.filter(lead=third).count() == (3 if isinstance(one, LeadMerge) else 1)
    assert list(audit.verify()) == []
