"""Encryption of single values, and blind indexes to find them again.

Two independent sets of keys, each an ordered list of (key id, 32-byte key); the first key of a
list makes new values, all of them read old ones. They are those of the settings and, where there
is a master key, those it opens in the database (`iop_site.keyring`):

- data keys (`settings.FIELD_KEYS`) encrypt with AES-256-GCM. A token is
  ``v1.<key id>.<base64url(nonce + ciphertext + tag)>``. The place a value belongs to
  ("admissions.Lead.phone") is authenticated with it, so that a ciphertext copied into another
  column fails to open (45 CFR 164.312(a)(2)(iv), (c)(1)).
- index keys (`settings.INDEX_KEYS`) make HMAC-SHA-256 digests of normalised values, with a key
  derived for each purpose, so that a phone number can be looked up by equality without being
  stored in the clear. A digest is ``<key id>.<22 characters>`` (128 bits).

This module fails closed: a wrong key, a foreign place or a changed byte raises `DecryptionError`.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings

from iop_site.env import ConfigurationError

VERSION = "v1"
FIELD, INDEX = "field", "index"  # what the keys are for
NONCE_BYTES = 12
_KEY_ID = re.compile(r"[a-z0-9]{1,8}\Z")

Keys = tuple[tuple[str, bytes], ...]


class DecryptionError(Exception):
    """A stored value cannot be opened: wrong key, wrong place, or it was altered."""


def key_bytes(encoded: str) -> bytes:
    """Return the 32 bytes that base64url characters mean, or none where they are not a key."""
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""
    return key if len(key) == 32 else b""


def parse_keys(setting: str, entries: Sequence[str], *, optional: bool = False) -> Keys:
    """Return the keys that entries like ``k1:<43 base64url characters>`` describe.

    Raises ConfigurationError (naming the setting, never the key) for a bad id, a repeated id, a
    key that is not 32 bytes, and for none unless they are optional.
    """
    keys: dict[str, bytes] = {}
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        if not _KEY_ID.match(key_id):
            raise ConfigurationError(
                f"{setting}: each key is written id:key, with an id of 1 to 8 lower-case letters "
                "or digits."
            )
        key = key_bytes(encoded)
        if not key:
            raise ConfigurationError(
                f"{setting}: key {key_id!r} is not 32 bytes in base64url. Make one with: "
                "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        if key_id in keys:
            raise ConfigurationError(f"{setting}: key id {key_id!r} is there twice.")
        keys[key_id] = key
    if not keys and not optional:
        raise ConfigurationError(f"{setting} holds no key.")
    return tuple(keys.items())


def _usable(purpose: str) -> Keys:
    """Return the keys in use, the one that makes new values first."""
    if settings.MASTER_KEYS:
        from iop_site import keyring  # a model: not there while settings are read

        return keyring.usable(purpose)
    return settings.FIELD_KEYS if purpose == FIELD else settings.INDEX_KEYS


def _named(purpose: str, key_id: str) -> bytes | None:
    """Return the key of an id, also one that only old values still need."""
    if settings.MASTER_KEYS:
        from iop_site import keyring

        return keyring.named(purpose, key_id)
    return dict(_usable(purpose)).get(key_id)


def first_key_id(purpose: str) -> str:
    """Return the id of the key that makes new values."""
    return _usable(purpose)[0][0]


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=256)
def purpose_key(key: bytes, purpose: str) -> bytes:
    """Return a key derived for one purpose: what is made for another tells nothing about it."""
    return HKDFExpand(algorithm=SHA256(), length=32, info=purpose.encode()).derive(key)


def encrypt(plaintext: str, *, place: str) -> str:
    """Return the token for a text that belongs to `place`, made with the first data key."""
    key_id, key = _usable(FIELD)[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, plaintext.encode(), place.encode())
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(token: str, *, place: str) -> str:
    """Return the text behind a token; raises DecryptionError where it cannot be trusted."""
    try:
        version, key_id, encoded = token.split(".", 2)
        raw = base64.b64decode(encoded, b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise DecryptionError(f"{place}: not an encrypted value") from None
    return _open(version, key_id, raw, place).decode()


def encrypt_bytes(plaintext: bytes, *, place: str) -> bytes:
    """Return ``v1.<key id>.<nonce + ciphertext + tag>`` for bytes that belong to `place`."""
    key_id, key = _usable(FIELD)[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, plaintext, place.encode())
    return f"{VERSION}.{key_id}.".encode() + nonce + sealed


def decrypt_bytes(token: bytes, *, place: str) -> bytes:
    """Return the bytes behind a token; raises DecryptionError where they cannot be trusted."""
    version, _, rest = bytes(token).partition(b".")
    key_id, dot, raw = rest.partition(b".")
    if not dot:
        raise DecryptionError(f"{place}: not an encrypted value")
    return _open(version.decode("ascii", "replace"), key_id.decode("ascii", "replace"), raw, place)


def _open(version: str, key_id: str, raw: bytes, place: str) -> bytes:
    key = _named(FIELD, key_id)
    if version != VERSION or key is None:
        raise DecryptionError(f"{place}: no key {key_id!r} for version {version!r}")
    try:
        return _cipher(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        raise DecryptionError(f"{place}: altered, or sealed with another key") from None


def _digest(key: bytes, purpose: str, value: str) -> str:
    mac = hmac.new(purpose_key(key, purpose), value.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def blind_index(value: str, *, purpose: str) -> str:
    """Return the digest to store for a normalised value, made with the first index key."""
    key_id, key = _usable(INDEX)[0]
    return f"{key_id}.{_digest(key, purpose, value)}"


def blind_candidates(value: str, *, purpose: str) -> list[str]:
    """Return the digests a stored value may have, one for each index key, for an IN look-up.

    The first is the one that `blind_index` makes.
    """
    return [f"{key_id}.{_digest(key, purpose, value)}" for key_id, key in _usable(INDEX)]


def seal(message: str, *, purpose: str, key_id: str | None = None) -> tuple[str, str]:
    """Return (key id, 64 hex digits): a keyed digest that proves a record unaltered.

    Without `key_id` the first index key is used; with it the key of that id, or DecryptionError.
    """
    if key_id is None:
        key_id, key = _usable(INDEX)[0]
    else:
        found = _named(INDEX, key_id)
        if found is None:
            raise DecryptionError(f"{purpose}: no key {key_id!r}")
        key = found
    mac = hmac.new(purpose_key(key, purpose), message.encode(), hashlib.sha256)
    return key_id, mac.hexdigest()
