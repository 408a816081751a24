"""Faults of the world outside, for the tests of this project."""

from contextlib import AbstractContextManager
from typing import Any, NoReturn

from django.db import OperationalError, connection


def database_away(
    error: type[Exception] = OperationalError,
) -> AbstractContextManager[None]:
    """Make every query fail within the block, as when the server is gone or out of memory."""

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> NoReturn:
        raise error("canary: the database is away")

    return connection.execute_wrapper(fail)
