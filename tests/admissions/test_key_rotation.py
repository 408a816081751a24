"""The steps of a rotation: made, known, moved, retired; refused where anything could be lost."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from pytest_django import Settings

from admissions import audit, key_rotation
from admissions.enums import EventKind
from admissions.exceptions import WorkflowError
from admissions.management.commands import send_notifications
from admissions.models import Lead, LeadEvent
from iop_site import crypto, keyring
from iop_site.crypto import FIELD, INDEX, DecryptionError
from iop_site.models import DataKey
from tests.admissions.lead_tools import read
from tests.keys import MASTER, grown, rotate
from tests.outages import database_away
from tests.threads import run_together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master_key")]
NEW_MASTER = b"n" * 32


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def events() -> list[dict[str, Any]]:
    found = LeadEvent.objects.filter(kind=EventKind.KEYS_ROTATED).order_by("sequence")
    assert set(found.values_list("actor", "lead")) <= {(audit.SYSTEM, None)}
    return list(found.values_list("data", flat=True))


def retire(purpose: str, **options: bool) -> list[str]:
    return key_rotation.retire(purpose=purpose, by=audit.SYSTEM, **options)


# -- the verbs


@pytest.mark.parametrize("step", ["begin", "retire", "rewrap"])
def test_without_a_master_key_there_is_no_ring(step: str, settings: Settings) -> None:
    settings.MASTER_KEYS = ()
    arguments = {"begin": {"purposes": [FIELD]}, "retire": {"purpose": FIELD}, "rewrap": {}}[step]
    with pytest.raises(WorkflowError, match="MASTER_KEY_FILE"):
        getattr(key_rotation, step)(**arguments, by=audit.SYSTEM)
    assert not DataKey.objects.exists()
    assert events() == []


def test_keys_of_the_settings_are_changed_without_a_ring(lead: Lead, settings: Settings) -> None:
    settings.MASTER_KEYS = ()
    settings.FIELD_KEYS = (("k2", b"2" * 32), *settings.FIELD_KEYS)
    settings.INDEX_KEYS = (("k2", b"3" * 32), *settings.INDEX_KEYS)
    list(key_rotation.renew(by=audit.SYSTEM))
    assert key_rotation.old_counts(FIELD) == key_rotation.old_counts(INDEX) == {}
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert read(lead).first_name == "Avery"


def test_a_rotation_leaves_events_with_ids_and_counts(lead: Lead) -> None:
    rotate()
    for purpose in (FIELD, INDEX):
        assert retire(purpose) == ["k1"]
    made, moved, *retired = events()
    assert made == {"made": {"field": "k2", "index": "k2"}}
    assert moved["renewed"]["admissions.Lead.first_name"] == 1
    assert moved["renewed"]["admissions.SearchToken.token"] == lead.search_tokens.count()
    assert retired == [{"retired": {one: ["k1"]}, "dropped": 0} for one in (FIELD, INDEX)]
    assert list(audit.verify()) == []


def test_a_new_key_waits_until_everybody_knows_it(lead: Lead) -> None:
    key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    with pytest.raises(WorkflowError, match="seconds more"):
        list(key_rotation.renew(by=audit.SYSTEM))
    with pytest.raises(WorkflowError, match="seconds more"):
        key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    key_rotation.begin(purposes=[INDEX], by=audit.SYSTEM)  # the other is a key of its own
    assert DataKey.objects.count() == 4
    grown(minutes=2)
    assert list(key_rotation.renew(by=audit.SYSTEM))


@pytest.mark.django_db(transaction=True)
def test_two_that_begin_at_once_make_one_key(lead: Lead) -> None:
    made = run_together(
        2, lambda _n: key_rotation.begin(purposes=keyring.PURPOSES, by=audit.SYSTEM)
    )
    assert {"field": "k2", "index": "k2"} in made
    assert [type(one) for one in made].count(WorkflowError) == 1
    assert DataKey.objects.count() == 4
    assert len(events()) == 1


def test_retire_refuses_a_key_that_something_needs_or_one_whose_successor_is_young(
    lead: Lead, settings: Settings
) -> None:
    assert retire(FIELD) == []  # nothing in the ring
    key_rotation.begin(purposes=keyring.PURPOSES, by=audit.SYSTEM)
    settings.FIELD_KEYS = settings.INDEX_KEYS = ()
    for purpose in keyring.PURPOSES:
        with pytest.raises(WorkflowError, match="ten minutes"):
            retire(purpose)
    grown(minutes=9)
    with pytest.raises(WorkflowError, match="ten minutes"):
        retire(FIELD)
    grown()
    with pytest.raises(WorkflowError, match=r"admissions\.Lead\.first_name \(1\)"):
        retire(FIELD)
    with pytest.raises(WorkflowError, match=r"admissions\.SearchToken\.token"):
        retire(INDEX)
    list(key_rotation.renew(by=audit.SYSTEM))
    assert retire(FIELD) == retire(INDEX) == ["k1"]
    assert retire(FIELD) == retire(INDEX) == []
    assert read(lead).first_name == "Avery"


def test_a_retired_data_key_is_gone_and_an_index_key_verifies_what_it_sealed(
    lead: Lead, settings: Settings
) -> None:
    token = crypto.encrypt("Avery", place="x")
    rotate()
    settings.FIELD_KEYS = settings.INDEX_KEYS = ()
    for purpose in keyring.PURPOSES:
        retire(purpose)
    rows = {(one.purpose, one.key_id, one.retired_at is None) for one in DataKey.objects.all()}
    assert rows == {("field", "k2", True), ("index", "k2", True), ("index", "k1", False)}
    with pytest.raises(DecryptionError, match="no key 'k1'"):
        crypto.decrypt(token, place="x")
    assert list(audit.verify()) == []
    assert [key_id for key_id, _ in keyring.usable(INDEX)] == ["k2"]
    rotate()
    for purpose in keyring.PURPOSES:
        assert retire(purpose) == ["k2"]
    assert list(audit.verify()) == []


def test_an_index_key_that_sealed_nothing_is_deleted(settings: Settings) -> None:
    rotate()  # the events of the second round are sealed with the second key
    key_rotation.begin(purposes=[INDEX], by=audit.SYSTEM)
    grown()
    key_rotation.begin(purposes=[INDEX], by=audit.SYSTEM)
    settings.FIELD_KEYS = settings.INDEX_KEYS = ()
    DataKey.objects.create(
        purpose=INDEX, key_id="k9", wrapped=_wrapped_as("k9"), master_id=keyring._master_id(MASTER)
    )
    grown()
    assert set(retire(INDEX)) >= {"k9"}
    left = set(DataKey.objects.filter(purpose=INDEX).values_list("key_id", flat=True))
    sealing = set(LeadEvent.objects.values_list("key_id", flat=True))
    assert left == sealing | {keyring.usable(INDEX)[0][0]}


def _wrapped_as(key_id: str) -> str:
    row = DataKey(purpose=INDEX, key_id=key_id)
    keyring._wrap(row, b"9" * 32)
    return row.wrapped


def test_rewrap_is_recorded_and_touches_no_data(lead: Lead, settings: Settings) -> None:
    rotate()
    settings.MASTER_KEYS = (NEW_MASTER, MASTER)
    before = Lead.objects.values_list("version").get()
    assert key_rotation.rewrap(by=audit.SYSTEM) == 4
    assert key_rotation.rewrap(by=audit.SYSTEM) == 0
    assert events()[-1] == {"rewrapped": 4}
    settings.MASTER_KEYS = (NEW_MASTER,)
    assert read(lead).first_name == "Avery"
    assert Lead.objects.values_list("version").get() == before


# -- the command


def test_the_command_goes_the_whole_way(lead: Lead, settings: Settings) -> None:
    said = command("--new")
    assert "field: k2 is made." in said
    assert "In 90 seconds" in said
    with pytest.raises(CommandError, match="seconds more"):
        command()
    grown()
    left = command("--dry-run")
    assert "        1  admissions.Lead.first_name\n" in left
    assert command("--dry-run") == left
    with pytest.raises(CommandError, match=r"field: Older keys .* index: Older keys"):
        command("--retire")
    said = command()
    assert "        1  admissions.Lead.first_name\n" in said
    assert said.endswith("        0  with an older index key.\n")
    assert command().startswith("        0  moved")
    assert command("--retire") == "field: k1 retired.\nindex: k1 retired.\n"
    assert command("--retire", "index") == "index: nothing retired.\n"
    assert command("--new", "index").startswith("index: k3 is made.\n")
    settings.MASTER_KEYS = (NEW_MASTER, MASTER)
    assert command("--rewrap").endswith("keys wrapped with the first master key.\n")


def test_the_command_says_what_could_not_be_moved(lead: Lead) -> None:
    broken = models.Value("v1.k1.AAAA", output_field=models.TextField())
    Lead.objects.update(good_times=broken)
    key_rotation.begin(purposes=[FIELD], by=audit.SYSTEM)
    grown()
    with pytest.raises(CommandError, match="cannot be opened"):
        command()


def test_the_command_tells_how_far_it_is(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admissions.management.commands.rotate_keys._REPORTED", 5)
    command("--new")
    grown()
    assert " values …\n" in command()


def test_the_command_says_which_key_is_wrong(lead: Lead, settings: Settings) -> None:
    command("--new")
    grown()
    settings.MASTER_KEYS = (NEW_MASTER,)
    with pytest.raises(CommandError, match="MASTER_KEY: the keys of this database"):
        command()


def test_the_worker_does_not_start_with_a_wrong_key(lead: Lead, settings: Settings) -> None:
    settings.FIELD_KEYS = (("k1", NEW_MASTER),)
    with pytest.raises(CommandError, match="FIELD_KEYS") as refused:
        call_command("send_notifications", "--once")
    assert refused.value.returncode == 2


def test_the_worker_does_not_ask_for_keys_while_the_database_is_away(settings: Settings) -> None:
    settings.FIELD_KEYS = (("k1", NEW_MASTER),)
    with database_away():
        send_notifications._check_keys()
