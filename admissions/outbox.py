"""The outbox: a notice is stored with what it is about, and sent at least once.

A worker leases messages by the database's clock. One that dies leaves a lease that runs out, and
another takes the message up; one that fails leaves it to be tried again, later and later, until it
is dead and staff see it. Nothing is ever dropped.
"""

import logging
import smtplib
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from admissions.enums import NoticeKind, OutboxState
from admissions.models import Lead, OutboxMessage

logger = logging.getLogger("iop.outbox")

LEASE = timedelta(seconds=60)  # several times what one mail may take (EMAIL_TIMEOUT is 10 s)
MAX_ATTEMPTS = 14  # with the backoff below, a little over six hours
BACKOFF_START = timedelta(seconds=15)
BACKOFF_LIMIT = timedelta(hours=1)

Compose = Callable[[OutboxMessage], EmailMessage]


class NotSent(Exception):
    """The mail backend took no mail, for example since there is no address to send it to."""


def enqueue(*, kind: NoticeKind, lead: Lead) -> OutboxMessage:
    """Store a notice about a lead, to be sent once the transaction is there."""
    return OutboxMessage.objects.create(kind=kind, lead=lead, message_id=uuid.uuid4())


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
    return list(OutboxMessage.objects.filter(lease=lease).select_related("lead").order_by("id"))


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


def retry(message: OutboxMessage) -> None:
    """Put a dead message back to be sent now, with all its attempts before it."""
    OutboxMessage.objects.filter(pk=message.pk, state=OutboxState.DEAD).update(
        state=OutboxState.WAITING, available_at=Now(), attempts=0
    )


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
        if not renew(message):  # the mails before it took so long that another worker has it
            continue
        about = {
            "kind": message.kind,
            "reference": message.lead.reference,
            "attempt": message.attempts,
        }
        try:
            if not compose(message).send():
                raise NotSent
        except Exception as error:
            mark_failed(message, describe(error))
            logger.warning("notice failed", extra={**about, "error": describe(error)})
        else:
            mark_sent(message)
            logger.info("notice sent", extra=about)
    return len(batch)
