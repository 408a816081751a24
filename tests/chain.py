"""What the owner of the audit's tables can do: take the triggers off that keep them append-only."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLES = ("admissions_leadevent", "admissions_chainhead")


@contextmanager
def unguarded() -> Iterator[None]:
    """Let the audit's tables be written to at will meanwhile; inside a transaction."""
    back = _take_off()
    yield
    _run(back)


def guards() -> list[str]:
    """Return the triggers that keep the audit's tables, as the statements that put them there.

    On PostgreSQL, where nothing has to be put there again, the names of those that are on.
    """
    if connection.vendor == "postgresql":
        query = (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O' "
            "AND tgrelid::regclass::text IN %s ORDER BY tgname"
        )
        parameters = [TABLES]
    else:
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)"
        parameters = list(TABLES)
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [row[0] for row in cursor.fetchall()]


def _take_off() -> list[str]:
    if connection.vendor == "postgresql":
        _run([f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES])
        return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES]
    back = guards()
    _run([f"DROP TRIGGER {one.split()[2]}" for one in back])
    return back


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
