"""Model fields whose values are stored encrypted (see `iop_site.crypto`).

In Python the value is plain; in the database it is a token bound to this model and field. It
cannot be filtered or ordered by: look a value up through its blind index instead.
"""

import json
from typing import Any

from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from iop_site import crypto


class EncryptedTextField(models.TextField):
    """A text stored encrypted; the empty string is stored as it is, since it says nothing."""

    stored_as: type[models.Field] = models.TextField

    def place(self) -> str:
        """Return what a token of this column is bound to."""
        return f"{self.model._meta.label}.{self.attname}"

    def renewed(self, token: str) -> str:
        """Return what is stored of the same value with the first key; raises DecryptionError."""
        return crypto.encrypt(crypto.decrypt(token, place=self.place()), place=self.place())

    def get_prep_value(self, value: Any) -> Any:
        # Not TextField's own: it would send the value through to_python a second time.
        value = models.Field.get_prep_value(self, value)
        if value is None or value == "":
            return value
        return crypto.encrypt(str(value), place=self.place())

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if value is None or value == "":
            return value
        return crypto.decrypt(value, place=self.place())

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(
            f"{self.place()} is encrypted and cannot be searched with {lookup_name!r}; "
            "use its blind index."
        )


class EncryptedJSONField(EncryptedTextField):
    """A JSON value (a dict or a list) stored as one encrypted text."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        opened = super().from_db_value(value, expression, connection)
        return None if opened is None else json.loads(opened)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj), cls=DjangoJSONEncoder)


class EncryptedBinaryField(models.BinaryField):
    """Bytes stored encrypted, without the third that base64 would add."""

    stored_as: type[models.Field] = models.BinaryField

    def place(self) -> str:
        """Return what a token of this column is bound to."""
        return f"{self.model._meta.label}.{self.attname}"

    def renewed(self, token: bytes) -> bytes:
        """Return what is stored of the same bytes with the first key; raises DecryptionError."""
        opened = crypto.decrypt_bytes(bytes(token), place=self.place())
        return crypto.encrypt_bytes(opened, place=self.place())

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None:
            value = crypto.encrypt_bytes(bytes(value), place=self.place())
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else crypto.decrypt_bytes(bytes(value), place=self.place())

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.place()} is encrypted and cannot be searched.")
