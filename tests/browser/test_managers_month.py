"""A manager's month-end at the desk: by mouse, and by keyboard alone."""

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.hands import Keyboard, Mouse
from tests.factories import inquiry_post
from tests.server import Site

DREW, SAM = "drew@example.org", "sam@example.org"
WAYS: dict[str, tuple[type[Mouse], str]] = {  # the hand, a surname of its own
    "mouse": (Mouse, "Larkspur"),
    "keyboard": (Keyboard, "Foxglove"),
}


@pytest.fixture(scope="module", autouse=True)
def staff(site: Site) -> None:
    """Drew, a manager, and Sam, a coordinator."""
    site.manage("create_staff", DREW, "--role", "manager")
    site.manage("create_staff", SAM, "--role", "coordinator")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[type[Mouse], str]:
    return WAYS[request.param]


@pytest.fixture
def surname(way: tuple[type[Mouse], str]) -> str:
    return way[1]


@pytest.fixture
def drew(way: tuple[type[Mouse], str], new_visitor: Any) -> Mouse:
    hand = way[0](new_visitor(viewport=tools.WIDE))
    hand.sign_in(DREW)
    return hand


def ask(site: Site, surname: str, number: int, **changes: str) -> str:
    """Send an inquiry; those of one surname and number have one phone."""
    area = "781" if surname == "Larkspur" else "774"
    own = {"phone": f"{area}-555-01{40 + number}", "last_name": surname, **changes}
    return forms.ask(site, inquiry_post(idempotency_key=None, email=None, **own))


def saved_file(hand: Mouse, selector: str, text: str) -> list[list[str]]:
    with hand.page.expect_download() as coming:
        hand.act(selector, text)
    assert coming.value.suggested_filename.endswith(".csv")
    return list(csv.reader(Path(coming.value.path()).read_text("utf-8-sig").splitlines()))


def test_reports_are_read_and_saved_as_files(drew: Mouse, surname: str, site: Site) -> None:
    reference = ask(site, surname, 1)
    page = drew.page
    drew.go("Reports")
    drew.choose("#id_period", "This month")
    drew.press("button", "Show")
    expect(page.locator("#id_period")).to_have_value("month")
    assert page.locator("main section:has(table)").count() > 5
    part = page.locator("main section:has(svg)").first
    expect(part.get_by_role("img")).to_be_visible()
    title = part.locator("h2").inner_text()
    rows = part.locator("tbody th").all_inner_texts()
    lines = saved_file(drew, "button", f"As a file (CSV): {title}")
    assert len(lines[0]) == part.locator("thead th").count()
    assert all(row.startswith(line[0]) for row, line in zip(rows, lines[1:], strict=False))
    assert len(lines) > len(rows)

    drew.press("a", "Export leads")
    drew.press("button", "Export")
    expect(page.locator(".errornote").first).to_have_text(
        "Nothing was exported. Please look at the marked fields."
    )
    expect(page.locator("#id_purpose_error")).to_have_text("Choose what the export is for.")
    drew.pick("[name=purpose]", "quality")
    lines = saved_file(drew, "button", "Export")
    assert any(reference in line for line in lines)
    assert not any(surname in cell for line in lines for cell in line), "it names nobody"
    assert lines[-1][0] == "end"


@pytest.mark.parametrize("address", ["/admin/reports/", "/admin/export/"])
def test_what_is_for_managers_is_refused_to_a_coordinator(desk: Any, address: str) -> None:
    answer = desk.goto(address)
    assert answer.status == 403
    desk.goto("/admin/")
    assert desk.locator(f"a[href='{address}']").count() == 0


def test_several_leads_are_assigned_taken_over_and_closed(
    drew: Mouse, surname: str, site: Site
) -> None:
    page, references = drew.page, sorted(ask(site, surname, number) for number in (2, 3))

    def ask_for(act: str) -> None:
        drew.go("Leads")
        drew.write("#searchbar", surname)
        drew.press("[type=submit][value=Find]")
        for reference in references:
            drew.act(f"input[aria-label='{reference}']")
        drew.choose("select[name=action]", act)
        drew.press("button[name=index]")
        expect(page.locator("tbody tr")).to_have_count(2)

    ask_for("Assign to")
    drew.choose("#bulk_to", SAM)
    drew.press("main button", "Assign to")
    drew.is_told("Assign to: 2 leads.")
    for reference in references:
        expect(page.locator("tr", has_text=reference)).to_contain_text(SAM)

    drew.go("Who is away")
    drew.choose("#id_user", SAM)
    drew.press("button", "Mark as away")
    drew.is_told("Marked.")
    drew.go("Leads")
    drew.write("#searchbar", references[0])
    drew.press("[type=submit][value=Find]")
    drew.press("#result_list a", references[0])
    expect(page.locator("#owner")).to_contain_text("Away or no longer here")
    drew.press("#owner button", "Claim")
    drew.is_told("This lead is yours.")
    drew.go("Who is away")
    drew.press("button", f"Back today {SAM}")

    ask_for("Close with a reason")
    drew.press("main button", "Close with a reason")
    expect(page.locator("#bulk_reason_error")).to_have_text("Choose a reason for closing.")
    drew.choose("#bulk_reason", "Lost: cost")
    drew.write("#bulk_note", "Asked in May.")
    drew.press("main button", "Close with a reason")
    drew.is_told("Close with a reason: 2 leads.")
    for reference in references:
        expect(page.locator("tr", has_text=reference)).to_contain_text("Closed")


def test_two_leads_are_compared_merged_and_two_again(drew: Mouse, surname: str, site: Site) -> None:
    one, other = ask(site, surname, 4), ask(site, surname, 4, first_name="Ivo")
    page = drew.page
    tools.find_lead(page, other)
    drew.press("#result_list a", other)
    drew.press(".desk-lead a", f"Compare with {one}")
    expect(page.locator("h1")).to_have_text(f"Are {other} and {one} one person?")
    drew.pick("[name=first_name]", kept_of(page, "first_name", other))
    drew.press("button", "Merge the two")
    drew.is_told(f"{other} is part of this lead now.")
    expect(page.locator("h1")).to_have_text(f"Lead {one}")
    expect(page.locator(".desk-safe > dl")).to_contain_text("Ivo")
    drew.act("summary", "Undo the merge")
    drew.press("button", f"Undo the merge {other}")
    drew.is_told("The merge is undone. These are two leads again.")
    expect(page.locator(".desk-safe > dl")).not_to_contain_text("Ivo")


def kept_of(page: Page, name: str, reference: str) -> str:
    """Return the value of the radio button that keeps what a lead says."""
    radio = page.locator("label", has_text=reference).locator(f"[name={name}]")
    return str(radio.get_attribute("value"))


def test_a_view_is_saved_for_everybody(drew: Mouse, surname: str, new_visitor: Any) -> None:
    page, name = drew.page, f"Waiting, {surname}"
    drew.go("Leads")
    drew.act("summary", "Filters and order")
    drew.choose("#filter_status", "Open, all of them")
    drew.choose("#filter_response", "Waiting, in time")
    drew.press("button", "Show")
    drew.press("a", "Save this view")
    drew.write("#id_name", name)
    drew.act("[name=is_shared]")
    drew.press("main form button", "Save")
    drew.is_told("The view is saved.")
    other = new_visitor()
    tools.sign_in(other, SAM)
    other.goto("/admin/admissions/lead/")
    other.get_by_role("link", name=name).click()
    expect(other.locator(".desk-chips li")).to_have_count(2)
    other.get_by_role("link", name="Save this view").click()
    expect(other.locator("tr", has_text=name)).to_contain_text("Everybody")
    assert other.get_by_role("button", name=f"Delete {name}").count() == 0
    drew.press("a", "Save this view")
    drew.press("button", f"Delete {name}")
    drew.is_told("The view is deleted.")
    expect(page.locator("main")).not_to_contain_text(name)
