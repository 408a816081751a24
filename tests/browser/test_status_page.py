"""The status page in a browser: a family looks, adds something and takes its agreement back."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.forms import STATUS

LOOKS = [
    {"viewport": tools.NARROW, "color_scheme": "light"},
    {"viewport": tools.WIDE, "color_scheme": "dark"},
]


def ask(page: Page, name: str) -> tuple[str, str]:
    """Send an inquiry and return the reference and the private code that its page shows."""
    page.goto(f"{forms.INQUIRY}myself/")
    forms.fill_inquiry(page, first_name=name, phone="207-555-0142")
    forms.send(page)
    return forms.reference_on(page), forms.code_on(page)


def enter(page: Page, reference: str, code: str) -> None:
    page.goto(STATUS)
    page.get_by_label("Your reference").fill(reference)
    page.get_by_label("Your private code").fill(code)
    page.get_by_role("button", name="See where it stands").click()


def follow(page: Page, name: str) -> None:
    page.locator("main").get_by_role("link", name=name).first.click()


@pytest.mark.parametrize("scripts", [True, False])
def test_family_looks_adds_and_takes_back_and_staff_see_it(
    new_visitor: Any, desk: Page, scripts: bool
) -> None:
    page = new_visitor(viewport=tools.NARROW, java_script_enabled=scripts)
    reference, code = ask(page, "Wren" if scripts else "Robin")
    enter(page, reference.lower(), code.replace("-", " ").lower())
    expect(page.get_by_role("heading", level=1)).to_have_text("Where your request stands")
    expect(page.locator("main")).to_contain_text("We have what you sent.")
    follow(page, "Add something")
    page.get_by_label("What would you like to add?").fill("Evenings are best after all.")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("What you added has reached admissions.")
    follow(page, "Take your agreement back")
    page.get_by_label("Stop contacting me").check()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("status")).to_contain_text("What you stopped is off from now on.")
    expect(page.locator("main")).to_contain_text("You took back that we may contact you.")
    follow(page, "Ask us to delete it")
    page.get_by_role("button", name="Ask us to delete it").click()
    expect(page.get_by_role("status")).to_contain_text("reached admissions")
    assert {one["name"] for one in page.context.cookies()} == {"csrftoken"}

    desk.goto("/admin/")
    desk.get_by_label("Find a lead").fill(reference)
    desk.get_by_role("button", name="Find").click()
    desk.get_by_role("link", name=reference).click()
    expect(desk.locator("main, #content").first).to_contain_text("Evenings are best after all.")
    safe = desk.locator(".desk-safe")
    expect(safe).to_contain_text("do not call, text or write, except to confirm")
    expect(safe).to_contain_text("Deletion asked for on")


@pytest.mark.parametrize("look", LOOKS, ids=["narrow", "wide"])
def test_every_state_of_the_status_page_passes_axe(new_visitor: Any, look: Any) -> None:
    page = new_visitor(bypass_csp=True, **look)
    reference, code = ask(page, f"Jay {look['color_scheme']}")
    faults: list[str] = []

    def look_at_it() -> None:
        faults.extend(f"{tools.path_of(page)}: {one}" for one in tools.axe(page))
        faults.extend(tools.sideways(page))

    page.goto(STATUS)
    look_at_it()
    enter(page, reference, "2222-3333-4444")
    expect(page.locator("#error-summary")).to_be_focused()
    look_at_it()
    enter(page, reference, code)
    look_at_it()
    shown = page.url
    for name in ("Add something", "Take your agreement back", "Ask us to delete it"):
        page.goto(shown)
        follow(page, name)
        look_at_it()
        if name != "Ask us to delete it":  # which has nothing to fill in
            forms.send(page)
            expect(page.locator("#error-summary")).to_be_focused()
            look_at_it()
    page.goto(STATUS + "not-ours/")
    look_at_it()
    assert not faults


def test_way_in_works_by_keyboard_alone(page: Page) -> None:
    reference, code = ask(page, "Lark")
    page.goto(STATUS)
    for name, text in (("reference", reference), ("code", code)):
        tools.tab_to(page, f"[name={name}]")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("We have what you sent.")
    tools.tab_to(page, "main a", "Add something")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add something")
