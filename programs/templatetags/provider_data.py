"""The provider's data block, for the pages that are about it."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from content.structured_data import script
from programs.models import Location
from programs.structured_data import organization

register = template.Library()


@register.simple_tag(takes_context=True)
def organization_data(context: dict[str, Any]) -> SafeString:
    """Return the data block of the provider. One query for its locations."""
    return script(
        organization(context["provider"], Location.objects.all(), site_url=context["site_url"])
    )
