"""Threat 2: whoever guesses or alters an address gets nothing that is somebody else's.

Which role may do what is the table of docs/roles.md, tested by tests/iop_site/test_role_matrix.py.
"""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client

from admissions import drafts
from admissions.enums import DraftKind
from admissions.models import Consultation, Draft, Inquiry, Lead, StatusAccess
from admissions.views.base import confirmation_token
from admissions.views.status import shown
from tests.admissions.calendar_tools import offer, set_rules, take
from tests.iop_site.test_role_matrix import addresses
from tests.threats.tools import filled, public_routes

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
WITH_TOKEN = [one for one in public_routes() if "<str:token>" in one]


@pytest.fixture
def tokens(make_lead: Any) -> dict[str, str]:
    """The token of each kind of address, all of one person, with a marked word behind each."""
    with time_machine.travel(NOW, tick=False):
        return _tokens(make_lead)


def _tokens(make_lead: Any) -> dict[str, str]:
    lead = make_lead(first_name="Canaryfirst", message="Canarymessage")
    access = StatusAccess.objects.get(lead=lead)
    set_rules()
    offer(2, "09:00", "17:00")
    found = {
        "appointment": take(lead, datetime(2026, 3, 4, 14, 0, tzinfo=UTC)).token,
        "sent": confirmation_token("inquiry", lead.reference),
        "status": shown(access.reference)["Location"].rstrip("/").rpartition("/")[2],
    }
    for kind in DraftKind:
        draft, found[kind.value] = drafts.begin(kind=kind)
        drafts.keep(draft, step="who", answers={"patient_legal_name": "Canarypatient"})
    return found


def altered(token: str, others: list[str]) -> list[str]:
    middle = len(token) // 2
    swapped = "x" if token[middle] != "x" else "y"
    return [
        token[:middle] + swapped + token[middle + 1 :],
        token[:-1],
        token + "x",
        token.swapcase(),
        signing.dumps(["inquiry", 1], salt="of.somebody.else"),
        "1",
        "%00",
        *others,
    ]


def state() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Lead, Inquiry, Consultation, StatusAccess)
    ] + [list(Draft.objects.order_by("pk").values()[:2])]


@pytest.mark.parametrize("route", WITH_TOKEN)
def test_threat_02_wrong_object_altered_token_opens_and_changes_nothing(
    route: str, client: Client, tokens: dict[str, str], starter_content: None
) -> None:
    kind = route.split("/")[1]
    own = tokens.get(kind, tokens["sent"])
    others = [one for name, one in tokens.items() if name != kind]
    with time_machine.travel(NOW, tick=False):
        before = state()
        for token in altered(own, others):
            address = filled(route, token=token, step="who", to="estimate")
            for call in (client.get, client.post):
                answer = call(address)
                assert answer.status_code in (302, 403, 404, 405, 410), (address, call)
                assert answer.status_code != 302 or "/discarded/" in answer["Location"]
                assert not re.search(rb"Canary(first|message|patient)", answer.content)
        assert state() == before


@pytest.mark.shows("ASVS 8.2.2")
def test_threat_02_wrong_object_tokens_cannot_be_guessed(tokens: dict[str, str]) -> None:
    for kind in ("appointment", *DraftKind.values):  # the others are signed
        assert len(tokens[kind]) >= 22, kind  # 128 bits of base64


@pytest.mark.parametrize("number", ["0", "9" * 30])
def test_threat_02_wrong_object_number_that_is_nobodys_is_not_found(
    number: str, client: Client, manager: User, starter_content: None
) -> None:
    """Every address of the desk with an object in it, as the person who may see the most leads."""
    client.force_login(manager)
    for address in (one for one in addresses() if "<" in one):
        path = "/admin/" + _numbered(address, number)
        for call in (client.get, client.post):
            answer = call(path)
            assert answer.status_code in (302, 403, 404, 405), (path, answer.status_code)
            # The admin's own pages send on to the desk, and say that there is no such thing.
            assert answer.status_code != 302 or answer["Location"] == "/admin/", path


def _numbered(address: str, number: str) -> str:
    return filled(address, **dict.fromkeys(PARTS, number)).lstrip("/")


PARTS = {
    part.partition(":")[2].rstrip(">")
    for address in addresses()
    for part in address.split("/")
    if part.startswith("<")
}
