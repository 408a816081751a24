"""The public pages of texts, asked for well, badly and maliciously."""

import string
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_to_bytes

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from content.models import Article, Faq, GlossaryTerm, Page, Person, Source, TextStatus, Topic
from tests.texts import PageReader, make_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]

ADDRESSES = [
    "/",
    "/articles/",
    "/articles/paying-for-iop/",
    "/faq/",
    "/glossary/",
    "/team/",
    "/insurance-and-payment/",
    "/families/",
    "/professionals/",
    "/privacy/",
    "/accessibility/",
    "/nondiscrimination/",
    "/about/",
    "/get-help-now/",
    "/contact/",
    "/admissions/",
    "/programs/",
    "/programs/intensive-outpatient/",
    "/programs/levels-of-care/",
    "/programs/how-it-works/",
    "/programs/schedule/",
    "/programs/components/",
    "/programs/components/group-therapy/",
    "/programs/tracks/",
    "/programs/tracks/adult/",
]
REFUSED = {400, 403, 404, 405, 414, 431}


@pytest.fixture
def public() -> Client:
    """A visitor whose server turns a fault into an answer, as it does in production."""
    return Client(raise_request_exception=False)


def page(client: Client, address: str) -> PageReader:
    response = client.get(address)
    assert response.status_code == 200
    return PageReader(response.content.decode())


# -- every page


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_the_same_for_everybody(client: Client, address: str) -> None:
    plain = client.get(address)
    marked = Client(headers={"user-agent": "x", "accept-language": "es"}).get(
        address, headers={"cookie": "sessionid=abcdefgh; csrftoken=abcdefgh"}
    )
    assert plain.status_code == marked.status_code == 200
    assert plain.content == marked.content
    assert plain.headers["ETag"] == marked.headers["ETag"]
    assert not plain.cookies
    assert not marked.cookies
    assert "cookie" not in plain.headers.get("Vary", "").lower()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_that_did_not_change_is_not_sent_again(client: Client, address: str) -> None:
    first = client.get(address)
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    again = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_answers_head_as_it_answers_get(client: Client, address: str) -> None:
    got, head = client.get(address), client.head(address)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_only_read(client: Client, address: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        assert client.generic(method, address).status_code == 405


@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_an_address_without_its_last_slash_leads_to_it(client: Client, address: str) -> None:
    response = client.get(address.rstrip("/"))
    assert response.status_code == 301
    assert response.headers["Location"] == address


def test_a_changed_text_is_sent_again(client: Client) -> None:
    etag = client.get("/about/").headers["ETag"]
    Page.objects.filter(slug="about").update(body="Another text.")
    response = client.get("/about/", headers={"if-none-match": etag})
    assert response.status_code == 200
    assert response.headers["ETag"] != etag
    assert b"Another text." in response.content


# -- what is not published


@pytest.mark.parametrize(
    "changes",
    [
        {"status": TextStatus.DRAFT},
        {"status": TextStatus.IN_REVIEW},
        {"status": TextStatus.ARCHIVED},
        {"status": TextStatus.SCHEDULED, "published_at": datetime(2099, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_is_not_published_is_404_and_listed_nowhere(
    client: Client, changes: dict[str, object]
) -> None:
    make_text(Article, "hidden", title="A hidden title", **changes)
    assert client.get("/articles/hidden/").status_code == 404
    assert b"A hidden title" not in client.get("/articles/").content
    assert b"A hidden title" not in client.get("/").content


def test_a_standing_page_taken_down_is_404(client: Client) -> None:
    Page.objects.filter(slug="families").update(status=TextStatus.ARCHIVED)
    assert client.get("/families/").status_code == 404


def test_a_standing_page_of_another_name_has_no_address(client: Client) -> None:
    make_text(Page, "made-by-mistake")
    assert client.get("/made-by-mistake/").status_code == 404


def test_a_scheduled_article_opens_at_its_time(client: Client) -> None:
    due = datetime(2030, 6, 1, 12, tzinfo=UTC)
    make_text(Article, "due", status=TextStatus.SCHEDULED, published_at=due)
    with time_machine.travel(due - timedelta(seconds=1), tick=False):
        assert client.get("/articles/due/").status_code == 404
    with time_machine.travel(due, tick=False):
        assert client.get("/articles/due/").status_code == 200


# -- what the pages show


def test_an_article_shows_who_wrote_it_and_what_it_rests_on(client: Client) -> None:
    Source.objects.create(
        key="a-study",
        publisher="An Institute",
        title="A study",
        year=2024,
        url="https://www.example.org/study",
        checked_on="2026-11-01",
    )
    make_text(Article, "shown", title="A shown <title>", body="A fact.[^a-study]")
    shown = page(client, "/articles/shown/")
    assert shown.text("h1") == ["A shown <title>"]
    assert shown.text("title")[0].startswith("A shown <title>")
    assert "A Writer" in shown.visible
    assert "Not yet reviewed by a clinician" in shown.visible
    assert "An Institute" in shown.visible
    assert "source-1" in shown.each("id")
    assert "https://www.example.org/study" in shown.each("href")


def test_a_reviewed_article_names_its_reviewer_and_the_day(client: Client) -> None:
    reviewer = Person.objects.create(
        key="reviewer", name="Sam Lee", credentials="LICSW", role="Reviewer"
    )
    make_text(Article, "reviewed", reviewer=reviewer, reviewed_on="2026-11-01")
    words = page(client, "/articles/reviewed/").visible
    assert "Clinically reviewed by Sam Lee, LICSW on November 1, 2026" in words
    assert "Not yet reviewed" not in words


def test_a_script_in_a_text_is_shown_and_never_run(client: Client) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    make_text(Article, "attack", title=attack[:100], summary=attack, body=attack)
    for address in ("/articles/attack/", "/articles/", "/"):
        shown = page(client, address)
        assert not [one for one in shown.all("script") if not {"src", "type"} & set(one)]
        assert "x" not in shown.each("src")
        assert not shown.each("onerror")
    assert attack in page(client, "/articles/attack/").visible


def test_a_text_leads_on_only_to_what_can_be_opened(client: Client) -> None:
    make_text(Article, "draft", status=TextStatus.DRAFT, title="A draft")
    make_text(
        Article,
        "leading",
        related=[
            "/about/",
            "/articles/draft/",
            "/articles/nowhere/",
            "/nowhere/",
            "/livez",
            "/articles/feed/",
            "/admin/",
            "https://elsewhere.example.com/",
            "javascript:alert(1)",
            "",
        ],
    )
    shown = page(client, "/articles/leading/")
    words = [
        text
        for link, text in zip(shown.all("a"), shown.text("a"), strict=True)
        if link["href"] == "/about/"
    ]
    assert "About Resilience Behavioral Health and this site" in words
    assert "A draft" not in shown.visible
    led = set(shown.each("href"))
    assert not led & {"/articles/draft/", "/articles/nowhere/", "/nowhere/", "/livez", "/admin/"}
    assert not [one for one in led if "elsewhere" in one or "javascript" in one]


def test_an_address_with_markup_is_not_shown_as_markup(public: Client) -> None:
    response = public.get("/articles/%22%3E%3Cscript%3Ealert(1)%3C/script%3E/")
    assert response.status_code == 404
    assert b"<script>alert" not in response.content


def test_the_first_page_shows_the_three_newest_articles(client: Client) -> None:
    for number in range(5):
        make_text(Article, f"new-{number}", published_at=datetime(2026, 1, 1 + number, tzinfo=UTC))
        Article.objects.filter(slug=f"new-{number}").update(
            published_at=datetime.now(UTC) - timedelta(minutes=number)
        )
    shown = page(client, "/").each("href")
    listed = [one for one in shown if one.startswith("/articles/new-")]
    assert list(dict.fromkeys(listed)) == [f"/articles/new-{number}/" for number in range(3)]


def test_the_faq_shows_published_questions_under_their_topics(client: Client) -> None:
    topic = Topic.objects.create(slug="a-topic", name="A new topic")
    empty = Topic.objects.create(slug="an-empty-topic", name="An empty topic")
    Faq.objects.create(slug="asked", question="Asked?", answer="Answered.", topic=topic)
    Faq.objects.create(
        slug="hidden", question="Hidden?", answer="No.", topic=empty, is_published=False
    )
    shown = page(client, "/faq/")
    assert "A new topic" in shown.visible
    assert "Asked?" in shown.visible
    assert "Answered." in shown.visible
    assert "asked" in shown.each("id")
    assert "Hidden?" not in shown.visible
    assert "An empty topic" not in shown.visible


def test_the_glossary_shows_every_term_with_an_anchor(client: Client) -> None:
    shown = page(client, "/glossary/")
    for term in GlossaryTerm.objects.all():
        assert term.slug in shown.each("id")
        assert term.term in shown.visible


def test_the_team_page_marks_who_is_a_sample(client: Client) -> None:
    Person.objects.create(key="hidden", name="Hidden Person", role="None")
    shown = page(client, "/team/")
    samples = Person.objects.filter(on_team_page=True, is_sample=True)
    assert samples.exists()
    for person in samples:
        assert person.name in shown.visible
    assert "Hidden Person" not in shown.visible
    assert shown.visible.count("Sample profile") >= samples.count()


def test_get_help_now_shows_every_line_before_anything_else(client: Client) -> None:
    from programs.models import CrisisLine

    shown = page(client, "/get-help-now/")
    for line in CrisisLine.objects.all():
        assert line.href in shown.each("href")
        assert line.number in shown.visible


# -- queries stay few, however many texts there are


def test_lists_cost_the_same_however_long_they_are(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Article.objects.all().delete()
    topic = Topic.objects.create(slug="a-topic", name="A topic")
    costs: dict[str, list[int]] = {}
    for numbers in (range(1), range(1, 3), range(3, 300)):
        for number in numbers:
            make_text(Article, f"many-{number}").topics.add(topic)
            Faq.objects.create(slug=f"q-{number}", question="Q?", answer="A.[^x]", topic=topic)
            GlossaryTerm.objects.create(slug=f"t-{number}", term=f"T {number}", definition="D.")
        for address in ("/articles/", "/faq/", "/glossary/", "/articles/many-0/"):
            with django_assert_max_num_queries(10) as queries:
                assert client.get(address).status_code == 200
            costs.setdefault(address, []).append(len(queries))
    assert {address: cost for address, cost in costs.items() if len(set(cost)) > 1} == {}


# -- rubbish

ODD = [
    "/articles/%00/",
    "/articles/%ff%fe/",
    "/articles/%C0%80/",
    "/articles/%F0%9F%92%A9/",
    "/%00",
    "/%",
    "/%%%",
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/articles/" + "a" * 5000 + "/",
    "/articles/a b/",
    "/articles/%0d%0aSet-Cookie:x=y/",
    "/programs/tracks/%27%20OR%201=1--/",
    "/programs/components/%00/",
    "/admissions/sent/%00/",
    "/admissions/sent/%ff/",
    "/admissions/sent/" + "a" * 3000 + "/",
    "/static/%00",
    "/static/../manage.py",
    "/static/%2e%2e/manage.py",
    "/wp-login.php",
    "/.env",
    "/.git/config",
]


@pytest.mark.parametrize("address", ODD)
def test_an_odd_address_is_refused_and_never_a_fault(public: Client, address: str) -> None:
    response = public.get(address)
    assert response.status_code in REFUSED
    assert not response.cookies


@pytest.mark.parametrize(
    "query",
    [
        "%00",
        "%ff=%fe",
        "a=%00",
        "=&=&&",
        "page=-1",
        "slug[]=x",
        "a" * 9000,
        "%",
        "pk=1",
        "__class__=x",
        "format=json",
        "q=%F0%28%8C%28",
        "next=//elsewhere.example.com",
    ],
)
@pytest.mark.parametrize("address", ["/articles/", "/programs/tracks/"])
def test_what_follows_an_address_changes_nothing(public: Client, address: str, query: str) -> None:
    response = public.get(address, QUERY_STRING=query)
    assert response.status_code == 200
    assert response.content == public.get(address).content


@pytest.mark.parametrize(
    "headers",
    [
        {"if-none-match": '"'},
        {"if-none-match": "W/" * 500},
        {"if-modified-since": "never"},
        {"accept-language": "x" * 5000},
        {"accept-language": "%00-\u00e9,*;q=9"},
        {"accept": "\u00ff"},
        {"cookie": "=;;;=\x7f"},
        {"cookie": "sessionid=" + "x" * 5000},
        {"cookie": 'sessionid="\\000\\000\\000\\000\\000\\000\\000\\000"'},
        {"range": "bytes=9-1"},
        {"x-forwarded-for": "' OR 1=1"},
        {"content-length": "x"},
    ],
)
def test_odd_headers_change_nothing(public: Client, headers: dict[str, str]) -> None:
    assert public.get("/articles/", headers=headers).status_code == 200


def test_nobody_is_sent_elsewhere_by_an_address_of_ours(public: Client) -> None:
    for address in (
        "//elsewhere.example.com/articles",
        "/\\elsewhere.example.com/articles",
        "//elsewhere.example.com/..%2f/faq",
    ):
        response = public.get(address)
        location = response.headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["articles", "programs", "tracks", "components", "faq", "admissions", "sent", "..", "."]
        ),
        st.text(string.printable, max_size=12),
        st.binary(max_size=6).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)),
    ),
    max_size=4,
)


@given(PIECES, st.binary(max_size=40))
@run(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the client keeps no state
)
def test_no_address_at_all_is_a_fault(public: Client, pieces: list[str], query: bytes) -> None:
    path = unquote_to_bytes("/" + "/".join(pieces)).decode("latin-1")
    response = public.request(PATH_INFO=path, QUERY_STRING=query.decode("latin-1"))
    assert response.status_code < 500
    assert "Location" not in response.headers or response.headers["Location"].startswith(
        ("/", "?", "http://testserver/")
    )
