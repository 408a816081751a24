"""The auditor's page: who did what, when and from where; of a person, a lead, or all."""

from collections.abc import Iterator
from datetime import time, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from admissions import audit, audit_heads, export
from admissions.admin import keyset
from admissions.admin.gate import one_of
from admissions.admin.reports import csv_file
from admissions.enums import EventKind
from admissions.forms.audit import AuditForm
from admissions.models import Lead, LeadEvent
from admissions.office_hours import instant
from iop_site.roles import AUDITOR, MANAGER

ROWS, CHUNK = 50, 2_000
VERIFIED = 10_000  # events at the end of the chain that the page verifies; the command does all
_TOLD = 20  # faults
_FIELDS = ("sequence", "lead", "kind", "actor", "at", "origin", "data")
HEADINGS = (
    gettext_lazy("number"),
    gettext_lazy("when"),
    gettext_lazy("who"),
    gettext_lazy("what"),
    gettext_lazy("lead"),
    gettext_lazy("from where"),
    gettext_lazy("details"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def audit_page(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Show the events that the address asks for, newest first; posted to, send them as a file,
    or verify the end of the chain.

    That it was read, of whom, is recorded.
    """
    user = one_of(request, "audit", AUDITOR, MANAGER)
    if "verify" in request.POST:
        _verify(request, user)
        return redirect("admin:audit")
    form = AuditForm(request.GET)
    context = {**admin.site.each_context(request), "title": _("Audit"), "form": form}
    template = "admin/admissions/audit/page.html"
    if not form.is_valid():
        return TemplateResponse(request, template, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    events, asked = _events(form.cleaned_data), _asked(form.cleaned_data)
    is_file = request.method == "POST"
    audit.record_alone(
        lead=Lead(pk=asked["lead"]) if "lead" in asked else None,
        kind=EventKind.EXPORTED if is_file else EventKind.VIEWED,
        by=user,
        data={"what" if is_file else "page": "audit", **asked},
    )
    if is_file:
        rows = (_cells(event, references) for event, references in _every(events))
        return csv_file(export.lines([str(one) for one in HEADINGS], rows), "audit")
    page = _page(events, ROWS, request.GET)
    references = _references(page.rows)
    context |= {
        "page": page,
        "headings": HEADINGS,
        "rows": [(event, *_cells(event, references)) for event in page.rows],
        "verified": VERIFIED,
        "head": _last_head(),
    }
    return TemplateResponse(request, template, context)


def _events(asked: dict[str, Any]) -> QuerySet[LeadEvent]:
    events = LeadEvent.objects.all()
    if who := asked["who"]:
        events = events.filter(actor=who.get_username())
    if asked["lead"] is not None:
        events = events.filter(lead__in=asked["lead"])
    if kind := asked["kind"]:
        events = events.filter(kind=kind)
    if first := asked["first"]:
        events = events.filter(at__gte=instant(first, time.min))
    if last := asked["last"]:
        events = events.filter(at__lt=instant(last + timedelta(days=1), time.min))
    return events


def _asked(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what the event of a reading says was asked for: ids, codes and days."""
    said = {
        "who": asked["who"] and asked["who"].pk,
        "lead": asked["lead"] and asked["lead"][0],
        "kind": asked["kind"],
        **{name: asked[name] and asked[name].isoformat() for name in ("first", "last")},
    }
    return {name: value for name, value in said.items() if value}


def _page(events: QuerySet[LeadEvent], size: int, at: Any) -> keyset.Page:
    return keyset.page(events, column="at", descending=True, size=size, at=at, fields=_FIELDS)


def _every(events: QuerySet[LeadEvent]) -> Iterator[tuple[LeadEvent, dict[int, str]]]:
    """Yield every event, newest first, a chunk at a time: nothing stays open on a slow line."""
    page = _page(events, CHUNK, {})
    while page.rows:
        references = _references(page.rows)
        yield from ((event, references) for event in page.rows)
        page = _page(events, CHUNK, {"after": page.next}) if page.next else keyset.Page([])


def _references(events: list[LeadEvent]) -> dict[int, str]:
    leads = Lead.objects.filter(pk__in={event.lead_id for event in events if event.lead_id})
    return dict(leads.values_list("pk", "reference"))


def _cells(event: LeadEvent, references: dict[int, str]) -> list[Any]:
    """Return the cells of `HEADINGS`."""
    return [
        event.sequence,
        f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
        event.actor,
        event.get_kind_display(),
        references.get(event.lead_id or 0, ""),
        event.origin,
        "; ".join(f"{name}: {_in_words(value)}" for name, value in event.data.items()),
    ]


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join("–" if one is None else str(one) for one in value)
    return "–" if value is None else str(value)


def _heads() -> tuple[list[audit.Head], list[str]]:
    try:
        return audit_heads.read(settings.AUDIT_HEADS)
    except OSError:
        return [], []


def _last_head() -> audit.Head | None:
    heads, _faults = _heads()
    return heads[-1] if heads else None


def _verify(request: HttpRequest, by: User) -> None:
    """Verify the end of the chain and say what was found; that is recorded."""
    heads, faults = _heads()
    faults += [
        _("event %(number)d: %(what)s") % {"number": fault.sequence, "what": fault.what}
        for fault in audit.verify(heads=heads, last=VERIFIED)
    ]
    data = {"page": "audit", "verified": VERIFIED, "faults": len(faults)}
    audit.record_alone(lead=None, kind=EventKind.VIEWED, by=by, data=data)
    for fault in faults[:_TOLD]:
        messages.error(request, _("The chain does not hold. %(fault)s") % {"fault": fault})
    if not faults:
        words = _("The last %(count)d events hold, compared with %(heads)d daily heads.")
        messages.success(request, words % {"count": VERIFIED, "heads": len(heads)})
