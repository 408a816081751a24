"""Every answer carries the same protection, whatever it is an answer to."""

import uuid

import pytest
from django.http import HttpResponse
from django.test import Client

POLICY = [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Permitted-Cross-Domain-Policies": "none",
}
ADDRESSES = [
    "/",
    "/articles/",
    "/faq/",
    "/articles/feed/",
    "/admin/login/",
    "/admin/",
    "/livez",
    "/readyz",
    "/robots.txt",
    "/sitemap.xml",
    "/nowhere/",
]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]


def policy_of(response: HttpResponse) -> list[str]:
    """Return the directives in the order of the alphabet: their order means nothing."""
    return sorted(response.headers["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_policy_to_the_letter(client: Client, address: str) -> None:
    response = client.get(address)
    assert policy_of(response) == POLICY
    assert "Content-Security-Policy-Report-Only" not in response.headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_other_headers(client: Client, address: str) -> None:
    response = client.get(address)
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert "Server" not in response.headers
    assert "X-Powered-By" not in response.headers


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_refused_methods_carry_them_too(client: Client, method: str) -> None:
    response = getattr(client, method)("/livez")
    assert response.status_code == 405
    assert policy_of(response) == POLICY
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


def test_a_refused_host_gets_them_too(client: Client) -> None:
    response = client.get("/", headers={"host": "elsewhere.example.com"})
    assert response.status_code == 400
    assert policy_of(response) == POLICY
    assert response.headers["Cache-Control"] == "no-store"


def test_permissions_policy_turns_every_feature_off(client: Client) -> None:
    features = client.get("/").headers["Permissions-Policy"].split(", ")
    assert len(features) == len(set(features))
    assert all(feature.endswith("=()") for feature in features)
    assert {"camera=()", "geolocation=()", "microphone=()", "browsing-topics=()"} <= set(features)


@pytest.mark.parametrize("address", ["/nowhere/", "/admin/", "/admin/login/", "/livez", "/readyz"])
def test_what_says_nothing_about_caching_is_not_kept(client: Client, address: str) -> None:
    assert "no-store" in client.get(address).headers["Cache-Control"]


def test_a_page_that_allows_caching_keeps_its_word(client: Client) -> None:
    assert client.get("/robots.txt").headers["Cache-Control"] == "public, max-age=3600"


def test_each_answer_has_a_request_id_of_its_own(client: Client) -> None:
    ids = {
        client.get("/livez", headers={"x-request-id": "forged"}).headers["X-Request-ID"]
        for _ in range(5)
    }
    assert len(ids) == 5
    assert "forged" not in ids
    for one in ids:
        assert uuid.UUID(hex=one.ljust(32, "0"))
