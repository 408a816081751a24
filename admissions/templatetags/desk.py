"""Filters of the desk's templates."""

from datetime import date, datetime
from typing import Any

from django import template
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from admissions import enums, erasure, estimates, merging, part2, safe_contact, staffing
from admissions.enums import Suspicion
from admissions.forms.verification import in_rows
from admissions.forms.words import dollars
from admissions.models import Lead
from iop_site.roles import MANAGER, has_role

register = template.Library()
register.filter(dollars)
register.filter(in_rows)
register.filter("days_left", estimates.in_words)


@register.filter
def age(moment: datetime) -> str:
    """Return how long ago a moment was, in the two units that matter, such as "3 h 20 min"."""
    minutes = max(0, int((timezone.now() - moment).total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}


@register.filter
def why_held(lead: Lead) -> str:
    """Return in words why a lead is or was held as suspected spam."""
    labels = dict(Suspicion.choices)
    return "; ".join(str(labels.get(code, code)) for code in lead.suspicions)


@register.filter
def no_contact(lead: Lead) -> str:
    """Return why a person must not be contacted in any way; nothing where they may be."""
    return safe_contact.may_contact(lead).why


@register.filter
def is_absent(owner: User | None) -> bool:
    """Return whether a lead's owner is away today or not here any more; one query."""
    return owner is not None and not staffing.is_here(owner)


@register.simple_tag
def merging_of(lead: Lead) -> merging.Panel:
    """Return what a lead's page says about merging."""
    return merging.panel(lead)


@register.simple_tag
def kept_of(lead: Lead, user: User) -> dict[str, str]:
    """Return why a lead cannot be erased now, for managers; nothing for others."""
    return {"refusal": erasure.why_not(lead)} if has_role(user, MANAGER) else {}


@register.simple_tag
def part2_notice() -> SafeString:
    """Return the notice that stands on whatever leaves the house."""
    return format_html('<p class="desk-part2">{}</p>', part2.NOTICE)


@register.filter
def day(iso: str) -> str:
    """Return a stored day in words."""
    return date_format(date.fromisoformat(iso), "F j, Y")


@register.simple_tag
def checks_of(lead: Lead, user: User) -> dict[str, Any]:
    """Return what a lead's page says about its insurance and estimates; at most five queries."""
    verifier, waiting = lead.vob_assignee, lead.vob_status in enums.VOB_WAITING
    return {
        "results": list(lead.verification_results.select_related("payer", "by")),
        "estimates": list(lead.estimates.all()),
        "days_left": estimates.days_left(lead, today=timezone.localdate()),
        "may_take": waiting and verifier != user and not (verifier and staffing.is_here(verifier)),
        "may_give_back": verifier is not None and (verifier == user or has_role(user, MANAGER)),
        "may_record": enums.VobStatus.NEEDS_INFO in enums.VOB_TRANSITIONS[lead.vob_status],
    }
