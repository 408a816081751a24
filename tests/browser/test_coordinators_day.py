"""A coordinator's day at the desk: by mouse, by keyboard alone, and without scripts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import forms, tools
from tests.browser.hands import Keyboard, Mouse
from tests.factories import inquiry_post
from tests.server import Site

QUINN, ROBIN = "quinn@example.org", "robin@example.org"
WAYS: dict[str, tuple[type[Mouse], bool, str]] = {  # the hand, scripts, a surname of its own
    "mouse": (Mouse, True, "Quillfeather"),
    "keyboard": (Keyboard, True, "Thistledown"),
    "without-script": (Mouse, False, "Marshwillow"),
}


@dataclass
class Day:
    """Whose day it is: the hand, the name and the phone of whom they talk with."""

    hand: Mouse
    surname: str
    phone: str
    asked_for: list[str]  # every address that the page has asked for

    @property
    def page(self) -> Page:
        return self.hand.page


@pytest.fixture(scope="module", autouse=True)
def staff(site: Site) -> None:
    """Quinn, whose day it is, and a colleague."""
    for email in (QUINN, ROBIN):
        site.manage("create_staff", email, "--role", "coordinator")


@pytest.fixture(params=WAYS)
def day(request: pytest.FixtureRequest, new_visitor: Callable[..., Page]) -> Day:
    hand, scripts, surname = WAYS[request.param]
    page = new_visitor(java_script_enabled=scripts, viewport=tools.WIDE)
    asked_for: list[str] = []
    page.on("request", lambda one: asked_for.append(one.url))
    phone = f"978-555-01{30 + list(WAYS).index(request.param)}"
    return Day(hand(page), surname, phone, asked_for)


def ask(site: Site, form: str = "inquiry/myself", **changes: str) -> str:
    post = inquiry_post(idempotency_key=None, email=None, **changes)
    return forms.ask(site, post, form=form)


def long_overdue(site: Site, *references: str) -> None:
    """Let the promise of a call have run out long ago, before any other's."""
    site.manage(
        "shell",
        "-c",
        "from datetime import timedelta; from django.utils import timezone;"
        "from admissions.models import Lead; then = timezone.now() - timedelta(days=400);"
        f"Lead.objects.filter(reference__in={references!r}).update("
        "received_at=then, respond_by=then)",
    )


def test_a_day_from_the_first_call_to_the_last(day: Day, site: Site) -> None:
    first = ask(site, phone=day.phone, first_name="Juno", last_name=day.surname)
    pays = ask(site, "estimate", phone=day.phone.replace("978", "351"), last_name=day.surname)
    long_overdue(site, first)
    day.hand.sign_in(QUINN)
    who_waits_longest_is_claimed_and_called(day, first)
    the_plan_is_asked(day, first)
    the_estimate_is_written_and_delivered(day, pays)
    a_call_is_taken(day, first)
    both_are_found_again(day, first, pays)
    the_lead_is_handed_over(day, first)
    quinn_goes_and_comes_back(day)
    for words in (day.surname, day.surname[:6], day.phone, day.phone[-4:], "Juno"):
        assert not [one for one in day.asked_for if words.lower() in one.lower()]


def who_waits_longest_is_claimed_and_called(day: Day, reference: str) -> None:
    page, hand = day.page, day.hand
    overdue = "[aria-labelledby=section-overdue]"
    row = page.locator(f"section{overdue} tbody tr").first
    expect(row.locator("th a")).to_have_text(reference)
    assert day.surname not in page.content(), "the queue names nobody"
    hand.press(f"{overdue} button", f"Claim {reference}")
    hand.is_told("This lead is yours.")
    expect(row).to_contain_text(QUINN)
    hand.press(f"{overdue} a", f"Called {reference}")
    expect(page.locator("h1")).to_have_text(f"Lead {reference}")
    expect(page.locator(".desk-safe")).to_contain_text("NO voicemail")
    expect(page.locator(".desk-safe")).to_contain_text(day.surname)
    # Two clicks: what happened, and the button. The next step comes with it.
    hand.pick("#attempt [name=result]", "talked")
    hand.press("#attempt button", "Log it")
    hand.is_told("The attempt is logged.")
    expect(page.locator("#next time").first).to_be_visible()
    hand.press("#move button", "Contacted")
    expect(page.locator(".desk-lead > .desk-state strong").first).to_have_text("Contacted")
    hand.write("#id_note_text", "Asked for the evening track.")
    hand.press("button", "Keep the note")
    expect(page.locator(".desk-timeline")).to_contain_text("Asked for the evening track.")


def the_plan_is_asked(day: Day, reference: str) -> None:
    page, hand = day.page, day.hand
    hand.act("#insurance summary", "Ask for a check, or none")
    hand.choose("#id_verification_to", "Requested")
    hand.press("#insurance button", "Set it")
    hand.go("Insurance checks")
    hand.press("button", f"Take {reference}")
    hand.is_told("This insurance check is yours.")
    expect(page.locator("tr", has_text=reference)).to_contain_text(QUINN)
    hand.press("a.button", f"Result {reference}")
    hand.choose("#id_result_active", "Active")
    hand.choose("#id_result_network", "In network")
    hand.write("#id_result_deductible", "$1,500")
    hand.write("#id_result_call_reference", "C-1742")
    hand.pick("[name=outcome]", "verified_viable")
    hand.press("button", "Keep the result")
    hand.is_told("Nothing was saved. Please look at the marked fields.")
    expect(page.locator("#id_result_authorization_error")).to_be_visible()
    expect(page.locator("#id_result_call_reference")).to_have_value("C-1742")
    hand.choose("#id_result_authorization", "Not needed")
    hand.write("tr:has(.desk-flag) [name^=copay_]", "30")
    hand.press("button", "Keep the result")
    hand.is_told("The result is kept.")
    expect(page.locator("#insurance > .desk-state")).to_contain_text("Verified, viable")
    hand.press("#insurance a", "Summary for the family, to print")
    expect(page.locator("h1")).to_have_text("What your insurance plan told us")
    expect(page.locator("article")).to_contain_text("$1,500")
    expect(page.locator("article")).to_contain_text("This is not a promise that the plan will pay.")


def the_estimate_is_written_and_delivered(day: Day, reference: str) -> None:
    page, hand = day.page, day.hand
    hand.go("Insurance checks")
    hand.press("a.button", f"Write it {reference}")
    hand.write("#id_estimate_period", "8 weeks, 3 days a week")
    for name, words in (("what", "Group session"), ("count", "24"), ("price", "250")):
        hand.write(f"#id_estimate_{name}_0", words)
    hand.press("button", "Keep the estimate")
    hand.is_told("The estimate is kept.")
    expect(page.locator("tfoot")).to_contain_text("$6,000")
    hand.press(".breadcrumbs a", reference)
    hand.choose("#id_delivered_how", "By letter")
    hand.press("#insurance button", "Record the delivery")
    hand.is_told("The delivery of the estimate is recorded.")
    expect(page.locator("#insurance")).to_contain_text("By letter")


def a_call_is_taken(day: Day, known: str) -> None:
    """Somebody calls from the phone of a lead; they are somebody else."""
    page, hand = day.page, day.hand
    hand.go("Phone call")
    hand.choose("#id_source", "Phone")
    hand.pick("[name=for_whom]", "self")
    hand.write("#id_first_name", "Basil")
    hand.write("#id_last_name", day.surname)
    hand.write("#id_phone", day.phone)
    hand.press("button", "Look whether we know them")
    found = page.locator("section", has=page.get_by_role("heading", name="Perhaps we know them"))
    expect(found).to_contain_text(known)
    hand.pick("[name=preferred_channel]", "phone")
    hand.choose("#id_age_band", "26")
    hand.press("button", "Save all the same")
    hand.is_told("Nothing was saved. Please look at the marked fields.")
    expect(page.locator("#id_first_name")).to_have_value("Basil")
    for topic in ("contact", "privacy_notice"):
        hand.act(f"[name=agree_{topic}]")
    hand.press("button", "Save all the same")
    hand.is_told("Saved. Their reference, to tell them:")
    assert known not in page.locator("h1").inner_text()
    expect(page.locator("#owner")).to_contain_text("This lead is yours.")
    expect(page.locator(".desk-alert")).to_contain_text(known)


def both_are_found_again(day: Day, first: str, pays: str) -> None:
    page, hand = day.page, day.hand
    hand.go("Leads")
    for words in (day.phone[-4:], day.surname[:6].lower()):
        hand.write("#searchbar", words)
        hand.press("[type=submit][value=Find]")
        expect(page.locator("#searchbar")).to_have_value(words)
        for reference in (first, pays):
            expect(page.locator("#result_list")).to_contain_text(reference)
    hand.press("#result_list a", first)


def the_lead_is_handed_over(day: Day, reference: str) -> None:
    page, hand = day.page, day.hand
    hand.act("#owner summary", "Hand over")
    hand.choose("#id_handover_to", ROBIN)
    hand.press("#owner form[action*=handover] button")
    hand.is_told("Nothing was saved. Please look at the marked fields.")
    expect(page.locator("#id_handover_note_error")).to_be_visible()
    hand.write("#id_handover_note", "Wants evenings. Call on Monday.")
    hand.press("#owner form[action*=handover] button")
    hand.is_told("The lead is handed over, with your note.")
    expect(page.locator("#owner")).to_contain_text(ROBIN)
    expect(page.locator(".desk-timeline")).to_contain_text("Wants evenings. Call on Monday.")


def quinn_goes_and_comes_back(day: Day) -> None:
    page, hand = day.page, day.hand
    hand.go("Who is away")
    hand.date("#id_until", date.today() + timedelta(days=7))
    hand.press("button", "Mark as away")
    hand.is_told("Marked. Open leads are offered to others on those days.")
    row = page.locator("tbody tr", has_text=QUINN)
    expect(row).to_have_count(1)
    hand.press("button", f"Back today {QUINN}")
    hand.is_told("They are marked as back.")
    expect(row).to_have_count(0)
    hand.press("#logout-form button")
    page.goto("/admin/")
    assert tools.path_of(page) == "/admin/account/login/"


def test_who_saves_second_sees_what_changed_and_loses_nothing(
    day: Day, site: Site, new_visitor: Any
) -> None:
    reference = ask(site, phone=day.phone.replace("978", "413"), last_name=day.surname)
    page, hand = day.page, day.hand
    hand.sign_in(QUINN)
    open_lead(page, reference)
    other = new_visitor()
    tools.sign_in(other, ROBIN)
    open_lead(other, reference)
    expect(other.locator(".desk-looking")).to_contain_text(f"{QUINN} has this lead open too")
    other.get_by_text("Correct or complete the details").click()
    other.get_by_label("Good times").fill("Mornings")
    other.get_by_role("button", name="Save the details").click()
    expect(other.locator(".messagelist")).to_contain_text("The details are saved.")

    hand.act("#details > summary")
    hand.write("#id_details_good_times", "Evenings, after six")
    hand.press("#details button", "Save the details")
    changed = page.locator("section", has=page.get_by_text("Changed while you had it open"))
    expect(changed).to_contain_text(ROBIN)
    row = page.locator("#details tbody tr", has_text="Good times")
    expect(row.locator("td")).to_have_text(["Evenings, after six", "Mornings"])
    expect(page.locator("#id_details_good_times")).to_have_value("Evenings, after six")
    hand.press("#details button", "Save the details")
    hand.is_told("The details are saved.")
    expect(page.locator(".desk-safe > dl")).to_contain_text("Evenings, after six")


def open_lead(page: Page, reference: str) -> None:
    tools.find_lead(page, reference)
    page.get_by_role("link", name=reference, exact=True).click()
    expect(page.locator("h1")).to_have_text(f"Lead {reference}")
