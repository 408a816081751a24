"""What a visitor types is text for the desk, whatever it looks like."""

from typing import Any

from playwright.sync_api import Page

from tests.browser import tools
from tests.factories import inquiry_post, insurance_post
from tests.server import Site

PHONE = "207-555-0161"
SHORT = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "{{7*7}}{% debug %}",
    "javascript:alert(4)",
    "'-alert(5)-'</title></textarea>",
]
INQUIRY = [
    "first_name",
    "last_name",
    "good_times",
    "do_not_speak_to",
    "language",
    "access_needs",
    "heard_from",
    "organization",
    "job_title",
    "message",
]
INSURANCE = [
    "first_name",
    "patient_legal_name",
    "payer_other",
    "member_id",
    "group_number",
    "plan_type",
    "subscriber_name",
    "secondary_coverage",
]


def payloads(names: list[str]) -> dict[str, str]:
    """Return a payload for each field, all of them where the field is long enough."""
    long = {"message", "access_needs", "good_times", "heard_from"}
    return {
        name: " ".join(SHORT) if name in long else SHORT[at % len(SHORT)]
        for at, name in enumerate(names)
    }


def check(page: Page, where: str) -> None:
    """There must be no element, link or attribute that a payload brought."""
    page.wait_for_load_state()
    tools.settle(page)
    brought = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((el) =>
          [...el.attributes].some((one) => one.name.startsWith('on')
            || /^\\s*javascript:/i.test(one.value) && one.name !== 'value')
          || (el.tagName === 'SCRIPT' && !el.src && el.type !== 'application/ld+json')
          || el.getAttribute('src') === 'x')
          .map((el) => el.outerHTML.slice(0, 100))"""
    )
    assert not brought, (where, brought)


def test_markup_in_every_field_is_shown_as_text(
    new_visitor: Any, site: Site, administrator: Any, signed_in: Any
) -> None:
    inquiry, insurance = payloads(INQUIRY), payloads(INSURANCE)
    reference = tools.ask(
        site,
        inquiry_post(
            idempotency_key=None,
            role="professional",
            phone=PHONE,
            email="markup@example.org",
            **inquiry,
        ),
    )
    again = tools.ask(
        site,
        insurance_post(
            idempotency_key=None,
            phone=PHONE,
            payer="other",
            relationship_to_subscriber="spouse",
            subscriber_birth_date_month="1",
            subscriber_birth_date_day="2",
            subscriber_birth_date_year="1980",
            **insurance,
        ),
        "insurance",
    )
    assert again == reference
    page = new_visitor(storage_state=signed_in)
    page.goto("/admin/")
    assert page.locator("tr", has_text=reference).count()
    check(page, "queue")
    page.goto(f"/admin/admissions/lead/?q={PHONE}")
    assert inquiry["first_name"] in page.locator("#result_list").inner_text()
    check(page, "list")
    for query in SHORT:
        page.locator("#searchbar").fill(query)
        page.locator("#searchbar").press("Enter")
        check(page, f"search for {query}")
    page.goto(f"/admin/admissions/lead/?q={PHONE}")
    page.get_by_role("link", name=reference).click()
    check(page, "lead")
    shown = page.locator("main").inner_text()
    missing = [text for text in [*inquiry.values(), *insurance.values()] if text not in shown]
    assert not missing

    # Staff may paste such text too.
    page.locator("#id_note_text").fill("\n".join(SHORT))
    page.get_by_role("button", name="Keep the note").click()
    check(page, "note")
    assert SHORT[1] in page.locator(".desk-timeline").inner_text()

    # What an administrator sees of it.
    page = new_visitor(storage_state=administrator)
    for address in ("/admin/admissions/outboxmessage/", "/admin/admissions/leadevent/"):
        page.goto(address)
        check(page, address)


def test_markup_comes_back_as_text_in_a_form_to_mend(page: Page) -> None:
    page.goto("/admissions/inquiry/")
    texts = payloads(INQUIRY)
    page.locator("[name=role][value=professional]").check()
    for name, text in texts.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=phone]").fill(SHORT[2])
    page.locator("[name=email]").fill(SHORT[0])
    with page.expect_navigation():
        tools.send(page)
    assert page.title().startswith("Error: ")
    check(page, "form")
    for name, text in texts.items():
        assert page.locator(f"[name={name}]").input_value() == text
