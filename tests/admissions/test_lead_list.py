"""The list of leads: search, filters, pages, order; what it costs and what it never says."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from admissions import audit, search, triage
from admissions.admin import keyset
from admissions.admin.lead_list import sealed
from admissions.enums import AttemptResult, Channel
from admissions.forms.lead_list import LeadFilters
from admissions.models import Lead, LeadEvent
from iop_site import roles
from programs.models import Payer, Track
from tests.admissions.conftest import close
from tests.factories import inquiry_answers

LIST = "/admin/admissions/lead/"
SEARCH = "/admin/admissions/lead/search/"
MakeLead = Callable[..., Lead]


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def many(wordings: Any) -> Callable[[int], list[Lead]]:
    """Return a function that stores leads, one a minute, the newest first of them."""

    def make(count: int, **values: Any) -> list[Lead]:
        now = timezone.now()
        given = {n: v for n, v in inquiry_answers().items() if n in ("role", "first_name", "phone")}
        start = Lead.objects.count()
        return Lead.objects.bulk_create(
            Lead(
                reference=f"{start + number:08d}",
                source="web_inquiry",
                received_at=now - timedelta(minutes=start + number),
                **given | values,
            )
            for number in range(count)
        )

    return make


def listed(client: Client, address: str = LIST, **query: Any) -> list[str]:
    """Return the references on a page, in their order."""
    answer = client.get(address, query, follow=True)
    assert answer.status_code == 200
    return [lead.reference for lead in answer.context["cl"].result_list]


# -- searching


@pytest.mark.shows("ASVS 14.2.1")
def test_what_is_searched_for_stands_in_no_address_and_comes_back_in_the_box(
    desk: Client, lead: Lead
) -> None:
    answer = desk.post(SEARCH, {"q": "617-555-0101"})
    assert answer.status_code == 302
    address = urlsplit(answer["Location"])
    assert address.path == LIST
    assert "555" not in address.query
    assert list(parse_qs(address.query)) == ["q"]
    page = desk.get(answer["Location"])
    assert [one.reference for one in page.context["cl"].result_list] == [lead.reference]
    assert 'value="617-555-0101"' in page.content.decode()
    assert "1 lead is found." in page.content.decode()


@pytest.mark.parametrize(
    "query", ["(617) 555-0101", "0101", "quill avery", "qui", "AVERY@example.org", " avery "]
)
def test_the_list_finds_by_what_staff_type(desk: Client, lead: Lead, query: str) -> None:
    assert listed(desk, q=sealed(query)) == [lead.reference]


@pytest.mark.parametrize("query", ["x" * 5000, "%", "Nobody", "617-555-0199"])
def test_who_is_not_there_is_not_found(desk: Client, lead: Lead, query: str) -> None:
    page = desk.post(SEARCH, {"q": query}, follow=True).content.decode()
    assert lead.reference not in page
    assert "Nobody is found by that." in page


@pytest.mark.parametrize("query", ["", "  ", "\x00", " \x00 "])
def test_searching_for_nothing_shows_the_list(desk: Client, lead: Lead, query: str) -> None:
    answer = desk.post(SEARCH, {"q": query})
    assert answer["Location"] == LIST
    assert listed(desk) == [lead.reference]


@pytest.mark.parametrize(
    "rubbish", ["617-555-0101", "v1.k1.AAAA", "v1..", "é", "\x00", "v9.k1.xx", "x" * 3000]
)
def test_an_address_that_is_no_search_of_ours_finds_nothing(
    desk: Client, lead: Lead, rubbish: str
) -> None:
    page = desk.get(LIST, {"q": rubbish}).content.decode()
    assert lead.reference not in page
    assert "This search cannot be read" in page
    assert not LeadEvent.objects.filter(kind="searched").exists()


def test_a_search_keeps_the_filters_and_says_so(desk: Client, make_lead: MakeLead) -> None:
    shown = make_lead(first_name="Robin", phone="", email="r@example.org", age_band="65_plus")
    make_lead(first_name="Robin", phone="", email="s@example.org")
    data = {"q": "robin", "filters": "age=65_plus&rubbish=1&status=king"}
    answer = desk.post(SEARCH, data, follow=True)
    assert [one.reference for one in answer.context["cl"].result_list] == [shown.reference]
    page = answer.content.decode()
    assert "2 leads are found." in page
    assert "Show all that are found" in page
    assert "rubbish" not in answer.redirect_chain[0][0]


def test_more_than_can_be_shown_is_said(
    desk: Client, make_lead: MakeLead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admissions.search.MOST", 1)
    make_lead(first_name="Robin", phone="", email="r@example.org")
    newest = make_lead(first_name="Robin", phone="", email="s@example.org")
    answer = desk.post(SEARCH, {"q": "robin"}, follow=True)
    assert [one.reference for one in answer.context["cl"].result_list] == [newest.reference]
    assert "1 lead is found, the newest. There may be older ones" in answer.content.decode()


@pytest.mark.shows("45 CFR 164.312(b)", "201 CMR 17.04(4)")
def test_each_search_is_recorded_without_what_was_searched_for(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    desk.post(SEARCH, {"q": "avery quill"}, follow=True)
    desk.post(SEARCH, {"q": "617-555-0199"}, follow=True)
    desk.get(LIST)
    nobody, found = LeadEvent.objects.filter(kind="searched")
    assert (found.lead_id, found.actor) == (None, coordinator.username)
    assert found.data == {"by": ["name"], "found": 1}
    assert nobody.data == {"by": ["phone", "member-id"], "found": 0}
    assert list(audit.verify()) == []


def test_searching_is_a_post_of_who_works_on_leads(
    client: Client, lead: Lead, make_staff: Any, coordinator: User
) -> None:
    assert client.post(SEARCH, {"q": "x"})["Location"].startswith("/admin/login/")
    client.force_login(make_staff(roles.AUDITOR))
    assert client.post(SEARCH, {"q": "x"}).status_code == 403
    assert client.get(LIST, {"q": sealed("avery")}).status_code == 403
    client.force_login(coordinator)
    assert client.get(SEARCH).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(coordinator)
    assert strict.post(SEARCH, {"q": "x"}).status_code == 403


def test_the_queue_searches_by_post_too(desk: Client) -> None:
    page = desk.get("/admin/").content.decode()
    assert f'method="post" action="{SEARCH}"' in page


# -- pages


def test_pages_lead_through_all_leads_and_back(desk: Client, many: Any) -> None:
    expected = [lead.reference for lead in many(123)]
    seen, address = [], LIST
    for _ in range(3):
        page = desk.get(address).context["cl"]
        seen.append([lead.reference for lead in page.result_list])
        links = {words: LIST + address for address, words in page.pages}
        address = links.get("Next", "")
    assert [one for part in seen for one in part] == expected
    assert [len(part) for part in seen] == [50, 50, 23]
    assert list(links) == ["First", "Previous"]
    assert listed(desk, links["Previous"]) == seen[1]
    assert listed(desk, links["First"]) == seen[0]


def test_last_page_is_one_step_and_leads_back(desk: Client, many: Any) -> None:
    expected = [lead.reference for lead in many(120)]
    first = desk.get(LIST).context["cl"]
    assert [words for _, words in first.pages] == ["Next", "Last"]
    last = desk.get(LIST + first.pages[-1][0]).context["cl"]
    assert [lead.reference for lead in last.result_list] == expected[-50:]
    back = desk.get(LIST + {w: a for a, w in last.pages}["Previous"]).context["cl"]
    assert [lead.reference for lead in back.result_list] == expected[20:70]
    # Going back beyond the first page shows it whole.
    front = desk.get(LIST + {w: a for a, w in back.pages}["Previous"]).context["cl"]
    assert [lead.reference for lead in front.result_list] == expected[:50]
    assert [words for _, words in front.pages] == ["Next", "Last"]


def test_leads_of_one_moment_are_each_shown_once(desk: Client, many: Any) -> None:
    many(101)
    Lead.objects.update(received_at=timezone.now())
    newest = [str(one) for one in Lead.objects.order_by("-pk").values_list("reference", flat=True)]
    for order, expected in (("", newest), ("oldest", newest[::-1])):
        seen, address = [], f"{LIST}?order={order}"
        while address:
            page = desk.get(address, follow=True).context["cl"]
            seen += [lead.reference for lead in page.result_list]
            address = next((LIST + one for one, words in page.pages if words == "Next"), "")
        assert seen == expected


def test_a_lead_that_arrives_meanwhile_shifts_nothing(desk: Client, many: Any) -> None:
    expected = [lead.reference for lead in many(60)]
    following = desk.get(LIST).context["cl"].pages[0][0]
    many(1)
    Lead.objects.filter(reference="00000060").update(received_at=timezone.now())
    assert listed(desk, LIST + following) == expected[50:]


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize(
    "cursor",
    ["x", "-1", "1-", "1-2-3", "9" * 30 + "-1", "٣-٣", "\x00", "1700000000000000", "1e9-1"],
)
def test_a_page_that_is_none_is_the_first(desk: Client, many: Any, name: str, cursor: str) -> None:
    expected = [lead.reference for lead in many(3)]
    assert listed(desk, **{name: cursor}) == expected


def test_a_page_with_nothing_left_says_so_and_leads_to_the_first(desk: Client, many: Any) -> None:
    many(3)
    answer = desk.get(LIST, {"after": "1-1"})
    assert "No lead to show here." in answer.content.decode()
    assert answer.context["cl"].pages == []


def test_pages_keep_search_filters_and_order(desk: Client, many: Any) -> None:
    many(60, age_band="65_plus")
    page = desk.get(LIST, {"age": "65_plus", "order": "oldest"}).context["cl"]
    for address, _words in page.pages:
        query = parse_qs(address[1:])
        assert (query["age"], query["order"]) == (["65_plus"], ["oldest"])
    page = desk.get(LIST, {"q": sealed("x")}).context["cl"]
    assert "q=v1." in page.address({"status": "new"})


def test_reading_a_page_is_two_queries_and_reads_no_other_row(
    many: Any, django_assert_num_queries: Any
) -> None:
    many(9)
    order = {
        "column": "received_at",
        "descending": True,
        "size": 3,
        "fields": ["reference"],
    }
    with django_assert_num_queries(6):
        first = keyset.page(Lead.objects.all(), at={}, **order)
        second = keyset.page(Lead.objects.all(), at={"after": first.next}, **order)
        last = keyset.page(Lead.objects.all(), at={"last": "1"}, **order)
    assert [len(page.rows) for page in (first, second, last)] == [3, 3, 3]
    assert (first.previous, last.next) == ("", "")


# -- filters and order


def test_filters_let_through_what_they_say(
    desk: Client, many: Any, coordinator: User, manager: User, track: Track
) -> None:
    payer = Payer.objects.create(slug="some-plan", name="Some Plan")
    now, day = timezone.now(), timedelta(days=1)
    values: list[dict[str, Any]] = [
        {},
        {"owner": coordinator},
        {"owner": manager, "status": "contacted"},
        {"track": track, "vob_status": "requested"},
        {"payer": payer, "language_code": "es"},
        {"source": "phone", "age_band": "12_17"},
        {"response": "in_time", "first_attempt_at": now},
        {"response": "late", "first_attempt_at": now},
        {"respond_by": now + day},
        {"respond_by": now - day},
        {"quarantined_at": now, "respond_by": now - day, "next_follow_up_at": now - day},
        {"next_follow_up_at": now - day},
        {"next_follow_up_at": now + 3 * day},
        {"received_at": now - 3 * day},
        {"received_at": now - 20 * day},
        {"received_at": now - 40 * day, "status": "closed", "close_reason": "cost"},
    ]
    leads = [many(1)[0] for _ in values]
    for lead, changes in zip(leads, values, strict=True):
        Lead.objects.filter(pk=lead.pk).update(**changes)

    def numbers(**query: Any) -> set[int]:
        return {int(reference) for reference in listed(desk, **query)}

    every = set(range(len(values)))
    expected: list[tuple[dict[str, Any], set[int]]] = [
        ({"status": "open"}, every - {15}),
        ({"status": "closed"}, {15}),
        ({"status": "contacted"}, {2}),
        ({"owner": "me"}, {1}),
        ({"owner": manager.pk}, {2}),
        ({"owner": "none"}, every - {1, 2}),
        ({"track": track.pk}, {3}),
        ({"payer": payer.pk}, {4}),
        ({"source": "phone"}, {5}),
        ({"age": "12_17"}, {5}),
        ({"language": "es"}, {4}),
        ({"vob": "requested"}, {3}),
        ({"response": "in_time"}, {6}),
        ({"response": "late"}, {7}),
        ({"response": "waiting"}, {8}),
        ({"response": "overdue"}, {9}),
        ({"held": "yes"}, {10}),
        ({"due": "yes"}, {11}),
        ({"received": "7"}, every - {14, 15}),
        ({"received": "30"}, every - {15}),
        ({"received": "older"}, {15}),
        ({"owner": "none", "source": "phone", "status": "open"}, {5}),
        ({"owner": "me", "source": "phone"}, set()),
        ({"order": "next"}, {11, 12}),
    ]
    for query, numbers_expected in expected:
        assert numbers(**query) == numbers_expected, query
    assert numbers(received="today") <= every - {13, 14, 15}


@pytest.mark.shows("ASVS 1.2.4")
@pytest.mark.parametrize(
    "query",
    [
        {"status": "king"},
        {"owner": "999999"},
        {"owner": "me' OR 1=1"},
        {"track": "x"},
        {"payer": "-1"},
        {"received": "8"},
        {"order": "first_name"},
        {"first_name__startswith": "A"},
        {"phone": "0101"},
        {"reference__gt": "0"},
        {"o": "1.2"},
        {"p": "x"},
        {"all": "1"},
        {"e": "1"},
        {"_facets": "1"},
        {"status": "\x00"},
    ],
)
def test_what_no_filter_knows_changes_nothing(desk: Client, lead: Lead, query: Any) -> None:
    assert listed(desk, **query) == [lead.reference]


def test_a_filter_left_open_is_not_in_the_address(desk: Client, lead: Lead) -> None:
    answer = desk.get(LIST, {"status": "new", "owner": "", "q": "", "order": ""})
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}?status=new"


def test_each_filter_in_force_can_be_taken_away_alone(desk: Client, lead: Lead) -> None:
    answer = desk.get(LIST, {"status": "new", "owner": "none", "q": sealed("avery")})
    chips = {label: (words, address) for label, words, address in answer.context["cl"].chips}
    assert {label: words for label, (words, _) in chips.items()} == {
        "Status": "New",
        "Owner": "Nobody",
    }
    query = parse_qs(chips["Status"][1][1:])
    assert "status" not in query
    assert query["owner"] == ["none"]
    assert "q" in query


def test_order_by_next_follow_up_has_the_nearest_first(desk: Client, many: Any) -> None:
    leads = many(3)
    for lead, days in zip(leads, (3, 1, 2), strict=True):
        at = timezone.now() + timedelta(days=days)
        Lead.objects.filter(pk=lead.pk).update(next_follow_up_at=at)
    expected = [leads[n].reference for n in (1, 2, 0)]
    assert listed(desk, order="next") == expected
    close(leads[1])
    assert listed(desk, order="next") == [leads[2].reference, leads[0].reference]


def test_filters_are_told_in_one_order_whatever_the_address_says(coordinator: User) -> None:
    one = LeadFilters(QueryDict("order=oldest&status=new&x=1&owner=me"), user=coordinator)
    other = LeadFilters(QueryDict("owner=me&status=new&status=new&order=oldest"), user=coordinator)
    assert one.query == other.query == "status=new&owner=me&order=oldest"


# -- the rows


def test_row_says_who_and_where_they_stand(
    desk: Client, lead: Lead, track: Track, coordinator: User
) -> None:
    payer = Payer.objects.create(slug="some-plan", name="Some Plan")
    triage.claim(lead=lead, by=coordinator)
    Lead.objects.filter(pk=lead.pk).update(
        track=track, payer=payer, age_band="12_17", deletion_requested_at=timezone.now()
    )
    page = desk.get(LIST).content.decode()
    for words in (
        "Avery Quill",
        "New",
        "Quiet mornings",
        "Some Plan",
        str(coordinator),
        "Under 18",
        "Do not contact",
        "0 min",
        "Waiting",
        reverse("admin:admissions_lead_change", args=[lead.pk]),
    ):
        assert words in page, words
    assert "555-0101" not in page


def last_cell(client: Client) -> str:
    """Return what the only row of the list says of the first call."""
    (row,) = client.get(LIST).context["cl"].rows
    return re.findall(r"<td>([^<]*)</td>", row)[-1]


@pytest.mark.parametrize(
    ("minutes", "result", "words"),
    [(20, None, "Waiting"), (-20, None, "Overdue"), (20, "x", "In time"), (-20, "x", "Late")],
)
def test_row_says_whether_the_promise_was_kept(
    desk: Client, lead: Lead, coordinator: User, minutes: int, result: str | None, words: str
) -> None:
    Lead.objects.filter(pk=lead.pk).update(respond_by=timezone.now() + timedelta(minutes=minutes))
    if result:
        triage.log_attempt(
            lead=lead, channel=Channel.PHONE, result=AttemptResult.NO_ANSWER, by=coordinator
        )
    assert last_cell(desk) == words


def test_row_of_a_closed_lead_never_called_promises_nothing(desk: Client, lead: Lead) -> None:
    close(lead)
    assert last_cell(desk) == "–"


def test_row_says_what_must_not_be_overlooked(desk: Client, lead: Lead) -> None:
    Lead.objects.update(
        quarantined_at=timezone.now(), is_demo=True, contact_withdrawn_at=timezone.now()
    )
    (row,) = desk.get(LIST).context["cl"].rows
    assert re.findall(r'class="desk-flag">([^<]*)<', row) == ["Held", "Do not contact", "Demo"]


def test_what_a_person_typed_is_text_on_the_list(desk: Client, make_lead: MakeLead) -> None:
    make_lead(first_name="<script>alert(1)</script>", last_name='"><b>')
    page = desk.get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert '"><b>' not in page


def test_the_list_takes_the_same_queries_whatever_the_rows(
    desk: Client, many: Any, coordinator: User
) -> None:
    searched = {"q": sealed("avery"), "status": "open"}
    desk.get(LIST, searched)  # makes the head of the audit chain
    counts = []
    for count in (1, 2, 297):
        for lead in many(count, owner=coordinator):
            search.index_lead(lead, search.name_keys("Avery"))
        for query in ({}, searched):
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(LIST, query).status_code == 200
            counts.append(len(queries))
    assert counts == counts[:2] * 3
    assert counts[0] <= 20  # and the record of it
    assert counts[1] <= 23  # the search, and the record of it


@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR])
def test_the_list_is_for_who_works_on_leads(
    client: Client, lead: Lead, make_staff: Any, role: str
) -> None:
    client.force_login(make_staff(role))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}views/").status_code == 403
