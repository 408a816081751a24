"""What the workflow refuses, each with a text that staff or a visitor may read."""

from collections.abc import Sequence
from typing import Any


class WorkflowError(Exception):
    """A rule of the workflow was not met; `str()` says which, in words for the person."""


class NotAllowed(WorkflowError):
    """The actor's role does not include this."""


class TransitionRefused(WorkflowError):
    """The status cannot change that way now."""


class AgainstWishes(WorkflowError):
    """A person asked us not to do that; where it happened all the same, a supervisor is told."""


class StaleVersion(WorkflowError):
    """Somebody else changed the record since it was read; nothing was written."""


class TooManyTries(WorkflowError):
    """Too many wrong tries to open something; also a right one is refused for a while."""


class SlotTaken(WorkflowError):
    """That time cannot be had: gone, past, or not on offer; `nearest` are slots that can."""

    def __init__(self, words: str, nearest: Sequence[Any] = ()) -> None:
        super().__init__(words)
        self.nearest = list(nearest)


class AlreadyBooked(WorkflowError):
    """The lead has a consultation to come: `consultation`, which can be moved."""

    def __init__(self, words: str, consultation: Any) -> None:
        super().__init__(words)
        self.consultation = consultation
