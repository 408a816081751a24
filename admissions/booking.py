"""Booking a consultation, moving it, cancelling it: the only writer of consultations.

Each verb runs in one transaction that takes the audit chain's lock first, writes an event, and
tells staff and family. That a time goes to one person only is a constraint of the database
(`ConsultationCell`); the lock merely makes those who come late wait, and be told.
"""

import hashlib
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit, notices, outbox, slots
from admissions.enums import ConsultationState, EventKind, NoticeKind
from admissions.exceptions import AlreadyBooked, NotAllowed, SlotTaken, WorkflowError
from admissions.models import Consultation, ConsultationCell, Lead, StatusAccess
from iop_site.roles import COORDINATOR, MANAGER, has_role

# What the family is told about a consultation; a change makes what still waits untrue.
_OUTDATED = (NoticeKind.FAMILY_BOOKED, NoticeKind.FAMILY_CHANGED, NoticeKind.FAMILY_REMINDER)


def book(
    *,
    lead: Lead,
    starts_at: datetime,
    channel: str,
    idempotency_key: uuid.UUID,
    by: audit.Actor,
    access: StatusAccess | None = None,
) -> Consultation:
    """Give a time to a lead and return the consultation; `access` is the visitor's way back.

    The same key gives the consultation that is there (a double click), moved where another time
    was chosen. Raises SlotTaken, with the nearest times that can be had, for a time that is taken,
    past or not on offer. A lead has one consultation to come: AlreadyBooked tells staff, and a
    visitor who opened the lead, when that is. Who came to the lead by a phone number or e-mail
    alone is told nothing of it and gets a time of their own.

    Side effects: the lead's next follow-up becomes the consultation; event; notices to staff
    (where a visitor booked) and family, and a reminder.
    """
    starts_at = starts_at.astimezone(UTC)
    with _nearest_offered(starts_at, channel, by):
        lead = _held_lead(lead, by)
        if access is not None:
            lead = access.held_lead()
        earlier = Consultation.objects.filter(idempotency_key=idempotency_key).first()
        if earlier is not None:
            is_same = (earlier.starts_at, earlier.channel) == (starts_at, channel)
            if is_same or earlier.state != ConsultationState.BOOKED:
                return earlier
            return _moved(earlier, starts_at, channel, by)
        _check_bookable(lead, by, access)
        place = _place(starts_at, channel, by)
        token = secrets.token_urlsafe(24)
        consultation = Consultation.objects.create(
            lead=lead,
            access=access,
            starts_at=starts_at,
            ends_at=place.ends_at,
            channel=channel,
            booked_by=audit.actor_name(by),
            idempotency_key=idempotency_key,
            token=token,
            token_digest=_digest(token),
        )
        _take(consultation, place)
        _follow_up(lead)
        _record(consultation, EventKind.CONSULTATION_BOOKED, by, starts_at)
        _tell(consultation, NoticeKind.NEW_CONSULTATION, NoticeKind.FAMILY_BOOKED, by)
        return consultation


def move(
    *, consultation: Consultation, starts_at: datetime, by: audit.Actor, channel: str | None = None
) -> Consultation:
    """Give a consultation another time, or another channel, and return it as it is then.

    Refused (SlotTaken, or another WorkflowError once it has begun or was cancelled) it keeps the
    time it has. Side effects as `book`; reminders of the old time are withdrawn.
    """
    starts_at = starts_at.astimezone(UTC)
    with _nearest_offered(starts_at, channel or consultation.channel, by):
        return _moved(consultation, starts_at, channel, by)


def cancel(*, consultation: Consultation, by: audit.Actor) -> Consultation:
    """Give the time back; a second time changes nothing. Returns the consultation as it is then.

    Side effects: the lead comes up for a call at once, or for its next consultation; event;
    notices; reminders are withdrawn.
    """
    with transaction.atomic():
        consultation = _held(consultation, by)
        if consultation.state == ConsultationState.CANCELLED:
            return consultation
        _check_to_come(consultation)
        consultation.state = ConsultationState.CANCELLED
        consultation.cells.all().delete()
        _changed(consultation)
        _follow_up(consultation.lead)
        _record(consultation, EventKind.CONSULTATION_CANCELLED, by, consultation.starts_at)
        _tell(consultation, NoticeKind.CONSULTATION_CHANGED, NoticeKind.FAMILY_CHANGED, by)
        return consultation


def end(*, consultation: Consultation, state: ConsultationState, by: audit.Actor) -> Consultation:
    """Record how a consultation went: HELD or NO_SHOW. Staff only, and once it has begun.

    May be corrected. Nothing of the calendar file changes.
    """
    if state not in (ConsultationState.HELD, ConsultationState.NO_SHOW):
        raise WorkflowError(_("Say whether it was held or they were not there."))
    with transaction.atomic():
        if by == audit.VISITOR:
            raise NotAllowed(_("Only staff record how a consultation went."))
        consultation = _held(consultation, by)
        if consultation.state == ConsultationState.CANCELLED:
            raise WorkflowError(_("This consultation was cancelled."))
        if consultation.starts_at > timezone.now():
            raise WorkflowError(_("This consultation has not begun yet."))
        if consultation.state == state:
            return consultation
        before, consultation.state = consultation.state, state
        consultation.save(update_fields=["state"])
        codes = [str(before), str(state)]
        _record(consultation, EventKind.CONSULTATION_ENDED, by, state=codes)
        return consultation


def by_token(token: str) -> Consultation | None:
    """Return the consultation that a visitor's link is for, whatever its state; one query."""
    found = Consultation.objects.filter(token_digest=_digest(token))
    return found.select_related("lead", "access").first()


def _moved(
    consultation: Consultation, starts_at: datetime, channel: str | None, by: audit.Actor
) -> Consultation:
    consultation = _held(consultation, by)
    _check_to_come(consultation)
    before, channel = consultation.starts_at, channel or consultation.channel
    if (before, consultation.channel) == (starts_at, channel):
        return consultation
    consultation.cells.all().delete()  # its own time does not stand in its way
    place = _place(starts_at, channel, by)
    consultation.starts_at, consultation.ends_at = starts_at, place.ends_at
    consultation.channel = channel
    _changed(consultation)
    _take(consultation, place)
    if consultation.lead.next_follow_up_at in (None, before):  # else staff set a step of their own
        _follow_up(consultation.lead)
    _record(consultation, EventKind.CONSULTATION_MOVED, by, before, starts_at)
    _tell(consultation, NoticeKind.CONSULTATION_CHANGED, NoticeKind.FAMILY_CHANGED, by)
    return consultation


@contextmanager
def _nearest_offered(starts_at: datetime, channel: str, by: audit.Actor) -> Iterator[None]:
    """Run a transaction; refused, say what can be had, with its locks given back before."""
    try:
        with transaction.atomic():
            yield
    except SlotTaken as refused:
        refused.nearest = slots.nearest(starts_at, channel, without_notice=by != audit.VISITOR)
        raise


def _held_lead(lead: Lead, by: audit.Actor) -> Lead:
    """Return the lead as it is now, locked, after the actor's role is checked."""
    if by != audit.VISITOR and (isinstance(by, str) or not has_role(by, COORDINATOR, MANAGER)):
        raise NotAllowed(_("Your role does not include working on leads."))
    audit.lock_chain()
    return Lead.objects.select_for_update().get(pk=lead.pk)


def _held(consultation: Consultation, by: audit.Actor) -> Consultation:
    _held_lead(consultation.lead, by)
    current = Consultation.objects.select_for_update().get(pk=consultation.pk)
    # Not the lead it had when it was read: a merge may have re-hung it.
    current.lead = Lead.objects.select_for_update().get(pk=current.lead_id)
    return current


def _check_bookable(lead: Lead, by: audit.Actor, access: StatusAccess | None) -> None:
    is_staff = by != audit.VISITOR
    if not lead.is_open:
        raise WorkflowError(
            _("This lead is not open. Open it again before you book.")
            if is_staff
            else _("We cannot book a time for this request any more. Please call us.")
        )
    if is_staff and lead.quarantined_at:
        raise WorkflowError(_("This lead is held as suspected spam. Release it before you book."))
    if not is_staff and not (access and access.opened_lead):
        return
    first = _first_to_come(lead)
    if first is not None:
        words = (
            _("This lead has a consultation already: %(when)s. You can move it.")
            if is_staff
            else _("You have a time with us already: %(when)s. You can change it.")
        )
        raise AlreadyBooked(words % {"when": slots.in_words(first.starts_at)}, first)


def _check_to_come(consultation: Consultation) -> None:
    if consultation.state == ConsultationState.CANCELLED:
        raise WorkflowError(_("This appointment was cancelled. You can book a new one."))
    if consultation.state != ConsultationState.BOOKED or consultation.starts_at <= timezone.now():
        raise WorkflowError(_("This appointment has begun or is over. It cannot be changed."))


def _place(starts_at: datetime, channel: str, by: audit.Actor) -> slots.Place:
    """Return what the time takes, or raise SlotTaken saying why it cannot be had."""
    if starts_at <= timezone.now():
        raise SlotTaken(_("That time has passed. Please choose another."))
    place = slots.place(starts_at, channel)
    if place is None:
        raise SlotTaken(_("There are no appointments at that time. Please choose another."))
    if not place.seats:
        raise _just_taken()
    if not place.in_time and by == audit.VISITOR:
        raise SlotTaken(_("That time is too soon now. Please choose another, or call us."))
    return place


def _just_taken() -> SlotTaken:
    return SlotTaken(_("Someone else has just taken that time. Please choose another."))


def _take(consultation: Consultation, place: slots.Place) -> None:
    """Put the consultation into the first of the free seats that the database gives it."""
    for seat in place.seats:
        try:
            with transaction.atomic():
                ConsultationCell.objects.bulk_create(
                    ConsultationCell(consultation=consultation, at=at, seat=seat)
                    for at in place.cells
                )
        except IntegrityError:  # taken by somebody who does not heed the lock
            continue
        return
    raise _just_taken()


def _changed(consultation: Consultation) -> None:
    """Store a change of what stands in the family's calendar (RFC 5545, 3.8.7.4)."""
    consultation.sequence += 1
    consultation.changed_at = timezone.now()
    consultation.save()


def _first_to_come(lead: Lead) -> Consultation | None:
    return Consultation.objects.upcoming().filter(lead=lead).order_by("starts_at", "id").first()


def _follow_up(lead: Lead) -> None:
    """Bring an open lead up for its next consultation; for a call at once where it has none."""
    if lead.is_open:
        first = _first_to_come(lead)
        lead.next_follow_up_at = first.starts_at if first else timezone.now()
        lead.version += 1
        lead.save(update_fields=["next_follow_up_at", "version"])


def _record(
    consultation: Consultation, kind: EventKind, by: audit.Actor, *times: datetime, **codes: object
) -> None:
    data = {"consultation": consultation.pk, "how": consultation.channel, **codes}
    if times:
        data["starts_at"] = [one.isoformat(timespec="minutes") for one in times]
    audit.record(lead=consultation.lead, kind=kind, by=by, data=data)


def _tell(
    consultation: Consultation, to_staff: NoticeKind, to_family: NoticeKind, by: audit.Actor
) -> None:
    """Store the notices of what was just done, and a reminder; staff know what they did."""
    outbox.withdraw(
        consultation=consultation, kinds=_OUTDATED, reason=_("The appointment was changed since.")
    )
    lead, access = consultation.lead, consultation.access
    if by == audit.VISITOR:
        notices.tell_staff(kind=to_staff, lead=lead, consultation=consultation)
    tell_family = partial(notices.tell_family, lead=lead, access=access, consultation=consultation)
    tell_family(kind=to_family)
    hours = slots.booking_rules().reminder_hours
    due = consultation.starts_at - timedelta(hours=hours)
    if consultation.state == ConsultationState.BOOKED and hours and due > timezone.now():
        tell_family(kind=NoticeKind.FAMILY_REMINDER, not_before=due)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
