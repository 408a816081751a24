"""Applies the retention rules by hand, or says what they would do; the worker does so daily."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from admissions import retention


class Command(BaseCommand):
    help = (
        "Erase and delete what was kept as long as the rules say. Stopped on the way, or killed, "
        "it is gone on with by running it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what is due, change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            for line in retention.report():
                self.stdout.write(f"{line.rule.key}: {line.count} due{_since(line)}")
            return
        done: Counter[str] = Counter()
        while batch := retention.step(by_hand=True):
            done.update([batch[0]] * batch[1])
        for rule in retention.RULES:
            if rule.clear and not rule.each_round:
                self.stdout.write(f"{rule.key}: {done[rule.key]} cleared away")


def _since(line: retention.Line) -> str:
    if line.oldest is None or line.newest is None:
        return ""
    first, last = (f"{timezone.localtime(at):%Y-%m-%d}" for at in (line.oldest, line.newest))
    return f", counted from {first} to {last}" + ("" if line.rule.clear else "; by a person only")
