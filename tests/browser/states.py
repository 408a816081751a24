"""Every state of the public forms looked at once: empty, with all errors, taken, over, sent, …

One walk through all of them; what must hold for each is asked in `test_form_states`.
"""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser import forms, survey, tools
from tests.browser.forms import CONSULTATION, INSURANCE, PDF, PHOTO, STATUS, STEPS
from tests.server import Site


@dataclass
class State:
    """A page in one state. `mends` says of each link in the summary of errors where it leads."""

    name: str
    title: str
    built: dict[str, Any]
    form: list[str]  # what is built wrong in the form itself
    axe: dict[str, list[str]] = field(default_factory=dict)
    sideways: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)  # with text at 200 %
    wrong: bool = False
    focused: str = ""
    summary_is_first: bool = False
    has_call_bar: bool = False
    mends: list[dict[str, Any]] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)  # wrong inputs without their error


def look_at_all(browser: Browser, site: Site) -> list[State]:
    """Look at every state narrow by day and wide by night."""
    context = browser.new_context(base_url=site.url, bypass_csp=True, viewport=tools.NARROW)
    context.set_default_timeout(10_000)
    walk = _Walk(context.new_page(), site)
    for part in (walk.empty, walk.inquiry, walk.known, walk.unknown, walk.insurance, walk.ends):
        part()
    context.close()
    return walk.seen


class _Walk:
    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site
        self.seen: list[State] = []
        self.appointments: list[str] = []

    def look(self, name: str, *, wrong: bool = False) -> None:
        page = self.page
        page.wait_for_load_state()
        state = State(name, page.title(), page.evaluate(survey.BUILT), page.evaluate(_FORM))
        state.wrong, state.focused = wrong, page.evaluate("() => document.activeElement.id")
        state.has_call_bar = bool(page.locator(".call-bar").count())
        state.axe["light 320"] = tools.axe(page)
        state.sideways = tools.sideways(page)
        if wrong:
            state.mends = [self._follow(link) for link in page.locator(_MENDS).all()]
            state.unexplained = page.evaluate(_UNEXPLAINED)
            state.summary_is_first = page.evaluate(_SUMMARY_IS_FIRST)
        larger = page.add_style_tag(content="html { font-size: 200% !important }")
        page.set_viewport_size({"width": 640, "height": 800})
        tools.settle(page)
        state.cut = page.evaluate(tools.CLIPPED) + tools.sideways(page)
        larger.evaluate("(sheet) => sheet.remove()")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(tools.WIDE)
        tools.settle(page)
        state.axe["dark 1280"] = tools.axe(page)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(tools.NARROW)
        self.seen.append(state)

    def _follow(self, link: Any) -> dict[str, Any]:
        link.click()
        return link.evaluate(_REACHED)

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name).click()

    def follow(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def send_empty(self, name: str) -> None:
        forms.send_empty(self.page)
        self.look(f"{name}, sent empty", wrong=True)

    def choose(self, at: int = 0) -> str:
        return forms.choose_time(self.page, at)

    def take(self, starts_at: str) -> None:
        """Somebody else books a time meanwhile."""
        self.appointments.append(forms.book(self.site, starts_at, phone="207-555-0191"))

    def empty(self) -> None:
        """As they come, forms are in the survey of all pages."""
        for address in survey.FORMS:
            self.page.goto(address)
            self.send_empty(address.removeprefix("/admissions/"))

    def inquiry(self) -> None:
        self.page.goto(f"{forms.INQUIRY}myself/")
        forms.fill_inquiry(self.page, phone="207-555-0190")
        self.page.context.clear_cookies()
        forms.send(self.page)
        expect(self.page.locator("#problem")).to_be_visible()
        self.look("inquiry without its cookie")
        forms.send(self.page)
        forms.reference_on(self.page)
        self.look("inquiry sent")

    def known(self) -> None:
        """On from the confirmation of an inquiry to all that leads on from it."""
        confirmation = self.page.url
        self.press("Check your insurance")
        self.look("insurance known, who")
        forms.fill_step(self.page, "who", role=None, relationship=None)
        forms.send(self.page)
        self.look("insurance known, coverage")
        step = self.page.url
        self.press("Throw away")
        self.look("thrown away")
        self.page.goto(step)
        self.look("a link that works no longer")

        self.page.goto(confirmation)
        self.press("Book a time to talk")
        self.look("time known")
        self.send_empty("time known")
        time = self.choose(1)
        forms.send(self.page)
        self.look("you known")
        self.take(time)
        forms.send(self.page)
        expect(self.page.locator("#error-summary")).to_be_visible()
        self.look("you known, taken", wrong=True)
        self.page.locator("[name=other_time]").last.check()
        forms.send(self.page)
        forms.reference_on(self.page)
        self.look("consultation sent")

        self.follow("Move or cancel")
        self.look("appointment")
        self.follow("Move")
        self.look("move")
        self.take(self.choose(4))
        forms.send(self.page)
        expect(self.page.locator("#error-summary")).to_be_visible()
        self.look("move, taken", wrong=True)
        self.page.locator("main [name=starts_at]").first.check()
        forms.send(self.page)
        expect(self.page.locator("main")).to_contain_text("This was changed.")
        self.look("appointment, changed")
        self.follow("Cancel")
        self.look("cancel")
        self.press("Yes, cancel it")
        self.look("appointment, cancelled")
        self.page.goto(confirmation)
        self.press("I pay myself")
        forms.reference_on(self.page)
        self.look("estimate sent")

    def unknown(self) -> None:
        """A consultation of somebody who never wrote before, and where it stands."""
        self.page.goto(CONSULTATION)
        time = self.choose(7)
        forms.send(self.page)
        self.look("you")
        self.send_empty("you")
        self.take(time)
        forms.fill_who(self.page, phone="207-555-0192")
        forms.send(self.page)
        expect(self.page.locator("#error-summary")).to_be_visible()
        self.look("you, taken", wrong=True)
        self.page.locator("[name=other_time]").first.check()
        forms.send(self.page)
        reference, code = forms.reference_on(self.page), forms.code_on(self.page)
        self.page.goto(STATUS)
        forms.fill(self.page, {"reference": reference, "code": code})
        forms.send(self.page)
        expect(self.page.locator("main")).to_contain_text("Your appointment")
        self.look("status with an appointment")
        self.page.goto(f"{STATUS}nothing/")
        self.look("status, ran out")

    def insurance(self) -> None:
        self.page.goto(INSURANCE)
        for step in STEPS[:-1]:
            if step != "who":
                self.look(f"insurance {step}")
            if step == "photos":
                forms.fill_step(self.page, step)
                self.page.locator("[name=back]").set_input_files(PDF)
            if step != "who":
                self.send_empty(f"insurance {step}")
            forms.fill_step(self.page, step, **({"member_id": ""} if step == "coverage" else {}))
            if step == "photos":
                self.page.locator("[name=front]").set_input_files(PHOTO)
            forms.send(self.page)
        self.page.wait_for_url("**/check/")
        self.look("insurance check")
        check = self.page.url
        self.follow("Change Photos of the card")
        self.look("insurance photos, with one")
        self.press("Remove front.jpg")
        self.page.goto(check)
        self.look("insurance check, no card")
        self.send_empty("insurance check")
        self.follow("Change What is on the card?")
        self.page.locator("[name=member_id]").fill("12O")
        forms.send(self.page)
        self.page.wait_for_url(check)
        self.look("insurance check, with hints")
        forms.fill_step(self.page, "check")
        forms.send(self.page)
        forms.reference_on(self.page)
        self.look("insurance sent")

        other = self.page.context.new_page()
        forms.until(other, "coverage")
        self.page.goto(other.url)
        other.locator("main").get_by_role("button", name="Throw away").click()
        other.wait_for_url("**/discarded/")
        other.close()
        forms.fill_step(self.page, "coverage")
        forms.send(self.page)
        expect(self.page.locator("#problem")).to_be_visible()
        self.look("insurance coverage, thrown away meanwhile")

    def ends(self) -> None:
        """What time brings about: appointments that have begun or are over, and none on offer."""
        now, over = (one.rstrip("/").rpartition("/")[2] for one in self.appointments[:2])
        _run(
            self.site,
            "from datetime import timedelta as t; from django.utils import timezone",
            "from admissions.models import Availability, Consultation; now = timezone.now()",
            "from admissions.booking import by_token",
            "m = lambda token, at: Consultation.objects.filter(pk=by_token(token).pk)"
            ".update(starts_at=at, ends_at=at + t(minutes=30))",
            f"m({now!r}, now - t(minutes=5)); m({over!r}, now - t(hours=5))",
            "Availability.objects.update(valid_until=now - t(days=9))",
        )
        self.page.goto(self.appointments[0])
        self.look("appointment, begun")
        self.page.goto(self.appointments[1])
        self.look("appointment, over")
        self.page.goto(CONSULTATION)
        self.look("no time on offer")
        _run(
            self.site,
            "from admissions.models import Availability",
            "Availability.objects.update(valid_until=None)",
        )
        self.page.goto("/admissions/appointment/nothing/")
        self.look("an appointment that is not there")


def _run(site: Site, *lines: str) -> None:
    site.manage("shell", "--verbosity", "0", "-c", "\n".join(lines))


_MENDS = "#error-summary a[href^='#']"
_REACHED = """(link) => {
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const box = target?.getBoundingClientRect();
  const field = target?.closest('.field');
  return { text: link.textContent, focused: document.activeElement === target,
    inView: !!box && box.bottom > 0 && box.top < innerHeight,
    atField: field?.querySelector('.error-text')?.textContent || '' };
}"""
_SUMMARY_IS_FIRST = """() => !!(document.querySelector('#error-summary')
  .compareDocumentPosition(document.querySelector('h1')) & Node.DOCUMENT_POSITION_FOLLOWING)"""
_UNEXPLAINED = """() => [...document.querySelectorAll('[aria-invalid=true]')].filter((el) =>
  !(el.getAttribute('aria-describedby')
    || el.closest('fieldset[aria-describedby]')?.getAttribute('aria-describedby') || '')
    .split(' ').some((id) => document.getElementById(id)?.className === 'error-text'))
  .map((el) => el.name)"""
_FORM = """() => {
  const out = [], form = document.querySelector('main form[novalidate]');
  if (!form) return [...document.querySelectorAll('main input:not([type=hidden])')].map(
    (el) => `${el.name} in a form that the browser judges`);
  const seen = 'input:not([type=hidden], [name=subject]), select, textarea';
  for (const el of form.querySelectorAll(seen)) {
    const label = [...el.labels].map((one) => one.textContent.trim()).join('');
    if (el.labels.length !== 1 || !label) out.push(`${el.name}: ${el.labels.length} labels`);
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
  if (form.innerText.includes('*')) out.push('an asterisk');
  return out;
}"""
