"""The desk's pages: what axe says, what the policy says, what the keyboard reaches."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, resolve, reverse
from playwright.sync_api import Page, expect

from admissions.admin.lead import LeadAdmin
from admissions.admin.pages import desk_pages
from admissions.models import Lead
from tests.admissions.card_files import photo
from tests.browser import forms, survey, tools
from tests.factories import inquiry_post, insurance_step
from tests.server import PASSWORD, Site, Visitor

# Links to nothing that the stock script makes work.
STOCK = ('<a role="button" href="#"', '<a href="#" class="button cancel-link"')
PHONE = "207-555-0171"
OURS = "/admin/admissions/lead/"
# Pages without an id, beside the desk's own and the list of each model.
MORE = [
    "/admin/",
    "/admin/launch/",
    "/admin/password_change/",
    "/admin/admissions/",
    "/admin/admissions/lead/?status=new&order=next",
    "/admin/admissions/lead/?last=1",
    "/admin/admissions/lead/?held=yes",
    "/admin/admissions/lead/?q=207",
    "/admin/admissions/lead/views/?status=open&owner=me",
    "/admin/admissions/consultation/?when=to-come",
    "/admin/admissions/noticepreference/mine/",
    "/admin/reports/?period=own",
    "/admin/admissions/availability/add/",
    "/admin/admissions/availabilityexception/add/",
    "/admin/admissions/closedday/add/",
    "/admin/admissions/referralsource/add/",
    "/admin/admissions/workinghours/add/",
    "/admin/content/image/add/",
    "/admin/auth/user/add/",
    "/admin/account/password/change/",
    "/admin/account/second-factor/",
    "/admin/account/second-factor/totp/activate/",
    "/admin/account/sessions/",
]
STOCK_PAGES = ("_changelist", "_add", "_list", "password_change")
# The lists of which one row is opened.
OPENED = [
    "/admin/admissions/consultation/",
    "/admin/admissions/consent/",
    "/admin/admissions/availability/",
    "/admin/admissions/bookingrules/",
    "/admin/auth/user/",
    "/admin/content/article/",
    "/admin/content/source/",
    "/admin/programs/providerprofile/",
]
# What is no page: it is sent to, or answers with something else.
NO_PAGES = {
    "end_absence",
    "merge_undo",
    *(
        f"admissions_lead_{name}"
        for name in "act add card delete presence reveal search view_delete".split()
    ),
}


@pytest.fixture(scope="module")
def reference(site: Site) -> str:
    """A lead with photos of a card, with a consultation to come and one that is over."""
    visitor = Visitor(site)
    visitor.get(forms.INSURANCE)
    for step in ("who", "reach", "coverage", "subscriber"):
        visitor.post("", insurance_step(step, phone=PHONE if step == "reach" else None))
    visitor.post("", {}, {"front": ("1.jpg", photo()), "back": ("2.png", photo("PNG"))})
    visitor.post("", insurance_step("check"))
    confirmation, shown = visitor.url, visitor.body
    for at in (25, 30):
        visitor.get(confirmation)
        forms.lead_on(visitor, "consultation")
        times = re.findall(r'name="starts_at" value="([^"]+)"', visitor.body)
        visitor.post("", {"starts_at": times[at], "channel": "video"})
        visitor.post("", {"send": "yes"})
        assert "/admissions/sent/" in visitor.url, visitor.body
        if at == 25:
            site.manage(
                "shell",
                "-c",
                "from datetime import timedelta; from django.utils import timezone;"
                "from admissions.models import Consultation;"
                "at = timezone.now() - timedelta(days=1);"
                "one = Consultation.objects.order_by('pk').last();"
                "one.starts_at, one.ends_at = at, at + timedelta(minutes=30); one.save()",
            )
    found = re.search(r'class="reference"><bdi>(\w+)</bdi>', shown)
    assert found
    return found.group(1)


@pytest.fixture(scope="module")
def of_a_lead(site: Site, reference: str) -> dict[str, str]:
    """The addresses of the desk's pages about that lead, checked and with an estimate, by name."""
    post = inquiry_post(idempotency_key=None, email=None, phone=PHONE, first_name="Ivo")
    other = forms.ask(site, post)
    visitor = Visitor(site)
    visitor.get("/admin/login/")
    visitor.post("", {"login": tools.COORDINATOR, "password": PASSWORD})

    def address(name: str, *ids: str) -> str:
        return reverse(f"admin:{name}", args=ids)

    def number_of(lead: str) -> str:
        visitor.get(OURS)
        visitor.post(f"{OURS}search/", {"q": lead})
        return found(r'<th scope="row"><a href="/admin/admissions/lead/(\d+)/change/">')

    def found(pattern: str) -> str:
        match = re.search(pattern, visitor.body)
        assert match, f"{visitor.status} {visitor.url}"
        return match.group(1)

    lead, second = number_of(reference), number_of(other)
    visitor.get(address("verification_result", lead))
    said = {"active": "yes", "network": "in", "deductible": "1500", "authorization": "no"}
    copays = dict.fromkeys(re.findall(r'name="(copay_[^"]+)"', visitor.body), "30")
    visitor.post("", {**said, **copays, "outcome": "verified_viable"})
    result = found(r"/verification/(\d+)/benefits/")
    visitor.get(address("write_estimate", lead))
    line = {"what_0": "Group session", "count_0": "24", "price_0": "250"}
    head = {"patient_name": "Avery Quill", "service": "Program", "period": "8 weeks"}
    visitor.post("", {**head, **line})
    return {
        "admissions_lead_change": address("admissions_lead_change", lead),
        "admissions_lead_print": address("admissions_lead_print", lead),
        "verification_result": address("verification_result", lead),
        "benefits_summary": address("benefits_summary", result),
        "write_estimate": address("write_estimate", lead),
        "accounting": address("accounting", lead),
        "personal_copy": address("personal_copy", lead),
        "estimate": visitor.url.removeprefix(site.url),
        "merge_find": f"{address('merge_find', lead)}?reference=nobody",
        "merge_leads": address("merge_leads", lead, second),
    }


def without_id() -> Iterator[str]:
    """Yield the desk's own pages that take no id, and the list of each model."""
    for pattern in desk_pages(admin.site):
        try:
            yield reverse(f"admin:{pattern.name}")
        except NoReverseMatch:
            continue
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture(scope="module")
def pages(of_a_lead: dict[str, str]) -> list[str]:
    """Every page of the desk that has an address known beforehand."""
    return list(dict.fromkeys([*without_id(), *MORE, *of_a_lead.values()]))


def first_link(page: Page, address: str) -> str:
    page.goto(address)
    return str(page.locator("#result_list tbody th a").first.get_attribute("href"))


def opened(page: Page, pages: list[str]) -> list[str]:
    """Return the addresses with one row of each list."""
    return [*pages, *(first_link(page, address) for address in OPENED)]


@pytest.mark.usefixtures("browser")  # beside the others, with whom it shares what is made once
def test_no_page_of_the_desk_is_left_out(pages: list[str]) -> None:
    own = [*desk_pages(admin.site), *LeadAdmin(Lead, admin.site).get_urls()]
    names = {str(one.name) for one in own if one.name}
    looked_at = {resolve(address.partition("?")[0]).url_name for address in pages}
    assert names - NO_PAGES == names & looked_at


def test_axe_finds_nothing_on_the_desk(
    new_visitor: Any, administrator: Any, pages: list[str]
) -> None:
    page = new_visitor(
        storage_state=administrator,
        bypass_csp=True,
        reduced_motion="reduce",  # the stock colours fade in
        viewport=tools.WIDE,
    )
    findings = []
    for address in opened(page, pages):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(tools.WIDE)
        page.goto(address)
        page.evaluate("() => document.querySelectorAll('details').forEach((el) => el.open = true)")
        findings += [f"{address} light 1280 {one}" for one in tools.axe(page)]
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 320, "height": 800})
        tools.settle(page)
        findings += [f"{address} dark 320 {one}" for one in tools.axe(page, tools.BY_LOOKS)]
    assert not findings, f"{len(findings)}\n" + "\n".join(findings)


def look(page: Page, where: str) -> list[str]:
    """Return what is wrong with a page as it stands: how it is built, and in both colours."""
    expect(page.locator(".errornote, .messagelist, .desk-suspect").first).to_be_visible()
    page.evaluate("() => document.querySelectorAll('details').forEach((el) => el.open = true)")
    page.set_viewport_size(tools.WIDE)
    page.emulate_media(color_scheme="light")
    tools.settle(page)
    built = page.evaluate(survey.BUILT)
    found = built["dangling"] + built["doubled"] + tools.axe(page)
    page.set_viewport_size(tools.NARROW)
    page.emulate_media(color_scheme="dark")
    tools.settle(page)
    found += tools.axe(page, tools.BY_LOOKS) + tools.sideways(page)
    return [f"{where}: {one}" for one in found]


def test_axe_finds_nothing_where_a_lead_page_shows_what_to_mend(
    new_visitor: Any, signed_in: Any, of_a_lead: dict[str, str]
) -> None:
    page = new_visitor(storage_state=signed_in, bypass_csp=True, reduced_motion="reduce")
    findings = []
    for action, fields in (
        ("attempt", ["attempt_result"]),
        ("close", ["close_reason"]),
        ("rebook", ["rebook_starts_at"]),
        ("withdraw", ["withdraw_topics", "withdraw_channel"]),
    ):
        page.goto(of_a_lead["admissions_lead_change"])
        page.evaluate("() => document.querySelectorAll('details').forEach((el) => el.open = true)")
        page.locator(f"form[action$='/{action}/'] button").click()
        for field in fields:
            expect(page.locator(f"[id='id_{field}_error']")).to_be_visible()
        findings += look(page, action)
    # Saved on an older version: what changed, and what differs.
    page.goto(of_a_lead["admissions_lead_change"])
    page.evaluate("""() => {
        document.querySelector('#details').open = true;
        for (const name of ['version', 'seen'])
            document.querySelector(`#details [name=${name}]`).value = 1;
        document.querySelector('#id_details_good_times').value = 'Evenings';
    }""")
    page.get_by_role("button", name="Save the details").click()
    expect(page.get_by_role("heading", name="Changed while you had it open")).to_be_visible()
    findings += look(page, "stale")
    assert not findings, "\n".join(findings)


def test_axe_finds_nothing_where_other_pages_show_what_to_mend(
    new_visitor: Any, administrator: Any, of_a_lead: dict[str, str]
) -> None:
    page = new_visitor(storage_state=administrator, bypass_csp=True, reduced_motion="reduce")
    findings = []
    for address in (
        of_a_lead["verification_result"],
        of_a_lead["write_estimate"],
        reverse("admin:phone_desk"),
        reverse("admin:export_leads"),
        reverse("admin:absences"),
        "/admin/admissions/lead/views/?status=open",
    ):
        page.goto(address)
        for empty in page.locator("main form #id_since, main form [id$=patient_name]").all():
            empty.fill("")
        page.locator("main form button.default").click()
        findings += look(page, address)
    page.goto(reverse("admin:phone_desk"))
    page.locator("#id_phone").fill(PHONE)
    page.get_by_role("button", name="Look whether we know them").click()
    findings += look(page, "somebody we know")
    assert not findings, "\n".join(findings)


def test_what_one_is_told_of_is_saved_or_says_what_to_mend(
    new_visitor: Any, signed_in: Any
) -> None:
    page = new_visitor(storage_state=signed_in, bypass_csp=True, reduced_motion="reduce")
    page.goto("/admin/")
    page.get_by_role("link", name="My notices").click()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_role("button", name="Save").click()
    error = page.locator("#id_quiet_until_error")
    expect(error).to_have_text("Give both times, or none.")
    findings = []
    for colours, size in (("light", tools.NARROW), ("dark", tools.WIDE)):
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size(size)
        tools.settle(page)
        findings += tools.axe(page) + tools.sideways(page)
    assert not findings, "\n".join(findings)
    page.get_by_label("Quiet until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("What you are told is saved.")
    expect(page.get_by_label("Quiet from")).to_have_value("22:00")


def test_a_photo_of_the_card_opens_beside_the_lead(
    new_visitor: Any,
    signed_in: Any,
    administrator: Any,
    reference: str,
    of_a_lead: dict[str, str],
) -> None:
    page = new_visitor(storage_state=signed_in)
    page.goto(of_a_lead["admissions_lead_change"])
    expect(page.locator("main")).to_contain_text("Who opens one is recorded.")
    for side in ("Front", "Back"):
        link = page.get_by_role("link", name=side, exact=True)
        answer = page.request.get(str(link.get_attribute("href")))
        assert answer.headers["content-type"] == "image/jpeg"
        assert "no-store" in answer.headers["cache-control"]
    with page.context.expect_page() as opened:
        link.click()
    shown = opened.value
    shown.wait_for_load_state()
    assert shown.evaluate("() => document.images[0].naturalWidth") > 300
    shown.close()
    page = new_visitor(storage_state=administrator)
    page.goto(f"/admin/audit/?lead={reference}")
    expect(page.locator(".desk-audit")).to_contain_text("Card photo opened")


def test_filters_are_one_jump_away(desk: Page) -> None:
    desk.goto("/admin/admissions/consultation/")
    tools.tab_to(desk, "a", "Skip to filters", most=30)
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("() => !!document.activeElement.closest('#changelist-filter')")


def test_axe_finds_nothing_on_the_sign_in_page(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True, reduced_motion="reduce")
    findings = []
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        page.goto("/admin/login/")
        findings += tools.axe(page)
        page.get_by_label("E-mail").fill("nobody")
        page.get_by_label("Password", exact=True).fill("nothing")
        page.get_by_role("button", name="Sign in", exact=True).click()
        findings += [f"wrong password: {one}" for one in tools.axe(page)]
    assert not findings, "\n".join(findings)


def test_the_desk_keeps_to_the_policy(
    new_visitor: Any, administrator: Any, pages: list[str]
) -> None:
    """The watch over the page judges; here the pages are opened and used."""
    page = new_visitor(storage_state=administrator)
    for address in opened(page, pages):
        page.goto(address)
        closed = page.locator("details:not([open]) > summary:visible")
        while closed.count():
            closed.first.click()
        for opener in page.locator("a[id^=calendarlink]").all()[:1]:
            opener.click()
            page.keyboard.press("Escape")


def test_the_desk_is_well_built(new_visitor: Any, administrator: Any, pages: list[str]) -> None:
    """As the server sends it: what the stock script adds (a calendar) is not looked at."""
    page = new_visitor(storage_state=administrator, java_script_enabled=False)
    findings = []
    for address in opened(page, pages):
        page.goto(address)
        built = page.evaluate(survey.BUILT)
        for what in ("doubled", "dangling", "inline", "outside"):
            findings += [
                f"{address} {what}: {one}"
                for one in built[what]
                if not any(stock in one for stock in STOCK)
            ]
        if [level for level, _text in built["headings"]].count(1) != 1:
            findings.append(f"{address} {built['headings']}")
    assert not findings, "\n".join(findings)


def test_focus_is_seen_on_the_lead_page_and_the_queue(
    new_visitor: Any, signed_in: Any, of_a_lead: dict[str, str]
) -> None:
    page = new_visitor(storage_state=signed_in, viewport=tools.WIDE)
    findings = []
    for address in ("/admin/", of_a_lead["admissions_lead_change"]):
        page.goto(address)
        for stop in tools.tab_stops(page, most=600):
            if stop["outline"] == "none" and stop["shadow"] == "none":
                findings.append(f"{address} {stop['name']}: no outline")
            if not stop["seen"] or not stop["inView"]:
                findings.append(f"{address} {stop['name']}: covered or out of view")
    assert not findings, "\n".join(findings)


def test_the_desk_has_no_sideways_scroll_at_320_px(
    new_visitor: Any, administrator: Any, pages: list[str]
) -> None:
    """But for the stock lists and forms."""
    page = new_visitor(storage_state=administrator, viewport=tools.NARROW)
    findings = []
    for address in pages:
        if not resolve(address.partition("?")[0]).url_name.endswith(STOCK_PAGES):
            page.goto(address)
            findings += [f"{address} {one}" for one in tools.sideways(page)]
    assert not findings, "\n".join(findings)


def test_the_skip_link_of_the_desk_is_first_and_works(desk: Page) -> None:
    desk.goto("/admin/")
    desk.keyboard.press("Tab")
    first = desk.locator(":focus")
    expect(first).to_have_text("Skip to main content")
    expect(first).to_be_in_viewport()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("() => !!document.activeElement.closest('#main')")
