"""What is done to several leads at once: asked for on a page of its own, refused one by one."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from admissions import audit, quarantine, triage
from admissions.enums import LeadStatus
from admissions.exceptions import WorkflowError
from admissions.forms.lead_list import BulkAssignForm, BulkCloseForm, BulkForm
from admissions.models import Lead

MOST = 200  # leads at once


@dataclass(frozen=True)
class Bulk:
    """An act: its name, its title, what is asked before it, and the verb for each lead."""

    name: str
    title: Any
    form: type[BulkForm]
    run: Callable[[Lead, User, int, dict[str, Any]], object]
    warning: Any = ""


ASSIGN = Bulk(
    "assign",
    gettext_lazy("Assign to…"),
    BulkAssignForm,
    lambda lead, by, version, data: triage.assign(lead=lead, by=by, version=version, to=data["to"]),
)
CLOSE = Bulk(
    "close",
    gettext_lazy("Close with a reason…"),
    BulkCloseForm,
    lambda lead, by, version, data: triage.transition(
        lead=lead, by=by, version=version, to=LeadStatus.CLOSED, **data
    ),
)
SPAM = Bulk(
    "spam",
    gettext_lazy("Confirm as spam…"),
    BulkForm,
    lambda lead, by, version, data: quarantine.confirm(lead=lead, by=by, version=version),
    gettext_lazy("A person may be among them. Look at each one before you decide."),
)


def _action(bulk: Bulk) -> Callable[..., HttpResponse | None]:
    @admin.action(description=bulk.title, permissions=["change"])
    def act(model_admin: Any, request: HttpRequest, chosen: QuerySet[Lead]) -> HttpResponse | None:
        return _act(bulk, model_admin, request)

    act.__name__ = bulk.name  # what the form of the list sends
    return act


ACTIONS = tuple(_action(bulk) for bulk in (ASSIGN, CLOSE, SPAM))


def _act(bulk: Bulk, model_admin: Any, request: HttpRequest) -> HttpResponse | None:
    """Ask, and once asked do it to each lead that was chosen. Leads to the list again, or asks.

    Those alone whose box was ticked, in the version that the page before showed.
    """
    assert isinstance(request.user, User)  # noqa: S101  admin_view lets nobody else in
    ids = {int(one) for one in request.POST.getlist(ACTION_CHECKBOX_NAME)}
    if len(ids) > MOST:
        messages.error(
            request, _("At most %(most)d leads at once. Nothing was done.") % {"most": MOST}
        )
        return None
    leads = Lead.objects.filter(pk__in=ids).select_related("owner")
    form = bulk.form(request.POST if "post" in request.POST else None, auto_id="bulk_%s")
    if form.is_bound and form.is_valid():
        for _missing in range(len(ids) - len(leads)):
            audit.record_refusal(
                lead=None, by=request.user, act=bulk.name, error=Lead.DoesNotExist()
            )
        _do(bulk, request, list(leads), form.cleaned_data)
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": str(bulk.title).rstrip("…"),
        "opts": model_admin.opts,
        "bulk": bulk,
        "form": form,
        "leads": leads,
        "gone": len(ids) - len(leads),
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    template = "admin/admissions/lead/bulk.html"
    return TemplateResponse(request, template, context, status=status)


def _do(bulk: Bulk, request: HttpRequest, leads: list[Lead], data: dict[str, Any]) -> None:
    """Run the verb for each lead in a transaction of its own, and say what became of them."""
    by: Any = request.user
    refused: dict[str, list[str]] = defaultdict(list)
    for lead in leads:
        version = request.POST.get(f"version_{lead.pk}", "")
        try:
            bulk.run(lead, by, int(version) if version.isdecimal() else 0, data)
        except WorkflowError as error:
            audit.record_refusal(lead=lead, by=by, act=bulk.name, error=error)
            refused[str(error)].append(lead.reference)
    done = len(leads) - sum(map(len, refused.values()))
    words = ngettext("%(title)s: %(count)d lead.", "%(title)s: %(count)d leads.", done)
    level = messages.SUCCESS if done else messages.WARNING
    title = str(bulk.title).rstrip("…")
    messages.add_message(request, level, words % {"title": title, "count": done})
    for why, references in refused.items():
        messages.warning(
            request,
            _("Not done for %(references)s: %(why)s")
            % {"references": ", ".join(references), "why": why},
        )
