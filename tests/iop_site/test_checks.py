"""The checks that keep a site from starting without what it must have."""

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connections
from pytest_django import Settings

from iop_site import checks, crypto


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


def test_site_that_names_nobody_for_a_hole_is_a_warning(settings: Settings) -> None:
    settings.SECURITY_CONTACT = []
    assert ids(checks.somebody_can_be_told_of_a_hole()) == ["iop.W010"]
    settings.SECURITY_CONTACT = ["mailto:security@example.org"]
    assert checks.somebody_can_be_told_of_a_hole() == []


def test_audit_heads_beside_the_data_are_a_warning(settings: Settings) -> None:
    settings.AUDIT_HEADS = settings.DATA_DIR / "heads"
    assert ids(checks.audit_heads_are_elsewhere()) == ["iop.W011"]
    settings.AUDIT_HEADS = settings.DATA_DIR.parent / "volume" / "heads"
    assert checks.audit_heads_are_elsewhere() == []


def test_sqlite_in_production_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    assert ids(checks.database_is_postgresql()) == ["iop.W001"]
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    assert checks.database_is_postgresql() == []


def test_deployment_checks_run_only_for_a_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    assert "iop.W001" not in ids(run_checks())
    assert "iop.W001" in ids(run_checks(include_deployment_checks=True))


def test_encryption_that_gives_back_other_words_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crypto, "decrypt", lambda token, place: "other words")
    assert ids(checks.encryption_works()) == ["iop.E001"]


def test_a_password_alone_in_production_is_a_warning(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = False
    assert ids(checks.staff_have_a_second_factor()) == ["iop.W002"]
    settings.STAFF_SECOND_FACTOR = True
    assert checks.staff_have_a_second_factor() == []
