"""The records: what the database itself holds to, and what their texts may say."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from admissions import triage
from admissions.enums import AttemptResult, Channel
from admissions.models import (
    ChainHead,
    Consent,
    ConsentWording,
    ContactAttempt,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadNote,
    SavedView,
    SearchToken,
    SelfPayEstimate,
)
from iop_site.crypto import DecryptionError
from tests.admissions.conftest import close

MakeLead = Callable[..., Lead]


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


# -- lead


@pytest.mark.shows("ASVS 2.2.3")
@pytest.mark.parametrize(
    "broken",
    [
        {"status": "closed"},
        {"close_reason": "cost"},
        {"status": "admitted", "close_reason": "cost"},
        {"first_contact_at": timezone.now()},
    ],
)
def test_lead_that_contradicts_itself_is_refused_by_the_database(
    lead: Lead, broken: dict[str, Any]
) -> None:
    refused(lambda: Lead.objects.update(**broken))


def test_lead_that_is_closed_with_a_reason_is_accepted(lead: Lead) -> None:
    assert close(lead).is_open is False


def test_reference_is_unique(make_lead: MakeLead) -> None:
    one, other = make_lead(), make_lead(first_name="Blake")
    refused(lambda: Lead.objects.filter(pk=other.pk).update(reference=one.reference))


def test_lead_is_named_by_its_reference_alone(lead: Lead) -> None:
    assert str(lead) == lead.reference
    assert repr(lead) == f"<Lead: {lead.reference}>"


def test_no_record_says_a_word_of_a_person_in_its_text(
    make_lead: MakeLead, send_insurance: Callable[..., Lead], coordinator: User
) -> None:
    lead = make_lead(first_name="Qxname", last_name="Qxlast", message="Qxmessage", phone="")
    send_insurance(first_name="Qxother", patient_legal_name="Qxpatient", member_id="Qxmember")
    triage.add_note(lead=lead, text="Qxnote", by=coordinator)
    triage.log_attempt(
        lead=lead, channel=Channel.PHONE, result=AttemptResult.TALKED, by=coordinator, note="Qxcall"
    )
    seen = 0
    for model in apps.get_app_config("admissions").get_models():
        for record in model._default_manager.all():
            seen += 1
            text = f"{record} {record!r}".lower()
            assert not re.search("qx(name|last|mess|other|pat|mem|note|call)", text), model
            assert "avery" not in f"{record} {record!r}".lower(), model
    assert seen > 15


def test_lead_keeps_what_identifies_a_person_encrypted(lead: Lead) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_name, last_name, phone, email FROM admissions_lead")
        stored = cursor.fetchone()
    assert all(value.startswith("v1.k1.") for value in stored)


@pytest.mark.parametrize("field", ["first_name", "phone", "email", "do_not_speak_to"])
def test_lead_cannot_be_searched_by_what_is_encrypted(lead: Lead, field: str) -> None:
    for lookup in ("", "__icontains", "__startswith", "__in", "__gt"):
        with pytest.raises(FieldError):
            Lead.objects.filter(**{f"{field}{lookup}": "Avery"}).count()


def test_value_copied_into_another_column_cannot_be_read(lead: Lead) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE admissions_lead SET last_name = first_name")
    with pytest.raises(DecryptionError):
        Lead.objects.get()


@pytest.mark.parametrize(
    ("band", "minor"),
    [("under_12", True), ("12_17", True), ("18_25", False), ("65_plus", False), ("", False)],
)
def test_lead_of_a_minor_is_marked(band: str, minor: bool) -> None:
    assert Lead(age_band=band).is_minor is minor


def test_queue_vocabulary_finds_what_it_names(make_lead: MakeLead, coordinator: User) -> None:
    now = timezone.now()
    fresh = make_lead()
    owned = make_lead(first_name="Blake")
    tried = make_lead(first_name="Casey")
    done = close(make_lead(first_name="Drew"))
    Lead.objects.filter(pk=owned.pk).update(owner=coordinator, vob_status="needs_info")
    Lead.objects.filter(pk=tried.pk).update(
        first_attempt_at=now, next_follow_up_at=now - timedelta(minutes=1)
    )
    Lead.objects.filter(pk=done.pk).update(
        next_follow_up_at=now - timedelta(minutes=1), vob_status="requested"
    )
    assert set(Lead.objects.open()) == {fresh, owned, tried}
    assert set(Lead.objects.unclaimed()) == {fresh, tried, done}
    assert set(Lead.objects.waiting_for_first_attempt()) == {fresh, owned}
    assert set(Lead.objects.follow_up_due()) == {tried}
    assert set(Lead.objects.vob_waiting()) == {owned}
    assert set(Lead.objects.follow_up_due(by=now - timedelta(hours=1))) == set()


@pytest.mark.parametrize(
    ("vob", "waits"),
    [
        ("not_requested", False),
        ("requested", True),
        ("in_progress", True),
        ("needs_info", True),
        ("verified_viable", False),
        ("verified_not_viable", False),
        ("unable_to_verify", False),
        ("expired", True),
        ("not_applicable", False),
    ],
)
def test_verification_waits_while_somebody_has_to_act(lead: Lead, vob: str, waits: bool) -> None:
    Lead.objects.update(vob_status=vob)
    assert Lead.objects.vob_waiting().exists() is waits


def test_token_is_kept_once_for_a_lead(lead: Lead) -> None:
    token = SearchToken.objects.filter(lead=lead)[0].token
    refused(lambda: SearchToken.objects.create(lead=lead, token=token))


def test_owner_of_a_lead_cannot_be_deleted(lead: Lead, coordinator: User) -> None:
    triage.claim(lead=lead, by=coordinator)
    with pytest.raises(ProtectedError):
        coordinator.delete()
    lead.refresh_from_db()
    assert lead.owner == coordinator


def test_member_of_staff_who_wrote_something_cannot_be_deleted(
    lead: Lead, coordinator: User
) -> None:
    triage.add_note(lead=lead, text="A note.", by=coordinator)
    with pytest.raises(ProtectedError):
        coordinator.delete()


def test_lead_with_an_inquiry_cannot_be_deleted(lead: Lead) -> None:
    with pytest.raises(ProtectedError):
        lead.delete()


# -- submissions


@pytest.mark.shows("45 CFR 164.312(c)(1)")
@pytest.mark.parametrize("model", [Inquiry, InsuranceVerification])
def test_submission_is_never_changed(
    lead: Lead, send_insurance: Callable[..., Lead], model: type[Any]
) -> None:
    send_insurance()
    form = model.objects.get()
    form.answers = {**form.answers, "first_name": "Changed"}
    with pytest.raises(TypeError, match="cannot be changed"):
        form.save()
    assert model.objects.get().answers["first_name"] == "Avery"


def test_submission_is_kept_once(lead: Lead) -> None:
    first = Inquiry.objects.get()
    values = {"lead": lead, "answers": {}, "source": "web_inquiry"}
    refused(
        lambda: Inquiry.objects.create(
            idempotency_key=first.idempotency_key, content_digest=first.content_digest, **values
        )
    )
    Inquiry.objects.create(
        idempotency_key=first.idempotency_key, content_digest="other words", **values
    )
    Inquiry.objects.create(
        idempotency_key=uuid.uuid4(), content_digest=first.content_digest, **values
    )
    assert Inquiry.objects.count() == 3


@pytest.mark.shows("ASVS 1.1.2")
def test_answers_are_kept_word_for_word(lead: Lead) -> None:
    answers = {"text": "  Ünï\u2028 “quoted” \\ 'x' \n\n", "none": None, "yes": True, "n": [1]}
    form = Inquiry.objects.create(
        lead=lead,
        idempotency_key=uuid.uuid4(),
        content_digest="x",
        answers=answers,
        source="web_inquiry",
    )
    assert Inquiry.objects.get(pk=form.pk).answers == answers


# -- consents


def test_current_wording_is_the_newest_of_each_topic_in_a_language(db: None) -> None:
    def add(topic: str, version: int, language: str = "en") -> ConsentWording:
        return ConsentWording.objects.create(
            topic=topic, version=version, language=language, label=f"{topic} {version}"
        )

    newest = add("texts", 902)
    add("texts", 901)
    spanish = add("texts", 903, "es")
    other = add("authority", 950)
    current = ConsentWording.objects.current()
    assert (current["texts"], current["authority"]) == (newest, other)
    assert ConsentWording.objects.current("es") == {"texts": spanish}


def test_wording_of_a_version_is_there_once(wordings: list[ConsentWording]) -> None:
    refused(lambda: ConsentWording.objects.create(topic="contact", version=900, label="Other"))


def test_wording_that_somebody_agreed_to_cannot_be_deleted(
    lead: Lead, wordings: list[ConsentWording]
) -> None:
    with pytest.raises(ProtectedError):
        wordings[0].delete()


def test_consent_says_which_wording_and_when(lead: Lead) -> None:
    consent = Consent.objects.order_by("id")[0]
    assert str(consent) == f"contact v900 (en) on {consent.given_at:%Y-%m-%d}"


# -- the rest


def test_chain_has_one_head(lead: Lead) -> None:
    refused(lambda: ChainHead.objects.create(id=2))


def test_note_and_attempt_are_stored_encrypted(lead: Lead, coordinator: User) -> None:
    LeadNote.objects.create(lead=lead, by=coordinator, text="Qxnote")
    ContactAttempt.objects.create(
        lead=lead, by=coordinator, channel="phone", result="talked", note="Qxcall"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM admissions_leadnote")
        assert cursor.fetchone()[0].startswith("v1.")
        cursor.execute("SELECT note FROM admissions_contactattempt")
        assert cursor.fetchone()[0].startswith("v1.")


@pytest.mark.parametrize("name", ["absence", "leadpresence", "leadmerge", "outboundreferral"])
def test_row_of_the_desk_is_named_by_its_number_alone(name: str) -> None:
    assert str(apps.get_model("admissions", name)(pk=7)).endswith(" 7")


def test_estimate_and_saved_view_are_named_by_number_and_by_what_staff_call_them() -> None:
    assert str(SelfPayEstimate(pk=7)) == "self-pay estimate 7"
    assert str(SavedView(name="Mine")) == "Mine"
