"""The views of the list that staff save: made, listed and deleted on one page."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from admissions import audit
from admissions.exceptions import NotAllowed
from admissions.forms.lead_list import LeadFilters, SavedViewForm
from admissions.models import SavedView
from iop_site.roles import MANAGER, has_role


def page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Save the filters in the address under a name, and list what was saved.

    Only filters are kept: who was searched for is nobody's view.
    """
    user = _user(model_admin, request)
    filters = LeadFilters(request.GET, user=user)
    status, is_sent = HTTPStatus.OK, request.method == "POST"
    form = SavedViewForm(request.POST if is_sent else None)
    may_share = has_role(user, MANAGER)
    if not may_share:
        del form.fields["is_shared"]
    if is_sent:
        if form.is_valid():
            given = {"query": filters.query, "is_shared": form.cleaned_data.get("is_shared", False)}
            name = form.cleaned_data["name"]
            _view, is_new = SavedView.objects.get_or_create(user=user, name=name, defaults=given)
            if is_new:
                messages.success(request, _("The view is saved."))
                return redirect(_list_address(filters.query))
            form.add_error("name", _("You have a view of that name."))
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Saved views"),
        "opts": model_admin.opts,
        "form": form,
        "filters": filters,
        "views": within_reach(user).select_related("user"),
        "may_share": may_share,
    }
    template = "admin/admissions/lead/saved_views.html"
    return TemplateResponse(request, template, context, status=status)


def delete(model_admin: Any, request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view: one's own, or as a manager one that is for everybody."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user = _user(model_admin, request)
    allowed = Q(user=user) | Q(is_shared=True) if has_role(user, MANAGER) else Q(user=user)
    view = SavedView.objects.filter(allowed, pk=view_id).first()
    if view is None:
        audit.record_refusal(lead=None, by=user, act="delete_view", error=NotAllowed())
        raise Http404
    view.delete()
    messages.success(request, _("The view is deleted."))
    return redirect("admin:admissions_lead_views")


def within_reach(user: User) -> QuerySet[SavedView]:
    """Return the views that somebody made, or that are for everybody."""
    return SavedView.objects.filter(Q(user=user) | Q(is_shared=True))


def _list_address(query: str) -> str:
    address = reverse("admin:admissions_lead_changelist")
    return f"{address}?{query}" if query else address


def _user(model_admin: Any, request: HttpRequest) -> User:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    assert isinstance(request.user, User)  # noqa: S101  admin_view lets nobody else in
    return request.user
