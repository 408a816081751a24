"""Every address of the site. The names of the public ones are fixed: others link to them."""

from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from content.sitemaps import SITEMAPS as CONTENT_SITEMAPS
from iop_site import views
from iop_site.csp_reports import csp_reports
from programs.sitemaps import SITEMAPS as PROGRAM_SITEMAPS
from programs.views import ContactView, SearchView

handler400 = "iop_site.views.bad_request"
handler403 = "iop_site.views.permission_denied"
handler404 = "iop_site.views.not_found"
handler500 = "iop_site.views.server_error"

urlpatterns = [
    path("", include("content.urls")),
    path("contact/", ContactView.as_view(), name="contact"),
    path("search/", SearchView.as_view(), name="search"),
    path("programs/", include("programs.urls")),
    path("admissions/", include("admissions.urls")),
    path("admin/account/", include("iop_site.sign_in_urls")),
    path("admin/", admin.site.urls),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("csp-reports", csp_reports, name="csp_reports"),
    path(
        "sitemap.xml",
        require_safe(cache_control(public=True, max_age=3600)(sitemap)),
        {"sitemaps": CONTENT_SITEMAPS | PROGRAM_SITEMAPS},
        name="sitemap",
    ),
]
