"""Where a submission comes to rest: on the lead of who sends it, or on one of its own.

Who was handed a reference before goes on with its lead; who is told to be the same person joins the
open one, and whatever is held as spam has a lead that nobody joins. Each is handed an access of
their own: what they know of a lead by it is what they proved.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from admissions import audit, duplicates, languages, search
from admissions.enums import MINOR_BANDS, EventKind, LeadSource, Suspicion
from admissions.models import Lead, StatusAccess
from admissions.office_hours import Schedule
from admissions.references import new_code, new_reference
from programs.models import Track

Answers = Mapping[str, Any]

# Answers of a form that the lead keeps under the same name.
LEAD_FIELDS = (
    "role",
    "first_name",
    "last_name",
    "phone",
    "email",
    "organization",
    "job_title",
    "preferred_channel",
    "good_times",
    "voicemail_ok",
    "text_ok",
    "email_ok",
    "may_say_who",
    "do_not_speak_to",
    "language",
    "needs_interpreter",
    "access_needs",
    "patient_name",
    "relationship",
    "patient_knows",
    "age_band",
    "coverage_kind",
)
_ADDRESSES = ("phone", "email")
_NAMES = ("first_name", "last_name", "patient_name")
# What a person allows: a later submission can take it back by itself, only staff widen it again,
# since a phone number alone does not prove who is writing.
PERMISSIONS = ("voicemail_ok", "text_ok", "email_ok", "may_say_who")


@dataclass(frozen=True)
class Sender:
    """Who sends a form: what they were handed before, and what speaks against them.

    `access` continues what was sent before, so that nothing is asked twice. A submission with
    `suspicions` is held in quarantine on a lead of its own, told to nobody but the desk's queue.
    """

    access: StatusAccess | None = None
    suspicions: Sequence[Suspicion] = ()
    by: audit.Actor = audit.VISITOR


@dataclass(frozen=True)
class Arrival:
    """Where a submission has come to rest."""

    lead: Lead
    access: StatusAccess
    joined: bool


def arrive(
    model: Any, key: uuid.UUID, answers: Answers, sender: Sender, source: LeadSource
) -> Arrival:
    """Return the lead that a submission belongs to, joined or opened, and the sender's access."""
    earlier = model.objects.filter(idempotency_key=key).select_related("access").first()
    access = (earlier.access if earlier else None) or sender.access
    if access is not None:
        lead = access.held_lead()
        if lead.is_open:
            lead = _join(lead, answers, proven=access.opened_lead)
            return Arrival(lead, access, joined=True)
        # It was closed meanwhile: a new episode, of which we know what they told us in the old one.
        answers = {**known(lead, access), **_given(answers)}
        match = duplicates.Match(earlier=lead)
    elif sender.suspicions:
        match = duplicates.Match()
    else:
        match = duplicates.match(answers)
        if match.same is not None:
            lead = _join(match.same, answers, proven=False)
            return Arrival(lead, _hand_out(lead, opened_lead=False), joined=True)
    lead = _open_lead(answers, source, match, sender.suspicions)
    if lead.quarantined_at is not None:
        audit.record(
            lead=lead,
            kind=EventKind.QUARANTINED,
            by=audit.SYSTEM,
            data={"suspicions": lead.suspicions},
        )
    return Arrival(lead, _hand_out(lead, opened_lead=True), joined=False)


def known(lead: Lead, access: StatusAccess) -> Answers:
    """Return all that stands on a lead to who opened it, to others their own words alone."""
    if access.opened_lead:
        return {name: getattr(lead, name) for name in LEAD_FIELDS}
    return told_through(access)


def _given(answers: Answers) -> dict[str, Any]:
    """Return the answers that were not left blank; a box that was not ticked is an answer."""
    return {name: value for name, value in answers.items() if value not in ("", None)}


def _hand_out(lead: Lead, *, opened_lead: bool) -> StatusAccess:
    return StatusAccess.objects.create(
        lead=lead,
        reference=lead.reference if opened_lead else new_reference(),
        code=new_code(),
        opened_lead=opened_lead,
    )


def _open_lead(
    answers: Answers, source: LeadSource, match: duplicates.Match, suspicions: Sequence[Suspicion]
) -> Lead:
    now = timezone.now()
    lead = Lead.objects.create(
        reference=new_reference(),
        source=source,
        track=_track(answers),
        language_code=languages.code_of(str(answers.get("language") or "")),
        received_at=now,
        respond_by=Schedule.load().deadline(now, settings.FIRST_ATTEMPT_PROMISE_MINUTES),
        previous_episode=match.earlier,
        possible_duplicate_of=match.doubtful,
        quarantined_at=now if suspicions else None,
        suspicions=[str(one) for one in suspicions],
        **{name: answers[name] for name in LEAD_FIELDS if name in answers},
    )
    search.index_lead(lead, keys_of(answers))
    return lead


def _track(answers: Answers) -> Track | None:
    return Track.objects.filter(slug=answers.get("track") or "-").first()


def keys_of(answers: Answers, lead: Lead | None = None) -> list[search.Key]:
    """Return the keys by which a lead with these answers, or with fields of these names, is found.

    With the names that stand on `lead` already: words from both are looked for together.
    """
    names = [str(answers.get(name) or "") for name in _NAMES]
    names += [getattr(lead, name) for name in _NAMES if lead is not None]
    found = search.keys_of(
        phone=str(answers.get("phone") or ""),
        email=str(answers.get("email") or ""),
        names=names,
        member_id=str(answers.get("member_id") or ""),
    )
    return found + duplicates.patient_keys(answers)


def _join(lead: Lead, answers: Answers, *, proven: bool) -> Lead:
    """Add what a further submission says to an open lead; nothing that stands is overwritten.

    Blank fields are filled, permissions only narrow, and the lead comes up for a call again. Where
    to reach them is filled in only by who has `proven` that the lead is theirs: whoever knows a
    name and a phone number must not have our answers sent to themselves. Staff find it under what
    was sent.
    """
    for name in LEAD_FIELDS:
        if name in _ADDRESSES and not proven:
            continue
        given = answers.get(name)
        if name in PERMISSIONS:
            if name in answers:
                setattr(lead, name, getattr(lead, name) and bool(given))
        elif given and not getattr(lead, name):
            setattr(lead, name, given)
    if answers.get("age_band") in MINOR_BANDS:
        lead.age_band = answers["age_band"]  # whoever may be under 18 is treated so
    avoid = str(answers.get("do_not_speak_to") or "")
    if avoid and avoid not in lead.do_not_speak_to:
        lead.do_not_speak_to = f"{lead.do_not_speak_to}; {avoid}"
    lead.track = lead.track or _track(answers)
    lead.language_code = languages.code_of(lead.language)
    comes_up(lead)
    search.index_lead(lead, keys_of(answers, lead))
    return lead


def comes_up(lead: Lead) -> None:
    """Bring `lead` (unsaved) up for somebody to look at now."""
    lead.version += 1
    if lead.is_open:
        lead.next_follow_up_at = timezone.now()


def told_through(access: StatusAccess) -> dict[str, Any]:
    """Return what was sent with an access, the later answer to a question before the earlier."""
    sent = [*access.inquiry_set.all(), *access.insuranceverification_set.all()]
    told: dict[str, Any] = {}
    for submission in sorted(sent, key=lambda one: one.received_at):
        told |= _given(submission.answers)
    if told.get("patient_legal_name"):
        told["patient_name"] = told["patient_legal_name"]
    return told
