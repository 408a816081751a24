"""A lead is erased: not a word, token or digest of the person is left, and no number is untrue."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from admissions import (
    audit,
    booking,
    consents,
    details,
    drafts,
    erasure,
    mails,
    merge_undo,
    outbox,
    summaries,
    triage,
)
from admissions.enums import (
    AttemptResult,
    Channel,
    DraftKind,
    ErasureReason,
    EventKind,
    LeadSource,
    LeadStatus,
    OutboxState,
)
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused, WorkflowError
from admissions.models import (
    CardPhoto,
    Consent,
    ConsultationCell,
    Draft,
    Lead,
    LeadEvent,
    LeadMerge,
    OutboundReferral,
    OutboxMessage,
    ReferralSource,
    SelfPayEstimate,
    StatusAccess,
    Summary,
)
from iop_site import roles
from iop_site.fields import EncryptedBinaryField, EncryptedTextField
from tests.admissions.conftest import dump, writes_fail
from tests.admissions.lead_tools import find, put, read
from tests.admissions.merge_tools import consult, do_merge, events, fill, rows
from tests.factories import new_key

Make = Callable[..., Lead]
pytestmark = pytest.mark.usefixtures("provider")

WORDS = {
    "role": "family",
    "relationship": "parent",
    "patient_knows": "no",
    "first_name": "Canaryfirst",
    "last_name": "Canarylast",
    "phone": "+1 617-555-0142",
    "email": "canary@example.org",
    "good_times": "Canarytimes",
    "do_not_speak_to": "Canaryavoid",
    "language": "Canarylanguage",
    "access_needs": "Canaryaccess",
    "message": "Canarymessage",
    "heard_from": "Canaryheard",
    "patient_name": "Canarypatient",
    "coverage_kind": "masshealth",
}
INSURED = {
    "patient_legal_name": "Canarylegal",
    "member_id": "CANARY123456",
    "group_number": "Canarygroup",
    "payer_other": "Canarypayer",
    "secondary_coverage": "Canarysecond",
}
TRACES = ("canary", "555-0142", "1985-03-27")
# Digests of the person that stay, and why.
DIGESTS_STAY = {
    "consent": "the proof of what was agreed to, for its own five years",
    "ratecount": "how often somebody wrote; gone within a day",
}
# Rows with an encrypted or secret column, or a way to a lead, that erasing leaves: and why.
STAYS = {
    "lead": "emptied: the events and numbers point to it",
    "leadevent": "sealed; codes and names of fields alone",
    "leadmerge": "ids and names of fields; what it holds of the leads is emptied",
    "consent": "the proof of what was agreed to; five years (admissions.retention)",
    "outboxmessage": "unlinked: a kind, a state and a time",
    "selfpayestimate": "once given it is part of a medical record; otherwise gone",
    "disclosure": "to whom something was given: six years (45 CFR 164.528)",
    "signedconsent": "only one by which something was given: as long as that is accounted for",
    "cardphoto": "goes with its form or draft",
    "consultationcell": "goes with its consultation",
    "ratecount": "a keyed digest of how often; gone within a day",
    "referralsource": "an organization that sends people to us, and nobody's lead",
}


def erase(lead: Lead, by: Any, why: ErasureReason = ErasureReason.ASKED) -> dict[str, int]:
    return erasure.erase(lead=lead, why=why, by=by)


@pytest.fixture
def full(send_insurance: Make, make_lead: Make, coordinator: User) -> Lead:
    """A lead on which there is one at least of everything, with marked words wherever one can."""
    lead = fill(send_insurance(**WORDS, **INSURED), coordinator)
    make_lead(**WORDS)  # the same phone: a further submission by somebody who proved nothing
    lead.refresh_from_db()
    triage.add_note(lead=lead, text="Canarynote", by=coordinator)
    triage.log_attempt(
        lead=lead,
        channel=Channel.PHONE,
        result=AttemptResult.TALKED,
        by=coordinator,
        note="Canarycall",
    )
    OutboundReferral.objects.create(lead=lead, place="Canaryplace", note="Canary", by=coordinator)
    SelfPayEstimate.objects.create(lead=lead, details={"patient_name": "Canary"}, by=coordinator)
    draft, _ = drafts.begin(kind=DraftKind.INSURANCE, access=lead.accesses.get(opened_lead=True))
    drafts.keep(draft, step="who", answers={"patient_legal_name": "Canarydraft"})
    CardPhoto.objects.create(draft=draft, side="back", image=b"canary", width=1, height=1)
    sent, _ = drafts.begin(kind=DraftKind.CONSULTATION)
    drafts.close(sent, sent_access=lead.accesses.get(opened_lead=True))
    put(lead, **{name: WORDS[name] for name in ("first_name", "do_not_speak_to", "patient_name")})
    return put(
        lead,
        referral_source=ReferralSource.objects.create(kind="court", organization="A court"),
        referred_to="Canaryplace",
        job_title="Canarytitle",
        organization="Canaryhouse",
        age_band="teen",
        language_code="es",
        deletion_requested_at=timezone.now(),
        suspicions=["links"],
        vob_assignee=coordinator,
        estimate_requested_at=timezone.now(),
    )


def in_clear() -> str:
    return repr(rows()).lower()


def secrets_of(lead: Lead) -> set[str]:
    """Return every token, digest, key and code that could be traced to the lead's people."""
    found = {one.token for one in lead.search_tokens.all()}
    for submission in (*lead.inquiry_set.all(), *lead.insuranceverification_set.all()):
        found |= {submission.content_digest, submission.idempotency_key.hex}
    for access in StatusAccess.objects.filter(lead=lead):
        found |= {access.code, access.reference} - {lead.reference}
    for one in lead.consultations.all():
        found |= {one.token, one.token_digest, one.uid.hex, one.idempotency_key.hex}
    for draft in Draft.objects.all():
        found |= {draft.token_digest, draft.idempotency_key.hex}
    return found


def test_not_a_word_token_or_digest_of_the_person_is_left(full: Lead, manager: User) -> None:
    assert all(trace in in_clear() for trace in ("canarynote", "canarydraft", *TRACES))
    secrets = secrets_of(full)
    assert len(secrets) > 20
    erase(full, manager)
    told = repr(list(LeadEvent.objects.values_list("actor", "data"))).lower()
    assert not [trace for trace in TRACES if trace in in_clear() or trace in told]
    for table, stored in dump().items():
        if table.removeprefix("admissions_") in DIGESTS_STAY:
            continue
        text = repr(stored).replace("-", "")
        assert not [secret for secret in secrets if secret.replace("-", "") in text], table
    assert not find(Lead.objects.all(), "617-555-0142")
    assert not find(Lead.objects.all(), "Canaryfirst")
    assert [one.pk for one in find(Lead.objects.all(), full.reference)] == [full.pk]


def test_everything_with_a_way_to_a_lead_is_erased_or_stays_for_a_reason() -> None:
    """A new record or column fails here until it is decided what erasing does with it."""
    gone = {model for model, _ in erasure.GONE}
    undecided = set()
    for model in apps.get_app_config("admissions").get_models():
        name = str(model._meta.model_name)
        if model in gone or name in STAYS:
            continue
        for field in model._meta.concrete_fields:
            to_lead = field.related_model in {Lead, *gone}
            secret = isinstance(field, EncryptedTextField | EncryptedBinaryField)
            if to_lead or secret or any(word in field.name for word in ("digest", "token")):
                undecided.add(f"{name}.{field.name}")
    assert not undecided


def test_columns_that_stay_are_empty_or_named(full: Lead, manager: User) -> None:
    erase(full, manager)
    lead = read(full)
    fresh = Lead(vob_changed_at=lead.vob_changed_at)
    differs = {
        field.name
        for field in Lead._meta.concrete_fields
        if not field.generated and field.value_from_object(lead) != field.value_from_object(fresh)
    }
    assert differs <= {*erasure.KEPT, "erased_at"}
    assert not [one for one in erasure.KEPT if one in lead.get_deferred_fields()]
    texts = [f.name for f in Lead._meta.concrete_fields if isinstance(f, EncryptedTextField)]
    assert len(texts) > 10
    assert not {getattr(lead, name) for name in texts} - {""}
    secret = {f.name for f in Lead._meta.concrete_fields if isinstance(f, models.ForeignKey)}
    assert secret & set(erasure.KEPT) == {"track", "payer", "owner", "merged_into"}


def test_what_went_is_counted_and_on_record(full: Lead, manager: User) -> None:
    full.refresh_from_db()
    counts = erase(full, manager)
    assert counts["inquiry"] == 1
    assert counts["cardphoto"] == 2
    assert counts["statusaccess"] == 2
    (event,) = events(full, "erased")
    assert event == {"because": "asked", "counts": counts}
    assert not list(audit.verify())
    lead = read(full)
    assert (lead.status, lead.close_reason) == (LeadStatus.CLOSED, "asked_deletion")
    assert lead.deletion_requested_at is None  # out of the queue
    assert not ConsultationCell.objects.exists()  # the time is free again


@pytest.mark.parametrize(
    ("why", "closed_as"),
    [("asked", "asked_deletion"), ("spam", "spam"), ("mistake", "mistake")],
)
def test_open_lead_is_closed_as_what_it_was(
    lead: Lead, manager: User, why: str, closed_as: str
) -> None:
    erase(lead, manager, ErasureReason(why))
    assert read(lead).close_reason == closed_as
    assert events(lead, "status_changed")[-1]["reason"] == closed_as


def test_lead_that_was_closed_stays_closed_as_it_was(lead: Lead, manager: User) -> None:
    put(lead, status="closed", close_reason="cost")
    erase(lead, manager)
    assert read(lead).close_reason == "cost"


def test_numbers_of_the_reports_stay(full: Lead, make_lead: Make, manager: User) -> None:
    make_lead(first_name="Robin", phone="", email="robin@example.org")
    put(full, status="closed", close_reason="cost", next_follow_up_at=None)

    def numbers() -> list[Any]:
        assert summaries.refresh() is None
        return list(Summary.objects.order_by("is_month", "day", "dimension", "key").values())

    def bare(found: list[Any]) -> list[Any]:
        return [{k: v for k, v in one.items() if k != "id"} for one in found]

    before = numbers()
    erase(full, manager)
    assert bare(numbers()) == bare(before)
    list(summaries.rebuild())
    assert bare(numbers()) == bare(before)


def test_proof_of_consents_stays_without_the_person(full: Lead, manager: User) -> None:
    before = Consent.objects.count()
    digests = list(Consent.objects.order_by("pk").values_list("phone_digest", flat=True))
    erase(full, manager)
    assert Consent.objects.count() == before > 2
    stays = Consent.objects.order_by("pk")
    assert list(stays.values_list("phone_digest", flat=True)) == digests
    assert not stays.exclude(access=None).exists()
    assert set(stays.values_list("lead_reference", flat=True)) == {full.reference}


def test_what_waits_to_be_sent_is_not_sent(
    full: Lead, manager: User, mailoutbox: list[Any]
) -> None:
    notices = list(OutboxMessage.objects.filter(lead=full).order_by("pk"))
    assert len(notices) > 3
    in_hand = outbox.lease_batch(1)[0]
    OutboxMessage.objects.filter(pk=notices[1].pk).exclude(pk=in_hand.pk).update(state="dead")
    erase(full, manager)
    assert not OutboxMessage.objects.exclude(state=OutboxState.SKIPPED).exists()
    assert not outbox.mark_sent(in_hand)  # the worker that had it is told that it lost it
    for one in OutboxMessage.objects.all():
        assert (one.lead_id, one.access_id, one.consultation_id, one.once_key) == (None,) * 4
        assert mails.why_not(one) == "Not needed any more: the lead was erased."
    outbox.send_again(message=OutboxMessage.objects.filter(audience="family")[0], by=manager)
    assert outbox.send_due(mails.compose) == 1
    assert not mailoutbox


def test_estimate_that_was_given_stays_for_its_term(
    full: Lead, manager: User, coordinator: User
) -> None:
    now = timezone.now()
    for given in (now - timedelta(days=5), now - erasure.RECORD_TERM - timedelta(days=1)):
        SelfPayEstimate.objects.create(
            lead=full, by=coordinator, details={}, delivered_at=given, delivered_how="mail"
        )
    assert erase(full, manager)["selfpayestimate"] == 3  # two that were not, one of long ago
    (stays,) = SelfPayEstimate.objects.all()
    assert stays.delivered_at == now - timedelta(days=5)
    assert stays.lead_id == full.pk


def test_leads_that_pointed_to_it_do_not_any_more(
    lead: Lead, make_lead: Make, manager: User
) -> None:
    later = make_lead(first_name="Robin", phone="", email="robin@example.org")
    put(later, previous_episode=lead, possible_duplicate_of=lead)
    erase(lead, manager)
    later.refresh_from_db()
    assert (later.previous_episode, later.possible_duplicate_of) == (None, None)
    assert later.first_name == "Robin"


# -- merged leads


def test_merged_leads_go_with_the_one_they_are_part_of(
    full: Lead, make_lead: Make, coordinator: User, manager: User
) -> None:
    other = make_lead(first_name="Canaryother", phone="", email="canary2@example.org")
    merge = do_merge(full, other, coordinator)
    with pytest.raises(WorkflowError, match=f"part of {full.reference}"):
        erase(other, manager)
    erase(full, manager)
    assert "canary" not in in_clear()
    assert LeadMerge.objects.get().before == {}
    assert [bool(one.erased_at) for one in Lead.objects.all()] == [True, True]
    assert events(other, "erased") == [{"because": "asked", "with": full.reference}]
    merge.refresh_from_db()
    with pytest.raises(TransitionRefused, match="was erased"):
        merge_undo.undo(merge=merge, by=manager)
    assert not list(audit.verify())


def test_undone_merge_keeps_nothing_of_it_and_the_other_lead_stays(
    full: Lead, make_lead: Make, coordinator: User, manager: User
) -> None:
    other = make_lead(first_name="Robin", phone="", email="robin@example.org")
    merge = do_merge(full, other, coordinator)
    merge_undo.undo(merge=merge, by=coordinator)
    erase(full, manager)
    assert "canary" not in in_clear()
    other = read(other)
    assert (other.first_name, other.erased_at) == ("Robin", None)
    assert other.inquiry_set.count() == 1
    assert find(Lead.objects.all(), "robin@example.org").get() == other


# -- who may, and when not


@pytest.mark.parametrize("role", [one for one in roles.ROLES if one != roles.MANAGER])
def test_others_cannot_erase_or_hold(lead: Lead, make_staff: Any, role: str) -> None:
    before = dump()
    with pytest.raises(NotAllowed):
        erase(lead, make_staff(role, "somebody"))
    with pytest.raises(NotAllowed):
        erasure.set_hold(lead=lead, on=True, note="x", by=User.objects.get(), version=lead.version)
    assert dump()["admissions_lead"] == before["admissions_lead"]


def test_administrator_can_erase(lead: Lead, admin_user: User) -> None:
    erase(lead, admin_user)
    assert read(lead).erased_at


def test_it_is_erased_as_it_was_on_the_screen_or_not_at_all(
    lead: Lead, coordinator: User, manager: User
) -> None:
    seen = lead.version
    triage.claim(lead=lead, by=coordinator)
    with pytest.raises(StaleVersion):
        erasure.erase(lead=lead, why=ErasureReason.ASKED, by=manager, version=seen)
    assert read(lead).first_name == "Avery"


def test_admitted_lead_is_a_medical_record_for_twenty_years(lead: Lead, manager: User) -> None:
    put(lead, status="admitted")
    with pytest.raises(WorkflowError, match=r"105 CMR 140\.302"):
        erase(lead, manager)
    long_ago = timezone.now() - erasure.RECORD_TERM - timedelta(days=1)
    put(lead, status_changed_at=long_ago)
    erase(lead, manager)
    lead = read(lead)
    assert (lead.status, bool(lead.erased_at)) == ("admitted", True)  # it counts as one for ever


def test_legal_hold_keeps_it_until_it_is_ended(lead: Lead, manager: User) -> None:
    held = erasure.set_hold(lead=lead, on=True, note="Case 7.", by=manager, version=lead.version)
    assert lead.notes.get().text == "Case 7."
    with pytest.raises(WorkflowError, match="legal reason"):
        erase(lead, manager)
    with pytest.raises(WorkflowError, match="so already"):
        erasure.set_hold(lead=lead, on=True, note="x", by=manager, version=held.version)
    erasure.set_hold(lead=lead, on=False, note="Over.", by=manager, version=held.version)
    told = events(lead, "details_changed")
    assert [one["fields"] for one in told] == [["legal_hold_at"]] * 2
    erase(lead, manager)


def test_legal_hold_holds_for_both_of_a_merge(
    lead: Lead, make_lead: Make, manager: User, coordinator: User
) -> None:
    other = make_lead(first_name="Robin", phone="", email="robin@example.org")
    erasure.set_hold(lead=other, on=True, note="x", by=manager, version=other.version)
    do_merge(lead, other, coordinator)
    with pytest.raises(WorkflowError, match="legal reason"):
        erase(lead, manager)


def test_nothing_can_be_done_with_it_afterwards(
    lead: Lead, manager: User, coordinator: User
) -> None:
    erase(lead, manager)
    lead = read(lead)
    for act in (
        lambda: triage.add_note(lead=lead, text="x", by=coordinator),
        lambda: triage.claim(lead=lead, by=coordinator),
        lambda: triage.transition(
            lead=lead, to=LeadStatus.ATTEMPTING, by=coordinator, version=lead.version, note="x"
        ),
        lambda: details.change(
            lead=lead, by=coordinator, version=lead.version, changes={"first_name": "x"}
        ),
        lambda: erase(lead, manager),
    ):
        with pytest.raises(TransitionRefused, match="erased"):
            act()
    with pytest.raises(WorkflowError):
        booking.book(
            lead=lead,
            starts_at=timezone.now() + timedelta(days=1),
            channel="phone",
            idempotency_key=new_key(),
            by=coordinator,
        )
    assert consents.withdrawable(lead)  # the proof is there; nobody is handed a way to it
    assert read(lead).first_name == ""


def test_who_writes_again_is_somebody_new(lead: Lead, make_lead: Make, manager: User) -> None:
    erase(lead, manager)
    again = make_lead()
    assert again.pk != lead.pk
    assert again.previous_episode is None
    assert again.reference != lead.reference


def test_erasing_that_breaks_off_changes_nothing(full: Lead, manager: User) -> None:
    before = rows()
    with writes_fail("admissions_leadevent"), pytest.raises(Exception, match="disk full"):
        erase(full, manager)
    assert rows() == before


def test_consultation_to_come_goes_without_a_word(full: Lead, manager: User) -> None:
    consult(full, days=5)
    sent = OutboxMessage.objects.count()
    erase(full, manager)
    assert OutboxMessage.objects.count() == sent
    assert not LeadEvent.objects.filter(kind=EventKind.CONSULTATION_CANCELLED).exists()
    assert read(full).source == LeadSource.WEB_INSURANCE
