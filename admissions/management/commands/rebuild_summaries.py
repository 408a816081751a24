"""Makes what the reports read anew, day by day, from the leads and their events."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from admissions import summaries


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is no date such as 2027-03-01.", returncode=2) from None


class Command(BaseCommand):
    help = (
        "Make the summaries of all days anew: after working hours or closed days were changed for "
        "the past. Stopped on the way it is gone on with by --since and the day it said last."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", metavar="DAY", help="only this day and those after it")

    def handle(self, *args: Any, **options: Any) -> None:
        since = _day(options["since"]) if options["since"] else None
        days = 0
        for day in summaries.rebuild(since=since):
            days += 1
            if options["verbosity"] > 1 or day.day == 1:
                self.stdout.write(f"{day} …")
        self.stdout.write(f"{days} days made anew.")
