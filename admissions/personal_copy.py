"""A person's own copy of what we hold about them, to read and for machines (45 CFR 164.524).

One copy is for one person. Who reached out gets what they told us. The patient, where that is
somebody else, gets what we found out and did about them, never who told us of them, since that was
told in confidence (45 CFR 164.524(a)(2)(v)). Our own notes go to who wrote for themselves and alone
knows the code: where somebody else wrote too, a note may hold that person's words. What other
people sent is never in it. How it is decided: docs/decisions.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import audit, part2, sheet
from admissions.enums import Audience, EventKind, InquirerRole, OutboxState
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.forms.verification import ResultForm, in_rows
from admissions.forms.words import dollars
from admissions.models import CardPhoto, Lead, LeadMerge, StatusAccess
from iop_site.roles import MANAGER, has_role


class Whose(TextChoices):
    """For whom a copy is; of somebody who wrote for themselves it is one person."""

    CONTACT = "contact", gettext_lazy("The person who reached out to us")
    PATIENT = "patient", gettext_lazy("The patient, for whom somebody else reached out")


Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Entry:
    """One thing that is on record: what, when, and what it says."""

    what: str
    at: str
    facts: Facts


@dataclass(frozen=True)
class Section:
    title: str
    entries: list[Entry]


@dataclass(frozen=True)
class Copy:
    """What a person is given; `photos` are those of their insurance card."""

    reference: str
    made_at: str
    notice: str
    sections: list[Section]
    photos: list[CardPhoto]

    def as_data(self) -> dict[str, Any]:
        """Return the copy as JSON can hold it, the photos as base64 JPEG."""
        photos = [
            {
                "side": one.side,
                "received": one.received_at.isoformat(),
                "jpeg": base64.b64encode(one.image).decode(),
            }
            for one in self.photos
        ]
        return {
            "reference": self.reference,
            "made": self.made_at,
            "notice": self.notice,
            "sections": [asdict(one) for one in self.sections],
            "card_photos": photos,
        }


@dataclass(frozen=True)
class _Asked:
    """Whose copy it is, of what, and how much of it is theirs."""

    lead: Lead
    told_us: bool  # they reached out
    is_patient: bool
    own: set[int]  # the accesses that are theirs
    unshared: bool  # nobody else sent anything that is on this lead

    @property
    def alone(self) -> bool:
        """Return whether they wrote for themselves, and nobody else wrote."""
        return self.told_us and self.is_patient and self.unshared


def make(*, lead: Lead, whose: Whose, form: str, by: User) -> Copy:
    """Return a copy of a lead's data for one person; `form` is "page" or "json", for the record.

    Managers only. Event: COPY_MADE. About twenty queries.
    """
    if not has_role(by, MANAGER):
        raise NotAllowed(_("Only a manager makes a copy of somebody's data."))
    for_themselves = lead.role == InquirerRole.SELF
    if lead.erased_at is not None or (for_themselves and whose == Whose.PATIENT):
        raise WorkflowError(_("There is nothing to copy: it is erased, or they are one person."))
    own = _own(lead)
    asked = _Asked(
        lead,
        told_us=whose == Whose.CONTACT,
        is_patient=for_themselves or whose == Whose.PATIENT,
        own=own,
        unshared=not others(lead, own),
    )
    sections = [Section(title, list(entries(asked))) for title, entries in _sections()]
    copy = Copy(
        lead.reference,
        _when(timezone.now()),
        str(part2.NOTICE),
        [one for one in sections if one.entries],
        list(CardPhoto.objects.filter(form__lead=lead, form__access__in=own))
        if asked.told_us
        else [],
    )
    data = {"whose": str(whose), "form": form}
    audit.record_alone(lead=lead, kind=EventKind.COPY_MADE, by=by, data=data)
    return copy


def others(lead: Lead, own: set[int] | None = None) -> int:
    """Return how many wrote on this lead who did not prove to be the one who opened it."""
    own = _own(lead) if own is None else own
    return StatusAccess.objects.filter(lead=lead).exclude(pk__in=own).count()


def _own(lead: Lead) -> set[int]:
    """Return the accesses of who opened the lead, or one that staff merged into it as theirs."""
    opened = set(lead.accesses.filter(opened_lead=True).values_list("pk", flat=True))
    merges = LeadMerge.objects.filter(kept=lead, undone_at=None).values_list("moved", flat=True)
    return opened.union(*(moved["opened"] for moved in merges))


def _sections() -> Iterable[tuple[str, Callable[[_Asked], Iterable[Entry]]]]:
    return (
        (_("How you can be reached, and what stands on record about you"), _contact),
        (_("What you sent us"), _sent),
        (_("What you agreed to"), _consents),
        (_("Appointments"), _appointments),
        (_("Messages we sent you"), _messages),
        (_("What your insurance plan told us"), _results),
        (_("Written estimates"), _estimates),
        (_("Where we referred you to"), _referrals),
        (_("What you signed that we may give to others"), _signed),
        (_("To whom we gave something about you"), _disclosures),
        (_("When we tried to reach you"), _attempts),
        (_("What we wrote down"), _notes),
    )


_TOLD = """first_name last_name phone email organization job_title preferred_channel good_times
    voicemail_ok text_ok email_ok may_say_who do_not_speak_to language needs_interpreter
    access_needs role relationship patient_name patient_knows age_band track coverage_kind
    payer""".split()
_OURS = "status close_reason referred_to vob_status".split()


def _contact(asked: _Asked) -> Iterable[Entry]:
    """Yield the lead's own columns, unless others may have written to them."""
    names = [
        *(_TOLD if asked.told_us and asked.unshared else ()),
        *(_OURS if asked.alone else ()),
    ]
    facts = [(_label(asked.lead, name), _value(asked.lead, name)) for name in names]
    if facts := [one for one in facts if one[1]]:
        yield Entry(_("Your request"), _when(asked.lead.received_at), facts)


def _label(lead: Lead, name: str) -> str:
    return str(lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _value(lead: Lead, name: str) -> str:
    display = getattr(lead, f"get_{name}_display", None)
    value = display() if display else getattr(lead, name)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return _when(value) if isinstance(value, datetime) else str(value or "")


def _sent(asked: _Asked) -> Iterable[Entry]:
    if asked.told_us:
        for one in sheet.asked_and_answered(asked.lead, revealed=True, sent_by=asked.own):
            yield Entry(one.title, _when(one.received_at), one.rows)


def _consents(asked: _Asked) -> Iterable[Entry]:
    if asked.told_us:
        for one in asked.lead.consents.filter(access__in=asked.own).select_related("wording"):
            facts = [(_("Words"), one.wording.label), (_("How"), one.get_channel_display())]
            if one.withdrawn_at is not None:
                facts.append((_("Taken back"), _when(one.withdrawn_at)))
            yield Entry(one.wording.get_topic_display(), _when(one.given_at), facts)


def _appointments(asked: _Asked) -> Iterable[Entry]:
    if asked.told_us:
        mine = Q(access__in=asked.own) | Q(access=None)
        for one in asked.lead.consultations.filter(mine):
            facts = [(_("How"), one.get_channel_display())]
            yield Entry(one.get_state_display(), _when(one.starts_at), facts)


def _messages(asked: _Asked) -> Iterable[Entry]:
    if asked.told_us:
        mine = Q(access__in=asked.own) | Q(access=None)
        sent = asked.lead.notices.filter(mine, audience=Audience.FAMILY, state=OutboxState.SENT)
        for one in sent:
            yield Entry(one.get_kind_display(), _when(one.sent_at or one.created_at), [])


def _results(asked: _Asked) -> Iterable[Entry]:
    if asked.is_patient:
        found = asked.lead.verification_results.select_related("payer")
        if asked.told_us:  # not what was found out by the form that somebody else sent
            found = found.filter(Q(form=None) | Q(form__access__in=asked.own))
        written = [str(ResultForm.base_fields[name].label) for name in ("notes", "needed")]
        for one in found:
            rows = [row for row in in_rows(one) if asked.alone or row[0] not in written]
            yield Entry(one.get_outcome_display(), _when(one.at), rows)


def _estimates(asked: _Asked) -> Iterable[Entry]:
    if asked.is_patient:
        for one in asked.lead.estimates.all():
            details = one.details
            facts = [(line["what"], dollars(line["charge"])) for line in details.get("lines", ())]
            facts.append((_("Total"), dollars(details.get("total", "0"))))
            if one.delivered_at is not None:
                facts.append((_("Given to you"), _when(one.delivered_at)))
            yield Entry(details.get("service", ""), _when(one.made_at), facts)


def _referrals(asked: _Asked) -> Iterable[Entry]:
    if asked.is_patient:
        for one in asked.lead.outbound_referrals.select_related("source", "level_of_care"):
            facts = [(_("Level of care"), str(one.level_of_care or "")), (_("Note"), one.note)]
            shown = facts if asked.alone else facts[:1]
            yield Entry(one.where, _when(one.at), [fact for fact in shown if fact[1]])


def _signed(asked: _Asked) -> Iterable[Entry]:
    if asked.is_patient:
        for one in asked.lead.signed_consents.all():
            facts = [
                (_("What"), one.given_in_words),
                (_("What for"), one.get_purpose_display()),
                (_("Holds until"), date_format(one.expires_on, "F j, Y")),
            ]
            if one.revoked_at is not None:
                facts.append((_("Taken back"), _when(one.revoked_at)))
            yield Entry(one.recipient, date_format(one.signed_on, "F j, Y"), facts)


def _disclosures(asked: _Asked) -> Iterable[Entry]:
    if asked.is_patient:
        for one in asked.lead.disclosures.all():
            facts = [
                (_("What"), one.given_in_words),
                (_("What for"), one.get_purpose_display()),
                (_("Allowed by"), one.get_basis_display()),
            ]
            yield Entry(one.recipient, date_format(one.day, "F j, Y"), facts)


def _attempts(asked: _Asked) -> Iterable[Entry]:
    if asked.told_us:
        for one in asked.lead.contact_attempts.all():
            facts = [(_("Note"), one.note)] if one.note and asked.alone else []
            yield Entry(str(one), _when(one.at), facts)


def _notes(asked: _Asked) -> Iterable[Entry]:
    if asked.alone:
        for one in asked.lead.notes.all():
            yield Entry(_("Note"), _when(one.at), [("", one.text)])


def _when(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "F j, Y, g:i a")
