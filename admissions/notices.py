"""Who is told what: every notice to staff and families starts here, in its caller's transaction.

What a mail says is in `admissions.mails`. Whether it may really go is asked when it is sent: until
then a person may have withdrawn, or a time may have changed.

Staff: the shared admissions address hears of everything but escalations; a coordinator or manager
also of the kinds they asked for, after their quiet hours. Escalations go to every manager, asked
for or not and at any hour, and to the shared address where there is no manager. Who is marked as
away is told nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef
from django.utils import timezone

from admissions import outbox
from admissions.enums import ESCALATIONS, Audience, NoticeKind
from admissions.models import (
    Absence,
    Consultation,
    Lead,
    NoticePreference,
    OutboxMessage,
    StatusAccess,
)
from admissions.office_hours import instant
from iop_site.roles import COORDINATOR, MANAGER, holders

# No reminder reaches a family at night: someone else may see the screen light up, or wake.
NIGHT_FROM, NIGHT_UNTIL = time(20), time(8)
EVENING = time(19)
LEAST_NOTICE = timedelta(hours=1)  # a reminder in the morning that comes later is of little use


def tell_staff(
    *, kind: NoticeKind, lead: Lead, consultation: Consultation | None = None, once: str = ""
) -> None:
    """Store the notices about a lead for everybody on the staff whom they concern.

    With `once` (a word for the occasion, up to 40 characters) nobody is told the same about the
    lead a second time. Of a lead held as suspected spam nobody is told. Two queries.
    """
    tell_staff_of_each(kind=kind, leads=[lead], consultation=consultation, once=once)


def tell_staff_of_each(
    *,
    kind: NoticeKind,
    leads: Iterable[Lead],
    consultation: Consultation | None = None,
    once: str = "",
) -> None:
    """Do for many leads what `tell_staff` does for one, with the same queries."""
    now, people = timezone.now(), _people()
    to_desk = kind not in ESCALATIONS or not any(one.is_manager for one in people)
    messages = []
    for lead in leads:
        if lead.quarantined_at is not None:
            continue
        if to_desk:
            messages.append(
                OutboxMessage(
                    kind=kind,
                    audience=Audience.DESK,
                    lead=lead,
                    consultation=consultation,
                    once_key=_once_key(once, kind, lead, Audience.DESK),
                )
            )
        for person in people:
            if not person.hears_of(kind):
                continue
            message = OutboxMessage(
                kind=kind,
                audience=Audience.STAFF,
                recipient=person.user,
                lead=lead,
                consultation=consultation,
                once_key=_once_key(once, kind, lead, str(person.user.pk)),
            )
            quiet = None if kind in ESCALATIONS else quiet_end(person.preference, now)
            if quiet is not None:
                message.available_at = quiet
            messages.append(message)
    outbox.enqueue(messages)


def tell_family(
    *,
    kind: NoticeKind,
    lead: Lead,
    access: StatusAccess | None,
    consultation: Consultation | None = None,
    not_before: datetime | None = None,
) -> None:
    """Store a notice to the person who reached out, if they gave an e-mail address.

    Whether it may go is asked when it is sent, and staff see where it may not, and why.
    `access` is what the mail's reference and status page belong to. With `not_before`, as for a
    reminder, it waits until then, and over the night (`reminder_time`); without, it answers what
    the person just did, and goes at once. One query.
    """
    if not lead.email:
        return
    message = OutboxMessage(
        kind=kind,
        audience=Audience.FAMILY,
        lead=lead,
        access=access,
        consultation=consultation,
        sequence=consultation.sequence if consultation else None,
    )
    if not_before is not None and consultation is not None:
        at = reminder_time(not_before, starts_at=consultation.starts_at, now=timezone.now())
        if at is None:
            return
        message.available_at = at
    outbox.enqueue([message])


def reminder_time(due: datetime, *, starts_at: datetime, now: datetime) -> datetime | None:
    """Return when a reminder that is due goes out: by day, and well before the call starts.

    At night it waits for the morning; where that is too late for the call it goes out on the
    evening before; where that is over, in the morning all the same. None where no time is left.
    """
    local = timezone.localtime(max(due, now))
    if NIGHT_UNTIL <= local.time() < NIGHT_FROM:
        return local if local < starts_at else None
    evening_of = local.date() - timedelta(days=local.time() < NIGHT_UNTIL)
    evening = instant(evening_of, EVENING)
    morning = instant(evening_of + timedelta(days=1), NIGHT_UNTIL)
    if morning + LEAST_NOTICE > starts_at and evening > now:
        return evening
    return morning if morning < starts_at else None


def quiet_end(preference: NoticePreference | None, now: datetime) -> datetime | None:
    """Return when the quiet hours of a member of staff end, or None where it is not in them."""
    start = preference.quiet_from if preference else None
    end = preference.quiet_until if preference else None
    if start is None or end is None:
        return None
    today, clock = timezone.localdate(now), timezone.localtime(now).time()
    if start < end:
        return instant(today, end) if start <= clock < end else None
    if clock >= start:
        return instant(today + timedelta(days=1), end)
    return instant(today, end) if clock < end else None


def set_preference(
    *,
    user: User,
    kinds: Iterable[NoticeKind],
    quiet_from: time | None = None,
    quiet_until: time | None = None,
) -> NoticePreference:
    """Keep what a member of staff wants to be told, and their quiet hours (both ends, or none)."""
    preference, _created = NoticePreference.objects.update_or_create(
        user=user,
        defaults={
            "kinds": [str(kind) for kind in kinds],
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )
    return preference


@dataclass(frozen=True)
class _Person:
    """Somebody of the staff who works on leads."""

    user: User
    is_manager: bool
    preference: NoticePreference | None

    def hears_of(self, kind: NoticeKind) -> bool:
        if kind in ESCALATIONS and self.is_manager:
            return True
        return self.preference is not None and kind in self.preference.kinds


def _people() -> list[_Person]:
    """Return the staff whose role includes leads and who are not away; one query."""
    managers = Group.objects.filter(user=OuterRef("pk"), name=MANAGER)
    people = (
        holders(COORDINATOR, MANAGER)
        .annotate(is_manager=Exists(managers))
        .exclude(absences__in=Absence.objects.on(timezone.localdate()))
        .select_related("notice_preference")
        .order_by("pk")
    )
    return [
        _Person(user, user.is_manager, getattr(user, "notice_preference", None)) for user in people
    ]


def _once_key(once: str, kind: NoticeKind, lead: Lead, whom: str) -> str | None:
    return f"{kind}:{lead.pk}:{once}:{whom}" if once else None
