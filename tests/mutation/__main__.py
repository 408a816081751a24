"""Run the tests of each target against each of its mutants: `python -m tests.mutation [TARGET …]`.

A mutant is a function with one small fault, put into the running tests in a process of its own:
what the first run has set up (imports, database) is there already. A mutant that no test finds must
stand in survivors.toml with the reason why it does no harm. Exit status 1 where one does not.
"""

import os
import signal
import sys
import time
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.mutation.mutants import Mutant, mutants

HERE = Path(__file__).resolve().parent
TARGETS: dict[str, list[str]] = tomllib.loads((HERE / "targets.toml").read_text())
EXPLAINED: dict[str, str] = tomllib.loads((HERE / "survivors.toml").read_text())
SLOWER = 5  # times as long as the whole first run: a mutant that hangs is found


class Runner:
    """A pytest plugin that runs the collected tests once as they are, then for every mutant."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.survivors: list[str] = []
        self.found = 0
        self.failed = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        before = time.monotonic()
        if self._fails(session):
            pytest.exit("a test fails without any fault put in", returncode=2)
        patience = 10 + SLOWER * (time.monotonic() - before)
        connections.close_all()
        for mutant in mutants(self.module):
            if self._survives(session, mutant, patience):
                self.survivors.append(mutant.name)
            else:
                self.found += 1
        return True

    def _fails(self, session: pytest.Session) -> bool:
        """Run the tests to the first that fails; keep what the session has set up."""
        for item, following in pairwise([*session.items, session.items[0]]):
            reports: list[Any] = []
            item.config.pluginmanager.register(_Listener(reports), "listener")
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            item.config.pluginmanager.unregister(name="listener")
            if any(one.failed for one in reports):
                self.failed = item.nodeid
                return True
        return False

    def _survives(self, session: pytest.Session, mutant: Mutant, patience: float) -> bool:
        child = os.fork()
        if not child:
            session.config.pluginmanager.unregister(name="terminalreporter")
            mutant.put_in()
            os._exit(self._fails(session))
        until = time.monotonic() + patience
        while time.monotonic() < until:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status == 0
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return False


class _Listener:
    def __init__(self, reports: list[Any]) -> None:
        self.reports = reports

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.reports.append(report)


def main(wanted: list[str]) -> int:
    unexplained = []
    for module in wanted or TARGETS:
        runner = Runner(module)
        status = pytest.main(["-q", "-p", "no:cacheprovider", *TARGETS[module]], plugins=[runner])
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            print(f"{module}: {runner.failed or 'the tests cannot be run'}")  # noqa: T201
            return int(status)
        left = [one for one in runner.survivors if one not in EXPLAINED]
        print(  # noqa: T201  what the command is for
            f"{module}: {runner.found} of {runner.found + len(runner.survivors)} mutants found, "
            f"{len(runner.survivors) - len(left)} harmless, {len(left)} unexplained"
        )
        print(*left, sep="\n", flush=True)  # noqa: T201
        found = [
            one for one in EXPLAINED if one.startswith(f"{module}.") and one not in runner.survivors
        ]
        print(*(f"found after all: {one}" for one in found), sep="\n", flush=True)  # noqa: T201
        unexplained += left + found
    return bool(unexplained)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
