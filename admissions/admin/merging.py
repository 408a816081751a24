"""Two leads side by side, to be merged into one, and a merge to be undone."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from admissions import audit, merge_undo, merging, triage
from admissions.admin.gate import found_or_404, worker
from admissions.exceptions import WorkflowError
from admissions.forms.merging import MergeForm, ReferenceForm, label
from admissions.models import Lead, LeadMerge

MERGE, UNDO = "merge", "undo_merge"


@require_safe
def find(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Go to the comparison of a lead with the one whose reference was typed."""
    user = worker(request, MERGE)
    lead = _lead(lead_id, user)
    form = ReferenceForm(request.GET)
    if form.is_valid():
        reference = form.cleaned_data["reference"]
        named = Q(reference=reference) | Q(accesses__reference=reference)
        other = Lead.objects.filter(named).select_related("merged_into").first()
        if other is not None:
            return redirect("admin:merge_leads", lead.pk, (other.merged_into or other).pk)
        form.add_error("reference", _("There is no lead with this reference. Please check it."))
    context = {
        **admin.site.each_context(request),
        "title": _("Compare with another lead"),
        "lead": lead,
        "form": form,
    }
    template, status = "admin/admissions/merge/find.html", HTTPStatus.UNPROCESSABLE_ENTITY
    return TemplateResponse(request, template, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, lead_id: int, other_id: int) -> HttpResponse:
    """Show two leads side by side; posted to, merge them as chosen.

    Refused, the page is shown again as things are now, with what was chosen. Both are recorded as
    opened.
    """
    user = worker(request, MERGE)
    leads = _lead(lead_id, user), _lead(other_id, user)
    if leads[0] == leads[1]:
        messages.error(request, _("A lead cannot be merged into itself."))
        return redirect("admin:admissions_lead_change", lead_id)
    if request.method != "POST":
        for lead in leads:
            triage.open_lead(lead=lead, by=user)
        return _page(request, MergeForm(leads=leads))
    form = MergeForm(request.POST, leads=leads)
    if not form.is_valid():
        messages.error(request, _("Nothing was merged. Please look at the marked fields."))
        return _page(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        done = merging.merge(by=user, **form.chosen())
    except WorkflowError as error:
        audit.record_refusal(lead=leads[0], by=user, act=MERGE, error=error)
        messages.error(request, str(error))
        leads = _lead(lead_id, user), _lead(other_id, user)
        return _page(request, MergeForm(request.POST, leads=leads).as_now(), HTTPStatus.CONFLICT)
    messages.success(
        request,
        _("%(merged)s is part of this lead now.") % {"merged": done.merged.reference},
    )
    return redirect(done.kept)


@require_POST
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Undo a merge and lead to the lead that was merged, or say on the kept one's why not."""
    user = worker(request, UNDO)
    merges = LeadMerge.objects.select_related("kept", "merged")
    merge = found_or_404(merges, merge_id, by=user, act=UNDO)
    try:
        stayed = merge_undo.undo(merge=merge, by=user)
    except WorkflowError as error:
        audit.record_refusal(lead=merge.kept, by=user, act=UNDO, error=error)
        messages.error(request, str(error))
        return redirect(merge.kept)
    messages.success(request, _("The merge is undone. These are two leads again."))
    if stayed:
        names = ", ".join(label(name) for name in stayed)
        messages.warning(
            request,
            _("Changed since the merge, and left so; please look at both leads: %(fields)s.")
            % {"fields": names},
        )
    return redirect(merge.kept)


def _lead(lead_id: int, user: User) -> Lead:
    leads = Lead.objects.select_related("track", "payer", "owner")
    lead: Lead = found_or_404(leads, lead_id, by=user, act=MERGE)
    return lead


def _page(
    request: HttpRequest, form: MergeForm, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    first, second = form.leads
    context = {
        **admin.site.each_context(request),
        "title": _("Are %(first)s and %(second)s one person?")
        % {"first": first.reference, "second": second.reference},
        "form": form,
        "why_not": merging.why_not(form.kept, form.merged),
        "undo_days": settings.MERGE_UNDO_DAYS,
        "counts": [
            (what, one, other)
            for (what, one), (_what, other) in zip(
                merging.counts(first), merging.counts(second), strict=True
            )
        ],
    }
    return TemplateResponse(request, "admin/admissions/merge/page.html", context, status=status)
