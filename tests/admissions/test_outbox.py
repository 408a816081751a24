"""The outbox: every notice is sent, tried again, or visibly dead; none is dropped."""

import gc
import logging
import smtplib
import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from admissions import mails, outbox
from admissions.enums import NoticeKind, OutboxState
from admissions.exceptions import NotAllowed
from admissions.models import Lead, OutboxMessage
from admissions.timeline import timeline
from tests.admissions.mail_tools import consultation_of
from tests.threads import run_together

Enqueue = Callable[[], OutboxMessage]


@pytest.fixture
def enqueue(lead: Lead) -> Enqueue:
    """Return a function that stores a notice, in an outbox with no other."""
    OutboxMessage.objects.all().delete()

    def store() -> OutboxMessage:
        stored = OutboxMessage(kind=NoticeKind.NEW_INQUIRY, lead=lead)
        outbox.enqueue([stored])
        return stored

    return store


@pytest.fixture
def message(enqueue: Enqueue) -> OutboxMessage:
    return enqueue()


def mail(message: OutboxMessage) -> EmailMessage:
    return EmailMessage("Notice", "A link.", "site@example.org", ["desk@example.org"])


def lease_one() -> OutboxMessage:
    (message,) = outbox.lease_batch(1)
    return message


def make_due(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(available_at=Now())


def expire_lease(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(leased_until=Now() - timedelta(seconds=1))


def database_now() -> datetime:
    return OutboxMessage.objects.annotate(now=Now()).values_list("now", flat=True)[0]


# -- storing


def test_enqueue_stores_a_notice_that_is_due_at_once(message: OutboxMessage) -> None:
    message.refresh_from_db()
    assert message.state == OutboxState.WAITING
    assert message.attempts == 0
    assert message.available_at <= database_now()
    assert list(OutboxMessage.objects.due()) == [message]


def test_enqueue_gives_every_notice_an_id_of_its_own(enqueue: Enqueue) -> None:
    assert len({enqueue().message_id for _ in range(5)}) == 5


def test_enqueue_of_nothing_asks_nothing(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        outbox.enqueue([])


def test_enqueue_stores_what_is_told_once_only_once(enqueue: Enqueue, lead: Lead) -> None:
    enqueue()
    for _ in range(2):
        outbox.enqueue(
            [
                OutboxMessage(kind=NoticeKind.UNCLAIMED, lead=lead, once_key="a"),
                OutboxMessage(kind=NoticeKind.NEW_INQUIRY, lead=lead),
            ]
        )
    keys = OutboxMessage.objects.order_by("id").values_list("once_key", flat=True)
    assert sorted(keys, key=str) == [None, None, None, "a"]
    assert OutboxMessage.objects.due().count() == 4


def test_enqueue_says_so_where_a_row_breaks_a_rule(lead: Lead) -> None:
    """Telling once must not become a way to lose what is wrong in another way."""
    with pytest.raises(IntegrityError), transaction.atomic():
        outbox.enqueue([OutboxMessage(kind=NoticeKind.NEW_INQUIRY, lead=lead, audience="staff")])


@pytest.mark.django_db(transaction=True)
def test_what_is_told_once_is_stored_once_by_workers_at_the_same_time(lead: Lead) -> None:
    OutboxMessage.objects.all().delete()

    def store(number: int) -> None:
        outbox.enqueue([OutboxMessage(kind=NoticeKind.UNCLAIMED, lead=lead, once_key="a")])

    assert run_together(8, store) == [None] * 8
    assert OutboxMessage.objects.count() == 1


def test_enqueue_goes_with_the_transaction_it_is_in(enqueue: Enqueue) -> None:
    def undo() -> None:
        with transaction.atomic():
            enqueue()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undo()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "sending"},
        {"state": "waiting", "lease": uuid.UUID(int=1)},
        {"state": "waiting", "leased_until": Now()},
        {"state": "sent"},
        {"state": "waiting", "sent_at": Now()},
    ],
)
def test_state_and_what_belongs_to_it_are_held_together(
    message: OutboxMessage, broken: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.update(**broken)


# -- leasing


def test_lease_takes_the_oldest_first_and_no_more_than_asked(enqueue: Enqueue) -> None:
    messages = [enqueue() for _ in range(5)]
    assert outbox.lease_batch(2) == messages[:2]
    assert outbox.lease_batch(2) == messages[2:4]
    assert outbox.lease_batch(2) == messages[4:]
    assert outbox.lease_batch(2) == []


def test_lease_counts_the_attempt_before_it_is_made(message: OutboxMessage) -> None:
    leased = lease_one()
    assert leased.attempts == 1
    assert leased.state == OutboxState.SENDING
    assert leased.lease is not None


def test_lease_lasts_a_minute_of_the_databases_clock(message: OutboxMessage) -> None:
    leased = lease_one()
    assert leased.leased_until is not None
    left = leased.leased_until - database_now()
    assert timedelta(seconds=55) < left <= timedelta(seconds=60)


def test_lease_that_runs_is_not_taken(message: OutboxMessage) -> None:
    lease_one()
    assert outbox.lease_batch(10) == []


@pytest.mark.parametrize("wrong_by", [timedelta(days=400), timedelta(days=-400)])
def test_worker_with_a_wrong_clock_steals_nothing(
    message: OutboxMessage, wrong_by: timedelta
) -> None:
    lease_one()
    with time_machine.travel(timezone.now() + wrong_by):
        assert outbox.lease_batch(10) == []


@pytest.mark.parametrize("wrong_by", [timedelta(days=400), timedelta(days=-400)])
def test_worker_with_a_wrong_clock_leases_and_fails_at_the_right_time(
    message: OutboxMessage, wrong_by: timedelta
) -> None:
    with time_machine.travel(timezone.now() + wrong_by):
        leased = lease_one()
        assert leased.leased_until is not None
        assert timedelta(seconds=50) < leased.leased_until - database_now() <= outbox.LEASE
        assert outbox.mark_failed(leased, "OSError")
    message.refresh_from_db()
    assert message.available_at - database_now() < timedelta(seconds=16)
    assert message.available_at > database_now()


def test_lease_that_ran_out_is_leased_again(message: OutboxMessage) -> None:
    first = lease_one()
    expire_lease(message)
    second = lease_one()
    assert second.pk == first.pk
    assert second.lease != first.lease
    assert second.attempts == 2


def test_lease_does_not_touch_what_is_not_due_yet(message: OutboxMessage) -> None:
    OutboxMessage.objects.update(available_at=Now() + timedelta(seconds=30))
    assert outbox.lease_batch(10) == []


@pytest.mark.parametrize("end", [{"state": "sent", "sent_at": Now()}, {"state": "dead"}])
def test_lease_does_not_touch_what_is_done(message: OutboxMessage, end: dict[str, Any]) -> None:
    OutboxMessage.objects.update(**end)
    assert outbox.lease_batch(10) == []


def test_lease_of_nothing_takes_no_lock(
    message: OutboxMessage, django_assert_num_queries: Any
) -> None:
    OutboxMessage.objects.update(state="dead")
    with django_assert_num_queries(1):
        assert outbox.lease_batch(10) == []


@pytest.mark.django_db(transaction=True)
def test_leases_of_workers_at_the_same_time_never_overlap(enqueue: Enqueue) -> None:
    stored = {enqueue().pk for _ in range(30)}

    def work(number: int) -> list[int]:
        taken: list[int] = []
        while batch := outbox.lease_batch(3):
            taken += [message.pk for message in batch]
        return taken

    results = run_together(6, work)
    taken = [pk for result in results for pk in result]  # type: ignore[union-attr]
    assert sorted(taken) == sorted(stored)
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {1}


# -- how it ended


def test_mark_sent_ends_it(message: OutboxMessage) -> None:
    assert outbox.mark_sent(lease_one())
    message.refresh_from_db()
    assert message.state == OutboxState.SENT
    assert message.sent_at is not None
    assert message.lease is None
    assert outbox.lease_batch(10) == []


@pytest.mark.parametrize(
    "finish", [outbox.mark_sent, lambda message: outbox.mark_failed(message, "OSError")]
)
def test_worker_that_lost_its_lease_changes_nothing(
    message: OutboxMessage, finish: Callable[[OutboxMessage], bool]
) -> None:
    slow = lease_one()
    expire_lease(message)
    quick = lease_one()
    before = OutboxMessage.objects.values().get()
    assert not finish(slow)
    assert OutboxMessage.objects.values().get() == before
    assert outbox.mark_sent(quick)
    assert not finish(slow)
    message.refresh_from_db()
    assert message.state == OutboxState.SENT
    assert message.last_error == ""


def test_failure_waits_longer_each_time_up_to_an_hour_then_it_is_dead(
    message: OutboxMessage,
) -> None:
    waits: list[float] = []
    while True:
        make_due(message)
        leased = lease_one()
        assert outbox.mark_failed(leased, "SMTPDataError 451")
        message.refresh_from_db()
        assert message.lease is None
        assert message.last_error == "SMTPDataError 451"
        if message.state == OutboxState.DEAD:
            break
        assert message.state == OutboxState.WAITING
        waits.append((message.available_at - database_now()).total_seconds())
    assert waits[:5] == [pytest.approx(seconds, abs=3) for seconds in (15, 30, 60, 120, 240)]
    assert waits[-1] == pytest.approx(3600, abs=3)
    assert max(waits) <= 3600
    assert message.attempts == outbox.MAX_ATTEMPTS == len(waits) + 1
    assert timedelta(hours=6) < timedelta(seconds=sum(waits)) < timedelta(hours=6.5)


def test_dead_notice_is_shown_and_not_tried(message: OutboxMessage) -> None:
    OutboxMessage.objects.update(state="dead", attempts=14)
    assert list(OutboxMessage.objects.dead()) == [message]
    assert not OutboxMessage.objects.due().exists()


# -- again, or not any more


@pytest.mark.parametrize("state", ["dead", "skipped"])
def test_send_again_sends_it_with_all_its_attempts_and_is_in_the_audit(
    message: OutboxMessage, manager: User, state: str
) -> None:
    OutboxMessage.objects.update(state=state, attempts=14, last_error="OSError")
    assert outbox.send_again(message=message, by=manager)
    leased = lease_one()
    assert (leased.pk, leased.attempts, leased.last_error) == (message.pk, 1, "")
    event = message.lead.events.first()
    assert (event.kind, event.actor) == ("notice_sent_again", manager.username)
    assert event.data == {"notice": message.pk, "notice_kind": "new_inquiry"}
    (entry,) = [one for one in timeline(message.lead) if one.detail == "New inquiry"]
    assert entry.what == "Notice put back to be sent"


@pytest.mark.parametrize("state", ["waiting", "sent"])
def test_send_again_changes_nothing_that_is_not_over(
    message: OutboxMessage, manager: User, state: str
) -> None:
    OutboxMessage.objects.update(
        state=state, sent_at=Now() if state == "sent" else None, attempts=F("attempts") + 3
    )
    before, events = OutboxMessage.objects.values().get(), message.lead.events.count()
    assert not outbox.send_again(message=message, by=manager)
    assert OutboxMessage.objects.values().get() == before
    assert message.lead.events.count() == events


def test_send_again_twice_at_once_is_recorded_once(message: OutboxMessage, manager: User) -> None:
    OutboxMessage.objects.update(state="dead")
    assert [outbox.send_again(message=message, by=manager) for _ in range(2)] == [True, False]
    assert message.lead.events.filter(kind="notice_sent_again").count() == 1


def test_send_again_is_for_managers(message: OutboxMessage, coordinator: User) -> None:
    OutboxMessage.objects.update(state="dead")
    with pytest.raises(NotAllowed, match="manager"):
        outbox.send_again(message=message, by=coordinator)
    assert OutboxMessage.objects.get().state == OutboxState.DEAD


def test_withdraw_skips_what_waits_and_nothing_else(enqueue: Enqueue, lead: Lead) -> None:
    soon = timezone.now() + timedelta(days=2)
    mine, other = consultation_of(lead, soon), consultation_of(lead, soon)
    reminder, booked = NoticeKind.FAMILY_REMINDER, NoticeKind.FAMILY_BOOKED
    sent = OutboxMessage(kind=reminder, lead=lead, consultation=mine, audience="family")
    waiting = OutboxMessage(kind=reminder, lead=lead, consultation=mine, audience="family")
    of_other_kind = OutboxMessage(kind=booked, lead=lead, consultation=mine, audience="family")
    of_other = OutboxMessage(kind=reminder, lead=lead, consultation=other, audience="family")
    outbox.enqueue([sent, waiting, of_other_kind, of_other])
    OutboxMessage.objects.filter(pk=sent.pk).update(state="sent", sent_at=Now())

    assert outbox.withdraw(consultation=mine, kinds=[reminder], reason="Moved.") == 1

    states = dict(OutboxMessage.objects.values_list("pk", "state"))
    assert states == {
        sent.pk: "sent",
        waiting.pk: "skipped",
        of_other_kind.pk: "waiting",
        of_other.pk: "waiting",
    }
    waiting.refresh_from_db()
    assert waiting.last_error == "Moved."
    assert waiting not in outbox.lease_batch(10)


def test_withdraw_leaves_what_is_being_sent_to_its_worker(enqueue: Enqueue, lead: Lead) -> None:
    consultation = consultation_of(lead, timezone.now() + timedelta(days=2))
    kind = NoticeKind.FAMILY_REMINDER
    outbox.enqueue([OutboxMessage(kind=kind, lead=lead, consultation=consultation)])
    leased = lease_one()
    assert outbox.withdraw(consultation=consultation, kinds=[kind], reason="Moved.") == 0
    assert outbox.mark_sent(leased)


# -- how it stands


def test_summary_counts_what_waits_is_late_failed_and_went_out(enqueue: Enqueue) -> None:
    assert outbox.summary() == outbox.Summary(0, 0, 0, 0)
    _fresh, overdue, tried, dead, sent, old, skipped, leased, later = (enqueue() for _ in range(9))
    now = timezone.now()
    for message, values in (
        (overdue, {"available_at": now - timedelta(minutes=6)}),
        (tried, {"last_error": "OSError", "available_at": now + timedelta(minutes=1)}),
        (dead, {"state": "dead", "last_error": "OSError"}),
        (sent, {"state": "sent", "sent_at": now}),
        (old, {"state": "sent", "sent_at": now - timedelta(days=1)}),
        (skipped, {"state": "skipped", "last_error": "No."}),
        (leased, {"state": "sending", "lease": uuid.uuid4(), "leased_until": now}),
        (later, {"available_at": now + timedelta(days=1)}),
    ):
        OutboxMessage.objects.filter(pk=message.pk).update(**values)
    assert outbox.summary() == outbox.Summary(waiting=5, late=2, failed=1, sent_today=1)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: OutboxMessage.objects.due().exists(),
        lambda: OutboxMessage.objects.dead().count(),
        lambda: outbox.summary(),
        lambda: list(OutboxMessage.objects.all()[:50]),
    ],
)
def test_what_the_worker_and_the_desk_ask_reads_no_whole_table(
    message: OutboxMessage, asked: Callable[[], object]
) -> None:
    """The outbox keeps what was sent: reading all of it each second would stop the site."""
    with CaptureQueriesContext(connection) as queries:
        asked()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # one row is always scanned else
        for query in queries:
            cursor.execute(
                ("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ")
                + query["sql"]
            )
            plan = " ".join(str(row) for row in cursor.fetchall())
            assert "admissions_outbox_" in plan, plan


# -- sending


class BrokenBackend(BaseEmailBackend):
    """A mail backend whose fault quotes what it was given."""

    def send_messages(self, messages: Any) -> int:
        raise OSError(f"cannot send secret-text to {messages[0].to}")


class SilentBackend(BaseEmailBackend):
    """A mail backend that sends nothing and says so only by its count."""

    def send_messages(self, messages: Any) -> int:
        return 0


def test_send_due_sends_and_marks(message: OutboxMessage, mailoutbox: list[Any]) -> None:
    assert outbox.send_due(mail) == 1
    assert [one.subject for one in mailoutbox] == ["Notice"]
    message.refresh_from_db()
    assert message.state == OutboxState.SENT
    assert outbox.send_due(mail) == 0
    assert len(mailoutbox) == 1


def test_send_due_keeps_a_notice_whose_backend_fails(
    message: OutboxMessage, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    with caplog.at_level(logging.INFO):
        assert outbox.send_due(mail) == 1
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("waiting", "OSError")
    assert "secret-text" not in caplog.text + str([vars(record) for record in caplog.records])


def test_send_due_goes_on_after_a_notice_that_cannot_be_written(
    enqueue: Enqueue, mailoutbox: list[Any]
) -> None:
    first, second = enqueue(), enqueue()

    def compose(message: OutboxMessage) -> EmailMessage:
        if message.pk == first.pk:
            raise KeyError("secret-text")
        return mail(message)

    assert outbox.send_due(compose) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.last_error) == ("waiting", "KeyError")
    assert second.state == "sent"


def test_send_due_does_not_take_a_mail_that_went_nowhere_as_sent(
    message: OutboxMessage, settings: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.SilentBackend"
    outbox.send_due(mail)
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("waiting", "NotSent")


def test_send_due_does_not_take_a_mail_to_nobody_as_sent(message: OutboxMessage) -> None:
    outbox.send_due(lambda message: EmailMessage("Notice", "A link.", None, [""]))
    message.refresh_from_db()
    assert message.state == OutboxState.WAITING
    assert message.last_error


def test_notice_that_was_sent_but_not_marked_is_sent_again(
    message: OutboxMessage, mailoutbox: list[Any]
) -> None:
    """The worker dies, or the database, between the mail and the mark: at least once."""
    mail(lease_one()).send()
    expire_lease(message)
    assert outbox.send_due(mail) == 1
    assert len(mailoutbox) == 2


def test_slow_mail_does_not_cost_those_behind_it_their_lease(enqueue: Enqueue) -> None:
    """A batch may take longer than one lease: each mail starts with a whole one."""
    first, second = enqueue(), enqueue()
    left: dict[int, timedelta] = {}

    def compose(message: OutboxMessage) -> EmailMessage:
        message.refresh_from_db()
        assert message.leased_until is not None
        left[message.pk] = message.leased_until - database_now()
        OutboxMessage.objects.filter(state="sending").update(leased_until=Now())  # time goes by
        return mail(message)

    outbox.send_due(compose)
    assert left[first.pk] > timedelta(seconds=55)
    assert left[second.pk] > timedelta(seconds=55)


def test_notice_that_another_worker_took_meanwhile_is_left_to_it(
    enqueue: Enqueue, mailoutbox: list[Any]
) -> None:
    first, second = enqueue(), enqueue()
    taken: list[OutboxMessage] = []

    def compose(message: OutboxMessage) -> EmailMessage:
        if message == first:
            expire_lease(second)
            taken.extend(outbox.lease_batch(10))
        return mail(message)

    outbox.send_due(compose)
    assert taken == [second]
    assert len(mailoutbox) == 1
    second.refresh_from_db()
    assert second.state == OutboxState.SENDING
    assert outbox.mark_sent(taken[0])


def test_notice_that_must_not_be_sent_is_skipped_with_the_reason(
    message: OutboxMessage, mailoutbox: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    def compose(message: OutboxMessage) -> EmailMessage:
        raise outbox.Skip("They said no. " * 20)

    with caplog.at_level(logging.INFO, logger="iop.outbox"):
        assert outbox.send_due(compose) == 1
    message.refresh_from_db()
    assert (message.state, message.lease) == (OutboxState.SKIPPED, None)
    assert message.last_error.startswith("They said no.")
    assert len(message.last_error) <= 200
    assert mailoutbox == []
    assert outbox.send_due(compose) == 0
    assert "They said no" not in caplog.text
    assert "notice skipped" in caplog.text


def test_notice_that_must_wait_is_put_off_and_no_attempt_is_counted(message: OutboxMessage) -> None:
    until = timezone.now() + timedelta(hours=3)

    def compose(message: OutboxMessage) -> EmailMessage:
        raise outbox.Wait(until)

    outbox.send_due(compose)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("waiting", 0, "")
    assert message.available_at == until


def test_notice_about_a_lead_that_cannot_be_opened_keeps_no_other_from_being_sent(
    enqueue: Enqueue, make_lead: Callable[..., Lead], mailoutbox: list[Any]
) -> None:
    broken, other = enqueue(), make_lead(first_name="Blake", email="blake@example.org", phone="")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE admissions_lead SET first_name = 'v1.k1.rubbish' WHERE id = %s",
            [broken.lead_id],
        )
    outbox.send_due(lambda message: EmailMessage(message.lead.reference, "", None, ["a@b.org"]))
    broken.refresh_from_db()
    assert (broken.state, broken.last_error) == ("waiting", "DecryptionError")
    assert other.reference in [one.subject for one in mailoutbox]


def test_send_due_says_what_happened_with_the_reference_alone(
    message: OutboxMessage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="iop.outbox"):
        outbox.send_due(mail)
    (record,) = [one for one in caplog.records if one.name == "iop.outbox"]
    assert record.getMessage() == "notice sent"
    assert (record.kind, record.reference, record.attempt) == (  # type: ignore[attr-defined]
        "new_inquiry",
        message.lead.reference,
        1,
    )


# -- what is kept of a fault

TEXT = b"secret-text for <desk@example.org>"


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (smtplib.SMTPDataError(451, TEXT), "SMTPDataError 451"),
        (smtplib.SMTPSenderRefused(550, TEXT, "a@example.org"), "SMTPSenderRefused 550"),
        (
            smtplib.SMTPRecipientsRefused({"desk@example.org": (452, TEXT)}),
            "SMTPRecipientsRefused 452",
        ),
        (smtplib.SMTPRecipientsRefused({}), "SMTPRecipientsRefused"),
        (smtplib.SMTPServerDisconnected("secret-text"), "SMTPServerDisconnected"),
        (smtplib.SMTPAuthenticationError(535, TEXT), "SMTPAuthenticationError 535"),
        (TimeoutError("secret-text"), "TimeoutError"),
        (ValueError("secret-text"), "ValueError"),
    ],
)
def test_fault_is_kept_as_its_kind_and_code(error: Exception, kept: str) -> None:
    assert outbox.describe(error) == kept


# -- a real mail server


class Desk:
    """What the mail server on this machine answers, and what it took."""

    def __init__(self) -> None:
        self.at_recipient = self.at_data = ""
        self.taken: list[bytes] = []

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.at_data:
            return self.at_data
        self.taken.append(envelope.content)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def desk(settings: Any) -> Iterator[Desk]:
    """Run a mail server on this machine and send through it."""
    handler = Desk()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    yield handler
    controller.stop()


def test_server_that_accepts_has_the_mail(message: OutboxMessage, desk: Desk) -> None:
    outbox.send_due(mail)
    message.refresh_from_db()
    assert message.state == OutboxState.SENT
    (content,) = desk.taken
    assert b"Subject: Notice" in content


@pytest.mark.usefixtures("provider")
def test_server_gets_text_and_html_and_only_ever_the_same_message_id(
    message: OutboxMessage, desk: Desk
) -> None:
    desk.at_data = "451 4.3.0 later"
    outbox.send_due(mails.compose)
    desk.at_data = ""
    make_due(message)
    outbox.send_due(mails.compose)
    (content,) = desk.taken
    received = message_from_bytes(content, policy=policy.default)
    assert received["Message-ID"] == f"<{message.message_id}@testserver>"
    assert received["To"] == "desk@example.org"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received.get_content_type() == "multipart/alternative"
    parts = {part.get_content_type(): part.get_content() for part in received.iter_parts()}
    assert list(parts) == ["text/plain", "text/html"]
    assert all(message.lead.reference in part for part in parts.values())


@pytest.mark.parametrize(
    ("refusal", "kept"),
    [
        ({"at_recipient": "451 4.3.0 secret-text"}, "SMTPRecipientsRefused 451"),
        ({"at_recipient": "550 5.1.1 secret-text"}, "SMTPRecipientsRefused 550"),
        ({"at_data": "451 4.3.0 secret-text"}, "SMTPDataError 451"),
        ({"at_data": "550 5.7.1 secret-text"}, "SMTPDataError 550"),
    ],
)
def test_server_that_refuses_leaves_the_notice_to_be_sent_later(
    message: OutboxMessage, desk: Desk, refusal: dict[str, str], kept: str
) -> None:
    vars(desk).update(refusal)
    outbox.send_due(mail)
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("waiting", kept)
    assert desk.taken == []

    desk.at_recipient = desk.at_data = ""
    make_due(message)
    outbox.send_due(mail)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("sent", 2, "")
    assert len(desk.taken) == 1


def test_server_that_is_not_there_leaves_the_notice(message: OutboxMessage, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    outbox.send_due(mail)
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("waiting", "ConnectionRefusedError")


# smtplib leaves the connection to the garbage collector where the server has no TLS.
@pytest.mark.shows("45 CFR 164.312(e)(2)(ii)", "201 CMR 17.04(3)", "ASVS 12.3.1")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_threat_15_mail_server_without_tls_gets_no_mail_where_tls_is_asked_for(
    message: OutboxMessage, desk: Desk, settings: Any
) -> None:
    settings.EMAIL_USE_TLS = True
    outbox.send_due(mail)
    gc.collect()
    message.refresh_from_db()
    assert message.state == OutboxState.WAITING
    assert message.last_error == "SMTPNotSupportedError"
    assert desk.taken == []
