"""The canary run: marked words in every field, and none of them in the clear in any store.

With the real server and worker: looked at are the log, the mails, every address that was opened,
every file below the site's folder and its temporary folder, and the database as it lies there.
"""

import base64
import email
import email.policy
import re
import sqlite3
import zlib
from contextlib import closing
from itertools import chain
from pathlib import Path

import psycopg2
import pytest

from tests.admissions.card_files import android, photo
from tests.pages import field_names
from tests.server import FIRST_SIGN_IN, PASSWORD, Site, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-canaries")]

# What a field takes that does not take any word. The phone numbers and dates are canaries too.
VALUES = {
    "phone": "617-555-0142",
    "behavioral_health_phone": "800-555-0143",
    "zip_code": "01699",
    "patient_birth_date_month": "11",
    "patient_birth_date_day": "23",
    "patient_birth_date_year": "1951",
    "subscriber_birth_date_month": "12",
    "subscriber_birth_date_day": "24",
    "subscriber_birth_date_year": "1931",
    "role": "family",
    "relationship": "parent",
    "patient_knows": "no",
    "preferred_channel": "phone",
    "age_band": "26_64",
    "track": "",
    "time_of_day": "",
    "coverage_kind": "unsure",
    "payer": "other",
    "relationship_to_subscriber": "child",
    "channel": "phone",
    "front": "",
    "back": "",
    "subject": "",  # what people do not see
}
NEVER = ("csrfmiddlewaretoken", "idempotency_key", "wordings_shown", "page_time", "send", "change")
# Tokens and keys of random digits hold any five in a row: the ZIP code has to stand by itself.
TRACES = re.compile(
    rb"canary|617\D{0,2}555-?0142|800\D{0,2}555-?0143|\b01699\b"
    rb"|1951-?11-?23|1931-?12-?24|november 23, 1951",
    re.IGNORECASE,
)


def marked(visitor: Visitor, person: str) -> dict[str, str]:
    """Return the fields of the open page, a marked word in each that takes words."""
    fields = {}
    for name in field_names(visitor.body) - {*NEVER, "q", "starts_at", "other_time"}:
        if name.startswith("agree_") or name.endswith("_ok") or name in TICKS:
            fields[name] = "on"
        elif name == "email":
            fields[name] = f"canary.{person}@example.org"
        else:
            fields[name] = VALUES.get(name, f"Canary{person}{name}")
    return fields


_URL_SAFE = str.maketrans("-_", "+/")
TICKS = ("may_say_who", "needs_interpreter")


class Watched(Visitor):
    """A visitor that keeps the address of every page."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.addresses: list[str] = []

    def _open(self, request: object) -> str:
        body = super()._open(request)  # type: ignore[arg-type]
        self.addresses.append(self.url)
        return body


@pytest.mark.shows("45 CFR 164.312(a)(2)(iv)", "ASVS 14.2.2")
def test_threat_13_phi_canaries_are_in_no_store_in_the_clear(tmp_path: Path, site: Site) -> None:
    visitor = Watched(site)
    for door in ("inquiry/myself", "inquiry/someone", "inquiry/professional", "estimate"):
        person = door.rpartition("/")[2]
        visitor.get(f"/admissions/{door}/")
        wrong = marked(visitor, person) | {"phone": "canary"}
        visitor.post("", wrong)
        assert visitor.status == 422
        visitor.post("", marked(visitor, person))
        assert "/admissions/sent/" in visitor.url, (door, visitor.body)

    visitor.get("/admissions/insurance/")
    for step in ("who", "reach", "coverage", "subscriber"):
        visitor.post("", marked(visitor, "insured"))
        assert visitor.status == 200, (step, visitor.body)
    assert visitor.url.endswith("/photos/"), visitor.body
    visitor.post("", {}, {"front": ("canary-front.jpg", b"%PDF-1.7 canary")})
    assert visitor.status == 422
    visitor.post("", {}, {"front": ("canary.jpg", android()), "back": ("c.heic", photo("HEIF"))})
    assert "Canaryinsuredmember_id" in visitor.body  # what is looked for below is there
    visitor.post("", marked(visitor, "insured"))
    assert "/admissions/sent/" in visitor.url, visitor.body

    # One that is begun and never sent.
    visitor.get("/admissions/insurance/")
    visitor.post("", marked(visitor, "begun"))

    visitor.get("/admissions/consultation/")
    starts_at = re.findall(r'name="starts_at" value="([^"]+)"', visitor.body)[0]
    visitor.post("", {"starts_at": starts_at, "channel": "phone"})
    visitor.post("", marked(visitor, "booked") | {"send": "yes"})
    assert "/admissions/sent/" in visitor.url, visitor.body
    (reference,) = set(re.findall(r"\b[2-9A-HJKMNP-Z]{8}\b", visitor.body))
    (code,) = set(re.findall(r"\b(?:[2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}\b", visitor.body))

    visitor.get("/admissions/status/")
    visitor.post("", {"reference": reference, "code": "CANARYCANARY"})
    visitor.post("", {"reference": reference, "code": code})
    view = visitor.url
    visitor.get(f"{view}add/")
    visitor.post("", {"message": "Canary message"})
    site.wait_for_mail("status page")

    staff = Watched(site)
    staff.get("/admin/login/")
    login = {"next": "/admin/", "login": "canary.staff@example.org", "password": "Canary secret"}
    staff.post("/admin/account/login/", login)
    assert "/login/" in staff.url
    staff.post("/admin/account/login/", login | {"login": FIRST_SIGN_IN, "password": PASSWORD})
    assert "/login/" not in staff.url
    staff.get("/admin/admissions/lead/")
    staff.post("/admin/admissions/lead/search/", {"q": "Canarybookedfirst_name"})
    staff.post("/admin/admissions/lead/search/", {"q": reference})
    found = re.search(r"/admin/admissions/lead/(\d+)/change/", staff.body)
    assert found
    staff.get(found.group(0))
    assert "Canarybookedfirst_name" in staff.body
    version = re.search(r'name="version" value="(\d+)"', staff.body)
    assert version
    staff.post(
        f"/admin/admissions/lead/{found.group(1)}/note/",
        {"version": version.group(1), "text": "Canary note"},
    )

    assert TRACES.search("\n".join(visitor.addresses + staff.addresses).encode()) is None
    for mail in site.mails():
        assert TRACES.search(_opened(mail)) is None
    site.stop()
    assert TRACES.search(site.log.read_bytes()) is None
    for folder in (site.data_dir, site.temporary):
        for file in folder.rglob("*"):
            # A mail that went to a family has their address on its envelope, and nowhere else.
            if file.is_file() and file.parent.name != "mail":
                assert TRACES.search(file.read_bytes()) is None, file
    values = _values(site)
    assert TRACES.search(values) is None
    assert b"_auth_user_id" in values, "sessions are looked into"


def _opened(text: str) -> bytes:
    """Return the subject and all parts of a mail, decoded."""
    mail = email.message_from_string(text, policy=email.policy.default)
    parts = [str(mail["Subject"]), str(mail["From"])]
    parts += [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join(parts).encode()


def _unpacked(text: str) -> bytes:
    """Return what a session or the cache keeps, which is packed as text, or nothing."""
    packed = text.partition(":")[0]
    try:
        raw = base64.b64decode(packed.lstrip(".").translate(_URL_SAFE) + "===")
        return zlib.decompress(raw) if packed.startswith(".") else raw
    except (ValueError, zlib.error):
        return b""


def _values(site: Site) -> bytes:
    """Return every value of the site's database, each on a line of its own."""
    connection = (
        psycopg2.connect(site.database_url)
        if site.database_url
        else sqlite3.connect(site.data_dir / "iop.sqlite3")
    )
    names = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if site.database_url
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    out = b""
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute(names)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            for value in chain.from_iterable(cursor.fetchall()):
                binary = isinstance(value, bytes | memoryview)
                out += (bytes(value) if binary else str(value).encode()) + b"\n"
                if table in ("django_session", "iop_cache"):
                    out += _unpacked(str(value)) + b"\n"
    assert len(out) > 100_000
    return out
