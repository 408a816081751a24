"""The pipeline's table, cell by cell, and the words that the rules are written in."""

import itertools
from datetime import date

import pytest

from admissions import enums
from admissions.enums import TRANSITIONS, CloseReason, LeadStatus, VobStatus

# Written out a second time on purpose: the table of the domain, not the code's.
PIPELINE = {
    "new": "attempting contacted closed",
    "attempting": "contacted nurture closed",
    "contacted": "qualified nurture closed",
    "qualified": "assessment_scheduled waitlisted nurture closed",
    "assessment_scheduled": "assessed qualified closed",
    "assessed": "admission_scheduled waitlisted closed",
    "waitlisted": "qualified admission_scheduled nurture closed",
    "admission_scheduled": "admitted assessed closed",
    "nurture": "attempting contacted closed",
    "closed": "attempting",
    "admitted": "",
}
ALLOWED = {(here, there) for here, moves in PIPELINE.items() for there in moves.split()}
PAIRS = list(itertools.product(PIPELINE, PIPELINE))


def test_pipeline_has_exactly_the_eleven_statuses() -> None:
    assert set(LeadStatus.values) == set(PIPELINE) == set(TRANSITIONS)
    assert len(PAIRS) == 121


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_transition_is_in_the_table_only_where_the_domain_has_it(here: str, there: str) -> None:
    assert (there in TRANSITIONS[here]) == ((here, there) in ALLOWED)


def test_manager_alone_takes_an_admission_back_and_nothing_else() -> None:
    assert enums.MANAGER_TRANSITIONS == {"admitted": ("admission_scheduled",)}


def test_every_open_status_can_be_closed() -> None:
    assert set(enums.OPEN_STATUSES) == set(PIPELINE) - {"closed", "admitted"}
    assert all("closed" in TRANSITIONS[status] for status in enums.OPEN_STATUSES)


def test_every_status_can_be_reached_from_new() -> None:
    reached, todo = {"new"}, ["new"]
    while todo:
        for there in TRANSITIONS[todo.pop()]:
            if there not in reached:
                reached.add(str(there))
                todo.append(str(there))
    assert reached == set(PIPELINE)


def test_verification_has_the_statuses_of_the_domain() -> None:
    assert set(VobStatus.values) == {
        "not_requested",
        "requested",
        "in_progress",
        "needs_info",
        "verified_viable",
        "verified_not_viable",
        "unable_to_verify",
        "expired",
        "not_applicable",
    }


def test_close_reasons_are_those_of_the_domain_in_three_groups() -> None:
    groups: dict[str, set[str]] = {}
    for reason in CloseReason:
        groups.setdefault(str(reason.label).split(":")[0], set()).add(reason.value)
    assert groups == {
        "Lost": {
            "unreachable",
            "not_ready",
            "other_provider",
            "cost",
            "inactive_coverage",
            "out_of_network",
            "no_benefit",
            "authorization_denied",
            "schedule_or_transport",
            "no_capacity",
            "asked_deletion",
        },
        "Not appropriate": {
            "needs_higher_level",
            "needs_lower_level",
            "age",
            "geography",
            "referred_out",
        },
        "Void": {
            "duplicate",
            "spam",
            "wrong_number",
            "test",
            "vendor",
            "existing_patient",
            "mistake",
        },
    }
    assert {str(reason) for reason in enums.VOID_REASONS} == groups["Void"]


def test_only_a_conversation_is_live() -> None:
    assert set(enums.LIVE_RESULTS) == {"talked", "call_back"}


def test_minors_are_those_below_eighteen() -> None:
    assert set(enums.MINOR_BANDS) == {"under_12", "12_17"}


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2026-11-25", "under_12"),
        ("2014-11-26", "under_12"),
        ("2014-11-25", "12_17"),
        ("2008-11-26", "12_17"),
        ("2008-11-25", "18_25"),
        ("2000-11-26", "18_25"),
        ("2000-11-25", "26_64"),
        ("1961-11-26", "26_64"),
        ("1961-11-25", "65_plus"),
        ("1901-01-01", "65_plus"),
    ],
)
def test_age_band_changes_on_the_birthday(born: str, band: str) -> None:
    assert enums.AgeBand.of(date.fromisoformat(born), on=date(2026, 11, 25)) == band


def test_somebody_born_on_29_february_is_18_in_march() -> None:
    born = date(2008, 2, 29)
    assert enums.AgeBand.of(born, on=date(2026, 2, 28)) in enums.MINOR_BANDS
    assert enums.AgeBand.of(born, on=date(2026, 3, 1)) == enums.AgeBand.YOUNG_ADULT
    assert enums.AgeBand.of(date(2004, 2, 29), on=date(2024, 2, 29)) == enums.AgeBand.YOUNG_ADULT
