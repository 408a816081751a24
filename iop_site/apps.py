"""The project itself as an app (checks, roles, commands), and the admin with our own site."""

from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "iop_site"
    verbose_name = "Site"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added
        from django.contrib.auth.signals import user_logged_in

        from iop_site import checks  # noqa: F401  registers the system checks
        from iop_site.roles import sync_roles
        from iop_site.staff_session import begin, note_new_factor

        user_logged_in.connect(begin, dispatch_uid="iop_site.staff_session")
        authenticator_added.connect(note_new_factor, dispatch_uid="iop_site.staff_session")
        # The cache of failed sign-ins is a table; made where it is missing, left where it is there.
        post_migrate.connect(make_cache_table, dispatch_uid="iop_site.cache")
        post_migrate.connect(sync_roles, dispatch_uid="iop_site.roles")
        post_migrate.connect(make_first_keys, sender=self, dispatch_uid="iop_site.keys")


def make_cache_table(sender: AppConfig, using: str, **kwargs: Any) -> None:
    if sender.label == "sessions":
        call_command("createcachetable", database=using, verbosity=0)


def make_first_keys(sender: AppConfig, **kwargs: Any) -> None:
    """With a master key and no other, a new database gets its keys here."""
    from iop_site import keyring

    keyring.make_first()


class StaffSiteConfig(AdminConfig):
    default_site = "iop_site.admin.StaffSite"
