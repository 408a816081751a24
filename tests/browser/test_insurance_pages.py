"""The insurance form in a browser: short pages on a phone, photos, going back and leaving.

By keyboard: `test_keyboard`. How each page looks, errors included: `test_form_states`.
"""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.forms import INSURANCE, PDF, PHOTO, STEPS, fill_step, send, until

PHONE = {"width": 390, "height": 700}


def heading(page: Page) -> Any:
    return expect(page.get_by_role("heading", level=1))


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_from_the_first_page_to_a_reference(new_visitor: Any, scripted: bool) -> None:
    page = new_visitor(java_script_enabled=scripted, viewport=PHONE)
    until(page, "photos")
    page.locator("[name=front]").set_input_files(PHOTO)
    send(page)
    heading(page).to_contain_text("Check your answers")
    expect(page.locator("main")).to_contain_text("front.jpg received")
    page.get_by_role("link", name="Change What is on the card?").click()
    page.locator("[name=group_number]").fill("G-77")
    send(page)
    heading(page).to_contain_text("Check your answers")
    expect(page.locator("main")).to_contain_text("G-77")
    for box in page.locator("[name^=agree_]").all():
        expect(box).not_to_be_checked()
    fill_step(page, "check")
    send(page)
    reference = forms.reference_on(page)
    page.go_back()  # to the summary of what was sent
    page.reload()
    assert forms.reference_on(page) == reference
    page.go_forward()
    assert forms.reference_on(page) == reference


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_link_goes_on_elsewhere_and_the_button_throws_all_away(
    new_visitor: Any, scripted: bool
) -> None:
    page = new_visitor(java_script_enabled=scripted)
    until(page, "subscriber")
    link = page.locator("main a", has_text=INSURANCE)
    other = new_visitor(java_script_enabled=scripted)
    other.goto(str(link.get_attribute("href")))
    heading(other).to_contain_text("holds the insurance")
    other.get_by_role("link", name="Back").click()
    expect(other.locator("[name=member_id]")).to_have_value("XYZ123456789")
    other.get_by_role("button", name="Throw away what I typed").click()
    heading(other).to_have_text("What you typed is deleted")
    answer = page.reload()
    assert answer.status == 404
    heading(page).to_have_text("This link works no longer")


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_questions_that_depend_on_a_choice_come_with_it(new_visitor: Any, scripted: bool) -> None:
    page = new_visitor(java_script_enabled=scripted)
    page.goto(INSURANCE)
    relation = page.locator("[name=relationship]")
    for value, sees in (("", False), ("self", False), ("family", True), ("self", False)):
        if value:
            page.locator(f"[name=role][value={value}]").check()
        expect(relation).to_be_visible(visible=sees)
    until(page, "coverage")
    expect(page.locator("[name=payer_other]")).to_be_hidden()
    page.locator("[name=payer]").select_option("other")
    expect(page.locator("[name=payer_other]")).to_be_visible()
    fill_step(page, "coverage")
    send(page)
    subscriber = page.locator("[name=subscriber_name]")
    for value, sees in (("", False), ("self", False), ("spouse", True), ("child", True)):
        if value:
            page.locator(f"[name=relationship_to_subscriber][value={value}]").check()
        expect(subscriber).to_be_visible(visible=sees)


def test_a_browser_remembers_nothing_of_another_person_or_of_a_card(page: Page) -> None:
    remembered = {}
    page.goto(INSURANCE)
    for step in STEPS[:-1]:
        for one in page.locator("main input:not([type=hidden], [type=radio])").all():
            token = one.get_attribute("autocomplete")
            if token != "off" and one.get_attribute("type") not in ("checkbox", "file"):
                remembered[one.get_attribute("name")] = token
        fill_step(page, step)
        send(page)
    own = ("good_times", "do_not_speak_to", "language")
    assert remembered == dict.fromkeys(own) | {
        "first_name": "given-name",
        "last_name": "family-name",
        "phone": "tel",
        "email": "email",
    }


def test_good_photo_stays_when_the_other_is_refused_and_can_be_removed(page: Page) -> None:
    until(page, "photos")
    page.locator("[name=front]").set_input_files(PHOTO)
    page.locator("[name=back]").set_input_files(PDF)
    forms.send_empty(page)
    expect(page.locator("#error-summary")).to_contain_text("This is a PDF.")
    page.locator("#error-summary a").click()
    expect(page.locator("[name=back]")).to_be_focused()
    expect(page.locator("#id_front_helptext")).to_contain_text("front.jpg received")
    page.get_by_role("button", name="Remove front.jpg").click()
    expect(page.locator("main")).not_to_contain_text("front.jpg")


def test_double_click_at_the_end_is_one_form(page: Page, desk: Page) -> None:
    until(page, "check")
    page.get_by_role("link", name="Change Where should the answer go?").click()
    page.locator("[name=phone]").fill("207-555-0148")
    send(page)
    fill_step(page, "check")
    forms.send_button(page).dblclick()
    forms.reference_on(page)
    tools.find_lead(desk, "207-555-0148")
    rows = desk.locator("#result_list tbody tr")
    assert rows.count() == 1
    rows.locator("th a").click()
    assert desk.locator("h2", has_text="Insurance form").count() == 1


def test_two_tabs_of_one_page_go_on_with_what_was_sent_last(page: Page) -> None:
    until(page, "coverage")
    tab = page.context.new_page()
    tab.goto(page.url)
    for one, member_id in ((page, "FIRST1234567"), (tab, "SECOND123456")):
        fill_step(one, "coverage", member_id=member_id)
        send(one)
        heading(one).to_contain_text("holds the insurance")
    for step in ("subscriber", "photos"):
        fill_step(page, step)
        send(page)
    expect(page.locator("main")).to_contain_text("SECOND123456")
    # Sent in both, it is one form.
    tab.goto(page.url)
    for one in (page, tab):
        fill_step(one, "check")
        send(one)
    assert forms.reference_on(page) == forms.reference_on(tab)


def test_leaving_at_once_throws_away_what_was_typed(new_visitor: Any) -> None:
    page = new_visitor(also=(tools.WEATHER,))
    tools.fake_weather(page)
    until(page, "coverage")
    step = page.url
    page.locator("[name=member_id]").fill("XYZ123456789")
    with page.expect_request(lambda request: request.url.endswith("/discard/")):
        page.get_by_role("link", name="Leave this site").click()
    page.wait_for_url(tools.WEATHER)
    expect(page.get_by_role("heading")).to_have_text("Weather")
    forms.wait_until_gone(new_visitor(), step)
    page.go_back()  # to the page before the one that was left
    heading(page).to_have_text("This link works no longer")
