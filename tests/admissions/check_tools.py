"""What the tests of the verification desk share: levels of care, and what is posted."""

from typing import Any

from admissions.models import Lead
from programs.models import LevelOfCare


def make_levels() -> None:
    """Store two levels of care, the first of them ours."""
    LevelOfCare.objects.all().delete()
    for slug, name, is_ours in (("iop", "Intensive care", True), ("php", "Day care", False)):
        LevelOfCare.objects.create(slug=slug, name=name, is_ours=is_ours, hours="–")


def result_post(lead: Lead, **changes: Any) -> dict[str, Any]:
    """Return the fields of a complete result as a browser posts them."""
    fields = {
        "version": lead.version,
        "active": "yes",
        "effective_on": "2026-01-01",
        "plan_year_ends": "2026-12-31",
        "network": "in",
        "deductible": "$1,500",
        "deductible_met": "250.50",
        "out_of_pocket": "6000",
        "out_of_pocket_met": "0",
        "copay_iop": "30",
        "coinsurance_iop": "",
        "limits_iop": "60 visits a year",
        "coinsurance_php": "20%",
        "authorization": "yes",
        "authorization_phone": "617-555-0142",
        "carve_out": "Quiet Minds Inc.",
        "carve_out_phone": "617-555-0143",
        "representative": "Canaryrep",
        "call_reference": "REF-77",
        "outcome": "verified_viable",
        "reverify_on": "2026-12-20",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def estimate_post(lead: Lead, **changes: Any) -> dict[str, Any]:
    """Return the fields of a complete estimate as a browser posts them."""
    fields = {
        "version": lead.version,
        "patient_name": "Avery Quill",
        "born": "1985-03-27",
        "service": "Intensive outpatient program",
        "starts_on": "2026-12-14",
        "period": "8 weeks, 3 days a week",
        "what_0": "Group day",
        "code_0": "",
        "count_0": "24",
        "price_0": "250",
        "what_1": "First assessment",
        "code_1": "A1",
        "count_1": "1",
        "price_1": "300.50",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}
