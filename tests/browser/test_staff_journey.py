"""Work on one lead beside a coordinator's day: consultations, finding, refusals, signing in."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.hands import Keyboard
from tests.factories import inquiry_post
from tests.server import PASSWORD, Site

pytestmark = pytest.mark.usefixtures("short_queue")


def ask(site: Site, phone: str, **changes: str) -> str:
    """Send an inquiry of somebody nobody knows yet, and return its reference."""
    own = {"phone": phone, "email": f"lead-{phone}@example.org", **changes}
    return forms.ask(site, inquiry_post(idempotency_key=None, **own))


def test_a_consultation_is_booked_moved_and_cancelled_by_keyboard_alone(
    desk: Page, site: Site
) -> None:
    reference = ask(site, "207-555-0157")
    hand = Keyboard(desk)

    def later(select: str, by: int = 60) -> None:
        """Choose a time beyond what others book in these tests."""
        tools.tab_to(desk, select)
        for _ in range(by):
            desk.keyboard.press("ArrowDown")

    tools.find_lead(desk, reference)
    hand.press("#result_list a", reference)
    later("#id_book_starts_at")
    hand.choose("#id_book_channel", "By video")
    hand.press("#consultations button", "Book")
    hand.is_told("The consultation is booked.")
    hand.act("#consultations summary", "Move it")
    later("#id_rebook_starts_at", 61)
    hand.press("#consultations button", "Move to this time")
    hand.is_told("The consultation is moved.")
    hand.act("#consultations summary", "Cancel it")
    hand.press("#consultations button", "Yes, cancel it")
    hand.is_told("The consultation is cancelled.")


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
    name, password = page.get_by_label("E-mail"), page.get_by_label("Password", exact=True)
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
    page.get_by_label("E-mail").fill(tools.COORDINATOR)
    page.get_by_label("Password", exact=True).fill("something else")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".errornote:visible")).to_contain_text("correct")
    assert page.title().startswith("Error")


@pytest.mark.parametrize(
    "address",
    [
        "/admin/auth/user/",
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
