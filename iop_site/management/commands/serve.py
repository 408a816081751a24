"""Everything `make run` does once the packages are there: prepare, then web and worker together."""

import os
import secrets
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from honcho.manager import Manager

from admissions.keys import key_fault
from content.starter_content import digest_of_folder

FIRST_SIGN_IN = "admin@localhost.example"


class Command(BaseCommand):
    help = "Migrate, collect static files, load the starter content, start web and worker."

    def handle(self, *args: Any, **options: Any) -> None:
        self._check_database()
        self._check_port()
        call_command("migrate", verbosity=0, interactive=False)
        self._collect_static()
        fault = key_fault()
        if fault:
            raise CommandError(fault, returncode=2)
        call_command("load_starter_content", stdout=self.stdout)
        self._first_sign_in()
        connection.close()
        self.stdout.write(f"Serving on {settings.SITE_URL}/  (Ctrl-C stops)")
        self.stdout.flush()
        self._run()

    def _check_database(self) -> None:
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            raise CommandError(
                f"DATABASE_URL: the database cannot be reached ({type(error).__name__}). "
                "Check the address and that it runs.",
                returncode=2,
            ) from None

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", settings.PORT))
            except OSError as error:
                raise CommandError(
                    f"PORT {settings.PORT} cannot be used ({error.strerror}). "
                    "Choose another: PORT=8001 make run",
                    returncode=2,
                ) from None

    def _collect_static(self) -> None:
        """Collect and precompress, unless nothing has changed since the last time."""
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        state = f"{django.__version__} {digest_of_folder(settings.BASE_DIR / 'static')}"
        if stamp.exists() and stamp.read_text() == state:
            return
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(state)

    def _first_sign_in(self) -> None:
        if User.objects.exists():
            return
        password = os.environ.get("STAFF_PASSWORD") or secrets.token_urlsafe(15)
        User.objects.create_superuser(FIRST_SIGN_IN, FIRST_SIGN_IN, password)
        self.stdout.write(
            f"First staff sign-in at {settings.SITE_URL}/admin/\n"
            f"  name      {FIRST_SIGN_IN}\n"
            f"  password  {password}\n"
            "It is shown this once. Make accounts for people with: manage.py create_staff"
        )

    def _run(self) -> None:
        """Run both until one ends or a signal comes; then stop both, and leave none behind."""
        python = shlex.quote(sys.executable)
        manager = Manager()
        root = str(settings.BASE_DIR)
        manager.add_process(
            "web",
            f"exec {python} -m gunicorn -c deploy/gunicorn.conf.py iop_site.wsgi",
            env=os.environ | {"PORT": str(settings.PORT)},
            cwd=root,
        )
        manager.add_process(
            "worker",
            f"exec {python} manage.py send_notifications",
            env=dict(os.environ),
            cwd=root,
        )
        manager.loop()
        sys.exit(manager.returncode)
