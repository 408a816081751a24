"""Booking: one time for one person, whatever is clicked, at whatever moment, by however many."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import audit, booking, notices, slots
from admissions.enums import ConsultationState, NoticeKind, OutboxState
from admissions.exceptions import AlreadyBooked, NotAllowed, SlotTaken, WorkflowError
from admissions.models import (
    Consultation,
    ConsultationCell,
    Lead,
    LeadEvent,
    OutboxMessage,
    StatusAccess,
)
from admissions.timeline import timeline
from iop_site.roles import AUDITOR, CONTENT_EDITOR
from tests.admissions.calendar_tools import clock, local, offer, set_rules, take
from tests.admissions.conftest import close, dump, writes_fail
from tests.factories import new_key
from tests.threads import run_together

pytestmark = pytest.mark.usefixtures("provider")

NINE, TEN_TWENTY, ELEVEN = (local(f"2027-03-01 {at}") for at in ("09:00", "10:20", "11:00"))
NEXT_WEEK = local("2027-03-08 09:00")
VISITOR = audit.VISITOR


@pytest.fixture
def early() -> Iterator[None]:
    """It is the Friday before."""
    with time_machine.travel(local("2027-02-26 12:00"), tick=False):
        yield


@pytest.fixture
def mornings(db: None, early: None) -> None:
    """Monday mornings are on offer: 9:00, 9:40, 10:20, 11:00."""
    set_rules()
    offer(0, "09:00", "12:00")


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


def access_of(lead: Lead, *, opened_lead: bool) -> StatusAccess:
    return StatusAccess.objects.create(
        lead=lead,
        reference=uuid.uuid4().hex[:8].upper(),
        code="code",
        opened_lead=opened_lead,
    )


def events(lead: Lead) -> list[tuple[str, str, dict[str, Any]]]:
    found = LeadEvent.objects.filter(lead=lead, kind__startswith="consultation")
    return [(one.kind, one.actor, one.data) for one in found.order_by("sequence")]


def told(consultation: Consultation, *states: OutboxState) -> list[str]:
    """Return the kinds of the notices about a consultation that wait (or are in `states`)."""
    found = OutboxMessage.objects.filter(
        consultation=consultation, state__in=states or [OutboxState.WAITING]
    )
    return sorted(found.values_list("kind", flat=True))


def cells(consultation: Consultation) -> list[tuple[datetime, int]]:
    return list(consultation.cells.order_by("at").values_list("at", "seat"))  # type: ignore[attr-defined]


def refused(kind: type[WorkflowError], work: Callable[[], object]) -> WorkflowError:
    """Return what was refused; fail where it was not, or where anything was written."""
    before = dump()
    with pytest.raises(kind) as caught:
        work()
    assert dump() == before
    assert type(caught.value) is kind
    return caught.value


# -- booking


def test_book_gives_the_time_to_the_lead(mornings: None, lead: Lead) -> None:
    access = access_of(lead, opened_lead=True)
    taken = take(lead, NINE, "video", access=access)
    taken.refresh_from_db()
    assert (taken.lead, taken.access, taken.channel, taken.state) == (
        lead,
        access,
        "video",
        "booked",
    )
    assert (taken.starts_at, taken.ends_at) == (NINE, NINE + timedelta(minutes=30))
    assert (taken.booked_by, taken.sequence, taken.changed_at) == ("visitor", 0, None)
    assert cells(taken) == [(NINE + timedelta(minutes=5 * number), 0) for number in range(8)]
    # What reaches logs and the admin's own records says nothing.
    assert str(taken) == f"consultation {taken.pk}"
    assert str(taken.cells.first()) == f"cell {taken.cells.first().pk}"
    assert events(lead) == [
        (
            "consultation_booked",
            "visitor",
            {
                "consultation": taken.pk,
                "how": "video",
                "starts_at": [NINE.astimezone(UTC).isoformat(timespec="minutes")],
            },
        )
    ]
    assert list(audit.verify()) == []


def test_book_brings_the_lead_up_when_its_time_comes(mornings: None, lead: Lead) -> None:
    before = lead.version
    take(lead, NINE)
    lead.refresh_from_db()
    assert (lead.next_follow_up_at, lead.version) == (NINE, before + 1)


def test_book_tells_staff_and_family_and_reminds_the_day_before(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    assert told(taken) == ["family_booked", "family_reminder", "new_consultation"]
    reminder = OutboxMessage.objects.get(consultation=taken, kind=NoticeKind.FAMILY_REMINDER)
    assert reminder.available_at == NINE - timedelta(hours=24)


@pytest.mark.parametrize(("hours", "reminded"), [(0, False), (68, True), (69, False), (168, False)])
def test_a_reminder_that_would_be_late_is_left_out(
    mornings: None, lead: Lead, hours: int, reminded: bool
) -> None:
    set_rules(reminder_hours=hours)
    assert ("family_reminder" in told(take(lead, NINE))) is reminded


def test_staff_book_for_a_lead_and_are_told_nothing(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    taken = take(lead, NINE, by=coordinator)
    assert taken.booked_by == coordinator.username
    assert events(lead)[0][:2] == ("consultation_booked", coordinator.username)
    assert told(taken) == ["family_booked", "family_reminder"]


def test_a_time_may_be_given_in_any_zone(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE.astimezone(UTC))
    assert cells(taken)[0] == (NINE, 0)


@pytest.mark.parametrize("role", [AUDITOR, CONTENT_EDITOR])
def test_other_roles_and_the_system_book_move_and_cancel_nothing(
    mornings: None, lead: Lead, make_staff: Callable[[str], User], role: str
) -> None:
    taken = take(lead, NINE)
    for by in (make_staff(role), audit.SYSTEM, "root"):
        for work in (
            lambda by=by: take(lead, ELEVEN, by=by),
            lambda by=by: booking.move(consultation=taken, starts_at=ELEVEN, by=by),
            lambda by=by: booking.cancel(consultation=taken, by=by),
            lambda by=by: booking.end(consultation=taken, state=ConsultationState.HELD, by=by),
        ):
            refused(NotAllowed, work)


# -- a time that cannot be had


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        ("2027-02-22 09:00", "has passed"),
        ("2027-02-26 12:00", "has passed"),  # now
        ("2027-03-01 09:05", "no appointments at that time"),
        ("2027-03-02 09:00", "no appointments at that time"),
        ("2027-03-22 09:00", "no appointments at that time"),  # beyond the days ahead
        ("2099-03-02 09:00", "no appointments at that time"),
    ],
)
def test_a_past_or_closed_time_is_refused_with_what_can_be_had(
    mornings: None, lead: Lead, coordinator: User, starts_at: str, words: str
) -> None:
    set_rules(days_ahead=20)
    for by in (VISITOR, coordinator):
        error = refused(SlotTaken, lambda by=by: take(lead, local(starts_at), by=by))
        assert words in str(error)
        assert len(error.nearest) == 3  # type: ignore[attr-defined]
        assert all(slots.is_offered(one.starts_at, "phone") for one in error.nearest)  # type: ignore[attr-defined]


def test_a_taken_time_is_refused_with_the_nearest_three(
    mornings: None, lead: Lead, make_lead: Callable[..., Lead]
) -> None:
    take(lead, TEN_TWENTY)
    other = make_lead(first_name="Robin", phone="617-555-0102", email="")
    error = refused(SlotTaken, lambda: take(other, TEN_TWENTY))
    assert "just taken" in str(error)
    assert clock(error.nearest) == [  # type: ignore[attr-defined]
        "2027-03-01 09:00",
        "2027-03-01 09:40",
        "2027-03-01 11:00",
    ]


def test_a_channel_that_is_not_offered_is_refused(mornings: None, lead: Lead) -> None:
    for channel in ("in_person", "pigeon", ""):
        error = refused(SlotTaken, lambda channel=channel: take(lead, NINE, channel))
        assert error.nearest == []  # type: ignore[attr-defined]


def test_a_time_that_grew_too_near_is_refused_to_visitors_and_not_to_staff(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    set_rules(notice_minutes=120)
    with at(NINE - timedelta(minutes=119)):
        error = refused(SlotTaken, lambda: take(lead, NINE))
        assert "too soon" in str(error)
        assert clock(error.nearest)[0] == "2027-03-01 09:40"  # type: ignore[attr-defined]
        assert take(lead, NINE, by=coordinator).starts_at == NINE


def test_without_hours_staff_are_told_that_there_is_nothing(db: None, lead: Lead) -> None:
    error = refused(SlotTaken, lambda: take(lead, timezone.now() + timedelta(days=1)))
    assert error.nearest == []  # type: ignore[attr-defined]


# -- twice


def test_a_double_click_is_one_consultation(mornings: None, lead: Lead) -> None:
    key = new_key()
    first = take(lead, NINE, idempotency_key=key)
    before = dump()
    assert take(lead, NINE, idempotency_key=key) == first
    assert dump() == before


def test_the_same_page_with_another_time_moves_it(mornings: None, lead: Lead) -> None:
    key = new_key()
    first = take(lead, NINE, idempotency_key=key)
    again = take(lead, ELEVEN, "video", idempotency_key=key)
    assert again == first
    assert (again.starts_at, again.channel, again.sequence) == (ELEVEN, "video", 1)
    assert Consultation.objects.count() == 1


def test_the_same_page_after_a_cancellation_shows_what_is_so(mornings: None, lead: Lead) -> None:
    key = new_key()
    booking.cancel(consultation=take(lead, NINE, idempotency_key=key), by=VISITOR)
    assert take(lead, ELEVEN, idempotency_key=key).state == "cancelled"
    assert not ConsultationCell.objects.exists()


def test_a_lead_has_one_consultation_to_come_and_hears_when_it_is(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    first = take(lead, NINE)
    proven = access_of(lead, opened_lead=True)
    for by, access in ((coordinator, None), (VISITOR, proven)):
        error = refused(
            AlreadyBooked,
            lambda by=by, access=access: take(lead, ELEVEN, by=by, access=access),
        )
        assert "Monday, March 1, 9:00 AM" in str(error)
        assert error.consultation == first  # type: ignore[attr-defined]


@pytest.mark.parametrize("has_access", [True, False])
def test_somebody_unproven_learns_nothing_of_a_consultation_that_is_there(
    mornings: None, lead: Lead, has_access: bool
) -> None:
    take(lead, NINE)
    access = access_of(lead, opened_lead=False) if has_access else None
    assert take(lead, ELEVEN, access=access).state == "booked"
    assert Consultation.objects.booked().count() == 2
    lead.refresh_from_db()
    assert lead.next_follow_up_at == NINE  # the desk looks at both when the first comes


def test_one_that_is_over_or_cancelled_stands_in_nobodys_way(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    booking.cancel(consultation=take(lead, NINE, by=coordinator), by=coordinator)
    second = take(lead, NINE, by=coordinator)
    with at(NINE + timedelta(minutes=29)):
        refused(AlreadyBooked, lambda: take(lead, ELEVEN, by=coordinator))
    with at(NINE + timedelta(minutes=30)):
        assert take(lead, ELEVEN, by=coordinator) != second


def test_nothing_is_booked_for_a_lead_that_is_closed(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    close(lead)
    assert "Open it again" in str(refused(WorkflowError, lambda: take(lead, NINE, by=coordinator)))
    assert "call us" in str(refused(WorkflowError, lambda: take(lead, NINE)))


def test_a_lead_that_is_held_books_as_others_and_nobody_is_told(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    Lead.objects.filter(pk=lead.pk).update(quarantined_at=timezone.now())
    error = refused(WorkflowError, lambda: take(lead, NINE, by=coordinator))
    assert "suspected spam" in str(error)
    taken = take(lead, NINE)
    assert taken.state == "booked"
    assert "new_consultation" not in told(taken)
    # Staff give the time back when they find that it was spam.
    assert booking.cancel(consultation=taken, by=coordinator).state == "cancelled"


def test_what_cannot_be_stored_whole_is_not_stored(mornings: None, lead: Lead) -> None:
    before = dump()
    for table in ("consultationcell", "leadevent", "outboxmessage"):
        with pytest.raises(Exception, match="disk full"), writes_fail(f"admissions_{table}"):
            take(lead, NINE)
        assert dump() == before


# -- moving


def test_move_gives_the_new_time_and_frees_the_old(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    with at(local("2027-02-26 13:00")):
        moved = booking.move(consultation=taken, starts_at=ELEVEN, channel="video", by=VISITOR)
    moved.refresh_from_db()
    assert (moved.pk, moved.uid) == (taken.pk, taken.uid)
    assert (moved.starts_at, moved.ends_at) == (ELEVEN, ELEVEN + timedelta(minutes=30))
    assert (moved.channel, moved.sequence) == ("video", 1)
    assert moved.changed_at == local("2027-02-26 13:00")
    assert cells(moved)[0] == (ELEVEN, 0)
    assert ConsultationCell.objects.count() == 8
    lead.refresh_from_db()
    assert lead.next_follow_up_at == ELEVEN
    kind, actor, data = events(lead)[-1]
    assert (kind, actor) == ("consultation_moved", "visitor")
    assert [datetime.fromisoformat(text) for text in data["starts_at"]] == [NINE, ELEVEN]
    assert list(audit.verify()) == []


def test_move_tells_of_the_new_time_and_stops_what_spoke_of_the_old(
    mornings: None, lead: Lead
) -> None:
    taken = take(lead, NINE)
    booking.move(consultation=taken, starts_at=NEXT_WEEK, by=VISITOR)
    assert told(taken) == [
        "consultation_changed",
        "family_changed",
        "family_reminder",
        "new_consultation",
    ]
    assert told(taken, OutboxState.SKIPPED) == ["family_booked", "family_reminder"]
    reminder = OutboxMessage.objects.get(
        consultation=taken, kind=NoticeKind.FAMILY_REMINDER, state=OutboxState.WAITING
    )
    due = notices.reminder_time(
        NEXT_WEEK - timedelta(hours=24), starts_at=NEXT_WEEK, now=timezone.now()
    )
    assert reminder.available_at == due


def test_move_by_staff_tells_the_family_alone(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    taken = take(lead, NINE, by=coordinator)
    booking.move(consultation=taken, starts_at=ELEVEN, by=coordinator)
    assert told(taken) == ["family_changed", "family_reminder"]


def test_move_to_the_same_time_changes_nothing(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    before = dump()
    assert booking.move(consultation=taken, starts_at=NINE, by=VISITOR) == taken
    assert booking.move(consultation=taken, starts_at=NINE, channel="phone", by=VISITOR) == taken
    assert dump() == before


def test_move_to_another_channel_keeps_the_time(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    moved = booking.move(consultation=taken, starts_at=NINE, channel="video", by=VISITOR)
    assert (moved.starts_at, moved.channel, moved.sequence) == (NINE, "video", 1)
    assert cells(moved) == [(NINE + timedelta(minutes=5 * number), 0) for number in range(8)]


def test_move_is_not_hindered_by_its_own_time(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    offer(0, "09:10", "09:40")
    moved = booking.move(consultation=taken, starts_at=local("2027-03-01 09:10"), by=VISITOR)
    assert cells(moved)[0] == (local("2027-03-01 09:10"), 0)


def test_move_keeps_the_channel_that_was_changed_meanwhile(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    booking.move(consultation=taken, starts_at=NINE, channel="video", by=VISITOR)
    moved = booking.move(consultation=taken, starts_at=ELEVEN, by=VISITOR)  # an old page
    assert (moved.channel, moved.sequence) == ("video", 2)


def test_a_refused_move_keeps_the_old_time(
    mornings: None, lead: Lead, make_lead: Callable[..., Lead]
) -> None:
    other = make_lead(first_name="Robin", phone="617-555-0102", email="")
    take(other, ELEVEN)
    taken = take(lead, NINE)
    error = refused(
        SlotTaken, lambda: booking.move(consultation=taken, starts_at=ELEVEN, by=VISITOR)
    )
    # Its own time is not among what is offered instead: it has that.
    assert clock(error.nearest) == [  # type: ignore[attr-defined]
        "2027-03-01 09:40",
        "2027-03-01 10:20",
        "2027-03-08 09:00",
    ]
    assert cells(taken)[0] == (NINE, 0)


def test_move_leaves_a_follow_up_that_staff_set_alone(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    own = local("2027-02-27 10:00")
    Lead.objects.filter(pk=lead.pk).update(next_follow_up_at=own)
    booking.move(consultation=taken, starts_at=ELEVEN, by=VISITOR)
    lead.refresh_from_db()
    assert lead.next_follow_up_at == own


def test_a_family_may_move_and_cancel_though_the_lead_is_closed(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    close(lead)
    Lead.objects.filter(pk=lead.pk).update(next_follow_up_at=None)
    assert booking.move(consultation=taken, starts_at=ELEVEN, by=VISITOR).starts_at == ELEVEN
    assert booking.cancel(consultation=taken, by=VISITOR).state == "cancelled"
    lead.refresh_from_db()
    assert lead.next_follow_up_at is None


@pytest.mark.parametrize("minutes", [0, 10, 30, 100_000])
def test_what_has_begun_cannot_be_moved_or_cancelled(
    mornings: None, lead: Lead, coordinator: User, minutes: int
) -> None:
    taken = take(lead, NINE)
    with at(NINE + timedelta(minutes=minutes)):
        for by in (VISITOR, coordinator):
            for work in (
                lambda by=by: booking.move(consultation=taken, starts_at=NEXT_WEEK, by=by),
                lambda by=by: booking.cancel(consultation=taken, by=by),
            ):
                assert "begun or is over" in str(refused(WorkflowError, work))


# -- cancelling


def test_cancel_gives_the_time_back_and_brings_the_lead_up_at_once(
    mornings: None, lead: Lead
) -> None:
    taken = take(lead, NINE)
    now = local("2027-02-27 08:00")
    with at(now):
        cancelled = booking.cancel(consultation=taken, by=VISITOR)
        assert slots.is_offered(NINE, "phone")
    cancelled.refresh_from_db()
    assert (cancelled.state, cancelled.sequence, cancelled.changed_at) == ("cancelled", 1, now)
    assert cells(cancelled) == []
    lead.refresh_from_db()
    assert lead.next_follow_up_at == now
    assert events(lead)[-1][0] == "consultation_cancelled"
    assert list(audit.verify()) == []


def test_cancel_stops_the_reminder_and_says_so(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    booking.cancel(consultation=taken, by=VISITOR)
    assert told(taken) == ["consultation_changed", "family_changed", "new_consultation"]
    skipped = OutboxMessage.objects.filter(consultation=taken, state=OutboxState.SKIPPED)
    assert {one.last_error for one in skipped} == {"The appointment was changed since."}


def test_cancel_by_staff_leaves_somebody_to_call_the_family(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    taken = take(lead, NINE)
    booking.cancel(consultation=taken, by=coordinator)
    lead.refresh_from_db()
    assert lead.next_follow_up_at == timezone.now()


def test_cancel_with_another_to_come_brings_the_lead_up_for_that(
    mornings: None, lead: Lead
) -> None:
    first = take(lead, NINE)
    take(lead, ELEVEN)
    booking.cancel(consultation=first, by=VISITOR)
    lead.refresh_from_db()
    assert lead.next_follow_up_at == ELEVEN


def test_cancel_twice_is_cancelled_once(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    booking.cancel(consultation=taken, by=VISITOR)
    before = dump()
    assert booking.cancel(consultation=taken, by=VISITOR).state == "cancelled"
    assert dump() == before


def test_what_is_cancelled_cannot_be_moved(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    booking.cancel(consultation=taken, by=VISITOR)
    error = refused(
        WorkflowError, lambda: booking.move(consultation=taken, starts_at=ELEVEN, by=VISITOR)
    )
    assert "was cancelled" in str(error)


# -- how it went


@pytest.mark.parametrize("state", [ConsultationState.HELD, ConsultationState.NO_SHOW])
def test_staff_record_how_it_went_once_it_has_begun(
    mornings: None, lead: Lead, coordinator: User, state: ConsultationState
) -> None:
    taken = take(lead, NINE)
    with at(NINE):
        ended = booking.end(consultation=taken, state=state, by=coordinator)
        refused(
            WorkflowError, lambda: booking.move(consultation=taken, starts_at=ELEVEN, by=VISITOR)
        )
    ended.refresh_from_db()
    assert (ended.state, ended.sequence) == (state, 0)
    kind, actor, data = events(lead)[-1]
    assert (kind, actor) == ("consultation_ended", coordinator.username)
    assert data["state"] == ["booked", state]


def test_how_it_went_can_be_corrected_and_said_twice(
    mornings: None, lead: Lead, manager: User
) -> None:
    taken = take(lead, NINE)
    with at(NEXT_WEEK):
        booking.end(consultation=taken, state=ConsultationState.NO_SHOW, by=manager)
        booking.end(consultation=taken, state=ConsultationState.HELD, by=manager)
        before = dump()
        booking.end(consultation=taken, state=ConsultationState.HELD, by=manager)
    assert dump() == before
    assert events(lead)[-1][2]["state"] == ["no_show", "held"]


def test_how_it_went_is_refused_before_it_began_and_when_it_never_was(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    taken = take(lead, NINE)

    def end(state: Any = ConsultationState.HELD, by: Any = coordinator) -> Consultation:
        return booking.end(consultation=taken, state=state, by=by)

    assert "not begun" in str(refused(WorkflowError, end))
    with at(NINE):
        refused(NotAllowed, lambda: end(by=VISITOR))
        for state in (ConsultationState.BOOKED, ConsultationState.CANCELLED, "gone"):
            refused(WorkflowError, lambda state=state: end(state))
    booking.cancel(consultation=taken, by=VISITOR)
    with at(NINE):
        assert "was cancelled" in str(refused(WorkflowError, end))


# -- the visitor's link


def test_the_link_finds_its_consultation_whatever_became_of_it(
    mornings: None, lead: Lead, coordinator: User, django_assert_num_queries: Any
) -> None:
    taken = take(lead, NINE, access=access_of(lead, opened_lead=True))
    token = Consultation.objects.get().token
    assert len(token) == 32
    with django_assert_num_queries(1):
        found = booking.by_token(token)
        assert found == taken
        assert (found.lead, found.access.opened_lead) == (lead, True)  # type: ignore[union-attr]
    booking.move(consultation=taken, starts_at=ELEVEN, by=VISITOR)
    assert booking.by_token(token).starts_at == ELEVEN  # type: ignore[union-attr]
    booking.cancel(consultation=taken, by=VISITOR)
    close(lead)
    with at(local("2028-02-29 12:00")):
        assert booking.by_token(token).state == "cancelled"  # type: ignore[union-attr]


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "é" * 1000, "' OR 1=1 --"])
def test_any_other_link_finds_nothing(mornings: None, lead: Lead, token: str) -> None:
    take(lead, NINE)
    assert booking.by_token(token) is None


@pytest.mark.shows("ASVS 11.5.1")
def test_the_link_cannot_be_made_from_what_the_database_holds(mornings: None, lead: Lead) -> None:
    taken = take(lead, NINE)
    assert taken.token not in repr(dump())
    assert booking.by_token(taken.token_digest) is None


# -- what staff see of it


def test_the_timeline_says_when_how_and_what_became_of_it(
    mornings: None, lead: Lead, coordinator: User
) -> None:
    taken = take(lead, NINE)
    booking.move(consultation=taken, starts_at=ELEVEN, channel="video", by=VISITOR)
    with at(ELEVEN):
        booking.end(consultation=taken, state=ConsultationState.NO_SHOW, by=coordinator)
    ended, moved, booked = [one for one in timeline(lead) if "onsultation" in one.what]
    assert booked.detail == "Monday, March 1, 9:00 AM · By phone"
    assert moved.detail == "Monday, March 1, 9:00 AM → Monday, March 1, 11:00 AM · By video"
    assert ended.detail == "Booked → Not there · By video"


# -- at once


@contextmanager
def room_for_connections() -> Iterator[Any]:
    """Let no more threads in at a time than a quarter of the server's connections, as a pool.

    The others are for what else runs against it, and for those that are just being closed.
    """
    if connection.vendor != "postgresql":
        yield nullcontext()
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        most = int(cursor.fetchone()[0])
    yield BoundedSemaphore(min(200, most // 4))


@pytest.mark.shows("ASVS 2.3.4")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("capacity", [1, 3])
def test_of_200_takers_at_once_as_many_get_the_time_as_there_are_places(
    lead: Lead, capacity: int
) -> None:
    set_rules()
    for weekday in range(7):
        offer(weekday, "09:00", "12:00", capacity=capacity)
    wanted = slots.offered()[-1].starts_at
    with room_for_connections() as room:

        def work(number: int) -> Consultation:
            with room:
                try:
                    return take(lead, wanted)
                finally:
                    connection.close()  # in the room: it is one of those that are counted

        results = run_together(200, work)
    taken = [one for one in results if isinstance(one, Consultation)]
    late = [one for one in results if isinstance(one, SlotTaken)]
    assert (len(taken), len(late)) == (capacity, 200 - capacity)
    assert all(len(one.nearest) == 3 for one in late)
    assert sorted(cells(one)[0] for one in taken) == [(wanted, seat) for seat in range(capacity)]
    assert Consultation.objects.count() == capacity
    assert ConsultationCell.objects.count() == 8 * capacity
    assert LeadEvent.objects.filter(kind="consultation_booked").count() == capacity
    assert list(audit.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_the_database_alone_gives_a_place_once_to_50_who_heed_no_lock(lead: Lead) -> None:
    rivals = [unplaced(lead, number) for number in range(50)]

    def work(number: int) -> int:
        with transaction.atomic():
            ConsultationCell.objects.bulk_create(
                # Each begins five minutes after the other: all of them overlap.
                ConsultationCell(
                    consultation=rivals[number],
                    at=NINE + timedelta(minutes=5 * (number % 6 + step)),
                    seat=0,
                )
                for step in range(8)
            )
        return number

    results = run_together(50, work)
    taken = [one for one in results if isinstance(one, int)]
    assert len(taken) == 1
    assert sum(isinstance(one, IntegrityError) for one in results) == 49
    assert ConsultationCell.objects.count() == 8


def unplaced(lead: Lead, number: int) -> Consultation:
    return Consultation.objects.create(
        lead=lead,
        starts_at=NINE,
        ends_at=TEN_TWENTY,
        channel="phone",
        booked_by="visitor",
        idempotency_key=new_key(),
        token_digest=str(number),
    )


@pytest.mark.django_db(transaction=True)
def test_one_page_sent_20_times_at_once_is_one_consultation(lead: Lead) -> None:
    set_rules()
    for weekday in range(7):
        offer(weekday, "09:00", "12:00", capacity=3)
    wanted, key = slots.offered()[-1].starts_at, new_key()
    results = run_together(20, lambda number: take(lead, wanted, idempotency_key=key).pk)
    assert len(set(results)) == 1
    assert ConsultationCell.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_move_and_cancel_at_once_end_in_one_state_or_the_other(lead: Lead) -> None:
    set_rules()
    for weekday in range(7):
        offer(weekday, "09:00", "12:00")
    *_, before, after = slots.offered()
    taken = take(lead, before.starts_at)

    def work(number: int) -> Consultation:
        if number % 2:
            return booking.cancel(consultation=taken, by=VISITOR)
        return booking.move(consultation=taken, starts_at=after.starts_at, by=VISITOR)

    results = run_together(10, work)
    taken.refresh_from_db()
    assert taken.state == "cancelled"
    assert not ConsultationCell.objects.exists()
    assert all(isinstance(one, Consultation | WorkflowError) for one in results)
    assert list(audit.verify()) == []


@contextmanager
def rival_gets_there_first(rival: Consultation) -> Iterator[None]:
    """Let one who heeds no lock take the first seat just before our row is written."""
    to_come = [ConsultationCell(consultation=rival, at=NINE, seat=0)]

    def intrude(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if to_come and sql.startswith('INSERT INTO "admissions_consultationcell"'):
            to_come.pop().save()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(intrude):
        yield
    assert not to_come


def test_a_place_lost_at_the_last_moment_is_another_place(mornings: None, lead: Lead) -> None:
    offer(0, "09:00", "12:00", capacity=2)
    with rival_gets_there_first(unplaced(lead, 1)):
        taken = take(lead, NINE)
    assert {seat for _, seat in cells(taken)} == {1}


def test_the_last_place_lost_at_the_last_moment_is_said(mornings: None, lead: Lead) -> None:
    rival = unplaced(lead, 1)
    with rival_gets_there_first(rival):
        error = refused(SlotTaken, lambda: take(lead, NINE))
    assert "just taken" in str(error)


# -- whatever is clicked

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["book", "book", "move", "cancel", "rules"]),
        st.integers(0, 50),
        st.integers(0, 50),
    ),
    max_size=20,
)


@given(steps=STEPS, capacity=st.integers(1, 2))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_done_each_booked_time_has_a_place_and_nothing_else_has(
    mornings: None, lead: Lead, steps: list[tuple[str, int, int]], capacity: int
) -> None:
    with transaction.atomic():
        offer(0, "09:00", "12:00", capacity=capacity)
        for what, which, where in steps:
            booked = list(Consultation.objects.all())
            found = slots.offered(days=4)
            if what == "rules":
                set_rules(length_minutes=5 + which % 9 * 5, buffer_minutes=where % 4 * 5)
            elif what == "book" and found:
                take(lead, found[where % len(found)].starts_at)
            elif booked and what == "cancel":
                booking.cancel(consultation=booked[which % len(booked)], by=VISITOR)
            elif booked and what == "move" and found:
                one = booked[which % len(booked)]
                if one.state == "booked":
                    to = found[where % len(found)].starts_at
                    booking.move(consultation=one, starts_at=to, by=VISITOR)
        for one in Consultation.objects.all():
            held = cells(one)
            if one.state == "cancelled":
                assert held == []
            else:
                assert held[0][0] == one.starts_at
                assert len({seat for _, seat in held}) == 1
                assert held[-1][0] + timedelta(minutes=5) >= one.ends_at
        assert list(audit.verify()) == []
        transaction.set_rollback(True)
