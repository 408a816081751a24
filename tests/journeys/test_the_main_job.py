"""A family asks for help, admissions calls back: with the real server and the real worker."""

import re

import pytest

from tests.admissions.card_files import photo
from tests.factories import inquiry_post, insurance_step
from tests.server import FIRST_SIGN_IN, PASSWORD, Site, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-main")]

FAMILY = {
    "role": None,
    "relationship": "parent",
    "patient_knows": "yes",
    "first_name": "Rowan",
    "last_name": "Penhallow",
    "phone": "(617) 555-0142",
    "email": "rowan.penhallow@example.org",
    "email_ok": "on",
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
    staff.post("/admin/account/login/", {"login": email, "password": PASSWORD, "next": "/admin/"})
    assert staff.status == 200
    assert "/login/" not in staff.url
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
    follow(visitor, "/admissions/inquiry/someone/")
    visitor.post("", inquiry_post(idempotency_key=None, **FAMILY))
    assert visitor.status == 200
    assert "/admissions/sent/" in visitor.url
    (reference,) = set(re.findall(r"\b[2-9A-HJKMNP-Z]{8}\b", visitor.body))
    (code,) = set(re.findall(r"\b(?:[2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}\b", visitor.body))
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

    # The family goes on to the insurance form: it is asked for nothing twice.
    visitor.post(f"{confirmation}insurance/", {})
    assert visitor.url.endswith("/who/")
    assert 'name="phone"' not in visitor.body
    who = insurance_step("who", patient_legal_name="Sam Penhallow", role=None)
    visitor.post("", who)
    assert visitor.url.endswith("/coverage/"), visitor.body
    resume = visitor.url.removesuffix("coverage/")
    visitor.post("", insurance_step("coverage", member_id="MARKED99887766"))
    visitor.post("", insurance_step("subscriber"))
    visitor.get(resume)  # the link alone leads back to where it goes on
    assert visitor.url.endswith("/photos/")
    visitor.post(
        "", {}, {"front": ("IMG_0001.jpg", photo("JPEG")), "back": ("2.png", photo("PNG"))}
    )
    assert visitor.url.endswith("/check/")
    for value in ("Sam Penhallow", "MARKED99887766", "March 27, 1985"):
        assert value in visitor.body
    visitor.post("", {"agree_verification": "on", "agree_authority": "on"})
    assert "/admissions/sent/" in visitor.url
    assert reference in visitor.body
    assert "MARKED99887766" not in visitor.body + site.wait_for_mail("New insurance")
    visitor.get(f"{resume}check/")  # back, after it was sent
    assert "/admissions/sent/" in visitor.url

    # And books a time.
    visitor.post(f"{confirmation}consultation/", {})
    (starts_at, *_later) = re.findall(r'name="starts_at" value="([^"]+)"', visitor.body)
    visitor.post("", {"starts_at": starts_at, "channel": "phone"})
    assert visitor.url.endswith("/you/")
    assert 'name="first_name"' not in visitor.body
    visitor.post("", {"send": "yes"})
    assert "/admissions/sent/" in visitor.url, visitor.body
    booked = visitor.body
    found = re.search(r'href="(/admissions/appointment/[^"/]+/)', booked)
    assert found
    appointment = found.group(1)
    calendar = visitor.get(f"{appointment}call.ics")
    assert "SUMMARY:Call" in calendar
    mail = site.wait_for_mail(appointment)
    for value in ("Rowan", "Penhallow", "Marsh", "Resilience", "Behavioral", "program"):
        assert value not in mail
    site.wait_for_mail("New consultation")

    # With reference and code the family sees where it stands, and nothing that says "patient".
    visitor.get("/admissions/status/")
    visitor.post("", {"reference": reference.lower(), "code": code.replace("-", " ")})
    assert visitor.status == 200
    assert appointment in visitor.body
    for value in ("Rowan", "Penhallow", "555-0142", "MARKED99887766"):
        assert value not in visitor.body
    follow(visitor, "/add/")
    visitor.post("", {"message": "Please ask for me at the door."})
    site.wait_for_mail("status page")

    # A coordinator finds it at the top of the queue, claims it and calls.
    site.manage("create_staff", "pat@example.org", "--role", "coordinator")
    staff = sign_in(site, "pat@example.org")
    assert "Work queue" in staff.body
    first = re.search(r'<th scope="row"><a href="(/admin/[^"]+)"><bdi>(\w+)</bdi>', staff.body)
    assert first
    assert first.group(2) == reference
    lead_page = first.group(1)
    staff.get(lead_page)
    for value in (
        *("Rowan", "Penhallow", "S••• P•••", "••••7766", "NO voicemail"),
        "Please ask for me at the door.",
    ):
        assert value in staff.body
    assert "Under 18" in staff.body
    assert "MARKED99887766" not in staff.body

    def act(action: str, **fields: str) -> None:
        address = lead_page.replace("/change/", f"/{action}/")
        version = re.search(r'name="version" value="(\d+)"', staff.body)
        assert version
        staff.post(address, {"version": version.group(1), **fields})

    # What is masked is shown once, when it is asked for.
    staff.post(lead_page.replace("/change/", "/reveal/"), {})
    for value in ("Sam Penhallow", "MARKED99887766"):
        assert value in staff.body

    # The card is seen one picture at a time.
    photo_url = re.search(r'href="([^"]*/card/\d+/)"', staff.body)
    assert photo_url
    with staff.opener.open(site.url + photo_url.group(1)) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert "no-store" in answer.headers["Cache-Control"]

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
    act("vob-take")
    result_page = re.sub(r".*/lead/(\d+)/change/", r"/admin/verification/\1/result/", lead_page)
    staff.get(result_page)
    version = re.search(r'name="version" value="(\d+)"', staff.body)
    assert version
    said = {"active": "yes", "network": "in", "deductible": "500", "authorization": "no"}
    staff.post(
        result_page,
        {"version": version.group(1), "outcome": "verified_viable", "copay_iop": "20", **said},
    )
    assert staff.status == 200
    assert "Verified, viable" in staff.body
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
    visitor.get("/admissions/inquiry/myself/")
    form = visitor.body
    fields = inquiry_post(idempotency_key=None, first_name="Twice", phone="617-555-0155")
    references = set()
    for _ in range(3):
        visitor.body = form  # the same page, sent again
        visitor.post("/admissions/inquiry/myself/", fields)
        references |= set(re.findall(r"\b[2-9A-HJKMNP-Z]{8}\b", visitor.body))
    assert len(references) == 1
    site.wait_for_mail(references.pop())
    staff = sign_in(site, FIRST_SIGN_IN)
    staff.get("/admin/admissions/lead/")
    staff.post("/admin/admissions/lead/search/", {"q": "617 555 0155"})
    assert len(re.findall(r"/admin/admissions/lead/\d+/change/", staff.body)) == 1


def test_what_was_typed_stays_when_something_is_wrong(visitor: Visitor) -> None:
    visitor.get("/admissions/inquiry/myself/")
    visitor.post(
        "",
        inquiry_post(idempotency_key=None, phone="12", message="a" * 10_000 + "<b>"),
    )
    assert visitor.status == 422
    assert "<title>Error: " in visitor.body
    assert "Enter the whole phone number" in visitor.body
    assert "a" * 10_000 + "&lt;b&gt;" in visitor.body


def test_a_form_without_its_cookie_is_shown_again(site: Site, visitor: Visitor) -> None:
    visitor.get("/admissions/inquiry/myself/")
    visitor.cookies.clear()
    visitor.post("", inquiry_post(idempotency_key=None, last_name="Keepsake"))
    assert visitor.status == 403
    assert "Keepsake" in visitor.body
    assert "was not sent" in visitor.body
    visitor.post("", inquiry_post(idempotency_key=None, last_name="Keepsake"))
    assert "/admissions/sent/" in visitor.url


def test_a_photo_of_50_megabytes_gets_a_page_that_says_so(site: Site, visitor: Visitor) -> None:
    visitor.get("/admissions/insurance/")
    for step in ("who", "reach", "coverage", "subscriber"):
        visitor.post(
            "", insurance_step(step, **({"phone": "617-555-0188"} if step == "reach" else {}))
        )
    assert visitor.url.endswith("/photos/")
    large = b"\xff\xd8\xff" + bytes(50 * 1024 * 1024)
    visitor.post("", {}, {"front": ("front.jpg", large), "back": ("back.jpg", photo("JPEG"))})
    assert visitor.status == 422
    assert "larger than 15 MB" in visitor.body
    assert "back.jpg received" in visitor.body
    assert not list(site.temporary.iterdir())
