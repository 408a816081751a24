"""The insurance form over HTTP: six pages, photos among them, and one form at the end."""

import json
import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import card_photos, intake
from admissions.forms.fields import readable
from admissions.models import (
    CardPhoto,
    Consent,
    ConsentWording,
    Draft,
    InsuranceVerification,
    Lead,
    OutboxMessage,
    StatusAccess,
)
from programs.models import Payer
from tests.admissions import card_files
from tests.admissions.conftest import dump, writes_fail
from tests.admissions.wizard import FIRST, STEPS, Wizard, fault_in
from tests.factories import inquiry_post, insurance_answers, insurance_step, new_key
from tests.pages import field_names, fields_of

pytestmark = pytest.mark.usefixtures("wordings", "insurance_wordings", "texts_wording", "provider")

FORM = "application/x-www-form-urlencoded"
PHONE = "617-555-0199"
FRONT_NEEDED = "We need the member ID or a photo of the front of the card."

# A value to mend of each field of each page.
BAD = {
    "who": {
        "role": "boss",
        "relationship": "boss",
        "patient_legal_name": "x" * 161,
        "patient_birth_date_month": "13",
        "patient_birth_date_day": "Qx",
        "patient_birth_date_year": "85",
        "zip_code": "Qx",
    },
    "reach": {
        "first_name": "x" * 101,
        "last_name": "x" * 101,
        "phone": "12 Qx",
        "email": "qx at example",
        "preferred_channel": "pigeon",
        "good_times": "x" * 201,
        "do_not_speak_to": "x" * 301,
        "language": "x" * 41,
    },
    "coverage": {
        "payer": "nobody",
        "payer_other": "x" * 121,
        "member_id": "x" * 41,
        "group_number": "x" * 41,
        "plan_type": "x" * 121,
        "employer": "x" * 121,
        "behavioral_health_phone": "12 Qx",
        "secondary_coverage": "x" * 201,
    },
    "subscriber": {
        "relationship_to_subscriber": "boss",
        "subscriber_name": "x" * 161,
        "subscriber_birth_date_month": "Qx",
        "subscriber_birth_date_day": "99",
        "subscriber_birth_date_year": "3000",
    },
}
CHOICES = {"role", "relationship", "preferred_channel", "payer", "relationship_to_subscriber"}
RIGHT = {
    "role": "family",
    "relationship": "parent",
    "preferred_channel": "phone",
    "payer": "other",
    "relationship_to_subscriber": "spouse",
    "phone": "617-555-0142",
    "email": "qx@example.org",
    "zip_code": "01601",
    "behavioral_health_phone": "800-555-0143",
    "patient_birth_date_month": "Mar",
    "patient_birth_date_day": "27",
    "patient_birth_date_year": "1985",
    "subscriber_birth_date_month": "5",
    "subscriber_birth_date_day": "6",
    "subscriber_birth_date_year": "1960",
}
TYPED_STEPS = tuple(BAD)
typing = pytest.mark.parametrize("step", TYPED_STEPS)


def texts(step: str) -> list[str]:
    return [name for name in BAD[step] if name not in CHOICES]


def filled(step: str) -> dict[str, str]:
    """Return a valid post of a page in which every field holds something."""
    return insurance_step(step, **{name: RIGHT.get(name, f"Qx {name}") for name in BAD[step]})


@pytest.fixture
def wizard(client: Client) -> Wizard:
    return Wizard(client)


@pytest.fixture
def access(lead: Lead) -> StatusAccess:
    return StatusAccess.objects.get(lead=lead)


def text_of(response: Any) -> str:
    return response.content.decode()


def file(data: bytes, name: str = "IMG_0001 Avery Quill.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def sides(wizard: Wizard) -> list[str]:
    return [photo.side for photo in wizard.draft.photos.all()]


def send_photos(wizard: Wizard, **files: bytes) -> Any:
    data: dict[str, Any] = insurance_step("photos")
    data |= {side: file(content) for side, content in files.items()}
    return wizard.client.post(wizard.url("photos"), data)


# -- the first page


def test_first_page_is_shown_and_kept_by_nobody(client: Client) -> None:
    response = client.get(FIRST)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert PHONE in text_of(response)
    assert "Step 1 of 6" in text_of(response)
    assert "discard" not in text_of(response)
    names = field_names(response.content)
    assert names >= {*BAD["who"], "csrfmiddlewaretoken", "idempotency_key", "page_time", "subject"}
    assert client.head(FIRST).status_code == 200
    assert not Draft.objects.exists()


def test_first_page_as_it_is_shown_can_be_sent() -> None:
    client = Client(enforce_csrf_checks=True)
    shown = {name: value for name, value in fields_of(client.get(FIRST).content).items() if value}
    assert client.post(FIRST, {**insurance_step("who"), **shown}).status_code == 302
    assert str(Draft.objects.get().idempotency_key) == shown["idempotency_key"]


def test_address_fills_in_nothing(client: Client) -> None:
    query = urlencode(dict.fromkeys(BAD["who"], "Qxquery"))
    assert "Qxquery" not in text_of(client.get(f"{FIRST}?{query}"))


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)(FIRST).status_code == 405


def test_addresses_are_those_that_others_link_to() -> None:
    assert reverse("admissions:insurance") == FIRST


# -- sent


def test_form_that_is_right_is_stored_with_all_that_was_said(wizard: Wizard) -> None:
    wizard.until("check", **{step: filled(step) for step in TYPED_STEPS})
    draft = wizard.draft
    response = wizard.client.get(wizard.send()["Location"])
    assert "Your insurance details have reached admissions." in text_of(response)
    lead = Lead.objects.get()
    assert lead.reference in text_of(response)
    without_tokens = re.sub(r'value="\w{64}"', "", text_of(response))  # chance writes anything
    assert "Qx" not in without_tokens
    form = InsuranceVerification.objects.get()
    assert form.lead == lead
    assert form.idempotency_key == draft.idempotency_key
    assert form.answers["patient_birth_date"] == "1985-03-27"
    assert form.answers["subscriber_birth_date"] == "1960-05-06"
    for name in ("patient_legal_name", "first_name", "member_id", "employer", "subscriber_name"):
        assert form.answers[name] == f"Qx {name}"
    assert (lead.source, lead.role, lead.relationship) == ("web_insurance", "family", "parent")
    assert (lead.first_name, lead.patient_name) == ("Qx first_name", "Qx patient_legal_name")
    assert (lead.vob_status, lead.age_band, lead.is_minor) == ("requested", "26_64", False)
    assert (lead.text_ok, lead.voicemail_ok) == (False, False)
    topics = Consent.objects.values_list("wording__topic", flat=True)
    assert sorted(topics) == ["authority", "contact", "privacy-notice", "verification"]


def test_safe_contact_is_kept_as_it_was_said(wizard: Wizard) -> None:
    reach = {"voicemail_ok": "on", "email_ok": "on", "preferred_channel": "text"}
    reach["email"] = "avery@example.org"
    wizard.until("check", reach=reach)
    refused = wizard.send()
    assert "Tick that we may text you" in text_of(refused)
    wizard.send(agree_texts="on")
    lead = Lead.objects.get()
    assert (lead.voicemail_ok, lead.email_ok, lead.may_say_who) == (True, True, False)
    assert (lead.text_ok, lead.preferred_channel) == (True, "text")


def test_patient_under_18_is_brought_to_a_supervisor(wizard: Wizard) -> None:
    year = {"patient_birth_date_year": str(date.today().year - 15)}
    family = {"role": "family", "relationship": "parent"}
    wizard.until("check", who=year | family).send()
    lead = Lead.objects.get()
    assert lead.age_band == "12_17"
    assert lead.is_minor
    assert OutboxMessage.objects.filter(lead=lead, kind="needs_supervisor").exists()


def test_form_that_names_no_birth_date_says_nothing_of_an_age(wordings: Any) -> None:
    intake.submit_insurance(
        answers=insurance_answers(patient_birth_date=None),
        wordings=wordings,
        idempotency_key=new_key(),
    )
    assert Lead.objects.get().age_band == ""


def test_payer_is_kept_for_routing(wizard: Wizard) -> None:
    payer = Payer.objects.create(slug="some-payer", name="Some Payer", kind="commercial")
    wizard.until("check", coverage={"payer": "some-payer"}).send()
    assert InsuranceVerification.objects.get().payer == payer


def test_form_needs_every_consent(wizard: Wizard) -> None:
    wizard.until("check")
    for topic in ("verification", "authority", "privacy_notice", "contact"):
        response = wizard.send(**{f"agree_{topic}": None})
        assert response.status_code == 422
        assert list(fault_in(response)) == [f"agree_{topic}"]
        assert "<title>Error: " in text_of(response)
    assert not Lead.objects.exists()


def test_form_whose_consents_cannot_be_asked_for_is_not_sent(
    wizard: Wizard, insurance_wordings: Any
) -> None:
    wizard.until("check")
    ConsentWording.objects.filter(topic=insurance_wordings[0].topic).delete()
    response = wizard.send()
    assert response.status_code == 503
    assert not Lead.objects.exists()
    assert wizard.draft.answers["coverage"]["member_id"] == "XYZ123456789"


def test_two_tabs_send_one_form(wizard: Wizard) -> None:
    wizard.until("check")
    assert wizard.open("check").status_code == wizard.open("check").status_code == 200
    wizard.send()
    assert wizard.send()["Location"].startswith("/admissions/sent/")
    assert InsuranceVerification.objects.count() == 1


# -- going on from what was sent before


def test_who_comes_from_an_inquiry_is_asked_nothing_twice(client: Client) -> None:
    asked = inquiry_post(
        relationship="parent", patient_knows="yes", voicemail_ok="on", first_name="Rowan"
    )
    sent = client.post("/admissions/inquiry/someone/", asked)["Location"]
    begun = client.post(f"{sent}insurance/")
    wizard = Wizard(client, begun["Location"].removeprefix(FIRST).strip("/"))
    assert client.get(begun["Location"])["Location"] == wizard.url("who")
    shown = wizard.open("who")
    assert "Step 1 of 5" in text_of(shown)
    wizard.until("check")
    names = {
        name for step in STEPS if step != "reach" for name in field_names(wizard.open(step).content)
    }
    assert not names & {*asked} - {"idempotency_key"}
    assert wizard.client.post(
        wizard.url("check"), {"agree_verification": "on", "agree_authority": "on"}
    )["Location"].startswith("/admissions/sent/")
    lead = Lead.objects.get()
    assert (lead.first_name, lead.relationship, lead.voicemail_ok) == ("Rowan", "parent", True)
    assert (lead.vob_status, lead.patient_name) == ("requested", "Avery Quill")
    assert StatusAccess.objects.count() == 1


def test_link_of_the_first_form_ends_after_a_day(client: Client) -> None:
    assert client.post("/admissions/sent/forged/insurance/").status_code == 404


def test_who_pays_themselves_is_led_to_the_estimate(wizard: Wizard) -> None:
    wizard.until("coverage")
    assert f'href="{reverse("admissions:estimate")}"' in text_of(wizard.open("coverage"))


def test_who_pays_themselves_and_is_known_starts_the_clock_at_once(
    wizard: Wizard, access: StatusAccess
) -> None:
    wizard.goes_on_from(access).until("coverage")
    shown = text_of(wizard.open("coverage"))
    (address,) = (
        part.split('"')[0]
        for part in shown.split('action="')
        if part.startswith("/admissions/sent/")
    )
    assert address.endswith("/estimate/")
    wizard.client.post(address)
    lead = Lead.objects.get()
    assert lead.estimate_requested_at is not None
    assert lead.estimate_due_on is not None


# -- something to mend


@pytest.mark.parametrize(
    ("step", "name"), [(step, name) for step, names in BAD.items() for name in names]
)
def test_field_to_mend_is_shown_with_all_that_was_typed(
    wizard: Wizard, step: str, name: str
) -> None:
    wizard.until(step)
    data = {**filled(step), name: BAD[step][name]}
    for address in {"who": [FIRST, wizard.url(step)]}.get(step, [wizard.url(step)]):
        before = dump()
        response = wizard.client.post(address, data)
        assert response.status_code == 422
        assert response["Cache-Control"] == "no-store"
        shown = fields_of(response.content)
        for field in BAD[step]:
            if field != name or field not in CHOICES:
                assert shown[field] == data[field], field
        assert "<title>Error: " in text_of(response)
        assert "thank you" not in text_of(response).lower()
        assert dump() == before
        mended = {**shown, name: filled(step)[name]}
        assert wizard.client.post(address, mended).status_code == 302


@pytest.mark.shows("ASVS 2.1.1")
@typing
def test_every_field_of_the_page_is_broken_above(wizard: Wizard, step: str) -> None:
    wizard.until(step)
    technical = {"csrfmiddlewaretoken", "idempotency_key", "wordings_shown", "page_time", "subject"}
    ticks = {"voicemail_ok", "email_ok", "may_say_who", "needs_interpreter"}
    assert field_names(wizard.open(step).content) - technical - ticks - {"send"} == set(BAD[step])


@typing
def test_what_was_typed_is_shown_as_text_and_never_runs(wizard: Wizard, step: str) -> None:
    attack = "\"'><script>alert(1)</script>{{7*7}}{% now %}<img src=x onerror=alert(1)>"
    wizard.until(step)
    wrong = {"payer": "nobody", "relationship_to_subscriber": "spouse"}
    response = wizard.post(step, **wrong, **dict.fromkeys(texts(step), attack))
    assert response.status_code == 422
    assert "<script>alert(1)" not in text_of(response)
    assert "<img src=x" not in text_of(response)


def test_summary_shows_what_was_typed_as_text(wizard: Wizard) -> None:
    attack = "<script>alert(1)</script>{{7*7}}"
    wizard.until("check", who={"patient_legal_name": attack}, coverage={"member_id": attack})
    shown = text_of(wizard.open("check"))
    assert attack not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in shown


@pytest.mark.parametrize("step", STEPS[1:])
def test_page_with_nothing_in_it_is_shown_again(wizard: Wizard, step: str) -> None:
    wizard.until(step, coverage={"member_id": ""} if step == "photos" else {})
    for data in ({}, {"unknown": "x"}):
        assert wizard.client.post(wizard.url(step), data).status_code == 422
    assert not Lead.objects.exists()


# -- check your answers


def test_summary_has_a_link_to_every_page(wizard: Wizard) -> None:
    wizard.until("check", coverage={"group_number": "G-77"})
    shown = text_of(wizard.open("check"))
    for step in STEPS[:-1]:
        assert f'href="../{step}/"' in shown
    for words in ("March 27, 1985", "Some Plan", "XYZ123456789", "G-77", "The patient holds it"):
        assert words in shown


def test_odd_member_id_is_a_hint_and_is_taken(wizard: Wizard) -> None:
    wizard.until("check", coverage={"member_id": "123-45-6789"})
    assert "We never need that." in text_of(wizard.open("check"))
    wizard.send()
    assert InsuranceVerification.objects.get().answers["member_id"] == "123-45-6789"


def test_hint_of_the_payer_is_shown(wizard: Wizard) -> None:
    Payer.objects.create(
        slug="twelve",
        name="Twelve",
        kind="masshealth",
        member_id_pattern="[0-9]{12}",
        member_id_hint="A Twelve ID has 12 digits.",
    )
    wizard.until("check", coverage={"payer": "twelve", "member_id": "12345678"})
    assert "A Twelve ID has 12 digits." in text_of(wizard.open("check"))


def test_hints_are_left_out_while_the_payers_cannot_be_read(wizard: Wizard) -> None:
    wizard.until("check")
    wizard.open("check")

    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if '"programs_payer"' in sql:
            raise OperationalError("away")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(away):
        assert wizard.open("check").status_code == 200


def test_form_without_id_and_front_is_not_sent_and_says_where_to_mend_it(wizard: Wizard) -> None:
    wizard.until("check")
    assert FRONT_NEEDED not in text_of(wizard.open("check"))
    wizard.post("coverage", member_id="")
    shown = text_of(wizard.open("check"))
    assert FRONT_NEEDED in shown
    response = wizard.send()
    assert response.status_code == 422
    assert "<title>Error: " in text_of(response)
    assert text_of(response).count(FRONT_NEEDED) == 1
    assert 'href="../photos/">Send a photo of the front' in text_of(response)
    assert not Lead.objects.exists()
    assert send_photos(wizard, front=card_files.photo())["Location"] == wizard.url("check")
    assert wizard.send()["Location"].startswith("/admissions/sent/")


@pytest.mark.shows("ASVS 2.1.2", "ASVS 2.2.3")
def test_date_that_contradicts_another_after_a_change_is_told_in_the_end(wizard: Wizard) -> None:
    child = {
        "relationship_to_subscriber": "child",
        "subscriber_name": "Robin Quill",
        "subscriber_birth_date_month": "5",
        "subscriber_birth_date_day": "6",
        "subscriber_birth_date_year": "1960",
    }
    wizard.until("check", subscriber=child)
    wizard.post("who", patient_birth_date_year="1950")
    response = wizard.send()
    assert response.status_code == 422
    assert "cannot be younger than their child" in text_of(response)
    wizard.post("who", patient_birth_date_year="1990")
    assert wizard.send()["Location"].startswith("/admissions/sent/")


# -- photos


def test_photos_are_kept_and_go_with_the_form(wizard: Wizard) -> None:
    wizard.until("photos", coverage={"member_id": ""})
    response = send_photos(wizard, front=card_files.photo("PNG"), back=card_files.iphone())
    assert response["Location"] == wizard.url("check")
    assert sides(wizard) == ["front", "back"]
    assert text_of(wizard.open("check")).count(".jpg received") == 2
    assert "front.jpg received. To change it" in text_of(wizard.open("photos"))
    assert "Avery Quill.jpg" not in text_of(wizard.open("photos"))
    wizard.send()
    form = InsuranceVerification.objects.get()
    assert [photo.side for photo in form.photos.all()] == ["front", "back"]
    assert not CardPhoto.objects.filter(draft__isnull=False).exists()


def test_photos_can_be_left_out_beside_a_member_id(wizard: Wizard) -> None:
    wizard.until("photos")
    assert wizard.post("photos")["Location"] == wizard.url("check")


def test_photos_cannot_be_left_out_without_a_member_id(wizard: Wizard) -> None:
    wizard.until("photos", coverage={"member_id": ""})
    response = wizard.post("photos")
    assert response.status_code == 422
    assert "Choose a photo of the front, or go back for the member ID." in text_of(response)
    assert 'href="../coverage/"' in text_of(response)
    assert wizard.open("check")["Location"] == wizard.url("photos")


@pytest.mark.parametrize("kind", ["pdf", "half", "empty", "words", "large"])
def test_front_stays_when_the_back_cannot_be_taken(wizard: Wizard, kind: str) -> None:
    good = card_files.photo()
    bad, text = {
        "pdf": (b"%PDF-1.7 x", "This is a PDF."),
        "half": (good[: len(good) // 2], "cut off or damaged"),
        "empty": (b"", "This file is empty."),
        "words": (b"Qx, a letter", "not a JPEG, PNG or HEIC picture"),
        "large": (b"\xff\xd8\xff" + bytes(15 * 1024 * 1024), "larger than 15 MB"),
    }[kind]
    wizard.until("photos", coverage={"member_id": ""})
    response = send_photos(wizard, front=good, back=bad)
    assert response.status_code == 422
    assert "<title>Error: " in text_of(response)
    assert text in text_of(response)
    assert sides(wizard) == ["front"]
    assert "front.jpg received" in text_of(response)
    assert send_photos(wizard)["Location"] == wizard.url("check")


def test_back_stays_where_the_front_is_missing(wizard: Wizard) -> None:
    wizard.until("photos", coverage={"member_id": ""})
    response = send_photos(wizard, back=card_files.photo())
    assert response.status_code == 422
    assert "Choose a photo of the front" in text_of(response)
    assert "back.jpg received" in text_of(response)
    assert sides(wizard) == ["back"]
    assert send_photos(wizard, front=card_files.photo())["Location"] == wizard.url("check")


def test_photo_is_changed_and_a_bad_one_changes_nothing(wizard: Wizard) -> None:
    wizard.until("photos")
    send_photos(wizard, front=card_files.photo(size=(600, 400)))
    assert send_photos(wizard, front=b"Qx").status_code == 422
    assert wizard.draft.photos.get().width == 600
    send_photos(wizard, front=card_files.photo(size=(800, 500)))
    assert wizard.draft.photos.get().width == 800


def test_photo_is_removed(wizard: Wizard) -> None:
    wizard.until("photos")
    send_photos(wizard, front=card_files.photo(), back=card_files.photo())
    assert 'name="remove" value="back"' in text_of(wizard.open("photos"))
    response = wizard.client.post(wizard.url("photos"), {"remove": "front"})
    assert response["Location"] == wizard.url("photos")
    assert sides(wizard) == ["back"]
    wizard.client.post(wizard.url("photos"), {"remove": "front"})  # a double click
    assert sides(wizard) == ["back"]


@pytest.mark.parametrize("side", ["", "middle", "front\x00", "x" * 500])
def test_side_that_there_is_not_removes_nothing(wizard: Wizard, side: str) -> None:
    wizard.until("photos")
    send_photos(wizard, front=card_files.photo())
    wizard.client.post(wizard.url("photos"), {"remove": side})
    assert sides(wizard) == ["front"]


def test_removing_is_for_the_page_of_photos(wizard: Wizard) -> None:
    wizard.until("photos")
    send_photos(wizard, front=card_files.photo())
    wizard.client.post(wizard.url("coverage"), {"remove": "front"})
    assert sides(wizard) == ["front"]


def test_photo_that_cannot_be_kept_has_to_be_chosen_again(wizard: Wizard) -> None:
    wizard.until("photos")
    with writes_fail("admissions_cardphoto"):
        response = send_photos(wizard, front=card_files.photo())
    assert response.status_code == 503
    assert "Please choose them again." in text_of(response)
    assert sides(wizard) == []
    send_photos(wizard, front=card_files.photo())
    assert sides(wizard) == ["front"]


@pytest.mark.django_db(transaction=True)
def test_photo_that_cannot_be_removed_is_still_said_to_be_there(wizard: Wizard) -> None:
    wizard.until("photos")
    send_photos(wizard, front=card_files.photo())
    with writes_fail("admissions_cardphoto", "DELETE"):
        response = wizard.client.post(wizard.url("photos"), {"remove": "front"})
    assert response.status_code == 503
    assert "front.jpg received" in text_of(response)
    assert sides(wizard) == ["front"]


def test_page_of_photos_is_shown_again_while_every_query_fails(wizard: Wizard) -> None:
    wizard.until("photos", coverage={"member_id": ""})
    wizard.open("photos")

    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        response = send_photos(wizard, front=card_files.photo())
    assert response.status_code == 503
    assert "Please choose them again." in text_of(response)
    assert "Choose a photo of the front, or" not in text_of(response)


def test_decoders_that_are_all_busy_keep_everything_else(
    wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    wizard.until("photos")
    monkeypatch.setattr(card_photos, "WAIT_SECONDS", 0)
    taken = [card_photos._decoders.acquire(blocking=False) for _ in range(card_photos.AT_ONCE)]
    try:
        response = send_photos(wizard, front=card_files.photo())
    finally:
        for _ in filter(None, taken):
            card_photos._decoders.release()
    assert response.status_code == 422
    assert "Everything else is kept." in text_of(response)
    assert wizard.post("photos")["Location"] == wizard.url("check")


def test_photo_form_carries_files(wizard: Wizard) -> None:
    wizard.until("photos")
    shown = text_of(wizard.open("photos"))
    assert 'enctype="multipart/form-data"' in shown
    assert 'type="file"' in shown
    assert 'accept="image/jpeg,' in shown
    # The last of the page: without it the page was cut off on its way.
    assert shown.index('name="page_time"') > shown.index('name="back"')


@pytest.mark.parametrize("arrived", ["front, half", "front, and back half", "front and back"])
def test_upload_that_stops_half_way_is_not_taken_for_a_page_without_photos(
    wizard: Wizard, arrived: str
) -> None:
    """A form whose end is missing was cut off: Django leaves out the file that it was at."""
    wizard.until("photos")
    before = dump()
    files = [("front", card_files.photo()), ("back", card_files.photo())]
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a.jpg"\r\n\r\n%s\r\n'
        % (name.encode(), data)
        for name, data in files
    )
    cut = {"front, half": 2000, "front, and back half": 7000, "front and back": len(body)}[arrived]
    response = wizard.client.generic(
        "POST",
        wizard.url("photos"),
        body[:cut],
        content_type="multipart/form-data; boundary=x",
    )
    assert response.status_code == 422
    assert "did not arrive whole" in text_of(response)
    assert dump() == before


# -- what no browser sends


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"{FORM}; charset=utf-16",
        "",
    ],
)
def test_body_of_a_foreign_type_is_refused(wizard: Wizard, content_type: str) -> None:
    wizard.until("coverage")
    body = json.dumps(insurance_step("coverage")).encode()
    for address in (FIRST, wizard.url("coverage")):
        response = wizard.client.generic("POST", address, body, content_type=content_type)
        assert 400 <= response.status_code < 500


@typing
def test_bytes_that_are_no_utf8_are_no_fault(wizard: Wizard, step: str) -> None:
    wizard.until(step)
    for name in texts(step):
        data = {key: value for key, value in insurance_step(step).items() if key != name}
        for raw in ("%ff%fe", "%ed%a0%80", "a%00b", "%", "%zz", "%F0%9F"):
            body = f"{urlencode(data)}&{name}={raw}"
            response = wizard.client.post(wizard.url(step), body, content_type=FORM)
            assert response.status_code in (302, 422), (name, raw)


@pytest.mark.parametrize("step", STEPS[:-1])
def test_null_bytes_in_every_field_are_no_fault(wizard: Wizard, step: str) -> None:
    wizard.until(step)
    for name in (*BAD.get(step, {}), "idempotency_key", "wordings_shown", "page_time", "remove"):
        data = {**insurance_step(step), name: "\x00x\x00"}
        body = urlencode(data)
        response = wizard.client.post(wizard.url(step), body, content_type=FORM)
        assert response.status_code in (302, 422), name


def test_fields_of_the_lead_cannot_be_set_from_outside(wizard: Wizard) -> None:
    extra = {
        "status": "admitted",
        "is_demo": "on",
        "reference": "HACKED22",
        "vob_status": "verified_viable",
        "age_band": "under_12",
        "text_ok": "on",
        "suspicions": "trap",
        "lead": "1",
    }
    wizard.until("check", **dict.fromkeys(STEPS[:-1], extra)).send(**extra)
    lead = Lead.objects.get()
    assert (lead.status, lead.vob_status, lead.is_demo) == ("new", "requested", False)
    assert (lead.age_band, lead.text_ok, lead.suspicions) == ("26_64", False, [])
    assert lead.reference != "HACKED22"
    assert not set(extra) & set(InsuranceVerification.objects.get().answers) - {"text_ok"}


typed_text = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(["x" * 3000, "617-555-0101", "3", "1985", "01601", "self", "other", "child"]),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
@typing
def test_anything_typed_is_kept_or_shown_again(wizard: Wizard, step: str, data: Any) -> None:
    if not wizard.token:
        wizard.until(step)
    names = [*BAD[step], "idempotency_key", "wordings_shown", "page_time", "subject"]
    typed = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, typed_text)))
    posted = {**insurance_step(step), **typed}
    response = wizard.client.post(wizard.url(step), urlencode(posted), content_type=FORM)
    assert response.status_code in (302, 422)
    if response.status_code == 422:
        shown = fields_of(response.content)
        for name in texts(step):
            assert shown[name] == posted.get(name, ""), name
        return
    kept = wizard.draft.answers[step]
    for name in ("first_name", "patient_legal_name", "member_id", "group_number"):
        if name in kept:
            assert kept[name] == readable(posted.get(name, "")).strip()
