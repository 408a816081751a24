"""The pages of the insurance form: what each asks, takes, and says is to be mended."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from admissions import enums
from admissions.forms.insurance import PhotosForm, StepForm, WhoForm, younger_than_child
from admissions.forms.insurance_check import FORMS, PAGES, CheckForm, fields_of_all_pages, summary
from admissions.forms.words import in_words
from admissions.models import ConsentWording, Draft, StatusAccess
from programs.models import Payer
from tests.factories import insurance_answers, insurance_step

pytestmark = pytest.mark.usefixtures("wordings", "insurance_wordings", "texts_wording")


def draft_of(**answers: Any) -> Draft:
    """Return a draft as if it were stored, with answers by step."""
    return Draft(pk=1, kind=enums.DraftKind.INSURANCE, answers=answers)


def form_of(step: str, draft: Draft | None = None, **changes: Any) -> StepForm:
    return FORMS[step](insurance_step(step, **changes), draft=draft or draft_of())


def faults(step: str, draft: Draft | None = None, **changes: Any) -> dict[str, list[str]]:
    form = form_of(step, draft, **changes)
    return {name: list(errors) for name, errors in form.errors.items()}


def born(field: str, day: date | None) -> dict[str, str | None]:
    """Return the three fields of a birth date as they are posted."""
    parts = (day.month, day.day, day.year) if day else (None, None, None)
    return {
        f"{field}_{name}": None if part is None else str(part)
        for name, part in zip(("month", "day", "year"), parts, strict=True)
    }


DEPENDENT = {
    "relationship_to_subscriber": "child",
    "subscriber_name": "Robin Quill",
    **born("subscriber_birth_date", date(1960, 5, 6)),
}
PATIENT_OF_1985 = {"who": {"patient_birth_date": "1985-03-27"}}
WITH_ID = {"coverage": {"member_id": "XYZ123456789"}}


@pytest.mark.parametrize("step", FORMS)
def test_page_with_what_is_needed_is_accepted(step: str) -> None:
    assert faults(step, draft_of(**WITH_ID)) == {}


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("who", "role"),
        ("who", "patient_legal_name"),
        ("who", "zip_code"),
        ("reach", "first_name"),
        ("reach", "preferred_channel"),
        ("coverage", "payer"),
        ("subscriber", "relationship_to_subscriber"),
        ("check", "agree_verification"),
        ("check", "agree_authority"),
        ("check", "agree_privacy_notice"),
        ("check", "agree_contact"),
    ],
)
def test_field_that_is_needed_is_asked_for(step: str, name: str) -> None:
    found = faults(step, draft_of(**WITH_ID), **{name: None})
    assert list(found) == [name]
    assert found[name][0] != "This field is required."


@pytest.mark.parametrize(
    ("step", "name", "value"),
    [
        ("who", "role", "professional"),
        ("who", "role", "x"),
        ("coverage", "payer", "nobody"),
        ("subscriber", "relationship_to_subscriber", "boss"),
    ],
)
def test_choice_that_is_none_is_told(step: str, name: str, value: str) -> None:
    assert list(faults(step, **{name: value})) == [name]


# -- who


def test_birth_date_is_asked_for() -> None:
    assert faults("who", **born("patient_birth_date", None)) == {
        "patient_birth_date": ["Enter the patient's date of birth."]
    }


@pytest.mark.parametrize("blank", [" ", "\x00", "\t"])
def test_birth_date_of_blanks_is_asked_for(blank: str) -> None:
    parts = dict.fromkeys(born("patient_birth_date", None), blank)
    assert faults("who", **parts) == {"patient_birth_date": ["Enter the patient's date of birth."]}


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (timedelta(days=1), "The date of birth is in the future. Check the year."),
        (timedelta(days=-130 * 365), "more than 125 years ago"),
    ],
)
def test_birth_date_that_cannot_be_is_told(day: timedelta, text: str) -> None:
    (fault,) = faults("who", **born("patient_birth_date", date.today() + day))["patient_birth_date"]
    assert text in fault


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        ("2026-11-26T04:59:00Z", date(2026, 11, 25)),  # 23:59 in Massachusetts
        ("2026-11-26T05:01:00Z", date(2026, 11, 26)),
    ],
)
def test_today_is_the_day_in_massachusetts(now: str, taken: date) -> None:
    with time_machine.travel(now, tick=False):
        assert faults("who", **born("patient_birth_date", taken)) == {}
        tomorrow = born("patient_birth_date", taken + timedelta(days=1))
        assert list(faults("who", **tomorrow)) == ["patient_birth_date"]


def test_29_february_is_taken_in_leap_years_only() -> None:
    assert faults("who", **born("patient_birth_date", date(2004, 2, 29))) == {}
    found = faults(
        "who", **born("patient_birth_date", date(2004, 2, 29)) | {"patient_birth_date_year": "2005"}
    )
    assert found == {"patient_birth_date": ["There is no such day. Check the day and the month."]}


def test_family_says_how_they_are_related() -> None:
    assert faults("who", role="family") == {
        "relationship": ["Choose how you are related to this person."]
    }
    assert list(faults("who", role="family", relationship="boss")) == ["relationship"]
    assert faults("who", role="family", relationship="sibling") == {}


def test_relationship_of_who_asks_for_themselves_is_nothing() -> None:
    form = form_of("who", role="self", relationship="sibling")
    assert form.is_valid()
    assert form.answers()["relationship"] == ""
    assert faults("who", role="self", relationship="boss") == {}


def test_role_is_not_asked_of_who_told_it_before() -> None:
    form = WhoForm(insurance_step("who", role=None), draft=draft_of(), asks_role=False)
    assert form.is_valid(), form.errors
    assert not {"role", "relationship"} & set(form.answers())
    assert "role" in WhoForm().fields


@pytest.mark.parametrize("typed", ["01601", " 01601 ", "01601-1234", "01601\t"])
def test_zip_code_is_kept_bare(typed: str) -> None:
    form = form_of("who", zip_code=typed)
    assert form.is_valid(), form.errors
    assert form.answers()["zip_code"] == typed.strip()


@pytest.mark.parametrize("typed", ["1601", "016011", "01601-12", "O1601", "x" * 5000, "0\x001601"])
def test_zip_code_that_is_none_is_told(typed: str) -> None:
    assert list(faults("who", zip_code=typed)) == ["zip_code"]


# -- reach


def test_phone_or_email_is_needed() -> None:
    assert list(faults("reach", phone=None)) == ["phone"]
    assert faults("reach", phone=None, email="a@example.org", preferred_channel="email") == {}
    assert list(faults("reach", phone="1")) == ["phone"]


def test_texts_may_be_chosen_before_they_are_agreed_to() -> None:
    form = form_of("reach", preferred_channel="text")
    assert form.is_valid(), form.errors
    assert "text_ok" not in form.answers()
    assert not form.agreed_wordings()


# -- coverage


def test_other_company_needs_its_name() -> None:
    assert faults("coverage", payer_other=None) == {
        "payer_other": ["Enter the name of the insurance company."]
    }
    assert list(faults("coverage", payer_other="x" * 121)) == ["payer_other"]


def test_listed_company_needs_no_name() -> None:
    Payer.objects.create(slug="some-payer", name="Some Payer", kind="commercial")
    form = form_of("coverage", payer="some-payer", payer_other="x" * 121)
    assert form.is_valid(), form.errors
    assert form.answers()["payer_other"] == ""


def test_company_that_is_not_listed_any_more_cannot_be_chosen() -> None:
    Payer.objects.create(slug="gone", name="Gone", kind="commercial", is_listed=False)
    assert faults("coverage", payer="gone") == {
        "payer": ["Choose the insurance company, or “Another company”."]
    }


@pytest.mark.parametrize("typed", ["", "X", "123-45-6789", "no digit", "☂"])
def test_member_id_is_never_refused(typed: str) -> None:
    form = form_of("coverage", member_id=typed)
    assert form.is_valid(), form.errors
    assert form.answers()["member_id"] == typed


@pytest.mark.parametrize(
    ("step", "name", "limit"),
    [
        ("who", "patient_legal_name", 160),
        ("coverage", "member_id", 40),
        ("coverage", "group_number", 40),
        ("coverage", "plan_type", 120),
        ("coverage", "employer", 120),
        ("coverage", "payer_other", 120),
        ("coverage", "secondary_coverage", 200),
        ("subscriber", "subscriber_name", 160),
    ],
)
def test_text_beyond_its_limit_is_told(step: str, name: str, limit: int) -> None:
    base = DEPENDENT if step == "subscriber" else {}
    assert faults(step, **{**base, name: "x" * limit}) == {}
    assert faults(step, **{**base, name: "x" * 10_000}) == {
        name: [f"This is 10000 characters long. Please shorten it to {limit}."]
    }


# -- subscriber


@pytest.mark.parametrize("relationship", ["spouse", "child", "other"])
def test_dependent_needs_the_subscriber(relationship: str) -> None:
    assert set(faults("subscriber", relationship_to_subscriber=relationship)) == {
        "subscriber_name",
        "subscriber_birth_date",
    }
    assert faults("subscriber", **{**DEPENDENT, "relationship_to_subscriber": relationship}) == {}


def test_subscriber_is_not_asked_for_who_is_one() -> None:
    left_over = {**DEPENDENT, "relationship_to_subscriber": "self", "subscriber_name": "x" * 999}
    form = form_of("subscriber", **{**left_over, "subscriber_birth_date_day": "32"})
    assert form.is_valid(), form.errors
    assert form.answers() == {
        "relationship_to_subscriber": "self",
        "subscriber_name": "",
        "subscriber_birth_date": None,
    }


def test_birth_date_of_the_subscriber_that_is_wrong_is_told_once() -> None:
    found = faults("subscriber", **{**DEPENDENT, "subscriber_birth_date_day": "32"})
    assert found == {"subscriber_birth_date": ["Enter the day as a number from 1 to 31."]}


@pytest.mark.parametrize("days", [0, 1, 4000])
def test_child_is_younger_than_the_subscriber(days: int) -> None:
    day = born("subscriber_birth_date", date(1985, 3, 27) + timedelta(days=days))
    draft = draft_of(**PATIENT_OF_1985)
    assert faults("subscriber", draft, **{**DEPENDENT, **day}) == {
        "subscriber_birth_date": [
            "The holder cannot be younger than their child. Check both dates."
        ]
    }
    spouse = {**DEPENDENT, **day, "relationship_to_subscriber": "spouse"}
    assert faults("subscriber", draft, **spouse) == {}
    assert faults("subscriber", **{**DEPENDENT, **day}) == {}  # the patient's is not known yet


@pytest.mark.parametrize(
    ("relationship", "holder", "patient", "expected"),
    [
        ("child", "1985-03-27", "1985-03-27", True),
        ("child", date(1985, 3, 26), "1985-03-27", False),
        ("child", date(985, 3, 26), "1985-03-27", False),
        ("child", None, "1985-03-27", False),
        ("child", "1985-03-27", None, False),
        ("spouse", "1999-01-01", "1985-03-27", False),
        (None, None, None, False),
    ],
)
def test_younger_than_child_compares_dates_in_both_writings(
    relationship: str, holder: Any, patient: Any, expected: bool
) -> None:
    assert younger_than_child(relationship, holder, patient) is expected


# -- photos


def photos(draft: Draft, received: Any = (), **files: Any) -> PhotosForm:
    uploads = MultiValueDict(
        {side: [SimpleUploadedFile("a.jpg", data)] for side, data in files.items()}
    )
    return PhotosForm(insurance_step("photos"), uploads, draft=draft, received=received)


def test_front_or_member_id_is_needed() -> None:
    assert list(photos(draft_of()).errors) == ["front"]
    assert list(photos(draft_of(coverage={"member_id": ""}), back=b"x").errors) == ["front"]
    assert photos(draft_of(), front=b"x").is_valid()
    assert photos(draft_of(), {"front"}).is_valid()
    assert list(photos(draft_of(), {"back"}).errors) == ["front"]
    assert photos(draft_of(**WITH_ID)).is_valid()


def test_front_that_is_wrong_is_told_once() -> None:
    form = photos(draft_of(), front=b"")
    assert [list(errors) for errors in form.errors.values()] == [
        ["This file is empty. Please choose the photo again."]
    ]


def test_photos_of_a_draft_that_cannot_be_read_are_not_asked_for() -> None:
    assert photos(Draft(kind=enums.DraftKind.INSURANCE)).is_valid()


def test_photo_that_was_received_is_said_at_its_field() -> None:
    form = photos(draft_of(), {"front"})
    assert form["front"].help_text == "front.jpg received. To change it, choose another photo."
    assert "15 MB" in form["back"].help_text
    form.show_received({"front", "back"})
    assert form["back"].help_text.startswith("back.jpg received")
    assert form.answers() == {}


def test_front_is_optional_only_beside_a_member_id() -> None:
    assert getattr(photos(draft_of()).fields["front"], "asked_when_shown", False)
    assert not getattr(photos(draft_of(**WITH_ID)).fields["front"], "asked_when_shown", False)


# -- check


def check(draft: Draft, received: Any = (), **changes: Any) -> CheckForm:
    return CheckForm(insurance_step("check", **changes), draft=draft, received=received)


def test_form_without_id_and_front_is_not_sent_and_says_where_to_mend_it() -> None:
    draft = draft_of(coverage={"member_id": ""})
    form = check(draft)
    (fault,) = form.non_field_errors()
    assert "We need the member ID or a photo of the front of the card." in fault
    for step in ("coverage", "photos"):
        assert f'href="../{step}/"' in fault
    assert form.gaps() == [fault]
    assert check(draft, {"front"}).is_valid()
    assert not check(draft, {"back"}).is_valid()


def test_ages_that_contradict_each_other_after_a_change_are_told() -> None:
    draft = draft_of(
        **WITH_ID,
        who={"patient_birth_date": "1950-01-01"},
        subscriber={
            "relationship_to_subscriber": "child",
            "subscriber_birth_date": "1960-05-06",
        },
    )
    (fault,) = check(draft).non_field_errors()
    assert "cannot be younger" in fault
    assert 'href="../who/"' in fault
    assert 'href="../subscriber/"' in fault


def test_who_wants_texts_agrees_to_them() -> None:
    draft = draft_of(**WITH_ID, reach={"preferred_channel": "text"})
    assert list(check(draft).errors) == ["agree_texts"]
    assert check(draft, agree_texts="on").is_valid()


def test_answers_are_those_of_all_pages(wordings: list[ConsentWording]) -> None:
    kept = {}
    for step in PAGES:
        page = form_of(
            step,
            draft_of(**WITH_ID, **PATIENT_OF_1985),
            **(DEPENDENT if step == "subscriber" else {}),
        )
        assert page.is_valid(), page.errors
        kept[step] = page.answers()
    form = check(draft_of(**kept, suspicions=["trap"]), agree_texts="on")
    assert form.is_valid(), form.errors
    answers = form.answers()
    assert json.loads(json.dumps(answers)) == answers
    assert answers["text_ok"] is True
    assert answers["subscriber_birth_date"] == "1960-05-06"
    assert set(insurance_answers()) < set(answers)
    assert {*answers} - {*insurance_answers()} == {
        "role",
        "relationship",
        "last_name",
        "preferred_channel",
        "good_times",
        "may_say_who",
        "email_ok",
        "text_ok",
        "do_not_speak_to",
        "language",
        "needs_interpreter",
        "employer",
    }
    assert [(one.topic, one.version) for one in form.agreed_wordings()] == [
        ("verification", 900),
        ("authority", 900),
        ("privacy-notice", 900),
        ("contact", 900),
        ("texts", 900),
    ]


def test_who_agreed_before_is_asked_only_about_the_insurance(lead: Any) -> None:
    draft = Draft(access=StatusAccess.objects.get(lead=lead), answers=dict(WITH_ID))
    form = check(draft)
    assert form.is_valid(), form.errors
    assert {one for one in form.fields if one.startswith("agree_")} == {
        "agree_verification",
        "agree_authority",
    }
    assert form.answers() == {"member_id": "XYZ123456789"}


@pytest.mark.parametrize(
    "name",
    [
        "patient_legal_name",
        "zip_code",
        "payer_other",
        "member_id",
        "group_number",
        "plan_type",
        "employer",
        "behavioral_health_phone",
        "secondary_coverage",
        "subscriber_name",
    ],
)
def test_browser_is_asked_to_remember_nothing_of_another_person(name: str) -> None:
    assert fields_of_all_pages()[name].widget.attrs["autocomplete"] == "off"


# -- the summary


def test_summary_shows_every_answer_in_words_and_leaves_out_what_was_not_given() -> None:
    Payer.objects.create(slug="some-payer", name="Some Payer", kind="commercial")
    draft = draft_of(
        who={"role": "family", "relationship": "parent", "patient_birth_date": "2010-03-27"},
        reach={"first_name": "Avery", "voicemail_ok": False, "email_ok": True, "language": ""},
        coverage={"payer": "some-payer", "member_id": "12", "group_number": ""},
        subscriber={"relationship_to_subscriber": "self", "subscriber_birth_date": None},
    )
    parts = summary(draft, PAGES, received={"front"}, hints=["Odd."])
    rows = {part.step: [(row.label, row.answer) for row in part.rows] for part in parts}
    assert rows == {
        "who": [
            ("Who is this for?", "I am asking for a family member or friend"),
            ("How are you related?", "I am their parent or guardian"),
            ("Patient's date of birth", "March 27, 2010"),
        ],
        "reach": [
            ("Your first name", "Avery"),
            ("You may leave a voicemail", "No"),
            ("You may send short automatic e-mails, which never say what this is about", "Yes"),
        ],
        "coverage": [("Insurance company", "Some Payer"), ("Member ID", "12")],
        "subscriber": [("Who holds the insurance?", "The patient holds it")],
        "photos": [("Photo of the front", "front.jpg received"), ("Photo of the back", "None")],
    }
    assert [row.hints for part in parts for row in part.rows if row.hints] == [["Odd."]]
    assert [part.title for part in parts if part.step == "photos"] == ["Photos of the card"]


def test_answer_to_a_field_that_is_no_more_is_shown_as_it_is() -> None:
    assert in_words(None, "typed") == "typed"
    assert in_words(None, True) == "Yes"
    assert in_words(WhoForm().fields["role"], "robot") == "robot"
