"""Typed readers of the environment that fail loudly.

Every reader raises `ConfigurationError` with one line that names the variable, what is wrong with
it and how to mend it. `manage.py`, the WSGI entry and the gunicorn configuration turn that into a
line on standard error and exit status 2.
"""

import os
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_environ = environ.Env()

# The engines this project is tested on; any other scheme is a mistake, not a wish.
DATABASE_SCHEMES = {"sqlite", "postgres", "postgresql", "psql", "pgsql"}


class ConfigurationError(ImproperlyConfigured):
    """The environment does not describe a site that can run."""


def text(name: str, default: str | None = None) -> str:
    """Return the variable's text; without a default it must be present and not blank."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ConfigurationError(f"{name} is not set. See the table of settings in README.md.")
    return default


def boolean(name: str, default: bool) -> bool:
    """Return a yes/no variable; anything but 1/0, true/false, yes/no, on/off is refused."""
    value = text(name, "true" if default else "false").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"{name} must be true or false, not {value!r}.")


def integer(name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number within low..high, both included."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number, not {value!r}.") from None
    if not low <= number <= high:
        raise ConfigurationError(f"{name} must be between {low} and {high}, not {number}.")
    return number


def words(name: str, default: str | None = None) -> list[str]:
    """Return a comma-separated list without blanks; without a default it must hold a word."""
    found = [word.strip() for word in text(name, default).split(",") if word.strip()]
    if not found and default is None:
        raise ConfigurationError(f"{name} holds no word.")
    return found


def contacts(name: str) -> list[str]:
    """Return where somebody can be reached, each as mailto:, tel: or https: (RFC 9116); or none."""
    found = [f"mailto:{one}" if "@" in one and ":" not in one else one for one in words(name, "")]
    for one in found:
        if not one.startswith(("mailto:", "tel:", "https://")):
            raise ConfigurationError(f"{name} must be mail addresses, tel: or https:// addresses.")
    return found


def directory(name: str, default: Path) -> Path:
    """Return a folder that exists and can be written to, made (mode 700) where it is missing."""
    path = Path(text(name, str(default))).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(f"{name}={path} cannot be used: {error.strerror}.") from None
    if not os.access(path, os.W_OK):
        raise ConfigurationError(f"{name}={path} cannot be written to.")
    return path


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """Return Django's settings for the database that the address in `name` means.

    SQLite takes its write lock at the start of each transaction (IMMEDIATE), since a deferred one
    fails under contention, and syncs every commit to the disk (FULL), since NORMAL may lose the
    last one. PostgreSQL connections are kept, checked before use, and never wait without bound.
    """
    address = text(name, default)
    scheme = address.split(":", 1)[0].lower()
    if scheme not in DATABASE_SCHEMES or "://" not in address:
        raise ConfigurationError(
            f"{name} must start with sqlite:/// or postgres://, for example "
            "postgres://user:password@localhost:5432/iop."
        )
    try:
        config = dict(_environ.db_url_config(address))
    except Exception:  # the parser raises many kinds; its text may hold the password
        raise ConfigurationError(f"{name} is not a database address that can be read.") from None
    if not config.get("NAME"):
        raise ConfigurationError(f"{name} names no database.")
    if config["ENGINE"] == "django.db.backends.sqlite3":
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            ),
        }
    else:
        config["CONN_MAX_AGE"] = 600
        config["CONN_HEALTH_CHECKS"] = True
        options = {
            **config.get("OPTIONS", {}),
            "connect_timeout": 3,
            "options": "-c statement_timeout=15000 -c lock_timeout=10000 "
            "-c idle_in_transaction_session_timeout=60000",
        }
    config["OPTIONS"] = options
    return config


def mail(name: str) -> dict[str, Any]:
    """Return Django's settings (EMAIL_HOST and so on) for the mail server at the address `name`."""
    address = text(name)
    try:
        config = dict(_environ.email_url_config(address))
    except Exception:  # the parser raises many kinds; its text may hold the password
        raise ConfigurationError(
            f"{name} is not a mail server's address that can be read. Write it as "
            "smtp+tls://user:password@mail.example.org:587."
        ) from None
    if str(config["EMAIL_BACKEND"]).endswith("smtp.EmailBackend") and not config["EMAIL_HOST"]:
        raise ConfigurationError(f"{name} names no mail server.")
    here = config.get("EMAIL_HOST") in {"localhost", "127.0.0.1", "::1"}
    if (
        config.get("EMAIL_HOST")
        and not here
        and not (config.get("EMAIL_USE_TLS") or config.get("EMAIL_USE_SSL"))
    ):
        raise ConfigurationError(f"{name}: mail must leave over TLS; write it as smtp+tls://…")
    return config


def generated_secret(folder: Path, name: str) -> str:
    """Return the secret kept in folder/name, made on first use (mode 600).

    For development and `make run` only: production reads its keys from the environment.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_text(encoding="ascii").strip()
        if not secret:
            raise ConfigurationError(
                f"{path} is empty. Restore it from your backup: data was encrypted with it."
            ) from None
        return secret
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    return secret
