"""Every encrypted column of every model, found by its field, encrypted anew with the first key.

A batch of rows is one transaction, and what is done shows by the key's id in front of each value:
killed at any moment it is gone on with by starting it again. Rows that somebody holds are passed
over and come next time round, so that nobody waits for more than a batch and no edit is lost.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models.functions import Substr

from iop_site import crypto, sign_in
from iop_site.fields import EncryptedBinaryField, EncryptedTextField

Field = EncryptedTextField | EncryptedBinaryField

BATCH, _PICTURES = 200, 10  # rows; pictures are large
SECRETS = "mfa.Authenticator.data"  # tokens inside JSON, by allauth (`iop_site.sign_in`)
_TOKEN = re.compile(rf"{crypto.VERSION}\.[a-z0-9]{{1,8}}\.[\w=-]+")


def encrypted_fields() -> dict[type[models.Model], list[Field]]:
    """Return the encrypted fields of every model of the project that has any."""
    found = {
        model: [one for one in model._meta.local_concrete_fields if isinstance(one, Field)]
        for model in apps.get_models()
    }
    return {model: fields for model, fields in found.items() if fields}


def old_counts() -> Counter[str]:
    """Return how many values of a column ("admissions.Lead.phone") have an older key.

    Columns without any are left out. A query for each model; reads whole tables.
    """
    counts: Counter[str] = Counter()
    for model, fields in encrypted_fields().items():
        older = {one.name: models.Count("pk", filter=_is_old(one)) for one in fields}
        found = _with_tokens(model, fields).aggregate(**older)
        counts.update({f"{model._meta.label}.{name}": count for name, count in found.items()})
    counts[SECRETS] = sum(_old_inside(one) for one in _secrets().values_list("data", flat=True))
    return +counts


def renew() -> Iterator[Counter[str]]:
    """Encrypt everything with the first key; yield the values of each column, batch by batch.

    What cannot be opened stays as it is, and `old_counts` goes on counting it.
    """
    for model, fields in encrypted_fields().items():
        is_done = False
        while not is_done:  # what was held comes next time round
            is_done = True
            for done in _batches(model, fields):
                is_done = False
                yield done
    yield from _renew_secrets()


def _batches(model: type[models.Model], fields: list[Field]) -> Iterator[Counter[str]]:
    size = _PICTURES if any(isinstance(one, EncryptedBinaryField) for one in fields) else BATCH
    wanted = models.Q(*map(_is_old, fields), _connector=models.Q.OR)
    after = 0
    while True:
        done: Counter[str] = Counter()
        with transaction.atomic():
            rows = _not_held(_with_tokens(model, fields).filter(wanted, pk__gt=after))
            tokens = [f"{one.name}_token" for one in fields]
            batch = list(rows.order_by("pk").values_list("pk", *tokens)[:size])
            for pk, *stored in batch:
                new = {
                    field.name: models.Value(token, output_field=field.stored_as())
                    for field, token in zip(fields, map(_renewed, fields, stored), strict=True)
                    if token
                }
                if new:
                    model._base_manager.filter(pk=pk).update(**new)
                done.update(f"{model._meta.label}.{name}" for name in new)
        if not batch:
            return
        after = batch[-1][0]
        if done:
            yield done


def _with_tokens(model: type[models.Model], fields: list[Field]) -> models.QuerySet[Any]:
    """Return the rows with what is stored of each field, and with how that begins."""
    rows = model._base_manager.all()
    for one in fields:
        token = models.ExpressionWrapper(models.F(one.name), output_field=one.stored_as())
        head = Substr(token, 1, len(_beginning()), output_field=one.stored_as())
        rows = rows.annotate(**{f"{one.name}_token": token, f"{one.name}_head": head})
    return rows


def _is_old(field: Field) -> models.Q:
    head, first = f"{field.name}_head", _beginning()
    is_binary = field.stored_as is models.BinaryField
    empty, own = (b"", first.encode()) if is_binary else ("", first)
    return models.Q(**{f"{head}__gt": empty}) & ~models.Q(**{head: own})


def _beginning() -> str:
    """Return how a token of the first key begins."""
    return f"{crypto.VERSION}.{crypto.first_key_id(crypto.FIELD)}."


def _has_older_key(token: Any) -> bool:
    raw = token.encode() if isinstance(token, str) else bytes(token or b"")
    return bool(raw) and not raw.startswith(_beginning().encode())


def _renewed(field: Field, token: Any) -> Any:
    """Return the token anew where it has an older key and can be opened, else None."""
    try:
        return field.renewed(token) if _has_older_key(token) else None
    except crypto.DecryptionError:
        return None


def _not_held(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Lock those of the rows that nobody else has locked; they may still be pointed to."""
    features = connection.features
    return rows.select_for_update(
        skip_locked=features.has_select_for_update_skip_locked,
        no_key=features.has_select_for_no_key_update,
    )


# -- what allauth keeps of second factors: a few tokens inside the JSON of each


def _secrets() -> models.QuerySet[Authenticator]:
    return Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)  # public keys


def _old_inside(data: Any) -> int:
    return sum(map(_has_older_key, _TOKEN.findall(json.dumps(data))))


def _renew_secrets() -> Iterator[Counter[str]]:
    done = 0
    with transaction.atomic():
        for one in _secrets().select_for_update().order_by("pk"):
            if older := _old_inside(one.data):
                one.data = json.loads(_TOKEN.sub(_secret_anew, json.dumps(one.data)))
                one.save(update_fields=["data"])
                done += older - _old_inside(one.data)
    if done:
        yield Counter({SECRETS: done})


def _secret_anew(found: re.Match[str]) -> str:
    try:
        opened = crypto.decrypt(found[0], place=sign_in.PLACE)
    except crypto.DecryptionError:
        return found[0]
    return crypto.encrypt(opened, place=sign_in.PLACE)
