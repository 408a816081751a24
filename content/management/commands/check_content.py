"""Checks the starter texts: reading grade, words, sources, links, safety, repetition.

Of the texts in the database it checks that each picture they ask for is there.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from content.checking.texts import main
from content.images import unknown_keys
from content.models import Image


class Command(BaseCommand):
    help = "Report with file and line what a text must not have; exit status 1 where there is any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", help="all of content/starter/ when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        status = main(options["files"])
        if not options["files"]:
            status = max(status, self._check_stored())
        sys.exit(status)

    def _check_stored(self) -> int:
        """Report the pictures that stored texts ask for in vain; return 1 where there are any."""
        try:
            if Image._meta.db_table not in connection.introspection.table_names():
                return 0  # nothing is stored yet
            missing = list(unknown_keys())
        except DatabaseError:
            self.stderr.write("The database is away: the pictures of stored texts are unchecked.")
            return 1
        for row, key in missing:
            name = f"{row._meta.label_lower}:{row.pk}"
            self.stdout.write(f"{name}: unknown-image: image:{key} is not a picture of this site")
        return int(bool(missing))
