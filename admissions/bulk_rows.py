"""Many rows at once: COPY on PostgreSQL, executemany on SQLite, through the models' fields."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

from iop_site.fields import EncryptedTextField


def insert(model: type[models.Model], rows: list[dict[str, Any]]) -> None:
    """Write rows of attribute names and values.

    Values go through the model's fields, so encrypted ones are encrypted; a field that no row
    names gets its default.
    """
    if not rows:
        return
    fields = [
        one
        for one in model._meta.concrete_fields
        if not one.generated and (not one.primary_key or one.attname in rows[0])
    ]
    copying = connection.vendor == "postgresql"
    converters = [_converter(one, copying=copying) for one in fields]
    # Most columns of most rows hold their default: converted once, since it says nothing.
    plans = [
        (one.attname, convert, convert(one.get_default()))
        for one, convert in zip(fields, converters, strict=True)
    ]
    prepared = (
        [convert(row[name]) if name in row else default for name, convert, default in plans]
        for row in rows
    )
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(one.column)) for one in fields)
    with connection.cursor() as cursor:
        if copying:
            buffer = io.StringIO()
            csv.writer(buffer).writerows(prepared)
            buffer.seek(0)
            cursor.copy_expert(
                f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", buffer
            )
            for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(statement)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608  our own names
                list(prepared),
            )


def _converter(field: Any, *, copying: bool) -> Callable[[Any], Any]:
    """Return what turns a value of the field into one that the database is given."""
    if isinstance(field, models.JSONField):
        return json.dumps
    if isinstance(field, EncryptedTextField):
        return field.get_prep_value
    if copying:
        return lambda value: "\\N" if value is None else value
    if isinstance(field, models.DateTimeField | models.UUIDField):
        return lambda value: field.get_db_prep_save(value, connection)
    return lambda value: value
