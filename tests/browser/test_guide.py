"""The guide to levels of care in a browser, with and without scripts, and what it leaves behind."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.survey import GUIDE
from tests.programs.test_guide import CALM


def answer(page: Page, **changes: str) -> None:
    for name, value in {**CALM, **changes}.items():
        page.locator(f"[name='{name}'][value='{value}']").check()
    forms.send(page)
    page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_guide_answers_and_leaves_nothing_behind(new_visitor: Any, scripts: bool) -> None:
    page = new_visitor(java_script_enabled=scripts)
    page.goto(GUIDE)
    answer(page)
    assert page.locator("h1").inner_text() == "What to talk about with a clinician"
    assert tools.path_of(page) == GUIDE
    assert "?" not in page.url
    assert page.context.cookies() == []
    assert page.locator("[name=days][value=often]").is_checked()
    answer(page, danger="yes")
    assert page.locator("h1").inner_text() == "Please get help first"
    assert page.locator("main a[href='tel:911']").first.is_visible()


def test_the_guide_is_answered_by_keyboard_alone(page: Page) -> None:
    page.goto(GUIDE)
    for name in CALM:
        tools.tab_to(page, f"[name={name}]")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowUp")  # from the first answer round to the last
    tools.tab_to(page, "main form button")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("What to talk about with a clinician")


def test_a_missing_answer_is_reached_from_the_summary(page: Page) -> None:
    page.goto(GUIDE)
    forms.send(page)
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#error-summary a").last.click()
    assert page.evaluate("() => document.activeElement.name") == "age"


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [tools.NARROW, tools.WIDE])
@pytest.mark.parametrize("changes", [{}, {"danger": "yes"}, {"body": "withdrawal"}, {"age": None}])
def test_axe_finds_nothing_on_any_answer(
    new_visitor: Any, colours: str, size: dict[str, int], changes: dict[str, str]
) -> None:
    page = new_visitor(bypass_csp=True, viewport=size, color_scheme=colours)
    page.goto(GUIDE)
    if changes == {"age": None}:
        forms.send(page)
        page.wait_for_load_state()
    else:
        answer(page, **changes)
    assert tools.axe(page) == []
    assert tools.sideways(page) == []
