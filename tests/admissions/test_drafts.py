"""Drafts: kept encrypted for a day under a link that says nothing, emptied when sent."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from admissions import drafts, intake
from admissions.enums import DraftKind, Suspicion
from admissions.models import CardPhoto, Draft, Lead, StatusAccess
from tests.admissions.conftest import dump
from tests.factories import insurance_answers, new_key
from tests.threads import run_together

pytestmark = pytest.mark.django_db

KIND = DraftKind.INSURANCE


def begin(**arguments: Any) -> tuple[Draft, str]:
    return drafts.begin(kind=KIND, **arguments)


def with_photo(draft: Draft, side: str = "front") -> CardPhoto:
    return CardPhoto.objects.create(draft=draft, side=side, image=b"Qx jpeg", width=9, height=9)


@pytest.fixture
def access(lead: Lead) -> StatusAccess:
    return StatusAccess.objects.get(lead=lead)


def test_draft_is_found_by_its_link() -> None:
    draft, token = begin()
    assert re.fullmatch(r"[\w-]{32}", token)
    assert drafts.find(KIND, token) == draft
    assert drafts.find(DraftKind.CONSULTATION, token) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "é", "\x00", "../who", "' OR 1=1 --"])
def test_link_that_was_not_given_out_finds_nothing(token: str) -> None:
    begin()
    assert drafts.find(KIND, token) is None


def test_link_that_was_altered_finds_nothing() -> None:
    _draft, token = begin()
    for wrong in (token[:-1], token + "A", token.swapcase(), token[::-1]):
        assert drafts.find(KIND, wrong) is None


def test_table_holds_neither_the_link_nor_what_was_typed() -> None:
    draft, token = begin()
    drafts.keep(draft, step="who", answers={"patient_legal_name": "Qxname"})
    rows = repr(dump()["admissions_draft"])
    assert "Qxname" not in rows
    assert token not in rows
    assert drafts.digest(token) in rows


@pytest.mark.shows("ASVS 11.5.1")
def test_link_cannot_be_made_from_what_is_stored(settings: Any) -> None:
    draft, token = begin()
    settings.SECRET_KEY = "another-" + "y" * 50
    assert drafts.begin(kind=KIND, key=draft.idempotency_key)[1] != token


# -- the same page again


def test_page_sent_twice_begins_one_draft_and_loses_nothing() -> None:
    key = new_key()
    first, token = begin(key=key)
    drafts.keep(first, step="coverage", answers={"member_id": "12"})
    assert begin(key=key) == (first, token)
    again = drafts.find(KIND, token)
    assert again is not None
    assert again.answers == {"coverage": {"member_id": "12"}}


def test_page_without_a_key_begins_a_draft_of_its_own() -> None:
    assert begin()[0] != begin()[0]
    assert Draft.objects.count() == 2


def test_keys_of_different_forms_do_not_meet() -> None:
    key = new_key()
    assert begin(key=key)[1] != drafts.begin(kind=DraftKind.CONSULTATION, key=key)[1]


def test_page_of_a_draft_that_was_sent_begins_another(access: StatusAccess) -> None:
    key = new_key()
    sent, token = begin(key=key)
    drafts.close(sent, sent_access=access)
    other, other_token = begin(key=key)
    assert other != sent
    assert other_token != token
    assert other.idempotency_key != key


def test_page_of_a_draft_that_ran_out_begins_it_anew() -> None:
    key = new_key()
    with time_machine.travel(timezone.now() - drafts.LIFE):
        old, token = begin(key=key)
        drafts.keep(old, step="who", answers={"zip_code": "01601"})
    new, same_token = begin(key=key)
    assert (new.answers, same_token) == ({}, token)
    assert Draft.objects.get() == new


@pytest.mark.django_db(transaction=True)
def test_page_sent_at_once_begins_one_draft() -> None:
    key = new_key()
    tokens = run_together(6, lambda number: begin(key=key)[1])
    assert len(set(tokens)) == 1
    assert Draft.objects.count() == 1


# -- keeping


def test_answers_are_kept_step_by_step_and_corrected() -> None:
    draft, token = begin()
    drafts.keep(draft, step="who", answers={"zip_code": "01601"})
    drafts.keep(draft, step="coverage", answers={"member_id": "12"})
    drafts.keep(draft, step="who", answers={"zip_code": "01602"})
    assert draft.answers == {"who": {"zip_code": "01602"}, "coverage": {"member_id": "12"}}
    found = drafts.find(KIND, token)
    assert found is not None
    assert found.answers == draft.answers


def test_two_tabs_keep_what_the_other_kept() -> None:
    _draft, token = begin()
    one, other = drafts.find(KIND, token), drafts.find(KIND, token)
    assert one is not None
    assert other is not None
    drafts.keep(one, step="who", answers={"zip_code": "01601"})
    drafts.keep(other, step="coverage", answers={"member_id": "12"})
    assert set(other.answers) == {"who", "coverage"}


@pytest.mark.django_db(transaction=True)
def test_steps_kept_at_once_are_all_kept() -> None:
    draft, token = begin()

    def keep(number: int) -> None:
        drafts.keep(Draft.objects.get(pk=draft.pk), step=f"s{number}", answers={"n": number})

    assert run_together(6, keep) == [None] * 6
    found = drafts.find(KIND, token)
    assert found is not None
    assert found.answers == {f"s{number}": {"n": number} for number in range(6)}


def test_draft_lives_a_day_after_something_was_kept() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        draft, token = begin()
        assert draft.expires_at == start + timedelta(hours=24)
    with time_machine.travel(start + timedelta(hours=23), tick=False):
        drafts.keep(draft, step="who", answers={})
        assert draft.expires_at == start + timedelta(hours=47)
    with time_machine.travel(start + timedelta(hours=46, minutes=59)):
        assert drafts.find(KIND, token) == draft
    with time_machine.travel(start + timedelta(hours=47)):
        assert drafts.find(KIND, token) is None


def test_what_spoke_against_a_page_adds_up() -> None:
    draft, _token = begin()
    assert drafts.suspicions_of(draft) == set()
    drafts.keep(draft, step="who", answers={}, suspicions={Suspicion.TRAP})
    drafts.keep(draft, step="who", answers={})
    drafts.keep(draft, step="reach", answers={}, suspicions=[Suspicion.LINKS, Suspicion.TRAP])
    assert drafts.suspicions_of(Draft.objects.get()) == {Suspicion.TRAP, Suspicion.LINKS}


def test_draft_that_was_sent_keeps_nothing_more(access: StatusAccess) -> None:
    draft, _token = begin()
    drafts.close(draft, sent_access=access)
    stale = Draft.objects.get(pk=draft.pk)
    with pytest.raises(drafts.DraftOver):
        drafts.keep(stale, step="who", answers={"zip_code": "01601"})
    assert Draft.objects.get().answers == {}


def test_draft_that_was_discarded_keeps_nothing_more() -> None:
    draft, token = begin()
    stale = Draft.objects.get()
    drafts.discard(draft)
    with pytest.raises(drafts.DraftOver):
        drafts.keep(stale, step="who", answers={})
    assert drafts.find(KIND, token) is None


# -- the end


def test_draft_that_was_sent_holds_only_where_to_find_what_was_sent(access: StatusAccess) -> None:
    draft, token = begin()
    drafts.keep(draft, step="who", answers={"zip_code": "01601"})
    drafts.close(draft, sent_access=access)
    found = drafts.find(KIND, token)
    assert found is not None
    assert (found.answers, found.sent_access) == ({}, access)
    drafts.discard(found)  # what was sent stays
    assert drafts.find(KIND, token) == draft


def test_draft_that_was_discarded_meanwhile_is_closed_without_a_fault(access: StatusAccess) -> None:
    draft, _token = begin()
    drafts.discard(draft)
    drafts.close(draft, sent_access=access)
    assert not Draft.objects.exists()


def test_discarding_deletes_the_photos_too() -> None:
    draft, _token = begin()
    other, _other_token = begin()
    with_photo(draft)
    kept = with_photo(other)
    drafts.discard(draft)
    assert list(CardPhoto.objects.all()) == [kept]
    assert list(Draft.objects.all()) == [other]


def test_photos_move_to_the_form_that_is_sent(lead: Lead, access: StatusAccess) -> None:
    draft, _token = begin(access=access)
    photo = with_photo(draft)
    receipt = intake.submit_insurance(
        answers=insurance_answers(),
        wordings=[],
        idempotency_key=draft.idempotency_key,
        draft=draft,
        sender=intake.Sender(access=access),
    )
    photo.refresh_from_db()
    form = lead.insuranceverification_set.get()
    assert (photo.draft, photo.form, receipt.reference) == (None, form, access.reference)
    drafts.discard(Draft.objects.get())
    assert CardPhoto.objects.count() == 1


def test_purge_deletes_what_ran_out_with_its_photos_and_nothing_else(access: StatusAccess) -> None:
    with time_machine.travel(timezone.now() - drafts.LIFE):
        old, sent = begin()[0], begin()[0]
        with_photo(old)
        drafts.close(sent, sent_access=access)
    alive = begin()[0]
    kept = with_photo(alive)
    assert drafts.purge() == 2
    assert list(Draft.objects.all()) == [alive]
    assert list(CardPhoto.objects.all()) == [kept]
    assert StatusAccess.objects.filter(pk=access.pk).exists()
    assert drafts.purge() == 0


def test_purge_goes_on_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "_PURGED_AT_ONCE", 2)
    with time_machine.travel(timezone.now() - drafts.LIFE):
        for _ in range(3):
            begin()
    assert [drafts.purge() for _ in range(3)] == [2, 1, 0]


def test_purge_of_nothing_is_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        drafts.purge()
