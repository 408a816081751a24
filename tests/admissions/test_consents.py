"""The ledger: what was agreed to stays as proof, and what is taken back is off at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from admissions import audit, consents, intake, mails, outbox, search
from admissions.enums import ConsentTopic, LeadSource
from admissions.exceptions import NotAllowed
from admissions.models import (
    Consent,
    ConsentWording,
    Inquiry,
    Lead,
    LeadEvent,
    OutboxMessage,
    StatusAccess,
)
from iop_site import crypto, roles
from tests.admissions.conftest import close, dump, writes_fail
from tests.factories import inquiry_answers, insurance_answers, new_key
from tests.threads import run_together

Submit = Callable[..., StatusAccess]
BY_VISITOR: dict[str, Any] = {"channel": LeadSource.WEB_STATUS, "by": audit.VISITOR}


@pytest.fixture
def verification(insurance_wordings: list[ConsentWording]) -> ConsentWording:
    return insurance_wordings[0]


@pytest.fixture
def submit(wordings: list[ConsentWording], texts_wording: ConsentWording) -> Submit:
    """Return a function that submits an inquiry with its consents, or an insurance form."""

    def send(**answers: Any) -> StatusAccess:
        allowed = dict.fromkeys(("voicemail_ok", "text_ok", "email_ok", "may_say_who"), True)
        receipt = intake.submit_inquiry(
            answers=inquiry_answers(**{**allowed, **answers}),
            wordings=[*wordings, texts_wording],
            idempotency_key=new_key(),
        )
        return StatusAccess.objects.select_related("lead").get(reference=receipt.reference)

    return send


@pytest.fixture
def access(submit: Submit) -> StatusAccess:
    return submit()


def insure(access: StatusAccess | None, wording: ConsentWording) -> StatusAccess:
    receipt = intake.submit_insurance(
        answers=insurance_answers(),
        wordings=[wording],
        idempotency_key=new_key(),
        sender=intake.Sender(access=access),
    )
    return StatusAccess.objects.select_related("lead").get(reference=receipt.reference)


def topics_in_force() -> set[str]:
    return set(Consent.objects.in_force().values_list("wording__topic", flat=True))


# -- given


def test_consent_keeps_what_proves_it(access: StatusAccess, texts_wording: ConsentWording) -> None:
    consent = Consent.objects.get(wording=texts_wording)
    assert (consent.lead, consent.access) == (access.lead, access)
    assert consent.lead_reference == access.lead.reference
    assert (consent.wording.version, consent.wording.language) == (900, "en")
    assert consent.channel == "web_inquiry"
    assert (timezone.now() - consent.given_at).total_seconds() < 60
    assert (consent.withdrawn_at, consent.withdrawn_channel) == (None, "")


def test_digests_are_of_what_it_was_given_for_and_tell_nothing(
    access: StatusAccess, settings: Any
) -> None:
    consent = Consent.objects.first()
    assert consent is not None
    assert consent.phone_digest == crypto.blind_index("+16175550101", purpose=search.PHONE)
    assert consent.email_digest == crypto.blind_index("avery@example.org", purpose=search.EMAIL)
    assert "0101" not in consent.phone_digest


def test_digests_of_a_joined_form_are_of_what_was_typed_there(
    access: StatusAccess, submit: Submit
) -> None:
    joined = submit(phone="+1 508-555-0177")  # the e-mail is the one we know
    assert joined.lead == access.lead
    consent = Consent.objects.filter(access=joined).first()
    assert consent is not None
    assert consent.phone_digest == crypto.blind_index("+15085550177", purpose=search.PHONE)


def test_form_that_asks_for_no_contact_is_given_for_the_one_that_is_known(
    access: StatusAccess, submit: Submit, verification: ConsentWording
) -> None:
    def go_on(on: StatusAccess) -> Consent:
        answers = {
            name: value
            for name, value in insurance_answers().items()
            if name not in ("first_name", "phone", "email")
        }
        intake.submit_insurance(
            answers=answers,
            wordings=[verification],
            idempotency_key=new_key(),
            sender=intake.Sender(access=on),
        )
        return Consent.objects.latest("id")

    assert go_on(access).phone_digest == crypto.blind_index("+16175550101", purpose=search.PHONE)
    joined = submit(phone="+1 508-555-0177")
    digest = crypto.blind_index("+15085550177", purpose=search.PHONE)
    assert go_on(joined).phone_digest == digest


def test_nothing_agreed_to_leaves_no_trace(lead: Lead) -> None:
    before = dump()
    with transaction.atomic():
        consents.give(lead=lead, wordings=[], channel=LeadSource.PHONE, by="system")
    assert dump() == before


# -- taken back


def test_contact_taken_back_is_off_at_once(access: StatusAccess) -> None:
    taken = consents.withdraw(lead=access.lead, access=access, topics=["contact"], **BY_VISITOR)
    assert [one.wording.topic for one in taken] == ["contact"]
    lead = Lead.objects.get()
    assert lead.contact_withdrawn_at is not None
    assert not any([lead.text_ok, lead.voicemail_ok, lead.email_ok, lead.may_say_who])
    assert lead in Lead.objects.follow_up_due()
    assert lead.version == 2
    assert topics_in_force() == {"privacy-notice", "texts"}
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.actor) == ("consent_withdrawn", "visitor")
    assert event.data == {"wordings": ["contact v900 (en)"]}
    assert OutboxMessage.objects.filter(kind="family_wrote", audience="desk").count() == 1
    assert list(audit.verify()) == []


def test_mail_that_waits_is_not_sent_after_contact_was_taken_back(access: StatusAccess) -> None:
    waiting = OutboxMessage.objects.get(audience="family")
    consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR)
    with pytest.raises(outbox.Skip):
        mails.compose(OutboxMessage.objects.select_related("lead").get(pk=waiting.pk))


def test_texts_taken_back_leave_the_rest(access: StatusAccess) -> None:
    consents.withdraw(lead=access.lead, topics=["texts"], **BY_VISITOR)
    lead = Lead.objects.get()
    assert not lead.text_ok
    assert lead.contact_withdrawn_at is None
    assert all([lead.voicemail_ok, lead.email_ok, lead.may_say_who])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("requested", "not_requested"),
        ("in_progress", "not_requested"),
        ("needs_info", "not_requested"),
        ("verified_viable", "verified_viable"),
        ("expired", "expired"),
    ],
)
def test_check_of_insurance_stops_where_it_was_taken_back(
    access: StatusAccess, verification: ConsentWording, before: str, after: str
) -> None:
    insure(access, verification)
    Lead.objects.update(vob_status=before)
    consents.withdraw(lead=access.lead, topics=["verification"], **BY_VISITOR)
    lead = Lead.objects.get()
    assert lead.vob_status == after
    assert lead.contact_withdrawn_at is None
    data = LeadEvent.objects.latest("sequence").data
    assert data.get("vob_status") == (None if before == after else [before, after])


@pytest.mark.parametrize("topics", [[], ["privacy-notice"], ["verification"], ["rubbish", ""]])
def test_what_is_not_in_force_or_an_acknowledgement_stays_as_it_is(
    access: StatusAccess, topics: list[str]
) -> None:
    before = dump()
    assert consents.withdraw(lead=access.lead, topics=topics, **BY_VISITOR) == []
    assert dump() == before


def test_taken_back_twice_changes_nothing(access: StatusAccess) -> None:
    consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR)
    before = dump()
    assert consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR) == []
    assert dump() == before


@pytest.mark.django_db(transaction=True)
def test_taken_back_ten_times_at_once_is_taken_back_once(access: StatusAccess) -> None:
    results = run_together(
        10,
        lambda _number: consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR),
    )
    assert sorted(len(one) for one in results) == [0] * 9 + [1]  # type: ignore[arg-type]
    assert LeadEvent.objects.filter(kind="consent_withdrawn").count() == 1


@pytest.mark.parametrize(
    ("table", "verb"),
    [
        ("admissions_consent", "UPDATE"),
        ("admissions_lead", "UPDATE"),
        ("admissions_leadevent", "INSERT"),
        ("admissions_outboxmessage", "INSERT"),
    ],
)
def test_withdrawal_that_fails_at_any_step_changes_nothing(
    access: StatusAccess, table: str, verb: str
) -> None:
    before = dump()
    with writes_fail(table, verb), pytest.raises(Exception, match="disk full"):
        consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR)
    assert dump() == before


def test_closed_lead_does_not_come_up_again(access: StatusAccess) -> None:
    close(access.lead)
    consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR)
    lead = Lead.objects.get()
    assert lead.contact_withdrawn_at is not None
    assert lead.next_follow_up_at is None


# -- by staff


def test_staff_record_what_they_were_told_without_a_notice_to_themselves(
    access: StatusAccess, coordinator: User
) -> None:
    before = OutboxMessage.objects.count()
    consents.withdraw(
        lead=access.lead, topics=["contact"], channel=LeadSource.PHONE, by=coordinator
    )
    consent = Consent.objects.get(wording__topic="contact")
    assert (consent.withdrawn_channel, OutboxMessage.objects.count()) == ("phone", before)
    assert LeadEvent.objects.latest("sequence").actor == coordinator.username


@pytest.mark.parametrize("role", [roles.AUDITOR, roles.CONTENT_EDITOR])
def test_other_roles_take_nothing_back(access: StatusAccess, make_staff: Any, role: str) -> None:
    with pytest.raises(NotAllowed):
        consents.withdraw(
            lead=access.lead, topics=["contact"], channel=LeadSource.PHONE, by=make_staff(role)
        )
    assert ConsentTopic.CONTACT in topics_in_force()


# -- by who is not proven to be the same


def test_who_joined_takes_back_their_own_and_stops_what_is_automatic(
    access: StatusAccess, submit: Submit
) -> None:
    joined = submit(phone="")
    assert not joined.opened_lead
    assert consents.withdrawable(access.lead, joined) == [ConsentTopic.CONTACT, ConsentTopic.TEXTS]
    taken = consents.withdraw(lead=access.lead, access=joined, topics=["contact"], **BY_VISITOR)
    assert {one.access for one in taken} == {joined}
    lead = Lead.objects.get()
    assert lead.contact_withdrawn_at is None  # who opened the lead still wants to be called
    assert not any([lead.text_ok, lead.voicemail_ok, lead.email_ok, lead.may_say_who])
    assert lead in Lead.objects.follow_up_due()
    assert consents.taken_back(access.lead, joined) == [ConsentTopic.CONTACT]
    assert consents.taken_back(access.lead, access) == []
    # Who opened it takes back everything that was given on it.
    consents.withdraw(lead=access.lead, access=access, topics=["contact", "texts"], **BY_VISITOR)
    assert Lead.objects.get().contact_withdrawn_at is not None
    assert topics_in_force() == {"privacy-notice"}


def test_who_joined_stops_no_check_that_others_asked_for(
    access: StatusAccess, verification: ConsentWording
) -> None:
    insure(access, verification)
    joined = insure(None, verification)
    assert joined.lead == access.lead
    assert not joined.opened_lead
    consents.withdraw(lead=access.lead, access=joined, topics=["verification"], **BY_VISITOR)
    assert Lead.objects.get().vob_status == "requested"
    consents.withdraw(lead=access.lead, access=access, topics=["verification"], **BY_VISITOR)
    assert Lead.objects.get().vob_status == "not_requested"


# -- given again


def test_agreeing_again_allows_contact_again(
    access: StatusAccess, wordings: list[ConsentWording]
) -> None:
    consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR)
    intake.submit_inquiry(
        answers={"message": "Please call after all."},
        wordings=wordings,
        idempotency_key=new_key(),
        sender=intake.Sender(access=access),
    )
    lead = Lead.objects.get()
    assert lead.contact_withdrawn_at is None
    assert not lead.voicemail_ok  # that, only staff widen again
    assert consents.taken_back(lead, access) == []


def test_another_form_after_contact_was_taken_back_opens_a_lead_for_staff_to_compare(
    access: StatusAccess, submit: Submit
) -> None:
    consents.withdraw(lead=access.lead, topics=["contact"], **BY_VISITOR)
    again = submit()
    assert again.opened_lead
    assert again.lead != access.lead
    assert again.lead.possible_duplicate_of == access.lead
    access.lead.refresh_from_db()
    assert access.lead.contact_withdrawn_at is not None


# -- proof


def test_proof_outlives_the_lead(access: StatusAccess) -> None:
    lead, reference = access.lead, access.reference
    consents.withdraw(lead=lead, topics=["texts"], **BY_VISITOR)
    Inquiry.objects.filter(lead=lead).delete()
    OutboxMessage.objects.filter(lead=lead).delete()
    lead.delete()
    assert not StatusAccess.objects.exists()
    kept = Consent.objects.all()
    assert len(kept) == 3
    for consent in kept:
        assert (consent.lead, consent.access) == (None, None)
        assert consent.lead_reference == reference
        digests = crypto.blind_candidates("+16175550101", purpose=search.PHONE)
        assert consent.phone_digest in digests
    assert kept.exclude(withdrawn_at=None).get().wording.topic == "texts"
    assert list(audit.verify()) == []


@pytest.mark.parametrize(
    "changes",
    [{"withdrawn_at": timezone.now()}, {"withdrawn_channel": "phone"}],
)
def test_when_and_how_it_was_withdrawn_go_together(
    access: StatusAccess, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.update(**changes)


def test_wording_that_somebody_agreed_to_cannot_be_deleted(
    access: StatusAccess, texts_wording: ConsentWording
) -> None:
    with pytest.raises(ProtectedError):
        texts_wording.delete()
