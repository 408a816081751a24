"""`make run` that cannot start says why in one line, with status 2."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.server import free_port, measured


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "iop_site.settings.development",
        "DATA_DIR": str(tmp_path),
        "PORT": str(free_port()),
        "STAFF_PASSWORD": "correct horse battery staple",
        **measured(),
    }


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refusal(environment: dict[str, str]) -> str:
    result = manage(environment, "serve")
    assert result.returncode == 2, result.stderr
    return result.stderr.splitlines()[-1]


def test_a_database_that_is_away_is_named_without_its_address(environment: dict[str, str]) -> None:
    environment["DATABASE_URL"] = f"postgres://iop:canary@127.0.0.1:{free_port()}/iop"
    said = refusal(environment)
    assert "DATABASE_URL: the database cannot be reached" in said
    assert "canary" not in said


def test_a_port_that_is_taken_is_named(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["PORT"])))
        taken.listen()
        assert f"PORT {environment['PORT']} cannot be used" in refusal(environment)


def test_keys_that_are_not_those_of_the_data_stop_the_start(environment: dict[str, str]) -> None:
    assert manage(environment, "migrate", "-v0").returncode == 0
    made = manage(environment, "create_staff", "pat@example.org", "--role", "administrator")
    assert made.returncode == 0, made.stderr
    environment["INDEX_KEYS"] = "k1:" + secrets.token_urlsafe(32)
    assert "INDEX_KEYS" in refusal(environment)
