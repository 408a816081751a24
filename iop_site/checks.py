"""System checks for what a public health site must not be started without.

Each has its own id; those tagged for deployment run with `check --deploy`.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

from iop_site import crypto


@register(Tags.security)
def encryption_works(**kwargs: Any) -> list[CheckMessage]:
    """A value sealed now opens again, and the sets of keys have nothing in common."""
    place = "iop_site.checks"
    if not settings.MASTER_KEYS and (
        crypto.decrypt(crypto.encrypt("canary", place=place), place=place) != "canary"
    ):
        return [Error("Encryption does not round-trip.", id="iop.E001")]
    data_keys, index_keys = (
        {key for _, key in keys} for keys in (settings.FIELD_KEYS, settings.INDEX_KEYS)
    )
    if data_keys & index_keys or (data_keys | index_keys) & set(settings.MASTER_KEYS):
        return [
            Error(
                "FIELD_KEYS, INDEX_KEYS and MASTER_KEY share a key.",
                hint="Make a key of its own for each: one that leaks must not open the other.",
                id="iop.E002",
            )
        ]
    return []


@register(Tags.database)
def master_key_fits(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The master key opens the keys in the database; asked with `--database`, and by `migrate`."""
    from iop_site import keyring

    try:
        fault = keyring.fault() if databases else ""
    except DatabaseError:
        return []  # whoever needs it says so
    return [Error(fault, hint="See docs/keys.md.", id="iop.E003")] if fault else []


@register(Tags.security, deploy=True)
def staff_have_a_second_factor(**kwargs: Any) -> list[CheckMessage]:
    if not settings.STAFF_SECOND_FACTOR:
        return [
            Warning(
                "Staff sign in with a password alone.",
                hint="Leave STAFF_SECOND_FACTOR unset: it is on in production.",
                id="iop.W002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def audit_heads_are_elsewhere(**kwargs: Any) -> list[CheckMessage]:
    """The heads of the audit show nothing where whoever reaches the data reaches them too."""
    if settings.AUDIT_HEADS.is_relative_to(settings.DATA_DIR):
        return [
            Warning(
                "The audit's daily heads are kept beside the data that they speak for.",
                hint="Set AUDIT_HEADS to a file on another volume than the database.",
                id="iop.W011",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def somebody_can_be_told_of_a_hole(**kwargs: Any) -> list[CheckMessage]:
    if not settings.SECURITY_CONTACT:
        return [
            Warning(
                "Nobody is named whom to tell of a hole in the site's security.",
                hint="Set SECURITY_CONTACT to a mailbox that is read: security.txt shows it.",
                id="iop.W010",
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
