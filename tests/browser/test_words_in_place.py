"""A word explained where it stands: by keyboard, by touch, on paper, and where popovers are new."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import tools

ADDRESS = "/articles/paying-for-iop/"
OPEN = "() => [...document.querySelectorAll(':popover-open')].map((one) => one.id)"


def test_a_word_opens_and_closes_by_keyboard_and_the_focus_stays(page: Page) -> None:
    page.goto(ADDRESS)
    assert 2 <= page.locator(".term").count() <= 8
    tools.tab_to(page, ".term")
    word = page.evaluate("() => document.activeElement.getAttribute('popovertarget')")
    page.keyboard.press("Enter")
    assert page.evaluate(OPEN) == [word]
    page.keyboard.press("Tab")
    assert page.evaluate("(id) => document.activeElement.closest('#' + id) !== null", word)
    page.keyboard.press("Escape")
    assert page.evaluate(OPEN) == []
    assert page.evaluate("() => document.activeElement.getAttribute('popovertarget')") == word
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.evaluate(OPEN) == []


@pytest.mark.parametrize("size", [tools.NARROW, {"width": 390, "height": 844}, tools.WIDE])
def test_every_note_is_whole_within_the_window(new_visitor: Any, size: dict[str, int]) -> None:
    page = new_visitor(viewport=size)
    page.goto(ADDRESS)
    for word in page.locator(".term").all():
        word.click()
        tools.settle(page)
        box = page.locator(":popover-open").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert box["y"] + box["height"] <= size["height"]
        page.mouse.click(2, size["height"] // 2)  # a touch elsewhere
        assert page.evaluate(OPEN) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_in_an_open_note(new_visitor: Any, colours: str) -> None:
    page = new_visitor(bypass_csp=True, color_scheme=colours)
    page.goto(ADDRESS)
    page.locator(".term").first.click()
    assert tools.axe(page) == []


def test_a_note_can_be_read_at_twice_the_size_of_text(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True, viewport={"width": 640, "height": 800})
    page.goto(ADDRESS)
    page.add_style_tag(content="html { font-size: 200% !important }")
    page.locator(".term").first.click()
    assert tools.sideways(page) == []
    note = page.locator(":popover-open")
    assert note.evaluate("(el) => el.scrollWidth <= el.clientWidth")
    note.locator("a").scroll_into_view_if_needed()
    assert note.locator("a").is_visible()


def test_paper_has_every_note_under_its_paragraph(page: Page) -> None:
    page.goto(ADDRESS)
    page.emulate_media(media="print")
    notes = page.locator(".note")
    assert notes.count() == page.locator(".term").count()
    for at in range(notes.count()):
        assert notes.nth(at).is_visible()
        assert notes.nth(at).evaluate("(el) => getComputedStyle(el).position") == "static"


def test_a_screen_reader_hears_that_a_word_can_be_opened(page: Page) -> None:
    page.goto(ADDRESS)
    first = page.locator(".term").first
    session = page.context.new_cdp_session(page)
    tree = session.send("Accessibility.getFullAXTree")["nodes"]
    name = first.inner_text()
    found = [
        {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
        for node in tree
        if node.get("role", {}).get("value") == "button"
        and node.get("name", {}).get("value") == name
    ]
    assert [one.get("expanded") for one in found] == [False]
