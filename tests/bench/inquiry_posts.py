"""Inquiry posts a second, beside a plain ModelForm of as many fields, in interleaved rounds.

Ours stores, beside the row: encrypted values, blind index, duplicates' search, consents, sealed
events, notices, and counts against spam. Server and database on one core, the client on the other.
"""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.bench.load import Post, Round, children, run
from tests.factories import inquiry_post
from tests.server import ROOT, Site, free_port, new_site

SECONDS, ROUNDS, THREADS = 6.0, 3, 4

# The port, what sends one post to it, and what lists its processes.
Server = tuple[int, Post, Callable[[], list[int]]]


def measure() -> Iterator[str]:
    """Yield the lines of the result for the database of DATABASE_URL."""
    database = "PostgreSQL" if os.environ.get("DATABASE_URL", "") else "SQLite"
    with tempfile.TemporaryDirectory(prefix="iop-bench-") as folder:
        site = new_site(Path(folder) / "ours")
        site.data_dir.mkdir()
        with _ours(site) as ours, _plain(Path(folder), site) as plain:
            rounds: dict[str, list[Round]] = {"ours": [], "plain": []}
            for _ in range(ROUNDS):
                for name, (port, post, pids) in (("plain", plain), ("ours", ours)):
                    rounds[name].append(
                        run(
                            port=port,
                            post=post,
                            seconds=SECONDS,
                            threads=THREADS,
                            pids=lambda: [*pids(), *_database_pids()],  # noqa: B023  called at once
                        )
                    )
    for name, label in (("plain", "plain ModelForm"), ("ours", "inquiry")):
        yield _line(f"{database}: {label}", rounds[name])
    rates = {name: median(one.rate for one in rounds[name]) for name in rounds}
    costs = {name: median(one.cpu_each for one in rounds[name]) for name in rounds}
    yield (
        f"{database}: inquiry against plain: {rates['ours'] / rates['plain']:.2f} of the posts a "
        f"second, {costs['plain'] / costs['ours']:.2f} by CPU"
    )


def _line(label: str, rounds: list[Round]) -> str:
    rates = sorted(one.rate for one in rounds)
    return (
        f"{label}: {median(rates):.0f} posts/s ({rates[0]:.0f} to {rates[-1]:.0f}), "
        f"p50 {median(one.percentile(50) for one in rounds):.0f} ms, "
        f"p95 {median(one.percentile(95) for one in rounds):.0f} ms, "
        f"CPU {median(one.cpu_each for one in rounds):.2f} ms a post, "
        f"{sum(one.faults for one in rounds)} faults"
    )


@contextmanager
def _ours(site: Site) -> Iterator[Server]:
    # Every post comes from an address of its own, as visitors do; not one counts as spam.
    site.extra = {"TRUSTED_PROXY_COUNT": "1"}
    site.start()
    try:
        assert site.process is not None
        _pin(children(site.process.pid), 0)
        cookie, hidden = _form(site.port, "/admissions/inquiry/myself/")
        pid = site.process.pid

        def post(connection: http.client.HTTPConnection, number: int) -> int:
            fields = inquiry_post(
                first_name=f"Name{number}",
                phone=f"+1 {200 + number // 10000 % 700}-555-{number % 10000:04}",
                email=f"person{number}@example.org",
                message="Please call in the afternoon. " * 5,
                idempotency_key=str(uuid.uuid4()),
                page_time=hidden.get("page_time", ""),
                wordings_shown=hidden.get("wordings_shown", ""),
                csrfmiddlewaretoken=hidden["csrfmiddlewaretoken"],
            )
            address = f"198.18.{number // 250 % 250}.{number % 250 + 1}"
            return _send(connection, "/admissions/inquiry/myself/", fields, cookie, address)

        yield site.port, post, lambda: children(pid)
    finally:
        site.stop()


@contextmanager
def _plain(folder: Path, site: Site) -> Iterator[Server]:
    port = free_port()
    address = site.database_url or f"sqlite:///{folder / 'plain.sqlite3'}"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.bench.plain.settings",
        "DATABASE_URL": address,
        "PORT": str(port),
    }
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--run-syncdb", "-v0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2"),
            *("-k", "gthread", "--threads", "4", "--log-level", "warning"),
            "tests.bench.plain.wsgi",
        ],
        cwd=ROOT,
        env=environment,
    )
    try:
        _wait(port)
        _pin(children(server.pid), 0)
        cookie, hidden = _form(port, "/inquiry/")

        def post(connection: http.client.HTTPConnection, number: int) -> int:
            fields = inquiry_post(
                first_name=f"Name{number}",
                message="Please call in the afternoon. " * 5,
                csrfmiddlewaretoken=hidden["csrfmiddlewaretoken"],
            )
            return _send(connection, "/inquiry/", fields, cookie, "")

        yield port, post, lambda: children(server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _send(
    connection: http.client.HTTPConnection,
    path: str,
    fields: dict[str, str],
    cookie: str,
    address: str,
) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    if address:
        headers["X-Forwarded-For"] = address
    connection.request("POST", path, urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _form(port: int, path: str) -> tuple[str, dict[str, str]]:
    """Return the cookie and the hidden fields of a form's page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        page = answer.read().decode()
    return cookie, dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the plain page did not start")


def _database_pids() -> list[int]:
    """Return the processes of the PostgreSQL that the benchmark was given, if it was."""
    if not os.environ.get("DATABASE_URL"):
        return []
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "comm").read_text().strip() == "postgres":
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def _pin(pids: list[int], core: int) -> None:
    """Keep the server on one core, so that the client on the other does not slow it."""
    for pid in [*pids, *_database_pids()]:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
