"""What leaves the desk as a file: whitelisted fields of leads, recorded before the first byte.

Never a name of a family, a phone, an address, a note, a message or a number of a plan. Cells are
kept from being read as formulas; the last line says how many rows there are, so that a file that
broke off on the way is seen to be short. Before it stands the notice of 42 CFR 2.32.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, QuerySet, Subquery, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import audit, enums, part2, summaries
from admissions.enums import EventKind
from admissions.exceptions import NotAllowed
from admissions.models import Lead, LeadEvent
from admissions.office_hours import Schedule, instant
from iop_site.roles import MANAGER, has_role

CHUNK = 2_000
Lines = Iterator[str]
# What a spreadsheet takes for a formula, also behind spaces and quotes and in full width.
_FORMULA = re.compile(r"[\s\"'‘’“”]*[=+\-@＝＋－＠]|[\t\r\n]")


class Purpose(TextChoices):
    """What an export is for; `other` is said in a ticket, of which the number is kept."""

    AUDIT = "audit", gettext_lazy("Audit")
    STATE = "state", gettext_lazy("Reporting to the state")
    QUALITY = "quality", gettext_lazy("Quality review")
    OTHER = "other", gettext_lazy("Something else, written down in a ticket")


def leads(
    *, by: User, first: date, last: date, status: str, purpose: str, ticket: str = ""
) -> Lines:
    """Return the lines of a file of the leads received from a local day to a day, oldest first.

    `status` empty means any. Side effect: an event that says what was taken and what for, before
    anything is read; it raises NotAllowed for who is no manager. The rows are read as the lines
    are taken, a chunk at a time.
    """
    data = {"status": status, "purpose": purpose, "ticket": ticket}
    record(what="leads", by=by, first=first, last=last, **data)
    found = Lead.objects.filter(
        received_at__gte=instant(first, time.min),
        received_at__lt=instant(last + timedelta(days=1), time.min),
    )
    if status:
        found = found.filter(status=status)
    return lines([str(header) for header, _ in COLUMNS], _rows(found))


def record(*, what: str, by: User, first: date, last: date, **data: str) -> None:
    """Append that somebody takes a file of something about a period; managers alone may."""
    if not has_role(by, MANAGER):
        raise NotAllowed(_("Only a manager can export."))
    data = {"what": what, "from": first.isoformat(), "to": last.isoformat(), **data}
    audit.record_alone(lead=None, kind=EventKind.EXPORTED, by=by, data=data)


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Lines:
    """Yield a CSV file line by line (UTF-8 with its mark, so that spreadsheets read accents).

    Where a row cannot be read, a line says so before the error goes on.
    """
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(map(safe, header))
    count = 0
    try:
        for row in rows:
            yield writer.writerow(map(safe, row))
            count += 1
    except Exception:
        yield writer.writerow([_("BROKEN OFF"), _("after %(count)d rows") % {"count": count}])
        raise
    yield writer.writerow([_("notice"), part2.NOTICE])
    yield writer.writerow([_("end"), _("%(count)d rows") % {"count": count}])


def safe(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: text of that kind gets an apostrophe.

    OWASP, "CSV Injection". Numbers are written as they are.
    """
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


class _Line:
    """A file of which `write` gives back what was written: `csv.writer` returns it."""

    def write(self, line: str) -> str:
        return line


@cache
def _labels(choices: type[TextChoices]) -> dict[str, str]:
    return {value: str(label) for value, label in choices.choices}


def _words(name: str, choices: type[TextChoices]) -> Callable[[Any, Schedule], str]:
    return lambda lead, schedule: _labels(choices).get(getattr(lead, name), "")


def _minutes(name: str) -> Callable[[Any, Schedule], int | str]:
    def measure(lead: Any, schedule: Schedule) -> int | str:
        at = getattr(lead, name)
        start = summaries.clock_start(lead.received_at, lead.released_at)
        return summaries.minutes(schedule, start, at) if at else ""

    return measure


# Each column's heading, and what stands in it for a row of `_rows`.
COLUMNS: tuple[tuple[Any, Callable[[Any, Schedule], Any]], ...] = (
    (gettext_lazy("reference"), lambda lead, schedule: lead.reference),
    (
        gettext_lazy("received"),
        lambda lead, schedule: f"{timezone.localtime(lead.received_at):%Y-%m-%d %H:%M}",
    ),
    (gettext_lazy("source"), _words("source", enums.LeadSource)),
    (gettext_lazy("status"), _words("status", enums.LeadStatus)),
    (gettext_lazy("close reason"), _words("close_reason", enums.CloseReason)),
    (gettext_lazy("track"), lambda lead, schedule: lead.track__title or ""),
    (gettext_lazy("payer"), lambda lead, schedule: lead.payer__name or ""),
    (gettext_lazy("patient's age"), _words("age_band", enums.AgeBand)),
    (gettext_lazy("coverage"), _words("coverage_kind", enums.CoverageKind)),
    (gettext_lazy("language"), _words("language_code", enums.Language)),
    (gettext_lazy("response"), _words("response", enums.Response)),
    (gettext_lazy("attempts"), lambda lead, schedule: lead.attempts),
    (gettext_lazy("working minutes to first attempt"), _minutes("first_attempt_at")),
    (gettext_lazy("working minutes to first conversation"), _minutes("first_contact_at")),
    (
        gettext_lazy("owner"),
        lambda lead, schedule: (
            f"{lead.owner__first_name or ''} {lead.owner__last_name or ''}".strip()
            or lead.owner__username
            or ""
        ),
    ),
    (gettext_lazy("verification of benefits"), _words("vob_status", enums.VobStatus)),
    (gettext_lazy("demo data"), lambda lead, schedule: _("yes") if lead.is_demo else ""),
)
_READ = (
    "pk",
    "reference",
    "received_at",
    "source",
    "status",
    "close_reason",
    "track__title",
    "payer__name",
    "age_band",
    "coverage_kind",
    "language_code",
    "response",
    "attempts",
    "first_attempt_at",
    "first_contact_at",
    "owner__first_name",
    "owner__last_name",
    "owner__username",
    "vob_status",
    "is_demo",
    "released_at",
)


def _rows(found: QuerySet[Lead]) -> Iterator[list[Any]]:
    """Yield the cells of each lead; a query for each CHUNK of them.

    Each begins after the last row of the one before: no cursor or transaction stays open while
    somebody's line is slow, and neither side holds more than a chunk.
    """
    released = LeadEvent.objects.filter(lead=OuterRef("pk"), kind=EventKind.SUSPECT_RELEASED)
    found = found.annotate(
        released_at=Subquery(released.order_by("-sequence").values("at")[:1])
    ).order_by("received_at", "pk")
    schedule, chunk = Schedule.load(), list(found.values_list(*_READ, named=True)[:CHUNK])
    while chunk:
        for lead in chunk:
            yield [value(lead, schedule) for _, value in COLUMNS]
        at, last = chunk[-1].received_at, chunk[-1].pk
        rest = found.filter(received_at__gte=at).exclude(received_at=at, pk__lte=last)
        chunk = list(rest.values_list(*_READ, named=True)[:CHUNK])
