"""What a plan said, as staff type it: what is refused, what is asked for, what is kept."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from admissions.forms.verification import Amount, ResultForm, in_rows
from admissions.models import InsuranceVerification, Lead, VerificationResult
from programs.models import LevelOfCare, Payer
from tests.admissions.check_tools import make_levels, result_post
from tests.admissions.lead_tools import put
from tests.admissions.mail_tools import local

TODAY = date(2026, 12, 2)


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(local("2026-12-02 12:00"), tick=False):
        yield


@pytest.fixture
def levels(db: None) -> None:
    make_levels()


def filled(lead: Lead, by: User, **changes: Any) -> ResultForm:
    form = ResultForm(result_post(lead, **changes), lead=lead, by=by)
    form.is_valid()
    return form


def faults(lead: Lead, by: User, **changes: Any) -> dict[str, list[str]]:
    return dict(filled(lead, by, **changes).errors)


@pytest.mark.usefixtures("levels")
def test_complete_result_is_kept_as_it_was_said(lead: Lead, coordinator: User) -> None:
    payer = Payer.objects.create(slug="blue", name="Blue Plan", kind="commercial")
    form = filled(lead, coordinator, payer=payer.pk)
    assert not form.errors
    answers = form.answers()
    assert answers["payer"] == payer
    assert (answers["deductible"], answers["deductible_met"]) == (
        Decimal("1500"),
        Decimal("250.50"),
    )
    assert answers["out_of_pocket_met"] == 0  # nothing met is something known
    assert (answers["reverify_on"], answers["outcome"]) == (date(2026, 12, 20), "verified_viable")
    assert answers["authorization_phone"] == "+1 617-555-0142"
    assert answers["levels"] == [
        {
            "slug": "iop",
            "name": "Intensive care",
            "copay": Decimal("30"),
            "coinsurance": None,
            "limits": "60 visits a year",
        },
        {
            "slug": "php",
            "name": "Day care",
            "copay": None,
            "coinsurance": Decimal("20"),
            "limits": None,
        },
    ]
    assert not {"version", "form", "needed", "notes", "ends_on"} & set(answers)


@pytest.mark.usefixtures("levels")
@pytest.mark.parametrize("outcome", ["unable_to_verify", "needs_info"])
def test_all_but_the_outcome_is_optional_where_nothing_was_verified(
    lead: Lead, coordinator: User, outcome: str
) -> None:
    post = {"version": lead.version, "outcome": outcome, "needed": "The back of the card"}
    form = ResultForm(post, lead=lead, by=coordinator)
    assert form.is_valid(), form.errors
    assert form.answers() == {"outcome": outcome, "needed": "The back of the card", "levels": []}


@pytest.mark.usefixtures("levels")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": None}, "outcome"),
        ({"outcome": "expired"}, "outcome"),
        ({"outcome": "needs_info"}, "needed"),
        ({"active": "no"}, "outcome"),
        ({"active": ""}, "active"),
        ({"active": "", "outcome": "verified_not_viable"}, "active"),
        ({"network": ""}, "network"),
        ({"network": "", "outcome": "verified_not_viable"}, "network"),
        ({"network": "sideways"}, "network"),
        ({"deductible": "", "deductible_met": ""}, "deductible"),
        ({"authorization": ""}, "authorization"),
        ({"copay_iop": ""}, "copay_iop"),
        ({"copay_iop": "much"}, "copay_iop"),
        ({"coinsurance_php": "101"}, "coinsurance_php"),
        ({"coinsurance_php": "-1"}, "coinsurance_php"),
        ({"deductible_met": "1500.01"}, "deductible_met"),
        ({"out_of_pocket_met": "6000.01"}, "out_of_pocket_met"),
        ({"deductible": "-1", "deductible_met": ""}, "deductible"),
        ({"deductible": "1000000.01"}, "deductible"),
        ({"deductible": "1.999"}, "deductible"),
        ({"ends_on": "2025-12-31"}, "ends_on"),
        ({"ends_on": "2026-12-01"}, "ends_on"),
        ({"effective_on": "2026-12-03"}, "effective_on"),
        ({"effective_on": "soon"}, "effective_on"),
        ({"plan_year_ends": "2026-12-01"}, "plan_year_ends"),
        ({"plan_year_ends": "2027-12-04"}, "plan_year_ends"),
        ({"reverify_on": "2026-12-02"}, "reverify_on"),
        ({"reverify_on": "2026-11-01"}, "reverify_on"),
        ({"reverify_on": "2027-12-04", "plan_year_ends": ""}, "reverify_on"),
        ({"reverify_on": "2027-01-01"}, "reverify_on"),
        ({"reverify_on": "2026-12-20", "ends_on": "2026-12-15"}, "reverify_on"),
        ({"reverify_on": "rubbish"}, "reverify_on"),
        ({"authorization_phone": "555"}, "authorization_phone"),
        ({"payer": "0"}, "payer"),
        ({"form": "0"}, "form"),
        ({"version": "x"}, "version"),
        ({"notes": "x" * 4001}, "notes"),
        ({"limits_iop": "x" * 201}, "limits_iop"),
    ],
    ids=lambda value: (
        value
        if isinstance(value, str)
        else "-".join(f"{name}={str(text)[:12]}" for name, text in value.items())
    ),
)
def test_what_cannot_be_is_refused_at_its_field(
    lead: Lead, coordinator: User, changes: dict[str, Any], field: str
) -> None:
    assert list(faults(lead, coordinator, **changes)) == [field]


@pytest.mark.usefixtures("levels")
@pytest.mark.parametrize(
    "changes",
    [
        {"coinsurance_iop": "0", "copay_iop": ""},
        {"coinsurance_iop": "100 %"},
        {"deductible": "0", "deductible_met": "0"},
        {"deductible_met": ""},
        {"out_of_pocket": "", "out_of_pocket_met": ""},
        {"deductible": "$ 1,500.00"},
        {"plan_year_ends": "", "reverify_on": "2027-01-15"},
        {"plan_year_ends": "2026-12-02", "reverify_on": "2026-12-03"},
        {"ends_on": "2026-12-31"},
        {"outcome": "verified_not_viable", "active": "no", "network": "", "deductible": ""}
        | {"deductible_met": "", "copay_iop": "", "authorization": ""},
        {"outcome": "verified_not_viable", "active": "no", "ends_on": "2026-06-30"},
        {"outcome": "verified_not_viable", "network": "out", "copay_iop": ""},
    ],
    ids=range(12),
)
def test_what_may_be_is_taken(lead: Lead, coordinator: User, changes: dict[str, Any]) -> None:
    assert faults(lead, coordinator, **changes) == {}


@pytest.mark.usefixtures("levels")
@pytest.mark.parametrize(
    ("changes", "again"),
    [
        ({}, date(2026, 12, 31)),
        ({"plan_year_ends": ""}, date(2026, 12, 31)),
        ({"plan_year_ends": "2027-06-30"}, date(2027, 1, 1)),
        ({"ends_on": "2026-12-10"}, date(2026, 12, 10)),
    ],
    ids=["calendar", "unknown", "summer", "ends"],
)
def test_day_that_is_left_empty_is_the_usual_one(
    lead: Lead, coordinator: User, changes: dict[str, Any], again: date
) -> None:
    form = filled(lead, coordinator, **{"reverify_on": "", **changes})
    assert form.answers()["reverify_on"] == again


@pytest.mark.parametrize("text", ["1,5", "1.500,00", "1e5", "NaN", "Infinity", "1 500", "٣", "--1"])
def test_number_that_may_mean_two_things_is_none(text: str) -> None:
    assert "Enter dollars" in str(_fault(text))


def _fault(text: str) -> Exception | None:
    try:
        Amount().clean(text)
    except Exception as error:
        return error
    return None


@given(st.decimals(min_value=0, max_value=1_000_000, places=2))
def test_amount_is_read_with_and_without_marks(amount: Decimal) -> None:
    for text in (f"{amount}", f"${amount:,}", f" {amount} "):
        assert Amount().clean(text) == amount


@given(st.text(max_size=30))
def test_no_text_breaks_an_amount(text: str) -> None:
    fault = _fault(text)
    assert fault is None or type(fault).__name__ == "ValidationError"


def test_form_offers_the_newest_insurance_form_the_payer_and_the_usual_days(
    send_insurance: Any, coordinator: User, levels: None
) -> None:
    lead = send_insurance()
    payer = Payer.objects.create(slug="blue", name="Blue Plan", kind="commercial")
    put(lead, payer=payer)
    form = ResultForm(lead=lead, by=coordinator)
    newest = InsuranceVerification.objects.latest("id")
    assert (form["form"].value(), form["payer"].value()) == (newest.pk, payer.pk)
    assert form["plan_year_ends"].value() == date(2026, 12, 31)
    assert form["reverify_on"].value() == date(2026, 12, 31)
    assert form["version"].value() == lead.version


def test_form_of_another_lead_is_none_of_this_one(
    send_insurance: Any, lead: Lead, coordinator: User, levels: None
) -> None:
    send_insurance(phone="+1 617-555-0177", patient_legal_name="Robin Vale")
    other = InsuranceVerification.objects.exclude(lead=lead).get()
    assert "form" in faults(lead, coordinator, form=other.pk)


def test_levels_of_care_are_those_of_the_program(lead: Lead, coordinator: User) -> None:
    LevelOfCare.objects.all().delete()
    form = filled(lead, coordinator)
    assert not form.errors
    assert form.answers()["levels"] == []
    assert list(form.level_rows()) == []


@pytest.mark.usefixtures("levels")
def test_result_is_read_as_it_was_written(lead: Lead, coordinator: User) -> None:
    payer = Payer.objects.create(slug="blue", name="Blue Plan", kind="commercial")
    answers = filled(lead, coordinator, payer=payer.pk, coinsurance_iop="15.5").answers()
    answers.pop("payer")
    VerificationResult.objects.create(
        lead=lead, by=coordinator, payer=payer, outcome=answers["outcome"], details=answers
    )
    rows = dict(in_rows(VerificationResult.objects.get()))
    assert rows["Payer"] == "Blue Plan"
    assert rows["Coverage"] == "Active"
    assert rows["Deductible"] == "$1,500.00"
    assert rows["Deductible met to date"] == "$250.50"
    assert rows["Out-of-pocket met to date"] == "$0.00"
    assert rows["Verify again on"] == "Dec. 20, 2026"
    assert rows["Network"] == "In network"
    assert rows["Intensive care"] == "copay $30.00; coinsurance 15.5 %; 60 visits a year"
    assert rows["Day care"] == "coinsurance 20 %"
    assert "Outcome" not in rows
    assert "Notes" not in rows
