"""Threat 9, and poisoned caches: what is personal is kept by nobody, the rest is one for all."""

import re
import urllib.parse

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.admissions.conftest import send_insurance  # noqa: F401  a fixture
from tests.iop_site.test_role_matrix import addresses, everything, path_of  # noqa: F401
from tests.threats.tools import filled, public_routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]
# Read by everybody, so that any cache may have them.
OPEN_TO_ALL = {"robots.txt", "sitemap.xml", "articles/feed/", ".well-known/security.txt"}


def listed(client: Client) -> list[str]:
    found = re.findall(r"<loc>([^<]+)</loc>", client.get("/sitemap.xml").content.decode())
    return [urllib.parse.urlsplit(one).path for one in found]


def test_threat_09_content_sets_no_cookie_and_may_be_kept(client: Client) -> None:
    found = [one for one in listed(client) if not one.startswith("/admissions/")]
    assert len(found) > 50
    for address in found:
        answer = client.get(address, headers={"cookie": "csrftoken=rubbish; sessionid=rubbish"})
        assert answer.status_code == 200, address
        assert "public" in answer.headers["Cache-Control"], address
        assert not answer.cookies, address
    assert "Cookie" not in client.get("/").headers.get("Vary", "")


@pytest.mark.parametrize("route", public_routes())
def test_threat_09_every_other_public_address_is_no_store(client: Client, route: str) -> None:
    answer = client.get(filled(route))
    kept = "public" in answer.headers["Cache-Control"]
    if route.startswith("admissions/") and route not in ("admissions/", "admissions/inquiry/"):
        assert not kept
    if not kept:
        assert "no-store" in answer.headers["Cache-Control"]
    else:
        assert not answer.cookies


@pytest.mark.shows("ASVS 14.3.2", "201 CMR 17.04(5)")
def test_threat_09_every_staff_page_is_no_store(
    client: Client,
    everything: None,  # noqa: F811  the fixture
) -> None:
    client.force_login(User.objects.create_superuser("root@example.org"))
    for address in addresses():
        answer = client.get(path_of(address))
        assert "no-store" in answer.headers["Cache-Control"], address


FORGED = {
    "x-forwarded-host": "evil.example.org",
    "x-forwarded-port": "8443",
    "x-forwarded-prefix": "/evil",
    "x-forwarded-scheme": "gopher",
    "x-host": "evil.example.org",
    "forwarded": "host=evil.example.org;proto=gopher",
    "x-original-url": "/admin/",
    "x-rewrite-url": "/admin/",
    "x-original-host": "evil.example.org",
    "x-http-method-override": "DELETE",
    "x-forwarded-for": "evil.example.org",
    "x-real-ip": "evil.example.org",
    "referer": "https://evil.example.org/",
    "origin": "https://evil.example.org",
    "accept-language": "zz",
    "user-agent": "evil.example.org",
    "accept": "application/json",
}


@pytest.mark.parametrize("address", ["/", "/articles/", "/faq/", "/robots.txt", "/sitemap.xml"])
def test_no_header_that_a_cache_does_not_know_of_changes_a_page(
    client: Client, address: str
) -> None:
    plain = client.get(address)
    for name, value in FORGED.items():
        answer = client.get(address, headers={name: value})
        assert answer.content == plain.content, name
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == plain.headers["Cache-Control"]
        assert "evil" not in str(answer.headers)


def test_unknown_host_is_neither_answered_nor_named(client: Client) -> None:
    for host in ("evil.example.org", "testserver.evil.example.org", "testserver:80@evil", "[::1"):
        answer = client.get("/", headers={"host": host})
        assert answer.status_code == 400
        assert host not in answer.content.decode() + str(answer.headers)


def test_page_is_the_same_whatever_stands_in_its_query(client: Client) -> None:
    plain = client.get("/faq/").content
    assert client.get("/faq/?utm_source=<evil>&cb=1").content == plain
