"""What is held as suspected spam: seen by staff, released or confirmed, and never by accident."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions import (
    audit,
    booking,
    dashboard,
    intake,
    quarantine,
    self_pay,
    slots,
    triage,
    verification,
)
from admissions.admin.lead_list import sealed
from admissions.enums import (
    AttemptResult,
    Channel,
    CloseReason,
    ConsultationState,
    Delivery,
    EventKind,
    LeadStatus,
    Suspicion,
    VobStatus,
)
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused
from admissions.models import (
    Availability,
    ConsentWording,
    Consultation,
    Lead,
    LeadEvent,
    OutboxMessage,
    StatusAccess,
    WorkingHours,
)
from admissions.timeline import timeline
from iop_site import roles
from tests.admissions.conftest import dump, writes_fail
from tests.factories import inquiry_answers, insurance_answers, new_key
from tests.threads import run_together

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("America/New_York"))
SUSPECT = intake.Sender(suspicions=[Suspicion.TRAP, Suspicion.LINKS])
VERBS = [quarantine.release, quarantine.confirm]

Make = Callable[..., Lead]
pytestmark = pytest.mark.usefixtures("provider")


def lead_of(receipt: intake.Receipt) -> Lead:
    return StatusAccess.objects.get(reference=receipt.reference).lead


@pytest.fixture
def hold(wordings: list[ConsentWording]) -> Make:
    """Return a function that sends a suspect inquiry and returns its lead."""

    def send(**answers: Any) -> Lead:
        return lead_of(
            intake.submit_inquiry(
                answers=inquiry_answers(**answers),
                wordings=wordings,
                idempotency_key=new_key(),
                sender=SUSPECT,
            )
        )

    return send


@pytest.fixture
def held(hold: Make) -> Lead:
    return hold()


def kinds(lead: Lead) -> list[str]:
    return list(lead.events.order_by("sequence").values_list("kind", flat=True))


def told(lead: Lead) -> set[tuple[str, str]]:
    return set(OutboxMessage.objects.filter(lead=lead).values_list("kind", "audience"))


# -- release


def test_lead_that_is_held_was_told_to_nobody(held: Lead) -> None:
    assert held.is_suspect
    assert held.suspicions == ["trap", "links"]
    assert told(held) == set()


def test_release_makes_it_a_lead_like_any_other(held: Lead, coordinator: User) -> None:
    lead = quarantine.release(lead=held, by=coordinator, version=held.version)
    lead.refresh_from_db()
    assert not lead.is_suspect
    assert (lead.status, lead.quarantined_at) == (LeadStatus.NEW, None)
    assert lead.suspicions == ["trap", "links"]
    assert lead.version == held.version + 1
    assert lead.received_at == held.received_at
    assert lead in Lead.objects.waiting_for_first_attempt()
    event = LeadEvent.objects.get(kind=EventKind.SUSPECT_RELEASED)
    assert (event.lead_id, event.actor, event.data) == (lead.pk, coordinator.username, {})
    assert list(audit.verify()) == []
    triage.claim(lead=lead, by=coordinator)


def test_promise_runs_from_the_release(hold: Make, coordinator: User) -> None:
    with time_machine.travel(MONDAY - timedelta(days=2), tick=False):
        held = hold()
    for weekday in range(7):
        WorkingHours.objects.create(weekday=weekday, start="09:00", end="17:00")
    with time_machine.travel(MONDAY.replace(hour=16, minute=50), tick=False):
        lead = quarantine.release(lead=held, by=coordinator, version=held.version)
    assert lead.respond_by == MONDAY.replace(day=3, hour=9, minute=5)


def test_release_tells_what_was_kept_back(held: Lead, coordinator: User) -> None:
    quarantine.release(lead=held, by=coordinator, version=held.version)
    assert told(held) == {("new_inquiry", "desk"), ("family_received", "family")}
    message = OutboxMessage.objects.get(audience="family")
    assert message.access == held.accesses.get()


def test_release_of_an_insurance_form_says_so(
    wordings: list[ConsentWording], coordinator: User
) -> None:
    held = lead_of(
        intake.submit_insurance(
            answers=insurance_answers(),
            wordings=wordings,
            idempotency_key=new_key(),
            sender=SUSPECT,
        )
    )
    assert told(held) == set()
    quarantine.release(lead=held, by=coordinator, version=held.version)
    assert told(held) == {("new_insurance", "desk")}  # there is no address to write to


def test_release_of_a_young_person_who_asks_for_an_estimate_tells_that_too(
    hold: Make, coordinator: User, manager: User
) -> None:
    held = hold(age_band="12_17", wants_estimate=True)
    assert told(held) == set()
    quarantine.release(lead=held, by=coordinator, version=held.version)
    assert {kind for kind, _audience in told(held)} == {
        "new_inquiry",
        "new_estimate",
        "needs_supervisor",
        "family_received",
    }


def test_release_points_to_another_lead_of_the_same_contact(
    make_lead: Make, held: Lead, coordinator: User
) -> None:
    other = make_lead(first_name="Robin")
    assert held.possible_duplicate_of is None
    lead = quarantine.release(lead=held, by=coordinator, version=held.version)
    assert lead.possible_duplicate_of == other


def test_release_points_to_no_suspect_and_no_stranger(
    make_lead: Make, hold: Make, coordinator: User
) -> None:
    held = hold(phone="617-555-0133", email="")
    hold(phone="617-555-0133", email="")
    make_lead()
    lead = quarantine.release(lead=held, by=coordinator, version=held.version)
    assert lead.possible_duplicate_of is None


def test_next_form_of_the_same_person_does_not_join_a_suspect(held: Lead, make_lead: Make) -> None:
    again = make_lead()
    assert again != held
    assert again.possible_duplicate_of is None


# -- confirm


def test_confirm_closes_it_as_spam_and_deletes_nothing(held: Lead, coordinator: User) -> None:
    lead = quarantine.confirm(lead=held, by=coordinator, version=held.version)
    lead.refresh_from_db()
    assert (lead.status, lead.close_reason) == (LeadStatus.CLOSED, CloseReason.SPAM)
    assert not lead.is_suspect
    assert lead not in Lead.objects.trusted()
    assert lead.inquiry_set.count() == 1
    assert kinds(lead)[-2:] == [EventKind.SUSPECT_CONFIRMED, EventKind.STATUS_CHANGED]
    assert LeadEvent.objects.latest("sequence").data == {
        "status": ["new", "closed"],
        "reason": "spam",
    }
    assert told(lead) == set()
    assert list(audit.verify()) == []


def test_spam_that_was_none_can_be_opened_again(held: Lead, coordinator: User) -> None:
    lead = quarantine.confirm(lead=held, by=coordinator, version=held.version)
    lead = triage.transition(
        lead=lead,
        to=LeadStatus.ATTEMPTING,
        by=coordinator,
        version=lead.version,
        note="They called and asked for us.",
    )
    lead.refresh_from_db()
    assert not lead.is_suspect
    assert lead in Lead.objects.trusted()
    triage.claim(lead=lead, by=coordinator)


@pytest.fixture
def booked(hold: Make) -> Consultation:
    """A suspect who has booked a time."""
    for weekday in range(7):
        Availability.objects.create(weekday=weekday, start="00:00", end="23:55")
    lead = hold()
    return booking.book(
        lead=lead,
        starts_at=slots.offered(first_day=timezone.localdate() + timedelta(days=3))[0].starts_at,
        channel="phone",
        idempotency_key=new_key(),
        by=audit.VISITOR,
        access=lead.accesses.get(),
    )


def test_confirm_gives_a_booked_time_back(booked: Consultation, coordinator: User) -> None:
    lead = booked.lead
    lead.refresh_from_db()
    lead = quarantine.confirm(lead=lead, by=coordinator, version=lead.version)
    booked.refresh_from_db()
    assert booked.state == ConsultationState.CANCELLED
    assert not booked.cells.exists()
    lead.refresh_from_db()
    assert (lead.status, lead.next_follow_up_at) == (LeadStatus.CLOSED, None)
    assert {audience for _kind, audience in told(lead)} <= {"family"}


def test_release_keeps_a_booked_time_and_tells_of_it(
    booked: Consultation, coordinator: User
) -> None:
    lead = booked.lead
    lead.refresh_from_db()
    OutboxMessage.objects.all().delete()
    quarantine.release(lead=lead, by=coordinator, version=lead.version)
    assert told(lead) == {("new_consultation", "desk"), ("family_booked", "family")}
    assert set(OutboxMessage.objects.values_list("consultation", flat=True)) == {booked.pk}
    booked.refresh_from_db()
    assert booked.state == ConsultationState.BOOKED


# -- what both refuse


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", roles.ROLES)
def test_coordinators_and_managers_decide_and_nobody_else(
    held: Lead, make_staff: Callable[[str], User], role: str, verb: Any
) -> None:
    by = make_staff(role)
    if role in (roles.COORDINATOR, roles.MANAGER):
        verb(lead=held, by=by, version=held.version)
        return
    before = dump()
    with pytest.raises(NotAllowed):
        verb(lead=held, by=by, version=held.version)
    assert dump() == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("by_hand", ["never held", "closed", "confirmed"])
def test_lead_that_is_not_held_is_refused(
    held: Lead, make_lead: Make, coordinator: User, verb: Any, by_hand: str
) -> None:
    if by_hand == "never held":
        lead = make_lead(first_name="Robin")
    elif by_hand == "closed":
        lead = make_lead(first_name="Robin")
        lead = triage.transition(
            lead=lead, to=LeadStatus.CLOSED, by=coordinator, version=lead.version, reason="cost"
        )
    else:
        lead = quarantine.confirm(lead=held, by=coordinator, version=held.version)
    before = dump()
    with pytest.raises(TransitionRefused, match="not held"):
        verb(lead=lead, by=coordinator, version=lead.version)
    assert dump() == before


@pytest.mark.parametrize("second", VERBS)
@pytest.mark.parametrize("first", VERBS)
def test_who_comes_second_changes_nothing(
    held: Lead, coordinator: User, manager: User, first: Any, second: Any
) -> None:
    first(lead=held, by=coordinator, version=held.version)
    before = dump()
    with pytest.raises(StaleVersion):
        second(lead=held, by=manager, version=held.version)
    with pytest.raises(TransitionRefused):
        second(lead=held, by=manager, version=held.version + 1)
    assert dump() == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_chainhead"])
def test_verb_that_fails_on_the_way_leaves_nothing(
    held: Lead, coordinator: User, verb: Any, table: str
) -> None:
    before = dump()
    how = "UPDATE" if table.endswith("head") else "INSERT"
    with writes_fail(table, how), pytest.raises(Exception, match="disk full"):
        verb(lead=held, by=coordinator, version=held.version)
    assert dump() == before


@pytest.mark.django_db(transaction=True)
def test_ten_who_decide_at_once_decide_once(held: Lead, coordinator: User) -> None:
    def work(number: int) -> Lead:
        return VERBS[number % 2](lead=held, by=coordinator, version=held.version)

    results = run_together(10, work)
    assert sum(isinstance(one, Lead) for one in results) == 1
    assert sum(isinstance(one, StaleVersion) for one in results) == 9
    decided = [EventKind.SUSPECT_RELEASED, EventKind.SUSPECT_CONFIRMED]
    assert LeadEvent.objects.filter(kind__in=decided).count() == 1
    assert list(audit.verify()) == []


# -- a suspect can only be looked at


@pytest.mark.parametrize(
    "verb",
    [
        lambda **on: triage.claim(lead=on["lead"], by=on["by"]),
        lambda **on: triage.release(lead=on["lead"], by=on["by"]),
        lambda **on: triage.add_note(lead=on["lead"], by=on["by"], text="A note."),
        lambda **on: triage.log_attempt(
            lead=on["lead"], by=on["by"], channel=Channel.PHONE, result=AttemptResult.TALKED
        ),
        lambda **on: triage.transition(**on, to=LeadStatus.ATTEMPTING),
        lambda **on: triage.transition(**on, to=LeadStatus.CLOSED, reason="spam"),
        lambda **on: verification.set_status(**on, to=VobStatus.REQUESTED),
        lambda **on: verification.take(lead=on["lead"], by=on["by"]),
        lambda **on: verification.give_back(lead=on["lead"], by=on["by"]),
        lambda **on: verification.record_result(
            **on, form=None, answers={"outcome": "unable_to_verify"}
        ),
        lambda **on: self_pay.make(**on, details={}),
        lambda **on: self_pay.deliver(**on, how=Delivery.MAIL),
    ],
    ids="claim release note attempt move close check take give-back result make deliver".split(),
)
def test_suspect_has_to_be_released_before_anything_else(
    held: Lead, manager: User, verb: Callable[..., Any]
) -> None:
    before = dump()
    with pytest.raises(TransitionRefused, match="Release it first"):
        verb(lead=held, by=manager, version=held.version)
    assert dump() == before


def test_looking_at_a_suspect_is_recorded(held: Lead, coordinator: User) -> None:
    triage.open_lead(lead=held, by=coordinator)
    assert kinds(held)[-1] == EventKind.VIEWED


def test_timeline_says_why_it_was_held(held: Lead) -> None:
    (entry,) = (one for one in timeline(held) if one.what == "Held as suspected spam")
    assert entry.detail == "Filled a field that people do not see; Several web links"
    assert entry.who == audit.SYSTEM


# -- the desk


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def page_of(lead: Lead) -> str:
    return reverse("admin:admissions_lead_change", args=[lead.pk])


def act(client: Client, lead: Lead, action: str, **data: Any) -> Any:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
    return client.post(address, {"version": lead.version, **data})


def test_suspects_are_the_last_part_of_the_queue_and_in_no_other(
    hold: Make, coordinator: User
) -> None:
    now = timezone.now()
    states: list[dict[str, Any]] = [
        {},
        {"received_at": now - timedelta(hours=3)},
        {"owner": coordinator},
        {"owner": coordinator, "next_follow_up_at": now},
        {"first_attempt_at": now},
        {"first_attempt_at": now, "next_follow_up_at": now},
        {"vob_status": "requested"},
        {"respond_by": now - timedelta(hours=2)},
        {"estimate_requested_at": now, "estimate_due_on": now.date()},
    ]
    leads = []
    for number, values in enumerate(states):
        lead = hold(first_name=f"N{number}", phone="", email=f"n{number}@example.org")
        held_since = now - timedelta(minutes=60 - number)
        Lead.objects.filter(pk=lead.pk).update(quarantined_at=held_since, **values)
        leads.append(lead)
    *others, last = dashboard.work_queue(coordinator)
    assert [section.rows for section in others] == [[] for _ in others]
    assert [row.lead for row in last.rows] == leads
    assert last.part.key == "held"
    for asked in ("waiting_for_first_attempt", "follow_up_due", "without_next_step", "vob_waiting"):
        assert not getattr(Lead.objects, asked)().exists()


def test_queue_says_why_each_is_held_and_offers_both_decisions(desk: Client, held: Lead) -> None:
    page = desk.get("/admin/").content.decode()
    part = page[page.index('id="section-held"') :]
    part = part[: part.index("</section>")]
    assert "Filled a field that people do not see; Several web links" in part
    assert held.reference in part
    for action in ("trust", "spam"):
        assert reverse("admin:admissions_lead_act", args=[held.pk, action]) in part
    assert "Claim" not in part
    assert "Called" not in part
    assert "Avery" not in page


def test_queue_without_suspects_says_so(desk: Client, lead: Lead) -> None:
    page = desk.get("/admin/").content.decode()
    assert "Nothing is held as suspected spam." in page
    assert lead.reference in page


@pytest.mark.parametrize(
    ("action", "status", "words"),
    [("trust", "new", "The lead is released"), ("spam", "closed", "The lead is closed as spam")],
)
def test_decision_is_made_from_the_queue(
    desk: Client, held: Lead, action: str, status: str, words: str
) -> None:
    answer = act(desk, held, action, back="queue")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert words in desk.get("/admin/").content.decode()
    held.refresh_from_db()
    assert (held.status, held.is_suspect) == (status, False)


def test_page_of_a_suspect_says_why_and_offers_nothing_but_the_decision(
    desk: Client, held: Lead
) -> None:
    page = desk.get(page_of(held)).content.decode()
    assert "Held as suspected spam" in page
    assert "Filled a field that people do not see; Several web links" in page
    assert "Avery" in page
    posts = {
        reverse("admin:admissions_lead_act", args=[held.pk, action]) for action in ("trust", "spam")
    }
    base = page_of(held).removesuffix("change/")
    assert {part.split('"')[0] for part in page.split('action="')[1:] if base in part[:99]} == posts
    quarantine.release(lead=held, by=User.objects.get(), version=held.version)
    page = desk.get(page_of(held)).content.decode()
    assert reverse("admin:admissions_lead_act", args=[held.pk, "claim"]) in page
    assert reverse("admin:admissions_lead_act", args=[held.pk, "trust"]) not in page


def test_decision_on_the_page_leads_back_to_it(desk: Client, held: Lead) -> None:
    answer = act(desk, held, "trust", back="")
    assert (answer.status_code, answer["Location"]) == (302, page_of(held))


def test_decision_that_comes_second_is_told_and_changes_nothing(desk: Client, held: Lead) -> None:
    act(desk, held, "trust")
    before = LeadEvent.objects.count()
    answer = act(desk, held, "spam")
    assert answer.status_code == 409
    assert "Somebody else changed this lead" in answer.content.decode()
    assert LeadEvent.objects.count() == before + 1  # that it was refused
    held.refresh_from_db()
    answer = act(desk, held, "spam")
    assert answer.status_code == 409
    assert "This lead is not held as suspected spam." in answer.content.decode()


@pytest.mark.parametrize("action", ["claim", "attempt", "note", "move", "verification"])
def test_other_action_on_a_suspect_is_refused_in_words(
    desk: Client, held: Lead, action: str
) -> None:
    data = {"channel": "phone", "result": "talked", "text": "A note."}
    to = "requested" if action == "verification" else "attempting"
    answer = act(desk, held, action, to=to, **data)
    assert answer.status_code == 409
    assert "Release it first." in answer.content.decode()


def test_list_finds_a_suspect_and_can_show_them_alone(
    desk: Client, held: Lead, make_lead: Make
) -> None:
    lead = make_lead(first_name="Robin", phone="617-555-0188", email="")
    address = reverse("admin:admissions_lead_changelist")
    for query, shown in (
        ({}, {held, lead}),
        ({"held": "yes"}, {held}),
        ({"held": "rubbish"}, {held, lead}),
        ({"q": sealed("617-555-0101")}, {held}),
        ({"q": sealed("617-555-0188"), "held": "yes"}, set()),
    ):
        page = desk.get(address, query).content.decode()
        assert {one for one in (held, lead) if one.reference in page} == shown, query
