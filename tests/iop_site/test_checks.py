"""The checks that keep a site from starting without what it must have."""

from django.core.checks import run_checks
from pytest import MonkeyPatch
from pytest_django import Settings

from iop_site import checks

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def ids(messages: list) -> list[str]:  # type: ignore[type-arg]
    return [message.id for message in messages]


def test_encryption_with_separate_keys_passes() -> None:
    assert checks.encryption_works() == []


def test_a_key_used_for_both_purposes_is_an_error(settings: Settings) -> None:
    settings.INDEX_KEYS = (("k9", b"9" * 32), *settings.FIELD_KEYS)
    assert ids(checks.encryption_works()) == ["iop.E002"]


def test_the_same_key_id_for_both_purposes_is_fine(settings: Settings) -> None:
    settings.FIELD_KEYS = (("k1", b"1" * 32),)
    settings.INDEX_KEYS = (("k1", b"2" * 32),)
    assert checks.encryption_works() == []


def test_mail_without_tls_is_an_error(settings: Settings) -> None:
    settings.EMAIL_BACKEND = SMTP
    assert ids(checks.mail_is_encrypted()) == ["iop.E003"]


def test_mail_with_either_kind_of_tls_passes(settings: Settings) -> None:
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_USE_TLS = True
    assert checks.mail_is_encrypted() == []
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_USE_SSL = True
    assert checks.mail_is_encrypted() == []


def test_mail_that_never_leaves_the_machine_needs_no_tls(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert checks.mail_is_encrypted() == []


def test_sqlite_in_production_is_a_warning(
    settings: Settings, monkeypatch: MonkeyPatch
) -> None:
    database = settings.DATABASES["default"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.sqlite3")
    assert ids(checks.database_is_postgresql()) == ["iop.W001"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.postgresql")
    assert checks.database_is_postgresql() == []


def test_deployment_checks_run_only_for_a_deployment(settings: Settings) -> None:
    settings.EMAIL_BACKEND = SMTP
    assert "iop.E003" not in ids(run_checks())
    assert "iop.E003" in ids(run_checks(include_deployment_checks=True))
