"""What is kept how long: each rule takes what is over its term, and nothing before it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from admissions import audit, drafts, erasure, retention, triage, watch
from admissions.enums import DraftKind, ErasureReason
from admissions.models import (
    Consent,
    Disclosure,
    Draft,
    Lead,
    LeadEvent,
    LeadNote,
    OutboxMessage,
    RateCount,
    SelfPayEstimate,
)
from tests.admissions.conftest import dump, writes_fail
from tests.admissions.lead_tools import put, read
from tests.admissions.merge_tools import do_merge

Make = Callable[..., Lead]
NOW = timezone.now()
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("provider")


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


def closed(make_lead: Make, *, days: float, **values: Any) -> Lead:
    """Return a lead that came and was closed so many days ago, with nothing done since."""
    with time_machine.travel(ago(days=days), tick=False):
        number = Lead.objects.count()
        lead = make_lead(first_name="Robin", phone="", email=f"robin{number}@example.org")
        put(lead, status="closed", close_reason="cost", status_changed_at=timezone.now())
    return put(lead, **values)


def apply() -> dict[str, int]:
    """Apply the rules as the worker does, round for round; return what went by each."""
    done: dict[str, int] = {}
    while batch := retention.step():
        done[batch[0]] = done.get(batch[0], 0) + batch[1]
    return done


def due(key: str) -> int:
    (line,) = [one for one in retention.report() if one.rule.key == key]
    return line.count


def log() -> list[dict[str, Any]]:
    events = LeadEvent.objects.filter(kind="retention_applied").order_by("sequence")
    return list(events.values_list("data", flat=True))


# -- requests that did not lead to care


@pytest.mark.parametrize(("days", "goes"), [(89.9, False), (90.1, True)])
def test_closed_lead_goes_after_ninety_days(make_lead: Make, days: float, goes: bool) -> None:
    lead = closed(make_lead, days=days)
    assert due("unconverted") == goes
    assert apply() == ({"unconverted": 1} if goes else {})
    assert bool(read(lead).erased_at) == goes
    assert bool(read(lead).first_name) != goes
    if goes:
        event = LeadEvent.objects.get(kind="erased")
        assert (event.actor, event.data["because"]) == ("system", "retention")
    assert not list(audit.verify())


@pytest.mark.parametrize(
    "kept",
    [
        {"status": "nurture", "close_reason": ""},
        {"status": "admitted", "close_reason": ""},
        {"legal_hold_at": NOW},
        {"is_demo": True},
    ],
    ids=["open", "admitted", "held", "demo"],
)
def test_what_is_open_admitted_held_or_made_up_never_goes(
    make_lead: Make, kept: dict[str, Any]
) -> None:
    lead = closed(make_lead, days=400, **kept)
    assert apply() == {}
    assert read(lead).first_name == "Robin"


def test_time_runs_anew_where_somebody_wrote_or_worked_on_it(
    make_lead: Make, coordinator: User
) -> None:
    lead = closed(make_lead, days=120)
    with time_machine.travel(ago(days=80), tick=False):
        triage.add_note(lead=lead, text="They called again.", by=coordinator)
    looked_at = closed(make_lead, days=120)
    triage.open_lead(lead=looked_at, by=coordinator)
    assert apply() == {"unconverted": 1}
    assert LeadNote.objects.get().text == "They called again."
    assert read(looked_at).erased_at
    with time_machine.travel(timezone.now() + 11 * DAY):
        assert apply() == {"unconverted": 1}


def test_merged_lead_goes_with_the_one_it_is_part_of(make_lead: Make, coordinator: User) -> None:
    kept, merged = closed(make_lead, days=100), closed(make_lead, days=300)
    with time_machine.travel(ago(days=95), tick=False):
        do_merge(kept, merged, coordinator)
        put(kept, status="closed", close_reason="cost")
    put(kept, status="nurture", close_reason="")
    assert apply() == {}
    put(kept, status="closed", close_reason="cost")
    with time_machine.travel(timezone.now() + DAY):
        assert apply() == {"unconverted": 1}
    assert [bool(one.erased_at) for one in Lead.objects.all()] == [True, True]


def test_open_lead_that_nobody_works_on_is_shown_and_stays(make_lead: Make) -> None:
    lead = make_lead()
    put(lead, status="nurture", status_changed_at=ago(days=91), next_follow_up_at=ago(days=91))
    later = make_lead(first_name="Robin", phone="", email="robin@example.org")
    put(later, status="nurture", status_changed_at=ago(days=91), next_follow_up_at=NOW + DAY)
    assert due("neglected") == 1
    assert apply() == {}


def test_admitted_lead_is_shown_after_its_term_and_stays(make_lead: Make) -> None:
    lead = closed(make_lead, days=1, status="admitted", close_reason="")
    assert due("records") == 0
    put(lead, status_changed_at=timezone.now() - erasure.RECORD_TERM)
    assert due("records") == 1
    assert apply() == {}


# -- the rest


def test_proofs_go_years_after_the_lead(lead: Lead, manager: User, coordinator: User) -> None:
    given = {"details": {}, "delivered_at": NOW, "delivered_how": "mail"}
    SelfPayEstimate.objects.create(lead=lead, by=coordinator, **given)
    Disclosure.objects.create(
        lead=lead, by=coordinator, recipient="A clinic", purpose="treatment", basis="consent"
    )
    alive = Consent.objects.count()
    with time_machine.travel(timezone.now() + 7000 * DAY):
        assert (due("consents"), due("disclosures"), due("estimates")) == (0, 0, 0)
    erasure.erase(lead=lead, why=ErasureReason.ASKED, by=manager)
    for years, expected in ((4.99, {}), (5.01, {"consents": alive}), (6.02, {"disclosures": 1})):
        with time_machine.travel(timezone.now() + years * 365.25 * DAY):
            found = apply()
            assert {key: found[key] for key in found if key in ("consents", "disclosures")} == (
                expected
            )
            assert SelfPayEstimate.objects.exists()
    with time_machine.travel(timezone.now() + 20.1 * 365.25 * DAY):
        assert apply()["estimates"] == 1
    assert read(lead).erased_at


def test_finished_notices_go_after_a_year_others_stay(lead: Lead) -> None:
    OutboxMessage.objects.all().delete()
    for state in ("sent", "skipped", "dead", "waiting"):
        sent = NOW if state == "sent" else None
        OutboxMessage.objects.create(kind="new_inquiry", lead=lead, state=state, sent_at=sent)
    assert due("notices") == 0
    with time_machine.travel(timezone.now() + 366 * DAY):
        assert apply() == {"notices": 2}
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"dead", "waiting"}


def test_sessions_that_are_over_go_with_from_where_they_were(manager: User) -> None:
    for key, expires in (("over", NOW - DAY), ("now", NOW + DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
        UserSession.objects.create(user=manager, ip="127.0.0.1", session_key=key, user_agent="x")
    cache.set("allauth:rl:over", [1], 1)
    cache.set("allauth:rl:now", [1], 3600)
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        assert apply() == {"sessions": 1, "devices": 1}
    assert Session.objects.get().session_key == UserSession.objects.get().session_key == "now"
    assert not SessionStore("over").exists("over")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM iop_cache WHERE cache_key LIKE '%%allauth:rl:%%'")
        assert [key.rpartition(":")[2] for (key,) in cursor.fetchall()] == ["now"]
    cache.delete("allauth:rl:now")


def test_what_lives_a_day_goes_in_every_round(lead: Lead) -> None:
    drafts.begin(kind=DraftKind.INSURANCE)
    RateCount.objects.create(key="k", window=1, count=1, expires_at=ago(minutes=1))
    Draft.objects.update(expires_at=ago(minutes=1))
    assert (due("drafts"), due("counts")) == (1, 1)
    assert apply() == {}
    assert Draft.objects.exists()
    watch.look()
    assert not Draft.objects.exists()
    assert not RateCount.objects.filter(key="k").exists()


# -- once a day, a batch at a time


def test_once_a_day_and_by_hand_at_any_time(make_lead: Make) -> None:
    assert apply() == {}
    assert log() == [{"done": True}]
    lead = closed(make_lead, days=91)
    assert apply() == {}
    assert retention.step(by_hand=True) == ("unconverted", 1)
    assert retention.step(by_hand=True) is None
    assert log() == [{"done": True}, {"rule": "unconverted", "count": 1}]
    assert read(lead).erased_at
    with time_machine.travel(timezone.now() + DAY):
        assert apply() == {}
        assert log()[-1] == {"done": True}


def test_batch_that_breaks_off_is_undone_and_gone_on_with(
    make_lead: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LEADS", 2)
    leads = [closed(make_lead, days=100 + number) for number in range(5)]
    assert retention.step() == ("unconverted", 2)  # those who are due longest
    assert [bool(read(one).erased_at) for one in leads] == [False, False, False, True, True]
    before = dump()
    with (
        writes_fail("admissions_searchtoken", "DELETE"),
        pytest.raises(OperationalError),
    ):
        retention.step()
    assert dump() == before
    assert apply() == {"unconverted": 3}
    assert [one.get("count") for one in log()] == [2, 2, 1, None]
    assert not list(audit.verify())


# -- the command, the report


def test_dry_run_says_what_is_due_and_changes_nothing(make_lead: Make) -> None:
    closed(make_lead, days=100)
    put(make_lead(), status="admitted", status_changed_at=ago(days=9000))
    before, out = dump(), StringIO()
    call_command("apply_retention", "--dry-run", stdout=out)
    assert dump() == before
    lines = out.getvalue().splitlines()
    day = f"{timezone.localtime(ago(days=100)):%Y-%m-%d}"
    assert lines[0] == f"unconverted: 1 due, counted from {day} to {day}"
    assert "neglected: 0 due" in lines
    assert any(one.startswith("records: 1 due") and one.endswith("person only") for one in lines)
    assert len(lines) == len(retention.RULES)


def test_command_applies_all_that_is_due(make_lead: Make) -> None:
    closed(make_lead, days=100)
    out = StringIO()
    call_command("apply_retention", stdout=out)
    assert "unconverted: 1 cleared away" in out.getvalue()
    assert "neglected" not in out.getvalue()
    call_command("send_notifications", "--once", stdout=out)
    assert log() == [{"rule": "unconverted", "count": 1}, {"done": True}]


def test_worker_applies_it(make_lead: Make) -> None:
    lead = closed(make_lead, days=100)
    call_command("send_notifications", "--once", stdout=StringIO())
    assert read(lead).erased_at


def test_report_takes_a_query_for_each_rule(
    make_lead: Make, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        closed(make_lead, days=100)
    asked = [one for one in retention.RULES if one.due]
    with django_assert_num_queries(len(asked)):
        lines = list(retention.report())
    assert [one.count for one in lines if one.rule.key == "unconverted"] == [3]


@pytest.mark.shows("ASVS 14.1.2")
def test_every_rule_says_what_how_long_why_and_what_then() -> None:
    assert len({one.key for one in retention.RULES}) == len(retention.RULES)
    for rule in retention.RULES:
        assert str(rule.what)
        assert str(rule.source)
        assert str(rule.then)
        assert (rule.term is None) == (not str(rule.counted_from)) == (rule.due is None)


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (retention.UNCONVERTED, "90 days"),
        (drafts.LIFE, "24 hours"),
        (retention.PROOF, "5 years"),
        (retention.DISCLOSURES, "6 years"),
        (erasure.RECORD_TERM, "20 years"),
        (retention.NOTICES, "1 year"),
        (timedelta(minutes=3), "3 minutes"),
    ],
    ids=str,
)
def test_term_is_said_in_words(term: timedelta, words: str) -> None:
    assert retention.in_words(term) == words


@pytest.mark.shows("ASVS 14.1.2", "ASVS 14.2.4")
def test_public_is_told_the_same_terms() -> None:
    """The privacy page and the page on which deletion is asked for say what the rules do."""
    base = Path(settings.BASE_DIR)
    notice = (base / "content" / "starter" / "pages" / "privacy.md").read_text()
    wish = (base / "templates" / "admissions" / "status_deletion.html").read_text()
    years = {5: "five", 6: "six"}

    def in_years(term: timedelta) -> str:
        return years[round(term / timedelta(days=365.25))]

    assert f"is erased {retention.in_words(retention.UNCONVERTED)} after we closed it" in notice
    assert f"for {in_years(retention.PROOF)} more years" in notice
    assert f"for {in_years(retention.DISCLOSURES)} years" in notice
    assert f"keep records for {retention.in_words(erasure.RECORD_TERM)}" in notice
    assert f"for {in_years(retention.PROOF)} years" in wish
    assert f"for {in_years(retention.DISCLOSURES)} years" in wish
    assert drafts.LIFE == DAY
    assert "kept for one day" in notice
