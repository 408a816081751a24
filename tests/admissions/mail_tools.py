"""What the tests of notices and mails share: times as the wall clock shows them, consultations."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from admissions.models import Consultation, Lead


def local(text: str) -> datetime:
    """Return the moment of a wall-clock time here: "2026-12-01 10:00"."""
    return timezone.make_aware(datetime.fromisoformat(text))


def consultation_of(lead: Lead, starts_at: datetime, **values: Any) -> Consultation:
    """Store a booked call of half an hour, past the rules of booking."""
    return Consultation.objects.create(
        lead=lead,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        idempotency_key=uuid.uuid4(),
        token="canarytoken",
        token_digest=uuid.uuid4().hex,
        **{"channel": "phone", **values},
    )
