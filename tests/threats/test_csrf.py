"""Threat 8: no address takes a form that its own page did not send, and nothing typed is lost.

What comes back instead is tested in tests/iop_site/test_unsent.py.
"""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.admissions.conftest import dump, send_insurance  # noqa: F401  a fixture
from tests.factories import inquiry_post
from tests.iop_site.test_role_matrix import addresses, everything, path_of  # noqa: F401
from tests.threats.tools import filled, public_routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]
# What stores nothing takes posts without a token: reports that browsers send by themselves, and
# the guide to levels, which asks, answers and forgets.
FORGETS = ("csp-reports", "programs/which-level/")


@pytest.mark.shows("ASVS 3.5.1")
@pytest.mark.parametrize(
    "headers", [{}, {"origin": "https://evil.example.org"}, {"referer": "https://evil.example.org"}]
)
def test_threat_08_csrf_is_enforced_on_every_public_address(headers: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    before = dump()
    for route in public_routes():
        answer = client.post(filled(route), inquiry_post(), headers=headers)
        wanted = (415, 422) if route in FORGETS else (403, 404, 410)
        assert answer.status_code in wanted, (route, answer.status_code)
    assert dump() == before


@pytest.mark.shows("ASVS 3.5.1")
def test_threat_08_csrf_is_enforced_on_every_staff_address(
    everything: None,  # noqa: F811  the fixture
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root@example.org"))
    for address in addresses():
        answer = client.post(path_of(address), {"csrfmiddlewaretoken": "x" * 64, "text": "Typed."})
        assert answer.status_code == 403, address
        assert b"Typed." in answer.content or address.startswith("account/"), address


@pytest.mark.parametrize("address", ["/admissions/inquiry/myself/", "/admin/account/login/"])
def test_threat_08_csrf_token_of_somebody_else_is_not_taken(address: str, client: Any) -> None:
    theirs = Client()
    theirs.get(address)
    mine = Client(enforce_csrf_checks=True)
    mine.get(address)
    token = theirs.cookies["csrftoken"].value
    assert token != mine.cookies["csrftoken"].value
    answer = mine.post(address, inquiry_post(csrfmiddlewaretoken=token))
    assert answer.status_code == 403
