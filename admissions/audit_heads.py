"""The chain's head, put down once a day where nobody who can write to the database can reach it.

Who holds the database and the keys could write the whole chain anew. So each day its last event's
number and seal are signed and appended to a file on another volume (`settings.AUDIT_HEADS`), and
mailed to the auditors: `audit.verify` finds a chain that is not the one of then. Each line of the
file signs the line before it too, so that none can be taken out, put in or moved.
"""

import contextlib
import errno
import fcntl
import hmac
import json
import logging
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from admissions import audit, outbox
from admissions.audit import Head
from admissions.enums import Audience, NoticeKind
from admissions.models import OutboxMessage
from iop_site import crypto
from iop_site.roles import AUDITOR, holders

PURPOSE = "audit-head"
_LONGEST = 4096  # bytes; a line has about 300

logger = logging.getLogger("iop.audit")


def write_daily() -> bool:
    """Append today's head where it is not there yet, and return whether that was done.

    Side effects: the line in `settings.AUDIT_HEADS`, on the disk when this returns, and a notice
    to each auditor. A file that cannot be written is logged; the next call tries again.
    """
    today = timezone.localdate().isoformat()
    try:
        return _append(settings.AUDIT_HEADS, today)
    except OSError as error:
        what = errno.errorcode.get(error.errno or 0)
        logger.error("audit head not written", extra={"error": what})
        return False


def read(path: Path) -> tuple[list[Head], list[str]]:
    """Return the heads of a file whose signatures hold, and what is wrong with its lines.

    Raises OSError where it cannot be read.
    """
    heads, faults, before = [], [], ""
    for number, line in enumerate(_lines(path), 1):
        row = _parsed(line)
        if row is None:
            faults.append(f"line {number}: cannot be read")
            before = ""
            continue
        try:
            _, signature = _sign(row["previous"], row["head"], row["key"])
        except crypto.DecryptionError:
            faults.append(f"line {number}: signed with a key that is not there")
        else:
            if not hmac.compare_digest(signature, row["signature"]):
                faults.append(f"line {number}: altered")
            elif row["previous"] != before:
                faults.append(f"line {number}: does not follow the line before it")
            else:
                heads.append(row["head"])
        before = row["signature"]
    return heads, faults


def line_of(day: str) -> str:
    """Return the line of a day; empty where it is not there (yet). Raises OSError."""
    lines = (line for line in _lines(settings.AUDIT_HEADS) if f'"day": "{day}"' in line)
    return next(lines, "")


def _append(path: Path, today: str) -> bool:
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # another worker may be here
        size = os.fstat(handle).st_size
        end = os.pread(handle, _LONGEST, max(0, size - _LONGEST)).decode(errors="replace")
        last = _parsed(end.rstrip("\n").rpartition("\n")[2])
        if last is not None and last["head"].day >= today:
            return False
        head = audit.head(today)
        if not head.sequence:
            return False
        _tell(today)  # before the line: a mail whose line is not there yet waits for it
        line = _line(last["signature"] if last else "", head)
        text = ("\n" if end and not end.endswith("\n") else "") + line + "\n"
        try:
            if os.write(handle, text.encode()) < len(text):
                raise OSError(errno.ENOSPC, "no room for the whole line")
            os.fsync(handle)
        except OSError:
            with contextlib.suppress(OSError):  # a file that can only be appended to
                os.ftruncate(handle, size)
            raise
        return True
    finally:
        os.close(handle)


def _line(previous: str, head: Head) -> str:
    key, signature = _sign(previous, head)
    row = {"day": head.day, "sequence": head.sequence, "seal": head.seal}
    return json.dumps({**row, "previous": previous, "key": key, "signature": signature})


def _sign(previous: str, head: Head, key: str | None = None) -> tuple[str, str]:
    text = json.dumps([previous, head.day, head.sequence, head.seal])
    return crypto.seal(text, purpose=PURPOSE, key_id=key)


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
        day = date.fromisoformat(row["day"]).isoformat()
        head = Head(day, int(row["sequence"]), str(row["seal"]))
        return {"head": head} | {name: str(row[name]) for name in ("previous", "key", "signature")}
    except (ValueError, OverflowError, KeyError, TypeError):
        return None


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            yield line.rstrip("\n")


def _tell(day: str) -> None:
    """Store a notice of a day's head to each who audits; told once."""
    outbox.enqueue(
        OutboxMessage(
            kind=NoticeKind.AUDIT_HEAD,
            audience=Audience.STAFF,
            recipient=user,
            once_key=f"{NoticeKind.AUDIT_HEAD}:{day}:{user.pk}",
        )
        for user in holders(AUDITOR)
    )
