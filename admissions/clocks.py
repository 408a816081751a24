"""How long a person has waited, in working time: the promise, and the two clocks of a lead.

Speed to lead runs from the inquiry to the first attempt, speed to contact to the first live
conversation. Both stand still while nobody works (`admissions.office_hours`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions.enums import EventKind
from admissions.models import Lead, LeadEvent
from admissions.office_hours import Schedule

_LONG = timedelta(days=60)  # whoever waits longer is told in days of the calendar


@dataclass(frozen=True)
class Clock:
    """One of the two clocks: `words` are its time, `running` while it has not stopped."""

    label: str
    words: str
    running: bool


@dataclass(frozen=True)
class Promise:
    """Where the promised first call stands, in words, and whether it is over."""

    words: str
    is_over: bool


def clocks(lead: Lead, schedule: Schedule, *, now: datetime | None = None) -> list[Clock]:
    """Return the clocks to the first attempt and to the first conversation.

    One that never stopped ends with the lead: nobody is waited for any more. They run from the
    inquiry, or from the moment it was released from quarantine (one query, for such leads alone).
    """
    start = lead.received_at
    if lead.suspicions:
        released = LeadEvent.objects.filter(lead=lead, kind=EventKind.SUSPECT_RELEASED)
        start = released.values_list("at", flat=True).first() or start
    end = (now or timezone.now()) if lead.is_open else lead.status_changed_at

    def clock(label: str, stopped: datetime | None) -> Clock:
        words = in_words(schedule.working_time(start, stopped or end))
        if stopped is None and not lead.is_open:
            words = _("never, after %(time)s") % {"time": words}
        return Clock(label, words, running=stopped is None and lead.is_open)

    return [
        clock(_("First attempt"), lead.first_attempt_at),
        clock(_("First conversation"), lead.first_contact_at),
    ]


def promise(lead: Lead, schedule: Schedule, *, now: datetime) -> Promise | None:
    """Return where the promised call stands ("12 min of 15", "20 min over"), in working time.

    None where nothing is promised, or somebody has called.
    """
    due, minutes = lead.respond_by, settings.FIRST_ATTEMPT_PROMISE_MINUTES
    if due is None or lead.first_attempt_at is not None:
        return None
    if now < due:
        left = schedule.working_time(now, due)
        gone = max(timedelta(), timedelta(minutes=minutes) - left) // timedelta(minutes=1)
        return Promise(_("%(gone)d min of %(minutes)d") % {"gone": gone, "minutes": minutes}, False)
    if now - due > _LONG:
        return Promise(_("%(days)d days over") % {"days": (now - due).days}, True)
    return Promise(_("%(time)s over") % {"time": in_words(schedule.working_time(due, now))}, True)


def in_words(time: timedelta) -> str:
    """Return working time in whole minutes and hours; a working day has no fixed length."""
    hours, minutes = divmod(time // timedelta(minutes=1), 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}
