"""Two leads that are one person become one.

Everything that hangs on the merged lead is re-hung on the one that is kept; the merged one is
closed as a duplicate that points to it (`admissions.merge_undo` takes them apart). Its family keeps
its codes and links. But what an access shows is what its holder proved, and that was the merged
lead: on the kept one it shows, as for everybody who joined by a phone number, that their own words
arrived, and nothing of anybody else's.

Events are sealed with the lead they were written for and stay there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from admissions import audit, duplicates, merge_choices, triage
from admissions.enums import CloseReason, EventKind, LeadStatus, Response
from admissions.exceptions import WorkflowError
from admissions.merge_choices import BOTH, KEPT, UNITS, joined
from admissions.models import (
    Consent,
    Consultation,
    ContactAttempt,
    Disclosure,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadMerge,
    LeadNote,
    OutboundReferral,
    OutboxMessage,
    SearchToken,
    SelfPayEstimate,
    SignedConsent,
    StatusAccess,
    VerificationResult,
)

# What hangs on a lead and goes along, card photos with their form.
HUNG: tuple[type[models.Model], ...] = (
    StatusAccess,
    Inquiry,
    InsuranceVerification,
    VerificationResult,
    SelfPayEstimate,
    Consultation,
    ContactAttempt,
    LeadNote,
    Consent,
    OutboundReferral,
    Disclosure,
    SignedConsent,
    OutboxMessage,
)
# Leads that point to the merged one point to the kept one from then on.
POINTERS = ("possible_duplicate_of", "previous_episode", "merged_into")
FIELDS = [
    field
    for field in Lead._meta.concrete_fields
    if not field.generated and field.name not in ("id", "reference", "version")
]


def merge(
    *,
    kept: Lead,
    merged: Lead,
    choices: Mapping[str, str],
    by: User,
    versions: Mapping[int, int],
) -> LeadMerge:
    """Make one lead of two and return the merge.

    `choices` say for a unit of `merge_choices.UNITS` whose value is kept; those not named are as
    `merge_choices.proposed`. `versions` are those of both leads (by id) that were on the screen.
    Raises WorkflowError where the two cannot be merged (`why_not`), or where their joined values
    would not allow the status. Events: MERGED on both.
    """
    with transaction.atomic():
        if kept.pk == merged.pk:
            raise WorkflowError(_("A lead cannot be merged into itself."))
        kept, merged = both_locked(kept, merged, by, versions)
        refusal = why_not(kept, merged)
        if refusal:
            raise WorkflowError(refusal)
        since = audit.lock_chain().sequence
        before = {"kept": snapshot(kept), "merged": snapshot(merged)}
        status = kept.status
        taken = _choose(kept, merged, choices)
        _join(kept, merged)
        moved = {"since": since, **_rehang(merged, kept)}
        if {"status", "vob_status", "estimate_requested_at"} & set(taken):
            _check_status(kept)
        was = merged.status
        merged.status, merged.status_changed_at = LeadStatus.CLOSED, timezone.now()
        merged.close_reason, merged.merged_into = CloseReason.DUPLICATE, kept
        merged.next_follow_up_at, merged.no_next_step = None, False
        after = {"kept": snapshot(kept), "merged": snapshot(merged)}
        done = LeadMerge.objects.create(
            kept=kept,
            merged=merged,
            by=by,
            taken=taken,
            moved=moved,
            before={**before, "after": after},
        )
        said = {"merge": done.pk, "fields": taken}
        for lead, other, old in ((kept, merged, status), (merged, kept, was)):
            data = {**said, "with": other.reference, **status_change(old, lead.status)}
            triage.saved(lead, EventKind.MERGED, by, data)
        return done


def why_not(kept: Lead, merged: Lead) -> str:
    """Return why the two cannot be merged, in words for staff; nothing where they can."""
    for lead in (kept, merged):
        if lead.merged_into_id is not None:
            return _("%(reference)s was merged into another lead already.") % _name(lead)
        if lead.quarantined_at is not None:
            return _(
                "%(reference)s is held as suspected spam, or was closed as that. Release it, or "
                "open it again, before you merge it."
            ) % _name(lead)
    if kept.is_demo != merged.is_demo:
        return _("One of them is demo data: they cannot be one person.")
    if merged.status == LeadStatus.ADMITTED:
        return _("%(reference)s is admitted. Keep that lead, and merge the other into it.") % (
            _name(merged)
        )
    if all(_has_time_of_its_own(lead) for lead in (kept, merged)):
        return _("Both have a consultation to come. Ask them which one holds, cancel the other.")
    return ""


def counts(lead: Lead) -> list[tuple[str, int]]:
    """Return how many of each kind hang on a lead and would go along; a fixed set of queries."""
    return [
        (
            _("references families hold")
            if model is StatusAccess
            else str(model._meta.verbose_name_plural),
            model._default_manager.filter(lead=lead).count(),
        )
        for model in HUNG
    ]


@dataclass(frozen=True)
class Panel:
    """What a lead's page says about merging."""

    into: LeadMerge | None  # by which it became part of another
    merges: list[LeadMerge]  # by which others became part of it
    offered: bool  # whether it may be compared with another
    others: list[Lead]  # that may be the same person


def panel(lead: Lead) -> Panel:
    """Return what the page of a lead says about merging; at most 3 queries."""
    known = LeadMerge.objects.defer("before").filter(undone_at=None)
    known = known.select_related("kept", "merged", "by")
    merges = list(known.filter(kept=lead))
    if lead.merged_into_id is not None:
        return Panel(known.filter(merged=lead).first(), merges, False, [])
    if lead.is_suspect:
        return Panel(None, merges, False, [])
    near = Q(pk=lead.possible_duplicate_of_id) | Q(possible_duplicate_of=lead)
    others = {one.pk: one for one in Lead.objects.filter(near, merged_into=None)[:20]}
    others |= {one.pk: one for one in duplicates.all_sharing_contact(lead)}
    return Panel(None, merges, True, list(others.values()))


def _name(lead: Lead) -> dict[str, str]:
    return {"reference": lead.reference}


def status_change(before: str, after: str) -> dict[str, list[str]]:
    """Return what an event says of a status that changed; nothing where it did not."""
    return {} if before == after else {"status": [str(before), str(after)]}


def both_locked(
    kept: Lead, merged: Lead, by: User, versions: Mapping[int, int] | None = None
) -> tuple[Lead, Lead]:
    """Return both leads as they are now, locked one after the other in the order of their ids."""
    in_order = sorted((kept, merged), key=lambda one: one.pk)
    held = {
        one.pk: triage.locked(one, by, None if versions is None else versions.get(one.pk, 0))
        for one in in_order
    }
    return held[kept.pk], held[merged.pk]


def _has_time_of_its_own(lead: Lead) -> bool:
    """Return whether who opened the lead, or staff for them, booked a time to come."""
    own = Q(access=None) | Q(access__opened_lead=True)
    to_come = Consultation.objects.upcoming().filter(own, lead=lead)  # type: ignore[attr-defined]
    return bool(to_come.exists())


def snapshot(lead: Lead) -> dict[str, Any]:
    """Return the lead's stored values as text, exactly (a field's `to_python` reads it)."""
    return {
        field.attname: None
        if field.value_from_object(lead) is None
        else field.value_to_string(lead)
        for field in FIELDS
    }


def _choose(kept: Lead, merged: Lead, choices: Mapping[str, str]) -> list[str]:
    """Put what was chosen on `kept` (unsaved); return the units in which it is not its own."""
    chosen = {
        unit: choices.get(unit) or merge_choices.proposed(kept, merged, unit) for unit in UNITS
    }
    if any(side not in merge_choices.options(kept, merged, unit) for unit, side in chosen.items()):
        raise WorkflowError(_("Choose for each field which of the values shown is kept."))
    for unit, side in chosen.items():
        if side == BOTH:
            kept.do_not_speak_to = joined(kept.do_not_speak_to, merged.do_not_speak_to)
        elif side != KEPT:
            for name in merge_choices.columns(unit):
                setattr(kept, name, getattr(merged, name))
    return [unit for unit, side in chosen.items() if side != KEPT]


def _check_status(kept: Lead) -> None:
    missing = triage.missing_for(kept, LeadStatus(kept.status))
    if missing:
        raise WorkflowError(
            _("With these choices the lead cannot be “%(status)s”. %(missing)s")
            % {"status": kept.get_status_display(), "missing": missing}
        )


def _join(kept: Lead, merged: Lead) -> None:
    """Put on `kept` (unsaved, its status chosen) what follows from both and nobody chooses."""
    both = (kept, merged)
    steps = [one.next_follow_up_at for one in both]
    promised = [one.call_due_at for one in both]  # to whom nobody talked yet
    adrift = any(one.adrift_since for one in both)
    first = min(both, key=lambda one: one.received_at)
    promise = first.respond_by or _earliest(kept.respond_by, merged.respond_by)
    kept.received_at, kept.respond_by = first.received_at, promise
    for name in ("first_attempt_at", "first_contact_at", *ASKED_OF_US):
        setattr(kept, name, _earliest(getattr(kept, name), getattr(merged, name)))
    kept.attempts += merged.attempts
    kept.response = response(kept)
    knowingly = any(one.no_next_step for one in both) and not adrift
    step = _earliest(*steps, *(promised if kept.first_attempt_at else ()))
    kept.next_follow_up_at = step if kept.is_open else None
    kept.no_next_step = knowingly and step is None and kept.is_open
    for name in ("possible_duplicate_of_id", "previous_episode_id"):
        ids = [getattr(kept, name), getattr(merged, name)]
        setattr(kept, name, next((pk for pk in ids if pk not in (None, kept.pk, merged.pk)), None))


# What the family asked of us, or a court: it holds for both.
ASKED_OF_US = ("contact_withdrawn_at", "deletion_requested_at", "legal_hold_at")


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)


def response(lead: Lead) -> str:
    """Return how the first attempt kept the promise, by the lead's own clocks."""
    if lead.first_attempt_at is None:
        return ""
    in_time = lead.respond_by is None or lead.first_attempt_at <= lead.respond_by
    return Response.IN_TIME if in_time else Response.LATE


def _rehang(merged: Lead, kept: Lead) -> dict[str, list[int]]:
    """Hang everything of `merged` on `kept`; return the ids of what was moved, by kind."""
    moved = {"tokens": _ids(SearchToken.objects.filter(lead=kept))}
    opened = StatusAccess.objects.filter(lead=merged, opened_lead=True).order_by("pk")
    moved["opened"] = _ids(opened)
    if moved["opened"]:
        # What staff booked for them is theirs, and shown to nobody else.
        booked = Consultation.objects.filter(lead=merged, access=None)
        moved["given_access"] = _ids(booked)
        booked.update(access=moved["opened"][0])
    opened.update(opened_lead=False)
    for model in HUNG:
        rows = model._default_manager.filter(lead=merged)
        moved[model._meta.model_name or ""] = _ids(rows)
        rows.update(lead=kept)
    for name in POINTERS:
        pointing = Lead.objects.filter(**{name: merged}).exclude(pk=kept.pk)
        moved[name] = _ids(pointing)
        pointing.update(**{name: kept})
    SearchToken.objects.bulk_create(
        [SearchToken(lead=kept, token=one.token) for one in merged.search_tokens.all()],
        ignore_conflicts=True,
    )
    return moved


def _ids(rows: models.QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
