"""Production starts only when it was told everything; a refusal is one line and never a secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.server import measured

SECRET = "canary-secret"
SECRET_KEY = "s3cret-" + "kQ7-" * 12
FIELD_KEY = "D" * 42 + "A"
INDEX_KEY = "E" * 42 + "A"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Everything that production must be told."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "iop_site.settings.production",
        "DATA_DIR": str(tmp_path / "data"),
        "AUDIT_HEADS": str(tmp_path / "another-volume" / "heads"),
        "SECRET_KEY": SECRET_KEY,
        "FIELD_KEYS": f"k1:{FIELD_KEY}",
        "INDEX_KEYS": f"k1:{INDEX_KEY}",
        "SITE_URL": "https://www.example.org/",
        "ALLOWED_HOSTS": "www.example.org",
        "DATABASE_URL": f"sqlite:///{tmp_path}/iop.sqlite3",
        "EMAIL_URL": f"smtp+tls://desk:{SECRET}@mail.example.org:587",
        "DEFAULT_FROM_EMAIL": "admissions@example.org",
        "SECURITY_CONTACT": "security@example.org",
        **measured(),
    }


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_refused(result: subprocess.CompletedProcess[str], name: str) -> None:
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Configuration error: {name}")
    for secret in (SECRET, SECRET_KEY, FIELD_KEY, INDEX_KEY):
        assert secret not in line


REQUIRED = [
    "SECRET_KEY",
    "FIELD_KEYS",
    "INDEX_KEYS",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
]
BAD = [
    ("SECRET_KEY", SECRET),
    ("FIELD_KEYS", SECRET),
    ("FIELD_KEYS", f"k1:{SECRET}"),
    ("FIELD_KEYS", f"k1:{FIELD_KEY},k1:{INDEX_KEY}"),
    ("INDEX_KEYS", f"K1:{INDEX_KEY}"),
    ("INDEX_KEYS", ","),
    ("MASTER_KEY", SECRET),
    ("MASTER_KEY_FILE", "/nowhere/master.key"),
    ("MASTER_KEY_COMMAND", f"echo {SECRET}"),
    ("SITE_URL", "http://www.example.org"),
    ("SITE_URL", "www.example.org"),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "www.example.org,*"),
    ("ALLOWED_HOSTS", " , "),
    ("DATABASE_URL", f"mysql://iop:{SECRET}@db.example.org/iop"),
    ("DATABASE_URL", f"postgres://iop:{SECRET}@db.example.org"),
    ("DATABASE_URL", f"postgres://iop:{SECRET}@db.example.org:port/iop"),
    ("DATABASE_URL", "iop.sqlite3"),
    ("EMAIL_URL", "mail.example.org"),
    ("EMAIL_URL", f"imap://desk:{SECRET}@mail.example.org"),
    ("EMAIL_URL", f"smtp+tls://desk:{SECRET}@mail.example.org:port"),
    ("EMAIL_URL", "smtp+tls://"),
    ("ALLOWED_HOSTS", "elsewhere.example.org"),
    ("CSRF_TRUSTED_ORIGINS", "https://www.example.org,http://www.example.org"),
    ("CSRF_TRUSTED_ORIGINS", "https://*.example.org"),
    ("SECURITY_CONTACT", "http://www.example.org/security"),
    ("PORT", "http"),
    ("PORT", "0"),
    ("DATA_DIR", "/dev/null/below"),
    ("STATIC_ROOT", "/dev/null/below"),
]


@pytest.mark.shows("ASVS 13.2.1", "ASVS 13.2.3", "ASVS 13.3.1")
@pytest.mark.parametrize("value", ["", "  "])
@pytest.mark.parametrize("name", REQUIRED)
def test_production_refuses_a_missing_variable_in_one_line(
    environment: dict[str, str], name: str, value: str
) -> None:
    if value:
        environment[name] = value
    else:
        del environment[name]
    assert_refused(run(environment, "manage.py", "check"), name)


@pytest.mark.parametrize(("name", "value"), BAD)
def test_production_refuses_a_bad_variable_in_one_line(
    environment: dict[str, str], name: str, value: str
) -> None:
    environment[name] = value
    assert_refused(run(environment, "manage.py", "check"), name)


def test_the_server_refuses_in_one_line_too(environment: dict[str, str]) -> None:
    del environment["SECRET_KEY"]
    assert_refused(run(environment, "-c", "import iop_site.wsgi"), "SECRET_KEY")


@pytest.mark.shows("ASVS 15.2.3")
def test_production_told_everything_passes_every_check_but_that_of_sqlite(
    environment: dict[str, str],
) -> None:
    result = run(environment, "manage.py", "check", "--deploy", "--fail-level", "ERROR")
    assert result.returncode == 0, result.stderr
    found = [line for line in result.stderr.splitlines() if line.startswith("?: (")]
    assert [line.split(")")[0] for line in found] == ["?: (iop.W001"]


def test_a_shared_key_stops_the_start(environment: dict[str, str]) -> None:
    environment["INDEX_KEYS"] = environment["FIELD_KEYS"]
    result = run(environment, "manage.py", "check")
    assert result.returncode == 1
    assert "iop.E002" in result.stderr
    assert FIELD_KEY not in result.stderr


@pytest.mark.shows("45 CFR 164.312(e)(2)(ii)", "ASVS 12.3.1")
def test_mail_without_tls_is_refused_at_start(environment: dict[str, str]) -> None:
    environment["EMAIL_URL"] = "smtp://mail.example.org:25"
    result = run(environment, "manage.py", "check")
    assert result.returncode == 2
    assert "TLS" in result.stderr
    environment["EMAIL_URL"] = "smtp://localhost:25"  # a relay on the same machine
    assert run(environment, "manage.py", "check").returncode == 0


ASK = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(SERVER_NAME="www.example.org")
plain, secure = client.get("/robots.txt"), client.get("/robots.txt", secure=True)
print(json.dumps({
    "redirect": [plain.status_code, plain.headers["Location"]],
    "livez": client.get("/livez").status_code,
    "forwarded": client.get(
        "/robots.txt", headers={"x-forwarded-proto": "https"}
    ).status_code,
    "status": secure.status_code,
    "headers": dict(secure.headers),
    "body": secure.content.decode(),
    "debug": settings.DEBUG,
    "cookies": [
        [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE,
         settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_PATH,
         settings.SESSION_COOKIE_DOMAIN],
        [settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE, settings.CSRF_COOKIE_HTTPONLY,
         settings.CSRF_COOKIE_PATH, settings.CSRF_COOKIE_DOMAIN],
    ],
    "mail": [settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT],
}))
"""


@pytest.mark.shows(
    "45 CFR 164.312(e)(1)",
    "45 CFR 164.312(e)(2)(i)",
    "45 CFR 164.312(e)(2)(ii)",
    "201 CMR 17.04(3)",
    "ASVS 3.3.1",
    "ASVS 3.3.3",
    "ASVS 3.4.1",
    "ASVS 4.1.2",
    "ASVS 12.2.1",
    "ASVS 13.4.2",
)
def test_production_serves_over_https_alone(environment: dict[str, str]) -> None:
    result = run(environment, "-c", ASK)
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert said["debug"] is False
    assert said["redirect"] == [301, "https://www.example.org/robots.txt"]
    assert said["livez"] == 200
    assert said["forwarded"] == 200
    assert said["status"] == 200
    assert said["body"].splitlines()[-1] == "Sitemap: https://www.example.org/sitemap.xml"
    headers = said["headers"]
    assert headers["Strict-Transport-Security"] == ("max-age=63072000; includeSubDomains; preload")
    policy = headers["Content-Security-Policy"].split("; ")
    assert "upgrade-insecure-requests" in policy
    assert "default-src 'none'" in policy
    assert len(policy) == 14
    # What the prefix __Host- asks for: secure, for the whole site, for this host alone.
    assert said["cookies"] == [
        ["__Host-session", True, True, "/", None],
        ["__Host-csrf", True, True, "/", None],
    ]
    assert said["mail"] == ["mail.example.org", True, 10]
