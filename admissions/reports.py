"""Where people are lost on the way: speed, funnel, time in each stage, reasons, by whom.

A report speaks of the leads received in some local days, and of what became of them until now,
beside those received in as many days before. It reads the summaries alone (`Summary`, and the
names of its keys): a fixed number of queries, and as many rows for a thousand leads as a million.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import report_tables as tables
from admissions.enums import Dimension, LeadSource
from admissions.models import Summary
from admissions.report_tables import All, Numbers, Table
from admissions.summaries import CLOSED, OPEN, next_month
from programs.models import Payer, Track

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Local days, both included."""

    first: date
    last: date

    @property
    def before(self) -> "Period":
        """The days right before, as many."""
        return Period(self.first - (self.last - self.first) - _DAY, self.first - _DAY)


PERIODS: dict[str, tuple[Any, Callable[[date], Period]]] = {
    "7": (gettext_lazy("Last 7 days"), lambda today: Period(today - 6 * _DAY, today)),
    "30": (gettext_lazy("Last 30 days"), lambda today: Period(today - 29 * _DAY, today)),
    "90": (gettext_lazy("Last 90 days"), lambda today: Period(today - 89 * _DAY, today)),
    "month": (gettext_lazy("This month"), lambda today: Period(today.replace(day=1), today)),
    "last-month": (
        gettext_lazy("Last month"),
        lambda today: Period(
            (today.replace(day=1) - _DAY).replace(day=1), today.replace(day=1) - _DAY
        ),
    ),
    "year": (gettext_lazy("This year"), lambda today: Period(today.replace(month=1, day=1), today)),
}


@dataclass(frozen=True)
class Report:
    """All tables of a period, and how many of those received are not in them."""

    period: Period
    counts: Counter[str]  # received, of these demo, void and held; leads are the rest
    tables: list[Table]


def report(period: Period) -> Report:
    """Return the report of a period. Four queries."""
    now, before = _added_up(period)
    total, earlier = now[Dimension.ALL, ""], before[Dimension.ALL, ""]
    weekdays = {str(day): str(name) for day, name in WEEKDAYS.items()}
    hours = {str(hour): time_format(time(hour), "g A") for hour in range(24)}
    return Report(
        period,
        total.groups["count"],
        [
            tables.glance(total, earlier),
            tables.speed("arrival", _("Office open or closed"), now, Dimension.ARRIVAL, _ARRIVALS),
            tables.speed("hour", _("By the hour they reached us"), now, Dimension.HOUR, hours),
            tables.speed(
                "weekday", _("By the weekday they reached us"), now, Dimension.WEEKDAY, weekdays
            ),
            tables.funnel(total, earlier),
            tables.verification(total, earlier),
            tables.reasons(total, earlier),
            *(
                tables.broken_down(dimension, title, names, now, before)
                for dimension, title, names in (
                    (Dimension.SOURCE, _("By source"), dict(LeadSource.choices)),
                    (Dimension.TRACK, _("By track"), {"": _("No track named"), **_tracks()}),
                    (Dimension.PAYER, _("By payer"), {"": _("Payer not known"), **_payers()}),
                    (Dimension.OWNER, _("By owner"), {"": _("Nobody"), **_owners()}),
                )
            ),
        ],
    )


_ARRIVALS = {OPEN: gettext_lazy("Office open"), CLOSED: gettext_lazy("Office closed")}


def _added_up(period: Period) -> tuple[All, All]:
    """Return the numbers of the period and of the days before it, by dimension and key."""
    now: All = defaultdict(Numbers)
    before: All = defaultdict(Numbers)
    rows = Summary.objects.filter(_within(period) | _within(period.before)).order_by()
    for day, dimension, key, data in rows.values_list("day", "dimension", "key", "data"):
        side = now if day >= period.first else before
        side[dimension, key].add(data)
    return now, before


def _within(period: Period) -> Q:
    """Return the condition for the rows of the months that lie within, and of the other days."""
    first = next_month(period.first - _DAY)  # of a month, not before the period
    end = (period.last + _DAY).replace(day=1)
    days = Q(is_month=False, day__gte=period.first, day__lte=period.last)
    if first >= end:
        return days
    return Q(is_month=True, day__gte=first, day__lt=end) | (
        days & (Q(day__lt=first) | Q(day__gte=end))
    )


def _tracks() -> dict[str, str]:
    return {str(key): title for key, title in Track.objects.values_list("pk", "title")}


def _payers() -> dict[str, str]:
    return {str(key): name for key, name in Payer.objects.values_list("pk", "name")}


def _owners() -> dict[str, str]:
    return {str(one.pk): one.get_full_name() or one.username for one in User.objects.all()}
