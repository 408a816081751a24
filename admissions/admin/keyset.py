"""Pages of a list told by their first or last row instead of a number.

The database goes to that row in an index and reads one page, so that the last page costs what the
first does, and nothing is shown twice or left out when rows arrive meanwhile.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True)
class Page:
    """The rows of one page; `previous` and `next` are cursors, empty where there is no more."""

    rows: list[Any]
    previous: str = ""
    next: str = ""


def page(
    rows: QuerySet[Any],
    *,
    column: str,
    descending: bool,
    size: int,
    at: Mapping[str, str],
    fields: Sequence[str],
) -> Page:
    """Return the page that `at` names; the first where it names none, or rubbish.

    The order is that of `column` (a moment, never null) and id; `fields` are read of each row. Two
    queries; one more where going back reached the first page. Which rows they are is read apart: so
    it is in the index that has the filter and the order, and nothing else is looked at.
    """
    after, before = _read(at.get("after", "")), _read(at.get("before", ""))
    backwards = after is None and (before is not None or "last" in at)
    downwards = descending is not backwards
    order = [f"-{column}", "-id"] if downwards else [column, "id"]
    wanted = rows.order_by(*order).values_list(column, "pk")
    if cursor := after or before:
        wanted = wanted.filter(_beyond(column, *cursor, downwards=downwards))
    found = list(wanted[: size + 1])
    more = len(found) > size
    if backwards and before is not None and not more:
        return page(rows, column=column, descending=descending, size=size, at={}, fields=fields)
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    has_previous, has_next = (more, before is not None) if backwards else (after is not None, more)
    related = sorted({name.partition("__")[0] for name in fields if "__" in name})
    shown = rows.model._default_manager.only(*fields)
    if related:
        shown = shown.select_related(*related)
    known = shown.in_bulk([pk for _moment, pk in found])
    return Page(
        [known[pk] for _moment, pk in found if pk in known],
        _cursor(*found[0]) if has_previous else "",
        _cursor(*found[-1]) if has_next else "",
    )


def _beyond(column: str, moment: datetime, pk: int, *, downwards: bool) -> Q:
    side = "lt" if downwards else "gt"
    # The first part says where in the index to begin; the rest leaves out what was shown.
    beyond = Q((f"{column}__{side}", moment)) | Q((column, moment), (f"id__{side}", pk))
    return Q((f"{column}__{side}e", moment)) & beyond


def _cursor(moment: datetime, pk: int) -> str:
    return f"{(moment - _EPOCH) // _MICROSECOND}-{pk}"


def _read(cursor: str) -> tuple[datetime, int] | None:
    parts = _CURSOR.fullmatch(cursor)
    return (_EPOCH + int(parts[1]) * _MICROSECOND, int(parts[2])) if parts else None
