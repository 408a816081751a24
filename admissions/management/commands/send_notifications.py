"""The worker: sends what waits in the outbox and watches the promises, until told to stop."""

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from admissions import audit_heads, mails, outbox, retention, summaries, watch
from admissions.keys import key_fault

logger = logging.getLogger("iop.worker")

POLL_SECONDS = 1.0
LOOK_SECONDS = 20.0
AWAY_LIMIT_SECONDS = 15.0


def _check_keys() -> None:
    """Stop where the keys are not those of the data; a database that is away is waited for."""
    try:
        fault = key_fault()
    except (DatabaseError, InterfaceError):
        return
    if fault:
        raise CommandError(fault, returncode=2)


class Command(BaseCommand):
    help = "Send waiting notices. Runs until SIGTERM or Ctrl-C; with --once until none is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        _check_keys()
        if options["once"]:
            sent = 0
            _look()
            while count := outbox.send_due(mails.compose):
                sent += count
            self.stdout.write(f"{sent} notices tried.")
            return
        self._stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        logger.info("worker started")
        self._run()
        logger.info("worker stopped")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Stop after the message in hand: its lease is then settled, not left to run out."""
        self._stop.set()

    def _run(self) -> None:
        away = POLL_SECONDS
        next_look = time.monotonic()
        while not self._stop.is_set():
            try:
                close_old_connections()
                if time.monotonic() >= next_look:
                    self._look()
                    next_look = time.monotonic() + LOOK_SECONDS
                if outbox.send_due(mails.compose, size=5):
                    away = POLL_SECONDS
                    continue
                wait = away = POLL_SECONDS
            except (DatabaseError, InterfaceError) as error:
                connection.close()
                logger.warning("database away", extra={"error": type(error).__name__})
                wait = away = min(away * 2, AWAY_LIMIT_SECONDS)
            self._stop.wait(wait)

    def _look(self) -> None:
        try:
            _look()
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            # A fault in the watch must not keep the mails that wait from being sent.
            logger.exception("watch failed")


def _look() -> None:
    watch.look()
    summaries.refresh()
    retention.step()  # one batch, so that no mail waits for long
    audit_heads.write_daily()
