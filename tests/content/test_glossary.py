"""Words of the glossary become buttons with a note, and nothing else of a text changes."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from content.glossary import MOST_ON_A_PAGE, Word, explain
from content.models import Article, GlossaryTerm, Page
from content.rendering import render
from programs.models import Component
from tests.texts import PageReader, make_text

IOP = Word("iop", "Intensive outpatient program", ("Intensive outpatient program", "IOP"), "Much.")
CARE = Word("care", "Care", ("Care",), "Help.")
PLAN = Word("care-plan", "Care plan", ("Care plan",), "What you and your team agree.")
UR = Word("ur", "Utilization review", ("Utilization review", "UR"), "A look by the plan.")
WORDS = [IOP, CARE, PLAN, UR]


def buttons(html: str) -> list[str]:
    return PageReader(html).text("button")


def without_words(html: str) -> str:
    """Return the HTML as it was before any word was explained."""
    html = re.sub(r"<div popover.*?</div>", "", html, flags=re.DOTALL)
    return re.sub(r'<button type="button" class="term"[^>]*>(.*?)</button>', r"\1", html)


def test_the_first_use_becomes_a_button_that_opens_the_note_behind_its_paragraph() -> None:
    html = explain("<p>An IOP is much. An IOP helps.</p><p>Next.</p>", WORDS)
    assert html == (
        '<p>An <button type="button" class="term" popovertarget="word-iop">IOP</button> is much. '
        "An IOP helps.</p>"
        '<div popover id="word-iop" class="note" role="note"><b>Intensive outpatient program:</b> '
        'Much. <a href="/glossary/#iop">In the glossary'
        '<span class="visually-hidden">: Intensive outpatient program</span></a></div><p>Next.</p>'
    )


def test_a_term_is_explained_once_whatever_it_is_called() -> None:
    html = explain("<p>An intensive outpatient program, or IOP.</p>", WORDS)
    assert buttons(html) == ["intensive outpatient program"]
    assert html.count("popover id=") == 1


def test_the_note_of_a_list_item_stays_within_it() -> None:
    html = explain("<ul><li>An IOP</li><li><p>A care plan</p></li></ul>", WORDS)
    assert re.sub(r"<div popover.*?</div>", "NOTE", html).endswith(
        'IOP</button>NOTE</li><li><p>A <button type="button" class="term"'
        ' popovertarget="word-care-plan">care plan</button></p>NOTE</li></ul>'
    )


@pytest.mark.parametrize(
    "html",
    [
        '<p><a href="/x/">An IOP</a></p>',
        '<p><a href="/x/"><strong>An IOP</strong></a></p>',
        "<h2>An IOP</h2>",
        "<h3>An <em>IOP</em></h3>",
        "<table><tr><td>IOP</td><td><p>IOP</p></td></tr></table>",
        "<blockquote><p>An IOP</p></blockquote>",
        "<form><p>An IOP</p></form>",
        "<p><button>An IOP</button></p>",
        "<p><code>IOP</code></p>",
        "<pre>IOP</pre>",
        '<p><img alt="An IOP" src="/i"></p>',
        '<p title="An IOP">x</p>',
        "<p>Not an IOPs, an xIOP, an IOP_x or an anti-IOP-thing</p>",
        "<p>the scare of a caretaker</p>",
        "<p>It occurs in your ur-text, Ur and uR</p>",
        "<p>A place called Utilization Review, Inc.</p>",
        "<p>CARE</p>",
        "An IOP outside of any paragraph",
    ],
)
def test_nothing_is_explained_there(html: str) -> None:
    assert explain(html, WORDS) == html


def test_after_a_place_without_words_the_next_use_counts() -> None:
    html = explain("<h2>An IOP</h2><blockquote><p>IOP</p></blockquote><p>An IOP.</p>", WORDS)
    assert html.index("<button") > html.index("</blockquote>")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A care plan is care.", ["care plan", "care"]),
        ("Care, care\nplan", ["Care", "care\nplan"]),
        ("By UR, or utilization\nreview", ["UR"]),
        ("Care’s end. «IOP»", ["Care", "IOP"]),
        ("R&amp;IOP &lt;care&gt; &#39;UR&#39;", ["IOP", "care", "UR"]),
    ],
)
def test_whole_words_are_found_the_longest_first(text: str, found: list[str]) -> None:
    html = explain(f"<p>{text}</p>", WORDS)
    assert re.findall(r"word-[a-z-]+\">([^<]*)</button>", html) == found


def test_words_within_emphasis_are_explained_behind_the_paragraph() -> None:
    html = explain("<p><strong>An <em>IOP</em></strong> helps.</p>", WORDS)
    assert buttons(html) == ["IOP"]
    assert "</button></em></strong> helps.</p><div popover" in html


def test_no_more_than_eight_words_are_explained() -> None:
    many = [Word(f"w{n}", f"Word{n}x", (f"Word{n}x",), "Yes.") for n in range(30)]
    html = explain("<p>" + " ".join(word.term for word in many) + "</p>", many)
    assert len(buttons(html)) == html.count("<div popover") == MOST_ON_A_PAGE == 8
    assert len(buttons(explain("<p>Word1x Word2x</p>", many, most=1))) == 1


def test_a_term_cannot_bring_markup() -> None:
    bad = Word('"><b', "<script>x</script>", ("evil",), "safe")
    html = explain("<p>evil</p>", [bad])
    assert "<script" not in html
    assert PageReader(html).all("button")[0]["popovertarget"] == 'word-"><b'


@pytest.mark.parametrize("words", [[], [Word("x", "X", ("", "  "), "y")]])
def test_without_words_the_text_stays_as_it_is(words: list[Word]) -> None:
    assert explain("<p>An IOP &amp; more</p>", words) == "<p>An IOP &amp; more</p>"


@given(st.text(alphabet="IOPcare plnUR<>&*_#-`[]()|!\n1.\"'", max_size=200))
def test_any_text_keeps_every_character(body: str) -> None:
    html = str(render(body, placeholders={}).html)
    explained = explain(html, WORDS)
    assert without_words(explained) == html
    ids = re.findall(r'popover id="([^"]+)"', explained)
    assert sorted(ids) == sorted(re.findall(r'popovertarget="([^"]+)"', explained))
    assert len(ids) == len(set(ids))


def test_a_page_is_about_a_term_by_its_address_or_its_title() -> None:
    assert IOP.is_about("iop", "Anything")
    assert IOP.is_about("x", "Intensive outpatient program")
    assert IOP.is_about("intensive-outpatient-program", "Anything")
    assert not IOP.is_about("iop-guide", "What an IOP is")


# -- on the pages


@pytest.fixture
def parity(db: None, starter_content: None) -> GlossaryTerm:
    return GlossaryTerm.objects.get(slug="parity")


def test_a_text_explains_its_words(client: Client, parity: GlossaryTerm) -> None:
    make_text(Article, "wordy", body="## Parity\n\nThe law of parity, {{program_short}} and CBT.")
    page = PageReader(client.get("/articles/wordy/").content.decode())
    assert set(page.each("popovertarget")) == {
        "word-parity",
        "word-iop",
        "word-cbt",
    }
    assert {"word-parity", "word-iop", "word-cbt"} <= set(page.each("id"))
    assert parity.definition in page.visible


def test_a_definition_has_its_placeholders_filled(client: Client, parity: GlossaryTerm) -> None:
    GlossaryTerm.objects.filter(pk=parity.pk).update(definition="Call {{line:988}} <now>.")
    make_text(Article, "wordy", body="Of parity.")
    html = client.get("/articles/wordy/").content.decode()
    assert 'Call <a href="tel:988"><bdi>988</bdi></a> &lt;now&gt;.' in html


@pytest.mark.usefixtures("parity")
@pytest.mark.parametrize("changes", [{"slug": "parity"}, {"title": "Mental health parity"}])
def test_the_own_page_of_a_term_does_not_explain_it(
    client: Client, changes: dict[str, str]
) -> None:
    text = make_text(Component, **{"slug": "x", "body": "Of parity and CBT.", **changes})
    page = PageReader(client.get(text.get_absolute_url()).content.decode())
    assert page.each("popovertarget") == ["word-cbt"]


@pytest.mark.usefixtures("parity")
@pytest.mark.parametrize("address", ["/glossary/", "/faq/", "/get-help-now/", "/articles/"])
def test_lists_and_the_glossary_itself_explain_nothing_in_their_entries(
    client: Client, address: str
) -> None:
    Page.objects.filter(slug="get-help-now").update(body="Nothing to explain.")
    assert b'class="term"' not in client.get(address).content


@pytest.mark.usefixtures("parity")
def test_the_glossary_costs_one_query(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_text(Article, "wordy", body="Of parity and CBT.")
    costs = []
    for size in (1, 300):
        for number in range(size):
            GlossaryTerm.objects.create(slug=f"w{size}-{number}", term=f"W {size} {number}")
        with django_assert_max_num_queries(10) as queries:
            client.get("/articles/wordy/")
        costs.append(len([one for one in queries if "glossaryterm" in one["sql"]]))
    assert costs == [1, 1]


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<br/>b</p>",
        "</p>no end",
        "<p><b>never closed</p>",
        "<p>a<!-- IOP -->b &amp; &#8217;</p>",
    ],
)
def test_odd_html_stays_as_it_is(html: str) -> None:
    assert explain(html, WORDS) == html
