"""The inquiry's doors, and what all public forms share."""

import json
import uuid
from typing import Any

import pytest
from django.http import QueryDict

from admissions.forms.inquiry import (
    DOORS,
    EstimateForm,
    InquiryForm,
    MyselfForm,
    ProfessionalForm,
    SomeoneForm,
)
from admissions.models import ConsentWording
from programs.models import Track
from tests.factories import inquiry_answers, inquiry_post

pytestmark = pytest.mark.usefixtures("wordings")


FORMS = (*DOORS.values(), EstimateForm)
every = pytest.mark.parametrize("door", FORMS, ids=lambda door: door.__name__)
# What a door needs beyond what all of them need.
OWN = {SomeoneForm: {"relationship": "friend"}, ProfessionalForm: {"organization": "A clinic"}}


@pytest.fixture(autouse=True)
def texts(wordings: Any) -> None:
    ConsentWording.objects.create(topic="texts", version=900, label="Texts.", required=False)


def form_of(door: type[InquiryForm] = MyselfForm, **changes: Any) -> InquiryForm:
    data = QueryDict(mutable=True)
    data.update(inquiry_post(**{**OWN.get(door, {}), **changes}))
    return door(data)


def faults(door: type[InquiryForm] = MyselfForm, **changes: Any) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in form_of(door, **changes).errors.items()}


# -- what is needed


@every
def test_form_with_what_is_needed_is_accepted(door: type[InquiryForm]) -> None:
    assert faults(door) == {}


@every
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("first_name", "Enter a name we can ask for. Any name you use is fine."),
        ("preferred_channel", "Choose how we should reach you."),
        ("age_band", "Choose an age group, so that the right person calls."),
        ("agree_contact", "Tick that we may contact you, so that we can answer."),
        ("agree_privacy_notice", "Tick that you were offered the privacy notice."),
    ],
)
def test_field_that_is_needed_is_asked_for_in_words(
    door: type[InquiryForm], name: str, text: str
) -> None:
    assert faults(door, **{name: None}) == {name: [text]}


@every
def test_form_with_nothing_asks_for_everything_it_needs_at_once(door: type[InquiryForm]) -> None:
    assert set(door({}).errors) >= {
        *OWN.get(door, {}),
        "first_name",
        "phone",
        "preferred_channel",
        "age_band",
        "agree_contact",
        "agree_privacy_notice",
    }


@pytest.mark.parametrize(
    "name", ["last_name", "good_times", "track", "coverage_kind", "message", "do_not_speak_to"]
)
def test_field_that_is_optional_is_optional(name: str) -> None:
    assert faults(**{name: None}) == {}


# -- conditional rules


@pytest.mark.parametrize("channel", ["phone", "text", "email"])
def test_phone_or_email_is_needed(channel: str) -> None:
    found = faults(phone=None, email=None, preferred_channel=channel, agree_texts="on")
    assert found["phone"] == ["Enter a phone number or an e-mail address, so that we can answer."]
    assert set(found) <= {"phone", "email"}


def test_phone_that_is_wrong_is_told_once_and_not_asked_for_again() -> None:
    found = faults(phone="123", email=None)
    assert list(found) == ["phone"]
    assert len(found["phone"]) == 1


@pytest.mark.parametrize(
    ("channel", "missing", "fault"),
    [
        ("email", "email", True),
        ("phone", "phone", True),
        ("text", "phone", True),
        ("email", "phone", False),
        ("phone", "email", False),
        ("text", "email", False),
    ],
)
def test_channel_that_is_preferred_needs_its_address(
    channel: str, missing: str, fault: bool
) -> None:
    found = faults(**{"preferred_channel": channel, "agree_texts": "on", missing: None})
    assert list(found) == ([missing] if fault else [])


def test_text_message_that_is_preferred_needs_the_consent_to_texts() -> None:
    found = faults(preferred_channel="text")
    assert found == {"agree_texts": ["Tick that we may text you, since you would like a text."]}
    assert faults(preferred_channel="text", agree_texts="on") == {}


def test_relationship_is_asked_of_family_alone() -> None:
    text = "Choose how you are related to this person."
    assert faults(SomeoneForm, relationship=None) == {"relationship": [text]}
    assert [door for door in FORMS if "relationship" in door().fields] == [SomeoneForm]


def test_organization_is_asked_of_professionals_alone() -> None:
    text = "Enter the organization you work for."
    assert faults(ProfessionalForm, organization=None) == {"organization": [text]}
    assert [door for door in FORMS if "organization" in door().fields] == [ProfessionalForm]


def test_each_door_says_who_came_through_it() -> None:
    roles = {}
    for door in FORMS:
        form = form_of(door, role="nonsense")
        assert form.is_valid()
        roles[door] = form.answers()["role"]
    assert list(roles.values()) == ["self", "family", "professional", "self"]


def test_estimate_says_that_it_is_wanted_and_who_pays() -> None:
    form = form_of(EstimateForm, coverage_kind="commercial")
    assert form.is_valid()
    assert form.answers()["wants_estimate"] is True
    assert form.answers()["coverage_kind"] == "none"


@pytest.mark.parametrize(
    "name",
    [
        "relationship",
        "patient_knows",
        "preferred_channel",
        "age_band",
        "track",
        "time_of_day",
        "coverage_kind",
    ],
)
@pytest.mark.parametrize("value", ["nonsense", "\x00", "' OR 1=1 --", "x" * 5000])
def test_choice_that_is_not_offered_is_refused(name: str, value: str) -> None:
    assert name in faults(SomeoneForm, **{name: value})


def test_track_that_is_on_offer_can_be_chosen(track: Track) -> None:
    assert faults(track=track.slug) == {}
    Track.objects.update(is_offered=False)
    assert "track" in faults(track=track.slug)


# -- permissions and consents


@pytest.mark.parametrize("name", ["voicemail_ok", "email_ok", "may_say_who", "needs_interpreter"])
def test_permission_is_no_until_it_is_given(name: str) -> None:
    assert form_of().fields[name].initial is None
    form = form_of()
    assert form.is_valid()
    assert form.answers()[name] is False
    form = form_of(**{name: "on"})
    assert form.is_valid()
    assert form.answers()[name] is True


def test_text_messages_are_allowed_by_the_consent_to_them_alone() -> None:
    for ticked, allowed in ((None, False), ("on", True)):
        form = form_of(agree_texts=ticked, text_ok="on")
        assert form.is_valid()
        assert form.answers()["text_ok"] is allowed


def test_permission_needs_the_way_that_it_is_about() -> None:
    ticked = {"voicemail_ok": "on", "may_say_who": "on", "email_ok": "on", "agree_texts": "on"}
    form = form_of(phone=None, preferred_channel="email", **ticked)
    assert form.is_valid()
    allowed = {name for name in ("voicemail_ok", "may_say_who", "text_ok") if form.answers()[name]}
    assert allowed == set()
    assert form.answers()["email_ok"] is True
    form = form_of(email=None, **ticked)
    assert form.is_valid()
    assert form.answers()["email_ok"] is False
    assert form.answers()["text_ok"] is True


@every
def test_consent_is_never_ticked_beforehand(door: type[InquiryForm]) -> None:
    form = door()
    consents = [name for name in form.fields if name.startswith("agree_")]
    assert {"agree_contact", "agree_privacy_notice"} <= set(consents)
    assert not any(form[name].value() for name in consents)


def test_consent_to_texts_is_never_needed() -> None:
    assert faults() == {}
    form = form_of(agree_texts="on")
    assert form.is_valid()
    assert "texts" in {one.topic for one in form.agreed_wordings()}


def test_consent_that_was_not_ticked_is_not_taken_as_given() -> None:
    form = form_of()
    assert form.is_valid()
    assert {one.topic for one in form.agreed_wordings()} == {"contact", "privacy-notice"}


def test_wording_on_the_page_is_the_one_that_is_agreed_to() -> None:
    page = MyselfForm()
    shown = page.initial["wordings_shown"]
    ConsentWording.objects.create(
        topic="contact", version=901, label="Something new.", required=True
    )
    form = form_of(wordings_shown=shown)
    assert form.is_valid()
    assert {(one.topic, one.version) for one in form.agreed_wordings()} == {
        ("contact", 900),
        ("privacy-notice", 900),
    }


def test_wording_that_is_shown_again_is_the_one_that_is_agreed_to() -> None:
    """A page with something to mend is shown again after the wording changed."""
    shown = MyselfForm().initial["wordings_shown"]
    ConsentWording.objects.create(
        topic="contact", version=901, label="Something new.", required=True
    )
    page = form_of(wordings_shown=shown, first_name=None)
    assert not page.is_valid()
    form = form_of(wordings_shown=page["wordings_shown"].value())
    assert form.is_valid()
    (agreed,) = (one for one in form.agreed_wordings() if one.topic == "contact")
    assert agreed.label == page.fields["agree_contact"].label


@pytest.mark.parametrize(
    "shown", ["", "0", "999999999", "a.b.c", "990001.990002" * 30, "-1", "²", "990001..990002"]
)
def test_wording_ids_that_mean_nothing_fall_back_to_what_is_in_force(shown: str) -> None:
    form = form_of(wordings_shown=shown)
    assert form.is_valid(), form.errors
    assert {(one.topic, one.version) for one in form.agreed_wordings()} == {
        ("contact", 900),
        ("privacy-notice", 900),
    }


def test_wording_of_another_topic_is_not_taken_for_this_one() -> None:
    other = ConsentWording.objects.create(topic="authority", version=900, label="Other")
    form = form_of(wordings_shown=str(other.pk))
    assert form.is_valid()
    assert other not in form.agreed_wordings()


def test_explanation_of_a_consent_is_shown_without_what_could_run() -> None:
    ConsentWording.objects.create(
        topic="contact",
        version=901,
        label="<b>Agree</b>",
        text="Read *this* <script>alert(1)</script>",
        required=True,
    )
    field = MyselfForm().fields["agree_contact"]
    assert "<em>this</em>" in field.help_text
    assert "<script>" not in field.help_text


# -- what is kept


def test_answers_are_what_intake_takes() -> None:
    form = form_of(message="  Two\nlines ")
    assert form.is_valid()
    answers = form.answers()
    not_asked = {"relationship", "patient_knows", "organization", "job_title"}
    wanted = inquiry_answers(message="  Two\nlines ")
    assert answers == {name: value for name, value in wanted.items() if name not in not_asked}
    assert json.loads(json.dumps(answers)) == answers


def test_answers_hold_nothing_technical() -> None:
    form = form_of(wordings_shown="1", csrfmiddlewaretoken="x", unknown="x", is_demo="on")
    assert form.is_valid()
    assert set(form.answers()) < set(inquiry_answers())


def test_key_of_the_page_is_kept() -> None:
    key = uuid.uuid4()
    form = form_of(idempotency_key=str(key))
    assert form.is_valid()
    assert form.cleaned_data["idempotency_key"] == key


def test_every_page_has_a_key_of_its_own() -> None:
    assert MyselfForm().initial["idempotency_key"] != MyselfForm().initial["idempotency_key"]


@pytest.mark.parametrize("key", [None, "", " "])
def test_page_without_a_key_is_taken_as_a_new_one(key: str | None) -> None:
    form = form_of(idempotency_key=key)
    assert form.is_valid()
    assert isinstance(form.cleaned_data["idempotency_key"], uuid.UUID)


@pytest.mark.parametrize("key", ["nonsense", "\x00", "1" * 5000])
def test_page_with_a_broken_key_is_taken_as_a_new_one(key: str) -> None:
    """Nobody can mend what stands in a hidden field, so it must not be in the way."""
    form = form_of(idempotency_key=key)
    assert form.is_valid(), form.errors
    assert isinstance(form.cleaned_data["idempotency_key"], uuid.UUID)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("first_name", 100),
        ("last_name", 100),
        ("good_times", 200),
        ("do_not_speak_to", 300),
        ("access_needs", 300),
        ("heard_from", 160),
        ("language", 40),
        ("organization", 160),
        ("job_title", 120),
        ("message", 2000),
    ],
)
def test_text_up_to_its_limit_is_accepted_and_beyond_is_told(name: str, limit: int) -> None:
    door = next(one for one in FORMS if name in one().fields)
    assert faults(door, **{name: "é" * limit}) == {}
    assert faults(door, **{name: "é" * 10_000}) == {
        name: [f"This is 10000 characters long. Please shorten it to {limit}."]
    }


@every
def test_nothing_is_asked_that_must_never_be_asked(door: type[InquiryForm]) -> None:
    names = " ".join(f"{name} {field.label}".lower() for name, field in door().fields.items())
    for word in (
        "ssn",
        "social security",
        "diagnos",
        "substance",
        "suicid",
        "medication",
        "trauma",
        "immigration",
        "arrest",
        "photo",
        "credit",
    ):
        assert word not in names
