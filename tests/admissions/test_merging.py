"""Two leads that are one person become one: nothing is lost or widened, and nobody forgotten."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.db.models import ForeignKey
from django.utils import timezone

from admissions import audit, duplicates, intake, merge_choices, merge_undo, merging, triage
from admissions.enums import (
    AttemptResult,
    Channel,
    CloseReason,
    EventKind,
    LeadStatus,
    Response,
    Suspicion,
)
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused, WorkflowError
from admissions.merge_choices import BOTH, KEPT, MERGED, UNITS
from admissions.models import (
    CardPhoto,
    ConsentWording,
    Consultation,
    Inquiry,
    Lead,
    LeadEvent,
    LeadMerge,
    LeadPresence,
    OutboxMessage,
    SearchToken,
    StatusAccess,
)
from iop_site import roles
from tests.admissions.conftest import close, dump, writes_fail
from tests.admissions.lead_tools import find, put, read
from tests.admissions.merge_tools import consult, do_merge, events, fill
from tests.factories import inquiry_answers, new_key
from tests.threads import run_together

Make = Callable[..., Lead]
NOW = timezone.now()
pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def first(make_lead: Make) -> Lead:
    return make_lead()


@pytest.fixture
def second(make_lead: Make) -> Lead:
    """Another lead: other phone, other e-mail, nearly the same name."""
    return make_lead(first_name="Ave", phone="+1 617-555-0102", email="ave@example.org")


# -- what becomes of both


def test_merged_lead_is_closed_as_a_duplicate_and_points_to_the_kept_one(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(second, next_follow_up_at=NOW, no_next_step=True, owner=coordinator)
    merge = do_merge(first, second, coordinator)
    merged, kept = read(second), read(first)
    assert (merged.status, merged.close_reason) == (LeadStatus.CLOSED, CloseReason.DUPLICATE)
    assert (merged.merged_into, merged.next_follow_up_at) == (kept, None)
    assert not merged.no_next_step
    assert merged.first_name == "Ave"  # what is not kept stays readable there
    assert (kept.status, kept.version, merged.version) == (LeadStatus.NEW, 2, 2)
    assert (merge.kept, merge.merged, merge.by) == (kept, merged, coordinator)
    assert merge.days_left == 30
    assert list(audit.verify()) == []


def test_both_have_the_event_with_ids_and_names_of_fields_only(
    first: Lead, second: Lead, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator, phone=MERGED)
    common = {"merge": merge.pk, "fields": ["phone"]}
    assert events(first, EventKind.MERGED) == [{**common, "with": second.reference}]
    assert events(second, EventKind.MERGED) == [
        {**common, "with": first.reference, "status": ["new", "closed"]}
    ]
    assert merge.taken == ["phone"]


def test_everything_that_hangs_on_a_lead_goes_along(
    send_insurance: Make, coordinator: User
) -> None:
    kept = fill(send_insurance(), coordinator)
    merged = fill(send_insurance(first_name="Robin", phone="617-555-0150"), coordinator)
    Consultation.objects.filter(lead=kept).update(state="cancelled")
    before = {
        model: (
            set(model._default_manager.filter(lead=kept).values_list("pk", flat=True)),
            set(model._default_manager.filter(lead=merged).values_list("pk", flat=True)),
        )
        for model in merging.HUNG
    }
    do_merge(kept, merged, coordinator)
    for model, (own, others) in before.items():
        if model is not merging.Inquiry:
            assert others, model
        hung = model._default_manager.filter(lead=kept).values_list("pk", flat=True)
        assert set(hung) == own | others, model
        assert not model._default_manager.filter(lead=merged).exists()
    assert CardPhoto.objects.filter(form__lead=kept).count() == 2
    assert LeadPresence.objects.filter(lead=merged).count() == 1  # who looks, looks there


def test_nothing_that_hangs_on_a_lead_was_forgotten() -> None:
    """A new record with a lead has to be re-hung, or named here with its reason."""
    stays = {"searchtoken", "leadpresence", "leadevent", "leadmerge", "lead"}
    pointing = {
        str(relation.related_model._meta.model_name)
        for relation in Lead._meta.get_fields(include_hidden=True)
        if relation.auto_created
        and not relation.concrete
        and isinstance(relation.field, ForeignKey)
    }
    hung = {str(model._meta.model_name) for model in merging.HUNG}
    assert pointing == hung | stays


def test_no_field_of_a_lead_was_forgotten() -> None:
    """A new column is chosen, follows from both, or is named here with its reason."""
    chosen = {name for names in UNITS.values() for name in names}
    follow = {
        "received_at",
        "respond_by",
        "first_attempt_at",
        "first_contact_at",
        "attempts",
        "response",
        "next_follow_up_at",
        "no_next_step",
        "possible_duplicate_of",
        "previous_episode",
        "contact_withdrawn_at",
        "deletion_requested_at",
        "legal_hold_at",
        "merged_into",
    }
    # Of its own, never another's: who it is, and that nothing held, erased or made up is merged.
    own = {"id", "reference", "version", "quarantined_at", "suspicions", "is_demo", "erased_at"}
    columns = {one.name for one in Lead._meta.concrete_fields if not one.generated}
    assert columns == chosen | follow | own
    assert not chosen & follow


def test_submissions_consents_and_their_proof_stay_word_for_word(
    first: Lead, second: Lead, coordinator: User
) -> None:
    answers = second.inquiry_set.get().answers
    do_merge(first, second, coordinator)
    assert [one.answers for one in first.inquiry_set.order_by("pk")][1] == answers
    references = first.consents.order_by("pk").values_list("lead_reference", flat=True)
    assert list(references) == [first.reference] * 2 + [second.reference] * 2


def test_leads_that_point_to_the_merged_one_point_to_the_kept_one(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    third = make_lead(first_name="Robin", phone="617-555-0160", email="")
    put(third, possible_duplicate_of=second, previous_episode=second)
    put(first, possible_duplicate_of=second, previous_episode=second)
    put(second, possible_duplicate_of=first, previous_episode=third)
    do_merge(first, second, coordinator)
    third = read(third)
    assert (third.possible_duplicate_of, third.previous_episode) == (first, first)
    kept = read(first)
    assert (kept.possible_duplicate_of, kept.previous_episode) == (None, third)


def test_merges_in_a_row_all_lead_to_the_last_one(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    third = make_lead(first_name="Robin", phone="617-555-0160", email="")
    do_merge(first, second, coordinator)
    do_merge(third, first, coordinator)
    assert read(second).merged_into == read(first).merged_into == third
    assert third.inquiry_set.count() == 3


# -- which values


@pytest.mark.parametrize(
    "unit", ["phone", "last_name", "organization", "good_times", "relationship"]
)
@pytest.mark.parametrize(
    ("one", "other", "choice", "kept"),
    [
        ("a", "b", "", "a"),
        ("", "b", "", "b"),
        ("a", "", "", "a"),
        ("a", "b", MERGED, "b"),
        ("", "b", KEPT, ""),
        ("a", "a", "", "a"),
    ],
)
def test_value_is_the_chosen_one_or_what_is_not_blank(
    first: Lead,
    second: Lead,
    coordinator: User,
    unit: str,
    one: str,
    other: str,
    choice: str,
    kept: str,
) -> None:
    put(first, **{unit: one})
    put(second, **{unit: other})
    do_merge(first, second, coordinator, **({unit: choice} if choice else {}))
    assert getattr(read(first), unit) == kept


def test_what_somebody_is_to_the_patient_goes_with_who_they_are(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(second, role="family", relationship="parent", patient_knows="no")
    do_merge(first, second, coordinator)
    kept = read(first)
    assert (kept.role, kept.relationship, kept.patient_knows) == ("self", "", "")


@pytest.mark.parametrize("name", ["voicemail_ok", "text_ok", "email_ok", "may_say_who"])
@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize("other", [True, False])
def test_permission_is_the_narrower_unless_somebody_chooses(
    first: Lead, second: Lead, coordinator: User, name: str, one: bool, other: bool
) -> None:
    put(first, **{name: one})
    put(second, **{name: other})
    do_merge(first, second, coordinator)
    assert getattr(read(first), name) is (one and other)


def test_permission_is_widened_only_by_choosing_it(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(second, voicemail_ok=True)
    do_merge(first, second, coordinator, voicemail_ok=MERGED)
    assert read(first).voicemail_ok


@pytest.mark.parametrize(
    ("one", "other", "choice", "kept"),
    [
        ("Dad", "Robin", "", "Dad; Robin"),
        ("Dad", "", "", "Dad"),
        ("", "Robin", "", "Robin"),
        ("Dad, Robin", "Robin", "", "Dad, Robin"),
        ("Robin", "Dad, Robin", "", "Dad, Robin"),
        ("Dad", "Robin", MERGED, "Robin"),
        ("Dad", "Robin", KEPT, "Dad"),
        ("Dad", "Robin", BOTH, "Dad; Robin"),
    ],
)
def test_whom_not_to_speak_to_is_named_by_both(
    first: Lead, second: Lead, coordinator: User, one: str, other: str, choice: str, kept: str
) -> None:
    put(first, do_not_speak_to=one)
    put(second, do_not_speak_to=other)
    do_merge(first, second, coordinator, **({"do_not_speak_to": choice} if choice else {}))
    assert read(first).do_not_speak_to == kept


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        ("26_64", "12_17", "12_17"),
        ("12_17", "26_64", "12_17"),
        ("", "26_64", "26_64"),
        ("18_25", "26_64", "18_25"),
        ("under_12", "12_17", "under_12"),
    ],
)
def test_who_may_be_under_18_is_treated_so(
    first: Lead, second: Lead, coordinator: User, one: str, other: str, kept: str
) -> None:
    put(first, age_band=one)
    put(second, age_band=other)
    do_merge(first, second, coordinator)
    assert read(first).age_band == kept


@pytest.mark.parametrize(
    ("one", "other", "taken"),
    [
        ("not_requested", "requested", True),
        ("requested", "not_requested", False),
        ("requested", "verified_viable", False),
    ],
)
def test_insurance_check_is_taken_as_one_where_there_is_none(
    first: Lead, second: Lead, coordinator: User, one: str, other: str, taken: bool
) -> None:
    put(first, vob_status=one)
    put(second, vob_status=other, vob_assignee=coordinator, vob_expires_on=date(2027, 5, 1))
    do_merge(first, second, coordinator)
    source, kept = (second if taken else first), read(first)
    for name in UNITS["vob_status"]:
        assert getattr(kept, name) == getattr(source, name)


def asked(day: int, *, due: int | None = 3, delivered: int | None = None) -> dict[str, Any]:
    """Return an estimate asked for on a day, due and delivered some days later."""
    at = NOW + timedelta(days=day)
    return {
        "estimate_requested_at": at,
        "estimate_due_on": (at + timedelta(days=due)).date() if due is not None else None,
        "estimate_delivered_at": at + timedelta(days=delivered) if delivered is not None else None,
    }


@pytest.mark.parametrize(
    ("one", "other", "taken"),
    [
        ({}, asked(0), True),
        ({}, asked(0, delivered=1), True),
        ({}, {"estimate_delivered_at": NOW}, True),
        (asked(0), {}, False),
        (asked(0), asked(1), False),
        (asked(1), asked(0), True),
        (asked(1, due=None), asked(0), True),
        (asked(0, delivered=1), asked(1), True),
        (asked(1), asked(0, delivered=1), False),
        (asked(0, delivered=1), asked(1, delivered=1), False),
    ],
    ids=range(10),
)
def test_estimate_that_is_owed_first_is_kept(
    first: Lead, second: Lead, coordinator: User, one: Any, other: Any, taken: bool
) -> None:
    put(first, **one)
    put(second, **other)
    do_merge(first, second, coordinator)
    source, kept = (second if taken else first), read(first)
    for name in UNITS["estimate_requested_at"]:
        assert getattr(kept, name) == getattr(source, name)


def test_owner_is_the_one_there_is_or_the_chosen_one(
    first: Lead, second: Lead, make_lead: Make, coordinator: User, manager: User
) -> None:
    put(second, owner=coordinator)
    do_merge(first, second, coordinator)
    assert read(first).owner == coordinator
    third = put(make_lead(first_name="Robin", phone="617-555-0160", email=""), owner=manager)
    do_merge(first, third, coordinator, owner=MERGED)
    assert read(first).owner == manager


# -- status


S = LeadStatus


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        (S.NEW, S.NEW, {KEPT}),
        (S.NEW, S.ATTEMPTING, {KEPT, MERGED}),
        (S.CONTACTED, S.QUALIFIED, {KEPT, MERGED}),
        (S.CLOSED, S.ATTEMPTING, {MERGED}),
        (S.ATTEMPTING, S.CLOSED, {KEPT}),
        (S.CLOSED, S.CLOSED, {KEPT, MERGED}),
        (S.ADMITTED, S.ATTEMPTING, {KEPT}),
        (S.ADMITTED, S.CLOSED, {KEPT}),
    ],
)
def test_open_lead_stays_open_and_an_admission_an_admission(
    first: Lead, second: Lead, one: str, other: str, may: set[str]
) -> None:
    for lead, status, reason in ((first, one, "cost"), (second, other, "age")):
        put(lead, status=status, close_reason=reason if status == S.CLOSED else "")
    assert set(merge_choices.options(first, second, "status")) == may


@pytest.mark.parametrize("tried", [0, 1])
def test_lead_that_was_tried_is_not_new(first: Lead, second: Lead, tried: int) -> None:
    put(second, status="nurture")
    put((first, second)[tried], first_attempt_at=NOW)
    assert merge_choices.options(first, second, "status") == (MERGED,)
    assert merge_choices.options(second, first, "status") == (KEPT,)


def test_status_is_the_kept_ones_or_with_all_that_belongs_to_it_the_chosen_one(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    since = NOW - timedelta(days=9)
    put(first, status="nurture")
    put(second, status="waitlisted", status_changed_at=since)
    do_merge(first, second, coordinator)
    assert read(first).status == "nurture"
    third = make_lead(first_name="Robin", phone="617-555-0160", email="")
    put(third, status="waitlisted", status_changed_at=since)
    do_merge(first, third, coordinator, status=MERGED)
    kept = read(first)
    assert (kept.status, kept.status_changed_at) == ("waitlisted", since)
    assert events(first, EventKind.MERGED)[-1]["status"] == ["nurture", "waitlisted"]


def test_closed_lead_into_which_an_open_one_is_merged_is_open_again(
    first: Lead, second: Lead, coordinator: User
) -> None:
    due = NOW + timedelta(days=1)
    close(first)
    put(second, status="attempting", first_attempt_at=NOW, next_follow_up_at=due)
    do_merge(first, second, coordinator)
    kept = read(first)
    assert (kept.status, kept.close_reason, kept.next_follow_up_at) == ("attempting", "", due)


def test_two_closed_leads_stay_closed_and_come_up_for_nobody(
    first: Lead, second: Lead, coordinator: User
) -> None:
    close(first)
    put(second, status="closed", close_reason="referred_out", referred_to="Elsewhere")
    do_merge(first, second, coordinator, status=MERGED)
    kept = read(first)
    assert (kept.close_reason, kept.referred_to) == ("referred_out", "Elsewhere")
    assert (kept.next_follow_up_at, kept.no_next_step) == (None, False)


@pytest.mark.parametrize(
    ("one", "other", "choices", "refused"),
    [
        ({"status": "new"}, {"status": "contacted"}, {"status": MERGED}, "live conversation"),
        (
            {"status": "assessed"},
            {"status": "admission_scheduled", "vob_status": "verified_viable"},
            {"status": MERGED, "vob_status": KEPT},
            "viable verification",
        ),
        (
            {"status": "admission_scheduled", "vob_status": "verified_viable"},
            {"status": "assessed", "vob_status": "unable_to_verify"},
            {"vob_status": MERGED},
            "viable verification",
        ),
        (
            {"status": "assessed"},
            {"status": "admission_scheduled", "vob_status": "verified_viable"},
            {"status": MERGED},
            "",
        ),
    ],
    ids=["no conversation", "check left behind", "check lost", "with its check"],
)
def test_status_has_to_be_true_of_the_joined_lead(
    first: Lead, second: Lead, coordinator: User, one: Any, other: Any, choices: Any, refused: str
) -> None:
    put(first, **one)
    put(second, **other)
    if not refused:
        do_merge(first, second, coordinator, **choices)
        assert read(first).status == "admission_scheduled"
        return
    before = dump()
    with pytest.raises(WorkflowError, match=refused):
        do_merge(first, second, coordinator, **choices)
    assert dump() == before


# -- clocks


def test_clocks_are_the_earliest_and_attempts_are_added(
    first: Lead, second: Lead, coordinator: User
) -> None:
    hour = timedelta(hours=1)
    put(
        first,
        received_at=NOW - 5 * hour,
        respond_by=NOW - 4 * hour,
        first_attempt_at=NOW - hour,
        attempts=2,
        response="late",
        status="attempting",
        next_follow_up_at=NOW + 9 * hour,
    )
    put(
        second,
        received_at=NOW - 6 * hour,
        respond_by=NOW - 5 * hour,
        first_attempt_at=NOW - 6 * hour,
        first_contact_at=NOW - 2 * hour,
        attempts=3,
        response="in_time",
        status="contacted",
        next_follow_up_at=NOW + 3 * hour,
    )
    do_merge(first, second, coordinator)
    kept = read(first)
    assert (kept.received_at, kept.respond_by) == (NOW - 6 * hour, NOW - 5 * hour)
    assert (kept.first_attempt_at, kept.first_contact_at) == (NOW - 6 * hour, NOW - 2 * hour)
    assert (kept.attempts, kept.response) == (5, Response.IN_TIME)
    assert kept.next_follow_up_at == NOW + 3 * hour


def test_promise_that_was_kept_for_one_was_late_for_both(
    first: Lead, second: Lead, coordinator: User
) -> None:
    minute = timedelta(minutes=1)
    put(first, received_at=NOW - 60 * minute, respond_by=NOW - 45 * minute)
    put(second, respond_by=NOW, first_attempt_at=NOW - minute, response="in_time", attempts=1)
    do_merge(first, second, coordinator)
    kept = read(first)
    assert (kept.respond_by, kept.response) == (NOW - 45 * minute, Response.LATE)


def test_promise_of_the_other_holds_where_the_earlier_has_none(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(first, respond_by=None)
    do_merge(first, second, coordinator)
    assert read(first).respond_by == second.respond_by


@pytest.mark.parametrize("waits", ["kept", "merged"])
def test_who_was_promised_a_call_is_not_forgotten_in_a_lead_that_was_called(
    first: Lead, second: Lead, coordinator: User, waits: str
) -> None:
    called, promised = (first, second) if waits == "merged" else (second, first)
    put(
        called,
        status="nurture",
        first_attempt_at=NOW,
        next_follow_up_at=NOW + timedelta(days=30),
    )
    do_merge(first, second, coordinator)
    assert read(first).next_follow_up_at == promised.respond_by


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_no_next_step_is_known_only_where_neither_is_adrift(
    first: Lead, second: Lead, coordinator: User, one: bool, other: bool, kept: bool
) -> None:
    for lead, knowingly in ((first, one), (second, other)):
        put(lead, status="nurture", first_attempt_at=NOW, no_next_step=knowingly)
    do_merge(first, second, coordinator)
    assert read(first).no_next_step is kept
    assert (read(first) in Lead.objects.without_next_step()) is not kept


@pytest.mark.parametrize("asks", ["contact_withdrawn_at", "deletion_requested_at"])
def test_what_either_family_asked_of_us_holds(
    first: Lead, second: Lead, coordinator: User, asks: str
) -> None:
    put(second, **{asks: NOW})
    do_merge(first, second, coordinator)
    assert getattr(read(first), asks) == NOW


# -- refused


@pytest.mark.parametrize("role", roles.ROLES)
def test_coordinators_and_managers_merge_and_nobody_else(
    first: Lead, second: Lead, make_staff: Callable[[str], User], role: str
) -> None:
    by = make_staff(role)
    if role in (roles.COORDINATOR, roles.MANAGER):
        do_merge(first, second, by)
        return
    before = dump()
    with pytest.raises(NotAllowed):
        do_merge(first, second, by)
    assert dump() == before


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ({}, {"status": "admitted"}, "is admitted"),
        ({"quarantined_at": NOW}, {}, "suspected spam"),
        ({}, {"quarantined_at": NOW}, "suspected spam"),
        (
            {},
            {"quarantined_at": NOW, "status": "closed", "close_reason": "spam"},
            "suspected spam",
        ),
        ({"is_demo": True}, {}, "demo"),
        ({}, {"is_demo": True}, "demo"),
    ],
    ids=["admitted", "kept held", "held", "confirmed spam", "into demo", "demo"],
)
def test_what_cannot_be_one_person_or_is_more_than_a_lead_is_refused(
    first: Lead, second: Lead, manager: User, one: Any, other: Any, words: str
) -> None:
    put(first, **one)
    put(second, **other)
    before = dump()
    with pytest.raises(WorkflowError, match=words):
        do_merge(first, second, manager)
    assert dump() == before


def test_two_demo_leads_and_an_admitted_one_that_is_kept_are_merged(
    first: Lead, second: Lead, coordinator: User
) -> None:
    put(first, is_demo=True, status="admitted")
    put(second, is_demo=True)
    do_merge(first, second, coordinator)
    assert read(first).status == "admitted"


def test_lead_into_itself_is_refused(first: Lead, coordinator: User) -> None:
    with pytest.raises(WorkflowError, match="into itself"):
        do_merge(first, first, coordinator)


def test_lead_that_was_merged_is_refused_on_either_side(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    third = make_lead(first_name="Robin", phone="617-555-0160", email="")
    do_merge(first, second, coordinator)
    before = dump()
    for kept, merged in ((first, second), (second, first), (third, second), (second, third)):
        with pytest.raises(WorkflowError, match=f"{second.reference} was merged"):
            do_merge(kept, merged, coordinator)
    assert dump() == before


@pytest.mark.parametrize("stale", ["kept", "merged", "neither is known"])
def test_version_on_the_screen_has_to_be_the_one_there_is(
    first: Lead, second: Lead, coordinator: User, stale: str
) -> None:
    versions = {first.pk: first.version, second.pk: second.version}
    if stale == "neither is known":
        versions = {}
    else:
        triage.claim(lead=first if stale == "kept" else second, by=coordinator)
    before = dump()
    with pytest.raises(StaleVersion):
        merging.merge(kept=first, merged=second, choices={}, by=coordinator, versions=versions)
    assert dump() == before


@pytest.mark.parametrize(
    "choices", [{"phone": "rubbish"}, {"phone": BOTH}, {"role": MERGED}, {"status": MERGED}]
)
def test_choice_that_was_not_there_is_refused(
    first: Lead, second: Lead, coordinator: User, choices: dict[str, str]
) -> None:
    before = dump()
    with pytest.raises(WorkflowError, match="Choose for each field"):
        do_merge(first, second, coordinator, **choices)
    assert dump() == before


@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_leadmerge"])
def test_merge_that_fails_on_the_way_leaves_nothing(
    first: Lead, second: Lead, coordinator: User, table: str
) -> None:
    before = dump()
    with writes_fail(table), pytest.raises(OperationalError):
        do_merge(first, second, coordinator)
    assert dump() == before


# -- consultations


def opener(lead: Lead) -> StatusAccess:
    return lead.accesses.get(opened_lead=True)


@pytest.mark.parametrize("by_staff", [True, False])
def test_two_times_to_come_are_refused_until_one_is_cancelled(
    first: Lead, second: Lead, coordinator: User, by_staff: bool
) -> None:
    consult(first, None if by_staff else opener(first))
    other = consult(second, opener(second))
    with pytest.raises(WorkflowError, match="Both have a consultation"):
        do_merge(first, second, coordinator)
    Consultation.objects.filter(pk=other.pk).update(state="cancelled")
    do_merge(first, second, coordinator)


def test_time_of_somebody_who_only_joined_is_in_nobodys_way(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    make_lead()  # joins the first
    joined = first.accesses.get(opened_lead=False)
    consult(first, joined)
    consult(second, opener(second))
    do_merge(first, second, coordinator)
    assert Consultation.objects.filter(lead=first).count() == 2


def test_time_that_is_over_is_in_nobodys_way(first: Lead, second: Lead, coordinator: User) -> None:
    consult(first, opener(first))
    consult(second, opener(second), days=-3)
    do_merge(first, second, coordinator)


def test_reminder_that_waits_is_about_the_kept_lead(
    first: Lead, second: Lead, coordinator: User
) -> None:
    OutboxMessage.objects.filter(lead=second).update(state="sent", sent_at=NOW)
    waiting = OutboxMessage.objects.create(kind="family_reminder", audience="family", lead=second)
    do_merge(first, second, coordinator)
    waiting.refresh_from_db()
    assert waiting.lead == first
    assert not OutboxMessage.objects.filter(lead=second).exists()


# -- found again


def test_kept_lead_is_found_by_what_the_merged_one_was_found_by(
    first: Lead, second: Lead, coordinator: User
) -> None:
    do_merge(first, second, coordinator)
    for query in ("617-555-0102", "0102", "ave@example.org", "Ave", second.reference):
        assert first in find(Lead.objects.all(), query), query
    tokens = SearchToken.objects.filter(lead=first).values_list("token", flat=True)
    assert set(second.search_tokens.values_list("token", flat=True)) <= set(tokens)


@pytest.mark.parametrize("name", ["Avery", "Ave"])
@pytest.mark.parametrize("phone", ["617-555-0101", "617-555-0102"])
def test_family_that_writes_again_joins_the_kept_lead_under_either_name(
    first: Lead, second: Lead, make_lead: Make, coordinator: User, name: str, phone: str
) -> None:
    do_merge(first, second, coordinator)
    fits = (name, phone) in {("Avery", "617-555-0101"), ("Ave", "617-555-0102")}
    again = make_lead(first_name=name, phone=phone, email="")
    # The kept lead is known under both numbers, the merged one's name only with its own.
    assert (again == first) is (fits or name == "Avery")
    if again != first:
        assert again.possible_duplicate_of == first


def test_family_that_writes_after_both_are_closed_has_the_kept_one_as_its_earlier_episode(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    do_merge(first, second, coordinator)
    close(first)
    again = make_lead(first_name="Ave", phone="617-555-0102", email="")
    assert again.previous_episode == first


def test_form_about_another_patient_joins_neither(send_insurance: Make, coordinator: User) -> None:
    kept = send_insurance()
    merged = send_insurance(first_name="Ave", phone="617-555-0102")
    do_merge(kept, merged, coordinator)
    other = send_insurance(first_name="Ave", phone="617-555-0102", patient_birth_date="2001-01-01")
    assert other not in (kept, merged)
    assert other.possible_duplicate_of == kept


def test_sharing_contact_names_no_lead_that_is_part_of_another(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    third = make_lead(first_name="Robin", email="")
    assert duplicates.all_sharing_contact(third) == [first]
    do_merge(second, first, coordinator)
    assert duplicates.all_sharing_contact(third) == [second]
    assert duplicates.sharing_contact(third) == second


# -- the merged lead itself


@pytest.mark.parametrize(
    "verb",
    [
        lambda **on: triage.claim(lead=on["lead"], by=on["by"]),
        lambda **on: triage.add_note(lead=on["lead"], by=on["by"], text="A note."),
        lambda **on: triage.log_attempt(
            lead=on["lead"], by=on["by"], channel=Channel.PHONE, result=AttemptResult.TALKED
        ),
        lambda **on: triage.transition(**on, to=LeadStatus.ATTEMPTING, note="Again."),
    ],
    ids=["claim", "note", "attempt", "reopen"],
)
def test_work_on_a_merged_lead_is_refused_with_where_to_go_on(
    first: Lead, second: Lead, coordinator: User, verb: Callable[..., Any]
) -> None:
    do_merge(first, second, coordinator)
    before = dump()
    with pytest.raises(TransitionRefused, match=f"merged into {first.reference}"):
        verb(lead=second, by=coordinator, version=second.version + 1)
    assert dump() == before


# -- what a lead's page says


def test_panel_of_a_lead_names_who_may_be_the_same(
    first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    shares = make_lead(first_name="Robin", email="")  # points to the first, of the same phone
    guess = put(second, possible_duplicate_of=first)
    panel = merging.panel(first)
    assert set(panel.others) == {shares, guess}
    assert (panel.into, panel.merges, panel.offered) == (None, [], True)
    assert first in merging.panel(guess).others
    merge = do_merge(first, shares, coordinator)
    panel = merging.panel(read(first))
    assert (panel.merges, panel.others) == ([merge], [guess])
    panel = merging.panel(read(shares))
    assert (panel.into, panel.others, panel.offered) == (merge, [], False)
    merge_undo.undo(merge=merge, by=coordinator)
    assert merging.panel(read(first)).merges == []


def test_panel_of_a_suspect_offers_nothing(first: Lead) -> None:
    put(first, quarantined_at=NOW)
    assert not merging.panel(first).offered


def test_panel_costs_the_same_whatever_there_is(
    first: Lead, make_lead: Make, coordinator: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(25):
        lead = make_lead(first_name=f"Name{number}", email="")
        if number % 2:
            do_merge(first, lead, coordinator)
    with django_assert_max_num_queries(5):
        panel = merging.panel(first)
        assert all(str(one.by) and one.merged.reference for one in panel.merges)
    assert len(panel.merges) == 12


# -- at once


@pytest.mark.django_db(transaction=True)
def test_ten_who_merge_the_same_lead_at_once_merge_it_once(
    make_lead: Make, coordinator: User
) -> None:
    leads = [
        make_lead(first_name=f"Name{number}", phone=f"617-555-011{number}", email="")
        for number in range(6)
    ]
    merged, kept = leads[0], leads[1:]

    def work(number: int) -> LeadMerge:
        one = kept[number % 5]
        pair = (one, merged) if number < 5 else (merged, one)
        return merging.merge(
            kept=pair[0],
            merged=pair[1],
            choices={},
            by=coordinator,
            versions={one.pk: 1, merged.pk: 1},
        )

    results = run_together(10, work)
    assert sum(isinstance(one, LeadMerge) for one in results) == 1
    assert sum(isinstance(one, StaleVersion) for one in results) == 9
    assert LeadMerge.objects.count() == 1
    assert LeadEvent.objects.filter(kind=EventKind.MERGED).count() == 2
    assert Lead.objects.exclude(merged_into=None).count() == 1
    assert Inquiry.objects.filter(lead=LeadMerge.objects.get().kept).count() == 2
    assert list(audit.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_inquiries_that_come_during_a_merge_all_rest_on_the_kept_lead(
    make_lead: Make, wordings: list[ConsentWording], coordinator: User
) -> None:
    kept, merged = make_lead(), make_lead(first_name="Ave", phone="617-555-0102", email="")
    access = StatusAccess.objects.select_related("lead").get(lead=merged)

    def work(number: int) -> Any:
        if number == 0:
            return do_merge(kept, merged, coordinator)
        if number % 2:
            return intake.add_information(
                access=StatusAccess.objects.select_related("lead").get(pk=access.pk),
                message=f"Note {number}",
                idempotency_key=new_key(),
            )
        return intake.submit_inquiry(
            answers=inquiry_answers(first_name="Ave", phone="617-555-0102", email=""),
            wordings=wordings,
            idempotency_key=new_key(),
        )

    results = run_together(8, work)
    faults = [one for one in results if isinstance(one, Exception)]
    # A merge that comes second sees other versions: it is refused, and can be made then.
    assert faults in ([], [results[0]])
    if faults:
        assert isinstance(faults[0], StaleVersion)
        do_merge(kept, merged, coordinator)
    assert Lead.objects.count() == 2
    assert Inquiry.objects.filter(lead=kept).count() == 9
    assert not Inquiry.objects.filter(lead=merged).exists()
    assert not StatusAccess.objects.filter(lead=merged).exists()
    assert list(audit.verify()) == []


def test_suspect_that_writes_with_the_merged_contact_is_held_alone(
    first: Lead, second: Lead, coordinator: User
) -> None:
    do_merge(first, second, coordinator)
    intake.submit_inquiry(
        answers=inquiry_answers(first_name="Ave", phone="617-555-0102", email=""),
        wordings=[],
        idempotency_key=new_key(),
        sender=intake.Sender(suspicions=[Suspicion.TRAP]),
    )
    assert Lead.objects.quarantined().count() == 1
    assert Inquiry.objects.filter(lead=first).count() == 2
