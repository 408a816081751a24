"""Running the same work in many threads at once, each with a database connection of its own."""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def run_together(count: int, work: Callable[[int], T]) -> list[T | Exception]:
    """Start `work(0)` to `work(count - 1)` at the same moment; return what each gave or raised.

    Needs a test with `transaction=True`, since other connections see only what is committed.
    """
    gate = threading.Barrier(count)
    results: dict[int, T | Exception] = {}

    def run(number: int) -> None:
        gate.wait(timeout=30)
        try:
            results[number] = work(number)
        except Exception as error:  # the test says which are right
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(results) == count, "a thread did not come to an end"
    return [results[number] for number in range(count)]
