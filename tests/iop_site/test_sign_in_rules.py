"""What standards ask of passwords, codes, sessions and cookies (ASVS 5.0, chapters 3, 6, 7)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa import app_settings as factors
from allauth.mfa.models import Authenticator
from django.conf import global_settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.urls import reverse

from admissions.models import LeadEvent
from iop_site.settings import base
from iop_site.sign_in import AccountAdapter
from tests.iop_site.test_sign_in import DESK, LOGIN, PASSWORD, set_up_factor, sign_in

START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_failures_yet(db: None) -> None:
    cache.clear()


@pytest.mark.shows("ASVS 6.2.1", "ASVS 6.2.4", "201 CMR 17.04(1)(b)")
@pytest.mark.parametrize(
    "password",
    ["", "elevenchars", "administrator", "qwerty123456", "casey@example.org"],
    ids=["none", "short", "common", "common too", "one's own name"],
)
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(username="casey@example.org", email="casey@example.org"))


@pytest.mark.shows("ASVS 6.2.1", "ASVS 6.2.5", "ASVS 6.2.9")
@pytest.mark.parametrize(
    "password",
    ["twelve chars", "374915028846", "kéttő öt hét", "🦆 quack quack", "long " * 25],
    ids=["twelve", "digits", "accents", "picture", "125 characters"],
)
def test_password_of_any_characters_and_length_is_taken(client: Client, password: str) -> None:
    user = User.objects.create_user("casey@example.org", password=password, is_staff=True)

    validate_password(password, user)
    assert sign_in(client, user, password)["Location"] == DESK


@pytest.mark.shows("ASVS 6.2.8")
@pytest.mark.parametrize("typed", [" two blanks ", "two blanks", " Two Blanks ", " two blanks"])
def test_password_is_taken_exactly_as_it_was_typed(client: Client, typed: str) -> None:
    user = User.objects.create_user("casey@example.org", password=" two blanks ", is_staff=True)

    assert (sign_in(client, user, typed).status_code == 302) is (typed == " two blanks ")


@pytest.mark.shows("ASVS 6.2.2", "ASVS 6.2.3", "ASVS 6.2.6", "ASVS 6.2.7", "ASVS 6.4.2")
def test_password_is_changed_by_whoever_knows_the_one_of_now(
    client: Client, coordinator: User
) -> None:
    sign_in(client, coordinator)
    address = reverse("account_change_password")
    page = client.get(address).content.decode()
    assert page.count('type="password"') == 3
    assert 'autocomplete="current-password"' in page
    new = {"password1": "a new long secret", "password2": "a new long secret"}

    assert client.post(address, {"oldpassword": "not this one", **new}).status_code == 200
    assert client.post(address, {"oldpassword": PASSWORD, **new}).status_code == 302

    assert sign_in(Client(), coordinator).status_code == 200
    assert sign_in(Client(), coordinator, "a new long secret")["Location"] == DESK


@pytest.mark.shows("ASVS 6.2.10")
def test_password_of_years_ago_still_opens(client: Client, coordinator: User) -> None:
    with time_machine.travel(START.replace(year=2036)):
        assert sign_in(client, coordinator)["Location"] == DESK


@pytest.mark.shows("ASVS 11.4.2", "201 CMR 17.04(1)(c)")
def test_passwords_are_hashed_slowly_outside_of_tests() -> None:
    assert not hasattr(base, "PASSWORD_HASHERS")
    assert global_settings.PASSWORD_HASHERS[0].endswith(".PBKDF2PasswordHasher")
    assert PBKDF2PasswordHasher.iterations >= 600_000


@pytest.mark.shows("ASVS 6.5.3", "ASVS 6.5.4", "ASVS 6.5.5")
def test_codes_are_long_enough_and_last_half_a_minute() -> None:
    assert factors.TOTP_PERIOD == 30
    assert factors.TOTP_DIGITS == 6
    assert factors.TOTP_TOLERANCE == 0
    assert factors.RECOVERY_CODE_DIGITS >= 8


@pytest.mark.django_db(transaction=True)  # allauth tells after the commit
@pytest.mark.shows("ASVS 6.4.3")
def test_new_password_by_mail_does_not_take_the_place_of_the_factor(
    client: Client, coordinator: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    sign_in(client, coordinator)
    set_up_factor(client)
    mail.outbox.clear()
    client.post(reverse("account_reset_password"), {"email": coordinator.email})
    (link,) = [word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word]
    other = Client()
    page = other.get(link.partition("testserver")[2], follow=True)
    new = {"password1": "a new long secret", "password2": "a new long secret"}
    other.post(page.redirect_chain[-1][0], new)

    assert other.get(DESK).status_code == 302
    assert sign_in(other, coordinator, "a new long secret")["Location"] == reverse(
        "mfa_authenticate"
    )
    assert Authenticator.objects.filter(user=coordinator, type="totp").exists()


@pytest.mark.shows("ASVS 7.5.1")
def test_sign_in_is_changed_only_soon_after_it_was_shown(client: Client, coordinator: User) -> None:
    with time_machine.travel(START) as clock:
        sign_in(client, coordinator)
        for _ in range(2):
            clock.shift(8 * 60)
            assert client.get(DESK).status_code == 200
        for page in ("mfa_activate_totp", "mfa_add_webauthn"):
            answer = client.get(reverse(page))
            assert answer.status_code == 302, page
            assert "/reauthenticate/" in answer["Location"], page


@pytest.mark.shows("ASVS 7.2.1", "ASVS 7.2.2", "ASVS 7.2.3", "ASVS 7.2.4")
def test_sign_in_makes_a_session_of_its_own(client: Client, coordinator: User) -> None:
    client.cookies["sessionid"] = "a" * 32  # chosen by somebody else
    keys = set()
    for _ in range(2):
        sign_in(client, coordinator)
        keys.add(client.cookies["sessionid"].value)
        client.post("/admin/logout/")

    assert "a" * 32 not in keys
    assert len(keys) == 2
    assert all(len(key) == 32 and key.isalnum() for key in keys)  # 32 of 36: 165 bits
    client.cookies["sessionid"] = "b" * 32
    assert client.get(DESK).status_code == 302


@pytest.mark.shows("ASVS 7.4.1", "ASVS 14.3.1")
def test_sign_out_ends_the_session_on_the_server(client: Client, coordinator: User) -> None:
    sign_in(client, coordinator)
    kept = client.cookies["sessionid"].value
    client.post("/admin/logout/")

    assert not Session.objects.filter(session_key=kept).exists()
    client.cookies["sessionid"] = kept
    answer = client.get(DESK)
    assert answer.status_code == 302
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.shows("ASVS 7.4.4")
@pytest.mark.parametrize(
    "name", ["admin:index", "admin:admissions_lead_changelist", "mfa_index", "usersessions_list"]
)
def test_every_page_has_a_way_to_sign_out(client: Client, manager: User, name: str) -> None:
    sign_in(client, manager)

    assert "/logout/" in client.get(reverse(name)).content.decode()


@pytest.mark.shows("ASVS 3.3.2", "ASVS 3.3.4")
def test_cookies_are_for_this_site_and_no_script(client: Client, coordinator: User) -> None:
    client.get(LOGIN)
    sign_in(client, coordinator)

    assert set(client.cookies) == {"sessionid", "csrftoken", "messages"}
    for name, cookie in client.cookies.items():
        assert cookie["samesite"] == "Lax", name
        assert cookie["httponly"] is True, name
        assert not cookie["domain"], name


@pytest.mark.shows("ASVS 3.3.1", "ASVS 3.3.3")
def test_messages_are_kept_in_a_cookie_of_this_host_over_https(
    client: Client, coordinator: User, settings: Any
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    answer = sign_in(client, coordinator, secure=True)
    cookie = answer.cookies["__Host-messages"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")

    answer = client.get(DESK, secure=True)
    assert "signed in" in answer.content.decode()
    gone = answer.cookies["__Host-messages"]
    assert (gone["max-age"], gone["secure"]) == (0, True)


def test_sign_out_of_nobody_leaves_no_event(client: Client) -> None:
    client.post("/admin/logout/")
    assert not LeadEvent.objects.exists()


def test_sign_up_is_closed_to_whoever_asks_the_adapter(rf: RequestFactory) -> None:
    assert AccountAdapter().is_open_for_signup(rf.get("/")) is False


@pytest.mark.shows("ASVS 6.3.2", "201 CMR 17.04(2)(b)")
def test_no_account_comes_with_the_software() -> None:
    assert not User.objects.exists()
