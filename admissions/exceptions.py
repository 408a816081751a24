"""What the workflow refuses, each with a text that staff or a visitor may read."""


class WorkflowError(Exception):
    """A rule of the workflow was not met; `str()` says which, in words for the person."""


class NotAllowed(WorkflowError):
    """The actor's role does not include this."""


class TransitionRefused(WorkflowError):
    """The status cannot change that way now."""


class StaleVersion(WorkflowError):
    """Somebody else changed the record since it was read; nothing was written."""
