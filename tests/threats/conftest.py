from collections.abc import Iterator

import pytest

from tests.server import Site, new_site

SHARED = "threats"  # the group of the modules that share the running site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site for all modules of the group, with two workers of four threads."""
    running = new_site(tmp_path_factory.mktemp("threats"))
    running.start()
    yield running
    running.stop()
