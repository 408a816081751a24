"""Helpers of the browser tests: axe, the watch over a context, sign-in, the keyboard."""

import re
import urllib.parse
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    ViewportSize,
)

from tests.server import PASSWORD

COORDINATOR = "pat@example.org"
WEATHER = "https://www.weather.gov/"  # where the link leads that leaves the site
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
NARROW: ViewportSize = {"width": 320, "height": 640}
WIDE: ViewportSize = {"width": 1280, "height": 800}

# The rules that size and colours decide; the others judge how a page is built.
BY_LOOKS = (
    "color-contrast",
    "link-in-text-block",
    "scrollable-region-focusable",
    "target-size",
)

_axe = Axe()
_CARD = re.compile(r"/admin/admissions/lead/\d+/card/\d+/$")
_LISTEN = """document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`policy: ${event.effectiveDirective} refused ${event.blockedURI} `
        + `${event.sourceFile || ''}:${event.lineNumber} ${event.sample}`))"""


class Watch:
    """Collects what must not happen in a context while its pages are open.

    A console error that only repeats the status of a page (422 for a form to mend) is none; a
    subresource with such a status is. Nor is one about a photo of a card, which nothing but its own
    policy is on: Chromium shows it in a page of its making, and tells what that may not do.
    """

    def __init__(self, context: BrowserContext, base_url: str, also: tuple[str, ...] = ()) -> None:
        """`also`: beginnings of addresses elsewhere that may be asked for."""
        self.faults: list[str] = []
        self._allowed = (base_url + "/", "about:", "data:", *also)
        context.add_init_script(_LISTEN)
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def _console(self, message: ConsoleMessage) -> None:
        repeated = message.text.startswith("Failed to load resource: the server responded")
        url = message.location.get("url", "")
        if message.type == "error" and not repeated and not _CARD.search(url):
            self.faults.append(f"console: {message.text} ({url})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self._allowed):
            self.faults.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.faults.append(f"{response.status} for {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


def axe(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """Return what axe finds on a page, one readable line for each element.

    The page's context must have `bypass_csp=True`: axe itself trips the policy. `only` leaves out
    all other rules.
    """
    if not page.evaluate("() => !!window.axe"):
        page.evaluate(_axe.axe_script)
    judged = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    options = {"runOnly": judged, "resultTypes": ["violations"], "preload": False}
    found = page.evaluate("async (o) => (await axe.run(o)).violations", options)
    return [
        f"{fault['id']}: {' '.join(map(str, node['target']))} {node['html'][:160]} "
        + re.sub(r"\s+", " ", node.get("failureSummary", ""))[:300]
        for fault in found
        for node in fault["nodes"]
    ]


def sign_in(page: Page, email: str = COORDINATOR) -> None:
    """Sign in to the desk through its page."""
    page.goto("/admin/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("/admin/")


def find_lead(page: Page, term: str) -> None:
    """Find leads by what is typed into the list's search box."""
    page.goto("/admin/admissions/lead/")
    page.locator("#searchbar").fill(term)
    page.locator("#searchbar").press("Enter")
    page.wait_for_url(re.compile(r"/lead/\?q="))


def fake_weather(page: Page) -> None:
    """Answer in place of the site that the link leads to which leaves ours."""
    page.route(
        f"{WEATHER}**",
        lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html"),
    )


def settle(page: Page) -> None:
    """Wait for two frames, so that a change of size or colours is painted."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def path_of(page: Page) -> str:
    return urllib.parse.urlsplit(page.url).path


# -- keyboard


def tab_to(page: Page, selector: str, text: str = "", most: int = 300, *, key: str = "Tab") -> None:
    """Press Tab until the element with the focus matches `selector` and holds `text`."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate(
            "([s, t]) => document.activeElement.matches(s)"
            " && document.activeElement.textContent.includes(t)",
            [selector, text],
        ):
            return
    raise AssertionError(f"{most} presses of {key} do not reach {selector} {text} on {page.url}")


def choose_by_keyboard(page: Page, text: str) -> None:
    """Choose in the select that has the focus by typing the start of an option."""
    page.keyboard.type(text)
    chosen = page.evaluate("() => document.activeElement.selectedOptions[0].text")
    assert chosen.startswith(text), chosen


def tab_stops(page: Page, most: int = 250) -> list[dict[str, Any]]:
    """Press Tab from the top of the page to its end and describe each element that gets the focus.

    `hidden` says what share of it lies under something fixed or out of the window.
    """
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_DESCRIBE_FOCUS)
        if stop is None or (stops and stop["first"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"{most} presses of Tab do not leave {page.url}")


_DESCRIBE_FOCUS = """() => {
  const el = document.activeElement;
  if (!el || el === document.body || el === document.documentElement) return null;
  window.__stops = window.__stops || new Set();
  const again = window.__stops.has(el);
  window.__stops.add(el);
  const style = getComputedStyle(el), box = el.getBoundingClientRect();
  const spots = [[.5,.5],[.1,.5],[.9,.5],[.5,.1],[.5,.9]];
  const seen = spots.filter(([x, y]) => {
    const hit = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return hit && (hit === el || el.contains(hit) || hit.contains(el)
      || (el.labels && [...el.labels].some((label) => label.contains(hit))));
  }).length;
  const lines = [...el.getClientRects()];
  const inView = lines.some((r) => r.bottom > 1 && r.top < innerHeight - 1);
  return {
    name: el.tagName.toLowerCase() + (el.id ? '#' + el.id : '') + ' '
      + (el.textContent || el.name || el.value || '').trim().replace(/\\s+/g, ' ').slice(0, 50),
    outline: style.outlineStyle, width: parseFloat(style.outlineWidth), shadow: style.boxShadow,
    y: box.top + scrollY, x: box.left, seen, inView, first: again,
  };
}"""

CLIPPED = """() => {
  const clips = (value) => value === 'hidden' || value === 'clip';
  const out = [];
  const cutters = [...document.querySelectorAll('body *:not(svg, svg *)')].filter((el) =>
    !el.closest('.visually-hidden, .table-scroll, .desk-scroll')
    && clips(getComputedStyle(el).overflowY));
  for (const el of document.querySelectorAll('body *')) {
    if (el.closest('svg, .visually-hidden, .table-scroll, .desk-scroll') || !el.checkVisibility())
      continue;
    const style = getComputedStyle(el);
    const field = ['INPUT', 'SELECT', 'TEXTAREA'].includes(el.tagName);
    const text = [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!text && !field) continue;
    const say = (why) => out.push(`${why}: ${el.tagName.toLowerCase()}.${el.className} `
      + (el.textContent || el.name || '').trim().slice(0, 40)
      + ` ${el.scrollWidth}x${el.scrollHeight} in ${el.clientWidth}x${el.clientHeight}`);
    if (field && el.type !== 'checkbox' && el.type !== 'radio') {
      if (el.clientHeight < parseFloat(style.fontSize)) say('too low');
      continue;
    }
    if (field || style.display === 'inline') continue;
    if (clips(style.overflowX) && el.scrollWidth > el.clientWidth + 1) say('cut at the side');
    if (clips(style.overflowY) && el.scrollHeight > el.clientHeight + 1) say('cut below');
    const box = el.getBoundingClientRect();
    if (box.right > innerWidth + 1 && !el.closest('[tabindex="0"]')) say('out at the side');
    const cut = cutters.find((one) => one !== el && one.contains(el)
      && box.bottom > one.getBoundingClientRect().bottom + 1);
    if (cut) say('cut by its box');
  }
  return out;
}"""


def sideways(page: Page) -> list[str]:
    """Return what makes a page scroll sideways, or nothing (scroll regions of their own aside)."""
    return page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.scrollingElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll('body *')].filter((el) =>
            !el.closest('.table-scroll, .desk-scroll, svg')
            && el.getBoundingClientRect().right > width + 1)
            .slice(0, 8).map((el) => `${el.tagName.toLowerCase()}.${el.className} reaches `
              + Math.round(el.getBoundingClientRect().right) + ' px: '
              + el.textContent.trim().slice(0, 40))
            .concat(`the page is ${document.scrollingElement.scrollWidth} px wide`);
        }"""
    )
