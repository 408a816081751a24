"""The staff site: Django's own admin whose first page is the work queue."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from admissions.dashboard import failed_notices, work_queue
from iop_site.roles import COORDINATOR, MANAGER, has_role


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
        return super().index(request, context)
