"""The audit chain of leads: written here, verified here, changed nowhere.

Every event seals its own content and the seal before it with a key that the database does not
hold. So an edit, a removal, an insertion or a reordering shows, even to somebody who can write to
every table (45 CFR 164.312(b) audit controls, (c) integrity).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from admissions.enums import EventKind
from admissions.models import ChainHead, Lead, LeadEvent
from iop_site import client_address, crypto

PURPOSE = "audit-chain"
BATCH = 2000  # events that are read at once

# Actors that are not members of staff.
VISITOR = "visitor"
SYSTEM = "system"

Actor = AbstractBaseUser | str

# Whether an event was recorded in this context; `admissions.readings` asks.
noted: ContextVar[bool] = ContextVar("noted", default=False)


@dataclass(frozen=True)
class Fault:
    """Where the chain is broken and how."""

    sequence: int
    what: str


@dataclass(frozen=True)
class Head:
    """Where the chain ended on a day (written 2027-03-01): its last event's number and seal."""

    day: str
    sequence: int
    seal: str


def actor_name(by: Actor) -> str:
    """Return the name an event keeps: the member of staff's sign-in name, or a word."""
    return by if isinstance(by, str) else by.get_username()


def lock_chain() -> ChainHead:
    """Return the chain's head, locked until the transaction ends.

    Taken first by every verb that changes a lead: one writer at a time means that two posts of
    the same person cannot make two leads, and that no two verbs wait for each other in a circle.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("The audit chain is written inside the transaction it speaks of.")
    head = ChainHead.objects.select_for_update().filter(id=1).first()
    if head is None:
        ChainHead.objects.get_or_create(id=1)
        head = ChainHead.objects.select_for_update().get(id=1)
    return head


def canonical(
    *,
    previous: str,
    sequence: int,
    lead_id: int | None,
    kind: str,
    actor: str,
    at: datetime,
    data: Mapping[str, Any],
    origin: str = "",
) -> str:
    """Return the text that an event's seal covers, the same for the same content."""
    content = [previous, sequence, lead_id, kind, actor, at.astimezone(UTC).isoformat(), data]
    return json.dumps(
        [*content, origin] if origin else content,  # those without are sealed as they always were
        sort_keys=True,
        separators=(",", ":"),
    )


def record(
    *,
    lead: Lead | None,
    kind: EventKind,
    by: Actor,
    data: Mapping[str, Any] | None = None,
    traced: bool | None = None,
) -> LeadEvent:
    """Append an event to the chain and return it; `lead` is None where it is about none, or many.

    `data` holds names of fields, ids and codes, never what a person told us. The network address
    is kept of what staff do, and of others where `traced` says so. Call it inside the transaction
    that makes the change; both are stored, or neither.
    """
    traced = not isinstance(by, str) if traced is None else traced
    end = lock_chain()
    event = LeadEvent(
        sequence=end.sequence + 1,
        lead=lead,
        kind=kind,
        actor=actor_name(by),
        at=timezone.now(),
        origin=client_address.current.get() if traced else "",
        data=dict(data or {}),
    )
    seal_event(event, previous=end.seal)
    event.save(force_insert=True)
    end.sequence, end.seal = event.sequence, event.seal
    end.save(update_fields=["sequence", "seal"])
    noted.set(True)
    return event


def record_alone(
    *,
    lead: Lead | None,
    kind: EventKind,
    by: Actor,
    data: Mapping[str, Any] | None = None,
    traced: bool | None = None,
) -> None:
    """Append an event that no other change goes with (a reading, a search), as `record` does."""
    with transaction.atomic():
        record(lead=lead, kind=kind, by=by, data=data, traced=traced)


def record_refusal(*, lead: Lead | None, by: Actor, act: str, error: Exception) -> None:
    """Append that somebody was refused an act, and by which rule. In a transaction of its own."""
    data = {"act": act, "why": type(error).__name__}
    record_alone(lead=lead, kind=EventKind.REFUSED, by=by, data=data)


def seal_event(event: LeadEvent, *, previous: str) -> None:
    """Set the event's seal and the id of the key it was made with."""
    event.key_id, event.seal = crypto.seal(_text_of(event, previous), purpose=PURPOSE)


def _text_of(event: LeadEvent, previous: str) -> str:
    return canonical(
        previous=previous,
        sequence=event.sequence,
        lead_id=event.lead_id,
        kind=event.kind,
        actor=event.actor,
        at=event.at,
        data=event.data,
        origin=event.origin,
    )


def seal_holds(event: LeadEvent, previous: str) -> bool:
    """Return whether the event is as it was sealed, after the seal `previous`."""
    return _sealed_again(event, previous) == event.seal


def _sealed_again(event: LeadEvent, previous: str) -> str | None:
    """Return the seal that the event's content has now, None where its key is not there."""
    try:
        return crypto.seal(_text_of(event, previous), purpose=PURPOSE, key_id=event.key_id)[1]
    except crypto.DecryptionError:
        return None


def verify(*, heads: Iterable[Head] = (), last: int | None = None) -> Iterator[Fault]:
    """Yield every place where the chain does not hold, from its start to its head.

    With `heads`, put down at the time (`audit_heads`), also where it is not the chain of then: an
    end that was cut off together with the head, or a chain written anew. With `last`, only so many
    events at the end are looked at. Reads in batches; changes nothing. Events may be written
    meanwhile: the chain must reach to where its head was before, and no further than where it is
    after.
    """
    before = head()
    first = 1 if last is None else max(1, before.sequence - last + 1)
    put_down: dict[int, list[Head]] = defaultdict(list)
    for one in heads:
        if one.sequence >= first:
            put_down[one.sequence].append(one)
    previous, expected, seal_at_head = "", first, ""
    if first > 1:
        known = LeadEvent.objects.filter(sequence=first - 1).values_list("seal", flat=True)
        previous = known.first() or ""
    for event in _from(first if first > 1 else 0):
        if event.sequence < expected:
            yield Fault(event.sequence, "put in before the first event")
            continue
        if event.sequence > expected:
            yield Fault(expected, f"events {expected} to {event.sequence - 1} are missing")
            expected = event.sequence
        seal = _sealed_again(event, previous)
        if seal is None:
            yield Fault(event.sequence, f"sealed with a key that is not there ({event.key_id})")
        elif seal != event.seal:
            yield Fault(event.sequence, "altered, moved, or follows an altered event")
        for one in put_down.pop(event.sequence, ()):
            if one.seal != event.seal:
                yield Fault(event.sequence, f"not the event that was the last on {one.day}")
        previous, expected = event.seal, expected + 1
        if event.sequence == before.sequence:
            seal_at_head = event.seal
    for sequence, ends in sorted(put_down.items()):
        yield Fault(sequence, f"missing, and was the last event on {ends[0].day}")
    if not before.sequence < expected <= head().sequence + 1 or seal_at_head != before.seal:
        yield Fault(expected, "the chain's end is not where its head says")


def _from(sequence: int) -> Iterator[LeadEvent]:
    """Yield the events from a number on, a batch at a time: no query waits for the whole table."""
    events = LeadEvent.objects.order_by("sequence")
    while batch := list(events.filter(sequence__gte=sequence)[:BATCH]):
        yield from batch
        sequence = batch[-1].sequence + 1


def head(day: str = "") -> Head:
    """Return where the chain ends now, to be put down under a day."""
    now = ChainHead.objects.filter(id=1).first() or ChainHead()
    return Head(day, now.sequence, now.seal)
