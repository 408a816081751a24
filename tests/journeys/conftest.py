from collections.abc import Iterator

import pytest

from tests.server import Site, Visitor, new_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site for the journeys of one module."""
    running = new_site(tmp_path_factory.mktemp("site"))
    running.start()
    running.offer_times()
    yield running
    running.stop()


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return Visitor(site)
