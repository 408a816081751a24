"""Loads the texts and data of content/starter/; run at every start, it never undoes an edit."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from content.starter_content import STARTER, load


class Command(BaseCommand):
    help = "Load the starter content. What staff have edited or deleted stays as they left it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="folder", type=Path, default=STARTER)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = load(options["folder"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            "Starter content: "
            + ", ".join(f"{count} {what}" for what, count in counts.items())
            + "."
        )
