"""The desk's own pages beside the admin's: their addresses, in one place."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from admissions.admin.audit_page import audit_page
from admissions.admin.disclosures import accounting
from admissions.admin.export import export_leads
from admissions.admin.kept import copy, retention_page
from admissions.admin.merging import compare, find, undo
from admissions.admin.phone_desk import phone_desk_page
from admissions.admin.reports import reports_page
from admissions.admin.staffing import absences, end_absence
from admissions.admin.verification import benefits, desk, estimate, result, write_estimate


def desk_pages(site: AdminSite) -> list[URLPattern]:
    """Return the addresses of the desk's pages, each behind the staff site's own gate."""
    return [
        path("away/", site.admin_view(absences), name="absences"),
        path("away/<int:absence_id>/end/", site.admin_view(end_absence), name="end_absence"),
        path("merge/<int:lead_id>/", site.admin_view(find), name="merge_find"),
        path("merge/<int:lead_id>/<int:other_id>/", site.admin_view(compare), name="merge_leads"),
        path("merge/<int:merge_id>/undo/", site.admin_view(undo), name="merge_undo"),
        path("verification/", site.admin_view(desk), name="verification_desk"),
        path(
            "verification/<int:lead_id>/result/",
            site.admin_view(result),
            name="verification_result",
        ),
        path(
            "verification/<int:result_id>/benefits/",
            site.admin_view(benefits),
            name="benefits_summary",
        ),
        path(
            "estimate/<int:lead_id>/write/", site.admin_view(write_estimate), name="write_estimate"
        ),
        path("estimate/<int:estimate_id>/", site.admin_view(estimate), name="estimate"),
        path("phone/", site.admin_view(phone_desk_page), name="phone_desk"),
        path("reports/", site.admin_view(reports_page), name="reports"),
        path("copy/<int:lead_id>/", site.admin_view(copy), name="personal_copy"),
        path("retention/", site.admin_view(retention_page), name="retention"),
        path("disclosures/<int:lead_id>/", site.admin_view(accounting), name="accounting"),
        path("audit/", site.admin_view(audit_page), name="audit"),
        path("export/", site.admin_view(export_leads), name="export_leads"),
    ]
