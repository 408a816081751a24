"""Reading what every page needs, so that a page can still be shown while the database is away."""

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from django.db import DatabaseError, InterfaceError

T = TypeVar("T")


class _Decorator(Protocol):
    def __call__(self, read: Callable[[], T], /) -> Callable[[], T]: ...


def remembered(default: Callable[[], Any]) -> _Decorator:
    """Decorate a reader of the database: where the database is away, return its last answer.

    The reader asks the database at every call; `default()` is the answer before any was had. The
    answer is kept in this process and must not be changed by its users.
    """

    def decorate(read: Callable[[], T]) -> Callable[[], T]:
        last: list[T] = []

        @functools.wraps(read)
        def reader() -> T:
            try:
                last[:] = [read()]
            except (DatabaseError, InterfaceError):
                return last[0] if last else default()
            return last[0]

        return reader

    return decorate
