"""A coordinator's work on one lead: by mouse, by keyboard alone, and without script."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.factories import inquiry_post
from tests.server import PASSWORD, Site

pytestmark = pytest.mark.usefixtures("short_queue")


def ask(site: Site, phone: str, **changes: str) -> str:
    """Send an inquiry of somebody nobody knows yet, and return its reference."""
    own = {"phone": phone, "email": f"lead-{phone}@example.org", **changes}
    return forms.ask(site, inquiry_post(idempotency_key=None, **own))


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_a_lead_is_claimed_called_and_moved_by_mouse(
    new_visitor: Any, site: Site, scripted: bool
) -> None:
    phone = "207-555-0151" if scripted else "207-555-0152"
    reference = ask(site, phone, first_name="Linden", message="Please call after four.")
    page = new_visitor(java_script_enabled=scripted)
    tools.sign_in(page)
    expect(page.locator("h1")).to_have_text("Work queue")
    row = page.locator("tr", has_text=reference)
    assert re.search(r"\b\d+ min\b", row.inner_text()), "the age of the lead"
    assert "Please call" not in page.content(), "no message text in the queue"
    row.get_by_role("button", name=f"Claim {reference}").click()
    expect(page.locator(".messagelist")).to_contain_text("This lead is yours.")

    # Found again by the phone number in another format.
    page.get_by_label("Find a lead").fill(phone.replace("-", "."))
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=reference).click()
    expect(page.locator("h1")).to_contain_text(reference)
    expect(page.locator(".desk-safe")).to_contain_text("NO voicemail")
    expect(page.locator("main")).to_contain_text("Please call after four.")

    page.locator("#attempt").get_by_label("How").select_option(label="Phone call")
    page.get_by_label("Talked with them").check()
    page.locator("#id_attempt_note").fill("Will come on Monday.")
    page.get_by_role("button", name="Log it").click()
    expect(page.locator(".messagelist")).to_contain_text("The attempt is logged.")
    expect(page.locator(".desk-lead > .desk-state strong")).to_have_text("Trying to reach")
    page.locator("#move").get_by_role("button", name="Contacted").click()
    expect(page.locator(".desk-lead > .desk-state strong")).to_have_text("Contacted")
    page.locator("#id_note_text").fill("Asked for the evening track.\nSends the card.")
    page.get_by_role("button", name="Keep the note").click()
    timeline = page.locator(".desk-timeline")
    expect(timeline).to_contain_text("Will come on Monday.")
    expect(timeline).to_contain_text("Asked for the evening track.")
    page.get_by_role("button", name="Log out").click()
    page.goto("/admin/")
    assert tools.path_of(page) == "/admin/login/"


def test_a_lead_is_claimed_called_and_moved_by_keyboard_alone(page: Page, site: Site) -> None:
    reference = ask(site, "207-555-0153")
    keys = page.keyboard
    page.goto("/admin/")
    expect(page.locator("[name=username]")).to_be_focused()
    keys.type(tools.COORDINATOR)
    tools.tab_to(page, "[name=password]")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("/admin/")

    tools.tab_to(page, "button", reference)
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("This lead is yours.")
    tools.tab_to(page, "#desk-q")
    keys.type("(207) 555 0153")
    with page.expect_navigation():
        keys.press("Enter")
    tools.tab_to(page, "#result_list a", reference)
    with page.expect_navigation():
        keys.press("Enter")

    tools.tab_to(page, "#id_attempt_channel")
    tools.choose_by_keyboard(page, "Phone")
    tools.tab_to(page, "[name=result]")
    keys.press("Space")
    tools.tab_to(page, "#id_attempt_note")
    keys.type("Talked, evenings.")
    tools.tab_to(page, "button", "Log it")
    with page.expect_navigation():
        keys.press("Enter")
    tools.tab_to(page, "#move button", "Contacted")
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.locator(".desk-lead > .desk-state strong")).to_have_text("Contacted")
    tools.tab_to(page, "#id_note_text")
    keys.type("Sends the card.")
    tools.tab_to(page, "button", "Keep the note")
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.locator(".desk-timeline")).to_contain_text("Sends the card.")


def test_a_consultation_is_booked_moved_and_cancelled_by_keyboard_alone(
    desk: Page, site: Site
) -> None:
    reference = ask(site, "207-555-0157")
    keys = desk.keyboard

    def press(selector: str, text: str) -> None:
        tools.tab_to(desk, selector, text)
        with desk.expect_navigation():
            keys.press("Enter")

    def later(select: str) -> None:
        tools.tab_to(desk, select)
        for _ in range(60):  # beyond what others book in these tests
            keys.press("ArrowDown")

    tools.find_lead(desk, reference)
    press("#result_list a", reference)
    later("#id_book_starts_at")
    tools.tab_to(desk, "#id_book_channel")
    tools.choose_by_keyboard(desk, "By video")
    press("#consultations button", "Book")
    expect(desk.locator(".messagelist")).to_contain_text("The consultation is booked.")
    tools.tab_to(desk, "#consultations summary", "Move it")
    keys.press("Enter")
    later("#id_rebook_starts_at")
    keys.press("ArrowDown")
    press("#consultations button", "Move to this time")
    expect(desk.locator(".messagelist")).to_contain_text("The consultation is moved.")
    tools.tab_to(desk, "#consultations summary", "Cancel it")
    keys.press("Enter")
    press("#consultations button", "Yes, cancel it")
    expect(desk.locator(".messagelist")).to_contain_text("The consultation is cancelled.")


def test_a_whole_number_finds_one_lead_and_four_digits_all_that_end_so(
    desk: Page, site: Site
) -> None:
    one, two = ask(site, "207-555-0156"), ask(site, "603-555-0156")
    found = desk.locator("#result_list tbody")
    for query in ("207-555-0156", "+1 207 555 0156", "(207)5550156"):
        desk.goto("/admin/admissions/lead/")
        desk.locator("#searchbar").fill(query)
        desk.locator("#searchbar").press("Enter")
        expect(found).to_contain_text(one)
        expect(found).not_to_contain_text(two)
    desk.locator("#searchbar").fill("0156")
    desk.locator("#searchbar").press("Enter")
    expect(found).to_contain_text(one)
    expect(found).to_contain_text(two)


def test_a_refused_move_says_why_and_keeps_what_was_typed(desk: Page, site: Site) -> None:
    reference = ask(site, "207-555-0154")
    tools.find_lead(desk, reference)
    desk.get_by_role("link", name=reference).click()
    expect(desk.locator(".desk-blocked").first).to_contain_text("Log a live conversation first.")
    desk.get_by_text("Close this lead").click()
    desk.get_by_label("Reason", exact=True).select_option(label="Lost: unreachable")
    desk.locator("#id_close_note").fill("typed already")
    desk.get_by_role("button", name="Close the lead").click()
    expect(desk.locator(".messagelist")).to_contain_text("“Unreachable” needs")
    expect(desk.locator("#id_close_note")).to_be_visible()
    expect(desk.locator("#id_close_note")).to_have_value("typed already")


def test_a_lead_with_somebody_under_18_is_marked(desk: Page, site: Site) -> None:
    reference = ask(site, "207-555-0155", age_band="12_17")
    desk.goto("/admin/")
    expect(desk.locator("tr", has_text=reference)).to_contain_text("Under 18")
    desk.get_by_role("link", name=reference, exact=True).click()
    expect(desk.locator(".desk-alert")).to_contain_text("No automatic contact with parents")


def test_sign_in_takes_paste_and_autofill(page: Page) -> None:
    page.goto("/admin/login/")
    name, password = page.get_by_label("Username"), page.get_by_label("Password")
    assert name.get_attribute("autocomplete") == "username"
    assert password.get_attribute("autocomplete") == "current-password"
    assert password.get_attribute("type") == "password"
    name.fill(PASSWORD)
    name.press("Control+A")
    name.press("Control+X")
    password.press("Control+V")
    expect(password).to_have_value(PASSWORD)
    name.fill(tools.COORDINATOR)
    name.press("Enter")
    page.wait_for_url("/admin/")


def test_a_wrong_password_is_told_in_words(page: Page) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(tools.COORDINATOR)
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".errornote")).to_contain_text("correct")
    assert page.title().startswith("Error")


@pytest.mark.parametrize(
    "address",
    [
        "/admin/auth/user/",
        "/admin/auth/group/",
        "/admin/content/article/",
        "/admin/programs/providerprofile/",
        "/admin/admissions/outboxmessage/",
        "/admin/admissions/consentwording/",
    ],
)
def test_a_coordinator_does_not_see_what_is_not_of_the_role(desk: Page, address: str) -> None:
    answer = desk.goto(address)
    assert answer is not None
    assert answer.status == 403
    desk.goto("/admin/")
    assert not desk.locator(f"a[href='{address}']").count()
