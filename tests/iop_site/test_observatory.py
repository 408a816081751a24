"""The grade of the MDN HTTP Observatory for answers under the settings of production.

Its published rules (github.com/mdn/mdn-http-observatory, `src/grader/charts.js` and the analyzers
beside it, with COOP and COEP of 2026), for what this site sends: a rule that we would break gives
its penalty, so that a weaker header fails here. What only its scanner can see counts as nothing:
the list of preloaded hosts, the certificate, and the redirect (tested with the settings).
"""

import importlib
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.iop_site.test_settings_production import environment  # noqa: F401  a fixture

HALF_A_YEAR = 15_552_000
BROAD = {"*", "http:", "https:", "ftp:", "http://*", "https://*", "http://*.*", "https://*.*"}
NOT_OURS = {"DATABASES", "CACHES", "STORAGES", "STATIC_ROOT", "LOGGING", "SITE_URL", "DATA_DIR"}
FORMS = ["/admissions/inquiry/myself/", "/admissions/insurance/", "/admissions/status/"]
CONTENT = ["/", "/articles/", "/faq/", "/programs/", "/contact/", "/get-help-now/"]
DESK = "/admin/account/login/"


@pytest.fixture
def site(
    settings: Any,
    environment: dict[str, str],  # noqa: F811  the fixture
    monkeypatch: pytest.MonkeyPatch,
    starter_content: None,
) -> Client:
    """A visitor of a site under the settings of production, but for where its data lie."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    production = importlib.reload(importlib.import_module("iop_site.settings.production"))
    for name in dir(production):
        if name.isupper() and name not in NOT_OURS:
            setattr(settings, name, getattr(production, name))
    return Client(SERVER_NAME="www.example.org", headers={"x-forwarded-proto": "https"})


def policy_of(response: HttpResponse) -> dict[str, set[str]]:
    pairs = [one.split() for one in response.headers["Content-Security-Policy"].split(";")]
    names = [name for name, *_values in pairs]
    assert len(names) == len(set(names))  # a directive that comes twice makes it invalid
    return {name: set(values) for name, *values in pairs}


def csp(response: HttpResponse) -> int:
    if "Content-Security-Policy" not in response.headers:
        return -25
    policy = policy_of(response)
    default = policy.get("default-src", {"*"})
    script, objects, style = (
        policy.get(name, default) for name in ("script-src", "object-src", "style-src")
    )
    unsafe = {"'unsafe-inline'", "data:"}
    if script & (BROAD | unsafe) or objects & BROAD:
        return -20
    if any(one.startswith(("http:", "ftp:")) for values in policy.values() for one in values):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if style & (BROAD | unsafe):
        return 0
    return 10 if default == {"'none'"} else 5


def cookies(response: HttpResponse) -> int:
    if not response.cookies:
        return 0
    worst = 5
    for name, cookie in response.cookies.items():
        if cookie["samesite"] not in ("Lax", "Strict"):
            worst = min(worst, -20 if "csrf" in name or cookie["samesite"] else 0)
        if not cookie["secure"]:
            worst = min(worst, -10 if "sess" in name else -5)
        if "sess" in name and not cookie["httponly"]:
            worst = min(worst, -30)
    return worst


def cors(response: HttpResponse) -> int:
    return -50 if "Access-Control-Allow-Origin" in response.headers else 0


def referrer(response: HttpResponse) -> int:
    good = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
    return 5 if response.headers.get("Referrer-Policy") in good else -5


def transport(response: HttpResponse) -> int:
    age = re.search(r"max-age=(\d+)", response.headers.get("Strict-Transport-Security", ""))
    if not age:
        return -20
    return 0 if int(age.group(1)) >= HALF_A_YEAR else -10


def integrity(response: HttpResponse) -> int:
    """Scripts of this host need none; -50 for one from elsewhere, the worst there is."""
    sources = re.findall(r'<script[^>]* src="([^"]+)"', response.content.decode())
    return 0 if all(re.match(r"/[^/]", one) for one in sources) else -50


def sniffing(response: HttpResponse) -> int:
    return 0 if response.headers.get("X-Content-Type-Options") == "nosniff" else -5


def framing(response: HttpResponse) -> int:
    if "frame-ancestors" in policy_of(response):
        return 5
    return 0 if response.headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else -20


def isolation(response: HttpResponse) -> int:
    wanted = {
        "Cross-Origin-Resource-Policy": ("same-origin", "same-site"),
        "Cross-Origin-Opener-Policy": ("same-origin",),
        "Cross-Origin-Embedder-Policy": ("require-corp",),
    }
    return sum(10 for name, good in wanted.items() if response.headers.get(name) in good)


RULES = (csp, cookies, cors, referrer, transport, integrity, sniffing, framing, isolation)


def score(response: HttpResponse) -> int:
    """Return the score: bonuses count only where penalties leave 90 of 100."""
    found = [rule(response) for rule in RULES]
    penalties = 100 + sum(one for one in found if one < 0)
    return penalties if penalties < 90 else 100 + sum(found)


@pytest.mark.parametrize("address", FORMS)
def test_forms_score_155(site: Client, address: str) -> None:
    response = site.get(address)
    assert response.status_code == 200
    assert {rule.__name__: rule(response) for rule in RULES if rule(response) < 0} == {}
    assert score(response) == 155


@pytest.mark.parametrize("address", CONTENT)
def test_content_scores_150_without_a_cookie(site: Client, address: str) -> None:
    response = site.get(address)
    assert response.status_code == 200
    assert score(response) == 150
    assert not response.cookies


def test_sign_in_scores_155(site: Client) -> None:
    assert score(site.get(DESK)) == 155


@pytest.mark.shows("ASVS 3.4.1")
@pytest.mark.parametrize("address", [FORMS[0], CONTENT[0], "/nowhere/", DESK])
def test_transport_is_secured_for_two_years_with_all_subdomains(site: Client, address: str) -> None:
    header = site.get(address).headers["Strict-Transport-Security"]
    assert header == "max-age=63072000; includeSubDomains; preload"


@pytest.mark.shows("ASVS 3.3.3")
@pytest.mark.parametrize("address", [FORMS[0], DESK])
def test_cookies_are_of_this_host_alone(site: Client, address: str) -> None:
    for name, cookie in site.get(address).cookies.items():
        assert name.startswith("__Host-")
        assert cookie["secure"]
        assert cookie["httponly"]
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Security-Policy", "default-src 'none'; script-src 'self' 'unsafe-inline'"),
        ("Content-Security-Policy", "script-src https:; object-src 'none'"),
        ("Content-Security-Policy", "default-src 'self'; img-src http://cdn.example.org"),
        ("Content-Security-Policy", "default-src 'self' 'unsafe-eval'"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
        ("Strict-Transport-Security", "max-age=300"),
        ("Referrer-Policy", "unsafe-url"),
        ("X-Content-Type-Options", ""),
        ("Cross-Origin-Opener-Policy", "unsafe-none"),
        ("Access-Control-Allow-Origin", "*"),
        ("Set-Cookie", ""),
    ],
)
def test_weaker_answer_scores_less(site: Client, name: str, value: str) -> None:
    response = site.get(FORMS[0])
    if name == "Set-Cookie":
        response.cookies["__Host-csrf"]["secure"] = ""
    else:
        response.headers[name] = value
    assert score(response) < 155
