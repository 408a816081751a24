"""A family asks for help, admissions calls back: with the real server and the real worker."""

import re

import pytest

from tests.factories import inquiry_post, insurance_post
from tests.server import FIRST_SIGN_IN, PASSWORD, Site, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-main")]

FAMILY = {
    "role": "family",
    "relationship": "parent",
    "patient_knows": "yes",
    "first_name": "Rowan",
    "last_name": "Penhallow",
    "phone": "(617) 555-0142",
    "email": "rowan.penhallow@example.org",
    "message": "We would like to hear how evenings work.",
    "track": "adolescent",
    "age_band": "12_17",
}


def follow(visitor: Visitor, text: str) -> None:
    """Open the first link whose address ends with `text`."""
    found = re.search(rf'href="([^"]*{re.escape(text)})"', visitor.body)
    assert found, f"no link to {text} on {visitor.url}"
    visitor.get(found.group(1))
    assert visitor.status == 200


def sign_in(site: Site, email: str) -> Visitor:
    staff = Visitor(site)
    staff.get("/admin/login/")
    staff.post("/admin/login/", {"username": email, "password": PASSWORD, "next": "/admin/"})
    assert staff.status == 200
    assert "/admin/login/" not in staff.url
    return staff


def test_a_family_asks_and_admissions_calls_back(site: Site, visitor: Visitor) -> None:
    # The visitor reads, and asks.
    visitor.get("/")
    assert visitor.status == 200
    follow(visitor, "/programs/")
    follow(visitor, "/programs/intensive-outpatient/")
    follow(visitor, "/programs/tracks/adolescent/")
    assert not list(visitor.cookies), "a page that is only read sets no cookie"
    follow(visitor, "/admissions/inquiry/")
    visitor.post("/admissions/inquiry/", inquiry_post(idempotency_key=None, **FAMILY))
    assert visitor.status == 200
    assert "/admissions/sent/" in visitor.url
    (reference,) = set(re.findall(r"\b[2-9A-HJKMNP-Z]{8}\b", visitor.body))
    confirmation = visitor.url

    # A refresh of the confirmation shows the same and sends nothing.
    visitor.get(confirmation)
    assert reference in visitor.body

    # The worker tells admissions, without a word about the family.
    mail = site.wait_for_mail(reference)
    assert f"Subject: New inquiry {reference}" in mail
    assert "/admin/admissions/lead/" in mail
    for value in ("Rowan", "Penhallow", "555-0142", "5550142", "adolescent", "evenings"):
        assert value not in mail

    # A family sends the insurance form: it hangs on the same lead.
    visitor.get("/admissions/insurance/")
    visitor.post(
        "/admissions/insurance/",
        insurance_post(
            idempotency_key=None,
            first_name="Rowan",
            phone="617.555.0142",
            patient_legal_name="Sam Penhallow",
            member_id="MARKED99887766",
        ),
    )
    assert reference in visitor.body
    assert "MARKED99887766" not in site.wait_for_mail("New insurance check")

    # A coordinator finds it at the top of the queue, claims it and calls.
    site.manage("create_staff", "pat@example.org", "--role", "coordinator")
    staff = sign_in(site, "pat@example.org")
    assert "Work queue" in staff.body
    first = re.search(r'<th scope="row"><a href="(/admin/[^"]+)"><bdi>(\w+)</bdi>', staff.body)
    assert first
    assert first.group(2) == reference
    lead_page = first.group(1)
    staff.get(lead_page)
    for value in ("Rowan", "Penhallow", "Sam Penhallow", "MARKED99887766", "NO voicemail"):
        assert value in staff.body
    assert "Under 18" in staff.body

    def act(action: str, **fields: str) -> None:
        address = lead_page.replace("/change/", f"/{action}/")
        version = re.search(r'name="version" value="(\d+)"', staff.body)
        assert version
        staff.post(address, {"version": version.group(1), **fields})

    act("claim")
    assert staff.status == 200
    assert "This lead is yours." in staff.body

    # Not everything is allowed, and it says why.
    act("move", to="contacted")
    assert staff.status == 409
    assert "Log a live conversation first." in staff.body
    act("move", to="admitted")
    assert staff.status == 409

    act("attempt", channel="phone", result="talked", note="Will come on Monday with Sam.")
    assert "Trying to reach" in staff.body
    assert "Will come on Monday with Sam." in staff.body
    for status in ("contacted", "qualified", "assessment_scheduled", "assessed"):
        act("move", to=status)
        assert staff.status == 200, status
    act("move", to="admission_scheduled")
    assert staff.status == 409
    assert "Needs a viable verification" in staff.body
    act("verification", to="verified_viable")
    act("move", to="admission_scheduled")
    act("move", to="admitted")
    assert staff.status == 200
    act("note", text="Admission packet is ready. Ελπίδα 🌱")
    assert "Ελπίδα 🌱" in staff.body

    # Two people at once: the second is told, and keeps what they typed.
    staff.post(
        lead_page.replace("/change/", "/move/"),
        {"version": "1", "to": "closed", "reason": "cost", "note": "typed by the second"},
    )
    assert staff.status == 409
    assert "Somebody else changed this lead" in staff.body
    assert "typed by the second" in staff.body

    # Everything stands in a chain that holds, and the log holds nobody.
    assert "The audit chain holds" in site.manage("verify_audit").stdout
    log = site.log.read_text()
    for value in ("Rowan", "Penhallow", "555-0142", "MARKED99887766", "Monday"):
        assert value not in log


def test_a_double_click_is_one_inquiry(site: Site, visitor: Visitor) -> None:
    visitor.get("/admissions/inquiry/")
    form = visitor.body
    fields = inquiry_post(idempotency_key=None, first_name="Twice", phone="617-555-0155")
    references = set()
    for _ in range(3):
        visitor.body = form  # the same page, sent again
        visitor.post("/admissions/inquiry/", fields)
        references |= set(re.findall(r"\b[2-9A-HJKMNP-Z]{8}\b", visitor.body))
    assert len(references) == 1
    site.wait_for_mail(references.pop())
    staff = sign_in(site, FIRST_SIGN_IN)
    staff.get("/admin/admissions/lead/?q=617+555+0155")
    assert len(re.findall(r"/admin/admissions/lead/\d+/change/", staff.body)) == 1


def test_what_was_typed_stays_when_something_is_wrong(visitor: Visitor) -> None:
    visitor.get("/admissions/inquiry/")
    visitor.post(
        "/admissions/inquiry/",
        inquiry_post(idempotency_key=None, phone="12", message="a" * 10_000 + "<b>"),
    )
    assert visitor.status == 422
    assert "<title>Error: " in visitor.body
    assert "Enter the whole phone number" in visitor.body
    assert "a" * 10_000 + "&lt;b&gt;" in visitor.body


def test_a_form_without_its_cookie_is_shown_again(site: Site, visitor: Visitor) -> None:
    visitor.get("/admissions/inquiry/")
    visitor.cookies.clear()
    visitor.post("/admissions/inquiry/", inquiry_post(idempotency_key=None, last_name="Keepsake"))
    assert visitor.status == 403
    assert "Keepsake" in visitor.body
    assert "was not sent" in visitor.body
    visitor.post("/admissions/inquiry/", inquiry_post(idempotency_key=None, last_name="Keepsake"))
    assert "/admissions/sent/" in visitor.url
