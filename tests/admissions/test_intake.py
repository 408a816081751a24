"""What a visitor sends: stored whole with all that belongs to it, or not at all, and only once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from admissions import arrival, audit, intake
from admissions.enums import LeadSource, Suspicion
from admissions.intake import Receipt
from admissions.models import (
    Consent,
    ConsentWording,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadEvent,
    OutboxMessage,
    StatusAccess,
)
from programs.models import Payer, Track
from tests.admissions.conftest import close, dump, writes_fail
from tests.admissions.lead_tools import find
from tests.factories import inquiry_answers, insurance_answers, new_key
from tests.threads import run_together

Send = Callable[..., Receipt]
MakeLead = Callable[..., Lead]


@pytest.fixture
def inquire(wordings: list[ConsentWording]) -> Send:
    """Return a function that submits an inquiry with changed answers, under its own key."""

    def send(key: Any = None, **answers: Any) -> Receipt:
        return intake.submit_inquiry(
            answers=inquiry_answers(**answers),
            wordings=wordings,
            idempotency_key=key or new_key(),
        )

    return send


@pytest.fixture
def insure(wordings: list[ConsentWording]) -> Send:
    """Return a function that submits an insurance form with changed answers."""

    def send(key: Any = None, **answers: Any) -> Receipt:
        return intake.submit_insurance(
            answers=insurance_answers(**answers),
            wordings=wordings,
            idempotency_key=key or new_key(),
        )

    return send


def told() -> Any:
    """The notices to admissions."""
    return OutboxMessage.objects.filter(audience="desk")


def counts() -> dict[str, int]:
    models = (Lead, Inquiry, InsuranceVerification, Consent, OutboxMessage, LeadEvent)
    return {model.__name__: model.objects.count() for model in models}


def lead_of(receipt: Receipt) -> Lead:
    return StatusAccess.objects.get(reference=receipt.reference).lead


# -- what is stored


def test_inquiry_stores_everything_that_belongs_to_it(
    inquire: Send, wordings: list[ConsentWording]
) -> None:
    receipt = inquire(message="Please call.")
    lead = Lead.objects.get()
    assert receipt == Receipt(lead.reference, is_repeat=False)
    assert (lead.status, lead.source, lead.vob_status) == ("new", "web_inquiry", "not_requested")
    assert (lead.first_name, lead.phone) == ("Avery", "+1 617-555-0101")
    assert lead.version == 1
    inquiry = Inquiry.objects.get()
    assert inquiry.lead == lead
    assert inquiry.answers == inquiry_answers(message="Please call.")
    consents = Consent.objects.order_by("id")
    assert [(one.lead, one.wording, one.channel) for one in consents] == [
        (lead, wording, "web_inquiry") for wording in wordings
    ]
    access = StatusAccess.objects.get()
    assert (access.lead, access.reference, access.opened_lead) == (lead, lead.reference, True)
    assert inquiry.access == access
    assert {one.access for one in consents} == {access}
    assert {one.lead_reference for one in consents} == {lead.reference}
    notice = told().get()
    assert (notice.lead, notice.kind, notice.state) == (lead, "new_inquiry", "waiting")
    agreed, received = LeadEvent.objects.order_by("sequence")
    assert (agreed.kind, agreed.actor) == ("consent_given", "visitor")
    assert agreed.data == {"wordings": ["contact v900 (en)", "privacy-notice v900 (en)"]}
    assert (received.kind, received.actor) == ("inquiry_received", "visitor")
    assert received.data == {"inquiry": inquiry.pk, "joined": False, "source": "web_inquiry"}
    assert list(audit.verify()) == []


def test_inquiry_keeps_every_answer_that_the_lead_has_a_place_for(
    inquire: Send, track: Track
) -> None:
    given: dict[str, Any] = {
        "role": "family",
        "relationship": "parent",
        "patient_knows": "no",
        "organization": "School",
        "job_title": "Nurse",
        "first_name": "Zoë",
        "last_name": "Ōta",
        "phone": "+44 20 7946 0958",
        "email": "zoë@example.org",
        "preferred_channel": "text",
        "good_times": "after 4",
        "voicemail_ok": True,
        "text_ok": True,
        "may_say_who": True,
        "do_not_speak_to": "my brother",
        "age_band": "12_17",
        "coverage_kind": "masshealth",
        "language": "Português",
        "needs_interpreter": True,
        "access_needs": "ramp",
    }
    lead = lead_of(inquire(**given, track=track.slug))
    assert {name: getattr(lead, name) for name in given} == given
    assert lead.track == track
    assert lead.is_minor


def test_inquiry_of_a_track_that_is_gone_is_stored_without_it(inquire: Send) -> None:
    lead = lead_of(inquire(track="no-such-track"))
    assert lead.track is None
    assert Inquiry.objects.get().answers["track"] == "no-such-track"


def test_inquiry_that_staff_take_down_names_them_and_the_channel(
    wordings: list[ConsentWording], coordinator: Any
) -> None:
    intake.submit_inquiry(
        answers=inquiry_answers(),
        wordings=wordings,
        idempotency_key=new_key(),
        source=LeadSource.PHONE,
        sender=intake.Sender(by=coordinator),
    )
    assert Lead.objects.get().source == Inquiry.objects.get().source == "phone"
    assert set(Consent.objects.values_list("channel", flat=True)) == {"phone"}
    assert set(LeadEvent.objects.values_list("actor", flat=True)) == {coordinator.username}


def test_inquiry_without_consents_leaves_no_consent_event(db: None) -> None:
    intake.submit_inquiry(answers=inquiry_answers(), wordings=[], idempotency_key=new_key())
    assert LeadEvent.objects.get().kind == "inquiry_received"


def test_events_hold_no_word_of_a_person(inquire: Send, insure: Send) -> None:
    inquire(first_name="Qxname", message="Qxmessage", do_not_speak_to="Qxavoid")
    insure(patient_legal_name="Qxpatient", member_id="Qxmember", payer_other="Qxpayer")
    text = str(list(LeadEvent.objects.values_list("kind", "actor", "data"))).lower()
    assert "qx" not in text
    assert "555" not in text
    assert "example.org" not in text


def test_wording_that_was_shown_is_the_one_that_is_kept(
    inquire: Send, wordings: list[ConsentWording]
) -> None:
    ConsentWording.objects.create(topic="contact", version=901, label="Newer", required=True)
    inquire()
    assert set(Consent.objects.values_list("wording", flat=True)) == {one.pk for one in wordings}


# -- all or nothing

INQUIRY_STEPS = [
    ("admissions_lead", "INSERT"),
    ("admissions_searchtoken", "INSERT"),
    ("admissions_inquiry", "INSERT"),
    ("admissions_consent", "INSERT"),
    ("admissions_outboxmessage", "INSERT"),
    ("admissions_leadevent", "INSERT"),
    ("admissions_chainhead", "UPDATE"),
]
INSURANCE_STEPS = [
    *(step for step in INQUIRY_STEPS if step[0] != "admissions_inquiry"),
    ("admissions_insuranceverification", "INSERT"),
]
# On a lead that is there already; its row is updated instead of made.
JOIN_STEPS = [("admissions_lead", "UPDATE"), *INQUIRY_STEPS[2:]]


@pytest.mark.shows("ASVS 2.3.3", "ASVS 16.5.3")
@pytest.mark.parametrize(("table", "verb"), INQUIRY_STEPS)
def test_inquiry_that_fails_at_any_step_stores_nothing(
    inquire: Send, table: str, verb: str
) -> None:
    before, key = dump(), new_key()
    with writes_fail(table, verb), pytest.raises(OperationalError):
        inquire(key)
    assert dump() == before
    assert not inquire(key).is_repeat  # sent again once the database is back
    assert counts()["Inquiry"] == 1


@pytest.mark.parametrize(("table", "verb"), INSURANCE_STEPS)
def test_insurance_form_that_fails_at_any_step_stores_nothing(
    insure: Send, table: str, verb: str
) -> None:
    before, key = dump(), new_key()
    with writes_fail(table, verb), pytest.raises(OperationalError):
        insure(key)
    assert dump() == before
    assert not insure(key).is_repeat
    assert counts()["InsuranceVerification"] == 1


@pytest.mark.parametrize(("table", "verb"), JOIN_STEPS)
def test_further_inquiry_that_fails_at_any_step_leaves_the_lead_as_it_was(
    inquire: Send, table: str, verb: str
) -> None:
    inquire()
    before = dump()
    with writes_fail(table, verb), pytest.raises(OperationalError):
        inquire(last_name="Other", do_not_speak_to="my brother")
    assert dump() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("table", "verb"), [INQUIRY_STEPS[0], INQUIRY_STEPS[-1]])
def test_inquiry_that_fails_has_committed_nothing(inquire: Send, table: str, verb: str) -> None:
    before = dump()
    with writes_fail(table, verb), pytest.raises(OperationalError):
        inquire()
    assert dump() == before


def test_reference_that_is_taken_is_drawn_again(
    inquire: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["TAKEN222", "TAKEN222", "FREE3333"])
    monkeypatch.setattr(arrival, "new_reference", lambda: next(drawn))
    inquire()
    receipt = inquire(first_name="Blake", phone="", email="blake@example.org")
    assert receipt.reference == "FREE3333"
    assert counts()["Lead"] == 2


def test_fault_that_stays_is_told_and_stores_nothing(
    inquire: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "new_reference", lambda: "TAKEN222")
    inquire()
    before = dump()
    with pytest.raises(IntegrityError):
        inquire(first_name="Blake", phone="", email="blake@example.org")
    assert dump() == before


# -- once


@pytest.mark.parametrize("form", ["inquire", "insure"])
def test_same_page_sent_twice_is_one_submission(request: pytest.FixtureRequest, form: str) -> None:
    send: Send = request.getfixturevalue(form)
    key = new_key()
    first = send(key)
    before = dump()
    again = send(key)
    assert again == Receipt(first.reference, is_repeat=True)
    assert dump() == before


@pytest.mark.parametrize("form", ["inquire", "insure"])
def test_same_page_with_other_words_is_a_correction_on_the_same_lead(
    request: pytest.FixtureRequest, form: str
) -> None:
    send: Send = request.getfixturevalue(form)
    key = new_key()
    first = send(key)
    # Even the name and number may be what was corrected.
    second = send(key, first_name="Ava", phone="+1 508-555-0177", email="ava@example.org")
    assert second == Receipt(first.reference, is_repeat=False)
    assert counts()["Lead"] == 1
    model = Inquiry if form == "inquire" else InsuranceVerification
    assert [one.answers["first_name"] for one in model.objects.order_by("id")] == ["Avery", "Ava"]
    assert told().count() == 2


def test_correction_is_found_by_what_it_corrected(inquire: Send) -> None:
    key = new_key()
    receipt = inquire(key)
    inquire(key, phone="+1 508-555-0177")
    for query in ("0101", "0177"):
        assert find(Lead.objects.all(), query).get().reference == receipt.reference


def test_inquiry_and_insurance_form_of_one_key_are_two_submissions(
    inquire: Send, insure: Send
) -> None:
    key = new_key()
    inquire(key)
    assert not insure(key).is_repeat
    assert counts()["InsuranceVerification"] == 1


def test_content_digest_is_of_the_words_not_of_their_order() -> None:
    answers = inquiry_answers()
    turned = dict(reversed(answers.items()))
    assert intake.content_digests(answers) == intake.content_digests(turned)
    assert intake.content_digests(answers) != intake.content_digests({**answers, "message": "x"})


def test_content_digest_says_nothing_without_the_key(settings: Any) -> None:
    before = intake.content_digests(inquiry_answers())
    settings.INDEX_KEYS = (("k1", b"x" * 32),)
    assert intake.content_digests(inquiry_answers()) != before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["inquire", "insure"])
def test_same_page_sent_twenty_times_at_once_is_one_submission(
    request: pytest.FixtureRequest, form: str
) -> None:
    send: Send = request.getfixturevalue(form)
    key = new_key()
    receipts = run_together(20, lambda _number: send(key))
    assert len({one.reference for one in receipts}) == 1  # type: ignore[union-attr]
    assert sorted(one.is_repeat for one in receipts) == [False] + [True] * 19  # type: ignore[union-attr]
    model = Inquiry if form == "inquire" else InsuranceVerification
    assert model.objects.count() == told().count() == Lead.objects.count() == 1
    assert LeadEvent.objects.count() == 2
    assert list(audit.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_twenty_pages_of_one_person_at_once_are_one_lead(inquire: Send) -> None:
    receipts = run_together(20, lambda number: inquire(message=f"Page {number}"))
    # Each page gets a reference of its own: only the first one opened the lead.
    assert len({one.reference for one in receipts}) == 20  # type: ignore[union-attr]
    assert StatusAccess.objects.filter(opened_lead=True).count() == 1
    assert Lead.objects.count() == 1
    assert Inquiry.objects.count() == told().count() == 20
    assert Lead.objects.get().version == 20
    assert list(audit.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_are_twenty_leads(inquire: Send) -> None:
    receipts = run_together(
        20,
        lambda number: inquire(
            first_name=f"Name{number}", phone=f"+1 617-555-{110 + number:04}", email=""
        ),
    )
    assert len({one.reference for one in receipts}) == 20  # type: ignore[union-attr]
    assert Lead.objects.count() == Inquiry.objects.count() == told().count() == 20
    assert LeadEvent.objects.count() == 40
    assert list(audit.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_inquiry_and_insurance_form_at_once_are_one_lead(inquire: Send, insure: Send) -> None:
    receipts = run_together(10, lambda number: (insure if number % 2 else inquire)())
    assert not [one for one in receipts if isinstance(one, Exception)]
    assert Lead.objects.count() == 1


# -- joining


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"email": ""},
        {"phone": ""},
        {"phone": "(617) 555 0101", "email": "other@example.org"},
        {"phone": "+1 508-555-0177", "email": "AVERY@example.ORG"},
        {"first_name": "  AVERY "},
        {"first_name": "Avéry"},
    ],
)
def test_same_person_joins_their_open_lead(inquire: Send, same: dict[str, str]) -> None:
    first = inquire()
    second = inquire(**same)
    assert lead_of(second) == lead_of(first)
    assert second.reference != first.reference  # what they know proves nothing
    assert not StatusAccess.objects.get(reference=second.reference).opened_lead
    assert counts()["Lead"] == 1
    assert LeadEvent.objects.latest("sequence").data["joined"] is True


@pytest.mark.parametrize(
    "other",
    [
        {"phone": "+1 508-555-0177", "email": "other@example.org"},
        {"phone": "+1 508-555-0101", "email": ""},  # the same last four digits are not enough
    ],
)
def test_same_name_alone_joins_nothing(inquire: Send, other: dict[str, str]) -> None:
    first = inquire()
    second = lead_of(inquire(**other))
    assert second.reference != first.reference
    assert second.possible_duplicate_of is None


@pytest.mark.parametrize("status", ["closed", "admitted"])
def test_lead_that_is_done_is_not_joined(inquire: Send, status: str) -> None:
    first = lead_of(inquire())
    close(first)
    if status == "admitted":
        Lead.objects.update(status="admitted", close_reason="")
    second = lead_of(inquire())
    assert second.pk != first.pk
    assert second.previous_episode == first
    assert second.possible_duplicate_of is None
    first.refresh_from_db()
    assert (first.status, first.version) == (status, 1)


@pytest.mark.parametrize("shared", [{"email": ""}, {"phone": ""}])
def test_shared_phone_or_email_under_another_name_is_a_lead_that_points_to_the_first(
    inquire: Send, shared: dict[str, str]
) -> None:
    first = lead_of(inquire())
    second = lead_of(inquire(first_name="Blake", **shared))
    assert second.pk != first.pk
    assert second.possible_duplicate_of == first
    first.refresh_from_db()
    assert first.possible_duplicate_of is None
    assert first.version == 1
    assert lead_of(inquire(first_name="Blake")) == second
    assert lead_of(inquire(first_name="Avery")) == first


def test_join_fills_what_was_blank_and_overwrites_nothing(inquire: Send) -> None:
    lead = lead_of(inquire(email="", good_times="mornings", coverage_kind=""))
    inquire(
        last_name="Changed",
        email="new@example.org",
        good_times="evenings",
        coverage_kind="medicare",
    )
    lead.refresh_from_db()
    assert lead.last_name == "Quill"
    assert lead.good_times == "mornings"
    assert lead.email == ""  # what they know does not prove that the address is the same person's
    assert lead.coverage_kind == "medicare"
    assert find(Lead.objects.all(), "new@example.org").get() == lead


def test_join_brings_the_lead_up_for_a_call(inquire: Send) -> None:
    lead = lead_of(inquire())
    assert lead.next_follow_up_at is None
    inquire(message="Still waiting.")
    lead.refresh_from_db()
    assert lead in Lead.objects.follow_up_due()
    assert lead.version == 2


def test_join_leaves_the_status_and_the_owner_alone(inquire: Send, coordinator: Any) -> None:
    lead = lead_of(inquire())
    Lead.objects.update(status="qualified", owner=coordinator, vob_status="verified_viable")
    inquire(message="One more thing.")
    lead.refresh_from_db()
    assert (lead.status, lead.owner, lead.vob_status) == (
        "qualified",
        coordinator,
        "verified_viable",
    )


@pytest.mark.parametrize("name", ["voicemail_ok", "text_ok", "may_say_who"])
@pytest.mark.parametrize(
    ("stands", "given", "after"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_join_only_narrows_what_is_allowed(
    inquire: Send, name: str, stands: bool, given: bool, after: bool
) -> None:
    lead = lead_of(inquire(**{name: stands}))
    inquire(**{name: given, "message": "again"})
    lead.refresh_from_db()
    assert getattr(lead, name) is after
    assert [one.answers[name] for one in Inquiry.objects.order_by("id")] == [stands, given]


def test_insurance_form_takes_back_only_the_permission_it_asks_about(
    inquire: Send, insure: Send
) -> None:
    lead = lead_of(inquire(voicemail_ok=True, text_ok=True, may_say_who=True))
    insure(voicemail_ok=False)
    lead.refresh_from_db()
    assert (lead.voicemail_ok, lead.text_ok, lead.may_say_who) == (False, True, True)


def test_join_adds_to_whom_not_to_speak(inquire: Send) -> None:
    lead = lead_of(inquire(do_not_speak_to="my brother"))
    inquire(do_not_speak_to="my boss")
    inquire(do_not_speak_to="my boss", message="again")
    lead.refresh_from_db()
    assert lead.do_not_speak_to == "my brother; my boss"


def test_join_that_is_the_first_to_say_whom_not_to_speak_to(inquire: Send) -> None:
    lead = lead_of(inquire())
    inquire(do_not_speak_to="my brother")
    lead.refresh_from_db()
    assert lead.do_not_speak_to == "my brother"


# -- the insurance form


def test_insurance_form_without_a_lead_opens_one(insure: Send) -> None:
    lead = lead_of(insure())
    assert (lead.source, lead.status, lead.vob_status) == ("web_insurance", "new", "requested")
    assert (lead.first_name, lead.patient_name) == ("Avery", "Avery Quill")
    form = InsuranceVerification.objects.get()
    assert form.lead == lead
    assert form.answers == insurance_answers()
    assert told().get().kind == "new_insurance"
    event = LeadEvent.objects.latest("sequence")
    assert event.kind == "insurance_received"
    assert event.data == {
        "form": form.pk,
        "joined": False,
        "source": "web_insurance",
        "vob_status": ["not_requested", "requested"],
    }


@pytest.mark.parametrize(
    "reach", [{"phone": "617.555.0101", "email": ""}, {"phone": "", "email": "Avery@Example.org"}]
)
def test_insurance_form_hangs_on_the_open_lead_of_the_same_person(
    inquire: Send, insure: Send, reach: dict[str, str]
) -> None:
    first = lead_of(inquire())
    assert lead_of(insure(**reach)) == first
    lead = Lead.objects.get()
    assert lead.vob_status == "requested"
    assert lead.patient_name == "Avery Quill"


def test_insurance_form_of_another_name_is_never_joined_by_a_guess(
    inquire: Send, insure: Send
) -> None:
    first = lead_of(inquire())
    second = lead_of(insure(first_name="Somebody else"))
    assert second != first
    assert second.possible_duplicate_of == first


def test_insurance_form_for_another_patient_opens_a_lead_of_its_own(insure: Send) -> None:
    first = lead_of(insure())
    second = lead_of(insure(patient_legal_name="Robin Alder"))
    assert second != first
    assert second.possible_duplicate_of == first


def test_same_patient_asked_for_by_another_contact_is_flagged(insure: Send) -> None:
    first = lead_of(insure())
    second = lead_of(
        insure(first_name="Robin", phone="+1 508-555-0177", patient_legal_name="QUILL, avery")
    )
    assert second != first
    assert second.possible_duplicate_of == first
    third = lead_of(
        insure(first_name="Blake", phone="+1 508-555-0178", patient_birth_date="1985-03-28")
    )
    assert third.possible_duplicate_of is None


def test_insurance_form_does_not_hang_on_a_closed_lead(inquire: Send, insure: Send) -> None:
    first = close(lead_of(inquire()))
    assert lead_of(insure()).previous_episode == first


@pytest.mark.parametrize("name", ["Avery", "Blake", "Casey"])
def test_insurance_form_goes_to_the_one_of_several_by_that_name(
    inquire: Send, insure: Send, name: str
) -> None:
    leads = {one: lead_of(inquire(first_name=one)) for one in ("Avery", "Blake", "Casey")}
    assert lead_of(insure(first_name=name, patient_legal_name="Somebody Else")) == leads[name]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("not_requested", "requested"),
        ("requested", "requested"),
        ("in_progress", "in_progress"),
        ("needs_info", "requested"),
        ("verified_viable", "verified_viable"),
        ("verified_not_viable", "requested"),
        ("unable_to_verify", "requested"),
        ("expired", "requested"),
        ("not_applicable", "requested"),
    ],
)
def test_insurance_form_asks_for_a_check_unless_one_is_being_made(
    inquire: Send, insure: Send, before: str, after: str
) -> None:
    lead = lead_of(inquire())
    Lead.objects.update(vob_status=before)
    insure()
    lead.refresh_from_db()
    assert lead.vob_status == after
    assert LeadEvent.objects.latest("sequence").data["vob_status"] == [before, after]


def test_insurance_form_keeps_the_payer_for_routing(insure: Send) -> None:
    payer = Payer.objects.create(slug="some-payer", name="Some Payer", kind="commercial")
    insure(payer="some-payer", payer_other="")
    insure(payer="other", payer_other="A small plan")
    assert [one.payer for one in InsuranceVerification.objects.order_by("id")] == [payer, None]


def test_whoever_may_be_under_18_is_treated_so(inquire: Send) -> None:
    lead = lead_of(inquire(age_band="26_64"))
    assert lead_of(inquire(age_band="12_17")) == lead
    lead.refresh_from_db()
    assert lead.is_minor
    inquire(age_band="26_64")
    lead.refresh_from_db()
    assert lead.is_minor


# -- going on from what was sent


def access_of(receipt: Receipt) -> StatusAccess:
    return StatusAccess.objects.get(reference=receipt.reference)


def go_on(receipt: Receipt, **answers: Any) -> Receipt:
    """Send an insurance form that goes on from an earlier receipt: it asks for no contact."""
    asked = ("first_name", "phone", "email", "voicemail_ok")
    sent = {k: v for k, v in insurance_answers(**answers).items() if k not in asked}
    return intake.submit_insurance(
        answers=sent,
        wordings=[],
        idempotency_key=new_key(),
        sender=intake.Sender(access=access_of(receipt)),
    )


def test_form_that_goes_on_hangs_on_its_lead_with_the_same_reference(inquire: Send) -> None:
    first = inquire(voicemail_ok=True)
    assert go_on(first).reference == first.reference
    lead = Lead.objects.get()
    assert (lead.vob_status, lead.first_name, lead.voicemail_ok) == ("requested", "Avery", True)
    assert StatusAccess.objects.count() == 1


def test_form_that_goes_on_from_a_lead_closed_meanwhile_is_a_new_episode(inquire: Send) -> None:
    first = inquire(do_not_speak_to="my brother", voicemail_ok=True)
    old = close(lead_of(first))
    second = go_on(first)
    assert second.reference != first.reference
    lead = lead_of(second)
    assert lead.previous_episode == old
    assert (lead.first_name, lead.phone) == (old.first_name, old.phone)
    assert (lead.do_not_speak_to, lead.voicemail_ok) == ("my brother", True)
    assert find(Lead.objects.filter(pk=lead.pk), "0101").exists()


def test_estimate_that_is_asked_for_starts_its_clock_once(inquire: Send) -> None:
    receipt = inquire()
    access = access_of(receipt)
    intake.request_estimate(access=access)
    lead = Lead.objects.get()
    assert lead.estimate_requested_at is not None
    assert lead.estimate_due_on is not None
    assert (lead.vob_status, lead.coverage_kind) == ("not_applicable", "none")
    before = dump()
    intake.request_estimate(access=access)
    assert dump() == before
    assert [one.kind for one in told().order_by("id")] == ["new_inquiry", "new_estimate"]


def test_inquiry_that_wants_an_estimate_starts_its_clock(inquire: Send) -> None:
    lead = lead_of(inquire(wants_estimate=True, coverage_kind="none"))
    assert lead.estimate_due_on is not None
    assert lead.vob_status == "not_applicable"
    assert {one.kind for one in told()} == {"new_inquiry", "new_estimate"}


# -- suspects


def test_suspect_is_held_on_a_lead_of_its_own_and_told_to_nobody(
    inquire: Send, wordings: list[ConsentWording]
) -> None:
    first = lead_of(inquire())
    before = OutboxMessage.objects.count()
    receipt = intake.submit_inquiry(
        answers=inquiry_answers(),
        wordings=wordings,
        idempotency_key=new_key(),
        sender=intake.Sender(suspicions=[Suspicion.TRAP]),
    )
    held = lead_of(receipt)
    assert held != first
    assert held.quarantined_at is not None
    assert held.suspicions == ["trap"]
    assert held.possible_duplicate_of is None
    assert OutboxMessage.objects.count() == before
    assert LeadEvent.objects.filter(kind="quarantined", lead=held).count() == 1
    # Nobody joins a suspect.
    assert lead_of(inquire()) == first


def test_supervisor_is_told_once_of_somebody_under_18(inquire: Send) -> None:
    inquire(age_band="12_17")
    inquire(age_band="12_17", message="Again.")
    notices = OutboxMessage.objects.filter(kind="needs_supervisor")
    assert notices.count() == 1
