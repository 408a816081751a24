"""What every page needs is read anew each time, and remembered for when the database is away."""

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError

from iop_site.remembered import remembered


class Source:
    """A reading that counts itself and fails when told to."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.count = 0

    def __call__(self) -> int:
        if self.fault:
            raise self.fault
        self.count += 1
        return self.count


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError, DatabaseError])
def test_the_last_answer_stands_while_the_database_is_away(fault: type[Exception]) -> None:
    source = Source()
    read = remembered(default=lambda: 0)(source.__call__)
    assert [read(), read()] == [1, 2]
    source.fault = fault("away")
    assert [read(), read()] == [2, 2]
    source.fault = None
    assert read() == 3


def test_the_default_stands_before_any_answer_was_had() -> None:
    source = Source()
    source.fault = OperationalError("away")
    read = remembered(default=lambda: -1)(source.__call__)
    assert read() == -1
    source.fault = None
    assert read() == 1


def test_the_default_is_not_made_when_it_is_not_needed() -> None:
    def never() -> int:
        raise AssertionError("asked for the default")

    assert remembered(default=never)(Source().__call__)() == 1


def test_an_answer_that_is_empty_is_remembered_too() -> None:
    answers: list[list[int]] = [[]]

    def read() -> list[int]:
        if not answers:
            raise OperationalError("away")
        return answers.pop()

    reader = remembered(default=lambda: [1])(read)
    assert reader() == []
    assert reader() == []


def test_a_fault_of_the_program_is_not_hidden() -> None:
    source = Source()
    source.fault = KeyError("a mistake")
    with pytest.raises(KeyError):
        remembered(default=lambda: 0)(source.__call__)()
