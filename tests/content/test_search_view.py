"""The page of site search, asked for well, badly and maliciously."""

import logging
from urllib.parse import quote

import pytest
from django.test import Client

from content.models import Article
from programs.models import CrisisLine, ProviderProfile
from tests.outages import database_away
from tests.texts import PageReader, make_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]


@pytest.fixture
def public() -> Client:
    """A visitor whose server turns a fault into an answer, as it does in production."""
    return Client(raise_request_exception=False)


def search(client: Client, query: str, **more: str) -> PageReader:
    response = client.get("/search/", {"q": query, **more})
    assert response.status_code == 200
    return PageReader(response.content.decode())


def main_of(shown: PageReader) -> str:
    return shown.text("main")[0]


def test_the_heading_says_how_many_results_there_are_and_for_what(client: Client) -> None:
    make_text(Article, "one", title="Zymurgy & <you>")
    assert search(client, "zymurgy").text("h1") == ["1 result for “zymurgy”"]
    make_text(Article, "two", title="More zymurgy")
    shown = search(client, "zymurgy")
    assert shown.text("h1") == ["2 results for “zymurgy”"]
    assert shown.text("title")[0].startswith("2 results for “zymurgy” |")
    assert {"/articles/one/", "/articles/two/"} <= set(shown.each("href"))
    assert "Zymurgy & <you>" in shown.text("h2")


def test_found_words_are_marked(client: Client) -> None:
    make_text(Article, "one", body="Nothing but zymurgy here.")
    assert search(client, "zymurgy").text("mark") == ["zymurgy"]


def test_what_was_typed_is_shown_again_and_never_as_markup(client: Client) -> None:
    attack = "\"'><script>alert(1)</script>"
    shown = search(client, attack)
    assert [box["value"] for box in shown.all("input") if box["id"] == "q"] == [attack]
    assert not [one for one in shown.all("script") if "src" not in one and "type" not in one]
    assert attack in shown.text("h1")[0]


def test_the_page_is_not_listed_not_kept_and_sets_no_cookie(client: Client) -> None:
    response = client.get("/search/", {"q": "veterans"})
    shown = PageReader(response.content.decode())
    assert {"name": "robots", "content": "noindex"} in shown.all("meta")
    assert not [link for link in shown.all("link") if link["rel"] == "canonical"]
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    assert "/search/" not in client.get("/sitemap.xml").content.decode()
    assert "Disallow: /search/" in client.get("/robots.txt").content.decode()


def test_what_was_typed_is_in_no_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        search(client, "zymurgical")
        client.get("/search/", {"q": "zymurgical\x00", "page": "zymurgical"})
    lines = [record for record in caplog.records if not record.name.startswith("django.db")]
    assert lines
    assert not [record for record in lines if "zymurgical" in str(record.__dict__)]


@pytest.mark.parametrize("query", ["suicide", "overdose", "I want to die", "crisis"])
def test_the_crisis_lines_stand_before_every_result(client: Client, query: str) -> None:
    shown = main_of(search(client, query))
    overdose = CrisisLine.objects.get(key="overdose")
    for words in ("988 Suicide & Crisis Lifeline", "911", overdose.number):
        assert -1 < shown.index(words) < shown.index("Search this site")


def test_other_queries_begin_with_the_search_box(client: Client) -> None:
    assert "Help is there now" not in main_of(search(client, "veterans"))


def test_a_word_of_the_glossary_is_explained_above_the_results(client: Client) -> None:
    shown = search(client, "php")
    assert "Partial hospitalization program" in shown.text("dt")
    assert "/glossary/#php" in shown.each("href")


def test_where_nothing_is_found_the_page_helps_on(client: Client) -> None:
    shown = search(client, "xyzzyq")
    assert shown.text("h1") == ["0 results for “xyzzyq”"]
    links = set(shown.each("href"))
    assert {"/articles/topics/a-veteran/", "/articles/topics/paying/", "/faq/"} <= links
    assert "888-401-1179" in main_of(shown)
    assert "If you can't wait" in shown.text("h2")


def test_without_a_query_the_page_offers_the_box_and_the_topics(client: Client) -> None:
    shown = PageReader(client.get("/search/").content.decode())
    assert shown.text("h1") == ["Search"]
    assert "/articles/topics/for-myself/" in shown.each("href")


def test_a_mended_word_is_said(client: Client) -> None:
    assert "Looked for: veterans" in search(client, "veternas").visible


def test_results_come_in_pages(client: Client) -> None:
    for number in range(23):
        make_text(Article, f"many-{number}", body="Zymurgy & more.")
    shown = search(client, "zymurgy & more", page="2")
    assert "Page 2 of 3" in shown.visible
    assert shown.all("ol")[0]["start"] == "11"
    for page in ("1", "3"):
        (address,) = [one for one in shown.each("href") if one.endswith(f"page={page}")]
        assert address == f"?q=zymurgy%20%26%20more&page={page}"
        assert f"Page {page} of 3" in search(client, "zymurgy & more", page=page).visible
    last = search(client, "zymurgy", page="999")
    assert "Page 3 of 3" in last.visible
    assert "Next" not in last.text("a")


def test_a_licence_that_forbids_the_name_is_kept_to(client: Client) -> None:
    def title() -> str:
        shown = search(client, "day treatment program")
        links = [link["href"] for link in shown.all("a")]
        return shown.text("a")[links.index("/programs/intensive-outpatient/")]

    assert title() == "Intensive outpatient program"
    ProviderProfile.objects.update(licence_kind=ProviderProfile.LicenceKind.BSAS_ONLY)
    assert title() == "Day treatment program"


@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=" + "a" * 10_000,
        "/search/?q=" + "word+" * 2_000,
        "/search/?q=%00",
        "/search/?q=a%00b&page=%00",
        "/search/?q=%ff%fe",
        "/search/?q=%F0%28%8C%28",
        "/search/?q=%F0%9F%92%A9",
        "/search/?q=the+of+and",
        "/search/?q=title:x+AND+(y+OR",
        "/search/?q='%20OR%201=1--",
        "/search/?q=veterans&page=-1",
        "/search/?q=veterans&page=" + "9" * 5_000,
        "/search/?q=veterans&page=1e9",
        "/search/?q=veterans&q=cost&page=1&page=x",
        "/search/?q[]=x&%00=y",
        "/search/?" + "&".join(f"a{number}=1" for number in range(1_000)),
        "/search/?q=" + quote("\u202e\u200b\ufeff veterans"),
    ],
)
def test_no_query_is_a_fault(public: Client, address: str) -> None:
    response = public.get(address)
    assert response.status_code in (200, 400, 413)
    assert len(PageReader(response.content.decode()).text("h1")) == 1


def test_the_page_is_only_read(client: Client) -> None:
    for method in ("POST", "PUT", "DELETE", "TRACE", "BREW"):
        assert client.generic(method, "/search/?q=x").status_code == 405
    assert client.head("/search/?q=veterans").content == b""


def test_while_the_database_is_away_the_page_says_so(public: Client) -> None:
    search(public, "veterans")
    with database_away():
        response = public.get("/search/", {"q": "veterans"})
    assert response.status_code == 503
    assert b"888-401-1179" in response.content


@pytest.mark.parametrize("address", ["/search/", "/articles/", "/faq/", "/nowhere/"])
def test_a_box_in_the_page_leads_to_search(public: Client, address: str) -> None:
    shown = PageReader(public.get(address).content.decode())
    forms = [form for form in shown.all("form") if form.get("role") == "search"]
    assert [form["action"] for form in forms] == ["/search/"]
    assert "method" not in forms[0]
    assert "q" in [label["for"] for label in shown.all("label")]


@pytest.mark.parametrize("address", ["/", "/programs/", "/articles/paying-for-iop/"])
def test_the_menu_of_every_page_has_a_box(client: Client, address: str) -> None:
    shown = PageReader(client.get(address).content.decode())
    assert [box["id"] for box in shown.all("input") if box.get("name") == "q"] == ["q-menu"]
    assert "/search/" in shown.each("href")


@pytest.mark.parametrize(
    "address", ["/admissions/inquiry/myself/", "/admissions/insurance/", "/admissions/status/"]
)
def test_a_page_with_a_form_has_no_other_form(client: Client, address: str) -> None:
    shown = PageReader(client.get(address).content.decode())
    assert [form.get("method") for form in shown.all("form")] == ["post"]
