"""The daily heads: what was the end of the chain then is known outside the database."""

import io
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from admissions import audit, audit_heads, mails, outbox
from admissions.audit import Fault
from admissions.enums import EventKind
from admissions.models import Lead, LeadEvent, OutboxMessage
from iop_site import roles
from tests.chain import unguarded
from tests.threads import run_together

NOON = datetime(2027, 3, 1, 17, tzinfo=UTC)  # noon in Massachusetts


@pytest.fixture
def path(tmp_path: Path, settings: Any) -> Path:
    settings.AUDIT_HEADS = tmp_path / "heads"
    return tmp_path / "heads"


@pytest.fixture
def three_days(lead: Lead, path: Path) -> Path:
    """Three days with a head each; the events at their ends are 3, 4 and 5."""
    for day in (1, 2, 3):
        with time_machine.travel(NOON.replace(day=day), tick=False):
            note(lead)
            assert audit_heads.write_daily()
    return path


def note(lead: Lead) -> None:
    with transaction.atomic():
        audit.record(lead=lead, kind=EventKind.NOTE_ADDED, by=audit.SYSTEM)


def faults(path: Path) -> list[Fault]:
    heads, of_file = audit_heads.read(path)
    assert of_file == []
    return list(audit.verify(heads=heads))


def sql(statement: str, *params: Any) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(statement, params)


def seal_anew() -> None:
    """Write the chain anew as somebody with the keys and the tables' owner's rights could."""
    previous, sequence = "", 0
    with unguarded():
        for event in LeadEvent.objects.order_by("sequence"):
            sequence += 1
            event.sequence = sequence
            audit.seal_event(event, previous=previous)
            LeadEvent.objects.filter(pk=event.pk).update(sequence=sequence, seal=event.seal)
            previous = event.seal
        sql("UPDATE admissions_chainhead SET sequence = %s, seal = %s", sequence, previous)


# -- writing


@pytest.mark.shows("ASVS 16.4.3")
def test_head_is_written_once_a_day(lead: Lead, path: Path) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert audit_heads.write_daily()
        note(lead)
        assert not audit_heads.write_daily()
        clock.move_to(NOON.replace(day=2))
        assert audit_heads.write_daily()
        clock.move_to(NOON)  # a clock that was set back
        assert not audit_heads.write_daily()
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["day"], first["sequence"]) == ("2027-03-01", 2)
    assert (second["day"], second["sequence"]) == ("2027-03-02", 3)
    assert second["previous"] == first["signature"]
    assert second["seal"] == LeadEvent.objects.get(sequence=3).seal
    assert path.stat().st_mode & 0o777 == 0o600
    heads, wrong = audit_heads.read(path)
    assert ([head.sequence for head in heads], wrong) == ([2, 3], [])


@pytest.mark.django_db
def test_chain_without_events_has_no_head_to_write(path: Path) -> None:
    assert not audit_heads.write_daily()
    assert path.read_text() == ""


def test_head_says_nothing_of_any_person(lead: Lead, path: Path) -> None:
    audit_heads.write_daily()
    row = json.loads(path.read_text())
    assert set(row) == {"day", "sequence", "seal", "previous", "key", "signature"}


def test_missing_folder_is_logged_and_tried_again(
    lead: Lead, path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AUDIT_HEADS = path.parent / "volume" / "heads"
    assert not audit_heads.write_daily()
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "audit head not written")
    assert record.error == "ENOENT"
    (path.parent / "volume").mkdir()
    assert audit_heads.write_daily()


@pytest.mark.parametrize("written", [None, 7])
def test_full_disk_leaves_the_file_as_it_was(
    three_days: Path, written: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = three_days.read_bytes(), os.write

    def full(handle: int, data: bytes) -> int:
        if written is None:
            raise OSError(28, "No space left on device")
        return write(handle, data[:written])

    with time_machine.travel(NOON.replace(day=4), tick=False):
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            assert not audit_heads.write_daily()
        assert three_days.read_bytes() == before
        assert audit_heads.write_daily()
    assert faults(three_days) == []


def test_line_that_broke_off_is_told_and_the_next_one_stands_by_itself(three_days: Path) -> None:
    whole = three_days.read_text()
    three_days.write_text(whole[:-20])
    with time_machine.travel(NOON.replace(day=4), tick=False):
        assert audit_heads.write_daily()
    heads, wrong = audit_heads.read(three_days)
    assert wrong == ["line 3: cannot be read"]
    assert [head.day for head in heads] == ["2027-03-01", "2027-03-02", "2027-03-04"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_line(lead: Lead, path: Path) -> None:
    written = run_together(4, lambda _number: audit_heads.write_daily())
    assert sorted(written) == [False, False, False, True]
    assert len(path.read_text().splitlines()) == 1


# -- telling the auditors


@pytest.mark.usefixtures("path", "manager")
def test_auditors_and_nobody_else_are_sent_the_line_once(lead: Lead, make_staff: Any) -> None:
    auditor = make_staff(roles.AUDITOR)
    OutboxMessage.objects.all().delete()
    call_command("send_notifications", "--once", stdout=io.StringIO())
    call_command("send_notifications", "--once", stdout=io.StringIO())
    (sent,) = mail.outbox
    assert sent.to == [auditor.email]
    day = audit_heads.line_of(LeadEvent.objects.latest("sequence").at.date().isoformat())
    line = json.loads(next(x for x in str(sent.body).splitlines() if x.startswith("{")))
    assert line["seal"] == audit.head().seal
    assert json.loads(day) == line
    assert "/admin/audit/" in sent.body
    for word in (lead.reference, "Avery", "555"):
        assert word not in sent.subject


def test_mail_waits_for_a_line_that_is_not_written_yet(
    lead: Lead, make_staff: Any, path: Path
) -> None:
    make_staff(roles.AUDITOR)
    OutboxMessage.objects.all().delete()
    audit_heads.write_daily()
    path.write_text("")
    assert outbox.send_due(mails.compose) == 1
    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts, mail.outbox) == ("waiting", 0, [])


@pytest.mark.usefixtures("path")
def test_who_audits_no_more_is_sent_nothing(lead: Lead, make_staff: Any) -> None:
    auditor: User = make_staff(roles.AUDITOR)
    OutboxMessage.objects.all().delete()
    audit_heads.write_daily()
    auditor.groups.clear()
    outbox.send_due(mails.compose)
    assert OutboxMessage.objects.get().state == "skipped"
    assert mail.outbox == []


# -- finding


def test_chain_that_goes_on_holds_against_its_heads(three_days: Path, lead: Lead) -> None:
    note(lead)
    assert faults(three_days) == []


@pytest.mark.shows("45 CFR 164.312(c)(2)", "threat 17")
def test_end_that_was_cut_off_with_the_head_set_back_is_found(three_days: Path) -> None:
    seal = LeadEvent.objects.get(sequence=3).seal
    sql("DELETE FROM admissions_leadevent WHERE sequence > 3")
    sql("UPDATE admissions_chainhead SET sequence = 3, seal = %s", seal)
    assert list(audit.verify()) == []  # the database alone does not show it
    assert faults(three_days) == [
        Fault(4, "missing, and was the last event on 2027-03-02"),
        Fault(5, "missing, and was the last event on 2027-03-03"),
    ]


@pytest.mark.shows("45 CFR 164.312(c)(2)")
def test_chain_written_anew_with_the_right_keys_is_found(three_days: Path) -> None:
    sql("UPDATE admissions_leadevent SET actor = 'somebody else' WHERE sequence = 4")
    seal_anew()
    assert list(audit.verify()) == []
    assert faults(three_days) == [
        Fault(4, "not the event that was the last on 2027-03-02"),
        Fault(5, "not the event that was the last on 2027-03-03"),
    ]


def test_event_taken_out_of_a_chain_written_anew_is_found(three_days: Path) -> None:
    sql("DELETE FROM admissions_leadevent WHERE sequence = 2")
    seal_anew()
    assert list(audit.verify()) == []
    assert [fault.sequence for fault in faults(three_days)] == [3, 4, 5]


def test_last_events_alone_are_verified(three_days: Path) -> None:
    assert list(audit.verify(last=2)) == []
    assert list(audit.verify(last=500)) == []
    heads, _ = audit_heads.read(three_days)
    sql("UPDATE admissions_leadevent SET actor = 'x' WHERE sequence = 2")
    assert list(audit.verify(heads=heads, last=3)) == []
    assert [fault.sequence for fault in audit.verify(last=4)] == [2]
    sql("DELETE FROM admissions_leadevent WHERE sequence = 3")
    assert {fault.sequence for fault in audit.verify(last=2)} == {4}  # what it follows is gone


# -- the file itself


def test_line_whose_content_was_changed_is_found(three_days: Path) -> None:
    lines = three_days.read_text().splitlines()
    row = json.loads(lines[1])
    lines[1] = json.dumps(row | {"sequence": 3})
    three_days.write_text("\n".join(lines) + "\n")
    assert audit_heads.read(three_days)[1] == ["line 2: altered"]


@pytest.mark.parametrize(
    ("order", "where"),
    [((0, 2), "line 2"), ((1, 2), "line 1"), ((1, 0, 2), "line 1"), ((0, 0, 1, 2), "line 2")],
)
def test_lines_that_were_taken_out_moved_or_put_in_are_found(
    three_days: Path, order: tuple[int, ...], where: str
) -> None:
    lines = three_days.read_text().splitlines()
    three_days.write_text("".join(lines[number] + "\n" for number in order))
    assert audit_heads.read(three_days)[1][0] == f"{where}: does not follow the line before it"


def test_line_signed_with_another_key_is_found(three_days: Path, settings: Any) -> None:
    settings.INDEX_KEYS = (("k1", b"x" * 32),)
    assert audit_heads.read(three_days) == ([], [f"line {n}: altered" for n in (1, 2, 3)])
    settings.INDEX_KEYS = (("k9", b"x" * 32),)
    assert audit_heads.read(three_days)[1][0] == "line 1: signed with a key that is not there"


def test_heads_go_on_under_a_new_key(three_days: Path, settings: Any) -> None:
    settings.INDEX_KEYS = (("k2", b"n" * 32), *settings.INDEX_KEYS)
    with time_machine.travel(NOON.replace(day=4), tick=False):
        assert audit_heads.write_daily()
    assert faults(three_days) == []


@pytest.mark.parametrize(
    "rubbish",
    [
        *("", "x", "[]", "null", "{}", '{"day": "2027-13-01"}', '"\\ud800"', "\x00\xff"),
        "1" * 5000,
        '{"day": "2027-03-01", "sequence": Infinity, "seal": "x"}',
    ],
)
def test_rubbish_in_the_file_is_told_by_its_line(three_days: Path, rubbish: str) -> None:
    with three_days.open("a", encoding="latin-1") as file:
        file.write(rubbish + "\n")
    assert audit_heads.read(three_days)[1] == ["line 4: cannot be read"]


# -- the command


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def test_command_says_how_much_it_looked_at(three_days: Path) -> None:
    assert run() == "The audit chain holds: 5 events, 3 daily heads.\n"
    assert run("--heads", str(three_days)) == "The audit chain holds: 5 events, 3 daily heads.\n"


def test_command_says_that_there_are_no_heads(lead: Lead, path: Path) -> None:
    assert run() == (
        f"No daily heads to compare with: {path} is not there.\n"
        "The audit chain holds: 2 events, 0 daily heads.\n"
    )


def test_command_has_a_line_for_each_fault_and_fails(three_days: Path) -> None:
    lines = three_days.read_text().splitlines()
    three_days.write_text("\n".join([*lines[:2], "x"]) + "\n")
    sql("UPDATE admissions_leadevent SET actor = 'x' WHERE sequence IN (1, 5)")
    err = io.StringIO()
    with pytest.raises(CommandError, match="broken in 3 places") as refused:
        call_command("verify_audit", stderr=err)
    assert refused.value.returncode == 1
    assert [line.rpartition(": ")[0] for line in err.getvalue().splitlines()] == [
        f"{three_days} line 3",
        "event 1",
        "event 5",
    ]


@pytest.mark.parametrize(("name", "says"), [("gone", "is not there"), ("", "cannot be read")])
def test_command_cannot_read_the_file_it_was_given(
    lead: Lead, path: Path, name: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says) as refused:
        run("--heads", str(path.parent / name))
    assert refused.value.returncode == 2
