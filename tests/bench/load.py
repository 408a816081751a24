"""A load of posts from threads over loopback, and what it cost the processes that answered."""

import http.client
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Round:
    """What one round gave: each post's time, the faults, and the CPU they took."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    faults: int = 0
    cpu: float = 0.0  # seconds of the server's processes and its database's

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def cpu_each(self) -> float:
        """Milliseconds of CPU for each post."""
        return 1000 * self.cpu / max(1, len(self.times))

    def percentile(self, number: int) -> float:
        """Return a percentile of the times, in milliseconds."""
        return 1000 * quantiles(self.times, n=100)[number - 1]


Post = Callable[[http.client.HTTPConnection, int], int]


def run(
    *, port: int, post: Post, seconds: float, threads: int, pids: Callable[[], list[int]]
) -> Round:
    """Send posts from `threads` connections for `seconds`; `post` gets a connection and a number.

    It returns the status; anything but a redirect is a fault. `pids` names the processes whose CPU
    counts, also those that came meanwhile.
    """
    result, lock, before = Round(), threading.Lock(), cpu_of(pids())
    started = time.perf_counter()
    numbers = iter(range(10**9))

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        times, faults = [], 0
        while time.perf_counter() - started < seconds:
            with lock:
                number = next(numbers)
            begun = time.perf_counter()
            try:
                good = post(connection, number) in (302, 303)
            except (OSError, http.client.HTTPException):
                connection.close()
                good = False
            if good:
                times.append(time.perf_counter() - begun)
            else:
                faults += 1
        with lock:
            result.times += times
            result.faults += faults

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    result.seconds = time.perf_counter() - started
    result.cpu = cpu_of(pids()) - before
    return result


def cpu_of(pids: Iterable[int]) -> float:
    """Return the seconds of CPU that the processes which still run have taken so far."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def peak_memory(pid: int) -> float:
    """Return the largest resident size a process has had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def children(pid: int) -> list[int]:
    """Return a process and all that it started, as far as they run."""
    found, queue = [], [pid]
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    while queue:
        one = queue.pop()
        found.append(one)
        queue += parents.get(one, [])
    return found
