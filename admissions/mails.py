"""How a mail reads: one function for each notice. None of them holds a word about a person.

No name, program, condition, insurer or message stands in a mail, not even the provider's name:
mail is read on locked screens and kept by others (45 CFR 164.502(b); 42 CFR Part 2). It carries a
reference, a time and a link. What has changed since it was stored is looked at here, just before it
goes: a mail that would no longer be true, or that its receiver does not want, is skipped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import audit_heads, notices, safe_contact, slots
from admissions.enums import (
    OFFICE_NOTICES,
    Audience,
    ConsultationChannel,
    ConsultationState,
    NoticeKind,
)
from admissions.models import Consultation, Lead, OutboxMessage
from admissions.outbox import Skip, Wait
from iop_site.roles import AUDITOR, COORDINATOR, MANAGER, has_role
from programs.provider import site_facts


@dataclass(frozen=True)
class Words:
    """What a mail to a family says: sentences, then facts with their labels, then a link."""

    subject: str
    sentences: list[str]
    facts: list[tuple[str, str]]
    link: tuple[str, str] | None = None  # what it is for, and its address


def compose(message: OutboxMessage) -> EmailMultiAlternatives:
    """Return the mail of a notice, as things are now.

    Raises `Skip` where it must not be sent, `Wait` where it must not be sent yet.
    """
    if message.lead is None and message.kind not in OFFICE_NOTICES:
        raise Skip(_("Not needed any more: the lead was erased."))
    if message.audience == Audience.FAMILY:
        return _to_family(message)
    return _to_staff(message)


def why_not(message: OutboxMessage) -> str:
    """Return why a notice must not be sent now, in words for staff; nothing where it may.

    A fault in composing it is no reason: the worker meets it and records it.
    """
    try:
        compose(message)
    except Skip as reason:
        return str(reason)
    except Exception:
        return ""
    return ""


# -- to staff

# What the subject says before the reference, and the one sentence of the mail.
STAFF_WORDS = {
    NoticeKind.NEW_INQUIRY: (
        gettext_lazy("New inquiry"),
        gettext_lazy("A new inquiry is waiting."),
    ),
    NoticeKind.NEW_INSURANCE: (
        gettext_lazy("New insurance check"),
        gettext_lazy("An insurance check is waiting."),
    ),
    NoticeKind.NEW_CONSULTATION: (
        gettext_lazy("New consultation"),
        gettext_lazy("A consultation was booked."),
    ),
    NoticeKind.CONSULTATION_CHANGED: (
        gettext_lazy("Consultation changed"),
        gettext_lazy("A consultation was moved or cancelled."),
    ),
    NoticeKind.NEW_ESTIMATE: (
        gettext_lazy("Estimate asked for"),
        gettext_lazy("A written estimate was asked for. The law gives a few days for it."),
    ),
    NoticeKind.FAMILY_WROTE: (
        gettext_lazy("News on a lead"),
        gettext_lazy("Somebody used the status page. Please look at what is new."),
    ),
    NoticeKind.NEEDS_SUPERVISOR: (
        gettext_lazy("Needs a supervisor"),
        gettext_lazy("A lead needs a supervisor's look before anybody calls."),
    ),
    NoticeKind.RESPONSE_AT_RISK: (
        gettext_lazy("Response time at risk"),
        gettext_lazy("Nobody has called yet, and the promised time is nearly over."),
    ),
    NoticeKind.RESPONSE_MISSED: (
        gettext_lazy("Response time missed"),
        gettext_lazy("Nobody has called yet, and the promised time is over."),
    ),
    NoticeKind.UNCLAIMED: (
        gettext_lazy("Nobody has claimed"),
        gettext_lazy("The promised time is long over. Please see that somebody claims this lead."),
    ),
}


def _to_staff(message: OutboxMessage) -> EmailMultiAlternatives:
    kind, lead = NoticeKind(message.kind), message.lead
    if lead is None:
        return _of_the_office[kind](message)
    if kind in _STILL_TRUE:
        _STILL_TRUE[kind](lead)
    title, sentence = STAFF_WORDS[kind]
    subject = f"{title} {lead.reference}"
    context = {
        "sentence": sentence,
        "reference": lead.reference,
        "address": settings.SITE_URL + reverse("admin:admissions_lead_change", args=[lead.pk]),
    }
    return _mail(message, subject, "staff", context, _staff_address(message))


def _staff_address(message: OutboxMessage) -> str:
    """Return where a staff notice goes now. None known for the desk: it is tried again later."""
    user = message.recipient
    if user is None:
        return site_facts().provider.admissions_email
    if not has_role(user, COORDINATOR, MANAGER):
        raise Skip(_("They do not work on leads any more."))
    if not user.email:
        raise Skip(_("Their account has no e-mail address."))
    return user.email


def _invitation(message: OutboxMessage) -> EmailMultiAlternatives:
    """Invite a person to set their password; the link holds for PASSWORD_RESET_TIMEOUT."""
    user = message.recipient
    if user is None or not user.is_active or user.has_usable_password():
        raise Skip(_("Not needed any more: the invitation was used or taken back."))
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    context = {
        "sentence": _("You are invited to the desk. Please set your password within three days."),
        "address": f"{settings.SITE_URL}{reverse('account_reset_password')}key/{key}/",
    }
    return _mail(message, _("Your invitation"), "staff", context, user.email)


def _audit_head(message: OutboxMessage) -> EmailMultiAlternatives:
    """Carry the line of the audit's head out of the house; whoever audits keeps the mail."""
    user = message.recipient
    if user is None or not has_role(user, AUDITOR) or not user.email:
        raise Skip(_("They do not audit any more, or their account has no e-mail address."))
    day = str(message.once_key).split(":")[1]
    line = audit_heads.line_of(day)
    if not line:
        raise Wait(timezone.now() + timedelta(minutes=10))
    sentence = _("Please keep this line: it shows later whether the record was changed.")
    context = {
        "sentence": sentence,
        "line": line,
        "address": settings.SITE_URL + reverse("admin:audit"),
    }
    subject = _("Seal of the record, %(day)s") % {"day": day}
    return _mail(message, subject, "staff", context, user.email)


_of_the_office = {NoticeKind.INVITATION: _invitation, NoticeKind.AUDIT_HEAD: _audit_head}


def _not_called(lead: Lead) -> None:
    may = safe_contact.may_contact(lead)
    if not may.allowed:
        raise Skip(may.why)
    if lead.first_attempt_at is not None or not lead.is_open:
        raise Skip(_("Not needed any more: the lead was called or closed."))


def _not_missed(lead: Lead) -> None:
    _not_called(lead)
    if lead.respond_by is None or lead.respond_by <= timezone.now():
        raise Skip(_("Too late: the promised time is over, and a later notice says so."))


def _not_claimed(lead: Lead) -> None:
    _not_called(lead)
    if lead.owner_id is not None:
        raise Skip(_("Not needed any more: somebody has claimed the lead."))


_STILL_TRUE: dict[NoticeKind, Callable[[Lead], None]] = {
    NoticeKind.RESPONSE_AT_RISK: _not_missed,
    NoticeKind.RESPONSE_MISSED: _not_called,
    NoticeKind.UNCLAIMED: _not_claimed,
}


# -- to families


def received(message: OutboxMessage) -> Words:
    """Say that what the person sent has arrived."""
    return Words(
        subject=_("Your request"),
        sentences=[
            _("Thank you. Your request has arrived."),
            _("We get in touch in the way you asked for."),
        ],
        facts=_reference(message),
        link=(_("See where it stands. You need your private code."), _status_page())
        if message.access
        else None,
    )


def booked(message: OutboxMessage) -> Words:
    """Say when the consultation is, and how to change that."""
    _still_to_come(_consultation(message))
    return _as_it_stands(message, _("Your appointment"), _("Your appointment is booked."))


def changed(message: OutboxMessage) -> Words:
    """Say that the consultation has another time, or is cancelled."""
    consultation = _consultation(message)
    if consultation.state == ConsultationState.CANCELLED:
        return Words(
            subject=_("Your appointment"),
            sentences=[_("Your appointment is cancelled. You do not need to do anything.")],
            facts=[(_("It was"), _long(consultation.starts_at)), *_reference(message)],
            link=(_("See how it stands"), _appointment_page(consultation)),
        )
    _still_to_come(consultation)
    sentence = _("Your appointment has changed. This is how it stands now.")
    return _as_it_stands(message, _("Your appointment"), sentence)


def reminder(message: OutboxMessage) -> Words:
    """Remind of the consultation, by day only."""
    consultation = _consultation(message)
    _still_to_come(consultation)
    now = timezone.now()
    at = notices.reminder_time(now, starts_at=consultation.starts_at, now=now)
    if at is None:
        raise Skip(_("Too late: no time by day is left before it starts."))
    if at > now:
        raise Wait(at)
    when = slots.in_words(consultation.starts_at)
    by_phone = consultation.channel == ConsultationChannel.PHONE
    subject = _("Reminder: appointment on %(when)s")
    if by_phone:
        subject = _("Reminder: call on %(when)s")
    sentence = _("This is to remind you of your appointment.")
    return _as_it_stands(message, subject % {"when": when}, sentence)


FAMILY_WORDS: dict[NoticeKind, Callable[[OutboxMessage], Words]] = {
    NoticeKind.FAMILY_RECEIVED: received,
    NoticeKind.FAMILY_BOOKED: booked,
    NoticeKind.FAMILY_CHANGED: changed,
    NoticeKind.FAMILY_REMINDER: reminder,
}


def _to_family(message: OutboxMessage) -> EmailMultiAlternatives:
    assert message.lead is not None  # noqa: S101  families are told of nothing else
    verdict = safe_contact.automatic_mail(message.lead)
    if not verdict.allowed:
        raise Skip(verdict.why)
    words = FAMILY_WORDS[NoticeKind(message.kind)](message)
    context = {"words": words, "status_page": _status_page() if message.access else ""}
    return _mail(message, words.subject, "family", context, message.lead.email)


def _consultation(message: OutboxMessage) -> Consultation:
    """Return the consultation as it is now, if the notice still speaks of its last change."""
    consultation = message.consultation
    if consultation is None or message.sequence != consultation.sequence:
        raise Skip(_("Out of date: the appointment was changed since."))
    return consultation


def _still_to_come(consultation: Consultation) -> None:
    if consultation.state != ConsultationState.BOOKED or consultation.starts_at <= timezone.now():
        raise Skip(_("Out of date: the appointment is cancelled or over."))


def _as_it_stands(message: OutboxMessage, subject: str, sentence: str) -> Words:
    consultation = _consultation(message)
    return Words(
        subject=subject,
        sentences=[sentence],
        facts=[
            (_("When"), _long(consultation.starts_at)),
            (_("How"), consultation.get_channel_display()),
            *_reference(message),
        ],
        link=(_("Change or cancel it"), _appointment_page(consultation)),
    )


def _reference(message: OutboxMessage) -> list[tuple[str, str]]:
    return [(_("Reference"), message.access.reference)] if message.access else []


def _long(moment: datetime) -> str:
    return f"{slots.in_words(moment)} {date_format(timezone.localtime(moment), 'T')}"


def _status_page() -> str:
    return settings.SITE_URL + reverse("admissions:status")


def _appointment_page(consultation: Consultation) -> str:
    return settings.SITE_URL + reverse("admissions:appointment", args=[consultation.token])


# -- to both


def _mail(
    message: OutboxMessage, subject: str, template: str, context: dict[str, Any], to: str
) -> EmailMultiAlternatives:
    text, html = (
        render_to_string(f"admissions/mail/{template}.{kind}", {**context, "subject": subject})
        for kind in ("txt", "html")
    )
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=formataddr((_("Message service"), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[to],
        headers={
            # The same at every attempt, so that a mail program shows a repeated one once.
            "Message-ID": f"<{message.message_id}@{urlsplit(settings.SITE_URL).hostname}>",
            # RFC 3834: no out-of-office answer comes back, with its sender's name in it.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail
