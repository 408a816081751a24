"""What a visitor types is text for the desk, whatever it looks like."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import forms, tools
from tests.factories import inquiry_post, insurance_step
from tests.server import Site, Visitor

PHONE = "207-555-0161"
SHORT = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "{{7*7}}{% debug %}",
    "javascript:alert(4)",
    "'-alert(5)-'</title></textarea>",
]
NAMES = ["first_name", "last_name"]
AT_HOME = ["good_times", "do_not_speak_to", "language", "access_needs", "heard_from", "message"]
AT_WORK = ["organization", "job_title"]
INSURANCE = {
    "who": ["patient_legal_name"],
    "coverage": [
        "payer_other",
        "member_id",
        "group_number",
        "plan_type",
        "employer",
        "secondary_coverage",
    ],
    "subscriber": ["subscriber_name"],
}


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


def submit(site: Site) -> tuple[str, list[str]]:
    """Send all forms with a payload in each field; return the lead's reference and the payloads."""
    names, home, work = payloads(NAMES), payloads(AT_HOME), payloads(AT_WORK)
    own = {**names, "phone": PHONE, "email": "markup@example.org"}
    someone = {"relationship": "sibling", **own, **home}
    reference = forms.ask(site, inquiry_post(idempotency_key=None, **someone), "inquiry/someone")
    forms.ask(site, inquiry_post(idempotency_key=None, **own, **work), "inquiry/professional")
    typed = [*names.values(), *home.values(), *work.values()]
    visitor = Visitor(site)
    visitor.get(forms.INSURANCE)
    for step in forms.STEPS:
        fields = payloads(INSURANCE.get(step, []))
        typed += fields.values()
        changes = {"reach": own, "subscriber": SPOUSE}.get(step, {})
        visitor.post("", insurance_step(step, **changes, **fields))
    assert "/admissions/sent/" in visitor.url, f"{visitor.status} {visitor.url}"
    return reference, typed


SPOUSE = {
    "relationship_to_subscriber": "spouse",
    "subscriber_birth_date_month": "1",
    "subscriber_birth_date_day": "2",
    "subscriber_birth_date_year": "1980",
}


@pytest.mark.shows("ASVS 1.2.1")
@pytest.mark.usefixtures("short_queue")
def test_threat_01_stored_xss_in_every_field_is_shown_as_text(
    new_visitor: Any, site: Site, administrator: Any, signed_in: Any
) -> None:
    reference, typed = submit(site)
    page = new_visitor(storage_state=signed_in)
    page.goto("/admin/")
    assert page.locator("tr", has_text=reference).count()
    check(page, "queue")
    tools.find_lead(page, PHONE)
    assert typed[0] in page.locator("#result_list").inner_text()
    check(page, "list")
    for query in SHORT:
        page.locator("#searchbar").fill(query)
        page.locator("#searchbar").press("Enter")
        check(page, f"search for {query}")
    tools.find_lead(page, PHONE)
    page.get_by_role("link", name=reference).click()
    check(page, "lead")
    shown = page.locator("main").inner_text()
    assert [text for text in typed if text not in shown] == []

    # Staff may paste such text too.
    page.locator("#id_note_text").fill("\n".join(SHORT))
    page.get_by_role("button", name="Keep the note").click()
    check(page, "note")
    assert SHORT[1] in page.locator(".desk-timeline").inner_text()

    # What an administrator sees of it.
    page = new_visitor(storage_state=administrator)
    for address in ("/admin/admissions/outboxmessage/", "/admin/audit/"):
        page.goto(address)
        check(page, address)


def test_threat_01_stored_xss_comes_back_as_text_in_a_form_to_mend(page: Page) -> None:
    for door, names in (("someone", AT_HOME), ("professional", [*AT_WORK, "message"])):
        page.goto(f"{forms.INQUIRY}{door}/")
        texts = payloads(NAMES + names)
        forms.fill(page, texts | {"phone": SHORT[2], "email": SHORT[0]})
        forms.send_empty(page)
        assert page.title().startswith("Error: ")
        check(page, door)
        for name, text in texts.items():
            assert page.locator(f"[name={name}]").input_value() == text


@pytest.mark.shows("ASVS 3.2.2")
def test_threat_01_stored_xss_is_text_in_the_summary_of_the_insurance(page: Page) -> None:
    page.goto(forms.INSURANCE)
    typed = []
    for step in forms.STEPS[:-1]:
        fields = payloads(INSURANCE.get(step, []))
        forms.fill_step(page, step, **(SPOUSE if step == "subscriber" else {}), **fields)
        forms.send(page)
        typed += fields.values()
    check(page, "summary")
    shown = page.locator("main").inner_text()
    assert [text for text in typed if text not in shown] == []
