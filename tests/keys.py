"""What tests of keys share: a master key, keys of some age, rows of everything, all in clear."""

import hashlib
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from admissions import audit, key_rotation, reencryption
from admissions.models import CardPhoto, Disclosure, Draft, Lead, SignedConsent
from iop_site import keyring
from iop_site.models import DataKey
from tests.admissions.merge_tools import do_merge, fill
from tests.factories import new_key

MASTER = b"m" * 32
# Empty, long, of other scripts, and what JSON, SQL or the tokens themselves might trip over.
TEXTS = ("Avery", "", "Zoë Łukasz 李", "v1.k1.AAAA", "%_'\"\\ \n\t", "🙂" * 500)


def grown(minutes: int = 60) -> None:
    """Let the keys of the ring be older by so much, and every process know them."""
    DataKey.objects.update(first_from=F("first_from") - timedelta(minutes=minutes))
    keyring.forget()


def rotate() -> dict[str, int]:
    """Make new keys of both kinds, and move everything over once they are in use."""
    key_rotation.begin(purposes=keyring.PURPOSES, by=audit.SYSTEM)
    grown()
    done: dict[str, int] = {}
    for batch in key_rotation.renew(by=audit.SYSTEM):
        done = {name: done.get(name, 0) + batch[name] for name in {*done, *batch}}
    return done


def fill_all(kept: Lead, merged: Lead, by: User) -> None:
    """Let there be a row with a value in every column that is encrypted.

    Both leads came with an insurance form; `merged` is merged into `kept`.
    """
    fill(kept, by)
    do_merge(kept, merged, by)
    soon = timezone.now() + timedelta(days=1)
    draft = Draft.objects.create(
        kind="insurance",
        token_digest=new_key().hex,
        idempotency_key=new_key(),
        expires_at=soon,
        answers={"who": {"first_name": "Avery"}},
    )
    SignedConsent.objects.create(
        lead=kept,
        patient="Avery Quill",
        recipient="Elsewhere",
        signed_by="Blake Quill",
        signed_on=soon,
        expires_on=soon,
        by=by,
    )
    Disclosure.objects.create(
        lead=kept, recipient="Elsewhere", address="1 Any Street", purpose="", basis="", by=by
    )
    CardPhoto.objects.create(draft=draft, side="back", image=bytes(range(256)), width=1, height=1)
    for model, fields in reencryption.encrypted_fields().items():
        for name in (field.name for field in fields if field.blank):
            for number, row in enumerate(model._base_manager.only(name)):
                if not getattr(row, name):
                    text = TEXTS[number % len(TEXTS)]
                    model._base_manager.filter(pk=row.pk).update(**{name: text})
    TOTP.activate(by, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(by)
    Authenticator.objects.create(user=by, type="webauthn", data={"name": "v1.k1.my key"})


def plaintexts() -> dict[str, list[Any]]:
    """Return all that is kept encrypted, in clear, by column; what allauth keeps left out."""
    return {
        f"{model._meta.label}.{field.name}": [
            (pk, bytes(value) if isinstance(value, memoryview) else value)
            for pk, value in model._base_manager.order_by("pk").values_list("pk", field.name)
        ]
        for model, fields in reencryption.encrypted_fields().items()
        for field in fields
    }


def digest() -> str:
    """Return a digest of all that is kept encrypted, to compare it across processes."""
    return hashlib.sha256(repr(plaintexts()).encode()).hexdigest()
