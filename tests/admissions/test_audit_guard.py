"""The audit's tables can only be added to, whoever is connected, until their owner unlocks them."""

import pytest
from django.db import DatabaseError, connection, transaction

from admissions import audit
from admissions.models import ChainHead, Lead, LeadEvent
from tests.chain import guards, unguarded

CHANGES = [
    "UPDATE admissions_leadevent SET actor = 'somebody else' WHERE sequence = 1",
    "UPDATE admissions_leadevent SET data = data",
    "DELETE FROM admissions_leadevent WHERE sequence = 2",
    "DELETE FROM admissions_leadevent",
    "UPDATE admissions_chainhead SET sequence = sequence - 1",
    "UPDATE admissions_chainhead SET seal = 'x'",
    "DELETE FROM admissions_chainhead",
]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.shows("45 CFR 164.312(c)(1)", "ASVS 16.4.2")
@pytest.mark.shows("45 CFR 164.312(c)(1)", "threat 17")
@pytest.mark.parametrize("change", CHANGES)
def test_database_refuses_what_is_no_addition(lead: Lead, change: str) -> None:
    before = list(LeadEvent.objects.values()), list(ChainHead.objects.values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(change)
    assert (list(LeadEvent.objects.values()), list(ChainHead.objects.values())) == before


@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_chainhead"])
def test_database_refuses_to_empty_the_tables(lead: Lead, table: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(f"TRUNCATE {table}")
    assert LeadEvent.objects.exists()


def test_querysets_are_refused_too(lead: Lead) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LeadEvent.objects.update(actor="somebody else")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LeadEvent.objects.all().delete()
    assert list(audit.verify()) == []


def test_guards_are_there_after_all_migrations_and_after_an_owner_was_at_work(lead: Lead) -> None:
    before = guards()
    assert len(before) == (5 if connection.vendor == "postgresql" else 4)
    with unguarded():
        run("UPDATE admissions_leadevent SET actor = 'somebody else' WHERE sequence = 1")
    assert guards() == before
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(CHANGES[0])


@pytest.mark.django_db(transaction=True)
def test_transactional_test_leaves_events(lead: Lead) -> None:
    assert LeadEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_and_the_next_one_finds_none() -> None:
    assert not LeadEvent.objects.exists()
    assert len(guards()) >= 4
