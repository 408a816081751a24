"""Signing in: one page, a second factor where it is asked for, limits on guessing, and an end."""

import base64
import hashlib
import hmac
import struct
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from admissions.models import LeadEvent
from iop_site.staff_session import BACKGROUND

PASSWORD = "correct horse battery"
DESK, LOGIN = "/admin/", "/admin/account/login/"
START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_failures_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def strict(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def sign_in(client: Client, user: User, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": user.username, "password": password}, **extra)


def code(secret: str, later: int = 0) -> str:
    """Return the six digits an authenticator app shows (RFC 6238), `later` steps from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int(time.time()) // 30 + later
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def set_up_factor(client: Client) -> str:
    """Set up an authenticator app as the signed-in person, and return its secret."""
    address = reverse("mfa_activate_totp")
    secret = str(client.get(address).context["form"].secret)
    answer = client.post(address, {"code": code(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    return secret


@pytest.mark.shows("ASVS 6.1.3", "ASVS 6.3.4")
def test_the_old_address_leads_to_the_page_where_staff_sign_in(client: Client) -> None:
    answer = client.get(DESK)
    assert answer["Location"] == "/admin/login/?next=/admin/"
    answer = client.get(answer["Location"])
    assert answer["Location"] == f"{LOGIN}?next=/admin/"
    assert "Sign in" in client.get(answer["Location"]).content.decode()


def test_name_is_taken_in_any_case_and_leads_to_the_desk(client: Client, coordinator: User) -> None:
    names = {"login": f" {coordinator.username.upper()} ", "password": PASSWORD}
    answer = client.post(f"{LOGIN}?next=/admin/launch/", {**names, "next": "/admin/launch/"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/launch/")
    assert client.get(DESK).status_code == 200


@pytest.mark.shows("ASVS 3.7.2")
@pytest.mark.parametrize(
    "where", ["https://evil.example.org/", "//evil.example.org", "javascript:x"]
)
def test_after_sign_in_nobody_is_sent_elsewhere(
    client: Client, coordinator: User, where: str
) -> None:
    answer = client.post(
        LOGIN, {"login": coordinator.username, "password": PASSWORD, "next": where}
    )
    assert answer["Location"] == DESK


@pytest.mark.shows("ASVS 16.3.1")
def test_wrong_password_and_unknown_name_are_told_alike(client: Client, coordinator: User) -> None:
    wrong = client.post(LOGIN, {"login": coordinator.username, "password": "not this one"})
    unknown = client.post(LOGIN, {"login": "nobody@example.org", "password": "not this one"})
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert LeadEvent.objects.filter(kind="sign_in_failed").count() == 2
    for event in LeadEvent.objects.filter(kind="sign_in_failed"):
        assert "example.org" not in str(event.data)
        assert event.origin == "127.0.0.1"


@pytest.mark.shows("201 CMR 17.04(1)(e)", "ASVS 6.3.1", "ASVS 6.1.1")
def test_guessing_is_stopped_even_from_many_addresses(
    client: Client, coordinator: User, settings: Any
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    for number in range(5):
        sign_in(client, coordinator, "guess", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    answer = sign_in(client, coordinator, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert "Too many failed login attempts" in str(answer.context["form"].errors)
    assert client.get(DESK).status_code == 302


@pytest.mark.shows("201 CMR 17.04(1)(e)", "ASVS 6.3.1", "ASVS 6.1.1")
def test_guessing_of_many_names_from_one_address_is_stopped(
    client: Client, coordinator: User
) -> None:
    for number in range(20):
        client.post(LOGIN, {"login": f"n{number}@example.org", "password": "guess"})
    assert "Too many" in str(sign_in(client, coordinator).context["form"].errors)


@pytest.mark.shows("45 CFR 164.312(d)", "ASVS 6.3.3", "ASVS 6.5.1")
@pytest.mark.django_db(transaction=True)  # allauth tells after the commit
def test_whoever_sets_up_a_factor_goes_on_and_needs_it_from_then_on(
    strict: None, client: Client, coordinator: User
) -> None:
    with time_machine.travel(START) as clock:
        sign_in(client, coordinator)
        secret = set_up_factor(client)
        assert client.get(DESK).status_code == 200
        clock.shift(60)
        other = Client()
        answer = sign_in(other, coordinator)
        assert answer["Location"] == reverse("mfa_authenticate")
        assert other.get(DESK).status_code == 302
        wrong = other.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert wrong.status_code == 200
        assert other.get(DESK).status_code == 302
        answer = other.post(reverse("mfa_authenticate"), {"code": code(secret)})
        assert (answer["Location"], other.get(DESK).status_code) == (DESK, 200)
        # The same code opens no second session.
        third = Client()
        sign_in(third, coordinator)
        third.post(reverse("mfa_authenticate"), {"code": code(secret)})
        assert third.get(DESK).status_code == 302


def test_passkey_opens_the_desk_by_itself_unless_somebody_wants_otherwise(
    client: Client, coordinator: User
) -> None:
    sign_in(client, coordinator)
    form = client.get(reverse("mfa_add_webauthn")).context["form"]
    assert form["passwordless"].initial is True
    assert "without a password" in str(form["passwordless"].label)
    assert form["name"].initial == "My passkey"


@pytest.mark.shows("ASVS 6.5.1")
@pytest.mark.django_db(transaction=True)  # allauth tells after the commit
def test_recovery_code_opens_the_desk_once(strict: None, client: Client, coordinator: User) -> None:
    sign_in(client, coordinator)
    set_up_factor(client)
    page = client.get(reverse("mfa_view_recovery_codes"))
    spare = page.context["unused_codes"][0]
    for opens in (True, False):
        other = Client()
        sign_in(other, coordinator)
        other.post(reverse("mfa_authenticate"), {"code": spare})
        assert (other.get(DESK).status_code == 200) is opens


@pytest.mark.shows("ASVS 6.5.2")
@pytest.mark.django_db(transaction=True)  # allauth tells after the commit
def test_what_a_factor_is_made_of_is_stored_encrypted(client: Client, coordinator: User) -> None:
    sign_in(client, coordinator)
    secret = set_up_factor(client)
    stored = [str(one.data) for one in Authenticator.objects.all()]
    assert len(stored) == 2  # the app and the recovery codes
    assert all("v1.k1." in one and secret not in one for one in stored)


@pytest.mark.shows("ASVS 16.3.1")
@pytest.mark.django_db(transaction=True)  # allauth tells after the commit
def test_changes_of_an_account_are_recorded_and_told_by_mail(
    client: Client, coordinator: User
) -> None:
    sign_in(client, coordinator)
    set_up_factor(client)
    kinds = list(LeadEvent.objects.order_by("sequence").values_list("kind", flat=True))
    assert kinds[:2] == ["signed_in", "account_changed"]
    assert next(one.to for one in mail.outbox) == [coordinator.email]
    client.post("/admin/logout/")
    assert LeadEvent.objects.order_by("sequence").last().kind == "signed_out"


@pytest.mark.shows("45 CFR 164.312(a)(2)(iii)", "ASVS 7.1.1", "ASVS 7.3.1")
def test_page_that_asks_by_itself_keeps_nobody_signed_in(client: Client, coordinator: User) -> None:
    with time_machine.travel(START) as clock:
        sign_in(client, coordinator)
        assert client.get(DESK).status_code == 200
        for _ in range(14):
            clock.shift(60)
            client.get(DESK, headers={BACKGROUND: "1"})
        clock.shift(61)
        assert client.get(DESK, headers={BACKGROUND: "1"}).status_code == 302


def test_who_is_there_says_so_and_gets_a_token_for_the_open_form(
    client: Client, coordinator: User
) -> None:
    with time_machine.travel(START) as clock:
        sign_in(client, coordinator)
        client.get(DESK)
        clock.shift(timedelta(minutes=14))
        answer = client.get("/admin/stay/")
        assert answer.json()["token"]
        assert "no-store" in answer["Cache-Control"]
        clock.shift(timedelta(minutes=14))
        assert client.get(DESK).status_code == 200


@pytest.mark.shows("ASVS 7.4.3", "ASVS 7.5.2", "ASVS 7.1.2")
def test_other_sessions_can_be_seen_and_ended(client: Client, coordinator: User) -> None:
    other = Client()
    sign_in(client, coordinator)
    sign_in(other, coordinator)
    page = client.get(reverse("usersessions_list"))
    assert page.content.decode().count("127.0.0.1") == 2
    client.post(reverse("usersessions_list"))
    assert other.get(DESK).status_code == 302
    assert client.get(DESK).status_code == 200
    assert UserSession.objects.count() == 1


@pytest.mark.shows("201 CMR 17.04(1)(a)", "ASVS 6.1.3", "ASVS 6.3.4")
def test_nobody_signs_up(client: Client) -> None:
    assert client.get("/admin/account/signup/")["Location"] == LOGIN
    assert client.post("/admin/account/signup/", {"username": "x"})["Location"] == LOGIN
    assert not User.objects.exists()


def test_forgotten_password_is_set_by_a_link_and_tells_nobody_who_works_here(
    client: Client, coordinator: User
) -> None:
    reset = reverse("account_reset_password")
    known = client.post(reset, {"email": coordinator.email})
    unknown = client.post(reset, {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [one.to for one in mail.outbox] == [[coordinator.email]]
    (link,) = [word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word]
    page = client.get(link.partition("testserver")[2], follow=True)
    there = page.redirect_chain[-1][0]
    done = client.post(there, {"password1": "a new long secret", "password2": "a new long secret"})
    assert done.status_code == 302
    assert sign_in(Client(), coordinator).status_code == 200
    assert sign_in(Client(), coordinator, "a new long secret")["Location"] == DESK
