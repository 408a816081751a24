"""Booking a time to talk in a browser: choose it, say who asks, move it, cancel it.

By keyboard: `test_keyboard`. How each page looks, a time that was taken included:
`test_form_states`.
"""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.forms import CONSULTATION, choose_time, fill_who, send
from tests.server import Site


def heading(page: Page) -> Any:
    return expect(page.get_by_role("heading", level=1))


def follow(page: Page, name: str) -> None:
    page.locator("main").get_by_role("link", name=name, exact=True).click()


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_a_time_is_booked_moved_cancelled_and_booked_anew(
    new_visitor: Any, site: Site, scripted: bool
) -> None:
    page = new_visitor(java_script_enabled=scripted, viewport=tools.NARROW)
    page.goto(CONSULTATION)
    follow(page, "More days")
    page.locator("main details:not([open]) > summary").first.click()
    follow(page, "Earlier days")
    time = choose_time(page, 10 if scripted else 13, "video")
    send(page)
    # Somebody else is quicker.
    fill_who(page, phone="207-555-0181")
    forms.book(site, time, phone="207-555-0182")
    send(page)
    expect(page.locator("#error-summary")).to_contain_text("has just taken that time")
    page.locator("[name=other_time]").last.check()
    send(page)
    forms.reference_on(page)
    assert "Wren" not in page.locator("main").inner_text()
    with page.expect_download() as download:
        follow(page, "Add to calendar")
    assert download.value.suggested_filename == "call.ics"
    assert "SUMMARY:Appointment" in download.value.path().read_text()

    follow(page, "Move or cancel")
    follow(page, "Move")
    follow(page, "Leave it as it is")
    follow(page, "Move")
    expect(page.locator("[name=starts_at]:checked + label")).to_contain_text("the time you have")
    page.locator("[name=channel][value=phone]").check()
    send(page)
    expect(page.locator("main")).to_contain_text("This was changed.")
    expect(page.locator("main")).to_contain_text("We call you.")
    follow(page, "Cancel")
    follow(page, "No, keep it")
    heading(page).to_have_text("Your time is booked")
    follow(page, "Cancel")
    page.get_by_role("button", name="Yes, cancel it").click()
    heading(page).to_have_text("This appointment is cancelled")
    page.get_by_role("button", name="Book a new time").click()
    heading(page).to_contain_text("When shall we talk?")


def test_choosing_another_time_keeps_what_was_typed(page: Page) -> None:
    page.goto(CONSULTATION)
    choose_time(page, 16)
    send(page)
    forms.fill(page, {"first_name": "Wren", "phone": "12", "language": "Kreyòl"})
    page.get_by_role("button", name="Choose another time").click()
    heading(page).to_contain_text("When shall we talk?")
    choose_time(page, 17)
    send(page)
    for name, text in (("first_name", "Wren"), ("phone", "12"), ("language", "Kreyòl")):
        expect(page.locator(f"[name={name}]")).to_have_value(text)
    for box in page.locator("[name^=agree_]").all():
        expect(box).not_to_be_checked()


def test_a_double_click_and_going_back_book_once_and_the_desk_sees_it(
    page: Page, desk: Page
) -> None:
    page.goto(CONSULTATION)
    choose_time(page, 18)
    send(page)
    fill_who(page, phone="207-555-0183")
    forms.send_button(page).dblclick()
    reference = forms.reference_on(page)
    page.go_back()  # to the page that was sent
    page.reload()
    assert forms.reference_on(page) == reference
    tools.find_lead(desk, reference)
    desk.get_by_role("link", name=reference).click()
    booked = desk.locator("#consultations")
    assert booked.locator("strong time").count() == 1
    booked.get_by_text("Cancel it", exact=True).click()
    booked.get_by_role("button", name="Yes, cancel it").click()
    expect(desk.locator(".messagelist")).to_contain_text("The consultation is cancelled.")


def test_leaving_at_once_throws_away_what_was_typed(new_visitor: Any) -> None:
    page = new_visitor(also=(tools.WEATHER,))
    tools.fake_weather(page)
    page.goto(CONSULTATION)
    choose_time(page, 19)
    send(page)
    step = page.url
    page.locator("[name=first_name]").fill("Wren")
    page.get_by_role("link", name="Leave this site").click()
    page.wait_for_url(tools.WEATHER)
    forms.wait_until_gone(page, step)
