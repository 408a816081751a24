"""Checks the audit chain from its first event to its last."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from admissions import audit
from admissions.models import LeadEvent


class Command(BaseCommand):
    help = "Verify the audit chain; exit status 1 and a line for each fault where it is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for fault in audit.verify():
            faults += 1
            self.stderr.write(f"event {fault.sequence}: {fault.what}")
        if faults:
            raise CommandError(f"The audit chain is broken in {faults} places.")
        self.stdout.write(f"The audit chain holds: {LeadEvent.objects.count()} events.")
