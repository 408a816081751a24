"""Fills the desk with synthetic leads, to show it and to measure it."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from admissions.demo import Demo, fill_calendar

MOST = 5_000_000
TOLD_EVERY = 100_000  # leads; a million takes minutes


class Command(BaseCommand):
    help = "Store synthetic leads, marked as demo, spread over a year and the whole pipeline."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leads", type=int, default=200)
        parser.add_argument("--seed", type=int, default=None, help="the same number, the same year")

    def handle(self, *args: Any, **options: Any) -> None:
        count = options["leads"]
        if not 1 <= count <= MOST:
            raise CommandError(f"--leads must be between 1 and {MOST}.", returncode=2)
        seed = options["seed"] if options["seed"] is not None else time.time_ns()
        demo = Demo(seed)
        if not demo.wordings:
            raise CommandError("Load the starter content first: manage.py load_starter_content")
        started = time.monotonic()
        told = 0
        for made in demo.make(count):
            if made // TOLD_EVERY > told:
                told = made // TOLD_EVERY
                self.stdout.write(f"{made} leads …")
        fill_calendar()
        seconds = time.monotonic() - started
        self.stdout.write(f"{count} demo leads in {seconds:.1f} s.")
