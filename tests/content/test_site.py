"""The whole public site as a visitor meets it: read once, then asked about from every side."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client

from content.models import StarterRecord
from tests.texts import PageReader

HERE = "http://testserver"
# Pages that hold a form: they set the cookie that protects it and are never kept.
FORMS = (
    "/admissions/inquiry/myself/",
    "/admissions/inquiry/someone/",
    "/admissions/inquiry/professional/",
    "/admissions/estimate/",
    "/admissions/insurance/",
    "/admissions/consultation/",
    "/admissions/status/",
)
# A page of forms that holds none while there is nothing to choose.
NO_FORM = "/admissions/consultation/"
DATA = "application/ld+json"
# Says what somebody looked for: never kept, and listed nowhere.
SEARCH = "/search/"
NOT_PAGES = ("/static/", "/articles/feed/", "/sitemap.xml", "/robots.txt")


@dataclass(frozen=True)
class Visited:
    response: HttpResponse
    page: PageReader


Site = dict[str, Visited]


@pytest.fixture(scope="module")
def site(starter_content_once: None, django_db_blocker: Any) -> Site:
    """Every page that can be reached from the first page by links, by address."""
    client = Client(raise_request_exception=False)
    found: Site = {}
    waiting = ["/"]
    with django_db_blocker.unblock():
        if not StarterRecord.objects.exists():  # a transactional test has emptied the database
            call_command("load_starter_content", verbosity=0)
        while waiting:
            address = waiting.pop()
            if address in found or address.startswith(NOT_PAGES):
                continue
            response = client.get(address)
            page = PageReader(response.content.decode())
            found[address] = Visited(response, page)
            waiting += [target for target, _ in leads_to(address, page, "href", "action")]
            client.cookies.clear()
    return found


def leads_to(address: str, page: PageReader, *attributes: str) -> list[tuple[str, str]]:
    """Return (path, fragment) of every link from a page to this site."""
    targets = []
    for attribute in attributes:
        for value in page.each(attribute):
            target, fragment = urldefrag(urljoin(HERE + address, value))
            parts = urlsplit(target)
            if f"{parts.scheme}://{parts.netloc}" == HERE:
                targets.append((parts.path, fragment))
    return targets


def faults(site: Site, find: Callable[[Visited], Any], *, without: tuple[str, ...] = ()) -> dict:
    """Return what `find` has to say about each page, where it has anything to say."""
    said = {address: find(one) for address, one in site.items() if address not in without}
    return {address: fault for address, fault in said.items() if fault}


# -- addresses


def test_every_link_leads_to_a_page(site: Site) -> None:
    broken = {a: one.response.status_code for a, one in site.items()}
    assert {a: status for a, status in broken.items() if status != 200} == {}


def test_the_site_is_as_large_as_its_texts(site: Site) -> None:
    assert len(site) > 60
    assert {"/", "/articles/", "/programs/tracks/veterans/", "/get-help-now/", *FORMS} <= set(site)


def test_every_file_that_a_page_asks_for_is_there(site: Site) -> None:
    wanted: dict[str, str] = {}
    for address, one in site.items():
        for path, _ in leads_to(address, one.page, "href", "src"):
            if path.startswith("/static/"):
                wanted[path.removeprefix("/static/")] = address
    assert "site/css/site.css" in wanted
    assert {path: page for path, page in wanted.items() if not finders.find(path)} == {}


def test_every_link_to_a_part_of_a_page_finds_it(site: Site) -> None:
    ids = {address: set(one.page.each("id")) for address, one in site.items()}
    missing = [
        (address, f"{path}#{fragment}")
        for address, one in site.items()
        for path, fragment in leads_to(address, one.page, "href")
        if fragment and not path.startswith(NOT_PAGES) and fragment not in ids[path]
    ]
    assert missing == []


def test_every_reference_within_a_page_finds_its_element(site: Site) -> None:
    def dangling(one: Visited) -> list[str]:
        ids = set(one.page.each("id"))
        names = [
            name
            for attribute in ("aria-labelledby", "aria-describedby", "aria-controls", "for")
            for value in one.page.each(attribute)
            for name in value.split()
        ]
        return [name for name in names if name not in ids]

    assert faults(site, dangling) == {}


def test_every_id_is_there_once(site: Site) -> None:
    assert (
        faults(site, lambda one: [i for i, n in Counter(one.page.each("id")).items() if n > 1])
        == {}
    )


@pytest.mark.usefixtures("starter_content")
def test_every_listed_address_is_reached_by_links(site: Site, client: Client) -> None:
    xml = client.get("/sitemap.xml").content.decode()
    listed = {urlsplit(one).path for one in re.findall(r"<loc>(.*?)</loc>", xml)}
    assert listed - set(site) == set()
    assert set(site) - listed - {*FORMS, SEARCH} == set()


# -- what each page says of itself


def test_every_page_has_one_first_heading(site: Site) -> None:
    assert (
        faults(site, lambda one: one.page.text("h1") if len(one.page.text("h1")) != 1 else None)
        == {}
    )
    assert faults(site, lambda one: one.page.text("h1") == [""]) == {}


def test_no_heading_skips_a_level(site: Site) -> None:
    def skips(one: Visited) -> list[str]:
        levels = [int(tag[1]) for tag, _ in one.page.elements if re.fullmatch("h[1-6]", tag)]
        return [f"h{a} h{b}" for a, b in pairwise(levels) if b > a + 1]

    assert faults(site, skips) == {}


def test_every_title_is_its_own(site: Site) -> None:
    titles = Counter(title for one in site.values() for title in one.page.text("title")[:1])
    assert sum(titles.values()) == len(site)
    assert [title for title, count in titles.items() if count > 1 or not title] == []


def test_every_page_names_its_language_and_its_address(site: Site) -> None:
    for address, one in site.items():
        assert one.page.all("html")[0]["lang"].split("-")[0] == "en", address
        canonical = [link["href"] for link in one.page.all("link") if link["rel"] == "canonical"]
        assert canonical == ([] if address in (*FORMS, SEARCH) else [HERE + address]), address


def test_every_page_has_a_description_of_its_own(site: Site) -> None:
    described = {
        address: "".join(
            meta["content"] for meta in one.page.all("meta") if meta.get("name") == "description"
        )
        for address, one in site.items()
        if address not in (*FORMS, SEARCH)
    }
    assert [address for address, text in described.items() if not text] == []
    assert [text for text, count in Counter(described.values()).items() if count > 1] == []


def test_every_page_has_its_landmarks_and_a_way_past_the_menu(site: Site) -> None:
    for address, one in site.items():
        assert len(one.page.all("main")) == 1, address
        assert one.page.all("a")[0]["href"] == "#main", address
        assert one.page.all("nav"), address
        assert one.page.all("footer"), address


def test_every_page_shows_the_crisis_numbers_and_the_phone(site: Site) -> None:
    for address, one in site.items():
        assert {"tel:988", "tel:911", "tel:+18884011179"} <= set(one.page.each("href")), address


def test_no_page_shows_a_placeholder_or_a_citation_mark(site: Site) -> None:
    raw = re.compile(r"\{\{|\}\}|\[\^|\{lang=|\{%")
    assert faults(site, lambda one: raw.findall(one.page.visible)) == {}
    assert (
        faults(
            site,
            lambda one: [
                value
                for _, attributes in one.page.elements
                for value in attributes.values()
                if "{{" in unescape(value) or "[^" in value
            ],
        )
        == {}
    )


def test_no_page_shows_markup_as_text(site: Site) -> None:
    raw = re.compile(r"&(?:amp|lt|gt|quot|#\w+);|</?(?:p|a|strong|em|span|bdi|li)\b")
    assert faults(site, lambda one: raw.findall(one.page.visible)) == {}


# -- what a page brings along


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(site: Site) -> None:
    def foreign(one: Visited) -> list[str]:
        found = [f"<{tag}>" for tag, _ in one.page.elements if tag in ("style", "iframe", "object")]
        for tag, attributes in one.page.elements:
            found += [name for name in attributes if name == "style" or name.startswith("on")]
            # Data for machines is never executed; any other script has a file of its own.
            if tag == "script" and "src" not in attributes and attributes.get("type") != DATA:
                found.append("inline script")
            if tag not in ("a", "html"):
                found += [
                    value
                    for name, value in attributes.items()
                    if name in ("src", "href", "action", "srcset", "poster", "data")
                    and not value.startswith(("/", "#", "?", HERE))
                ]
        return found

    assert faults(site, foreign) == {}


def test_links_elsewhere_take_nothing_along(site: Site) -> None:
    def open_doors(one: Visited) -> list[str]:
        return [
            link["href"]
            for link in one.page.all("a")
            if link.get("href", "").startswith("http")
            and not link["href"].startswith(HERE)
            and not {"noopener", "noreferrer"} <= set(link.get("rel", "").split())
        ]

    assert faults(site, open_doors) == {}


def test_every_picture_has_a_text_or_is_hidden(site: Site) -> None:
    assert faults(site, lambda one: [i for i in one.page.all("img") if "alt" not in i]) == {}
    assert (
        faults(
            site,
            lambda one: [
                svg
                for svg in one.page.all("svg")
                if svg.get("aria-hidden") != "true" and svg.get("role") != "img"
            ],
        )
        == {}
    )


def test_every_link_has_words(site: Site) -> None:
    assert (
        faults(
            site,
            lambda one: [
                link["href"]
                for link, words in zip(one.page.all("a"), one.page.text("a"), strict=True)
                if not words and "aria-label" not in link
            ],
        )
        == {}
    )


# -- what an answer carries


def test_content_pages_set_no_cookie_and_hold_no_token(site: Site) -> None:
    for address, one in site.items():
        if address not in FORMS:
            assert not one.response.cookies, address
            assert "Set-Cookie" not in one.response.headers, address
            assert b"csrf" not in one.response.content, address


def test_content_pages_may_be_kept_and_never_vary_by_who_looks(site: Site) -> None:
    for address, one in site.items():
        if address not in (*FORMS, SEARCH):
            headers = one.response.headers
            assert headers["Cache-Control"] == "public, max-age=0, must-revalidate", address
            assert headers["ETag"], address
            assert "cookie" not in headers.get("Vary", "").lower(), address


def test_form_pages_are_never_kept(site: Site) -> None:
    for address in FORMS:
        assert "no-store" in site[address].response.headers["Cache-Control"]
        assert ("csrftoken" in site[address].response.cookies) == (address != NO_FORM)


def test_every_page_is_html_in_utf_8(site: Site) -> None:
    for one in site.values():
        assert one.response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert one.response.content.startswith(b"<!DOCTYPE html>")
