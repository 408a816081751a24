"""A site that was started with the wrong keys says so before anybody relies on it."""

from typing import Any

import pytest
from pytest_django import Settings

from admissions.keys import key_fault
from admissions.models import Lead

OTHER = (("k1", b"x" * 32),)


def test_the_right_keys_are_no_fault(lead: Lead) -> None:
    assert key_fault() == ""


def test_another_data_key_is_named(lead: Lead, settings: Settings) -> None:
    settings.FIELD_KEYS = OTHER
    assert key_fault().startswith("FIELD_KEYS")


@pytest.mark.parametrize("keys", [OTHER, (("k2", b"y" * 32),)])
def test_another_index_key_is_named(lead: Lead, settings: Settings, keys: Any) -> None:
    settings.INDEX_KEYS = keys
    assert key_fault().startswith("INDEX_KEYS")


def test_a_further_key_in_front_is_no_fault(lead: Lead, settings: Settings) -> None:
    settings.FIELD_KEYS = (("k2", b"z" * 32), *settings.FIELD_KEYS)
    settings.INDEX_KEYS = (("k2", b"y" * 32), *settings.INDEX_KEYS)
    assert key_fault() == ""


@pytest.mark.django_db
def test_an_empty_database_has_nothing_to_be_wrong_about(settings: Settings) -> None:
    settings.FIELD_KEYS = settings.INDEX_KEYS = OTHER
    assert key_fault() == ""
