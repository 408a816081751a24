"""One look at every public page: what axe says, how it is built, what it asks for."""

import gzip
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser import tools

NOT_THERE = "/no-such-page/"
SEARCH = "/search/?q=insurance"
# The page with the doors leads to forms, and is none.
DOORS = "/admissions/inquiry/"
FORMS = [
    "/admissions/inquiry/myself/",
    "/admissions/inquiry/someone/",
    "/admissions/inquiry/professional/",
    "/admissions/estimate/",
    "/admissions/insurance/",
    "/admissions/consultation/",
    "/admissions/status/",
]
# Forms that keep nothing: their page is only read, but it has the script of forms.
GUIDE = "/programs/which-level/"
WITH_SCRIPT = [DOORS, *FORMS, GUIDE]
# One page of each template is looked at in all four combinations of size and colours.
TEMPLATES = [
    "/",
    "/about/",
    "/articles/",
    "/articles/guide-to-iop-in-massachusetts/",
    "/articles/topics/starting/",
    "/contact/",
    "/faq/",
    "/get-help-now/",
    "/glossary/",
    "/team/",
    "/programs/",
    "/programs/intensive-outpatient/",
    "/programs/levels-of-care/",
    "/programs/how-it-works/",
    "/programs/schedule/",
    "/programs/components/",
    "/programs/components/group-therapy/",
    "/programs/tracks/",
    "/programs/tracks/adult/",
    GUIDE,
    SEARCH,
    DOORS,
    "/admissions/inquiry/someone/",
    "/admissions/insurance/",
    "/admissions/consultation/",
    "/admissions/status/",
    NOT_THERE,
]
# The layouts that differ most, for what takes many presses of a key.
LAYOUTS = [
    "/",
    "/faq/",
    "/programs/levels-of-care/",
    "/programs/tracks/adult/",
    "/admissions/inquiry/someone/",
    "/admissions/consultation/",
]


@dataclass
class Seen:
    """A page as it was seen: `built` is what `BUILT` returns, `axe` has a list for each look."""

    address: str
    built: dict[str, Any]
    axe: dict[str, list[str]] = field(default_factory=dict)
    sideways: list[str] = field(default_factory=list)


@dataclass
class Visit:
    """A first visit: addresses asked for, bytes on the wire with compression, cookies, status."""

    address: str
    status: int
    requests: list[str]
    sizes: dict[str, int]
    cookies: list[str]
    faults: list[str]

    @property
    def total(self) -> int:
        return sum(self.sizes.values())


def addresses(url: str) -> list[str]:
    with urllib.request.urlopen(url + "/sitemap.xml", timeout=20) as answer:
        found = re.findall(r"<loc>([^<]+)</loc>", answer.read().decode())
    listed = [urllib.parse.urlsplit(one).path for one in found]
    return [*listed, *(one for one in [DOORS, *FORMS, SEARCH, NOT_THERE] if one not in listed)]


def look_at_all(browser: Browser, base_url: str, addresses: list[str]) -> list[Seen]:
    """Look at every page narrow by day and wide by night, one of each template in all four ways.

    On the second look at a page whose template is looked at in full, axe judges only what size
    and colours decide.
    """
    context = browser.new_context(base_url=base_url, bypass_csp=True, viewport=tools.NARROW)
    page = context.new_page()
    found = [_look(page, address) for address in addresses]
    context.close()
    return found


def _look(page: Page, address: str) -> Seen:
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(tools.NARROW)
    page.goto(address)
    one = Seen(address, page.evaluate(BUILT))
    one.sideways = tools.sideways(page)
    one.axe["light 320"] = tools.axe(page)
    looks = [("dark", tools.WIDE)]
    if address in TEMPLATES:
        looks += [("light", tools.WIDE), ("dark", tools.NARROW)]
    for colours, size in looks:
        page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
        page.set_viewport_size(size)
        tools.settle(page)
        only = () if address in TEMPLATES else tools.BY_LOOKS
        one.axe[f"{colours} {size['width']}"] = tools.axe(page, only=only)
    return one


def visit_all(browser: Browser, base_url: str, addresses: list[str]) -> list[Visit]:
    """Come to each page with no cookie and an empty cache."""
    context = browser.new_context(base_url=base_url)
    watch = tools.Watch(context, base_url)
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    page = context.new_page()
    context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    found = []
    for address in addresses:
        context.clear_cookies()
        requests.clear()
        watch.faults.clear()
        answer = page.goto(address)
        assert answer is not None
        icons = page.locator("link[rel=icon]").evaluate_all("(all) => all.map((one) => one.href)")
        # Chromium without a screen asks for no icon; others do.
        asked = list(dict.fromkeys([*requests, *icons]))
        cookies = [str(cookie.get("name")) for cookie in context.cookies()]
        sizes = {one: compressed(one) for one in asked}
        found.append(Visit(address, answer.status, asked, sizes, cookies, list(watch.faults)))
    context.close()
    return found


_known: dict[str, int] = {}


def compressed(url: str) -> int:
    """Return how many bytes the answer to `url` takes when it travels compressed.

    Static files come compressed from the site; a page is compressed by the proxy in front, which
    gzip at its usual level stands in for here.
    """
    if url not in _known:
        request = urllib.request.Request(url, headers={"Accept-Encoding": "br, gzip"})
        try:
            answer = urllib.request.urlopen(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body = answer.read()
            done = answer.headers.get("Content-Encoding")
        _known[url] = len(body) if done else min(len(body), len(gzip.compress(body, 6)))
    return _known[url]


BUILT = """() => {
  const all = [...document.querySelectorAll('*')];
  const shown = (el) => el.checkVisibility({ visibilityProperty: true });
  const ids = all.filter((el) => el.id).map((el) => el.id);
  const say = (el) => el.outerHTML.replace(/\\s+/g, ' ').slice(0, 120);
  const nameOf = (el) => (el.getAttribute('aria-label')
    || (el.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent.trim()).join(' ')).trim();
  const marks = [];
  for (const el of all.filter(shown)) {
    const tag = el.tagName.toLowerCase(), role = el.getAttribute('role'), name = nameOf(el);
    const top = !el.closest('main, article, section, aside, nav')
    const kind = role && ['banner', 'main', 'contentinfo', 'navigation', 'region', 'search',
        'complementary', 'form'].includes(role) ? role
      : role ? null
      : tag === 'main' ? 'main' : tag === 'nav' ? 'navigation' : tag === 'aside' ? 'complementary'
      : tag === 'header' && top ? 'banner' : tag === 'footer' && top ? 'contentinfo'
      : tag === 'section' && name ? 'region' : tag === 'form' && name ? 'form' : null;
    if (kind) marks.push([kind, name]);
  }
  const dangling = [];
  for (const attribute of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'list',
      'aria-errormessage', 'aria-owns', 'headers', 'form'])
    for (const el of document.querySelectorAll(`[${attribute}]`))
      for (const id of el.getAttribute(attribute).split(/\\s+/).filter(Boolean))
        if (!document.getElementById(id)) dangling.push(`${attribute}=${id} on ${say(el)}`);
  for (const el of document.querySelectorAll('a[href^="#"], use[href^="#"]'))
    if (!document.getElementById(decodeURIComponent(el.getAttribute('href').slice(1))))
      dangling.push('href ' + say(el));
  const inline = [];
  for (const el of all) {
    for (const attribute of el.attributes)
      if (attribute.name === 'style' || attribute.name.startsWith('on'))
        inline.push(`${attribute.name}= on ${say(el)}`);
    if (el.tagName.toLowerCase() === 'style') inline.push(say(el));
    if (el.tagName.toLowerCase() === 'script' && !el.src) {
      // Data for search engines is never run; it must be whole all the same.
      try { if (el.type !== 'application/ld+json' || !JSON.parse(el.text)) inline.push(say(el)); }
      catch { inline.push('no JSON: ' + say(el)); }
    }
    for (const attribute of ['src', 'href', 'action'])
      if (/^\\s*(javascript|data|vbscript):/i.test(el.getAttribute(attribute) || ''))
        inline.push(say(el));
  }
  const small = [];
  for (const el of document.querySelectorAll(
      'a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    if (!shown(el) || el.closest('.skip')) continue;
    const box = el.getBoundingClientRect();
    const around = el.parentElement.textContent.trim().length;
    const inText = el.tagName === 'A' && getComputedStyle(el).display === 'inline'
      && !!el.closest('p, li, dd, td, h1, h2, h3, caption, blockquote')
      && (around > el.textContent.trim().length || el.closest('li, p, dd, td, h2, h3'));
    if (!inText && (box.width < 23.9 || box.height < 23.9))
      small.push(`${Math.round(box.width)}x${Math.round(box.height)} ${say(el)}`);
  }
  const text = (el) => el.textContent.trim().replace(/\\s+/g, ' ');
  return {
    title: document.title, lang: document.documentElement.lang,
    dir: document.documentElement.dir,
    headings: [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(
      (el) => el.checkVisibility() || el.closest('details'))
      .map((el) => [Number(el.tagName[1]), text(el)]),
    moving: all.filter((el) => {
      const style = getComputedStyle(el);
      return style.animationName !== 'none' || style.scrollBehavior === 'smooth'
        || style.transitionDuration.split(',').some((one) => parseFloat(one) > 0);
    }).map(say),
    doubled: ids.filter((id, at) => ids.indexOf(id) !== at), ids, dangling, inline, small,
    marks,
    crisis: [...document.querySelectorAll('a[href^="tel:"], a[href^="sms:"]')].filter(shown)
      .map((el) => [el.getAttribute('href'), text(el)]),
    links: [...document.querySelectorAll('a[href]')].map((el) => el.href),
    outside: [...document.querySelectorAll('[src], link[href], form[action]')]
      .map((el) => el.src || el.href || el.action)
      .filter((address) => typeof address === 'string' && !address.startsWith(location.origin)),
  };
}"""
