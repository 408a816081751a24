"""Odd methods, odd paths and odd redirects: an answer in the 200s to 400s, and never a way out."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.iop_site.test_sign_in import PASSWORD
from tests.threats.tools import filled, public_routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]
METHODS = ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "GET\t", "post", "JEFF"]


@pytest.mark.shows("ASVS 13.4.4")
@pytest.mark.parametrize("route", public_routes())
def test_method_that_an_address_does_not_have_is_405_with_those_that_it_has(
    route: str, client: Client
) -> None:
    address = filled(route)
    for method in METHODS:
        answer = client.generic(method, address)
        # 403 or 404 where the words in the address open nothing, which is looked at first.
        wanted = (405, 404, 403)
        assert answer.status_code in wanted or method == "post", (method, answer.status_code)
        if answer.status_code == 405:
            assert {"GET", "POST"} & set(answer.headers["Allow"].split(", "))
        assert answer.status_code < 500
    assert client.options(address).status_code in (200, 403, 404, 405)
    assert client.head(address).status_code < 500


@pytest.mark.parametrize(
    "path",
    [
        "///evil.example.org/",
        "/\\evil.example.org/",
        "/articles//",
        "/articles/../admin/",
        "/articles/%2e%2e/admin/",
        "/..%2f..%2fetc/passwd",
        "/static/../iop_site/settings/base.py",
        "/static/%2e%2e/%2e%2e/manage.py",
        "/static/..%5c..%5cmanage.py",
        "/articles/%00/",
        "/articles/;/",
        "/articles;jsessionid=1/",
        "/articles/%0d%0aSet-Cookie:%20x=1/",
        "/articles/%ff%fe/",
        "/articles/" + "a" * 3000 + "/",
        "/ADMIN/",
        "/admin",
        "/faq",
        "/.git/config",
        "/.env",
        "/admin/r/1/1/",
        "/admissions/sent/%F0%9F%8C%B1/",
    ],
)
def test_odd_path_leads_nowhere(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (301, 302, 400, 404), answer.status_code
    if "Location" in answer.headers:
        assert re.match(r"/(?![/\\])", answer["Location"]), answer["Location"]
    assert "x" not in answer.cookies
    assert b"DATABASES" not in answer.content


ELSEWHERE = [
    "https://evil.example.org/",
    "//evil.example.org",
    "///evil.example.org",
    "/\\evil.example.org",
    "\\\\evil.example.org",
    "https:evil.example.org",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example.org",
    "http://testserver@evil.example.org/",
    "http://testserver.evil.example.org/",
    "/\t/evil.example.org",
    "\x00//evil.example.org",
    "%2f%2fevil.example.org",
]


def goes_elsewhere(answer: Any) -> bool:
    """Return whether a browser would leave the site for what an answer says."""
    to = re.sub(r"[\t\r\n\x00]", "", answer.headers.get("Location", "/")).strip().replace("\\", "/")
    return to.startswith("//") or bool(re.match(r"[a-z]+:(?!//testserver/)", to))


@pytest.mark.shows("ASVS 3.7.2")
@pytest.mark.parametrize("where", ELSEWHERE)
def test_nothing_redirects_to_where_a_parameter_says(
    client: Client, coordinator: User, where: str
) -> None:
    names = ("next", "redirect", "url", "return_to", "continue", "redirect_to", "success_url")
    everywhere = dict.fromkeys(names, where)
    login = {"login": coordinator.username, "password": PASSWORD, **everywhere}
    query = "?" + "&".join(f"{name}={quote(where)}" for name in names)
    for name in ("account_login", "account_signup", "account_logout", "account_reset_password"):
        place = reverse(name)
        assert not goes_elsewhere(client.get(place, everywhere)), place
        assert not goes_elsewhere(client.post(place + query, login)), place
    client.force_login(coordinator)
    for name in (
        "account_login",
        "account_reauthenticate",
        "account_change_password",
        "usersessions_list",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_generate_recovery_codes",
        "account_logout",
        "admin:logout",
        "admin:login",
        "admin:index",
    ):
        place = reverse(name)
        assert not goes_elsewhere(client.get(place, everywhere)), place
        assert not goes_elsewhere(client.post(place + query, login)), place


def test_redirect_of_the_desk_after_an_action_stays_here(
    client: Client, coordinator: User, lead: Any
) -> None:
    client.force_login(coordinator)
    for where in ELSEWHERE:
        fields = {"version": lead.version, "next": where, "text": "A note."}
        answer = client.post(f"/admin/admissions/lead/{lead.pk}/note/", fields)
        assert not goes_elsewhere(answer), where


@pytest.mark.shows("ASVS 3.4.6")
@pytest.mark.parametrize("address", ["/", "/admissions/inquiry/myself/", "/admin/account/login/"])
def test_no_page_can_be_framed_or_sniffed(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
