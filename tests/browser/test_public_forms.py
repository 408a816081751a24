"""The two public forms: what goes wrong is said and mended, nothing typed is lost or sent twice."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import tools

INQUIRY = "/admissions/inquiry/"
INSURANCE = "/admissions/insurance/"
FORMS = [INQUIRY, INSURANCE]

ON_ONESELF = {
    INQUIRY: {
        "first_name": "given-name",
        "last_name": "family-name",
        "phone": "tel",
        "email": "email",
    },
    INSURANCE: {"first_name": "given-name", "phone": "tel", "email": "email"},
}
NOT_REMEMBERED = {
    INQUIRY: ["message"],
    INSURANCE: [
        "patient_legal_name",
        "patient_birth_date_month",
        "patient_birth_date_day",
        "patient_birth_date_year",
        "member_id",
        "group_number",
        "payer_other",
        "plan_type",
        "zip_code",
        "subscriber_name",
        "subscriber_birth_date_month",
        "subscriber_birth_date_day",
        "subscriber_birth_date_year",
        "secondary_coverage",
        "behavioral_health_phone",
    ],
}


def send_empty(page: Page, address: str) -> None:
    page.goto(address)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        tools.send(page)
    assert answer.value.status == 422
    page.wait_for_load_state()


@pytest.mark.parametrize("address", FORMS)
def test_an_empty_form_names_each_thing_to_mend_and_leads_to_it(page: Page, address: str) -> None:
    send_empty(page, address)
    assert page.title().startswith("Error: ")
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    assert page.evaluate(
        """() => document.querySelector('#error-summary').compareDocumentPosition(
          document.querySelector('h1')) & Node.DOCUMENT_POSITION_FOLLOWING"""
    ), "the summary stands above the H1"
    links = summary.locator("a")
    assert links.count() >= 5
    for link in links.all():
        link.click()
        target = str(link.get_attribute("href")).removeprefix("#")
        expect(page.locator(f"[id='{target}']")).to_be_focused()
        expect(page.locator(f"[id='{target}']")).to_be_in_viewport()
        field = page.locator(f".field:has([id='{target}'])").last
        expect(field.locator(".error-text")).to_contain_text(link.inner_text())
    wrong = page.locator("[aria-invalid=true]")
    assert wrong.count() >= 5
    for one in wrong.all():
        described = one.evaluate(
            """(el) => (el.getAttribute('aria-describedby')
              || el.closest('fieldset[aria-describedby]')?.getAttribute('aria-describedby') || '')
              .split(' ').map((id) => document.getElementById(id)?.className)"""
        )
        assert "error-text" in described, one.get_attribute("name")


def test_nothing_is_said_to_be_wrong_before_the_form_is_sent(page: Page) -> None:
    page.goto(INQUIRY)
    page.locator("[name=phone]").fill("12")
    page.locator("[name=email]").focus()
    page.locator("[name=first_name]").focus()
    assert not page.locator("[aria-invalid=true], .error-text").count()
    assert not page.title().startswith("Error")


@pytest.mark.parametrize("address", FORMS)
def test_axe_finds_nothing_in_the_error_state(new_visitor: Any, address: str) -> None:
    page = new_visitor(bypass_csp=True, viewport=tools.NARROW)
    send_empty(page, address)
    findings = []
    for colours in ("light", "dark"):
        for size in (tools.NARROW, tools.WIDE):
            page.emulate_media(color_scheme=colours)
            page.set_viewport_size(size)
            tools.settle(page)
            findings += [f"{colours} {size['width']} {one}" for one in tools.axe(page)]
    page.set_viewport_size(tools.NARROW)
    findings += tools.sideways(page)
    assert not findings, "\n".join(findings)


def test_what_was_typed_survives_an_error(page: Page) -> None:
    page.goto(INQUIRY)
    texts = {
        "first_name": "Wren",
        "last_name": "Ó Dálaigh-Sørensen 李",
        "phone": "12",
        "email": "wren@example.org",
        "good_times": "after 4 <b>",
        "do_not_speak_to": "my sister's husband",
        "language": "Kreyòl",
        "access_needs": "step-free",
        "heard_from": 'a "friend"',
        "message": "first line\nsecond line & more",
    }
    for name, text in texts.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_label("I am asking for a family member or friend").check()
    page.locator("[name=relationship]").select_option("sibling")
    page.locator("[name=patient_knows][value=no]").check()
    page.locator("[name=age_band]").select_option("18_25")
    ticked = ["text_ok", "needs_interpreter", "agree_contact"]
    for name in ticked:
        page.locator(f"[name={name}]").check()
    with page.expect_navigation():
        tools.send(page)
    assert page.title().startswith("Error: ")
    for name, text in texts.items():
        expect(page.locator(f"[name={name}]")).to_have_value(text)
    for name in ticked:
        expect(page.locator(f"[name={name}]")).to_be_checked()
    expect(page.locator("[name=agree_privacy_notice]")).not_to_be_checked()
    expect(page.locator("[name=role][value=family]")).to_be_checked()
    expect(page.locator("[name=relationship]")).to_have_value("sibling")
    expect(page.locator("[name=relationship]")).to_be_visible()
    expect(page.locator("[name=patient_knows][value=no]")).to_be_checked()
    expect(page.locator("[name=age_band]")).to_have_value("18_25")
    # It is mended and sent, and what was ticked before need not be ticked again.
    page.locator("[name=phone]").fill("(207) 555-0124")
    page.get_by_label("Text message", exact=True).check()
    page.locator("[name=agree_privacy_notice]").check()
    tools.send(page)
    tools.reference_on(page)


def test_a_birth_date_survives_an_error_as_it_was_typed(page: Page) -> None:
    page.goto(INSURANCE)
    tools.fill_insurance(page, patient_birth_date_month="Marzo", zip_code="123")
    with page.expect_navigation():
        tools.send(page)
    expect(page.locator("[name=patient_birth_date_month]")).to_have_value("Marzo")
    expect(page.locator("[name=zip_code]")).to_have_value("123")
    expect(page.locator("[name=member_id]")).to_have_value("XYZ123456789")
    expect(page.locator("#error-summary")).to_contain_text("five digits")


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_questions_that_depend_on_a_choice_come_with_it(new_visitor: Any, scripted: bool) -> None:
    page = new_visitor(java_script_enabled=scripted)
    page.goto(INQUIRY)
    family, professional = page.locator(".only-family"), page.locator(".only-professional")
    for value, sees_family, sees_professional in (
        ("", False, False),
        ("self", False, False),
        ("family", True, False),
        ("professional", False, True),
        ("self", False, False),
    ):
        if value:
            page.locator(f"[name=role][value={value}]").check()
        expect(family).to_be_visible(visible=sees_family)
        expect(professional).to_be_visible(visible=sees_professional)
    page.goto(INSURANCE)
    subscriber = page.locator(".only-subscriber")
    for value, sees in (("", False), ("self", False), ("spouse", True), ("child", True)):
        if value:
            page.locator(f"[name=relationship_to_subscriber][value={value}]").check()
        expect(subscriber).to_be_visible(visible=sees)


@pytest.mark.parametrize("address", FORMS)
def test_every_input_has_its_label_and_every_group_its_legend(page: Page, address: str) -> None:
    page.goto(address)
    findings = page.evaluate(
        """() => {
          const out = [], form = document.querySelector('main form');
          for (const el of form.querySelectorAll('input:not([type=hidden]), select, textarea')) {
            const label = [...el.labels].map((one) => one.textContent.trim()).join('');
            if (el.labels.length !== 1 || !label)
              out.push(`${el.name}: ${el.labels.length} labels`);
            const grouped = el.type === 'radio' || /_date_(month|day|year)$/.test(el.name);
            if (grouped && !el.closest('fieldset.field').querySelector(':scope > legend'))
              out.push(`${el.name}: no legend`);
            if (el.required) out.push(`${el.name}: the browser would speak first`);
            if (el.placeholder) out.push(`${el.name}: a placeholder`);
            if (el.tabIndex !== 0) out.push(`${el.name}: out of the tab order`);
          }
          for (const set of form.querySelectorAll('fieldset'))
            if (!set.querySelector(':scope > legend')?.textContent.trim())
              out.push('a fieldset without a legend');
          if (!form.noValidate) out.push('the browser validates');
          return out;
        }"""
    )
    assert not findings
    text = page.locator("main form").inner_text()
    assert "(optional)" in text
    assert "*" not in text


@pytest.mark.parametrize("address", FORMS)
def test_a_browser_may_fill_in_ones_own_data_and_nothing_else(page: Page, address: str) -> None:
    page.goto(address)
    tokens = {
        name: page.locator(f"[name={name}]").get_attribute("autocomplete")
        for name in [*ON_ONESELF[address], *NOT_REMEMBERED[address]]
    }
    assert tokens == {**ON_ONESELF[address], **dict.fromkeys(NOT_REMEMBERED[address], "off")}


def test_consents_are_unticked_sentences_apart(page: Page) -> None:
    for address, count in ((INQUIRY, 3), (INSURANCE, 3)):
        page.goto(address)
        boxes = page.locator("input[name^=agree_]")
        assert boxes.count() == count
        for box in boxes.all():
            expect(box).not_to_be_checked()
            label = box.evaluate("(el) => el.labels[0].textContent.trim()")
            assert len(label.split()) > 4


@pytest.mark.parametrize("address", FORMS)
def test_a_form_has_its_crisis_box_and_no_call_bar(new_visitor: Any, address: str) -> None:
    page = new_visitor(viewport={"width": 390, "height": 700})
    page.goto(address)
    assert page.evaluate(
        """() => document.querySelector('.crisis-box').compareDocumentPosition(
          document.querySelector('main form')) & Node.DOCUMENT_POSITION_FOLLOWING"""
    )
    expect(page.locator(".crisis-box")).to_contain_text("not watched for emergencies")
    assert not page.locator(".call-bar").count()


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_a_double_click_on_send_is_one_inquiry(
    new_visitor: Any, desk: Page, scripted: bool
) -> None:
    phone = "207-555-0131" if scripted else "207-555-0132"
    page = new_visitor(java_script_enabled=scripted)
    page.goto(INQUIRY)
    tools.fill_inquiry(page, phone=phone)
    page.locator("main form button[type=submit]").dblclick()
    page.wait_for_url("**/admissions/sent/**")
    reference = tools.reference_on(page)
    desk.goto(f"/admin/admissions/lead/?q={phone}")
    rows = desk.locator("#result_list tbody tr")
    assert rows.count() == 1
    assert reference in rows.inner_text()
    rows.locator("th a").click()
    assert desk.locator("h2", has_text="Inquiry").count() == 1


def test_going_back_and_sending_again_is_one_inquiry(page: Page, desk: Page) -> None:
    page.goto(INQUIRY)
    tools.fill_inquiry(page, phone="207-555-0133")
    tools.send(page)
    first = tools.reference_on(page)
    page.reload()
    assert tools.reference_on(page) == first
    desk.goto("/admin/admissions/lead/?q=207-555-0133")
    assert desk.locator("#result_list tbody tr").count() == 1


@pytest.mark.parametrize("address", FORMS)
def test_an_error_is_seen_in_forced_colours_and_at_200_percent(
    new_visitor: Any, address: str
) -> None:
    page = new_visitor(forced_colors="active", bypass_csp=True, viewport=tools.WIDE)
    send_empty(page, address)
    styles = page.evaluate(
        """() => [...document.querySelectorAll('.summary, .field.invalid')].map((el) => {
          const style = getComputedStyle(el);
          return [style.borderInlineStartStyle, parseFloat(style.borderInlineStartWidth)];
        })"""
    )
    assert len(styles) > 5
    assert all(style == "solid" and width >= 2 for style, width in styles)
    page.add_style_tag(content="html { font-size: 200% !important }")
    page.set_viewport_size({"width": 640, "height": 800})
    tools.settle(page)
    findings = page.evaluate(tools.CLIPPED) + tools.sideways(page)
    assert not findings, "\n".join(findings)


def test_leaving_at_once_keeps_no_page_to_come_back_to(new_visitor: Any) -> None:
    page = new_visitor(also=("https://www.weather.gov/",))
    page.route(
        "https://www.weather.gov/**",
        lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html"),
    )
    page.goto("/about/")
    page.goto(INQUIRY)
    page.locator("[name=first_name]").fill("Wren")
    page.get_by_role("link", name="Leave this site").click()
    page.wait_for_url("https://www.weather.gov/")
    assert page.evaluate("() => document.referrer") == ""
    page.go_back()
    assert tools.path_of(page) == "/about/"
