"""How often somebody did something lately, counted without keeping who they are.

Who it was is kept as a keyed digest, with a key for each scope; a window of time is counted by its
number since the epoch. Nothing is refused here: whoever asks decides what a number means.

Every function may raise Django's database errors. To count must not be worth a page: catch them,
and around them open a savepoint where the transaction has to go on.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from admissions.models import RateCount
from iop_site import crypto

_PURGED_AT_ONCE = 1000
_BATCHES = 20  # in one call, so that the worker comes back to its mails

# One statement, so that no two hits are counted as one, whatever runs beside them.
_HIT = (
    'INSERT INTO {table} ("key", "window", "count", "expires_at") VALUES (%s, %s, 1, %s) '
    'ON CONFLICT ("key", "window") DO UPDATE SET "count" = {table}."count" + 1 RETURNING "count"'
)


def hit(*, scope: str, who: str, window: timedelta, now: datetime | None = None) -> int:
    """Count one more of `scope` by `who` and return how many there are in this window.

    `scope` is a word of the code, such as "form", always with the same window. In a transaction
    the count is kept or dropped with it, and others who count the same wait until it ends.
    """
    (key, *older), number = _keys(scope, who), _number(window, now)
    expires = datetime.fromtimestamp((number + 1) * window.total_seconds(), tz=UTC)
    table = connection.ops.quote_name(RateCount._meta.db_table)
    values: list[Any] = [key, number, connection.ops.adapt_datetimefield_value(expires)]
    with connection.cursor() as cursor:
        cursor.execute(_HIT.format(table=table), values)
        ((count,),) = cursor.fetchall()
    return int(count) + (_counted(older, number) if older else 0)


def count(*, scope: str, who: str, window: timedelta, now: datetime | None = None) -> int:
    """Return how many `hit` has counted in this window, without counting."""
    return _counted(_keys(scope, who), _number(window, now))


def purge() -> int:
    """Delete counts whose window is over, in batches, and return how many there were."""
    gone = 0
    for _batch in range(_BATCHES):
        over = RateCount.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
        batch = list(over.values_list("pk", flat=True)[:_PURGED_AT_ONCE])
        if not batch:
            break
        gone += RateCount.objects.filter(pk__in=batch).delete()[0]
    return gone


def _keys(scope: str, who: str) -> list[str]:
    """Return the digest to count under, and those of older index keys."""
    return crypto.blind_candidates(who, purpose=f"rate:{scope}")


def _counted(keys: list[str], number: int) -> int:
    rows = RateCount.objects.filter(key__in=keys, window=number)
    return sum(rows.values_list("count", flat=True))


def _number(window: timedelta, now: datetime | None) -> int:
    return int((now or timezone.now()).timestamp() // window.total_seconds())
