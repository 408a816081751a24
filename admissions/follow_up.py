"""When a lead comes up again: what an outcome suggests, and the times that staff choose from.

Everything lies in working hours (`admissions.office_hours`), whatever the clocks do; a time that
staff set themselves may lie anywhere ahead.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from admissions.enums import AttemptResult, NextStep
from admissions.office_hours import Schedule, instant

LONGEST = timedelta(days=366)  # a step further ahead than that is a slip of the keyboard
_MORNING, _AFTERNOONS = time(9), (time(14), time(16))
_AGAIN = 120  # working minutes after a call that nobody took
_DAY = timedelta(days=1)


def suggested(result: str, schedule: Schedule, now: datetime) -> datetime:
    """Return when to try again after an attempt that ended so."""
    today = timezone.localdate(now)
    if result in (AttemptResult.NO_ANSWER, AttemptResult.BUSY):
        return schedule.next_open(schedule.deadline(now, _AGAIN))
    if result == AttemptResult.TALKED:
        return _morning(schedule, schedule.add_business_days(today, 2))
    return _morning(schedule, today + _DAY)


def moments(schedule: Schedule, now: datetime) -> dict[NextStep, datetime]:
    """Return the times on offer; "this afternoon" only while there is one to come."""
    today = timezone.localdate(now)
    found = {NextStep.HOUR: schedule.next_open(schedule.deadline(now, 60))}
    for at in _AFTERNOONS:
        moment = schedule.next_open(instant(today, at))
        if now < moment and timezone.localdate(moment) == today:
            found[NextStep.AFTERNOON] = moment
            break
    found[NextStep.MORNING] = _morning(schedule, today + _DAY)
    found[NextStep.THREE_DAYS] = _morning(schedule, today + 3 * _DAY)
    found[NextStep.WEEK] = _morning(schedule, today + 7 * _DAY)
    return found


def _morning(schedule: Schedule, day: date) -> datetime:
    """Return the morning of a day, or of the next on which somebody works."""
    opening = schedule.next_open(instant(day, time.min))
    return schedule.next_open(max(opening, instant(timezone.localdate(opening), _MORNING)))
