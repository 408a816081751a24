"""The project itself as an app (checks, roles, commands), and the admin with our own site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "iop_site"
    verbose_name = "Site"

    def ready(self) -> None:
        from iop_site import checks  # noqa: F401  registers the system checks
        from iop_site.roles import sync_roles

        post_migrate.connect(sync_roles, dispatch_uid="iop_site.roles")


class StaffSiteConfig(AdminConfig):
    default_site = "iop_site.admin.StaffSite"
