"""The field that people never meet, and what happens to who fills it: held, looked at, released."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools

FORM = "/admissions/inquiry/myself/"


@pytest.fixture
def suspect(page: Page) -> str:
    """The reference of a form whose trap a robot has filled."""
    page.goto(FORM)
    forms.fill_inquiry(page, phone="207-555-0177")
    page.evaluate("() => { document.querySelector('[name=subject]').value = 'Best offer'; }")
    forms.send(page)
    return forms.reference_on(page)


def test_trap_is_neither_seen_nor_read_out_nor_reached_by_keyboard(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True, viewport=tools.NARROW)
    page.goto(FORM)
    assert page.locator("[name=subject]").count() == 1
    assert "Leave this empty" not in page.locator("main").aria_snapshot()
    assert page.get_by_role("textbox", name="Leave this empty").count() == 0
    box = page.locator("[aria-hidden=true]:has([name=subject])").bounding_box()
    assert box is not None
    assert max(box["width"], box["height"]) <= 1
    forms.send_button(page).focus()
    for key in ("Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        page.keyboard.press(key)
        assert page.evaluate("() => document.activeElement.name") != "subject"
    assert not tools.axe(page)
    assert not tools.sideways(page)


def test_person_is_not_held_and_a_robot_is_thanked_like_a_person(
    page: Page, suspect: str, desk: Page
) -> None:
    page.goto(FORM)
    forms.fill_inquiry(page, phone="207-555-0178")
    forms.send(page)
    honest = forms.reference_on(page)
    desk.goto("/admin/")
    held = desk.locator("section").filter(
        has=desk.get_by_role("heading", name="Held as suspected spam")
    )
    expect(held).to_contain_text(suspect)
    expect(held).to_contain_text("Filled a field that people do not see")
    expect(held).not_to_contain_text(honest)


def test_suspect_is_looked_at_and_released(suspect: str, desk: Page) -> None:
    desk.goto("/admin/")
    desk.get_by_role("link", name=suspect, exact=True).click()
    expect(desk.get_by_role("heading", name="Held as suspected spam")).to_be_visible()
    assert desk.get_by_role("button", name="Log it").count() == 0
    desk.get_by_role("button", name="Release").click()
    expect(desk.get_by_text("The lead is released and waits in the queue.")).to_be_visible()
    expect(desk.get_by_role("button", name="Log it")).to_be_visible()


def test_suspect_is_confirmed_from_the_queue(suspect: str, desk: Page) -> None:
    desk.goto("/admin/")
    desk.get_by_role("button", name=f"Spam {suspect}").click()
    expect(desk.get_by_text("The lead is closed as spam.")).to_be_visible()
    expect(desk.locator("#content-main")).not_to_contain_text(suspect)


def test_axe_finds_nothing_where_suspects_are_shown(
    suspect: str, new_visitor: Any, signed_in: Any
) -> None:
    page = new_visitor(bypass_csp=True, storage_state=signed_in, reduced_motion="reduce")
    findings = []
    page.goto("/admin/")
    link = page.get_by_role("link", name=suspect, exact=True)
    for address in ("/admin/", link.get_attribute("href")):
        page.goto(str(address))
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            tools.settle(page)
            findings += [f"{address} {colours} {one}" for one in tools.axe(page)]
    assert not findings, "\n".join(findings)
