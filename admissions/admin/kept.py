"""What is kept, how long, and for whom a copy is made: the desk's pages for managers."""

from http import HTTPStatus

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from admissions import audit, personal_copy, retention
from admissions.admin.gate import found_or_404, one_of
from admissions.exceptions import WorkflowError
from admissions.forms.erasure import CopyForm
from admissions.models import Lead
from iop_site.roles import MANAGER

COPY = "copy"
_SHOWN = 30  # of what was cleared away


@require_safe
def retention_page(request: HttpRequest) -> HttpResponse:
    """Show the rules, what is due by each, and what was cleared away last."""
    one_of(request, "retention", MANAGER)
    context = {
        **admin.site.each_context(request),
        "title": _("How long things are kept"),
        "lines": [
            (line, retention.in_words(line.rule.term) if line.rule.term else "")
            for line in retention.report()
        ],
        "applied": retention.applied(_SHOWN),
    }
    return TemplateResponse(request, "admin/admissions/kept/retention.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Ask for whom a copy is; posted to, show it to print, or send it as a file."""
    user = one_of(request, COPY, MANAGER)
    lead: Lead = found_or_404(Lead.objects.all(), lead_id, by=user, act=COPY)
    form = CopyForm(request.POST or None, lead=lead)
    context = {
        **admin.site.each_context(request),
        "title": _("Copy for the person: %(reference)s") % {"reference": lead.reference},
        "lead": lead,
        "form": form,
        "others": personal_copy.others(lead),
    }
    template = "admin/admissions/kept/copy_form.html"
    if request.method != "POST":
        return TemplateResponse(request, template, context)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return TemplateResponse(request, template, context, status=status)
    try:
        made = personal_copy.make(lead=lead, by=user, **form.cleaned_data)
    except WorkflowError as error:
        audit.record_refusal(lead=lead, by=user, act=COPY, error=error)
        messages.error(request, str(error))
        return TemplateResponse(request, template, context, status=HTTPStatus.CONFLICT)
    if form.cleaned_data["form"] == "json":
        return JsonResponse(
            made.as_data(),
            json_dumps_params={"indent": 1, "ensure_ascii": False},
            headers={"Content-Disposition": f'attachment; filename="copy-{lead.reference}.json"'},
        )
    return TemplateResponse(request, "admin/admissions/kept/copy.html", {**context, "copy": made})
