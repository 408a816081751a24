"""Digests move to the new key wherever their words still stand; everybody is found throughout."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from pytest_django import Settings

from admissions import (
    audit,
    consents,
    details,
    intake,
    key_rotation,
    merge_undo,
    rate_limit,
    reindexing,
    search,
)
from admissions.demo import Demo
from admissions.exceptions import WorkflowError
from admissions.models import (
    Consent,
    ConsentWording,
    Inquiry,
    InsuranceVerification,
    Lead,
    LeadMerge,
    RateCount,
    SearchToken,
    StatusAccess,
)
from iop_site import crypto
from iop_site.crypto import FIELD, INDEX
from tests.admissions.conftest import dump
from tests.admissions.lead_tools import put, read
from tests.admissions.merge_tools import do_merge
from tests.factories import inquiry_answers, insurance_answers, new_key
from tests.keys import grown, rotate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master_key")]
MakeLead = Callable[..., Lead]
HOUR = timedelta(hours=1)
DIGEST = re.compile(r"k1\.[\w-]{22}\Z")
# What a desk types, and what of it stands on which lead (`people`).
QUERIES = (
    "617-555-0101",
    "0101",
    "avery@example.org",
    "Avery",
    "ave",
    "quill avery",
    "Ash",
    "ash avery",
    "XYZ123456789",
    "blake",
    "blake ramirez",
    "617-555-0102",
    "508-555-0133",
    "robin",
    "robin quill",
    "lukasz",
)


@pytest.fixture
def people(make_lead: MakeLead, send_insurance: MakeLead, coordinator: User, manager: User) -> Lead:
    """Leads that came in every way: twice, changed at the desk, merged, merged and undone."""
    lead = make_lead()
    assert send_insurance(patient_legal_name="Avery Quill-Ash") == lead
    blake = make_lead(first_name="Blake", last_name="Ramírez", phone="+1 617-555-0102", email="")
    robin = make_lead(first_name="Robin", phone="+1 508-555-0133", email="robin@example.org")
    do_merge(lead, robin, manager)
    lukasz = make_lead(first_name="Łukasz", phone="+1 617-555-0104", email="")
    other = make_lead(first_name="Casey", phone="+1 617-555-0105", email="")
    merge_undo.undo(merge=do_merge(lukasz, other, manager), by=manager)
    rename(blake, coordinator, last_name="Changed")
    return read(lead)


def rename(lead: Lead, by: User, **changes: str) -> None:
    """Change details as the desk does."""
    lead = read(lead)
    details.change(lead=lead, changes=changes, by=by, version=lead.version)


def found() -> dict[str, list[str]]:
    """Return the references that each of QUERIES finds."""
    return {
        query: sorted(
            Lead.objects.filter(pk__in=search.look_up(query).ids).values_list(
                "reference", flat=True
            )
        )
        for query in QUERIES
    }


def begin() -> None:
    """Put a new index key in use, and move nothing yet."""
    key_rotation.begin(purposes=[INDEX], by=audit.SYSTEM)
    grown()


def old_values() -> set[str]:
    """Return the columns of the database in which a digest of the old key is."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField)
        for value in model._base_manager.values_list(field.attname, flat=True)
        if DIGEST.match(value or "")
    }


def test_every_column_that_holds_a_digest_is_known(people: Lead) -> None:
    rate_limit.hit(scope="form", who="203.0.113.5", window=HOUR)
    known = {
        f"{model._meta.label}.{name}"
        for model, columns in reindexing.COLUMNS.items()
        for name in columns
    }
    assert old_values() == known, "a digest that a rotation does not know, or one it cannot meet"


def test_people_are_found_before_meanwhile_and_afterwards(
    people: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "BATCH", 1)
    before = found()
    assert all(before[query] for query in QUERIES)
    key_rotation.begin(purposes=[INDEX], by=audit.SYSTEM)
    assert found() == before
    grown()
    assert found() == before
    steps = 0
    for _done in reindexing.renew():
        steps += 1
        assert found() == before
    assert steps >= 8
    assert reindexing.old_counts() == {}
    assert old_values() == set()
    grown()
    assert key_rotation.retire(purpose=INDEX, by=audit.SYSTEM) == ["k1"]
    assert [key_id for key_id, _ in crypto._usable(INDEX)] == ["k2", "k1"]  # the settings' own


def test_the_settings_own_key_can_go_then(people: Lead, settings: Settings) -> None:
    before = found()
    rotate()
    settings.FIELD_KEYS = settings.INDEX_KEYS = ()
    for purpose in (FIELD, INDEX):
        assert key_rotation.retire(purpose=purpose, by=audit.SYSTEM) == ["k1"]
    assert found() == before
    assert list(audit.verify()) == []  # what was sealed with the old key
    assert crypto.blind_candidates("x", purpose="phone") == [
        crypto.blind_index("x", purpose="phone")
    ]


def test_who_writes_again_meanwhile_joins_their_lead(
    people: Lead, wordings: list[ConsentWording]
) -> None:
    begin()
    steps = reindexing.renew()
    for _half in range(2):
        receipt = intake.submit_inquiry(
            answers=inquiry_answers(message="Again."), wordings=wordings, idempotency_key=new_key()
        )
        assert StatusAccess.objects.get(reference=receipt.reference).lead == people
        list(steps)
    # Found by both keys between: each digest is there once again.
    tokens = list(people.search_tokens.values_list("token", flat=True))
    assert all(token.startswith("k2.") for token in tokens)
    assert len(tokens) == len(set(tokens))


def test_a_page_sent_again_meanwhile_is_the_same_submission(
    wordings: list[ConsentWording],
) -> None:
    key, other = new_key(), new_key()

    def send(page: object, **changes: str) -> intake.Receipt:
        return intake.submit_inquiry(
            answers=inquiry_answers(**changes),
            wordings=wordings,
            idempotency_key=page,  # type: ignore[arg-type]
        )

    insured = {
        "answers": insurance_answers(subscriber_birth_date=None),
        "wordings": wordings,
        "idempotency_key": other,
    }
    first, form = send(key), intake.submit_insurance(**insured)  # type: ignore[arg-type]
    begin()
    for _round in range(2):
        assert send(key) == intake.Receipt(first.reference, is_repeat=True)
        assert intake.submit_insurance(**insured).is_repeat  # type: ignore[arg-type]
        list(reindexing.renew())
    assert send(key, message="More.").is_repeat is False
    assert (Inquiry.objects.count(), InsuranceVerification.objects.count()) == (2, 1)
    assert form.reference


def test_a_submission_without_its_words_gets_a_digest_that_nothing_equals(lead: Lead) -> None:
    Inquiry.objects.update(answers={})
    one = Inquiry.objects.get()
    begin()
    (done,) = list(reindexing._renew_submissions(Inquiry))
    assert done == {"admissions.Inquiry.content_digest": 1}
    one.refresh_from_db()
    assert one.content_digest.startswith("k2.")
    assert one.content_digest not in intake.content_digests({})


def test_counts_of_who_did_something_go_on(people: Lead) -> None:
    who = {"scope": "form", "who": "203.0.113.5", "window": HOUR}
    assert [rate_limit.hit(**who) for _ in range(3)] == [1, 2, 3]  # type: ignore[arg-type]
    begin()
    assert rate_limit.count(**who) == 3  # type: ignore[arg-type]
    assert rate_limit.hit(**who) == 4  # type: ignore[arg-type]
    assert rate_limit.count(**who) == 4  # type: ignore[arg-type]
    assert RateCount.objects.filter(key__startswith="k1.").exists()
    list(reindexing.renew())
    assert reindexing.old_counts() == {"admissions.RateCount.key": 1}


def test_a_merge_can_be_undone_after_it(people: Lead, make_lead: MakeLead, manager: User) -> None:
    merge = LeadMerge.objects.get(undone_at=None)
    kept, merged = merge.kept, merge.merged
    begin()
    search.index_lead(kept, search.keys_of(phone=kept.phone, names=["Robin"]))  # twins
    list(reindexing.renew())
    assert reindexing.old_counts() == {}
    merge_undo.undo(merge=merge, by=manager)
    assert search.look_up("508-555-0133").ids == [merged.pk]
    assert search.look_up("0101").ids == [kept.pk]
    assert search.look_up("avery quill").ids == [kept.pk]


def test_two_old_digests_of_the_same_words_become_one(lead: Lead) -> None:
    first = set(lead.search_tokens.values_list("pk", flat=True))
    begin()
    search.index_lead(lead, search.keys_of(phone=lead.phone))
    begin()
    list(reindexing.renew())
    assert set(lead.search_tokens.values_list("pk", flat=True)) == first
    assert search.look_up(lead.phone).ids == [lead.pk]


# -- what keeps its key


def test_words_that_stand_nowhere_keep_their_digest_until_they_are_dropped(
    lead: Lead, coordinator: User
) -> None:
    rename(lead, coordinator, first_name="Between", phone="+1 617-555-0177")
    rename(lead, coordinator, first_name="Last", phone="+1 617-555-0178")
    begin()
    list(reindexing.renew())
    left = reindexing.old_counts()
    assert set(left) == {"admissions.SearchToken.token"}
    assert search.look_up("617-555-0177").ids == [lead.pk]
    assert search.look_up("between").ids == [lead.pk]
    with pytest.raises(WorkflowError, match="SearchToken"):
        key_rotation.retire(purpose=INDEX, by=audit.SYSTEM)
    assert search.look_up("617-555-0177").ids == [lead.pk]
    assert key_rotation.retire(purpose=INDEX, by=audit.SYSTEM, drop=True) == ["k1"]
    assert reindexing.old_counts() == {}
    for query in ("617-555-0177", "between"):
        assert search.look_up(query).ids == []
    for query in ("617-555-0178", "617-555-0101", "last", "avery"):
        assert search.look_up(query).ids == [lead.pk]


def test_the_proof_of_a_consent_is_found_when_its_lead_is_gone(lead: Lead) -> None:
    kept = Consent.objects.filter(lead=lead).first()
    assert kept is not None
    Consent.objects.filter(pk=kept.pk).update(lead=None)
    begin()
    list(reindexing.renew())
    assert reindexing.old_counts() == {
        "admissions.Consent.phone_digest": 1,
        "admissions.Consent.email_digest": 1,
    }
    for drop in (False, True):
        with pytest.raises(WorkflowError, match="Consent"):
            key_rotation.retire(purpose=INDEX, by=audit.SYSTEM, drop=drop)
    ((purpose, value),) = search.phone_keys(lead.phone)[:1]
    asked = Consent.objects.filter(phone_digest__in=crypto.blind_candidates(value, purpose=purpose))
    assert set(asked) == set(Consent.objects.all())


def test_consents_move_with_the_words_on_their_lead(people: Lead) -> None:
    assert consents.withdrawable(people)
    before = Consent.objects.exclude(phone_digest="").count()
    begin()
    list(reindexing.renew())
    moved = Consent.objects.filter(phone_digest__startswith="k2.").count()
    assert moved == before > 3


def test_demo_leads_move_too(wordings: list[ConsentWording]) -> None:
    list(Demo(7).make(30))
    query = Lead.objects.order_by("pk")[0].phone
    before = search.look_up(query).ids
    rotate()
    assert reindexing.old_counts() == {}
    assert search.look_up(query).ids == before


def test_a_lead_that_was_emptied_stops_nothing(people: Lead) -> None:
    LeadMerge.objects.update(before={})
    put(people, first_name="", last_name="", phone="", email="", patient_name="")
    SearchToken.objects.filter(lead=people).delete()
    begin()
    list(reindexing.renew())
    assert search.look_up("blake").ids


def test_the_whole_database_holds_no_digest_of_the_old_key(people: Lead) -> None:
    rotate()
    cells = (str(value) for rows in dump().values() for row in rows for value in row)
    assert not [cell for cell in cells if DIGEST.match(cell)]
