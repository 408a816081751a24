"""What every template may use: the provider, the crisis lines, the address of the page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from programs.provider import placeholders, site_facts


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the provider, the crisis lines, the texts' `placeholders` and the page's address.

    Reads the database, and falls back to the last answer where it is away, so that an error page
    still shows the phone numbers.
    """
    facts = site_facts()
    return {
        "provider": facts.provider,
        "crisis_lines": facts.crisis_lines,
        "strip_lines": facts.strip_lines,
        "placeholders": placeholders(facts),
        "canonical_url": settings.SITE_URL + request.path,
        "site_url": settings.SITE_URL,
    }
