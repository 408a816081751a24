"""A visitor reads, asks and checks the insurance: with script, without, and by keyboard alone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import tools


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_from_the_first_page_to_a_reference_and_the_insurance(
    new_visitor: Any, scripted: bool
) -> None:
    page = new_visitor(java_script_enabled=scripted)
    phone = "207-555-0141" if scripted else "207-555-0142"
    page.goto("/")
    page.locator("main").get_by_role("link", name="For myself").click()
    page.wait_for_url("**/articles/topics/for-myself/")
    page.locator("main a[href='/programs/intensive-outpatient/']").first.click()
    page.wait_for_url("**/programs/intensive-outpatient/")
    page.locator("main a[href='/programs/tracks/evening/']").first.click()
    assert tools.path_of(page) == "/programs/tracks/evening/"
    page.get_by_role("link", name="Ask us to call you").first.click()
    assert tools.path_of(page) == "/admissions/inquiry/"

    tools.fill_inquiry(page, phone=f"({phone[:3]}) {phone[4:]}")
    page.locator("[name=track]").select_option("evening")
    tools.send(page)
    page.wait_for_url("**/admissions/sent/**")
    reference = tools.reference_on(page)
    shown = page.locator("main").inner_text()
    assert phone[4:] not in shown
    assert "Wren" not in shown
    for number in ("988", "911", "833-773-2445", "888-401-1179"):
        assert number in shown

    page.locator("main").get_by_role("link", name="Check your insurance").click()
    tools.fill_insurance(page, phone=phone.replace("-", "."))
    tools.send(page)
    page.wait_for_url("**/admissions/sent/**")
    assert tools.reference_on(page) == reference
    assert "XYZ123456789" not in page.content()


def test_on_a_phone_the_menu_opens_and_leads_on(new_visitor: Any) -> None:
    for scripted in (True, False):
        page = new_visitor(viewport={"width": 390, "height": 700}, java_script_enabled=scripted)
        page.goto("/")
        menu = page.locator("header nav:visible")
        assert menu.count() == 0
        page.get_by_text("Menu", exact=True).click()
        menu.get_by_role("link", name="Families").click()
        assert tools.path_of(page) == "/families/"
        expect(page.locator(".call-bar")).to_be_in_viewport()


def test_an_inquiry_by_keyboard_alone(page: Page) -> None:
    keys = page.keyboard
    page.goto("/")
    tools.tab_to(page, "main a[href='/admissions/inquiry/']")
    keys.press("Enter")
    page.wait_for_url("/admissions/inquiry/")

    tools.tab_to(page, "[name=role]")
    keys.press("Space")
    keys.press("ArrowDown")  # for a family member
    expect(page.locator("[name=role][value=family]")).to_be_checked()
    tools.tab_to(page, "[name=relationship]")
    tools.choose_by_keyboard(page, "I am their sp")
    tools.tab_to(page, "[name=patient_knows]")
    keys.press("Space")
    expect(page.locator("[name=patient_knows][value=yes]")).to_be_checked()
    for name, text in (("first_name", "Robin"), ("phone", "207 555 0143")):
        tools.tab_to(page, f"[name={name}]")
        keys.type(text)
    tools.tab_to(page, "[name=preferred_channel]")
    keys.press("Space")
    tools.tab_to(page, "[name=voicemail_ok]")
    keys.press("Space")
    tools.tab_to(page, "[name=age_band]")
    tools.choose_by_keyboard(page, "26")
    tools.tab_to(page, "[name=message]")
    keys.type("Evenings would be best.")
    for name in ("agree_contact", "agree_privacy_notice"):
        tools.tab_to(page, f"[name={name}]")
        keys.press("Space")
    tools.tab_to(page, "main form button")
    keys.press("Enter")
    page.wait_for_url("**/admissions/sent/**")
    tools.reference_on(page)


def test_a_mistake_is_mended_by_keyboard_alone(page: Page) -> None:
    page.goto("/admissions/inquiry/")
    tools.fill_inquiry(page, phone="12")
    page.locator("[name=message]").focus()
    tools.tab_to(page, "main form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#error-summary")
    expect(page.locator("#error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name=phone]")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("207 555 0144")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admissions/sent/**")
