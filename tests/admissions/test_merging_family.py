"""What a merge means for the families: their codes and links work, and show nothing of others."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions import (
    arrival,
    audit,
    booking,
    consents,
    family_view,
    intake,
    mails,
    private_codes,
    slots,
)
from admissions import family_words as words
from admissions.enums import (
    ConsentTopic,
    ConsultationState,
    EventKind,
    LeadSource,
    LeadStatus,
    VobStatus,
)
from admissions.merge_choices import MERGED
from admissions.models import (
    Availability,
    ConsentWording,
    Consultation,
    Inquiry,
    Lead,
    LeadEvent,
    OutboxMessage,
    StatusAccess,
)
from tests.admissions.conftest import close
from tests.admissions.merge_tools import consult, do_merge
from tests.factories import inquiry_answers, new_key

Make = Callable[..., Lead]
pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def son(make_lead: Make, coordinator: User) -> Lead:
    """The patient himself, with whom much has happened."""
    lead = make_lead(first_name="Sam")
    Lead.objects.filter(pk=lead.pk).update(
        status=LeadStatus.QUALIFIED,
        vob_status=VobStatus.VERIFIED_VIABLE,
        estimate_requested_at=timezone.now(),
        estimate_due_on=timezone.localdate() + timedelta(days=3),
        owner=coordinator,
    )
    lead.refresh_from_db()
    return lead


@pytest.fixture
def mother(make_lead: Make) -> Lead:
    return make_lead(
        first_name="Maria",
        role="family",
        relationship="parent",
        phone="617-555-0102",
        email="maria@example.org",
    )


def access_of(lead: Lead) -> StatusAccess:
    return StatusAccess.objects.select_related("lead").get(reference=lead.reference)


def everything_said(access: StatusAccess) -> str:
    """Return all words of the status page."""
    standing = family_view.standing(StatusAccess.objects.select_related("lead").get(pk=access.pk))
    return " ".join(
        [standing.where, *standing.following, *(f"{name} {text}" for name, text in standing.facts)]
    )


def test_reference_and_code_of_the_merged_lead_still_open_what_was_sent(
    son: Lead, mother: Lead, coordinator: User, client: Client
) -> None:
    code = access_of(mother).code
    do_merge(son, mother, coordinator)
    access = private_codes.open_with(reference=mother.reference, code=code, address="")
    assert access is not None
    assert access.lead == son
    standing = family_view.standing(access)
    assert standing.where == str(words.RECEIVED[0])  # "closed" would be untrue
    assert [what for what, _at in standing.sent] == [str(words.INQUIRY)]
    assert standing.is_open
    assert standing.can_withdraw
    assert standing.can_ask_deletion
    page = client.post(
        reverse("admissions:status"),
        {"reference": mother.reference, "code": code},
        follow=True,
    )
    assert page.status_code == 200
    assert mother.reference in page.content.decode()


def test_merged_family_sees_nothing_of_the_kept_leads_affairs(
    son: Lead, mother: Lead, coordinator: User
) -> None:
    own = consult(son, access_of(son))
    by_staff = consult(son, None, days=4)
    before = everything_said(access_of(mother))
    do_merge(son, mother, coordinator, first_name=MERGED)
    assert everything_said(access_of(mother)) == before
    shown = family_view.standing(access_of(mother)).consultations
    assert own not in shown
    assert by_staff not in shown
    # A form that goes on from there asks with their own words filled in, and nobody else's.
    access = access_of(mother)
    assert "617-555-0101" not in str(arrival.known(access.lead, access))


def test_kept_family_sees_what_it_saw_and_nothing_of_the_merged_one(
    son: Lead, mother: Lead, coordinator: User
) -> None:
    theirs = consult(mother, access_of(mother))
    before = everything_said(access_of(son))
    do_merge(son, mother, coordinator)
    assert everything_said(access_of(son)) == before
    standing = family_view.standing(access_of(son))
    assert theirs not in standing.consultations
    assert len(standing.sent) == 1


@pytest.mark.parametrize("by_staff", [True, False])
def test_time_of_the_merged_lead_stays_on_its_familys_page_and_on_no_other(
    son: Lead, mother: Lead, coordinator: User, by_staff: bool
) -> None:
    theirs = consult(mother, None if by_staff else access_of(mother))
    do_merge(son, mother, coordinator)
    assert family_view.standing(access_of(mother)).consultations == [theirs]
    assert family_view.standing(access_of(son)).consultations == []


def test_time_that_staff_booked_for_a_lead_nobody_opened_goes_along(
    son: Lead, mother: Lead, coordinator: User
) -> None:
    theirs = consult(mother)
    mother.accesses.update(opened_lead=False)
    do_merge(son, mother, coordinator)
    theirs.refresh_from_db()
    assert (theirs.lead, theirs.access) == (son, None)


def test_mail_that_waits_goes_to_the_kept_leads_address_with_the_familys_own_reference(
    son: Lead, mother: Lead, coordinator: User
) -> None:
    Lead.objects.update(email_ok=True)
    waiting = OutboxMessage.objects.get(lead=mother, audience="family")
    do_merge(son, mother, coordinator, email=MERGED)
    mail = mails.compose(OutboxMessage.objects.get(pk=waiting.pk))
    assert mail.to == ["maria@example.org"]
    assert mother.reference in mail.body
    assert son.reference not in mail.body


# -- acting on what was read before the merge: a page that was open meanwhile


def test_withdrawal_sent_from_a_page_of_before_is_in_force(
    son: Lead, mother: Lead, coordinator: User
) -> None:
    Lead.objects.update(voicemail_ok=True, email_ok=True)
    access = access_of(mother)
    do_merge(son, mother, coordinator)
    taken = consents.withdraw(
        lead=access.lead,
        access=access,
        topics=[ConsentTopic.CONTACT],
        channel=LeadSource.WEB_STATUS,
        by=audit.VISITOR,
    )
    assert len(taken) == 1
    son.refresh_from_db()
    assert (son.voicemail_ok, son.email_ok) == (False, False)
    assert son.next_follow_up_at is not None
    # Whether all contact ends is for staff to find out: the other family's consent stands.
    assert son.contact_withdrawn_at is None


def test_message_sent_from_a_page_of_before_reaches_the_kept_lead(
    son: Lead, mother: Lead, coordinator: User
) -> None:
    access = access_of(mother)
    do_merge(son, mother, coordinator)
    intake.add_information(access=access, message="Still there?", idempotency_key=new_key())
    assert Inquiry.objects.get(answers__isnull=False, source="web_status").lead == son
    son.refresh_from_db()
    assert son.next_follow_up_at is not None
    data = LeadEvent.objects.latest("sequence").data
    assert data["proven"] is False


@pytest.mark.parametrize("when", ["before", "after"])
def test_wish_for_deletion_is_shown_to_who_asked_and_to_nobody_else(
    son: Lead, mother: Lead, coordinator: User, when: str
) -> None:
    access = access_of(mother)
    if when == "before":
        intake.request_deletion(access=access)
        do_merge(son, mother, coordinator)
        son.refresh_from_db()
        assert son.deletion_requested_at is not None
    else:
        do_merge(son, mother, coordinator)
        intake.request_deletion(access=access)
        intake.request_deletion(access=access)
        son.refresh_from_db()
        assert son.deletion_requested_at is None  # staff are told, and find out who asks
    assert LeadEvent.objects.filter(kind=EventKind.DELETION_REQUESTED).count() == 1
    assert not family_view.standing(access_of(mother)).can_ask_deletion
    assert "Deleting it" in everything_said(access_of(mother))
    assert "Deleting it" not in everything_said(access_of(son))


def test_wish_for_deletion_is_still_known_two_merges_later(
    son: Lead, mother: Lead, make_lead: Make, coordinator: User
) -> None:
    third = make_lead(first_name="Kim", phone="617-555-0160", email="")
    intake.request_deletion(access=access_of(mother))
    do_merge(son, mother, coordinator)
    do_merge(third, son, coordinator)
    assert intake.deletion_asked_at(access_of(mother)) is not None
    assert intake.deletion_asked_at(access_of(son)) is None


def test_form_that_goes_on_from_the_merged_leads_access_joins_the_kept_one(
    son: Lead, mother: Lead, wordings: list[ConsentWording], coordinator: User
) -> None:
    access = access_of(mother)
    do_merge(son, mother, coordinator)
    receipt = intake.submit_inquiry(
        answers=inquiry_answers(first_name="Maria", phone="617-555-0199", role="family"),
        wordings=wordings,
        idempotency_key=new_key(),
        sender=intake.Sender(access=access),
    )
    assert receipt.reference == mother.reference
    son.refresh_from_db()
    assert son.inquiry_set.count() == 3
    assert son.phone == "+1 617-555-0101"  # they did not prove that the lead is theirs


def test_form_after_the_kept_lead_was_closed_begins_anew_with_their_own_words(
    son: Lead, mother: Lead, wordings: list[ConsentWording], coordinator: User
) -> None:
    access = access_of(mother)
    do_merge(son, mother, coordinator)
    close(son)
    intake.submit_inquiry(
        answers=inquiry_answers(first_name="", phone="", email="", role=""),
        wordings=wordings,
        idempotency_key=new_key(),
        sender=intake.Sender(access=access),
    )
    lead = Lead.objects.latest("pk")
    assert (lead.previous_episode, lead.first_name, lead.role) == (son, "Maria", "family")


# -- their appointment


@pytest.fixture
def open_calendar(db: None) -> None:
    for weekday in range(7):
        Availability.objects.create(weekday=weekday, start="00:00", end="23:55")


def free(nth: int = 0) -> Any:
    return slots.offered(first_day=timezone.localdate() + timedelta(days=3))[nth].starts_at


@pytest.mark.parametrize("verb", ["move", "cancel"])
def test_link_to_an_appointment_works_and_keeps_it_on_the_kept_lead(
    son: Lead, mother: Lead, coordinator: User, open_calendar: None, verb: str
) -> None:
    booked = booking.book(
        lead=mother,
        access=access_of(mother),
        starts_at=free(),
        channel="phone",
        idempotency_key=new_key(),
        by=audit.VISITOR,
    )
    do_merge(son, mother, coordinator)
    if verb == "move":  # on what was read before
        booking.move(consultation=booked, starts_at=free(3), by=audit.VISITOR)
    else:
        booking.cancel(consultation=booked, by=audit.VISITOR)
    found = booking.by_token(booked.token)
    assert found is not None
    assert found.lead == son
    assert (found.state == ConsultationState.CANCELLED) is (verb == "cancel")
    mother.refresh_from_db()
    assert (mother.status, mother.next_follow_up_at) == (LeadStatus.CLOSED, None)
    assert LeadEvent.objects.latest("sequence").lead == son


def test_time_booked_from_a_page_of_before_is_on_the_kept_lead(
    son: Lead, mother: Lead, coordinator: User, open_calendar: None
) -> None:
    consult(son, access_of(son))
    access = access_of(mother)
    do_merge(son, mother, coordinator)
    booking.book(
        lead=access.lead,
        access=access,
        starts_at=free(),
        channel="phone",
        idempotency_key=new_key(),
        by=audit.VISITOR,
    )
    # They learn nothing of the time there is, and get one of their own.
    assert Consultation.objects.filter(lead=son).count() == 2
    assert len(family_view.standing(access_of(mother)).consultations) == 1
