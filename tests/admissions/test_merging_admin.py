"""Two leads side by side over HTTP: what is shown, what is refused, and the way back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions import triage
from admissions.enums import EventKind, LeadStatus
from admissions.forms.merging import MergeForm, label, words
from admissions.merge_choices import UNITS
from admissions.merge_undo import GROUPS
from admissions.models import Lead, LeadEvent, LeadMerge, StatusAccess
from iop_site import roles
from tests.admissions.conftest import close
from tests.admissions.lead_tools import put
from tests.admissions.merge_tools import consult, do_merge, fill

Make = Callable[..., Lead]
pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def first(make_lead: Make) -> Lead:
    return make_lead()


@pytest.fixture
def second(make_lead: Make) -> Lead:
    return make_lead(first_name="Ave", phone="+1 617-555-0102", email="ave@example.org")


def side_by_side(one: Lead, other: Lead) -> str:
    return reverse("admin:merge_leads", args=[one.pk, other.pk])


def posted(*leads: Lead, **changes: Any) -> dict[str, str]:
    """Return what the page posts as it was proposed, with `changes`."""
    form = MergeForm(leads=(leads[0], leads[1]))
    fields = {name: str(form[name].initial) for name in form.fields}
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def kinds(lead: Lead | None, kind: EventKind) -> list[dict[str, Any]]:
    return list(LeadEvent.objects.filter(lead=lead, kind=kind).values_list("data", flat=True))


# -- the comparison


def test_page_shows_both_and_marks_where_they_differ(
    desk: Client, first: Lead, second: Lead
) -> None:
    put(first, good_times="mornings")
    page = desk.get(side_by_side(first, second)).content.decode()
    differ = page[page.index("Where they differ") : page.index("The same on both")]
    same = page[page.index("The same on both") : page.index("What goes along")]
    for text in ("+1 617-555-0101", "+1 617-555-0102", "mornings", "(blank)", "Ave"):
        assert text in differ
    assert "Quill" in same
    assert "Quill" not in differ
    for lead in (first, second):
        assert lead.reference in differ


def test_page_that_was_opened_is_recorded_for_both(desk: Client, first: Lead, second: Lead) -> None:
    desk.get(side_by_side(first, second))
    for lead in (first, second):
        assert len(kinds(lead, EventKind.VIEWED)) == 1


def test_page_counts_what_goes_along(desk: Client, send_insurance: Make, coordinator: User) -> None:
    one = fill(send_insurance(), coordinator)
    other = send_insurance(first_name="Robin", phone="617-555-0150")
    page = desk.get(side_by_side(one, other)).content.decode()
    table = page[page.index("<tbody>") :]
    for what in ("Insurance forms", "Consultations", "Contact attempts", "Notices"):
        assert what in table
    assert "References families hold" in table


def test_page_costs_the_same_whatever_hangs_on_the_leads(
    desk: Client, first: Lead, second: Lead, coordinator: User, django_assert_max_num_queries: Any
) -> None:
    desk.get(side_by_side(first, second))
    with django_assert_max_num_queries(60) as before:
        desk.get(side_by_side(first, second))
    for number in range(60):
        triage.add_note(lead=first, text=f"note {number}", by=coordinator)
    with django_assert_max_num_queries(len(before)):
        desk.get(side_by_side(first, second))


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        ({}, {}, 0),
        ({"received_at": timezone.now()}, {"received_at": timezone.now() - timedelta(1)}, 1),
        ({}, {"status": "admitted"}, 1),
        ({"status": "admitted"}, {"status": "admitted"}, 0),
    ],
    ids=["older", "older by time", "admitted", "both admitted"],
)
def test_kept_is_the_admitted_or_the_older_lead_wherever_it_stands(
    first: Lead, second: Lead, order: int, one: Any, other: Any, kept: int
) -> None:
    leads = (put(first, **one), put(second, **other))
    shown = leads[::-1] if order else leads
    assert MergeForm(leads=shown).kept == leads[kept]


def test_why_they_cannot_be_merged_is_said_before_anything_is_chosen(
    desk: Client, first: Lead, second: Lead
) -> None:
    for lead in (first, second):
        consult(lead)
    page = desk.get(side_by_side(first, second)).content.decode()
    assert "Both have a consultation to come" in page
    assert "Merge the two" not in page


def test_same_lead_twice_says_so_and_goes_back(desk: Client, first: Lead) -> None:
    answer = desk.get(side_by_side(first, first), follow=True)
    assert "cannot be merged into itself" in answer.content.decode()


def test_words_of_every_unit_can_be_read(first: Lead, coordinator: User) -> None:
    put(
        first,
        status="closed",
        close_reason="referred_out",
        referred_to="Elsewhere",
        vob_status="expired",
        vob_assignee=coordinator,
        vob_expires_on=date(2027, 5, 1),
        estimate_requested_at=timezone.make_aware(timezone.datetime(2027, 3, 1, 23)),
        estimate_due_on=date(2027, 3, 4),
        language="español",
        language_code="es",
    )
    said = {unit: words(first, unit) for unit in UNITS}
    assert said["status"] == "Closed, Not appropriate: referred out, Elsewhere"
    assert said["vob_status"] == f"Expired, {coordinator}, May 1, 2027"
    assert said["estimate_requested_at"] == "asked for March 1, 2027, due March 4, 2027"
    assert said["language"] == "español, Spanish"
    assert (said["voicemail_ok"], said["track"], said["first_name"]) == ("No", "", "Avery")
    labels = [label(name) for name in (*UNITS, *GROUPS)]
    assert all(labels)
    assert label("vob_status") == "Insurance check"
    assert label("received_at") == "Received"
    assert label("possible_duplicate_of") == "Possible duplicate of"


# -- merging


def test_as_proposed_the_older_is_kept_with_what_was_ticked(
    desk: Client, first: Lead, second: Lead, coordinator: User
) -> None:
    address = side_by_side(second, first)
    answer = desk.post(address, posted(second, first, phone=str(second.pk)))
    assert (answer.status_code, answer["Location"]) == (302, first.get_absolute_url())
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.merged_into == first
    assert (first.phone, first.email) == ("+1 617-555-0102", "avery@example.org")
    page = desk.get(first.get_absolute_url()).content.decode()
    assert f"{second.reference} is part of this lead now." in page


def test_other_lead_can_be_kept_with_the_same_values(
    desk: Client, first: Lead, second: Lead
) -> None:
    desk.post(side_by_side(first, second), posted(first, second, keep=str(second.pk)))
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.merged_into == second
    assert second.phone == "+1 617-555-0101"


def test_both_names_not_to_speak_to_are_one_of_the_choices(
    desk: Client, first: Lead, second: Lead
) -> None:
    put(first, do_not_speak_to="Dad")
    put(second, do_not_speak_to="Kim")
    assert "Dad; Kim" in desk.get(side_by_side(first, second)).content.decode()
    desk.post(side_by_side(first, second), posted(first, second))
    first.refresh_from_db()
    assert first.do_not_speak_to == "Dad; Kim"


def test_status_that_cannot_be_kept_has_no_button(desk: Client, first: Lead, second: Lead) -> None:
    close(first)
    page = desk.get(side_by_side(first, second)).content.decode()
    assert page.count('name="status"') == 1
    assert "cannot be kept" in page
    desk.post(side_by_side(first, second), posted(first, second))
    first.refresh_from_db()
    assert first.status == LeadStatus.NEW


@pytest.mark.parametrize(
    "changes", [{"phone": "rubbish"}, {"keep": None}, {"keep": "0"}, {"phone": "\x00"}]
)
def test_what_was_not_chosen_is_marked_and_the_rest_stays(
    desk: Client, first: Lead, second: Lead, changes: Any
) -> None:
    data = posted(first, second, email=str(second.pk), **changes)
    answer = desk.post(side_by_side(first, second), data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Nothing was merged" in page
    assert "errornote" in page
    form = answer.context["form"]
    assert form["email"].value() == str(second.pk)
    assert LeadMerge.objects.count() == 0


def test_lead_that_changed_meanwhile_is_shown_anew_with_the_choices_and_then_merged(
    desk: Client, first: Lead, second: Lead, manager: User
) -> None:
    data = posted(first, second, email=str(second.pk))
    triage.claim(lead=second, by=manager)
    answer = desk.post(side_by_side(first, second), data)
    assert answer.status_code == 409
    assert "Somebody else changed this lead" in answer.content.decode()
    form = answer.context["form"]
    assert form["email"].value() == str(second.pk)
    refused = {"act": "merge", "why": "StaleVersion"}
    assert kinds(first, EventKind.REFUSED) == [refused]
    again = {name: form[name].value() for name in form.fields}
    assert again["owner"] == str(second.pk)  # it differs since then, and is as proposed
    desk.post(side_by_side(first, second), again)
    first.refresh_from_db()
    assert (first.owner, first.email) == (manager, "ave@example.org")


def test_refusal_is_said_in_words_and_recorded(desk: Client, first: Lead, second: Lead) -> None:
    data = posted(first, second)
    for lead in (first, second):
        consult(lead)
    answer = desk.post(side_by_side(first, second), data)
    assert answer.status_code == 409
    assert "cancel the other" in answer.content.decode()
    assert kinds(first, EventKind.REFUSED) == [{"act": "merge", "why": "WorkflowError"}]


@pytest.mark.parametrize("role", roles.ROLES)
def test_other_roles_see_and_do_nothing_and_that_is_recorded(
    client: Client, first: Lead, second: Lead, make_staff: Any, manager: User, role: str
) -> None:
    if role in (roles.COORDINATOR, roles.MANAGER):
        return
    merge = do_merge(first, second, manager)
    client.force_login(make_staff(role))
    address = side_by_side(first, second)
    find = reverse("admin:merge_find", args=[first.pk])
    undo = reverse("admin:merge_undo", args=[merge.pk])
    answers = [client.get(address), client.post(address, {}), client.get(find), client.post(undo)]
    assert [one.status_code for one in answers] == [403] * 4
    acts = [data["act"] for data in kinds(None, EventKind.REFUSED)]
    assert sorted(acts) == ["merge"] * 3 + ["undo_merge"]
    assert not kinds(first, EventKind.VIEWED)


def test_without_a_sign_in_everything_leads_to_it(
    client: Client, first: Lead, second: Lead
) -> None:
    for name, args in (
        ("merge_leads", [first.pk, second.pk]),
        ("merge_find", [first.pk]),
        ("merge_undo", [1]),
    ):
        answer = client.get(reverse(f"admin:{name}", args=args))
        assert answer["Location"].startswith("/admin/login/")


def test_guessed_ids_are_not_found_and_that_is_recorded(desk: Client, first: Lead) -> None:
    for address in (
        reverse("admin:merge_leads", args=[first.pk, first.pk + 99]),
        reverse("admin:merge_leads", args=[first.pk + 99, first.pk]),
        reverse("admin:merge_find", args=[first.pk + 99]),
    ):
        assert desk.get(address).status_code == 404
    assert desk.post(reverse("admin:merge_undo", args=[99])).status_code == 404
    assert [data["act"] for data in kinds(None, EventKind.REFUSED)] == ["undo_merge"] + [
        "merge"
    ] * 3


def test_a_visit_undoes_nothing(desk: Client, first: Lead, second: Lead, coordinator: User) -> None:
    merge = do_merge(first, second, coordinator)
    assert desk.get(reverse("admin:merge_undo", args=[merge.pk])).status_code == 405
    assert desk.put(side_by_side(first, second)).status_code == 405


# -- finding the other


@pytest.mark.parametrize("write", [str, str.lower, lambda text: f" {text[:4]}-{text[4:]} "])
def test_reference_that_was_typed_leads_to_the_comparison(
    desk: Client, first: Lead, second: Lead, write: Callable[[str], str]
) -> None:
    find = reverse("admin:merge_find", args=[first.pk])
    answer = desk.get(find, {"reference": write(second.reference)})
    assert answer["Location"] == side_by_side(first, second)


def test_reference_of_a_joined_family_and_of_a_merged_lead_lead_to_where_they_are_now(
    desk: Client, first: Lead, second: Lead, make_lead: Make, coordinator: User
) -> None:
    third = make_lead(first_name="Kim", phone="617-555-0160", email="")
    make_lead(first_name="Ave", phone="617-555-0102")
    joined = StatusAccess.objects.get(lead=second, opened_lead=False)
    find = reverse("admin:merge_find", args=[third.pk])
    answer = desk.get(find, {"reference": joined.reference})
    assert answer["Location"] == side_by_side(third, second)
    do_merge(first, second, coordinator)
    for reference in (joined.reference, second.reference):
        answer = desk.get(find, {"reference": reference})
        assert answer["Location"] == side_by_side(third, first)


@pytest.mark.parametrize("typed", ["", "ZZZZ9999", "\x00", "' OR 1=1", "x" * 500, "<b>"])
def test_reference_that_is_none_is_told_and_stays_in_the_field(
    desk: Client, first: Lead, typed: str
) -> None:
    answer = desk.get(reverse("admin:merge_find", args=[first.pk]), {"reference": typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert "<b>" not in answer.content.decode()


# -- the lead's page, and undoing


def test_page_of_a_lead_offers_the_comparison_with_who_may_be_the_same(
    desk: Client, first: Lead, make_lead: Make
) -> None:
    shares = make_lead(first_name="Robin", email="")
    page = desk.get(first.get_absolute_url()).content.decode()
    assert side_by_side(first, shares) in page
    assert reverse("admin:merge_find", args=[first.pk]) in page


def test_both_pages_tell_of_the_merge_and_offer_to_undo_it(
    desk: Client, first: Lead, second: Lead, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator)
    undo = reverse("admin:merge_undo", args=[merge.pk])
    page = desk.get(second.get_absolute_url()).content.decode()
    assert f'Merged into <a href="{first.get_absolute_url()}">' in page
    assert f"({coordinator}, " in page
    assert undo in page
    assert "30 days left" in page
    assert reverse("admin:merge_find", args=[second.pk]) not in page
    page = desk.get(first.get_absolute_url()).content.decode()
    assert "Part of this lead:" in page
    assert undo in page
    LeadMerge.objects.update(at=timezone.now() - timedelta(days=31))
    assert undo not in desk.get(first.get_absolute_url()).content.decode()


def test_undo_leads_back_and_names_what_stays(
    desk: Client, first: Lead, second: Lead, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator, phone="merged")
    put(first, phone="+1 617-555-0170")
    answer = desk.post(reverse("admin:merge_undo", args=[merge.pk]), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(first.get_absolute_url(), 302)]
    assert "two leads again" in page
    assert "look at both leads: Phone." in page
    assert "Part of this lead:" not in page


def test_undo_of_an_untouched_merge_names_nothing(
    desk: Client, first: Lead, second: Lead, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator)
    page = desk.post(reverse("admin:merge_undo", args=[merge.pk]), follow=True).content.decode()
    assert "two leads again" in page
    assert "look at both leads" not in page


def test_second_undo_is_told_and_recorded(
    desk: Client, first: Lead, second: Lead, coordinator: User
) -> None:
    merge = do_merge(first, second, coordinator)
    undo = reverse("admin:merge_undo", args=[merge.pk])
    desk.post(undo)
    assert "undone already" in desk.post(undo, follow=True).content.decode()
    assert kinds(first, EventKind.REFUSED) == [{"act": "undo_merge", "why": "WorkflowError"}]
