"""The rows of the list of leads, put together at once: a template takes thrice the time."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from admissions import safe_contact
from admissions.enums import LeadStatus, Response, VobStatus
from admissions.models import Lead
from admissions.templatetags.desk import age

# What a row shows, and nothing that would have to be read or decrypted beside it.
FIELDS = (
    "reference",
    "first_name",
    "last_name",
    "status",
    "vob_status",
    "track",
    "payer",
    "owner",
    "received_at",
    "next_follow_up_at",
    "follow_up_due_at",
    "response",
    "call_due_at",
    "age_band",
    "is_demo",
    "contact_withdrawn_at",
    "deletion_requested_at",
    "held_since",
    "erased_at",
)
_ROW = (
    '<tr>{}<th scope="row"><a href="{}{}/change/">{}</a>{}</th><td><bdi>{} {}</bdi></td><td>{}</td>'
    '<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td><time datetime="{}">{}</time></td><td>{}</td>'
    "<td>{}</td></tr>\n"
)
_BOX = (
    '<td class="action-checkbox"><input type="checkbox" class="action-select" '
    'name="_selected_action" value="{}" aria-label="{}"></td>'
)


def rows(
    leads: list[Lead], names: Mapping[str, Mapping[Any, str]], *, with_boxes: bool
) -> Iterator[SafeString]:
    """Yield a table row for each lead, in the order of the columns of `_rows.html`.

    `names` are those of tracks and payers by id. One query, for the names of the owners.
    """
    now, address = timezone.now(), reverse("admin:admissions_lead_changelist")
    owners = User.objects.in_bulk({lead.owner_id for lead in leads} - {None})
    # Once for all rows: a field's own display looks through all its choices for each.
    statuses, checks, responses = (
        {value: str(words) for value, words in one.choices}
        for one in (LeadStatus, VobStatus, Response)
    )
    for lead in leads:
        yield format_html(
            _ROW,
            format_html(_BOX, lead.pk, lead.reference) if with_boxes else "",
            address,
            lead.pk,
            lead.reference,
            format_html_join("", ' <strong class="desk-flag">{}</strong>', _flags(lead)),
            lead.first_name,
            lead.last_name,
            statuses[lead.status],
            checks[lead.vob_status],
            names["track"].get(lead.track_id, "–"),
            names["payer"].get(lead.payer_id, "–"),
            owners.get(lead.owner_id, "–"),
            lead.received_at.isoformat(),
            age(lead.received_at),
            _moment(lead.next_follow_up_at),
            responses.get(lead.response) or _waiting(lead, now),
        )


def _flags(lead: Lead) -> Iterator[tuple[str]]:
    if lead.is_minor:
        yield (_("Under 18"),)
    if lead.held_since is not None:
        yield (_("Held"),)
    if not safe_contact.may_contact(lead).allowed:
        yield (_("Do not contact"),)
    if lead.erased_at is not None:
        yield (_("Erased"),)
    if lead.is_demo:
        yield (_("Demo"),)


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "M j, g:i a") if at else "–"


def _waiting(lead: Lead, now: datetime) -> str:
    if lead.call_due_at is None:
        return "–"
    return _("Overdue") if lead.call_due_at <= now else _("Waiting")
