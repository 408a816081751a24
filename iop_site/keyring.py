"""The ring: the keys that encrypt and find data, kept in the database and wrapped by a master key.

A key that is made is known to every process before any of them uses it to write: each reads the
ring again every `REFRESH_SECONDS`, and at once where it meets a key it does not know, while a new
key makes values only after `SETTLE_SECONDS`. So a value that one process wrote is found by all.
Times are the database's. The keys of the settings stay in use beside those of the ring.

This module fails closed: a ring that the master key does not open raises `DecryptionError`.
"""

import base64
import binascii
import os
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from iop_site.crypto import FIELD, INDEX, NONCE_BYTES, DecryptionError, Keys, purpose_key
from iop_site.env import ConfigurationError
from iop_site.models import DataKey

PURPOSES = (FIELD, INDEX)
SETTING = {FIELD: "FIELD_KEYS", INDEX: "INDEX_KEYS"}
REFRESH_SECONDS = 30
SETTLE_SECONDS = 90
_OURS = re.compile(r"k\d+\Z")


@dataclass(frozen=True)
class _Ring:
    """What was read, by purpose, and from what."""

    in_use: dict[str, Keys]
    known: dict[str, dict[str, bytes]]  # also those that only seals need
    made_of: tuple[Any, ...]
    read_at: float


_ring: _Ring | None = None


def usable(purpose: str) -> Keys:
    """Return the keys in use, the one that makes new values first."""
    keys = _current().in_use[purpose]
    if not keys:
        raise ConfigurationError(f"There is no key of {SETTING[purpose]}: run manage.py migrate.")
    return keys


def named(purpose: str, key_id: str) -> bytes | None:
    """Return the key of an id, also a retired one; an unknown id may have been made just now."""
    found = _current().known[purpose].get(key_id)
    return found or _read().known[purpose].get(key_id)


def forget() -> None:
    """Let this process read the ring again when it next needs a key."""
    global _ring
    _ring = None


def fault() -> str:
    """Return one line that says why the keys cannot be had, or nothing. One or two queries."""
    if not settings.MASTER_KEYS:
        wrapped = _table_is_there() and DataKey.objects.exists()
        return "MASTER_KEY: it is not set, and keys of this database need it." if wrapped else ""
    try:
        _read()
    except DecryptionError as error:
        return str(error)
    return ""


def in_use_for(purpose: str) -> timedelta | None:
    """Return since how long the newest key of the ring makes values (negative: it will)."""
    rows = DataKey.objects.filter(purpose=purpose).annotate(age=Now() - F("first_from"))
    return rows.order_by("-first_from").values_list("age", flat=True).first()


def make_first() -> None:
    """Make a key for each purpose that has none at all, to be used at once. After `migrate`."""
    with transaction.atomic():
        for purpose in PURPOSES if settings.MASTER_KEYS else ():
            if not _read().in_use[purpose]:
                _add(purpose, "k1", secrets.token_bytes(32), settle=0)
    forget()


def make(purposes: Iterable[str]) -> dict[str, str]:
    """Make a key for each purpose and return their ids; an empty ring takes in the settings' keys.

    Call it in a transaction, and `forget` once that is committed.
    """
    made = {}
    for purpose in purposes:
        rows = DataKey.objects.filter(purpose=purpose)
        if not rows.exists():
            for key_id, key in reversed(_of_settings(purpose)):  # their first is the newest here
                _add(purpose, key_id, key, settle=0)
        there = [*rows.values_list("key_id", flat=True), *dict(_of_settings(purpose))]
        numbers = [int(key_id[1:]) for key_id in there if _OURS.match(key_id)]
        made[purpose] = f"k{max(numbers, default=0) + 1}"
        _add(purpose, made[purpose], secrets.token_bytes(32), settle=SETTLE_SECONDS)
    return made


def retire(purpose: str, *, still_needed: Iterable[str]) -> list[str]:
    """Use every key but the first no more and return their ids: those still needed for what they
    sealed are kept for that alone, the others deleted.

    Call it in a transaction, and `forget` once that is committed.
    """
    first, _key = usable(purpose)[0]
    rows = DataKey.objects.filter(purpose=purpose, retired_at=None).exclude(key_id=first)
    retired = list(rows.order_by("pk").values_list("key_id", flat=True))
    rows.exclude(key_id__in=still_needed).delete()
    rows.update(retired_at=Now())
    return retired


def rewrap() -> int:
    """Wrap with the first master key what another one wrapped; return how many keys that were."""
    master, count = settings.MASTER_KEYS[0], 0
    with transaction.atomic():
        for row in DataKey.objects.select_for_update().exclude(master_id=_master_id(master)):
            _wrap(row, _unwrap(row))
            row.save(update_fields=["wrapped", "master_id"])
            count += 1
    return count


def _of_settings(purpose: str) -> Keys:
    return settings.FIELD_KEYS if purpose == FIELD else settings.INDEX_KEYS


def _made_of() -> tuple[Any, ...]:
    return settings.MASTER_KEYS, settings.FIELD_KEYS, settings.INDEX_KEYS


def _current() -> _Ring:
    ring = _ring
    stale = ring is None or time.monotonic() - ring.read_at > REFRESH_SECONDS
    return _read() if ring is None or stale or ring.made_of != _made_of() else ring


def _read() -> _Ring:
    """Read the ring and keep it for this process."""
    global _ring
    read_at = time.monotonic()
    rows: list[Any] = []
    if _table_is_there():
        rows += DataKey.objects.annotate(now=Now()).order_by("-first_from", "-pk")
    in_use, known = {}, {}
    for purpose in PURPOSES:
        given = _of_settings(purpose)
        opened = {row.key_id: _unwrap(row) for row in rows if row.purpose == purpose}
        for key_id, key in given:
            if opened.setdefault(key_id, key) != key:
                raise DecryptionError(
                    f"{SETTING[purpose]}: key {key_id} is another one in this database."
                )
        own = [row for row in rows if row.purpose == purpose and row.retired_at is None]
        order = [
            *(row.key_id for row in own if row.first_from <= row.now),
            *(key_id for key_id, _ in given),
            *(row.key_id for row in own),
        ]
        in_use[purpose] = tuple((key_id, opened[key_id]) for key_id in dict.fromkeys(order))
        known[purpose] = opened
    _ring = _Ring(in_use, known, _made_of(), read_at)
    return _ring


_table_was_there = False


def _table_is_there() -> bool:
    """Return whether the table was made: keys are asked for before `migrate` as well."""
    global _table_was_there
    _table_was_there = _table_was_there or (
        DataKey._meta.db_table in connection.introspection.table_names()
    )
    return _table_was_there


# -- wrapping: AES-256-GCM with the row's purpose and id authenticated, so that none stands in for
# another


def _wrapper(master: bytes) -> AESGCM:
    return AESGCM(purpose_key(master, "keyring"))


def _master_id(master: bytes) -> str:
    """Return by which id a master key is known, which tells nothing about it."""
    return purpose_key(master, "keyring-id")[:8].hex()


def _sealed_for(row: DataKey) -> bytes:
    return f"{row.purpose}.{row.key_id}".encode()


def _wrap(row: DataKey, key: bytes) -> None:
    """Set what the row (unsaved) stores of a key."""
    master, nonce = settings.MASTER_KEYS[0], os.urandom(NONCE_BYTES)
    sealed = _wrapper(master).encrypt(nonce, key, _sealed_for(row))
    row.wrapped = base64.urlsafe_b64encode(nonce + sealed).decode()
    row.master_id = _master_id(master)


def _unwrap(row: DataKey) -> bytes:
    master = next((one for one in settings.MASTER_KEYS if _master_id(one) == row.master_id), None)
    if master is None:
        raise DecryptionError("MASTER_KEY: the keys of this database were wrapped by another one.")
    try:
        raw = base64.b64decode(row.wrapped, b"-_", validate=True)
        return _wrapper(master).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _sealed_for(row))
    except (InvalidTag, ValueError, binascii.Error):
        raise DecryptionError(
            f"MASTER_KEY: key {row.key_id} ({row.purpose}) of this database was altered."
        ) from None


def _add(purpose: str, key_id: str, key: bytes, *, settle: int) -> None:
    row = DataKey(purpose=purpose, key_id=key_id, first_from=Now() + timedelta(seconds=settle))
    _wrap(row, key)
    row.save(force_insert=True)
