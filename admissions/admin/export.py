"""The export of leads, for managers: a form that says what it is for, and the file."""

from http import HTTPStatus

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from admissions import export
from admissions.admin.gate import one_of
from admissions.admin.reports import csv_file
from admissions.forms.reports import ExportForm
from iop_site.roles import MANAGER


@require_http_methods(["GET", "HEAD", "POST"])
def export_leads(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Show the form; posted to, send the leads as a file, or the form with what to mend."""
    user = one_of(request, "export", MANAGER)
    today, status = timezone.localdate(), HTTPStatus.OK
    form = ExportForm(initial={"first": today.replace(day=1), "last": today})
    if request.method == "POST":
        form = ExportForm(request.POST)
        if form.is_valid():
            lines = export.leads(by=user, **form.cleaned_data)
            days = "-".join(str(form.cleaned_data[name]) for name in ("first", "last"))
            return csv_file(lines, f"leads-{days}")
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        **admin.site.each_context(request),
        "title": _("Export of leads"),
        "form": form,
        "columns": [heading for heading, _cell in export.COLUMNS],
    }
    template = "admin/admissions/reports/export.html"
    return TemplateResponse(request, template, context, status=status)
