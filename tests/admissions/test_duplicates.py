"""Who writes again is told by what is certain; the rest is flagged for staff, and never joined."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admissions import consents, duplicates, family_view, intake, search
from admissions.enums import LeadSource
from admissions.models import ConsentWording, Lead, StatusAccess
from tests.admissions.conftest import close
from tests.admissions.lead_tools import find
from tests.factories import inquiry_answers, insurance_answers, new_key

Submit = Callable[..., StatusAccess]


def sent(receipt: intake.Receipt) -> StatusAccess:
    return StatusAccess.objects.select_related("lead").get(reference=receipt.reference)


def inquire(**answers: Any) -> StatusAccess:
    return sent(
        intake.submit_inquiry(
            answers=inquiry_answers(**answers), wordings=[], idempotency_key=new_key()
        )
    )


def insure(access: StatusAccess | None = None, **answers: Any) -> StatusAccess:
    return sent(
        intake.submit_insurance(
            answers=insurance_answers(**answers),
            wordings=[],
            idempotency_key=new_key(),
            sender=intake.Sender(access=access),
        )
    )


def joined(first: StatusAccess, second: StatusAccess) -> bool:
    """Return whether the second is on the lead of the first; if not, it must point there."""
    if first.lead_id == second.lead_id:
        assert not second.opened_lead
        return True
    assert second.opened_lead
    assert second.lead.possible_duplicate_of_id == first.lead_id
    return False


pytestmark = pytest.mark.django_db


# -- the same contact, about somebody else


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({}, {}, True),
        ({"relationship": "parent"}, {"relationship": "parent"}, True),
        ({"relationship": "parent"}, {"relationship": "child"}, False),
        ({"relationship": ""}, {"relationship": "child"}, True),
        # A mother asks for two children.
        ({"age_band": "12_17"}, {"age_band": "18_25"}, False),
        ({"age_band": "12_17"}, {"age_band": "12_17"}, True),
        ({"age_band": ""}, {"age_band": "18_25"}, True),
        # First for a son, then for herself.
        ({}, {"role": "self"}, False),
    ],
)
def test_family_that_asks_for_another_person_gets_a_lead_of_its_own(
    first: dict[str, Any], second: dict[str, Any], same: bool
) -> None:
    base = {"role": "family", "relationship": "", "age_band": ""}
    assert joined(inquire(**base | first), inquire(**base | second)) is same


def test_professional_is_never_joined_since_nobody_is_named() -> None:
    first = inquire(role="professional", organization="A clinic")
    assert not joined(first, inquire(role="professional", organization="A clinic"))
    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("Maya Quill", "Maya Quill", True),
        ("Maya Quill", "QUILL, Maya", True),
        ("Maya Quill", "Maya Ann Quill", True),
        ("Maya Quill", "Maya", True),
        ("Maya Quill", "Leo Quill", False),  # her brother
        ("Maya Quill", "Maya Alder", False),
        ("★", "Maya Quill", True),  # no letter to compare
    ],
)
def test_patient_of_another_name_is_another_patient(name: str, other: str, same: bool) -> None:
    first = insure(patient_legal_name=name, patient_birth_date="")
    assert joined(first, insure(patient_legal_name=other, patient_birth_date="")) is same


def test_father_and_son_of_one_name_are_told_apart_by_their_birth_dates() -> None:
    first = insure(patient_legal_name="John Alder", patient_birth_date="1960-03-27")
    son = insure(patient_legal_name="John Alder", patient_birth_date="1990-03-27")
    assert not joined(first, son)
    father = insure(patient_legal_name="John Alder", patient_birth_date="1960-03-27")
    assert father.lead == first.lead


def test_newest_of_several_open_leads_is_joined_where_all_fit() -> None:
    first = inquire(role="family", relationship="parent")
    second = inquire(role="family", relationship="child")
    third = inquire(role="family", relationship="")
    assert third.lead == second.lead != first.lead


# -- an episode that is over


def test_new_episode_points_to_the_last_one() -> None:
    first = close(inquire().lead)
    second = inquire().lead
    assert second.previous_episode == first
    close(second)
    third = inquire().lead
    assert third.previous_episode == second


def test_closed_lead_about_another_person_is_no_earlier_episode() -> None:
    close(insure(patient_legal_name="Leo Quill").lead)
    lead = insure(patient_legal_name="Maya Quill").lead
    assert lead.previous_episode is None
    assert lead.possible_duplicate_of is None


def test_contact_who_took_consent_back_begins_anew_and_is_flagged() -> None:
    first = inquire()
    Lead.objects.update(contact_withdrawn_at=first.created_at)
    assert not joined(first, inquire())


def test_suspect_is_neither_joined_nor_pointed_to() -> None:
    first = inquire()
    Lead.objects.update(quarantined_at=first.created_at)
    second = inquire()
    assert second.lead != first.lead
    assert second.lead.possible_duplicate_of is None


def test_more_leads_than_can_be_compared_are_no_fault() -> None:
    for number in range(duplicates._MOST + 2):
        inquire(first_name=f"Name {number}", email="")
    assert joined(inquire(first_name="Name 21", email=""), inquire(first_name="Name 21", email=""))
    assert inquire(first_name="Name 0", email="").opened_lead  # too far back to be sure of


@pytest.mark.parametrize(
    "answers", [{}, {"phone": None, "email": None}, {"phone": "-", "email": " "}]
)
def test_answers_without_a_contact_match_nothing(answers: dict[str, Any]) -> None:
    inquire()
    with transaction.atomic():
        assert duplicates.match({"first_name": "Avery", **answers}) == duplicates.Match()


def test_other_lead_with_the_same_contact_is_found() -> None:
    first = inquire().lead
    assert duplicates.sharing_contact(first) is None
    second = inquire(first_name="Blake").lead
    assert duplicates.sharing_contact(first) == second
    assert duplicates.sharing_contact(second) == first
    close(second)
    assert duplicates.sharing_contact(first) is None


# -- random people

PHONES = ("+1 617-555-0101", "+1 617-555-0102", "+1 617-555-0103", "")
MAILS = ("a@example.org", "b@example.org", "c@example.org", "")
NAMES = ("Avery", "avéry", "Blake", "★")


@dataclass
class Known:
    """What the rule knows of a lead, kept apart from the code that is tested."""

    pk: int
    answers: dict[str, Any]
    keys: set[str] = field(default_factory=set)
    is_open: bool = True

    def takes(self, new: dict[str, Any]) -> bool:
        if not search.same_name(self.answers["first_name"], new["first_name"]):
            return False
        if "professional" in (self.answers["role"], new["role"]):
            return False
        names = [
            "role",
            "relationship",
            *(["age_band"] if self.answers["role"] == "family" else []),
        ]
        return all(self.answers[n] in ("", new[n]) or not new[n] for n in names)

    def join(self, new: dict[str, Any]) -> None:
        self.keys |= keys_of(new)
        for name in ("relationship", "age_band"):
            self.answers[name] = self.answers[name] or new[name]
        if new["age_band"] == "12_17":
            self.answers["age_band"] = "12_17"


def keys_of(answers: dict[str, Any]) -> set[str]:
    return {answers["phone"], answers["email"]} - {""}


submissions = st.fixed_dictionaries(
    {
        "first_name": st.sampled_from(NAMES),
        "phone": st.sampled_from(PHONES),
        "email": st.sampled_from(MAILS),
        "role": st.sampled_from(("self", "family", "family", "professional")),
        "relationship": st.sampled_from(("", "parent", "child")),
        "age_band": st.sampled_from(("", "12_17", "26_64")),
    }
).filter(keys_of)
steps = st.lists(st.one_of(submissions, submissions, st.integers(0, 5)), min_size=2, max_size=9)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_random_people_are_joined_only_where_it_is_certain(
    db: None, steps: list[dict[str, Any] | int]
) -> None:
    with transaction.atomic():
        known: list[Known] = []  # newest first
        for step in steps:
            if isinstance(step, int):  # staff close one
                if step < len(known):
                    close(Lead.objects.get(pk=known[step].pk))
                    known[step].is_open = False
                continue
            reached = [one for one in known if one.keys & keys_of(step)]
            same = [one for one in reached if one.takes(step)]
            expected = next((one for one in same if one.is_open), None)
            access = inquire(**step)
            lead = access.lead
            if expected is not None:
                assert (lead.pk, access.opened_lead) == (expected.pk, False)
                expected.join(step)
            else:
                assert access.opened_lead
                assert lead.pk not in {one.pk for one in known}
                earlier = next((one.pk for one in same), None)
                doubtful = next((one.pk for one in reached if one.is_open), None)
                assert lead.previous_episode_id == earlier
                assert lead.possible_duplicate_of_id == doubtful
                known.insert(0, Known(lead.pk, dict(step), keys_of(step)))
            # Nobody sees what anybody else sent, or where the lead of others stands.
            assert len(family_view.standing(access).sent) == 1
        transaction.set_rollback(True)


# -- attack: a stranger who knows a phone number and a first name


def test_stranger_gets_no_answer_sent_to_themselves() -> None:
    victim = inquire(email="", email_ok=True)
    stranger = inquire(email="stranger@example.org", last_name="Other")
    assert joined(victim, stranger)
    insure(stranger, phone="", email="stranger@example.org", patient_legal_name="Avery Quill")
    lead = Lead.objects.get()
    assert (lead.phone, lead.email) == ("+1 617-555-0101", "")
    # What they typed stands on the lead's page, and staff find the lead by it.
    assert lead in find(Lead.objects.all(), "stranger@example.org")


def test_who_opened_the_lead_may_add_where_to_reach_them() -> None:
    first = inquire(email="")
    insure(first, phone="", email="avery@example.org")
    assert Lead.objects.get().email == "avery@example.org"


def test_stranger_who_goes_on_after_the_lead_was_closed_inherits_nothing() -> None:
    victim = inquire(
        last_name="Quill",
        do_not_speak_to="my brother",
        access_needs="ramp",
        email="",
        language="Português",
    )
    stranger = inquire(last_name="", email="stranger@example.org", good_times="evenings")
    assert joined(victim, stranger)
    close(victim.lead)
    again = insure(
        stranger, first_name="", phone="", email="", patient_legal_name="", patient_birth_date=""
    )
    lead = again.lead
    assert lead != victim.lead
    assert lead.previous_episode == victim.lead
    assert (lead.first_name, lead.phone) == ("Avery", "+1 617-555-0101")  # what they typed
    assert lead.email == "stranger@example.org"
    assert not any([lead.last_name, lead.do_not_speak_to, lead.access_needs, lead.language])
    assert lead.good_times == "evenings"


def test_stranger_sees_what_an_unknown_person_sees(
    wordings: list[ConsentWording], coordinator: Any
) -> None:
    def everything(access: StatusAccess) -> Any:
        standing = family_view.standing(access)
        return (standing.where, standing.following, standing.facts, standing.consultations)

    unknown = inquire(phone="+1 617-555-0150", email="")
    victim = inquire(email="")
    insure(victim, first_name="", phone="", email="")
    intake.request_estimate(access=victim)
    intake.request_deletion(access=victim)
    consents.withdraw(lead=victim.lead, topics=["texts"], channel=LeadSource.PHONE, by=coordinator)
    for status in ("new", "attempting", "qualified", "waitlisted", "admission_scheduled"):
        Lead.objects.filter(pk=victim.lead_id).update(status=status)
        assert everything(inquire(email="")) == everything(unknown)
