"""The notice of 42 CFR 2.32 stands on everything that leaves the house: pages to print, files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from admissions.models import Lead, LeadEvent, SelfPayEstimate, VerificationResult
from admissions.part2 import NOTICE

pytestmark = pytest.mark.usefixtures("provider")
TEMPLATES = Path(settings.BASE_DIR) / "templates"


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def full(send_insurance: Callable[..., Lead], coordinator: User) -> Lead:
    lead = send_insurance()
    VerificationResult.objects.create(
        lead=lead, by=coordinator, outcome="verified_viable", details={"levels": []}
    )
    SelfPayEstimate.objects.create(
        lead=lead, by=coordinator, details={"lines": [], "total": "0", "places": []}
    )
    return lead


# What leaves, and by which template or address; a new one is added here or fails below.
PAGES = {
    "admin/admissions/lead/print.html": lambda lead: f"admissions/lead/{lead.pk}/print/",
    "admin/admissions/verification/benefits.html": lambda lead: (
        f"verification/{lead.verification_results.get().pk}/benefits/"
    ),
    "admin/admissions/verification/estimate.html": lambda lead: (
        f"estimate/{lead.estimates.get().pk}/"
    ),
    "admin/admissions/disclosures/accounting.html": lambda lead: f"disclosures/{lead.pk}/",
}
DAYS = {"first": "2026-01-01", "last": "2026-01-31", "status": "", "purpose": "audit"}
FILES: dict[str, Callable[[Lead], tuple[str, dict[str, str]]]] = {
    "leads": lambda lead: ("export/", DAYS),
    "reports": lambda lead: ("reports/?period=30", {"table": "owner"}),
    "copy as JSON": lambda lead: (f"copy/{lead.pk}/", {"whose": "contact", "form": "json"}),
    "copy to print": lambda lead: (f"copy/{lead.pk}/", {"whose": "contact", "form": "page"}),
    "disclosures": lambda lead: (f"disclosures/{lead.pk}/", {}),
}


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse) or answer.streaming
    return b"".join(answer).decode()


@pytest.mark.parametrize("template", PAGES)
def test_pages_that_are_printed_carry_the_notice(desk: Client, full: Lead, template: str) -> None:
    answer = desk.get(f"/admin/{PAGES[template](full)}")
    assert template in [one.name for one in answer.templates]
    assert text_of(answer).count(str(NOTICE)) == 1


@pytest.mark.parametrize("what", FILES)
def test_files_carry_the_notice(desk: Client, full: Lead, what: str) -> None:
    address, data = FILES[what](full)
    assert text_of(desk.post(f"/admin/{address}", data)).count(str(NOTICE)) == 1
    assert LeadEvent.objects.filter(kind__in=("exported", "copy_made")).exists()


def test_no_page_to_print_was_forgotten() -> None:
    """Whatever is laid out to be printed says so by its class."""
    printed = {
        str(one.relative_to(TEMPLATES))
        for one in TEMPLATES.rglob("*.html")
        if "desk-print" in one.read_text()
    }
    assert printed == {*PAGES, "admin/admissions/kept/copy.html"}
