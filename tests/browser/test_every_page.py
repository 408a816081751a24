"""What holds for every public page, whoever comes and with whatever browser."""

import collections
import itertools
import urllib.parse
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import survey, tools
from tests.browser.survey import Seen, Visit

MOST_REQUESTS = 3
MOST_BYTES = 20 * 1024

# Read in the strip of every page: life in danger, 988, Massachusetts, and ourselves.
CRISIS_LINKS = {
    "tel:911": "911",
    "tel:988": "988",
    "sms:988": "988",
    "sms:838255": "838255",
    "tel:+18337732445": "833-773-2445",
    "sms:+18337732445": "833-773-2445",
    "tel:+18884011179": "888-401-1179",
}


def listed(findings: list[str]) -> str:
    return f"{len(findings)} findings:\n" + "\n".join(findings[:60])


def from_each(seen: list[Seen], name: str) -> list[str]:
    return [f"{one.address} {finding}" for one in seen for finding in one.built[name]]


def test_every_address_of_the_site_map_answers(first_visits: list[Visit]) -> None:
    wrong = [
        f"{one.address} {one.status}"
        for one in first_visits
        if one.status != (404 if one.address == survey.NOT_THERE else 200)
    ]
    assert len(first_visits) > 50
    assert not wrong


def test_one_page_of_each_template_is_among_them(addresses: list[str]) -> None:
    assert set(survey.TEMPLATES) <= set(addresses)


def test_axe_finds_nothing_narrow_or_wide_by_day_or_by_night(seen: list[Seen]) -> None:
    findings = [
        f"{one.address} ({look}) {finding}"
        for one in seen
        for look, found in one.axe.items()
        for finding in found
    ]
    assert not findings, listed(findings)


def test_no_page_scrolls_sideways_at_320_px(seen: list[Seen]) -> None:
    findings = [f"{one.address} {finding}" for one in seen for finding in one.sideways]
    assert not findings, listed(findings)


def test_each_page_has_one_h1_and_skips_no_level(seen: list[Seen]) -> None:
    findings = []
    for one in seen:
        levels = [level for level, _text in one.built["headings"]]
        if levels.count(1) != 1:
            findings.append(f"{one.address} has {levels.count(1)} H1")
        before = 0
        for level, text in one.built["headings"]:
            # The strip and the summary stand before the H1; below it no level is left out.
            if before and level > before + 1:
                findings.append(f"{one.address} h{before} then h{level} {text!r}")
            if not text:
                findings.append(f"{one.address} an empty h{level}")
            before = level
    assert not findings, listed(findings)


def test_titles_are_there_and_each_is_unique(seen: list[Seen]) -> None:
    titles = collections.Counter(one.built["title"] for one in seen)
    assert not [title for title, count in titles.items() if count > 1 or not title.strip()]


def test_the_language_and_its_direction_are_told(seen: list[Seen]) -> None:
    assert {(one.built["lang"][:2], one.built["dir"]) for one in seen} == {("en", "ltr")}


def test_landmarks_are_unique_and_named(seen: list[Seen]) -> None:
    findings = []
    for one in seen:
        marks = collections.Counter((kind, name) for kind, name in one.built["marks"])
        kinds = collections.Counter(kind for kind, _name in one.built["marks"])
        findings += [
            f"{one.address} has {kinds[kind]} of {kind}"
            for kind in ("main", "banner", "contentinfo")
            if kinds[kind] != 1
        ]
        findings += [
            f"{one.address} {kind} {name!r} is there {count} times"
            for (kind, name), count in marks.items()
            if count > 1
        ]
        findings += [
            f"{one.address} has a {kind} without a name"
            for kind, name in marks
            if not name and kind in ("navigation", "region", "complementary")
        ]
    assert not findings, listed(findings)


def test_every_id_is_unique_and_every_reference_resolves(seen: list[Seen]) -> None:
    findings = from_each(seen, "doubled") + from_each(seen, "dangling")
    assert not findings, listed(findings)


def test_every_link_within_the_site_leads_somewhere(seen: list[Seen], base_url: str) -> None:
    ids = {one.address: set(one.built["ids"]) for one in seen}
    wanted: dict[str, str] = {}
    for one in seen:
        for link in one.built["links"]:
            if link.startswith(base_url):
                wanted.setdefault(link, one.address)
    findings, asked = [], set(ids)
    for link, where in wanted.items():
        parts = urllib.parse.urlsplit(link)
        fragment = urllib.parse.unquote(parts.fragment)
        if fragment and parts.path in ids and fragment not in ids[parts.path]:
            findings.append(f"{where}: {parts.path} has no #{fragment}")
        if parts.path not in asked:
            asked.add(parts.path)
            try:
                urllib.request.urlopen(base_url + parts.path, timeout=20).close()
            except OSError as error:
                findings.append(f"{where}: {parts.path} {error}")
    assert not findings, listed(findings)


def test_the_crisis_numbers_are_links_on_every_page(seen: list[Seen]) -> None:
    findings = []
    for one in seen:
        there = collections.defaultdict(list)
        for href, text in one.built["crisis"]:
            there[href.split("?")[0]].append(text)
        findings += [
            f"{one.address} {href} says {there[href]}"
            for href, number in CRISIS_LINKS.items()
            if not any(number in text for text in there[href])
        ]
    assert not findings, listed(findings)


def test_help_stands_in_the_same_order_on_every_page(seen: list[Seen]) -> None:
    firsts = {tuple(href for href, _text in one.built["crisis"][:7]) for one in seen}
    assert len(firsts) == 1, firsts


def test_targets_are_at_least_24_px(seen: list[Seen]) -> None:
    findings = from_each(seen, "small")
    assert not findings, listed(findings)


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(seen: list[Seen]) -> None:
    findings = from_each(seen, "inline") + from_each(seen, "outside")
    assert not findings, listed(findings)


@pytest.mark.shows("ASVS 14.2.3")
def test_a_first_visit_breaks_no_policy_and_asks_no_other_host(first_visits: list[Visit]) -> None:
    findings = [f"{one.address} {fault}" for one in first_visits for fault in one.faults]
    assert not findings, listed(findings)


def test_a_page_that_is_only_read_sets_no_cookie(first_visits: list[Visit]) -> None:
    findings = [
        f"{one.address} {one.cookies}"
        for one in first_visits
        if one.cookies and one.address not in survey.FORMS
    ]
    assert not findings, listed(findings)


def test_a_first_visit_is_three_requests_and_twenty_kilobytes(first_visits: list[Visit]) -> None:
    findings = []
    for one in first_visits:
        most = MOST_REQUESTS + (one.address in survey.WITH_SCRIPT)
        if len(one.requests) > most:
            findings.append(f"{one.address} asks {one.requests}")
        if one.total > MOST_BYTES:
            findings.append(f"{one.address} is {one.total} bytes: {one.sizes}")
    largest = sorted(first_visits, key=lambda one: -one.total)[:3]
    print("largest first visits:", [(one.address, one.total) for one in largest])  # noqa: T201
    assert not findings, listed(findings)


def test_the_skip_link_is_the_first_stop_and_works(page: Page) -> None:
    findings = []
    for address in survey.TEMPLATES:
        page.goto(address)
        page.keyboard.press("Tab")
        first = page.evaluate("() => document.activeElement.getAttribute('href')")
        page.keyboard.press("Enter")
        now = page.evaluate("() => [document.activeElement.id, location.hash]")
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "() => document.activeElement === document.body"
            " || document.querySelector('main').contains(document.activeElement)"
            " || !!document.activeElement.closest('footer')"
        )
        if first != "#main" or now != ["main", "#main"] or not inside:
            findings.append(f"{address} {first} {now} {inside}")
    assert not findings, listed(findings)


@pytest.mark.parametrize(
    ("size", "pages"),
    [({"width": 390, "height": 700}, survey.TEMPLATES), (tools.WIDE, survey.LAYOUTS)],
    ids=["phone", "wide"],
)
def test_focus_is_seen_at_every_stop_in_reading_order(
    new_visitor: Any, size: dict[str, int], pages: list[str]
) -> None:
    page = new_visitor(viewport=size)
    findings = []
    for address in pages:
        page.goto(address)
        stops = tools.tab_stops(page)
        if len(stops) < 10:
            findings.append(f"{address} has {len(stops)} stops only")
        for stop in stops:
            if stop["outline"] == "none" or stop["width"] < 3 or stop["shadow"] == "none":
                findings.append(f"{address} {stop['name']}: no outline or halo {stop}")
            if not stop["seen"] or not stop["inView"]:
                findings.append(f"{address} {stop['name']}: wholly covered or out of view")
        main = [stop for stop in stops if not stop["name"].startswith("a Skip")]
        back = [
            f"{address} from {one['name']!r} up to {two['name']!r}"
            for one, two in itertools.pairwise(main)
            if two["y"] < one["y"] - size["height"] and two["x"] <= one["x"]
        ]
        findings += back
    assert not findings, listed(findings)


def test_text_at_200_percent_and_with_wide_spacing_is_not_cut(new_visitor: Any) -> None:
    """WCAG 1.4.4 and 1.4.12."""
    findings = []
    page = new_visitor(bypass_csp=True, viewport=tools.WIDE)
    for address in survey.TEMPLATES:
        page.goto(address)
        larger = page.add_style_tag(content="html { font-size: 200% !important }")
        for width in (1280, 640):
            page.set_viewport_size({"width": width, "height": 800})
            findings += [f"{address} 200 % at {width}: {one}" for one in look_for_cuts(page)]
        larger.evaluate("(sheet) => sheet.remove()")
        page.set_viewport_size(tools.NARROW)
        page.add_style_tag(
            content="* { line-height: 1.5 !important; letter-spacing: .12em !important;"
            " word-spacing: .16em !important } p { margin-block-end: 2em !important }"
        )
        findings += [f"{address} spacing: {one}" for one in look_for_cuts(page)]
    assert not findings, listed(findings)


def look_for_cuts(page: Page) -> list[str]:
    tools.settle(page)
    return page.evaluate(tools.CLIPPED) + tools.sideways(page)


def test_nothing_moves(seen: list[Seen]) -> None:
    """No motion at all by default, so that a wish for reduced motion asks for nothing more."""
    findings = from_each(seen, "moving")
    assert not findings, listed(findings)


def test_forced_colours_keep_controls_and_focus(new_visitor: Any) -> None:
    page = new_visitor(forced_colors="active", viewport={"width": 390, "height": 700})
    findings = []
    for address in survey.LAYOUTS:
        page.goto(address)
        findings += [
            f"{address} without a border: {one}"
            for one in page.evaluate(
                """() => [...document.querySelectorAll('button, .button, select, textarea,'
                    + 'input:not([type=hidden], [type=radio], [type=checkbox])')]
                  .filter((el) => el.checkVisibility()).filter((el) => {
                    const style = getComputedStyle(el);
                    return style.borderTopStyle === 'none' || !parseFloat(style.borderTopWidth);
                  }).map((el) => el.outerHTML.slice(0, 80))"""
            )
        ]
        findings += [
            f"{address} {stop['name']}: no outline"
            for stop in tools.tab_stops(page)
            if stop["outline"] == "none" or stop["width"] < 3
        ]
    assert not findings, listed(findings)


@pytest.mark.parametrize("address", ["/faq/", "/get-help-now/"])
def test_print_has_the_crisis_numbers_and_every_answer(page: Page, address: str) -> None:
    page.goto(address)
    page.emulate_media(media="print")
    shown = page.evaluate("() => document.body.innerText")
    for number in ("911", "988", "833-773-2445", "888-401-1179"):
        assert number in shown
        assert page.locator(f"a:has-text('{number}'):visible").count(), number
    hidden = page.evaluate(
        """() => [...document.querySelectorAll('details.qa > :not(summary)')].filter((el) =>
          !el.checkVisibility() || el.getBoundingClientRect().height < 10).length"""
    )
    assert hidden == 0
    assert not page.locator("header nav:visible").count()
    assert not page.locator(".call-bar").is_visible()
    # The paper has every answer: opening them all before printing adds no page.
    closed = page.pdf()
    page.evaluate("() => document.querySelectorAll('details.qa').forEach((one) => one.open = true)")
    opened = page.pdf()
    assert closed.startswith(b"%PDF")
    assert pages_of(closed) == pages_of(opened) > 1


def pages_of(pdf: bytes) -> int:
    return pdf.count(b"/Type /Page\n") + pdf.count(b"/Type/Page\n")
