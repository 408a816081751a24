"""Whatever an editor writes, what is shown is safe, linked, numbered and marked up for all."""

import re
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from content.rendering import Rendered, fill, plain, render
from tests.texts import PageReader

PHONE = '<a href="tel:+18884011179"><bdi>888-401-1179</bdi></a>'
PLACEHOLDERS = {
    "phone": PHONE,
    "provider": "Resilience",
    "program": "intensive outpatient program",
    "program_short": "IOP",
    "line:988": '<a href="tel:988"><bdi>988</bdi></a>',
}
SOURCES = {"alpha", "beta", "gamma"}
ALLOWED_TAGS = set(
    "p h2 h3 h4 ul ol li blockquote strong em a code pre hr br table thead tbody tr th td "
    "div sup span bdi".split()
)
ALLOWED_ATTRIBUTES = {"href", "start", "id", "lang", "scope", "class", "tabindex", "role"}
ALLOWED_ATTRIBUTES |= {"aria-label"}


def shown(body: str, **options: Any) -> Rendered:
    return render(body, placeholders=PLACEHOLDERS, known_sources=SOURCES, **options)


def assert_safe(html: str) -> None:
    """Every element and attribute is one of those that a text may have, every link leads on."""
    page = PageReader(html)
    for tag, attributes in page.elements:
        assert tag in ALLOWED_TAGS
        assert set(attributes) <= ALLOWED_ATTRIBUTES
    for address in page.each("href"):
        assert re.match(r"(https?|mailto|tel|sms):|[^:]*$|[/#?]", address), address
    ids = page.each("id")
    assert len(ids) == len(set(ids))


# -- safety

HOSTILE = [
    "<script>alert(1)</script>",
    "text <img src=x onerror=alert(1)> text",
    "<iframe src=https://elsewhere.example.com></iframe>",
    "<style>body { display: none }</style>",
    '<a href="javascript:alert(1)">x</a>',
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](https://elsewhere.example.com/pixel.gif)",
    "![x](javascript:alert(1))",
    '[x](/a "onmouseover=alert(1)")',
    '[x](/a "\\" onmouseover=alert(1) x=\\"")',
    "## <script>alert(1)</script>",
    '## "><img src=x onerror=alert(1)>',
    "| <script>alert(1)</script> |\n| --- |\n| <b onclick=alert(1)>x</b> |",
    "`<script>alert(1)</script>`",
    "```\n<script>alert(1)</script>\n```",
    "- {lang=es} <script>alert(1)</script>",
    '- {lang=e"onclick} x',
    "[^<script>alert(1)</script>]",
    "{{<script>alert(1)</script>}}",
    '[x](/a "{{phone}}")',
    '[x](/a "[^alpha]")',
    "[x](/a?{{phone}})",
    "[x]: /a '{{phone}}'\n\n[x]",
    "![x ><script>alert(1)</script>](image:room)",
    '![" onerror="alert(1)](image:room)',
    "![{{phone}}](image:room)",
    "[x](image:room)",
    "<!--0-->",
]


@pytest.mark.shows("ASVS 1.2.2", "ASVS 1.3.5")
@pytest.mark.parametrize("body", HOSTILE)
def test_nothing_hostile_becomes_markup(body: str) -> None:
    html = shown(body).html
    assert_safe(html)
    assert "<script" not in html
    assert "<img" not in html


def test_a_script_is_shown_as_the_text_it_is() -> None:
    assert shown("<script>alert(1)</script>").html.strip() == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )


MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(
            [*HOSTILE, "# a", "## a", "### a", "- x", "1. x", "> x", "***", "[^alpha]", "{{phone}}"]
        ),
        st.text(st.sampled_from("<>\"'&[](){}#*_`|-=:;/^ \n\tabc{}%"), max_size=30),
        st.text(max_size=20),
    ),
    max_size=12,
).map("\n".join)


@pytest.mark.shows("ASVS 1.3.1")
@given(MARKDOWN)
@run(max_examples=100, deadline=None)
def test_whatever_is_written_is_safe_to_show(body: str) -> None:
    assert_safe(shown(body).html)


@given(st.text(max_size=200))
@run(max_examples=100, deadline=None)
def test_whatever_a_title_holds_is_escaped(title: str) -> None:
    assert "<" not in fill(title.replace("{{phone}}", ""), PLACEHOLDERS)


def test_a_title_with_markup_shows_the_characters() -> None:
    assert fill('<b>"Q & A"</b>', {}) == "&lt;b&gt;&quot;Q &amp; A&quot;&lt;/b&gt;"


@pytest.mark.shows("ASVS 1.2.2")
@pytest.mark.parametrize(
    "address",
    ["/programs/", "#top", "https://www.mass.gov/", "mailto:a@example.org", "tel:988", "sms:988"],
)
def test_honest_links_stay(address: str) -> None:
    assert shown(f"[x]({address})").html.strip() == f'<p><a href="{address}">x</a></p>'


# -- placeholders


def test_placeholders_say_what_the_profile_says() -> None:
    html = shown("{{provider}} runs an {{program}} ({{ program_short }}). Call {{phone}}.").html
    assert f"Resilience runs an intensive outpatient program (IOP). Call {PHONE}." in html


def test_a_crisis_line_is_a_link_to_its_number() -> None:
    assert '<a href="tel:988"><bdi>988</bdi></a>' in shown("Call {{line:988}}.").html


@pytest.mark.shows("ASVS 1.3.10")
@pytest.mark.parametrize("written", ["{{nobody}}", "{{line:000}}", "{{ }}", "{{phone", "{phone}"])
def test_an_unknown_placeholder_is_shown_as_it_was_written(written: str) -> None:
    assert written in shown(f"Call {written} now.").html
    assert written in fill(f"Call {written} now.", PLACEHOLDERS)


def test_titles_have_their_placeholders_filled() -> None:
    assert fill("Our {{program_short}} at {{provider}}", PLACEHOLDERS) == "Our IOP at Resilience"


# -- citations


def test_citations_are_numbered_in_order_of_first_use() -> None:
    result = shown("One.[^beta] Two.[^alpha] Three.[^beta]\n\n- Four.[^gamma]")
    numbers = re.findall(r'href="#source-(\d)"', result.html)
    assert numbers == ["1", "2", "1", "3"]
    assert result.source_keys == ["beta", "alpha", "gamma"]


def test_a_citation_says_that_it_is_a_source() -> None:
    assert shown("One.[^beta]").html.strip() == (
        '<p>One.<sup class="cite"><a href="#source-1">'
        '<span class="visually-hidden">Source </span>1</a></sup></p>'
    )


def test_citations_in_a_table_are_numbered_too() -> None:
    assert shown("| a |\n| --- |\n| x[^alpha] |").source_keys == ["alpha"]


def test_several_texts_on_a_page_keep_their_sources_apart() -> None:
    assert 'href="#source-cost-1"' in shown("x[^alpha]", citation_prefix="source-cost").html


def test_an_unknown_source_is_shown_as_it_was_written() -> None:
    result = shown("One.[^nobody] Two.[^alpha]")
    assert "[^nobody]" in result.html
    assert result.source_keys == ["alpha"]


# -- headings


def test_headings_get_anchors_that_are_unique() -> None:
    result = shown("## Cost\n\n### Cost\n\n## Cost\n\n## Cost 2\n\n## ?\n\n## !")
    ids = PageReader(result.html).each("id")
    assert ids[0] == "cost"
    assert len(ids) == len(set(ids)) == 6
    assert all(ids)


def test_second_level_headings_make_the_list_of_contents() -> None:
    result = shown("## First\n\n### Below\n\n## Second *part*")
    assert [(one.anchor, one.title) for one in result.headings] == [
        ("first", "First"),
        ("second-part", "Second part"),
    ]


def test_a_first_level_heading_never_makes_a_second_title() -> None:
    assert "<h1" not in shown("# Title\n\nText").html


def test_the_list_of_contents_shows_a_heading_as_the_page_does() -> None:
    (heading,) = shown("## {{program}} & you[^alpha]: call {{phone}}").headings
    assert heading.title == "intensive outpatient program &amp; you: call 888-401-1179"


# -- tables and languages


def test_a_table_scrolls_by_itself_and_can_be_reached_by_keyboard() -> None:
    html = shown("| Level | Hours |\n| :-- | --: |\n| IOP | 9 |").html
    page = PageReader(html)
    assert html.startswith('<div class="table-scroll" tabindex="0" role="region" aria-label=')
    assert page.all("th") == [{"scope": "col"}, {"scope": "col"}]
    assert page.text("td") == ["IOP", "9"]
    assert html.count("</div>") == html.count("<div") == 1


def test_each_table_is_wrapped_by_itself() -> None:
    html = shown("| a |\n| - |\n| b |\n\ntext\n\n| c |\n| - |\n| d |").html
    assert html.count("<table>") == html.count('class="table-scroll"') == 2


def test_a_list_item_may_name_its_language() -> None:
    html = shown("- {lang=es} Llame al 988\n- Call 988").html
    assert '<li lang="es">Llame al 988</li>' in html
    assert "<li>Call 988</li>" in html


def test_an_ordered_list_may_start_anywhere() -> None:
    assert '<ol start="3">' in shown("3. third\n4. fourth").html


def test_plain_is_the_text_alone() -> None:
    assert plain("<p>One <b>two</b></p>\n<p>three</p>") == "One two three"


# -- pictures


def with_pictures(body: str) -> str:
    """Return the body rendered where there is one picture, "room", shown as its own words."""

    def figure(key: str, alt: str) -> str:
        return f"<figure>{key}|{escape(alt)}</figure>" if key == "room" else ""

    return shown(body, figure=figure).html


def test_a_picture_alone_in_a_paragraph_becomes_a_figure() -> None:
    html = with_pictures("Before.\n\n![](image:room)\n\nAfter.")
    assert html == "<p>Before.</p>\n<figure>room|</figure>\n<p>After.</p>\n"


@pytest.mark.parametrize("body", ["> ![](image:room)", "- a\n\n  ![](image:room)\n\n- b"])
def test_a_picture_may_stand_in_a_callout_or_an_item(body: str) -> None:
    html = with_pictures(body)
    assert "<figure>room|</figure>" in html
    assert "<p><figure>" not in html


def test_pictures_keep_their_order() -> None:
    html = with_pictures("![a](image:room)\n![b](image:room)\n\n![c](image:room)")
    assert re.findall(r"room\|(.)", html) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "alt", ["a > b", 'a "quoted" word', "{{phone}}", "[^alpha]", "<!--0-->", '" onload="alert(1)']
)
def test_own_words_of_a_picture_stay_words(alt: str) -> None:
    written = re.sub(r"([][<])", r"\\\1", alt)
    html = with_pictures(f"![{written}](image:room)")
    assert html.strip() == f"<figure>room|{escape(alt)}</figure>"


@pytest.mark.parametrize(
    "body",
    [
        "![x](image:attic)",
        "![x](/static/site/img/favicon.svg)",
        "![x](https://elsewhere.example.com/pixel.gif)",
        "![x](//elsewhere.example.com/pixel.gif)",
        "![x](data:image/png;base64,AAAA)",
        "![x](room)",
        "![x > <script>alert(1)</script>](/y)",
        "- ![x](image:room)",
        "## ![x](image:room)",
        "Words ![x](image:room) around.",
        "[![x](image:room)](/faq/)",
    ],
)
def test_any_other_picture_shows_nothing(body: str) -> None:
    html = with_pictures(body)
    assert "<img" not in html
    assert "figure" not in html
    assert "<script" not in html
    assert "elsewhere" not in html


def test_a_picture_is_no_address_of_a_link() -> None:
    for address in ("image:room", "IMAGE:room"):
        assert with_pictures(f"[x]({address})").strip() == "<p><a>x</a></p>"


def test_without_pictures_known_none_is_shown() -> None:
    assert shown("![x](image:room)").html.strip() == ""
