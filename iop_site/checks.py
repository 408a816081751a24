"""System checks for what a public health site must not be started without.

Each has its own id; those tagged for deployment run with `check --deploy`.
"""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from iop_site import crypto


@register(Tags.security)
def encryption_works(**kwargs: Any) -> list[CheckMessage]:
    """A value sealed now opens again, and the two sets of keys have nothing in common."""
    place = "iop_site.checks"
    if crypto.decrypt(crypto.encrypt("canary", place=place), place=place) != "canary":
        return [Error("Encryption does not round-trip.", id="iop.E001")]
    data_keys = {key for _, key in settings.FIELD_KEYS}
    if data_keys & {key for _, key in settings.INDEX_KEYS}:
        return [
            Error(
                "FIELD_KEYS and INDEX_KEYS share a key.",
                hint="Make a key of its own for each: one that leaks must not open the other.",
                id="iop.E002",
            )
        ]
    return []


@register(Tags.database, deploy=True)
def database_is_postgresql(**kwargs: Any) -> list[CheckMessage]:
    """More than one machine, or many writers, need PostgreSQL."""
    if connection.vendor == "sqlite":
        return [
            Warning(
                "The database is SQLite: fine for one machine, not for several.",
                hint="Set DATABASE_URL=postgres://…",
                id="iop.W001",
            )
        ]
    return []
