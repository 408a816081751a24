"""The counts of the work queue while it is open: they are refreshed, and no row is moved."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import forms
from tests.factories import inquiry_post
from tests.server import Site

HALF_A_MINUTE = 31_000
COUNTS = "**/admin/queue-counts/*"


@pytest.fixture
def queue(desk: Page) -> Page:
    """The work queue, with a clock that the test moves on."""
    desk.clock.install()
    desk.goto("/admin/")
    return desk


def wait(page: Page, times: int = 1) -> None:
    for _ in range(times):
        with page.expect_event("requestfinished", lambda one: "counts" in one.url) as asked:
            page.clock.run_for(HALF_A_MINUTE)
        assert asked.value.headers["x-background"]  # which keeps nobody signed in


def test_new_lead_is_told_and_no_row_is_moved(queue: Page, site: Site) -> None:
    rows = queue.locator(".desk-rows").all_inner_texts()
    news = queue.get_by_role("status")
    expect(news).to_be_empty()
    wait(queue)
    expect(news).to_be_empty()
    for number, words in ((1, "1 new since"), (2, "2 new since")):
        forms.ask(site, inquiry_post(phone=f"207-555-016{number}", email=""))
        wait(queue)
        expect(news).to_contain_text(words)
    assert queue.locator(".desk-rows").all_inner_texts() == rows
    news.get_by_role("link", name="Reload").click()
    expect(queue.get_by_role("status")).to_be_empty()
    assert queue.url.endswith("/admin/")


def test_counts_are_the_newest_and_an_empty_section_does_not_stay_untrue(queue: Page) -> None:
    shown, empty = queue.locator("[data-count]").first, queue.locator("[data-empty]").first
    sections = {
        shown.get_attribute("data-count"): "100+",
        empty.get_attribute("data-empty"): "1",
    }
    queue.route(COUNTS, lambda route: route.fulfill(json={"sections": sections, "arrived": "0"}))
    wait(queue)
    expect(shown).to_have_text("100+")
    expect(empty).to_be_hidden()
    expect(queue.get_by_role("status")).to_contain_text("There is more to do")


def test_nothing_is_asked_for_while_nobody_looks(queue: Page) -> None:
    asked: list[str] = []
    queue.on("request", lambda one: asked.append(one.url) if "counts" in one.url else None)
    hidden = "Object.defineProperty(document, 'visibilityState', {value: '%s', configurable: true})"
    queue.evaluate(hidden % "hidden")
    queue.clock.run_for(5 * HALF_A_MINUTE)
    assert not asked
    queue.evaluate(hidden % "visible")
    wait(queue)
    assert len(asked) == 1


def test_after_some_failures_it_stops_and_says_so(queue: Page) -> None:
    asked: list[str] = []

    def sign_in_page(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body="<p>Log in</p>", content_type="text/html")

    queue.route(COUNTS, sign_in_page)
    news = queue.get_by_role("status")
    wait(queue, 3)
    expect(news).to_be_empty()
    wait(queue)
    expect(news).to_contain_text("The counts are not refreshed any more.")
    queue.clock.run_for(5 * HALF_A_MINUTE)
    assert len(asked) == 4
    expect(news.get_by_role("link", name="Reload")).to_be_visible()


def test_open_lead_page_says_that_it_asks_by_itself(desk: Page, site: Site) -> None:
    forms.ask(site, inquiry_post(phone="207-555-0168", email=""))
    desk.clock.install()
    desk.goto("/admin/admissions/lead/")
    desk.locator("tbody th a").first.click()
    with desk.expect_event("requestfinished", lambda one: "/presence/" in one.url) as asked:
        desk.clock.run_for(HALF_A_MINUTE)
    assert asked.value.headers["x-background"]
