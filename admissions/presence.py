"""Who else has a lead's page open, so that two people do not work on one lead unknowingly."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from admissions.models import Lead, LeadPresence

# A page says every half minute that it is still looked at; one without scripts is taken for open
# as long as this.
WINDOW = timedelta(minutes=3)


def seen(lead: Lead, user: User) -> None:
    """Keep that a member of staff has the lead's page open now; one query."""
    LeadPresence.objects.bulk_create(
        [LeadPresence(lead=lead, user=user, seen_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["lead", "user"],
        update_fields=["seen_at"],
    )


def others(lead: Lead, user: User) -> list[LeadPresence]:
    """Return who else had it open in the last minutes, the latest first; one query."""
    near = LeadPresence.objects.filter(lead=lead, seen_at__gt=timezone.now() - WINDOW)
    return list(near.exclude(user=user).select_related("user").order_by("-seen_at", "pk"))


def in_words(looking: Iterable[LeadPresence]) -> str:
    """Return who looks at a lead and when that was last known; nothing where nobody does."""
    return " ".join(
        _("%(name)s has this lead open too (%(ago)s).")
        % {"name": one.user, "ago": _ago(one.seen_at)}
        for one in looking
    )


def _ago(moment: datetime) -> str:
    minutes = (timezone.now() - moment) // timedelta(minutes=1)
    if minutes < 1:
        return _("seen just now")
    return ngettext("seen %(n)d minute ago", "seen %(n)d minutes ago", minutes) % {"n": minutes}


def purge() -> int:
    """Forget who looked before that, and return how many; what was opened stays in the audit."""
    return LeadPresence.objects.filter(seen_at__lte=timezone.now() - WINDOW).delete()[0]
