"""Nothing on any page comes from another host; in Chromium tests/browser watches every request."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from tests.admissions.conftest import send_insurance  # noqa: F401  a fixture
from tests.iop_site.test_role_matrix import addresses, everything, path_of  # noqa: F401
from tests.threats.test_caches import listed
from tests.threats.tools import filled, public_routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]
# What a browser fetches by itself; a link is only followed by somebody.
FETCHED = re.compile(
    r"<(?:script|img|iframe|audio|video|source|embed|input|track)\b[^>]*?\s(?:src|srcset)=[\"']?([^\"'\s>]+)"
    r"|<link\b(?![^>]*rel=[\"'](?:canonical|alternate)[\"'])[^>]*?\shref=[\"']?([^\"'\s>]+)"
    r"|<(?:use|image)\b[^>]*?href=[\"']?([^\"'\s>]+)|<object\b[^>]*?data=[\"']?([^\"'\s>]+)",
    re.IGNORECASE,
)


def foreign(html: str) -> list[str]:
    found = ["".join(one) for one in FETCHED.findall(html)]
    assert found or "<link" not in html
    return [one for one in found if not re.match(r"/(?!/)|#|data:image/", one)]


def test_finder_sees_what_a_browser_would_fetch() -> None:
    for html in (
        '<script defer src="https://cdn.example/x.js"></script>',
        "<img alt='' src=//cdn.example/x.png>",
        '<link rel="stylesheet" href="https://fonts.example/x.css">',
        '<svg><use href="https://cdn.example/x.svg#a"/></svg>',
    ):
        assert len(foreign(html)) == 1, html


@pytest.mark.shows("ASVS 14.2.3")
def test_no_public_page_fetches_from_another_host(client: Client) -> None:
    for address in [*listed(client), *(filled(one) for one in public_routes())]:
        answer = client.get(address)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert foreign(answer.content.decode()) == [], address


def test_no_staff_page_fetches_from_another_host(
    client: Client,
    everything: None,  # noqa: F811  the fixture
) -> None:
    client.force_login(User.objects.create_superuser("root@example.org"))
    for address in addresses():
        answer = client.get(path_of(address))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert foreign(answer.content.decode()) == [], address


def test_no_style_or_script_of_ours_names_another_host() -> None:
    for file in Path(settings.BASE_DIR, "static").rglob("*.*"):
        if file.suffix in (".css", ".js"):
            text = file.read_text().replace("http://www.w3.org/", "")
            elsewhere = r"@import|url\(\s*['\"]?(?!data:|#|\.|/[^/])|https?://"
            assert not re.search(elsewhere, text), file
