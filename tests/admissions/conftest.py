"""What the tests of admissions share: provider, wordings, a closed lead, the whole database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from admissions import intake
from admissions.models import ConsentWording, Lead, StatusAccess
from content.models import Person
from programs.models import ProviderProfile, Track
from tests.factories import insurance_answers, new_key

UNSTEADY = {"admissions_ratecount", "django_session", "iop_cache"}
Tables = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def provider(db: None) -> ProviderProfile:
    """The provider, with the address that notices go to."""
    profile, _ = ProviderProfile.objects.update_or_create(
        id=1,
        defaults={
            "name": "Marsh House",
            "phone_display": "617-555-0199",
            "phone_e164": "+16175550199",
            "admissions_email": "desk@example.org",
        },
    )
    return profile


@pytest.fixture
def insurance_wordings(db: None) -> list[ConsentWording]:
    """The consents that an insurance form asks for beside the privacy notice."""
    return [
        ConsentWording.objects.create(
            topic=topic, version=900, label=f"I agree to {topic}.", text="Why.", required=True
        )
        for topic in ("verification", "authority")
    ]


@pytest.fixture
def texts_wording(db: None) -> ConsentWording:
    """The consent to text messages, which the inquiry form asks for and nobody has to give."""
    return ConsentWording.objects.create(
        topic="texts", version=900, label="I agree to texts.", text="Why.", required=False
    )


@pytest.fixture
def track(db: None) -> Track:
    """A published track that is on offer."""
    return Track.objects.create(
        slug="quiet-mornings",
        title="Quiet mornings",
        short="One line.",
        summary="A track.",
        body="Text.",
        status="published",
        published_at=timezone.now() - timedelta(days=1),
        next_review_on=date(2099, 1, 1),
        author=Person.objects.create(key="a-writer", name="A Writer", role="author"),
    )


@pytest.fixture
def send_insurance(wordings: list[ConsentWording]) -> Callable[..., Lead]:
    """Return a function that submits an insurance form and returns its lead."""

    def send(**answers: Any) -> Lead:
        receipt = intake.submit_insurance(
            answers=insurance_answers(**answers), wordings=wordings, idempotency_key=new_key()
        )
        return StatusAccess.objects.get(reference=receipt.reference).lead

    return send


def close(lead: Lead) -> Lead:
    """Close a lead without the workflow, where a test only needs one that is closed."""
    Lead.objects.filter(pk=lead.pk).update(status="closed", close_reason="not_ready")
    lead.refresh_from_db()
    return lead


def dump() -> Tables:
    """Return every row of every table as it is kept, but counts and when somebody was last seen."""
    tables: Tables = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - UNSTEADY:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            tables[table] = sorted(cursor.fetchall(), key=repr)
    return tables


@contextmanager
def writes_fail(table: str, verb: str = "INSERT") -> Iterator[None]:
    """Let the database refuse to write to a table, as it does when the disk is full."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(verb) and f'"{table}"' in sql:
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield
