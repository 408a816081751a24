"""The commands of the desk: staff, demo leads, the worker, the audit."""

import getpass
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection

from admissions import bulk_rows
from admissions.management.commands import seed_demo
from admissions.models import ConsentWording, Lead, LeadEvent
from iop_site.roles import PERMISSIONS
from tests.admissions.lead_tools import find
from tests.chain import unguarded

PASSWORD = "correct horse battery staple"


def run(*arguments: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*PERMISSIONS, "Content-Editor"])
def test_create_staff_gives_the_role_and_nothing_more(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)
    run("create_staff", "Pat@Example.org", "--role", role)
    user = User.objects.get(username="pat@example.org")
    assert [group.name for group in user.groups.all()] == [role.lower().replace("-", " ")]
    assert (user.is_staff, user.is_superuser, user.is_active) == (True, False, True)
    assert user.check_password(PASSWORD)


@pytest.mark.shows("45 CFR 164.312(a)(2)(ii)")
@pytest.mark.django_db
def test_create_staff_makes_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)
    run("create_staff", "root@example.org", "--role", "administrator")
    assert User.objects.get().is_superuser
    event = LeadEvent.objects.get()
    assert (event.kind, event.actor) == ("account_changed", "system")
    assert event.data["role"] == "administrator"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "role", "password", "says"),
    [
        ("pat@example.org", "king", PASSWORD, "Unknown role 'king'"),
        ("not an address", "manager", PASSWORD, "not an e-mail address"),
        ("pat@example.org", "manager", "short", "too weak"),
        ("pat@example.org", "manager", "pat@example.org", "too weak"),
    ],
)
def test_create_staff_refuses_in_one_line_with_status_2(
    email: str, role: str, password: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", password)
    with pytest.raises(CommandError, match=says) as refused:
        run("create_staff", email, "--role", role)
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_create_staff_does_not_touch_an_account_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)
    run("create_staff", "pat@example.org", "--role", "manager")
    before = User.objects.get().password
    with pytest.raises(CommandError, match="is there already"):
        run("create_staff", "PAT@example.org", "--role", "coordinator")
    assert User.objects.get().password == before


@pytest.mark.usefixtures("starter_content")
def test_demo_leads_keep_every_rule_and_the_chain() -> None:
    run("seed_demo", "--leads", "150", "--seed", "3")
    leads = list(Lead.objects.filter(is_demo=True).select_related("owner"))
    assert len(leads) == 150
    assert len({lead.reference for lead in leads}) == 150
    assert len({lead.status for lead in leads}) >= 8
    assert all("-555-01" in lead.phone for lead in leads)
    for lead in leads:
        attempts = list(lead.contact_attempts.order_by("at"))
        assert lead.attempts == len(attempts)
        assert (lead.first_attempt_at is not None) == bool(attempts)
        if lead.status not in ("new", "attempting", "nurture", "closed"):
            assert lead.first_contact_at is not None
        if lead.close_reason == "unreachable":
            assert lead.attempts >= 5
        if lead.status in ("admission_scheduled", "admitted"):
            assert lead.vob_status == "verified_viable"
        assert lead.inquiry_set.get().answers["first_name"] == lead.first_name
    assert "The audit chain holds" in run("verify_audit")


@pytest.mark.usefixtures("starter_content")
def test_demo_leads_are_added_to_what_is_there_and_can_be_found() -> None:
    run("seed_demo", "--leads", "5", "--seed", "1")
    run("seed_demo", "--leads", "5", "--seed", "2")
    assert Lead.objects.count() == 10

    lead = Lead.objects.order_by("?").first()
    assert lead is not None
    assert lead in find(Lead.objects.all(), lead.phone)
    assert lead in find(Lead.objects.all(), f"{lead.last_name} {lead.first_name}")
    assert "The audit chain holds" in run("verify_audit")


@pytest.mark.django_db
@pytest.mark.parametrize("count", ["0", "-1", "5000001"])
def test_a_senseless_number_of_demo_leads_is_refused(count: str) -> None:
    with pytest.raises(CommandError, match="between 1 and"):
        run("seed_demo", f"--leads={count}")


@pytest.mark.django_db
def test_demo_leads_need_the_starter_content() -> None:

    ConsentWording.objects.all().delete()
    with pytest.raises(CommandError, match="load_starter_content"):
        run("seed_demo", "--leads", "1")


@pytest.mark.usefixtures("provider")
def test_the_worker_sends_what_is_due_once(lead: Lead) -> None:
    # One to the desk; one to the family, which did not allow it, and which is tried and skipped.
    assert "2 notices" in run("send_notifications", "--once")
    assert "0 notices" in run("send_notifications", "--once")
    assert [lead.reference in one.subject for one in mail.outbox] == [True]


def test_a_broken_chain_is_told_event_by_event_and_fails(lead: Lead) -> None:
    with unguarded():
        LeadEvent.objects.filter(sequence=1).update(actor="somebody else")
    err = io.StringIO()
    with pytest.raises(CommandError, match="broken"):
        call_command("verify_audit", stderr=err)
    assert err.getvalue().startswith("event 1: altered")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ([PASSWORD, PASSWORD], ""),
        ([PASSWORD, "another one, longer"], "The two passwords differ"),
        ([EOFError()], "No password"),
        ([PASSWORD, KeyboardInterrupt()], "No password"),
    ],
    ids=["the same twice", "two", "no terminal", "ended"],
)
def test_create_staff_asks_for_a_password_twice(
    monkeypatch: pytest.MonkeyPatch, typed: list[Any], says: str
) -> None:
    def ask(prompt: str) -> str:
        answer = typed.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return str(answer)

    monkeypatch.delenv("STAFF_PASSWORD", raising=False)
    monkeypatch.setattr(getpass, "getpass", ask)
    if says:
        with pytest.raises(CommandError, match=says):
            run("create_staff", "pat@example.org", "--role", "manager")
        assert not User.objects.exists()
    else:
        run("create_staff", "pat@example.org", "--role", "manager")
        assert User.objects.get().check_password(PASSWORD)


def test_many_demo_leads_are_told_as_they_are_made(
    starter_content: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_demo, "TOLD_EVERY", 10)
    assert "20 leads …" in run("seed_demo", "--leads", "20", "--seed", "1")


def test_no_rows_are_written_without_a_word(db: None) -> None:
    with connection.execute_wrapper(database_must_not_be_asked):
        bulk_rows.insert(Lead, [])


def database_must_not_be_asked(*args: Any) -> None:
    raise AssertionError("nothing was to be written")
