"""Makes new keys, moves the data over to them, retires the old ones. See docs/keys.md."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from admissions import audit, key_rotation
from admissions.exceptions import WorkflowError
from iop_site import keyring
from iop_site.crypto import DecryptionError

_REPORTED = 10_000  # values


class Command(BaseCommand):
    help = (
        "Move everything to the newest keys; it can be stopped and started again. With an option: "
        "make those keys, count, retire older ones, or change the master key. See docs/keys.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        step = parser.add_mutually_exclusive_group()
        each: dict[str, Any] = {"choices": keyring.PURPOSES, "const": keyring.PURPOSES}
        step.add_argument(
            "--new", nargs="?", **each, help="make new keys, to be used a minute and a half on"
        )
        step.add_argument("--dry-run", action="store_true", help="only count what is left to move")
        step.add_argument(
            "--retire", nargs="?", **each, help="retire older keys, if nothing needs them"
        )
        step.add_argument("--rewrap", action="store_true", help="wrap the keys with MASTER_KEY")
        parser.add_argument(
            "--drop",
            action="store_true",
            help="with --retire: drop digests of words that stand nowhere any more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")  # whole tables are looked through
        try:
            if options["new"]:
                self._begin(_purposes(options["new"]))
            elif options["rewrap"]:
                count = key_rotation.rewrap(by=audit.SYSTEM)
                self.stdout.write(f"{count} keys wrapped with the first master key.")
            elif options["dry_run"]:
                self._show_left()
            elif options["retire"]:
                self._retire(_purposes(options["retire"]), drop=options["drop"])
            else:
                self._renew()
        except (WorkflowError, DecryptionError) as error:
            raise CommandError(str(error)) from None

    def _begin(self, purposes: tuple[str, ...]) -> None:
        for purpose, key_id in key_rotation.begin(purposes=purposes, by=audit.SYSTEM).items():
            self.stdout.write(f"{purpose}: {key_id} is made.")
        self.stdout.write(f"In {keyring.SETTLE_SECONDS} seconds run: manage.py rotate_keys")

    def _renew(self) -> None:
        total: Counter[str] = Counter()
        for done in key_rotation.renew(by=audit.SYSTEM):
            if total.total() // _REPORTED < (total + done).total() // _REPORTED:
                self.stdout.write(f"{(total + done).total()} values …")
            total += done
        self._show(total, "moved to the first key")
        if self._show_left()[keyring.PURPOSES[0]]:
            raise CommandError("Some values were held or cannot be opened. Run it again.")

    def _show_left(self) -> dict[str, Counter[str]]:
        left = {purpose: key_rotation.old_counts(purpose) for purpose in keyring.PURPOSES}
        for purpose, counts in left.items():
            self._show(counts, f"with an older {purpose} key")
        return left

    def _show(self, counts: Counter[str], what: str) -> None:
        for name in sorted(counts):
            self.stdout.write(f"{counts[name]:>9}  {name}")
        self.stdout.write(f"{counts.total():>9}  {what}.")

    def _retire(self, purposes: tuple[str, ...], *, drop: bool) -> None:
        refused = []
        for purpose in purposes:
            try:
                retired = key_rotation.retire(purpose=purpose, by=audit.SYSTEM, drop=drop)
            except WorkflowError as error:
                refused.append(f"{purpose}: {error}")
            else:
                self.stdout.write(f"{purpose}: {', '.join(retired) or 'nothing'} retired.")
        if refused:
            raise CommandError(" ".join(refused))


def _purposes(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given
