"""The mails of the site: a reference, a link, and no word of a person."""

from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from admissions import notices, outbox
from admissions.models import Lead, OutboxMessage
from iop_site.fields import EncryptedTextField
from programs.models import ProviderProfile

MARKED = {
    "first_name": "Qxname",
    "last_name": "Qxlast",
    "phone": "+1 617-555-0142",
    "email": "qxmail@example.org",
    "organization": "Qxorganization",
    "job_title": "Qxjob",
    "good_times": "Qxtimes",
    "do_not_speak_to": "Qxavoid",
    "access_needs": "Qxaccess",
    "language": "Qxlanguage",
    "heard_from": "Qxheard",
    "message": "Qxmessage",
    "role": "family",
    "relationship": "parent",
    "coverage_kind": "masshealth",
}


@pytest.fixture
def messages(
    make_lead: Callable[..., Lead], send_insurance: Callable[..., Lead], provider: ProviderProfile
) -> list[OutboxMessage]:
    """The notices of an inquiry and of an insurance form of the same lead, every field filled."""
    lead = make_lead(**MARKED)
    send_insurance(
        first_name="Qxname",
        phone=MARKED["phone"],
        patient_legal_name="Qxpatient",
        member_id="QX123456789",
        payer_other="Qxpayer",
    )
    Lead.objects.filter(pk=lead.pk).update(referred_to="Qxreferred")
    found = list(OutboxMessage.objects.order_by("id"))
    assert [one.kind for one in found] == ["new_inquiry", "new_insurance"]
    return found


def text_of(message: OutboxMessage) -> str:
    """Return the headers and the body of a message's mail as a mail program shows them."""
    mail = message_from_bytes(notices.compose(message).message().as_bytes(), policy=policy.default)
    headers = "\n".join(f"{name}: {value}" for name, value in mail.items())
    return f"{headers}\n\n{mail.get_content()}"


def test_notice_holds_the_reference_and_the_link(messages: list[OutboxMessage]) -> None:
    for message in messages:
        mail = notices.compose(message)
        link = "http://testserver" + reverse("admin:admissions_lead_change", args=[message.lead_id])
        assert message.lead.reference in mail.subject
        assert message.lead.reference in mail.body
        assert link in mail.body
        assert mail.to == ["desk@example.org"]
        assert not mail.cc
        assert not mail.bcc
        assert not mail.attachments


def test_notice_says_what_it_is_about(messages: list[OutboxMessage]) -> None:
    inquiry, insurance = (notices.compose(message).subject for message in messages)
    assert inquiry.startswith("New inquiry ")
    assert insurance.startswith("New insurance check ")


def test_notice_holds_no_word_of_the_lead(messages: list[OutboxMessage]) -> None:
    lead = messages[0].lead
    lead.refresh_from_db()
    private = {
        field.name: getattr(lead, field.name)
        for field in Lead._meta.fields
        if isinstance(field, EncryptedTextField)
    }
    assert all(private.values()), "every private field must be filled for this test to say much"
    said = {name: value for name, value in MARKED.items() if name not in private}
    for message in messages:
        text = text_of(message).lower()
        for name, value in {**private, **said}.items():
            assert value.lower() not in text, name
        for form in (*lead.inquiry_set.all(), *lead.insuranceverification_set.all()):
            for name, value in form.answers.items():
                if isinstance(value, str) and value not in ("", "self", "phone", "other"):
                    assert value.lower() not in text, name
        assert "qx" not in text.replace(lead.reference.lower(), "")


def test_notice_is_the_same_for_every_lead_but_for_reference_and_link(
    make_lead: Callable[..., Lead], provider: ProviderProfile
) -> None:
    bare = set()
    for lead in (make_lead(), make_lead(first_name="Blake", age_band="under_12", role="family")):
        mail = notices.compose(OutboxMessage.objects.get(lead=lead))
        link = reverse("admin:admissions_lead_change", args=[lead.pk])
        text = mail.subject + mail.body
        bare.add(text.replace(link, "LINK").replace(lead.reference, "REFERENCE"))
    assert len(bare) == 1


def test_message_id_is_the_same_at_every_attempt_and_never_shared(
    messages: list[OutboxMessage], mailoutbox: list[Any]
) -> None:
    first, second = messages
    for _ in range(2):  # sent, the mark lost, sent again
        outbox.send_due(notices.compose)
        OutboxMessage.objects.update(state="waiting", sent_at=None, available_at=Now())
    ids = [mail.message()["Message-ID"] for mail in mailoutbox]
    assert ids[:2] == ids[2:] == [f"<{one.message_id}@testserver>" for one in (first, second)]


def test_notice_of_every_kind_can_be_composed() -> None:
    assert set(notices.COMPOSERS) == set(notices.NoticeKind)


def test_notice_without_an_address_to_go_to_is_not_taken_as_sent(lead: Lead) -> None:
    ProviderProfile.objects.update(admissions_email="")
    outbox.send_due(notices.compose)
    message = OutboxMessage.objects.get()
    assert message.state == "waiting"
    assert message.last_error
