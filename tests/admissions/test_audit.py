"""The audit chain: what was done cannot be changed without being seen."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction

from admissions import audit, triage
from admissions.audit import Fault
from admissions.enums import EventKind
from admissions.models import ChainHead, Lead, LeadEvent
from tests.admissions.conftest import writes_fail
from tests.chain import unguarded
from tests.threads import run_together

TABLE = "admissions_leadevent"


@pytest.fixture
def chain(lead: Lead, coordinator: User) -> list[LeadEvent]:
    """Six events; the tests tamper with the third and fourth."""
    triage.claim(lead=lead, by=coordinator)
    triage.add_note(lead=lead, text="Called.", by=coordinator)
    triage.release(lead=lead, by=coordinator)
    triage.claim(lead=lead, by=coordinator)
    events = list(LeadEvent.objects.order_by("sequence"))
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6]
    return events


def sql(statement: str, *params: Any) -> None:
    """Do to the table what its owner could."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(statement, params)


def faults() -> list[Fault]:
    return list(audit.verify())


def places() -> list[int]:
    return [fault.sequence for fault in faults()]


# -- writing


def test_chain_of_untouched_events_verifies(chain: list[LeadEvent]) -> None:
    assert faults() == []
    head = ChainHead.objects.get()
    assert (head.sequence, head.seal) == (6, chain[-1].seal)


def test_chain_of_no_events_verifies(db: None) -> None:
    assert faults() == []


@pytest.mark.shows("45 CFR 164.312(a)(2)(i)", "45 CFR 164.312(b)", "ASVS 16.2.1")
def test_record_keeps_who_what_when_and_which_lead(lead: Lead, coordinator: User) -> None:
    with transaction.atomic():
        event = audit.record(
            lead=lead, kind=EventKind.CLAIMED, by=coordinator, data={"owner": coordinator.pk}
        )
    event.refresh_from_db()
    assert event.actor == coordinator.get_username()
    assert event.lead_id == lead.pk
    assert event.kind == "claimed"
    assert event.data == {"owner": coordinator.pk}
    assert event.key_id == "k1"
    assert faults() == []


def test_record_names_an_actor_who_is_no_member_of_staff(lead: Lead) -> None:
    with transaction.atomic():
        event = audit.record(lead=lead, kind=EventKind.CONSENT_GIVEN, by=audit.SYSTEM)
    assert event.actor == "system"
    assert event.data == {}


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused(lead: Lead) -> None:
    before = LeadEvent.objects.count()
    with pytest.raises(RuntimeError, match="inside the transaction"):
        audit.record(lead=lead, kind=EventKind.CLAIMED, by="visitor")
    assert LeadEvent.objects.count() == before
    assert faults() == []


def test_record_goes_with_the_transaction_it_speaks_of(chain: list[LeadEvent]) -> None:
    class Undone(Exception):
        pass

    def undo() -> None:
        with transaction.atomic():
            audit.record(lead=chain[0].lead, kind=EventKind.CLAIMED, by="visitor")
            raise Undone

    with pytest.raises(Undone):
        undo()
    assert LeadEvent.objects.count() == 6
    assert faults() == []


def test_head_that_cannot_be_written_takes_the_event_with_it(chain: list[LeadEvent]) -> None:
    def write() -> None:
        with transaction.atomic():
            audit.record(lead=chain[0].lead, kind=EventKind.CLAIMED, by="visitor")

    with writes_fail("admissions_chainhead", "UPDATE"), pytest.raises(OperationalError):
        write()
    assert faults() == []
    assert LeadEvent.objects.count() == 6


def test_event_is_neither_saved_again_nor_deleted(chain: list[LeadEvent]) -> None:
    event = LeadEvent.objects.get(sequence=3)
    event.actor = "somebody else"
    with pytest.raises(TypeError, match="cannot be changed"):
        event.save()
    with pytest.raises(TypeError, match="cannot be deleted"):
        event.delete()
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_record_from_many_threads_makes_one_chain(lead: Lead) -> None:
    before = LeadEvent.objects.count()

    def write(number: int) -> None:
        for _ in range(5):
            with transaction.atomic():
                audit.record(lead=lead, kind=EventKind.NOTE_ADDED, by=f"thread {number}")

    assert run_together(8, write) == [None] * 8
    sequences = list(LeadEvent.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, before + 41))
    assert faults() == []


# -- tampering

ALTERED = {
    "sequence": 99,
    "lead_id": 424242,
    "kind": "released",
    "actor": "somebody.else@example.org",
    "at": "2020-01-01 00:00:00+00:00",
    "origin": "203.0.113.7",
    "data": json.dumps({"note": 424242}),
    "key_id": "k9",
    "seal": "0" * 64,
}


def test_every_column_of_an_event_is_tampered_with_below(db: None) -> None:
    columns = {field.column for field in LeadEvent._meta.concrete_fields}
    assert columns - {"id"} == set(ALTERED)  # the row's own number says nothing


@pytest.mark.shows("45 CFR 164.312(c)(1)", "ASVS 16.4.2")
@pytest.mark.parametrize("column", ALTERED)
def test_changed_column_is_found_where_it_is(chain: list[LeadEvent], column: str) -> None:
    sql(f"UPDATE {TABLE} SET {column} = %s WHERE sequence = 4", ALTERED[column])  # noqa: S608
    assert places()[0] == 4
    if column not in ("sequence", "seal"):  # these two break what follows as well
        assert places() == [4]


def test_lead_that_is_taken_off_an_event_is_found(chain: list[LeadEvent]) -> None:
    sql(f"UPDATE {TABLE} SET lead_id = NULL WHERE sequence = 4")  # noqa: S608
    assert places() == [4]


def test_event_sealed_with_an_unknown_key_is_told_apart(chain: list[LeadEvent]) -> None:
    sql(f"UPDATE {TABLE} SET key_id = 'k9' WHERE sequence = 4")  # noqa: S608
    assert faults() == [Fault(4, "sealed with a key that is not there (k9)")]


@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_deleted_event_is_found_where_it_was(chain: list[LeadEvent], sequence: int) -> None:
    sql(f"DELETE FROM {TABLE} WHERE sequence = %s", sequence)  # noqa: S608
    assert faults()[0] == Fault(sequence, f"events {sequence} to {sequence} are missing")


def test_several_deleted_events_are_told_as_one_gap(chain: list[LeadEvent]) -> None:
    sql(f"DELETE FROM {TABLE} WHERE sequence IN (2, 3, 4)")  # noqa: S608
    assert faults()[0] == Fault(2, "events 2 to 4 are missing")


def test_deleted_event_is_found_when_the_others_move_up(chain: list[LeadEvent]) -> None:
    sql(f"DELETE FROM {TABLE} WHERE sequence = 3")  # noqa: S608
    for sequence in (4, 5, 6):
        sql(f"UPDATE {TABLE} SET sequence = %s WHERE sequence = %s", sequence - 1, sequence)  # noqa: S608
    assert places()[0] == 3


@pytest.mark.shows("45 CFR 164.312(c)(1)", "ASVS 16.4.2")
def test_deleted_end_is_found(chain: list[LeadEvent]) -> None:
    sql(f"DELETE FROM {TABLE} WHERE sequence >= 5")  # noqa: S608
    assert faults() == [Fault(5, "the chain's end is not where its head says")]


def test_all_events_deleted_is_found(chain: list[LeadEvent]) -> None:
    sql(f"DELETE FROM {TABLE}")  # noqa: S608
    assert places() == [1]


def test_two_events_that_changed_places_are_found(chain: list[LeadEvent]) -> None:
    for here, there in ((3, 1003), (4, 3), (1003, 4)):
        sql(f"UPDATE {TABLE} SET sequence = %s WHERE sequence = %s", there, here)  # noqa: S608
    assert {3, 4} <= set(places())


def _forge(event: LeadEvent, sequence: int) -> None:
    sql(
        f"INSERT INTO {TABLE} (sequence, lead_id, kind, actor, at, origin, data, key_id, seal) "  # noqa: S608
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        sequence,
        event.lead_id,
        event.kind,
        event.actor,
        event.at.isoformat(),
        event.origin,
        json.dumps(event.data),
        event.key_id,
        event.seal,
    )


def test_forged_event_at_the_end_is_found(chain: list[LeadEvent]) -> None:
    _forge(chain[5], 7)
    assert 7 in places()


def test_forged_event_at_the_end_is_found_when_the_head_was_moved_too(
    chain: list[LeadEvent],
) -> None:
    _forge(chain[5], 7)
    sql("UPDATE admissions_chainhead SET sequence = 7, seal = %s", chain[5].seal)
    assert places() == [7]


def test_forged_event_before_the_first_is_found(chain: list[LeadEvent]) -> None:
    _forge(chain[1], 0)
    assert faults() == [Fault(0, "put in before the first event")]


@pytest.mark.parametrize("batch", [1, 3, 6])
def test_chain_is_read_in_batches(
    chain: list[LeadEvent], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BATCH", batch)
    assert faults() == []
    sql(f"DELETE FROM {TABLE} WHERE sequence = 3")  # noqa: S608
    assert places()[0] == 3


def test_forged_event_in_the_middle_is_found(chain: list[LeadEvent]) -> None:
    for sequence in (6, 5, 4):
        sql(f"UPDATE {TABLE} SET sequence = %s WHERE sequence = %s", sequence + 1, sequence)  # noqa: S608
    _forge(chain[1], 4)
    assert places()[0] == 4


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE admissions_chainhead SET sequence = 5",
        "UPDATE admissions_chainhead SET sequence = 7",
        "UPDATE admissions_chainhead SET seal = 'x'",
        "DELETE FROM admissions_chainhead",
    ],
)
def test_changed_head_is_found(chain: list[LeadEvent], change: str) -> None:
    sql(change)
    assert faults() == [Fault(7, "the chain's end is not where its head says")]


def test_every_fault_is_told_not_only_the_first(chain: list[LeadEvent]) -> None:
    sql(f"UPDATE {TABLE} SET actor = 'x' WHERE sequence IN (2, 5)")  # noqa: S608
    assert places() == [2, 5]


def test_chain_outlives_its_lead(chain: list[LeadEvent]) -> None:
    sql("DELETE FROM admissions_searchtoken")
    for table in ("leadnote", "consent", "outboxmessage", "inquiry", "statusaccess", "lead"):
        sql(f"DELETE FROM admissions_{table}")  # noqa: S608
    assert LeadEvent.objects.count() == 6
    assert faults() == []


# -- keys


def test_chain_goes_on_under_a_new_key(chain: list[LeadEvent], settings: Any) -> None:
    settings.INDEX_KEYS = (("k2", b"n" * 32), *settings.INDEX_KEYS)
    with transaction.atomic():
        event = audit.record(lead=chain[0].lead, kind=EventKind.RELEASED, by="visitor")
    assert event.key_id == "k2"
    assert faults() == []


def test_chain_under_another_secret_is_broken_from_its_start(
    chain: list[LeadEvent], settings: Any
) -> None:
    settings.INDEX_KEYS = (("k1", b"x" * 32),)
    assert places() == [1, 2, 3, 4, 5, 6]


# -- verifying a site at work


@pytest.mark.django_db(transaction=True)
def test_verify_raises_no_alarm_while_events_are_written(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that arrives between reading the events and reading the head is no fault."""

    def note() -> None:
        with transaction.atomic():
            audit.record(lead=lead, kind=EventKind.NOTE_ADDED, by="visitor")

    run_verify: Callable[[], list[Fault]] = faults
    reads = 0

    def work_goes_on(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal reads
        result = execute(statement, params, many, context)
        if statement.startswith("SELECT") and f'"{TABLE}"' in statement and not reads:
            reads += 1
            run_together(1, lambda _number: note())
        return result

    with connection.execute_wrapper(work_goes_on):
        assert run_verify() == []
    assert reads == 1
