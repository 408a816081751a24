"""The good-faith estimate for people who pay themselves: when it has to be there.

45 CFR 149.610(b)(1)(vi): asked for, within 3 business days; for a service scheduled at least 10
business days ahead, within 3 business days of scheduling; at least 3 ahead, within 1.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from admissions.models import Lead
from admissions.office_hours import Schedule

ON_REQUEST = 3
SCHEDULED_SOON, SCHEDULED_LATER = 1, 3
_SOON, _LATER = 3, 10  # business days from scheduling to the service


def due_on(schedule: Schedule, *, asked_on: date, service_on: date | None = None) -> date | None:
    """Return the last day for the written estimate; None where a service is too near for a rule.

    Without `service_on` the estimate was asked for; with it, a service was scheduled for that day.
    """
    if service_on is None:
        return schedule.add_business_days(asked_on, ON_REQUEST)
    if service_on >= schedule.add_business_days(asked_on, _LATER):
        return schedule.add_business_days(asked_on, SCHEDULED_LATER)
    if service_on >= schedule.add_business_days(asked_on, _SOON):
        return schedule.add_business_days(asked_on, SCHEDULED_SOON)
    return None


def start_clock(lead: Lead, *, at: datetime, service_on: date | None = None) -> None:
    """Set on `lead` (unsaved) when the estimate was asked for and is due.

    While one is owed, the nearer day stays; after it was delivered the clock starts anew.
    """
    due = due_on(Schedule.load(), asked_on=timezone.localdate(at), service_on=service_on)
    if due is None:
        return
    if is_owed(lead):
        lead.estimate_due_on = min(lead.estimate_due_on or due, due)
    else:
        lead.estimate_requested_at, lead.estimate_due_on = at, due


def is_owed(lead: Lead) -> bool:
    """Return whether an estimate was asked for that has not been delivered since."""
    asked, delivered = lead.estimate_requested_at, lead.estimate_delivered_at
    return asked is not None and (delivered is None or delivered < asked)


def days_left(lead: Lead, *, today: date) -> int | None:
    """Return the days until the estimate is due (negative: overdue); None where none is owed."""
    if lead.estimate_due_on is None or not is_owed(lead):
        return None
    return (lead.estimate_due_on - today) // timedelta(days=1)


def in_words(days: int) -> str:
    """Return what `days_left` says, such as "2 days over"."""
    if days < 0:
        return ngettext("%(n)d day over", "%(n)d days over", -days) % {"n": -days}
    left = ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}
    return left if days else _("due today")
