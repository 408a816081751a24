"""The helpers see what they are there to see: each is shown a page with the fault it looks for."""

from typing import Any

from playwright.sync_api import Browser

from tests.browser import survey, tools


def test_the_watch_sees_a_breach_a_stranger_a_dialog_and_what_is_missing(
    browser: Browser, base_url: str
) -> None:
    context = browser.new_context(base_url=base_url)
    watch = tools.Watch(context, base_url)
    page = context.new_page()
    page.route("https://example.com/**", lambda route: route.abort())
    page.goto("/about/")
    assert watch.faults == []
    page.evaluate(
        """() => {
          document.body.setAttribute('style', 'color: red');
          document.body.insertAdjacentHTML('beforeend', '<img src="/static/none.png" alt="">');
          alert('here');
        }"""
    )
    page.wait_for_load_state("networkidle")
    with page.expect_request("https://example.com/"):
        page.evaluate("() => { location.href = 'https://example.com/'; }")
    context.close()
    told = "\n".join(watch.faults)
    for what in ("policy: style-src", "404 for", "a dialog: here", "another host"):
        assert what in told, told


def test_axe_sees_a_nameless_input_and_a_pale_text(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True)
    page.goto("/about/")
    page.evaluate(
        """() => document.querySelector('main').insertAdjacentHTML('beforeend',
          '<input type="text"><p style="color: #bbb; background: #fff">pale</p>')"""
    )
    found = "\n".join(tools.axe(page))
    assert "label: " in found
    assert "color-contrast: " in found


def test_a_cut_text_and_a_sideways_scroll_are_seen(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True, viewport=tools.NARROW)
    page.goto("/about/")
    assert page.evaluate(tools.CLIPPED) == []
    assert tools.sideways(page) == []
    page.add_style_tag(
        content=".lede { max-height: 1em; overflow: hidden } h1 { inline-size: 600px }"
    )
    assert any(one.startswith("cut below: p.lede") for one in page.evaluate(tools.CLIPPED))
    assert tools.sideways(page)


def test_a_stop_under_the_call_bar_or_without_outline_is_seen(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True, viewport={"width": 390, "height": 700})
    page.goto("/articles/")
    page.add_style_tag(
        content="html { scroll-padding: 0 !important } .foot a { outline: 0 !important }"
        ".call-bar { block-size: 300px }"
    )
    stops = tools.tab_stops(page)
    assert any(not stop["seen"] for stop in stops)
    assert any(stop["outline"] == "none" for stop in stops)


def test_the_survey_sees_what_is_built_wrong(new_visitor: Any) -> None:
    page = new_visitor(bypass_csp=True)
    page.goto("/about/")
    page.evaluate(
        """() => document.querySelector('main').insertAdjacentHTML('beforeend',
          '<a href="#nowhere" id="main" onclick="x()">x</a><label for="nobody">y</label>'
          + '<nav></nav><button>.</button>')"""
    )
    built = page.evaluate(survey.BUILT)
    assert built["doubled"] == ["main"]
    assert len(built["dangling"]) == 2
    assert any("onclick=" in one for one in built["inline"])
    assert ["navigation", ""] in built["marks"]
