"""Creates a member of staff with one role."""

import getpass
import os
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from admissions import accounts
from iop_site.roles import ROLES


class Command(BaseCommand):
    help = "Create a member of staff. The password comes from STAFF_PASSWORD or a prompt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="their own e-mail address, also the sign-in name")
        parser.add_argument(
            "--role", required=True, help="one of: " + ", ".join((*ROLES, "administrator"))
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        role = options["role"].strip().lower().replace("-", " ").replace("_", " ")
        if role not in (*ROLES, "administrator"):
            raise _Refused(
                f"Unknown role {options['role']!r}. The roles are: "
                + ", ".join((*ROLES, "administrator"))
            )
        try:
            validate_email(email)
        except ValidationError:
            raise _Refused(f"{options['email']!r} is not an e-mail address.") from None
        password = os.environ.get("STAFF_PASSWORD") or self._ask()
        user = User(username=email, email=email, is_staff=True)
        user.is_superuser = role == "administrator"
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise _Refused("The password is too weak: " + " ".join(error.messages)) from None
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save()
                if not user.is_superuser:
                    user.groups.add(Group.objects.get(name=role))
                accounts.made_by_operator(user=user, role=role)
        except IntegrityError:
            raise _Refused(f"{email} is there already.") from None
        self.stdout.write(f"Created {email} as {role}.")

    def _ask(self) -> str:
        try:
            first = getpass.getpass("Password: ")
            if first != getpass.getpass("Once more: "):
                raise _Refused("The two passwords differ.")
        except (EOFError, KeyboardInterrupt):
            raise _Refused("No password: set STAFF_PASSWORD or answer the prompt.") from None
        return first


class _Refused(CommandError):
    """One clear line and exit status 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=2)
