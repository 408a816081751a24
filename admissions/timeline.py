"""Everything that happened to a lead, newest first, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import enums, slots
from admissions.models import ContactAttempt, Lead, LeadEvent, LeadNote

Names = dict[int, str]  # of users, by id
_FIELDS = {field.name: field for field in Lead._meta.fields}

_LOOKS = (enums.EventKind.VIEWED, enums.EventKind.CARD_VIEWED)


_WHY = {
    "NotAllowed": gettext_lazy("not in their role"),
    "StaleVersion": gettext_lazy("somebody else was faster"),
    "AgainstWishes": gettext_lazy("against the person's wishes"),
    "TransitionRefused": gettext_lazy("not possible now"),
    "WorkflowError": gettext_lazy("not possible so"),
}
MOST = 50  # events on one page of a timeline
_NOTICES = 200  # to a family; more of them than anybody was ever sent


@dataclass(frozen=True)
class Entry:
    """One line of the timeline; `text` is what somebody wrote with it.

    `sequence` is its place in the audit (0: a notice, which has none), `reference` that of a merged
    lead on which it happened.
    """

    at: datetime
    who: str
    what: str
    detail: str = ""
    text: str = ""
    sequence: int = 0
    reference: str = ""
    kind: str = ""


class Timeline(list[Entry]):
    """Entries, newest first; `older` is what to ask for `before` to read on, `newest` the last."""

    older: int | None = None
    newest: int = 0


def timeline(lead: Lead, *, before: int | None = None, most: int = MOST) -> Timeline:
    """Return what happened to a lead and to those merged into it; six queries, whatever the length.

    At most `most` events, those with a sequence below `before`, with the notes they speak of, and
    what was sent to the family meanwhile: that it was, never what it said. Who only looked is in
    the audit, not here, where it would bury what was done.
    """
    merged = dict(lead.merged_leads.values_list("pk", "reference"))
    about = LeadEvent.objects.filter(lead__in=[lead.pk, *merged]).exclude(kind__in=_LOOKS)
    if before is not None:
        about = about.filter(sequence__lt=before)
    events = list(about.order_by("-sequence")[: most + 1])
    page = Timeline()
    if len(events) > most:
        events.pop()
        page.older = events[-1].sequence
    written = {
        "attempt": _texts(ContactAttempt, "note", events, "attempt"),
        "note": _texts(LeadNote, "text", events, "note"),
    }
    people = {pk for event in events for pk in _owners(event.data)}
    owners = {user.pk: str(user) for user in User.objects.filter(pk__in=people)}
    page += [_entry(event, written, owners, merged) for event in events]
    page.newest = events[0].sequence if events else 0
    since = page[-1].at if page.older else None
    until = page[0].at if before is not None and page else None
    page += _notices(lead, since, until)
    page.sort(key=lambda entry: entry.at, reverse=True)
    return page


def _texts(model: Any, field: str, events: Iterable[LeadEvent], name: str) -> dict[int, str]:
    """Return what was written with the events that name a row of a model, by the row's id."""
    ids = [event.data[name] for event in events if name in event.data]
    return {one.pk: getattr(one, field) for one in model.objects.filter(pk__in=ids).only(field)}


def _notices(lead: Lead, since: datetime | None, until: datetime | None) -> list[Entry]:
    """Return what the family was sent, or was not, between two moments."""
    sent = lead.notices.filter(audience=enums.Audience.FAMILY).order_by("-created_at")
    if since is not None:
        sent = sent.filter(created_at__gte=since)
    if until is not None:
        sent = sent.filter(created_at__lte=until)
    return [
        Entry(
            at=one.sent_at or one.created_at,
            who="",
            what=_("Message to the family"),
            detail=f"{one.get_kind_display()} · {one.get_state_display()}",
            text=one.last_error if one.state != enums.OutboxState.SENT else "",
        )
        for one in sent[:_NOTICES]
    ]


def _entry(
    event: LeadEvent, written: dict[str, dict[int, str]], owners: Names, merged: dict[int, str]
) -> Entry:
    data: dict[str, Any] = event.data
    text = ""
    for name, texts in written.items():
        if name in data:
            text = texts.get(data[name], "")
    return Entry(
        event.at,
        event.actor,
        event.get_kind_display(),
        _detail(data, owners),
        text,
        event.sequence,
        merged.get(event.lead_id or 0, ""),
        event.kind,
    )


def _detail(data: dict[str, Any], owners: Names) -> str:
    parts = []
    if "status" in data:
        before, after = (enums.LeadStatus(value).label for value in data["status"])
        parts.append(f"{before} → {after}")
    if data.get("vob_status") and data["vob_status"][0] != data["vob_status"][1]:
        before, after = (enums.VobStatus(value).label for value in data["vob_status"])
        parts.append(f"{before} → {after}")
    if data.get("verifier", [0, 0])[1] is None:
        parts.append(_("given back"))
    if "how" in data and "consultation" not in data:
        parts.append(str(enums.Delivery(data["how"]).label))
    if "channel" in data:
        parts.append(
            f"{enums.AttemptChannel(data['channel']).label}: "
            f"{enums.AttemptResult(data['result']).label}"
        )
    if "against" in data:
        parts.append(
            _("AGAINST THEIR WISHES: %(wish)s") % {"wish": enums.Wish(data["against"]).label}
        )
    if "next" in data:
        parts.append(_next(data["next"]))
    if "fields" in data:
        parts.append(", ".join(map(_label, data["fields"])))
    if "with" in data:
        parts.append(_("with %(reference)s") % {"reference": data["with"]})
    if data.get("stayed"):
        left = ", ".join(map(_label, data["stayed"]))
        parts.append(_("changed since, and left so: %(fields)s") % {"fields": left})
    if "given" in data:
        parts.append(enums.Disclosed.in_words(data["given"]))
        parts.append(str(enums.DisclosureBasis(data["basis"]).label))
    if "because" in data:
        parts.append(str(enums.ErasureReason(data["because"]).label))
    if "told_by" in data:
        parts.append(_allowed(data))
    if "act" in data:
        parts.append(f"{data['act']} ({_WHY.get(data['why'], data['why'])})")
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
    if data.get("suspicions"):
        parts.append("; ".join(str(enums.Suspicion(one).label) for one in data["suspicions"]))
    if "wordings" in data:
        parts.append(", ".join(data["wordings"]))
    parts.append(" → ".join(owners.get(pk, "–") for pk in _owners(data)))
    return " · ".join(part for part in map(str, parts) if part)


def _owners(data: dict[str, Any]) -> list[int]:
    """Return from whom a lead went to whom (0: nobody); without the first where nobody had it."""
    owner = data.get("owner")
    before, after = owner if isinstance(owner, list) else (None, owner)
    return [before, after or 0] if before else [after] if after else []


def _of_consultation(data: dict[str, Any]) -> list[Any]:
    """Return from when to when it was moved or what became of it, and how they meet."""
    times = [slots.in_words(datetime.fromisoformat(text)) for text in data.get("starts_at", [])]
    states = [enums.ConsultationState(value).label for value in data.get("state", [])]
    return [
        " → ".join(times),
        " → ".join(map(str, states)),
        enums.ConsultationChannel(data["how"]).label,
    ]


def _next(at: str | None) -> str:
    if at is None:
        return _("no next step, knowingly")
    return _("next: %(when)s") % {"when": slots.in_words(datetime.fromisoformat(at))}


def _allowed(data: dict[str, Any]) -> str:
    """Return what staff allowed for the person, and how they were told so."""
    said = {
        "what": ", ".join(map(_label, data["allowed"])),
        "how": enums.LeadSource(data["told_by"]).label,
    }
    return _("now allowed, as they said (%(how)s): %(what)s") % said


def _label(name: str) -> str:
    """Return what a field is called that an event names."""
    field = _FIELDS.get(name)
    return str(field.verbose_name) if field else name.replace("_", " ")
