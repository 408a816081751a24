"""The outbox: a notice is stored with what it is about, and sent at least once.

A worker leases messages by the database's clock. One that dies leaves a lease that runs out, and
another takes the message up; one that fails leaves it to be tried again, later and later, until it
is dead and staff see it. What must not be sent any more is kept with the reason. Nothing is ever
dropped.
"""

import logging
import smtplib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit
from admissions.enums import EventKind, NoticeKind, OutboxState
from admissions.exceptions import NotAllowed
from admissions.models import Consultation, OutboxMessage
from iop_site.roles import MANAGER, has_role

logger = logging.getLogger("iop.outbox")

LEASE = timedelta(seconds=60)  # several times what one mail may take (EMAIL_TIMEOUT is 10 s)
MAX_ATTEMPTS = 14  # with the backoff below, a little over six hours
BACKOFF_START = timedelta(seconds=15)
BACKOFF_LIMIT = timedelta(hours=1)
LATE = timedelta(minutes=5)  # beyond its time, or after a failed attempt

Compose = Callable[[OutboxMessage], EmailMessage]


class NotSent(Exception):
    """The mail backend took no mail, for example since there is no address to send it to."""


class Skip(Exception):
    """Raised by who composes a mail: it must not be sent; `str()` says why, for staff."""


class Wait(Exception):
    """Raised by who composes a mail: it must not be sent before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def enqueue(messages: Iterable[OutboxMessage]) -> None:
    """Store notices, to be sent once the transaction is there; one query, or none.

    Of those with a `once_key` that is there already none is stored a second time.
    """
    once: list[OutboxMessage] = []
    each_time: list[OutboxMessage] = []
    for message in messages:
        (once if message.once_key else each_time).append(message)
    # Apart, since SQLite's OR IGNORE swallows more faults than the one that is meant.
    OutboxMessage.objects.bulk_create(each_time)
    OutboxMessage.objects.bulk_create(once, ignore_conflicts=True)


@dataclass(frozen=True)
class Summary:
    """How the outbox stands; `late` are those among `waiting` that should have gone out."""

    waiting: int
    late: int
    failed: int
    sent_today: int


def summary() -> Summary:
    """Return how many wait, are late, failed for good, and went out since midnight here."""
    waiting = OutboxMessage.objects.filter(state__in=(OutboxState.WAITING, OutboxState.SENDING))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return Summary(
        waiting=waiting.count(),
        late=waiting.filter(Q(available_at__lt=Now() - LATE) | Q(last_error__gt="")).count(),
        failed=OutboxMessage.objects.dead().count(),
        sent_today=OutboxMessage.objects.filter(sent_at__gte=midnight).count(),
    )


def lease_batch(size: int) -> list[OutboxMessage]:
    """Lease up to `size` messages that are due and return them, oldest first."""
    if not OutboxMessage.objects.due().exists():  # takes no lock
        return []
    lease = uuid.uuid4()
    with transaction.atomic():
        due = list(
            OutboxMessage.objects.due()
            .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
            .order_by("available_at", "id")
            .values_list("pk", flat=True)[:size]
        )
        OutboxMessage.objects.filter(pk__in=due).update(
            state=OutboxState.SENDING,
            lease=lease,
            leased_until=Now() + LEASE,
            attempts=F("attempts") + 1,
        )
    return list(OutboxMessage.objects.filter(lease=lease).order_by("id"))


def renew(message: OutboxMessage) -> bool:
    """Let the lease run anew; False where it was lost meanwhile."""
    return bool(_held(message).update(leased_until=Now() + LEASE))


def mark_sent(message: OutboxMessage) -> bool:
    """Record that the message went out; False where the lease was lost meanwhile."""
    return _finish(message, state=OutboxState.SENT, sent_at=Now(), last_error="")


def mark_failed(message: OutboxMessage, error: str) -> bool:
    """Record a failure and when to try again, or that it is dead after MAX_ATTEMPTS."""
    if message.attempts >= MAX_ATTEMPTS:
        return _finish(message, state=OutboxState.DEAD, last_error=error)
    delay = min(BACKOFF_START * 2 ** (message.attempts - 1), BACKOFF_LIMIT)
    return _finish(message, state=OutboxState.WAITING, available_at=Now() + delay, last_error=error)


def withdraw(*, consultation: Consultation, kinds: Iterable[NoticeKind], reason: str) -> int:
    """Keep waiting notices about a consultation from being sent; return how many.

    `reason` is told to staff, in words. One that is just being sent is not stopped here: what it
    says is checked once more before it goes (`admissions.mails`).
    """
    return OutboxMessage.objects.filter(
        consultation=consultation, kind__in=list(kinds), state=OutboxState.WAITING
    ).update(state=OutboxState.SKIPPED, last_error=reason)


def mark_skipped(message: OutboxMessage, reason: str) -> bool:
    """Record that the message is not sent, and why; False where the lease was lost meanwhile."""
    return _finish(message, state=OutboxState.SKIPPED, last_error=reason[:200])


def put_off(message: OutboxMessage, until: datetime) -> bool:
    """Let the message wait, with no attempt counted; False where the lease was lost meanwhile."""
    return _finish(
        message, state=OutboxState.WAITING, available_at=until, attempts=F("attempts") - 1
    )


def send_again(*, message: OutboxMessage, by: User) -> bool:
    """Put a dead or skipped message back to be sent now, with all its attempts before it.

    False where it is in another state by now. Event: NOTICE_SENT_AGAIN. Managers only.
    """
    if not has_role(by, MANAGER):
        raise NotAllowed(_("Only a manager can send a notice again."))
    with transaction.atomic():
        audit.lock_chain()
        put_back = OutboxMessage.objects.filter(
            pk=message.pk, state__in=(OutboxState.DEAD, OutboxState.SKIPPED)
        ).update(state=OutboxState.WAITING, available_at=Now(), attempts=0, last_error="")
        if put_back:
            audit.record(
                lead=message.lead,
                kind=EventKind.NOTICE_SENT_AGAIN,
                by=by,
                data={"notice": message.pk, "notice_kind": message.kind},
            )
        return bool(put_back)


def _held(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        pk=message.pk, state=OutboxState.SENDING, lease=message.lease
    )


def _finish(message: OutboxMessage, **changes: object) -> bool:
    return bool(_held(message).update(lease=None, leased_until=None, **changes))


def describe(error: Exception) -> str:
    """Return what may be kept of a fault: its kind and an SMTP code, never a server's text."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()), (None,))[0]
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def send_due(compose: Compose, *, size: int = 20) -> int:
    """Send what is due now and return how many messages were tried."""
    batch = lease_batch(size)
    for message in batch:
        if renew(message):  # else the mails before it took so long that another worker has it
            _send(message, compose)
    return len(batch)


def _send(message: OutboxMessage, compose: Compose) -> None:
    about = {"kind": message.kind, "attempt": message.attempts}
    try:
        about["reference"] = message.lead.reference if message.lead else "-"
        if not compose(message).send():
            raise NotSent
    except Skip as reason:
        mark_skipped(message, str(reason))
        logger.info("notice skipped", extra=about)
    except Wait as wait:
        put_off(message, wait.until)
    except Exception as error:
        mark_failed(message, describe(error))
        logger.warning("notice failed", extra={**about, "error": describe(error)})
    else:
        mark_sent(message)
        logger.info("notice sent", extra=about)
