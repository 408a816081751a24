"""Safe contact: what a person allowed, what they took back, and how staff are told."""

from typing import Any

import pytest
from django.utils import timezone

from admissions import safe_contact
from admissions.enums import AttemptResult, Channel, Wish
from admissions.models import Lead
from admissions.safe_contact import Verdict

ALL_ALLOWED = {
    "role": "self",
    "phone": "+1 617-555-0101",
    "email": "avery@example.org",
    "voicemail_ok": True,
    "text_ok": True,
    "email_ok": True,
    "may_say_who": True,
}


def lead_with(**changes: Any) -> Lead:
    return Lead(**{**ALL_ALLOWED, **changes})


def rules_of(**changes: Any) -> dict[str, tuple[bool, str]]:
    found = safe_contact.rules(lead_with(**changes))
    assert len({one.channel for one in found}) == len(found)
    return {one.channel: (one.allowed, one.words) for one in found}


# -- automatic mail


def test_mail_is_sent_to_who_allowed_it() -> None:
    assert safe_contact.automatic_mail(lead_with()) == Verdict(True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"email": ""}, "No e-mail address"),
        ({"email_ok": False}, "did not allow"),
        ({"contact_withdrawn_at": timezone.now()}, "not to contact"),
        ({"deletion_requested_at": timezone.now()}, "delete"),
        ({"quarantined_at": timezone.now()}, "suspected spam"),
        ({"is_demo": True}, "Demo"),
        ({"age_band": "12_17"}, "Under 18"),
        ({"age_band": "under_12"}, "Under 18"),
    ],
)
def test_mail_is_not_sent_otherwise_and_staff_read_why(changes: dict[str, Any], why: str) -> None:
    verdict = safe_contact.automatic_mail(lead_with(**changes))
    assert not verdict.allowed
    assert why in verdict.why
    assert verdict.why.endswith(".")


@pytest.mark.parametrize("role", ["family", "professional"])
def test_mail_goes_to_who_writes_about_a_young_person(role: str) -> None:
    assert safe_contact.automatic_mail(lead_with(role=role, age_band="12_17")).allowed


def test_what_was_taken_back_outweighs_every_other_reason() -> None:
    both = lead_with(contact_withdrawn_at=timezone.now(), email="", email_ok=False)
    assert "not to contact" in safe_contact.automatic_mail(both).why


def test_a_lead_nobody_asked_anything_allows_nothing() -> None:
    assert not safe_contact.automatic_mail(Lead(email="a@example.org")).allowed
    found = {one.channel: one.allowed for one in safe_contact.rules(Lead(phone="+16175550101"))}
    assert found == {
        "Call": True,
        "Voicemail": False,
        "Text message": False,
        "Automatic e-mail": False,
        "Saying who calls": False,
    }


# -- the rules that staff read


def test_rules_say_of_each_channel_what_was_allowed() -> None:
    assert rules_of() == {
        "Call": (True, "Allowed"),
        "Voicemail": (True, "Allowed"),
        "Text message": (True, "Allowed"),
        "Automatic e-mail": (True, "Allowed"),
        "Saying who calls": (True, "Allowed"),
    }


@pytest.mark.parametrize(
    ("changes", "channel", "words"),
    [
        ({"voicemail_ok": False}, "Voicemail", "NO voicemail"),
        ({"text_ok": False}, "Text message", "NO text messages"),
        (
            {"email_ok": False},
            "Automatic e-mail",
            "NO automatic e-mail: They did not allow automatic e-mail.",
        ),
        ({"may_say_who": False}, "Saying who calls", "Do NOT say who is calling"),
        ({"do_not_speak_to": "Robin"}, "Do not speak to", "Do NOT speak to: Robin"),
        (
            {"patient_knows": "no"},
            "The patient",
            "The patient does NOT know that somebody asked us",
        ),
        (
            {"patient_knows": "unsure"},
            "The patient",
            "The patient may NOT know that somebody asked us",
        ),
    ],
)
def test_rules_say_what_is_not_allowed(changes: dict[str, Any], channel: str, words: str) -> None:
    found = rules_of(**changes)
    assert found.pop(channel) == (False, words)
    assert all(allowed for allowed, _words in found.values())


def test_without_a_phone_number_nothing_goes_by_phone() -> None:
    found = rules_of(phone="")
    assert found["Call"] == (False, "NO calls: No phone number is known.")
    assert not found["Voicemail"][0]
    assert not found["Text message"][0]
    assert found["Automatic e-mail"][0]


@pytest.mark.parametrize("field", ["contact_withdrawn_at", "deletion_requested_at"])
def test_who_took_their_consent_back_is_not_contacted_at_all(field: str) -> None:
    found = rules_of(**{field: timezone.now()})
    for channel in ("Call", "Voicemail", "Text message", "Automatic e-mail"):
        assert not found[channel][0], channel
    assert "They asked us" in found["Call"][1]
    assert not safe_contact.may_contact(lead_with(**{field: timezone.now()})).allowed
    assert safe_contact.may_contact(lead_with()) == Verdict(True)


# -- what a contact attempt goes against


@pytest.mark.parametrize("channel", Channel.values)
@pytest.mark.parametrize("result", AttemptResult.values)
def test_who_allowed_everything_is_contacted_against_no_wish(channel: str, result: str) -> None:
    assert safe_contact.against(lead_with(), channel=channel, result=result) is None


@pytest.mark.parametrize(
    ("changes", "channel", "result", "wish"),
    [
        ({"text_ok": False}, "text", "message_sent", Wish.NO_TEXTS),
        ({"text_ok": False}, "phone", "talked", None),
        ({"voicemail_ok": False}, "phone", "left_voicemail", Wish.NO_VOICEMAIL),
        ({"voicemail_ok": False}, "phone", "no_answer", None),
        ({"email_ok": False}, "email", "message_sent", None),  # that one is about automatic mail
        ({"text_ok": False, "voicemail_ok": False}, "text", "left_voicemail", Wish.NO_TEXTS),
        ({"contact_withdrawn_at": timezone.now()}, "email", "talked", Wish.WITHDRAWN),
        ({"deletion_requested_at": timezone.now()}, "phone", "busy", Wish.DELETION),
        ({"deletion_requested_at": timezone.now()}, "rubbish", "\x00", Wish.DELETION),
        ({}, "", "", None),
    ],
    ids=range(10),
)
def test_attempt_goes_against_what_they_said(
    changes: dict[str, Any], channel: str, result: str, wish: Wish | None
) -> None:
    assert safe_contact.against(lead_with(**changes), channel=channel, result=result) == wish


def test_ways_to_reach_them_stand_in_the_order_they_may_be_used() -> None:
    assert list(safe_contact.ways(lead_with())) == ["phone", "text", "email"]
    assert list(safe_contact.ways(lead_with(preferred_channel="email")).items()) == [
        ("email", ""),
        ("phone", ""),
        ("text", ""),
    ]
    found = safe_contact.ways(lead_with(text_ok=False, phone="", preferred_channel="text"))
    assert list(found.items()) == [
        ("email", ""),
        ("text", "They did not allow text messages."),
        ("phone", "Nothing is known to reach them there."),
    ]
    withdrawn = safe_contact.ways(lead_with(contact_withdrawn_at=timezone.now()))
    assert set(withdrawn.values()) == {"They asked us not to contact them."}
