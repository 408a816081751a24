"""Who refers people to us and where we refer them: kept with ids alone, and never with a price."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from admissions import referrals, triage
from admissions.enums import CloseReason, EventKind, LeadStatus
from admissions.exceptions import (
    NotAllowed,
    StaleVersion,
    TransitionRefused,
    WorkflowError,
)
from admissions.models import Lead, LeadEvent, OutboundReferral, ReferralSource
from iop_site import roles
from programs.models import LevelOfCare
from tests.admissions.conftest import close

LIST = "/admin/admissions/referralsource/"


@pytest.fixture
def source(db: None) -> ReferralSource:
    return ReferralSource.objects.create(
        kind="clinician", organization="Elm Clinic", person="J. Frost", phone="617-555-0140"
    )


@pytest.fixture
def level(db: None) -> LevelOfCare:
    return LevelOfCare.objects.create(
        slug="inpatient-care", name="Inpatient", hours="day and night", setting="hospital"
    )


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def act(client: Client, lead: Lead, action: str, **data: Any) -> Any:
    address = reverse("admin:admissions_lead_act", args=[lead.pk, action])
    return client.post(address, {"version": lead.version, **data})


def events(kind: EventKind) -> list[Any]:
    return list(LeadEvent.objects.filter(kind=kind).values_list("data", flat=True))


# -- who referred them


def test_a_source_is_set_changed_and_taken_away(
    lead: Lead, source: ReferralSource, coordinator: User
) -> None:
    other = ReferralSource.objects.create(kind="alumni", person="A friend")
    for chosen in (source, other, None):
        lead = referrals.set_source(lead=lead, source=chosen, by=coordinator, version=lead.version)
        assert Lead.objects.get().referral_source == chosen
    changes = {(None, source.pk), (source.pk, other.pk), (other.pk, None)}
    assert {
        tuple(one["referral_source"]) for one in events(EventKind.REFERRAL_SOURCE_SET)
    } == changes


def test_the_same_source_again_changes_nothing(
    lead: Lead, source: ReferralSource, coordinator: User
) -> None:
    for _ in range(2):
        lead = referrals.set_source(lead=lead, source=source, by=coordinator, version=lead.version)
    assert len(events(EventKind.REFERRAL_SOURCE_SET)) == 1


@pytest.mark.parametrize("organization", ["Elm Clinic", "ELM clinic"])
def test_one_that_is_typed_and_there_already_is_not_made_again(
    lead: Lead, source: ReferralSource, coordinator: User, organization: str
) -> None:
    typed = ReferralSource(kind="other", organization=organization, person="j. frost")
    lead = referrals.set_source(lead=lead, source=typed, by=coordinator, version=lead.version)
    assert lead.referral_source == source
    assert ReferralSource.objects.count() == 1


def test_setting_it_on_what_has_changed_or_is_held_stores_nothing(
    lead: Lead, coordinator: User
) -> None:
    new = ReferralSource(kind="other", person="Somebody")
    with pytest.raises(StaleVersion):
        referrals.set_source(lead=lead, source=new, by=coordinator, version=lead.version + 1)
    Lead.objects.update(quarantined_at=lead.received_at)
    with pytest.raises(TransitionRefused):
        referrals.set_source(lead=lead, source=new, by=coordinator, version=lead.version)
    assert not ReferralSource.objects.exists()


def test_it_is_set_on_the_leads_page(desk: Client, lead: Lead, source: ReferralSource) -> None:
    assert act(desk, lead, "source", referral_source=source.pk).status_code == 302
    page = desk.get(lead.get_absolute_url()).content.decode()
    assert "Elm Clinic, J. Frost" in page


def test_a_source_that_is_off_stays_where_it_stands_and_is_not_offered_anew(
    desk: Client, lead: Lead, make_lead: Any, source: ReferralSource
) -> None:
    Lead.objects.update(referral_source=source)
    source.is_active = False
    source.save()
    assert act(desk, lead, "source", referral_source=source.pk).status_code == 302
    lead.refresh_from_db()
    assert lead.referral_source == source
    other = make_lead(first_name="Robin")
    assert act(desk, other, "source", referral_source=source.pk).status_code == 422


def test_what_a_professional_wrote_is_proposed_as_a_source(desk: Client, make_lead: Any) -> None:
    lead = make_lead(role="professional", organization="Birch House", job_title="Nurse")
    page = desk.get(lead.get_absolute_url()).content.decode()
    assert "They wrote from:" in page
    assert 'value="Birch House"' in page
    assert 'value="Avery Quill"' in page
    typed = {"source_organization": "Birch House", "source_person": "Avery Quill"}
    assert act(desk, lead, "new_source", **typed).status_code == 422
    answer = act(
        desk, lead, "new_source", **typed, source_kind="hospital", source_job_title="Nurse"
    )
    assert answer.status_code == 302
    made = ReferralSource.objects.get()
    assert (str(made), made.kind, made.job_title) == (
        "Birch House, Avery Quill",
        "hospital",
        "Nurse",
    )
    lead.refresh_from_db()
    assert lead.referral_source == made


def test_a_family_is_never_proposed_as_a_source(desk: Client, lead: Lead) -> None:
    page = desk.get(lead.get_absolute_url()).content.decode()
    assert 'name="source_person" id=' in page
    assert not re.search(r'name="source_person"[^>]*value=', page)
    answer = act(desk, lead, "new_source", source_kind="other")
    assert answer.status_code == 422
    assert "Enter an organization or a person." in answer.content.decode()


# -- where we refer them


def test_a_referral_says_where_to_with_all_that_goes_with_it(
    lead: Lead, source: ReferralSource, level: LevelOfCare, coordinator: User
) -> None:
    referral = referrals.refer_out(
        lead=lead,
        source=source,
        level_of_care=level,
        warm_handoff=True,
        given=["contact"],
        basis="consent",
        note="Spoke with intake.",
        by=coordinator,
        version=lead.version,
    )
    kept = OutboundReferral.objects.get()
    assert kept == referral
    assert (kept.where, kept.level_of_care, kept.warm_handoff) == (str(source), level, True)
    assert (kept.note, kept.by) == ("Spoke with intake.", coordinator)
    assert events(EventKind.REFERRED_OUT) == [{"referral": kept.pk}]
    lead.refresh_from_db()
    assert lead.status == LeadStatus.NEW


def test_a_double_click_refers_once(lead: Lead, coordinator: User) -> None:
    version = lead.version
    referrals.refer_out(lead=lead, place=" Elsewhere ", by=coordinator, version=version)
    with pytest.raises(StaleVersion):
        referrals.refer_out(lead=lead, place="Elsewhere", by=coordinator, version=version)
    assert OutboundReferral.objects.get().where == "Elsewhere"


@pytest.mark.parametrize("place", ["", "  ", "\n"])
def test_a_referral_without_a_place_or_with_two_is_none(
    lead: Lead, source: ReferralSource, coordinator: User, place: str
) -> None:
    for where in ({"place": place}, {"place": "Elsewhere", "source": source}):
        with pytest.raises(WorkflowError, match="Say where to"):
            referrals.refer_out(lead=lead, by=coordinator, version=lead.version, **where)
    assert not OutboundReferral.objects.exists()


def test_other_roles_refer_nobody(lead: Lead, make_staff: Any, source: ReferralSource) -> None:
    for role in (roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR):
        person = make_staff(role)
        with pytest.raises(NotAllowed):
            referrals.refer_out(lead=lead, place="Elsewhere", by=person, version=lead.version)
        with pytest.raises(NotAllowed):
            referrals.set_source(lead=lead, source=source, by=person, version=lead.version)
    assert not OutboundReferral.objects.exists()


def test_a_closed_lead_can_still_be_referred(lead: Lead, coordinator: User) -> None:
    close(lead)
    referrals.refer_out(lead=lead, place="Elsewhere", by=coordinator, version=lead.version)
    assert OutboundReferral.objects.exists()


def test_a_referral_is_written_and_read_on_the_leads_page(
    desk: Client, lead: Lead, source: ReferralSource, level: LevelOfCare
) -> None:
    page = desk.get(lead.get_absolute_url()).content.decode()
    assert "42 CFR Part 2" in page
    answer = act(
        desk,
        lead,
        "refer",
        source=source.pk,
        level_of_care=level.pk,
        warm_handoff="on",
        given=["contact"],
        basis="consent",
        note="First line.\nSecond <b>line</b>.",
    )
    assert answer.status_code == 302
    page = desk.get(lead.get_absolute_url()).content.decode()
    assert "Second &lt;b&gt;line&lt;/b&gt;." in page
    assert "Inpatient" in page
    assert "handed over live" in page
    assert "Referred to another place" in page


def test_a_referral_without_a_place_keeps_what_was_typed_and_is_on_the_record(
    desk: Client, lead: Lead
) -> None:
    answer = act(desk, lead, "refer", note="Typed words.")
    assert answer.status_code == 409
    assert "Typed words." in answer.content.decode()
    assert [one["why"] for one in events(EventKind.REFUSED)] == ["WorkflowError"]
    assert not OutboundReferral.objects.exists()


def test_the_page_costs_the_same_however_many_referrals(
    desk: Client, lead: Lead, coordinator: User, level: LevelOfCare
) -> None:
    costs = []
    for count in (1, 3, 300):
        OutboundReferral.objects.all().delete()
        OutboundReferral.objects.bulk_create(
            OutboundReferral(
                lead=lead,
                source=ReferralSource.objects.create(kind="other", person=f"Person {number}"),
                level_of_care=level,
                by=coordinator,
            )
            for number in range(count)
        )
        with CaptureQueriesContext(connection) as queries:
            assert "Person 0" in desk.get(lead.get_absolute_url()).content.decode()
        costs.append(len(queries))
    assert costs[1] == costs[2] <= costs[0]  # the first finds some caches cold


# -- closed as referred out


def closed(lead: Lead, by: User, where: str) -> Lead:
    return triage.transition(
        lead=lead,
        to=LeadStatus.CLOSED,
        reason=CloseReason.REFERRED_OUT,
        referred_to=where,
        by=by,
        version=lead.version,
    )


def test_closing_as_referred_out_leaves_a_referral(lead: Lead, coordinator: User) -> None:
    lead = closed(lead, coordinator, " Harbor Clinic ")
    assert lead.referred_to == OutboundReferral.objects.get().where == "Harbor Clinic"
    assert len(events(EventKind.REFERRED_OUT)) == 1


@pytest.mark.parametrize("typed", ["", "  ", "Elm Clinic, J. Frost"])
def test_closing_after_a_referral_asks_for_nothing_twice(
    lead: Lead, source: ReferralSource, coordinator: User, typed: str
) -> None:
    referrals.refer_out(lead=lead, source=source, by=coordinator, version=lead.version)
    lead.refresh_from_db()
    assert closed(lead, coordinator, typed).referred_to == "Elm Clinic, J. Frost"
    assert OutboundReferral.objects.count() == 1


def test_closing_with_another_place_is_a_further_referral(lead: Lead, coordinator: User) -> None:
    referrals.refer_out(lead=lead, place="First", by=coordinator, version=lead.version)
    lead.refresh_from_db()
    assert closed(lead, coordinator, "Second").referred_to == "Second"
    assert [one.where for one in OutboundReferral.objects.all()] == ["Second", "First"]


def test_closing_without_a_place_stores_nothing(lead: Lead, coordinator: User) -> None:
    with pytest.raises(TransitionRefused, match="Say where"):
        closed(lead, coordinator, " ")
    assert not OutboundReferral.objects.exists()


def test_closing_for_another_reason_leaves_no_referral(lead: Lead, coordinator: User) -> None:
    triage.transition(
        lead=lead,
        to=LeadStatus.CLOSED,
        reason=CloseReason.COST,
        referred_to="Elsewhere",
        by=coordinator,
        version=lead.version,
    )
    assert not OutboundReferral.objects.exists()


# -- the address book


@pytest.mark.parametrize("role", [roles.COORDINATOR, roles.MANAGER])
def test_the_desk_keeps_the_address_book_and_deletes_nothing(
    client: Client, make_staff: Any, source: ReferralSource, role: str
) -> None:
    client.force_login(make_staff(role, "somebody"))
    made = {"kind": "court", "person": "P. Officer", "organization": "", "is_active": "on"}
    assert client.post(f"{LIST}add/", made).status_code == 302
    page = client.get(LIST, {"q": "officer"}).content.decode()
    assert "P. Officer" in page
    assert "Elm Clinic" not in page
    assert client.post(f"{LIST}{source.pk}/change/", made | {"is_active": ""}).status_code == 302
    source.refresh_from_db()
    assert (str(source), source.is_active) == ("P. Officer", False)
    assert client.post(f"{LIST}{source.pk}/delete/", {"post": "yes"}).status_code == 403
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"P. Officer"}


def test_a_source_has_a_name(desk: Client) -> None:
    answer = desk.post(f"{LIST}add/", {"kind": "court", "is_active": "on"})
    assert "Give an organization or a person." in answer.content.decode()
    with pytest.raises(IntegrityError):
        ReferralSource.objects.create(kind="court")


@pytest.mark.parametrize(
    "role", [one for one in roles.ROLES if one not in (roles.COORDINATOR, roles.MANAGER)]
)
def test_other_roles_have_no_address_book(client: Client, make_staff: Any, role: str) -> None:
    client.force_login(make_staff(role))
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}add/", {"kind": "court", "person": "P."}).status_code == 403
    assert not ReferralSource.objects.exists()


@pytest.mark.parametrize(("sent", "shown"), [(0, "0"), (3, "3"), (100, "100"), (101, "100+")])
def test_the_list_counts_what_a_source_sent_up_to_a_hundred(
    desk: Client, lead: Lead, source: ReferralSource, sent: int, shown: str
) -> None:
    ReferralSource.objects.create(kind="other", person="Nobody")
    Lead.objects.bulk_create(
        Lead(
            reference=f"R{number:07}",
            source="phone",
            role="self",
            first_name="Ash",
            received_at=lead.received_at,
            referral_source=source,
        )
        for number in range(sent)
    )
    page = desk.get(LIST).content.decode()
    cells = re.findall(r'class="field-leads_sent">([^<]*)<', page)
    assert cells == ["0", shown]  # who has no organization comes first
    assert not re.search(r"<[^>]* style=", page)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_list_costs_the_same_however_long(
    desk: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    ReferralSource.objects.bulk_create(
        ReferralSource(kind="other", person=f"Person {number:03}") for number in range(count)
    )
    with django_assert_max_num_queries(14):
        assert "Person 000" in desk.get(LIST).content.decode()


# -- no price on a person

_MONEY = {
    *("fee", "fees", "reward", "commission", "bounty", "payout", "payment", "pay", "paid"),
    *("kickback", "price", "priced", "cost", "amount", "bonus", "incentive", "gift", "sum"),
    *("compensation", "money", "cash", "dollars", "cents", "charge", "affiliate", "rate", "value"),
}


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_no_field_can_hold_a_price_for_a_person(model: Any) -> None:
    """42 U.S.C. 1320a-7b(b), 18 U.S.C. 220; M.G.L. c.175H §3: nobody is paid for a referral."""
    named = {
        field.name for field in model._meta.get_fields() if _MONEY & set(field.name.split("_"))
    }
    assert named == set()
    if model in (Lead, ReferralSource, OutboundReferral):
        numbers = models.DecimalField | models.FloatField
        assert not [one for one in model._meta.fields if isinstance(one, numbers)]
