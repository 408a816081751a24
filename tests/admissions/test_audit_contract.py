"""What the audit chain has promised for ever: the text it seals, from where, and where it looks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from admissions import audit
from admissions.audit import SYSTEM, Fault, Head
from admissions.enums import EventKind
from admissions.exceptions import NotAllowed
from admissions.models import ChainHead, LeadEvent
from iop_site import client_address
from tests.chain import unguarded

AT = datetime(2026, 3, 4, 9, 30, tzinfo=timezone(timedelta(hours=-5)))
DAY = "2026-03-04"


@pytest.fixture
def from_here() -> Iterator[str]:
    before = client_address.current.set("203.0.113.9")
    yield "203.0.113.9"
    client_address.current.reset(before)


@pytest.fixture
def events(db: None) -> list[LeadEvent]:
    """Ten events about nobody."""
    for number in range(10):
        note(number)
    return list(LeadEvent.objects.order_by("sequence"))


def note(number: int = 0, by: User | str = SYSTEM, traced: bool | None = None) -> LeadEvent:
    with transaction.atomic():
        return audit.record(
            lead=None, kind=EventKind.VIEWED, by=by, data={"n": number}, traced=traced
        )


def set_seal(event: LeadEvent, seal: str) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE admissions_leadevent SET seal = %s WHERE sequence = %s", [seal, event.sequence]
        )


@pytest.mark.parametrize(
    ("origin", "end"), [("", ""), ("203.0.113.9", ',"203.0.113.9"')], ids=["without", "with"]
)
def test_text_that_is_sealed_never_changes(origin: str, end: str) -> None:
    """Another text for the same event would break every chain there is."""
    text = audit.canonical(
        previous="ab",
        sequence=7,
        lead_id=None,
        kind="viewed",
        actor="pat@example.org",
        at=AT,
        data={"b": [1, None], "a": "é"},
        origin=origin,
    )
    assert text == (
        '["ab",7,null,"viewed","pat@example.org","2026-03-04T14:30:00+00:00",'
        '{"a":"\\u00e9","b":[1,null]}' + end + "]"
    )
    assert audit.canonical(
        previous="", sequence=1, lead_id=3, kind="x", actor="y", at=AT.astimezone(UTC), data={}
    ).startswith('["",1,3,"x","y","2026-03-04T14:30')


def test_from_where_is_kept_of_what_staff_do_and_of_others_where_it_is_asked_for(
    coordinator: User, from_here: str
) -> None:
    assert note(by=coordinator).origin == from_here
    assert note(by=coordinator, traced=False).origin == ""
    assert note(by=SYSTEM).origin == ""
    assert note(by=SYSTEM, traced=True).origin == from_here


def test_what_was_recorded_is_known_to_the_request(db: None) -> None:
    before = audit.noted.set(False)
    note()
    assert audit.noted.get() is True
    audit.noted.reset(before)


def test_refusal_says_what_was_refused_and_by_which_rule(coordinator: User) -> None:
    audit.record_refusal(lead=None, by=coordinator, act="export", error=NotAllowed("words"))
    event = LeadEvent.objects.get()
    assert (event.kind, event.actor) == ("refused", coordinator.get_username())
    assert event.data == {"act": "export", "why": "NotAllowed"}


def test_seal_holds_for_what_was_sealed_and_nothing_else(events: list[LeadEvent]) -> None:
    one, two = events[:2]
    assert audit.seal_holds(two, one.seal) is True
    assert audit.seal_holds(two, two.seal) is False
    two.actor = "somebody else"
    assert audit.seal_holds(two, one.seal) is False


def test_end_alone_is_looked_at_from_its_first_event_on(events: list[LeadEvent]) -> None:
    for last in (1, 5, 8, 9, 10, 11, 1000):
        assert list(audit.verify(last=last)) == []
    set_seal(events[4], "0" * 64)  # the fifth of ten
    altered = "altered, moved, or follows an altered event"
    assert list(audit.verify(last=4)) == []
    assert list(audit.verify(last=5)) == [Fault(6, altered)]  # follows it
    assert list(audit.verify(last=6)) == [Fault(5, altered), Fault(6, altered)]
    assert list(audit.verify()) == [Fault(5, altered), Fault(6, altered)]


def test_heads_are_held_against_the_events_that_are_looked_at(events: list[LeadEvent]) -> None:
    right = Head(DAY, 6, events[5].seal)
    assert list(audit.verify(heads=[right, right])) == []
    wrong = replace(right, seal="0" * 64)
    fault = Fault(6, f"not the event that was the last on {DAY}")
    assert list(audit.verify(heads=[right, wrong])) == [fault]
    assert list(audit.verify(heads=[wrong], last=5)) == [fault]
    assert list(audit.verify(heads=[wrong], last=4)) == []


def test_head_beyond_the_end_is_missing(events: list[LeadEvent]) -> None:
    beyond = [Head("2026-03-06", 12, "a"), Head("2026-03-05", 11, "b"), Head("2026-03-07", 11, "b")]
    assert list(audit.verify(heads=beyond)) == [
        Fault(11, "missing, and was the last event on 2026-03-05"),
        Fault(12, "missing, and was the last event on 2026-03-06"),
    ]


def test_first_event_is_looked_at_with_all_others(events: list[LeadEvent]) -> None:
    set_seal(events[0], "0" * 64)
    assert [one.sequence for one in audit.verify(last=9)] == [2]  # follows it
    for last in (10, 1000):
        assert [one.sequence for one in audit.verify(last=last)] == [1, 2]


def test_event_beyond_the_head_is_found_though_its_seal_holds(events: list[LeadEvent]) -> None:
    with unguarded():
        ChainHead.objects.update(sequence=9, seal=events[8].seal)
    assert list(audit.verify()) == [Fault(11, "the chain's end is not where its head says")]
