"""Encrypted fields: plain in Python, a token in the table, and not to be searched."""

import json
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps

from iop_site import crypto
from iop_site.crypto import DecryptionError
from iop_site.fields import EncryptedBinaryField, EncryptedJSONField, EncryptedTextField

with isolate_apps("iop_site.apps.SiteConfig"):

    class Record(models.Model):
        text = EncryptedTextField(null=True, default="")
        other = EncryptedTextField(default="")
        data = EncryptedJSONField(default=dict)
        picture = EncryptedBinaryField(null=True)

        class Meta:
            app_label = "iop_site"
            db_table = "iop_site_test_record"

        def __str__(self) -> str:
            return "a record"


@pytest.fixture
def record_table(db: None) -> None:
    """A table of every encrypted field, gone with the test's transaction."""
    binary = Record._meta.get_field("picture").db_type(connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE iop_site_test_record (id integer PRIMARY KEY, text text, "
            f"other text, data text, picture {binary})"
        )


def make(**values: Any) -> Record:
    record = Record(pk=1, **values)
    record.save(force_insert=True)
    return record


def stored(column: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM iop_site_test_record')  # noqa: S608
        return cursor.fetchone()[0]


pytestmark = pytest.mark.usefixtures("record_table")


def test_text_is_plain_in_python_and_a_token_in_the_table() -> None:
    make(text="Avery Quill")
    assert Record.objects.get().text == "Avery Quill"
    token = stored("text")
    assert token is not None
    assert token.startswith("v1.k1.")
    assert "Avery" not in token


def test_text_that_says_nothing_is_stored_as_it_is() -> None:
    make(text="", other="")
    assert stored("text") == ""
    assert Record.objects.get().text == ""
    Record.objects.update(text=None)
    assert stored("text") is None
    assert Record.objects.get().text is None


def test_text_copied_into_another_column_does_not_open() -> None:
    make(text="Avery Quill")
    Record.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE iop_site_test_record SET other = text")
    with pytest.raises(DecryptionError, match=r"Record\.other"):
        Record.objects.get()


def test_text_written_past_the_field_is_not_taken_for_a_value() -> None:
    make(text="x")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE iop_site_test_record SET text = 'plain'")
    with pytest.raises(DecryptionError):
        Record.objects.get()


def test_update_encrypts_as_save_does() -> None:
    make(text="before")
    Record.objects.update(text="after")
    assert crypto.decrypt(stored("text") or "", place="iop_site.Record.text") == "after"


@pytest.mark.parametrize("lookup", ["exact", "icontains", "in", "startswith", "gt"])
def test_encrypted_fields_refuse_to_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError, match="blind index"):
        Record.objects.filter(**{f"text__{lookup}": ["x"] if lookup == "in" else "x"}).exists()


def test_isnull_may_be_asked() -> None:
    make(text=None)
    assert Record.objects.filter(text__isnull=True).count() == 1


def test_json_comes_back_as_it_was() -> None:
    answers = {"name": "Zoë", "channels": ["phone", "text"], "age": None, "ok": False}
    make(data=answers)
    assert Record.objects.get().data == answers
    assert "phone" not in (stored("data") or "")
    assert "channels" not in (stored("data") or "")


def test_json_is_written_out_for_a_dump() -> None:
    record = make(data={"a": [1]})
    field = Record._meta.get_field("data")
    assert json.loads(field.value_to_string(record)) == {"a": [1]}
    assert field.to_python('{"a": [1]}') == {"a": [1]}


PICTURE = b"\xff\xd8\xff\xe0 JFIF" + bytes(range(256)) * 40


@pytest.mark.parametrize("value", [PICTURE, b"", b"\0", b"v1.k1.", "é".encode()])
def test_bytes_are_plain_in_python_and_a_token_in_the_table(value: bytes) -> None:
    make(picture=value)
    assert Record.objects.get().picture == value
    token = bytes(stored("picture"))
    assert token.startswith(b"v1.k1.")
    assert b"JFIF" not in token
    assert len(token) == len(value) + 6 + 12 + 16  # name of the key, nonce, tag


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_bytes_may_come_as_databases_give_them(kind: Any) -> None:
    make(picture=kind(PICTURE))
    assert Record.objects.get().picture == PICTURE


def test_no_bytes_are_none() -> None:
    make(picture=None)
    assert stored("picture") is None
    assert Record.objects.filter(picture__isnull=True).get().picture is None


def test_bytes_that_were_altered_or_copied_do_not_open() -> None:
    make(picture=PICTURE)
    token = bytes(stored("picture"))
    elsewhere = crypto.encrypt_bytes(PICTURE, place="iop_site.Record.other")
    for wrong in (token[:-1] + bytes([token[-1] ^ 1]), token[:-1], b"", PICTURE, elsewhere):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE iop_site_test_record SET picture = %s", [wrong])
        with pytest.raises(DecryptionError, match=r"Record\.picture"):
            Record.objects.get()


@pytest.mark.parametrize("lookup", ["exact", "in", "gt", "contains"])
def test_encrypted_bytes_refuse_to_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError, match="cannot be searched"):
        Record.objects.filter(**{f"picture__{lookup}": [b"x"] if lookup == "in" else b"x"}).exists()


def test_update_encrypts_bytes_as_save_does() -> None:
    make(picture=b"before")
    Record.objects.update(picture=b"after")
    assert crypto.decrypt_bytes(stored("picture"), place="iop_site.Record.picture") == b"after"
