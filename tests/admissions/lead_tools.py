"""Leads as tests need them: put into a state, read again, found by what staff would type."""

from typing import Any

from django.db.models import QuerySet

from admissions import search
from admissions.models import Lead


def put(lead: Lead, **values: Any) -> Lead:
    """Write to a lead without the workflow, where a test only needs how it stands."""
    Lead.objects.filter(pk=lead.pk).update(**values)
    lead.refresh_from_db()
    return lead


def read(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def find(leads: QuerySet[Lead], query: str) -> QuerySet[Lead]:
    """Return those of the leads that a search finds; all of them where nothing is asked."""
    if not query.replace("\x00", "").strip():
        return leads
    return leads.filter(pk__in=search.look_up(query).ids)
