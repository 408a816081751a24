"""Counting without losing a count, and without keeping who was counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, transaction
from django.utils import timezone
from pytest_django import Settings

from admissions import rate_limit
from admissions.models import RateCount
from tests.outages import database_away
from tests.threads import run_together

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def hit(who: str = "203.0.113.5", scope: str = "address", window: timedelta = HOUR) -> int:
    return rate_limit.hit(scope=scope, who=who, window=window)


def test_each_hit_is_one_more() -> None:
    assert [hit() for _ in range(3)] == [1, 2, 3]


def test_others_and_other_scopes_are_counted_apart() -> None:
    hit()
    assert hit("203.0.113.6") == 1
    assert hit(scope="contact") == 1
    assert hit() == 2


def test_count_is_read_without_counting() -> None:
    what = {"scope": "address", "who": "203.0.113.5", "window": HOUR}
    assert rate_limit.count(**what) == 0
    hit()
    hit()
    assert rate_limit.count(**what) == rate_limit.count(**what) == 2
    assert hit() == 3


@pytest.mark.parametrize("window", [timedelta(minutes=1), HOUR, DAY, timedelta(days=7)])
def test_count_begins_anew_with_the_next_window(window: timedelta) -> None:
    start = NOON - timedelta(seconds=NOON.timestamp() % window.total_seconds())
    last = start + window - timedelta(microseconds=1)
    what = {"scope": "address", "who": "a", "window": window}
    assert rate_limit.hit(**what, now=start) == 1
    assert rate_limit.hit(**what, now=last) == 2
    assert rate_limit.hit(**what, now=start + window) == 1
    assert rate_limit.count(**what, now=last) == 2
    assert RateCount.objects.order_by("window")[0].expires_at == start + window


@pytest.mark.parametrize("who", ["", "a" * 5000, "名前 👍", "'; DROP TABLE x; --", "%s"])
def test_anything_can_be_counted(who: str) -> None:
    assert [hit(who), hit(who)] == [1, 2]


def test_who_it_was_is_not_kept() -> None:
    hit("canary@example.org", scope="contact")
    row = RateCount.objects.get()
    assert "canary" not in repr(row.__dict__) + str(row)
    assert len(row.key) <= 32


def test_without_the_key_nobody_can_be_looked_up(settings: Settings) -> None:
    hit()
    settings.INDEX_KEYS = (("k9", b"9" * 32),)
    assert rate_limit.count(scope="address", who="203.0.113.5", window=HOUR) == 0


def test_hit_is_one_statement(django_assert_num_queries: Any) -> None:
    for _ in range(2):
        with django_assert_num_queries(1):
            hit()


def test_count_of_a_transaction_that_fails_is_dropped_with_it() -> None:
    hit()
    with transaction.atomic():
        assert hit() == 2
        transaction.set_rollback(True)
    assert hit() == 2


def test_fault_of_the_database_reaches_the_caller_who_can_go_on() -> None:
    with database_away(), pytest.raises(OperationalError), transaction.atomic():
        hit()
    assert hit() == 1


# -- many at once


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_lose_no_count() -> None:
    results = run_together(50, lambda number: hit())
    assert sorted(results) == list(range(1, 51))
    assert rate_limit.count(scope="address", who="203.0.113.5", window=HOUR) == 50


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_in_transactions_lose_no_count() -> None:
    def work(number: int) -> int:
        with transaction.atomic():
            hit(f"203.0.113.{number % 2}")
            return hit("everybody", scope="other")

    assert sorted(run_together(50, work)) == list(range(1, 51))
    for number in (0, 1):
        what = {"scope": "address", "who": f"203.0.113.{number}", "window": HOUR}
        assert rate_limit.count(**what) == 25


# -- clearing away


def test_counts_are_deleted_once_their_window_is_over() -> None:
    with time_machine.travel(NOON, tick=False):
        hit(window=HOUR)
        hit(window=DAY, scope="contact")
    with time_machine.travel(NOON + timedelta(minutes=59), tick=False):
        assert rate_limit.purge() == 0
    with time_machine.travel(NOON + HOUR, tick=False):
        assert rate_limit.purge() == 1
        assert rate_limit.purge() == 0
    assert RateCount.objects.get().expires_at == NOON.replace(hour=0) + DAY


@pytest.mark.parametrize(("rows", "first"), [(4, 4), (6, 6), (11, 6)])
def test_purge_deletes_so_many_at_once_and_the_rest_later(
    monkeypatch: pytest.MonkeyPatch, rows: int, first: int
) -> None:
    monkeypatch.setattr(rate_limit, "_PURGED_AT_ONCE", 2)
    monkeypatch.setattr(rate_limit, "_BATCHES", 3)
    RateCount.objects.bulk_create(
        RateCount(key=f"k{number}", window=1, expires_at=NOON) for number in range(rows)
    )
    alive = RateCount.objects.create(key="k", window=2, expires_at=timezone.now() + HOUR)
    assert rate_limit.purge() == first
    assert rate_limit.purge() == rows - first
    assert RateCount.objects.get() == alive
