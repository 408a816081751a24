"""Threats 14 and 16: records name nobody, and a stolen dump holds neither a person nor a key."""

import base64
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import models, transaction
from django.test import Client

from admissions import drafts, triage
from admissions.enums import DraftKind
from admissions.models import Lead, LeadNote
from tests.admissions.conftest import dump, send_insurance  # noqa: F401  a fixture
from tests.iop_site.test_role_matrix import addresses, everything, path_of  # noqa: F401
from tests.iop_site.test_sign_in import set_up_factor, sign_in

pytestmark = pytest.mark.django_db
MARKED = {
    "first_name": "Canaryfirst",
    "last_name": "Canarylast",
    "email": "canary@example.org",
    "message": "Canarymessage",
}
# The names of those who send people to us, and of lists that staff make, are what they are called.
NAMED = {"ReferralSource", "SavedView"}


def of_people() -> list[type[models.Model]]:
    """Return the models of admissions that hold, or belong to, somebody who asked for help."""
    return list(apps.get_app_config("admissions").get_models())


def test_threat_14_no_record_says_of_a_person_more_than_the_reference(
    make_lead: Any,
    everything: None,  # noqa: F811  the fixture
    coordinator: User,
) -> None:
    lead = make_lead(**MARKED)
    triage.claim(lead=lead, by=coordinator)
    triage.add_note(lead=lead, text="Canarynote", by=coordinator)
    assert str(lead) == lead.reference
    names = {row.first_name for row in Lead.objects.all()} | {"Canary", "555-01", "@", "Quill"}
    for model in of_people():
        for row in model._default_manager.all():
            text = f"{row} {row!r}"
            if model.__name__ not in NAMED:
                assert not [one for one in names if one and one in text], model


def test_threat_14_log_entries_of_the_admin_name_nobody(
    client: Client,
    everything: None,  # noqa: F811  the fixture
) -> None:
    """Whatever is posted to whichever page by whoever may do all."""
    client.force_login(User.objects.create_superuser("root@example.org"))
    lead, entries = Lead.objects.earliest("pk"), 0
    for address in addresses():
        with transaction.atomic():
            client.post(path_of(address), {**MARKED, "text": "Canarynote", "version": lead.version})
            for entry in LogEntry.objects.all():
                said = f"{entry.object_repr} {entry.change_message}".lower()
                assert not [one for one in ("canary", "quill", "555-01") if one in said], address
                entries += 1
            transaction.set_rollback(True)
    assert entries  # there are some to look at


@pytest.mark.shows("45 CFR 164.312(a)(2)(iv)")
@pytest.mark.django_db(transaction=True)  # allauth stores a factor's codes after the commit
def test_threat_16_stolen_dump_holds_no_person_and_no_key(
    client: Client, make_lead: Any, manager: User
) -> None:
    lead = make_lead(**MARKED)
    triage.claim(lead=lead, by=manager)
    triage.add_note(lead=lead, text="Canarynote", by=manager)
    draft, token = drafts.begin(kind=DraftKind.INSURANCE)
    drafts.keep(draft, step="who", answers={"patient_legal_name": "Canarypatient"})
    sign_in(client, manager)
    secret = set_up_factor(client)
    # What is looked for is really there.
    assert LeadNote.objects.get().text == "Canarynote"
    assert Lead.objects.get().last_name == "Canarylast"

    stolen = repr(dump())
    for word in ("first", "last", "message", "note", "patient", "@example.org"):
        assert f"canary{word}" not in stolen.lower()
    assert "555-0101" not in stolen
    assert "6175550101" not in stolen
    assert token not in stolen
    assert secret not in stolen
    for _name, key in (*settings.FIELD_KEYS, *settings.INDEX_KEYS):
        for written in (key.hex(), base64.b64encode(key).decode().rstrip("="), repr(key)[2:-1]):
            assert written not in stolen
        assert base64.urlsafe_b64encode(key).decode().rstrip("=") not in stolen
    assert settings.SECRET_KEY not in stolen
