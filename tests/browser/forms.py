"""The public forms as a visitor fills them in: in the browser, or beside it without one."""

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page

from tests.admissions import card_files
from tests.factories import insurance_step
from tests.server import Site, Visitor

REFERENCE = re.compile(r"^[2-9A-HJKMNP-Z]{8}$")
INQUIRY = "/admissions/inquiry/"
INSURANCE = "/admissions/insurance/"
CONSULTATION = "/admissions/consultation/"
STATUS = "/admissions/status/"
STEPS = ("who", "reach", "coverage", "subscriber", "photos", "check")

# What an inquiry must have through whichever door, and what a door asks beside it.
ASKED = {
    "first_name": "Wren",
    "phone": "207-555-0123",
    "preferred_channel": "phone",
    "age_band": "26_64",
    "agree_contact": "on",
    "agree_privacy_notice": "on",
}
DOORS = {
    "myself": {},
    "someone": {"relationship": "sibling"},
    "professional": {"organization": "A clinic"},
}
PHOTO = {"name": "IMG_0001.HEIC", "mimeType": "image/heic", "buffer": card_files.photo()}
PDF = {"name": "card.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}


def fill(page: Page, fields: Mapping[str, str]) -> None:
    """Fill in, as a person does it, what a browser would post (see `tests.factories`)."""
    for name, value in fields.items():
        field = page.locator(f"main [name='{name}']")
        kind = field.first.evaluate("(el) => el.type")
        if kind == "radio":
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind == "checkbox":
            field.check()
        elif kind == "select-one":
            field.select_option(value)
        elif kind != "hidden":
            field.fill(value)


def fill_inquiry(page: Page, door: str = "myself", **changes: str) -> None:
    """Fill what the page of a door must have; other fields may be among the changes."""
    fill(page, DOORS[door] | ASKED | changes)


def fill_step(page: Page, step: str, **changes: str) -> None:
    """Fill what a page of the insurance form must have."""
    fields = insurance_step(step, **changes)
    fill(page, {name: value for name, value in fields.items() if value and name != "page_time"})


def until(page: Page, last: str) -> None:
    """Fill in and send every page of the insurance form before `last`."""
    page.goto(INSURANCE)
    for step in STEPS[: STEPS.index(last)]:
        fill_step(page, step)
        send(page)


def fill_who(page: Page, **changes: str) -> None:
    """Fill what must be said by who books a time and is not known yet."""
    fill(page, {"role": "self", **ASKED, **changes})


def choose_time(page: Page, at: int = 0, channel: str = "phone") -> str:
    """Choose how to talk and the time at that place of the second day; return the time's value.

    Of the first day little may be left.
    """
    page.locator(f"main [name=channel][value={channel}]").check()
    day = page.locator("main details").nth(1)
    time = day.locator("[name=starts_at]").nth(at)
    if not time.is_visible():
        day.locator("summary").click()
    time.check()
    return str(time.get_attribute("value"))


def send_button(page: Page) -> Locator:
    """Return the button of the page's own form, the first where there are two."""
    return page.locator("main form[novalidate] button[type=submit]").first


def send(page: Page) -> None:
    send_button(page).click()


def send_empty(page: Page) -> None:
    """Send the page as it is, and wait until it shows what is to be mended."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        send(page)
    assert answer.value.status == 422, f"{answer.value.status} {page.url}"
    page.wait_for_load_state()


def reference_on(page: Page) -> str:
    """Return the reference on a confirmation page."""
    page.wait_for_url("**/admissions/sent/**")
    reference = page.locator(".reference:not(.code)").inner_text().strip()
    assert REFERENCE.match(reference), reference
    return reference


def code_on(page: Page) -> str:
    """Return the private code on a confirmation page."""
    return page.locator(".code").inner_text().strip()


def wait_until_gone(page: Page, address: str) -> None:
    """Open a draft's page until it is there no more: a browser says so while it leaves."""
    for _ in range(50):
        answer = page.goto(address)
        if answer is not None and answer.status == 404:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"still there: {address}")


# -- without a browser, for what a test finds when it comes


def ask(site: Site, post: dict[str, str], form: str = "inquiry/myself") -> str:
    """Send a form of one page, and return the reference of its confirmation."""
    visitor = Visitor(site)
    visitor.get(f"/admissions/{form}/")
    visitor.post("", post)
    found = re.search(r'class="reference"><bdi>(\w+)</bdi>', visitor.body)
    assert found, f"{visitor.status} {visitor.url}"
    return found.group(1)


def lead_on(visitor: Visitor, to: str) -> None:
    """Go on from the confirmation that is open."""
    assert "/admissions/sent/" in visitor.url, f"{visitor.status} {visitor.url}"
    visitor.post(f"{visitor.url}{to}/", {})


def book(site: Site, starts_at: str, *, channel: str = "phone", **who: str) -> str:
    """Book a time for somebody, and return the address of the appointment."""
    visitor = Visitor(site)
    visitor.get(CONSULTATION)
    visitor.post("", {"starts_at": starts_at, "channel": channel})
    visitor.post("", {"role": "self", **ASKED, **who, "send": "yes"})
    found = re.search(r'href="(/admissions/appointment/[^"/]+/)"', visitor.body)
    assert found, f"{visitor.status} {visitor.url}"
    return found.group(1)
