"""The provider and the crisis lines for every page, even while the database is away."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from iop_site.remembered import remembered
from programs.models import CrisisLine, ProviderProfile


@dataclass(frozen=True)
class SiteFacts:
    provider: ProviderProfile
    crisis_lines: dict[str, CrisisLine]

    @property
    def strip_lines(self) -> list[CrisisLine]:
        return [line for line in self.crisis_lines.values() if line.on_strip]


# Shown before anything was ever read: the numbers that the law of the land makes certain.
# Everything else, and any change to these, comes from the database.
_BUILT_IN = SiteFacts(
    provider=ProviderProfile(
        id=1,
        name="Resilience Behavioral Health",
        phone_display="888-401-1179",
        phone_e164="+18884011179",
    ),
    crisis_lines={
        "988": CrisisLine(
            key="988",
            name="988 Suicide & Crisis Lifeline",
            number="988",
            tel="988",
            sms="988",
            label="call or text 988",
            on_strip=True,
        ),
        "911": CrisisLine(
            key="911", name="Emergency", number="911", tel="911", label="call 911", on_strip=True
        ),
    },
)


@remembered(default=lambda: _BUILT_IN)
def site_facts() -> SiteFacts:
    """Return what the database says now; where it is away, what it said last. Two queries."""
    provider = ProviderProfile.objects.first() or _BUILT_IN.provider
    lines = {line.key: line for line in CrisisLine.objects.all()}
    return SiteFacts(provider, lines or _BUILT_IN.crisis_lines)


def line_link(line: CrisisLine) -> SafeString:
    """Return the link that calls or texts a crisis line."""
    return format_html('<a href="{}"><bdi>{}</bdi></a>', line.href, line.number)


def placeholders(facts: SiteFacts) -> dict[str, str]:
    """Return what the placeholders of texts stand for, as trusted HTML (see content.rendering)."""
    provider = facts.provider
    values: dict[str, str] = {
        "provider": format_html("{}", provider.name),
        "phone": format_html(
            '<a href="tel:{}"><bdi>{}</bdi></a>', provider.phone_e164, provider.phone_display
        ),
        "program": provider.program_name,
        "program_short": provider.program_short,
        "program_title": provider.program_name.capitalize(),
    }
    values |= {f"line:{key}": line_link(line) for key, line in facts.crisis_lines.items()}
    return values
