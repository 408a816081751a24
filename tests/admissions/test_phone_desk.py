"""What staff take down for somebody becomes a lead as any other, in one piece or not at all."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from admissions import consents, intake, phone_desk, staffing, triage
from admissions.enums import AttemptResult, Channel, EventKind, LeadSource, LeadStatus
from admissions.exceptions import NotAllowed, WorkflowError
from admissions.models import (
    Consent,
    ConsentWording,
    ContactAttempt,
    Inquiry,
    Lead,
    LeadEvent,
    OutboxMessage,
    ReferralSource,
    StatusAccess,
)
from iop_site import roles
from tests.admissions.conftest import close
from tests.factories import inquiry_answers, new_key

pytestmark = pytest.mark.django_db

LIVE = (LeadSource.PHONE, LeadSource.WALK_IN)
NOT_LIVE = (LeadSource.EMAIL, LeadSource.EVENT, LeadSource.REFERRAL)


@pytest.fixture
def take(wordings: list[ConsentWording], coordinator: User) -> Any:
    """Return a function that takes an inquiry down and returns its lead as it is then."""

    def do(*, source: LeadSource = LeadSource.PHONE, by: User = coordinator, **values: Any) -> Lead:
        key: uuid.UUID = values.pop("key", None) or new_key()
        kept = {
            name: values.pop(name)
            for name in ("referral_source", "next_follow_up_at", "no_next_step")
            if name in values
        }
        access = phone_desk.take(
            answers=inquiry_answers(**values),
            wordings=wordings,
            source=source,
            by=by,
            idempotency_key=key,
            **kept,
        )
        return StatusAccess.objects.get(reference=access.reference).lead

    return do


def kinds(lead: Lead) -> list[str]:
    found = LeadEvent.objects.filter(lead=lead).order_by("sequence")
    return list(found.values_list("kind", flat=True))


@pytest.mark.parametrize(("source", "channel"), [("phone", "phone"), ("walk_in", "visit")])
def test_a_live_conversation_stops_both_clocks_and_is_with_who_had_it(
    take: Any, coordinator: User, source: str, channel: str
) -> None:
    lead = take(source=LeadSource(source))
    assert lead.source == source
    assert lead.owner == coordinator
    assert (lead.attempts, lead.response) == (1, "in_time")
    assert lead.first_attempt_at == lead.first_contact_at
    assert lead.first_attempt_at is not None
    assert lead.status == LeadStatus.ATTEMPTING
    assert triage.missing_for(lead, LeadStatus.CONTACTED) == ""
    assert lead.next_follow_up_at > timezone.now()
    attempt = ContactAttempt.objects.get()
    assert (attempt.channel, attempt.result, attempt.by) == (channel, "talked", coordinator)


@pytest.mark.parametrize("source", NOT_LIVE)
def test_what_was_no_conversation_waits_for_its_first_call_with_nobody(
    take: Any, source: LeadSource
) -> None:
    lead = take(source=source)
    assert (lead.source, lead.owner, lead.attempts) == (source, None, 0)
    assert lead.call_due_at == lead.respond_by
    assert lead.first_attempt_at is None
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize("source", phone_desk.SOURCES)
def test_the_inquiry_is_kept_word_for_word_with_the_consents_by_their_channel(
    take: Any, source: LeadSource, coordinator: User
) -> None:
    lead = take(source=source, message="“After the 4 o'clock shift.”", language="español")
    inquiry = Inquiry.objects.get(lead=lead)
    assert inquiry.answers["message"] == "“After the 4 o'clock shift.”"
    assert inquiry.source == source
    assert lead.language_code == "es"
    assert {one.channel for one in Consent.objects.filter(lead=lead)} == {source}
    assert {
        event.actor for event in LeadEvent.objects.filter(lead=lead) if event.actor != "system"
    } == {coordinator.username}


@pytest.mark.parametrize("source", phone_desk.SOURCES)
def test_a_next_step_that_was_chosen_is_set(take: Any, source: LeadSource) -> None:
    at = timezone.now() + timedelta(days=4)
    assert take(source=source, next_follow_up_at=at).next_follow_up_at == at


@pytest.mark.parametrize("source", phone_desk.SOURCES)
def test_no_next_step_is_a_decision_too(take: Any, source: LeadSource) -> None:
    lead = take(source=source, no_next_step=True)
    assert (lead.next_follow_up_at, lead.no_next_step) == (None, True)


def test_a_double_click_makes_one(take: Any) -> None:
    key = new_key()
    first = take(key=key)
    events = LeadEvent.objects.count()
    again = take(key=key)
    assert again == first
    assert (again.version, again.attempts) == (first.version, 1)
    assert LeadEvent.objects.count() == events
    assert Inquiry.objects.count() == ContactAttempt.objects.count() == 1


def test_the_page_sent_again_with_other_words_is_a_correction_of_one_call(take: Any) -> None:
    key, at = new_key(), timezone.now() + timedelta(days=2)
    first = take(key=key)
    again = take(key=key, good_times="Evenings", next_follow_up_at=at)
    assert again == first
    assert again.good_times == "Evenings"
    assert (again.attempts, again.next_follow_up_at) == (1, at)
    assert Inquiry.objects.filter(lead=first).count() == 2


def test_a_known_contact_joins_their_open_lead_and_its_owner_keeps_it(
    take: Any, lead: Lead, manager: User
) -> None:
    triage.claim(lead=lead, by=manager)
    joined = take(first_name="avery", voicemail_ok=True, good_times="Mornings")
    assert joined == lead
    assert joined.owner == manager
    assert joined.good_times == "Mornings"
    assert not joined.voicemail_ok  # only narrowed by whoever knows a phone number
    assert (joined.attempts, joined.first_contact_at) == (1, joined.first_attempt_at)
    access = StatusAccess.objects.latest("id")
    assert (access.lead, access.opened_lead) == (lead, False)


def test_a_known_contact_whose_lead_nobody_has_is_with_who_took_the_call(
    take: Any, lead: Lead, coordinator: User
) -> None:
    assert take().owner == coordinator
    assert Lead.objects.count() == 1


def test_another_person_on_the_same_phone_has_a_lead_of_their_own(take: Any, lead: Lead) -> None:
    other = take(first_name="Robin")
    assert other != lead
    assert other.possible_duplicate_of == lead


def test_who_was_closed_begins_a_new_episode(take: Any, lead: Lead) -> None:
    close(lead)
    assert take().previous_episode == lead


def test_who_asked_for_no_contact_may_call_all_the_same_and_no_supervisor_is_told(
    take: Any, lead: Lead, manager: User
) -> None:
    intake.request_deletion(access=StatusAccess.objects.get(lead=lead))
    OutboxMessage.objects.all().delete()
    joined = take()
    assert joined == lead
    event = LeadEvent.objects.get(kind=EventKind.ATTEMPT_LOGGED)
    assert "against" not in event.data
    assert not OutboxMessage.objects.filter(kind="needs_supervisor").exists()


def test_who_took_contact_back_is_not_joined(take: Any, lead: Lead, coordinator: User) -> None:
    consents.withdraw(lead=lead, topics=["contact"], channel=LeadSource.PHONE, by=coordinator)
    assert take() != lead


@pytest.mark.parametrize("source", phone_desk.SOURCES)
def test_staff_are_not_told_what_they_entered_and_the_family_as_ever(
    take: Any, provider: Any, source: LeadSource
) -> None:
    lead = take(source=source, email_ok=True)
    told = OutboxMessage.objects.filter(lead=lead)
    assert [(one.audience, one.kind) for one in told] == [("family", "family_received")]


def test_of_somebody_under_18_a_supervisor_is_told(take: Any, manager: User) -> None:
    lead = take(age_band="12_17")
    told = OutboxMessage.objects.filter(lead=lead, recipient=manager)
    assert [one.kind for one in told] == ["needs_supervisor"]


def test_what_the_public_sends_is_told_to_staff_as_before(make_lead: Any, provider: Any) -> None:
    lead = make_lead()
    assert OutboxMessage.objects.filter(lead=lead, audience="desk", kind="new_inquiry").exists()


def test_who_is_marked_as_away_loses_nothing_and_takes_no_lead(
    take: Any, coordinator: User
) -> None:
    today = timezone.localdate()
    staffing.go_away(user=coordinator, since=today, until=today, by=coordinator)
    lead = take()
    assert (lead.owner, lead.attempts) == (None, 1)


def test_a_referral_source_is_set_with_an_event_of_ids(take: Any) -> None:
    source = ReferralSource.objects.create(kind="hospital", organization="Tidewater Hospital")
    lead = take(source=LeadSource.REFERRAL, referral_source=source)
    assert lead.referral_source == source
    event = LeadEvent.objects.get(kind=EventKind.REFERRAL_SOURCE_SET)
    assert event.data == {"referral_source": [None, source.pk]}


def test_a_referral_source_that_was_typed_is_stored_once(take: Any) -> None:
    for phone in ("+1 617-555-0111", "+1 617-555-0112"):
        new = ReferralSource(kind="school", organization="Elm School", person="J. Frost")
        lead = take(first_name="Ash", phone=phone, email="", referral_source=new)
        assert lead.referral_source.organization == "Elm School"
    assert ReferralSource.objects.count() == 1


def test_a_source_that_stands_is_not_overwritten_by_a_call(take: Any) -> None:
    first = ReferralSource.objects.create(kind="court", organization="First")
    second = ReferralSource.objects.create(kind="court", organization="Second")
    lead = take(referral_source=first)
    assert take(message="Called again.", referral_source=second) == lead
    lead.refresh_from_db()
    assert lead.referral_source == first


@pytest.mark.parametrize("days", [-1, 400])
@pytest.mark.parametrize("source", [LeadSource.PHONE, LeadSource.EMAIL])
def test_a_next_step_that_cannot_be_stores_nothing_at_all(
    take: Any, source: LeadSource, days: int
) -> None:
    with pytest.raises(WorkflowError):
        take(
            source=source,
            next_follow_up_at=timezone.now() + timedelta(days=days),
            referral_source=ReferralSource(kind="other", person="Somebody"),
        )
    for model in (Lead, Inquiry, Consent, LeadEvent, OutboxMessage, ReferralSource):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    "role", [one for one in roles.ROLES if one not in (roles.COORDINATOR, roles.MANAGER)]
)
def test_other_roles_take_nothing_down(take: Any, make_staff: Any, role: str) -> None:
    with pytest.raises(NotAllowed):
        take(by=make_staff(role))
    assert not Lead.objects.exists()


def test_a_later_attempt_is_measured_from_the_call(take: Any, coordinator: User) -> None:
    lead = take()
    first = lead.first_contact_at
    triage.log_attempt(
        lead=lead, channel=Channel.PHONE, result=AttemptResult.NO_ANSWER, by=coordinator
    )
    lead.refresh_from_db()
    assert (lead.first_contact_at, lead.attempts) == (first, 2)
    assert kinds(lead)[:2] == ["consent_given", "inquiry_received"]
