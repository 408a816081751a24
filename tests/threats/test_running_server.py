"""Threats 5, 11 and 12, and what only bytes on a wire can try: against gunicorn itself."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.server import FIRST_SIGN_IN, PASSWORD, Site, Visitor
from tests.threats.conftest import SHARED
from tests.threats.tools import head, raw

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group(SHARED)]
FORM = "/admissions/inquiry/myself/"
CANARY = b"CANARY-IN-AN-UPLOAD"
MB = 1024 * 1024
START = (
    b'--x\r\nContent-Disposition: form-data; name="front"; filename="card.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff" + CANARY
)
END = b"\r\n--x--\r\n"


def workers(site: Site) -> list[int]:
    """Return the two processes of gunicorn that answer requests."""

    def said(pid: int) -> list[bytes]:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")

    def parent(pid: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

    web = [pid for pid in site.pids() if b"gunicorn" in said(pid)]
    return [pid for pid in web if parent(pid) in web]


@contextmanager
def only(site: Site, pid: int) -> Iterator[None]:
    """Let one worker answer, the other stand still."""
    others = [one for one in workers(site) if one != pid]
    for one in others:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in others:
            os.kill(one, signal.SIGCONT)


def kilobytes(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def upload(site: Site, size: int) -> bytes:
    """Return the head of an upload of so many bytes."""
    kind = "Content-Type: multipart/form-data; boundary=x"
    return head(site, f"POST {FORM}", kind, f"Content-Length: {size}")


def try_password(site: Site, password: str) -> Visitor:
    visitor = Visitor(site)
    visitor.get("/admin/account/login/")
    visitor.post("/admin/account/login/", {"login": FIRST_SIGN_IN, "password": password})
    return visitor


@pytest.mark.shows("ASVS 6.3.1", "201 CMR 17.04(1)(e)")
def test_threat_05_password_stuffing_is_counted_across_workers(site: Site) -> None:
    one, other = workers(site)
    with only(site, one):
        for number in range(5):
            assert "not correct" in try_password(site, f"guess {number}").body
    with only(site, other):
        refused = try_password(site, PASSWORD)
    assert "Too many failed login attempts" in refused.body
    assert refused.url.endswith("/login/")


def test_threat_11_upload_that_is_killed_leaves_no_plaintext_file(site: Site) -> None:
    half, victims = START + bytes(8 * MB), workers(site)
    with ExitStack() as lines:
        for pid in victims:
            with only(site, pid):
                at = ("127.0.0.1", site.port)
                line = lines.enter_context(socket.create_connection(at, timeout=20))
                # That all of it left means that the worker has read most of it.
                line.sendall(upload(site, len(half) + 8 * MB) + half)
        _nothing_is_left_by_a_kill(site, victims)


def _nothing_is_left_by_a_kill(site: Site, victims: list[int]) -> None:
    for pid in victims:  # what is open under no name would be on the disk as well
        for file in Path(f"/proc/{pid}/fd").iterdir():
            if str(file.resolve()).startswith("/") and file.is_file():
                assert CANARY not in file.read_bytes()[: 20 * MB], os.readlink(file)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    for folder in (site.data_dir, site.temporary):
        for file in folder.rglob("*"):
            assert not file.is_file() or CANARY not in file.read_bytes(), file
    assert list(site.temporary.iterdir()) == []
    deadline = time.monotonic() + 20
    while set(workers(site)) & set(victims) or len(workers(site)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert raw(site, head(site, "GET /livez"))[0] == 200


def test_threat_12_body_above_the_cap_is_refused_before_it_comes(site: Site) -> None:
    for length in (64 * MB + 1, 10**15):
        started = time.monotonic()
        status, answer = raw(site, upload(site, length))
        assert status == 413
        assert b"tel:988" in answer
        assert time.monotonic() - started < 5
    chunked = head(site, f"POST {FORM}", "Transfer-Encoding: chunked", "Content-Type: text/plain")
    status, answer = raw(site, chunked, b"5\r\nhello\r\n")
    assert status == 411
    assert b"tel:988" in answer


@pytest.mark.shows("ASVS 2.4.1", "ASVS 15.2.2", "ASVS 5.2.1")
def test_threat_12_uploads_at_once_take_bounded_memory_and_the_site_goes_on(site: Site) -> None:
    """Eight of 24 MB, as many as there are threads: of each is kept what one photo may have."""
    before = {pid: kilobytes(pid, "VmRSS") for pid in workers(site)}
    size = 24 * MB
    body = START + bytes(size) + END
    statuses: list[int] = []

    def send() -> None:
        statuses.append(raw(site, upload(site, len(body)) + body, seconds=60)[0])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [403] * 8  # without the cookie that protects the form
    for pid, resident in before.items():
        assert kilobytes(pid, "VmHWM") - resident < 4 * 2 * 15 * 1024 + 40 * 1024
    assert raw(site, head(site, "GET /livez"))[0] == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET //evil.example.org/", 404),
        ("GET //", 404),
        ("GET /faq/../admin/", 404),
        ("GET /%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET /static/%2e%2e/%2e%2e/manage.py", 404),
        ("GET /static/..%2f..%2fmanage.py", 404),
        ("GET /faq/%00", 404),
        ("GET /" + "a" * 5000, 400),
        ("GET http://evil.example.org/admin/", 302),
        ("BREW /", 403),
    ],
)
def test_odd_request_line_gets_no_file_and_no_way_out(site: Site, line: str, status: int) -> None:
    found, answer = raw(site, head(site, line))
    assert found == status, answer[:200]
    assert b"root:" not in answer
    assert b"DJANGO_SETTINGS" not in answer
    assert not re.search(rb"(?i)\r\nlocation: (?!/admin/login/)", answer)


@pytest.mark.shows("ASVS 4.1.3")
@pytest.mark.parametrize(
    "lines",
    [
        ["X-Forwarded-Host: evil.example.org", "X-Forwarded-Proto: gopher"],
        ["SCRIPT_NAME: /evil", "X-Script-Name: /evil"],
        ["SCRIPT_NAME: /admin", "PATH_INFO: /evil"],
        ["Forwarded: host=evil.example.org", "X-Original-URL: /evil"],
    ],
)
def test_headers_do_not_move_the_site(site: Site, lines: list[str]) -> None:
    status, answer = raw(site, head(site, "GET /admin/", *lines))
    assert status == 302
    assert b"Location: /admin/login/?next=/admin/\r\n" in answer
    assert b"evil" not in answer


@pytest.mark.shows("ASVS 4.2.1")
@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["Host: evil.example.org"], 400),
        (["Host: 127.0.0.1", "Host: evil.example.org"], 400),
        (["Content-Length: 5", "Content-Length: 6"], 400),
        (["Content-Length: -1"], 400),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], 400),
        (["Transfer-Encoding: chunked, identity"], 400),
        ([f"X-{number}: 1" for number in range(100)], 400),
        (["X-Long: " + "a" * 9000], 400),
        (["X-Split: a\r\n\tb"], 400),
        (["Cookie: " + "; ".join(f"c{number}=1" for number in range(900))], 200),
    ],
)
def test_odd_head_is_refused_and_never_named(site: Site, lines: list[str], wanted: int) -> None:
    status, answer = raw(site, head(site, "GET /faq/", *lines))
    # gunicorn answers 431 and the like where it is exact about what is too much.
    assert status == wanted or (wanted == 400 and 400 <= status < 500), answer[:300]
    assert b"evil.example.org" not in answer


def test_health_is_told_to_whoever_asks_by_address(site: Site) -> None:
    for path in ("/livez", "/readyz"):
        assert raw(site, head(site, f"GET {path}", "Host: 10.0.0.7"))[0] == 200
    assert raw(site, head(site, "GET /faq/", "Host: 10.0.0.7"))[0] == 400
