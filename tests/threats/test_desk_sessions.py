"""Threats 6 and 7: a password alone opens nothing, and a session ends when nobody is there."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.admissions.conftest import send_insurance  # noqa: F401  a fixture
from tests.iop_site.test_role_matrix import addresses, everything, path_of  # noqa: F401
from tests.iop_site.test_sign_in import DESK, LOGIN, set_up_factor, sign_in

START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_failures_yet(db: None) -> None:
    cache.clear()


def staff_pages() -> list[str]:
    """Return every address of the desk but those of one's own account, where a factor is set up."""
    return [path_of(one) for one in addresses() if not one.startswith("account/")]


@pytest.mark.shows("45 CFR 164.312(d)", "ASVS 6.3.3", "201 CMR 17.04(1)(b)")
@pytest.mark.django_db(transaction=True)  # allauth tells of a new factor after the commit
def test_threat_06_mfa_bypass_password_alone_opens_no_staff_page(
    client: Client,
    settings: Any,
    manager: User,
    everything: None,  # noqa: F811  the fixture
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    unknown = Client()
    unknown.force_login(manager)  # a session that allauth knows nothing of
    sign_in(client, manager)
    pages = [*staff_pages(), "/admin/nowhere/", "/admin/jsi18n/", "/admin/autocomplete/"]
    for page in pages:
        for answer in (client.get(page), client.post(page), unknown.get(page)):
            assert answer.status_code == 302, page
            assert answer["Location"] == reverse("mfa_index"), page
    set_up_factor(client)
    assert client.get(DESK).status_code == 200
    for page in pages:  # the session from before the factor still has to show it
        assert unknown.get(page)["Location"] == reverse("mfa_reauthenticate"), page


@pytest.mark.shows("45 CFR 164.312(a)(2)(iii)", "ASVS 7.1.1", "ASVS 7.3.1")
def test_threat_07_idle_terminal_is_signed_out_after_15_minutes(
    client: Client, coordinator: User
) -> None:
    with time_machine.travel(START) as clock:
        sign_in(client, coordinator)
        for _ in range(4):
            clock.shift(14 * 60)
            assert client.get(DESK).status_code == 200
        clock.shift(15 * 60 + 1)
        answer = client.get("/admin/launch/?a=1")
        assert answer["Location"] == f"{LOGIN}?next=%2Fadmin%2Flaunch%2F%3Fa%3D1"
        assert "signed out because nobody was active" in client.get(LOGIN).content.decode()
        assert client.get(DESK).status_code == 302


@pytest.mark.shows("ASVS 7.3.2", "ASVS 7.1.1")
def test_threat_07_idle_terminal_session_ends_after_8_hours_whatever_is_done(
    client: Client, coordinator: User
) -> None:
    with time_machine.travel(START) as clock:
        sign_in(client, coordinator)
        for _ in range(48):
            assert client.get(DESK).status_code == 200
            clock.shift(10 * 60)
        clock.shift(1)
        assert client.get(DESK).status_code == 302


@pytest.mark.shows("201 CMR 17.04(1)(d)", "ASVS 7.4.2")
def test_threat_07_idle_terminal_deactivation_ends_sessions_at_once(
    client: Client, coordinator: User
) -> None:
    sign_in(client, coordinator)
    assert client.get(DESK).status_code == 200
    User.objects.filter(pk=coordinator.pk).update(is_active=False)
    assert client.get(DESK).status_code == 302
    again = Client()
    sign_in(again, coordinator)
    assert again.get(DESK).status_code == 302
