"""Filters of the desk's templates."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import safe_contact
from admissions.enums import Suspicion
from admissions.models import Lead

register = template.Library()


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
