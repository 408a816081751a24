"""Keys are changed as docs/keys.md says, also where the process is killed on the way."""

import re
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.server import ROOT, Site, new_site

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-keys")]
LEADS = 1500


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site that is not started, with nothing in it."""
    site = new_site(tmp_path)
    site.temporary.mkdir()
    return site


def ask(site: Site, statement: str) -> int:
    """Run a statement on the site's database from outside; return the number it gives."""
    connection: Any = (
        psycopg2.connect(site.database_url)
        if site.database_url
        else sqlite3.connect(site.data_dir / "iop.sqlite3", timeout=20)
    )
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute(statement)
        found = cursor.fetchone()[0] if cursor.description else 0
        connection.commit()
    return int(found)


def later(site: Site) -> None:
    """Let the keys be an hour older."""
    ask(site, "UPDATE iop_site_datakey SET first_from = '2020-01-01 00:00:00'")
    ask(
        site,
        "UPDATE iop_site_datakey SET first_from = '2021-01-01 00:00:00' WHERE id IN "
        "(SELECT max(id) FROM iop_site_datakey GROUP BY purpose)",
    )


def digest(site: Site) -> str:
    """Return a digest of everything that is encrypted, as the site itself opens it."""
    return site.manage(
        "shell", "-v0", "-c", "from tests.keys import digest; print(digest())"
    ).stdout


def kill_midway(site: Site, moved: str) -> None:
    """Start a rotation, kill it as soon as `moved` counts a row, and see that it was under way."""
    rotation = subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys"],
        cwd=ROOT,
        env=site.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not ask(site, moved) and time.monotonic() < deadline:
        time.sleep(0.01)
    rotation.send_signal(signal.SIGKILL)
    assert rotation.wait(timeout=10) == -signal.SIGKILL


@pytest.mark.shows("ASVS 11.2.2")
def test_killed_at_any_moment_it_is_gone_on_with_and_nothing_is_lost(site: Site) -> None:
    site.extra = {"MASTER_KEY": secrets.token_urlsafe(32)}
    site.manage("migrate")
    site.manage("load_starter_content")
    site.manage("seed_demo", "--leads", str(LEADS), "--seed", "7")
    before, tokens = digest(site), ask(site, "SELECT count(*) FROM admissions_searchtoken")
    site.manage("rotate_keys", "--new")
    later(site)
    counts = {
        table: f"SELECT count(*) FROM {table} WHERE {column} LIKE '{begins}%'"  # noqa: S608
        for table, column, begins in (
            ("admissions_lead", "first_name", "v1.k2."),
            ("admissions_inquiry", "answers", "v1.k2."),
            ("admissions_searchtoken", "token", "k2."),
        )
    }
    for count in counts.values():
        kill_midway(site, count)
        assert digest(site) == before
    assert 0 < ask(site, counts["admissions_searchtoken"]) < tokens
    found = site.manage("shell", "-v0", "-c", FIND).stdout
    site.manage("rotate_keys")
    assert ask(site, counts["admissions_lead"]) == LEADS
    assert ask(site, counts["admissions_searchtoken"]) == tokens
    assert digest(site) == before
    assert site.manage("shell", "-v0", "-c", FIND).stdout == found
    assert len(found.split(",")) >= 20
    left = site.manage("rotate_keys", "--dry-run").stdout.split("\n")
    assert left == [
        "        0  with an older field key.",
        "        0  with an older index key.",
        "",
    ]
    site.manage("verify_audit")


FIND = """
from admissions.models import Lead
from admissions.search import look_up
print([one.pk in look_up(one.phone).ids for one in Lead.objects.order_by("pk")[:20]])
"""


@pytest.mark.shows("ASVS 11.1.1")
def test_every_command_of_the_page_does_what_it_says(site: Site, tmp_path: Path) -> None:
    page = (ROOT / "docs/keys.md").read_text()
    commands = iter(re.findall(r"^ {4,}(\S.*)$", page, re.MULTILINE))
    master = tmp_path / "master.key"
    site.extra = {
        "PATH": f"{Path(sys.executable).parent}:{site.environment['PATH']}",
        "DJANGO_SETTINGS_MODULE": "iop_site.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "MASTER_KEY_FILE": str(master),
        "SITE_URL": "https://iop.example.org",
        "ALLOWED_HOSTS": "iop.example.org",
        "DATABASE_URL": site.database_url or f"sqlite:///{site.data_dir / 'iop.sqlite3'}",
        "EMAIL_URL": "smtp+tls://iop:iop@localhost:587",
        "DEFAULT_FROM_EMAIL": "admissions@example.org",
    }

    def type_in(expected: str, folder: Path = ROOT) -> str:
        """Run the page's next command, which must be the one that is expected."""
        command = next(commands)
        assert expected in command
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=site.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    type_in("> master.key", tmp_path)
    assert master.stat().st_mode & 0o777 == 0o600
    type_in("migrate")
    assert ask(site, "SELECT count(*) FROM iop_site_datakey") == 2
    site.manage("load_starter_content")
    site.manage("seed_demo", "--leads", "20")
    before = digest(site)
    type_in("check --database default")

    assert "index: k2 is made." in type_in("rotate_keys --new")
    later(site)
    assert "       20  admissions.Lead.first_name\n" in type_in("rotate_keys")
    assert type_in("--dry-run").count("        0  with") == 2
    assert type_in("--retire") == "field: k1 retired.\nindex: k1 retired.\n"
    site.manage("rotate_keys", "--new", "index")
    later(site)
    site.manage("rotate_keys")
    assert type_in("--retire index --drop") == "index: k2 retired.\n"

    old = master.read_text()
    new = secrets.token_urlsafe(32)
    master.write_text(f"{new}\n{old}")
    keys = ask(site, "SELECT count(*) FROM iop_site_datakey")
    assert type_in("--rewrap") == f"{keys} keys wrapped with the first master key.\n"
    master.write_text(new)
    assert digest(site) == before
    site.manage("check", "--database", "default")
    master.write_text(old)
    refused = site.manage("check", "--database", "default", check=False)
    assert refused.returncode == 1
    assert "iop.E003" in refused.stderr
    assert list(commands) == []
