"""The written estimate of who pays themselves: what it says, and when it reached the family."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from admissions import audit, estimates, self_pay, triage
from admissions.enums import Delivery, LeadStatus, VobStatus
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused
from admissions.forms.estimate import LINES, DeliveredForm, EstimateForm
from admissions.models import Lead, LeadEvent, SelfPayEstimate
from admissions.timeline import timeline
from iop_site import roles
from programs.models import Location, ProviderProfile
from tests.admissions.check_tools import estimate_post
from tests.admissions.conftest import dump, writes_fail
from tests.admissions.lead_tools import put
from tests.admissions.mail_tools import local

Staff = Callable[..., User]


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(local("2026-12-02 12:00"), tick=False) as traveller:
        yield traveller


def filled(lead: Lead, by: User, **changes: Any) -> EstimateForm:
    form = EstimateForm(estimate_post(lead, **changes), lead=lead, by=by)
    form.is_valid()
    return form


def make(lead: Lead, by: User) -> SelfPayEstimate:
    details = filled(lead, by).answers()
    return self_pay.make(lead=lead, details=details, by=by, version=lead.version)


def deliver(lead: Lead, by: User, estimate: SelfPayEstimate | None = None) -> Lead:
    return self_pay.deliver(
        lead=lead, how=Delivery.MAIL, by=by, version=lead.version, estimate=estimate
    )


def refused(verb: Callable[[], object], error: type[Exception], match: str) -> None:
    before = dump()
    with pytest.raises(error, match=match):
        verb()
    assert dump() == before


# -- what it says


def test_estimate_says_what_is_billed_and_by_whom(
    lead: Lead, coordinator: User, provider: ProviderProfile
) -> None:
    ProviderProfile.objects.update(legal_name="Marsh House Inc.", sample_fields=[])
    Location.objects.all().delete()
    Location.objects.create(slug="a", name="A", address="1 Mill St\nLowell, MA")
    Location.objects.create(slug="b", name="B", address="Sample Road", is_sample=True)
    estimate = SelfPayEstimate.objects.get(pk=make(lead, coordinator).pk)
    assert (estimate.lead, estimate.by, estimate.delivered_at) == (lead, coordinator, None)
    details = estimate.details
    assert details["lines"] == [
        {"what": "Group day", "code": "", "count": 24, "price": "250", "charge": "6000"},
        {
            "what": "First assessment",
            "code": "A1",
            "count": 1,
            "price": "300.50",
            "charge": "300.50",
        },
    ]
    assert details["total"] == "6300.50"
    assert (details["patient_name"], details["born"]) == ("Avery Quill", "1985-03-27")
    assert (details["provider"], details["phone"]) == ("Marsh House Inc.", "617-555-0199")
    assert details["places"] == ["1 Mill St\nLowell, MA"]
    lead.refresh_from_db()
    assert lead.version == 2
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.data) == ("estimate_made", {"estimate": estimate.pk})
    assert list(audit.verify()) == []


def test_sample_name_is_not_the_legal_name(
    lead: Lead, coordinator: User, provider: ProviderProfile
) -> None:
    ProviderProfile.objects.update(legal_name="Sample Inc.", sample_fields=["legal_name"])
    assert filled(lead, coordinator).answers()["provider"] == "Marsh House"


def test_what_an_estimate_says_is_encrypted(lead: Lead, coordinator: User) -> None:
    make(lead, coordinator)
    assert "First assessment" not in repr(dump())


def test_estimate_written_twice_by_a_double_click_is_one(lead: Lead, coordinator: User) -> None:
    make(lead, coordinator)
    refused(lambda: make(lead, coordinator), StaleVersion, "Somebody else")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"patient_name": ""}, ["patient_name"]),
        ({"service": ""}, ["service"]),
        ({"period": ""}, ["period"]),
        ({"starts_on": "2026-12-01"}, ["starts_on"]),
        ({"born": "2026-12-03"}, ["born"]),
        ({"born": "rubbish"}, ["born"]),
        ({"count_0": ""}, ["count_0"]),
        ({"what_0": "", "code_0": "X"}, ["what_0"]),
        ({"price_0": ""}, ["price_0"]),
        ({"price_0": "-1"}, ["price_0"]),
        ({"count_0": "0"}, ["count_0"]),
        ({"count_0": "1001"}, ["count_0"]),
        ({"count_0": "many"}, ["count_0"]),
        ({"code_5": "Z"}, ["what_5", "count_5", "price_5"]),
        (
            {f"{part}_{n}": "" for part in ("what", "code", "count", "price") for n in (0, 1)},
            ["what_0"],
        ),
    ],
    ids=range(15),
)
def test_estimate_that_lacks_something_is_refused_at_its_field(
    lead: Lead, coordinator: User, changes: dict[str, Any], fields: list[str]
) -> None:
    assert list(filled(lead, coordinator, **changes).errors) == fields


@pytest.mark.parametrize(
    "changes", [{"starts_on": ""}, {"born": ""}, {"starts_on": "2026-12-02"}, {"price_0": "0"}]
)
def test_estimate_may_leave_open_what_is_not_known(
    lead: Lead, coordinator: User, changes: dict[str, Any]
) -> None:
    assert not filled(lead, coordinator, **changes).errors


def test_every_line_counts(lead: Lead, coordinator: User) -> None:
    every = {
        f"{part}_{n}": value
        for n in range(LINES)
        for part, value in (("what", "Visit"), ("count", "2"), ("price", "1.25"))
    }
    answers = filled(lead, coordinator, **every).answers()
    assert (len(answers["lines"]), answers["total"]) == (LINES, Decimal("20.00"))


def test_form_begins_with_what_is_known(
    send_insurance: Callable[..., Lead], make_lead: Callable[..., Lead], coordinator: User
) -> None:
    form = EstimateForm(lead=send_insurance(), by=coordinator)
    assert (form["patient_name"].value(), form["born"].value()) == ("Avery Quill", "1985-03-27")
    myself = make_lead(first_name="Robin", last_name="", phone="+1 617-555-0150", email="")
    form = EstimateForm(lead=myself, by=coordinator)
    assert (form["patient_name"].value(), form["born"].value()) == ("Robin", None)
    family = make_lead(role="family", phone="+1 617-555-0151", email="", relationship="parent")
    assert EstimateForm(lead=family, by=coordinator)["patient_name"].value() == ""


# -- that it reached the family


def test_delivery_is_kept_on_the_estimate_and_on_the_lead(
    lead: Lead, coordinator: User, noon: time_machine.Traveller
) -> None:
    estimates.start_clock(lead, at=timezone.now() - timedelta(hours=1))
    lead.save()
    estimate = make(lead, coordinator)
    lead.refresh_from_db()
    assert lead.estimate_owed_on is not None
    noon.shift(timedelta(hours=2))
    deliver(lead, coordinator, estimate)
    lead.refresh_from_db()
    estimate.refresh_from_db()
    now = timezone.now()
    assert (estimate.delivered_at, estimate.delivered_how) == (now, "mail")
    assert (lead.estimate_delivered_at, lead.estimate_owed_on) == (now, None)
    event = LeadEvent.objects.latest("sequence")
    assert (event.kind, event.data) == (
        "estimate_delivered",
        {"how": "mail", "estimate": estimate.pk},
    )
    assert timeline(lead)[0].detail == "By letter"
    refused(lambda: deliver(lead, coordinator, estimate), TransitionRefused, "as delivered already")


def test_estimate_of_another_lead_is_not_delivered_here(
    lead: Lead, make_lead: Callable[..., Lead], coordinator: User
) -> None:
    other = make_lead(phone="+1 617-555-0150", email="")
    estimate = make(other, coordinator)
    refused(lambda: deliver(lead, coordinator, estimate), TransitionRefused, "already")


def test_estimate_written_elsewhere_is_recorded_for_self_pay(lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="not_applicable")
    deliver(lead, coordinator)
    lead.refresh_from_db()
    assert lead.estimate_delivered_at == timezone.now()
    assert not SelfPayEstimate.objects.exists()


@pytest.mark.parametrize("vob", [one for one in VobStatus.values if one != "not_applicable"])
def test_estimate_from_elsewhere_is_refused_where_insurance_pays_and_nobody_asked(
    lead: Lead, coordinator: User, vob: str
) -> None:
    put(lead, vob_status=vob)
    refused(lambda: deliver(lead, coordinator), TransitionRefused, "Self-pay")
    put(lead, estimate_requested_at=timezone.now(), estimate_due_on=timezone.localdate())
    assert deliver(lead, coordinator).estimate_delivered_at == timezone.now()


def test_admission_opens_once_the_estimate_was_delivered(lead: Lead, coordinator: User) -> None:
    put(lead, status="assessed", vob_status="not_applicable")
    estimate = make(lead, coordinator)
    lead.refresh_from_db()
    to = LeadStatus.ADMISSION_SCHEDULED
    assert triage.missing_for(lead, to)
    lead = deliver(lead, coordinator, estimate)
    assert not triage.missing_for(lead, to)


def test_how_it_was_delivered_is_a_way_there_is(lead: Lead, coordinator: User) -> None:
    put(lead, vob_status="not_applicable")
    with pytest.raises(ValueError, match="pigeon"):
        self_pay.deliver(lead=lead, how="pigeon", by=coordinator, version=1)  # type: ignore[arg-type]


def test_database_keeps_when_and_how_together(lead: Lead, coordinator: User) -> None:
    estimate = make(lead, coordinator)
    for values in ({"delivered_at": timezone.now()}, {"delivered_how": "mail"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SelfPayEstimate.objects.filter(pk=estimate.pk).update(**values)


def test_form_of_delivery_is_offered_while_there_is_something_to_record(
    lead: Lead, coordinator: User
) -> None:
    def offered() -> tuple[bool, object]:
        lead.refresh_from_db()
        form = DeliveredForm(lead=lead, by=coordinator)
        return form.is_offered(), form.initial["estimate"]

    assert offered() == (False, None)
    put(lead, vob_status="not_applicable")
    assert offered() == (True, None)
    estimate = make(lead, coordinator)
    assert offered() == (True, estimate.pk)
    deliver(lead, coordinator, estimate)
    assert offered() == (False, None)
    put(lead, estimate_requested_at=timezone.now() + timedelta(hours=1))
    assert offered() == (True, None)


# -- versions, roles, faults

VERBS: dict[str, Callable[[Lead, User], object]] = {
    "make": lambda lead, by: self_pay.make(lead=lead, details={}, by=by, version=lead.version),
    "deliver": deliver,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.CLINICAL_REVIEWER, roles.AUDITOR])
def test_other_roles_write_no_estimate(lead: Lead, make_staff: Staff, verb: str, role: str) -> None:
    by = make_staff(role)
    put(lead, vob_status="not_applicable")
    refused(lambda: VERBS[verb](lead, by), NotAllowed, "Your role")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("version", [0, 2, 99])
def test_estimate_on_an_old_version_changes_nothing(
    lead: Lead, coordinator: User, verb: str, version: int
) -> None:
    put(lead, vob_status="not_applicable")
    lead.version = version
    refused(lambda: VERBS[verb](lead, coordinator), StaleVersion, "Somebody else")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", ["admissions_leadevent", "admissions_chainhead"])
def test_estimate_whose_event_cannot_be_written_changes_nothing(
    lead: Lead, coordinator: User, verb: str, table: str
) -> None:
    put(lead, vob_status="not_applicable")
    with writes_fail(table, "UPDATE" if table.endswith("head") else "INSERT"):
        refused(lambda: VERBS[verb](lead, coordinator), OperationalError, "disk full")
