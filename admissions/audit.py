"""The audit chain of leads: written here, verified here, changed nowhere.

Every event seals its own content and the seal before it with a key that the database does not
hold. So an edit, a removal, an insertion or a reordering shows, even to somebody who can write to
every table (45 CFR 164.312(b) audit controls, (c) integrity).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from admissions.enums import EventKind
from admissions.models import ChainHead, Lead, LeadEvent
from iop_site import crypto

PURPOSE = "audit-chain"

# Actors that are not members of staff.
VISITOR = "visitor"
SYSTEM = "system"

Actor = AbstractBaseUser | str


@dataclass(frozen=True)
class Fault:
    """Where the chain is broken and how."""

    sequence: int
    what: str


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
) -> str:
    """Return the text that an event's seal covers, the same for the same content."""
    return json.dumps(
        [previous, sequence, lead_id, kind, actor, at.astimezone(UTC).isoformat(), data],
        sort_keys=True,
        separators=(",", ":"),
    )


def record(
    *, lead: Lead | None, kind: EventKind, by: Actor, data: Mapping[str, Any] | None = None
) -> LeadEvent:
    """Append an event to the chain and return it; `lead` is None where it is about none, or many.

    `data` holds names of fields, ids and codes, never what a person told us. Call it inside the
    transaction that makes the change; both are stored, or neither.
    """
    head = lock_chain()
    event = LeadEvent(
        sequence=head.sequence + 1,
        lead=lead,
        kind=kind,
        actor=actor_name(by),
        at=timezone.now(),
        data=dict(data or {}),
    )
    seal_event(event, previous=head.seal)
    event.save(force_insert=True)
    head.sequence, head.seal = event.sequence, event.seal
    head.save(update_fields=["sequence", "seal"])
    return event


def record_refusal(*, lead: Lead | None, by: Actor, act: str, error: Exception) -> None:
    """Append that somebody was refused an act, and by which rule. In a transaction of its own."""
    with transaction.atomic():
        data = {"act": act, "why": type(error).__name__}
        record(lead=lead, kind=EventKind.REFUSED, by=by, data=data)


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


def verify() -> Iterator[Fault]:
    """Yield every place where the chain does not hold, from its start to its head.

    Reads all events in batches; changes nothing. Events may be written meanwhile: the chain must
    reach to where its head was before, and no further than where it is after.
    """
    before_sequence, before_seal = _head()
    previous, expected = "", 1
    seal_at_head = ""
    for event in LeadEvent.objects.order_by("sequence").iterator(chunk_size=2000):
        if event.sequence != expected:
            yield Fault(expected, f"events {expected} to {event.sequence - 1} are missing")
            expected = event.sequence
        seal = _sealed_again(event, previous)
        if seal is None:
            yield Fault(event.sequence, f"sealed with a key that is not there ({event.key_id})")
        elif seal != event.seal:
            yield Fault(event.sequence, "altered, moved, or follows an altered event")
        previous, expected = event.seal, expected + 1
        if event.sequence == before_sequence:
            seal_at_head = event.seal
    after_sequence, _ = _head()
    if not before_sequence < expected <= after_sequence + 1 or seal_at_head != before_seal:
        yield Fault(expected, "the chain's end is not where its head says")


def _head() -> tuple[int, str]:
    head = ChainHead.objects.filter(id=1).first()
    return (head.sequence, head.seal) if head else (0, "")
