"""The staff site: Django's own admin whose first page is the work queue."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

from admissions.dashboard import failed_notices, work_queue
from content.desk import editors_desk
from iop_site.launch import checklist
from iop_site.launch_items import Severity
from iop_site.roles import CLINICAL_REVIEWER, CONTENT_EDITOR, COORDINATOR, MANAGER, has_role


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
            context |= {"queue": work_queue(request.user), "failed_notices": failed_notices()}
        if has_role(request.user, CONTENT_EDITOR, CLINICAL_REVIEWER):
            context["desk_texts"] = editors_desk()
        context["may_see_launch"] = _may_see_launch(request)
        return super().index(request, context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Late: the pages register with this very site.
        from admissions.admin.pages import desk_pages

        own = [path("launch/", self.admin_view(self.launch), name="launch")]
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


def _may_see_launch(request: HttpRequest) -> bool:
    return has_role(request.user, CONTENT_EDITOR, MANAGER)
