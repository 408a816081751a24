"""Keys in the database: useless without the master key, known everywhere before they are used."""

import base64
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import Settings

from admissions.keys import key_fault
from iop_site import checks, crypto, keyring
from iop_site.crypto import FIELD, INDEX, DecryptionError
from iop_site.env import ConfigurationError
from iop_site.models import DataKey
from tests.keys import MASTER, grown
from tests.outages import database_away

pytestmark = pytest.mark.usefixtures("master_key")
PLACE = "admissions.Lead.phone"
OTHER = b"o" * 32


@pytest.fixture
def no_keys_given(settings: Settings) -> None:
    settings.FIELD_KEYS = settings.INDEX_KEYS = ()


def make(*purposes: str) -> dict[str, str]:
    with transaction.atomic():
        made = keyring.make(purposes or keyring.PURPOSES)
    keyring.forget()
    return made


def ids(purpose: str) -> list[str]:
    keyring.forget()
    return [key_id for key_id, _ in keyring.usable(purpose)]


# -- which keys there are


def test_an_empty_ring_leaves_the_keys_of_the_settings_in_use(settings: Settings) -> None:
    assert keyring.usable(FIELD) == settings.FIELD_KEYS
    assert keyring.usable(INDEX) == settings.INDEX_KEYS
    assert crypto.encrypt("x", place=PLACE).startswith("v1.k1.")


@pytest.mark.usefixtures("no_keys_given")
def test_migrate_makes_the_first_keys_of_a_site_that_has_none() -> None:
    with pytest.raises(ConfigurationError, match="There is no key of FIELD_KEYS"):
        crypto.encrypt("x", place=PLACE)
    call_command("migrate", verbosity=0)
    assert ids(FIELD) == ids(INDEX) == ["k1"]
    token = crypto.encrypt("Avery", place=PLACE)
    call_command("migrate", verbosity=0)
    assert DataKey.objects.count() == 2
    assert crypto.decrypt(token, place=PLACE) == "Avery"


def test_migrate_makes_none_where_there_are_keys(settings: Settings) -> None:
    call_command("migrate", verbosity=0)
    settings.MASTER_KEYS = settings.FIELD_KEYS = ()
    call_command("migrate", verbosity=0)
    assert not DataKey.objects.exists()


def test_a_new_key_takes_in_those_of_the_settings_and_waits(settings: Settings) -> None:
    settings.FIELD_KEYS = (("k9", b"9" * 32), ("old", b"8" * 32))
    token = crypto.encrypt("Avery", place=PLACE)
    assert make() == {FIELD: "k10", INDEX: "k2"}
    assert ids(FIELD) == ["k9", "old", "k10"]  # known, and not yet the first
    settings.FIELD_KEYS = settings.INDEX_KEYS = ()
    assert ids(FIELD) == ["k9", "old", "k10"]
    grown()
    assert ids(FIELD) == ["k10", "k9", "old"]
    assert crypto.encrypt("x", place=PLACE).startswith("v1.k10.")
    assert crypto.decrypt(token, place=PLACE) == "Avery"


def test_a_later_key_takes_in_nothing_and_never_an_id_that_was_given(settings: Settings) -> None:
    make()
    settings.FIELD_KEYS = (*settings.FIELD_KEYS, ("k7", b"7" * 32))
    grown()
    assert make(FIELD) == {FIELD: "k8"}
    assert ids(FIELD) == ["k2", "k1", "k7", "k8"]
    assert set(DataKey.objects.values_list("purpose", "key_id")) == {
        *((FIELD, one) for one in ("k1", "k2", "k8")),
        *((INDEX, one) for one in ("k1", "k2")),
    }


@pytest.mark.shows("ASVS 11.2.3")
def test_a_key_is_made_of_chance_and_is_another_for_each_purpose() -> None:
    make()
    keys = {key for purpose in keyring.PURPOSES for _id, key in keyring.usable(purpose)}
    assert len(keys) == 4


def test_the_age_of_the_newest_key_is_told_by_the_database() -> None:
    assert keyring.in_use_for(FIELD) is None
    make()
    age = keyring.in_use_for(FIELD)
    assert age is not None
    assert timedelta(seconds=-keyring.SETTLE_SECONDS - 1) < age < timedelta(0)
    grown(minutes=60)
    age = keyring.in_use_for(FIELD)
    assert age is not None
    assert timedelta(minutes=58) < age < timedelta(minutes=60)


# -- who learns of it when


def test_a_process_that_does_not_know_a_key_reads_the_ring_again(settings: Settings) -> None:
    make()
    grown()
    token = crypto.encrypt("Avery", place=PLACE)
    seal = crypto.seal("x", purpose="audit-chain")
    stale = keyring._Ring(
        {FIELD: settings.FIELD_KEYS, INDEX: settings.INDEX_KEYS},
        {FIELD: dict(settings.FIELD_KEYS), INDEX: dict(settings.INDEX_KEYS)},
        keyring._made_of(),
        keyring._current().read_at,
    )
    keyring._ring = stale
    assert crypto.encrypt("x", place=PLACE).startswith("v1.k1.")
    assert crypto.decrypt(token, place=PLACE) == "Avery"
    assert crypto.encrypt("x", place=PLACE).startswith("v1.k2.")
    keyring._ring = stale
    assert crypto.seal("x", purpose="audit-chain", key_id="k2") == seal


def test_the_ring_is_read_once_and_again_when_it_is_old(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    crypto.encrypt("x", place=PLACE)
    with django_assert_num_queries(0):
        for _ in range(5):
            crypto.decrypt(crypto.encrypt("x", place=PLACE), place=PLACE)
            crypto.blind_index("x", purpose="phone")
    monkeypatch.setattr(keyring, "REFRESH_SECONDS", -1)
    with django_assert_num_queries(1):
        crypto.encrypt("x", place=PLACE)


def test_an_id_that_is_nowhere_is_refused() -> None:
    make()
    with pytest.raises(DecryptionError, match="no key 'zz'"):
        crypto.decrypt("v1.zz." + "A" * 60, place=PLACE)


def test_keys_are_asked_for_before_their_table_is_there(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = DataKey._meta.db_table
    monkeypatch.setattr(keyring, "_table_was_there", False)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        assert crypto.decrypt(crypto.encrypt("x", place=PLACE), place=PLACE) == "x"
        assert key_fault() == ""
        settings.MASTER_KEYS = ()
        assert key_fault() == ""
        cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")


# -- what is stored


@pytest.mark.shows("ASVS 13.3.1", "45 CFR 164.312(a)(2)(iv)")
def test_the_table_opens_nothing_by_itself(settings: Settings) -> None:
    make()
    for purpose in keyring.PURPOSES:
        for key_id, key in keyring.usable(purpose):
            row = DataKey.objects.get(purpose=purpose, key_id=key_id)
            stored = base64.urlsafe_b64decode(row.wrapped)
            assert key not in stored
            assert MASTER not in stored
            assert row.master_id not in MASTER.hex()
            assert str(row) == f"{purpose} {key_id}"
    settings.MASTER_KEYS = (OTHER,)
    with pytest.raises(DecryptionError, match="another one"):
        crypto.encrypt("x", place=PLACE)


@pytest.mark.parametrize("wrapped", ["", "canary", "A" * 80, "%%%"])
def test_a_row_that_was_altered_stops_everything(wrapped: str) -> None:
    make()
    DataKey.objects.filter(purpose=FIELD, key_id="k2").update(wrapped=wrapped)
    assert ids_refused() == "MASTER_KEY: key k2 (field) of this database was altered."


def ids_refused() -> str:
    with pytest.raises(DecryptionError) as refused:
        ids(INDEX)
    assert key_fault() == str(refused.value)
    return str(refused.value)


def test_a_key_put_in_the_place_of_another_is_refused() -> None:
    make()
    one, other = DataKey.objects.filter(purpose=FIELD).order_by("pk")
    DataKey.objects.filter(pk=one.pk).update(wrapped=other.wrapped)
    assert "was altered" in ids_refused()


def test_a_key_of_the_settings_that_is_another_in_the_ring_is_named(settings: Settings) -> None:
    make()
    settings.INDEX_KEYS = (("k1", OTHER),)
    assert ids_refused() == "INDEX_KEYS: key k1 is another one in this database."


# -- the master key


def test_a_master_key_that_is_missing_or_wrong_is_a_fault_and_an_error(settings: Settings) -> None:
    make()
    assert key_fault() == ""
    assert checks.master_key_fits(databases=["default"]) == []
    for masters, says in (((), "MASTER_KEY: it is not set"), ((OTHER,), "MASTER_KEY: the keys")):
        settings.MASTER_KEYS = masters
        assert key_fault().startswith(says)
        (error,) = checks.master_key_fits(databases=["default"])
        assert (error.id, error.msg) == ("iop.E003", key_fault())
        assert "iop.E003" in [one.id for one in run_checks(databases=["default"])]
        assert checks.master_key_fits() == []  # nobody asked for the database


def test_a_database_that_is_away_is_no_fault_of_the_keys() -> None:
    with database_away():
        assert checks.master_key_fits(databases=["default"]) == []


def test_the_master_key_must_be_none_of_the_others(settings: Settings) -> None:
    assert checks.encryption_works() == []
    for name in ("FIELD_KEYS", "INDEX_KEYS"):
        settings.MASTER_KEYS = (MASTER, getattr(settings, name)[0][1])
        assert [one.id for one in checks.encryption_works()] == ["iop.E002"]


def test_rewrap_changes_the_master_key_and_nothing_else(settings: Settings) -> None:
    make()
    grown()
    token, before = crypto.encrypt("Avery", place=PLACE), keyring.usable(FIELD)
    settings.MASTER_KEYS = (OTHER, MASTER)
    assert keyring.usable(FIELD) == before  # both open it
    assert keyring.rewrap() == 4
    assert keyring.rewrap() == 0
    settings.MASTER_KEYS = (OTHER,)
    assert keyring.usable(FIELD) == before
    assert crypto.decrypt(token, place=PLACE) == "Avery"
    settings.MASTER_KEYS = (MASTER,)
    assert "another one" in ids_refused()


def test_rewrap_without_the_older_master_key_changes_nothing(settings: Settings) -> None:
    make()
    before = list(DataKey.objects.order_by("pk").values())
    settings.MASTER_KEYS = (secrets.token_bytes(32),)
    with pytest.raises(DecryptionError):
        keyring.rewrap()
    assert list(DataKey.objects.order_by("pk").values()) == before
