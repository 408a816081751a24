"""The verification desk over HTTP: who may, what waits, what is typed, what is printed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from admissions import staffing, verification
from admissions.models import (
    InsuranceVerification,
    Lead,
    LeadEvent,
    SelfPayEstimate,
    VerificationResult,
)
from content.checking.readability import measure
from iop_site import roles
from programs.models import Payer, ProviderProfile
from tests.admissions.check_tools import estimate_post, make_levels, result_post
from tests.admissions.lead_tools import put
from tests.admissions.mail_tools import consultation_of, local

DESK = "/admin/verification/"
Staff = Callable[..., User]


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(local("2026-12-02 12:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(client: Client, coordinator: User, provider: ProviderProfile) -> Client:
    make_levels()
    client.force_login(coordinator)
    return client


def fill(count: int, **values: Any) -> list[Lead]:
    """Store leads whose check waits, each a minute longer than the one before."""
    now = timezone.now()
    return Lead.objects.bulk_create(
        Lead(
            **{
                "reference": f"Q{number:07}",
                "source": "web_insurance",
                "role": "self",
                "first_name": "Canaryname",
                "vob_status": "requested",
                "vob_changed_at": now - timedelta(minutes=number),
                **values,
            }
        )
        for number in range(count)
    )


def shown(client: Client, query: str = "") -> list[str]:
    html = client.get(DESK + query).content.decode()
    return re.findall(r'<th scope="row"><a [^>]*><bdi>(\w+)</bdi>', html)


def refusals() -> list[tuple[int | None, str, str]]:
    events = LeadEvent.objects.filter(kind="refused").order_by("sequence")
    return [(one.lead_id, one.data["act"], one.data["why"]) for one in events]


def result_of(lead: Lead) -> str:
    return reverse("admin:verification_result", args=[lead.pk])


def write_for(lead: Lead) -> str:
    return reverse("admin:write_estimate", args=[lead.pk])


# -- the desk


def test_desk_shows_who_waits_longest_first_and_nobodys_name(desk: Client) -> None:
    fill(3)
    fill(1, reference="DONE0000", vob_status="verified_viable")
    fill(1, reference="SHUT0000", status="closed", close_reason="cost")
    fill(1, reference="HELD0000", quarantined_at=timezone.now())
    assert shown(desk) == ["Q0000002", "Q0000001", "Q0000000"]
    html = desk.get(DESK).content.decode()
    assert "Canaryname" not in html
    assert "2 min" in html


def test_desk_says_what_is_to_be_known_of_a_check(
    desk: Client, coordinator: User, manager: User
) -> None:
    payer = Payer.objects.create(slug="blue", name="Blue Plan", kind="commercial")
    [lead] = fill(
        1, vob_status="needs_info", payer=payer, owner=manager, vob_assignee=coordinator,
        age_band="12_17",
    )  # fmt: skip
    for days in (3, 1, -1):
        consultation_of(lead, timezone.now() + timedelta(days=days))
    html = desk.get(DESK).content.decode()
    for words in ("Needs information", "Blue Plan", "Under 18", manager.username):
        assert words in html
    assert "Thu, Dec 3, 12:00 PM" in html
    assert "Sat, Dec 5" not in html
    assert "Give back" in html
    assert "Take<" not in html


def test_desk_is_narrowed_to_a_state_and_to_who_verifies(
    desk: Client, coordinator: User, manager: User
) -> None:
    fill(1, reference="MINE0000", vob_status="in_progress", vob_assignee=coordinator)
    fill(1, reference="THEIRS00", vob_status="in_progress", vob_assignee=manager)
    fill(1, reference="NOBODYS0")
    fill(1, reference="EXPIRED0", vob_status="expired")
    every = {"MINE0000", "THEIRS00", "NOBODYS0", "EXPIRED0"}
    for query, found in (
        ("", every),
        ("?state=in_progress", {"MINE0000", "THEIRS00"}),
        ("?state=expired", {"EXPIRED0"}),
        ("?who=nobody", {"NOBODYS0", "EXPIRED0"}),
        (f"?who={coordinator.pk}", {"MINE0000"}),
        (f"?who={manager.pk}&state=in_progress", {"THEIRS00"}),
        (f"?who={manager.pk}&state=expired", set()),
        ("?state=rubbish&who=999999&after=x&before=%00", every),
        ("?state=&who=", every),
    ):
        assert set(shown(desk, query)) == found, query
    assert (
        "No insurance check is waiting here."
        in desk.get(DESK + "?state=needs_info").content.decode()
    )


def test_check_is_taken_and_given_back_from_the_desk(desk: Client, coordinator: User) -> None:
    [lead] = fill(1)

    def press(action: str) -> None:
        address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
        assert f'action="{address}"' in desk.get(DESK).content.decode()
        answer = desk.post(address, {"version": lead.version, "back": "checks"})
        assert (answer.status_code, answer["Location"]) == (302, DESK)
        lead.refresh_from_db()

    press("vob-take")
    assert (lead.vob_assignee, lead.vob_status) == (coordinator, "in_progress")
    press("vob-back")
    assert (lead.vob_assignee, lead.vob_status) == (None, "requested")


def test_check_of_who_is_away_is_offered_to_others(
    desk: Client, coordinator: User, manager: User, client: Client
) -> None:
    fill(1, vob_status="in_progress", vob_assignee=manager)
    html = desk.get(DESK).content.decode()
    assert "Take<" not in html
    assert "Give back" not in html
    staffing.go_away(user=manager, since=timezone.localdate(), until=None, by=manager)
    html = desk.get(DESK).content.decode()
    assert "Take<" in html
    assert "Away" in html
    client.force_login(manager)
    assert "Give back" in client.get(DESK).content.decode()


def test_desk_shows_the_estimates_that_are_owed_with_the_days_left(desk: Client) -> None:
    assert "No self-pay estimate is owed." in desk.get(DESK).content.decode()
    today = timezone.localdate()
    for number, days in enumerate((2, -1, 0)):
        fill(
            1,
            reference=f"OWED000{number}",
            vob_status="not_applicable",
            estimate_requested_at=timezone.now(),
            estimate_due_on=today + timedelta(days=days),
        )
    assert shown(desk) == ["OWED0001", "OWED0002", "OWED0000"]
    html = desk.get(DESK).content.decode()
    for words in ("1 day over", "due today", "2 days left"):
        assert words in html


def test_desk_goes_through_all_pages_and_keeps_the_filter(desk: Client) -> None:
    fill(120)
    seen: list[str] = []
    query = "?state=requested"
    while query:
        seen += shown(desk, query)
        html = desk.get(DESK + query).content.decode()
        following = re.search(r'<a href="([^"]*)">Next</a>', html)
        query = following[1].replace("&amp;", "&") if following else ""
        assert not query or "state=requested" in query
    assert seen == [f"Q{number:07}" for number in reversed(range(120))]
    assert "Previous" in html


@pytest.mark.parametrize("count", [1, 3, 300])
def test_desk_costs_the_same_for_any_number(
    desk: Client, coordinator: User, count: int, django_assert_max_num_queries: Any
) -> None:
    fill(
        count,
        vob_assignee=coordinator,
        vob_status="in_progress",
        estimate_requested_at=timezone.now(),
        estimate_due_on=timezone.localdate(),
    )
    desk.get(DESK)
    with django_assert_max_num_queries(20):
        html = desk.get(DESK).content.decode()
    assert html.count("Give back") == min(count, 50)
    assert ("There are more; these come first." in html) == (count > 50)


@pytest.mark.parametrize("query", ["", "?who=nobody", "?who=1", "?state=requested"])
def test_desk_reads_its_rows_from_an_index(desk: Client, query: str) -> None:
    fill(3)
    with CaptureQueriesContext(connection) as queries:
        desk.get(DESK + query)
    [sql] = [
        one["sql"]
        for one in queries
        if '"vob_waiting_since" IS NOT NULL' in one["sql"] and "ORDER BY" in one["sql"]
    ]
    assert "first_name" not in sql
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a few rows are scanned else
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        cursor.execute(explain + sql)
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "admissions_lead_vobs" in plan, plan
    assert "SCAN admissions_lead " not in plan.replace("USING INDEX", ""), plan


# -- who may


def every_page(lead: Lead, by: User) -> list[str]:
    put(lead, vob_status="requested")
    result = verification.record_result(
        lead=lead,
        by=by,
        version=lead.version,
        form=None,
        answers={"outcome": "verified_viable", "levels": []},
    )
    estimate = SelfPayEstimate.objects.create(
        lead=lead, by=by, details={"lines": [], "total": "0", "places": []}
    )
    lead.refresh_from_db()
    return [
        DESK,
        result_of(lead),
        write_for(lead),
        reverse("admin:benefits_summary", args=[result.pk]),
        reverse("admin:estimate", args=[estimate.pk]),
    ]


@pytest.mark.parametrize("role", roles.ROLES)
def test_only_those_who_work_on_leads_see_the_desk(
    client: Client, lead: Lead, make_staff: Staff, provider: ProviderProfile, role: str
) -> None:
    may = role in (roles.COORDINATOR, roles.MANAGER)
    pages = every_page(lead, make_staff(roles.MANAGER, "who-did-it"))
    client.force_login(make_staff(role, "who-looks"))
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == (200 if may else 403), page
        if not may:
            assert client.post(page).status_code in (403, 405)
    assert {why for _, _, why in refusals()} == (set() if may else {"NotAllowed"})


def test_nobody_sees_the_desk_without_signing_in(
    client: Client, lead: Lead, coordinator: User
) -> None:
    for page in every_page(lead, coordinator):
        assert client.get(page)["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("number", [0, 999999, 10**30])
def test_guessed_id_is_not_found_and_on_the_record(desk: Client, number: int) -> None:
    acts = {
        "verification_result": "record_result",
        "write_estimate": "make_estimate",
        "benefits_summary": "print_benefits",
        "estimate": "print_estimate",
    }
    for name, act in acts.items():
        assert desk.get(reverse(f"admin:{name}", args=[number])).status_code == 404
        assert refusals()[-1] == (None, act, "Http404")


def test_pages_to_look_at_take_no_post(desk: Client, lead: Lead, coordinator: User) -> None:
    for page in every_page(lead, coordinator):
        wanted = 422 if "result" in page or "write" in page else 405
        assert desk.post(page).status_code == wanted, page
        assert desk.put(page).status_code == 405


# -- what a plan said


def test_result_is_typed_and_kept(desk: Client, send_insurance: Any, coordinator: User) -> None:
    lead = send_insurance()
    form = InsuranceVerification.objects.get()
    html = desk.get(result_of(lead)).content.decode()
    assert "Intensive care" in html
    assert LeadEvent.objects.latest("sequence").kind == "viewed"
    answer = desk.post(result_of(lead), result_post(lead, form=form.pk))
    assert (answer.status_code, answer["Location"]) == (302, lead.get_absolute_url())
    result = VerificationResult.objects.get()
    assert (result.by, result.form, result.outcome) == (coordinator, form, "verified_viable")
    assert result.details["levels"][0]["copay"] == "30"
    page = desk.get(lead.get_absolute_url()).content.decode()
    for words in ("Latest result", "$1,500.00", "copay $30.00", "REF-77", "Dec. 20, 2026"):
        assert words in page


def test_what_cannot_be_is_marked_and_nothing_typed_is_lost(desk: Client, lead: Lead) -> None:
    put(lead, vob_status="requested")
    post = result_post(lead, deductible_met="9999", copay_iop="much", notes="Ask for Pat")
    answer = desk.post(result_of(lead), post)
    html = answer.content.decode()
    assert answer.status_code == 422
    for words in ("9999", "much", "Ask for Pat", "REF-77", "More is met than there is"):
        assert words in html
    for field in ("deductible_met", "copay_iop"):
        assert f'id="id_result_{field}_error"' in html
    assert not VerificationResult.objects.exists()


def test_result_on_a_lead_that_changed_shows_it_as_it_is_and_keeps_what_was_typed(
    desk: Client, lead: Lead, coordinator: User, manager: User
) -> None:
    put(lead, vob_status="requested")
    post = result_post(lead)
    verification.take(lead=lead, by=manager)
    answer = desk.post(result_of(lead), post)
    html = answer.content.decode()
    assert answer.status_code == 409
    for words in ("Somebody else changed this lead", "In progress", manager.username):
        assert words in html
    for typed in ("$1,500", "250.50", "60 visits a year", "Canaryrep", "REF-77", "617-555-0142"):
        assert f'value="{typed}"' in html, typed
    assert re.search(r'value="verified_viable"[^>]*checked', html)
    assert refusals() == [(lead.pk, "record_result", "StaleVersion")]
    lead.refresh_from_db()
    assert f'name="version" value="{lead.version}"' in html
    assert desk.post(result_of(lead), post | {"version": lead.version}).status_code == 302


def test_result_nobody_asked_for_is_refused_in_words(desk: Client, lead: Lead) -> None:
    answer = desk.post(result_of(lead), result_post(lead))
    assert answer.status_code == 409
    assert "“Not requested” cannot be set to “Verified, viable”" in answer.content.decode()
    assert refusals() == [(lead.pk, "record_result", "TransitionRefused")]


def test_result_form_shows_what_came_before(desk: Client, lead: Lead) -> None:
    put(lead, vob_status="requested")
    desk.post(result_of(lead), result_post(lead, outcome="needs_info", needed="Card's back"))
    html = desk.get(result_of(lead)).content.decode()
    assert "Last result" in html
    assert "Card&#x27;s back" in html


# -- on the lead's page


def page(client: Client, lead: Lead) -> str:
    html = client.get(lead.get_absolute_url()).content.decode()
    return html[html.index('id="insurance"') : html.index('id="consultations"')]


def test_page_offers_what_may_be_done_with_the_check(
    desk: Client, lead: Lead, coordinator: User, manager: User, client: Client
) -> None:
    html = page(desk, lead)
    assert "Take the check" not in html
    assert "Record a result" not in html
    assert re.findall(r'<option value="(\w*)"', html)[:3] == ["", "requested", "not_applicable"]
    put(lead, vob_status="requested")
    html = page(desk, lead)
    assert "Take the check" in html
    assert "Record a result" in html
    assert "nobody verifies yet" in html
    verification.take(lead=lead, by=coordinator)
    html = page(desk, lead)
    assert "Take the check" not in html
    assert "Give the check back" in html
    other_check = put(lead, vob_assignee=manager)
    html = page(desk, other_check)
    assert "Give the check back" not in html
    client.force_login(manager)
    assert "Give the check back" in page(client, lead)


def test_page_refuses_in_words_what_the_check_cannot_become(desk: Client, lead: Lead) -> None:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, "verification"])
    for to, status, words in (
        ("verified_viable", 409, "cannot be set to “Verified, viable”"),
        ("expired", 409, "cannot be set to “Expired”"),
        ("", 422, "Choose what to set it to."),
        ("maybe", 422, "not one of the available choices"),
    ):
        answer = desk.post(address, {"version": lead.version, "to": to})
        assert (answer.status_code, words in answer.content.decode()) == (status, True), to
    assert desk.post(address, {"version": lead.version, "to": "requested"}).status_code == 302
    lead.refresh_from_db()
    assert lead.vob_status == "requested"


def test_page_keeps_earlier_results_in_sight(desk: Client, lead: Lead) -> None:
    put(lead, vob_status="requested")
    for call in ("FIRST-1", "SECOND-2"):
        lead.refresh_from_db()
        desk.post(result_of(lead), result_post(lead, call_reference=call))
    html = page(desk, lead)
    assert html.index("SECOND-2") < html.index("Earlier") < html.index("FIRST-1")
    assert html.count("Summary for the family, to print") == 2


# -- the benefits summary


@pytest.fixture
def result(desk: Client, send_insurance: Any) -> VerificationResult:
    lead = send_insurance()
    form = InsuranceVerification.objects.get()
    payer = Payer.objects.create(slug="blue", name="Blue Plan", kind="commercial")
    desk.post(
        result_of(lead),
        result_post(lead, form=form.pk, payer=payer.pk, coinsurance_iop="20", notes="Canarynote"),
    )
    return VerificationResult.objects.get()


def summary(client: Client, result: VerificationResult) -> str:
    answer = client.get(reverse("admin:benefits_summary", args=[result.pk]))
    assert answer.status_code == 200
    html = answer.content.decode()
    return html[html.index("<article") : html.index("</article>")]


def test_summary_says_what_the_plan_said_that_day_and_promises_nothing(
    desk: Client, result: VerificationResult
) -> None:
    html = summary(desk, result)
    for words in (
        "On December 2, 2026, Marsh House asked Blue Plan what your plan covers.",
        "This is not a promise that the plan will pay.",
        "The plan decides when it gets the bill.",
        "can change",
        "The plan was active that day. It began on January 1, 2026.",
        "$1,500.00. Met so far: $250.50.",
        "$6,000.00. Met so far: $0.00.",
        "$30.00 for each visit (copay); 20% of the price that the plan allows (coinsurance)",
        "60 visits a year",
        "The plan has to say yes before care starts.",
        "+1 617-555-0142",
        "Quiet Minds Inc.",
        "What to ask your plan",
        "617-555-0199",
    ):
        assert words in html, words
    assert "guarantee" not in html


def test_summary_says_nothing_about_the_person(desk: Client, result: VerificationResult) -> None:
    html = summary(desk, result)
    assert "••••6789" in html
    for secret in ("XYZ12345", "Avery", "Quill", "1985", "Canaryrep", "REF-77", "Canarynote"):
        assert secret not in html, secret


def test_summary_that_is_opened_is_on_the_record(
    desk: Client, result: VerificationResult, coordinator: User
) -> None:
    summary(desk, result)
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.lead_id, event.actor, event.data) == (
        "benefits_printed",
        result.lead_id,
        coordinator.username,
        {"check": result.pk},
    )


def test_summary_names_our_care_as_the_licence_allows(
    desk: Client, result: VerificationResult
) -> None:
    assert "Intensive outpatient program" in summary(desk, result)
    ProviderProfile.objects.update(licence_kind="bsas_only")
    html = summary(desk, result)
    assert "Day treatment program" in html
    assert "ntensive" not in html
    assert "Day care" in html


def test_summary_that_is_old_says_so(
    desk: Client, result: VerificationResult, noon: time_machine.Traveller
) -> None:
    assert "This answer is old" not in summary(desk, result)
    noon.shift(timedelta(days=18))
    desk.force_login(User.objects.get(username="coordinator@example.org"))
    assert "This answer is old" in summary(desk, result)


def test_summary_of_little_leaves_the_rest_out(desk: Client, lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="requested")
    for changes, words in (
        ({"active": "no"}, "The plan was not active that day."),
        ({"network": "out"}, "out of its network"),
        ({"network": "unknown"}, "did not say if we are in its network"),
        ({"authorization": "no"}, "does not have to say yes"),
        ({"coinsurance_iop": "20", "copay_iop": ""}, "20% of the price"),
        ({"limits_php": "30 days", "coinsurance_php": ""}, "The plan did not say."),
        ({"ends_on": "2026-12-31"}, "It ends on December 31, 2026."),
    ):
        lead.refresh_from_db()
        post = result_post(lead, outcome="verified_not_viable", **changes)
        assert desk.post(result_of(lead), post).status_code == 302
        html = summary(desk, VerificationResult.objects.all()[0])
        assert words in html
        assert "Member ID" not in html
        assert "asked your insurance plan" in html


@pytest.mark.parametrize("outcome", ["needs_info", "unable_to_verify"])
def test_there_is_no_summary_of_what_was_not_verified(
    desk: Client, lead: Lead, coordinator: User, outcome: str
) -> None:
    put(lead, vob_status="requested")
    desk.post(result_of(lead), result_post(lead, outcome=outcome, needed="More"))
    result = VerificationResult.objects.get()
    assert desk.get(reverse("admin:benefits_summary", args=[result.pk])).status_code == 404
    assert "Summary for the family" not in page(desk, lead)


def blocks(html: str) -> list[str]:
    found = re.findall(r"<(p|li|dd)(?: [^>]*)?>(.*?)</\1>", html, re.DOTALL)
    return [" ".join(strip_tags(text).split()) for _, text in found]


def test_summary_reads_at_grade_eight_at_most(desk: Client, result: VerificationResult) -> None:
    assert measure(blocks(summary(desk, result))).grade <= 8


# -- the self-pay estimate


def test_estimate_is_written_printed_and_delivered(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    put(lead, vob_status="not_applicable")
    assert "Avery Quill" in desk.get(write_for(lead)).content.decode()
    answer = desk.post(write_for(lead), estimate_post(lead, separate="Lab tests"))
    estimate = SelfPayEstimate.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, estimate.get_absolute_url())
    html = desk.get(estimate.get_absolute_url()).content.decode()
    for words in (
        "Good-faith estimate",
        "December 2, 2026",
        "Avery Quill",
        "March 27, 1985",
        "Intensive outpatient program",
        "December 14, 2026",
        "8 weeks, 3 days a week",
        "Marsh House",
        "Group day",
        "$6,000.00",
        "$6,300.50",
        "Lab tests",
        "This is only an estimate.",
        "may differ",
        "not in this estimate",
        "This is not a contract.",
        "$400 or more",
        "120 days",
        "will not affect the quality of your care",
        "www.cms.gov/nosurprises/consumers",
    ):
        assert words in html, words
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.actor) == ("printed", coordinator.username)
    assert "not delivered" in page(desk, lead)
    lead.refresh_from_db()
    address = reverse("admin:admissions_lead_act", args=[lead.pk, "estimate"])
    post = {"version": lead.version, "estimate": estimate.pk, "how": ""}
    assert desk.post(address, post).status_code == 422
    assert desk.post(address, post | {"how": "in_person"}).status_code == 302
    estimate.refresh_from_db()
    assert estimate.delivered_how == "in_person"
    assert "Handed over" in page(desk, lead)
    assert "It reached the family" not in page(desk, lead)


def test_what_is_not_known_stays_a_blank(desk: Client, lead: Lead) -> None:
    desk.post(write_for(lead), estimate_post(lead, born="", starts_on=""))
    html = desk.get(SelfPayEstimate.objects.get().get_absolute_url()).content.decode()
    # Birth date, diagnosis code, place, NPI, TIN and the code of one of two services.
    assert html.count("blank: fill in") == 6
    assert "No day is set yet." in html


def test_written_estimate_stays_as_it_was(desk: Client, lead: Lead) -> None:
    desk.post(write_for(lead), estimate_post(lead))
    ProviderProfile.objects.update(name="Another House")
    html = desk.get(SelfPayEstimate.objects.get().get_absolute_url()).content.decode()
    article = html[html.index("<article") :]
    assert "Marsh House" in article
    assert "Another House" not in article


def test_estimate_form_says_when_it_is_due(desk: Client, lead: Lead) -> None:
    assert "The written estimate is due" not in desk.get(write_for(lead)).content.decode()
    put(lead, estimate_requested_at=timezone.now(), estimate_due_on=timezone.localdate())
    html = desk.get(write_for(lead)).content.decode()
    assert "Wednesday, December 2" in html
    assert "due today" in html


def test_estimate_that_is_refused_keeps_what_was_typed(desk: Client, lead: Lead) -> None:
    answer = desk.post(write_for(lead), estimate_post(lead, price_0="dear"))
    html = answer.content.decode()
    assert (answer.status_code, 'value="dear"' in html) == (422, True)
    post = estimate_post(lead, version=99)
    answer = desk.post(write_for(lead), post)
    html = answer.content.decode()
    assert answer.status_code == 409
    for typed in ("Group day", "24", "250", "8 weeks, 3 days a week", "300.50"):
        assert f'value="{typed}"' in html, typed
    assert refusals() == [(lead.pk, "make_estimate", "StaleVersion")]
    assert not SelfPayEstimate.objects.exists()


def test_estimate_reads_at_grade_eight_at_most(desk: Client, lead: Lead) -> None:
    desk.post(write_for(lead), estimate_post(lead, separate="Lab tests"))
    html = desk.get(SelfPayEstimate.objects.get().get_absolute_url()).content.decode()
    article = html[html.index("<article") : html.index("</article>")]
    assert measure(blocks(article)).grade <= 8


def test_titles_and_addresses_say_nothing_about_the_person(
    desk: Client, lead: Lead, coordinator: User
) -> None:
    for address in every_page(lead, coordinator):
        title = re.search(r"<title>(.*?)</title>", desk.get(address).content.decode(), re.DOTALL)
        assert title is not None
        assert "Avery" not in title[1] + address
