"""Faults of the world outside, for the tests of this project."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn

from django.db import OperationalError, connection


def database_away(
    error: type[Exception] = OperationalError,
) -> AbstractContextManager[None]:
    """Make every query fail within the block, as when the server is gone or out of memory."""

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> NoReturn:
        raise error("canary: the database is away")

    return connection.execute_wrapper(fail)


@contextmanager
def just_before_it_is_written(happens: Callable[[], object]) -> Iterator[None]:
    """Let something happen after a form was checked and before anything is written for it.

    For tests that run in a transaction: what is written next begins with a savepoint.
    """
    waiting = [happens]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SAVEPOINT") and waiting:
            waiting.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not waiting
