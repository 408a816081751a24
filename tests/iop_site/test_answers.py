"""What is true of every answer, whatever the address: its kind, and what is never given out."""

import ssl

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client, RequestFactory

PAGES = ["/", "/robots.txt", "/sitemap.xml", "/livez", "/nowhere/", "/admin/account/login/"]


@pytest.mark.shows("ASVS 4.1.1")
@pytest.mark.parametrize("path", PAGES)
def test_an_answer_says_what_it_is_and_how_it_is_written(
    client: Client, starter_content: None, path: str
) -> None:
    kind = client.get(path)["Content-Type"]

    assert kind.startswith(("text/", "application/"))
    assert "charset=utf-8" in kind or kind in ("application/xml", "application/json")


@pytest.mark.shows("ASVS 3.4.2")
@pytest.mark.parametrize("path", [*PAGES, "/admin/"])
def test_no_answer_lets_another_site_read_it(client: Client, manager: User, path: str) -> None:
    client.force_login(manager)
    for origin in ("https://evil.example.org", "null"):
        answer = client.get(path, headers={"Origin": origin})
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.shows("ASVS 13.4.1", "ASVS 13.4.3")
@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.git/", "/.env", "/static/", "/static/site/", "/var/", "/manage.py"],
)
def test_neither_source_nor_folders_are_given_out(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.shows("ASVS 13.4.4")
@pytest.mark.parametrize("path", ["/", "/admissions/inquiry/", "/admin/", "/livez"])
def test_trace_is_not_answered(client: Client, starter_content: None, path: str) -> None:
    answer = client.generic("TRACE", path, headers={"X-Secret": "a marked word"})

    assert answer.status_code in (302, 405)
    assert b"a marked word" not in answer.content


@pytest.mark.shows("ASVS 12.3.2")
def test_mail_goes_only_to_a_server_whose_certificate_is_good() -> None:
    context = EmailBackend(host="mail.example.org", use_tls=True).ssl_context

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_page_for_nobody_counts_no_idle_time(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = AnonymousUser()
    assert "idle_seconds" not in admin.site.each_context(request)
