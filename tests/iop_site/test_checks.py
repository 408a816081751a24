"""The checks that keep a site from starting without what it must have."""

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connections
from pytest_django import Settings

from iop_site import checks


def ids(messages: list[CheckMessage]) -> list[str]:
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


def test_sqlite_in_production_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    assert ids(checks.database_is_postgresql()) == ["iop.W001"]
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    assert checks.database_is_postgresql() == []


def test_deployment_checks_run_only_for_a_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    assert "iop.W001" not in ids(run_checks())
    assert "iop.W001" in ids(run_checks(include_deployment_checks=True))
