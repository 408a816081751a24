"""The insurance form."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from admissions.forms.insurance import InsuranceForm
from admissions.models import ConsentWording
from programs.models import Payer
from tests.factories import insurance_answers, insurance_post

pytestmark = pytest.mark.usefixtures("wordings", "insurance_wordings")


def form_of(**changes: Any) -> InsuranceForm:
    return InsuranceForm(insurance_post(**changes))


def faults(**changes: Any) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in form_of(**changes).errors.items()}


def born(field: str, day: date | None) -> dict[str, str | None]:
    """Return the three fields of a birth date as they are posted."""
    parts = (day.month, day.day, day.year) if day else (None, None, None)
    return {
        f"{field}_{name}": None if part is None else str(part)
        for name, part in zip(("month", "day", "year"), parts, strict=True)
    }


DEPENDENT = {
    "relationship_to_subscriber": "child",
    "subscriber_name": "Robin Quill",
    **born("subscriber_birth_date", date(1960, 5, 6)),
}


def test_form_with_what_is_needed_is_accepted() -> None:
    assert faults() == {}
    assert faults(**DEPENDENT) == {}


@pytest.mark.parametrize(
    "name",
    [
        "first_name",
        "patient_legal_name",
        "payer",
        "member_id",
        "zip_code",
        "relationship_to_subscriber",
        "agree_verification",
        "agree_authority",
        "agree_privacy_notice",
    ],
)
def test_field_that_is_needed_is_asked_for(name: str) -> None:
    found = faults(**{name: None})
    assert list(found) == [name]
    assert found[name][0] != "This field is required."


def test_birth_date_is_asked_for() -> None:
    assert faults(**born("patient_birth_date", None)) == {
        "patient_birth_date": ["Enter the patient's date of birth."]
    }


@pytest.mark.parametrize("blank", [" ", "\x00", "\t"])
def test_birth_date_of_blanks_is_asked_for(blank: str) -> None:
    parts = dict.fromkeys(born("patient_birth_date", None), blank)
    assert faults(**parts) == {"patient_birth_date": ["Enter the patient's date of birth."]}


def test_phone_or_email_is_needed() -> None:
    assert list(faults(phone=None)) == ["phone"]
    assert faults(phone=None, email="avery@example.org") == {}
    assert list(faults(phone="1")) == ["phone"]


def test_other_company_needs_its_name() -> None:
    assert faults(payer="other", payer_other=None) == {
        "payer_other": ["Enter the name of the insurance company."]
    }


def test_listed_company_needs_no_name() -> None:
    Payer.objects.create(slug="some-payer", name="Some Payer", kind="commercial")
    assert faults(payer="some-payer", payer_other=None) == {}


def test_company_that_is_not_listed_any_more_cannot_be_chosen() -> None:
    Payer.objects.create(slug="gone", name="Gone", kind="commercial", is_listed=False)
    assert "payer" in faults(payer="gone")


@pytest.mark.parametrize("relationship", ["spouse", "child", "other"])
def test_dependent_needs_the_subscriber(relationship: str) -> None:
    assert set(faults(relationship_to_subscriber=relationship)) == {
        "subscriber_name",
        "subscriber_birth_date",
    }
    assert faults(**{**DEPENDENT, "relationship_to_subscriber": relationship}) == {}


def test_subscriber_is_not_asked_for_who_is_one() -> None:
    assert faults(relationship_to_subscriber="self") == {}


def test_birth_date_of_the_subscriber_that_is_wrong_is_told_once() -> None:
    found = faults(**{**DEPENDENT, "subscriber_birth_date_day": "32"})
    assert found == {"subscriber_birth_date": ["Enter the day as a number from 1 to 31."]}


@pytest.mark.parametrize("days", [0, 1, 4000])
def test_child_is_younger_than_the_subscriber(days: int) -> None:
    patient = date(1985, 3, 27)
    subscriber = born("subscriber_birth_date", patient + timedelta(days=days))
    assert faults(**{**DEPENDENT, **subscriber}) == {
        "subscriber_birth_date": [
            "The subscriber cannot be younger than their child. Check both dates."
        ]
    }
    assert faults(**{**DEPENDENT, **subscriber, "relationship_to_subscriber": "spouse"}) == {}


@pytest.mark.parametrize("typed", ["01601", " 01601 ", "01601-1234", "01601\t"])
def test_zip_code_is_kept_bare(typed: str) -> None:
    form = form_of(zip_code=typed)
    assert form.is_valid(), form.errors
    assert form.answers()["zip_code"] == typed.strip()


@pytest.mark.parametrize("typed", ["1601", "016011", "01601-12", "O1601", "x" * 5000, "0\x001601"])
def test_zip_code_that_is_none_is_told(typed: str) -> None:
    assert list(faults(zip_code=typed)) == ["zip_code"]


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("patient_legal_name", 160),
        ("member_id", 40),
        ("group_number", 40),
        ("plan_type", 120),
        ("payer_other", 120),
        ("secondary_coverage", 200),
        ("subscriber_name", 160),
    ],
)
def test_text_beyond_its_limit_is_told(name: str, limit: int) -> None:
    assert faults(**{name: "x" * limit}) == {}
    assert faults(**{name: "x" * 10_000}) == {
        name: [f"This is 10000 characters long. Please shorten it to {limit}."]
    }


def test_answers_are_what_intake_takes() -> None:
    form = form_of()
    assert form.is_valid()
    assert form.answers() == insurance_answers()
    dependent = form_of(**DEPENDENT)
    assert dependent.is_valid()
    answers = dependent.answers()
    assert answers["subscriber_birth_date"] == "1960-05-06"
    assert json.loads(json.dumps(answers)) == answers


def test_consents_are_those_of_a_verification(wordings: list[ConsentWording]) -> None:
    form = form_of()
    assert form.is_valid()
    assert [(one.topic, one.version) for one in form.agreed_wordings()] == [
        ("verification", 900),
        ("authority", 900),
        ("privacy-notice", 900),
    ]


@pytest.mark.parametrize(
    "name", ["patient_legal_name", "member_id", "group_number", "zip_code", "subscriber_name"]
)
def test_browser_is_asked_to_remember_nothing_of_another_person(name: str) -> None:
    assert InsuranceForm().fields[name].widget.attrs["autocomplete"] == "off"
