"""Everything that happened to a lead, on one line: in order, in words, a page at a time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from admissions import audit, details, triage
from admissions.enums import AttemptResult, Channel, EventKind
from admissions.exceptions import StaleVersion
from admissions.models import Lead, OutboxMessage
from admissions.timeline import timeline


def write(lead: Lead, by: User, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        triage.add_note(lead=lead, text=f"note {number}", by=by)


def test_events_stand_newest_first_with_what_was_written(lead: Lead, coordinator: User) -> None:
    write(lead, coordinator, 2)
    triage.log_attempt(
        lead=lead,
        channel=Channel.PHONE,
        result=AttemptResult.BUSY,
        by=coordinator,
        note="Rang twice.",
        no_next_step=True,
    )
    entries = timeline(lead)
    assert [one.text for one in entries if one.text] == ["Rang twice.", "note 1", "note 0"]
    attempt = next(one for one in entries if one.text == "Rang twice.")
    assert attempt.detail == "Phone call: Busy · no next step, knowingly"
    assert entries.newest == lead.events.first().sequence
    assert entries.older is None


def test_who_only_looked_is_left_out(lead: Lead, coordinator: User) -> None:
    before = list(timeline(lead))
    triage.open_lead(lead=lead, by=coordinator)
    assert list(timeline(lead)) == before


@pytest.mark.parametrize(("written", "pages"), [(0, 1), (47, 1), (48, 1), (49, 2), (120, 3)])
def test_long_one_is_read_page_by_page_with_nothing_left_out_or_doubled(
    lead: Lead, coordinator: User, written: int, pages: int
) -> None:
    write(lead, coordinator, written)  # beside the two events of the inquiry
    seen: list[int] = []
    before: int | None = None
    for _page in range(pages):
        page = timeline(lead, before=before)
        seen += [one.sequence for one in page if one.sequence]
        before = page.older
    assert before is None
    assert seen == list(lead.events.values_list("sequence", flat=True))


@pytest.mark.parametrize("before", [0, 1, 10**18])
def test_page_before_the_first_or_after_the_last_is_no_fault(lead: Lead, before: int) -> None:
    page = timeline(lead, before=before)
    assert bool([one for one in page if one.sequence]) is (before > 1)


@pytest.mark.parametrize("written", [1, 3, 120])
def test_it_costs_the_same_however_long_it_is(
    lead: Lead, coordinator: User, written: int, django_assert_max_num_queries: Any
) -> None:
    write(lead, coordinator, written)
    with django_assert_max_num_queries(6):
        timeline(lead)


# -- messages to the family


def test_message_to_the_family_is_there_by_its_state_alone(make_lead: Callable[..., Lead]) -> None:
    lead = make_lead(email_ok=True)
    (message,) = OutboxMessage.objects.filter(audience="family")
    (entry,) = [one for one in timeline(lead) if one.what == "Message to the family"]
    assert (entry.detail, entry.text, entry.sequence) == (
        "To the family: received · Waiting",
        "",
        0,
    )
    OutboxMessage.objects.filter(pk=message.pk).update(
        state="skipped", last_error="They did not allow automatic e-mail."
    )
    (entry,) = [one for one in timeline(lead) if one.what == "Message to the family"]
    assert entry.detail.endswith("Not sent, on purpose")
    assert entry.text == "They did not allow automatic e-mail."
    later = timezone.now() + timedelta(hours=3)
    OutboxMessage.objects.filter(pk=message.pk).update(
        state="sent", sent_at=later, last_error="an earlier try"
    )
    entry = timeline(lead)[0]
    assert (entry.at, entry.what, entry.text) == (later, "Message to the family", "")


def test_each_message_to_the_family_is_on_one_page(lead: Lead, coordinator: User) -> None:
    start = timezone.now()
    for hour in range(1, 4):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            write(lead, coordinator, 40, hour * 100)
        OutboxMessage.objects.create(kind="family_received", audience="family", lead=lead)
        OutboxMessage.objects.order_by("pk").last()
        OutboxMessage.objects.filter(pk=OutboxMessage.objects.latest("pk").pk).update(
            created_at=start + timedelta(hours=hour, minutes=30)
        )
    found = []
    page = timeline(lead)
    while True:
        found += [one.at for one in page if not one.sequence]
        if page.older is None:
            break
        page = timeline(lead, before=page.older)
    assert len(found) == len(set(found)) == OutboxMessage.objects.filter(audience="family").count()


# -- merged leads


def test_what_happened_on_a_merged_lead_is_there_with_its_reference(
    make_lead: Callable[..., Lead], coordinator: User
) -> None:
    kept, merged = make_lead(), make_lead(first_name="Blake", phone="", email="b@example.org")
    write(merged, coordinator, 1)
    Lead.objects.filter(pk=merged.pk).update(
        status="closed", close_reason="duplicate", merged_into=kept
    )
    entries = timeline(kept)
    assert {one.reference for one in entries} == {"", merged.reference}
    (note,) = [one for one in entries if one.text == "note 0"]
    assert note.reference == merged.reference
    assert all(not one.reference for one in timeline(merged))


# -- words


def test_details_and_refusals_are_said_in_words(lead: Lead, coordinator: User) -> None:
    details.change(
        lead=lead,
        changes={"voicemail_ok": True, "last_name": "Marsh"},
        by=coordinator,
        version=lead.version,
        told_by="phone",
    )
    audit.record_refusal(lead=lead, by=coordinator, act="move", error=StaleVersion("x"))
    with_fields = {"fields": ["member_id"]}
    refused, changed, *_rest = timeline(lead)
    assert (refused.what, refused.detail) == ("Refused", "move (somebody else was faster)")
    assert changed.detail == (
        "last name, voicemail allowed · now allowed, as they said (Phone): voicemail allowed"
    )
    triage.read_sensitive(lead=lead, by=coordinator, kind=EventKind.REVEALED, **with_fields)
    assert timeline(lead)[0].detail == "member id"


def test_next_step_is_said_with_its_time(lead: Lead, coordinator: User) -> None:
    at = timezone.now() + timedelta(days=1)
    triage.set_follow_up(lead=lead, at=at, by=coordinator, version=lead.version)
    assert timeline(lead)[0].detail.startswith("next: ")
