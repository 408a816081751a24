"""Who may open which staff page: each address of the URL resolver and each role, by docs/roles.md.

A new address fails here until its line stands in the table, where people read it.
"""

import re
import uuid
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from admissions.admin.lead_actions import ACTIONS
from admissions.models import (
    Absence,
    Availability,
    AvailabilityException,
    BookingRules,
    CardPhoto,
    ClosedDay,
    Consultation,
    NoticePreference,
    ReferralSource,
    SavedView,
    SelfPayEstimate,
    VerificationResult,
    WorkingHours,
)
from iop_site.roles import MANAGER, ROLES
from tests.admissions.conftest import send_insurance  # noqa: F401  a fixture
from tests.admissions.merge_tools import do_merge
from tests.content.pictures import make_image

TABLE = Path(settings.BASE_DIR) / "docs" / "roles.md"
# The model of a part of an address that is not the page's own object.
PARTS = {
    "lead_id": "lead",
    "other_id": "lead",
    "photo_id": "cardphoto",
    "merge_id": "leadmerge",
    "absence_id": "absence",
    "result_id": "verificationresult",
    "estimate_id": "selfpayestimate",
    "view_id": "savedview",
}
NOBODY = "nobody"
COLUMNS = (NOBODY, *ROLES, "administrator")
# Served to whoever asks, for signing in and out, or sent on elsewhere: they hold nothing.
OPEN = re.compile(
    r"login/|logout/|jsi18n/|autocomplete/|\(\?P<url>.*|\^\(\?P<app_label>.*|r/.*|.*object_id>/"
)


def addresses() -> list[str]:
    """Return every address under the staff site, one a lead's action, as the resolver has them."""
    admin = next(one for one in get_resolver().url_patterns if str(one.pattern) == "admin/")
    assert isinstance(admin, URLResolver)
    found: list[str] = []
    for one in _walk(admin):
        if one.endswith("<slug:action>/"):
            found += [one.replace("<slug:action>", action) for action in ACTIONS]
        elif not OPEN.fullmatch(one):
            found.append(one)
    return sorted(dict.fromkeys(found))


def _walk(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield before + str(one.pattern)


def expected() -> dict[str, dict[str, str]]:
    """Return the table's cells: address, then role."""
    rows = {}
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = dict(zip(COLUMNS, cells[1:], strict=True))
    return rows


@pytest.fixture
def everything(
    starter_content: None,
    send_insurance: Any,  # noqa: F811  the fixture
    make_lead: Any,
    make_staff: Any,
) -> None:
    """One object at least of every model that the staff site shows."""
    lead, staff = send_insurance(), make_staff(MANAGER, "who-did-it")
    at = timezone.now() + timedelta(days=2)
    Consultation.objects.create(
        lead=lead,
        starts_at=at,
        ends_at=at + timedelta(minutes=30),
        channel="phone",
        booked_by="visitor",
        idempotency_key=uuid.uuid4(),
        token="t",
        token_digest="d",
    )
    make_image()
    Absence.objects.create(user=staff, since=at.date(), by=staff)
    SavedView.objects.create(user=staff, name="Mine", is_shared=True)
    other = {"first_name": "Blake", "phone": "", "email": "blake@example.org"}
    do_merge(make_lead(**other), make_lead(**other, last_name="Moss", role="professional"), staff)
    VerificationResult.objects.create(
        lead=lead,
        by=staff,
        outcome="verified_viable",
        details={"outcome": "verified_viable", "levels": []},
    )
    SelfPayEstimate.objects.create(
        lead=lead, by=staff, details={"lines": [], "total": "0", "places": []}
    )
    ReferralSource.objects.create(kind="court", organization="A court")
    NoticePreference.objects.create(user=staff)
    form = lead.insuranceverification_set.get()
    CardPhoto.objects.create(form=form, side="front", image=b"x", width=1, height=1)
    BookingRules.objects.get_or_create(id=1)
    ClosedDay.objects.create(day=at.date(), name="Holiday")
    hours = {"weekday": 1, "start": time(9), "end": time(17)}
    WorkingHours.objects.create(**hours)
    Availability.objects.create(**hours)
    AvailabilityException.objects.create(day=at.date(), start=time(9), end=time(12))


def path_of(address: str) -> str:
    """Return the address with the key of an object that is there for each of its parts."""
    app, _, rest = address.partition("/")
    name = rest.partition("/")[0]

    def fill(match: re.Match[str]) -> str:
        own = {"object_id": (app, name), "pk": (app, name), "id": (app, name)}
        label = own.get(match["name"]) or ("admissions", PARTS[match["name"]])
        key = apps.get_model(*label).objects.order_by("pk").values_list("pk", flat=True).first()
        assert key, f"the test has no object for {address}"
        return str(key)

    return "/admin/" + re.sub(r"<(?:\w+:)?(?P<name>\w+)>", fill, address)


def cell(client: Client, path: str) -> str:
    """Return what an address lets somebody do: "see", "act" (post), both, or nothing ("–")."""
    may = []
    for word, call in (("see", client.get), ("act", client.post)):
        with transaction.atomic():
            answer = call(path)
            transaction.set_rollback(True)
        sent_away = answer.status_code == 302 and "/login/" in answer["Location"]
        if not sent_away and answer.status_code not in (403, 404, 405):
            may.append(word)
    return " ".join(may) or "–"


def visitor(role: str, make_staff: Any) -> Client:
    client = Client()
    if role == "administrator":
        client.force_login(User.objects.create_superuser("root@example.org"))
    elif role != NOBODY:
        client.force_login(make_staff(role))
    return client


@pytest.mark.shows("45 CFR 164.312(a)(1)", "201 CMR 17.04(2)(a)", "ASVS 8.2.1", "ASVS 8.1.1")
@pytest.mark.parametrize("role", COLUMNS)
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    role: str, make_staff: Any, everything: None
) -> None:
    client, table = visitor(role, make_staff), expected()
    found = {one: cell(client, path_of(one)) for one in addresses()}
    assert found == {one: table.get(one, {}).get(role, "no line in the table") for one in found}


@pytest.mark.shows("ASVS 8.1.1")
def test_table_has_no_line_of_an_address_that_is_gone() -> None:
    assert sorted(expected()) == addresses()
