"""A visitor reads, asks, checks the insurance and books a time: with script and without."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import forms, tools


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
def test_from_the_first_page_to_the_insurance_and_a_time_to_talk(
    new_visitor: Any, scripted: bool
) -> None:
    page = new_visitor(java_script_enabled=scripted)
    main = page.locator("main")
    phone = "207-555-0141" if scripted else "207-555-0142"
    page.goto("/")
    main.get_by_role("link", name="For myself").click()
    page.wait_for_url("**/articles/topics/for-myself/")
    page.locator("main a[href='/programs/intensive-outpatient/']").first.click()
    page.wait_for_url("**/programs/intensive-outpatient/")
    page.locator("main a[href='/programs/tracks/evening/']").first.click()
    assert tools.path_of(page) == "/programs/tracks/evening/"
    page.get_by_role("link", name="Ask us to call you").first.click()
    assert tools.path_of(page) == forms.INQUIRY
    main.get_by_role("link", name="For myself").click()

    forms.fill_inquiry(page, phone=f"({phone[:3]}) {phone[4:]}", track="evening")
    forms.send(page)
    reference = forms.reference_on(page)
    confirmation = page.url
    shown = main.inner_text()
    assert phone[4:] not in shown
    assert "Wren" not in shown
    for number in ("988", "911", "833-773-2445", "888-401-1179"):
        assert number in shown

    # The insurance, without a question asked twice.
    main.get_by_role("button", name="Check your insurance").click()
    assert not page.locator("[name=role], [name=phone]").count()
    forms.fill_step(page, "who", role="", relationship="")
    forms.send(page)
    forms.fill_step(page, "coverage", member_id="")
    forms.send(page)
    forms.fill_step(page, "subscriber", relationship_to_subscriber="spouse")
    dates = zip(("month", "day", "year"), ("Dec", "24", "1980"), strict=True)
    forms.fill(page, {f"subscriber_birth_date_{part}": text for part, text in dates})
    forms.fill(page, {"subscriber_name": "Robin Alder"})
    forms.send(page)
    page.locator("[name=front]").set_input_files(forms.PHOTO)
    forms.send(page)
    for words in ("front.jpg received", "Robin Alder", "December 24, 1980"):
        expect(main).to_contain_text(words)
    forms.fill(page, {"agree_verification": "on", "agree_authority": "on"})
    forms.send(page)
    assert forms.reference_on(page) == reference
    assert "Alder" not in page.content()

    # And a time to talk.
    main.get_by_role("button", name="Book a time to talk").click()
    forms.choose_time(page, 20 if scripted else 22)
    forms.send(page)
    assert not page.locator("[name=first_name], [name=phone]").count()
    forms.send(page)
    assert forms.reference_on(page) == reference
    main.get_by_role("link", name="Move or cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your time is booked")
    # Whoever goes back and asks for another time is led to the one there is.
    page.goto(confirmation)
    main.get_by_role("button", name="Book a time to talk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your time is booked")


@pytest.mark.parametrize("scripted", [True, False], ids=["with-script", "without-script"])
@pytest.mark.parametrize("door", ["someone", "professional"])
def test_the_other_doors_lead_to_a_reference(new_visitor: Any, door: str, scripted: bool) -> None:
    page = new_visitor(java_script_enabled=scripted, viewport=tools.NARROW)
    page.goto(forms.INQUIRY)
    page.locator(f"main a[href$='/{door}/']").click()
    forms.fill_inquiry(page, door, phone="207-555-0143")
    forms.send(page)
    reference = forms.reference_on(page)
    page.locator("main").get_by_role("button", name="I pay myself").click()
    assert forms.reference_on(page) == reference
    expect(page.locator("main")).to_contain_text("written estimate has reached admissions")


def test_on_a_phone_the_menu_opens_and_leads_on(new_visitor: Any) -> None:
    for scripted in (True, False):
        page = new_visitor(viewport={"width": 390, "height": 700}, java_script_enabled=scripted)
        page.goto("/")
        menu = page.locator("header nav:visible")
        assert menu.count() == 0
        page.get_by_text("Menu", exact=True).click()
        menu.get_by_role("link", name="Families").click()
        assert tools.path_of(page) == "/families/"
        expect(page.locator(".call-bar")).to_be_in_viewport()
