"""Whose address a request comes from: what a proxy said, and nothing that anybody may write."""

from typing import Any

import pytest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from iop_site.client_address import client_address

PROXY = "198.51.100.7"


def seen(address: str = PROXY, forwarded: str | None = None) -> str:
    request = RequestFactory().get("/")
    request.META["REMOTE_ADDR"] = address
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return client_address(request)


@pytest.mark.parametrize(
    "forged", ["", "203.0.113.9", "203.0.113.9, 203.0.113.10", "127.0.0.1", "unknown", "," * 200]
)
def test_without_a_trusted_proxy_the_header_changes_nothing(settings: Any, forged: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert seen("203.0.113.5", forged) == seen("203.0.113.5") == "203.0.113.5"


@pytest.mark.shows("ASVS 4.1.3", "ASVS 15.3.4")
@pytest.mark.parametrize("forged", ["", "10.0.0.1, ", "1.2.3.4, 5.6.7.8, ", "rubbish, ", ",,,"])
@pytest.mark.parametrize(
    ("count", "by_proxies"), [(1, "203.0.113.5"), (2, "203.0.113.5, 192.0.2.1")]
)
def test_what_a_client_wrote_before_the_proxies_changes_nothing(
    settings: Any, count: int, by_proxies: str, forged: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    assert seen(forwarded=forged + by_proxies) == "203.0.113.5"


@pytest.mark.parametrize(
    "header",
    [None, "", " ", "unknown", "203.0.113", "203.0.113.5.6", "_hidden", "\x00", "9" * 5000],
)
def test_header_without_an_address_leaves_that_of_the_connection(
    settings: Any, header: str | None
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert seen(forwarded=header) == PROXY


def test_header_with_fewer_entries_than_proxies_is_not_read(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    assert seen(forwarded="203.0.113.5") == PROXY


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.5", "203.0.113.5"),
        (" 203.0.113.5 ", "203.0.113.5"),
        ("203.0.113.5:4711", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("0:0:0:0:0:FFFF:CB00:7105", "203.0.113.5"),
        ("[::ffff:203.0.113.5]:4711", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_address_has_one_form(settings: Any, written: str, address: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert seen(forwarded=written) == address
    settings.TRUSTED_PROXY_COUNT = 0
    assert seen(written) == address


@pytest.mark.parametrize("address", ["", "unix:", "/run/site.sock"])
def test_connection_without_an_address_has_none(settings: Any, address: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert seen(address) == ""


@given(st.text(max_size=80), st.text(max_size=80))
@run(max_examples=200, deadline=None)
def test_nothing_that_a_client_writes_makes_an_address_or_a_fault(front: str, extra: str) -> None:
    request = RequestFactory().get("/")
    request.META |= {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": f"{front},{extra},203.0.113.5"}
    with override_settings(TRUSTED_PROXY_COUNT=1):
        assert client_address(request) == "203.0.113.5"
    assert client_address(request) == PROXY
