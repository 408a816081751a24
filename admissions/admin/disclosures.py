"""The accounting of disclosures that a manager gives to a person, to print and as a file."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from admissions import disclosures, export
from admissions.admin.gate import found_or_404, one_of
from admissions.admin.reports import csv_file
from admissions.enums import EventKind
from admissions.models import Disclosure, Lead
from iop_site.roles import MANAGER
from programs.provider import site_facts

ACT = "accounting"
HEADINGS = (
    gettext_lazy("given on"),
    gettext_lazy("to whom"),
    gettext_lazy("address"),
    gettext_lazy("what"),
    gettext_lazy("what for"),
    gettext_lazy("allowed by"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def accounting(request: HttpRequest, lead_id: int) -> HttpResponse | StreamingHttpResponse:
    """Show what was disclosed of a person's records, to print; posted to, send it as a file."""
    user = one_of(request, ACT, MANAGER)
    lead: Lead = found_or_404(Lead.objects.all(), lead_id, by=user, act=ACT)
    is_file = request.method == "POST"
    kind = EventKind.EXPORTED if is_file else EventKind.PRINTED
    found = disclosures.accounting(lead=lead, by=user, kind=kind)
    if is_file:
        lines = export.lines([str(heading) for heading in HEADINGS], map(_cells, found))
        return csv_file(lines, f"disclosures-{lead.reference}")
    context = {
        **admin.site.each_context(request),
        "title": _("What we gave to others"),
        "lead": lead,
        "disclosures": found,
        "years": disclosures.YEARS,
        "years_by_consent": disclosures.YEARS_BY_CONSENT,
        "provider": site_facts().provider,
        "made_at": timezone.now(),
    }
    return TemplateResponse(request, "admin/admissions/disclosures/accounting.html", context)


def _cells(one: Disclosure) -> list[str]:
    """Return the cells of `HEADINGS`."""
    return [
        one.day.isoformat(),
        one.recipient,
        one.address,
        one.given_in_words,
        one.get_purpose_display(),
        one.get_basis_display(),
    ]
