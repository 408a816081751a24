"""The tables of a report: added-up numbers, what is read off them, and how they are laid out.

"Half" (median) and "nine in ten" (90th percentile) are by nearest rank: the smallest number within
which at least half, or nine in ten, of all that were measured lie; so it is one that occurred.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from admissions import charts, export
from admissions.enums import CloseReason, Dimension, LeadStatus, Response
from admissions.summaries import ASIDE, ROAD

FEW = 5  # below, a share or a median says little


@dataclass(frozen=True)
class Column:
    """A column of numbers; `unit` is "", "%", "min", "h" or "d"."""

    label: Any
    unit: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table. `few`: it speaks of so few leads that chance decides."""

    label: str
    values: tuple[int | None, ...]
    few: bool


@dataclass(frozen=True)
class Table:
    """A part of the report; `drawn` is the column that its chart shows, if it has one."""

    key: str
    title: str
    note: str
    first: str  # the heading of the labels
    columns: tuple[Column, ...]
    rows: list[Row]
    drawn: int | None = None

    @property
    def chart(self) -> charts.Chart | None:
        if self.drawn is None or not self.rows:
            return None
        column = self.columns[self.drawn]
        title = _("%(table)s: %(column)s") % {"table": self.title, "column": column.label}
        values = ((row.label, row.values[self.drawn]) for row in self.rows)
        rows = [(label, value, in_words(value, column.unit)) for label, value in values]
        return charts.bars(title, str(column.label), rows)

    @property
    def in_words(self) -> Iterator[tuple[Row, list[str]]]:
        for row in self.rows:
            units = (column.unit for column in self.columns)
            yield row, [in_words(*cell) for cell in zip(row.values, units, strict=True)]

    def lines(self) -> Iterator[str]:
        """Yield the table as a CSV file: bare numbers, their unit in the heading."""
        headings = [f"{one.label} ({one.unit})" if one.unit else one.label for one in self.columns]
        return export.lines(
            [self.first, *map(str, headings)], ([row.label, *row.values] for row in self.rows)
        )


@dataclass
class Numbers:
    """Added-up counters and histograms (`admissions.summaries` says which)."""

    groups: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, data: Mapping[str, Mapping[str, int]]) -> None:
        for group, counts in data.items():
            self.groups[group].update(counts)

    def count(self, name: str, group: str = "count") -> int:
        return self.groups[group][name]

    @property
    def leads(self) -> int:
        return self.count("leads")

    def reached(self, status: str) -> int:
        return self.count(status, "reached")

    def measured(self, group: str) -> int:
        """Return how many values a histogram has."""
        return self.groups[group].total()

    def within(self, group: str, percent: int) -> int | None:
        """Return the percentile of a histogram by nearest rank; None where it is empty."""
        rank = -(-self.measured(group) * percent // 100)
        for value, count in sorted((int(name), n) for name, n in self.groups[group].items()):
            rank -= count
            if rank <= 0:
                return value
        return None


def share(part: int, of: int) -> int | None:
    """Return a whole percentage, half up; None of nothing."""
    return (200 * part + of) // (2 * of) if of else None


def is_few(count: int) -> bool:
    return 0 < count < FEW


def in_words(value: int | None, unit: str) -> str:
    """Return a number with its unit as people say it; a dash for none."""
    if value is None:
        return "–"
    if unit == "%":
        return _("%(value)d%%") % {"value": value}
    if unit == "min" and value >= 60:
        return _("%(hours)d h %(minutes)d min") % {"hours": value // 60, "minutes": value % 60}
    if unit == "min":
        return _("%(minutes)d min") % {"minutes": value}
    if unit == "h" and value >= 48:
        return _("%(days)d d %(hours)d h") % {"days": value // 24, "hours": value % 24}
    if unit == "h":
        return _("%(hours)d h") % {"hours": value}
    if unit == "d":
        return ngettext("%(value)d day", "%(value)d days", value) % {"value": value}
    return str(value)


All = defaultdict[tuple[str, str], Numbers]  # by dimension and key

_SPEED: tuple[tuple[Column, Callable[[Numbers], int | None]], ...] = (
    (Column(gettext_lazy("Leads")), lambda one: one.leads),
    (Column(gettext_lazy("Called")), lambda one: one.measured("attempt")),
    (
        Column(gettext_lazy("Called in time"), "%"),
        lambda one: share(one.count(Response.IN_TIME), one.leads),
    ),
    (Column(gettext_lazy("Not called")), lambda one: one.leads - one.measured("attempt")),
    (Column(gettext_lazy("Half called within"), "min"), lambda one: one.within("attempt", 50)),
    (
        Column(gettext_lazy("Nine in ten called within"), "min"),
        lambda one: one.within("attempt", 90),
    ),
    (Column(gettext_lazy("Talked with")), lambda one: one.measured("contact")),
    (Column(gettext_lazy("Never talked with")), lambda one: one.leads - one.measured("contact")),
    (Column(gettext_lazy("Half talked with within"), "min"), lambda one: one.within("contact", 50)),
    (
        Column(gettext_lazy("Nine in ten talked with within"), "min"),
        lambda one: one.within("contact", 90),
    ),
)
_HALF_CALLED = 4  # the column of `_SPEED` that its charts draw


def _speed_row(label: Any, numbers: Numbers) -> Row:
    values = tuple(value(numbers) for _, value in _SPEED)
    return Row(str(label), values, is_few(numbers.leads))


def _speed_table(key: str, title: str, note: str, rows: list[Row], drawn: int | None) -> Table:
    columns = tuple(column for column, _ in _SPEED)
    return Table(key, title, note, _("Received"), columns, rows, drawn)


def glance(now: Numbers, before: Numbers) -> Table:
    rows = [_speed_row(_("This period"), now), _speed_row(_("The days before"), before)]
    note = _("Shares are of all leads; times are of those who were called or talked with.")
    return _speed_table("glance", _("Speed to lead, speed to contact"), note, rows, None)


def speed(key: str, title: str, now: All, dimension: str, names: Mapping[str, Any]) -> Table:
    rows = [_speed_row(label, now[dimension, name]) for name, label in names.items()]
    return _speed_table(key, title, "", rows, None if key == "arrival" else _HALF_CALLED)


def funnel(now: Numbers, before: Numbers) -> Table:
    rows = []
    for status in (*ROAD, *ASIDE):
        index = ROAD.index(status) if status in ROAD else 0
        base = now.reached(ROAD[index - 1]) if index else now.leads
        stay = f"stay:{status}"
        rows.append(
            Row(
                str(LeadStatus(status).label),
                (
                    now.reached(status),
                    share(now.reached(status), now.leads),
                    share(before.reached(status), before.leads),
                    share(now.reached(status), base) if index else None,
                    now.measured(stay),
                    now.within(stay, 50),
                    now.within(stay, 90),
                ),
                is_few(base),
            )
        )
    return Table(
        "funnel",
        _("How far they came"),
        _(
            "Who reached a stage is counted in those before it. The last two are beside the road: "
            "ever there. Times are of stays that are over, nights and weekends included."
        ),
        _("Stage"),
        (
            Column(_("Reached it")),
            Column(_("Of all leads"), "%"),
            Column(_("Of all leads, the days before"), "%"),
            Column(_("Of the stage before"), "%"),
            Column(_("Left it again")),
            Column(_("Half left within"), "h"),
            Column(_("Nine in ten left within"), "h"),
        ),
        rows,
        drawn=0,
    )


def verification(now: Numbers, before: Numbers) -> Table:
    group = "verification"
    return Table(
        group,
        _("From the insurance check to the admission"),
        _("Of those admitted whose check of benefits was asked for before."),
        _("Received"),
        (
            Column(_("Admitted with a check")),
            Column(_("Half within"), "d"),
            Column(_("Nine in ten within"), "d"),
        ),
        [
            Row(
                label,
                (one.measured(group), one.within(group, 50), one.within(group, 90)),
                is_few(one.measured(group)),
            )
            for label, one in ((_("This period"), now), (_("The days before"), before))
        ],
    )


def reasons(now: Numbers, before: Numbers) -> Table:
    group = "reason"
    closed, earlier = now.measured(group), before.measured(group)
    found = sorted(
        now.groups[group].keys() | before.groups[group].keys(),
        key=lambda code: (-now.count(code, group), code),
    )
    return Table(
        "reasons",
        _("Why they were closed"),
        _("Shares are of all that are closed now, void ones aside."),
        _("Reason"),
        (
            Column(_("Leads")),
            Column(_("Of the closed"), "%"),
            Column(_("Leads, the days before")),
            Column(_("Of the closed, the days before"), "%"),
        ),
        [
            Row(
                str(CloseReason(code).label),
                (
                    now.count(code, group),
                    share(now.count(code, group), closed),
                    before.count(code, group),
                    share(before.count(code, group), earlier),
                ),
                is_few(closed),
            )
            for code in found
        ],
        drawn=0,
    )


def broken_down(
    dimension: Dimension, title: str, names: Mapping[str, Any], now: All, before: All
) -> Table:
    """Return a table with a row for each key that had leads; the longest first."""
    keys = {key for which, key in (*now, *before) if which == dimension}
    rows = []
    for key in sorted(keys, key=lambda key: (-now[dimension, key].leads, key)):
        one, earlier = now[dimension, key], before[dimension, key]
        values = (
            one.leads,
            earlier.leads,
            one.measured("attempt"),
            share(one.count(Response.IN_TIME), one.leads),
            share(earlier.count(Response.IN_TIME), earlier.leads),
            one.within("attempt", 50),
            one.measured("contact"),
            one.within("contact", 50),
            one.reached(LeadStatus.QUALIFIED),
            one.reached(LeadStatus.ADMITTED),
            share(one.reached(LeadStatus.ADMITTED), one.leads),
            share(earlier.reached(LeadStatus.ADMITTED), earlier.leads),
        )
        if one.leads or earlier.leads:
            label = str(names.get(key, _("No longer here")))
            rows.append(Row(label, values, is_few(one.leads)))
    return Table(
        str(dimension),
        title,
        "",
        str(dimension.label),
        (
            Column(_("Leads")),
            Column(_("Leads, the days before")),
            Column(_("Called")),
            Column(_("Called in time"), "%"),
            Column(_("In time, the days before"), "%"),
            Column(_("Half called within"), "min"),
            Column(_("Talked with")),
            Column(_("Half talked with within"), "min"),
            Column(_("Qualified")),
            Column(_("Admitted")),
            Column(_("Admitted of all"), "%"),
            Column(_("Admitted of all, the days before"), "%"),
        ),
        rows,
        drawn=0,
    )
