"""The desk's pages at a thousand leads and at a million, in interleaved rounds, and stock Django.

BENCH_LEADS=1000,100000 chooses the sizes. Each has a database of its own, filled once. A page is
asked for through the whole stack and shows as many rows at every size (`tests.bench.desk_data`).
"""

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

ROUNDS, STOCK_ROUNDS = 9, 3
LIST = "/admin/admissions/lead/"


def measure() -> Iterator[str]:
    """Yield the lines of the result for the database of DATABASE_URL."""
    os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="iop-bench-"))
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.db import connection

    from tests.bench.desk_data import Desk

    is_large = connection.vendor == "postgresql"
    sizes = os.environ.get("BENCH_LEADS") or ("1000,1000000" if is_large else "1000,100000")
    desks = []
    for size in map(int, sizes.split(",")):
        began = time.monotonic()
        desks.append(Desk(size))
        yield f"{connection.vendor}: {size:,} leads made in {time.monotonic() - began:.0f} s"
    yield _line("", [f"{desk.size:,}" for desk in desks], "ratio", "queries", "rows")
    for label, page in _pages(desks[0]).items():
        yield _measured(label, desks, page, ROUNDS)
    yield "Django's own list over plain columns, and how many times faster ours is"
    for label, (stock, ours) in _beside().items():
        yield _measured(f"stock: {label}", desks, stock, STOCK_ROUNDS)
        for desk in desks:
            times = [_timed([desk], page, STOCK_ROUNDS)[0] for page in (stock, ours)]
            wall, cpu = ((getattr(times[0], n) / getattr(times[1], n)) for n in ("ms", "cpu_ms"))
            yield f"    at {desk.size:,}: {wall:.1f} times by the clock, {cpu:.1f} by our own CPU"


@dataclass
class Timed:
    """What one page gave at one size."""

    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    queries: int = 0
    rows: int = 0

    @property
    def ms(self) -> float:
        return 1000 * median(self.times)

    @property
    def cpu_ms(self) -> float:
        return 1000 * median(self.cpu)


Page = Callable[[Any], int]  # asks a desk for a page, and returns how many rows it shows


def _pages(desk: Any) -> dict[str, Page]:
    def listed(**query: Any) -> Page:
        return lambda desk: desk.rows(desk.get(LIST, query))

    def found(term: str) -> Page:
        return lambda desk: desk.rows(desk.get(LIST, {"q": desk.sealed(term)}))

    filters = {
        "open": {"status": "open"},
        "closed": {"status": "closed"},
        "owner, rare": {"owner": "me"},
        "nobody's": {"owner": "none"},
        "track": {"track": desk.track},
        "payer, rare": {"payer": desk.payer},
        "source": {"source": "phone"},
        "age band": {"age": "12_17"},
        "received in 30 days": {"received": "30"},
        "received before": {"received": "older"},
        "language, rare": {"language": "other"},
        "called late": {"response": "late"},
        "overdue": {"response": "overdue"},
        "insurance check": {"vob": "verified_viable"},
        "follow-up due": {"due": "yes"},
        "held": {"held": "yes"},
        "open, owner rare": {"status": "open", "owner": "me"},
        "closed, source": {"status": "closed", "source": "phone"},
        "open, track, age": {"status": "open", "track": desk.track, "age": "12_17"},
        "nothing (admitted, held)": {"status": "admitted", "held": "yes"},
        "nothing (new, called late)": {"status": "new", "response": "late"},
        "nothing (rare payer, new)": {"payer": desk.payer, "status": "new"},
    }
    return {
        "work queue": lambda desk: desk.get("/admin/").content.count(b"<tr>"),
        "list": listed(),
        "list, in the middle": lambda desk: desk.rows(desk.get(LIST, {"after": desk.middle})),
        "list, last page": listed(last="1"),
        "list, oldest first": listed(order="oldest"),
        "list, by next follow-up": listed(order="next"),
        "list, by next follow-up, owner": listed(order="next", owner="me"),
        **{f"filter: {name}": listed(**query) for name, query in filters.items()},
        "search: phone": found(desk.PHONE),
        "search: e-mail": found(desk.EMAIL),
        "search: name, rare": found("zebulon quagmire"),
        "search: beginnings of a name": found("zeb quag"),
        "search: two common words": found("nadia copperfield"),
        "search: one common word": found("nadia"),
        "search: common words of nobody": found("nadia quagmire"),
        "search: nobody": found("nobody@example.org"),
        "lead page": lambda desk: len(desk.get(f"{LIST}{desk.lead}/change/").content) > 0,
        "saving a transition": lambda desk: desk.move(),
    }


def _beside() -> dict[str, tuple[Page, Page]]:
    """Return pages of the stock list, each with ours that does the same."""

    def ours(**query: Any) -> Page:
        return lambda desk: desk.rows(desk.get(LIST, query))

    def stock(**query: Any) -> Page:
        return lambda desk: desk.stock_rows(query)

    return {
        "first page": (stock(), ours()),
        "last page": (lambda desk: desk.stock_rows({"p": desk.stock_pages}), ours(last="1")),
        "status": (stock(status__exact="closed"), ours(status="closed")),
        "phone": (
            lambda desk: desk.stock_rows({"q": desk.stock_phone}),
            lambda desk: desk.rows(desk.get(LIST, {"q": desk.sealed(desk.PHONE)})),
        ),
        "nobody": (
            stock(q="nobody@example.org"),
            lambda desk: desk.rows(desk.get(LIST, {"q": desk.sealed("nobody@example.org")})),
        ),
    }


def _measured(label: str, desks: list[Any], page: Page, rounds: int) -> str:
    found = _timed(desks, page, rounds)
    ratio = found[-1].ms / found[0].ms
    queries, rows = ({getattr(one, name) for one in found} for name in ("queries", "rows"))
    return _line(
        label,
        [f"{one.ms:.1f}" for one in found],
        f"{ratio:.2f}",
        "/".join(map(str, sorted(queries))),
        "/".join(map(str, sorted(rows))),
    )


def _timed(desks: list[Any], page: Page, rounds: int) -> list[Timed]:
    """Ask each desk in turn, `rounds` times, after once to warm up and count."""
    found = [Timed() for _ in desks]
    for desk, timed in zip(desks, found, strict=True):
        with desk.here(), desk.counted() as queries:
            timed.rows = int(page(desk))
        timed.queries = len(queries)
    for _ in range(rounds):
        for desk, timed in zip(desks, found, strict=True):
            with desk.here():
                began, used = time.perf_counter(), time.process_time()
                page(desk)
                timed.times.append(time.perf_counter() - began)
                timed.cpu.append(time.process_time() - used)
    return found


def _line(label: str, times: list[str], ratio: str, queries: str, rows: str) -> str:
    columns = "".join(f"{one:>11}" for one in times)
    return f"{label:<36}{columns}{ratio:>8}{queries:>9}{rows:>9}"
