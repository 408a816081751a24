"""Safe contact: by which ways a person may be reached, as they said, and what staff must not do.

No channel may be used unless the person said yes to it. What they took back since (contact
withdrawn, deletion asked for) is in force at once, whatever they ticked before. A young person who
wrote for themselves gets no automatic mail: a parent may read the address, and must not learn of it
from us.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions.enums import AttemptResult, Channel, InquirerRole, PatientKnows, Wish
from admissions.models import Lead

_PATIENT: dict[str, Any] = {
    PatientKnows.NO: gettext_lazy("The patient does NOT know that somebody asked us"),
    PatientKnows.UNSURE: gettext_lazy("The patient may NOT know that somebody asked us"),
}


@dataclass(frozen=True)
class Verdict:
    """Whether something may be done, and where not, why not, in words for staff."""

    allowed: bool
    why: str = ""


@dataclass(frozen=True)
class Rule:
    """What holds for one way to reach a person; `words` are for staff."""

    channel: str
    allowed: bool
    words: str


def may_contact(lead: Lead) -> Verdict:
    """Return whether the person may be contacted at all, before any channel is looked at."""
    wish = _no_contact(lead)
    return Verdict(wish is None, str(wish.label) if wish else "")


def _no_contact(lead: Lead) -> Wish | None:
    if lead.deletion_requested_at is not None:
        return Wish.DELETION
    return Wish.WITHDRAWN if lead.contact_withdrawn_at is not None else None


def against(lead: Lead, *, channel: str, result: str) -> Wish | None:
    """Return which wish of the person a contact attempt goes against; None where it keeps them."""
    if wish := _no_contact(lead):
        return wish
    if channel == Channel.TEXT and not lead.text_ok:
        return Wish.NO_TEXTS
    if result == AttemptResult.LEFT_VOICEMAIL and not lead.voicemail_ok:
        return Wish.NO_VOICEMAIL
    return None


def ways(lead: Lead) -> dict[Channel, str]:
    """Return the ways to reach the person with what speaks against each; the free ones first."""
    known = {Channel.PHONE: lead.phone, Channel.TEXT: lead.phone, Channel.EMAIL: lead.email}
    found = {}
    for channel, address in known.items():
        wish = against(lead, channel=channel, result="")
        missing = "" if address else _("Nothing is known to reach them there.")
        found[channel] = str(wish.label) if wish else missing
    preferred = lead.preferred_channel
    in_order = sorted(found, key=lambda one: (found[one] != "", one != preferred))
    return {channel: found[channel] for channel in in_order}


def automatic_mail(lead: Lead) -> Verdict:
    """Return whether a mail may be sent to the person without anybody of the staff deciding it."""
    general = may_contact(lead)
    if not general.allowed:
        return general
    for holds, why in (
        (lead.is_demo, _("Demo data.")),
        (lead.quarantined_at is not None, _("Held as suspected spam.")),
        (not lead.email, _("No e-mail address is known.")),
        (not lead.email_ok, _("They did not allow automatic e-mail.")),
        (
            lead.role == InquirerRole.SELF and lead.is_minor,
            _("Under 18 and writing for themselves: others may read the address."),
        ),
    ):
        if holds:
            return Verdict(False, why)
    return Verdict(True)


def rules(lead: Lead) -> list[Rule]:
    """Return what holds for each way to reach the person, in the order staff try them.

    A rule about whom not to speak to, or what the patient does not know, is there only where the
    person said so.
    """
    general = may_contact(lead)
    mail = automatic_mail(lead)
    by_phone = general.allowed and bool(lead.phone)
    found = [
        _rule(
            _("Call"),
            by_phone,
            _("NO calls: %(why)s") % {"why": general.why or _("No phone number is known.")},
        ),
        _rule(_("Voicemail"), by_phone and lead.voicemail_ok, _("NO voicemail")),
        _rule(_("Text message"), by_phone and lead.text_ok, _("NO text messages")),
        _rule(
            _("Automatic e-mail"),
            mail.allowed,
            _("NO automatic e-mail: %(why)s") % {"why": mail.why},
        ),
        _rule(_("Saying who calls"), lead.may_say_who, _("Do NOT say who is calling")),
    ]
    if words := _PATIENT.get(lead.patient_knows):
        found.append(Rule(_("The patient"), False, str(words)))
    if lead.do_not_speak_to:
        words = _("Do NOT speak to: %(whom)s") % {"whom": lead.do_not_speak_to}
        found.append(Rule(_("Do not speak to"), False, words))
    return found


def _rule(channel: str, allowed: bool, refusal: str) -> Rule:
    return Rule(channel, allowed, _("Allowed") if allowed else refusal)
