"""What the holder of a private code may know: true, in plain words, nothing about others."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from admissions import audit, booking, consents, family_view, family_words, intake
from admissions.enums import LeadSource, LeadStatus, VobStatus
from admissions.models import (
    Availability,
    ClosedDay,
    ConsentWording,
    Consultation,
    Lead,
    StatusAccess,
    WorkingHours,
)
from content.checking.readability import measure
from tests.admissions.conftest import close
from tests.factories import inquiry_answers, insurance_answers, new_key

Submit = Callable[..., StatusAccess]

pytestmark = pytest.mark.django_db
MONDAY_NOON = datetime(2026, 11, 30, 12, 0)


@pytest.fixture
def submit(wordings: list[ConsentWording], texts_wording: ConsentWording) -> Submit:
    def send(**answers: Any) -> StatusAccess:
        receipt = intake.submit_inquiry(
            answers=inquiry_answers(**answers),
            wordings=[*wordings, texts_wording],
            idempotency_key=new_key(),
        )
        return StatusAccess.objects.get(reference=receipt.reference)

    return send


def insure(access: StatusAccess, wordings: list[ConsentWording] | None = None) -> None:
    intake.submit_insurance(
        answers=insurance_answers(first_name="", phone="", email=""),
        wordings=wordings or [],
        idempotency_key=new_key(),
        sender=intake.Sender(access=access),
    )


def seen(access: StatusAccess, **changes: Any) -> family_view.Standing:
    """Return what stands there now, after `changes` to the lead."""
    if changes:
        Lead.objects.filter(pk=access.lead_id).update(**changes)
    return family_view.standing(StatusAccess.objects.select_related("lead").get(pk=access.pk))


def facts(standing: family_view.Standing) -> dict[str, str]:
    return dict(standing.facts)


def words_of(standing: family_view.Standing) -> str:
    texts = [standing.where, *standing.following]
    return " ".join([*texts, *(part for fact in standing.facts for part in fact)])


def hours() -> None:
    """The desk answers on weekdays from nine to five."""
    for weekday in range(5):
        WorkingHours.objects.create(weekday=weekday, start=time(9), end=time(17))


# -- every status in words

FORBIDDEN = (
    "patient",
    "admitted",
    "admission ",
    "treatment",
    "program",
    "diagnos",
    "therapy",
    "addict",
    "substance",
    "mental",
    "spam",
    "lead",
    "iop",
)


@pytest.mark.parametrize("role", ["self", "family", "professional"])
@pytest.mark.parametrize("status", LeadStatus)
def test_every_status_has_words_that_tell_nothing_about_care(
    submit: Submit, status: LeadStatus, role: str
) -> None:
    access = submit(role=role)
    reason = "cost" if status == "closed" else ""
    standing = seen(access, status=status, close_reason=reason, quarantined_at=None)
    assert standing.where
    assert standing.following
    for word in FORBIDDEN:
        assert word not in words_of(standing).lower()


def test_closed_and_admitted_look_the_same(submit: Submit) -> None:
    access = submit()
    insure(access)
    closed = seen(access, status="closed", close_reason="not_ready", vob_status="verified_viable")
    admitted = seen(
        access,
        status="admitted",
        close_reason="",
        vob_status="verified_viable",
        estimate_requested_at=timezone.now(),
        estimate_due_on=date(2030, 1, 1),
    )
    assert closed == admitted
    assert words_of(closed) == " ".join(map(str, family_words.FINISHED))
    assert not closed.is_open


def test_who_asks_for_another_person_sees_the_same_from_the_first_talk_to_the_last(
    submit: Submit,
) -> None:
    access = submit(role="family")
    insure(access)
    later = [one for one in LeadStatus if one not in ("new", "attempting", "closed", "admitted")]
    assert len({words_of(seen(access, status=status)) for status in later}) == 1


def test_relative_is_told_of_no_insurance_check_that_they_did_not_ask_for(submit: Submit) -> None:
    access = submit(role="family")
    assert not facts(seen(access, vob_status="verified_viable"))
    insure(access)
    assert "Insurance" in facts(seen(access, vob_status="verified_viable"))


# -- by when


def test_promise_is_said_while_it_is_still_to_come(submit: Submit) -> None:
    hours()
    with time_machine.travel(timezone.make_aware(MONDAY_NOON), tick=False) as clock:
        access = submit()
        assert seen(access).following[1] == "We plan to try by Monday, November 30, 12:15 PM."
        clock.shift(timedelta(minutes=15))
        assert len(seen(access).following) == 1


def test_who_writes_at_night_is_told_the_next_working_morning(submit: Submit) -> None:
    hours()
    ClosedDay.objects.create(day=date(2026, 11, 26), name="Thanksgiving")
    with time_machine.travel(timezone.make_aware(datetime(2026, 11, 25, 23, 30)), tick=False):
        following = seen(submit()).following
    assert following[1] == (
        "Nobody is in the office right now. We plan to try by Friday, November 27, 9:15 AM."
    )


def test_no_promise_without_working_hours_or_once_somebody_called(submit: Submit) -> None:
    access = submit()
    assert len(seen(access).following) == 1
    hours()
    assert len(seen(access, status="attempting").following) == 1
    assert len(seen(access, status="new", respond_by=None).following) == 1


# -- insurance


@pytest.mark.parametrize("status", VobStatus)
def test_insurance_is_told_in_words_without_a_promise(submit: Submit, status: VobStatus) -> None:
    access = submit()
    text = facts(seen(access, vob_status=status)).get("Insurance", "")
    assert bool(text) is (status not in ("not_requested", "not_applicable"))
    for word in ("viable", "covered", "benefit", "deductible", "$", "%"):
        assert word not in text
    if "answer" in text.lower() and status != "expired":
        assert "not a promise" in text


def test_good_and_bad_answers_of_a_plan_are_told_in_person(submit: Submit) -> None:
    access = submit()
    good = facts(seen(access, vob_status="verified_viable"))
    assert good == facts(seen(access, vob_status="verified_not_viable"))


def test_check_that_was_taken_back_is_said_to_be_off(
    submit: Submit, insurance_wordings: list[ConsentWording]
) -> None:
    access = submit()
    insure(access, insurance_wordings)
    consents.withdraw(
        lead=access.lead,
        access=access,
        topics=["verification"],
        channel=LeadSource.WEB_STATUS,
        by=audit.VISITOR,
    )
    assert facts(seen(access)) == {"Insurance": str(family_words.NOT_ASKING)}


# -- the estimate


def test_estimate_is_told_by_its_day_and_when_it_was_given(submit: Submit) -> None:
    with time_machine.travel(timezone.make_aware(MONDAY_NOON), tick=False) as clock:
        access = submit()
        intake.request_estimate(access=access)
        title = "Written estimate"
        assert facts(seen(access))[title] == "We send it to you by Thursday, December 3."
        clock.shift(timedelta(days=4))
        assert facts(seen(access))[title] == str(family_words.ESTIMATE_LATE)
        given = seen(access, estimate_delivered_at=timezone.now())
        assert facts(given)[title] == "We gave it to you on Friday, December 4."


def test_estimate_of_who_is_not_proven_is_counted_from_their_own_request(submit: Submit) -> None:
    with time_machine.travel(timezone.make_aware(MONDAY_NOON), tick=False) as clock:
        first = submit()
        intake.request_estimate(access=first)
        clock.shift(timedelta(days=1))
        joined = submit(wants_estimate=True)
        assert not joined.opened_lead
        day = facts(seen(joined))["Written estimate"]
        assert day == "We send it to you by Friday, December 4."
        clock.shift(timedelta(days=9))
        assert "Written estimate" not in facts(seen(joined))


def test_no_estimate_is_promised_to_who_must_not_be_contacted(submit: Submit) -> None:
    access = submit()
    intake.request_estimate(access=access)
    consents.withdraw(
        lead=access.lead, topics=["contact"], channel=LeadSource.WEB_STATUS, by=audit.VISITOR
    )
    standing = seen(access)
    assert standing.following == [str(family_words.NO_CONTACT)]
    assert not standing.facts


# -- under 18


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"role": "self", "age_band": "12_17"}, True),
        ({"role": "self", "age_band": "under_12"}, True),
        ({"role": "self", "age_band": "18_25"}, False),
        ({"role": "family", "age_band": "12_17"}, False),
    ],
)
def test_young_person_who_asks_for_themselves_reads_about_their_parents(
    submit: Submit, answers: dict[str, str], told: bool
) -> None:
    access = submit(**answers)
    assert (str(family_words.UNDER_18) in words_of(seen(access))) is told
    held = seen(access, quarantined_at=timezone.now())
    assert (str(family_words.UNDER_18) in words_of(held)) is told


# -- appointments


@pytest.fixture
def times() -> None:
    for weekday in range(7):
        Availability.objects.create(weekday=weekday, start=time(9), end=time(17), capacity=5)


def book(access: StatusAccess, by: Any = audit.VISITOR) -> Consultation:
    """Book a time for the lead of an access, through it where a visitor does it."""
    day = timezone.localdate() + timedelta(days=4)
    starts_at = timezone.make_aware(datetime.combine(day, time(9)))
    return booking.book(
        lead=access.lead,
        starts_at=starts_at,
        channel="phone",
        idempotency_key=new_key(),
        by=by,
        access=access if by == audit.VISITOR else None,
    )


@pytest.mark.usefixtures("times")
def test_own_appointment_is_shown_until_it_is_over_or_cancelled(submit: Submit) -> None:
    access = submit()
    consultation = book(access)
    assert seen(access).consultations == [consultation]
    with time_machine.travel(consultation.ends_at + timedelta(minutes=1)):
        assert seen(access).consultations == []
    booking.cancel(consultation=consultation, by=audit.VISITOR)
    assert seen(access).consultations == []


@pytest.mark.usefixtures("times")
def test_appointment_that_staff_booked_is_shown_to_who_opened_the_lead_alone(
    submit: Submit, coordinator: User
) -> None:
    access, joined = submit(), submit()
    assert joined.lead_id == access.lead_id
    consultation = book(access, by=coordinator)
    assert seen(access).consultations == [consultation]
    assert seen(joined).consultations == []


@pytest.mark.usefixtures("times")
def test_appointment_of_who_joined_is_theirs(submit: Submit) -> None:
    access, joined = submit(), submit()
    consultation = book(joined)
    assert seen(joined).consultations == [consultation]
    assert seen(access).consultations == []


# -- what was sent


def test_what_was_sent_is_told_by_kind_and_time_newest_first(submit: Submit) -> None:
    access = submit()
    insure(access)
    intake.request_estimate(access=access)
    intake.add_information(access=access, message="More.", idempotency_key=new_key())
    sent = seen(access).sent
    assert [what for what, _at in sent] == [
        "What you added",
        "Your request for a written estimate",
        "Your insurance details",
        "Your inquiry",
    ]
    assert [at for _what, at in sent] == sorted((at for _what, at in sent), reverse=True)


def test_finished_request_still_says_what_was_sent_and_can_be_taken_back(submit: Submit) -> None:
    access = submit()
    close(access.lead)
    standing = seen(access)
    assert [what for what, _at in standing.sent] == ["Your inquiry"]
    assert standing.can_withdraw
    assert standing.can_ask_deletion


def test_deletion_that_was_asked_for_is_told_with_its_day(submit: Submit) -> None:
    access = submit()
    with time_machine.travel(timezone.make_aware(MONDAY_NOON)):
        intake.request_deletion(access=access)
    standing = seen(access)
    assert "on Monday, November 30 to delete" in facts(standing)["Deleting it"]
    assert not standing.can_ask_deletion


# -- the words


def every_text() -> list[str]:
    pairs = [
        family_words.FINISHED,
        family_words.RECEIVED,
        family_words.TRYING,
        family_words.FOR_ANOTHER,
        *family_words.TO_THEMSELVES.values(),
        *family_words.TAKE_BACK.values(),
    ]
    single = [
        family_words.PROMISE,
        family_words.PROMISE_WHILE_CLOSED,
        family_words.NO_CONTACT,
        family_words.NOT_ASKING,
        family_words.ESTIMATE_DUE,
        family_words.ESTIMATE_LATE,
        family_words.ESTIMATE_GIVEN,
        family_words.DELETION,
        family_words.UNDER_18,
        *family_words.INSURANCE.values(),
    ]
    texts = [str(text) for pair in pairs for text in pair] + [str(text) for text in single]
    return [text.replace("%(when)s", "Monday").replace("%(day)s", "Monday") for text in texts]


def test_words_are_short_and_plain() -> None:
    texts = every_text()
    assert measure(texts).grade <= 6
    for text in texts:
        for sentence in text.split(". "):
            assert len(sentence.split()) <= 20
