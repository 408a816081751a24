"""The staff site: Django's own admin whose first page is the work queue."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from admissions import dashboard, readings
from content.desk import editors_desk
from iop_site.launch import checklist
from iop_site.launch_items import Severity
from iop_site.roles import CLINICAL_REVIEWER, CONTENT_EDITOR, COORDINATOR, MANAGER, has_role

# The desk's pages, in the order of a day's work, and who has them beside coordinators.
_NAV = (
    (_("Work queue"), "index"),
    (_("Leads"), "admissions_lead_changelist"),
    (_("Phone call"), "phone_desk"),
    (_("Insurance checks"), "verification_desk"),
    (_("Calendar"), "admissions_consultation_changelist"),
    (_("Referral sources"), "admissions_referralsource_changelist"),
    (_("Who is away"), "absences"),
)
_MANAGERS_NAV = ((_("Reports"), "reports"), (_("How long kept"), "retention"))
_AUDIT_NAV = ((_("Audit"), "audit"),)  # managers, and auditors, who have little else
_IDLE_NOTICE = 120  # seconds before the end of a session in which it is said


class StaffSite(admin.AdminSite):
    site_header = _("Admissions desk")
    site_title = _("Admissions desk")
    index_title = _("Work queue")
    index_template = "admin/work_queue.html"
    enable_nav_sidebar = False
    empty_value_display = "–"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the work queue to those who work on leads, the plain list of models to others."""
        context = dict(extra_context or {})
        if isinstance(request.user, User) and has_role(request.user, COORDINATOR, MANAGER):
            context |= {
                "queue": dashboard.work_queue(request.user),
                "numbers": dashboard.numbers(),
                "failed_notices": dashboard.failed_notices(),
                "opened": timezone.now(),
            }
        if has_role(request.user, CONTENT_EDITOR, CLINICAL_REVIEWER):
            context["desk_texts"] = editors_desk()
        context["may_see_launch"] = _may_see_launch(request)
        return super().index(request, context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Return the view behind the site's gate, with an event for what it shows of people."""
        return super().admin_view(readings.recorded(view), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = {**super().each_context(request), "desk_nav": _desk_nav(request)}
        if request.user.is_authenticated:
            context |= {"idle_seconds": settings.STAFF_IDLE_SECONDS, "idle_notice": _IDLE_NOTICE}
        return context

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send whoever is not signed in to the one page where staff sign in."""
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def password_change(  # type: ignore[override]  # the stubs know of no redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    def stay(self, request: HttpRequest) -> HttpResponse:
        """Answer that somebody is there, with a token for the forms of a page that is still open.

        That the session goes on is done by `StaffSessionMiddleware`, as at every other request.
        """
        return JsonResponse({"token": get_token(request)})

    def queue_counts(self, request: HttpRequest) -> HttpResponse:
        """Return how many leads each section of the queue has, and how many came since `since`.

        A moment that cannot be read counts as now.
        """
        from admissions.admin import gate  # late, as the pages below

        user = gate.worker(request, "queue_counts")
        return JsonResponse(
            {
                "sections": dashboard.queue_counts(user),
                "arrived": dashboard.arrived_since(_moment(request.GET.get("since", ""))),
            }
        )

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Late: the pages register with this very site.
        from admissions.admin.pages import desk_pages

        own = [
            path("launch/", self.admin_view(self.launch), name="launch"),
            path("stay/", self.admin_view(self.stay), name="stay"),
            path("queue-counts/", self.admin_view(self.queue_counts), name="queue_counts"),
        ]
        return [*own, *desk_pages(self), *super().get_urls()]

    def launch(self, request: HttpRequest) -> HttpResponse:
        """Show what is still missing before the public may come."""
        if not _may_see_launch(request):
            raise PermissionDenied
        sections = checklist()
        found = [item.severity for section in sections for item in section.items]
        context = {
            **self.each_context(request),
            "title": _("Launch checklist"),
            "sections": sections,
            "counts": [(one.label, found.count(one)) for one in Severity],
        }
        return TemplateResponse(request, "admin/launch.html", context)


def _desk_nav(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links that every page of the desk begins with, for those who have any."""
    pages: tuple[tuple[Any, str], ...] = ()
    if request.user.has_perm("admissions.change_lead"):
        pages += _NAV + (_MANAGERS_NAV if has_role(request.user, MANAGER) else ())
    if request.user.has_perm("admissions.view_leadevent"):
        pages += _AUDIT_NAV
    links = []
    for words, name in pages:
        url = reverse(f"admin:{name}")
        inside = name != "index" and request.path.startswith(url)
        current = "page" if request.path == url else "true" if inside else ""
        links.append({"url": url, "words": words, "current": current})
    return links


def _moment(text: str) -> datetime:
    """Return the moment that a page says it was opened at; now where it is none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    return moment if moment and timezone.is_aware(moment) else timezone.now()


def _may_see_launch(request: HttpRequest) -> bool:
    return has_role(request.user, CONTENT_EDITOR, MANAGER)
