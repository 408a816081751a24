"""The forms of one page: nothing that was typed is lost or sent twice, and leaving leaves nothing.

How each looks when something is wrong is asked in `test_form_states`.
"""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.forms import DOORS, INQUIRY

MYSELF = f"{INQUIRY}myself/"
ON_ONESELF = {
    "first_name": "given-name",
    "last_name": "family-name",
    "phone": "tel",
    "email": "email",
}
TYPED = {
    "first_name": "Wren",
    "last_name": "Ó Dálaigh-Sørensen 李",
    "phone": "12",
    "email": "wren@example.org",
    "preferred_channel": "phone",
    "good_times": "after 4 <b>",
    "language": "Kreyòl",
    "message": "first line\nsecond line & more",
    "age_band": "18_25",
    "needs_interpreter": "on",
    "agree_texts": "on",
    "agree_contact": "on",
}
AT_HOME = {
    "do_not_speak_to": "my sister's husband",
    "access_needs": "step-free",
    "heard_from": 'a "friend"',
    "may_say_who": "on",
}
TYPED_AT = {
    "myself": AT_HOME,
    "someone": AT_HOME | {"relationship": "sibling", "patient_knows": "no"},
    "professional": {"organization": "A & B", "job_title": "nurse", "patient_knows": "yes"},
}


def sent(page: Page, fields: dict[str, str]) -> dict[str, str]:
    """Return what stands in the fields now, as a browser would post it."""
    data: dict[str, str] = page.evaluate(
        """() => Object.fromEntries(new FormData(
          document.querySelector('main form[novalidate]')))"""
    )
    return {name: data.get(name, "").replace("\r\n", "\n") for name in fields}


def test_nothing_is_said_to_be_wrong_before_the_form_is_sent(page: Page) -> None:
    page.goto(MYSELF)
    page.locator("[name=phone]").fill("12")
    page.locator("[name=email]").focus()
    page.locator("[name=first_name]").focus()
    assert not page.locator("[aria-invalid=true], .error-text").count()
    assert not page.title().startswith("Error")


@pytest.mark.parametrize("door", DOORS)
def test_what_was_typed_survives_an_error(page: Page, door: str) -> None:
    page.goto(f"{INQUIRY}{door}/")
    typed = TYPED | TYPED_AT[door]
    forms.fill(page, typed)
    forms.send_empty(page)
    assert page.title().startswith("Error: ")
    assert sent(page, typed) == typed
    expect(page.locator("[name=agree_privacy_notice]")).not_to_be_checked()
    # It is mended and sent, and what was ticked before need not be ticked again.
    forms.fill(page, {"phone": "(207) 555-0124", "agree_privacy_notice": "on"})
    forms.send(page)
    forms.reference_on(page)


def test_a_birth_date_survives_an_error_as_it_was_typed(page: Page) -> None:
    page.goto(forms.INSURANCE)
    forms.fill_step(page, "who", patient_birth_date_month="Marzo", zip_code="123")
    forms.send_empty(page)
    expect(page.locator("[name=patient_birth_date_month]")).to_have_value("Marzo")
    expect(page.locator("[name=zip_code]")).to_have_value("123")
    expect(page.locator("[name=patient_legal_name]")).to_have_value("Avery Quill")
    expect(page.locator("#error-summary")).to_contain_text("five digits")


def test_a_browser_may_fill_in_ones_own_data_and_nothing_else(page: Page) -> None:
    at_work = {"organization": "organization", "job_title": "organization-title"}
    for address, own in (
        *((f"{INQUIRY}{door}/", ON_ONESELF) for door in ("myself", "someone")),
        (f"{INQUIRY}professional/", ON_ONESELF | at_work),
        ("/admissions/estimate/", ON_ONESELF),
        (forms.INSURANCE, {}),
        (forms.STATUS, {}),
    ):
        page.goto(address)
        tokens = page.evaluate(
            """() => Object.fromEntries(
              [...document.querySelectorAll('main form [autocomplete]:not([autocomplete=off])')]
                .map((el) => [el.name, el.autocomplete]))"""
        )
        assert tokens == own, address
        private = ("subject", "message", "patient_legal_name", "zip_code", "reference", "code")
        for name in private:
            for one in page.locator(f"main [name={name}]").all():
                assert one.get_attribute("autocomplete") == "off", (address, name)


def test_consents_are_unticked_sentences_apart(page: Page) -> None:
    for address in (*(f"{INQUIRY}{door}/" for door in DOORS), "/admissions/estimate/"):
        page.goto(address)
        boxes = page.locator("input[name^=agree_]")
        assert boxes.count() == 3
        for box in boxes.all():
            expect(box).not_to_be_checked()
            label = box.evaluate("(el) => el.labels[0].textContent.trim()")
            assert len(label.split()) > 4


def test_a_form_has_its_crisis_box_before_its_questions(page: Page) -> None:
    for address in (MYSELF, "/admissions/estimate/", forms.INSURANCE, forms.CONSULTATION):
        page.goto(address)
        assert page.evaluate(
            """() => document.querySelector('.crisis-box').compareDocumentPosition(
              document.querySelector('main form')) & Node.DOCUMENT_POSITION_FOLLOWING"""
        ), address
        expect(page.locator(".crisis-box")).to_contain_text("not watched for emergencies")


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_a_double_click_on_send_is_one_inquiry(
    new_visitor: Any, desk: Page, scripted: bool
) -> None:
    phone = "207-555-0131" if scripted else "207-555-0132"
    page = new_visitor(java_script_enabled=scripted)
    page.goto(MYSELF)
    forms.fill_inquiry(page, phone=phone)
    forms.send_button(page).dblclick()
    reference = forms.reference_on(page)
    tools.find_lead(desk, phone)
    rows = desk.locator("#result_list tbody tr")
    assert rows.count() == 1
    assert reference in rows.inner_text()
    rows.locator("th a").click()
    assert desk.locator("h2", has_text="Inquiry").count() == 1


def test_reloading_and_going_back_and_forward_finds_one_inquiry(page: Page, desk: Page) -> None:
    page.goto(MYSELF)
    forms.fill_inquiry(page, phone="207-555-0133")
    forms.send(page)
    first = forms.reference_on(page)
    page.reload()
    assert forms.reference_on(page) == first
    page.go_back()
    expect(page.locator("[name=first_name]")).to_be_visible()
    page.go_forward()
    assert forms.reference_on(page) == first
    tools.find_lead(desk, "207-555-0133")
    assert desk.locator("#result_list tbody tr").count() == 1


def test_an_error_is_seen_in_forced_colours(new_visitor: Any) -> None:
    page = new_visitor(forced_colors="active")
    for address in (f"{INQUIRY}someone/", forms.CONSULTATION):
        page.goto(address)
        forms.send_empty(page)
        styles = page.evaluate(
            """() => [...document.querySelectorAll('.summary, .field.invalid')].map((el) => {
              const style = getComputedStyle(el);
              return [style.borderInlineStartStyle, parseFloat(style.borderInlineStartWidth)];
            })"""
        )
        assert len(styles) >= 3
        assert all(style == "solid" and width >= 2 for style, width in styles)


def test_leaving_at_once_keeps_no_page_to_come_back_to(new_visitor: Any) -> None:
    page = new_visitor(also=(tools.WEATHER,))
    tools.fake_weather(page)
    page.goto("/about/")
    page.goto(MYSELF)
    page.locator("[name=first_name]").fill("Wren")
    page.get_by_role("link", name="Leave this site").click()
    page.wait_for_url(tools.WEATHER)
    assert page.evaluate("() => document.referrer") == ""
    page.go_back()
    assert tools.path_of(page) == "/about/"
