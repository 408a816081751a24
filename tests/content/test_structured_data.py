"""What pages say of themselves to machines is valid, true, and cannot break out of its block."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from content import structured_data
from content.models import Article, Faq, GlossaryTerm, Source, StarterRecord, Text, Topic
from content.structured_data import script, words
from programs.models import ProviderProfile
from tests.jsonld import faults_of, nodes_of
from tests.texts import PageReader, make_person, make_text

HERE = "http://testserver"
PROVIDER = ProviderProfile(name="The <Provider>")


def page_of(text: Text, sources: tuple[Source, ...] = ()) -> structured_data.Data:
    return structured_data.text_page(
        text,
        url=f"{HERE}/articles/a/",
        site_url=HERE,
        provider=PROVIDER,
        placeholders={"phone": '<a href="tel:1"><bdi>1-2</bdi></a>', "program_short": "IOP"},
        sources=sources,
    )


# -- the block


@pytest.mark.shows("ASVS 1.2.3")
@given(st.text() | st.sampled_from(["</script><script>x", "<!--<script>", "]]>&amp;\u2028"]))
def test_nothing_in_a_block_ends_it_and_everything_is_read_back(text: str) -> None:
    html = script({"@type": "Thing", "name": text})
    inner = html.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&") & set(inner)
    assert json.loads(inner)["@graph"] == [{"@type": "Thing", "name": text}]


def test_without_nodes_there_is_no_block() -> None:
    assert script() == ""


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>Call <a href='x'><bdi>988</bdi></a>.</p><p>Now</p>", "Call 988. Now"),
        ("<ul><li>One</li><li>Two &amp; &lt;three&gt;</li></ul>", "One Two & <three>"),
        ("a<br>b<sup>1</sup>", "a b1"),
    ],
)
def test_words_are_what_a_person_reads(html: str, said: str) -> None:
    assert words(html) == said


# -- a text


@pytest.mark.django_db
def test_a_text_tells_who_wrote_it_when_and_from_what() -> None:
    source = Source(
        key="s", publisher="An office", title="A paper", year=2021, url="https://x.org/"
    )
    text = make_text(
        Article,
        "a",
        title="About the {{program_short}}",
        summary="Call {{phone}}.",
        published_at=datetime(2026, 1, 2, 3, tzinfo=UTC),
        author=make_person("jo", name="Jo Doe", credentials="LMHC", role="Therapist"),
        reviewer=make_person("mo", name="Mo Roe", role="Director"),
        reviewed_on=date(2026, 2, 3),
    )
    data = page_of(text, (source,))
    assert faults_of(data) == []
    assert data["name"] == "About the IOP"
    assert data["description"] == "Call 1-2."
    assert data["datePublished"] == "2026-01-02T03:00:00+00:00"
    assert data["author"] == {
        "@type": "Person",
        "name": "Jo Doe",
        "jobTitle": "Therapist",
        "honorificSuffix": "LMHC",
    }
    assert (data["reviewedBy"]["name"], data["lastReviewed"]) == ("Mo Roe", "2026-02-03")
    assert data["citation"][0]["publisher"]["name"] == "An office"
    assert data["inLanguage"] == "en"


@pytest.mark.django_db
def test_no_sample_person_and_no_review_that_was_not_is_told() -> None:
    sample = make_person("sample", name="Sample", is_sample=True)
    text = make_text(Article, "a", author=sample, reviewer=sample, reviewed_on=date(2026, 1, 1))
    assert not {"author", "reviewedBy", "lastReviewed"} & set(page_of(text))
    unreviewed = page_of(make_text(Article, "b"))
    assert not {"reviewedBy", "lastReviewed", "citation"} & set(unreviewed)


@pytest.mark.django_db
def test_a_team_is_an_organization() -> None:
    text = make_text(Article, "a", author=make_person("editorial-team", name="Editorial team"))
    assert page_of(text)["author"] == {"@type": "Organization", "name": "Editorial team"}


@pytest.mark.django_db
def test_a_draft_tells_no_day_of_publishing() -> None:
    text = make_text(Article, "a", status="draft", published_at=None)
    assert "datePublished" not in page_of(text)


# -- lists


def test_the_way_ends_at_the_page_itself() -> None:
    way = structured_data.breadcrumbs([("Home", "/"), ("A", "/a/")], site_url=HERE, here="B")
    assert faults_of(way) == []
    assert [one.get("item") for one in way["itemListElement"]] == [f"{HERE}/", f"{HERE}/a/", None]


def test_answers_are_told_without_marks_of_sources() -> None:
    faq = Faq(question="Is {{x}} 1 < 2?", answer="Yes[^s]. Call {{x}}:\n\n- one\n- two")
    data = structured_data.faq_page([faq], url=f"{HERE}/faq/", placeholders={"x": "<b>9</b>"})
    assert faults_of(data) == []
    assert data["mainEntity"][0]["name"] == "Is 9 1 < 2?"
    assert data["mainEntity"][0]["acceptedAnswer"]["text"] == "Yes. Call 9: one two"


def test_a_long_answer_is_told_by_its_first_sentences() -> None:
    text = structured_data.beginning("One is short. Two is short. " + "Three is long " * 20, 40)
    assert text == "One is short. Two is short."
    assert structured_data.beginning("word " * 50 + "end.", 40).endswith("end.")


def test_terms_have_their_address_and_their_other_names() -> None:
    terms = [GlossaryTerm(slug="a", term="A", definition="Is a.", also=["B"])]
    data = structured_data.glossary(terms, url=f"{HERE}/glossary/", name="G", placeholders={})
    assert faults_of(data) == []
    assert data["hasDefinedTerm"][0]["url"] == f"{HERE}/glossary/#a"
    assert data["hasDefinedTerm"][0]["alternateName"] == ["B"]


# -- the pages


@pytest.fixture(scope="module")
def pages(starter_content_once: None, django_db_blocker: Any) -> dict[str, str]:
    """Every page of the site map by its path."""
    client = Client()
    with django_db_blocker.unblock():
        if not StarterRecord.objects.exists():  # a transactional test has emptied the database
            call_command("load_starter_content", verbosity=0)
        xml = client.get("/sitemap.xml").content.decode()
        paths = [one.removeprefix(HERE) for one in re.findall(r"<loc>(.*?)</loc>", xml)]
        return {path: client.get(path).content.decode() for path in paths}


def test_every_page_of_the_site_map_is_valid(pages: dict[str, str]) -> None:
    found = {
        path: [f for n in nodes_of(html) for f in faults_of(n)] for path, html in pages.items()
    }
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_each_page_tells_what_it_is(pages: dict[str, str]) -> None:
    kinds = {path: [n["@type"] for n in nodes_of(html)] for path, html in pages.items()}
    assert kinds["/"] == ["MedicalWebPage", "WebSite", "MedicalOrganization"]
    assert kinds["/contact/"] == ["MedicalWebPage", "MedicalOrganization"]
    assert kinds["/faq/"] == ["FAQPage"]
    assert kinds["/glossary/"] == ["DefinedTermSet"]
    assert kinds["/programs/tracks/adult/"] == ["MedicalWebPage", "BreadcrumbList"]
    for path, html in pages.items():
        page = PageReader(html)
        shows_way = any(one.get("class") == "crumbs" for one in page.all("nav"))
        assert ("BreadcrumbList" in kinds[path]) == shows_way, path
        shows_text = 'aria-labelledby="about-text"' in html or path == "/"
        assert ("MedicalWebPage" in kinds[path]) == shows_text, path


def test_what_is_told_is_what_the_page_shows(pages: dict[str, str]) -> None:
    for path, html in pages.items():
        page = PageReader(html)
        for node in nodes_of(html):
            if node["@type"] == "MedicalWebPage":
                assert node["@id"] == HERE + path
                assert node["description"] in [
                    one["content"] for one in page.all("meta") if one.get("name") == "description"
                ]
                assert len(node.get("citation", [])) == html.count('<li id="source-'), path
    faq = nodes_of(pages["/faq/"])[0]
    assert len(faq["mainEntity"]) == pages["/faq/"].count('<details class="qa"')


def test_no_sample_is_told_anywhere(pages: dict[str, str]) -> None:
    for path, html in pages.items():
        for node in nodes_of(html):
            if node["@type"] in ("MedicalOrganization", "MedicalClinic", "WebSite"):
                assert "ample" not in json.dumps(node), path
                assert not {"address", "identifier", "legalName"} & set(node), path


@pytest.mark.django_db
def test_a_text_cannot_break_out_of_its_block(client: Client) -> None:
    evil = "</script><script>alert(1)</script>"
    make_text(Article, "evil", title=evil, summary=evil)
    html = client.get("/articles/evil/").content.decode()
    assert "<script>" not in html
    assert nodes_of(html)[0]["name"] == evil


@pytest.mark.usefixtures("starter_content")
def test_a_topic_ends_its_way(client: Client) -> None:
    topic = Topic.objects.first()
    assert topic
    nodes = nodes_of(client.get(topic.get_absolute_url()).content.decode())
    assert [n["@type"] for n in nodes] == ["BreadcrumbList"]
    assert nodes[0]["itemListElement"][-1]["name"] == topic.name


@pytest.mark.usefixtures("starter_content")
def test_pages_that_are_not_to_be_found_tell_nothing(client: Client) -> None:
    html = client.get("/no-such-page/").content.decode()
    assert nodes_of(html) == []
    assert "og:" not in html
    assert nodes_of(client.get("/admissions/inquiry/").content.decode()) == []


# -- Open Graph


def test_every_page_can_be_shared_with_its_own_words(pages: dict[str, str]) -> None:
    told = set()
    for path, html in pages.items():
        page = PageReader(html)
        meta = {one["property"]: one["content"] for one in page.all("meta") if "property" in one}
        described = [o["content"] for o in page.all("meta") if o.get("name") == "description"]
        assert meta["og:url"] == HERE + path
        assert [meta["og:description"]] == described, path
        assert page.text("title")[0].startswith(meta["og:title"]), path
        assert finders.find(meta["og:image"].removeprefix(f"{HERE}/static/")), path
        assert meta["og:site_name"] == "Resilience Behavioral Health"
        assert meta["og:locale"] == "en_US"
        is_article = bool(re.fullmatch(r"/articles/[a-z0-9-]+/", path))
        assert meta["og:type"] == ("article" if is_article else "website"), path
        assert ("article:published_time" in meta) == is_article, path
        feeds = [one for one in page.all("link") if one["rel"] == "alternate"]
        assert [one["href"] for one in feeds] == ["/articles/feed/"], path
        told.add(meta["og:title"])
    assert len(told) == len(pages)


@pytest.mark.django_db
def test_a_shared_title_cannot_break_out_of_its_attribute(client: Client) -> None:
    make_text(Article, "evil", title='"><img src=x>', summary="'\"><img src=x>")
    page = PageReader(client.get("/articles/evil/").content.decode())
    assert not page.all("img")
    meta = {one["property"]: one["content"] for one in page.all("meta") if "property" in one}
    assert meta["og:title"] == '"><img src=x>'
