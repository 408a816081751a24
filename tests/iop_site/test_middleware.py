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
    "report-to csp",
    "report-uri /csp-reports",
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
    "Reporting-Endpoints": 'csp="/csp-reports"',
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
    "/.well-known/security.txt",
    "/csp-reports",
    "/nowhere/",
]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]


def policy_of(response: HttpResponse) -> list[str]:
    """Return the directives in the order of the alphabet: their order means nothing."""
    return sorted(response.headers["Content-Security-Policy"].split("; "))


@pytest.mark.shows("ASVS 3.4.3", "ASVS 3.4.6")
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_policy_to_the_letter(client: Client, address: str) -> None:
    response = client.get(address)
    assert policy_of(response) == POLICY
    assert "Content-Security-Policy-Report-Only" not in response.headers


@pytest.mark.shows("ASVS 3.4.4", "ASVS 3.4.5")
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


# -- what is refused at the front door


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "elsewhere.example.com", "[::1]", "\x00 no"])
def test_health_is_told_under_any_host(client: Client, address: str, host: str) -> None:
    response = client.get(address, headers={"host": host})
    assert response.status_code == 200
    assert host not in response.content.decode()


@pytest.mark.parametrize("address", ["/livez/", "//livez", "/livez/../", "/", "/robots.txt"])
def test_no_other_address_answers_a_foreign_host(client: Client, address: str) -> None:
    response = client.get(address, headers={"host": "elsewhere.example.com"})
    assert response.status_code == 400
    assert b"elsewhere" not in response.content


class Unread:
    """A body that must not be touched."""

    def read(self, *args: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


FORM = "/admissions/inquiry/myself/"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"CONTENT_LENGTH": str(64 * 1024 * 1024 + 1)}, 413),
        ({"CONTENT_LENGTH": "9" * 40}, 413),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"HTTP_TRANSFER_ENCODING": "gzip, chunked", "CONTENT_LENGTH": "5"}, 411),
    ],
)
def test_body_that_no_form_sends_is_refused_unread(
    client: Client, said: dict[str, str], status: int
) -> None:
    request = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": Unread(), **said}
    response = client.generic("POST", FORM, **request)
    assert response.status_code == status
    text = response.content.decode()
    assert "tel:+18884011179" in text
    assert "tel:988" in text
    assert "nothing was saved" in text.lower()
    assert response.headers["Cache-Control"] == "no-store"
    assert policy_of(response) == POLICY


def test_length_that_is_none_is_taken_for_no_body(client: Client) -> None:
    assert client.get("/", CONTENT_LENGTH="rubbish").status_code == 200
