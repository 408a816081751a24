"""A database from before the forms of several pages is carried over with all that is in it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

BEFORE = [("admissions", "0001_initial"), ("programs", "0001_initial")]


def migrate(targets: list[tuple[str, str]] | None = None) -> Any:
    """Migrate to what is named, else to the newest, and return the models there."""
    executor = MigrationExecutor(connection)
    targets = targets or executor.loader.graph.leaf_nodes()
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.mark.django_db(transaction=True)
def test_leads_and_consents_of_before_are_carried_over() -> None:
    try:
        old = migrate(BEFORE)
        received = timezone.now() - timedelta(minutes=3)
        lead = old.get_model("admissions", "Lead").objects.create(
            reference="ABCD2345",
            source="web_inquiry",
            role="self",
            first_name="Avery",
            language="Kreyòl ayisyen",
            received_at=received,
        )
        called = old.get_model("admissions", "Lead").objects.create(
            reference="ABCD2346",
            source="web_inquiry",
            role="self",
            first_name="Blake",
            first_attempt_at=received,
        )
        wording = old.get_model("admissions", "ConsentWording").objects.create(
            topic="contact", version=800, label="I agree."
        )
        old.get_model("admissions", "Consent").objects.create(
            lead=lead, wording=wording, channel="web_inquiry"
        )
        old.get_model("admissions", "OutboxMessage").objects.create(
            kind="new_inquiry", lead=lead, message_id="5c0f7d0e-0a5b-4a3e-9d43-6a8c0f0f4b12"
        )
    finally:
        new = migrate()
    assert new.get_model("admissions", "Consent").objects.get().lead_reference == "ABCD2345"
    leads = new.get_model("admissions", "Lead").objects
    assert leads.get(pk=lead.pk).respond_by == received + timedelta(minutes=15)
    assert leads.get(pk=called.pk).respond_by is None
    assert leads.get(pk=lead.pk).language_code == "ht"
    assert leads.get(pk=called.pk).language_code == ""
    notice = new.get_model("admissions", "OutboxMessage").objects.get()
    assert (notice.audience, notice.state) == ("desk", "waiting")
