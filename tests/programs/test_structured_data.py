"""The provider for machines: only what is true."""

import pytest

from programs.models import Location, ProviderProfile
from programs.structured_data import organization
from tests.jsonld import faults_of

HERE = "https://example.org"
TRUE = {
    "name": "A Place",
    "legal_name": "A Place, Inc.",
    "phone_e164": "+16175550100",
    "licence_kind": "clinic",
    "licence_number": "1234",
    "hours": "Always",
}
ADDRESS = Location(address="1 Main Street\nWorcester, MA 01601")


def told(*locations: Location, **changes: object) -> dict:
    return organization(ProviderProfile(**{**TRUE, **changes}), locations, site_url=HERE)


def test_a_clinic_with_an_address_is_told_whole() -> None:
    data = told(ADDRESS)
    assert faults_of(data) == []
    assert data["@type"] == "MedicalClinic"
    assert data["address"] == {
        "@type": "PostalAddress",
        "addressCountry": "US",
        "streetAddress": "1 Main Street",
        "addressLocality": "Worcester",
        "addressRegion": "MA",
        "postalCode": "01601",
    }
    assert data["legalName"] == "A Place, Inc."
    assert data["identifier"]["value"] == "1234"
    assert data["telephone"] == "+16175550100"


def test_an_address_of_another_form_stays_one_line() -> None:
    data = told(Location(address="The old mill\nby the river"))
    assert data["address"]["streetAddress"] == "The old mill, by the river"
    assert faults_of(data) == []


def test_every_true_address_is_told() -> None:
    assert len(told(ADDRESS, Location(address="Elsewhere"))["address"]) == 2


@pytest.mark.parametrize("kind", ["", "bsas_only"])
def test_without_a_clinic_licence_it_is_not_called_a_clinic(kind: str) -> None:
    assert told(ADDRESS, licence_kind=kind)["@type"] == "MedicalOrganization"


def test_nothing_that_is_a_sample_is_told() -> None:
    everything = ["legal_name", "licence_kind", "licence_number", "phone_e164", "address"]
    data = told(ADDRESS, sample_fields=everything)
    assert faults_of(data) == []
    assert set(data) == {"@type", "@id", "name", "url"}
    assert data["@type"] == "MedicalOrganization"
    only_sample = told(Location(address="1 Example Street", is_sample=True))
    assert "address" not in only_sample
    assert only_sample["@type"] == "MedicalOrganization"
    assert told(ADDRESS, sample_fields=["licence_kind"])["@type"] == "MedicalOrganization"


def test_hours_in_prose_are_not_told() -> None:
    assert "Always" not in str(told(ADDRESS))
