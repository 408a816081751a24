"""Site search: real questions with their answers, odd ones, and texts that change."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from content import search_index
from content.models import Article, Faq, GlossaryTerm, Page, TextStatus, Topic
from content.search import LONGEST_QUERY, Found, _marked, find
from programs.models import Component
from programs.places import places
from tests.texts import make_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter_content")]

NAMES = {
    "provider": "Resilience Behavioral Health",
    "phone": "888-401-1179",
    "program": "intensive outpatient program",
    "program_title": "Intensive outpatient program",
    "program_short": "IOP",
    "line:988": "988",
}


def found(query: str, **options: Any) -> Found:
    return find(query=query, names=NAMES, places=places(), **options)


def addresses(query: str) -> list[str]:
    return [result.address for result in found(query).results]


# What people type, and the address that must be among the first three.
ASKED = """
iop → /programs/intensive-outpatient/
what is an iop → /articles/guide-to-iop-in-massachusetts/
php vs iop → /articles/which-level-of-care/
difference between inpatient and outpatient → /articles/which-level-of-care/
detox → /glossary/#withdrawal-management
drug rehab → /programs/levels-of-care/
rehab → /programs/levels-of-care/
therapy for my son → /programs/tracks/adolescent/
help for my daughter → /articles/teenagers-guide-for-parents/
teen iop → /programs/tracks/adolescent/
my kid will miss school → /faq/#teen-misses-school
can my son come without me knowing → /faq/#can-a-teen-come-without-parents
veterans → /programs/tracks/veterans/
vet → /articles/veterans-ways-in/
army → /programs/tracks/veterans/
does the va pay → /faq/#va-pay-for-iop
dishonorable discharge → /faq/#other-than-honorable
cost → /faq/#what-will-it-cost
how much does it cost → /articles/paying-for-iop/
can't afford it → /insurance-and-payment/
do you take blue cross → /faq/#which-insurance
no insurance → /faq/#no-insurance
insurance denied my claim → /faq/#insurance-says-no
preauthorization → /faq/#prior-authorization
masshealth → /glossary/#masshealth
medicare → /faq/#medicare
relapse → /articles/when-return-to-use-happens/
what if i drink again → /faq/#what-if-i-use-again
shrink → /programs/components/medication-management/
psychiatrist → /programs/components/medication-management/
will i have to take meds → /faq/#will-they-make-me-take-medicine
suboxone → /glossary/#moud
zoom → /faq/#can-i-come-by-video
online therapy → /faq/#can-i-come-by-video
night classes → /programs/tracks/evening/
evening program → /programs/tracks/evening/
can i keep my job → /faq/#can-i-keep-working
will my boss find out → /faq/#will-anyone-find-out
college student → /faq/#college-or-school
my husband won't get help → /articles/helping-someone-you-love/
my wife refuses treatment → /faq/#they-refuse-help
my husband drinks too much → /articles/helping-someone-you-love/
depression → /programs/tracks/adult/
anxiety and alcohol → /articles/two-conditions-at-once/
dual diagnosis → /programs/tracks/dual-diagnosis/
art therapy → /programs/components/expressive-arts-therapy/
yoga → /programs/components/movement-therapy/
eating disorder → /programs/components/meal-support/
family therapy → /programs/components/family-therapy/
AA meetings → /programs/components/peer-support/
do i have to talk in group → /faq/#do-i-have-to-talk-in-group
overdose → /get-help-now/
suicide → /get-help-now/
crisis line → /articles/massachusetts-help-lines/
aftercare → /programs/components/continuing-care/
coming home from hospital → /articles/stepping-down-from-hospital/
how long is the program → /faq/#how-long-does-it-last
what to bring → /faq/#what-to-bring
do i need a referral → /faq/#do-i-need-a-referral
drug test → /faq/#drug-testing
kicked out of program → /faq/#will-i-be-thrown-out
does it work → /faq/#does-it-work
success rate → /articles/what-research-says/
questions to ask a rehab → /articles/questions-to-ask-any-program/
is it confidential → /privacy/
spanish interpreter → /nondiscrimination/
wheelchair access → /accessibility/
parking → /contact/
phone number → /contact/
schedule → /programs/schedule/
check my insurance → /admissions/insurance/
call me back → /admissions/inquiry/
resilience behavioral health → /about/
veternas → /programs/tracks/veterans/
insurence → /insurance-and-payment/
adolecent → /programs/tracks/adolescent/
deppression → /programs/tracks/adult/
adole → /programs/tracks/adolescent/
group ther → /programs/components/group-therapy/
"""


@pytest.mark.parametrize("line", ASKED.strip().splitlines())
def test_a_real_query_finds_its_answer_among_the_first_three(line: str) -> None:
    query, _, address = line.partition(" → ")
    assert address in addresses(query)[:3]


# -- how words are read


def test_one_form_of_a_word_finds_the_others() -> None:
    assert addresses("veteran") == addresses("veterans") == addresses("VETERANS’")


def test_a_mistyped_word_is_mended_and_said() -> None:
    assert found("veternas").corrected == ["veterans"]
    assert found("veterans").corrected == []


def test_a_word_that_is_not_the_last_is_no_beginning_of_one() -> None:
    assert found("adole").corrected == []
    assert "/programs/tracks/adolescent/" in addresses("adole")
    assert "/programs/tracks/adolescent/" not in addresses("adole xyzzyq")


def test_a_word_in_a_title_counts_more_than_in_a_body() -> None:
    make_text(Article, "in-body", body="Zymurgy is a word. " + "Other words stand here. " * 30)
    make_text(Article, "in-title", title="On zymurgy", body="Other words stand here. " * 30)
    assert addresses("zymurgy") == ["/articles/in-title/", "/articles/in-body/"]


@pytest.mark.parametrize("query", ["", "   ", "the of and", "“”", "💩", "\x00\x00", "?!", "a"])
def test_a_query_that_says_nothing_finds_nothing(query: str) -> None:
    answer = found(query)
    assert (answer.count, answer.results, answer.definition) == (0, [], None)


@pytest.mark.parametrize(
    "query",
    [
        "title:veterans AND (body:x OR",
        '"unclosed',
        "*:*",
        "veterans^9999 -help +x ~2 [a TO z]",
        "'; DROP TABLE content_article; --",
        "%' OR 1=1 --",
        "{{ phone }} {% now %} [^key]",
        "<script>alert(1)</script>",
        "\x00veterans\x00\x1b[31m",
        "\ud800 veterans",
        "ǅ ⒇ ﬃ İ ß " * 20,
        "x" * 10_000,
        "veterans " * 2_000,
        "קריז أزمة 危机 кризис",
    ],
)
def test_a_strange_query_is_only_words(query: str) -> None:
    answer = found(query)
    assert len(answer.query) <= LONGEST_QUERY
    assert answer.count >= len(answer.results)


def test_what_is_beyond_the_longest_query_is_not_read() -> None:
    assert found("x " * 100 + "veterans").is_cut
    assert not found("  veterans  " + " " * 300).is_cut
    assert addresses("q " * 100 + "veterans") == []


# -- what is shown


def test_a_snippet_marks_what_was_found_and_nothing_else_is_markup() -> None:
    attack = "<b>zymurgy</b> & “zymurgy” <script>alert(1)</script>"
    make_text(Article, "attack", title="<i>Zymurgy</i>", summary="A summary.", body=attack)
    (result,) = found("zymurgy").results
    assert result.title == "<i>Zymurgy</i>"
    assert "&lt;b&gt;<mark>zymurgy</mark>&lt;/b&gt; &amp; “<mark>zymurgy</mark>”" in result.snippet
    assert "<script" not in result.snippet
    assert "<b>" not in result.snippet


def test_a_snippet_is_plain_text_with_names_filled_and_no_citations() -> None:
    body = (
        "## A heading\n\nAsk {{provider}} about **zymurgy**,[^a-source] or call {{phone}}.\n\n"
        "- one [link](/about/)\n- two"
    )
    make_text(Article, "shown", summary="About it.", body=body)
    (result,) = found("zymurgy").results
    assert result.snippet == (
        "About it. Ask Resilience Behavioral Health about <mark>zymurgy</mark>, "
        "or call 888-401-1179. one link; two"
    )


def test_nothing_shown_for_any_text_holds_a_placeholder_or_a_mark_of_markdown() -> None:
    for entry in search_index.entries(NAMES):
        words = f"{entry.title} {entry.body} {entry.headings} {entry.meaning}"
        for mark in ("[^", "**", "](", "{lang", "&#", "<p>"):
            assert mark not in words, (entry.address, mark)
        assert "{{" not in words.replace("{{line:", ""), entry.address


def test_kinds_and_addresses_say_where_a_result_leads() -> None:
    kinds = {entry.address: entry.kind for entry in search_index.entries(NAMES)}
    assert kinds["/articles/paying-for-iop/"] == "Article"
    assert kinds["/programs/tracks/adult/"] == "Track"
    assert kinds["/programs/components/assessment/"] == "Component"
    assert kinds["/faq/#medicare"] == "Question"
    assert kinds["/glossary/#iop"] == "Word"


@pytest.mark.parametrize(
    ("query", "term"),
    [
        ("PHP", "Partial hospitalization program"),
        ("what does prior authorization mean?", "Prior authorization"),
        ("what is a deductible", "Deductible"),
        ("in-network", "In-network"),
        ("out of network", "Out-of-network"),
        ("relapse", "Return to use"),
        ("my deductible is too high", None),
        ("what is", None),
    ],
)
def test_a_term_of_the_glossary_is_explained_first(query: str, term: str | None) -> None:
    definition = found(query).definition
    assert (definition and definition.title) == term
    assert definition is None or definition.meaning


@pytest.mark.parametrize(
    "query",
    [
        "suicide",
        "suicidal thoughts",
        "suicde",
        "overdose",
        "crisis",
        "I want to die",
        "i dont want to live anymore",
        "I don’t want to live",
        "my daughter is cutting herself",
        "kill myself",
        "narcan",
        "911",
        "sobredosis",
    ],
)
def test_whoever_may_be_in_danger_is_told_so(query: str) -> None:
    assert found(query).is_crisis


@pytest.mark.parametrize("query", ["veterans", "cost", "live music", "help", "", "living"])
def test_other_queries_are_no_crisis(query: str) -> None:
    assert not found(query).is_crisis


# -- pages of results


def test_pages_of_results_hold_each_result_once() -> None:
    for number in range(23):
        make_text(Article, f"many-{number}", body="Zymurgy.")
    pages = [found("zymurgy", page=str(number)) for number in (1, 2, 3)]
    assert [(one.page, one.pages, one.count) for one in pages] == [(n, 3, 23) for n in (1, 2, 3)]
    assert [len(one.results) for one in pages] == [10, 10, 3]
    assert len({result.address for one in pages for result in one.results}) == 23
    assert [one.first for one in pages] == [1, 11, 21]


@pytest.mark.parametrize(
    ("page", "shown"),
    [("0", 1), ("-5", 1), ("99", 3), ("9" * 5000, 3), ("abc", 1), ("", 1), ("2.5", 1), ("²", 1)],
)
def test_a_page_that_is_not_there_gives_the_nearest(page: str, shown: int) -> None:
    for number in range(23):
        make_text(Article, f"many-{number}", body="Zymurgy.")
    assert found("zymurgy", page=page).page == shown


# -- what can be found


@pytest.mark.parametrize(
    "changes",
    [
        {"status": TextStatus.DRAFT},
        {"status": TextStatus.IN_REVIEW},
        {"status": TextStatus.ARCHIVED},
        {"status": TextStatus.SCHEDULED, "published_at": datetime(2099, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_is_not_published_is_not_found(changes: dict[str, Any]) -> None:
    make_text(Article, "hidden", title="On zymurgy", **changes)
    assert addresses("zymurgy") == []


def test_what_is_not_offered_or_has_no_address_is_not_found() -> None:
    make_text(Component, "not-offered", title="On zymurgy", short="x", is_offered=False)
    made = make_text(Page, "made-by-mistake", title="On zymurgy")
    assert made.is_published
    assert addresses("zymurgy") == []


def test_a_hidden_question_is_not_found() -> None:
    topic = Topic.objects.get(slug="paying")
    faq = Faq.objects.create(slug="q", question="Zymurgy?", answer="So.", topic=topic)
    assert addresses("zymurgy") == ["/faq/#q"]
    faq.is_published = False
    faq.save()
    assert addresses("zymurgy") == []


def test_a_changed_text_is_found_at_once() -> None:
    text = make_text(Article, "changing", body="Zymurgy.")
    assert addresses("zymurgy") == ["/articles/changing/"]
    text.body = "Zoography."
    text.save()
    assert addresses("zymurgy") == []
    assert addresses("zoography") == ["/articles/changing/"]
    text.status = TextStatus.ARCHIVED
    text.save()
    assert addresses("zoography") == []


def test_a_changed_word_or_name_is_found_at_once() -> None:
    term = GlossaryTerm.objects.create(slug="z", term="Zymurgy", definition="Brewing.")
    assert "Brewing." in found("zymurgy").results[0].snippet
    term.definition = "Fermenting."
    term.save()
    assert "Fermenting." in found("zymurgy").results[0].snippet
    assert find(query="zymurgy house", names=NAMES | {"provider": "Zymurgy House"}).count > 1


def test_a_scheduled_text_is_found_from_its_time_on() -> None:
    due = datetime(2030, 6, 1, 12, tzinfo=UTC)
    make_text(Article, "due", body="Zymurgy.", status=TextStatus.SCHEDULED, published_at=due)
    with time_machine.travel(due - timedelta(seconds=1), tick=False):
        assert addresses("zymurgy") == []
    with time_machine.travel(due, tick=False):
        assert addresses("zymurgy") == ["/articles/due/"]


def test_an_index_is_built_once_for_texts_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    found("veterans")
    monkeypatch.setattr(search_index, "entries", lambda names: pytest.fail("built again"))
    assert found("families").count


def test_an_index_may_be_asked_by_many_threads() -> None:
    index = search_index.current_index(NAMES, places())
    answers: list[list[str]] = []

    def ask() -> None:
        from content import search

        reading = search._read(index, "veternas insurence")
        wanted = search._query(index, reading)
        answers.extend(
            [entry.address for _place, entry in search._hits(index, wanted)] for _ in range(20)
        )

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 120
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]


def test_the_index_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    found("veterans")
    with django_assert_max_num_queries(7):
        found("families")


def test_a_word_in_two_ranges_is_marked_once() -> None:
    marked = _marked("one two", [(0, 3), (0, 7), (4, 7)], "one two")
    assert marked == "<mark>one</mark> <mark>two</mark>"


def test_who_waited_gets_the_index_that_another_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built = search_index.current_index(NAMES, places())
    monkeypatch.setattr(search_index, "_held", None)

    class Lock:
        """Another thread has built it by the time that the lock is free."""

        def __enter__(self) -> None:
            search_index._held = built

        def __exit__(self, *args: object) -> None: ...

    monkeypatch.setattr(search_index, "_lock", Lock())
    assert search_index.current_index(NAMES, places()) is built
