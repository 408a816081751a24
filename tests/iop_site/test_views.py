"""Health, robots, and the pages for what went wrong."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from admissions.models import Lead
from iop_site import views
from tests.outages import database_away

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]
TYPED = "Zebedee-canary"


@pytest.fixture
def public() -> Client:
    """A visitor whose server turns a fault into an answer, as it does in production."""
    return Client(raise_request_exception=False)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def assert_helps_without_promising(response: HttpResponse) -> None:
    """The answer shows the phone and the crisis numbers, is not kept, and thanks for nothing."""
    text = text_of(response)
    assert "tel:+18884011179" in text
    assert "tel:988" in text
    assert "tel:911" in text
    assert "thank" not in text.lower()
    assert 'name="robots" content="noindex"' in text
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


# -- health


def test_livez_answers_without_the_database(client: Client) -> None:
    with database_away():
        response = client.get("/livez")
    assert response.status_code == 200
    assert text_of(response) == "ok\n"
    assert response.headers["Content-Type"].startswith("text/plain")


def test_readyz_says_that_all_is_well(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "keys": "ok"}


@pytest.mark.shows("ASVS 13.4.5")
@pytest.mark.parametrize("error", [OperationalError, InterfaceError, DatabaseError])
def test_readyz_says_that_the_database_is_away_and_not_why(
    client: Client, error: type[Exception]
) -> None:
    with database_away(error):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert json.loads(response.content) == {
        "database": "away",
        "migrations": "unknown",
        "keys": "unknown",
    }
    assert client.get("/readyz").status_code == 200


def test_readyz_says_that_a_migration_is_missing(client: Client) -> None:
    last = MigrationLoader(connection).graph.leaf_nodes("admissions")[0]
    MigrationRecorder(connection).record_unapplied(*last)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "migrations": "pending", "keys": "unknown"}


def test_readyz_names_the_key_that_is_wrong_and_nothing_of_it(
    client: Client, lead: Lead, settings: Settings
) -> None:
    settings.FIELD_KEYS = (("k1", b"x" * 32),)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "migrations": "ok", "keys": "FIELD_KEYS"}


@pytest.mark.parametrize("address", ["/livez", "/readyz", "/robots.txt"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_health_and_robots_are_only_read(client: Client, address: str, method: str) -> None:
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_health_is_never_kept(client: Client, address: str) -> None:
    assert "no-store" in client.get(address).headers["Cache-Control"]


# -- robots


def test_robots_keeps_forms_and_desk_out_and_names_the_sitemap(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    lines = text_of(response).splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /admin/", "Disallow: /admissions/inquiry/myself/"} <= set(lines)
    assert "Disallow: /" not in lines
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


# -- security.txt


def test_security_txt_says_whom_to_tell_and_until_when(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = ["mailto:security@example.org", "tel:+1-617-555-0100"]
    settings.SECURITY_POLICY_URL = "https://example.org/policy"
    response = client.get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = [line.split(": ", 1) for line in text_of(response).splitlines()]
    assert [name for name, _value in fields] == (
        ["Contact", "Contact", "Expires", "Preferred-Languages", "Canonical", "Policy"]
    )
    said = dict(fields)
    left = datetime.fromisoformat(said["Expires"]) - timezone.now()
    assert timedelta(days=170) < left < timedelta(days=365)
    assert said["Canonical"] == "http://testserver/.well-known/security.txt"
    assert said["Preferred-Languages"] == "en"
    assert said["Policy"] == "https://example.org/policy"
    settings.SECURITY_POLICY_URL = ""
    assert "Policy" not in text_of(client.get("/.well-known/security.txt"))


def test_security_txt_invents_nobody(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = []
    assert client.get("/.well-known/security.txt").status_code == 404


# -- errors


def test_an_unknown_address_is_404(client: Client) -> None:
    response = client.get(f"/nowhere/{TYPED}/")
    assert response.status_code == 404
    assert_helps_without_promising(response)


def test_a_host_that_is_not_ours_is_400(client: Client) -> None:
    response = client.get("/", headers={"host": "elsewhere.example.com"})
    assert response.status_code == 400
    assert_helps_without_promising(response)
    assert "elsewhere.example.com" not in text_of(response)


def test_a_request_too_large_is_400(client: Client) -> None:
    response = client.post("/admissions/inquiry/myself/", {"message": "x" * 600_000})
    assert response.status_code in (400, 413)
    assert_helps_without_promising(response)


def test_too_many_fields_are_413(client: Client) -> None:
    response = client.post(
        "/admissions/inquiry/myself/", {f"f{number}": "x" for number in range(300)}
    )
    assert response.status_code == 413
    assert_helps_without_promising(response)


@pytest.mark.shows("ASVS 16.5.2")
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_page_without_the_database_is_503_and_says_when_to_come_back(
    public: Client, error: type[Exception]
) -> None:
    public.get("/livez")
    with database_away(error):
        response = public.get("/glossary/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert_helps_without_promising(response)
    assert "Nothing you typed was sent" in text_of(response)
    assert "canary" not in text_of(response)
    assert public.get("/glossary/").status_code == 200


@pytest.mark.shows("ASVS 16.5.1")
def test_a_fault_of_ours_is_500_and_shows_nothing_of_it(rf: RequestFactory) -> None:
    try:
        raise ZeroDivisionError(TYPED)
    except ZeroDivisionError:
        response = views.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Retry-After" not in response.headers
    assert TYPED not in text_of(response)
    assert "Traceback" not in text_of(response)
    assert "tel:+18884011179" in text_of(response)
    assert "thank" not in text_of(response).lower()


def test_a_fault_of_ours_is_500_even_while_the_database_is_away(rf: RequestFactory) -> None:
    with database_away():
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            response = views.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "tel:+18884011179" in text_of(response)
