"""The list of leads in a browser: without scripts, by keyboard, and what axe says of its pages."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import tools

LIST = "/admin/admissions/lead/"


def choose(page: Page, action: str, count: int = 2) -> None:
    """Tick the first rows of the list and ask for something to be done to them."""
    for box in page.locator("input.action-select").all()[:count]:
        box.check()
    page.locator("select[name=action]").select_option(action)
    page.get_by_role("button", name="Go").click()


def test_leads_are_found_filtered_and_closed_without_scripts(
    new_visitor: Any, signed_in: Any
) -> None:
    page = new_visitor(storage_state=signed_in, java_script_enabled=False)
    page.goto("/admin/")
    page.get_by_label("Find a lead").fill("0101")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_label("Find a lead")).to_have_value("0101")
    assert "0101" not in page.url
    page.goto(LIST)
    page.get_by_text("Filters and order").click()
    page.get_by_label("Status").select_option("attempting")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/lead/?status=attempting")
    references = [row.inner_text() for row in page.locator("#result_list tbody th a").all()[:2]]
    choose(page, "close")
    page.get_by_label("Reason").select_option("not_ready")
    page.get_by_role("button", name="Close with a reason").click()
    expect(page.locator(".messagelist")).to_contain_text("Close with a reason: 2 leads.")
    for reference in references:
        expect(page.locator("#result_list")).not_to_contain_text(reference)


def test_view_is_saved_used_and_deleted_by_keyboard(desk: Page) -> None:
    desk.goto(f"{LIST}?status=open&owner=none")
    tools.tab_to(desk, "a", "Save this view…", most=40)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/views/?*")
    tools.tab_to(desk, "#id_name")
    desk.keyboard.type("Nobody's")
    desk.keyboard.press("Enter")
    view = desk.get_by_role("link", name="Nobody's")
    expect(view).to_have_attribute("aria-current", "page")
    desk.get_by_role("link", name="Save this view…").click()
    desk.get_by_role("button", name="Delete Nobody's").click()
    expect(desk.locator(".messagelist")).to_contain_text("The view is deleted.")


def test_axe_finds_nothing_where_something_is_asked(new_visitor: Any, signed_in: Any) -> None:
    page = new_visitor(storage_state=signed_in, bypass_csp=True, reduced_motion="reduce")
    findings = []

    def look(where: str) -> None:
        for colours, size in (("light", tools.WIDE), ("dark", tools.NARROW)):
            page.emulate_media(color_scheme=colours)
            page.set_viewport_size(size)
            tools.settle(page)
            findings.extend(f"{where} {colours}: {one}" for one in tools.axe(page))
            findings.extend(f"{where} {colours}: {one}" for one in tools.sideways(page))

    for action in ("assign", "close", "spam"):
        page.set_viewport_size(tools.WIDE)
        page.goto(LIST)
        choose(page, action)
        look(action)
        if action != "spam":
            page.locator("form.desk-form button").click()
            expect(page.locator(".errornote").first).to_be_visible()
            look(f"{action}, nothing chosen")
    page.goto(f"{LIST}views/?status=open")
    page.get_by_role("button", name="Save").click()
    look("a view without a name")
    tools.find_lead(page, "nadia")
    look("found")
    assert not findings, "\n".join(findings)
