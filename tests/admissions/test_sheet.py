"""What staff read of a submission: every question in words, every answer in words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from admissions import masking
from admissions.models import InsuranceVerification, Lead
from admissions.sheet import asked_and_answered
from programs.models import Payer, Track
from tests.admissions.wizard import Wizard


def rows_of(lead: Lead, number: int = 0, *, revealed: bool = True) -> dict[str, str]:
    return dict(asked_and_answered(lead, revealed=revealed)[number].rows)


def test_inquiry_is_read_in_words(make_lead: Callable[..., Lead]) -> None:
    lead = make_lead(
        role="family", relationship="sibling", age_band="12_17", text_ok=True, message="Hello"
    )
    (sheet,) = asked_and_answered(lead)
    assert sheet.title == "Web: inquiry form"
    rows = dict(sheet.rows)
    assert rows["Who writes"] == "I am asking for a family member or friend"
    assert rows["How are you related?"] == "I am their brother or sister"
    assert rows["How old is the person who needs care?"] == "12 to 17"
    assert rows["Text messages are welcome"] == "Yes"
    assert rows["Anything else we should know before we call?"] == "Hello"
    assert "You may leave a voicemail" not in rows


def test_track_is_read_by_its_title(make_lead: Callable[..., Lead], track: Track) -> None:
    rows = rows_of(make_lead(track=track.slug))
    assert rows["A track that interests you"] == "Quiet mornings"


def test_request_for_a_consultation_shows_its_time_and_way(make_lead: Callable[..., Lead]) -> None:
    lead = make_lead(starts_at="2026-12-01T15:00:00+00:00", channel="video", wants_estimate=True)
    rows = rows_of(lead)
    assert rows["Time that was chosen"] == "Dec. 1, 2026, 10 a.m."
    assert rows["How they want to talk"] == "By video"
    assert rows["Asks for a written estimate"] == "Yes"


def test_answer_that_no_form_asks_any_more_is_read_all_the_same(
    make_lead: Callable[..., Lead],
) -> None:
    assert rows_of(make_lead(favourite_colour="Qx blue"))["favourite_colour"] == "Qx blue"


@pytest.mark.usefixtures("insurance_wordings", "texts_wording", "wordings")
def test_insurance_form_is_read_with_the_answers_of_all_its_pages(client: Client) -> None:
    payer = Payer.objects.create(slug="some-payer", name="Some Payer", kind="commercial")
    answers: dict[str, dict[str, Any]] = {
        "who": {"role": "family", "relationship": "parent"},
        "reach": {"good_times": "after 4", "voicemail_ok": "on"},
        "coverage": {"payer": "some-payer", "employer": "Marsh Tools", "group_number": "G7"},
        "subscriber": {
            "relationship_to_subscriber": "child",
            "subscriber_name": "Robin Quill",
            "subscriber_birth_date_month": "5",
            "subscriber_birth_date_day": "6",
            "subscriber_birth_date_year": "1960",
        },
    }
    Wizard(client).until("check", **answers).send()
    lead = Lead.objects.get()
    rows = rows_of(lead)
    assert rows == {
        "Who is this for?": "I am asking for a family member or friend",
        "How are you related?": "I am their parent or guardian",
        "Patient's full legal name": "Avery Quill",
        "Patient's date of birth": "March 27, 1985",
        "Patient's ZIP code": "01601",
        "Your first name": "Avery",
        "Phone": "+1 617-555-0101",
        "How would you like us to reach you?": "Phone call",
        "Good times to reach you": "after 4",
        "You may leave a voicemail": "Yes",
        "Insurance company": "Some Payer",
        "Member ID": "XYZ123456789",
        "Group number": "G7",
        "Employer or school that the insurance comes from": "Marsh Tools",
        "Who holds the insurance?": "The patient is the holder's child",
        "Holder's full name": "Robin Quill",
        "Holder's date of birth": "May 6, 1960",
    }
    payer.is_listed = False
    payer.save()
    assert rows_of(Lead.objects.get())["Insurance company"] == "Some Payer"
    InsuranceVerification.objects.update(payer=None)
    assert rows_of(Lead.objects.get())["Insurance company"] == "some-payer"


def test_sheets_stand_newest_first(
    make_lead: Callable[..., Lead], send_insurance: Callable[..., Lead]
) -> None:
    lead = make_lead()
    assert send_insurance() == lead
    assert [sheet.title for sheet in asked_and_answered(lead)] == [
        "Insurance form",
        "Web: inquiry form",
    ]


# -- masks


def test_what_is_sensitive_stands_masked_until_it_is_asked_for(
    send_insurance: Callable[..., Lead],
) -> None:
    lead = send_insurance(
        group_number="G-778",
        relationship_to_subscriber="child",
        subscriber_name="Robin  Quill",
        subscriber_birth_date="1960-05-06",
    )
    (sheet,) = asked_and_answered(lead)
    rows = dict(sheet.rows)
    assert rows["Patient's full legal name"] == "A••• Q•••"
    assert rows["Patient's date of birth"] == "•••• 1985"
    assert rows["Member ID"] == "••••6789"
    assert rows["Group number"] == "••••78"
    assert rows["Holder's full name"] == "R••• Q•••"
    assert rows["Holder's date of birth"] == "•••• 1960"
    assert rows["Phone"] == "+1 617-555-0101"
    assert set(sheet.sensitive) == {
        "patient_legal_name",
        "patient_birth_date",
        "member_id",
        "group_number",
        "subscriber_name",
        "subscriber_birth_date",
    }
    clear = rows_of(lead)
    assert clear["Member ID"] == "XYZ123456789"
    assert clear["Holder's date of birth"] == "May 6, 1960"


@pytest.mark.parametrize("field", ["contact_withdrawn_at", "deletion_requested_at"])
def test_where_to_reach_them_is_masked_of_who_must_not_be_contacted(lead: Lead, field: str) -> None:
    setattr(lead, field, lead.received_at)
    rows = rows_of(lead, revealed=False)
    assert rows["Phone"] == "••••0101"
    assert rows["E-mail"] == "a•••@•••"
    assert rows_of(lead)["Phone"] == "+1 617-555-0101"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("XYZ123456789", "••••6789"),
        ("12-34.56 78", "••••5678"),
        ("1234567", "••••67"),
        ("123", "••••"),
        ("", "••••"),
        ("🙂" * 9, "••••"),
    ],
    ids=range(6),
)
def test_number_is_masked_but_for_its_end(value: str, masked: str) -> None:
    assert masking.ends(value) == masked


def test_mask_of_what_is_no_date_or_address_shows_nothing_of_it() -> None:
    assert masking.year("some day in 1985") == "••••"
    assert masking.year("") == "••••"
    assert masking.initials("") == ""
    assert masking.address("") == "•••@•••"
