"""The real thing for journeys and browser tests: `manage.py serve` with a folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path

import psycopg2
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct-horse-battery-staple"
FIRST_SIGN_IN = "admin@localhost.example"


def measured() -> dict[str, str]:
    """Return what `make coverage` hands down, so that processes of their own are measured too."""
    return {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE_")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Site:
    """A running site: web and worker, a database, and a folder that holds the rest."""

    data_dir: Path
    port: int
    database_url: str  # empty for SQLite in data_dir
    process: subprocess.Popen[bytes] | None = None
    extra: dict[str, str] = field(default_factory=dict)  # settings beside the usual
    log: Path = field(init=False)
    temporary: Path = field(init=False)  # where anything the processes would put for a moment is

    def __post_init__(self) -> None:
        self.log = self.data_dir / "serve.log"
        self.temporary = self.data_dir / "tmp"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/tmp"),  # noqa: S108
            "DJANGO_SETTINGS_MODULE": "iop_site.settings.development",
            "DATA_DIR": str(self.data_dir),
            "TMPDIR": str(self.temporary),
            "PORT": str(self.port),
            "STAFF_PASSWORD": PASSWORD,
            "WEB_WORKERS": "2",
            "SPAM_MINIMUM_SECONDS": "0",  # a robot may fill in the forms
        }
        settings |= {"DATABASE_URL": self.database_url} if self.database_url else {}
        return settings | self.extra | measured()

    def start(self, seconds: float = 90) -> None:
        """Start it and wait until it is ready."""
        self.temporary.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the site did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Send a signal as a terminal or a service manager does, and return the exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=40)

    def pids(self) -> list[int]:
        """Return the processes of this site that are there, by its folder in their environment."""
        mark = f"DATA_DIR={self.data_dir}\0".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes() + b"\0":
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command against this site's database."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=check,
            timeout=120,
        )

    def offer_times(self) -> None:
        """Offer consultations at any hour of every day, by phone and by video."""
        rows = "Availability(weekday=day, start=time(0), end=time(23, 55)) for day in range(7)"
        self.manage(
            "shell",
            "-c",
            "from datetime import time; from admissions.models import Availability; "
            f"Availability.objects.bulk_create({rows})",
        )

    def mails(self) -> list[str]:
        """Return the mails written so far, oldest first."""
        folder = self.data_dir / "mail"
        files = (
            sorted(folder.glob("*"), key=lambda one: one.stat().st_mtime) if folder.exists() else []
        )
        return [file.read_text() for file in files]

    def wait_for_mail(self, text: str, seconds: float = 20) -> str:
        """Return the mail that holds `text`, once the worker has sent it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for mail in self.mails():
                if text in mail:
                    return mail
            time.sleep(0.2)
        raise AssertionError(f"no mail with {text!r} came; the log ends:\n{self.log_end()}")

    def log_end(self) -> str:
        return self.log.read_text()[-3000:]


class Visitor:
    """A browser without a screen: cookies, redirects, and forms sent with their hidden fields."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies), _KeepStatus()
        )
        self.status = 0
        self.url = ""
        self.body = ""

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.site.url, path)))

    def post(
        self,
        path: str,
        fields: dict[str, str],
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> str:
        """Post the fields, and files by name, with the hidden ones of the page that is open.

        An empty path is the page's own address.
        """
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.body))
        token = next((one.value for one in self.cookies if "csrf" in one.name), None)
        base = {**hidden, **({"csrfmiddlewaretoken": token} if token else {})}
        address = urllib.parse.urljoin(self.site.url, path or self.url)
        headers = {"Referer": address, "Origin": self.site.url}
        if files is None:
            data = urllib.parse.urlencode({**base, **fields}).encode()
        else:
            data = encode_multipart(BOUNDARY, {**base, **fields, **_uploads(files)})
            headers["Content-Type"] = MULTIPART_CONTENT
        return self._open(urllib.request.Request(address, data, headers))

    def _open(self, request: urllib.request.Request) -> str:
        with self.opener.open(request, timeout=60) as answer:
            self.status, self.url = answer.status, answer.url
            self.body = answer.read().decode()
        return self.body


def _uploads(files: Mapping[str, tuple[str, bytes]]) -> dict[str, SimpleUploadedFile]:
    return {field: SimpleUploadedFile(*named) for field, named in files.items()}


class _KeepStatus(urllib.request.HTTPErrorProcessor):
    """Follow redirects, and return every other answer instead of raising it."""

    def http_response(self, request, response):  # type: ignore[no-untyped-def]
        if response.status in (301, 302, 303, 307, 308):
            return super().http_response(request, response)
        return response

    https_response = http_response


def new_site(folder: Path) -> Site:
    """Return a site, not started, on the database that the tests run on.

    With DATABASE_URL for PostgreSQL it gets a database of its own on that server.
    """
    address = os.environ.get("DATABASE_URL", "")
    if address.startswith("postgres"):
        name = f"site_{uuid.uuid4().hex[:12]}"
        parts = urllib.parse.urlsplit(address)
        with_server(address, f"CREATE DATABASE {name}")
        address = parts._replace(path=f"/{name}").geturl()
        if not parts.netloc:  # geturl drops the empty authority of a socket address
            address = address.replace(f"{parts.scheme}:/", f"{parts.scheme}:///", 1)
    else:
        address = ""
    return Site(folder, free_port(), address)


def with_server(address: str, *statements: str) -> None:
    """Run statements on the PostgreSQL server, outside any transaction."""
    connection = psycopg2.connect(address)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()
