"""The mails of the site, one function for each. They hold a reference and a link, never PHI.

No name, program, condition, insurer or message of a person stands in a mail: mail is read on
locked screens and kept by others (45 CFR 164.502(b); 42 CFR Part 2).
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _

from admissions.enums import NoticeKind
from admissions.models import OutboxMessage
from programs.provider import site_facts


def new_inquiry(message: OutboxMessage) -> EmailMessage:
    """Tell admissions that an inquiry came in."""
    return _to_admissions(message, _("New inquiry"), _("A new inquiry is waiting."))


def new_insurance(message: OutboxMessage) -> EmailMessage:
    """Tell admissions that a family sent the insurance form."""
    return _to_admissions(message, _("New insurance check"), _("An insurance check is waiting."))


COMPOSERS = {NoticeKind.NEW_INQUIRY: new_inquiry, NoticeKind.NEW_INSURANCE: new_insurance}


def compose(message: OutboxMessage) -> EmailMessage:
    """Return the mail of an outbox message."""
    return COMPOSERS[NoticeKind(message.kind)](message)


def _to_admissions(message: OutboxMessage, subject: str, sentence: str) -> EmailMessage:
    reference = message.lead.reference
    address = settings.SITE_URL + reverse("admin:admissions_lead_change", args=[message.lead_id])
    host = urlsplit(settings.SITE_URL).hostname
    return EmailMessage(
        subject=f"{subject} {reference}",
        body=_(
            "%(sentence)s\n\nReference: %(reference)s\nOpen it: %(address)s\n\n"
            "This message holds no personal details on purpose. Please do not reply with any.\n"
        )
        % {"sentence": sentence, "reference": reference, "address": address},
        to=[site_facts().provider.admissions_email],
        # The same at every attempt, so that a mail program shows a repeated one once.
        headers={"Message-ID": f"<{message.message_id}@{host}>"},
    )
