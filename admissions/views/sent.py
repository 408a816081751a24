"""After a form was sent: the confirmation, and the ways on from it."""

import contextlib
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView, View

from admissions import arrival, intake
from admissions.enums import CoverageKind, DraftKind
from admissions.models import Consultation, StatusAccess
from admissions.views.base import (
    CODE_SHOWN_SECONDS,
    LEADS_ON_SECONDS,
    access_of,
    confirmed,
    gone,
    read_confirmation,
)
from admissions.views.steps import begin_draft
from iop_site.views import UNAVAILABLE


class SentView(TemplateView):
    """The confirmation. It says what was received even while the database is away.

    The private code is shown for an hour after it was made, from wherever this page was reached:
    the address stays in the history of the device.
    """

    template_name = "admissions/sent.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = read_confirmation(kwargs["token"])
        if found is None:
            raise Http404
        kind, reference = found
        context = self.get_context_data(kind=kind, reference=reference, **kwargs)
        with contextlib.suppress(*UNAVAILABLE):
            context |= _ways_on(kwargs["token"], kind)
        return self.render_to_response(context)


def _ways_on(token: str, kind: str) -> dict[str, Any]:
    """Return the private code while it may be shown, the booked time, and what may come next."""
    shown = access_of(token, max_age=CODE_SHOWN_SECONDS)
    access = shown or access_of(token, max_age=LEADS_ON_SECONDS)
    # Going on with what was handed out earlier shows no code again: others may hold the link.
    earliest = timezone.now() - timedelta(seconds=CODE_SHOWN_SECONDS)
    code = shown.code if shown is not None and shown.created_at >= earliest else ""
    ways: dict[str, Any] = {"code": code, "leads_on": access is not None}
    if access is None:
        return ways
    if shown is not None and kind == "consultation":
        ways["consultation"] = Consultation.objects.filter(access=access).upcoming().first()  # type: ignore[attr-defined]
    # Their own words, not the lead's: the page must not tell what we knew of somebody before.
    told = arrival.told_through(access)
    asked = bool(told.get("wants_estimate"))
    coverage = told.get("coverage_kind", CoverageKind.NONE if asked else "")
    return ways | {"pays_self": coverage == CoverageKind.NONE, "estimate_asked": asked}


class LeadOnView(View):
    """Go on from a confirmation to another form, without being asked anything again."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, token: str, to: str) -> HttpResponse:
        if to not in _LEADS:
            raise Http404
        access = access_of(token, max_age=LEADS_ON_SECONDS)
        return gone(request) if access is None else _LEADS[to](access)


def _to_estimate(access: StatusAccess) -> HttpResponse:
    return confirmed("estimate", intake.request_estimate(access=access).reference)


_LEADS = {
    "insurance": lambda access: begin_draft(DraftKind.INSURANCE, access=access),
    "consultation": lambda access: begin_draft(DraftKind.CONSULTATION, access=access),
    "estimate": _to_estimate,
}
