"""Every way through the public forms by keyboard alone, from the first page to the last."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools


class Keys:
    """Somebody who has no mouse: every stop is reached with Tab."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, selector: str, text: str = "") -> None:
        tools.tab_to(self.page, selector, text)

    def type(self, **texts: str) -> None:
        for name, text in texts.items():
            self.to(f"[name={name}]")
            self.page.keyboard.type(text)

    def tick(self, *names: str) -> None:
        """Tick boxes, or choose the first of radio buttons."""
        for name in names:
            self.to(f"[name={name}]")
            self.page.keyboard.press("Space")
            expect(self.page.locator("*:focus")).to_be_checked()

    def choose(self, name: str, text: str) -> None:
        self.to(f"[name={name}]")
        tools.choose_by_keyboard(self.page, text)

    def press(self, selector: str, text: str = "") -> None:
        """Press Enter on a link or a button and wait for the page it leads to."""
        self.to(selector, text)
        self.enter()

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def send(self) -> None:
        self.press("main form[novalidate] button")


@pytest.fixture
def keys(page: Page) -> Keys:
    return Keys(page)


def heading(page: Page) -> Any:
    return expect(page.get_by_role("heading", level=1))


def test_an_inquiry_for_oneself(page: Page, keys: Keys) -> None:
    page.goto("/")
    keys.press(f"main a[href='{forms.INQUIRY}']")
    keys.press("main a", "For myself")
    keys.type(first_name="Robin", phone="207 555 0143")
    keys.tick("preferred_channel", "voicemail_ok")
    keys.choose("age_band", "26")
    keys.type(message="Evenings would be best.")
    keys.tick("agree_contact", "agree_privacy_notice")
    keys.send()
    forms.reference_on(page)


def test_an_inquiry_for_somebody_else(page: Page, keys: Keys) -> None:
    page.goto(forms.INQUIRY)
    keys.press("main a", "For someone I love")
    keys.choose("relationship", "I am their sp")
    keys.tick("patient_knows")
    keys.choose("age_band", "18")
    keys.type(first_name="Robin", email="robin@example.org")
    keys.to("[name=preferred_channel]")
    page.keyboard.press("ArrowUp")  # from the first way round to the last
    expect(page.locator("[name=preferred_channel]").last).to_be_checked()
    keys.tick("may_say_who", "agree_contact", "agree_privacy_notice")
    keys.send()
    forms.reference_on(page)


def test_an_inquiry_of_a_professional_with_a_mistake(page: Page, keys: Keys) -> None:
    page.goto(forms.INQUIRY)
    keys.press("main a", "I am a professional")
    keys.type(organization="A clinic", first_name="Robin", phone="12")
    keys.tick("preferred_channel")
    keys.choose("age_band", "65")
    keys.tick("agree_contact", "agree_privacy_notice")
    keys.send()
    expect(page.locator("#error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name=phone]")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("207 555 0144")
    keys.enter()
    forms.reference_on(page)


def test_the_insurance_is_checked_and_changed(page: Page, keys: Keys) -> None:
    page.goto(forms.INSURANCE)
    keys.tick("role")
    keys.type(
        patient_legal_name="Wren Alder",
        patient_birth_date_month="3",
        patient_birth_date_day="27",
        patient_birth_date_year="1985",
        zip_code="01601",
    )
    keys.enter()
    keys.type(first_name="Wren", phone="207-555-0145")
    keys.tick("preferred_channel")
    keys.send()
    keys.choose("payer", "Another")
    keys.type(payer_other="Some Plan")
    keys.enter()
    keys.tick("relationship_to_subscriber")
    keys.send()
    heading(page).to_contain_text("Photos of the card")
    keys.send()
    expect(page.locator("#error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name=front]")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(forms.PHOTO)
    keys.send()
    heading(page).to_contain_text("Check your answers")
    keys.press("main a", "What is on the card?")
    keys.type(group_number="G-77")
    keys.enter()
    heading(page).to_contain_text("Check your answers")
    expect(page.locator("main")).to_contain_text("G-77")
    keys.tick(*(f"agree_{one}" for one in ("verification", "authority")))
    keys.tick(*(f"agree_{one}" for one in ("privacy_notice", "contact")))
    keys.send()
    forms.reference_on(page)


def test_what_was_typed_is_left_resumed_and_thrown_away(page: Page, keys: Keys) -> None:
    page.goto(forms.INSURANCE)
    forms.fill_step(page, "who")
    keys.send()
    keys.press("main a", "Back")
    expect(page.locator("[name=zip_code]")).to_have_value("01601")
    keys.press(f"main a[href*='{forms.INSURANCE}']", forms.INSURANCE)  # the link to come back
    heading(page).to_contain_text("Where should the answer go?")
    keys.press("main button", "Throw away")
    heading(page).to_have_text("What you typed is deleted")


def test_a_time_is_booked_moved_and_cancelled(page: Page, keys: Keys) -> None:
    page.goto(forms.CONSULTATION)
    keys.tick("channel")
    keys.to("main details:not([open]) > summary")
    page.keyboard.press("Enter")
    keys.to("[name=starts_at]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=starts_at]:checked")).to_be_visible()
    keys.send()
    heading(page).to_contain_text("Who shall we ask for?")
    keys.tick("role")
    keys.choose("age_band", "26")
    keys.type(first_name="Robin", phone="207 555 0146")
    keys.tick("preferred_channel", "agree_contact", "agree_privacy_notice")
    keys.send()
    forms.reference_on(page)
    keys.press("main a", "Move or cancel")
    heading(page).to_have_text("Your time is booked")
    keys.press("main a", "Move")
    keys.to("[name=starts_at]")
    page.keyboard.press("ArrowDown")
    keys.send()
    expect(page.locator("main")).to_contain_text("This was changed.")
    keys.press("main a", "Cancel")
    keys.press("main button", "Yes, cancel it")
    heading(page).to_have_text("This appointment is cancelled")
    keys.press("main button", "Book a new time")
    heading(page).to_contain_text("When shall we talk?")


def test_status_is_looked_at_added_to_and_agreement_taken_back(page: Page, keys: Keys) -> None:
    page.goto(f"{forms.INQUIRY}myself/")
    forms.fill_inquiry(page, phone="207-555-0147")
    forms.send(page)
    reference, code = forms.reference_on(page), forms.code_on(page)
    keys.press("main a", "see where your request stands")
    keys.type(reference=reference, code=code)
    keys.enter()
    keys.press("main a", "Add something")
    keys.type(message="Evenings, please.")
    keys.send()
    expect(page.get_by_role("status")).to_contain_text("What you added")
    keys.press("main a", "Take your agreement back")
    keys.tick("topics")
    keys.send()
    expect(page.get_by_role("status")).to_contain_text("What you stopped")
    keys.press("main a", "Ask us to delete it")
    keys.send()
    expect(page.get_by_role("status")).to_contain_text("reached admissions")
