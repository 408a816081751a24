"""What staff correct or complete on a lead: what it takes, and what it leaves behind."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from admissions import audit, details, triage
from admissions.exceptions import NotAllowed, StaleVersion, TransitionRefused, WorkflowError
from admissions.models import Lead, LeadEvent, OutboxMessage
from iop_site import roles
from programs.models import Track
from tests.admissions.lead_tools import find
from tests.admissions.test_triage import last_event, put, stays_as_it_is


def change(lead: Lead, by: User, told_by: str = "", **changes: Any) -> Lead:
    return details.change(lead=lead, changes=changes, by=by, version=lead.version, told_by=told_by)


def found(query: str) -> list[Lead]:
    return list(find(Lead.objects.all(), query))


def test_change_stores_what_differs_and_its_event_names_the_fields(
    lead: Lead, coordinator: User, track: Track
) -> None:
    changed = change(
        lead,
        coordinator,
        first_name="Avery",
        last_name="Quillfeather",
        language="Kreyòl",
        track=track,
        good_times="after six",
    )
    stored = Lead.objects.get(pk=lead.pk)
    assert changed.version == stored.version == lead.version + 1
    assert (stored.last_name, stored.track, stored.good_times) == (
        "Quillfeather",
        track,
        "after six",
    )
    assert stored.language_code == "ht"
    event = last_event(lead)
    assert (event.kind, event.actor) == ("details_changed", coordinator.username)
    assert event.data == {"fields": ["last_name", "good_times", "language", "track"]}
    assert "Quillfeather" not in str(event.data)
    assert list(audit.verify()) == []


def test_lead_is_found_by_what_it_is_now_and_by_what_it_was(lead: Lead, coordinator: User) -> None:
    change(
        lead, coordinator, last_name="Rosewall", phone="+1 617-555-0177", email="new@example.org"
    )
    for query in ("rosewall avery", "617 555 0177", "0177", "new@example.org", "6175550101"):
        assert found(query) == [lead], query


def test_same_values_change_nothing(lead: Lead, coordinator: User) -> None:
    before = LeadEvent.objects.count()
    assert change(lead, coordinator, first_name="Avery", voicemail_ok=False).version == lead.version
    assert LeadEvent.objects.count() == before


@pytest.mark.parametrize("name", ["voicemail_ok", "may_say_who", "email_ok"])
def test_more_is_allowed_only_as_they_told_us(lead: Lead, coordinator: User, name: str) -> None:
    for told_by in ("", "rumour"):
        stays_as_it_is(
            lambda told_by=told_by: change(lead, coordinator, told_by, **{name: True}),
            WorkflowError,
            "how they told us",
        )
    assert getattr(change(lead, coordinator, "phone", **{name: True}), name)
    assert last_event(lead).data == {"fields": [name], "allowed": [name], "told_by": "phone"}


def test_less_is_allowed_at_once(lead: Lead, coordinator: User) -> None:
    put(lead, voicemail_ok=True)
    assert not change(lead, coordinator, voicemail_ok=False).voicemail_ok
    assert last_event(lead).data == {"fields": ["voicemail_ok"]}


def test_texts_are_allowed_by_the_consent_alone(lead: Lead, coordinator: User) -> None:
    with pytest.raises(ValueError, match="text_ok"):
        change(lead, coordinator, "phone", text_ok=True)


def test_what_was_allowed_for_another_number_does_not_hold_for_the_new_one(
    lead: Lead, coordinator: User
) -> None:
    put(lead, voicemail_ok=True, text_ok=True, email_ok=True)
    new = {"phone": "+1 617-555-0166", "email_ok": True}
    stays_as_it_is(
        lambda: change(lead, coordinator, **new, voicemail_ok=True), WorkflowError, "another number"
    )
    changed = change(lead, coordinator, **new, voicemail_ok=False)
    assert (changed.voicemail_ok, changed.text_ok, changed.email_ok) == (False, False, True)
    assert last_event(lead).data == {"fields": ["phone", "voicemail_ok", "text_ok"]}


def test_number_that_is_only_written_otherwise_keeps_what_was_allowed(
    lead: Lead, coordinator: User
) -> None:
    put(lead, voicemail_ok=True, text_ok=True)
    changed = change(lead, coordinator, phone="(617) 555-0101", voicemail_ok=True)
    assert changed.voicemail_ok
    assert changed.text_ok


def test_something_to_reach_them_by_stays(
    make_lead: Callable[..., Lead], coordinator: User
) -> None:
    lead = make_lead()
    stays_as_it_is(
        lambda: change(lead, coordinator, phone="", email=""), WorkflowError, "Keep a phone number"
    )
    assert change(lead, coordinator, phone="").email


def test_who_turns_out_to_be_under_18_is_told_to_a_supervisor_once(
    lead: Lead, coordinator: User, manager: User
) -> None:
    told = OutboxMessage.objects.filter(kind="needs_supervisor", recipient=manager)
    change(lead, coordinator, age_band="12_17")
    assert told.count() == 1
    lead.refresh_from_db()
    change(lead, coordinator, age_band="under_12")
    lead.refresh_from_db()
    change(lead, coordinator, last_name="Other")
    assert told.count() == 1


def test_change_is_refused_as_every_verb_is(
    lead: Lead, coordinator: User, make_staff: Callable[[str], User]
) -> None:
    auditor = make_staff(roles.AUDITOR)
    stays_as_it_is(lambda: change(lead, auditor, last_name="X"), NotAllowed)
    put(lead, version=7)
    stale = Lead(pk=lead.pk, version=6)
    stays_as_it_is(lambda: change(stale, coordinator, last_name="X"), StaleVersion)
    put(lead, quarantined_at=lead.received_at)
    stays_as_it_is(lambda: change(lead, coordinator, last_name="X"), TransitionRefused)


# -- what a later submission gave


@pytest.fixture
def joined(make_lead: Callable[..., Lead]) -> Lead:
    """A lead without an e-mail, whose person gave one later, by which nobody is proven."""
    lead = make_lead(email="")
    assert make_lead(email="avery@example.org", voicemail_ok=True) == lead
    lead.refresh_from_db()
    return lead


def test_offer_is_what_a_submission_gave_and_the_lead_lacks(joined: Lead, lead: Lead) -> None:
    (offer,) = details.offers(joined)
    assert (offer.field, offer.value) == ("email", "avery@example.org")


def test_what_the_lead_has_is_not_offered_however_it_is_written(
    send_insurance: Callable[..., Lead], lead: Lead, coordinator: User
) -> None:
    assert send_insurance(phone="(617) 555-0101", email="AVERY@example.org") == lead
    lead.refresh_from_db()
    assert details.offers(lead) == []
    change(lead, coordinator, phone="+1 617-555-0188")
    (offer,) = details.offers(Lead.objects.get(pk=lead.pk))  # once, though it was given twice
    assert offer.value == "(617) 555-0101"


def test_adopting_puts_it_on_the_lead_and_allows_nothing(joined: Lead, coordinator: User) -> None:
    put(joined, email_ok=True)
    (offer,) = details.offers(joined)
    details.adopt_contact(lead=joined, offer=offer.key, by=coordinator, version=joined.version)
    stored = Lead.objects.get(pk=joined.pk)
    assert (stored.email, stored.email_ok) == ("avery@example.org", False)
    assert last_event(joined).data == {"fields": ["email", "email_ok"]}
    assert found("avery@example.org") == [joined]
    stays_as_it_is(
        lambda: details.adopt_contact(
            lead=stored, offer=offer.key, by=coordinator, version=stored.version
        ),
        WorkflowError,
        "on the lead already",
    )


@pytest.mark.parametrize("offer", ["", "inquiry-1", "inquiry-999999-email", "x" * 60, "🙂"])
def test_adopting_what_was_not_offered_is_refused(
    joined: Lead, coordinator: User, offer: str
) -> None:
    stays_as_it_is(
        lambda: details.adopt_contact(
            lead=joined, offer=offer, by=coordinator, version=joined.version
        ),
        WorkflowError,
    )


def test_adopting_on_an_old_version_changes_nothing(joined: Lead, coordinator: User) -> None:
    (offer,) = details.offers(joined)
    triage.claim(lead=joined, by=coordinator)
    stays_as_it_is(
        lambda: details.adopt_contact(
            lead=joined, offer=offer.key, by=coordinator, version=joined.version
        ),
        StaleVersion,
    )


def test_language_is_sorted_when_it_is_given_and_when_a_later_form_gives_it(
    make_lead: Callable[..., Lead],
) -> None:
    assert make_lead(phone="", email="es@example.org", language="español").language_code == "es"
    lead = make_lead()
    assert lead.language_code == ""
    make_lead(language="Tiếng Việt")
    lead.refresh_from_db()
    assert (lead.language, lead.language_code) == ("Tiếng Việt", "vi")
