"""Threat 17: an audit trail that was edited, cut or put in another order does not verify.

Each column and each way to cut is tested in tests/admissions/test_audit.py.
"""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from admissions import audit, triage
from admissions.models import Lead
from tests.chain import unguarded

TABLE = "admissions_leadevent"
DONE_TO_IT = {
    "edited": (f"UPDATE {TABLE} SET actor = 'visitor' WHERE sequence = 3",),  # noqa: S608
    "deleted": (f"DELETE FROM {TABLE} WHERE sequence = 3",),  # noqa: S608
    "end cut off": (f"DELETE FROM {TABLE} WHERE sequence > 3",),  # noqa: S608
    "all deleted": (f"DELETE FROM {TABLE}",),  # noqa: S608
    "reordered": tuple(
        f"UPDATE {TABLE} SET sequence = {to} WHERE sequence = {at}"  # noqa: S608
        for at, to in ((3, 99), (4, 3), (99, 4))
    ),
}


@pytest.mark.shows("ASVS 16.4.2", "45 CFR 164.312(c)(2)")
@pytest.mark.parametrize("done", DONE_TO_IT)
def test_threat_17_audit_that_was_tampered_with_does_not_verify(
    done: str, lead: Lead, coordinator: User
) -> None:
    triage.claim(lead=lead, by=coordinator)
    triage.add_note(lead=lead, text="Called.", by=coordinator)
    triage.release(lead=lead, by=coordinator)
    assert list(audit.verify()) == []
    call_command("verify_audit")
    with unguarded(), connection.cursor() as cursor:
        for statement in DONE_TO_IT[done]:
            cursor.execute(statement)
    assert list(audit.verify()) != []
    with pytest.raises((CommandError, SystemExit)):
        call_command("verify_audit")
