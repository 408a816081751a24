"""The provider for machines: who it is and how to reach it, without anything that is a sample."""

import re
from collections.abc import Iterable

from content.structured_data import Data, publisher
from programs.models import Location, ProviderProfile

# "1 Main Street, Worcester, MA 01601": what is written otherwise stays one line.
_ADDRESS = re.compile(r"(.+),\s*([^,]+),\s*([A-Z]{2})\s+(\d{5}(?:-\d{4})?)")
_CLINICS = (ProviderProfile.LicenceKind.CLINIC, ProviderProfile.LicenceKind.HOSPITAL)


def organization(
    provider: ProviderProfile, locations: Iterable[Location], *, site_url: str
) -> Data:
    """Return the provider.

    It is called a clinic only where its licence says so and its address is known: without an
    address a clinic, which is a local business, would not be valid. Hours are prose here and have
    a grammar of their own there, so they are left out.
    """

    def true(field: str) -> str:
        return "" if field in provider.sample_fields else getattr(provider, field)

    data = publisher(provider, site_url)
    addresses = (
        []
        if "address" in provider.sample_fields
        else [_address(location.address) for location in locations if not location.is_sample]
    )
    if addresses:
        data["address"] = addresses[0] if len(addresses) == 1 else addresses
        if true("licence_kind") in _CLINICS:
            data["@type"] = "MedicalClinic"
    if true("phone_e164"):
        data["telephone"] = provider.phone_e164
        data["contactPoint"] = {
            "@type": "ContactPoint",
            "telephone": provider.phone_e164,
            "contactType": "admissions",
            "areaServed": "US-MA",
        }
    if true("legal_name"):
        data["legalName"] = provider.legal_name
    if true("licence_number"):
        data["identifier"] = {
            "@type": "PropertyValue",
            "name": "License",
            "value": provider.licence_number,
        }
    return data


def _address(written: str) -> Data:
    one_line = ", ".join(part.strip(" ,") for part in written.splitlines() if part.strip())
    data: Data = {"@type": "PostalAddress", "addressCountry": "US"}
    found = _ADDRESS.fullmatch(one_line)
    if not found:
        return data | {"streetAddress": one_line}
    street, town, state, postal_code = found.groups()
    return data | {
        "streetAddress": street,
        "addressLocality": town,
        "addressRegion": state,
        "postalCode": postal_code,
    }
