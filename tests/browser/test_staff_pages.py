"""The desk's pages: what axe says, what the policy says, what the keyboard reaches."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.admissions.card_files import photo
from tests.browser import forms, survey, tools
from tests.factories import insurance_step
from tests.server import Site, Visitor

STOCK = '<a role="button" href="#"'
PHONE = "207-555-0171"
OURS = "/admin/admissions/lead/"
LISTS = [
    "/admin/",
    "/admin/admissions/lead/",
    "/admin/admissions/lead/?q=207",
    "/admin/admissions/lead/?status=new&order=next",
    "/admin/admissions/lead/?last=1",
    "/admin/admissions/lead/views/?status=open&owner=me",
    "/admin/admissions/lead/?held=yes",
    "/admin/admissions/outboxmessage/",
    "/admin/admissions/noticepreference/",
    "/admin/admissions/noticepreference/mine/",
    "/admin/admissions/leadevent/",
    "/admin/admissions/consultation/?when=to-come",
    "/admin/admissions/consent/",
    "/admin/admissions/consentwording/",
    "/admin/admissions/availability/",
    "/admin/admissions/availability/add/",
    "/admin/admissions/availabilityexception/add/",
    "/admin/admissions/bookingrules/",
    "/admin/admissions/closedday/add/",
    "/admin/admissions/workinghours/add/",
    "/admin/content/article/",
    "/admin/programs/providerprofile/",
    "/admin/content/image/",
    "/admin/content/image/add/",
    "/admin/launch/",
    "/admin/reports/",
    "/admin/export/",
    "/admin/away/",
    "/admin/password_change/",
]
# The lists of which one row is opened.
OPENED = [
    OURS,
    "/admin/admissions/consultation/",
    "/admin/admissions/consent/",
    "/admin/admissions/availability/",
    "/admin/admissions/bookingrules/",
    "/admin/content/article/",
    "/admin/content/source/",
    "/admin/programs/providerprofile/",
]


@pytest.fixture(scope="module")
def reference(site: Site) -> str:
    """A lead with photos of a card, with a consultation to come and one that is over."""
    visitor = Visitor(site)
    visitor.get(forms.INSURANCE)
    for step in ("who", "reach", "coverage", "subscriber"):
        visitor.post("", insurance_step(step, phone=PHONE if step == "reach" else None))
    visitor.post("", {}, {"front": ("1.jpg", photo()), "back": ("2.png", photo("PNG"))})
    visitor.post("", insurance_step("check"))
    confirmation, shown = visitor.url, visitor.body
    for at in (25, 30):
        visitor.get(confirmation)
        forms.lead_on(visitor, "consultation")
        times = re.findall(r'name="starts_at" value="([^"]+)"', visitor.body)
        visitor.post("", {"starts_at": times[at], "channel": "video"})
        visitor.post("", {"send": "yes"})
        assert "/admissions/sent/" in visitor.url, visitor.body
        if at == 25:
            site.manage(
                "shell",
                "-c",
                "from datetime import timedelta; from django.utils import timezone;"
                "from admissions.models import Consultation;"
                "at = timezone.now() - timedelta(days=1);"
                "one = Consultation.objects.order_by('pk').last();"
                "one.starts_at, one.ends_at = at, at + timedelta(minutes=30); one.save()",
            )
    found = re.search(r'class="reference"><bdi>(\w+)</bdi>', shown)
    assert found
    return found.group(1)


@pytest.fixture(scope="module")
def pages(reference: str) -> list[str]:
    """The pages of the desk that take no id."""
    return LISTS


def first_link(page: Page, address: str) -> str:
    page.goto(address)
    if address == OURS:
        tools.find_lead(page, PHONE)
    return str(page.locator("#result_list tbody th a").first.get_attribute("href"))


def opened(page: Page, pages: list[str]) -> list[str]:
    """Return the addresses with one row of each list."""
    return [*pages, *(first_link(page, address) for address in OPENED)]


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
        page.evaluate("() => document.querySelectorAll('details').forEach((el) => el.open = true)")
        findings += [f"{address} light 1280 {one}" for one in tools.axe(page)]
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 320, "height": 800})
        tools.settle(page)
        findings += [f"{address} dark 320 {one}" for one in tools.axe(page)]
    assert not findings, f"{len(findings)}\n" + "\n".join(findings)


def test_axe_finds_nothing_where_a_lead_page_shows_what_to_mend(
    new_visitor: Any, signed_in: Any, reference: str
) -> None:
    page = new_visitor(storage_state=signed_in, bypass_csp=True, reduced_motion="reduce")
    lead = first_link(page, OURS)
    findings = []
    for action, fields in (
        ("attempt", ["attempt_result"]),
        ("note", ["note_text"]),
        ("followup", ["followup_next_step"]),
        ("close", ["close_reason"]),
        ("rebook", ["rebook_starts_at"]),
        ("withdraw", ["withdraw_topics", "withdraw_channel"]),
    ):
        page.goto(lead)
        page.evaluate("() => document.querySelectorAll('details').forEach((el) => el.open = true)")
        page.locator(f"form[action$='/{action}/'] button").click()
        for field in fields:
            expect(page.locator(f"[id='id_{field}_error']")).to_be_visible()
        built = page.evaluate(survey.BUILT)
        findings += built["dangling"] + built["doubled"]
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            tools.settle(page)
            findings += [f"{colours} {action}: {one}" for one in tools.axe(page)]
    assert not findings, "\n".join(findings)


def test_what_one_is_told_of_is_saved_or_says_what_to_mend(
    new_visitor: Any, signed_in: Any
) -> None:
    page = new_visitor(storage_state=signed_in, bypass_csp=True, reduced_motion="reduce")
    page.goto("/admin/")
    page.get_by_role("link", name="My notices").click()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_role("button", name="Save").click()
    error = page.locator("#id_quiet_until_error")
    expect(error).to_have_text("Give both times, or none.")
    findings = []
    for colours, size in (("light", tools.NARROW), ("dark", tools.WIDE)):
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size(size)
        tools.settle(page)
        findings += tools.axe(page) + tools.sideways(page)
    assert not findings, "\n".join(findings)
    page.get_by_label("Quiet until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("What you are told is saved.")
    expect(page.get_by_label("Quiet from")).to_have_value("22:00")


def test_a_photo_of_the_card_opens_beside_the_lead(
    new_visitor: Any, signed_in: Any, administrator: Any, reference: str
) -> None:
    page = new_visitor(storage_state=signed_in)
    page.goto(first_link(page, OURS))
    expect(page.locator("main")).to_contain_text("Who opens one is recorded.")
    for side in ("Front", "Back"):
        link = page.get_by_role("link", name=side, exact=True)
        answer = page.request.get(str(link.get_attribute("href")))
        assert answer.headers["content-type"] == "image/jpeg"
        assert "no-store" in answer.headers["cache-control"]
    with page.context.expect_page() as opened:
        link.click()
    shown = opened.value
    shown.wait_for_load_state()
    assert shown.evaluate("() => document.images[0].naturalWidth") > 300
    shown.close()
    page = new_visitor(storage_state=administrator)
    page.goto(f"/admin/admissions/leadevent/?q={reference}")
    expect(page.locator("#result_list")).to_contain_text("Card photo opened")


def test_filters_are_one_jump_away(desk: Page) -> None:
    desk.goto("/admin/admissions/consultation/")
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
        closed = page.locator("details:not([open]) > summary:visible")
        while closed.count():
            closed.first.click()
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
            # The stock list has links to nothing that its script makes work.
            findings += [f"{address} {what}: {one}" for one in built[what] if STOCK not in one]
        if [level for level, _text in built["headings"]].count(1) != 1:
            findings.append(f"{address} {built['headings']}")
    assert not findings, "\n".join(findings)


def test_focus_is_seen_on_the_lead_page_and_the_queue(
    new_visitor: Any, signed_in: Any, pages: list[str]
) -> None:
    page = new_visitor(storage_state=signed_in, viewport=tools.WIDE)
    findings = []
    for address in ("/admin/", first_link(page, OURS)):
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
    for address in ("/admin/", first_link(page, OURS)):
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
