"""The desk's pages: what axe says, what the policy says, what the keyboard reaches."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import tools
from tests.factories import inquiry_post
from tests.server import Site

ADMINISTRATORS = [
    "/admin/",
    "/admin/admissions/lead/",
    "/admin/admissions/lead/?q=617",
    "/admin/admissions/lead/?status__exact=new",
    "/admin/admissions/outboxmessage/",
    "/admin/admissions/leadevent/",
    "/admin/content/article/",
    "/admin/programs/providerprofile/",
    "/admin/password_change/",
]


@pytest.fixture(scope="module")
def pages(site: Site) -> list[str]:
    """The pages of the desk that take an id, found by their links where they need one."""
    tools.ask(site, inquiry_post(idempotency_key=None, phone="617-555-0171"))
    return ADMINISTRATORS


def first_link(page: Page, address: str) -> str:
    page.goto(address)
    return str(page.locator("#result_list th a").first.get_attribute("href"))


def opened(page: Page, pages: list[str]) -> list[str]:
    """Return the addresses with one row of each list."""
    rows = [
        first_link(page, "/admin/admissions/lead/?q=617-555-0171"),
        first_link(page, "/admin/content/article/"),
        first_link(page, "/admin/content/source/"),
        first_link(page, "/admin/programs/providerprofile/"),
    ]
    return [*pages, *rows]


def test_axe_finds_nothing_on_the_desk(
    new_visitor: Any, administrator: Any, pages: list[str]
) -> None:
    page = new_visitor(storage_state=administrator, bypass_csp=True, viewport=tools.WIDE)
    findings = []
    for address in opened(page, pages):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(tools.WIDE)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        findings += [f"{address} light 1280 {one}" for one in tools.axe(page)]
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 320, "height": 800})
        tools.settle(page)
        findings += [f"{address} dark 320 {one}" for one in tools.axe(page)]
    assert not findings, f"{len(findings)}\n" + "\n".join(findings)


def test_axe_finds_nothing_on_the_sign_in_page(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True)
    findings = []
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        page.goto("/admin/login/")
        findings += tools.axe(page)
        page.get_by_label("Username").fill("nobody")
        page.get_by_label("Password").fill("nothing")
        page.get_by_role("button", name="Log in").click()
        findings += [f"wrong password: {one}" for one in tools.axe(page)]
    assert not findings, "\n".join(findings)


def test_the_desk_keeps_to_the_policy(
    new_visitor: Any, administrator: Any, pages: list[str]
) -> None:
    """The watch over the page judges; here the pages are opened and used."""
    page = new_visitor(storage_state=administrator)
    for address in opened(page, pages):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        for summary in page.locator("details:not([open]) > summary:visible").all():
            summary.click()


def test_focus_is_seen_on_the_lead_page_and_the_queue(
    new_visitor: Any, signed_in: Any, pages: list[str]
) -> None:
    page = new_visitor(storage_state=signed_in, viewport=tools.WIDE)
    findings = []
    for address in ("/admin/", first_link(page, "/admin/admissions/lead/?q=617-555-0171")):
        page.goto(address)
        for stop in tools.tab_stops(page, most=600):
            if stop["outline"] == "none" and stop["shadow"] == "none":
                findings.append(f"{address} {stop['name']}: no outline")
            if not stop["seen"] or not stop["inView"]:
                findings.append(f"{address} {stop['name']}: covered or out of view")
    assert not findings, "\n".join(findings)


def test_the_desk_has_no_sideways_scroll_at_320_px(
    new_visitor: Any, signed_in: Any, pages: list[str]
) -> None:
    page = new_visitor(storage_state=signed_in, viewport=tools.NARROW)
    findings = []
    for address in ("/admin/", first_link(page, "/admin/admissions/lead/?q=617-555-0171")):
        page.goto(address)
        findings += [f"{address} {one}" for one in tools.sideways(page)]
    assert not findings, "\n".join(findings)


def test_the_skip_link_of_the_desk_is_first_and_works(desk: Page) -> None:
    desk.goto("/admin/")
    desk.keyboard.press("Tab")
    first = desk.locator(":focus")
    expect(first).to_have_text("Skip to main content")
    expect(first).to_be_in_viewport()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("() => !!document.activeElement.closest('#main')")
