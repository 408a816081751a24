"""Who is away: a page on which staff mark themselves, and managers anybody."""

from http import HTTPStatus

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from admissions import audit, staffing
from admissions.admin import gate
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.forms.staffing import AbsenceForm
from admissions.models import Absence
from iop_site.roles import MANAGER, has_role


def absences(request: HttpRequest) -> HttpResponse:
    """Show who is away or will be, and mark somebody as away."""
    user, status = gate.worker(request, "absences"), HTTPStatus.OK
    form = AbsenceForm(request.POST if request.method == "POST" else None, by=user)
    if form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if not form.is_valid():
            messages.error(request, _("Nothing was saved. Please look at the marked fields."))
        else:
            try:
                staffing.go_away(by=user, **form.cleaned_data)
            except WorkflowError as error:
                audit.record_refusal(lead=None, by=user, act="go_away", error=error)
                messages.error(request, str(error))
                status = HTTPStatus.CONFLICT
            else:
                messages.success(
                    request, _("Marked. Open leads are offered to others on those days.")
                )
                return redirect("admin:absences")
    context = {
        **admin.site.each_context(request),
        "title": _("Who is away"),
        "form": form,
        "absences": staffing.absences_from(timezone.localdate()),
        "may_mark_all": has_role(user, MANAGER),
    }
    return TemplateResponse(request, "admin/absences.html", context, status=status)


@require_POST
def end_absence(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Mark somebody as back, or take back what was planned."""
    user = gate.worker(request, "come_back")
    rows = Absence.objects.select_related("user")
    absence = gate.found_or_404(rows, absence_id, by=user, act="come_back")
    try:
        staffing.come_back(absence=absence, by=user)
    except NotAllowed as error:
        audit.record_refusal(lead=None, by=user, act="come_back", error=error)
        raise PermissionDenied(str(error)) from None
    messages.success(request, _("They are marked as back."))
    return redirect("admin:absences")
