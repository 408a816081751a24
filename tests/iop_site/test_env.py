"""Every reader of the environment gives the right type or one line that names the variable."""

import os
import stat
from pathlib import Path

import pytest

from iop_site import env
from iop_site.env import ConfigurationError

NAME = "IOP_TEST_VALUE"
SECRET = "canary-password"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv(NAME, raising=False)
    return monkeypatch


def refusal(call: object, *args: object, **kwargs: object) -> str:
    """Call a reader that must refuse, and return its one line."""
    with pytest.raises(ConfigurationError) as caught:
        call(*args, **kwargs)  # type: ignore[operator]
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(NAME)
    assert caught.value.__cause__ is None
    return message


def test_text_is_taken_without_the_blanks_around_it(given: pytest.MonkeyPatch) -> None:
    given.setenv(NAME, "  value \n")
    assert env.text(NAME) == "value"


@pytest.mark.parametrize("value", [None, "", "   "])
def test_text_without_a_default_must_be_there(given: pytest.MonkeyPatch, value: str | None) -> None:
    if value is not None:
        given.setenv(NAME, value)
    assert env.text(NAME, "default") == "default"
    assert "is not set" in refusal(env.text, NAME)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        *((value, True) for value in ("1", "TRUE", "yes", "on")),
        *((value, False) for value in ("0", "False", "no", "off")),
    ],
)
def test_boolean_reads_yes_and_no(given: pytest.MonkeyPatch, value: str, meant: bool) -> None:
    given.setenv(NAME, value)
    assert env.boolean(NAME, not meant) is meant


def test_boolean_refuses_anything_else(given: pytest.MonkeyPatch) -> None:
    assert env.boolean(NAME, True) is True
    given.setenv(NAME, "maybe")
    assert "true or false" in refusal(env.boolean, NAME, True)


def test_integer_keeps_to_its_bounds(given: pytest.MonkeyPatch) -> None:
    assert env.integer(NAME, 5, low=1, high=10) == 5
    for value in ("1", "10"):
        given.setenv(NAME, value)
        assert env.integer(NAME, 5, low=1, high=10) == int(value)
    for value in ("0", "11", "-3"):
        given.setenv(NAME, value)
        assert "between 1 and 10" in refusal(env.integer, NAME, 5, low=1, high=10)
    given.setenv(NAME, "five")
    assert "whole number" in refusal(env.integer, NAME, 5, low=1, high=10)


def test_words_are_split_at_commas_without_blanks(given: pytest.MonkeyPatch) -> None:
    given.setenv(NAME, " a.example.org , ,b.example.org,")
    assert env.words(NAME) == ["a.example.org", "b.example.org"]


def test_words_without_a_default_must_hold_one(given: pytest.MonkeyPatch) -> None:
    assert env.words(NAME, "") == []
    given.setenv(NAME, " , ,")
    assert "holds no word" in refusal(env.words, NAME)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", []),
        ("security@example.org", ["mailto:security@example.org"]),
        (
            "mailto:a@example.org, https://example.org/report,tel:+1-617-555-0100",
            ["mailto:a@example.org", "https://example.org/report", "tel:+1-617-555-0100"],
        ),
    ],
)
def test_contacts_are_addresses_that_can_be_opened(
    given: pytest.MonkeyPatch, written: str, meant: list[str]
) -> None:
    given.setenv(NAME, written)
    assert env.contacts(NAME) == meant


@pytest.mark.parametrize("written", ["example.org", "http://example.org/", "a@b.org,javascript:1"])
def test_contact_that_nobody_can_open_safely_is_refused(
    given: pytest.MonkeyPatch, written: str
) -> None:
    given.setenv(NAME, written)
    assert "must be mail addresses" in refusal(env.contacts, NAME)


def test_directory_is_made_for_its_owner_alone(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given.setenv(NAME, str(tmp_path / "made" / "here"))
    path = env.directory(NAME, tmp_path)
    assert path.is_dir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_directory_that_cannot_be_made_is_refused(
    given: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    given.setenv(NAME, str(tmp_path / "file" / "below"))
    assert "cannot be used" in refusal(env.directory, NAME, tmp_path)


def test_directory_that_cannot_be_written_to_is_refused(
    given: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given.setattr(os, "access", lambda path, how: False)  # as it is for an ordinary user
    given.setenv(NAME, str(tmp_path))
    assert "cannot be written to" in refusal(env.directory, NAME, tmp_path)


def test_database_on_sqlite_syncs_each_commit_and_locks_at_once(
    given: pytest.MonkeyPatch,
) -> None:
    given.setenv(NAME, "sqlite:////srv/iop/iop.sqlite3")
    config = env.database(NAME, None)  # type: ignore[arg-type]
    assert config["ENGINE"] == "django.db.backends.sqlite3"
    assert config["NAME"] == "/srv/iop/iop.sqlite3"
    options = config["OPTIONS"]
    assert isinstance(options, dict)
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 20
    assert "synchronous=FULL" in options["init_command"]
    assert "journal_mode=WAL" in options["init_command"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "POSTGRES"])
def test_database_on_postgresql_never_waits_without_bound(
    given: pytest.MonkeyPatch, scheme: str
) -> None:
    given.setenv(NAME, f"{scheme}://u:p%40ss@db.example.org:5433/iop?sslmode=verify-full")
    config = env.database(NAME, None)  # type: ignore[arg-type]
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert (config["HOST"], config["PORT"], config["NAME"]) == ("db.example.org", 5433, "iop")
    assert config["PASSWORD"] == "p@ss"
    assert config["CONN_HEALTH_CHECKS"] is True
    assert config["CONN_MAX_AGE"]
    options = config["OPTIONS"]
    assert isinstance(options, dict)
    assert options["sslmode"] == "verify-full"
    assert options["connect_timeout"] <= 5
    assert "statement_timeout=15000" in options["options"]
    assert "lock_timeout=10000" in options["options"]


@pytest.mark.parametrize(
    "address",
    [
        f"mysql://u:{SECRET}@h/db",
        f"u:{SECRET}@h/db",
        "sqlite",
        f"postgres://u:{SECRET}@h:port/db",
        f"postgres://u:{SECRET}@h:5432/",
        "iop.sqlite3",
    ],
)
def test_database_that_cannot_be_read_is_refused_without_its_password(
    given: pytest.MonkeyPatch, address: str
) -> None:
    given.setenv(NAME, address)
    assert SECRET not in refusal(env.database, NAME, None)


def test_mail_server_is_read_with_its_encryption(given: pytest.MonkeyPatch) -> None:
    given.setenv(NAME, "smtp+tls://desk:p%40ss@mail.example.org:587")
    config = env.mail(NAME)
    assert config["EMAIL_HOST"] == "mail.example.org"
    assert config["EMAIL_PORT"] == 587
    assert config["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert config["EMAIL_USE_TLS"] is True


@pytest.mark.parametrize(
    "address",
    [
        "mail.example.org",
        f"imap://u:{SECRET}@h:143",
        f"smtp+tls://u:{SECRET}@h:port",
        f"smtp+tls://u:{SECRET}@[h:25",
        "smtp+tls://",
    ],
)
def test_mail_server_that_cannot_be_read_is_refused_without_its_password(
    given: pytest.MonkeyPatch, address: str
) -> None:
    given.setenv(NAME, address)
    assert SECRET not in refusal(env.mail, NAME)


@pytest.mark.shows("ASVS 13.3.2")
def test_generated_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = env.generated_secret(tmp_path / "keys", "secret_key")
    assert len(first) >= 43
    assert env.generated_secret(tmp_path / "keys", "secret_key") == first
    assert env.generated_secret(tmp_path / "keys", "field_key") != first
    assert stat.S_IMODE((tmp_path / "keys" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_generated_secret_is_never_replaced_when_its_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(ConfigurationError, match="backup"):
        env.generated_secret(tmp_path, "secret_key")
