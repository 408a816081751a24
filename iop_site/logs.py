"""Logs that cannot hold what a person typed: an allow-list, not a filter of bad words.

A line carries the time, level, logger, the *unformatted* message and the keys of ALLOWED. The
arguments of a message and the text of an exception are left out, since a database or mail error
quotes the values it failed on; of an exception the type and the code locations are kept.
"""

import logging
import traceback
from pathlib import Path
from typing import Any

from pythonjsonlogger.json import JsonFormatter

ALLOWED = frozenset(
    {
        "event",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
        "reference",
        "kind",
        "attempt",
        "count",
        "error",
        "pid",
        "host",
        "directive",
        "blocked",
    }
)
_ROOT = Path(__file__).resolve().parent.parent


class AllowListFormatter(JsonFormatter):
    """One JSON object a line with allow-listed keys only."""

    def __init__(self) -> None:
        super().__init__("%(message)s", timestamp=True, json_ensure_ascii=True)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in log_data.items() if value is not None}

    def format(self, record: logging.LogRecord) -> str:
        safe = logging.makeLogRecord(
            {
                "name": record.name,
                "levelno": record.levelno,
                "levelname": record.levelname,
                "msg": _message(record),
                "created": record.created,
                **{key: getattr(record, key) for key in ALLOWED if hasattr(record, key)},
                "logger": record.name,
                "level": record.levelname,
            }
        )
        if record.exc_info and record.exc_info[0] is not None:
            kind, _error, trace = record.exc_info
            safe.error_type = f"{kind.__module__}.{kind.__qualname__}"
            safe.where = [_place(frame) for frame in traceback.extract_tb(trace)[-12:]]
        return super().format(safe)


def _message(record: logging.LogRecord) -> str:
    """Return the message as the code wrote it; where it is an exception's text, only its type.

    Django logs a refused Host header so: the text quotes what was sent.
    """
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(record.msg, BaseException):
        error = record.msg
    if error is not None and str(record.msg) == str(error):
        return type(error).__qualname__
    return str(record.msg)


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    name = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name
    return f"{name}:{frame.lineno} {frame.name}"
