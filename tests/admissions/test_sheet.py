"""What staff read of a submission: every question in words, every answer in words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from admissions.models import InsuranceVerification, Lead
from admissions.sheet import asked_and_answered
from programs.models import Payer, Track
from tests.admissions.wizard import Wizard


def rows_of(lead: Lead, number: int = 0) -> dict[str, str]:
    return dict(asked_and_answered(lead)[number].rows)


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
    assert rows_of(lead)["Insurance company"] == "Some Payer"
    InsuranceVerification.objects.update(payer=None)
    assert rows_of(lead)["Insurance company"] == "some-payer"


def test_sheets_stand_newest_first(
    make_lead: Callable[..., Lead], send_insurance: Callable[..., Lead]
) -> None:
    lead = make_lead()
    assert send_insurance() == lead
    assert [sheet.title for sheet in asked_and_answered(lead)] == [
        "Insurance form",
        "Web: inquiry form",
    ]
