"""Checks the starter texts: reading grade, words, sources, links, safety, repetition."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from content.checking.texts import main


class Command(BaseCommand):
    help = "Report with file and line what a text must not have; exit status 1 where there is any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", help="all of content/starter/ when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(main(options["files"]))
