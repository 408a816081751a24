"""Every encrypted value moves to the new key: none forgotten, none changed, no edit lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.db import connection, models, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from pytest_django import Settings

from admissions import audit, key_rotation, reencryption, triage
from admissions.models import CardPhoto, Lead, LeadNote
from iop_site import crypto, fields, keyring
from iop_site.crypto import FIELD
from tests.admissions.conftest import dump
from tests.admissions.lead_tools import read
from tests.keys import fill_all, grown, plaintexts, rotate
from tests.threads import run_together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master_key")]
OLD = b"v1.k1."
NAME_OF_A_PASSKEY = b"v1.k1.my key"  # what a person typed is no token


@pytest.fixture
def everything(
    send_insurance: Callable[..., Lead], make_lead: Callable[..., Lead], manager: User
) -> Lead:
    """A lead with at least one value in every encrypted column."""
    kept = send_insurance()
    assert make_lead(message="Hello") == kept
    other = send_insurance(first_name="Blake", phone="+1 617-555-0102", member_id="ABC987654321")
    fill_all(kept, other, manager)
    return read(kept)


def stored() -> bytes:
    """Return every value of every table as it lies in the database."""
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for rows in dump().values()
        for row in rows
        for value in row
    )


def test_every_encrypted_column_is_known_and_has_a_value_here(everything: Lead) -> None:
    by_field = {
        f"{model._meta.label}.{one.name}"
        for model, own in reencryption.encrypted_fields().items()
        for one in own
    }
    assert {"admissions.Lead.first_name", "admissions.CardPhoto.image"} <= by_field
    empty = {name for name, rows in plaintexts().items() if not any(value for _pk, value in rows)}
    assert not empty, f"give these a value in tests/keys.py: {empty}"


def test_every_kind_of_encrypted_field_can_be_encrypted_anew() -> None:
    kinds = {
        one
        for one in vars(fields).values()
        if isinstance(one, type) and issubclass(one, models.Field)
    }
    assert all(issubclass(one, reencryption.Field) for one in kinds)


def test_rotation_leaves_no_token_of_the_old_key_and_the_same_words(
    everything: Lead, manager: User
) -> None:
    before, codes = plaintexts(), secrets_of(manager)
    assert stored().count(OLD) > 30
    done = rotate()
    assert plaintexts() == before
    assert secrets_of(manager) == codes
    assert NAME_OF_A_PASSKEY in stored()
    assert OLD not in stored().replace(NAME_OF_A_PASSKEY, b"")
    assert reencryption.old_counts() == {}
    assert done["admissions.CardPhoto.image"] == 2
    assert done[reencryption.SECRETS] == 2


def secrets_of(user: User) -> tuple[bool, list[str]]:
    totp = Authenticator.objects.get(user=user, type="totp")
    codes = Authenticator.objects.get(user=user, type="recovery_codes")
    code = TOTP(totp)
    return crypto.decrypt(code.instance.data["secret"], place="mfa.Authenticator") == (
        "JBSWY3DPEHPK3PXP"
    ), RecoveryCodes(codes).get_unused_codes()


def test_rotation_again_is_another_key_and_without_one_nothing(everything: Lead) -> None:
    before = plaintexts()
    rotate()
    assert list(key_rotation.renew(by=audit.SYSTEM)) == []
    rotate()
    assert crypto.first_key_id(FIELD) == "k3"
    assert plaintexts() == before
    assert b"v1.k2." not in stored()


def test_counts_say_what_is_left_at_every_step(
    everything: Lead, django_assert_num_queries: Any
) -> None:
    assert reencryption.old_counts() == {}
    key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    assert reencryption.old_counts() == {}  # the new one is not yet in use
    grown()
    left = reencryption.old_counts()
    assert left["admissions.Lead.first_name"] == 2
    tables = len(reencryption.encrypted_fields()) + 1
    with django_assert_num_queries(tables):
        reencryption.old_counts()
    for done in reencryption.renew():
        left -= done
        assert reencryption.old_counts() == left
    assert left == Counter()


def test_small_batches_read_as_before_between_any_two(
    everything: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reencryption, "BATCH", 1)
    monkeypatch.setattr(reencryption, "_PICTURES", 1)
    before = plaintexts()
    key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    grown()
    steps = 0
    for _done in reencryption.renew():
        steps += 1
        assert plaintexts() == before
    assert steps > 15


def test_a_value_that_cannot_be_opened_stays_and_is_counted(everything: Lead) -> None:
    broken = {"first_name": "v1.k1.AAAA", "last_name": "v1.zz." + "A" * 60}
    for name, token in broken.items():
        value = models.Value(token, output_field=models.TextField())
        Lead.objects.filter(pk=everything.pk).update(**{name: value})
    CardPhoto.objects.filter(side="back").update(
        image=models.Value(b"v1.k1.broken", output_field=models.BinaryField())
    )
    totp = Authenticator.objects.get(type="totp")
    totp.data["secret"] = "v1.k1." + "B" * 60
    totp.save()
    key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    grown()
    list(reencryption.renew())
    assert reencryption.old_counts() == {
        "admissions.Lead.first_name": 1,
        "admissions.Lead.last_name": 1,
        "admissions.CardPhoto.image": 1,
        reencryption.SECRETS: 1,
    }
    totp.refresh_from_db()
    assert totp.data["secret"] == "v1.k1." + "B" * 60
    phone = Lead.objects.filter(pk=everything.pk).values_list("phone", flat=True).get()
    assert phone == "+1 617-555-0101"  # the other columns of the row are done


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
@run(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_the_same_after_it(text: str, everything: Lead, settings: Settings) -> None:
    settings.MASTER_KEYS = ()
    settings.FIELD_KEYS = (("k1", b"1" * 32),)
    Lead.objects.filter(pk=everything.pk).update(good_times=text)
    rows = Lead.objects.filter(pk=everything.pk).values_list("good_times", flat=True)
    settings.FIELD_KEYS = (("k2", b"2" * 32), ("k1", b"1" * 32))
    list(reencryption._batches(Lead, [Lead._meta.get_field("good_times")]))  # type: ignore[list-item]
    settings.FIELD_KEYS = (("k2", b"2" * 32),)
    assert rows.get() == text


# -- while people work


@pytest.mark.django_db(transaction=True)
def test_no_edit_is_lost_while_it_runs(
    make_lead: Callable[..., Lead], coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reencryption, "BATCH", 2)
    leads = [make_lead(phone=f"+1 617-555-01{n:02}", email="") for n in range(12)]
    key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    grown()

    def work(number: int) -> None:
        if number < 2:  # two rotations at once are as good as one
            list(key_rotation.renew(by=audit.SYSTEM))
            return
        for lead in leads:
            triage.add_note(lead=lead, text=f"Note {number} of {lead.pk}", by=coordinator)
            with transaction.atomic():
                audit.lock_chain()
                held = Lead.objects.select_for_update().get(pk=lead.pk)
                held.access_needs += f"{number};"
                held.save()

    assert run_together(4, work) == [None] * 4
    list(key_rotation.renew(by=audit.SYSTEM))
    assert reencryption.old_counts() == {}
    for lead in leads:
        assert sorted(read(lead).access_needs.split(";")) == ["", "2", "3"]
        notes = LeadNote.objects.filter(lead=lead)
        assert sorted(one.text for one in notes) == [f"Note {n} of {lead.pk}" for n in (2, 3)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time")
def test_a_row_that_somebody_holds_is_passed_over_and_done_later(
    make_lead: Callable[..., Lead],
) -> None:
    one, other = make_lead(), make_lead(phone="+1 617-555-0102", email="", first_name="Blake")
    key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    grown()

    def others() -> Iterator[Any]:
        yield from run_together(1, lambda _n: list(reencryption.renew()))

    with transaction.atomic():
        Lead.objects.select_for_update().get(pk=one.pk)
        assert not any(isinstance(result, Exception) for result in others())
        assert reencryption.old_counts()["admissions.Lead.first_name"] == 1
    list(reencryption.renew())
    assert reencryption.old_counts() == {}
    assert [read(lead).first_name for lead in (one, other)] == ["Avery", "Blake"]
    assert keyring.usable(FIELD)[0][0] == "k2"
