"""The desk's own pages beside the admin's: their addresses, in one place."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern


def desk_pages(site: AdminSite) -> list[URLPattern]:
    """Return the addresses of the desk's pages, each behind the staff site's own gate."""
    return []
