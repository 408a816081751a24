"""The reports on the desk, for managers: a page of charts and tables, and each table as a file."""

from http import HTTPStatus

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from admissions import export, reports, summaries
from admissions.admin.gate import one_of
from admissions.forms.reports import PeriodForm
from iop_site.roles import MANAGER

TEMPLATE = "admin/admissions/reports/page.html"


def csv_file(lines: export.Lines, name: str) -> StreamingHttpResponse:
    """Send the lines of a CSV file, to be saved under a name."""
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reports_page(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Show the report of the period in the address; posted to, send one of its tables as a file."""
    user = one_of(request, "reports", MANAGER)
    form = PeriodForm(request.GET if "period" in request.GET else {"period": "30"})
    context = {**admin.site.each_context(request), "title": _("Reports"), "form": form}
    if not form.is_valid():
        return TemplateResponse(request, TEMPLATE, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    as_of = summaries.refresh(limit=10)
    report = reports.report(form.chosen())
    if request.method == "POST":
        table = next((one for one in report.tables if one.key == request.POST.get("table")), None)
        if table is None:
            raise Http404
        first, last = report.period.first, report.period.last
        export.record(what=f"report:{table.key}", by=user, first=first, last=last)
        return csv_file(table.lines(), f"report-{table.key}-{first}-{last}")
    return TemplateResponse(request, TEMPLATE, {**context, "report": report, "as_of": as_of})
