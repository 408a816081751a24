"""The desk's pages: what axe says, what the policy says, what the keyboard reaches."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import survey, tools
from tests.factories import inquiry_post
from tests.server import Site

ADMINISTRATORS = [
    "/admin/",
    "/admin/admissions/lead/",
    "/admin/admissions/lead/?q=207",
    "/admin/admissions/lead/?status__exact=new",
    "/admin/admissions/outboxmessage/",
    "/admin/admissions/leadevent/",
    "/admin/content/article/",
    "/admin/programs/providerprofile/",
    "/admin/content/image/",
    "/admin/content/image/add/",
    "/admin/launch/",
    "/admin/password_change/",
]


@pytest.fixture(scope="module")
def pages(site: Site) -> list[str]:
    """The pages of the desk that take an id, found by their links where they need one."""
    own = {"phone": "207-555-0171", "email": "desk@example.org"}
    tools.ask(site, inquiry_post(idempotency_key=None, **own))
    return ADMINISTRATORS


def first_link(page: Page, address: str) -> str:
    page.goto(address)
    return str(page.locator("#result_list tbody th a").first.get_attribute("href"))


def opened(page: Page, pages: list[str]) -> list[str]:
    """Return the addresses with one row of each list."""
    rows = [
        first_link(page, "/admin/admissions/lead/?q=207-555-0171"),
        first_link(page, "/admin/content/article/"),
        first_link(page, "/admin/content/source/"),
        first_link(page, "/admin/programs/providerprofile/"),
    ]
    return [*pages, *rows]


def test_axe_finds_nothing_on_the_desk(
    new_visitor: Any, administrator: Any, pages: list[str]
) -> None:
    page = new_visitor(
        storage_state=administrator,
        bypass_csp=True,
        reduced_motion="reduce",  # the stock colours fade in
        viewport=tools.WIDE,
    )
    findings = []
    for address in opened(page, pages):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(tools.WIDE)
        page.goto(address)
        findings += [f"{address} light 1280 {one}" for one in tools.axe(page)]
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 320, "height": 800})
        tools.settle(page)
        findings += [f"{address} dark 320 {one}" for one in tools.axe(page)]
    assert not findings, f"{len(findings)}\n" + "\n".join(findings)


def test_axe_finds_nothing_where_a_lead_page_shows_what_to_mend(
    new_visitor: Any, signed_in: Any, pages: list[str]
) -> None:
    page = new_visitor(storage_state=signed_in, bypass_csp=True, reduced_motion="reduce")
    findings = []
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        for button, field in (("Log it", "attempt_result"), ("Keep the note", "note_text")):
            page.goto(first_link(page, "/admin/admissions/lead/?q=207-555-0171"))
            page.get_by_role("button", name=button).click()
            expect(page.locator(f"[id='id_{field}_error']")).to_be_visible()
            findings += [f"{colours} {button}: {one}" for one in tools.axe(page)]
            built = page.evaluate(survey.BUILT)
            findings += built["dangling"] + built["doubled"]
    assert not findings, "\n".join(findings)


def test_filters_are_one_jump_away(desk: Page) -> None:
    desk.goto("/admin/admissions/lead/")
    tools.tab_to(desk, "a", "Skip to filters", most=30)
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("() => !!document.activeElement.closest('#changelist-filter')")


def test_axe_finds_nothing_on_the_sign_in_page(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True, reduced_motion="reduce")
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
        for summary in page.locator("details:not([open]) > summary:visible").all():
            summary.click()
        for opener in page.locator("a[id^=calendarlink]").all()[:1]:
            opener.click()
            page.keyboard.press("Escape")


def test_the_desk_is_well_built(new_visitor: Any, administrator: Any, pages: list[str]) -> None:
    """As the server sends it: what the stock script adds (a calendar) is not looked at."""
    page = new_visitor(storage_state=administrator, java_script_enabled=False)
    findings = []
    for address in opened(page, pages):
        page.goto(address)
        built = page.evaluate(survey.BUILT)
        for what in ("doubled", "dangling", "inline", "outside"):
            findings += [f"{address} {what}: {one}" for one in built[what]]
        if [level for level, _text in built["headings"]].count(1) != 1:
            findings.append(f"{address} {built['headings']}")
    assert not findings, "\n".join(findings)


def test_focus_is_seen_on_the_lead_page_and_the_queue(
    new_visitor: Any, signed_in: Any, pages: list[str]
) -> None:
    page = new_visitor(storage_state=signed_in, viewport=tools.WIDE)
    findings = []
    for address in ("/admin/", first_link(page, "/admin/admissions/lead/?q=207-555-0171")):
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
    for address in ("/admin/", first_link(page, "/admin/admissions/lead/?q=207-555-0171")):
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
