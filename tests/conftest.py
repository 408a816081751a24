"""What every test gets: no network beyond this machine, and the starter content where asked for."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import Settings

from admissions import intake
from admissions.models import ConsentWording, Lead, StatusAccess
from content.models import StarterRecord
from iop_site import keyring, roles
from tests.chain import unguarded
from tests.factories import inquiry_answers, new_key
from tests.keys import MASTER

# How long an example takes is the machine's affair: no test is timed.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Let the flush after a transactional test empty the audit too, as its tables' owner can."""
    flush = connection.ops.execute_sql_flush

    def as_owner(statements: list[str]) -> None:
        with transaction.atomic(), unguarded():
            flush(statements)

    connection.ops.execute_sql_flush = as_owner  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail at once where a test would talk to anything but this machine."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            here = host == "localhost" or (
                host.replace(".", "").replace(":", "").isalnum() and _is_loopback(host)
            )
            if not here:
                raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def wordings(db: None) -> list[ConsentWording]:
    """The consents that an inquiry needs (in a version above any of the starter content)."""
    return [
        ConsentWording.objects.create(
            topic=topic, version=900, label=f"I agree to {topic}.", text="Why.", required=True
        )
        for topic in ("contact", "privacy-notice")
    ]


@pytest.fixture
def make_lead(wordings: list[ConsentWording]) -> Any:
    """Return a function that submits an inquiry and returns its lead."""

    def make(**answers: Any) -> Lead:
        receipt = intake.submit_inquiry(
            answers=inquiry_answers(**answers), wordings=wordings, idempotency_key=new_key()
        )
        return StatusAccess.objects.get(reference=receipt.reference).lead

    return make


@pytest.fixture
def lead(make_lead: Any) -> Lead:
    return make_lead()


@pytest.fixture
def make_staff(db: None) -> Any:
    """Return a function that makes a member of staff with a role."""

    def make(role: str, name: str = "") -> User:
        address = f"{name or role.replace(' ', '-')}@example.org"
        user = User.objects.create_user(address, address, "correct horse battery", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def coordinator(make_staff: Any) -> User:
    return make_staff(roles.COORDINATOR)


@pytest.fixture
def manager(make_staff: Any) -> User:
    return make_staff(roles.MANAGER)


@pytest.fixture
def master_key(db: None, settings: Settings) -> Iterator[None]:
    """Let the site have a master key, and a ring of keys that is empty so far."""
    settings.MASTER_KEYS = (MASTER,)
    keyring.forget()
    yield
    keyring.forget()


@pytest.fixture(scope="session")
def starter_content_once(django_db_setup: None, django_db_blocker: Any) -> None:
    """Load the starter content once for the session, outside any test's transaction."""
    with django_db_blocker.unblock():
        call_command("load_starter_content", verbosity=0)


@pytest.fixture
def starter_content(starter_content_once: None, db: None) -> None:
    """Have the starter content there, even where a transactional test has emptied the database."""
    if not StarterRecord.objects.exists():
        call_command("load_starter_content", verbosity=0)
