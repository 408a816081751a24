"""How a mail reads: a reference, a time, a link, and no word of a person; or none is sent."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from admissions import mails, notices, outbox
from admissions.enums import FAMILY_NOTICES, STAFF_NOTICES, NoticeKind
from admissions.models import Consultation, Lead, OutboxMessage, StatusAccess
from content.checking.readability import measure
from iop_site import roles
from iop_site.fields import EncryptedTextField
from programs.models import ProviderProfile
from tests.admissions.conftest import close
from tests.admissions.mail_tools import consultation_of, local

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
    "email_ok": True,
}
# What would say what this is about, to somebody who sees the screen.
TELLING = (
    "behavioral mental health substance drug alcohol recovery treatment therapy clinic program "
    "intensive outpatient iop patient admission insurance marsh 988 crisis"
).split()
NOW = "2026-12-01 10:00"
START = "2026-12-03 10:00"

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(autouse=True)
def ten_in_the_morning() -> Any:
    """Every test is on a Tuesday in December, by day."""
    with time_machine.travel(local(NOW), tick=False):
        yield


@pytest.fixture
def lead(make_lead: Callable[..., Lead]) -> Lead:
    """A lead with every private field filled, that may be written to, of which nothing is told."""
    lead = make_lead(**MARKED)
    Lead.objects.filter(pk=lead.pk).update(
        patient_name="Qxpatient", referred_to="Qxreferred", email_ok=True
    )
    OutboxMessage.objects.all().delete()
    return Lead.objects.get(pk=lead.pk)


@pytest.fixture
def access(lead: Lead) -> StatusAccess:
    return StatusAccess.objects.get(lead=lead)


@pytest.fixture
def consultation(lead: Lead) -> Consultation:
    return consultation_of(lead, local(START))


def for_staff(lead: Lead, kind: NoticeKind = NoticeKind.NEW_INQUIRY) -> OutboxMessage:
    notices.tell_staff(kind=kind, lead=lead)
    return OutboxMessage.objects.latest("id")


def for_family(kind: NoticeKind, lead: Lead, **about: Any) -> OutboxMessage:
    notices.tell_family(kind=kind, lead=lead, **{"access": None, **about})
    return OutboxMessage.objects.get(pk=OutboxMessage.objects.latest("id").pk)


def all_mails(lead: Lead, access: StatusAccess, manager: User) -> list[Any]:
    """Return a mail of every kind there is, as it would be sent now."""
    found = []
    for kind in STAFF_NOTICES:
        Lead.objects.filter(pk=lead.pk).update(respond_by=timezone.now() + timedelta(minutes=3))
        found.append(mails.compose(OutboxMessage.objects.get(pk=for_staff(lead, kind).pk)))
    for channel in ("phone", "video", "in_person"):
        for state in ("booked", "cancelled"):
            about = {
                "access": access,
                "consultation": consultation_of(lead, local(START), channel=channel, state=state),
            }
            kinds = FAMILY_NOTICES if state == "booked" else [NoticeKind.FAMILY_CHANGED]
            found += [mails.compose(for_family(kind, lead, **about)) for kind in kinds]
    assert len(found) == len(STAFF_NOTICES) + 3 * (len(FAMILY_NOTICES) + 1)
    return found


def parsed(mail: Any) -> EmailMessage:
    """Return a mail as a mail program reads it."""
    return message_from_bytes(mail.message().as_bytes(), policy=policy.default)  # type: ignore[return-value]


def parts(mail: Any) -> tuple[str, str]:
    """Return the text and the HTML of a mail."""
    text, html = parsed(mail).iter_parts()
    return text.get_content(), html.get_content()


def whole(mail: Any) -> str:
    """Return the headers and both bodies as a mail program reads them."""
    headers = "\n".join(f"{name}: {value}" for name, value in parsed(mail).items())
    return "\n".join([headers, *parts(mail)])


def reason(message: OutboxMessage) -> str:
    """Return why a notice is not sent, as it is in the database now."""
    message = OutboxMessage.objects.get(pk=message.pk)
    with pytest.raises(outbox.Skip) as skipped:
        mails.compose(message)
    assert mails.why_not(message) == str(skipped.value)
    return str(skipped.value)


# -- every mail


@pytest.mark.shows("ASVS 1.3.11")
def test_no_mail_holds_a_word_of_the_lead(
    lead: Lead, access: StatusAccess, manager: User, coordinator: User
) -> None:
    private = {
        field.name: getattr(lead, field.name)
        for field in Lead._meta.fields
        if isinstance(field, EncryptedTextField)
    }
    assert all(private.values()), "every private field must be filled for this test to say much"
    said = {name: value for name, value in MARKED.items() if isinstance(value, str)}
    for mail in all_mails(lead, access, manager):
        text = whole(mail).lower()
        if mail.to == [lead.email]:
            text = text.replace(f"to: {lead.email}", "", 1)
        for name, value in {**private, **said}.items():
            if name != "role":  # "family"; no mail to a family says it
                assert value.lower() not in text, (name, mail.subject)
        # Chance may write anything into a link or a reference.
        assert "qx" not in re.sub(r"[\w-]{20,}", "", text.replace(lead.reference.lower(), ""))
        assert access.code.lower() not in text


def test_no_mail_to_a_family_says_what_it_is_about(
    lead: Lead, access: StatusAccess, manager: User
) -> None:
    for mail in all_mails(lead, access, manager):
        if mail.to == [lead.email]:
            # Addresses aside: the site's own name is in every link to it.
            shown = " ".join([mail.from_email, mail.subject, *parts(mail)])
            text = shown.lower().replace("/admissions/", "/")
            assert [word for word in TELLING if word in text] == [], mail.subject


def test_mails_say_the_same_to_everybody_but_for_reference_and_link(
    lead: Lead, make_lead: Callable[..., Lead]
) -> None:
    other = make_lead(first_name="Blake", phone="", email="b@example.org", age_band="under_12")
    bare = set()
    for one in (lead, other):
        mail = mails.compose(for_staff(one))
        link = reverse("admin:admissions_lead_change", args=[one.pk])
        text = mail.subject + "".join(parts(mail))
        bare.add(text.replace(link, "LINK").replace(one.reference, "REFERENCE"))
    assert len(bare) == 1


def test_mails_are_text_and_html_with_the_same_links(
    lead: Lead, access: StatusAccess, manager: User
) -> None:
    for mail in all_mails(lead, access, manager):
        message = parsed(mail)
        assert message.get_content_type() == "multipart/alternative"
        kinds = [part.get_content_type() for part in message.iter_parts()]
        assert kinds == ["text/plain", "text/html"]
        text, html = parts(mail)
        assert "<" not in text
        assert "&#" not in text
        for link in (word for word in text.split() if word.startswith("http")):
            assert f'href="{link}"' in html


def test_html_brings_nothing_from_elsewhere(
    lead: Lead, access: StatusAccess, manager: User
) -> None:
    for mail in all_mails(lead, access, manager):
        _text, html = parts(mail)
        assert html.startswith("<!doctype html>")
        assert '<html lang="en-us" dir="ltr">' in html
        assert '<meta name="color-scheme" content="light dark">' in html
        for word in ("<img", "<script", "<link", "<table", "url(", "src=", "color:"):
            assert word not in html, word
        links = [part.split('"')[0] for part in html.split('href="')[1:]]
        assert links
        assert all(link.startswith("http://testserver/") for link in links)


def test_mails_are_easy_to_read(lead: Lead, access: StatusAccess, manager: User) -> None:
    for mail in all_mails(lead, access, manager):
        lines = [line for line in mail.body.splitlines() if line.endswith(".")]
        sentences = [one for line in lines for one in line.split(". ")]
        assert measure(lines).grade <= 8, (mail.subject, measure(lines).grade)
        assert max(len(one.split()) for one in sentences) <= 20


def test_sender_is_neutral_and_nobody_is_asked_to_answer(
    lead: Lead, access: StatusAccess, manager: User, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Marsh House Behavioral Health <mail@example.org>"
    for mail in all_mails(lead, access, manager):
        message = parsed(mail)
        assert message["From"] == "Message service <mail@example.org>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert not [name for name in message if name.lower().startswith("list-")]
        assert not mail.cc
        assert not mail.bcc
        assert not mail.attachments
        assert len(mail.to) == 1


def test_message_id_is_the_same_at_every_attempt_and_never_shared(
    lead: Lead, mailoutbox: list[Any]
) -> None:
    first, second = for_staff(lead), for_staff(lead)
    for _ in range(2):  # sent, the mark lost, sent again
        outbox.send_due(mails.compose)
        OutboxMessage.objects.update(state="waiting", sent_at=None, available_at=Now())
    ids = [mail.message()["Message-ID"] for mail in mailoutbox]
    assert ids[:2] == ids[2:] == [f"<{one.message_id}@testserver>" for one in (first, second)]


# -- to staff


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (NoticeKind.NEW_INQUIRY, "New inquiry"),
        (NoticeKind.NEW_INSURANCE, "New insurance check"),
        (NoticeKind.NEW_CONSULTATION, "New consultation"),
        (NoticeKind.RESPONSE_MISSED, "Response time missed"),
        (NoticeKind.UNCLAIMED, "Nobody has claimed"),
    ],
)
def test_staff_mail_holds_the_reference_and_the_link(
    lead: Lead, kind: NoticeKind, subject: str
) -> None:
    mail = mails.compose(for_staff(lead, kind))
    assert mail.subject == f"{subject} {lead.reference}"
    assert mail.to == ["desk@example.org"]
    link = "http://testserver" + reverse("admin:admissions_lead_change", args=[lead.pk])
    for part in parts(mail):
        assert lead.reference in part
        assert link in part


def test_staff_mail_goes_to_the_address_they_have_now(lead: Lead, coordinator: User) -> None:
    notices.set_preference(user=coordinator, kinds=[NoticeKind.NEW_INQUIRY])
    message = for_staff(lead)
    User.objects.filter(pk=coordinator.pk).update(email="new@example.org")
    assert mails.compose(OutboxMessage.objects.get(pk=message.pk)).to == ["new@example.org"]


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"is_staff": False}, {"email": ""}, {"groups": None}]
)
def test_staff_mail_is_skipped_where_its_receiver_has_left(
    lead: Lead, coordinator: User, change: dict[str, Any]
) -> None:
    notices.set_preference(user=coordinator, kinds=[NoticeKind.NEW_INQUIRY])
    message = for_staff(lead)
    if "groups" in change:
        coordinator.groups.clear()
    else:
        User.objects.filter(pk=coordinator.pk).update(**change)
    assert ("no e-mail address" if "email" in change else "do not work on leads") in reason(message)


def test_notice_without_an_address_of_the_desk_is_tried_again(lead: Lead) -> None:
    ProviderProfile.objects.update(admissions_email="")
    message = for_staff(lead)
    outbox.send_due(mails.compose)
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("waiting", "NotSent")


WAITING = {
    "first_attempt_at": None,
    "owner": None,
    "respond_by": local("2026-12-01 10:04"),
}


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        (NoticeKind.RESPONSE_AT_RISK, {}, None),
        (NoticeKind.RESPONSE_AT_RISK, {"respond_by": local("2026-12-01 10:00")}, "later notice"),
        (NoticeKind.RESPONSE_AT_RISK, {"respond_by": None}, "later notice"),
        (NoticeKind.RESPONSE_AT_RISK, {"first_attempt_at": local(NOW)}, "called or closed"),
        (NoticeKind.RESPONSE_MISSED, {}, None),
        (NoticeKind.RESPONSE_MISSED, {"first_attempt_at": local(NOW)}, "called or closed"),
        (NoticeKind.RESPONSE_MISSED, {"contact_withdrawn_at": local(NOW)}, "not to contact"),
        (NoticeKind.RESPONSE_MISSED, {"deletion_requested_at": local(NOW)}, "delete"),
        (NoticeKind.UNCLAIMED, {}, None),
        (NoticeKind.UNCLAIMED, {"first_attempt_at": local(NOW)}, "called or closed"),
        (NoticeKind.NEW_INQUIRY, {"first_attempt_at": local(NOW)}, None),
    ],
)
def test_staff_are_not_told_what_is_no_longer_so(
    lead: Lead, kind: NoticeKind, change: dict[str, Any], why: str | None
) -> None:
    message = for_staff(lead, kind)
    Lead.objects.filter(pk=lead.pk).update(**{**WAITING, **change})
    if why is None:
        assert mails.compose(OutboxMessage.objects.get(pk=message.pk)).to
    else:
        assert why in reason(message)


def test_claimed_or_closed_lead_is_not_called_unclaimed(lead: Lead, coordinator: User) -> None:
    message = for_staff(lead, NoticeKind.UNCLAIMED)
    Lead.objects.filter(pk=lead.pk).update(owner=coordinator)
    assert "somebody has claimed" in reason(message)
    close(lead)
    assert "called or closed" in reason(message)


# -- to families


def test_received_mail_says_where_to_look(lead: Lead, access: StatusAccess) -> None:
    mail = mails.compose(for_family(NoticeKind.FAMILY_RECEIVED, lead, access=access))
    assert (mail.subject, mail.to) == ("Your request", [lead.email])
    for part in parts(mail):
        assert "Your request has arrived." in part
        assert access.reference in part
        assert "http://testserver" + reverse("admissions:status") in part
        assert "You can stop these messages here" in part


def test_mail_without_an_access_leads_to_nothing_that_would_not_open(lead: Lead) -> None:
    mail = mails.compose(for_family(NoticeKind.FAMILY_RECEIVED, lead))
    for part in parts(mail):
        assert "http" not in part
        assert "Reference" not in part
        assert "To stop these messages, tell us when we next talk." in part


@pytest.mark.parametrize(
    ("kind", "subject", "says"),
    [
        (NoticeKind.FAMILY_BOOKED, "Your appointment", "Your appointment is booked."),
        (NoticeKind.FAMILY_CHANGED, "Your appointment", "Your appointment has changed."),
        (
            NoticeKind.FAMILY_REMINDER,
            "Reminder: call on Thursday, December 3, 10:00 AM",
            "remind you",
        ),
    ],
)
def test_appointment_mail_says_when_how_and_how_to_change_it(
    lead: Lead,
    access: StatusAccess,
    consultation: Consultation,
    kind: NoticeKind,
    subject: str,
    says: str,
) -> None:
    mail = mails.compose(for_family(kind, lead, access=access, consultation=consultation))
    assert mail.subject == subject
    link = "http://testserver" + reverse("admissions:appointment", args=["canarytoken"])
    for part in parts(mail):
        assert says in part
        assert "Thursday, December 3, 10:00 AM EST" in part
        assert "By phone" in part
        assert access.reference in part
        assert link in part


def test_time_is_the_one_on_the_wall_in_summer_too(lead: Lead) -> None:
    with time_machine.travel(local("2027-06-28 10:00"), tick=False):
        consultation = consultation_of(lead, local("2027-07-01 16:30"), channel="video")
        mail = mails.compose(
            for_family(NoticeKind.FAMILY_REMINDER, lead, consultation=consultation)
        )
    assert mail.subject == "Reminder: appointment on Thursday, July 1, 4:30 PM"
    assert "Thursday, July 1, 4:30 PM EDT" in mail.body
    assert "By video" in mail.body


def test_cancelled_appointment_is_called_cancelled(
    lead: Lead, access: StatusAccess, consultation: Consultation
) -> None:
    Consultation.objects.update(state="cancelled", sequence=1)
    consultation.refresh_from_db()
    about = {"access": access, "consultation": consultation}
    mail = mails.compose(for_family(NoticeKind.FAMILY_CHANGED, lead, **about))
    for part in parts(mail):
        assert "Your appointment is cancelled." in part
        assert "Change or cancel" not in part
    for kind in (NoticeKind.FAMILY_BOOKED, NoticeKind.FAMILY_REMINDER):
        assert "cancelled or over" in reason(for_family(kind, lead, **about))


@pytest.mark.parametrize(
    "kind",
    [NoticeKind.FAMILY_BOOKED, NoticeKind.FAMILY_CHANGED, NoticeKind.FAMILY_REMINDER],
)
def test_appointment_mail_stops_after_a_change_and_once_it_began(
    lead: Lead, consultation: Consultation, kind: NoticeKind
) -> None:
    message = for_family(kind, lead, consultation=consultation)
    later = local("2026-12-04 10:00")
    Consultation.objects.update(starts_at=later, ends_at=later + timedelta(minutes=30), sequence=1)
    assert "changed since" in reason(message)

    consultation.refresh_from_db()
    message = for_family(kind, lead, consultation=consultation)
    with time_machine.travel(local("2026-12-04 10:00"), tick=False):
        assert "cancelled or over" in reason(message)


def test_appointment_mail_without_an_appointment_is_skipped(lead: Lead) -> None:
    assert "Out of date" in reason(for_family(NoticeKind.FAMILY_BOOKED, lead))


def test_reminder_is_never_sent_at_night(lead: Lead, consultation: Consultation) -> None:
    message = for_family(NoticeKind.FAMILY_REMINDER, lead, consultation=consultation)
    with time_machine.travel(local("2026-12-02 20:00"), tick=False):
        with pytest.raises(outbox.Wait) as waits:
            mails.compose(message)
        assert waits.value.until == local("2026-12-03 08:00")
        assert mails.why_not(message) == ""
        assert outbox.send_due(mails.compose) == 1
    message.refresh_from_db()
    assert (message.state, message.available_at) == ("waiting", local("2026-12-03 08:00"))


def test_reminder_of_an_early_call_is_not_sent_in_the_night_before_it(lead: Lead) -> None:
    early = consultation_of(lead, local("2026-12-03 07:30"))
    message = for_family(NoticeKind.FAMILY_REMINDER, lead, consultation=early)
    with time_machine.travel(local("2026-12-03 06:00"), tick=False):
        assert "no time by day" in reason(message)


@pytest.mark.parametrize("kind", FAMILY_NOTICES)
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": ""}, "No e-mail address"),
        ({"email_ok": False}, "did not allow"),
        ({"contact_withdrawn_at": local(NOW)}, "not to contact"),
        ({"deletion_requested_at": local(NOW)}, "delete"),
        ({"quarantined_at": local(NOW)}, "suspected spam"),
        ({"is_demo": True}, "Demo"),
        ({"role": "self", "age_band": "12_17"}, "Under 18"),
    ],
)
def test_family_mail_is_skipped_where_it_is_not_wanted_any_more(
    lead: Lead, consultation: Consultation, kind: NoticeKind, change: dict[str, Any], why: str
) -> None:
    message = for_family(kind, lead, consultation=consultation)
    Lead.objects.filter(pk=lead.pk).update(**change)
    assert why in reason(message)
    outbox.send_due(mails.compose)
    message.refresh_from_db()
    assert message.state == "skipped"
    assert why in message.last_error


def test_family_mail_goes_to_the_address_of_now(lead: Lead) -> None:
    message = for_family(NoticeKind.FAMILY_RECEIVED, lead)
    Lead.objects.filter(pk=lead.pk).update(email="other@example.org")
    assert mails.compose(OutboxMessage.objects.get(pk=message.pk)).to == ["other@example.org"]


def test_why_not_leaves_a_fault_to_the_worker(lead: Lead, settings: Any) -> None:
    message = for_staff(lead)
    del settings.DEFAULT_FROM_EMAIL
    settings.SITE_URL = None
    assert mails.why_not(message) == ""


def test_every_kind_has_its_words() -> None:
    assert set(mails.STAFF_WORDS) == set(STAFF_NOTICES)
    assert set(mails.FAMILY_WORDS) == set(FAMILY_NOTICES)


def test_staff_with_the_role_taken_in_a_manager_s_place_still_hear(
    lead: Lead, make_staff: Callable[..., User]
) -> None:
    manager = make_staff(roles.MANAGER)
    message = for_staff(lead, NoticeKind.UNCLAIMED)
    assert mails.compose(message).to == [manager.email]
