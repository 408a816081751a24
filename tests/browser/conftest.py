"""One running site and one Chromium for all, and what every opened page is held to."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import states as form_states
from tests.browser import survey, tools
from tests.server import FIRST_SIGN_IN, Site, new_site

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # What a module looks at once is looked at by one process only.
            item.add_marker(pytest.mark.xdist_group(f"browser-{item.path.stem}"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium where there is one, else the browser that Playwright brings."""
    chromium = os.environ.get("IOP_CHROMIUM") or shutil.which("chromium", path="/usr/bin")
    return {"args": FLAGS, **({"executable_path": chromium} if chromium else {})}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site with sixty demo leads, times at any hour, and Pat, a coordinator."""
    running = new_site(tmp_path_factory.mktemp("browser-site"))
    running.start()
    try:
        running.manage("seed_demo", "--leads", "60", "--seed", "7")
        running.offer_times()
        running.manage("create_staff", tools.COORDINATOR, "--role", "coordinator")
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    return site.url


@pytest.fixture
def new_visitor(browser: Browser, base_url: str) -> Iterator[Any]:
    """Return a function that opens a page in a fresh context, watched until the test ends.

    At the end there must have been no breach of the policy, no error in the console, no broken
    subresource, no dialog and no request to another host (but to those it is given as `also`).
    """
    opened: list[tuple[BrowserContext, tools.Watch]] = []

    def visitor(*, also: tuple[str, ...] = (), **options: Any) -> Page:
        context = browser.new_context(**{"base_url": base_url, **options})
        context.set_default_timeout(10_000)
        opened.append((context, tools.Watch(context, base_url, also)))
        return context.new_page()

    yield visitor
    faults = []
    for context, watch in opened:
        context.close()
        faults += watch.faults
    assert not faults, "while the pages were open:\n" + "\n".join(faults)


@pytest.fixture
def page(new_visitor: Any) -> Page:
    """A watched page on a wide screen (in place of pytest-playwright's own)."""
    return new_visitor()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, base_url: str) -> Any:
    """The cookies of Pat, signed in once, for contexts of their own."""
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    tools.sign_in(page)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def desk(new_visitor: Any, signed_in: Any) -> Page:
    """A watched page of a coordinator who has signed in."""
    return new_visitor(storage_state=signed_in)


@pytest.fixture(scope="session")
def administrator(browser: Browser, base_url: str) -> Any:
    """The cookies of the first sign-in, who sees every page of the desk."""
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    tools.sign_in(page, FIRST_SIGN_IN)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="module")
def short_queue(site: Site) -> None:
    """Give every lead that waits to somebody: the queue shows those who wait longest, and only so
    many, and what a test sends comes last."""
    site.manage(
        "shell",
        "-c",
        "from admissions.models import Lead; from django.contrib.auth.models import User;"
        "Lead.objects.waiting_for_first_attempt().update(owner=User.objects.earliest('pk'))",
    )


@pytest.fixture(scope="session")
def addresses(site: Site) -> list[str]:
    """Every public address: the site map's, the forms, a search, and a page that is not there."""
    return survey.addresses(site.url)


@pytest.fixture(scope="session")
def seen(browser: Browser, base_url: str, addresses: list[str]) -> list[survey.Seen]:
    """Every public page looked at once, on a narrow and a wide screen, by day and by night."""
    return survey.look_at_all(browser, base_url, addresses)


@pytest.fixture(scope="session")
def states(browser: Browser, site: Site) -> list[form_states.State]:
    """Every state of the public forms looked at once."""
    return form_states.look_at_all(browser, site)


@pytest.fixture(scope="session")
def first_visits(browser: Browser, base_url: str, addresses: list[str]) -> list[survey.Visit]:
    """What each public page asks for and sets when somebody comes to it with an empty browser."""
    return survey.visit_all(browser, base_url, addresses)
