"""The verification desk: checks that wait, what a plan said, what pays who pays themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from admissions import audit, enums, estimates, masking, self_pay, staffing, triage, verification
from admissions.admin import keyset
from admissions.admin.gate import found_or_404, worker
from admissions.enums import EventKind
from admissions.exceptions import WorkflowError
from admissions.forms.desk import DeskForm
from admissions.forms.estimate import EstimateForm
from admissions.forms.verification import NOBODY, ChecksForm, ResultForm
from admissions.models import Consultation, Lead, SelfPayEstimate, VerificationResult
from iop_site.roles import MANAGER, has_role
from programs.models import LevelOfCare
from programs.provider import site_facts

ROWS = 50
_SHOWN = (
    "reference",
    "status",
    "age_band",
    "is_demo",
    "vob_status",
    "vob_waiting_since",
    "contact_withdrawn_at",
    "deletion_requested_at",
    "quarantined_at",
    "estimate_requested_at",
    "estimate_due_on",
    "estimate_delivered_at",
    "version",
    "owner__username",
    "vob_assignee__username",
    "payer__name",
)


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show the checks that wait, who has waited longest first, and the estimates that are owed."""
    user, today = worker(request, "verification_desk"), timezone.localdate()
    form = ChecksForm(request.GET, by=user)
    form.is_valid()  # a filter that says nothing known is none
    leads = Lead.objects.select_related("owner", "vob_assignee", "payer").only(*_SHOWN)
    waiting = Lead.objects.vob_waiting()
    if state := form.cleaned_data.get("state"):
        # Not `vob_status=state`: SQLite would read all leads in that state, the closed ones too.
        waiting = waiting.exclude(vob_status__in=set(enums.VOB_WAITING) - {state})
    if who := form.cleaned_data.get("who"):
        waiting = waiting.filter(vob_assignee=None if who == NOBODY else who)
    column = "vob_waiting_since"
    page = keyset.page(
        waiting, column=column, descending=False, size=ROWS, at=request.GET, fields=_SHOWN
    )
    owed = list(leads.estimate_owed().order_by("estimate_owed_on", "id")[: ROWS + 1])
    absent, talks = set(staffing.absent(today)), _next_talks(page.rows)
    context = {
        **admin.site.each_context(request),
        "title": _("Insurance checks"),
        "form": form,
        "page": page,
        "rows": [
            (
                lead,
                talks.get(lead.pk),
                lead.vob_assignee_id in absent,
                lead.vob_assignee_id == user.pk,
            )
            for lead in page.rows
        ],
        "may_give_back_all": has_role(user, MANAGER),
        "owed": [(lead, estimates.days_left(lead, today=today)) for lead in owed[:ROWS]],
        "more_owed": len(owed) > ROWS,
    }
    return TemplateResponse(request, "admin/admissions/verification/desk.html", context)


def _next_talks(leads: list[Lead]) -> dict[int, Any]:
    """Return when each of the leads has its next consultation, by the lead's id; one query."""
    booked = Consultation.objects.booked().filter(lead__in=[lead.pk for lead in leads])
    to_come = booked.filter(starts_at__gt=timezone.now()).order_by("-starts_at")
    return dict(to_come.values_list("lead_id", "starts_at"))  # the earliest is the last written


@dataclass(frozen=True)
class Paper:
    """A form about a lead on a page of its own: what it is, and what is done with it."""

    act: str
    form: Callable[..., Any]
    title: Any
    template: str
    run: Callable[[Lead, User, Any], object]
    done: Any


RESULT = Paper(
    "record_result",
    ResultForm,
    gettext_lazy("Result of the insurance check"),
    "admin/admissions/verification/result.html",
    lambda lead, by, form: (
        verification.record_result(
            lead=lead,
            by=by,
            version=form.cleaned_data["version"],
            form=form.cleaned_data["form"],
            answers=form.answers(),
        ).lead
    ),
    gettext_lazy("The result is kept."),
)
ESTIMATE = Paper(
    "make_estimate",
    EstimateForm,
    gettext_lazy("Self-pay estimate"),
    "admin/admissions/verification/estimate_form.html",
    lambda lead, by, form: self_pay.make(
        lead=lead, by=by, version=form.cleaned_data["version"], details=form.answers()
    ),
    gettext_lazy("The estimate is kept. Print it, and record here how it reached them."),
)


def result(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Show the form for what a plan said; posted to, keep it."""
    return _paper(request, lead_id, RESULT)


def write_estimate(request: HttpRequest, lead_id: int) -> HttpResponse:
    """Show the form of a self-pay estimate; posted to, keep it."""
    return _paper(request, lead_id, ESTIMATE)


@require_http_methods(["GET", "HEAD", "POST"])
def _paper(request: HttpRequest, lead_id: int, paper: Paper) -> HttpResponse:
    """Refused, the page is shown again on the lead as it is now, with all that was typed."""
    user = worker(request, paper.act)
    leads = Lead.objects.select_related("owner", "vob_assignee", "payer")
    lead = found_or_404(leads, lead_id, by=user, act=paper.act)
    if request.method != "POST":
        triage.open_lead(lead=lead, by=user)
        return _shown(request, lead, paper, paper.form(lead=lead, by=user))
    form = paper.form(request.POST, lead=lead, by=user)
    if not form.is_valid():
        messages.error(request, _("Nothing was saved. Please look at the marked fields."))
        return _shown(request, lead, paper, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        made = paper.run(lead, user, form)
    except WorkflowError as error:
        audit.record_refusal(lead=lead, by=user, act=paper.act, error=error)
        messages.error(request, str(error))
        lead = found_or_404(leads, lead_id, by=user, act=paper.act)
        # The version on the page is the new one: who reads it may decide again.
        data = request.POST.copy()
        data["version"] = str(lead.version)
        form = paper.form(data, lead=lead, by=user)
        return _shown(request, lead, paper, form, HTTPStatus.CONFLICT)
    messages.success(request, paper.done)
    return redirect(made)  # type: ignore[call-overload, no-any-return]


def _shown(
    request: HttpRequest,
    lead: Lead,
    paper: Paper,
    form: DeskForm,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": paper.title,
        "lead": lead,
        "form": form,
        "days_left": estimates.days_left(lead, today=timezone.localdate()),
    }
    return TemplateResponse(request, paper.template, context, status=status)


@require_safe
def benefits(request: HttpRequest, result_id: int) -> HttpResponse:
    """Show what a plan said in plain words, to print for the family; that is recorded."""
    act = "print_benefits"
    user = worker(request, act)
    known = VerificationResult.objects.filter(outcome__in=enums.VOB_VERIFIED)
    known = known.select_related("lead", "payer", "form")
    found = found_or_404(known, result_id, by=user, act=act)
    data = {"check": found.pk}
    audit.record_alone(lead=found.lead, kind=EventKind.BENEFITS_PRINTED, by=user, data=data)
    provider = site_facts().provider
    ours = set(LevelOfCare.objects.filter(is_ours=True).values_list("slug", flat=True))
    levels = [
        # What is offered here bears the name that the licence allows.
        (provider.program_name.capitalize() if one["slug"] in ours else one["name"], one)
        for one in found.details["levels"]
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("What your insurance plan told us"),
        "result": found,
        "details": found.details,
        "levels": levels,
        "member_id": masking.ends(found.form.answers.get("member_id") or "") if found.form else "",
        "is_old": found.reverify_on is not None and found.reverify_on <= timezone.localdate(),
        "provider": provider,
    }
    return TemplateResponse(request, "admin/admissions/verification/benefits.html", context)


@require_safe
def estimate(request: HttpRequest, estimate_id: int) -> HttpResponse:
    """Show a written estimate to print; that is recorded."""
    act = "print_estimate"
    user = worker(request, act)
    written = SelfPayEstimate.objects.select_related("lead")
    found = found_or_404(written, estimate_id, by=user, act=act)
    triage.read_sensitive(lead=found.lead, by=user, kind=EventKind.PRINTED, fields=["estimate"])
    context = {
        **admin.site.each_context(request),
        "title": _("Good-faith estimate"),
        "estimate": found,
        "details": found.details,
    }
    return TemplateResponse(request, "admin/admissions/verification/estimate.html", context)
