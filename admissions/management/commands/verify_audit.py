"""Checks the audit chain from its first event to its last, against the heads put down each day."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from admissions import audit, audit_heads


class Command(BaseCommand):
    help = (
        "Verify the audit chain, and that it is the one whose heads were put down each day. "
        "Exit status 1 and a line for each fault where it is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--heads", type=Path, metavar="FILE", help="the daily heads; default: AUDIT_HEADS"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["heads"] or settings.AUDIT_HEADS
        heads, faults = self._heads(path, is_asked_for=options["heads"] is not None)
        lines = [f"{path} {fault}" for fault in faults]
        for line in lines:
            self.stderr.write(line)
        count = len(lines)
        for fault in audit.verify(heads=heads):
            count += 1
            self.stderr.write(f"event {fault.sequence}: {fault.what}")
        if count:
            raise CommandError(f"The audit chain is broken in {count} places.")
        self.stdout.write(
            f"The audit chain holds: {audit.head().sequence} events, {len(heads)} daily heads."
        )

    def _heads(self, path: Path, *, is_asked_for: bool) -> tuple[list[audit.Head], list[str]]:
        try:
            return audit_heads.read(path)
        except FileNotFoundError:
            if is_asked_for:
                raise CommandError(f"{path} is not there.", returncode=2) from None
            self.stdout.write(f"No daily heads to compare with: {path} is not there.")
            return [], []
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from None
