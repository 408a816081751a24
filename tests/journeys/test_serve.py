"""Starting and stopping: one command starts everything, one signal stops everything."""

import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.factories import inquiry_post
from tests.server import Visitor, new_site, with_server

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey-serve")]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_and_a_second_start_keeps_the_data(
    tmp_path: Path, how: int
) -> None:
    site = new_site(tmp_path)
    site.start()
    assert "password" in site.log.read_text()
    assert len(site.pids()) >= 4  # the command, gunicorn with two workers, the notice worker
    visitor = Visitor(site)
    visitor.get("/admissions/inquiry/myself/")
    visitor.post("/admissions/inquiry/myself/", inquiry_post(idempotency_key=None))
    confirmation = visitor.url
    site.stop(how)
    deadline = time.monotonic() + 5
    while site.pids() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert site.pids() == []

    keys = {file.name: file.read_text() for file in (tmp_path / "keys").iterdir()}
    site.log.unlink()
    site.start()
    assert "password" not in site.log.read_text()
    assert {file.name: file.read_text() for file in (tmp_path / "keys").iterdir()} == keys
    visitor.get(confirmation)
    assert visitor.status == 200
    site.stop()


def test_while_the_database_is_away_nothing_is_lost_and_nobody_is_thanked(tmp_path: Path) -> None:
    site = new_site(tmp_path)
    site.start()
    visitor = Visitor(site)
    visitor.get("/admissions/inquiry/myself/")
    page = visitor.body
    fields = inquiry_post(idempotency_key=None, last_name="Keepsake")
    if site.database_url:
        name = site.database_url.split("?")[0].rsplit("/", 1)[1]
        server = site.database_url.replace(f"/{name}", "/postgres")
        with_server(
            server,
            f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608
            f"WHERE datname = '{name}'",
        )
    else:
        for file in tmp_path.glob("iop.sqlite3*"):
            shutil.move(file, tmp_path / f"away-{file.name}")
        (tmp_path / "iop.sqlite3").mkdir()  # a folder cannot be opened as a database

    visitor.post("/admissions/inquiry/myself/", fields)
    assert visitor.status == 503
    assert "Nothing was sent" in visitor.body
    assert "Keepsake" in visitor.body
    assert "888-401-1179" in visitor.body
    assert "Thank you" not in visitor.body
    visitor.get("/readyz")
    assert visitor.status == 503
    visitor.get("/livez")
    assert visitor.status == 200
    visitor.get("/articles/")
    assert visitor.status == 503
    assert "988" in visitor.body
    assert "888-401-1179" in visitor.body

    if site.database_url:
        with_server(server, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    else:
        (tmp_path / "iop.sqlite3").rmdir()
        for file in tmp_path.glob("away-*"):
            shutil.move(file, tmp_path / file.name.removeprefix("away-"))
    visitor.body = page
    visitor.post("/admissions/inquiry/myself/", fields)
    assert visitor.status == 200
    assert "/admissions/sent/" in visitor.url
    site.wait_for_mail("New inquiry")
    site.stop()
