"""Everything that happened to a lead, newest first, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from admissions import enums, slots
from admissions.models import Lead, LeadEvent

_LOOKS = (enums.EventKind.VIEWED, enums.EventKind.CARD_VIEWED)


@dataclass(frozen=True)
class Entry:
    """One line of the timeline; `text` is what somebody wrote with it."""

    at: datetime
    who: str
    what: str
    detail: str = ""
    text: str = ""


def timeline(lead: Lead) -> list[Entry]:
    """Return the lead's events with the notes they speak of; four queries, whatever the length.

    Who only looked is in the audit, not here, where it would bury what was done.
    """
    events = list(lead.events.exclude(kind__in=_LOOKS))  # type: ignore[attr-defined]
    written = {
        "attempt": {one.pk: one.note for one in lead.contact_attempts.all()},
        "note": {one.pk: one.text for one in lead.notes.all()},
    }
    owners = {
        str(user.pk): str(user)
        for user in User.objects.filter(
            pk__in=[
                event.data["owner"] for event in events if event.kind == enums.EventKind.CLAIMED
            ]
        )
    }
    return [_entry(event, written, owners) for event in events]


def _entry(event: LeadEvent, written: dict[str, dict[int, str]], owners: dict[str, str]) -> Entry:
    data: dict[str, Any] = event.data
    text = ""
    for name, texts in written.items():
        if name in data:
            text = texts.get(data[name], "")
    return Entry(event.at, event.actor, event.get_kind_display(), _detail(data, owners), text)


def _detail(data: dict[str, Any], owners: dict[str, str]) -> str:
    parts = []
    if "status" in data:
        before, after = (enums.LeadStatus(value).label for value in data["status"])
        parts.append(f"{before} → {after}")
    if data.get("vob_status") and data["vob_status"][0] != data["vob_status"][1]:
        before, after = (enums.VobStatus(value).label for value in data["vob_status"])
        parts.append(f"{before} → {after}")
    if "channel" in data:
        parts.append(
            f"{enums.Channel(data['channel']).label}: {enums.AttemptResult(data['result']).label}"
        )
    if "consultation" in data:
        parts += _of_consultation(data)
    if "notice_kind" in data:
        parts.append(str(enums.NoticeKind(data["notice_kind"]).label))
    if data.get("reason"):
        parts.append(str(enums.CloseReason(data["reason"]).label))
    if data.get("joined"):
        parts.append(_("joined the lead that was open"))
    if data.get("proven") is False:
        parts.append(_("by who knows the phone or e-mail; perhaps somebody else"))
    if data.get("candidates", 0) > 1:
        parts.append(_("several leads share this phone or e-mail: please check"))
    if data.get("suspicions"):
        parts.append("; ".join(str(enums.Suspicion(one).label) for one in data["suspicions"]))
    if "wordings" in data:
        parts.append(", ".join(data["wordings"]))
    if isinstance(data.get("owner"), int):
        parts.append(owners.get(str(data["owner"]), ""))
    return " · ".join(part for part in map(str, parts) if part)


def _of_consultation(data: dict[str, Any]) -> list[Any]:
    """Return from when to when it was moved or what became of it, and how they meet."""
    times = [slots.in_words(datetime.fromisoformat(text)) for text in data.get("starts_at", [])]
    states = [enums.ConsultationState(value).label for value in data.get("state", [])]
    return [
        " → ".join(times),
        " → ".join(map(str, states)),
        enums.ConsultationChannel(data["how"]).label,
    ]
